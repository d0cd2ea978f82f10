#include "app/delays.h"

#include <algorithm>

#include "app/cases.h"
#include "app/clock_rows.h"
#include "app/delay_rows.h"
#include "app/notice_rows.h"
#include "base/bytes.h"
#include "base/time_refusal.h"
#include "ledger/seal.h"

namespace weir::app {
namespace {

using policy::Action;

Status check_texts(const NewDelay& delay) {
  if (std::ranges::find(kDelayGrounds, delay.ground) == kDelayGrounds.end()) {
    return fail(Code::invalid,
                "a ground is nature_of_information, receiver_not_confidential or "
                "platform_compromised",
                "ground");
  }
  if (delay.justification.empty() || delay.justification.size() > kMaxGroundBytes ||
      !is_utf8(delay.justification)) {
    return fail(Code::invalid, "a justification is 1 to 10000 bytes of UTF-8 text",
                "justification");
  }
  return {};
}

struct Times {
  Instant until;
  Instant review;
};
Result<Times> check_times(const NewDelay& delay, Instant now) {
  const auto until = parse_rfc3339(delay.until);
  if (!until) {
    return fail(Code::invalid, std::string(refusal_of_rfc3339(delay.until)), "until");
  }
  if (*until <= now) {
    return fail(Code::invalid, "a delay has a planned end in the future", "until");
  }
  const auto review = parse_rfc3339(delay.review);
  if (!review) {
    return fail(Code::invalid, std::string(refusal_of_rfc3339(delay.review)), "review");
  }
  if (*review <= now || *review > *until) {
    return fail(Code::invalid, "a delay is reviewed in the future and not after its end", "review");
  }
  return Times{*until, *review};
}

}  // namespace

namespace {

/// The number of its decision.
Result<std::int64_t> insert_delay(store::Tx& tx, const App& app, const CaseFile& file,
                                  std::int64_t event, const DelayTerm& term) {
  const std::int64_t decision = TRY(tx.insert(
      "INSERT INTO decision (ref, kind, case_file, level, event, at_ms) VALUES ($1, 'delay', $2, "
      "0, $3, $4)",
      {DecisionId::make(app.random).text(), file.id, event, app.clock.now().ms}));
  TRY(tx.run(
      "INSERT INTO delay_term (decision, until_ms, review_ms, ground, second_body, told_ms) VALUES "
      "($1, $2, $3, $4, $5, $6)",
      {decision, term.until.ms, term.review ? store::Param(term.review->ms) : store::Param(nullptr),
       term.ground, term.second_body == 0 ? store::Param(nullptr) : store::Param(term.second_body),
       term.told ? store::Param(term.told->ms) : store::Param(nullptr)}));
  return decision;
}

}  // namespace

Status put_delay(store::Tx& tx, const App& app, const CaseFile& file, std::int64_t event,
                 const DelayTerm& term) {
  TRY(insert_delay(tx, app, file, event, term));
  return {};
}

Status carry_delays(store::Tx& tx, const App& app, const CaseFile& from, const CaseFile& into) {
  struct Row {
    std::int64_t event;
    DelayTerm term;
    std::int64_t decision = 0;
  };
  const auto rows = TRY(
      tx.all("SELECT d.event, t.until_ms, t.review_ms, t.ground, COALESCE(t.second_body, 0), "
             "t.told_ms, d.id FROM decision d LEFT JOIN delay_term t ON t.decision = d.id WHERE "
             "d.case_file = $1 "
             "AND d.kind = 'delay' AND d.ended = 0 ORDER BY d.id",
             {from.id}, [](const store::Row& row) {
               // One from before there were terms ends by hand alone.
               Row made{row.integer(0),
                        {{row.is_null(1) ? kNoTime : row.integer(1)}, {}, {}, 0},
                        row.integer(6)};
               if (!row.is_null(2)) {
                 made.term.review = Instant{row.integer(2)};
               }
               made.term.ground = row.is_null(3) ? "" : row.text(3);
               made.term.second_body = row.integer(4);
               if (!row.is_null(5)) {
                 made.term.told = Instant{row.integer(5)};
               }
               return made;
             }));
  for (const Row& row : rows) {
    const std::int64_t fresh = TRY(insert_delay(tx, app, into, row.event, row.term));
    TRY(carry_notices(tx, row.decision, fresh, into.id));
  }
  return {};
}

Status delay_dissemination(App& app, const Actor& actor, const std::string& reference,
                           const NewDelay& delay) {
  TRY(check_texts(delay));
  const Times times = TRY(check_times(delay, app.clock.now()));
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::decide_delay}));
    if (TRY(find_outcome(tx, app, actor))) {
      return {};
    }
    TRY(keep_outcome(tx, app, actor, "delayed"));
    const Organisation second = TRY(load_organisation(tx, delay.second_body));
    if (second.id == asked.person.organisation.id) {
      return fail(Code::invalid, "the second body is another organisation", "second_body");
    }
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("ground", delay.ground));
    fields.push_back(field("justification", delay.justification));
    fields.push_back(field("until", to_rfc3339(times.until)));
    fields.push_back(field("review", to_rfc3339(times.review)));
    fields.push_back(field("second_body_class", second.organisation_class));
    fields.push_back(field("second_body_country", second.country));
    const ledger::Appended event =
        TRY(record(tx, app, asked.stream, "delay_decided", std::move(fields)));
    TRY(put_delay(tx, app, asked.file, static_cast<std::int64_t>(event.index),
                  {times.until, times.review, delay.ground, second.id}));
    const std::int64_t own = asked.person.organisation.id;
    return enter_own_fact(
        tx, app, {asked.file.id, own, own},
        {"dissemination_delayed", app.clock.now(), "a delay was decided on this platform"});
  });
}

