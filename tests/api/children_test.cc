// Nobody reaches through an id: pairs of ids of two organisations, children of a case without a
// grant of their own, fields that say whose something is, and what an omitted field means.
#include <gtest/gtest.h>

#include "app/sharing.h"
#include "stage.h"

namespace weir::api {
namespace {

using policy::Fact;
using policy::Role;

/// Two organisations alike: each with a user who administers it, reports, and takes part as a
/// vendor in the case that it reported; cora handles both.
struct TwoOrganisations : Served {
  struct Side {
    std::string handle;
    std::string organisation;
    Ids ids;
  };
  Side one{"mia", "ACME", {}};
  Side two{"nia", "BETA", {}};

  TwoOrganisations() {
    for (Side* side : {&one, &two}) {
      people_of(*side);
      children_of(*side);
    }
  }

  void people_of(const Side& side) {
    const app::Actor ada = app::as("ada");
    EXPECT_TRUE(app::add_user(
        world.app(), ada,
        {side.handle, side.organisation, {Role::administrator, Role::recipient, Role::reporter}}));
    EXPECT_TRUE(app::add_user(world.app(), ada,
                              {side.handle + "-mate", side.organisation, {Role::recipient}}));
  }

  void children_of(Side& side) {
    const std::string file = report(side.handle, {.word = side.handle}).text("/case");
    world.work("cora", file);
    world.add_vendor(file, side.organisation);
    const app::Actor user = app::as(side.handle);
    const app::Actor cora = app::as("cora");
    app::App& app = world.app();
    const auto message = app::post_message(
        app, cora, file, {.text = side.handle + "-message", .audience = side.organisation});
    const auto attached =
        app::add_attachment(app, user, file, app::attachment("a", side.handle + "-file"));
    const auto released =
        app::decide_release(app, cora, file, {Level::notice, {"CERT"}, "a ground"});
    const auto asked = app::leave_out_vendor(app, cora, file, side.organisation, "silent");
    EXPECT_TRUE(message && attached && released && asked);
    sign_in(side.handle);
    ask({.method = "POST",
         .path = "/api/v1/tokens",
         .as = side.handle,
         .body = R"({"label":"t","scopes":["read"]})"});
    const Answered sessions = ask({.path = "/api/v1/sessions", .as = side.handle});
    const Answered tokens = ask({.path = "/api/v1/tokens", .as = side.handle});
    side.ids = {{"case", file},
                {"object", *message},
                {"file", *attached},
                {"release", released->reference},
                {"waiting", asked->waiting_for},
                {"session", sessions.text("/sessions/0/session")},
                {"token", tokens.text("/tokens/0/reference")},
                {"handle", side.handle + "-mate"},
                {"organisation", side.organisation}};
    for (const auto& [name, value] : side.ids) {
      EXPECT_FALSE(value.empty()) << name;
    }
  }
};

/// The parameters of a path that are ids of something in the store.
std::vector<std::string> ids_in(const std::string& pattern) {
  std::vector<std::string> names;
  for (const char* name :
       {"case", "object", "release", "waiting", "session", "token", "handle", "organisation"}) {
    if (pattern.contains("{" + std::string(name) + "}")) {
      names.emplace_back(name);
    }
  }
  return names;
}

/// `mine`, with those of `names` that `bits` says from `theirs`.
Ids crossed(const Ids& mine, const Ids& theirs, const std::vector<std::string>& names,
            unsigned bits) {
  Ids ids = mine;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((bits >> i) & 1U) {
      ids[names[i]] = theirs.contains(names[i]) ? theirs.at(names[i]) : kAbsent;
    }
  }
  return ids;
}

TEST(Children, NoPairOfIdsOfTwoOrganisationsOpensAnything) {
  TwoOrganisations served;
  Ids nothing;
  int asked = 0;
  for (const Row& row : all_rows(served)) {
    const std::vector<std::string> names = ids_in(row.pattern);
    for (unsigned bits = 1; bits < (1U << names.size()); ++bits) {
      for (const auto& [mine, theirs] :
           {std::pair(&served.one, &served.two), std::pair(&served.two, &served.one)}) {
        const std::int64_t before = served.world.number("SELECT COUNT(*) FROM event");
        Answered answers[2];
        for (const Ids* other : {&theirs->ids, &nothing}) {
          Asking asking = asking_for(row, crossed(mine->ids, *other, names, bits), Fields::all);
          asking.as = mine->handle;
          asking.client = client_number(++asked);
          answers[other == &nothing] = served.ask(asking);
        }
        EXPECT_GE(answers[0].status, 400) << row.operation << " by " << mine->handle;
        EXPECT_EQ(answers[0].status, answers[1].status) << row.operation << answers[0].body;
        EXPECT_EQ(answers[0].body, answers[1].body) << row.operation;
        EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM event"), before) << row.operation;
      }
    }
  }
  EXPECT_GT(asked, 150);
}

TEST(Children, NoFieldOfABodyReachesIntoAnotherOrganisation) {
  TwoOrganisations served;
  int crossings = 0;
  for (const Row& row : all_rows(served)) {
    for (const Input& input : row.inputs) {
      const std::map<std::string, std::string> values = {
          {"into", served.two.ids["case"]},       {"cases", served.two.ids["case"]},
          {"vendor", served.two.organisation},    {"organisation", served.two.organisation},
          {"to", served.two.organisation},        {"handle", served.two.ids["handle"]},
          {"recipients", served.two.organisation}};
      if (!values.contains(input.name) || row.access == Access::everybody) {
        continue;
      }
      json::Value answers[2];
      int statuses[2] = {};
      for (const bool is_absent : {false, true}) {
        json::Object body = fields_for(row, Fields::needed);
        const std::string value = is_absent ? kAbsent : values.at(input.name);
        body[input.name] = input.kind == Kind::texts ? json::Value(json::Array{json::Value(value)})
                                                     : json::Value(value);
        Asking asking = asking_for(row, served.one.ids);
        asking.body = json::canonical(json::Value(body));
        asking.as = "mia";
        const Answered answer = served.ask(asking);
        statuses[is_absent] = answer.status;
        answers[is_absent] = json::Value(answer.body);
      }
      EXPECT_GE(statuses[0], 400) << row.operation << " " << input.name;
      EXPECT_EQ(statuses[0], statuses[1]) << row.operation << " " << input.name;
      EXPECT_EQ(answers[0], answers[1]) << row.operation << " " << input.name;
      ++crossings;
    }
  }
  EXPECT_GE(crossings, 8);
}

/// Who takes part is not told by whom one can write to.
TEST(Children, AMessageGoesToWhomItsAuthorIsShownAndNoProbeTellsMore) {
  TwoOrganisations served;
  const std::string path = "/api/v1/cases/" + served.one.ids["case"];
  const auto say = [&](const char* as, const std::string& to) {
    return served.ask({.method = "POST",
                       .path = path + "/messages",
                       .as = as,
                       .body = R"({"text":"x","to":")" + to + "\"}"});
  };
  served.world.add_vendor(served.one.ids["case"], "BETA");  // hidden from ACME
  ASSERT_TRUE(app::add_participant(served.world.app(), app::as("cora"), served.one.ids["case"],
                                   {.organisation = "CERT"}));
  const Answered absent = say("mia", kAbsent);
  EXPECT_EQ(absent.status, 404);
  for (const char* other : {"BETA", "CERT", "Outsider"}) {
    EXPECT_EQ(say("mia", other).body, absent.body) << other;
  }
  EXPECT_EQ(say("mia", "ACME").status, 201);
  EXPECT_EQ(say("cora", "BETA").status, 201);
  ASSERT_TRUE(app::add_participant(served.world.app(), app::as("cora"), served.two.ids["case"],
                                   {.organisation = "Bound Partner"}));
  for (const char* other : {"Outsider", "Bound Partner"}) {
    EXPECT_EQ(say("cora", other).status, 404) << other << " takes no part in this one";
  }
}

