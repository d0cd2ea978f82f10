#include "app/delays.h"

#include <algorithm>

#include "app/cases.h"
#include "app/clock_rows.h"
#include "app/delay_rows.h"
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

Status put_delay(store::Tx& tx, const App& app, const CaseFile& file, std::int64_t event,
                 const DelayTerm& term) {
  const std::int64_t decision = TRY(tx.insert(
      "INSERT INTO decision (ref, kind, case_file, level, event, at_ms) VALUES ($1, 'delay', $2, "
      "0, $3, $4)",
      {DecisionId::make(app.random).text(), file.id, event, app.clock.now().ms}));
  return tx.run(
      "INSERT INTO delay_term (decision, until_ms, review_ms, ground, second_body, told_ms) VALUES "
      "($1, $2, $3, $4, $5, $6)",
      {decision, term.until.ms, term.review ? store::Param(term.review->ms) : store::Param(nullptr),
       term.ground, term.second_body == 0 ? store::Param(nullptr) : store::Param(term.second_body),
       term.told ? store::Param(term.told->ms) : store::Param(nullptr)});
}

Status carry_delays(store::Tx& tx, const App& app, const CaseFile& from, const CaseFile& into) {
  struct Row {
    std::int64_t event;
    DelayTerm term;
  };
  const auto rows = TRY(
      tx.all("SELECT d.event, t.until_ms, t.review_ms, t.ground, COALESCE(t.second_body, 0), "
             "t.told_ms FROM decision d LEFT JOIN delay_term t ON t.decision = d.id WHERE "
             "d.case_file = $1 "
             "AND d.kind = 'delay' AND d.ended = 0 ORDER BY d.id",
             {from.id}, [](const store::Row& row) {
               // One from before there were terms ends by hand alone.
               Row made{row.integer(0), {{row.is_null(1) ? kNoTime : row.integer(1)}, {}, {}, 0}};
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
    TRY(put_delay(tx, app, into, row.event, row.term));
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

Result<std::vector<DelayView>> delays(App& app, const Actor& actor, const std::string& reference) {
  const auto tx = TRY(app.db.read());
  const Asked asked = TRY(ask_alone(*tx, app, actor, reference, {.action = Action::decide_delay}));
  const Instant now = app.clock.now();
  return tx->all(
      "SELECT d.at_ms, t.ground, t.until_ms, t.review_ms, COALESCE(o.name, ''), t.told_ms, "
      "d.ended, "
      "d.ref FROM decision d JOIN delay_term t ON t.decision = d.id LEFT JOIN organisation o ON "
      "o.id = "
      "t.second_body WHERE d.case_file = $1 ORDER BY d.id",
      {asked.file.id}, [now](const store::Row& row) {
        DelayView view{row.text(7), {row.integer(0)}, row.text(1), {row.integer(2)},
                       {},          row.text(4),      {}};
        if (!row.is_null(3)) {
          view.review = Instant{row.integer(3)};
        }
        if (!row.is_null(5)) {
          view.told = Instant{row.integer(5)};
        }
        view.in_force = row.integer(6) == 0;
        view.review_is_due = view.in_force && view.review && now >= *view.review;
        return view;
      });
}

Result<std::int64_t> expire_delays(App& app) {
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<std::int64_t> {
    const auto newest = TRY(ledger::newest_published(tx));
    if (!newest) {
      return 0;
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
      TRY(tx.run("UPDATE decision SET ended = 1 WHERE id = $1", {row.decision}));
      const CaseFile file = TRY(load_case(tx, row.case_file));
      const ledger::Stream stream = TRY(stream_of(tx, app, file));
      TRY(record(tx, app, stream, "delay_ended",
                 {field("reason", "expired"), field("until", to_rfc3339(row.until))}));
    }
    return static_cast<std::int64_t>(rows.size());
  }));
}

}  // namespace weir::app
