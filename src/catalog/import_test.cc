// How records come in, again and again, in any order, with faults.
#include "catalog/import.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "advisory/keys.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "catalog/catalog_test.h"
#include "catalog/file_name.h"
#include "catalog/record.h"

namespace weir::catalog {
namespace {

using advisory::Source;
using advisory::State;

std::string current_bytes(Place& place, Source source, const std::string& id) {
  auto tx = place.db().read();
  CHECK(tx.has_value());
  const auto version = find(**tx, source, id);
  CHECK(version.has_value());
  if (!*version) {
    return "absent";
  }
  const auto text = bytes(**tx, (*version)->version);
  return text ? *text : std::string(name(text.error().code));
}

std::int64_t count(Place& place, std::string_view sql) {
  auto tx = place.db().read();
  CHECK(tx.has_value());
  const auto number = (*tx)->one(sql, {}, [](const store::Row& row) { return row.integer(0); });
  CHECK(number.has_value());
  return number->value_or(-1);
}

const std::string kOld = osv("A-1", "2024-01-01T00:00:00Z", R"(,"summary":"old")");
const std::string kNew = osv("A-1", "2024-02-01T00:00:00Z", R"(,"summary":"new")");

TEST(Import, TheSameBytesChangeNothing) {
  Place place;
  Outcome outcome = place.lines(kOld + "\n" + kOld + "\n\n" + kNew + "\n");
  EXPECT_EQ(outcome.records, 3U);
  EXPECT_EQ(outcome.added, 1U);
  EXPECT_EQ(outcome.changed, 1U);
  EXPECT_EQ(outcome.unchanged, 1U);
  outcome = place.lines(kOld + "\r\n" + kNew);
  EXPECT_EQ(outcome.unchanged, 2U);
  EXPECT_EQ(outcome.records, 2U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kNew);
  EXPECT_EQ(count(place, "SELECT count(*) FROM version"), 2);
}

TEST(Import, TheNewestIsCurrentInWhicheverOrderTheyCome) {
  Place place;
  place.lines(kNew);
  const Outcome outcome = place.lines(kOld);
  EXPECT_EQ(outcome.older, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kNew);
  const std::string equal = osv("A-1", "2024-02-01T00:00:00Z", R"(,"summary":"newer")");
  EXPECT_EQ(place.lines(equal).changed, 1U);  // later arrival decides between equals
  EXPECT_EQ(place.lines(kNew).unchanged, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), equal);
}

TEST(Import, ATimeThatIsStillToComeCountsAsWhenItCameIn) {
  Place place;  // its clock stands at 2026-11-18T11:06:40Z
  const std::string far = osv("A-1", "9999-12-31T00:00:00Z", R"(,"summary":"far")");
  const std::string tomorrow = osv("B-1", "2026-11-19T11:06:40Z", R"(,"summary":"tomorrow")");
  place.lines(far + "\n" + tomorrow);
  place.clock_.advance(std::chrono::hours(1));
  // Before it came in, and after.
  EXPECT_EQ(place.lines(osv("A-1", "2026-11-18T10:53:20Z")).older, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), far);
  const std::string later = osv("A-1", "2026-11-18T11:22:40Z");
  EXPECT_EQ(place.lines(later).changed, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), later);
  EXPECT_EQ(place.lines(far).unchanged, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), later);
  // Another one of that year is what its source says now, until the next.
  const std::string again = osv("A-1", "9999-12-31T00:00:00Z", R"(,"summary":"again")");
  EXPECT_EQ(place.lines(again).changed, 1U);
  // A day ahead is taken at its word.
  EXPECT_EQ(place.lines(osv("B-1", "2026-11-19T11:06:39Z")).older, 1U);
  EXPECT_EQ(place.lines(osv("B-1", "9999-12-31T00:00:00Z")).older, 1U);  // counts as today
  auto tx = place.db().read();
  const auto shown = find(**tx, Source::osv, "A-1");
  ASSERT_TRUE(shown && *shown);
  EXPECT_TRUE(is_ahead(**shown));
  EXPECT_EQ(counted((*shown)->modified, (*shown)->taken), place.clock_.now());
  const auto word = find(**tx, Source::osv, "B-1");
  ASSERT_TRUE(word && *word);
  EXPECT_FALSE(is_ahead(**word));
  EXPECT_EQ(counted((*word)->modified, (*word)->taken), (*word)->modified);
  EXPECT_EQ(counted(std::nullopt, Instant{0}), std::nullopt);
  const auto past = history(**tx, (*shown)->record);
  ASSERT_TRUE(past);
  std::vector<bool> ahead;
  for (const Version& version : *past) {
    ahead.push_back(is_ahead(version));
  }
  // again, later, far (it came before what "later" says), the first "older" one
  EXPECT_EQ(ahead, (std::vector<bool>{true, false, true, false}));
}

