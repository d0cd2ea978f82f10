// Warnings, planned: which step has come, whom it is for, and that it is given once.
#include <algorithm>

#include "app/context.h"
#include "app/news.h"
#include "app/notice_rows.h"
#include "base/json.h"

namespace weir::app {
namespace {

using People = std::vector<std::int64_t>;

std::int64_t number_in(const store::Row& row) {
  return row.integer(0);
}

/// Of this organisation, neither barred nor suspended, and no account of a token alone.
constexpr std::string_view kActive =
    "SELECT a.id FROM account a JOIN organisation o ON o.id = a.organisation WHERE a.organisation "
    "= $1 AND a.barred = 0 AND o.suspended = 0 AND NOT EXISTS (SELECT 1 FROM api_token t WHERE "
    "t.account = a.id AND t.organisation IS NOT NULL) ";

Result<bool> is_active(const store::Tx& tx, std::int64_t organisation, std::int64_t account) {
  const auto found =
      TRY(tx.one(std::string(kActive) + "AND a.id = $2", {organisation, account}, number_in));
  return found.has_value();
}

/// Administrators, and the handler where the case has one of this organisation.
Result<People> keepers_of(const store::Tx& tx, const Warnable& duty) {
  return tx.all(std::string(kActive) + "AND ((a.roles & $2) <> 0 OR a.id = $3) ORDER BY a.id",
                {duty.keeper, roles_bits({policy::Role::administrator}), duty.handler}, number_in);
}

/// Of the notices of a duty for its due instant the most urgent, and how far that went.
struct Newest {
  std::int64_t id = 0;  // of its first rung; 0: none was given
  Duration step{};
  bool waits = false;  // nobody has marked it seen, and no second person was told
  Instant at{};
};
/// Columns of a row `n`, as newest_in() reads them from the first on.
constexpr std::string_view kNewestColumns =
    "COALESCE(n.id, 0), COALESCE(n.step_ms, 0), n.rung = 1 AND n.seen_ms IS NULL, "
    "COALESCE(n.at_ms, 0) ";
Newest newest_in(const store::Row& row, int first) {
  return {row.integer(first),
          Duration(row.integer(first + 1)),
          !row.is_null(first + 2) && row.integer(first + 2) != 0,
          {row.integer(first + 3)}};
}
Result<Newest> newest_of(const store::Tx& tx, const Warnable& duty) {
  const auto found = TRY(
      tx.one("SELECT " + std::string(kNewestColumns) + "FROM notice n WHERE " +
                 (duty.about == About::obligation ? "n.obligation" : "n.decision") +
                 " = $1 AND n.about = $2 AND n.due_ms = $3 ORDER BY n.step_ms, n.rung DESC LIMIT 1",
             {duty.row, static_cast<std::int64_t>(duty.about), duty.due_ms},
             [](const store::Row& row) { return newest_in(row, 0); }));
  return found.value_or(Newest());
}

/// The smallest step that has come, unless it or a smaller one was given; nothing: none.
std::optional<Duration> step_due(const StoredRule& rule, const Warnable& duty, const Newest& newest,
                                 Instant now) {
  const auto step = next_step(rule.rule.steps, {duty.due_ms}, now);
  const bool is_given = newest.id != 0 && step && newest.step <= *step;
  return is_given ? std::nullopt : step;
}

struct Place {
  Duration step{};
  std::int64_t rung = 1;
};
/// Writes it and tells them, in one transaction: so neither without the other, and once.
Status put_notice(store::Tx& tx, const App& app, const Warnable& duty, const Place& place,
                  const People& people) {
  std::int64_t channels = 0;
  for (const std::int64_t account : people) {
    channels += *TRY(
        tx.one("SELECT COUNT(*) FROM news_channel WHERE account = $1 AND NOT EXISTS (SELECT 1 FROM "
               "news_muted m WHERE m.account = $1 AND m.case_file = $2)",
               {account, duty.case_file}, number_in));
  }
  const bool is_delay = duty.about != About::obligation;
  const std::int64_t notice = TRY(tx.insert(
      "INSERT INTO notice (keeper, case_file, obligation, decision, about, due_ms, step_ms, rung, "
      "channels, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {duty.keeper, duty.case_file, is_delay ? store::Param(nullptr) : store::Param(duty.row),
       is_delay ? store::Param(duty.row) : store::Param(nullptr),
       static_cast<std::int64_t>(duty.about), duty.due_ms, place.step.count(), place.rung, channels,
       app.clock.now().ms}));
  for (const std::int64_t account : people) {
    TRY(tx.run("INSERT INTO notice_person (notice, account) VALUES ($1, $2)", {notice, account}));
    TRY(tell_account(tx, app, {duty.case_file, News::deadline, 0}, account));
  }
  return {};
}

/// Nobody has reacted to the newest in the time that the rule gives.
bool is_second_due(const StoredRule& rule, const Newest& newest, Instant now) {
  return newest.id != 0 && newest.waits && newest.at <= now - rule.rule.escalate_after;
}

/// A step that has come, and the second person of one that nobody has reacted to. Returns how many
/// were written.
Result<std::int64_t> plan(store::Tx& tx, const App& app, const StoredRule& rule,
                          const Warnable& duty, Instant now) {
  Newest newest = TRY(newest_of(tx, duty));
  std::int64_t made = 0;
  if (const auto step = step_due(rule, duty, newest, now)) {
    const People people = TRY(first_people(tx, rule, duty));
    TRY(put_notice(tx, app, duty, {*step, 1}, people));
    newest = TRY(newest_of(tx, duty));
    ++made;
  }
  if (!is_second_due(rule, newest, now)) {
    return made;
  }
  const People told =
      TRY(tx.all("SELECT account FROM notice_person WHERE notice = $1", {newest.id}, number_in));
  const People people = TRY(next_people(tx, rule, duty, told));
  TRY(put_notice(tx, app, duty, {newest.step, 2}, people));
  return made + 1;
}

/// Rules are looked up once for each organisation in a row.
class Rules {
 public:
  explicit Rules(const store::Tx& tx) : tx_(tx) {}
  Result<const StoredRule*> of(std::int64_t keeper) {
    if (keeper != keeper_) {
      rule_ = TRY(rule_of(tx_, keeper));
      keeper_ = keeper;
    }
    return &rule_;
  }

