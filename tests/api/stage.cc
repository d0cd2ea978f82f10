#include "stage.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/clocks.h"
#include "app/delays.h"
#include "app/law_conflicts.h"
#include "app/news.h"
#include "app/notices.h"
#include "app/people.h"
#include "app/sent_filings.h"
#include "app/sharing.h"
#include "app/watch_lists.h"
#include "catalog/import.h"

namespace weir::api {
namespace {

using policy::Fact;
using policy::Role;

constexpr const char* kLater = "2027-06-01T00:00:00Z";
constexpr const char* kFiling =
    R"({"fields":[{"label":"Nature","least":"technical","level":"technical","name":"nature",)"
    R"("required":true,"value":"of it"}],"filing":"f1","format":"weir-filing/v1",)"
    R"("organisation":"ACME","recipients":["CSIRT"],"regime":"eu-cra","stage":"report",)"
    R"("title":"Report","version":"2026-09-11"})";
constexpr const char* kProfile =
    R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["manufacturer"],)"
    R"("market":["EU","CN"],"sector":["digital"]}})";

constexpr const char* kProducts = R"({"products":[{"purl":"pkg:npm/anvil@1.5.0"}]})";
constexpr const char* kStatements =
    R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"a","version":1,)"
    R"("timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"A-1"},)"
    R"("products":[{"@id":"pkg:npm/anvil@1.5.0"}],"status":"fixed"}]})";

/// Cases on which a route can act that could not on `first`.
const std::map<std::string, std::string> kCaseOf = {
    {"claim_case", "open"},          {"accept_case", "claimed"},  {"decline_case", "claimed"},
    {"confirm_embargo", "proposed"}, {"end_embargo", "held"},     {"end_delay", "held"},
    {"publish", "second"},           {"erase_key", "published"},  {"open_custody", "published"},
    {"order_delay", "second"},       {"tell_second_body", "held"}};

/// Ends on 2028-01-01.
std::string openpgp_key() {
  std::ifstream file(WEIR_SOURCE "/tests/fuzz/corpus/openpgp/curve.asc");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Fields whose name alone does not tell a value that could be taken.
json::Object special_fields(const std::string& operation,
                            const std::map<std::string, std::string>& cases) {
  static const std::map<std::string, json::Object> kFields = {
      {"split_case", {{"vulnerability", 2}}},
      {"add_participant", {{"organisation", "Bound Partner"}, {"as", "other"}}},
      {"leave_out_vendor", {{"vendor", "ACME"}}},
      {"announce_fix", {{"product", "2.0"}}},
      {"propose_embargo", {{"until", kLater}}},
      {"decide_release", {{"recipients", json::Array{"CERT"}}}},
      {"preview_release", {{"recipients", json::Array{"CERT"}}}},
      {"recall_release", {{"organisation", "CERT"}}},
      {"grant_exception", {{"organisation", "CERT"}, {"level", "technical"}}},
      {"decide_delay", {{"until", kLater}}},
      {"defer_opening",
       {{"until", "2028-06-01T00:00:00Z"}, {"ground_class", "investigation"}, {"conflict", "no"}}},
      {"open_custody", {{"conflict", "no"}}},
      {"erase_key", {{"conflict", "no"}}},
      {"add_organisation", {{"name", "New"}, {"country", "XX"}}},
      {"add_user",
       {{"handle", "newcomer"}, {"organisation", "ACME"}, {"roles", json::Array{"recipient"}}}},
      {"set_roles", {{"roles", json::Array{"recipient", "reporter"}}}},
      {"create_token", {{"label", "one-more"}, {"scopes", json::Array{"read"}}}},
      {"change_password", {{"new_password", "another one that is long"}}},
      {"enrol", {{"totp", "000000"}}},
      {"sign_in", {{"second_factor", "000000"}}},
      {"enter_fact", {{"event", "flaw_known"}, {"at", "2026-12-22T00:00:00Z"}}},
      {"order_delay", {{"until", kLater}, {"review", kLater}, {"second_body", "CERT"}}},
      {"set_notice_rule",
       {{"minutes_ahead", json::Array{60}},
        {"escalate_after_minutes", 60},
        {"first_person", "ven"}}},
      {"begin_sending", {{"to", "https://weir.example"}}},
      {"acknowledge_filing", {{"at", "2026-12-23T06:00:00Z"}}},
      {"add_channel",
       {{"address", "one@lark.example"}, {"quiet", "22:00-07:00"}, {"zone", "Europe/Berlin"}}},
      {"set_channel", {{"quiet", "22:00-07:00"}, {"zone", "Europe/Berlin"}}},
      {"set_channel_key", {{"openpgp_key", openpgp_key()}}},
  };
  if (operation == "merge_case") {
    return {{"into", cases.at("second")}};
  }
  if (operation == "tell_second_body") {
    return {{"delay", cases.at("delay of held")}, {"second_body", "CERT"}};
  }
  if (operation == "decline_spam") {
    return {{"cases", json::Array{json::Value(cases.at("open"))}}};
  }
  const auto found = kFields.find(operation);
  return found == kFields.end() ? json::Object() : found->second;
}

}  // namespace

