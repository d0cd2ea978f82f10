// Calls that are repeated, and acts that were decided on a state that has gone.
#include <gtest/gtest.h>

#include "format/filing.h"
#include "http/server.h"
#include "main/instance.h"
#include "main/remote.h"
#include "served.h"

namespace weir::api {
namespace {

const std::string kKey = "k2Vf8q0cJ5bYw1xT9mZ3Rd";

Asking filing(const std::string& as, const std::string& key, const std::string& word = "plain") {
  return {.method = "POST",
          .path = "/api/v1/reports",
          .as = as,
          .body = app::report_bytes({.word = word}),
          .fields = {{"Idempotency-Key", key}}};
}

TEST(Repeat, AReportIsFiledOnceAndAnsweredAlike) {
  for (const char* as : {"rita", ""}) {
    Served served;
    const Answered first = served.ask(filing(as, kKey));
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.text("/return_code").empty(), *as != '\0');
    served.report("rita", {.word = "other"});
    ASSERT_TRUE(served.world.seal());
    const Answered again = served.ask(filing(as, kKey));
    EXPECT_EQ(again.status, 201) << again.body;
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM case_file"), 2);
    EXPECT_EQ(served.ask(filing(as, kKey, "changed")).status, 409);
    const Answered another = served.ask(filing(as, kKey + "2"));
    EXPECT_NE(another.text("/case"), first.text("/case"));
    served.world.clock.advance(std::chrono::hours(24 * 7));
    served.forget_session("rita");
    EXPECT_NE(served.ask(filing(as, kKey)).text("/case"), first.text("/case"));
  }
}

TEST(Repeat, AKeyIsWorthNothingToOthers) {
  Served served;
  const Answered rita = served.ask(filing("rita", kKey));
  const Answered ven = served.ask(filing("ven", kKey));
  const Answered nobody = served.ask(filing("", kKey));
  EXPECT_NE(rita.text("/case"), ven.text("/case"));
  EXPECT_NE(rita.text("/case"), nobody.text("/case"));
  EXPECT_EQ(served.ask(filing("", "short")).status, 400);
  EXPECT_EQ(served.ask(filing("", std::string(21, 'k'))).status, 400);
  EXPECT_EQ(served.ask(filing("", std::string(22, 'k'))).status, 201);
  EXPECT_EQ(served.ask(filing("rita", "short")).status, 201);
  EXPECT_EQ(served.ask(filing("rita", std::string(256, 'k'))).status, 400);
}

TEST(Repeat, NoReturnCodeStandsInTheDatabase) {
  Served served;
  const std::string code = served.ask(filing("", kKey)).text("/return_code");
  ASSERT_EQ(code.size(), 32u);
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM idempotency"), 1);
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM idempotency WHERE instr(outcome, '" + code +
                                "') > 0"),
            0);
}

TEST(Repeat, AMessageAndAFileAreAddedOnce) {
  Served served;
  const std::string path = "/api/v1/cases/" + served.report("rita").text("/case");
  for (const char* more : {"/messages", "/attachments"}) {
    Asking asking{.method = "POST",
                  .path = path + more,
                  .as = "rita",
                  .body = R"({"text":"once"})",
                  .fields = {{"Idempotency-Key", "1"}, {std::string(kFileNameField), "a.bin"}}};
    const Answered first = served.ask(asking);
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(served.ask(asking).body, first.body);
    asking.body = R"({"text":"twice"})";
    EXPECT_EQ(served.ask(asking).status, 409);
    asking.fields.erase(asking.fields.begin());
    EXPECT_NE(served.ask(asking).body, served.ask(asking).body);
  }
  EXPECT_EQ(served.world.number("SELECT COUNT(*) FROM chunk WHERE NOT EXISTS (SELECT 1 FROM object "
                                "WHERE object.ref = chunk.object)"),
            0)
      << "what was sent again is not kept";
}

TEST(Repeat, AKeyOfOneCaseIsAnotherCallInAnother) {
  Served served;
  const auto say = [&](const std::string& reference) {
    return served.ask({.method = "POST",
                       .path = "/api/v1/cases/" + reference + "/messages",
                       .as = "rita",
                       .body = R"({"text":"the same"})",
                       .fields = {{"Idempotency-Key", "1"}}});
  };
  EXPECT_EQ(say(served.report("rita").text("/case")).status, 201);
  EXPECT_EQ(say(served.report("rita").text("/case")).status, 409) << "not taken for the first";
}

TEST(Repeat, AKeyOrConditionWhereNoneIsTakenIsRefused) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  Asking claim{.method = "POST",
               .path = "/api/v1/cases/" + one + "/claim",
               .as = "cora",
               .body = R"({"conflict":"no"})",
               .fields = {{"Idempotency-Key", "1"}}};
  EXPECT_EQ(served.ask(claim).status, 400);
  Asking filed = filing("rita", "1");
  filed.fields = {{"If-Match", "\"a\""}};
  EXPECT_EQ(served.ask(filed).status, 400);
  for (const char* tag : {"a", "*", "\"a\", \"b\"", "W/\"a\"", "\""}) {
    claim.fields = {{"If-Match", tag}};
    EXPECT_EQ(served.ask(claim).status, 400) << tag;
  }
}

