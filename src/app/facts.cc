// What the gate is told, and asking it.
#include <algorithm>
#include <set>

#include "app/context.h"
#include "app/item_facts.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

Fact yes_if(bool condition) {
  return condition ? Fact::yes : Fact::no;
}

Result<policy::Phase> case_phase(const store::Tx& tx, const CaseFile& file,
                                 std::int64_t vulnerability) {
  const auto vendors = TRY(tx.all(
      "SELECT phase, left_out FROM vendor_status WHERE case_file = $1 AND ($2 = 0 OR vulnerability "
      "= $2)",
      {file.id, vulnerability}, [](const store::Row& row) {
        return policy::VendorFix{static_cast<policy::Phase>(row.integer(0)), fact(row.integer(1))};
      }));
  // A vulnerability for which no vendor is known has no fix.
  const auto covered =
      TRY(tx.one("SELECT COUNT(DISTINCT vulnerability) FROM vendor_status WHERE case_file = $1",
                 {file.id}, [](const store::Row& row) { return row.integer(0); }));
  if (vulnerability == 0 && *covered < file.remaining) {
    return policy::Phase::no_fix;
  }
  return policy::phase(vendors);
}

struct Embargo {
  Fact active = Fact::unknown;
  Fact consent = Fact::unknown;
};

Result<Embargo> embargo_of(const store::Tx& tx, const CaseFile& file) {
  const auto proposals =
      TRY(tx.all("SELECT until_ms, confirmed FROM embargo_proposal WHERE case_file = $1", {file.id},
                 [](const store::Row& row) {
                   return policy::EmbargoProposal{{row.integer(0)}, fact(row.integer(1))};
                 }));
  // Its parties are the vendors and whoever proposed; each has to consent.
  const auto silent = TRY(tx.one(
      "SELECT COUNT(*) FROM participant p WHERE p.case_file = $1 AND p.consents = 0 AND (p.role = "
      "'vendor' OR EXISTS (SELECT 1 FROM embargo_proposal e WHERE e.case_file = p.case_file AND "
      "e.organisation = p.organisation))",
      {file.id}, [](const store::Row& row) { return row.integer(0); }));
  // A reporter is no participant, and may have no account: it consents by its own proposal.
  const auto unheard = TRY(tx.one(
      "SELECT COUNT(*) FROM embargo_proposal e WHERE e.case_file = $1 AND e.confirmed <> 0 AND "
      "e.consents = 0 AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.case_file = e.case_file "
      "AND p.organisation = e.organisation)",
      {file.id}, [](const store::Row& row) { return row.integer(0); }));
  return Embargo{policy::embargo_active(proposals, file.embargo_ended),
                 yes_if(*silent == 0 && *unheard == 0)};
}

Result<Fact> conflict_of(const store::Tx& tx, const CaseFile& file, const Person& person) {
  const auto stored =
      TRY(tx.one("SELECT fact FROM conflict_of_interest WHERE case_file = $1 AND account = $2",
                 {file.id, person.id}, [](const store::Row& row) { return fact(row.integer(0)); }));
  // Staff have to say; for others a conflict is what the handler has recorded.
  return stored.value_or(person.organisation.staff == Fact::no ? Fact::no : Fact::unknown);
}

Result<policy::Agreement> agreement_of(const store::Tx& tx, const Person& person) {
  const auto most =
      TRY(tx.one("SELECT MAX(level) FROM agreement WHERE organisation = $1 AND ended = 0",
                 {person.organisation.id}, [](const store::Row& row) {
                   return row.is_null(0) ? std::int64_t{-1} : row.integer(0);
                 }));
  policy::Agreement agreement{Fact::no, Level::nothing, Fact::no};
  if (most && *most >= 0) {
    // Need to know is decided by whoever names the organisation in a release or a case.
    agreement = {Fact::yes, static_cast<Level>(*most), Fact::yes};
  }
  return agreement;
}

/// The person's organisation as a participant of the case.
Status add_participation(const store::Tx& tx, const CaseFile& file, const Person& person,
                         std::int64_t vulnerability, policy::Standing& standing) {
  struct Row {
    std::string role;
    Level level;
    Fact through_agreement;
  };
  const auto row = TRY(tx.one(
      "SELECT role, level, through_agreement FROM participant WHERE case_file = $1 AND "
      "organisation = $2",
      {file.id, person.organisation.id}, [](const store::Row& found) {
        return Row{found.text(0), static_cast<Level>(found.integer(1)), fact(found.integer(2))};
      }));
  standing.affected_vendor = yes_if(row && row->role == "vendor");
  standing.participant = yes_if(row && row->role != "vendor");
  standing.invited = row ? row->level : Level::nothing;
  standing.through_agreement = row ? row->through_agreement : Fact::no;
  const auto own = TRY(tx.one(
      "SELECT COUNT(*) FROM vendor_status WHERE case_file = $1 AND organisation = $2 AND ($3 = 0 "
      "OR vulnerability = $3)",
      {file.id, person.organisation.id, vulnerability},
      [](const store::Row& found) { return found.integer(0); }));
  // What concerns the whole case concerns its own product only if all of the case does, and also
  // what was split off: the report speaks of that too.
  standing.own_product =
      yes_if(vulnerability == 0 ? *own > 0 && *own >= file.vulnerabilities : *own > 0);
  return {};
}