Stage::Stage() {
  add_people();
  add_cases();
  add_children();
  add_clocks();
  add_watch();
  sign_everybody_in();
  end_some();
}

void Stage::add_people() {
  const app::Actor ada = app::as("ada");
  EXPECT_TRUE(app::add_organisation(
      world.app(), ada, {.name = "Closed", .organisation_class = "vendor", .country = "YY"}));
  const auto user = [&](const char* handle, const char* organisation, Role role) {
    EXPECT_TRUE(app::add_user(world.app(), ada, {handle, organisation, {role}}));
  };
  user("rob", "Outsider", Role::reporter);
  user("aud", "Outsider", Role::auditor);
  user("adam", "Ministry", Role::administrator);
  user("acma", "ACME", Role::administrator);
  user("pat", "ACME", Role::recipient);
  user("pol", "ACME", Role::recipient);
  user("sue", "Closed", Role::recipient);
  user("bart", "Ministry", Role::coordinator);
  user("late", "Ministry", Role::coordinator);
}

void Stage::add_cases() {
  for (const char* name : {"first", "open", "claimed", "second", "proposed", "held", "published"}) {
    cases[name] = world.report("rita", {.word = name, .vulnerabilities = 2});
  }
  const Answered filed = report("", {.word = "coded"});
  cases["coded"] = filed.text("/case");
  code = filed.text("/return_code");
  ids["receipt"] = filed.text("/receipt");
  EXPECT_TRUE(app::claim(world.app(), app::as("cora"), cases["claimed"], Fact::no));
  for (const char* name : {"first", "second", "proposed", "held", "published", "coded"}) {
    world.work("cora", cases[name]);
  }
  for (const char* name : {"first", "proposed", "held"}) {
    EXPECT_TRUE(app::propose_embargo(world.app(), app::as("rita"), cases[name], kLater));
  }
  EXPECT_TRUE(app::confirm_embargo(world.app(), app::as("cora"), cases["held"]));
  EXPECT_TRUE(
      app::delay_dissemination(world.app(), app::as("cora"), cases["held"],
                               {"nature_of_information", "a fix is near", kLater, kLater, "CERT"}));
  const auto delayed = app::delays(world.app(), app::as("cora"), cases["held"]);
  cases["delay of held"] = delayed ? delayed->front().reference : "";
  const app::Publication publication{Level::advisory, "WEIR-2026-0009", "what everybody may know"};
  EXPECT_TRUE(world.by_two("dan", [&] {
    return app::publish(world.app(), app::as("cora"), cases["published"], publication);
  }));
  ids["id"] = publication.public_id;
  EXPECT_TRUE(world.seal());
}

void Stage::add_children() {
  const std::string& first = cases["first"];
  for (const char* vendor : {"ACME", "Closed"}) {
    world.add_vendor(first, vendor);
  }
  const auto message = app::post_message(world.app(), app::as("ven"), first, {.text = "a word"});
  const auto released = app::decide_release(world.app(), app::as("cora"), first,
                                            {Level::notice, {"CERT"}, "a ground"});
  const auto asked =
      app::leave_out_vendor(world.app(), app::as("cora"), first, "Closed", "it is silent");
  EXPECT_TRUE(message && released && asked);
  ids["case"] = first;
  ids["object"] = message ? *message : "";
  ids["release"] = released ? released->reference : "";
  ids["waiting"] = asked ? asked->waiting_for : "";
  ids["organisation"] = "ACME";
  ids["stream"] = ask({.path = "/custody/index.json"}).text("/streams/0");
  ids["path"] = "checkpoint";
  const auto channel =
      app::add_channel(world.app(), app::as("rita"), {.address = "rita@lark.example"});
  EXPECT_TRUE(app::post_message(world.app(), app::as("cora"), first,
                                {.text = "a word", .to = app::Message::To::reporter}));
  ids["channel"] = channel ? channel->reference : "";
  ids["message"] = std::to_string(world.number("SELECT COALESCE(MIN(id), 0) FROM outbox"));
  for (const auto& [name, value] : ids) {
    EXPECT_FALSE(value.empty()) << name;
  }
}