 private:
  const store::Tx& tx_;
  std::int64_t keeper_ = 0;
  StoredRule rule_;
};

struct Open {
  Warnable duty;
  Newest newest;
};
/// All with a time that may have to be warned of, with the newest that was given: one statement.
Result<std::vector<Open>> open_obligations(const store::Tx& tx, Instant now) {
  return tx.all(
      "SELECT o.id, o.keeper, o.case_file, o.due_ms, COALESCE(c.handler, 0), " +
          std::string(kNewestColumns) +
          "FROM obligation o JOIN case_file c ON c.id = o.case_file LEFT JOIN notice n ON n.id = "
          "(SELECT m.id FROM notice m WHERE m.obligation = o.id AND m.due_ms = o.due_ms ORDER BY "
          "m.step_ms, m.rung DESC LIMIT 1) WHERE o.state = 1 AND o.due_ms <= $1 ORDER BY o.keeper, "
          "o.id",
      {(now + kLongestStep).ms}, [](const store::Row& row) {
        return Open{{About::obligation, row.integer(0), row.integer(1), row.integer(2),
                     row.integer(3), row.integer(4)},
                    newest_in(row, 5)};
      });
}

/// As it is now: it may have been met, or its time corrected, since it was read.
Result<bool> still_stands(const store::Tx& tx, const Warnable& duty) {
  const auto found = TRY(tx.one(
      "SELECT 1 FROM obligation o JOIN case_file c ON c.id = o.case_file WHERE o.id = $1 AND "
      "o.state = 1 AND o.case_file = $2 AND o.due_ms = $3 AND COALESCE(c.handler, 0) = $4",
      {duty.row, duty.case_file, duty.due_ms, duty.handler}, number_in));
  return found.has_value();
}

/// Of a delay in force: its review, unless that is the end itself, and its planned end. One that
/// goes on in another case after a merge is warned of there.
Result<std::vector<Warnable>> open_delays(const store::Tx& tx, std::int64_t latest_ms) {
  std::vector<Warnable> duties;
  TRY(tx.each(
      "SELECT d.id, COALESCE(a.organisation, (SELECT id FROM organisation WHERE staff = 1 ORDER BY "
      "id LIMIT 1)), d.case_file, t.until_ms, t.review_ms, COALESCE(c.handler, 0) FROM decision d "
      "JOIN delay_term t ON t.decision = d.id JOIN case_file c ON c.id = d.case_file LEFT JOIN "
      "account a ON a.id = c.handler WHERE d.kind = 'delay' AND d.ended = 0 AND c.merged_into IS "
      "NULL ORDER BY 2, d.id",
      {}, [&](const store::Row& row) {
        Warnable duty{About::delay_end, row.integer(0), row.integer(1),
                      row.integer(2),   row.integer(3), row.integer(5)};
        if (!row.is_null(4) && row.integer(4) != duty.due_ms && row.integer(4) <= latest_ms) {
          Warnable review = duty;
          review.about = About::delay_review;
          review.due_ms = row.integer(4);
          duties.push_back(review);
        }
        if (duty.due_ms <= latest_ms) {
          duties.push_back(duty);
        }
        return true;
      }));
  return duties;
}

}  // namespace

