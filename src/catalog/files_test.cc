// Records of files, read by several threads: the same however they are packed and cut, and of what
// is wrong the first.
#include "catalog/files.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "catalog/catalog_test.h"
#include "catalog/input.h"
#include "catalog/zip.h"

namespace weir::catalog {
namespace {

constexpr const char* kDay = "2024-01-01T00:00:00Z";
constexpr int kMany = 2'000;  // several pieces of each kind

std::string id(int number) {
  return fmt::format("A-{}", number);
}

void shell(const Place& place, const std::string& command) {
  ASSERT_EQ(std::system(fmt::format("cd {} && {}", place.path("."), command).c_str()), 0)
      << command;
}

/// The ids in the order of the files, each once with the path; or the error, without the folder.
std::string read(const Place& place, const std::vector<std::string>& names, std::size_t threads) {
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    paths.push_back(place.path(name));
  }
  std::vector<std::vector<std::pair<std::uint64_t, std::string>>> taken(threads);
  std::vector<Taker> takers;
  for (auto& own : taken) {
    takers.emplace_back([&own](std::uint64_t order, const advisory::Advisory& record) {
      EXPECT_TRUE(own.empty() || own.back().first < order);
      own.emplace_back(order, record.id);
    });
  }
  if (const Status status = read_files(paths, takers); !status) {
    std::string said = text(status.error());
    for (std::size_t at = said.find(place.path("")); at != said.npos;
         at = said.find(place.path(""))) {
      said.erase(at, place.path("").size());
    }
    return said;
  }
  std::vector<std::pair<std::uint64_t, std::string>> all;
  for (const auto& own : taken) {
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all);
  std::string ids;
  for (const auto& [order, one] : all) {
    ids += one + " ";
  }
  return ids;
}

TEST(Files, TheSameRecordsHoweverTheyArePacked) {
  Place place;
  std::string lines;
  std::string list;
  std::string expected;
  for (int i = 0; i < kMany; ++i) {
    const std::string record =
        osv(id(i), kDay, R"(,"details":"padding, so that there is some to cut")");
    lines += record + (i % 2 == 0 ? "\n" : "\r\n\n");
    list += (i == 0 ? "[" : ",") + record;
    expected += id(i) + " ";
    place.file(fmt::format("in/{:05}.json", i), record);
  }
  place.file("lines.ndjson", lines);
  place.file("list.json", list + "]");
  place.file("in/read.me", "not a record");
  place.file("in/old.zip", "PK");
  shell(place,
        "zstd -q lines.ndjson && gzip -k list.json && tar --sort=name -czf in.tar.gz in && "
        "python3 -m zipfile -c packed.zip in && "
        "python3 -m zipfile -c whole.zip lines.ndjson");
  for (const char* name : {"lines.ndjson", "lines.ndjson.zst", "list.json", "list.json.gz",
                           "in.tar.gz", "packed.zip", "whole.zip"}) {
    for (const std::size_t threads : {1U, 3U}) {
      EXPECT_EQ(read(place, {name}, threads), expected) << name << " " << threads;
    }
  }
  EXPECT_EQ(read(place, {"packed.zip", "lines.ndjson", "whole.zip"}, 2),
            expected + expected + expected);
  EXPECT_GE(reading_threads(), 1U);
  EXPECT_LE(reading_threads(), kMostReaders);
}

TEST(Files, OfWhatIsWrongTheFirstIsSaid) {
  Place place;
  std::string lines;
  for (int i = 1; i <= kMany; ++i) {
    const bool is_bad = i == 1'345 || i == 1'346 || i == 1'900;
    lines += osv(is_bad ? "A 1" : id(i), kDay) + "\n";
    place.file(fmt::format("in/{:05}.json", i), osv(is_bad ? "" : id(i), is_bad ? "" : kDay));
  }
  place.file("lines.ndjson", lines);
  place.file("list.json", "[" + osv("A-1", kDay) + ",{\"id\":\"A-2\"}]");
  place.file("one.json", "{\"id\":\"A-3\"}");
  place.file("open.json", "{\"id\":");
  place.file("empty.json", "");
  shell(place, "python3 -m zipfile -c in.zip in");
  const std::pair<const char*, const char*> table[] = {
      {"lines.ndjson", "the id holds spaces or control characters (lines.ndjson line 1345 #)"},
      {"in.zip", "the record has no id (in.zip/in/01345.json #)"},
      {"list.json", "this is a record of no known source (list.json #)"},
      {"one.json", "this is a record of no known source (one.json #)"},
      {"open.json", "brackets or quotes do not match (open.json #)"},
      {"empty.json", "there is nothing in it (empty.json)"},
      {"none.json", "there is no such file (none.json)"},
      {"in", "there is no such file (in)"},
  };
  for (const auto& [name, expected] : table) {
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(read(place, {name}, 4), expected);
    }
  }
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8U) {
    text += static_cast<char>(value & 0xffU);
  }
  return text;
}

