// Files that are damaged, never end, or hold more than they should: what is whole in them comes in,
// and the rest is refused with its place.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "catalog/catalog_test.h"
#include "catalog/file_name.h"

namespace weir::catalog {
namespace {

constexpr const char* kDay = "2024-01-01T00:00:00Z";

/// "place: reason" of each reject, without the folder.
std::vector<std::string> refused(Place& place) {
  std::vector<std::string> all;
  auto tx = place.db().read();
  CHECK(tx.has_value());
  const auto list = rejects(**tx, 1'000);
  CHECK(list.has_value());
  for (const Rejected& one : *list) {
    const std::size_t folder = one.place.find("/in");
    all.push_back(one.place.substr(folder == std::string::npos ? 0 : folder + 1) + ": " +
                  one.reason);
  }
  return all;
}

void shell(const Place& place, const std::string& command) {
  ASSERT_EQ(std::system(fmt::format("cd {} && {}", place.path("."), command).c_str()), 0)
      << command;
}

TEST(Damage, LosesNothingOfWhatWasBeforeIt) {
  for (const std::string pack : {"zstd -q -c lines > in.ndjson.zst", "gzip -c lines > in.ndjson.gz",
                                 "xz -c lines > in.ndjson.xz"}) {
    const std::string name = pack.substr(pack.rfind(' ') + 1);
    Place place;
    std::string lines;
    for (int i = 0; i < 8'000; ++i) {
      const Digest noise = sha256(fmt::format("{}", i));
      lines +=
          osv(fmt::format("A-{}", i), kDay, ",\"details\":\"" + to_hex(noise.view()) + '"') + "\n";
    }
    place.file("lines", lines);
    shell(place, pack);
    fs::resize_file(place.path(name), fs::file_size(place.path(name)) * 9 / 10);
    const Outcome outcome = place.take({.path = place.path(name)});
    EXPECT_GT(outcome.added, 4'000U) << name;
    EXPECT_LT(outcome.added, 8'000U) << name;
    ASSERT_EQ(outcome.rejected, 1U) << name;
    EXPECT_EQ(refused(place).front().find(name + ": cannot be unpacked"), 0U)
        << refused(place).front();
    EXPECT_EQ(refused(place).front().find('\n'), std::string::npos);
  }
}

TEST(Damage, APipeOrADeviceIsRefusedAndNotWaitedFor) {
  Place place;
  ASSERT_EQ(::mkfifo(place.path("in").c_str(), 0600), 0);
  EXPECT_EQ(place.take({.path = place.path("in")}).rejected, 1U);
  EXPECT_EQ(refused(place).front(), "in: this is no file");
  EXPECT_EQ(place.take({.path = "/dev/zero"}).rejected, 1U);
}

TEST(Damage, LinksWithinAFolderDoNotLeadOutOfItOrInCircles) {
  Place place;
  place.file("in/a.json", osv("A-1", kDay));
  place.file("out/b.json", osv("B-1", kDay));
  fs::create_directory_symlink(place.path("out"), place.path("in/out"));
  fs::create_directory_symlink(place.path("in"), place.path("in/again"));
  fs::create_symlink("/dev/zero", place.path("in/zero.json"));
  ASSERT_EQ(::mkfifo(place.path("in/pipe.json").c_str(), 0600), 0);
  const Outcome outcome = place.take({.path = place.path("in")});
  EXPECT_EQ(outcome.added, 1U);
  EXPECT_EQ(outcome.records, 1U);
}

TEST(Damage, WhatIsPackedOnceMoreWithinAnArchiveIsNamed) {
  Place place;
  place.file("a.json", osv("A-1", kDay));
  place.file("b.json", osv("B-1", kDay));
  shell(place, "tar -cf b.tar b.json && gzip -k a.json && tar -cf in.tar b.tar a.json.gz a.json");
  const Outcome outcome = place.take({.path = place.path("in.tar")});
  EXPECT_EQ(outcome.added, 1U);
  EXPECT_EQ(refused(place), (std::vector<std::string>{
                                "in.tar/b.tar: packed within an archive: unpack that first",
                                "in.tar/a.json.gz: packed within an archive: unpack that first"}));
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8U) {
    text += static_cast<char>(value & 0xffU);
  }
  return text;
}

/// A zip of one file that is stored as it is, with this checksum and size in all its headers.
std::string zip_of(const std::string& content, std::uint64_t checksum, std::uint64_t size) {
  const std::string name = "a.json";
  const std::string shared = little(20, 2) + little(0, 4) + little(0, 2) + little(33, 2) +
                             little(checksum, 4) + little(size, 4) + little(size, 4) +
                             little(name.size(), 2) + little(0, 2);
  const std::string entry = "PK\x03\x04" + shared + name + content;
  const std::string directory =
      "PK\x01\x02" + little(20, 2) + shared + little(0, 6) + little(0, 8) + name;
  return entry + directory + "PK\x05\x06" + little(0, 4) + little(1, 2) + little(1, 2) +
         little(directory.size(), 4) + little(entry.size(), 4) + little(0, 2);
}

TEST(Damage, AZipThatLiesAboutItsFilesIsNotTaken) {
  const std::string content = R"({"id":"X-1","modified":""})";
  constexpr std::uint64_t kRight = 0xfa4eca45;
  const struct {
    std::uint64_t checksum, size, added;
  } cases[] = {{kRight, 26, 1}, {kRight + 1, 26, 0}, {kRight, 20, 0}, {kRight, 1U << 30U, 0}};
  for (const auto& c : cases) {
    Place place;
    const Outcome outcome =
        place.take({.name = "in.zip", .bytes = zip_of(content, c.checksum, c.size)});
    EXPECT_EQ(outcome.added, c.added) << c.checksum << " " << c.size;
    EXPECT_EQ(outcome.rejected > 0, c.added == 0) << c.checksum << " " << c.size;
  }
}

TEST(Damage, AFilesNameSaysItsForm) {
  EXPECT_EQ(form_of("a/b.json.zst"), Form::document);
  EXPECT_EQ(form_of("b.ndjson"), Form::lines);
  EXPECT_EQ(form_of("b.yml"), Form::yaml);
  EXPECT_EQ(form_of("b.csv.gz"), Form::table);
  EXPECT_EQ(form_of("b.asc"), Form::other);
  EXPECT_TRUE(has_ending("b.asc"));
  EXPECT_FALSE(has_ending("a.b/feed.zst"));
  EXPECT_TRUE(is_packed("b.json.xz"));
  EXPECT_FALSE(is_packed("zip"));
}

TEST(Damage, AFileWithHolesIsRefused) {
  Place place;
  place.file("good.json", osv("A-1", kDay));
  shell(place, "truncate -s 1G hole.json && tar -S -cf in.tar hole.json good.json");
  const Outcome outcome = place.take({.path = place.path("in.tar")});
  EXPECT_EQ(outcome.added, 1U);
  EXPECT_EQ(outcome.rejected, 1U);
}

TEST(Damage, TheSameBadLineIsRefusedAgainAndNotTakenForKnown) {
  Place place;
  const std::string bad = osv("A 1", kDay);
  const std::string broken = R"({"feed_time":"never","op":"M","id":"A-1","record":{}})";
  const Outcome outcome = place.lines(bad + "\n" + bad + "\n" + broken + "\n" + broken + "\n");
  EXPECT_EQ(outcome.rejected, 4U);
  EXPECT_EQ(outcome.unchanged, 0U);
}

TEST(Damage, ARowThatIsNoUtf8IsRefusedAndNotEmptied) {
  Place place;
  const Outcome outcome =
      place.take({.name = "in.csv", .bytes = "ICS-CERT_Number,Vendor\nICSA-1,\xff\nICSA-2,V\n"});
  EXPECT_EQ(outcome.added, 1U);
  ASSERT_EQ(outcome.rejected, 1U);
  EXPECT_NE(refused(place).front().find("the row is not UTF-8"), std::string::npos);
}

TEST(Damage, ARecordThatIsTooLongInADocumentIsPassedOver) {
  Place place;
  const std::string long_one =
      osv("L-1", kDay, ",\"details\":\"" + std::string(advisory::kMostRecordBytes, 'x') + '"');
  const Outcome outcome =
      place.take({.name = "in.json",
                  .bytes = "[" + osv("A-1", kDay) + "," + long_one + "," + osv("A-2", kDay) + "]"});
  EXPECT_EQ(outcome.added, 2U);
  ASSERT_EQ(outcome.rejected, 1U);
  EXPECT_NE(refused(place).front().find("#2: a record is at most"), std::string::npos)
      << refused(place).front();
}

TEST(Damage, ADocumentOfTooManyRecordsIsRefusedAsAWhole) {
  std::string many = "[0";
  for (std::size_t i = 1; i < advisory::kMostDocumentRecords; ++i) {
    many += ",0";
  }
  EXPECT_EQ(advisory::split(many + "]")->size(), advisory::kMostDocumentRecords);
  EXPECT_FALSE(advisory::split(many + ",0]"));
  EXPECT_EQ(advisory::split(" ").error().message, "there is nothing");
}

TEST(Damage, OfManyReferencesTheFirstAreProjected) {
  std::string list;
  for (int i = 0; i < 100'000; ++i) {
    list += fmt::format("{}{{\"url\":\"https://r.example/{}\"}}", i == 0 ? "" : ",", i);
  }
  advisory::Reader reader;
  const auto record = reader.read(osv("A-1", kDay, ",\"references\":[" + list + "]"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->references.size(), 2'000U);
}

}  // namespace
}  // namespace weir::catalog
