// The public records over the table of routes: for everybody, cached right, in nobody's way.
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "api/changes.h"
#include "app/limits.h"
#include "catalog/import.h"
#include "rows.h"
#include "served.h"

namespace weir::api {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecord =
    R"({"id":"A-1","modified":"2026-01-01T00:00:00Z","aliases":["CVE-2026-1"],"summary":"Anvils fall",)"
    R"("affected":[{"package":{"ecosystem":"PyPI","name":"anvil"},"ranges":[{"type":"ECOSYSTEM",)"
    R"("events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]})";

class PublicRoutes : public ::testing::Test {
 protected:
  PublicRoutes()
      : folder_(fs::temp_directory_path() / ("weir-public-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    import(std::string(kRecord));
    records_ = std::make_unique<compat::Public>(path());
    EXPECT_TRUE(records_->refresh());
    service_ = std::make_unique<Service>(Parts{.app = served_.world.app()});
    served_.service =
        std::make_unique<Service>(Parts{.app = served_.world.app(), .records = records_.get()});
  }
  ~PublicRoutes() override {
    records_.reset();
    fs::remove_all(folder_);
  }
  std::string path() const { return (folder_ / "public.db").string(); }
  void import(const std::string& lines) {
    const auto db = *catalog::open(path(), catalog::Use::import);
    EXPECT_TRUE(catalog::import(*db, served_.world.clock, {.name = "x.ndjson", .bytes = lines}));
  }
  Answered post(const std::string& path, const std::string& body) {
    return served_.ask({.method = "POST", .path = path, .body = body});
  }

  Served served_;
  fs::path folder_;
  std::unique_ptr<compat::Public> records_;
  std::unique_ptr<Service> service_;  // that has no public database
};

bool is_public(const http::Route& route) {
  return route.pattern.starts_with("/v1/") || route.pattern.starts_with("/api/v1/search") ||
         route.pattern.starts_with("/api/v1/vulnerabilities") ||
         route.pattern.starts_with("/api/v1/match") ||
         route.pattern.starts_with("/api/v1/changes") || route.pattern.starts_with("/rest/json/") ||
         route.pattern.starts_with("/osv/") || route.pattern.starts_with("/api/v1/dump") ||
         route.pattern.starts_with("/kev.") || route.pattern.starts_with("/data/v1/");
}

TEST_F(PublicRoutes, AnswerEverybody) {
  const std::string package = R"("package":{"ecosystem":"PyPI","name":"anvil"})";
  EXPECT_EQ(post("/v1/query", R"({"version":"1.0",)" + package + "}").body,
            R"({"vulns":[)" + std::string(kRecord) + "]}");
  EXPECT_EQ(post("/v1/query", R"({"version":"2.0",)" + package + "}").body, "{}");
  EXPECT_EQ(post("/v1/query", "").text("/message"), "no query provided");
  EXPECT_EQ(post("/v1/querybatch", R"({"queries":[{"version":"1.0",)" + package + "}]}")
                .text("/results/0/vulns/0/id"),
            "A-1");
  EXPECT_EQ(served_.ask({.path = "/v1/vulns/A-1"}).body, kRecord);
  EXPECT_EQ(served_.ask({.path = "/v1/vulns/A-2"}).status, 404);
  EXPECT_EQ(served_.ask({.path = "/api/v1/search?q=anvi"}).text("/hits/0/title"), "Anvils fall");
  EXPECT_EQ(served_.ask({.path = "/api/v1/vulnerabilities/CVE-2026-1"}).text("/ids/0"), "A-1");
  EXPECT_EQ(served_.ask({.path = "/api/v1/vulnerabilities/CVE-2026-1/osv"}).body, kRecord);
  EXPECT_EQ(served_.ask({.path = "/api/v1/vulnerabilities/A-1/osv/history"}).text("/id"), "A-1");
  EXPECT_EQ(post("/api/v1/match", R"({"queries":[{"purl":"pkg:pypi/anvil@1"}]})")
                .text("/results/0/findings/0/fixed_in"),
            "2.0");
  EXPECT_EQ(served_.ask({.path = "/api/v1/changes"}).text("/changes/0/id"), "A-1");
  const Answered atom = served_.ask({.path = "/api/v1/changes.atom"});
  EXPECT_NE(atom.body.find("Anvils fall"), std::string::npos);
  EXPECT_EQ(atom.headers.find("Content-Type"), "application/atom+xml");
}

TEST_F(PublicRoutes, OsvIsAskedAsItsDocumentationDoes) {
  const std::string query = R"({"version":"1.0","package":{"ecosystem":"PyPI","name":"anvil"}})";
  const std::string form = "application/x-www-form-urlencoded";  // of curl -d
  EXPECT_EQ(served_.ask({.method = "POST", .path = "/v1/query", .body = query, .type = form}).body,
            R"({"vulns":[)" + std::string(kRecord) + "]}");
  EXPECT_EQ(served_
                .ask({.method = "POST",
                      .path = "/v1/querybatch",
                      .body = R"({"queries":[)" + query + "]}",
                      .type = form})
                .text("/results/0/vulns/0/id"),
            "A-1");
}

TEST_F(PublicRoutes, AnInventoryIsTakenWhateverItsTypeSays) {
  const Answered answer = served_.ask(
      {.method = "POST",
       .path = "/api/v1/match/inventory",
       .body =
           "<bom xmlns='http://cyclonedx.org/schema/bom/1.5' version='1'><components><component "
           "type='library'><name>anvil</name><version>1</version><purl>pkg:pypi/anvil@1</purl>"
           "</component></components></bom>",
       .type = "text/xml"});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.text("/findings/0/id"), "A-1");
}