/// ACME's clocks in `first`: what is due, a draft, a filing that was handed over, a decision on a
/// conflict of laws that waits for its second person, a warning.
void Stage::add_clocks() {
  const std::string& first = cases["first"];
  const app::Actor ven = app::as("ven");
  app::App& app = world.app();
  const auto profile = app::parse_profile(*laws, kProfile);
  EXPECT_TRUE(profile && app::set_profile(app, *laws, app::as("ada"), "ACME", *profile));
  for (const char* event : {"flaw_known", "exploitation_known"}) {
    EXPECT_TRUE(
        app::enter_fact(app, *laws, ven, first,
                        {.event = event, .at = to_rfc3339(world.clock.now()), .source = "s"}));
  }
  std::map<std::string, std::string> obligations;
  for (const app::BoardRow& row : app::board(app, *laws, ven, {}).value()) {
    obligations[row.stage] = row.obligation;
  }
  const auto filed = app::save_draft(app, *laws, ven, obligations["early_warning"],
                                     {{"vulnerability", "there is one"}, {"member_states", "DE"}});
  std::vector<app::FieldValue> report;
  for (const app::FilingField& field :
       app::stage_form(app, *laws, ven, obligations["report"])->document.fields) {
    report.push_back({field.name, "a value", field.level});
  }
  const auto draft = app::save_draft(app, *laws, ven, obligations["report"], report);
  for (const app::ConflictView& one : app::law_conflicts(app, *laws, ven, first).value()) {
    const bool is_filed = one.demands.what == "early_warning";
    ids["conflict"] = is_filed ? ids["conflict"] : one.conflict;
    EXPECT_TRUE(
        app::decide_conflict(app, *laws, ven, first, {one.conflict, app::Choice::file, "g"}));
    if (is_filed) {
      EXPECT_TRUE(
          app::confirm_conflict(app, app::as("acma"), first, one.conflict, app::Choice::file));
    }
  }
  EXPECT_TRUE(filed && app::begin_sending(app, *laws, ven, *filed, {"https://weir.example"}));
  EXPECT_TRUE(filed && draft && app::submit_filing(app, *laws, ven, *filed, {}));
  EXPECT_TRUE(app::set_notice_rule(app, app::as("ada"), "ACME",
                                   {{std::chrono::hours(72)}, std::chrono::hours(1), "ven", ""}));
  EXPECT_TRUE(app::run_clocks(app, *laws));
  const auto notices = app::notices(app, ven);
  ids["obligation"] = obligations["report"];
  ids["filing"] = draft.value_or("");
  ids["submitted"] = filed.value_or("");
  ids["notice"] = notices && !notices->empty() ? std::to_string(notices->front().id) : "";
  ids["regime"] = "eu-cra";
  for (const auto& [name, value] : ids) {
    EXPECT_FALSE(value.empty()) << name;
  }
}

/// What ACME watches, and what concerns it.
void Stage::add_watch() {
  const std::string path = (world.folder() / "public.db").string();
  const auto db = catalog::open(path, catalog::Use::import);
  EXPECT_TRUE(db && catalog::import(**db, world.clock,
                                    {.name = "x.json",
                                     .bytes = R"({"id":"A-1","modified":"2026-01-01T00:00:00Z",)"
                                              R"("affected":[{"package":{"ecosystem":"npm",)"
                                              R"("name":"anvil"},"versions":["1.5.0"]}]})"}));
  const auto made =
      app::add_watch_list(world.app(), app::as("acma"), {.name = "shop", .bytes = kProducts});
  app::Watcher watcher(path);
  EXPECT_TRUE(made && watcher.run(world.app()));
  const auto found = app::watch_findings(world.app(), app::as("acma"), made->reference);
  EXPECT_TRUE(found && found->size() == 1);
  ids["list"] = made->reference;
  ids["finding"] = found->front().reference;
}

std::string Stage::token_of(const std::string& handle, const std::string& body) {
  const Answered made =
      ask({.method = "POST", .path = "/api/v1/tokens", .as = handle, .body = body});
  EXPECT_EQ(made.status, 201) << made.body;
  return made.text("/token");
}

