// Files of everything, and the feed as a mirror reads it.
#include "compat/bulk.h"

#include <array>
#include <filesystem>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/import.h"
#include "compat/desk.h"
#include "compat/kev.h"
#include "compat/mirror.h"
#include "compat/public.h"
#include "compat/zip.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

std::string record(const std::string& id, const std::string& ecosystem, int month,
                   const std::string& more = "") {
  return fmt::format(
      R"({{"id":"{}","modified":"2024-{:02}-01T00:00:00Z"{},"affected":[{{"package":{{"ecosystem":"{}","name":"p"}},"versions":["1"]}}]}})",
      id, month, more, ecosystem);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Name and bytes of each entry, as libarchive reads them: "A-1.json=…\n".
std::string unpacked(const std::string& path) {
  std::string all;
  archive* reader = archive_read_new();
  archive_read_support_format_zip(reader);
  archive_read_support_format_raw(reader);
  archive_read_support_filter_all(reader);
  EXPECT_EQ(archive_read_open_filename(reader, path.c_str(), 1'000), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string bytes(100'000, '\0');
    const auto got = archive_read_data(reader, bytes.data(), bytes.size());
    EXPECT_GE(got, 0);
    bytes.resize(static_cast<std::size_t>(std::max<la_ssize_t>(got, 0)));
    all += std::string(archive_entry_pathname(entry)) + "=" + bytes + "\n";
  }
  archive_read_free(reader);
  return all;
}

class BulkFiles : public ::testing::Test {
 protected:
  BulkFiles() : folder_(fs::temp_directory_path() / fmt::format("weir-bulk-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    db_ = *catalog::open(path(), catalog::Use::import);
    take(a_ + "\n" + b_ + "\n" + withdrawn_ + "\n" +
         R"({"cveID":"CVE-1","vendorProject":"V","product":"P"})");
    records_ = std::make_unique<Public>(path());
    EXPECT_TRUE(records_->refresh());
  }
  ~BulkFiles() override {
    records_.reset();
    db_.reset();
    fs::remove_all(folder_);
  }
  std::string path() const { return (folder_ / "public.db").string(); }
  void take(const std::string& lines) {
    ASSERT_TRUE(catalog::import(*db_, clock_, {.name = "x.ndjson", .bytes = lines}));
    clock_.advance(std::chrono::seconds(1));
  }
  std::string text(BulkKind kind, const std::string& ecosystem = "") {
    const auto file = records_->bulk(kind, ecosystem);
    EXPECT_TRUE(file) << weir::text(file.error());
    return file ? read(file->path) : "";
  }
  std::string changes(const std::string& after) {
    Given given;
    given.parameters = {{"after", after}, {"superseded", "yes"}};
    return (*records_->ask(compat::changes, given))->answer.body;
  }

  const std::string a_ = record("A-1", "PyPI", 1);
  const std::string b_ = record("B-1", "Debian:12", 2);
  const std::string withdrawn_ = record("W/1", "PyPI", 3, R"(,"withdrawn":"2024-03-01T00:00:00Z")");
  fs::path folder_;
  ManualClock clock_{Instant{1'700'000'000'000}};
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<Public> records_;
};

TEST_F(BulkFiles, HoldTheRecordsOfAnEcosystem) {
  EXPECT_EQ(text(BulkKind::ecosystems), "Debian\nPyPI\n");
  EXPECT_EQ(*osv_ecosystems(**db_->read()), (std::vector<std::string>{"Debian", "PyPI"}));
  EXPECT_EQ(unpacked(records_->bulk(BulkKind::archive, "PyPI")->path),
            "A-1.json=" + a_ + "\nW%2F1.json=" + withdrawn_ + "\n");
  EXPECT_EQ(unpacked(records_->bulk(BulkKind::archive, "Debian")->path), "B-1.json=" + b_ + "\n");
  EXPECT_EQ(text(BulkKind::modified, "PyPI"),
            "2024-03-01T00:00:00.000Z,W/1\n2024-01-01T00:00:00.000Z,A-1\n");
  EXPECT_EQ(text(BulkKind::modified),
            "2024-02-01T00:00:00.000Z,Debian/B-1\n2024-01-01T00:00:00.000Z,PyPI/A-1\n");
  for (const char* none : {"npm", "cpe", "product", "Deb", "Debian:12", "../x"}) {
    EXPECT_EQ(records_->bulk(BulkKind::archive, none).error().code, Code::not_found) << none;
  }
}

TEST_F(BulkFiles, AllOfThemAreOneArchiveToo) {
  take(R"({"id":"N-1","modified":"2024-04-01T00:00:00Z"})");  // of no ecosystem
  const std::string all = unpacked(records_->bulk(BulkKind::archive, "")->path);
  EXPECT_EQ(all, "A-1.json=" + a_ + "\nB-1.json=" + b_ + "\nW%2F1.json=" + withdrawn_ +
                     "\nN-1.json={\"id\":\"N-1\",\"modified\":\"2024-04-01T00:00:00Z\"}\n");
}

TEST_F(BulkFiles, AnArchiveHasItsSumAlsoAfterARestart) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
  const BulkFile made = *records_->bulk(BulkKind::archive, "PyPI");
  const std::uint32_t sum = crc32c(read(made.path));
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes += static_cast<char>(sum >> shift);
  }
  EXPECT_EQ(made.crc32c, to_base64(bytes));
  Public again(path());
  ASSERT_TRUE(again.refresh());
  EXPECT_EQ(again.bulk(BulkKind::archive, "PyPI")->crc32c, made.crc32c);
  fs::remove(made.path + ".crc32c");
  EXPECT_EQ(again.bulk(BulkKind::archive, "PyPI")->crc32c, made.crc32c);
  EXPECT_EQ(again.bulk(BulkKind::modified, "PyPI")->crc32c, "");
}

