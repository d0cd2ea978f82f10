// The parts of the table: bodies, lists, schemas; and where a server listens.
#include <gtest/gtest.h>

#include "api/guard.h"
#include "api/service.h"
#include "api/views.h"
#include "main/listeners.h"
#include "served.h"

namespace weir::api {
namespace {

/// Every "$ref" in the tree.
void collect(const json::Value& value, std::set<std::string>& references) {
  if (value.is_array()) {
    for (const json::Value& one : value.get_array()) {
      collect(one, references);
    }
  }
  if (value.is_object()) {
    for (const auto& [key, one] : value.get_object()) {
      if (key == "$ref") {
        references.insert(std::string(one.get_string()));
      }
      collect(one, references);
    }
  }
}

TEST(Table, DescribesEveryRouteAndNothingThatIsNotThere) {
  Served served;
  const Answered answer = served.ask({.path = "/api/v1/openapi.json"});
  EXPECT_EQ(answer.text("/openapi"), "3.1.0");
  std::set<std::string> references;
  collect(*json::parse(answer.body), references);
  EXPECT_GT(references.size(), 20u);
  for (const std::string& reference : references) {
    EXPECT_FALSE(answer.at(reference.substr(1)).is_null()) << reference;
  }
  std::size_t operations = 0;
  for (const auto& [path, methods] : answer.at("/paths").get_object()) {
    operations += methods.get_object().size();
  }
  EXPECT_EQ(operations, served.service->for_everybody()->routes().size());
  const json::Value again = openapi_document(served.service->for_everybody()->routes(),
                                             {.app = served.world.app(), .mode = "trial"});
  EXPECT_EQ(json::canonical(again), answer.body);
  EXPECT_NE(answer.text("/info/description").find("trial"), std::string::npos);
}

TEST(Table, SaysInWhichFormsARouteMayFail) {
  Served served;
  const Answered answer = served.ask({.path = "/api/v1/openapi.json"});
  const auto types = [&](std::string place) {
    std::set<std::string> names;
    for (const auto& one : answer.at("/paths/" + place + "/content").get_object()) {
      names.insert(std::string(one.key()));
    }
    return names;
  };
  const std::set<std::string> own = {"application/json", "application/problem+json"};
  for (const char* status : {"400", "404"}) {
    EXPECT_EQ(types("~1v1~1query/post/responses/" + std::string(status)), own);
    EXPECT_EQ(types("~1api~1v1~1cases/get/responses/" + std::string(status)),
              std::set<std::string>{"application/problem+json"});
  }
}

TEST(Table, WritesTheSchemaOfABodyFromItsRow) {
  const json::Value schema = schema_of(std::vector<Input>{
      needed("ground", Kind::text), optional("level", Kind::level), choice("as", {"a", "b"})});
  EXPECT_EQ(json::canonical(schema.at("required")), R"(["ground","as"])");
  EXPECT_EQ(json::canonical(schema.at("properties").at("as").at("enum")), R"(["a","b"])");
  EXPECT_FALSE(schema.at("additionalProperties").get_bool());
  EXPECT_TRUE(is_schema("Case"));
  EXPECT_FALSE(is_schema("The bytes as they were published"));
  EXPECT_EQ(schema_of("Case").at("$ref").get_string(), "#/components/schemas/Case");
}

TEST(Table, ReadsEachKindOfField) {
  const std::vector<Input> inputs = {optional("t", Kind::text),   optional("n", Kind::number),
                                     optional("f", Kind::fact),   optional("l", Kind::level),
                                     optional("ts", Kind::texts), optional("ns", Kind::numbers)};
  const auto full =
      Body::read(inputs, R"({"t":"x","n":-3,"f":"yes","l":"notice","ts":["a","b"],"ns":[1,2]})");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->text("t"), "x");
  EXPECT_EQ(full->number("n"), -3);
  EXPECT_EQ(full->fact("f"), policy::Fact::yes);
  EXPECT_EQ(full->level("l"), Level::notice);
  EXPECT_EQ(full->texts("ts"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(full->numbers("ns"), (std::vector<std::int64_t>{1, 2}));
  const auto empty = Body::read(inputs, "{}");
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->has("t"));
  EXPECT_EQ(empty->fact("f"), policy::Fact::unknown);
  EXPECT_EQ(empty->find_fact("f"), std::nullopt);
  EXPECT_EQ(empty->level("l", Level::advisory), Level::advisory);
  EXPECT_TRUE(empty->texts("ts").empty());
  for (const char* bad : {R"({"ts":"a"})", R"({"ts":[1]})", R"({"ns":["1"]})", R"({"f":true})",
                          R"({"l":3})", R"({"n":"3"})", R"({"t":null})", "", "{", "null"}) {
    EXPECT_EQ(app::code_of(Body::read(inputs, bad)), Code::invalid) << bad;
  }
}

TEST(Table, AnswersWithTheStatusThatFits) {
  EXPECT_EQ(created(json::Object{}).status, 201);
  EXPECT_EQ(ok(json::Object{}).status, 200);
  EXPECT_EQ(nothing().status, 204);
  EXPECT_EQ(told(app::Done{"w", ""}).status, 202);
  EXPECT_EQ(told(app::Done{"", "r"}).status, 200);
  EXPECT_EQ(told(Status())->status, 204);
  EXPECT_EQ(refusal(Error{Code::denied, std::string(app::kNotSignedIn)}).status, 401);
  EXPECT_EQ(refusal(Error{Code::denied, "no"}).status, 403);
  const http::Response slow = refusal(Error{Code::unavailable, std::string(app::kTooMany)});
  EXPECT_EQ(slow.status, 429);
  EXPECT_EQ(slow.headers.find("Retry-After"), "60");
  EXPECT_EQ(paging_parameters().size(), 2u);
}

TEST(Table, ALimitIsCountedByTheNetworkOfTheClient) {
  http::Request request;
  request.peer.address = *http::Address::parse("2001:db8:1:2::3");
  EXPECT_EQ(network_of(request), "2001:db8:1::/56");
  request.peer.via = http::Via::local_socket;
  EXPECT_EQ(network_of(request), "");
}

TEST(Table, AQueryParameterThatIsGivenTwiceIsRefused) {
  Served served;
  EXPECT_EQ(served.ask({.path = "/api/v1/cases?limit=1&limit=2", .as = "rita"}).status, 400);
  http::Request request;
  request.query = {{"a", "1"}};
  const app::Actor nobody;
  const Call call{served.world.app(), nobody, request, {}};
  EXPECT_EQ(*query_text(call, "a"), "1");
  EXPECT_EQ(*query_text(call, "b"), "");
}

TEST(Table, AsksForOneRowMoreThanItShows) {
  Served served;
  http::Request request;
  request.query = {{"limit", "2"}, {"after", "62"}};
  const app::Actor nobody;
  const Call call{served.world.app(), nobody, request, {}};
  const auto wanted = wanted_page(call);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->after, "b");
  EXPECT_EQ(wanted->most, 3);
  const auto shown = [&](std::vector<std::string> names) {
    json::Array rows;
    for (const std::string& name : names) {
      rows.push_back(json::Object{{"name", name}});
    }
    return std::get<std::string>(
        page_of(*wanted, std::move(rows), {.key = "name", .list = "list"}).body);
  };
  EXPECT_EQ(shown({"c", "d", "e"}),
            R"({"list":[{"name":"c"},{"name":"d"}],"more":true,"next":"64"})");
  EXPECT_EQ(shown({"c", "d"}), R"({"list":[{"name":"c"},{"name":"d"}],"more":false,"next":"64"})");
  EXPECT_EQ(shown({}), R"({"list":[],"more":false,"next":"62"})");
}

TEST(Table, ShowsAgesToPeopleAndTimesToPrograms) {
  const std::vector<app::QueueRow> rows = {{"c", {0}, 3, policy::CaseState::received, ""}};
  const json::Value aged = view_with_age(rows, Instant{7'200'000});
  EXPECT_EQ(aged.at(0).at("age_hours").get_int64(), 2);
  EXPECT_EQ(view(rows).at(0).at("received").get_string(), "1970-01-01T00:00:00.000Z");
}

TEST(Table, AWorkListHoldsTheQueueForCoordinatorsAlone) {
  Served served;
  served.report("rita");
  const auto rita = work_list(served.world.app(), app::as("rita"));
  const auto cora = work_list(served.world.app(), app::as("cora"));
  ASSERT_TRUE(rita && cora);
  EXPECT_EQ(rita->at("cases").get_array().size(), 1u);
  EXPECT_EQ(rita->at("queue").get_array().size(), 0u);
  EXPECT_EQ(cora->at("queue").get_array().size(), 1u);
  EXPECT_FALSE(cora->at("more").get_bool());
  // The lists of work are bounded; what is beyond is in the lists themselves.
  ASSERT_TRUE(served.world.db().execute([](store::Tx& tx) -> Status {
    for (std::int64_t i = 0; i < kMostRows; ++i) {
      TRY(tx.run(
          "INSERT INTO case_file (ref, stream, content_key, state, label, received_ms, size, "
          "vulnerabilities) SELECT ref || $1, stream, content_key, state, label, "
          "received_ms, size, vulnerabilities FROM case_file WHERE id = 1",
          {i}));
    }
    return {};
  }));
  const auto many = work_list(served.world.app(), app::as("cora"));
  ASSERT_TRUE(many);
  EXPECT_EQ(std::ssize(many->at("queue").get_array()), kMostRows);
  EXPECT_TRUE(many->at("more").get_bool());
}

TEST(Listeners, TakeNumericAddressesWithAPort) {
  EXPECT_EQ(main::parse_endpoint("127.0.0.1:80")->port, 80);
  EXPECT_EQ(main::parse_endpoint("[2001:db8::1]:443")->address, "2001:db8::1");
  for (const char* bad : {"", "80", "localhost:80", "127.0.0.1", "127.0.0.1:65536", "::1:80",
                          "[127.0.0.1]:80", "127.0.0.1:-1", "[::1:80"}) {
    EXPECT_FALSE(main::parse_endpoint(bad)) << bad;
  }
}

TEST(Listeners, NothingIsSentInTheClearToOthers) {
  config::Config config;
  const auto of = [&] { return main::listeners_of(config, "folder"); };
  ASSERT_TRUE(of());
  EXPECT_EQ(of()->listeners.size(), 2u);
  EXPECT_EQ(of()->listeners.back().address, "folder/weir.sock");
  config.listen = "192.0.2.1:80";
  EXPECT_EQ(app::code_of(of()), Code::invalid);
  config.trusted_proxies = "192.0.2.0/24  2001:db8::/32";
  ASSERT_TRUE(of());
  EXPECT_EQ(of()->trusted_proxies.size(), 2u);
  config.trusted_proxies = "proxy";
  EXPECT_EQ(app::code_of(of()), Code::invalid);
  config.trusted_proxies.clear();
  config.tls_certificate = "cert.pem";
  config.tls_key = "key.pem";
  config.admin_listen = "127.0.0.1:0";
  ASSERT_TRUE(of());
  EXPECT_EQ(of()->listeners.front().tls->key, "folder/key.pem");
  EXPECT_EQ(of()->listeners.size(), 3u);
}

TEST(Listeners, OperatorsAreServedToThisMachineUnlessItIsSaid) {
  config::Config config;
  for (const char* elsewhere : {"0.0.0.0:9090", "[::]:9090", "192.0.2.1:9090", "10.0.0.1:9090"}) {
    config.admin_listen = elsewhere;
    config.admin_network = "closed";
    const auto refused = main::listeners_of(config, "folder");
    ASSERT_EQ(app::code_of(refused), Code::invalid) << elsewhere;
    EXPECT_EQ(refused.error().where, elsewhere);
    config.tls_certificate = "cert.pem";  // that is not the operators'
    config.tls_key = "key.pem";
    EXPECT_EQ(app::code_of(main::listeners_of(config, "folder")), Code::invalid) << elsewhere;
    config.admin_network = "open";
    EXPECT_TRUE(main::listeners_of(config, "folder")) << elsewhere;
  }
  config.admin_network = "closed";
  for (const char* here : {"127.0.0.1:9090", "127.1.2.3:9090", "[::1]:9090", ""}) {
    config.admin_listen = here;
    EXPECT_TRUE(main::listeners_of(config, "folder")) << here;
  }
}

}  // namespace
}  // namespace weir::api
