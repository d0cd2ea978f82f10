// weir log seal|mirror|audit|vkey, custody verify|show, verify, monitor.
#include <filesystem>
#include <set>

#include "custody/custody.h"
#include "custody/monitor.h"
#include "ledger/mirror.h"
#include "main/outside.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

json::Value findings_value(const custody::Outcome& outcome) {
  json::Array rows;
  for (const custody::Finding& finding : outcome.findings) {
    json::Object row{{"severity", custody::name(finding.severity)},
                     {"kind", custody::name(finding.kind)}};
    if (!finding.place.stream.empty()) {
      row["stream"] = finding.place.stream;
    }
    if (finding.place.index) {
      row["index"] = *finding.place.index;
    }
    if (finding.place.leaf) {
      row["leaf"] = *finding.place.leaf;
    }
    row["finding"] = finding.text;
    rows.push_back(std::move(row));
  }
  return rows;
}

Status judge(const custody::Outcome& outcome) {
  return outcome.verified() ? Status()
                            : fail(Code::denied, std::to_string(outcome.alarms) +
                                                     " alarms: this record does not "
                                                     "hold");
}

json::Object counts_value(const custody::Outcome& outcome) {
  const custody::Counts& counts = outcome.counts;
  json::Object kept_back;
  for (std::size_t i = 0; i < counts.kept_back.size(); ++i) {
    if (counts.kept_back[i] != 0) {
      kept_back[custody::name(static_cast<custody::Reason>(i))] = counts.kept_back[i];
    }
  }
  return json::Object{{"leaves", counts.leaves},
                      {"records", counts.records},
                      {"events", counts.events},
                      {"receipts", counts.receipts},
                      {"kept_back", std::move(kept_back)},
                      {"witnessed", outcome.quorum == custody::Sealed::Quorum::met
                                        ? "by a quorum of witnesses"
                                        : "signed by the operator only; others may be shown "
                                          "another log"},
                      {"verified", outcome.verified()}};
}

void say(const Line& line, json::Object counts, const custody::Outcome& outcome) {
  counts["findings"] = findings_value(outcome);
  line.say(counts);
}

Status add_records(custody::Verifier& verifier, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    verifier.add_text(file, TRY(read_file(file, custody::kMostRecordBytes)));
  }
  return {};
}

std::vector<std::string> files_in(const std::string& folder) {
  std::set<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") {
      files.insert(entry.path().string());
    }
  }
  return {files.begin(), files.end()};
}

/// The folder that is named, or the configured one.
Result<std::string> mirror_folder(const Instance& instance, const std::string& named) {
  if (!named.empty()) {
    return named;
  }
  const fs::path configured(instance.config.mirror);
  if (configured.empty() || configured.string().find("://") != std::string::npos) {
    return fail(Code::invalid, "name a folder: the configuration has no mirror in one");
  }
  return (configured.is_absolute() ? configured : fs::path(instance.folder) / configured).string();
}

void add_seal(CLI::App& log, Line& line) {
  add_verb(log, line, "seal", "sign what is new, have it cosigned, publish it",
           "weir log seal --data /srv/weir", [&line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             const ledger::SealOutcome sealed = TRY(instance->sealer->seal());
             json::Array warnings;
             for (const std::string& warning : sealed.warnings) {
               warnings.emplace_back(warning);
             }
             line.say(json::Object{{"size", sealed.checkpoint.size},
                                   {"root", to_base64(sealed.checkpoint.root)},
                                   {"cosignatures", sealed.cosignatures},
                                   {"published", sealed.checkpoint.published},
                                   {"warnings", std::move(warnings)}});
             return {};
           });
  add_verb(
      log, line, "vkey", "the keys that others pin: of the log, of promises",
      "weir log vkey --data /srv/weir", [&line]() -> Status {
        const auto instance = TRY(line.open(Witnesses::leave));
        line.say(json::Object{{"log", log_vkey(*instance)}, {"promise", promise_vkey(*instance)}});
        return {};
      });
  auto folder = std::make_shared<std::string>();
  add_verb(log, line, "mirror", "the published log as files",
           "weir log mirror mirror --data /srv/weir",
           [folder, &line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             const std::string place = TRY(mirror_folder(*instance, *folder));
             const auto tx = TRY(instance->db->read());
             const ledger::MirrorReport report = TRY(ledger::mirror_to(*tx, place));
             line.say(json::Object{{"folder", place}, {"size", report.size}});
             return {};
           })
      ->add_option("folder", *folder, "the configured mirror if none is named");
}

