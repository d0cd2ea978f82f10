// Batches become rows: what waits for the end of its batch, and what two processes write in turns.
#include "catalog/writer.h"

#include <gtest/gtest.h>

#include "catalog/catalog_test.h"
#include "catalog/cves.h"
#include "catalog/preparer.h"
#include "catalog/rows.h"

namespace weir::catalog {
namespace {

std::string about(const std::string& id, const std::string& day, const std::string& package) {
  return osv(id, "2024-01-" + day + "T00:00:00Z",
             R"(,"affected":[{"package":{"ecosystem":"PyPI","name":")" + package + R"("}}])") +
         "\n";
}

std::string nvd(const std::string& day, const std::string& weakness) {
  return R"({"cve":{"id":"CVE-2024-0001","published":"2024-01-01T00:00:00.000","lastModified":)"
         R"("2024-01-)" +
         day + R"(T00:00:00.000","descriptions":[],"weaknesses":[{"description":[{"lang":"en",)" +
         R"("value":")" + weakness + R"("}]}]}})" + "\n";
}

Batch batch_of(const std::string& lines) {
  Batch made;
  Preparer preparer(std::nullopt, {}, Compressor(), [&](Batch batch) {
    made = std::move(batch);
    return true;
  });
  Input input = *Input::memory("lines.ndjson", lines);
  preparer.take(input, "lines");
  preparer.finish();
  EXPECT_TRUE(made.rejects.empty());
  return made;
}

std::string found(Place& place, std::string_view key) {
  const store::ReadTx tx = *place.db().read();
  const auto list = candidates(*tx, key);
  EXPECT_TRUE(list);
  std::string ids;
  for (const Candidate& one : *list) {
    ids += one.id + " ";
  }
  return ids;
}

std::int64_t count(Place& place, std::string_view sql) {
  const store::ReadTx tx = *place.db().read();
  return **tx->one(sql, {}, [](const store::Row& row) { return row.integer(0); });
}

/// The same CVE by its own program.
constexpr std::string_view kCve =
    R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2024-0001","state":"PUBLISHED"},)"
    R"("containers":{"cna":{"providerMetadata":{"shortName":"cna"},"problemTypes":[{"descriptions":)"
    R"([{"cweId":"CWE-9"}]}]}}})"
    "\n";

TEST(Writer, OfARecordThatComesTwiceInABatchTheLaterIsFound) {
  Place place;
  Writer writer(place.db(), place.clock_);
  Counts counts;
  ASSERT_TRUE(writer.write(
      batch_of(about("A-1", "01", "a") + about("A-2", "01", "a") + about("A-1", "02", "b") +
               nvd("01", "CWE-1") + nvd("02", "CWE-2") + nvd("03", "CWE-3")),
      1, counts));
  EXPECT_EQ(counts.changed, 3U);
  EXPECT_EQ(found(place, "PyPI:a"), "A-2 ");
  EXPECT_EQ(found(place, "PyPI:b"), "A-1 ");
  EXPECT_EQ(count(place, "SELECT count(*) FROM cve_term"), 1);
  EXPECT_EQ(count(place,
                  "SELECT count(*) FROM cve_term ct JOIN term t ON t.id = ct.term "
                  "WHERE t.name = 'CWE-3'"),
            1);
  EXPECT_EQ(count(place, "SELECT count(*) FROM lines"), 1);
  EXPECT_EQ(count(place, "SELECT count(*) FROM package_version"), 2);
  EXPECT_EQ(
      count(place, "SELECT count(*) FROM record WHERE version NOT IN (SELECT id FROM version)"), 0);
}

TEST(Writer, OfACveThatTwoSourcesBringInABatchNvdsTermsAreListed) {
  Place place;
  Writer writer(place.db(), place.clock_);
  Counts counts;
  ASSERT_TRUE(writer.write(batch_of(std::string(kCve) + nvd("01", "CWE-1")), 1, counts));
  EXPECT_EQ(counts.added, 2U);
  EXPECT_EQ(count(place, "SELECT count(*) FROM cve_term"), 1);
  EXPECT_EQ(count(place,
                  "SELECT count(*) FROM cve c JOIN cve_term ct ON ct.cve = c.id JOIN term t "
                  "ON t.id = ct.term WHERE t.name = 'CWE-1'"),
            1);
  std::string terms;
  append_little_endian(terms, 0x01020304);
  EXPECT_EQ(terms, "\4\3\2\1");
}

TEST(Writer, TwoProcessesWriteInTurns) {
  Place place;
  Writer one(place.db(), place.clock_);
  Writer other(place.db(), place.clock_);
  Counts counts;
  ASSERT_TRUE(one.write(batch_of(about("A-1", "01", "a")), 1, counts));
  ASSERT_TRUE(other.write(batch_of(about("B-1", "01", "b")), 2, counts));
  const Status third = one.write(batch_of(about("A-2", "01", "b")), 1, counts);
  ASSERT_TRUE(third) << text(third.error());
  EXPECT_EQ(found(place, "PyPI:b"), "B-1 A-2 ");
}

TEST(Writer, BatchesThatAreReadyAreOneTransactionUpToAShareOfWhatIsThere) {
  Place place;
  Writer writer(place.db(), place.clock_);
  Counts counts;
  std::string lines;
  for (std::int64_t i = 0; i < 2 * kTogether; ++i) {
    lines += about(fmt::format("A-{}", i), "01", "a");
  }
  std::size_t asked = 0;
  ASSERT_TRUE(writer.write(batch_of(lines), 1, counts, [&](const Counts&) {
    ++asked;
    return std::nullopt;
  }));
  EXPECT_EQ(asked, 0U);  // of an empty database one batch is more than a share
  const std::string records = "SELECT count(*) FROM record";
  std::vector<std::uint64_t> counted;
  ASSERT_TRUE(writer.write(batch_of(about("B-1", "01", "b")), 1, counts, [&](const Counts& now) {
    EXPECT_EQ(count(place, records), 2 * kTogether);  // others see none of it yet
    counted.push_back(now.records - counts.records);
    return std::optional(batch_of(about(fmt::format("B-{}", asked += 2), "01", "b")));
  }));
  EXPECT_EQ(counted, std::vector<std::uint64_t>{1});
  EXPECT_EQ(count(place, records), 2 * kTogether + 2);
  EXPECT_EQ(counts.added, 2U * kTogether + 2);
  EXPECT_EQ(found(place, "PyPI:b"), "B-1 B-2 ");
  EXPECT_EQ(count(place, "SELECT sum(length(digests)) FROM lines"), (2 * kTogether + 2) * 16);
  ASSERT_TRUE(writer.write(batch_of(about("C-1", "01", "c")), 1, counts,
                           [&](const Counts&) { return std::nullopt; }));
  EXPECT_EQ(count(place, records), 2 * kTogether + 3);
}

TEST(Writer, RecordsOfOneNameAreFoundBySourceAndACveHasTheNumberOfTheFirst) {
  Place place;
  Writer writer(place.db(), place.clock_);
  Counts counts;
  ASSERT_TRUE(writer.write(
      batch_of(osv("GHSA-1", "2024-01-01T00:00:00Z", R"(,"aliases":["CVE-2024-0001"])") + "\n" +
               std::string(kCve) + nvd("01", "CWE-1")),
      1, counts));
  EXPECT_EQ(counts.added, 3U);
  ASSERT_TRUE(writer.write(batch_of(nvd("02", "CWE-2")), 1, counts));
  EXPECT_EQ(counts.changed, 1U);
  const store::ReadTx tx = *place.db().read();
  for (const auto source : {advisory::Source::cve, advisory::Source::nvd}) {
    const auto one = find(*tx, source, "CVE-2024-0001");
    ASSERT_TRUE(one && *one);
    EXPECT_EQ((*one)->source, source);
  }
  EXPECT_FALSE(*find(*tx, advisory::Source::osv, "CVE-2024-0001"));  // that is another's name
  EXPECT_TRUE(*find(*tx, advisory::Source::osv, "GHSA-1"));
  EXPECT_EQ(count(place, "SELECT count(*) FROM cve"), 1);
  EXPECT_EQ(count(place, "SELECT c.id = r.id FROM cve c, record r WHERE r.source = 1"), 1);
}

}  // namespace
}  // namespace weir::catalog