/// A zip of files that are stored as they are; what it says of them can be made wrong.
struct Lie {
  std::uint64_t sum = 0xfa4eca45;  // of kContent
  std::uint64_t size = 26;
  std::uint64_t packed = 26;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t entries = 2;
  std::uint64_t second_at = 64;  // where the second file is said to begin
  std::uint64_t volume = 0;
  bool is_zip64 = false;
  std::string directory = "PK\x01\x02";
};
constexpr std::string_view kContent = R"({"id":"X-1","modified":""})";

std::string zip_of(const Lie& lie) {
  std::string out;
  std::string directory;
  for (int i = 0; i < 2; ++i) {
    const std::string name = i == 0 ? "a.json" : "b.json";
    const std::uint64_t at = i == 0 ? 0 : lie.second_at;
    const auto head = [&](bool has_extra) {
      return little(20, 2) + little(lie.flags, 2) + little(lie.method, 2) + little(0, 4) +
             little(lie.sum, 4) + little(has_extra ? 0xffffffff : lie.packed, 4) +
             little(has_extra ? 0xffffffff : lie.size, 4) + little(name.size(), 2) +
             little(has_extra ? 30 : 0, 2);
    };
    out += "PK\x03\x04" + head(false) + name + std::string(kContent);
    if (i == 0) {
      out += "xx";  // what no file owns
    }
    // Another field first, then the three numbers.
    const std::string extra = little(9, 2) + little(2, 2) + "??" + little(1, 2) + little(24, 2) +
                              little(lie.size, 8) + little(lie.packed, 8) + little(at, 8);
    directory += lie.directory + little(20, 2) +
                 head(lie.is_zip64).replace(26 - 2, 2, little(lie.is_zip64 ? extra.size() : 0, 2)) +
                 little(0, 2) + little(0, 8) + little(lie.is_zip64 ? 0xffffffff : at, 4) + name +
                 (lie.is_zip64 ? extra : "");
  }
  const std::size_t at = out.size();
  out += directory;
  if (lie.is_zip64) {
    const std::size_t end64 = out.size();
    out += "PK\x06\x06" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
           little(lie.entries, 8) + little(lie.entries, 8) + little(directory.size(), 8) +
           little(at, 8);
    out += "PK\x06\x07" + little(0, 4) + little(end64, 8) + little(1, 4);
  }
  const bool is64 = lie.is_zip64;
  return out + "PK\x05\x06" + little(lie.volume, 2) + little(0, 2) +
         little(is64 ? 0xffff : lie.entries, 2) + little(is64 ? 0xffff : lie.entries, 2) +
         little(is64 ? 0xffffffff : directory.size(), 4) + little(is64 ? 0xffffffff : at, 4) +
         little(4, 2) + "note";
}

