#include "merkle/witness.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "merkle/testing.h"

namespace weir::merkle {
namespace {

using namespace std::chrono_literals;

const Instant kNow{1'679'315'147'000};
constexpr std::string_view kLog = "example.com/log";

/// A log that can speak to a witness about every size it has had.
struct World {
  std::vector<Digest> leaves = make_leaves(40);
  TestLog log;
  Witness witness{witness_vkey("w"), test_key("w"), {log_vkey(kLog), log_vkey("other")}};

  World() { log.append(leaves); }
  TreeHead head(std::size_t size) const {
    return {.size = size, .root = tree_hash(std::span(leaves).first(size))};
  }
  Proof proof(std::uint64_t older, std::uint64_t newer) {
    TileReader tiles(newer, log.loader());
    return prove_consistency({.older = older, .newer = newer}, tiles.reader()).value();
  }
  AddCheckpoint request(std::uint64_t older, std::uint64_t newer) {
    return {.old_size = older,
            .proof = proof(older, newer),
            .checkpoint = format_note(signed_checkpoint(kLog, head(newer)))};
  }
  Witness::Answer ask(const AddCheckpoint& what) {
    const auto answer = witness.add_checkpoint(format_add_checkpoint(what), kNow);
    EXPECT_EQ(answer.status == 200, answer.remember.has_value());
    if (answer.remember) {
      witness.remember(*answer.remember);
    }
    return answer;
  }
};

TEST(Witness, CosignsAGrowingLog) {
  World world;
  std::uint64_t last = 0;
  for (const std::uint64_t size : {1u, 2u, 2u, 7u, 8u, 9u, 32u, 40u}) {
    const auto answer = world.ask(world.request(last, size));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Note note = signed_checkpoint(kLog, world.head(size));
    const auto cosignatures = accept_cosignatures(note, answer.body, witness_vkey("w"), kNow);
    ASSERT_TRUE(cosignatures);
    EXPECT_EQ(cosignatures->size(), 1u);
    EXPECT_EQ(world.witness.size_of(kLog), size);
    const auto kept = world.witness.find_checkpoint(to_hex(sha256(kLog).view()));
    const std::vector<VerifierKey> logs = {log_vkey(kLog)};
    const std::vector<VerifierKey> witnesses = {witness_vkey("w")};
    const auto open = open_checkpoint(kept.value(), logs, witnesses);
    ASSERT_TRUE(open);
    EXPECT_EQ(open->checkpoint.head, world.head(size));
    EXPECT_EQ(open->cosigned.size(), 1u);
    last = size;
  }
  EXPECT_EQ(world.witness.size_of("other"), 0u);
  EXPECT_FALSE(world.witness.find_checkpoint(to_hex(sha256("other").view())));
}

TEST(Witness, AnswersAsTheProtocolSays) {
  World world;
  ASSERT_EQ(world.ask(world.request(0, 10)).status, 200);
  const AddCheckpoint good = world.request(10, 20);
  const auto status = [&world](const AddCheckpoint& what) { return world.ask(what).status; };
  const auto with_note = [&good](const Note& note) {
    AddCheckpoint changed = good;
    changed.checkpoint = format_note(note);
    return changed;
  };

  EXPECT_EQ(status(with_note(signed_checkpoint("stranger", world.head(20)))), 404);

  Note bad = parse_note(good.checkpoint).value();
  bad.signatures[0].bytes[7] ^= 1;
  EXPECT_EQ(status(with_note(bad)), 403) << "a known key's signature is wrong";
  bad.signatures[0].name = "someone";
  EXPECT_EQ(status(with_note(bad)), 403) << "signed by an unknown key only";
  Note twice = parse_note(good.checkpoint).value();
  twice.signatures.push_back(twice.signatures[0]);
  twice.signatures[1].bytes[7] ^= 1;
  EXPECT_EQ(status(with_note(twice)), 403) << "one right, one wrong";
  Note wrong_log = parse_note(good.checkpoint).value();
  wrong_log.signatures = {sign_note(log_vkey("other"), test_key("other"), wrong_log.body)};
  EXPECT_EQ(status(with_note(wrong_log)), 403) << "signed by another known log";

  AddCheckpoint changed = good;
  changed.old_size = 21;
  EXPECT_EQ(status(changed), 400) << "the old size is above the checkpoint's";

  for (const std::uint64_t old_size : {0u, 9u, 11u, 20u}) {
    changed = good;
    changed.old_size = old_size;
    const auto answer = world.ask(changed);
    EXPECT_EQ(answer.status, 409) << old_size;
    EXPECT_EQ(answer.content_type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, "10\n");
    EXPECT_EQ(parse_witness_size(answer.body), 10u);
  }

  changed = good;
  changed.proof[0].bytes[0] ^= 1;
  EXPECT_EQ(status(changed), 422);
  changed.proof.clear();
  EXPECT_EQ(status(changed), 422);
  EXPECT_EQ(status(with_note(signed_checkpoint(kLog, {.size = 20, .root = sha256("fork")}))), 422);
  changed = world.request(10, 10);
  changed.checkpoint = format_note(signed_checkpoint(kLog, {.size = 10, .root = sha256("fork")}));
  EXPECT_EQ(status(changed), 422) << "same size, other root";
  changed = world.request(10, 10);
  changed.proof.push_back(sha256("more"));
  EXPECT_EQ(status(changed), 422) << "same size, but a proof";

  EXPECT_EQ(world.witness.size_of(kLog), 10u) << "no refusal changed anything";
  EXPECT_EQ(status(good), 200);
  EXPECT_EQ(status(good), 409) << "played back";
}

TEST(Witness, StartsFromTheEmptyTree) {
  World world;
  AddCheckpoint empty = world.request(0, 0);
  empty.checkpoint = format_note(signed_checkpoint(kLog, {.size = 0, .root = sha256("x")}));
  EXPECT_EQ(world.ask(empty).status, 422) << "not the empty tree's root";
  EXPECT_EQ(world.ask(world.request(0, 0)).status, 200);
  AddCheckpoint with_proof = world.request(0, 5);
  with_proof.proof = world.proof(3, 5);
  EXPECT_EQ(world.ask(with_proof).status, 422) << "nothing to prove from size 0";
  EXPECT_EQ(world.ask(world.request(0, 5)).status, 200);
  AddCheckpoint back = world.request(0, 0);
  EXPECT_EQ(world.ask(back).status, 409) << "no way back";
}

TEST(Witness, TwoReadersCannotBeShownTwoLogs) {
  World honest;
  World forked;
  forked.leaves[3] = sha256("another history");
  forked.log = {};
  forked.log.append(forked.leaves);
  EXPECT_EQ(honest.ask(honest.request(0, 8)).status, 200);
  for (std::uint64_t size = 8; size <= 40; ++size) {
    EXPECT_EQ(honest.ask(forked.request(8, size)).status, 422) << size;
  }
}

TEST(Witness, RemembersTheGreatestTree) {
  World world;
  const auto five = world.witness.add_checkpoint(format_add_checkpoint(world.request(0, 5)), kNow);
  const auto three = world.witness.add_checkpoint(format_add_checkpoint(world.request(0, 3)), kNow);
  world.witness.remember(*five.remember);
  world.witness.remember(*three.remember);
  EXPECT_EQ(world.witness.size_of(kLog), 5u);
  Witness restarted(witness_vkey("w"), test_key("w"), {log_vkey(kLog)});
  restarted.remember(*five.remember);
  EXPECT_EQ(restarted.add_checkpoint(format_add_checkpoint(world.request(0, 7)), kNow).status, 409);
}

TEST(Witness, KeepsOnlyTheSignaturesThatItVerified) {
  World world;
  Note note = signed_checkpoint(kLog, world.head(4));
  for (int i = 0; i < 60; ++i) {
    note.signatures.push_back({.name = "unknown", .id = 1, .bytes = "not checked"});
    note.signatures.push_back(note.signatures.front());
    note.signatures.resize(std::min(note.signatures.size(), kMaxSignatures));
  }
  AddCheckpoint request = world.request(0, 4);
  request.checkpoint = format_note(note);
  ASSERT_EQ(world.ask(request).status, 200);
  const auto kept = parse_note(world.witness.find_checkpoint(to_hex(sha256(kLog).view())).value());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->signatures.size(), 2u);
}

TEST(AddCheckpoint, BothWaysAndNothingElse) {
  World world;
  const AddCheckpoint request = world.request(7, 20);
  const std::string body = format_add_checkpoint(request);
  EXPECT_EQ(parse_add_checkpoint(body), request);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto cut = std::string_view(body).substr(0, size);
    EXPECT_FALSE(parse_add_checkpoint(cut)) << size;
    EXPECT_EQ(world.witness.add_checkpoint(cut, kNow).status, 400) << size;
  }
  const std::string end = "\n" + request.checkpoint;
  EXPECT_TRUE(parse_add_checkpoint("old 0\n" + end));
  for (const std::string& bad : std::vector<std::string>{
           end, "old\n" + end, "old \n" + end, "old 00\n" + end, "old -1\n" + end, "Old 0\n" + end,
           "old  0\n" + end, "old 0 \n" + end, "old 18446744073709551616\n" + end,
           "old 0\r\n" + end, "old 0\nAAAA\n" + end, "old 0\n" + request.checkpoint,
           "old 0\n\n" + end, "old 0\n" + end + "\n", "old 0\n\ntext\n\n— a AAAAAAA=\n"}) {
    EXPECT_FALSE(parse_add_checkpoint(bad)) << bad;
  }
  AddCheckpoint longest = request;
  longest.proof.resize(kMaxProofHashes);
  EXPECT_TRUE(parse_add_checkpoint(format_add_checkpoint(longest)));
  longest.proof.resize(kMaxProofHashes + 1);
  EXPECT_FALSE(parse_add_checkpoint(format_add_checkpoint(longest)));
}

