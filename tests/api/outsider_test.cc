// What somebody without any standing gets: nothing from a platform that has just begun, and from
// one that hides a case the same bytes, by the same queries, as from one that does not.
#include <gtest/gtest.h>

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

/// Reports by rita of Lark, and what hides in one of the worlds: a case with all that may hang on
/// it.
Secrets live(bool has_hidden, const Ids& known) {
  Served served;
  EXPECT_TRUE(app::add_user(served.world.app(), app::as("ada"),
                            {"rob", "Outsider", {policy::Role::reporter}}));
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