/// A case with a child for each kind of grant, and who may have which.
struct Family : Served {
  std::string file;
  std::map<std::string, std::string> children;  // what it is: its reference

  Family() {
    file = report("rita", {.word = "kin", .vulnerabilities = 2}).text("/case");
    world.work("cora", file);
    world.add_vendor(file, "ACME", {1});
    world.add_vendor(file, "BETA", {2});
    app::App& app = world.app();
    const app::Actor cora = app::as("cora");
    EXPECT_TRUE(app::add_participant(app, cora, file, {.organisation = "CERT"}));
    const auto say = [&](const char* name, const app::Message& message) {
      const auto made = app::post_message(app, cora, file, message);
      EXPECT_TRUE(made) << app::said(made);
      children[name] = made.value_or("");
    };
    say("to acme", {.text = "kin-acme", .vulnerability = 1, .audience = "ACME"});
    say("to beta", {.text = "kin-beta", .vulnerability = 2, .audience = "BETA"});
    say("to reporter",
        {.text = "kin-reporter", .level = Level::notice, .to = app::Message::To::reporter});
    say("of one", {.text = "kin-one", .vulnerability = 1});
    say("of two", {.text = "kin-two", .vulnerability = 2});
    say("mild", {.text = "kin-mild", .level = Level::advisory});
    say("exploit", {.text = "kin-exploit", .level = Level::exploit});
    const auto attached =
        app::add_attachment(app, app::as("ven"), file, app::attachment("a.bin", "kin-bytes"));
    EXPECT_TRUE(attached);
    children["file of acme"] = attached.value_or("");
  }
};