TEST(Import, AFeedsTimeThatIsStillToComeDoesNotStandForEver) {
  Place place;
  place.lines(fed("9999-01-01T00:00:00Z", kOld));
  place.clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(place.lines(fed("2026-11-18T10:53:20Z", kNew)).older, 1U);
  EXPECT_EQ(place.lines(fed("2026-11-18T11:52:40Z", kNew)).changed, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kNew);
  const std::string tomorrow = "2026-11-19T11:06:40Z";
  EXPECT_EQ(place.lines(fed(tomorrow, osv("B-1", "2024-01-01T00:00:00Z"), "B-1")).added, 1U);
  EXPECT_EQ(
      place.lines(fed("9999-01-01T00:00:00Z", osv("B-1", "2024-02-01T00:00:00Z"), "B-1")).older,
      1U);  // counts as today
  const auto removal_of = [](const std::string& at) {
    return From{.name = "removal.ndjson",
                .bytes = R"({"feed_time":")" + at + R"(","op":"D","id":"A-1"})"};
  };
  const From removal = removal_of("9999-03-01T00:00:00Z");
  EXPECT_EQ(place.take(removal, {.only = Source::osv}).removed, 1U);
  place.clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(place.lines(fed("2026-11-18T13:05:40Z", kOld)).changed, 1U);  // it came back
  const std::string far = osv("A-1", "2024-03-01T00:00:00Z");
  EXPECT_EQ(place.lines(fed("9999-01-02T00:00:00Z", far)).changed, 1U);
  place.clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(place.take(removal_of("2026-11-18T13:30:00Z"), {.only = Source::osv}).removed, 1U);
}

TEST(Import, AFeedsTimeDecidesBeforeTheRecordsOwn) {
  Place place;
  place.lines(kNew);
  EXPECT_EQ(place.lines(fed("2024-01-15T00:00:00Z", kOld)).older, 1U);    // before kNew was made
  EXPECT_EQ(place.lines(fed("2024-03-01T00:00:00Z", kOld)).changed, 1U);  // it went back
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kOld);
  EXPECT_EQ(place.lines(kNew).unchanged, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kOld);
  const std::string tie = osv("A-1", "2024-01-01T00:00:00Z", R"(,"summary":"tie")");
  EXPECT_EQ(place.lines(tie).older, 1U);
}

TEST(Import, ARemovalIsATombstoneUntilTheRecordComesBack) {
  Place place;
  const std::string removal = R"({"feed_time":"2024-03-01T00:00:00Z","op":"D","id":"A-1"})";
  EXPECT_EQ(place.lines(removal).rejected, 1U);  // of which source?
  place.lines(kOld);
  const Options osv_only{.only = Source::osv};
  const From from{.name = "removal.ndjson", .bytes = removal};
  EXPECT_EQ(place.take(from, osv_only).removed, 1U);
  EXPECT_EQ(place.take(from, osv_only).unchanged, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), "not_found");
  EXPECT_EQ(count(place, "SELECT count(*) FROM facts"), 0);
  EXPECT_EQ(place.lines(fed("2024-02-01T00:00:00Z", kNew)).older, 1U);
  EXPECT_EQ(place.lines(fed("2024-04-01T00:00:00Z", kNew)).changed, 1U);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-1"), kNew);
}