TEST(Repeat, AnActOnAStateThatHasGoneIsRefused) {
  Served served;
  const std::string one = served.report("rita").text("/case");
  served.world.work("cora", one);
  served.world.add_vendor(one, "ACME");
  const std::string path = "/api/v1/cases/" + one;
  const auto tag = [&](const char* as) {
    (void)served.ask({.path = path, .as = as});
    return "\"" + app::read_case(served.world.app(), app::as(as), one)->version + "\"";
  };
  const auto say = [&](const char* as, const std::string& condition, const char* body) {
    return served
        .ask({.method = "POST",
              .path = path + "/messages",
              .as = as,
              .body = body,
              .fields = {{"If-Match", condition}}})
        .status;
  };
  const std::string cora = tag("cora");
  const std::string ven = tag("ven");
  EXPECT_EQ(say("ven", ven, R"({"text":"first","to":"ACME"})"), 201);
  EXPECT_EQ(say("cora", cora, R"({"text":"decided on what was there"})"), 412);
  EXPECT_EQ(say("cora", tag("cora"), R"({"text":"decided on what is there"})"), 201);
  // What one may not see moves nothing for it.
  const std::string rita = tag("rita");
  EXPECT_EQ(say("ven", tag("ven"), R"({"text":"for ACME alone","to":"ACME"})"), 201);
  EXPECT_EQ(tag("rita"), rita);
  EXPECT_EQ(tag("ven"), tag("ven"));  // reading changes nothing
}

TEST(Repeat, AReportGoesToAWeirElsewhereWithItsFiles) {
  Served served;
  SystemClock clock;
  SystemRandom random;
  http::Settings settings;
  settings.listeners.push_back(
      {.name = "everybody", .address = "127.0.0.1", .router = served.service->for_everybody()});
  auto server = http::Server::start(std::move(settings), clock, random);
  ASSERT_TRUE(server);
  const std::string file = (served.world.folder() / "träce 1.bin").string();
  ASSERT_TRUE(main::write_file(file, "bytes"));
  main::RemoteReport report{
      .address = "http://127.0.0.1:" + std::to_string((*server)->port("everybody")) + "/",
      .bytes = app::report_bytes({.word = "far"}),
      .attachments = {file}};
  json::Value filed;
  const auto done = main::report_to(report, random, filed);
  ASSERT_TRUE(done) << app::said(done);
  const std::string code(done->at("return_code").get_string());
  const Answered mine = served.ask(
      {.path = "/api/v1/cases/" + std::string(done->at("case").get_string()), .code = code});
  EXPECT_NE(mine.body.find("träce 1.bin"), std::string::npos);
  report.bytes = "{}";
  const auto bad = main::report_to(report, random, filed);
  EXPECT_EQ(app::code_of(bad), Code::invalid);
  report.bytes = app::report_bytes({});
  report.token = "weir_aaaaaaaa_b";
  EXPECT_EQ(app::code_of(main::report_to(report, random, filed)), Code::denied);
  report.token.clear();
  report.attachments = {"nowhere.bin"};
  filed = {};
  EXPECT_FALSE(main::report_to(report, random, filed));
  EXPECT_TRUE(filed.is_object());  // filed, and its code is not lost
  EXPECT_EQ(main::percent_encoded("a b%é.bin"), "a%20b%25%C3%A9.bin");
  EXPECT_EQ(main::error_of({.status = 429, .content_type = "", .body = "x"}).code,
            Code::unavailable);
}

TEST(Repeat, AFilingGoesToAWeirElsewhereOnceAndItsLaterStagesAfterIt) {
  Served served;
  SystemClock clock;
  SystemRandom random;
  http::Settings settings;
  settings.listeners.push_back(
      {.name = "everybody", .address = "127.0.0.1", .router = served.service->for_everybody()});
  auto server = http::Server::start(std::move(settings), clock, random);
  ASSERT_TRUE(server);
  format::FilingDocument document{.filing = "f1",
                                  .organisation = "ACME",
                                  .regime = "eu-cra",
                                  .version = "2026-09-11",
                                  .stage = "early_warning",
                                  .title = "Early warning",
                                  .recipients = {"CSIRT"},
                                  .fields = {},
                                  .withheld = {}};
  main::RemoteFiling filing{
      .address = "http://127.0.0.1:" + std::to_string((*server)->port("everybody")),
      .bytes = format::write_filing(document),
      .key = "0123456789012345678901"};
  const auto first = main::file_with(filing);
  ASSERT_TRUE(first) << app::said(first);
  const auto again = main::file_with(filing);
  ASSERT_TRUE(again) << app::said(again);
  EXPECT_EQ(first->case_reference, again->case_reference);
  EXPECT_EQ(first->receipt_id, again->receipt_id);
  EXPECT_EQ(first->return_code, again->return_code);
  EXPECT_FALSE(first->promise.empty());
  document.stage = "notification";
  filing.bytes = format::write_filing(document);
  EXPECT_EQ(app::code_of(main::file_with(filing)), Code::conflict) << "that key had other bytes";
  filing.case_reference = first->case_reference;
  filing.key = "1123456789012345678901";
  EXPECT_EQ(app::code_of(main::file_with(filing)), Code::denied) << "without its code";
  filing.return_code = first->return_code;
  const auto later = main::file_with(filing);
  ASSERT_TRUE(later) << app::said(later);
  EXPECT_EQ(later->case_reference, first->case_reference);
  EXPECT_NE(later->receipt_id, first->receipt_id);
  EXPECT_EQ(later->return_code, "");
  EXPECT_EQ(main::file_with(filing)->receipt_id, later->receipt_id);
  EXPECT_EQ(served.world.count(first->case_reference, "filing"), 1);
  filing.bytes = "{}";
  filing.key = "2123456789012345678901";
  EXPECT_EQ(app::code_of(main::file_with(filing)), Code::invalid);
}

}  // namespace
}  // namespace weir::api