void add_audit(CLI::App& log, Line& line) {
  struct Options {
    Outside outside;
    std::string custody;
    std::int64_t ceiling_days = 1095;
  };
  auto options = std::make_shared<Options>();
  CLI::App* audit = add_verb(
      log, line, "audit", "is every leaf claimed by exactly one opened record?",
      "weir log audit --log mirror --custody custody --vkey vkey", [options, &line]() -> Status {
        custody::Verifier verifier(
            {.log = fetch_of(options->outside.log), .pinned = TRY(pinned_of(options->outside))});
        TRY(add_records(verifier, files_in(options->custody)));
        const SystemClock clock;
        const custody::Outcome outcome =
            verifier.audit({clock.now(), std::chrono::hours(24 * options->ceiling_days)});
        json::Object counts = counts_value(outcome);
        counts["claimed"] = outcome.counts.claimed;
        counts["unclaimed"] = outcome.counts.unclaimed;
        counts["due"] = outcome.counts.due;
        counts["deferred"] = outcome.counts.deferred;
        json::Object ages;
        for (const auto& [days, leaves] : outcome.counts.unclaimed_by_age) {
          ages[std::to_string(days)] = leaves;
        }
        counts["unclaimed_by_age_in_days"] = std::move(ages);
        say(line, std::move(counts), outcome);
        return judge(outcome);
      });
  audit->add_option("--log", options->outside.log, "folder or address")->required();
  audit->add_option("--custody", options->custody, "folder of custody records")->required();
  audit->add_option("--ceiling-days", options->ceiling_days, "the hard ceiling");
  add_outside(*audit, options->outside);
}