Result<StoredRule> rule_of(const store::Tx& tx, std::int64_t organisation) {
  struct Row {
    std::string steps;
    std::int64_t escalate_ms;
    std::int64_t first;
    std::int64_t second;
  };
  const auto row = TRY(tx.one(
      "SELECT steps, escalate_ms, first, COALESCE(second, 0) FROM notice_rule WHERE organisation = "
      "$1",
      {organisation}, [](const store::Row& found) {
        return Row{found.text(0), found.integer(1), found.integer(2), found.integer(3)};
      }));
  StoredRule stored{default_rule(), 0, 0};
  if (!row) {
    return stored;
  }
  const json::Value steps = TRY(json::parse(row->steps));
  stored.rule.steps.clear();
  for (const json::Cursor& one : TRY(json::Cursor(steps).elements(kMaxSteps))) {
    stored.rule.steps.emplace_back(TRY(one.integer()));
  }
  stored.rule.escalate_after = Duration(row->escalate_ms);
  stored.first = row->first;
  stored.second = row->second;
  return stored;
}

Result<People> first_people(const store::Tx& tx, const StoredRule& rule, const Warnable& duty) {
  const std::int64_t before = duty.about == About::obligation ? 0 : duty.handler;
  for (const std::int64_t account : {before, rule.first, rule.second}) {
    if (account != 0 && TRY(is_active(tx, duty.keeper, account))) {
      return People{account};
    }
  }
  return keepers_of(tx, duty);
}

Result<People> next_people(const store::Tx& tx, const StoredRule& rule, const Warnable& duty,
                           const People& told) {
  const auto was_told = [&](std::int64_t account) {
    return std::ranges::find(told, account) != told.end();
  };
  if (rule.second != 0 && !was_told(rule.second) && TRY(is_active(tx, duty.keeper, rule.second))) {
    return People{rule.second};
  }
  People others = TRY(keepers_of(tx, duty));
  std::erase_if(others, was_told);
  if (!others.empty()) {
    return others;
  }
  People again;
  for (const std::int64_t account : told) {
    if (TRY(is_active(tx, duty.keeper, account))) {
      again.push_back(account);
    }
  }
  return again;
}

Result<std::vector<Warnable>> what_has_come(const store::Tx& tx, Instant now) {
  std::vector<Warnable> come;
  Rules rules(tx);
  for (const Open& one : TRY(open_obligations(tx, now))) {
    const StoredRule* rule = TRY(rules.of(one.duty.keeper));
    if (step_due(*rule, one.duty, one.newest, now) || is_second_due(*rule, one.newest, now)) {
      come.push_back(one.duty);
    }
  }
  return come;
}

Result<std::int64_t> plan_notices(store::Tx& tx, const App& app, const std::vector<Warnable>& come,
                                  Instant now) {
  std::int64_t made = 0;
  Rules rules(tx);
  for (const Warnable& duty : come) {
    if (TRY(still_stands(tx, duty))) {
      const StoredRule* rule = TRY(rules.of(duty.keeper));
      made += TRY(plan(tx, app, *rule, duty, now));
    }
  }
  for (const Warnable& delay : TRY(open_delays(tx, (now + kLongestStep).ms))) {
    const StoredRule* rule = TRY(rules.of(delay.keeper));
    made += TRY(plan(tx, app, *rule, delay, now));
  }
  return made;
}