/// What a token needs for it.
Scope scope_of(policy::Action action) {
  using enum policy::Action;
  switch (action) {
    case read:
    case see_existence:
    case see_readers:
    case see_custody:
      return Scope::read;
    case approve:
      return Scope::approve;
    case administer:
      return Scope::administer;
    case keep_watch_lists:
      return Scope::watch;
    case release:
    case claim:
    case accept:
    case decline:
    case merge:
    case split:
    case add_participant:
    case post_message:
    case state_status:
    case propose_embargo:
    case confirm_embargo:
    case end_embargo:
    case announce_fix:
    case leave_out_vendor:
    case decide_delay:
    case grant_exception:
    case publish:
    case open_custody:
    case defer_opening:
    case erase_key:
    case keep_clocks:
      return Scope::act;
  }
  std::unreachable();
}

/// Counts what has happened in the case. Readings change nothing, nor does the asking for a second
/// person.
constexpr std::string_view kCaseVersion =
    "SELECT COUNT(*) FROM event WHERE stream = $1 AND type NOT IN ('access', 'repeat_reads', "
    "'act_asked', 'act_shown', 'act_approved')";

Result<std::int64_t> case_version(const store::Tx& tx, const CaseFile& file) {
  const auto count = TRY(
      tx.one(kCaseVersion, {file.stream}, [](const store::Row& row) { return row.integer(0); }));
  return *count;
}

Result<Digest> digest_of(const store::Tx& tx, const CaseFile& file, const Question& question) {
  json::Array asked = {policy::name(question.action), name(question.level), question.vulnerability,
                       question.parameters};
  if (question.binds == Question::Binds::case_version) {
    asked.push_back(TRY(case_version(tx, file)));
  }
  return sha256(json::canonical(json::Value(std::move(asked))));
}

/// An exception covers what was in the case when two people approved it. For the case as a whole
/// ($3 is 0) it counts while nothing was added since that it would give.
constexpr std::string_view kException =
    "SELECT d.level, d.legal_stage FROM decision d WHERE d.case_file = $1 AND d.kind = 'exception' "
    "AND d.organisation = $2 AND d.ended = 0 AND CASE WHEN $3 <> 0 THEN EXISTS (SELECT 1 FROM "
    "exception_item e WHERE e.decision = d.id AND e.item = $3) ELSE NOT EXISTS (SELECT 1 FROM item "
    "i WHERE i.case_file = $1 AND i.level <= d.level AND i.kind IN ('advisory', 'part', "
    "'attachment', 'attachment_name') AND NOT EXISTS (SELECT 1 FROM exception_item e WHERE "
    "e.decision = d.id AND e.item = i.id)) END ORDER BY d.level DESC, COALESCE(d.legal_stage, 0) "
    "DESC LIMIT 1";

}  // namespace

bool is_reporter(const CaseFile& file, const Person& person) {
  const bool by_account = person.id != 0 && file.reporter == person.id;
  const bool by_code = person.code_hash && file.code_hash &&
                       equal_secrets(person.code_hash->view(), file.code_hash->view());
  return by_account || by_code;
}

/// Of what concerns the whole: the report and what was said of it speak of the vulnerabilities too
/// that were split off since. So it is as far as the least of all those cases.
Result<policy::Phase> phase_of_whole(const store::Tx& tx, const CaseFile& file) {
  auto least = TRY(case_phase(tx, file, 0));
  std::set<std::int64_t> met = {file.id};
  std::vector<std::int64_t> places = {file.id};
  while (!places.empty() && least != policy::Phase::no_fix) {
    const auto next =
        TRY(tx.all("SELECT into_case FROM split_off WHERE case_file = $1", {places.back()},
                   [](const store::Row& row) { return row.integer(0); }));
    places.pop_back();
    for (const std::int64_t id : next) {
      CaseFile other = TRY(load_case(tx, id));
      while (other.merged_into) {
        other = TRY(load_case(tx, *other.merged_into));
      }
      if (met.insert(other.id).second) {
        places.push_back(other.id);
        least = std::min(least, TRY(case_phase(tx, other, 0)));
      }
    }
  }
  return least;
}

