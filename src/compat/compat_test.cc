// The answers that other people's clients ask for.
#include "compat/compat.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/import.h"
#include "compat/feed.h"
#include "compat/osv_api.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

std::string record(const std::string& id, const std::string& more, int month = 1) {
  return fmt::format(R"({{"id":"{}","modified":"2024-0{}-01T00:00:00Z"{}}})", id, month, more);
}

std::string affects(const std::string& ecosystem, const std::string& name,
                    const std::string& fixed) {
  return fmt::format(
      R"(,"affected":[{{"package":{{"ecosystem":"{}","name":"{}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{}"}}]}}]}}])",
      ecosystem, name, fixed);
}

class Compat : public ::testing::Test {
 protected:
  Compat() : folder_(fs::temp_directory_path() / fmt::format("weir-compat-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = *catalog::open((folder_ / "public.db").string(), catalog::Use::import);
    take(first_ + "\n" + second_ + "\n" +
         record("W-1", R"(,"withdrawn":"2024-01-01T00:00:00Z")" + affects("PyPI", "jinja2", "9")) +
         "\n" + R"({"cveID":"CVE-1","vendorProject":"V","product":"P"})");
  }
  ~Compat() override {
    db_.reset();
    fs::remove_all(folder_);
  }
  void take(const std::string& lines) {
    ASSERT_TRUE(catalog::import(*db_, clock_, {.name = "x.ndjson", .bytes = lines}));
  }
  store::ReadTx read() { return *db_->read(); }

  const std::string first_ =
      record("A-1", R"(,"aliases":["CVE-1"])" + affects("PyPI", "jinja2", "2.0"));
  const std::string second_ = record("B-1", affects("PyPI", "jinja2", "3.0"));
  fs::path folder_;
  ManualClock clock_{Instant{1'700'000'000'000}};
  std::unique_ptr<store::Db> db_;
};

struct OsvCase {
  std::string body;
  int status;
  std::string answer;
};

TEST_F(Compat, OsvQuery) {
  const std::string both = R"({"vulns":[)" + first_ + "," + second_ + "]}";
  const OsvCase cases[] = {
      {R"({"version":"2.5","package":{"name":"Jinja2","ecosystem":"PyPI"}})", 200,
       R"({"vulns":[)" + second_ + "]}"},
      {R"({"version":"1.0","package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, both},
      {R"({"version":"3.0","package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, "{}"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"}})", 200, both},
      {R"({"package":{"purl":"pkg:pypi/jinja2@1.0"}})", 200, both},
      {R"({"package":{"purl":"pkg:pypi/jinja2"},"version":"2.5"})", 200,
       R"({"vulns":[)" + second_ + "]}"},
      {R"({"package":{"purl":"pkg:strange/jinja2@1.0"}})", 200, "{}"},
      {R"({"commit":"6879efc2c1596d11a6a6ad296f80063b558d5e0f"})", 200, "{}"},
      {"", 400, R"({"code":3,"message":"no query provided"})"},
      {"{}", 400, R"({"code":3,"message":"invalid query"})"},
      {"[]", 400, R"({"code":3,"message":"invalid query"})"},
      {R"({"commit":""})", 400, R"({"code":3,"message":"invalid hash"})"},
      {R"({"commit":"xyz"})", 400, R"({"code":3,"message":"invalid hash"})"},
      {R"({"package":{"purl":"pkg:pypi/a","name":"a"}})", 400,
       R"({"code":3,"message":"name specified in a PURL query"})"},
      {R"({"package":{"purl":"pkg:pypi/a","ecosystem":"PyPI"}})", 400,
       R"({"code":3,"message":"ecosystem specified in a PURL query"})"},
      {R"({"package":{"purl":"pkg:pypi/a@1"},"version":"1"})", 400,
       R"({"code":3,"message":"version specified in params and PURL query"})"},
      {R"({"package":{"purl":"pypi/a"}})", 400, R"({"code":3,"message":"invalid PURL"})"},
      {R"({"package":{"name":"a","ecosystem":"Strange"},"version":"1"})", 400,
       R"({"code":3,"message":"invalid ecosystem"})"},
      {R"({"package":{"name":"a"}})", 400, R"({"code":3,"message":"ecosystem not specified"})"},
      {R"({"package":{"name":7}})", 400,
       R"({"code":3,"message":"/package/name: must be a string"})"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"},"page_token":"%"})", 400,
       R"({"code":3,"message":"invalid page token"})"},
      {R"({"package":{"name":"jinja2","ecosystem":"PyPI"},"page_token":"QS0x"})", 200,
       R"({"vulns":[)" + second_ + "]}"},
  };
  const store::ReadTx tx = read();
  for (const OsvCase& c : cases) {
    EXPECT_EQ(osv_query(*tx, c.body), (Answer{c.status, c.answer})) << c.body;
  }
}

TEST_F(Compat, OsvBatch) {
  const store::ReadTx tx = read();
  const std::string query = R"({"version":"2.5","package":{"name":"jinja2","ecosystem":"PyPI"}})";
  EXPECT_EQ(
      osv_query_batch(*tx, R"({"queries":[)" + query + R"(,{"package":{"purl":"pkg:npm/x@1"}}]})"),
      (Answer{
          200,
          R"({"results":[{"vulns":[{"id":"B-1","modified":"2024-01-01T00:00:00.000Z"}]},{}]})"}));
  EXPECT_EQ(osv_query_batch(*tx, R"({"queries":[)" + query + ",{}]}"),
            (Answer{400, R"({"code":3,"message":"error in query at index 1: invalid query"})"}));
  EXPECT_EQ(osv_query_batch(*tx, R"({"queries":[]})"), (Answer{200, R"({"results":[]})"}));
  EXPECT_EQ(osv_query_batch(*tx, "{}").status, 400);
  EXPECT_EQ(osv_query_batch(*tx, R"({"queries":7})"),
            (Answer{400, R"({"code":3,"message":"invalid queries"})"}));
  std::string many = query;
  for (std::size_t i = 0; i < kMostQueries; ++i) {
    many += "," + query;
  }
  EXPECT_EQ(osv_query_batch(*tx, R"({"queries":[)" + many + "]}"),
            (Answer{400, R"({"code":3,"message":"too many queries"})"}));
}

TEST_F(Compat, OsvVulnerability) {
  const store::ReadTx tx = read();
  EXPECT_EQ(osv_vulnerability(*tx, "A-1"), (Answer{200, first_}));
  EXPECT_EQ(osv_vulnerability(*tx, "a-1"),
            (Answer{404, R"({"code":5,"message":"Vulnerability not found"})"}));
  EXPECT_EQ(
      osv_vulnerability(*tx, "CVE-1").body,
      R"({"code":5,"message":"Vulnerability not found, but the following aliases were: A-1"})");
  EXPECT_EQ(osv_vulnerability(*tx, "").body, R"({"code":3,"message":"ID is required"})");
  EXPECT_EQ(osv_vulnerability(*tx, std::string(101, 'x')).body,
            R"({"code":3,"message":"ID is too long"})");
}

TEST_F(Compat, WhoFollowsTheFeedMissesNothing) {
  std::string cursor;
  std::vector<std::string> seen;
  const auto follow = [&] {
    const store::ReadTx tx = read();
    for (bool is_more = true; is_more;) {
      const Answer answer = changes(*tx, {.cursor = cursor, .limit = 2});
      ASSERT_EQ(answer.status, 200);
      const json::Value page = *json::parse(answer.body);
      for (const json::Value& change : page.at("changes").as_array()) {
        seen.emplace_back(change.at("id").as_string());
      }
      cursor = page.at("cursor").as_string();
      is_more = page.at("more").as_bool();
    }
  };
  follow();
  EXPECT_EQ(seen, (std::vector<std::string>{"A-1", "B-1", "W-1", "CVE-1"}));
  seen.clear();
  follow();
  EXPECT_TRUE(seen.empty());
  take(record("B-1", "", 2) + "\n" + record("B-1", "", 3) + "\n" + record("C-1", ""));
  follow();
  EXPECT_EQ(seen, (std::vector<std::string>{"B-1", "C-1"}));  // once, as it is now
}

TEST_F(Compat, ChangesSayWhatAndFilter) {
  const store::ReadTx tx = read();
  const json::Value page = *json::parse(changes(*tx, {.source = advisory::Source::kev}).body);
  ASSERT_EQ(page.at("changes").as_array().size(), 1U);
  EXPECT_EQ(page.at("changes").at(0).at("record").at("cveID").as_string(), "CVE-1");
  EXPECT_EQ(page.at("cursor").as_string(), "4");
  const json::Value bare =
      *json::parse(changes(*tx, {.limit = 3, .records = ChangesQuery::Records::without}).body);
  EXPECT_FALSE(bare.at("changes").at(0).as_object().contains("record"));
  EXPECT_EQ(bare.at("changes").at(2).at("state").as_string(), "withdrawn");
  EXPECT_EQ(changes(*tx, {.cursor = "x"}).status, 400);
  EXPECT_EQ(changes(*tx, {.cursor = "5"}).status, 400);
  EXPECT_EQ(changes(*tx, {.cursor = "99999999999999999999"}).status, 400);
}

TEST_F(Compat, AtomIsNewestFirstAndEscaped) {
  take(record("D-1", R"(,"summary":"<b> & \"q\"\u0001")"));
  const Answer feed = atom(*read(), "https://weir.example/known/");
  EXPECT_EQ(feed.status, 200);
  EXPECT_NE(feed.body.find("<title>D-1: &lt;b&gt; &amp; &quot;q&quot; </title>"),
            std::string::npos);
  EXPECT_LT(feed.body.find("D-1"), feed.body.find("A-1"));
  EXPECT_NE(feed.body.find("<link href=\"https://weir.example/known/D-1\"/>"), std::string::npos);
}

}  // namespace
}  // namespace weir::compat