Result<std::int64_t> plan_end(store::Tx& tx, const App& app, std::int64_t decision, Instant now) {
  for (const Warnable& duty : TRY(open_delays(tx, now.ms))) {
    if (duty.row != decision || duty.about != About::delay_end) {
      continue;
    }
    const StoredRule rule = TRY(rule_of(tx, duty.keeper));
    // Ahead of what has come already nobody needs to be warned any more.
    if (step_due(rule, duty, TRY(newest_of(tx, duty)), now) == Duration(0)) {
      const People people = TRY(first_people(tx, rule, duty));
      TRY(put_notice(tx, app, duty, {Duration(0), 1}, people));
      return 1;
    }
  }
  return 0;
}

Status carry_notices(store::Tx& tx, std::int64_t from, std::int64_t into, std::int64_t case_file) {
  TRY(
      tx.run("INSERT INTO notice (keeper, case_file, decision, about, due_ms, step_ms, rung, "
             "channels, at_ms, seen_ms) SELECT keeper, $3, $2, about, due_ms, step_ms, rung, "
             "channels, at_ms, seen_ms FROM notice WHERE decision = $1 ORDER BY id",
             {from, into, case_file}));
  return tx.run(
      "INSERT INTO notice_person (notice, account) SELECT n.id, p.account FROM notice n JOIN "
      "notice "
      "o ON o.decision = $1 AND o.about = n.about AND o.due_ms = n.due_ms AND o.step_ms = "
      "n.step_ms AND o.rung = n.rung JOIN notice_person p ON p.notice = o.id WHERE n.decision = $2",
      {from, into});
}

Result<Warned> warned_of(const store::Tx& tx, std::int64_t obligation, std::int64_t due_ms) {
  const auto found = TRY(tx.one(
      "SELECT n.channels, EXISTS (SELECT 1 FROM notice_person p WHERE p.notice = n.id) FROM notice "
      "n WHERE n.obligation = $1 AND n.due_ms = $2 ORDER BY n.id DESC LIMIT 1",
      {obligation, due_ms}, [](const store::Row& row) {
        if (row.integer(1) == 0) {
          return Warned::nobody;
        }
        // What was given before this was counted is not known to have gone nowhere.
        return !row.is_null(0) && row.integer(0) == 0 ? Warned::no_channel : Warned::given;
      }));
  return found.value_or(Warned::not_yet);
}

const store::Migration kNoticePeopleMigration = {
    "app-0022-notice-people",
    // What was warned of, once for each thing, due instant, step and rung. `about`: 0 obligation, 1
    // review of a delay, 2 its planned end. `channels`: how many it went out to; absent: not known.
    "CREATE TABLE notice (id INTEGER PRIMARY KEY AUTOINCREMENT, keeper INTEGER NOT NULL"
    " REFERENCES organisation (id), case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " obligation INTEGER REFERENCES obligation (id), decision INTEGER REFERENCES decision (id),"
    " about INTEGER NOT NULL, due_ms INTEGER NOT NULL, step_ms INTEGER NOT NULL,"
    " rung INTEGER NOT NULL, channels INTEGER, at_ms INTEGER NOT NULL, seen_ms INTEGER) STRICT;"
    "CREATE UNIQUE INDEX notice_of_obligation ON notice (obligation, due_ms, step_ms, rung)"
    " WHERE obligation IS NOT NULL;"
    "CREATE UNIQUE INDEX notice_of_delay ON notice (decision, about, due_ms, step_ms, rung)"
    " WHERE decision IS NOT NULL;"
    "CREATE INDEX notice_by_keeper ON notice (keeper, id);"

    // Whom it is for; nobody: there was nobody to tell.
    "CREATE TABLE notice_person (notice INTEGER NOT NULL REFERENCES notice (id),"
    " account INTEGER NOT NULL REFERENCES account (id), PRIMARY KEY (notice, account)) STRICT,"
    " WITHOUT ROWID;"

    "INSERT INTO notice (id, keeper, case_file, obligation, about, due_ms, step_ms, rung, at_ms,"
    " seen_ms) SELECT n.id, o.keeper, o.case_file, n.obligation, 0, n.due_ms, n.step_ms, n.rung,"
    " n.at_ms, n.seen_ms FROM clock_notice n JOIN obligation o ON o.id = n.obligation ORDER BY "
    "n.id;"
    "INSERT INTO notice_person SELECT n.id, n.account FROM clock_notice n JOIN account a ON a.id ="
    " n.account;"
    "DROP TABLE clock_notice"};

}  // namespace weir::app