void add_custody_verify(CLI::App& custody, Line& line) {
  struct Options {
    Outside outside;
    std::vector<std::string> files;
    std::vector<std::string> receipts;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verify = add_verb(
      custody, line, "verify", "records against the log and receipts in hand",
      "weir custody verify CASE.json --log mirror --vkey vkey --receipt mine.tlog-proof",
      [options, &line]() -> Status {
        custody::Given given{.log = fetch_of(options->outside.log),
                             .pinned = TRY(pinned_of(options->outside))};
        for (const std::string& file : options->receipts) {
          given.receipts.push_back({file, TRY(read_file(file, merkle::kMaxNoteBytes * 4))});
        }
        custody::Verifier verifier(std::move(given));
        TRY(add_records(verifier, options->files));
        const custody::Outcome outcome = verifier.finish();
        say(line, counts_value(outcome), outcome);
        return judge(outcome);
      });
  verify->add_option("files", options->files)->required();
  verify->add_option("--log", options->outside.log, "folder or address")->required();
  verify->add_option("--receipt", options->receipts, "receipts of recipients");
  add_outside(*verify, options->outside);
  auto file = std::make_shared<std::string>();
  add_verb(custody, line, "show", "a custody record, event by event; checks nothing",
           "weir custody show CASE.json",
           [file, &line]() -> Status {
             const std::string text = TRY(read_file(*file, custody::kMostRecordBytes));
             const custody::Record record = TRY(custody::parse_record(text));
             json::Array rows;
             for (const custody::RecordEvent& event : record.events) {
               json::Object row{{"index", event.index},
                                {"leaf", event.leaf},
                                {"time", custody::string_field(event.fields, "time").value_or("")},
                                {"type", custody::string_field(event.fields, "type").value_or("")}};
               for (const char* name : {"recipient_class", "recipient_country", "level"}) {
                 row[name] = custody::string_field(event.fields, name).value_or("");
               }
               rows.push_back(std::move(row));
             }
             line.say(rows);
             return {};
           })
      ->add_option("file", *file)
      ->required();
}

void add_verify(CLI::App& root, Line& line) {
  struct Options {
    Outside outside;
    std::string receipt;
    std::string body;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verify = add_verb(
      root, line, "verify", "a receipt, offline, with keys that you already have",
      "weir verify mine.tlog-proof --vkey vkey --policy witnesses --body report.json",
      [options, &line]() -> Status {
        const std::string text = TRY(read_file(options->receipt, merkle::kMaxNoteBytes * 4));
        std::optional<std::string> body;
        if (!options->body.empty()) {
          body = TRY(read_file(options->body, std::size_t{256} << 20));
        }
        const custody::Pinned pinned = TRY(pinned_of(options->outside));
        const custody::ReceiptReport report = TRY(custody::verify_receipt(text, pinned, body));
        json::Object out{{"origin", report.origin},      {"stream", report.stream},
                         {"type", report.type},          {"time", to_rfc3339(report.time)},
                         {"leaf", report.leaf},          {"size", report.size},
                         {"witnesses", report.witnesses}};
        json::Array sentences;
        for (const std::string& sentence : report.sentences()) {
          sentences.emplace_back(sentence);
        }
        out["says"] = std::move(sentences);
        line.say(out);
        if (report.body == custody::Body::differs || report.body == custody::Body::not_bound) {
          return fail(Code::denied, "the receipt is not about this body", options->body);
        }
        if (report.witnessed == custody::Witnessed::by_operator_only &&
            !options->outside.unwitnessed) {
          return fail(Code::denied,
                      "signed by the operator only; others may be shown another log "
                      "(--unwitnessed accepts that)");
        }
        return {};
      });
  verify->add_option("receipt", options->receipt)->required();
  verify->add_option("--body", options->body, "the bytes that the receipt is about");
  verify->add_flag("--unwitnessed", options->outside.unwitnessed,
                   "accept a receipt without a quorum of witnesses");
  add_outside(*verify, options->outside);
}

/// What a monitor keeps, in a folder of its own.
custody::Shelf shelf_in(const std::string& folder) {
  custody::Shelf shelf;
  shelf.load = custody::folder(folder);
  shelf.store = [folder](const std::string& path, std::string_view bytes) -> Status {
    const fs::path full = fs::path(folder) / path;
    std::error_code error;
    fs::create_directories(full.parent_path(), error);
    return write_file(full.string(), bytes);
  };
  return shelf;
}

void add_monitor(CLI::App& root, Line& line) {
  struct Options {
    Outside outside;
    std::string keep;
  };
  auto options = std::make_shared<Options>();
  CLI::App* monitor = add_verb(
      root, line, "monitor",
      "look once at a log: does it extend what was seen before? keeps a mirror to audit",
      "weir monitor --log https://weir.example/log --keep seen --vkey vkey --policy witnesses",
      [options, &line]() -> Status {
        std::error_code error;
        fs::create_directories(options->keep, error);
        const custody::Pinned pinned = TRY(pinned_of(options->outside));
        const custody::Look look =
            TRY(custody::look(fetch_of(options->outside.log), pinned, shelf_in(options->keep)));
        line.say(json::Object{{"verdict", custody::name(look.verdict)},
                              {"offered", look.offered.size},
                              {"kept", look.kept},
                              {"witnesses", look.offered.witnesses},
                              {"says", look.text}});
        return custody::is_alarm(look.verdict)
                   ? fail(Code::denied,
                          "the log does not extend what was seen before: " + look.text)
                   : Status();
      });
  monitor->add_option("--log", options->outside.log, "folder or address")->required();
  monitor->add_option("--keep", options->keep, "folder of this monitor")->required();
  add_outside(*monitor, options->outside);
}

void add_promise(CLI::App& root, Line& line) {
  struct Options {
    std::string promise;
    std::string vkey;
    std::string receipt;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verify = add_verb(
      root, line, "verify-promise", "a promise, and whether a receipt keeps it",
      "weir verify-promise promise.txt --vkey promise-vkey --receipt mine.tlog-proof",
      [options, &line]() -> Status {
        std::string vkey = TRY(read_file(options->vkey, 4096));
        while (vkey.ends_with('\n')) {
          vkey.pop_back();
        }
        const merkle::VerifierKey key = TRY(merkle::VerifierKey::parse(vkey));
        const std::string text = TRY(read_file(options->promise, merkle::kMaxNoteBytes));
        const custody::Promise promise = TRY(custody::verify_promise(text, key));
        line.say(json::Object{{"origin", promise.origin},
                              {"leaf_hash", to_base64(promise.leaf_hash)},
                              {"sealed_by", to_rfc3339(promise.by)}});
        if (options->receipt.empty()) {
          return {};
        }
        const std::string proof = TRY(read_file(options->receipt, merkle::kMaxNoteBytes * 4));
        const custody::Receipt receipt = TRY(custody::parse_receipt(proof));
        return custody::is_kept(promise, receipt)
                   ? Status()
                   : fail(Code::denied, "the receipt is about another event", options->receipt);
      });
  verify->add_option("promise", options->promise)->required();
  verify->add_option("--vkey", options->vkey, "file with the promise key's vkey")->required();
  verify->add_option("--receipt", options->receipt, "the receipt that should keep it");
}

}  // namespace

void add_log_verbs(CLI::App& root, Line& line) {
  CLI::App* log = add_group(root, "log", "the ledger's log");
  add_seal(*log, line);
  add_audit(*log, line);
  add_custody_verify(*root.get_subcommand("custody"), line);
  add_verify(root, line);
  add_promise(root, line);
  add_monitor(root, line);
}

}  // namespace weir::main
