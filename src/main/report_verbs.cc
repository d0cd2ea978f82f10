// weir report, receipt.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "app/intake.h"
#include "app/reading.h"
#include "format/format.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

/// One line of standard input, without its end; nothing at the end of input.
std::optional<std::string> read_line() {
  std::string text;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c == '\n') {
      return text;
    }
    text += static_cast<char>(c);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string ask(const std::string& question) {
  std::printf("%s: ", question.c_str());
  std::fflush(stdout);
  return read_line().value_or("");
}

/// Several lines, up to an empty one.
std::string ask_text(const std::string& question) {
  std::printf("%s (end with an empty line):\n", question.c_str());
  std::fflush(stdout);
  std::string text;
  for (auto one = read_line(); one && !one->empty(); one = read_line()) {
    text += (text.empty() ? "" : "\n") + *one;
  }
  return text;
}

void add_part(Vulnerability& vulnerability, Level level, const std::string& kind,
              const std::string& text) {
  if (!text.empty()) {
    vulnerability.parts.push_back({.level = level,
                                   .language = "en",
                                   .encryption = Encryption::platform,
                                   .kind = kind,
                                   .text = text});
  }
}

/// The questions of a report, at a terminal. What is not known may stay empty.
std::string interview() {
  Report report;
  report.source = "weir-report/v1";
  report.title = ask("Title");
  Vulnerability vulnerability;
  vulnerability.title = report.title;
  Product product;
  product.vendor = ask("Vendor");
  product.name = ask("Product");
  const std::string introduced = ask("First affected version");
  const std::string fixed = ask("First version that is not affected");
  product.affected.push_back({introduced, fixed, ""});
  vulnerability.products.push_back(product);
  const std::string cvss = ask("CVSS vector");
  if (!cvss.empty()) {
    vulnerability.cvss.push_back(cvss);
  }
  add_part(vulnerability, Level::technical, "description", ask_text("Description"));
  add_part(vulnerability, Level::advisory, "mitigation", ask_text("What users can do meanwhile"));
  add_part(vulnerability, Level::exploit, "exploit", ask_text("Proof of concept"));
  report.vulnerabilities.push_back(vulnerability);
  return format::write_report(report);
}

Result<std::string> report_bytes(const std::string& file) {
  if (file == "-") {
    return read_file("/dev/stdin", format::kMaxReportBytes);
  }
  if (!file.empty()) {
    return read_file(file, format::kMaxReportBytes);
  }
  if (::isatty(STDIN_FILENO) == 0) {
    return fail(Code::invalid, "name a file, or - for standard input");
  }
  return interview();
}

}  // namespace

Result<app::Attachment> attach(const std::string& path) {
  auto stream = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*stream) {
    return fail(Code::not_found, "cannot read", path);
  }
  app::Attachment attachment;
  attachment.name = std::filesystem::path(path).filename().string();
  attachment.pull = [stream, path](std::string& piece) -> Status {
    piece.resize(content::kChunkBytes);
    stream->read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(stream->gcount()));
    return stream->bad() ? fail(Code::unavailable, "cannot read", path) : Status();
  };
  return attachment;
}

void add_report_verbs(CLI::App& root, Line& line) {
  struct Options {
    std::string file;
    std::vector<std::string> attachments;
    std::string promise_out;
    bool anonymous = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* report = add_verb(
      root, line, "report",
      "file a report: weir-report/v1, a CVE record or a CSAF document; asks where no file is named",
      "weir report advisory.json --as rita", [options, &line]() -> Status {
        if (line.as.empty() && !options->anonymous) {
          return fail(Code::invalid, "say who files it with --as, or --anonymous");
        }
        app::Filing filing;
        filing.bytes = TRY(report_bytes(options->file));
        for (const std::string& path : options->attachments) {
          filing.attachments.push_back(TRY(attach(path)));
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = options->anonymous ? app::Actor() : app::Actor::local(line.as);
        const app::Receipted done = TRY(app::file_report(*instance->app, actor, std::move(filing)));
        if (!options->promise_out.empty()) {
          TRY(write_file(options->promise_out, done.promise));
        }
        json::Object said{{"case", done.case_reference},
                          {"vulnerabilities", done.vulnerabilities},
                          {"receipt", done.receipt_id},
                          {"promise", done.promise}};
        if (!done.return_code.empty()) {
          said["return_code"] = done.return_code;
        }
        line.say(said);
        return {};
      });
  report->add_option("file", options->file, "report, or - for standard input");
  report->add_option("--attach", options->attachments, "files to attach");
  report->add_option("--promise-out", options->promise_out, "keep the signed promise in this file");
  report->add_flag("--anonymous", options->anonymous, "without an account");

  auto id = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  CLI::App* receipt =
      add_verb(root, line, "receipt", "the receipt with this id, once it is sealed",
               "weir receipt u3…q --out report.tlog-proof", [id, out, &line]() -> Status {
                 const auto instance = TRY(line.open(Witnesses::leave));
                 const std::string text = TRY(app::fetch_receipt(*instance->app, *id));
                 return out->empty() ? write_out(text) : write_file(*out, text);
               });
  receipt->add_option("id", *id)->required();
  receipt->add_option("--out", *out, "write it here");
}

}  // namespace weir::main