Result<policy::Exception> exception_of(const store::Tx& tx, const CaseFile& file,
                                       const Person& person, std::optional<std::int64_t> item) {
  auto found = TRY(tx.one(
      kException, {file.id, person.organisation.id, item.value_or(0)}, [](const store::Row& row) {
        policy::Exception exception{Fact::yes, static_cast<Level>(row.integer(0)), std::nullopt};
        if (!row.is_null(1)) {
          exception.legal_stage = static_cast<Level>(row.integer(1));
        }
        return exception;
      }));
  return found.value_or(policy::Exception{Fact::no, Level::nothing, std::nullopt});
}

Result<policy::Object> object_facts(const store::Tx& tx, const CaseFile& file,
                                    std::int64_t vulnerability, Level level) {
  const Embargo embargo = TRY(embargo_of(tx, file));
  const auto delays = TRY(
      tx.one("SELECT COUNT(*) FROM decision WHERE case_file = $1 AND kind = 'delay' AND ended = 0",
             {file.id}, [](const store::Row& row) { return row.integer(0); }));
  policy::Object object;
  object.level = level;
  object.label = file.label;
  object.phase = TRY(case_phase(tx, file, vulnerability));
  object.published = Fact::no;  // what was published is served as itself (closing.h)
  object.embargo = embargo.active;
  object.embargo_consent = embargo.consent;
  object.delay = yes_if(*delays > 0);
  object.state = file.state;
  object.opening_due =
      yes_if(file.state == policy::CaseState::declined || file.state == policy::CaseState::spam ||
             file.state == policy::CaseState::merged);
  object.custody_opened = file.opened;
  return object;
}

Result<bool> has_vulnerability(const store::Tx& tx, const CaseFile& file,
                               std::int64_t vulnerability) {
  if (vulnerability < 1 || vulnerability > file.vulnerabilities) {
    return false;
  }
  const auto gone =
      TRY(tx.one("SELECT 1 FROM split_off WHERE case_file = $1 AND vulnerability = $2",
                 {file.id, vulnerability}, [](const store::Row&) { return true; }));
  return !gone;
}

Result<policy::Standing> standing(const store::Tx& tx, const CaseFile& file, const Person& person,
                                  std::int64_t vulnerability, std::optional<std::int64_t> item) {
  policy::Standing standing;
  standing.author = yes_if(is_reporter(file, person));
  standing.handler = yes_if(person.id != 0 && file.handler == person.id);
  TRY(add_participation(tx, file, person, vulnerability, standing));
  standing.released = Fact::no;
  standing.recalled = Fact::no;
  standing.reach = policy::Reach::by_name;
  standing.agreement = TRY(agreement_of(tx, person));
  standing.exception = TRY(exception_of(tx, file, person, item));
  standing.conflict = TRY(conflict_of(tx, file, person));
  return standing;
}

Result<policy::Facts> case_facts(const store::Tx& tx, const CaseFile& file, const Person& person,
                                 std::int64_t vulnerability) {
  policy::Facts facts;
  facts.standing = TRY(standing(tx, file, person, vulnerability));
  facts.object = TRY(object_facts(tx, file, vulnerability, Level::existence));
  return facts;
}

Result<std::int64_t> speaks_for(const store::Tx& tx, const Actor& actor,
                                std::string_view reference) {
  const auto lowest = TRY(tx.one(
      "SELECT MIN(v.vulnerability) FROM vendor_status v JOIN case_file c ON c.id = v.case_file "
      "JOIN account a ON a.organisation = v.organisation WHERE c.ref = $1 AND a.handle = $2",
      {reference, actor.handle()},
      [](const store::Row& row) { return row.is_null(0) ? std::int64_t{0} : row.integer(0); }));
  return lowest.value_or(0);
}

AskedBetween still_waiting(const App& app) {
  const Instant now = app.clock.now();
  return {(now - kApprovalTerm).ms + 1, (now + ledger::kClockTolerance).ms};
}

Result<Approval> find_approval(const store::Tx& tx, const App& app, const CaseFile& file,
                               const Person& person, const Question& question) {
  Approval approval;
  approval.facts.present = Fact::no;
  const Digest digest = TRY(digest_of(tx, file, question));
  const AskedBetween asked = still_waiting(app);
  struct Row {
    std::int64_t approved_by;
    Fact conflict;
  };
  const auto row = TRY(tx.one(
      "SELECT approved_by, conflict FROM pending_act WHERE case_file = $1 AND action = $2 AND "
      "digest = $3 AND asked_by = $4 AND done = 0 AND approved_by IS NOT NULL AND at_ms BETWEEN $5 "
      "AND $6",
      {file.id, policy::name(question.action), store::Blob{digest.view()}, person.id,
       asked.first_ms, asked.last_ms},
      [](const store::Row& found) { return Row{found.integer(0), fact(found.integer(1))}; }));
  if (row) {
    approval.person = TRY(load_person_by_id(tx, row->approved_by));
    const Fact recorded = TRY(conflict_of(tx, file, *approval.person));
    approval.facts = {Fact::yes, yes_if(row->approved_by != person.id),
                      subject_of(*approval.person),
                      recorded == Fact::yes ? Fact::yes : row->conflict};
  }
  return approval;
}