TEST(Import, TheSameRemovalFromTwoSourcesIsTwo) {
  Place place;
  place.lines(
      R"({"cve":{"id":"CVE-2024-0001","published":"2024-01-01T00:00:00","lastModified":"2024-01-01T00:00:00","descriptions":[],"references":[]}})"
      "\n"
      R"({"cveID":"CVE-2024-0001","vendorProject":"V","product":"P"})");
  const From from{.name = "removal.ndjson",
                  .bytes = R"({"feed_time":"2024-03-01T00:00:00Z","op":"D","id":"CVE-2024-0001"})"};
  EXPECT_EQ(place.take(from, {.only = Source::nvd}).removed, 1U);
  EXPECT_EQ(place.take(from, {.only = Source::kev}).removed, 1U);
  EXPECT_EQ(place.take(from, {.only = Source::kev}).unchanged, 1U);
  EXPECT_EQ(count(place, "SELECT count(*) FROM version WHERE state = 3"), 2);
}

TEST(Import, RejectsSayWhereAndWhyAndTheRestGoesOn) {
  Place place;
  const Outcome outcome = place.lines("{\"id\":\n" + kOld + "\n[1]\n" +
                                      R"({"id":"B-1","modified":"x","aliases":[7]})" + "\n");
  EXPECT_EQ(outcome.rejected, 3U);
  EXPECT_EQ(outcome.added, 1U);
  auto tx = place.db().read();
  ASSERT_TRUE(tx);
  const auto list = rejects(**tx, 10);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ((*list)[0].place, "lines.ndjson:1");
  EXPECT_EQ((*list)[1].reason, "a record is a JSON object");
  EXPECT_EQ((*list)[2].place, "lines.ndjson:4");
  EXPECT_EQ((*list)[2].pointer, "/aliases/0");
  const auto past = runs(**tx, 10);
  ASSERT_TRUE(past);
  ASSERT_EQ(past->size(), 1U);
  EXPECT_TRUE((*past)[0].finished);
  EXPECT_EQ((*past)[0].outcome.rejected, 3U);
}

TEST(Import, AFileOfSomethingElseIsLeftEarly) {
  Place place;
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += fmt::format("{{\"label\":{}}}\n", i);
  }
  EXPECT_EQ(place.lines(text).rejected, 1U);
  EXPECT_EQ(place.take({.name = "x.json", .bytes = kOld}, {.only = Source::cve}).rejected, 1U);
}