TEST(Files, OfWhatCannotBeOpenedTheFirstIsSaid) {
  Place place;
  place.file("one.json", osv("A-1", kDay));
  place.file("large", std::string(10'000'000, '\n') + osv("A-1", kDay));  // takes its time
  place.file("empty.json", "");
  shell(place, "zstd -q large && head -c 60 large.zst > cut.zst && mv large.zst large.json.zst");
  for (const std::size_t threads : {1U, 2U, 4U}) {
    EXPECT_TRUE(read(place, {"one.json", "large.json.zst", "cut.zst", "none.json"}, threads)
                    .ends_with("(cut.zst)"));
    EXPECT_TRUE(read(place, {"large.json.zst", "none.json", "empty.json", "cut.zst"}, threads)
                    .ends_with("no such file (none.json)"));
  }
  EXPECT_EQ(read(place, {"one.json", "one.json", "one.json"}, 4), "A-1 A-1 A-1 ");
}

TEST(Files, AZipThatLiesIsRefused) {
  const std::uint64_t over = std::uint64_t{kMostDocumentBytes} + 1;
  const std::tuple<const char*, Lie, std::string> table[] = {
      {"as it is", {}, "X-1 X-1 "},
      {"zip64", {.is_zip64 = true}, "X-1 X-1 "},
      {"sum", {.sum = 1}, "cannot be unpacked: a file in it is damaged (in.zip)"},
      {"size", {.size = 25}, "cannot be unpacked: a file in it is damaged (in.zip)"},
      {"packed as nothing", {.method = 8}, "cannot be unpacked: a file in it is damaged (in.zip)"},
      {"too large",
       {.size = over},
       fmt::format("cannot be unpacked: a file in it has more than {} bytes (in.zip)",
                   kMostDocumentBytes)},
      {"a bomb", {.size = kFreeBytes}, "unpacks to more than is taken (in.zip)"},
      {"a bomb in 64 bits",
       {.size = ~std::uint64_t{0}, .is_zip64 = true},
       fmt::format("cannot be unpacked: a file in it has more than {} bytes (in.zip)",
                   kMostDocumentBytes)},
      {"overlap", {.second_at = 50}, "cannot be unpacked: files in it overlap (in.zip)"},
      {"beside its header",
       {.second_at = 63},
       "cannot be unpacked: a file in it is not where it should be (in.zip)"},
      {"the same twice", {.second_at = 0}, "cannot be unpacked: files in it overlap (in.zip)"},
      {"beyond the end",
       {.second_at = 1U << 20U},
       "cannot be unpacked: files in it overlap (in.zip)"},
      {"packed beyond",
       {.packed = ~std::uint64_t{0} - 5, .is_zip64 = true},
       "cannot be unpacked: files in it overlap (in.zip)"},
      {"encrypted",
       {.flags = 1},
       "cannot be unpacked: a file in it is encrypted, or packed otherwise than by deflate "
       "(in.zip)"},
      {"bzip2",
       {.method = 12},
       "cannot be unpacked: a file in it is encrypted, or packed otherwise than by deflate "
       "(in.zip)"},
      {"volumes", {.volume = 1}, "cannot be unpacked: it lies in several volumes (in.zip)"},
      {"more files than there are",
       {.entries = 3},
       "cannot be unpacked: its directory is damaged (in.zip)"},
      {"more files than are taken",
       {.entries = kMostEntries + 1, .is_zip64 = true},
       "cannot be unpacked: its directory is larger than is taken (in.zip)"},
      {"no directory",
       {.directory = "PK\x01\x03"},
       "cannot be unpacked: its directory is damaged (in.zip)"},
  };
  for (const auto& [why, lie, expected] : table) {
    Place place;
    place.file("in.zip", zip_of(lie));
    EXPECT_EQ(read(place, {"in.zip"}, 1), expected) << why;
  }
}

