// The law's clocks over HTTP, from what an organisation is to the acknowledged filing.
#include "app/clocks.h"

#include <gtest/gtest.h>

#include "api/clock_views.h"
#include "served.h"

namespace weir::api {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kMaker =
    R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["manufacturer"],)"
    R"("market":["EU","CN"],"sector":["digital"]}})";
constexpr const char* kCsirt =
    R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["csirt"],)"
    R"("jurisdiction":["DE"]}})";

struct Clocks : Served {
  Clocks() {
    EXPECT_EQ(put("ada", "/api/v1/organisations/ACME/profile", kMaker).status, 204);
    EXPECT_EQ(put("ada", "/api/v1/organisations/Ministry/profile", kCsirt).status, 204);
  }
  Answered get(const std::string& as, const std::string& path) {
    return ask({.path = path, .as = as});
  }
  Answered put(const std::string& as, const std::string& path, const std::string& body) {
    return ask({.method = "PUT", .path = path, .as = as, .body = body});
  }
  Answered post(const std::string& as, const std::string& path, const json::Object& body,
                std::vector<http::Field> fields = {}) {
    return ask({.method = "POST",
                .path = path,
                .as = as,
                .body = json::canonical(json::Value(body)),
                .fields = std::move(fields)});
  }
  std::string at(Duration after) { return to_rfc3339(world.clock.now() + after); }
  Answered enter(const std::string& as, const std::string& reference, const std::string& event,
                 Duration after) {
    return post(as, "/api/v1/cases/" + reference + "/facts",
                {{"event", event}, {"at", at(after)}, {"source", "own test"}});
  }
  /// A case of ven's: the flaw known for long, its exploitation since an hour.
  std::string aware() {
    const std::string reference = report("ven").text("/case");
    EXPECT_EQ(enter("ven", reference, "flaw_known", hours(-20)).status, 201);
    EXPECT_EQ(enter("ven", reference, "exploitation_known", hours(-1)).status, 201);
    return reference;
  }
  std::string obligation(const std::string& as, const std::string& stage) {
    const Answered answer = get(as, "/api/v1/clocks?which=all");
    for (const json::Value& row : answer.at("/obligations").as_array()) {
      if (std::string(row.at("regime").as_string()) + "/" +
              std::string(row.at("stage").as_string()) ==
          stage) {
        return std::string(row.at("obligation").as_string());
      }
    }
    ADD_FAILURE() << stage << " is not on the board: " << answer.body;
    return {};
  }
  std::string draft(const std::string& stage, const std::string& values) {
    const Answered made =
        put("ven", "/api/v1/obligations/" + obligation("ven", stage) + "/draft", values);
    EXPECT_EQ(made.status, 200) << made.body;
    return made.text("/filing");
  }
  /// Both people of ACME say that what the CRA demands is filed.
  void resolve(const std::string& reference) {
    const std::string path = "/api/v1/cases/" + reference + "/law-conflicts";
    for (const json::Value& one : get("ven", path).at("/conflicts").as_array()) {
      const std::string conflict = path + "/" + std::string(one.at("conflict").as_string());
      EXPECT_EQ(
          post("ven", conflict + "/decision", {{"choice", "file"}, {"ground", "counsel"}}).status,
          204);
      EXPECT_EQ(post("ven", conflict + "/confirmation", {{"choice", "file"}}).status, 403);
      EXPECT_EQ(post("val", conflict + "/confirmation", {{"choice", "file"}}).status, 204);
    }
  }
  void add_val() {
    EXPECT_EQ(
        post("ada", "/api/v1/users",
             {{"handle", "val"}, {"organisation", "ACME"}, {"roles", json::Array{"recipient"}}})
            .status,
        204);
  }
};