TEST(Import, EveryFormAndPackingIsTaken) {
  Place place;
  place.file("in/a.json", "[" + osv("A-1", "2024-01-01T00:00:00Z") + ", " +
                              osv("A-2", "2024-01-01T00:00:00Z") + "]");
  place.file("in/b.yaml", "id: B-1\nmodified: 2024-01-01T00:00:00Z\n");
  place.file("in/c.csv", "ICS-CERT_Number,CVE_Number\nICSA-1,CVE-1\n,\n");
  place.file("in/d.csv", "a,b\n1,2\n");
  place.file("in/e.csv",
             "#model_version:v1,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\n"
             "CVE-1,0.97224,1.0\nCVE-2,x,0\n");
  place.file("in/f.txt", "nothing");
  place.file("in/g",
             osv("G-1", "2024-01-01T00:00:00Z") + "\n" + osv("G-2", "2024-01-01T00:00:00Z") + "\n");
  place.file("in/h", "just words");
  ASSERT_EQ(
      std::system(
          fmt::format("cd {0} && mkdir arc && echo '{1}' > arc/z.json && tar -cf in/i.tar arc "
                      "&& zstd -q -c arc/z.json > in/j.json.zst && rm -r arc",
                      place.path("."), osv("Z-1", "2024-01-01T00:00:00Z"))
              .c_str()),
      0);
  const Outcome outcome = place.take({.path = place.path("in")});
  EXPECT_EQ(outcome.added, 7U);
  EXPECT_EQ(outcome.ignored, 1U);
  EXPECT_EQ(outcome.unchanged, 1U);  // Z-1 a second time
  EXPECT_EQ(outcome.rejected, 4U);   // a row without number, a strange table, an EPSS row, words
  EXPECT_EQ(outcome.changed, 1U);    // EPSS
  auto tx = place.db().read();
  ASSERT_TRUE(tx);
  const auto score = epss(**tx, "CVE-1");
  ASSERT_TRUE(score && *score);
  EXPECT_EQ((*score)->score, 972'240);
  EXPECT_EQ((*score)->percentile, 1'000'000);
  EXPECT_EQ((*score)->day, "2026-01-02");
  EXPECT_FALSE(import(place.db(), place.clock_, {.path = place.path("none")}));
}

TEST(Import, ALargeFileIsKnownAsAWhole) {
  Place place;
  std::string text;
  for (int i = 0; i < 600; ++i) {
    text += osv(fmt::format("A-{}", i), "2024-01-01T00:00:00Z",
                fmt::format(R"(,"details":"{:0>2000}")", i)) +
            "\n";
  }
  const std::string path = place.file("a.ndjson", text);
  std::vector<std::uint64_t> totals;
  const Options options{.progress = [&](const Progress& progress) {
    totals.push_back(progress.total);
    EXPECT_EQ(progress.records, 600U);
  }};
  EXPECT_EQ(place.take({.path = path}, options).added, 600U);
  EXPECT_EQ(totals, std::vector<std::uint64_t>{text.size()});
  EXPECT_EQ(count(place, "SELECT count(*) FROM dictionary"), 1);
  EXPECT_EQ(current_bytes(place, Source::osv, "A-7"),
            osv("A-7", "2024-01-01T00:00:00Z", fmt::format(R"(,"details":"{:0>2000}")", 7)));
  const Outcome again = place.take({.path = path});
  EXPECT_EQ(again.known, 1U);
  EXPECT_EQ(again.records, 0U);
  place.open_again();  // dictionaries and hashes are kept
  EXPECT_EQ(place.lines(text).unchanged, 600U);
}

TEST(Import, ProductsAreFoundByTheirKeysAsLongAsTheyStand) {
  Place place;
  const auto record = [](const std::string& modified, const std::string& name) {
    return osv(
        "A-1", modified,
        R"(,"affected":[{"package":{"ecosystem":"npm","name":"x"}},{"package":{"ecosystem":"PyPI","name":")" +
            name + R"("},"versions":["1"]}])");
  };
  const auto under = [&](const std::string& key) {
    auto tx = place.db().read();
    auto found = candidates(**tx, key);
    CHECK(found.has_value());
    return *found;
  };
  place.lines(record("2024-01-01T00:00:00Z", "My_Thing"));
  const auto found = under(advisory::package_key("PyPI", "my-thing"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "A-1");
  EXPECT_EQ(found[0].part, 1U);
  EXPECT_EQ(found[0].affected.versions, std::vector<std::string>{"1"});
  place.lines(record("2024-02-01T00:00:00Z", "other"));
  EXPECT_TRUE(under("PyPI:my-thing").empty());
  EXPECT_EQ(under("PyPI:other").size(), 1U);
  place.lines(osv(
      "A-1", "2024-03-01T00:00:00Z",
      R"(,"withdrawn":"2024-03-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"}}])"));
  EXPECT_TRUE(under("npm:x").empty());
  EXPECT_EQ(count(place, "SELECT count(*) FROM package_version"), 0);
  EXPECT_EQ(count(place, "SELECT count(*) FROM facts"), 1);
}