TEST(Files, AZipThatWasCutIsRefused) {
  Place place;
  for (const bool is_zip64 : {false, true}) {
    const std::string whole = zip_of({.is_zip64 = is_zip64});
    for (std::size_t size = 4; size < whole.size(); size += 3) {
      place.file("in.zip", std::string_view(whole).substr(0, size));
      const std::string said = read(place, {"in.zip"}, 1);
      // Only its note may be missing.
      EXPECT_EQ(said == "X-1 X-1 ", size + 4 >= whole.size()) << size << " " << said;
    }
  }
}

TEST(Files, FilesOfAZipAreUnpackedInAnyOrder) {
  Place place;
  shell(place,
        "seq 1 200000 > long && echo one > a && mkdir b && echo two > b/c && zip -qr in.zip long a "
        "b");
  ASSERT_TRUE(*Zip::is_zip(place.path("in.zip")));
  EXPECT_FALSE(*Zip::is_zip(place.path("long")));
  const auto zip = Zip::open(place.path("in.zip"));
  ASSERT_TRUE(zip);
  ASSERT_EQ(zip->files().size(), 3U);  // not the folder
  auto unpacker = *Unpacker::open(*zip);
  for (const std::size_t i : {2U, 0U, 1U, 0U, 2U}) {
    const Zip::File& file = zip->files()[i];
    const auto text = unpacker.unpack(file);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->size(), file.size);
    EXPECT_EQ(text->substr(0, 4), i == 0 ? "1\n2\n" : i == 1 ? "one\n" : "two\n") << file.name;
  }
}

/// The packed bytes of each file end where it is said, and not where they would go on.
TEST(Files, AFileEndsWhereTheDirectorySays) {
  Place place;
  shell(place, "seq 1 900 > a && seq 1 900 > b && zip -q in.zip a b");
  std::ifstream whole(place.path("in.zip"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  const std::size_t entry = bytes.find("PK\x01\x02");
  ASSERT_NE(entry, bytes.npos);
  constexpr std::size_t kPackedAt = 20;
  constexpr std::size_t kSizeAt = 24;
  const auto unpacked = [&](std::size_t at, int less) {
    std::string changed = bytes;
    const auto said = static_cast<unsigned char>(changed[entry + at]);
    CHECK(said >= less && said - less < 256);  // the other bytes stay
    changed[entry + at] = static_cast<char>(said - less);
    place.file("changed.zip", changed);
    const Zip zip = *Zip::open(place.path("changed.zip"));
    return Unpacker::open(zip)->unpack(zip.files()[0]).has_value();
  };
  EXPECT_TRUE(unpacked(kPackedAt, 0));
  EXPECT_FALSE(unpacked(kPackedAt, 1));
  EXPECT_FALSE(unpacked(kPackedAt, 4));
  EXPECT_FALSE(unpacked(kSizeAt, 1));
  EXPECT_FALSE(unpacked(kSizeAt, -1));
}

TEST(Files, OneUnpackerTurnsToAnotherZip) {
  Place place;
  shell(place,
        "echo one > a && zip -q 1.zip a && echo two > a && zip -q 2.zip a && echo x > b && "
        "zip -q 3.zip a b");
  const Zip first = *Zip::open(place.path("1.zip"));
  const Zip second = *Zip::open(place.path("2.zip"));
  auto unpacker = *Unpacker::open(first);
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(unpacker.turn_to(second));
    EXPECT_EQ(*unpacker.unpack(second.files()[0]), "two\n");
    ASSERT_TRUE(unpacker.turn_to(first));
    EXPECT_EQ(*unpacker.unpack(first.files()[0]), "one\n");
  }
  const Zip third = *Zip::open(place.path("3.zip"));
  shell(place, "rm 3.zip");
  EXPECT_EQ(unpacker.turn_to(third).error().code, Code::not_found);
  EXPECT_EQ(*unpacker.unpack(first.files()[0]), "one\n");  // nothing has changed
}

}  // namespace
}  // namespace weir::catalog