TEST(Children, EachIsHadByItsOwnGrantAlone) {
  Family served;
  const std::map<std::string, std::set<std::string>> may = {
      {"to acme", {"cora", "ven"}},
      {"to beta", {"cora", "vera"}},
      {"to reporter", {"cora", "rita"}},
      {"of one", {"cora", "ven"}},
      {"of two", {"cora", "vera"}},
      {"mild", {"cora", "ven", "vera", "cert"}},
      {"exploit", {"cora"}},
      {"file of acme", {"cora", "ven"}}};
  for (const char* as :
       {"rita", "cora", "dan", "ada", "ven", "vera", "cert", "bo", "uma", "otto"}) {
    const std::string path = "/api/v1/cases/" + served.file + "/attachments/";
    const Answered absent = served.ask({.path = path + kAbsent, .as = as});
    EXPECT_EQ(absent.status, 404);
    for (const auto& [name, reference] : served.children) {
      const Answered answer = served.ask({.path = path + reference, .as = as});
      if (may.at(name).contains(as)) {
        EXPECT_EQ(answer.status, 200) << name << " by " << as;
        EXPECT_TRUE(answer.body.contains("kin-")) << name;
      } else {
        EXPECT_EQ(answer.status, 404) << name << " by " << as << ": " << answer.body;
        EXPECT_EQ(answer.body, absent.body) << name << " by " << as;
      }
    }
  }
}

/// The list and the single item agree: nothing is had one by one that the whole does not show.
TEST(Children, NothingIsHadAloneThatTheWholeDoesNotShow) {
  Family served;
  const auto tx = served.world.db().read();
  const auto items =
      (*tx)->all("SELECT ref, kind FROM item ORDER BY id", {},
                 [](const store::Row& row) { return std::pair(row.text(0), row.text(1)); });
  ASSERT_TRUE(items);
  EXPECT_GT(items->size(), 15u);
  for (const char* as : {"rita", "cora", "dan", "ven", "vera", "cert", "otto"}) {
    const std::string path = "/api/v1/cases/" + served.file;
    const Answered whole = served.ask({.path = path, .as = as});
    for (const auto& [reference, kind] : *items) {
      const bool is_shown = whole.body.contains(reference);
      const int status = served.ask({.path = path + "/attachments/" + reference, .as = as}).status;
      if (kind != "attachment") {
        EXPECT_EQ(status == 200, is_shown) << kind << " by " << as << " " << status;
      }
    }
  }
}