TEST(ClocksApi, AProfileSaysWhichLawsConcernTheOrganisation) {
  Clocks served;
  const Answered shown = served.get("ada", "/api/v1/organisations/ACME/profile");
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.text("/profile/establishment"), "DE");
  std::map<std::string, bool> concerns;
  for (const json::Value& one : shown.at("/concerns").as_array()) {
    concerns[std::string(one.at("regime").as_string())] = one.at("concerns").as_bool();
  }
  EXPECT_TRUE(concerns["eu-cra"] && concerns["cn-rmsv"]);
  EXPECT_FALSE(concerns["us-sec-8k"]);
  const Answered bad = served.put(
      "ada", "/api/v1/organisations/ACME/profile",
      R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["wizard"]}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.text("/where"), "/attributes/role/0");
  EXPECT_EQ(served.get("otto", "/api/v1/organisations/ACME/profile").status, 403);
  EXPECT_EQ(served.get("ada", "/api/v1/organisations/BETA/profile").status, 404);
}

TEST(ClocksApi, AFactEnteredTwiceWithOneKeyIsOneFact) {
  Clocks served;
  const std::string path = "/api/v1/cases/" + served.report("ven").text("/case") + "/facts";
  const json::Object fact{
      {"event", "flaw_known"}, {"at", served.at(hours(-1))}, {"source", "own test"}};
  const Answered first = served.post("ven", path, fact, {{"Idempotency-Key", "one"}});
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.at("/fact").as_int64(), 1);
  EXPECT_EQ(served.post("ven", path, fact, {{"Idempotency-Key", "one"}}).body, first.body);
  EXPECT_EQ(served.get("ven", path).at("/facts").as_array().size(), 1u);
  json::Object other = fact;
  other["event"] = "fix_public";
  EXPECT_EQ(served.post("ven", path, other, {{"Idempotency-Key", "one"}}).status, 409);
  EXPECT_EQ(served.post("ven", path, other, {{"Idempotency-Key", "two"}}).at("/fact").as_int64(),
            2);
}

TEST(ClocksApi, ACorrectionSupersedesAndNothingIsErased) {
  Clocks served;
  const std::string reference = served.aware();
  const std::string path = "/api/v1/cases/" + reference + "/facts";
  EXPECT_EQ(served
                .post("ven", path,
                      {{"event", "exploitation_known"},
                       {"at", served.at(hours(-2))},
                       {"source", "log"},
                       {"corrects", 2}})
                .status,
            201);
  const Answered facts = served.get("ven", path);
  ASSERT_EQ(facts.at("/facts").as_array().size(), 3u) << facts.body;
  EXPECT_FALSE(facts.at("/facts/1/stands").as_bool());
  EXPECT_TRUE(facts.at("/facts/2/stands").as_bool());
  EXPECT_EQ(facts.text("/facts/0/by"), "ven");
  EXPECT_EQ(facts.text("/facts/0/source"), "own test");
  const Answered future = served.enter("ven", reference, "fix_public", hours(1));
  EXPECT_EQ(future.status, 400);
  EXPECT_NE(future.text("/detail").find("future"), std::string::npos) << future.body;
  const Answered taken = served.post("ven", path,
                                     {{"event", "exploitation_known"},
                                      {"at", served.at(Duration(0))},
                                      {"source", "log"},
                                      {"corrects", 3},
                                      {"says", "did_not"}});
  EXPECT_EQ(taken.status, 201) << taken.body;
  EXPECT_EQ(served.get("ven", "/api/v1/clocks?regime=eu-cra").at("/obligations").as_array().size(),
            0u);
}