namespace {

struct FoundDelay {
  std::int64_t decision = 0;
  std::string second_body;  // empty: none
  bool was_told = false;
  bool has_ended = false;
};
Result<FoundDelay> find_delay(const store::Tx& tx, const CaseFile& file, const Told& told) {
  const auto found = TRY(tx.one(
      "SELECT d.id, COALESCE(o.name, ''), t.told_ms IS NOT NULL, d.ended FROM decision d LEFT JOIN "
      "delay_term t ON t.decision = d.id LEFT JOIN organisation o ON o.id = t.second_body WHERE "
      "d.case_file = $1 AND d.kind = 'delay' AND d.ref = $2",
      {file.id, told.delay}, [](const store::Row& row) {
        return FoundDelay{row.integer(0), row.text(1), row.integer(2) != 0, row.integer(3) != 0};
      }));
  if (!found) {
    return fail(Code::not_found, "this case has no such delay", "delay");
  }
  if (found->second_body.empty()) {
    return fail(Code::conflict, "this delay has no second body: it was not ordered under the law");
  }
  if (found->second_body != told.second_body) {
    return fail(Code::invalid, "another body is to be told of this delay", "second_body");
  }
  if (found->has_ended || found->was_told) {
    return fail(Code::conflict,
                found->has_ended ? "this delay is over" : "its second body was told already");
  }
  return *found;
}

Result<bool> are_all_told(const store::Tx& tx, const CaseFile& file) {
  const auto silent = TRY(tx.one(
      "SELECT COUNT(*) FROM decision d JOIN delay_term t ON t.decision = d.id WHERE d.case_file = "
      "$1 AND d.kind = 'delay' AND d.ended = 0 AND t.second_body IS NOT NULL AND t.told_ms IS NULL",
      {file.id}, [](const store::Row& row) { return row.integer(0); }));
  return *silent == 0;
}

}  // namespace

Status tell_second_body(App& app, const Actor& actor, const std::string& reference,
                        const Told& told) {
  if (told.note.empty() || told.note.size() > kMaxGroundBytes || !is_utf8(told.note)) {
    return fail(Code::invalid, "how it was told: 1 to 10000 bytes of UTF-8 text", "note");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::decide_delay}));
    const FoundDelay delay = TRY(find_delay(tx, asked.file, told));
    TRY(tx.run("UPDATE delay_term SET told_ms = $2 WHERE decision = $1",
               {delay.decision, app.clock.now().ms}));
    const Organisation second = TRY(load_organisation(tx, delay.second_body));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("note", told.note));
    fields.push_back(field("delay", told.delay));
    fields.push_back(field("second_body_class", second.organisation_class));
    fields.push_back(field("second_body_country", second.country));
    TRY(record(tx, app, asked.stream, "second_body_told", std::move(fields)));
    if (!TRY(are_all_told(tx, asked.file))) {
      return {};
    }
    const std::int64_t own = asked.person.organisation.id;
    return enter_own_fact(tx, app, {asked.file.id, own, own},
                          {"second_body_informed", app.clock.now(), "recorded on this platform"});
  });
}