TEST(Import, AliasesFormGroupsAndFallApart) {
  Place place;
  const auto group = [&](const std::string& id) {
    return count(place, "SELECT vulnerability FROM identifier WHERE name = '" + id + "'");
  };
  place.lines(osv("A-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-1"])"));
  place.lines(osv("B-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-2"])"));
  EXPECT_EQ(group("A-1"), group("CVE-1"));
  EXPECT_NE(group("A-1"), group("B-1"));
  place.lines(osv("C-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-1","CVE-2","A-1"])"));
  EXPECT_EQ(group("A-1"), group("B-1"));
  EXPECT_EQ(count(place, "SELECT count(DISTINCT vulnerability) FROM record"), 1);
  place.lines(osv("C-1", "2024-02-01T00:00:00Z", R"(,"aliases":["CVE-1"])"));
  EXPECT_NE(group("A-1"), group("B-1"));
  EXPECT_EQ(group("A-1"), group("C-1"));
  EXPECT_EQ(group("B-1"), group("CVE-2"));
  EXPECT_EQ(count(place, "SELECT count(DISTINCT vulnerability) FROM record"), 2);
  std::string many;
  for (int i = 0; i < 101; ++i) {
    many += fmt::format("{}\"M-{}\"", i == 0 ? "" : ",", i);
  }
  place.lines(osv("D-1", "2024-01-01T00:00:00Z", ",\"aliases\":[" + many + "]"));
  EXPECT_EQ(group("M-5"), -1);  // a list is no alias
}

TEST(Import, EachLineThatCameInIsKnownAgain) {
  Place place;
  const std::string lines = osv("A-1", "2024-01-01T00:00:00Z") + "\n" +
                            osv("A-2", "2024-01-01T00:00:00Z") + "\n" +
                            osv("A-3", "2024-01-01T00:00:00Z");
  place.lines(lines);
  EXPECT_EQ(place.lines(lines).unchanged, 3U);
  EXPECT_EQ(count(place, "SELECT sum(length(digests)) FROM lines"), 3 * 16);
}

TEST(Import, ARunThatWasCutShortGoesOnFromThere) {
  Place place;
  place.lines(kOld);
  ASSERT_TRUE(place.db().execute([](store::Tx& tx) {
    return tx.run("INSERT INTO run (place, started_ms) VALUES ('cut', 1)");
  }));
  place.open_again();
  EXPECT_EQ(place.lines(kOld + "\n" + kNew).unchanged, 1U);
  auto tx = place.db().read();
  EXPECT_FALSE((*runs(**tx, 10))[1].finished);
}

TEST(Import, TheSumIsOverWhatIsListed) {
  Place place;
  place.lines(osv("B", "2024-01-01T00:00:00Z") + "\n" + osv("A", "2024-01-01T00:00:00Z"));
  const auto line = [](const std::string& id) {
    return id + " " + to_hex(sha256(osv(id, "2024-01-01T00:00:00Z")).view());
  };
  auto tx = place.db().read();
  const auto total = sum(**tx, Source::osv);
  ASSERT_TRUE(total);
  EXPECT_EQ(total->records, 2U);
  EXPECT_EQ(total->sha256, to_hex(sha256(line("A") + "\n" + line("B")).view()));
}

TEST(Import, AnotherProjectionIsRefused) {
  Place place;
  ASSERT_TRUE(place.db().execute([](store::Tx& tx) {
    return tx.run("UPDATE meta SET value = value + 1 WHERE name = 'projection'");
  }));
  const auto opened = open(place.path("public.db"), Use::read);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::invalid);
}

TEST(Import, AnOlderFileIsRefusedToReadersWithWhatHelpsAndUpgradedByAnImport) {
  Place place;
  ASSERT_TRUE(place.db().execute([](store::Tx& tx) -> Status {
    TRY(tx.run("DROP INDEX record_source"));
    TRY(tx.run("CREATE UNIQUE INDEX record_name ON record (source, name)"));
    return tx.run("DELETE FROM schema_migration WHERE name = '0005-one-index-by-name'");
  }));
  const auto refused = open(place.path("public.db"), Use::ask);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("`weir import"), std::string::npos);
  place.open_again();
  EXPECT_TRUE(open(place.path("public.db"), Use::ask));
}

TEST(Presets, HaveAddresses) {
  for (const Preset& preset : presets()) {
    EXPECT_TRUE(preset.url.starts_with("https://")) << preset.name;
    EXPECT_FALSE(addresses(preset.name, Instant{1'795'000'000'000}).empty());
  }
  EXPECT_TRUE(addresses("no such name", Instant{0}).empty());
  const auto years = addresses("nvd", Instant{1'795'000'000'000});
  EXPECT_EQ(years.size(), 25U);
  EXPECT_TRUE(years.front().ends_with("nvdcve-2.0-2002.json.gz"));
  EXPECT_TRUE(years.back().ends_with("nvdcve-2.0-2026.json.gz"));
}

