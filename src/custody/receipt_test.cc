#include "custody/receipt.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "custody/forger.h"

namespace weir::custody {
namespace {

using forger::Operator;
using forger::World;

TEST(Receipt, SaysWhatItProves) {
  const World world;
  const std::string text = write_receipt(world.op.receipt(world.report, 3));
  const ReceiptReport report = verify_receipt(text, world.op.pinned()).value();
  EXPECT_EQ(report.origin, "log.example");
  EXPECT_EQ(report.stream, world.report.reference);
  EXPECT_EQ(report.type, "embargo_proposed");
  EXPECT_EQ(report.leaf, 7u);
  EXPECT_EQ(report.size, 19u);
  EXPECT_EQ(report.shown, (std::vector<std::string>{"key_commit", "origin", "prev", "stream",
                                                    "time", "type", "v"}));
  ASSERT_EQ(report.kept_back.size(), 2u);
  EXPECT_EQ(report.kept_back[0].name, "ground");
  EXPECT_EQ(report.kept_back[1].reason, Reason::position);
  EXPECT_EQ(report.witnessed, Witnessed::by_quorum);
  EXPECT_EQ(report.witnesses, 2u);
  EXPECT_EQ(report.cosigned, world.op.clock.now());
  EXPECT_EQ(report.sentences(),
            (std::vector<std::string>{"signed by the operator and cosigned by 2 witnesses"}));
}

TEST(Receipt, WithoutAQuorumOnlyTheOperatorVouches) {
  const World world;
  const std::string text = write_receipt(world.op.receipt(world.report, 3));
  const std::string log = "log " + world.op.log_key.text() + "\n";
  const std::string stranger = Operator(9).witness_keys[0].text();
  for (const std::string& policy :
       {log + "quorum none\n", log + "witness w " + stranger + "\nquorum w\n"}) {
    const ReceiptReport report =
        verify_receipt(text, {world.op.log_key, merkle::Policy::parse(policy).value()}).value();
    EXPECT_EQ(report.witnessed, Witnessed::by_operator_only);
    EXPECT_EQ(report.sentences()[0],
              "signed by the operator only; others may be shown another log");
  }
}

TEST(Receipt, TellsTheBody) {
  const World world;
  const Pinned pinned = world.op.pinned();
  const auto body_of = [&](std::uint64_t index, const std::string& body,
                           const forger::Hide& hide = forger::hide_for_recipient) {
    const std::string text = write_receipt(world.op.receipt(world.report, index, hide));
    return verify_receipt(text, pinned, body).value();
  };
  const auto hide_salt = [](const std::string& type, const std::string& name) {
    return name == "content_salt" ? std::optional(Reason::content)
                                  : forger::hide_for_recipient(type, name);
  };
  EXPECT_EQ(body_of(0, world.body).body, Body::is_content);
  EXPECT_EQ(body_of(0, world.body + "x").body, Body::differs);
  EXPECT_EQ(body_of(0, world.body, hide_salt).body, Body::not_bound);
  EXPECT_EQ(body_of(2, world.body).body, Body::in_manifest);
  EXPECT_EQ(body_of(2, world.body).manifest_position, 0u);
  EXPECT_EQ(body_of(2, "").body, Body::differs);
  EXPECT_EQ(body_of(2, world.body, hide_salt).body, Body::not_bound);
  EXPECT_EQ(body_of(1, world.body).body, Body::not_bound);
}

TEST(Receipt, AManifestThatIsNotCommittedToIsRefused) {
  World world;
  world.op.write(world.report, "access", forger::access_fields(world.op, world, "r"),
                 {.fields = [](std::vector<Field>& fields) {
                   std::ranges::find(fields, "manifest", &Field::name)->value = json::Array{};
                 }});
  world.op.seal();
  const std::string text = write_receipt(world.op.receipt(world.report, 10));
  EXPECT_EQ(verify_receipt(text, world.op.pinned()).error().code, Code::denied);
}

TEST(Receipt, RefusesWhatIsNotProven) {
  const World world;
  const Pinned pinned = world.op.pinned();
  const Receipt good = world.op.receipt(world.report, 3);
  const auto code = [&](const Receipt& receipt) {
    const auto report = verify_receipt(write_receipt(receipt), pinned);
    return report ? "accepted" : std::string(name(report.error().code));
  };
  EXPECT_EQ(code(good), "accepted");
  Receipt bad = good;
  bad.proof.index = 6;
  EXPECT_EQ(code(bad), "denied");
  bad = good;
  bad.tag = sha256("other");
  EXPECT_EQ(code(bad), "denied");
  bad = good;
  bad.proof.hashes.pop_back();
  EXPECT_EQ(code(bad), "denied");
  bad = good;
  bad.proof.checkpoint = Operator(1).signed_checkpoint({.size = 19, .root = sha256("x")});
  EXPECT_EQ(code(bad), "denied");
  bad = world.op.receipt(world.report, 3, [](const std::string&, const std::string& field) {
    return field == "time" ? std::optional(Reason::text) : std::nullopt;
  });
  EXPECT_EQ(code(bad), "invalid");  // a skeleton field
  bad = world.op.receipt(world.report, 3, [](const std::string&, const std::string& field) {
    return field == "index" ? std::optional(Reason::text) : std::nullopt;
  });
  EXPECT_EQ(code(bad), "invalid");  // the wrong reason
  const auto other = verify_receipt(write_receipt(good), {Operator(2).log_key, pinned.policy});
  EXPECT_EQ(other.error().code, Code::denied);
  const auto elsewhere =
      verify_receipt(write_receipt(good), {Operator(2, "other.example").log_key, pinned.policy});
  EXPECT_EQ(elsewhere.error().code, Code::not_found);
}

TEST(Receipt, TheEventMustNameTheLogOfTheCheckpoint) {
  World world;
  world.op.write(world.report, "claimed", {}, {.fields = [](std::vector<Field>& fields) {
                   std::ranges::find(fields, "origin", &Field::name)->value =
                       json::Value("other.example");
                 }});
  world.op.seal();
  const std::string text = write_receipt(world.op.receipt(world.report, 10));
  EXPECT_EQ(verify_receipt(text, world.op.pinned()).error().code, Code::denied);
}

TEST(Receipt, IsCanonical) {
  const World world;
  const Receipt receipt = world.op.receipt(world.report, 2);
  const std::string text = write_receipt(receipt);
  EXPECT_EQ(write_receipt(parse_receipt(text).value()), text);
  merkle::LogProof proof = merkle::parse_proof(text).value();
  for (const std::string& extra :
       {proof.extra + " ", "{}" + proof.extra, std::string("{}"), std::string("[]")}) {
    proof.extra = extra;
    EXPECT_EQ(parse_receipt(merkle::format_proof(proof)).error().code, Code::invalid) << extra;
  }
}

// What no signature covers: the name and the reason of a field that is kept back (only its hash is
// committed to), and a cosignature that does not name its witness any more, which is nobody's.
TEST(Receipt, NoFlippedByteVerifiesWithOtherContent) {
  const World world;
  const Pinned pinned = world.op.pinned();
  const Receipt receipt = world.op.receipt(world.report, 3);
  const std::string text = write_receipt(receipt);
  const ReceiptReport good = verify_receipt(text, pinned).value();
  std::size_t renamed = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {1, 2, 32}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      const auto report = verify_receipt(changed, pinned);
      if (!report) {
        continue;
      }
      EXPECT_EQ(report->shown, good.shown);
      EXPECT_EQ(report->stream, good.stream);
      EXPECT_EQ(report->time, good.time);
      EXPECT_EQ(report->leaf, good.leaf);
      const Receipt other = parse_receipt(changed).value();
      EXPECT_EQ(commitment(other.fields), commitment(receipt.fields));
      if (report->witnessed == Witnessed::by_quorum) {
        EXPECT_NE(report->kept_back[0].name, "ground") << "byte " << at << " bit " << bit;
        ++renamed;
      }
    }
  }
  EXPECT_LE(renamed, 3 * std::string_view("ground").size());
}