namespace {

Result<std::vector<DelayView>> views_of(const store::Tx& tx, const CaseFile& file, Instant now) {
  return tx.all(
      "SELECT d.at_ms, t.ground, t.until_ms, t.review_ms, COALESCE(o.name, ''), t.told_ms, "
      "d.ended, "
      "d.ref FROM decision d JOIN delay_term t ON t.decision = d.id LEFT JOIN organisation o ON "
      "o.id = t.second_body WHERE d.case_file = $1 ORDER BY d.id",
      {file.id}, [&](const store::Row& row) {
        DelayView view;
        view.reference = row.text(7);
        view.case_reference = file.reference;
        view.decided = {row.integer(0)};
        view.ground = row.text(1);
        view.until = {row.integer(2)};
        if (!row.is_null(3)) {
          view.review = Instant{row.integer(3)};
        }
        view.second_body = row.text(4);
        if (!row.is_null(5)) {
          view.told = Instant{row.integer(5)};
        }
        view.in_force = row.integer(6) == 0;
        view.review_is_due = view.in_force && view.review && now >= *view.review;
        return view;
      });
}

/// What comes next of it. A review that has passed is due until somebody sees to it.
std::pair<Instant, std::string> next_of(const DelayView& view) {
  return {view.review.value_or(view.until), view.reference};
}

}  // namespace

Result<std::vector<DelayView>> delays(App& app, const Actor& actor, const std::string& reference) {
  const auto tx = TRY(app.db.read());
  const Asked asked = TRY(ask_alone(*tx, app, actor, reference, {.action = Action::decide_delay}));
  return views_of(*tx, asked.file, app.clock.now());
}

Result<std::vector<DelayView>> delays_in_force(App& app, const Actor& actor, Scope scope) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, scope));
  const auto cases = TRY(tx->all(
      "SELECT DISTINCT c.ref FROM decision d JOIN case_file c ON c.id = d.case_file WHERE d.kind = "
      "'delay' AND d.ended = 0 AND c.handler = $1 AND c.merged_into IS NULL ORDER BY c.id LIMIT $2",
      {person.id, kMaxDelayCases}, [](const store::Row& row) { return row.text(0); }));
  std::vector<DelayView> found;
  for (const std::string& reference : cases) {
    const auto asked =
        ask_alone(*tx, app, actor, reference, {.action = Action::decide_delay, .scope = scope});
    if (!asked && (asked.error().code == Code::denied || asked.error().code == Code::not_found)) {
      continue;
    }
    const CaseFile file = TRY(asked).file;
    for (DelayView& view : TRY(views_of(*tx, file, app.clock.now()))) {
      if (view.in_force) {
        found.push_back(std::move(view));
      }
    }
  }
  std::ranges::sort(found, {}, next_of);
  return found;
}

Result<std::int64_t> expire_delays(App& app) {
  return TRY(end_expired(app)).delays;
}

Result<Expired> end_expired(App& app) {
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Expired> {
    Expired expired;
    const auto newest = TRY(ledger::newest_published(tx));
    if (!newest) {
      return expired;
    }
    // Behind both: a checkpoint that others have seen, and our own clock.
    const Instant passed = std::min(newest->at, app.clock.now());
    struct Row {
      std::int64_t decision;
      std::int64_t case_file;
      Instant until;
    };
    const auto rows = TRY(tx.all(
        "SELECT d.id, d.case_file, t.until_ms FROM decision d JOIN delay_term t ON t.decision = "
        "d.id WHERE d.kind = 'delay' AND d.ended = 0 AND t.until_ms <= $1 ORDER BY d.id",
        {passed.ms}, [](const store::Row& row) {
          return Row{row.integer(0), row.integer(1), {row.integer(2)}};
        }));
    for (const Row& row : rows) {
      expired.notices += TRY(plan_end(tx, app, row.decision, passed));
      TRY(tx.run("UPDATE decision SET ended = 1 WHERE id = $1", {row.decision}));
      const CaseFile file = TRY(load_case(tx, row.case_file));
      const ledger::Stream stream = TRY(stream_of(tx, app, file));
      TRY(record(tx, app, stream, "delay_ended",
                 {field("reason", "expired"), field("until", to_rfc3339(row.until))}));
    }
    expired.delays = static_cast<std::int64_t>(rows.size());
    return expired;
  }));
}

}  // namespace weir::app
