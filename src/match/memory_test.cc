// Records in memory: of several Memories the answers are those of one, and what nobody asks for is
// not kept.
#include "match/memory.h"

#include <gtest/gtest.h>

#include "advisory/read.h"

namespace weir::match {
namespace {

advisory::Advisory record(const std::string& id, const std::string& title,
                          const std::string& package, const std::string& more = "") {
  advisory::Reader reader;
  auto read = reader.read(R"({"id":")" + id + R"(","modified":"","summary":")" + title +
                          R"(","affected":[{"package":{"ecosystem":"PyPI","name":"other"}},)" +
                          R"({"package":{"ecosystem":"PyPI","name":")" + package +
                          R"("},"versions":["1"]}])" + more + "}");
  CHECK(read.has_value());
  return std::move(*read);
}

std::string found(const Lookup& lookup, std::string_view key) {
  const auto entries = lookup(key);
  CHECK(entries.has_value());
  std::string out;
  for (const Entry& entry : *entries) {
    EXPECT_EQ(entry.affected.versions.empty(), entry.part == 0);
    out += entry.id + "#" + std::to_string(entry.part) + " ";
  }
  return out;
}

TEST(Memory, SeveralAreAskedAsOne) {
  Memory one;
  std::deque<Memory> many(3);
  for (std::size_t i = 0; i < 50; ++i) {
    const advisory::Advisory next = record("X-" + std::to_string(i), "t", i % 5 == 0 ? "a" : "b");
    one.add(next);
    many[i * 7 % 3].add(next, i);
  }
  for (const char* key : {"PyPI:a", "PyPI:b", "PyPI:other", "PyPI:none", "PyPI:", ""}) {
    EXPECT_EQ(found(lookup(many), key), found(one.lookup(), key)) << key;
  }
  EXPECT_EQ(found(one.lookup(), "PyPI:a"),
            "X-0#1 X-5#1 X-10#1 X-15#1 X-20#1 X-25#1 X-30#1 X-35#1 X-40#1 X-45#1 ");
  EXPECT_EQ(found(Memory().lookup(), "PyPI:a"), "");
}

TEST(Memory, KeepsWhatIsAskedFor) {
  const Target target = *target_of_package("PyPI", "A", "1");
  const Asked asked({&target, 1});
  std::deque<Memory> memory;
  memory.emplace_back(&asked).add(record("X-1", "t", "a"));
  memory.back().add(record("X-2", "t", "b"));
  memory.back().add(record("X-3", "t", "a", R"(,"withdrawn":"2024-01-01T00:00:00Z")"));
  EXPECT_EQ(found(lookup(memory), "PyPI:a"), "X-1#1 ");
  EXPECT_EQ(found(lookup(memory), "PyPI:b") + found(lookup(memory), "PyPI:other"), "");
}

TEST(Memory, DescribesTheRecordThatCameLast) {
  std::deque<Memory> many(2);
  many[1].add(record("X-1", "later", "a",
                     R"(,"aliases":["C-2","C-1"],"severity":[{"type":"CVSS_V3","score":)"
                     R"("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}])"),
              8);
  many[0].add(record("X-1", "earlier", "b"), 7);
  many[0].add(record("X-2", "", "b", R"(,"details":"Two\nlines")"), 9);
  const Describe told = describe(many);
  const auto first = told(advisory::Source::osv, "X-1");
  EXPECT_EQ(first->title, "later");
  EXPECT_EQ(first->score, 98);
  EXPECT_EQ(first->aliases, (std::vector<std::string>{"C-1", "C-2"}));
  const auto second = told(advisory::Source::osv, "X-2");
  EXPECT_EQ(second->title, "Two");
  EXPECT_EQ(second->score, -1);
  EXPECT_TRUE(second->aliases.empty());
}

}  // namespace
}  // namespace weir::match