TEST(Promise, IsASignedNoteOfFourLines) {
  const World world;
  const Promise promise = world.op.promise(world.report.events[0]);
  const std::string text = world.op.signed_promise(promise);
  EXPECT_TRUE(text.starts_with("weir-promise/v1\nlog.example\n" + to_base64(promise.leaf_hash) +
                               "\n" + to_rfc3339(promise.by) + "\n\n— log.example/promise "));
  EXPECT_EQ(verify_promise(text, world.op.promise_key).value(), promise);
}

TEST(Promise, OnlyThePinnedKeyOfItsLogCounts) {
  const World world;
  const std::string text = world.op.signed_promise(world.op.promise(world.report.events[0]));
  EXPECT_EQ(verify_promise(text, world.op.log_key).error().code, Code::denied);
  EXPECT_EQ(verify_promise(text, Operator(2).promise_key).error().code, Code::denied);
  EXPECT_EQ(verify_promise(text, Operator(2, "b").promise_key).error().code, Code::denied);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(verify_promise(changed, world.op.promise_key)) << at;
  }
}

TEST(Promise, IsKeptByTheReceiptOfItsLeafAlone) {
  const World world;
  const Promise promise = world.op.promise(world.report.events[0]);
  EXPECT_TRUE(is_kept(promise, world.op.receipt(world.report, 0)));
  EXPECT_FALSE(is_kept(promise, world.op.receipt(world.report, 1)));
}

}  // namespace
}  // namespace weir::custody