TEST_F(BulkFiles, ARecordIsThereByItself) {
  const auto ask = [&](const char* ecosystem, const char* id) {
    const auto told = records_->ask(osv_file, {.id = id, .source = ecosystem});
    return told ? (*told)->answer.body : std::string(weir::name(told.error().code));
  };
  EXPECT_EQ(ask("PyPI", "A-1"), a_);
  EXPECT_EQ(ask("Debian", "B-1"), b_);
  EXPECT_EQ(ask("PyPI", "W/1"), withdrawn_);
  for (const auto& [ecosystem, id] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Debian", "A-1"}, {"Debian:12", "B-1"}, {"PyPI", "A-2"}, {"V", "CVE-1"}, {"", "A-1"}}) {
    EXPECT_EQ(ask(ecosystem, id), "not_found") << ecosystem << " " << id;
  }
  const std::string removal = R"({"feed_time":"2026-01-01T00:00:00Z","op":"D","id":"A-1"})";
  ASSERT_TRUE(catalog::import(*db_, clock_, {.name = "x.ndjson", .bytes = removal},
                              {.only = advisory::Source::osv}));
  EXPECT_EQ(ask("PyPI", "A-1"), "not_found");
}

TEST_F(BulkFiles, AreTheSameUntilARecordChanges) {
  const BulkFile before = *records_->bulk(BulkKind::archive, "PyPI");
  EXPECT_EQ(records_->bulk(BulkKind::archive, "PyPI")->tag, before.tag);
  EXPECT_NE(records_->bulk(BulkKind::archive, "Debian")->tag, before.tag);
  take(record("A-1", "PyPI", 5));
  const BulkFile after = *records_->bulk(BulkKind::archive, "PyPI");
  EXPECT_NE(after.tag, before.tag);
  EXPECT_FALSE(fs::exists(before.path));
  EXPECT_NE(unpacked(after.path).find("2024-05-01"), std::string::npos);
}

TEST_F(BulkFiles, TheCatalogueIsAsCisaPublishesIt) {
  const std::string named =
      R"({"cveID":"CVE-2","vendorProject":"A \"B\", C","product":"P","dateAdded":"2024-02-01",)"
      R"("notes":"two\nlines","cwes":["CWE-1","CWE-2"]})";
  take(named + "\n" +
       R"({"cveID":"CVE-3","vendorProject":"V","product":"P","dateAdded":"2024-03-01"})");
  const std::string first = R"({"cveID":"CVE-1","vendorProject":"V","product":"P"})";
  const std::string third =
      R"({"cveID":"CVE-3","vendorProject":"V","product":"P","dateAdded":"2024-03-01"})";
  EXPECT_EQ(
      text(BulkKind::kev_json),
      R"({"title":"Catalog of Known Exploited Vulnerabilities","catalogVersion":"2023.11.14",)"
      R"("dateReleased":"2023-11-14T22:13:21.000Z","count":3,"vulnerabilities":[)"
      "\n" +
          third + ",\n" + named + ",\n" + first + "\n]}\n");
  EXPECT_EQ(text(BulkKind::kev_csv),
            "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,"
            "requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes\r\n"
            "CVE-3,V,P,,2024-03-01,,,,,,\r\n"
            "CVE-2,\"A \"\"B\"\", C\",P,,2024-02-01,,,,,\"two\nlines\",\"CWE-1, CWE-2\"\r\n"
            "CVE-1,V,P,,,,,,,,\r\n");
  const std::string notes(2'000'000, 'A');  // longer than a text may be elsewhere
  take(R"({"cveID":"CVE-4","vendorProject":"V","product":"P","notes":")" + notes + R"("})");
  EXPECT_NE(text(BulkKind::kev_csv).find("CVE-4,V,P,,,,,,," + notes + ","), std::string::npos);
  take(
      R"({"feed_time":"2024-04-01T00:00:00Z","op":"D","record":{"cveID":"CVE-3","vendorProject":"V","product":"P"}})");
  EXPECT_EQ(text(BulkKind::kev_json).find("CVE-3"), std::string::npos);  // CISA took it back
  take(R"({"cveID":"CVE-5","euvdID":"EUVD-5","vendorProject":"V","product":"P"})");
  EXPECT_EQ(text(BulkKind::kev_json).find("CVE-5"), std::string::npos);  // another list's
}

