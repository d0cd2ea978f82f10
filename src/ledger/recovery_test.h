// What the tests of recovery share: a log with a platform, a case, a mirror and a backup, that goes
// on and is lost; and what an outsider says of what comes after.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "custody/custody.h"
#include "ledger/mirror.h"
#include "ledger/opening.h"
#include "ledger/recovery.h"
#include "ledger/witnesses_test.h"

namespace weir::ledger {

namespace fs = std::filesystem;

inline constexpr std::string_view kPlatform = "pppppppppppppppppppppppppa";
inline constexpr std::string_view kCase = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
inline constexpr std::string_view kLostCase = "ccccccccccccccccccccccccca";
inline constexpr std::string_view kSuccessor = "second.example";
inline constexpr Duration kCeiling = std::chrono::hours(24 * 1095);

inline SigningKey successor_key() {
  return SigningKey::from_seed(Secret(std::string(kKeyBytes, 'M')));
}
inline merkle::VerifierKey vkey_of(std::string_view origin, const SigningKey& key) {
  return must(merkle::VerifierKey::make(merkle::SignatureType::ed25519, origin, key.public_key()));
}
inline merkle::VerifierKey vkey() {
  return vkey_of(kOrigin, Witnesses::log_key());
}

/// Names of the alarms, each once.
inline std::vector<std::string> alarms(const custody::Outcome& outcome) {
  std::vector<std::string> names;
  for (const custody::Finding& finding : outcome.findings) {
    if (finding.severity == custody::Severity::alarm) {
      names.emplace_back(name(finding.kind));
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}
inline std::uint64_t notes(const custody::Outcome& outcome, custody::Kind kind) {
  return static_cast<std::uint64_t>(
      std::ranges::count(outcome.findings, kind, &custody::Finding::kind));
}
using Names = std::vector<std::string>;

/// A platform, a case, a mirror and a backup; then more happens, which the backup does not know.
class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() {
    first_.append(first_.create(std::string(kPlatform), StreamKind::platform),
                  {"rule", {{"rule", json::Value("x")}, {"ceiling_days", json::Value(1095)}}});
    first_.append(first_.create(std::string(kCase)), {"report_received", {}});
    publish();
  }

  void publish() {
    clock().advance(std::chrono::minutes(1));
    must(sealer_.seal());
    must(mirror_to(*first_.read(), mirror_path()));
  }
  void back_up() {
    must(first_.db->copy_to(folder_.file("backup.db")));
    TestLog copy(folder_.file("backup.db"));
    must(copy.db->execute([&](store::Tx& tx) { return mark_backup(tx, clock().now()); }));
  }
  /// What the backup will not know: one more of the case and of the platform, and a new case.
  void live_on() {
    const auto tx = first_.read();
    const Stream platform = must(first_.ledger->find(*tx, kPlatform));
    const Stream known = must(first_.ledger->find(*tx, kCase));
    first_.append(known, {"claimed", {}});
    first_.append(platform, {"member", {}});
    const Stream lost = first_.create(std::string(kLostCase));
    first_.append(lost, {"report_received", {}});
    first_.append(lost, {"claimed", {}});
    first_.append(known, {"accepted", {}});
  }
  /// The original is gone; the process starts on a copy of its backup.
  void lose() {
    const Instant now = clock().now();
    second_.reset();
    const std::string path = folder_.file("restored" + std::to_string(++restored_) + ".db");
    fs::copy_file(folder_.file("backup.db"), path);
    second_ = std::make_unique<TestLog>(path);
    second_->clock.set(now);
    (void)second_->random.bytes(1'000 + restored_);  // chance does not repeat
  }
  TestLog& log() { return *second_; }
  ManualClock& clock() { return second_ ? second_->clock : first_.clock; }
  std::string mirror_path() const { return folder_.file("mirror"); }
  Mirrored mirror() const { return must(read_mirror(custody::folder(mirror_path()), vkey())); }
  Sealer sealer() { return witnesses_.sealer(log()); }
  Statement statement() { return {"storage_failure", clock().now() - std::chrono::hours(1)}; }
  Result<Loss> recover() { return continue_over(*log().db, *log().ledger, mirror(), statement()); }

  Stream stream(std::string_view reference) {
    return must(log().ledger->find(*log().read(), reference));
  }
  /// The case is opened, and everything is sealed and mirrored.
  void open_and_seal() {
    log().append(stream(kCase), {"custody_opened", {}});
    clock().advance(std::chrono::minutes(1));
    Sealer now = sealer();
    must(now.seal());
    must(mirror_to(*log().read(), mirror_path()));
  }
  custody::Record record(std::string_view reference) {
    const Opening opening{.vkey = vkey().text(), .may_name = {}};
    return must(open_stream(*log().read(), *log().ledger, stream(reference), opening));
  }
  std::vector<custody::Record> records() { return {record(kPlatform), record(kCase)}; }
  custody::Outcome audit(const std::vector<custody::Record>& given, Duration after = kCeiling * 2) {
    custody::Verifier verifier(
        {.log = custody::folder(mirror_path()), .pinned = {vkey(), witnesses_.policy()}});
    for (const custody::Record& one : given) {
      verifier.add_text("record", custody::write_record(one));
    }
    return verifier.audit({clock().now() + after, kCeiling});
  }

  TestFolder folder_;
  TestLog first_;
  Witnesses witnesses_{3, 2, first_.clock};
  Sealer sealer_ = witnesses_.sealer(first_);
  std::unique_ptr<TestLog> second_;
  std::size_t restored_ = 0;
};

}  // namespace weir::ledger