TEST(AcceptCosignatures, TakesOnlyTheWitnessesOwnOfNow) {
  const VerifierKey w = witness_vkey("w");
  const Note note = signed_checkpoint(kLog, {.size = 4, .root = sha256("root")});
  const auto answer = [&](Instant at, const Note& about) {
    const NoteSignature signature = cosign(w, test_key("w"), about.body, at);
    return format_signatures({&signature, 1});
  };
  const auto is_taken = [&](const std::string& body) {
    return accept_cosignatures(note, body, w, kNow).has_value();
  };
  EXPECT_TRUE(is_taken(answer(kNow, note)));
  EXPECT_TRUE(is_taken(answer(kNow - kMaxClockSkew, note)));
  EXPECT_TRUE(is_taken(answer(kNow + kMaxClockSkew, note)));
  EXPECT_FALSE(is_taken(answer(kNow - kMaxClockSkew - 1s, note))) << "an old one played back";
  EXPECT_FALSE(is_taken(answer(kNow + kMaxClockSkew + 1s, note)));
  EXPECT_FALSE(is_taken(answer(kNow, signed_checkpoint(kLog, {.size = 3, .root = sha256("r")}))));
  // Others' lines are left out, whatever they hold.
  const std::string other = "— other AAAAAAA=\n";
  const auto taken = accept_cosignatures(note, other + answer(kNow, note) + other, w, kNow);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front().name, "w");
  EXPECT_FALSE(is_taken(other));
  const std::string good = answer(kNow, note);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(is_taken(good.substr(0, size))) << size;
  }
  EXPECT_FALSE(is_taken("\n" + good));
  EXPECT_FALSE(is_taken(good + "\n"));
  EXPECT_FALSE(is_taken(good + answer(kNow - 1h, note))) << "one of now, one old";
}

TEST(WitnessSize, IsOneNumberAndANewline) {
  EXPECT_EQ(parse_witness_size("0\n"), 0u);
  EXPECT_EQ(parse_witness_size("18446744073709551615\n"), UINT64_MAX);
  for (const char* bad :
       {"", "\n", "1", "01\n", "1\n\n", " 1\n", "1\r\n", "18446744073709551616\n"}) {
    EXPECT_FALSE(parse_witness_size(bad)) << bad;
  }
}

}  // namespace
}  // namespace weir::merkle