TEST_F(PublicRoutes, AnswersOfGetMayBeKeptAndAskedAgain) {
  for (const char* path : {"/v1/vulns/A-1", "/api/v1/search?q=anvil", "/api/v1/changes",
                           "/api/v1/changes.atom", "/api/v1/vulnerabilities/A-1"}) {
    http::Request request;
    request.path = path;
    const Answered answer = served_.ask({.path = path});
    EXPECT_EQ(answer.etag.size(), 32U) << path;
    EXPECT_EQ(answer.caching, http::Caching::revalidate) << path;
    EXPECT_EQ(served_.ask({.path = path}).etag, answer.etag) << path;
  }
  EXPECT_EQ(served_.ask({.path = "/v1/vulns/A-2"}).caching, http::Caching::no_store);
  EXPECT_EQ(post("/v1/querybatch", R"({"queries":[]})").caching, http::Caching::no_store);
}

TEST_F(PublicRoutes, NvdsClientsFindWhatTheyExpect) {
  const Answered none = served_.ask({.path = "/rest/json/cves/2.0?cveId=CVE-2026-1234&hasKev="});
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(none.text("/format"), "NVD_CVE");
  EXPECT_EQ(none.etag.size(), 32U);
  EXPECT_EQ(served_.ask({.path = "/rest/json/cves/2.0/?cveId=CVE-2026-1234"}).body,
            served_.ask({.path = "/rest/json/cves/2.0?cveId=CVE-2026-1234"}).body);
  EXPECT_EQ(served_.ask({.path = "/api/v1/search/?q=a"}).status, 404);
  const Answered wrong = served_.ask({.path = "/rest/json/cves/2.0?colour=red"});
  EXPECT_EQ(wrong.status, 404);
  EXPECT_EQ(wrong.body, "");
  EXPECT_EQ(wrong.headers.find("message"), "there is no such parameter here");
}

TEST_F(PublicRoutes, FilesOfEverythingAreThere) {
  for (const char* path : {"/osv/ecosystems.txt", "/osv/modified_id.csv", "/osv/PyPI/all.zip",
                           "/osv/PyPI/modified_id.csv", "/api/v1/dump.ndjson.zst"}) {
    const Answered answer = served_.ask({.path = path});
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.etag.size(), 32U) << path;
    EXPECT_EQ(answer.caching, http::Caching::revalidate) << path;
  }
  EXPECT_EQ(served_.ask({.path = "/osv/None/all.zip"}).status, 404);
  for (const char* path : {"/osv/all.zip", "/osv/PyPI/all.zip"}) {
    const Answered answer = served_.ask({.path = path});
    const auto sum = answer.headers.find("X-Goog-Hash");
    ASSERT_TRUE(sum) << path;
    EXPECT_TRUE(sum->starts_with("crc32c=")) << path;
    EXPECT_EQ(sum->size(), 15U) << path;
  }
  EXPECT_EQ(served_.ask({.path = "/osv/PyPI/A-1.json"}).body, kRecord);
  EXPECT_EQ(served_.ask({.path = "/osv/npm/A-1.json"}).status, 404);
  EXPECT_EQ(served_.ask({.path = "/kev.json"}).status, 404);  // no catalogue was imported
  EXPECT_EQ(served_.ask({.path = "/kev.csv"}).status, 404);
  EXPECT_EQ(served_.ask({.path = "/data/v1/epss?cve=CVE-2026-1"}).status, 200);
  EXPECT_EQ(served_.ask({.path = "/data/v1/epss?days=3"}).status, 400);
}

TEST_F(PublicRoutes, TheHeadOfTheFeedIsSignedByThePlatform) {
  const Answered head = served_.ask({.path = "/api/v1/changes/head"});
  EXPECT_EQ(head.status, 200);
  const std::string origin = served_.world.app().ledger.settings().origin;
  EXPECT_TRUE(head.body.starts_with("weir-changes/v1\n" + origin + "\n")) << head.body;
  EXPECT_NE(head.body.find("\n\n\u2014 " + origin + "/promise "), std::string::npos);
}