void Stage::sign_everybody_in() {
  sign_in("late");
  world.clock.advance(std::chrono::hours(13));  // longer than a session lives
  callers_ = {{.name = "nobody"}, {.name = "code", .code = code}};
  const auto person = [&](const char* name, const char* handle) {
    callers_.push_back({.name = name, .handle = handle, .session = sign_in(handle)});
  };
  person("author", "rita");
  person("reporter", "rob");
  person("handler", "cora");
  person("coordinator", "dan");
  person("vendor", "ven");
  person("stranger", "vera");
  person("released", "cert");
  person("recipient", "otto");
  person("auditor", "aud");
  person("admin", "adam");
  person("keeper", "acma");
  for (const char* scope : {"report", "read", "act"}) {
    callers_.push_back(
        {.name = scope,
         .token = token_of("cora", std::string(R"({"label":"t","scopes":[")") + scope + "\"]}")});
  }
  callers_.push_back(
      {.name = "manage", .token = token_of("adam", R"({"label":"t","scopes":["administer"]})")});
  callers_.push_back(
      {.name = "machine",
       .token =
           token_of("acma", R"({"label":"t","scopes":["read","report"],"organisation":"ACME"})")});
  // On the word of whoever may open the local socket; `socket` names nobody.
  callers_.push_back({.name = "local", .handle = "cora", .door = Caller::Door::local_socket});
  callers_.push_back({.name = "socket", .door = Caller::Door::local_socket});
  person("suspended", "sue");
  person("barred", "bart");
  callers_.push_back({.name = "expired", .handle = "late", .session = sign_in("late")});
}

void Stage::end_some() {
  const app::Actor ada = app::as("ada");
  EXPECT_TRUE(app::set_suspended(world.app(), ada, "Closed", Fact::yes));
  EXPECT_TRUE(app::set_barred(world.app(), ada, "bart", Fact::yes));
  account("pol");
  const auto invited = app::invite(world.app(), ada, "pat");
  EXPECT_TRUE(invited);
  ids["one-time code"] = invited ? invited->code : "";
  const Answered sessions = ask({.path = "/api/v1/sessions", .as = "rita"});
  ids["session"] = sessions.text("/sessions/0/session");
  token_of("rita", R"({"label":"t","scopes":["report"]})");
  ids["token"] = ask({.path = "/api/v1/tokens", .as = "rita"}).text("/tokens/0/reference");
  EXPECT_FALSE(ids["session"].empty() || ids["token"].empty());
  service->note_seal(Status());
}

const Caller& Stage::caller(const std::string& name) const {
  const auto found = std::ranges::find(callers_, name, &Caller::name);
  CHECK(found != callers_.end());
  return *found;
}

json::Object Stage::body_of(const Row& row, const Caller& caller) {
  json::Object body = fields_for(row, Fields::needed);
  for (const auto& [key, value] : special_fields(row.operation, cases)) {
    body[key] = value;
  }
  if (body.contains("code")) {
    body["code"] = ids.at("one-time code");
  }
  if (row.operation == "sign_in") {  // a handle of its own each time, so that no limit is met
    body["handle"] = "nobody-" + std::to_string(asked_);
  }
  const bool is_proof = body.contains("second_factor") && row.operation != "sign_in";
  if (is_proof && !caller.handle.empty()) {
    world.clock.advance(std::chrono::seconds(30));  // every step of it is good once
    body["password"] = account(caller.handle).password;
    body["second_factor"] = world.digits(account(caller.handle));
  }
  return body;
}

Asking Stage::asking(const Row& row, const Caller& caller) {
  Ids used = ids;
  const auto other = kCaseOf.find(row.operation);
  used["case"] = cases.at(other != kCaseOf.end()  ? other->second
                          : caller.name == "code" ? "coded"
                                                  : "first");
  used["organisation"] = row.operation == "end_agreement" ? "CERT" : ids.at("organisation");
  used["handle"] = row.operation == "invite" ? "pat" : "pol";
  if (row.operation == "acknowledge_filing" || row.operation == "show_sending") {
    used["filing"] = ids.at("submitted");
  }
  Asking asking = asking_for(row, used);
  if (row.operation == "file_report") {
    asking.body = app::report_bytes({.word = "another"});
  } else if (row.operation == "set_profile") {
    asking.body = kProfile;
  } else if (row.operation == "add_watch_list" || row.operation == "replace_watch_list") {
    asking.body = kProducts;
  } else if (row.operation == "add_statements") {
    asking.body = kStatements;
  } else if (row.operation == "receive_filing") {
    asking.body = kFiling;
  } else if (row.operation == "save_draft") {
    asking.body = "{}";
  } else if (!row.inputs.empty()) {
    asking.body = json::canonical(json::Value(body_of(row, caller)));
  }
  return asking;
}

Answered Stage::ask_as(Asking asking, const Caller& caller) {
  asking.client = client_number(++asked_);
  asking.token = caller.token;
  asking.code = caller.code;
  if (!caller.session.cookie.empty()) {
    asking.fields.push_back({"Cookie", std::string(kSessionCookie) + "=" + caller.session.cookie});
    asking.fields.push_back({std::string(kCsrfField), caller.session.csrf});
  }
  if (caller.door == Caller::Door::local_socket) {
    if (!caller.handle.empty()) {
      asking.fields.push_back({std::string(kAsField), caller.handle});
    }
    return ask_this_machine(asking);
  }
  return ask(asking);
}

}  // namespace weir::api