/// Whose something is, who did it, under which key it lies: nobody says that of itself.
TEST(Children, NoFieldSaysWhoOneIsOrUnderWhichKeySomethingLies) {
  Stage stage;
  const std::vector<std::string> reserved = {
      "owner",       "author",   "by",          "actor",       "user",    "audience",
      "key",         "key_id",   "content_key", "stream",      "case",    "object",
      "reference",   "received", "handler",     "home",        "version", "encryption",
      "approved_by", "second",   "subject",     "recipient",   "network", "scopes_",
      "is_staff",    "staff",    "suspended_",  "return_code", "Weir-As", "__proto__"};
  int refused = 0;
  for (const Row& row : all_rows(stage)) {
    for (const Input& input : row.inputs) {
      EXPECT_EQ(std::ranges::find(reserved, input.name), reserved.end()) << row.operation;
    }
    if (row.inputs.empty() || row.access == Access::operators) {
      continue;
    }
    for (const std::string& name : reserved) {
      json::Object body = fields_for(row, Fields::all);
      body[name] = "rita";
      const Caller& caller = stage.caller(row.access == Access::person ? "admin" : "handler");
      Asking asking = asking_for(row, stage.ids);
      asking.body = json::canonical(json::Value(body));
      const Answered answer = stage.ask_as(asking, caller);
      EXPECT_EQ(answer.status, 400) << row.operation << " " << name << answer.body;
      EXPECT_EQ(answer.text("/where"), "/" + name) << row.operation;
      ++refused;
    }
  }
  EXPECT_GT(refused, 1'000);
  // A report is read just as strictly, at every depth.
  const std::string good = app::report_bytes({.word = "strict"});
  for (const char* place : {R"({"format")", R"({"kind")", R"({"name")", R"({"parts")"}) {
    std::string bad = good;
    const std::size_t at = bad.find(place);
    if (at == std::string::npos) {
      continue;
    }
    bad.insert(at + 1, R"("owner":"rita",)");
    EXPECT_EQ(stage.ask({.method = "POST", .path = "/api/v1/reports", .body = bad}).status, 400)
        << place;
  }
}

TEST(Children, AnUnknownQueryParameterIsRefusedOnEveryRoute) {
  Stage stage;
  for (const Row& row : all_rows(stage)) {
    if (row.access == Access::operators) {
      continue;
    }
    const Caller& caller = stage.caller("handler");
    Asking asking = stage.asking(row, caller);
    asking.path += (asking.path.contains('?') ? "&" : "?") + std::string("owner=rita");
    // The NVD's own API answers 404, and its clients know that.
    const int refused = row.pattern.starts_with("/rest/json/") ? 404 : 400;
    EXPECT_EQ(stage.ask_as(asking, caller).status, refused) << row.operation;
  }
}

TEST(Children, EveryOptionalFieldMayBeOmittedByItself) {
  auto stage = std::make_unique<Stage>();
  int omitted = 0;
  for (const Row& row : all_rows(*stage)) {
    for (const Input& input : row.inputs) {
      if (input.needed == Input::Needed::yes) {
        continue;
      }
      for (const char* name : {"handler", "vendor", "admin"}) {
        const Caller caller = stage->caller(name);
        Asking asking = stage->asking(row, caller);
        json::Object body = fields_for(row, Fields::all);
        const auto tree = json::parse(asking.body);
        for (const auto& [key, value] : tree->get_object()) {
          body[key] = value;
        }
        body.erase(input.name);
        asking.body = json::canonical(json::Value(body));
        const Answered answer = stage->ask_as(asking, caller);
        EXPECT_LT(answer.status, 500) << row.operation << " without " << input.name << answer.body;
        if (answer.status < 300) {
          stage = std::make_unique<Stage>();
        }
        ++omitted;
      }
    }
  }
  EXPECT_GE(omitted, 40);
}

/// What is not said is the most restrictive that it can be.
TEST(Children, WhatIsOmittedIsTheLeastThatItCanBe) {
  TwoOrganisations served;
  const std::string path = "/api/v1/cases/" + served.one.ids["case"];
  const auto post = [&](const std::string& at, const char* as, const char* body) {
    const Answered answer = served.ask({.method = "POST", .path = at, .as = as, .body = body});
    EXPECT_LT(answer.status, 300) << answer.body;
    return answer;
  };
  post(path + "/messages", "mia", R"({"text":"without a level"})");
  EXPECT_EQ(served.world.number("SELECT level FROM item ORDER BY id DESC LIMIT 1"),
            static_cast<int>(Level::technical));
  EXPECT_EQ(served.world.number(
                "SELECT COUNT(*) FROM item WHERE for_reporter = 1 OR vulnerability <> 0 AND kind = "
                "'message'"),
            0);
  post(path + "/participants", "cora", R"({"organisation":"Outsider","as":"other"})");
  EXPECT_EQ(served.world.number("SELECT p.level FROM participant p JOIN organisation o ON o.id = "
                                "p.organisation WHERE o.name = 'Outsider'"),
            static_cast<int>(Level::advisory));
  post("/api/v1/organisations", "ada", R"({"name":"Bare","class":"partner","country":"XX"})");
  EXPECT_EQ(served.world.number("SELECT bound FROM organisation WHERE name = 'Bare'"),
            served.world.number("SELECT bound FROM organisation WHERE name = 'Unknown Partner'"));
  EXPECT_EQ(served.world.number("SELECT public_body + may_name + staff FROM organisation WHERE "
                                "name = 'Bare'"),
            0);
  const Answered token = post("/api/v1/tokens", "mia", R"({"label":"bare","scopes":["report"]})");
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM api_token WHERE organisation IS NULL AND "
                                "label = 'bare' AND ends_ms - made_ms <= 7776000000"),
            1);
  // An exception for a bound recipient that cites no stage of the law gives no more than notice.
  const std::string asked = R"({"organisation":"Bound Partner","level":"technical","ground":"g"})";
  const Answered waits = post(path + "/exceptions", "cora", asked.c_str());
  post("/api/v1/waiting/" + waits.text("/waiting") + "/approve", "dan", R"({"conflict":"no"})");
  post(path + "/exceptions", "cora", asked.c_str());
  const Answered preview = post(path + "/releases/preview", "cora",
                                R"({"recipients":["Bound Partner"],"level":"technical",)"
                                R"("ground":"g"})");
  EXPECT_EQ(preview.text("/recipients/0/outcome"), "refused") << preview.body;
  // Who is not its handler says whether it has a conflict, or is refused.
  EXPECT_GE(
      served.ask({.method = "POST", .path = path + "/opening", .as = "ada", .body = "{}"}).status,
      400);
}

}  // namespace
}  // namespace weir::api
