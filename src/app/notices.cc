#include "app/notices.h"

#include <algorithm>
#include <array>

#include "app/clock_rows.h"
#include "app/clock_seal.h"
#include "app/credentials.h"
#include "app/delay_rows.h"
#include "app/delays.h"
#include "app/notice_rows.h"
#include "app/statistics.h"
#include "base/json.h"

namespace weir::app {
namespace {

using std::chrono::hours;

constexpr std::size_t kMostOctets = 75;  // of a line of iCalendar
constexpr std::int64_t kFewestDays = 90;

constexpr std::string_view kNoticeColumns =
    "SELECT n.id, p.name, COALESCE(o.ref, ''), COALESCE(d.ref, ''), c.ref, o.sealed, n.about, "
    "n.due_ms, n.step_ms, n.rung, n.at_ms, n.seen_ms IS NOT NULL, COALESCE(n.channels, -1) FROM "
    "notice n JOIN case_file c ON c.id = n.case_file JOIN organisation p ON p.id = n.keeper LEFT "
    "JOIN obligation o ON o.id = n.obligation LEFT JOIN decision d ON d.id = n.decision ";

struct SealedNotice {
  Notice notice;
  std::string sealed;  // empty: of a delay
  bool has_channel = true;
};
SealedNotice read_notice(const store::Row& row) {
  SealedNotice one;
  one.notice.id = row.integer(0);
  one.notice.organisation = row.text(1);
  one.notice.obligation = row.text(2);
  one.notice.delay = row.text(3);
  one.notice.case_reference = row.text(4);
  one.sealed = row.is_null(5) ? "" : row.blob(5);
  one.notice.about = static_cast<About>(row.integer(6));
  one.notice.due = {row.integer(7)};
  one.notice.step = Duration(row.integer(8));
  one.notice.rung = row.integer(9);
  one.notice.at = {row.integer(10)};
  one.notice.seen = row.integer(11) != 0;
  one.has_channel = row.integer(12) != 0;
  return one;
}

Result<std::vector<std::string>> handles_of(const store::Tx& tx,
                                            const std::vector<std::int64_t>& accounts) {
  std::vector<std::string> handles;
  for (const std::int64_t account : accounts) {
    handles.push_back(TRY(load_person_by_id(tx, account)).handle);
  }
  return handles;
}

Result<std::vector<Notice>> opened(const store::Tx& tx, const App& app,
                                   Result<std::vector<SealedNotice>> rows) {
  std::vector<Notice> notices;
  for (SealedNotice& one : TRY(std::move(rows))) {
    if (one.notice.about == About::obligation) {
      SealedStage stage = TRY(open_stage(app, one.notice.obligation, one.sealed));
      one.notice.regime = std::move(stage.regime);
      one.notice.stage = std::move(stage.stage);
    }
    const auto people =
        TRY(tx.all("SELECT account FROM notice_person WHERE notice = $1 ORDER BY account",
                   {one.notice.id}, [](const store::Row& row) { return row.integer(0); }));
    one.notice.handles = TRY(handles_of(tx, people));
    one.notice.went = one.notice.handles.empty() ? Warned::nobody
                      : one.has_channel          ? Warned::given
                                                 : Warned::no_channel;
    notices.push_back(std::move(one.notice));
  }
  return notices;
}

Result<std::int64_t> account_in(const store::Tx& tx, const Organisation& organisation,
                                const std::string& handle) {
  const auto found =
      TRY(tx.one("SELECT id FROM account WHERE handle = $1 AND organisation = $2",
                 {handle, organisation.id}, [](const store::Row& row) { return row.integer(0); }));
  if (!found) {
    return fail(Code::invalid, "notices go to people of the organisation", handle);
  }
  return *found;
}

/// "20261024T073000Z"
std::string calendar_time(Instant at) {
  std::string text;
  for (const char c : to_rfc3339(at).substr(0, 19)) {
    text += c == '-' || c == ':' ? "" : std::string(1, c);
  }
  return text + "Z";
}

}  // namespace

const store::Migration kNoticesMigration = {
    "app-0005-notices",
    // `steps`: JSON array of milliseconds.
    "CREATE TABLE notice_rule (organisation INTEGER PRIMARY KEY REFERENCES organisation (id),"
    " steps TEXT NOT NULL, escalate_ms INTEGER NOT NULL, first INTEGER NOT NULL"
    " REFERENCES account (id), second INTEGER REFERENCES account (id)) STRICT;"

    // One for each obligation, due instant, step and rung, ever. `account` 0: nobody is named.
    "CREATE TABLE clock_notice (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " obligation INTEGER NOT NULL REFERENCES obligation (id), due_ms INTEGER NOT NULL,"
    " step_ms INTEGER NOT NULL, rung INTEGER NOT NULL, account INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, seen_ms INTEGER,"
    " UNIQUE (obligation, due_ms, step_ms, rung)) STRICT;"

    // When a delay ends by itself, and what its decision owes. Its texts stand in the event.
    "CREATE TABLE delay_term (decision INTEGER PRIMARY KEY REFERENCES decision (id),"
    " until_ms INTEGER NOT NULL, review_ms INTEGER, ground TEXT NOT NULL,"
    " second_body INTEGER REFERENCES organisation (id), told_ms INTEGER) STRICT"};

NoticeRule default_rule() {
  return {{hours(24), hours(6), hours(1), Duration(0)}, hours(2), {}, {}};
}

Status set_notice_rule(App& app, const Actor& actor, const std::string& organisation,
                       const NoticeRule& rule) {
  const bool is_sound = !rule.steps.empty() && rule.steps.size() <= kMaxSteps &&
                        std::ranges::all_of(rule.steps, [](Duration step) {
                          return step >= Duration(0) && step <= kLongestStep;
                        });
  if (!is_sound || rule.escalate_after < Duration(0) || rule.escalate_after > kLongestStep) {
    return fail(Code::invalid,
                "1 to 16 steps, each up to " + std::to_string(kFewestDays) + " days ahead");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Organisation kept = TRY(load_managed_organisation(tx, app, actor, organisation));
    const std::int64_t first = TRY(account_in(tx, kept, rule.first));
    store::Param second = nullptr;
    if (!rule.second.empty()) {
      second = TRY(account_in(tx, kept, rule.second));
    }
    json::Array steps;
    for (const Duration step : rule.steps) {
      steps.emplace_back(step.count());
    }
    const std::string text = json::canonical(json::Value(std::move(steps)));
    return tx.run(
        "INSERT INTO notice_rule (organisation, steps, escalate_ms, first, second) VALUES ($1, $2, "
        "$3, $4, $5) ON CONFLICT DO UPDATE SET steps = excluded.steps, escalate_ms = "
        "excluded.escalate_ms, first = excluded.first, second = excluded.second",
        {kept.id, text, rule.escalate_after.count(), first, second});
  });
}

