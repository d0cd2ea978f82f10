#include "app/cases.h"

#include <algorithm>

#include "app/clock_moves.h"
#include "app/context.h"
#include "app/delay_rows.h"
#include "app/items.h"
#include "app/news.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Action;
using policy::CaseState;
using policy::Fact;

Status set_state(store::Tx& tx, const CaseFile& file, CaseState state) {
  return tx.run("UPDATE case_file SET state = $2 WHERE id = $1",
                {file.id, static_cast<std::int64_t>(state)});
}

Status remember_conflict(store::Tx& tx, const CaseFile& file, std::int64_t account, Fact conflict) {
  return tx.run(
      "INSERT INTO conflict_of_interest (case_file, account, fact) VALUES ($1, $2, $3) ON CONFLICT "
      "DO UPDATE SET fact = excluded.fact",
      {file.id, account, number(conflict)});
}

Status tell_reporter(store::Tx& tx, const App& app, const Asked& asked, News news) {
  return asked.file.reporter
             ? tell_account(tx, app, {asked.file.id, news, asked.person.id}, *asked.file.reporter)
             : Status();
}

Status claim_in(store::Tx& tx, App& app, const Actor& actor, const std::string& reference,
                Fact conflict) {
  const Asked asked =
      TRY(ask_alone(tx, app, actor, reference, {.action = Action::claim, .conflict = conflict}));
  TRY(remember_conflict(tx, asked.file, asked.person.id, conflict));
  TRY(tx.run("UPDATE case_file SET handler = $2 WHERE id = $1", {asked.file.id, asked.person.id}));
  TRY(set_state(tx, asked.file, CaseState::claimed));
  std::vector<custody::Field> fields = actor_fields(asked.person);
  fields.push_back(field("conflict", policy::name(conflict)));
  TRY(record(tx, app, asked.stream, "claimed", std::move(fields)));
  TRY(tell_reporter(tx, app, asked, News::claimed));
  return {};
}

Status decline_in(store::Tx& tx, App& app, const Actor& actor, const std::string& reference,
                  Ground ground, const std::string& text) {
  const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::decline}));
  TRY(set_state(tx, asked.file, ground == Ground::spam ? CaseState::spam : CaseState::declined));
  std::vector<custody::Field> fields = actor_fields(asked.person);
  fields.push_back(field("reason", ground == Ground::spam ? "spam" : "declined"));
  fields.push_back(field("ground", text));
  TRY(record(tx, app, asked.stream, "declined", std::move(fields)));
  TRY(tell_reporter(tx, app, asked, News::declined));
  return {};
}

Status check_ground(const std::string& text) {
  return !text.empty() && text.size() <= kMaxGroundBytes && is_utf8(text)
             ? Status()
             : fail(Code::invalid, "a ground is 1 to 10000 bytes of UTF-8 text");
}

/// `merged` or `split` in both streams, each naming the other's counterpart.
struct Pair {
  const ledger::Stream& from;
  const ledger::Stream& into;
};
Status link(store::Tx& tx, App& app, const Pair& streams, const Person& person,
            std::string_view type) {
  const auto next_index = [&](const ledger::Stream& stream) -> Result<std::int64_t> {
    const auto count = TRY(tx.one("SELECT COUNT(*) FROM event WHERE stream = $1", {stream.row},
                                  [](const store::Row& row) { return row.integer(0); }));
    return *count;
  };
  const std::int64_t from_index = TRY(next_index(streams.from));
  const std::int64_t into_index = TRY(next_index(streams.into));
  const auto append = [&](const ledger::Stream& stream, const ledger::Stream& other,
                          std::int64_t other_index, std::string_view role) -> Status {
    std::vector<custody::Field> fields = actor_fields(person);
    fields.push_back(field("other", other.reference));
    fields.push_back(field("other_key_commit", other.key_commit));
    fields.push_back(field("other_index", other_index));
    fields.push_back(field("role", role));
    TRY(record(tx, app, stream, std::string(type), std::move(fields)));
    return {};
  };
  TRY(append(streams.from, streams.into, into_index, "from"));
  return append(streams.into, streams.from, from_index, "into");
}

/// Participants, statements and open proposals of a case become those of another.
Status carry_over(store::Tx& tx, const CaseFile& from, const CaseFile& into) {
  TRY(tx.run(
      "INSERT INTO participant (case_file, organisation, role, level, through_agreement, consents, "
      "at_ms) SELECT $2, organisation, role, level, through_agreement, consents, at_ms FROM "
      "participant WHERE case_file = $1 ON CONFLICT DO NOTHING",
      {from.id, into.id}));
  return tx.run(
      "INSERT INTO embargo_proposal (case_file, organisation, until_ms, confirmed, at_ms) SELECT "
      "$2, organisation, until_ms, confirmed, at_ms FROM embargo_proposal WHERE case_file = $1",
      {from.id, into.id});
}