TEST_F(BulkFiles, ThereIsNoCatalogueBeforeOneIsImported) {
  const std::string other = (folder_ / "other.db").string();
  const auto db = *catalog::open(other, catalog::Use::import);
  const store::ReadTx tx = *db->read();
  EXPECT_EQ(write_kev_json(*tx, other + ".json").error().code, Code::not_found);
  EXPECT_EQ(write_kev_csv(*tx, other + ".csv").error().code, Code::not_found);
}

TEST_F(BulkFiles, TheDumpIsTheFeedAndGoesOnInIt) {
  take(record("A-1", "PyPI", 5));
  const std::string dump = unpacked(records_->bulk(BulkKind::dump, "")->path);
  EXPECT_NE(dump.find("{\"cursor\":\"5\"}\n"), std::string::npos);
  EXPECT_EQ(dump.find("2024-01-01"), std::string::npos);  // no longer current
  EXPECT_NE(dump.find(R"("id":"A-1")"), std::string::npos);
  EXPECT_NE(dump.find(R"("source":"kev")"), std::string::npos);
  EXPECT_EQ(*newest_cursor(*records_), "5");
}

TEST_F(BulkFiles, AMirrorComesToTheHashThatIsTheHead) {
  take(record("A-1", "PyPI", 5));
  const std::string body = changes("");
  const FeedPage page = *read_feed_page(body);
  EXPECT_EQ(page.cursor, 5);
  EXPECT_FALSE(page.has_more);
  ASSERT_EQ(page.changes.size(), 5U);
  catalog::Head head;
  for (const std::string_view one : page.changes) {
    const MirroredChange change = *read_feed_change(one);
    EXPECT_EQ(change.record.empty(), change.change.is_superseded) << one;
    head = *follow_change(head, change.change);
  }
  EXPECT_EQ(head, *catalog::newest_head(**db_->read()));
  const std::string lines = (*records_->ask(changes_head, {}))->answer.body;
  const FeedHead told = *parse_head_note(head_note("o", lines), "o");
  EXPECT_EQ(told.position, 5);
  EXPECT_EQ(told.hash, head.hash);
  EXPECT_EQ(told.feed, to_hex((*catalog::first_head(**db_->read()))->hash.view()));

  EXPECT_EQ(follow_change(head, read_feed_change(page.changes[0])->change).error().code,
            Code::corrupt);
  std::string changed(page.changes[1]);
  changed.replace(changed.find("Debian"), 6, "Dabian");
  EXPECT_EQ(read_feed_change(changed).error().code, Code::corrupt);
  for (const char* bad :
       {"", "{}", R"({"changes":[)", R"({"changes":[],"cursor":"x","more":false})",
        R"({"changes":[],"cursor":"1"})", R"({"changes":{},"cursor":"1","more":true})"}) {
    EXPECT_FALSE(read_feed_page(bad)) << bad;
    EXPECT_FALSE(read_feed_change(bad)) << bad;
  }
}

TEST_F(BulkFiles, AChangeIsWrittenInOneForm) {
  std::string text;
  append_change(text,
                {.version = 7,
                 .source = advisory::Source::osv,
                 .id = "A\"",
                 .modified = {},
                 .taken = {},
                 .digest = {}},
                "");
  EXPECT_EQ(text, R"({"cursor":"7","source":"osv","id":"A\"","state":"published",)"
                  R"("taken":"1970-01-01T00:00:00.000Z"})");
  int count = 0;
  EXPECT_TRUE(each_change(**db_->read(), [&](const Change&) -> Status {
    ++count;
    return {};
  }));
  EXPECT_EQ(count, 4);
}

TEST_F(BulkFiles, AZipIsReadByOthersAlsoWithManyEntries) {
  const std::string place = (folder_ / "x.zip").string();
  constexpr int kMany = 65'600;  // more than the short form can count
  {
    Zip zip = *Zip::create(place);
    for (int i = 0; i < kMany; ++i) {
      ASSERT_TRUE(zip.add(std::to_string(i), "x", Instant{0}));
    }
    ASSERT_TRUE(zip.close());
  }
  EXPECT_FALSE(fs::exists(place + ".directory"));
  const std::string bytes = read(place);
  EXPECT_NE(bytes.find("PK\6\6"), std::string::npos);
  archive* reader = archive_read_new();
  archive_read_support_format_zip_seekable(reader);
  ASSERT_EQ(archive_read_open_filename(reader, place.c_str(), 10'000), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  int count = 0;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    ++count;
  }
  archive_read_free(reader);
  EXPECT_EQ(count, kMany);
  EXPECT_LT(deflate_raw(std::string(1'000, 'x')).size(), 50U);
  Out out = *Out::create(place);
  EXPECT_TRUE(out.add("abc"));
  EXPECT_EQ(out.size(), 3U);
  EXPECT_TRUE(out.close());
  EXPECT_EQ(Out::create((folder_ / "none" / "x").string()).error().code, Code::unavailable);
}

}  // namespace
}  // namespace weir::compat