Result<NoticeRule> show_notice_rule(App& app, const Actor& actor, const std::string& organisation) {
  const auto tx = TRY(app.db.read());
  const Organisation kept = TRY(load_managed_organisation(*tx, app, actor, organisation));
  StoredRule stored = TRY(rule_of(*tx, kept.id));
  if (stored.first != 0) {
    stored.rule.first = TRY(load_person_by_id(*tx, stored.first)).handle;
  }
  if (stored.second != 0) {
    stored.rule.second = TRY(load_person_by_id(*tx, stored.second)).handle;
  }
  Warnable any;
  any.keeper = kept.id;
  const auto people = TRY(first_people(*tx, stored, any));
  stored.rule.tells_now = TRY(handles_of(*tx, people));
  return stored.rule;
}

std::string_view name(About about) {
  constexpr std::array<std::string_view, 3> kNames = {"obligation", "delay_review", "delay_end"};
  return kNames[static_cast<std::size_t>(about)];
}

std::optional<Duration> next_step(std::span<const Duration> steps, Instant due, Instant now) {
  std::optional<Duration> smallest;
  for (const Duration step : steps) {
    if (now >= due - step && (!smallest || step < *smallest)) {
      smallest = step;
    }
  }
  return smallest;
}

Result<Ran> run_clocks(App& app, const Laws& laws) {
  Ran ran;
  const Expired expired = TRY(end_expired(app));
  ran.delays_ended = expired.delays;
  TRY(refresh(app, laws));
  const Instant now = app.clock.now();
  std::vector<Warnable> come;
  {
    const auto tx = TRY(app.db.read());
    come = TRY(what_has_come(*tx, now));
  }
  ran.notices = *TRY(app.db.submit(
      [&](store::Tx& tx) -> Result<std::int64_t> { return plan_notices(tx, app, come, now); }));
  ran.notices += expired.notices;
  ran.quarters_closed = TRY(close_quarters(app));
  return ran;
}

Result<std::vector<Notice>> notices_since(App& app, std::int64_t after, std::int64_t limit) {
  if (limit < 1 || limit > kMaxNotices) {
    return fail(Code::invalid, "1 to 1000 notices at once");
  }
  const auto tx = TRY(app.db.read());
  return opened(*tx, app,
                tx->all(std::string(kNoticeColumns) + "WHERE n.id > $1 ORDER BY n.id LIMIT $2",
                        {after, limit}, read_notice));
}

Result<std::vector<Notice>> notices(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::read));
  // What a delay was warned of in a case that was merged stands in the case that it goes on in.
  return opened(
      *tx, app,
      tx->all(std::string(kNoticeColumns) +
                  "WHERE n.keeper = $1 AND (n.decision IS NULL OR c.merged_into IS "
                  "NULL) AND ($3 = 0 OR c.handler = $4) ORDER "
                  "BY n.id DESC LIMIT $2",
              {person.organisation.id, kMaxNotices,
               std::int64_t{person.organisation.staff == policy::Fact::yes ? 1 : 0}, person.id},
              read_notice));
}

Status mark_seen(App& app, const Actor& actor, std::int64_t notice) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::act));
    TRY(tx.run("UPDATE notice SET seen_ms = COALESCE(seen_ms, $3) WHERE id = $1 AND keeper = $2",
               {notice, person.organisation.id, app.clock.now().ms}));
    return tx.changes() == 0 ? fail(Code::not_found, "no such notice") : Status();
  });
}

