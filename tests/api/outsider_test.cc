// What somebody without any standing gets: nothing from a platform that has just begun, and from
// one that hides a case the same bytes, by the same queries, as from one that does not.
#include <gtest/gtest.h>

#include "app/clocks.h"
#include "app/delays.h"
#include "app/filings.h"
#include "app/law_conflicts.h"
#include "app/notices.h"
#include "app/profiles.h"
#include "app/watch_lists.h"
#include "rows.h"

namespace weir::api {
namespace {

bool is_for_everybody(const Row& row) {
  return row.access == Access::everybody || row.access == Access::anyone;
}

TEST(Outsider, FindsNothingOpenOnAFreshStart) {
  Served served(Served::Start::founded);
  const std::int64_t events = served.world.number("SELECT COUNT(*) FROM event");
  int asked = 0;
  for (const Row& row : all_rows(served)) {
    for (const Fields fields : {Fields::needed, Fields::all}) {
      for (const bool has_body : {true, false}) {
        Asking asking = asking_for(row, {{"handle", "ada"}, {"organisation", "Ministry"}}, fields);
        asking.body = has_body ? asking.body : "";
        asking.client = client_number(++asked);
        const Answered answer = served.ask(asking);
        EXPECT_LT(answer.status, 500) << row.operation << answer.body;
        if (row.access == Access::operators) {
          EXPECT_EQ(answer.status, 404) << row.operation;
        } else if (!is_for_everybody(row)) {
          EXPECT_EQ(answer.status, 401) << row.operation << answer.body;
        } else if (row.method != http::Method::get) {
          EXPECT_GE(answer.status, 400) << row.operation << answer.body;
        }
        const bool is_public = row.pattern.starts_with("/custody/") || row.operation == "describe";
        EXPECT_TRUE(is_public || !answer.body.contains("Ministry")) << row.operation << answer.body;
        EXPECT_FALSE(answer.body.contains("\"ada\"")) << row.operation << answer.body;
      }
    }
  }
  EXPECT_GT(asked, 240);
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM event"), events);
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM sign_in"), 0);
}

/// What is asked is built alike in both worlds: the reference of a case that is hidden in one of
/// them, its children, and what does not exist.
struct Secrets {
  Ids hidden;
  std::string text;  // of what was answered, with the number of queries it took
};

constexpr std::array kOutsiders = {"", "otto", "uma", "vera", "rob"};

void ask_everything(Served& served, Secrets& secrets, const Ids& ids) {
  int asked = 0;
  for (const Row& row : all_rows(served)) {
    // Only log positions may differ, and so does what operators see.
    const bool is_log = row.pattern.starts_with("/log/") || row.pattern.starts_with("/custody/");
    if (is_log || row.access == Access::operators || row.operation == "file_report" ||
        row.operation == "sign_out") {
      continue;
    }
    for (const char* as : kOutsiders) {
      Asking asking = asking_for(row, ids, Fields::all);
      asking.as = as;
      asking.client = client_number(++asked);
      const std::uint64_t before = served.world.statements;
      const Answered answer = served.ask(asking);
      const std::uint64_t queries = served.world.statements - before;
      // What is drawn by chance differs anyway.
      const std::string body = row.operation == "create_token" ? "" : answer.body;
      secrets.text += row.operation + " " + as + " " + std::to_string(answer.status) + " " +
                      std::to_string(queries) + " queries\n" + body + "\n";
      if (answer.events) {
        served.service->feed();
        secrets.text += answer.events->take().bytes;
      }
    }
  }
}

/// The first line that differs, of both.
std::string difference(const std::string& one, const std::string& other) {
  std::size_t at = 0;
  while (at < std::min(one.size(), other.size()) && one[at] == other[at]) {
    ++at;
  }
  const std::size_t begin = one.rfind('\n', at) + 1;
  return one.substr(begin, 400) + "\n--- or ---\n" + other.substr(begin, 400);
}

/// What ACME owes in a case, in a quarter that is over: facts, a draft, a filing, a conflict of
/// laws, a warning; a delay that the authority ordered; and a list of what ACME watches.
void add_duties(Served& served, const std::string& reference, Ids& ids) {
  app::App& app = served.world.app();
  const app::Laws& laws = *served.laws;
  const app::Actor ven = app::as("ven");
  for (const char* event : {"flaw_known", "exploitation_known"}) {
    EXPECT_TRUE(app::enter_fact(
        app, laws, ven, reference,
        {.event = event, .at = "2026-09-15T06:00:00Z", .source = "hidden", .evidence = "hidden"}));
  }
  std::map<std::string, std::string> obligations;
  for (const app::BoardRow& row : app::board(app, laws, ven, {}).value()) {
    obligations[row.stage] = row.obligation;
  }
  const auto filed = app::save_draft(app, laws, ven, obligations["early_warning"],
                                     {{"vulnerability", "hidden"}, {"member_states", "DE"}});
  const auto draft =
      app::save_draft(app, laws, ven, obligations["report"], {{"product", "hidden"}});
  for (const app::ConflictView& one : app::law_conflicts(app, laws, ven, reference).value()) {
    ids["conflict"] = one.conflict;
    EXPECT_TRUE(app::decide_conflict(app, laws, ven, reference,
                                     {one.conflict, app::Choice::file, "hidden"}));
    EXPECT_TRUE(
        app::confirm_conflict(app, app::as("val"), reference, one.conflict, app::Choice::file));
  }
  EXPECT_TRUE(filed && draft && app::submit_filing(app, laws, ven, *filed, {}));
  constexpr const char* kLater = "2027-06-01T00:00:00Z";
  EXPECT_TRUE(app::propose_embargo(app, app::as("rita"), reference, kLater));
  EXPECT_TRUE(app::confirm_embargo(app, app::as("cora"), reference));
  EXPECT_TRUE(
      app::delay_dissemination(app, app::as("cora"), reference,
                               {"nature_of_information", "hidden", kLater, kLater, "CERT"}));
  const auto list = app::add_watch_list(
      app, app::as("val"),
      {.name = "hidden", .bytes = R"({"products":[{"purl":"pkg:npm/hidden@1.5.0"}]})"});
  EXPECT_TRUE(list);
  ids["obligation"] = obligations["report"];
  ids["filing"] = *filed;
  ids["list"] = list->reference;
}

/// What both worlds have: who owes what, who is warned, and a duty that everybody may count.
void know_the_law(Served& served) {
  app::App& app = served.world.app();
  const auto profile =
      app::parse_profile(*served.laws, R"({"format":"weir-profile/v1","establishment":"DE",)"
                                       R"("attributes":{"role":["manufacturer"],)"
                                       R"("market":["EU","CN"],"sector":["digital"]}})");
  EXPECT_TRUE(app::add_user(app, app::as("ada"), {"val", "ACME", {policy::Role::administrator}}));
  EXPECT_TRUE(profile && app::set_profile(app, *served.laws, app::as("ada"), "ACME", *profile));
  EXPECT_TRUE(app::set_notice_rule(app, app::as("ada"), "ACME",
                                   {{std::chrono::hours(72)}, std::chrono::hours(1), "ven", ""}));
}

/// Reports by rita of Lark, and what hides in one of the worlds: a case with all that may hang on
/// it.
Secrets live(bool has_hidden, const Ids& known) {
  Served served;
  EXPECT_TRUE(app::add_user(served.world.app(), app::as("ada"),
                            {"rob", "Outsider", {policy::Role::reporter}}));
  know_the_law(served);
  served.report("rita", {.word = "known"});
  for (const char* outsider : kOutsiders) {  // before chance goes different ways
    if (*outsider != '\0') {
      served.sign_in(outsider);
    }
  }
  Secrets secrets{known, ""};
  if (has_hidden) {
    const std::string hidden = served.report("rita", {.word = "hidden"}).text("/case");
    served.world.work("cora", hidden);
    served.world.add_vendor(hidden, "ACME");
    const auto message =
        app::post_message(served.world.app(), app::as("ven"), hidden, {.text = "hidden"});
    const auto released = app::decide_release(served.world.app(), app::as("cora"), hidden,
                                              {Level::notice, {"CERT"}, "hidden"});
    const auto asked =
        app::leave_out_vendor(served.world.app(), app::as("cora"), hidden, "ACME", "hidden");
    EXPECT_TRUE(message && released && asked);
    secrets.hidden = {{"case", hidden},
                      {"object", *message},
                      {"release", released->reference},
                      {"waiting", asked->waiting_for},
                      {"stream", hidden}};
    add_duties(served, hidden, secrets.hidden);
  }
  // Warnings are given, and the quarter is closed in which the hidden duties were due.
  const auto ran = app::run_clocks(served.world.app(), *served.laws);
  EXPECT_TRUE(ran && (ran->quarters_closed > 0) == has_hidden);
  EXPECT_TRUE(ran && (ran->notices > 0) == has_hidden);
  if (has_hidden) {
    const auto notices = app::notices(served.world.app(), app::as("ven"));
    EXPECT_TRUE(notices && !notices->empty());
    secrets.hidden["notice"] = notices ? std::to_string(notices->front().id) : "";
  }
  ask_everything(served, secrets, secrets.hidden);
  ask_everything(served, secrets, {});
  return secrets;
}

TEST(Outsider, GetsTheSameBytesByTheSameQueriesWhetherOrNotACaseIsHidden) {
  const Secrets with = live(true, {});
  const Secrets without = live(false, with.hidden);
  EXPECT_FALSE(with.hidden.at("case").empty());
  EXPECT_TRUE(with.text == without.text) << difference(with.text, without.text);
  EXPECT_GT(with.text.size(), 50'000u);
  EXPECT_FALSE(with.text.contains("\"hidden\""));
}

TEST(Outsider, TheQueriesAreCounted) {
  Served served;
  const std::uint64_t before = served.world.statements;
  served.ask({.path = "/healthz"});
  EXPECT_EQ(served.world.statements, before);
  served.ask({.path = "/readyz"});
  EXPECT_GT(served.world.statements, before);
}

}  // namespace
}  // namespace weir::api