TEST(Import, WhatAServerSaidOfAnAddressIsKept) {
  Place place;
  const auto stamp = [&](const char* url) {
    const auto tx = place.db().read();
    return *stamp_of(**tx, url);
  };
  EXPECT_EQ(stamp("https://a/?token=secret"), Stamp{});
  for (const char* tag : {"\"1\"", "\"2\""}) {
    ASSERT_TRUE(place.db().execute(
        [&](store::Tx& tx) { return keep_stamp(tx, "https://a/?token=secret", {tag, "Tue"}); }));
    EXPECT_EQ(stamp("https://a/?token=secret"), (Stamp{tag, "Tue"}));
  }
  EXPECT_EQ(stamp("https://a/"), Stamp{});
  EXPECT_EQ(count(place, "SELECT count(*) FROM address WHERE instr(digest, 'secret') > 0"), 0);
}

TEST(Import, WhatCannotBeReadIsSaidAndNotPassedOver) {
  Place place;
  const std::string good = place.file("folder/good.json", osv("A-1", "2024-01-01T00:00:00Z"));
  fs::create_symlink("nowhere", place.path("folder/dangling.json"));
  fs::create_symlink("loop.json", place.path("folder/loop.json"));
  // A folder beyond what a path may have, made step by step.
  const fs::path before = fs::current_path();
  fs::current_path(place.path("folder"));
  for (int i = 0; i < 45; ++i) {
    fs::create_directory(std::string(100, 'd'));
    fs::current_path(std::string(100, 'd'));
  }
  std::ofstream("deep.json") << osv("A-2", "2024-01-01T00:00:00Z");
  fs::current_path(before);
  const Outcome outcome = place.take({.path = place.path("folder")});
  EXPECT_EQ(outcome.added, 1U);
  EXPECT_EQ(outcome.rejected, 1U);
  const auto tx = place.db().read();
  EXPECT_TRUE(rejects(**tx, 1)->front().reason.starts_with("this cannot be read: "));
}

TEST(Import, ANameOfOtherBytesThanUtf8IsShownInUtf8) {
  Place place;
  const std::string file = place.file("\xff\xc3\xa9.json", "{");
  EXPECT_EQ(place.take({.path = file}).rejected, 1U);
  const auto tx = place.db().read();
  EXPECT_TRUE(rejects(**tx, 1)->front().place.ends_with("\\xff\\xc3\\xa9.json"));
  EXPECT_TRUE(runs(**tx, 1)->front().place.ends_with("\\xff\\xc3\\xa9.json"));
  EXPECT_EQ(utf8_of("\xc3\xa9"), "\xc3\xa9");
}

TEST(Import, ScoresOfADayToComeAreReplacedByLaterOnes) {
  Place place;
  const auto table = [&](const std::string& day, const std::string& score) {
    return place.take({.name = "epss.csv",
                       .bytes = "#model_version:v1,score_date:" + day +
                                "T00:00:00+0000\ncve,epss,percentile\nCVE-1," + score + ",0.5\n"});
  };
  const auto score = [&] { return count(place, "SELECT score FROM epss WHERE name = 'CVE-1'"); };
  table("9999-01-01", "0.1");
  EXPECT_EQ(score(), 100'000);
  place.clock_.advance(std::chrono::hours(24));
  table(to_rfc3339(place.clock_.now()).substr(0, 10), "0.2");
  EXPECT_EQ(score(), 200'000);
}

TEST(Import, AFileIsCalledAsIsSaid) {
  Place place;
  const std::string file = place.file("0123abcd", "id: A-1\nmodified: 2024-01-01T00:00:00Z\n");
  EXPECT_EQ(place.take({.path = file, .name = "https://a/A-1.yaml"}).added, 1U);
  const auto tx = place.db().read();
  EXPECT_EQ(runs(**tx, 1)->front().place, "https://a/A-1.yaml");
}

}  // namespace
}  // namespace weir::catalog