Result<Asked> ask(const store::Tx& tx, const App& app, const Actor& actor,
                  std::string_view reference, const Question& question) {
  Asked asked;
  asked.person =
      TRY(load_person(tx, app, actor, question.scope.value_or(scope_of(question.action))));
  asked.file = TRY(load_case(tx, reference, asked.person));
  asked.stream = TRY(stream_of(tx, app, asked.file));
  policy::Facts facts = TRY(case_facts(tx, asked.file, asked.person, question.vulnerability));
  if (question.level != Level::nothing) {
    facts.object.level = question.level;
  }
  if (question.conflict && facts.standing.conflict != Fact::yes) {
    facts.standing.conflict = *question.conflict;
  }
  Approval approval = TRY(find_approval(tx, app, asked.file, asked.person, question));
  facts.second = approval.facts;
  asked.second = std::move(approval.person);
  asked.decision = policy::decide(subject_of(asked.person), question.action, facts);
  if (asked.decision.outcome == policy::Outcome::refused) {
    return std::unexpected(policy::refusal(asked.decision));
  }
  TRY(must_be_expected(tx, app, actor, asked.file, asked.person));
  return asked;
}

Result<Asked> ask_alone(const store::Tx& tx, const App& app, const Actor& actor,
                        std::string_view reference, const Question& question) {
  Asked asked = TRY(ask(tx, app, actor, reference, question));
  if (!asked.decision.is_allowed()) {
    return std::unexpected(policy::refusal(asked.decision));
  }
  return asked;
}

Result<std::string> wait(store::Tx& tx, const App& app, const Asked& asked,
                         const Question& question) {
  const Digest digest = TRY(digest_of(tx, asked.file, question));
  const AskedBetween between = still_waiting(app);
  // An approval that is there and does not count (its giver was barred since, its term is over) is
  // void: another person may approve, and what is too old is asked again.
  TRY(
      tx.run("UPDATE pending_act SET done = 1 WHERE case_file = $1 AND action = $2 AND digest = $3 "
             "AND asked_by = $4 AND (approved_by IS NOT NULL OR NOT at_ms BETWEEN $5 AND $6)",
             {asked.file.id, policy::name(question.action), store::Blob{digest.view()},
              asked.person.id, between.first_ms, between.last_ms}));
  const auto waiting = TRY(tx.one(
      "SELECT ref FROM pending_act WHERE case_file = $1 AND action = $2 AND digest = $3 AND "
      "asked_by = $4 AND done = 0",
      {asked.file.id, policy::name(question.action), store::Blob{digest.view()}, asked.person.id},
      [](const store::Row& row) { return row.text(0); }));
  if (waiting) {
    return *waiting;
  }
  std::vector<custody::Field> fields = actor_fields(asked.person);
  fields.push_back(field("act", policy::name(question.action)));
  fields.push_back(field("act_level", name(question.level)));
  fields.push_back(field("vulnerability", question.vulnerability));
  fields.push_back(field("parameters", question.parameters));
  if (question.binds == Question::Binds::case_version) {
    fields.push_back(field("case_version", TRY(case_version(tx, asked.file))));
  }
  const ledger::Appended event = TRY(record(tx, app, asked.stream, "act_asked", std::move(fields)));
  std::string made = to_base32(app.random.bytes(kIdBytes));
  TRY(
      tx.run("INSERT INTO pending_act (ref, case_file, action, digest, event, asked_by, at_ms) "
             "VALUES ($1, "
             "$2, $3, $4, $5, $6, $7)",
             {made, asked.file.id, policy::name(question.action), store::Blob{digest.view()},
              static_cast<std::int64_t>(event.index), asked.person.id, app.clock.now().ms}));
  return made;
}

Status settle(store::Tx& tx, const Asked& asked, const Question& question) {
  const Digest digest = TRY(digest_of(tx, asked.file, question));
  return tx.run(
      "UPDATE pending_act SET done = 1 WHERE case_file = $1 AND action = $2 AND digest = $3 AND "
      "asked_by = $4",
      {asked.file.id, policy::name(question.action), store::Blob{digest.view()}, asked.person.id});
}

}  // namespace weir::app