std::string calendar_line(std::string_view name, std::string_view text) {
  std::string whole(name);
  whole += ':';
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') {
      whole += '\\';
    }
    whole += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  std::string out;
  std::size_t octets = 0;
  for (std::size_t at = 0; at < whole.size();) {
    std::size_t next = at + 1;
    while (next < whole.size() && (static_cast<unsigned char>(whole[next]) & 0xc0U) == 0x80) {
      ++next;
    }
    if (octets + (next - at) > kMostOctets) {
      out += "\r\n ";
      octets = 1;
    }
    out += whole.substr(at, next - at);
    octets += next - at;
    at = next;
  }
  return out + "\r\n";
}

namespace {

Scope calendar_scope(const Actor& actor) {
  return actor.scopes().has(Scope::calendar) ? Scope::calendar : Scope::read;
}

struct CalendarEvent {
  std::string uid;
  Instant at;
  std::string summary;
  std::string description;
};
std::string text_of(const App& app, const CalendarEvent& event) {
  std::string out = "BEGIN:VEVENT\r\n";
  out += calendar_line("UID", event.uid + "@" + app.ledger.settings().origin);
  out += "DTSTAMP:" + calendar_time(app.clock.now()) + "\r\n";
  out += "DTSTART:" + calendar_time(event.at) + "\r\n";
  out += calendar_line("SUMMARY", event.summary);
  out += calendar_line("DESCRIPTION", event.description);
  return out + "END:VEVENT\r\n";
}

/// Of the delays that this person may decide on: review and planned end, where both are at one time
/// the end, as they are warned of.
Result<std::vector<CalendarEvent>> delay_events(App& app, const Actor& actor) {
  std::vector<CalendarEvent> events;
  for (const DelayView& one : TRY(delays_in_force(app, actor, calendar_scope(actor)))) {
    const std::string where = "case " + one.case_reference + ", delay " + one.reference;
    if (one.review && *one.review != one.until) {
      events.push_back(
          {one.reference + "-review", *one.review, "delay of dissemination: review", where});
    }
    if (one.until.ms != kNoTime) {
      events.push_back(
          {one.reference + "-end", one.until, "delay of dissemination: planned end", where});
    }
  }
  return events;
}

/// The open ones with a time that this person may know of, by due instant: of more than `most`
/// those that come next, before those that are overdue.
struct CalendarRows {
  std::vector<BoardRow> rows;
  bool is_cut = false;
};
Result<CalendarRows> calendar_rows(App& app, const Laws& laws, const Actor& actor,
                                   std::size_t most) {
  const Instant now = app.clock.now();
  BoardFilter filter;
  filter.limit = std::clamp(static_cast<std::int64_t>(most), std::int64_t{1}, kMaxBoardRows);
  filter.whose = BoardFilter::Whose::handled;
  filter.scope = calendar_scope(actor);
  CalendarRows found;
  for (bool more = true; more;) {
    BoardPage page = TRY(board_page(app, laws, actor, filter));
    for (BoardRow& row : page.rows) {
      if (row.due && !row.regime.empty()) {
        found.rows.push_back(std::move(row));
      }
    }
    more = page.more;
    filter.after = page.next;
    if (found.rows.size() > most) {
      found.is_cut = true;
      const auto next = std::ranges::find_if(
          found.rows, [&](const BoardRow& row) { return row.due && *row.due >= now; });
      const auto too_many = static_cast<std::ptrdiff_t>(found.rows.size() - most);
      found.rows.erase(found.rows.begin(),
                       found.rows.begin() + std::min(next - found.rows.begin(), too_many));
      if (found.rows.size() >= most && (most == 0 || *found.rows.front().due >= now)) {
        break;  // enough of what comes next
      }
    }
  }
  found.rows.resize(std::min(found.rows.size(), most));
  return found;
}

}  // namespace

Result<std::string> calendar_feed(App& app, const Laws& laws, const Actor& actor,
                                  std::size_t most) {
  std::vector<CalendarEvent> events = TRY(delay_events(app, actor));
  const std::size_t duties = most - std::min(most, events.size());
  const CalendarRows found = TRY(calendar_rows(app, laws, actor, duties));
  const bool is_cut = found.is_cut || events.size() > most;
  events.resize(std::min(events.size(), most));
  for (const BoardRow& row : found.rows) {
    events.push_back({row.obligation, *row.due, row.regime + "/" + row.stage + " due",
                      "case " + row.case_reference + ", " + row.organisation + ", " +
                          std::string(deadline::name(row.state))});
  }
  std::string out = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Weir//clocks//EN\r\n";
  out += calendar_line("X-WR-CALNAME", "Statutory clocks");
  if (is_cut) {
    out += calendar_line("X-WR-CALDESC", "Only the next " + std::to_string(most) +
                                             " of what is open: the board shows the rest");
  }
  for (const CalendarEvent& event : events) {
    out += text_of(app, event);
  }
  return out + "END:VCALENDAR\r\n";
}

}  // namespace weir::app
