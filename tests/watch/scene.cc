#include "scene.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/news.h"

namespace weir::watch_tests {
namespace {

using policy::Role;
constexpr Instant kFirstImport{1'790'000'000'000};

std::string quoted(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& one : texts) {
    all += (all.empty() ? "\"" : ",\"") + one + "\"";
  }
  return "[" + all + "]";
}

}  // namespace

std::string products(const std::vector<std::string>& purls) {
  std::string all;
  for (const std::string& one : purls) {
    all += (all.empty() ? "" : ",") + std::string(R"({"purl":")") + one + "\"}";
  }
  return R"({"products":[)" + all + "]}";
}

Scene::Scene(Records records, const std::string& vfs) : world(vfs) {
  EXPECT_TRUE(world.create());
  EXPECT_TRUE(world.found());
  const app::Actor ada = app::as("ada");
  EXPECT_TRUE(app::add_user(world.app(), ada, {"remo", "Lark", {Role::recipient}}));
  EXPECT_TRUE(app::add_user(world.app(), ada, {"audrey", "Lark", {Role::auditor}}));
  EXPECT_TRUE(app::add_user(world.app(), ada, {"acma", "ACME", {Role::administrator}}));
  EXPECT_TRUE(app::add_channel(world.app(), app::as("rita"), {.address = "rita@lark.example"}));
  records_ = *catalog::open(path(), catalog::Use::import);
  forget();
  if (records == Records::some) {
    osv({.id = "BASE-1", .package = "base"});
  }
}

std::string Scene::next_time() {
  ++minutes_;
  return to_rfc3339(kFirstImport + std::chrono::minutes(minutes_));
}

void Scene::import(const std::string& name, const std::string& bytes,
                   std::optional<advisory::Source> only) {
  const auto outcome =
      catalog::import(*records_, world.clock, {.name = name, .bytes = bytes}, {.only = only});
  ASSERT_TRUE(outcome) << text(outcome.error());
  EXPECT_EQ(outcome->rejected, 0U) << bytes;
}

void Scene::osv(const OsvRecord& record) {
  std::string text = fmt::format(R"({{"schema_version":"1.6.0","id":"{}","modified":"{}")",
                                 record.id, next_time());
  if (!record.aliases.empty()) {
    text += R"(,"aliases":)" + quoted(record.aliases);
  }
  if (record.is_withdrawn) {
    text += R"(,"withdrawn":"2026-01-01T00:00:00Z")";
  }
  if (!record.cvss.empty()) {
    text += R"(,"severity":[{"type":"CVSS_V3","score":")" + record.cvss + "\"}]";
  }
  if (!record.package.empty()) {
    text += fmt::format(
        R"(,"affected":[{{"package":{{"ecosystem":"npm","name":"{}"}},"ranges":[{{"type":"SEMVER",)"
        R"("events":[{{"introduced":"0"}},{{"fixed":"{}"}}]}}]}}])",
        record.package, record.fixed);
  }
  import("x.json", text + "}");
}

void Scene::nvd(const std::string& cve, const std::string& product, const std::string& before,
                const std::string& cvss) {
  const std::string time = next_time().substr(0, 23);
  std::string text = fmt::format(
      R"({{"cve":{{"id":"{}","sourceIdentifier":"n","published":"{}","lastModified":"{}",)"
      R"("vulnStatus":"Analyzed","descriptions":[{{"lang":"en","value":"a flaw"}}])",
      cve, time, time);
  if (!cvss.empty()) {
    text += fmt::format(
        R"(,"metrics":{{"cvssMetricV31":[{{"source":"n","type":"Primary","cvssData":{{"version":"3.1",)"
        R"("vectorString":"{}"}}}}]}})",
        cvss);
  }
  if (!before.empty()) {
    text += fmt::format(
        R"(,"configurations":[{{"nodes":[{{"operator":"OR","negate":false,"cpeMatch":[{{"vulnerable":true,)"
        R"("criteria":"cpe:2.3:a:lark:{}:*:*:*:*:*:*:*:*","versionEndExcluding":"{}"}}]}}]}}])",
        product, before);
  }
  import("x.json", text + "}}");
}

void Scene::kev(const std::string& cve) {
  import(
      "x.json",
      fmt::format(R"({{"cveID":"{}","vendorProject":"V","product":"P","dateAdded":"2026-01-01"}})",
                  cve));
}

void Scene::epss(const std::string& cve, std::int64_t score) {
  ++minutes_;
  const std::string day =
      to_rfc3339(kFirstImport + std::chrono::hours(24 * minutes_)).substr(0, 10);
  import("epss.csv", fmt::format("#model_version:v1,score_date:{}T00:00:00+0000\n"
                                 "cve,epss,percentile\n{},0.{:06},0.5\n",
                                 day, cve, score));
}

void Scene::remove(const std::string& id) {
  import("x.ndjson", fmt::format(R"({{"feed_time":"{}","op":"D","id":"{}"}})", next_time(), id),
         advisory::Source::osv);
}

void Scene::start_anew() {
  records_.reset();
  std::filesystem::rename(path(), path() + ".old");
  for (const char* more : {"-wal", "-shm"}) {
    std::filesystem::remove(path() + more);
  }
  world.clock.advance(std::chrono::seconds(1));  // what comes in anew comes in at another time
  records_ = *catalog::open(path(), catalog::Use::import);
}

std::string Scene::add(const std::string& name, const std::string& bytes, app::Tell tell) {
  const auto made = app::add_watch_list(world.app(), app::as("rita"),
                                        {.name = name, .bytes = bytes, .tell = tell});
  EXPECT_TRUE(made) << app::said(made);
  return made ? made->reference : "";
}

std::string Scene::add_products(const std::string& name, const std::vector<std::string>& purls) {
  return add(name, products(purls));
}

Result<app::Watcher::Ran> Scene::try_run() {
  return watcher_->run(world.app());
}

app::Watcher::Ran Scene::run() {
  const auto ran = try_run();
  EXPECT_TRUE(ran) << app::said(ran);
  return ran ? *ran : app::Watcher::Ran{};
}

void Scene::forget() {
  watcher_ = std::make_unique<app::Watcher>(path());
}

std::vector<app::FindingView> Scene::findings(const std::string& list,
                                              const app::FindingsWanted& wanted) {
  auto found = app::watch_findings(world.app(), app::as("rita"), list, wanted);
  EXPECT_TRUE(found) << app::said(found);
  return found ? std::move(*found) : std::vector<app::FindingView>();
}

std::string Scene::told(const std::string& list, std::int64_t after) {
  std::string all;
  for (const app::FindingView& one : findings(list, {.after = after})) {
    all += (all.empty() ? "" : ", ") + one.finding.ids.front() + " " +
           std::string(watch::name(one.finding.happened.back().what));
  }
  return all;
}

std::int64_t Scene::last(const std::string& list) {
  const auto all = findings(list);
  return all.empty() ? 0 : all.back().number;
}

std::int64_t Scene::news() {
  return world.number("SELECT COALESCE(SUM(many), 0) FROM news WHERE kind = 7");
}

}  // namespace weir::watch_tests