TEST(ClocksApi, TheBoardIsPagedByHoursLeftAndFiltered) {
  Clocks served;
  served.aware();
  const std::string second = served.aware();
  const Answered all = served.get("ven", "/api/v1/clocks");
  const std::size_t count = all.at("/obligations").as_array().size();
  ASSERT_GE(count, 6u) << all.body;
  EXPECT_EQ(all.text("/obligations/0/stage"), "early_warning");
  EXPECT_EQ(all.at("/obligations/0/minutes_left").as_int64(), 23 * 60);
  std::vector<std::string> paged;
  std::string after;
  for (bool more = true; more;) {
    const Answered page = served.get("ven", "/api/v1/clocks?limit=2&after=" + after);
    ASSERT_EQ(page.status, 200) << page.body;
    for (const json::Value& row : page.at("/obligations").as_array()) {
      paged.emplace_back(row.at("obligation").as_string());
    }
    after = page.text("/next");
    more = page.at("/more").as_bool();
  }
  ASSERT_EQ(paged.size(), count);
  std::set<std::string> expected;
  for (const json::Value& row : all.at("/obligations").as_array()) {
    expected.emplace(row.at("obligation").as_string());
  }
  EXPECT_EQ(std::set<std::string>(paged.begin(), paged.end()), expected);
  EXPECT_EQ(paged.front(), all.text("/obligations/0/obligation"));
  EXPECT_EQ(served.get("ven", "/api/v1/clocks?after=" + after).at("/obligations").as_array().size(),
            0u);
  for (const json::Value& row : served.get("ven", "/api/v1/clocks?regime=cn-rmsv&case=" + second)
                                    .at("/obligations")
                                    .as_array()) {
    EXPECT_EQ(row.at("regime").as_string(), "cn-rmsv");
    EXPECT_EQ(row.at("case").as_string(), second);
  }
  EXPECT_EQ(
      served.get("ven", "/api/v1/clocks?organisation=BETA").at("/obligations").as_array().size(),
      0u);
  EXPECT_EQ(served.get("ven", "/api/v1/clocks?organisation=Nobody").status, 200);
  EXPECT_EQ(served.get("vera", "/api/v1/clocks").at("/obligations").as_array().size(), 0u);
  for (const char* bad : {"which=some", "after=zz", "after=6161", "limit=0", "limit=1001"}) {
    EXPECT_EQ(served.get("ven", std::string("/api/v1/clocks?") + bad).status, 400) << bad;
  }
}

TEST(ClocksApi, AnObligationIsExplainedToItsKeeperAlone) {
  Clocks served;
  served.aware();
  const std::string path =
      "/api/v1/obligations/" + served.obligation("ven", "eu-cra/early_warning");
  const Answered one = served.get("ven", path);
  ASSERT_EQ(one.status, 200) << one.body;
  EXPECT_NE(one.body.find("Art. 14(2)(a)"), std::string::npos);
  EXPECT_EQ(one.text("/obligation/due"), served.at(hours(23)));
  for (const char* other : {"vera", "cora", "otto"}) {
    EXPECT_EQ(served.get(other, path).status, 404) << other;
    EXPECT_EQ(served.get(other, path + "/form").status, 404) << other;
    EXPECT_EQ(served.put(other, path + "/draft", "{}").status, 404) << other;
  }
  EXPECT_EQ(served.ask({.path = path}).status, 401);
}

