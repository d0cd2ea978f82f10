// weir report, receipt.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "app/intake.h"
#include "app/reading.h"
#include "format/format.h"
#include "main/remote.h"
#include "main/views.h"
#include "severity/severity.h"

namespace weir::main {
namespace {

/// One line of standard input, without its end. The end of input, Ctrl-D at a terminal, is a way to
/// say no: what is half told is not filed.
Result<std::string> read_line() {
  std::string text;
  for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
    if (c == EOF) {
      return fail(Code::invalid, "the answers ended early: nothing was filed");
    }
    text += static_cast<char>(c);
  }
  return text;
}

Result<std::string> ask(const std::string& question) {
  std::printf("%s: ", question.c_str());
  std::fflush(stdout);
  return read_line();
}

Result<std::string> ask_until_told(const std::string& question) {
  for (;;) {
    std::string text = TRY(ask(question));
    if (!text.empty()) {
      return text;
    }
    std::puts("This one is needed.");
  }
}

/// Several lines, up to an empty one.
Result<std::string> ask_text(const std::string& question) {
  std::printf("%s (end with an empty line):\n", question.c_str());
  std::fflush(stdout);
  std::string text;
  for (std::string one = TRY(read_line()); !one.empty(); one = TRY(read_line())) {
    text += (text.empty() ? "" : "\n") + one;
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

/// Asks again for what is no vector, so that one slip does not cost the whole report.
Result<std::string> ask_cvss() {
  for (;;) {
    std::string vector = TRY(ask("CVSS vector"));
    if (vector.empty()) {
      return vector;
    }
    const auto read = severity::Cvss::parse(vector);
    if (read) {
      return vector;
    }
    std::printf("%s\n", text(read.error()).c_str());
  }
}

/// The questions of a report, at a terminal. What is not known may stay empty but for who and what.
Result<std::string> interview() {
  Report report;
  report.source = "weir-report/v1";
  report.title = TRY(ask_until_told("Title"));
  Vulnerability vulnerability;
  vulnerability.title = report.title;
  Product product;
  product.vendor = TRY(ask_until_told("Vendor"));
  product.name = TRY(ask_until_told("Product"));
  const std::string introduced = TRY(ask("First affected version"));
  const std::string fixed = TRY(ask("First version that is not affected"));
  product.affected.push_back({introduced, fixed, ""});
  vulnerability.products.push_back(product);
  if (std::string cvss = TRY(ask_cvss()); !cvss.empty()) {
    vulnerability.cvss.push_back(std::move(cvss));
  }
  report.vulnerabilities.push_back(vulnerability);
  Vulnerability& told = report.vulnerabilities.front();
  add_part(told, Level::technical, "description", TRY(ask_text("Description")));
  add_part(told, Level::advisory, "mitigation", TRY(ask_text("What users can do meanwhile")));
  add_part(told, Level::exploit, "exploit", TRY(ask_text("Proof of concept")));
  std::string bytes = format::write_report(report);
  std::printf("\n%s\nA report is kept as it is, for ever. ", bytes.c_str());
  if (TRY(ask("File it? (yes)")) != "yes") {
    return fail(Code::invalid, "nothing was filed");
  }
  return bytes;
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

namespace {

struct ReportOptions {
  std::string file;
  std::vector<std::string> attachments;
  std::string promise_out;
  bool anonymous = false;
  std::string to;
  std::string token_file;
  std::string ca_file;
};

/// At another Weir. What it answered is said also if a file could not be added after it: the return
/// code is shown once.
Status report_elsewhere(const ReportOptions& options, const Line& line) {
  RemoteReport report{.address = options.to, .ca_file = options.ca_file};
  if (options.anonymous == !options.token_file.empty()) {
    return fail(Code::invalid, "with --to, name --token-file or say --anonymous");
  }
  if (!options.token_file.empty()) {
    report.token = TRY(read_token(options.token_file));
  }
  report.bytes = TRY(report_bytes(options.file));
  report.attachments = options.attachments;
  SystemRandom random;
  json::Value filed;
  const auto done = report_to(report, random, filed);
  if (!filed.is_object()) {
    return std::unexpected(done.error());
  }
  if (const json::Value* promise = filed.get_object().if_contains("promise");
      promise != nullptr && promise->is_string() && !options.promise_out.empty()) {
    TRY(write_file(options.promise_out, promise->get_string()));
  }
  line.say(filed);
  return done ? Status() : std::unexpected(done.error());
}

}  // namespace

void add_report_verbs(CLI::App& root, Line& line) {
  using Options = ReportOptions;
  auto options = std::make_shared<Options>();
  CLI::App* report = add_verb(
      root, line, "report",
      "file a report: weir-report/v1, a CVE record or a CSAF document; asks where no file is named",
      "weir report advisory.json --as rita", [options, &line]() -> Status {
        if (!options->to.empty()) {
          return report_elsewhere(*options, line);
        }
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
        line.say(view(done));
        return {};
      });
  report->add_option("file", options->file, "report, or - for standard input");
  report->add_option("--attach", options->attachments, "files to attach");
  report->add_option("--promise-out", options->promise_out, "keep the signed promise in this file");
  report->add_flag("--anonymous", options->anonymous, "without an account");
  report->add_option("--to", options->to, "the address of a Weir elsewhere, https://…");
  report->add_option("--token-file", options->token_file, "with --to: file with an API token");
  report->add_option("--ca-file", options->ca_file, "with --to: PEM file of authorities to trust");

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