/// A merge may close, never open: label, embargo, delay and conflicts of the case that goes hold on
/// in the one that stays; and who consented to the sharing of one has not consented to both.
Status keep_restrictions(store::Tx& tx, const CaseFile& gone, const CaseFile& kept) {
  TRY(tx.run("UPDATE case_file SET label = MAX(label, $2) WHERE id = $1",
             {kept.id, static_cast<std::int64_t>(gone.label)}));
  TRY(tx.run(
      "UPDATE case_file SET embargo_ended = 0 WHERE id = $1 AND $3 = 0 AND EXISTS (SELECT 1 FROM "
      "embargo_proposal WHERE case_file = $2)",
      {kept.id, gone.id, number(gone.embargo_ended)}));
  TRY(tx.run("UPDATE participant SET consents = 0 WHERE case_file = $1", {kept.id}));
  TRY(tx.run("UPDATE embargo_proposal SET consents = 0 WHERE case_file = $1", {kept.id}));
  TRY(tx.run(
      "INSERT INTO conflict_of_interest (case_file, account, fact) SELECT $2, account, fact FROM "
      "conflict_of_interest WHERE case_file = $1 AND fact <> 0 ON CONFLICT DO UPDATE SET fact = "
      "CASE WHEN conflict_of_interest.fact = 1 THEN 1 ELSE excluded.fact END",
      {gone.id, kept.id}));
  return {};
}

}  // namespace

Status claim(App& app, const Actor& actor, const std::string& reference, Fact conflict) {
  return app.db.execute(
      [&](store::Tx& tx) { return claim_in(tx, app, actor, reference, conflict); });
}

Status accept(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::accept}));
    TRY(set_state(tx, asked.file, CaseState::open));
    TRY(record(tx, app, asked.stream, "accepted", actor_fields(asked.person)));
    return {};
  });
}

Status decline(App& app, const Actor& actor, const std::string& reference, Ground ground,
               const std::string& text) {
  TRY(check_ground(text));
  return app.db.execute(
      [&](store::Tx& tx) { return decline_in(tx, app, actor, reference, ground, text); });
}

Status decline_all_as_spam(App& app, const Actor& actor, const std::vector<std::string>& references,
                           Fact conflict) {
  if (references.empty() || references.size() > kMaxBulk) {
    return fail(Code::invalid, "name 1 to 10000 cases");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    for (const std::string& reference : references) {
      TRY(claim_in(tx, app, actor, reference, conflict));
      TRY(decline_in(tx, app, actor, reference, Ground::spam, "spam"));
    }
    return {};
  });
}

Status merge(App& app, const Actor& actor, const std::string& from, const std::string& into) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    if (from == into) {
      return fail(Code::invalid, "a case cannot be merged with itself");
    }
    const Asked gone = TRY(ask_alone(tx, app, actor, from, {.action = Action::merge}));
    const Asked kept = TRY(ask_alone(tx, app, actor, into, {.action = Action::merge}));
    TRY(set_state(tx, gone.file, CaseState::merged));
    TRY(tx.run("UPDATE case_file SET merged_into = $2 WHERE id = $1",
               {gone.file.id, kept.file.id}));
    // The vulnerabilities of the one are numbered after those of the other.
    TRY(tx.run(
        "UPDATE item SET case_file = $2, vulnerability = CASE WHEN vulnerability = 0 THEN 0 ELSE "
        "vulnerability + $3 END WHERE case_file = $1",
        {gone.file.id, kept.file.id, kept.file.vulnerabilities}));
    TRY(tx.run(
        "INSERT INTO vendor_status (case_file, organisation, vulnerability, answer, phase, "
        "left_out, "
        "at_ms) SELECT $2, organisation, vulnerability + $3, answer, phase, left_out, at_ms FROM "
        "vendor_status WHERE case_file = $1",
        {gone.file.id, kept.file.id, kept.file.vulnerabilities}));
    TRY(
        tx.run("INSERT INTO split_off (case_file, vulnerability, into_case) SELECT $2, "
               "vulnerability + $3, into_case FROM split_off WHERE case_file = $1",
               {gone.file.id, kept.file.id, kept.file.vulnerabilities}));
    TRY(tx.run("UPDATE case_file SET vulnerabilities = vulnerabilities + $2 WHERE id = $1",
               {kept.file.id, gone.file.vulnerabilities}));
    TRY(carry_over(tx, gone.file, kept.file));
    TRY(keep_restrictions(tx, gone.file, kept.file));
    TRY(carry_delays(tx, app, gone.file, kept.file));
    TRY(carry_clocks(tx, app, gone.file, kept.file, Carry::merged));
    return link(tx, app, {gone.stream, kept.stream}, kept.person, "merged");
  });
}

