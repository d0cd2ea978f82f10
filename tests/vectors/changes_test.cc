// tests/vectors/changes.json: a feed of two entries and its signed head, made by another program
// from docs/formats/changes.md.
#include <fstream>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/json.h"
#include "compat/mirror.h"
#include "merkle/note.h"

namespace weir::compat {
namespace {

json::Value vectors() {
  std::ifstream in(std::string(WEIR_SOURCE) + "/tests/vectors/changes.json", std::ios::binary);
  return *json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

std::string text_at(const json::Value& value, std::string_view key) {
  return std::string(value.at(key).as_string());
}

TEST(ChangesVectors, EntriesAndHashesAreThose) {
  const json::Value all = vectors();
  catalog::Head head;
  for (std::size_t i = 0; i < all.at("entries").as_array().size(); ++i) {
    const json::Array& entry = all.at("entries").at(i).as_array();
    const auto field = [&](std::size_t at) { return std::string(entry.at(at).as_string()); };
    const std::string source = field(1);
    const std::string id = field(2);
    const std::string state = field(3);
    const std::string digest = *from_hex(field(5));
    const catalog::Entry one{.version = static_cast<catalog::VersionId>(*parse_decimal(field(0))),
                             .source = source,
                             .id = id,
                             .state = state,
                             .taken = *parse_rfc3339(field(4)),
                             .digest = digest};
    EXPECT_EQ(catalog::line_of(one), all.at("lines").at(i).as_string());
    head = catalog::next(head, one);
    EXPECT_EQ(to_hex(head.hash.view()), all.at("hashes").at(i).as_string());
  }
}

TEST(ChangesVectors, TheHeadIsSignedAndReads) {
  const json::Value all = vectors();
  const auto key = *merkle::VerifierKey::parse(text_at(all, "vkey"));
  const merkle::Note note = *merkle::parse_note(text_at(all, "head"));
  EXPECT_TRUE(merkle::verify_note(note, std::span(&key, 1)));
  const FeedHead head = *parse_head_note(note.body, text_at(all, "origin"));
  EXPECT_EQ(head.position, 3);
  EXPECT_EQ(head.feed, all.at("hashes").at(0).as_string());
  EXPECT_EQ(to_hex(head.hash.view()), all.at("hashes").at(1).as_string());
  EXPECT_EQ(head_note(text_at(all, "origin"), head_lines(head)), note.body);
  EXPECT_FALSE(merkle::parse_checkpoint(note.body));  // never taken for a tree head
  EXPECT_EQ(parse_head_note(note.body, "other.example/log").error().code, Code::denied);
  for (std::size_t cut = 1; cut < note.body.size(); ++cut) {
    EXPECT_FALSE(parse_head_note(note.body.substr(0, cut), text_at(all, "origin"))) << cut;
  }
}

}  // namespace
}  // namespace weir::compat