TEST(ClocksApi, FromAwarenessToTheAcknowledgedFiling) {
  Clocks served;
  served.add_val();
  const std::string reference = served.aware();
  const Answered form = served.get(
      "ven", "/api/v1/obligations/" + served.obligation("ven", "eu-cra/early_warning") + "/form");
  ASSERT_EQ(form.status, 200) << form.body;
  EXPECT_NE(form.body.find(R"("from":"fact")"), std::string::npos) << form.body;
  const std::string filing = served.draft(
      "eu-cra/early_warning", R"({"vulnerability":"exploited","member_states":"DE, FR"})");
  const std::string submission = "/api/v1/filings/" + filing + "/submission";
  const json::Object here{{"channel", "platform"}};
  const Answered forbidden = served.post("ven", submission, here);
  EXPECT_EQ(forbidden.status, 409);
  EXPECT_NE(forbidden.text("/detail").find("cn-rmsv forbids"), std::string::npos) << forbidden.body;
  served.resolve(reference);
  const json::Object unsent{{"channel", "platform"}, {"authority_case", "C"}};
  EXPECT_EQ(served.post("ven", submission, unsent).status, 400);
  const Answered done = served.post("ven", submission, here, {{"Idempotency-Key", "k"}});
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(served.post("ven", submission, here, {{"Idempotency-Key", "k"}}).body, done.body);
  EXPECT_EQ(served.post("ven", submission, here).status, 409);
  ASSERT_TRUE(served.world.seal());
  EXPECT_EQ(served.get("", "/receipts/" + done.text("/receipt")).status, 200);
  const std::string acknowledgement = "/api/v1/filings/" + filing + "/acknowledgement";
  const json::Object answer{{"authority_reference", "SRP-17"}, {"at", served.at(minutes(-1))}};
  EXPECT_EQ(served.post("vera", acknowledgement, answer).status, 404);
  EXPECT_EQ(served.post("ven", acknowledgement, answer).status, 200);
  EXPECT_EQ(served.post("ven", acknowledgement, answer).status, 409);
  const Answered list = served.get("ven", "/api/v1/filings?case=" + reference);
  EXPECT_EQ(list.text("/filings/0/state"), "acknowledged") << list.body;
  EXPECT_EQ(list.text("/filings/0/receipt"), done.text("/receipt"));
  EXPECT_EQ(served.get("ven", "/api/v1/filings/" + filing).text("/stage"), "early_warning");
  EXPECT_EQ(served.get("vera", "/api/v1/filings").at("/filings").as_array().size(), 0u);
  const Answered own = served.get("ven", "/api/v1/statistics");
  EXPECT_EQ(own.at("/figures/0/on_time_percent").as_int64(), 100) << own.body;
}

TEST(ClocksApi, AFilingIsAFileInEachOfItsForms) {
  Clocks served;
  served.aware();
  const std::string filing = served.draft("eu-cra/early_warning", R"({"member_states":"DE <b>"})");
  const std::string path = "/api/v1/filings/" + filing + "/";
  const std::map<std::string, std::string> files = {{"filing.json", "application/json"},
                                                    {"filing.csv", "text/csv; charset=utf-8"},
                                                    {"filing.html", "text/html; charset=utf-8"},
                                                    {"copy.html", "text/html; charset=utf-8"}};
  for (const auto& [name, type] : files) {
    const Answered file = served.get("ven", path + name);
    ASSERT_EQ(file.status, 200) << name << file.body;
    EXPECT_EQ(file.headers.find("Content-Type"), type) << name;
    EXPECT_EQ(file.headers.find("Content-Disposition"), "attachment") << name;
    EXPECT_NE(file.body.find("DE"), std::string::npos) << name;
    EXPECT_EQ(name.ends_with("html") && file.body.find("<b>") != std::string::npos, false) << name;
    EXPECT_EQ(served.get("vera", path + name).status, 404) << name;
    EXPECT_EQ(served.get("ven", path + name + "?to=Nobody").status, 404) << name;
  }
  const Answered printed = served.get("ven", path + "filing.pdf");
  ASSERT_EQ(printed.status, 200) << printed.body;
  EXPECT_EQ(printed.headers.find("Content-Type"), "application/pdf");
  EXPECT_TRUE(printed.body.starts_with("%PDF-"));
  EXPECT_EQ(served.get("vera", path + "filing.pdf").status, 404);
  EXPECT_EQ(served.get("ven", path + "filing.exe").status, 404);
}

