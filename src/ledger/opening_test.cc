// Streams as records, events as receipts.
#include "ledger/opening.h"

#include <algorithm>

#include "base/bytes.h"
#include "ledger/witnesses_test.h"

namespace weir::ledger {
namespace {

using custody::Reason;

struct OpeningTest : testing::Test {
  TestLog log;
  Stream stream = log.create("aaaaaaaaaaaaaaaaaaaaaaaaaa");
  Stream other = log.create("bbbbbbbbbbbbbbbbbbbbbbbbbb");
  Witnesses none{0, 0, log.clock};
  Sealer sealer = none.sealer(log);
  Opening opening{sealer.vkey(), FreeText::kept_back, {}};

  Result<custody::Record> record(const Stream& one) const {
    return open_stream(*log.read(), *log.ledger, one, opening);
  }
};

TEST_F(OpeningTest, BracketsAreTheArchivesBoundaries) {
  // Seals after leaves 3, 4, 7 and 12: every leaf lies between two of them.
  for (const int count : {3, 1, 3}) {
    log.append_many(stream, count);
    must(sealer.seal());
  }
  log.append_many(stream, 4);
  log.append(stream, {"custody_opened", {}});
  must(sealer.seal());
  log.append_many(stream, 2);  // not covered yet: not in the record
  const custody::Record opened = must(record(stream));
  EXPECT_EQ(opened.as_of_size, 12U);
  ASSERT_EQ(opened.events.size(), 12U);
  struct Bracket {
    std::uint64_t before, after;
  };
  const std::vector<Bracket> brackets = {{0, 3}, {0, 3},  {0, 3},  {3, 4},  {4, 7},  {4, 7},
                                         {4, 7}, {7, 12}, {7, 12}, {7, 12}, {7, 12}, {7, 12}};
  for (std::size_t i = 0; i < brackets.size(); ++i) {
    EXPECT_EQ(opened.events[i].leaf, i);
    EXPECT_EQ(opened.events[i].index, i);
    EXPECT_EQ(opened.events[i].before, brackets[i].before) << i;
    EXPECT_EQ(opened.events[i].after, brackets[i].after) << i;
  }
  EXPECT_EQ(opened.kind, "case");
  EXPECT_EQ(opened.stream, stream.reference);
  EXPECT_EQ(custody::key_commit(opened.key), stream.key_commit);
  const auto again = must(custody::parse_record(custody::write_record(opened)));
  EXPECT_EQ(again.events.size(), 12U);
}

TEST_F(OpeningTest, EveryEventStillCommits) {
  log.append(stream, {"report_received", {{"user", json::Value("u")}, {"note", json::Value("t")}}});
  log.append(stream, {"custody_opened", {}});
  must(sealer.seal());
  const auto events = must(log.events(stream));
  const custody::Record opened = must(record(stream));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(custody::commitment(opened.events[i].fields), events[i].commitment);
  }
}

TEST_F(OpeningTest, NoKeyBeforeTheLedgerSaysSo) {
  EXPECT_EQ(code_of(record(stream)), Code::unavailable) << "nothing sealed";
  log.append_many(stream, 1);
  must(sealer.seal());
  EXPECT_EQ(code_of(record(stream)), Code::conflict) << "not opened";
  EXPECT_FALSE(must(is_open(*log.read(), stream)));
  log.append(stream, {"custody_opened", {}});
  EXPECT_EQ(code_of(record(stream)), Code::conflict) << "not sealed since";
  EXPECT_FALSE(must(is_open(*log.read(), stream)));
  must(sealer.seal());
  EXPECT_TRUE(record(stream));
  EXPECT_TRUE(must(is_open(*log.read(), stream)));
}

TEST_F(OpeningTest, ThePlatformNeedsNoOpening) {
  const Stream platform = log.create("pppppppppppppppppppppppppp", StreamKind::platform);
  log.append(platform, {"rule", {}});
  must(sealer.seal());
  EXPECT_EQ(must(record(platform)).kind, "platform");
}

TEST_F(OpeningTest, WhatIsKeptBackIsDecidedByField) {
  log.append(stream, {"access",
                      {{"user", json::Value("u")},
                       {"approver", json::Value("p")},
                       {"reporter", json::Value("r")},
                       {"handler", json::Value("h")},
                       {"ground", json::Value("g")},
                       {"justification", json::Value("j")},
                       {"note", json::Value("n")},
                       {"terms", json::Value("t")},
                       {"manifest", json::Value(json::Array{})},
                       {"content_salt", json::Value("s")},
                       {"recipient_list", json::Value(json::Array{})},
                       {"label_text", json::Value("l")},
                       {"file", json::Value("f")},
                       {"organisation", json::Value("org")},
                       {"vendor", json::Value("named")},
                       {"content", json::Value("c")}}});
  log.append(stream, {"published", {{"content_salt", json::Value("s")}}});
  log.append(stream, {"custody_opened", {}});
  must(sealer.seal());
  const auto reasons = [&](std::size_t event) {
    std::map<std::string, std::string> kept;
    const custody::Record opened = must(record(stream));
    for (const auto& field : opened.events[event].fields) {
      EXPECT_NE(field.value.has_value(), field.reason.has_value());
      if (field.reason) {
        kept[field.name] = name(*field.reason);
      }
    }
    return kept;
  };
  std::map<std::string, std::string> expected = {{"user", "person"},
                                                 {"approver", "person"},
                                                 {"reporter", "person"},
                                                 {"handler", "person"},
                                                 {"ground", "text"},
                                                 {"justification", "text"},
                                                 {"note", "text"},
                                                 {"terms", "text"},
                                                 {"manifest", "content"},
                                                 {"content_salt", "content"},
                                                 {"recipient_list", "content"},
                                                 {"label_text", "content"},
                                                 {"file", "content"},
                                                 {"organisation", "agreement"},
                                                 {"vendor", "agreement"}};
  EXPECT_EQ(reasons(0), expected);
  EXPECT_TRUE(reasons(1).empty()) << "what was published is public";
  opening.may_name = [](const std::string& organisation) { return organisation == "named"; };
  expected.erase("vendor");
  EXPECT_EQ(reasons(0), expected);
  opening.free_text = FreeText::shown;
  for (const char* text : {"ground", "justification", "note", "terms"}) {
    expected.erase(text);
  }
  EXPECT_EQ(reasons(0), expected);
}

TEST_F(OpeningTest, MergedAndSplitCasesAreLinked) {
  for (const char* reference : {"c", "b", "c"}) {
    log.append(stream, {"merged", {{"other", json::Value(reference)}}});
  }
  log.append(stream, {"split", {{"other", json::Value("a")}}});
  log.append(stream, {"claimed", {{"other", json::Value("z")}}});
  log.append(stream, {"custody_opened", {}});
  must(sealer.seal());
  EXPECT_EQ(must(record(stream)).linked, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(OpeningTest, AReceiptForEveryLeafAtEveryBoundary) {
  log.append_many(other, 1);
  for (const int count : {1, 2, 252, 1, 1, 43}) {
    log.append_many(stream, count);
    must(sealer.seal());
    const std::uint64_t size = log.head().size;
    const auto events = must(log.events(stream));
    for (const std::size_t index : {std::size_t{0}, events.size() / 2, events.size() - 1}) {
      const auto proof =
          must(merkle::parse_proof(must(receipt(*log.read(), *log.ledger, stream, index))));
      EXPECT_EQ(proof.index, events[index].leaf);
      const Appended leaf{0, 0, events[index].tag, events[index].commitment, {}};
      const auto open = must(merkle::verify_proof(proof, leaf.leaf_hash(), none.policy()));
      EXPECT_EQ(open.checkpoint.head.size, size);
      const json::Value extra = must(json::parse(proof.extra));
      EXPECT_EQ(extra.at("format"), json::Value("weir-receipt/v1"));
      EXPECT_EQ(extra.at("tag"), json::Value(to_base64(events[index].tag)));
      const auto fields = must(custody::parse_fields(json::Cursor(extra.at("fields"))));
      EXPECT_EQ(custody::commitment(fields), events[index].commitment);
      EXPECT_EQ(custody::find_field(fields, "index")->reason, Reason::position);
    }
  }
}

TEST_F(OpeningTest, NoReceiptBeforeTheSeal) {
  EXPECT_EQ(code_of(receipt(*log.read(), *log.ledger, stream, 0)), Code::unavailable);
  log.append_many(stream, 1);
  must(sealer.seal());
  log.append_many(stream, 1);
  EXPECT_TRUE(receipt(*log.read(), *log.ledger, stream, 0));
  EXPECT_EQ(code_of(receipt(*log.read(), *log.ledger, stream, 1)), Code::unavailable);
  EXPECT_EQ(code_of(receipt(*log.read(), *log.ledger, stream, 2)), Code::not_found);
}

TEST_F(OpeningTest, ReceiptsAreFoundByAnIdOfTheirOwn) {
  log.append_many(stream, 3);
  const auto id =
      log.db->submit([&](store::Tx& tx) { return issue_receipt_id(tx, stream, 2, log.random); });
  ASSERT_TRUE(id);
  EXPECT_EQ((*id)->size(), 26U);
  const ReceiptPlace place = must(find_receipt(*log.read(), **id));
  EXPECT_EQ(place.stream.reference, stream.reference);
  EXPECT_EQ(place.index, 2U);
  EXPECT_EQ(code_of(find_receipt(*log.read(), "cccccccccccccccccccccccccc")), Code::not_found);
}

TEST_F(OpeningTest, StreamsAndTheirLeavesAreCounted) {
  log.append_many(stream, 2);
  log.append_many(other, 1);
  log.append_many(stream, 1);
  const auto all = must(streams(*log.read()));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].reference, stream.reference);
  EXPECT_EQ(all[1].reference, other.reference);
  const std::vector<std::uint64_t> below = {0, 1, 2, 2, 3, 3};  // leaves of `stream` below i
  for (std::size_t i = 0; i < below.size(); ++i) {
    EXPECT_EQ(must(leaves_below(*log.read(), stream, i)), below[i]) << i;
  }
}

}  // namespace
}  // namespace weir::ledger