TEST_F(PublicRoutes, TheFeedComesAsEventsFromACursor) {
  http::EventStream::Taken taken;
  ChangesFeed feed;
  const auto from_start = std::make_shared<http::EventStream>();
  const auto from_now = std::make_shared<http::EventStream>();
  ASSERT_TRUE(feed.add(*records_, "0", from_start));
  ASSERT_TRUE(feed.add(*records_, "", from_now));
  EXPECT_EQ(feed.add(*records_, "9", from_now).error().code, Code::invalid);
  feed.feed(*records_);
  taken = from_start->take();
  EXPECT_TRUE(taken.bytes.starts_with("id: 1\nevent: changes\ndata: {\"changes\":[{"))
      << taken.bytes;
  EXPECT_EQ(taken.bytes.find("\"record\""), std::string::npos);
  EXPECT_EQ(from_now->take().bytes, "");
  feed.feed(*records_);
  EXPECT_EQ(from_start->take().bytes, "");  // nothing twice
  from_start->abandon();
  feed.feed(*records_);
  EXPECT_EQ(feed.open(), 1U);
}

TEST_F(PublicRoutes, WhoTakesEventsAtOnceIsSentAllThatThereIs) {
  std::string lines;
  for (std::size_t i = 0; i < 3 * kChangesOfEvent; ++i) {
    lines += fmt::format(R"({{"id":"E-{}","modified":"2024-01-01T00:00:00Z"}})", i) + "\n";
  }
  ChangesFeed feed;
  const auto quick = std::make_shared<http::EventStream>();
  const auto slow = std::make_shared<http::EventStream>();
  std::string taken;
  quick->on_change([&] { taken += quick->take().bytes; });
  ASSERT_TRUE(feed.add(*records_, "", quick));
  ASSERT_TRUE(feed.add(*records_, "", slow));
  import(lines);
  feed.feed(*records_);
  const auto events = [](std::string_view bytes) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = bytes.find("event: changes", at)) != bytes.npos; ++at) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(events(taken), 3U);
  EXPECT_NE(taken.find("\"E-1499\""), std::string::npos);
  const std::size_t waiting = slow->waiting();
  const std::string first = slow->take().bytes;
  EXPECT_EQ(events(first), 1U);
  EXPECT_EQ(waiting, first.size());
  EXPECT_EQ(slow->waiting(), 0U);
  feed.feed(*records_);
  EXPECT_EQ(events(slow->take().bytes), 1U);  // the next, none is lost
  EXPECT_EQ(events(taken), 3U);
}

TEST_F(PublicRoutes, InventoriesHaveALimitOfTheirOwn) {
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const Answered answer =
        served_.ask({.method = "POST", .path = "/api/v1/match/inventory", .body = "x"});
    taken += answer.status == 400 ? 1 : 0;
    EXPECT_TRUE(answer.status == 400 || answer.status == 429) << answer.status;
  }
  EXPECT_EQ(taken, static_cast<int>(app::kInventories.burst));
  const Answered refused = served_.ask(
      {.method = "POST", .path = "/api/v1/match/inventory", .body = "x", .client = "192.0.2.99"});
  EXPECT_EQ(refused.status, 400) << "another network";
  for (const http::Route& route : served_.service->for_everybody()->routes()) {
    EXPECT_EQ(route.admission != nullptr, route.operation == "match_inventory")
        << route.operation << ": whoever is counted before its body comes";
  }
}

TEST_F(PublicRoutes, BadQuestionsNameTheirPlace) {
  EXPECT_EQ(served_.ask({.path = "/api/v1/search?score=x"}).text("/where"), "score");
  EXPECT_EQ(served_.ask({.path = "/api/v1/search?colour=x"}).status, 400);
  EXPECT_EQ(served_.ask({.path = "/api/v1/search?q=a&q=b"}).text("/where"), "q");
  EXPECT_EQ(post("/api/v1/match", R"({"queries":[{}]})").text("/where"), "/queries/0");
  EXPECT_EQ(served_.ask({.path = "/api/v1/vulnerabilities/A-9"}).status, 404);
}

TEST_F(PublicRoutes, WithoutADatabaseTheyAreUnavailableAndReportsAreNot) {
  std::swap(served_.service, service_);
  int asked = 0;
  for (const Row& row : all_rows(served_)) {
    http::Route route;
    route.pattern = row.pattern;
    if (is_public(route)) {
      EXPECT_EQ(served_.ask(asking_for(row, {})).status, 503) << row.operation;
      ++asked;
    }
  }
  EXPECT_EQ(asked, 27);
  EXPECT_EQ(served_.report("").status, 201);
}

TEST_F(PublicRoutes, ACaseChangesNoPublicAnswer) {
  const std::vector<std::string> paths = {"/api/v1/search", "/api/v1/search?q=overflow",
                                          "/api/v1/changes", "/api/v1/changes.atom"};
  std::vector<std::string> before;
  for (const std::string& path : paths) {
    before.push_back(served_.ask({.path = path}).body);
  }
  EXPECT_EQ(served_.report("rita").status, 201);
  EXPECT_TRUE(records_->refresh());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(served_.ask({.path = paths[i]}).body, before[i]) << paths[i];
  }
}

}  // namespace
}  // namespace weir::api