TEST(ClocksApi, ADelayIsOrderedOnceToldOnceAndListed) {
  Clocks served;
  const std::string reference = served.report("rita").text("/case");
  served.world.work("cora", reference);
  const std::string path = "/api/v1/cases/" + reference + "/delays";
  const json::Object order{{"ground", "nature_of_information"},
                           {"justification", "a fix is near"},
                           {"until", served.at(hours(72))},
                           {"review", served.at(hours(24))},
                           {"second_body", "CERT"}};
  EXPECT_EQ(served.post("rita", path, order).status, 403);
  for (int i = 0; i < 2; ++i) {
    const Answered done = served.post("cora", path, order, {{"Idempotency-Key", "d"}});
    EXPECT_EQ(done.status, 204) << done.body;
  }
  ASSERT_EQ(served.get("cora", path).at("/delays").as_array().size(), 1u);
  EXPECT_TRUE(served.get("cora", path).at("/delays/0/told").is_null());
  json::Object told{{"delay", served.get("cora", path).text("/delays/0/delay")},
                    {"second_body", "ACME"},
                    {"note", "by telephone"}};
  EXPECT_EQ(served.post("cora", path + "/told", told).status, 400) << "that is not who is told";
  told["second_body"] = "CERT";
  EXPECT_EQ(served.post("cora", path + "/told", told).status, 204);
  EXPECT_EQ(served.post("cora", path + "/told", told).status, 409);
  told["delay"] = "nosuchdelay";
  EXPECT_EQ(served.post("cora", path + "/told", told).status, 404);
  const Answered listed = served.get("cora", path);
  EXPECT_FALSE(listed.text("/delays/0/told").empty()) << listed.body;
  EXPECT_TRUE(listed.at("/delays/0/in_force").as_bool());
  // The handler's calendar has it, by a token that may do nothing else.
  const auto token = app::create_token(served.world.app(), app::as("cora"),
                                       {.label = "phone", .scopes = {app::Scope::calendar}});
  ASSERT_TRUE(token) << app::said(token);
  const Answered feed = served.ask({.path = "/api/v1/clocks.ics", .token = token->token});
  EXPECT_NE(feed.body.find("SUMMARY:delay of dissemination: planned end"), std::string::npos);
  EXPECT_EQ(served.ask({.path = "/api/v1/delays", .token = token->token}).status, 403);
  EXPECT_EQ(served.ask({.path = path, .token = token->token}).status, 403);
  json::Object bad = order;
  bad["ground"] = "convenience";
  EXPECT_EQ(served.post("cora", path, bad).status, 400);
}

