// A small world for tests: an authority, its people, partners and vendors, on a real store, ledger
// and key file, with a clock that stands and chance that repeats itself. For tests only.
//
//   World world;                                  world.found();
//   const std::string one = world.report("rita"); world.work("cora", one);
//   world.read("ven", one);                       world.check();
//
// Who is there: Ministry (ada: administrator and coordinator; cora, dan: coordinators), CERT (cert;
// recipient, not bound by law), Bound Partner (bo), Unknown Partner (uma), ACME and BETA (vendors:
// ven, vera), Lark (rita, who reports), Outsider (otto, a recipient without an agreement).
// Agreements: CERT exploit, the partners technical.
//
// What everybody was ever shown through read(), pull() and read_file() is remembered; check() holds
// it against the ledger: no bytes without a leaf.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/cases.h"
#include "app/closing.h"
#include "app/embargo.h"
#include "app/enrolment.h"
#include "app/identity.h"
#include "app/people.h"
#include "app/reading.h"
#include "app/sharing.h"
#include "ledger/seal.h"

namespace weir::app {

inline constexpr Instant kStart{1'798'000'000'000};  // 2026-12-23
inline constexpr std::string_view kOrigin = "world.example/log";

inline Actor as(std::string handle) {
  return handle.empty() ? Actor() : Actor::local(std::move(handle));
}
inline Actor with_code(std::string code) {
  return Actor::bearer(std::move(code));
}

/// The code of a failure, or nothing.
template <class R>
std::optional<Code> code_of(const R& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}
/// What a failure says, or "done".
template <class R>
std::string said(const R& result) {
  return result ? "done" : text(result.error());
}

/// A report whose every text is `word` with its place, so that it can be told from all others:
/// WORD-title-1, WORD-description-1 (technical), WORD-exploit-1, WORD-mitigation-1 (advisory),
/// WORD-vendor-1, WORD-product-1, WORD-note.
struct Words {
  std::string word = "plain";
  int vulnerabilities = 1;
  std::string label{};
  std::string embargo_until{};
};
std::string report_bytes(const Words& words);
Attachment attachment(std::string name, std::string bytes);

/// How a user signs in, once it has enrolled.
struct Account {
  std::string handle;
  std::string password;
  std::string totp_secret;  // the bytes
  std::vector<std::string> recovery_codes;
};

class World {
 public:
  World();                          // in a folder of its own, which goes with it
  explicit World(std::string vfs);  // weir.db and keys.db on that disk
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Makes the databases and opens them.
  Status create();
  /// Opens what is there, as main does: keys, ledger, then finishes erasures.
  Status open();
  void close();
  /// Everything as it is now, for back(): the databases, the clock, chance. For a World without a
  /// disk of its own. After both it is open again.
  Status keep();
  Status back();
  /// The platform, its people and agreements.
  Status found();

  App& app() { return *app_; }
  ledger::Ledger& ledger() { return *ledger_; }
  store::Db& db() { return *db_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::string vkey() const { return sealer_->vkey(); }
  ManualClock clock{kStart};
  SeededRandom random{7};
  std::atomic<std::uint64_t> statements = 0;  // run on weir.db so far

  /// `handle` is invited by ada, and enrols.
  Account enrol(const std::string& handle);
  Account enrol_with(const std::string& handle, const std::string& code);
  /// What its telephone shows now.
  std::string digits(const Account& account) const;

  /// Files a report; returns the case, which fails the test if it was refused.
  std::string report(const std::string& handle, const Words& words = {});
  /// `handler` claims it without a conflict, and accepts it.
  void work(const std::string& handler, const std::string& reference);
  void add_vendor(const std::string& reference, const std::string& organisation,
                  std::vector<std::int64_t> vulnerabilities = {});
  /// An act that needs two: `act` is asked, approved by `second`, and done.
  template <class Act>
  Result<Done> by_two(const std::string& second, Act act) {
    Done done = TRY(act());
    if (!done.is_done()) {
      TRY(approve(app(), as(second), done.waiting_for, policy::Fact::no));
      done = TRY(act());
    }
    return done;
  }
  /// Every vendor's fix of the case is public.
  void publish_fix(const std::string& reference, const std::string& vendor_user,
                   std::int64_t vulnerability);

  Result<CaseView> read(const std::string& handle, const std::string& reference);
  Result<CaseView> read(const Actor& actor, const std::string& reference);
  Result<std::vector<CaseView>> pull(const std::string& handle);
  Result<std::string> read_file(const std::string& handle, const std::string& reference,
                                const std::string& object);

  Result<ledger::SealOutcome> seal();
  /// Every event of the stream, oldest first.
  std::vector<ledger::StoredEvent> events(const std::string& reference);
  int count(const std::string& reference, std::string_view type);
  /// One number that a query gives.
  std::int64_t number(std::string_view query);

  /// Opens every stream, seals, mirrors, exports, verifies and audits; holds what was shown against
  /// the ledger. The world is over then. Returns the records as the public gets them.
  std::vector<std::string> check();
  /// The same without the opening: what has been opened so far. Returns what alarms there are.
  std::vector<std::string> verify(std::vector<std::string>* records = nullptr);
  /// Where the log lies once it was mirrored.
  std::filesystem::path mirror() const { return folder_ / "mirror"; }
  /// No shown item lacks its leaf, none of the reader's own has one.
  void check_leaves();

 private:
  struct Shown {
    std::string handle;  // or empty: by a return code
    std::string object;
    Level level;
  };
  void remember(const Actor& actor, const CaseView& view);
  store::Options options(const std::string& name) const;

  std::filesystem::path folder_;
  std::string vfs_;
  Keyring keyring_;
  SigningKey promise_key_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<content::Keys> keys_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::Sealer> sealer_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<App> app_;
  std::vector<Shown> shown_;
  Instant kept_at_;
  std::optional<SeededRandom> kept_random_;
};

/// The texts of a view joined by lines, and the levels of what is shown.
std::string texts(const CaseView& view);
std::set<Level> levels(const CaseView& view);
bool shows(const CaseView& view, std::string_view text);

}  // namespace weir::app
