// Private to app/: who acts, which case, and the facts that the gate is told. Everything is read
// inside the transaction that acts on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "ledger/access.h"
#include "policy/policy.h"

namespace weir::app {

struct Organisation {
  std::int64_t id = 0;
  std::string name;
  std::string organisation_class;
  std::string country;
  policy::Fact staff = policy::Fact::unknown;
  policy::Fact bound = policy::Fact::unknown;
  policy::Fact public_body = policy::Fact::unknown;
  policy::Fact may_name = policy::Fact::unknown;
  policy::Fact suspended = policy::Fact::unknown;
};

/// A signed-in user, or the bearer of a return code (then id is 0 and the organisation empty).
struct Person {
  std::int64_t id = 0;
  std::string handle;
  policy::Roles roles;
  policy::Fact barred = policy::Fact::unknown;
  Organisation organisation;
  std::optional<Digest> code_hash;
  std::int64_t token = 0;  // the API token that it acts with, if any
};

struct CaseFile {
  std::int64_t id = 0;
  std::string reference;
  std::int64_t stream = 0;
  std::int64_t content_key = 0;
  policy::CaseState state = policy::CaseState::unknown;
  policy::Label label = policy::Label::unknown;
  Instant received;
  std::int64_t size = 0;
  std::int64_t vulnerabilities = 0;  // the highest number
  std::int64_t remaining = 0;        // of them: those that were not split off
  std::optional<std::int64_t> reporter;
  std::optional<Digest> code_hash;
  std::optional<std::int64_t> handler;
  std::optional<std::int64_t> merged_into;
  policy::Fact embargo_ended = policy::Fact::no;
  Level published_level = Level::nothing;
  std::optional<Instant> published;
  std::string public_id;
  policy::Fact opened = policy::Fact::no;
  policy::Fact key_erased = policy::Fact::no;
};

/// One thing in a case. See schema.cc.
struct ItemRow {
  std::int64_t id = 0;
  std::int64_t home = 0;
  std::int64_t case_file = 0;
  std::string reference;
  std::int64_t version = 1;
  std::string kind;
  Level level = Level::exploit;
  std::int64_t vulnerability = 0;
  std::string language;
  Encryption encryption = Encryption::platform;
  std::optional<std::int64_t> author;
  bool by_reporter = false;
  std::optional<std::int64_t> audience;
  bool for_reporter = false;  // for whoever filed the report of `home`, and the handler
  Instant at;
};

/// Who acts, as it stands in this transaction: a session or token that has ended or run out since
/// it was presented is `denied`, and so is a token without `needed`, and a local handle that does
/// not exist. Nobody, and the bearer of a code, is a person without any standing.
Result<Person> load_person(const store::Tx& tx, const App& app, const Actor& actor, Scope needed);
Person stranger(const Actor& actor);  // nobody, or the bearer of a code
/// Another user, by its handle. `denied` if there is none.
Result<Person> load_user(const store::Tx& tx, std::string_view handle);
Result<Organisation> load_organisation(const store::Tx& tx, std::string_view name);
Result<Organisation> load_organisation(const store::Tx& tx, std::int64_t id);
Result<Person> load_person_by_id(const store::Tx& tx, std::int64_t id);

/// By reference, for whoever it could concern (the gate says more). For others it is not even read.
Result<CaseFile> load_case(const store::Tx& tx, std::string_view reference, const Person& person);
Result<CaseFile> load_case(const store::Tx& tx, std::int64_t id);
Result<CaseFile> load_named_case(const store::Tx& tx, std::string_view own_reference);
Result<ledger::Stream> stream_of(const store::Tx& tx, const App& app, const CaseFile& file);
Result<std::vector<ItemRow>> load_items(const store::Tx& tx, const CaseFile& file);
Result<content::Object> object_of(const store::Tx& tx, const ItemRow& item);

policy::Subject subject_of(const Person& person);
/// What the gate is told of the case itself; `vulnerability` 0 for the whole.
Result<policy::Object> object_facts(const store::Tx& tx, const CaseFile& file,
                                    std::int64_t vulnerability, Level level);
/// What `person` is to the case. An exception counts for what it covers: `item`, or without one
/// everything in the case that its level would give.
Result<policy::Standing> standing(const store::Tx& tx, const CaseFile& file, const Person& person,
                                  std::int64_t vulnerability,
                                  std::optional<std::int64_t> item = std::nullopt);
/// Whether the case holds a vulnerability of this number: one that was split off is elsewhere.
Result<bool> has_vulnerability(const store::Tx& tx, const CaseFile& file,
                               std::int64_t vulnerability);
Result<policy::Facts> case_facts(const store::Tx& tx, const CaseFile& file, const Person& person,
                                 std::int64_t vulnerability = 0);

/// An act on a case that the gate has been asked about.
struct Asked {
  Person person;
  CaseFile file;
  ledger::Stream stream;
  policy::Decision decision;
  std::optional<Person> second;  // who approved it, if it needed that
};

/// How long an act waits for its second person, and an approval for the act.
inline constexpr Duration kApprovalTerm = std::chrono::hours(24 * 7);

/// The outcome of the same call before (Terms::key), or nothing. `conflict` if its key came with
/// something else. Whoever is told asks the gate anew.
Result<std::optional<std::string>> find_outcome(const store::Tx& tx, const App& app,
                                                const Actor& actor);
/// For find_outcome(), in the transaction that makes it. `conflict` if another call with the same
/// key was faster.
Status keep_outcome(store::Tx& tx, const App& app, const Actor& actor, std::string_view outcome);
/// `conflict` with kMovedOn if the actor named another state of this case (Terms::expected).
Status must_be_expected(const store::Tx& tx, const App& app, const Actor& actor,
                        const CaseFile& file, const Person& person);

/// What was asked, for acts that need two people: the approval holds for exactly this, for
/// kApprovalTerm from when it was asked. With `binds` case_version it is void as soon as anything
/// happens in the case but readings and approvals.
struct Question {
  policy::Action action;
  enum class Binds { parameters, case_version } binds = Binds::parameters;
  std::string parameters{};                // canonical; part of what is approved
  Level level = Level::nothing;            // of what is to be published or released
  std::int64_t vulnerability = 0;          // that it concerns; 0: the whole case
  std::optional<policy::Fact> conflict{};  // as declared now, by who claims or approves
  std::optional<Scope> scope{};  // for who may do it but only looks: else as the act has it
};

/// Asks the gate. Refused is `denied`, or `not_found` where existence is secret. If a second person
/// is needed and has not approved, `decision.outcome` is needs_second: the caller answers with
/// wait().
Result<Asked> ask(const store::Tx& tx, const App& app, const Actor& actor,
                  std::string_view reference, const Question& question);
/// Refused like ask() if the outcome is not allowed.
Result<Asked> ask_alone(const store::Tx& tx, const App& app, const Actor& actor,
                        std::string_view reference, const Question& question);
/// What an actor's organisation speaks for in the case as a whole: the first of the vulnerabilities
/// that concern its product, for a vendor; 0 for everybody else.
Result<std::int64_t> speaks_for(const store::Tx& tx, const Actor& actor,
                                std::string_view reference);
/// Records that the act waits, and returns the reference to approve it by.
Result<std::string> wait(store::Tx& tx, const App& app, const Asked& asked,
                         const Question& question);
/// The approval is used up by the act.
Status settle(store::Tx& tx, const Asked& asked, const Question& question);
/// The fact of the second person for this question.
struct Approval {
  policy::Approver facts;
  std::optional<Person> person;
};
Result<Approval> find_approval(const store::Tx& tx, const App& app, const CaseFile& file,
                               const Person& person, const Question& question);
/// What was asked before this instant waits no more. Nor does what seems to come from the future.
struct AskedBetween {
  std::int64_t first_ms, last_ms;
};
AskedBetween still_waiting(const App& app);

/// The ledger's name for an organisation in a case: random, made at first need.
Result<std::string> recipient_reference(store::Tx& tx, const App& app, const CaseFile& file,
                                        std::int64_t organisation);
/// Fields that say who acted, for any event: class and country open, the rest kept back in public.
std::vector<custody::Field> actor_fields(const Person& person);

/// Appends an event to the case's stream.
Result<ledger::Appended> record(store::Tx& tx, const App& app, const ledger::Stream& stream,
                                std::string type, std::vector<custody::Field> fields);
custody::Field field(std::string name, std::string_view value);
custody::Field field(std::string name, std::int64_t value);
custody::Field field(std::string name, const Digest& digest);

std::int64_t number(policy::Fact fact);
policy::Fact fact(std::int64_t number);
policy::Roles read_roles(std::int64_t bits);  // stored: 1 << role
std::int64_t roles_bits(const policy::Roles& roles);

}  // namespace weir::app