TEST(ClocksApi, AWarningIsListedAndSeenByItsOrganisationAlone) {
  Clocks served;
  served.add_val();
  const std::string rule = "/api/v1/organisations/ACME/notice-rule";
  EXPECT_EQ(served.get("ada", rule).at("/minutes_ahead").as_array().size(), 4u);
  const auto set = [&](const json::Object& body) {
    return served.put("ada", rule, json::canonical(json::Value(body))).status;
  };
  EXPECT_EQ(set({{"minutes_ahead", json::Array{1'440, 0}},
                 {"escalate_after_minutes", 60},
                 {"first_person", "ven"},
                 {"second_person", "val"}}),
            204);
  EXPECT_EQ(set({{"minutes_ahead", json::Array{-1}},
                 {"escalate_after_minutes", 60},
                 {"first_person", "ven"}}),
            400);
  EXPECT_EQ(set({{"minutes_ahead", json::Array{1}},
                 {"escalate_after_minutes", std::int64_t{1} << 52},
                 {"first_person", "ven"}}),
            400);
  EXPECT_EQ(set({{"minutes_ahead", json::Array{1}},
                 {"escalate_after_minutes", 60},
                 {"first_person", "vera"}}),
            400);
  EXPECT_EQ(served.get("ada", rule).text("/second_person"), "val");
  served.aware();
  ASSERT_TRUE(app::run_clocks(served.world.app(), *served.laws));
  const Answered list = served.get("ven", "/api/v1/notices");
  ASSERT_FALSE(list.at("/notices").as_array().empty()) << list.body;
  EXPECT_EQ(list.text("/notices/0/for/0"), "ven");
  EXPECT_EQ(list.at("/notices/0/minutes_ahead").as_int64(), 1'440);
  const std::string seen =
      "/api/v1/notices/" + std::to_string(list.at("/notices/0/notice").as_int64()) + "/seen";
  EXPECT_EQ(served.post("vera", seen, {}).status, 404);
  EXPECT_EQ(served.ask({.method = "POST", .path = seen, .as = "val"}).status, 204);
  EXPECT_TRUE(served.get("ven", "/api/v1/notices").at("/notices/0/seen").as_bool());
  EXPECT_EQ(served.ask({.method = "POST", .path = "/api/v1/notices/x/seen", .as = "val"}).status,
            404);
  EXPECT_EQ(served.get("vera", "/api/v1/notices").at("/notices").as_array().size(), 0u);
}

TEST(ClocksApi, ACalendarHoldsWhatIsDueAndNoTextOfACase) {
  Clocks served;
  served.aware();
  const Answered feed = served.get("ven", "/api/v1/clocks.ics");
  ASSERT_EQ(feed.status, 200);
  EXPECT_EQ(feed.headers.find("Content-Type"), "text/calendar; charset=utf-8");
  EXPECT_NE(feed.body.find("SUMMARY:eu-cra/early_warning due"), std::string::npos);
  EXPECT_EQ(feed.body.find("plain-"), std::string::npos) << "no word of the report";
  EXPECT_EQ(served.get("vera", "/api/v1/clocks.ics").body.find("VEVENT"), std::string::npos);
}

TEST(ClocksApi, ACalendarProgramHasANameAndAPassword) {
  Clocks served;
  served.aware();
  const auto token_of = [&](app::Scope scope) {
    const auto made = app::create_token(served.world.app(), app::as("ven"),
                                        {.label = "calendar", .scopes = {scope}});
    EXPECT_TRUE(made) << app::said(made);
    return made ? made->token : "";
  };
  const auto get = [&](const std::string& path, const std::string& credentials) {
    return served.ask(
        {.path = path, .fields = {{"Authorization", "Basic " + to_base64(credentials)}}});
  };
  const std::string ics = "/api/v1/clocks.ics";
  const std::string token = token_of(app::Scope::calendar);
  EXPECT_NE(get(ics, "anybody:" + token).body.find("eu-cra/early_warning"), std::string::npos);
  EXPECT_EQ(get(ics, ":" + token_of(app::Scope::read)).status, 200);
  EXPECT_EQ(get(ics, "ven:" + token_of(app::Scope::report)).status, 403);
  // Nothing else: neither by the same token nor by the same way of showing it.
  EXPECT_EQ(served.ask({.path = "/api/v1/clocks", .token = token}).status, 403);
  EXPECT_EQ(served.ask({.path = "/api/v1/cases", .token = token}).status, 403);
  EXPECT_EQ(get("/api/v1/clocks", "ven:" + token_of(app::Scope::read)).status, 403);
  for (const char* bad : {"ven:wrong", "ven", ""}) {
    const Answered refused = get(ics, bad);
    EXPECT_GE(refused.status, 400) << bad;
    EXPECT_EQ(refused.body.find("VCALENDAR"), std::string::npos) << bad;
  }
  const Answered nobody = served.ask({.path = ics});
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.headers.count("WWW-Authenticate"), 2U);
  EXPECT_EQ(served.ask({.path = "/api/v1/clocks"}).headers.count("WWW-Authenticate"), 1U);
}

TEST(ClocksApi, ACalendarOfAnOrganisationOutlivesWhoMadeIt) {
  Clocks served;
  served.aware();
  const auto made = app::create_token(
      served.world.app(), app::as("ada"),
      {.label = "calendar", .scopes = {app::Scope::calendar}, .organisation = "ACME"});
  ASSERT_TRUE(made) << app::said(made);
  EXPECT_NE(served.ask({.path = "/api/v1/clocks.ics", .token = made->token})
                .body.find("eu-cra/early_warning"),
            std::string::npos);
  EXPECT_EQ(served.ask({.path = "/api/v1/clocks", .token = made->token}).status, 403);
  EXPECT_EQ(served.ask({.path = "/api/v1/cases", .token = made->token}).status, 403);
  for (const app::Scope more : {app::Scope::act, app::Scope::administer, app::Scope::approve}) {
    EXPECT_FALSE(app::create_token(
        served.world.app(), app::as("ada"),
        {.label = "calendar", .scopes = {app::Scope::calendar, more}, .organisation = "ACME"}));
  }
  ASSERT_TRUE(app::set_suspended(served.world.app(), app::as("ada"), "ACME", policy::Fact::yes));
  EXPECT_EQ(served.ask({.path = "/api/v1/clocks.ics", .token = made->token}).status, 401);
}

TEST(ClocksApi, TheLawsAreThoseInForceNow) {
  Clocks served;
  const Answered list = served.ask({.path = "/api/v1/regimes"});
  EXPECT_GT(list.at("/regimes").as_array().size(), 30u);
  const Answered cra = served.ask({.path = "/api/v1/regimes/eu-cra"});
  EXPECT_EQ(cra.text("/versions/0/stages/0/citation/clause"), "Art. 14(2)(a)") << cra.body;
  EXPECT_EQ(cra.text("/versions/0/stages/0/limits/0/within"), "24 hours");
  EXPECT_NE(cra.text("/text").find("regime eu-cra"), std::string::npos);
  EXPECT_EQ(served.ask({.path = "/api/v1/regimes/xx-none"}).status, 404);
  const std::string reference = served.aware();
  std::vector<regimes::File> files = regimes::builtin();
  std::erase_if(files, [](const regimes::File& file) { return file.name == "eu-cra.yaml"; });
  served.laws = std::make_shared<const app::Laws>(*app::read_laws(files));
  EXPECT_EQ(served.ask({.path = "/api/v1/regimes/eu-cra"}).status, 404);
  EXPECT_EQ(served.get("ven", "/api/v1/clocks?regime=eu-cra").at("/obligations").as_array().size(),
            0u)
      << "obligations are derived again under the laws of now";
  served.laws = compiled_in();
  EXPECT_FALSE(served.get("ven", "/api/v1/clocks?regime=eu-cra&case=" + reference)
                   .at("/obligations")
                   .as_array()
                   .empty());
}

TEST(ClocksApi, PublicFiguresAreCountedOnceInAWhile) {
  Clocks served;
  const Answered first = served.ask({.path = "/api/v1/statistics/public"});
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.at("/figures").as_array().size(), 0u) << "small numbers are not shown";
  EXPECT_EQ(first.text("/definitions"), app::kDefinitions);
  const Answered csv = served.ask({.path = "/api/v1/statistics/public.csv"});
  EXPECT_EQ(csv.headers.find("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_TRUE(csv.body.starts_with("regime,sector,period,")) << csv.body;
  EXPECT_TRUE(served.get("ven", "/api/v1/statistics.csv").body.starts_with("regime,"));
}

TEST(ClocksApi, WhatWasDecidedOnAnotherStateIsRefused) {
  Clocks served;
  const std::string reference = served.report("ven").text("/case");
  const std::string path = "/api/v1/cases/" + reference;
  const auto tag = [&] {
    return "\"" + app::read_case(served.world.app(), app::as("ven"), reference)->version + "\"";
  };
  const std::string before = tag();
  const json::Object fact{
      {"event", "flaw_known"}, {"at", served.at(hours(-1))}, {"source", "own test"}};
  ASSERT_EQ(served.post("ven", path + "/messages", {{"text", "more"}}).status, 201);
  EXPECT_EQ(served.post("ven", path + "/facts", fact, {{"If-Match", before}}).status, 412);
  EXPECT_EQ(served.post("ven", path + "/facts", fact, {{"If-Match", tag()}}).status, 201);
}

TEST(ClocksApi, ViewsLeaveOutWhatHasNoValue) {
  const json::Value row = view(app::BoardRow{}, Instant{0});
  EXPECT_FALSE(row.as_object().contains("due"));
  EXPECT_FALSE(row.as_object().contains("minutes_left"));
  const json::Value figures = view(std::vector<app::Figures>{{}});
  EXPECT_FALSE(figures.at("figures").at(0).as_object().contains("median_fix_hours"));
  const json::Value delay = view(app::DelayView{});
  EXPECT_FALSE(delay.as_object().contains("told"));
}

}  // namespace
}  // namespace weir::api