Result<std::string> split(App& app, const Actor& actor, const std::string& reference,
                          std::int64_t vulnerability) {
  const content::ContentKey key = TRY(app.keys.take());
  const std::string made = CaseId::make(app.random).text();
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::string> {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::split}));
    if (asked.file.remaining < 2 || !TRY(has_vulnerability(tx, asked.file, vulnerability))) {
      return fail(Code::invalid,
                  "a case of several vulnerabilities is split by one of their numbers");
    }
    const ledger::Stream stream = TRY(app.ledger.create(tx, ledger::StreamKind::case_stream, made));
    TRY(
        tx.run("INSERT INTO case_file (ref, stream, content_key, state, label, received_ms, size, "
               "vulnerabilities, reporter, code_hash, handler) SELECT $2, $3, $4, state, label, "
               "received_ms, 0, 1, reporter, code_hash, handler FROM case_file WHERE id = $1",
               {asked.file.id, made, stream.row, key.number}));
    const CaseFile fresh = TRY(load_named_case(tx, made));
    TRY(tx.run("INSERT INTO split_off (case_file, vulnerability, into_case) VALUES ($1, $2, $3)",
               {asked.file.id, vulnerability, fresh.id}));
    TRY(
        tx.run("UPDATE item SET case_file = $2, vulnerability = 1 WHERE case_file = $1 AND "
               "vulnerability = $3",
               {asked.file.id, fresh.id, vulnerability}));
    TRY(tx.run(
        "UPDATE vendor_status SET case_file = $2, vulnerability = 1 WHERE case_file = $1 AND "
        "vulnerability = $3",
        {asked.file.id, fresh.id, vulnerability}));
    TRY(carry_over(tx, asked.file, fresh));
    TRY(carry_delays(tx, app, asked.file, fresh));
    TRY(carry_clocks(tx, app, asked.file, fresh, Carry::split));
    TRY(tx.run(
        "INSERT INTO conflict_of_interest (case_file, account, fact) SELECT $2, account, fact "
        "FROM conflict_of_interest WHERE case_file = $1",
        {asked.file.id, fresh.id}));
    TRY(link(tx, app, {asked.stream, stream}, asked.person, "split"));
    return made;
  }));
  return *done;
}

Status add_participant(App& app, const Actor& actor, const std::string& reference,
                       const NewParticipant& added) {
  using As = NewParticipant::As;
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked =
        TRY(ask_alone(tx, app, actor, reference, {.action = Action::add_participant}));
    const Organisation organisation = TRY(load_organisation(tx, added.organisation));
    if (added.as == As::vendor && organisation.organisation_class != "vendor") {
      // A vendor sees the flaw at once, by the word of one handler. So the handler alone cannot
      // make a vendor of a ministry or a partner: the administrator registers vendors, in public.
      return fail(Code::invalid, "only an organisation of the class vendor takes part as one");
    }
    if (added.level < Level::existence) {
      return fail(Code::invalid, "who takes part sees at least existence");
    }
    // The most that the role gives, as the record says it.
    const Level most = added.as == As::vendor ? Level::exploit : added.level;
    const std::string_view role = added.as == As::vendor        ? "vendor"
                                  : added.as == As::coordinator ? "coordinator"
                                                                : "other";
    TRY(tx.run(
        "INSERT INTO participant (case_file, organisation, role, level, through_agreement, at_ms) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO UPDATE SET role = excluded.role, level = "
        "excluded.level",
        {asked.file.id, organisation.id, role, static_cast<std::int64_t>(added.level),
         std::int64_t{0}, app.clock.now().ms}));
    std::vector<std::int64_t> numbers = added.vulnerabilities;
    for (std::int64_t n = 1; added.vulnerabilities.empty() && n <= asked.file.vulnerabilities;
         ++n) {
      if (TRY(has_vulnerability(tx, asked.file, n))) {
        numbers.push_back(n);
      }
    }
    for (const std::int64_t n : numbers) {
      if (!TRY(has_vulnerability(tx, asked.file, n))) {
        return fail(Code::invalid, "the case has no vulnerability " + std::to_string(n));
      }
      if (added.as == As::vendor) {
        TRY(
            tx.run("INSERT INTO vendor_status (case_file, organisation, vulnerability) VALUES ($1, "
                   "$2, $3) ON CONFLICT DO NOTHING",
                   {asked.file.id, organisation.id, n}));
      }
    }
    std::vector<custody::Field> fields = {
        field("recipient_ref", TRY(recipient_reference(tx, app, asked.file, organisation.id))),
        field("recipient_class", organisation.organisation_class),
        field("recipient_country", organisation.country),
        field("organisation", organisation.name),
        field("role", role),
        field("level", name(most)),
        field("handler", asked.person.handle)};
    TRY(record(tx, app, asked.stream, "participant_added", std::move(fields)));
    return tell_organisation(tx, app, {asked.file.id, News::invited, asked.person.id},
                             organisation.id);
  });
}

Status set_conflict(App& app, const Actor& actor, const std::string& reference,
                    const std::string& handle, Fact conflict) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked =
        TRY(ask_alone(tx, app, actor, reference, {.action = Action::add_participant}));
    const Person person = TRY(load_user(tx, handle));
    const policy::Facts known = TRY(case_facts(tx, asked.file, person));
    if (known.standing.conflict == Fact::yes && conflict != Fact::yes) {
      return fail(Code::denied, "a recorded conflict of interest is not taken back by one person");
    }
    TRY(remember_conflict(tx, asked.file, person.id, conflict));
    std::vector<custody::Field> fields = {field("handler", asked.person.handle),
                                          field("user", handle),
                                          field("conflict", policy::name(conflict))};
    TRY(record(tx, app, asked.stream, "conflict_recorded", std::move(fields)));
    return {};
  });
}

namespace {

/// An act that waits, and the person who may be its second.
struct Waiting {
  std::int64_t id = 0;
  std::int64_t asked_by = 0;
  std::string action;
  std::uint64_t event = 0;
  Person person;
  CaseFile file;
  ledger::Stream stream;
};

Result<Waiting> find_waiting(const store::Tx& tx, const App& app, const Actor& actor,
                             const std::string& waiting_for, Fact conflict) {
  Person person = TRY(load_person(tx, app, actor, Scope::approve));
  std::int64_t case_file = 0;
  const AskedBetween asked = still_waiting(app);
  auto found = TRY(tx.one(
      "SELECT id, case_file, asked_by, action, event FROM pending_act WHERE ref = $1 AND done = 0 "
      "AND approved_by IS NULL AND at_ms BETWEEN $2 AND $3 AND $4 = 1",
      {waiting_for, asked.first_ms, asked.last_ms, number(person.organisation.staff)},
      [&](const store::Row& row) {
        case_file = row.integer(1);
        Waiting waiting;
        waiting.id = row.integer(0);
        waiting.asked_by = row.integer(2);
        waiting.action = row.text(3);
        waiting.event = static_cast<std::uint64_t>(row.integer(4));
        return waiting;
      }));
  if (!found) {
    return std::unexpected(policy::absent());
  }
  found->person = std::move(person);
  found->file = TRY(load_case(tx, case_file));
  found->stream = TRY(stream_of(tx, app, found->file));
  policy::Facts facts = TRY(case_facts(tx, found->file, found->person));
  if (facts.standing.conflict != Fact::yes) {  // what the handler has recorded stands
    facts.standing.conflict = conflict;
  }
  facts.second.another_user = found->asked_by == found->person.id ? Fact::no : Fact::yes;
  const policy::Decision decision =
      policy::decide(subject_of(found->person), Action::approve, facts);
  if (!decision.is_allowed()) {
    return std::unexpected(policy::refusal(decision));
  }
  return *found;
}

}  // namespace

Status approve(App& app, const Actor& actor, const std::string& waiting_for, Fact conflict) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Waiting waiting = TRY(find_waiting(tx, app, actor, waiting_for, conflict));
    TRY(tx.run("UPDATE pending_act SET approved_by = $2, conflict = $3 WHERE id = $1",
               {waiting.id, waiting.person.id, number(conflict)}));
    std::vector<custody::Field> fields = actor_fields(waiting.person);
    fields.push_back(field("act", waiting.action));
    fields.push_back(field("asked", static_cast<std::int64_t>(waiting.event)));
    TRY(record(tx, app, waiting.stream, "act_approved", std::move(fields)));
    return {};
  });
}

Result<AskedAct> show_waiting(App& app, const Actor& actor, const std::string& waiting_for,
                              Fact conflict) {
  const auto shown = TRY(app.db.submit([&](store::Tx& tx) -> Result<AskedAct> {
    const Waiting waiting = TRY(find_waiting(tx, app, actor, waiting_for, conflict));
    AskedAct asked;
    asked.case_reference = waiting.file.reference;
    const auto events = TRY(app.ledger.events(tx, waiting.stream, waiting.event));
    for (const custody::Field& one : events.front().fields) {
      asked.fields.push_back(one);
    }
    std::vector<custody::Field> fields = actor_fields(waiting.person);
    fields.push_back(field("act", waiting.action));
    fields.push_back(field("asked", static_cast<std::int64_t>(waiting.event)));
    TRY(record(tx, app, waiting.stream, "act_shown", std::move(fields)));
    return asked;
  }));
  return *shown;
}

}  // namespace weir::app
