#include <gtest/gtest.h>

#include "base/bytes.h"
#include "merkle/testing.h"
#include "merkle/witness.h"

namespace weir::merkle {
namespace {

/// "@X" in `text` becomes the vkey of witness X, "%X" that of log X.
std::string with_keys(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '@' || text[i] == '%') && i + 1 < text.size()) {
      const std::string_view name = text.substr(i + 1, 1);
      result += text[i] == '@' ? witness_vkey(name).text() : log_vkey(name).text();
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

Result<Policy> parse(std::string_view text) {
  return Policy::parse(with_keys(text));
}

// The example of tlog-policy.md.
constexpr std::string_view kExample =
    "log %L\n"
    "\n"
    "witness X1 @1\nwitness X2 @2\nwitness X3 @3\n"
    "group X-witnesses 2 X1 X2 X3\n"
    "\n"
    "witness Y1 @4\nwitness Y2 @5\nwitness Y3 @6\n"
    "group Y-witnesses any Y1 Y2 Y3\n"
    "\n"
    "group X-and-Y all X-witnesses Y-witnesses\n"
    "quorum X-and-Y\n";

TEST(Policy, TheSpecificationsExampleForEverySetOfWitnesses) {
  const auto policy = parse(kExample);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->witnesses().size(), 6u);
  EXPECT_EQ(policy->log_keys(), std::vector{log_vkey("L")});
  EXPECT_EQ(policy->witness_keys().at(3), witness_vkey("4"));
  EXPECT_FALSE(policy->needs_no_witness());
  for (unsigned set = 0; set < 64; ++set) {
    std::vector<std::size_t> cosigned;
    for (std::size_t i = 0; i < 6; ++i) {
      if (((set >> i) & 1) != 0) {
        cosigned.push_back(i);
      }
    }
    const int x = __builtin_popcount(set & 7);
    EXPECT_EQ(policy->is_met(cosigned), x >= 2 && (set >> 3) != 0) << set;
  }
  // Counting one witness twice does not help.
  EXPECT_FALSE(policy->is_met(std::vector<std::size_t>{0, 0, 3, 3}));
}

TEST(Policy, BothWays) {
  for (const std::string_view text :
       {kExample, std::string_view("quorum none\n"),
        std::string_view("witness a @a https://w.example/\nquorum a\nlog %b https://l.example/\n"),
        std::string_view("# words\n\t \n  log\t%a   http://x  \n \t# more\nquorum\tnone \n"),
        std::string_view("witness 1 @a\nwitness all @b\ngroup any 2 1 all\nquorum any\n"),
        std::string_view("witness \xff\xfe @a\nquorum \xff\xfe\n")}) {
    const auto policy = parse(text);
    ASSERT_TRUE(policy) << text << weir::text(policy.error());
    EXPECT_EQ(Policy::parse(policy->text()), *policy) << policy->text();
    EXPECT_EQ(Policy::parse(policy->text())->text(), policy->text());
  }
  EXPECT_EQ(parse("witness a @a http://u\nquorum a\nlog %b\n")->text(),
            with_keys("log %b\nwitness a @a http://u\nquorum a\n"));
  EXPECT_TRUE(parse("quorum none\n")->needs_no_witness());
  EXPECT_TRUE(parse("quorum none\n")->is_met({}));
}

TEST(Policy, ErrorsNameTheLine) {
  const std::string defs = "witness a @a\nwitness b @b\n";  // lines 1 and 2
  const std::vector<std::pair<std::string, std::string>> table = {
      {defs + "quorum c\n", "line 3"},
      {defs + "quorum\n", "line 3"},
      {defs + "quorum a b\n", "line 3"},
      {defs + "quorum a\nquorum a\n", "line 4"},
      {defs + "quorum none\nquorum a\n", "line 4"},
      {defs, ""},
      {"", ""},
      {"quorum g\ngroup g any a\n", "line 1"},
      {defs + "group g any c\nquorum g\n", "line 3"},
      {defs + "group g any\nquorum g\n", "line 3"},
      {defs + "group g 0 a b\nquorum g\n", "line 3"},
      {defs + "group g 3 a b\nquorum g\n", "line 3"},
      {defs + "group g 01 a b\nquorum g\n", "line 3"},
      {defs + "group g -1 a b\nquorum g\n", "line 3"},
      {defs + "group g 18446744073709551617 a b\nquorum g\n", "line 3"},
      {defs + "group g most a b\nquorum g\n", "line 3"},
      {defs + "group g any a a\nquorum g\n", "line 3"},
      {defs + "group g any a none\nquorum g\n", "line 3"},
      {defs + "group g any g\nquorum g\n", "line 3"},
      {defs + "group a any b\nquorum a\n", "line 3"},
      {defs + "group none any b\nquorum none\n", "line 3"},
      {defs + "group g any a\ngroup h all a b\nquorum g\n", "line 4"},
      {defs + "witness a @c\nquorum a\n", "line 3"},
      {defs + "witness c @a\nquorum a\n", "line 3"},
      {"witness none @a\nquorum none\n", "line 1"},
      {"witness a\nquorum none\n", "line 1"},
      {"witness a @a u v\nquorum none\n", "line 1"},
      {"witness a %a\nquorum none\n", "line 1"},
      {"witness a key\nquorum none\n", "line 1"},
      {"log\nquorum none\n", "line 1"},
      {"log @a\nquorum none\n", "line 1"},
      {"log %a u v\nquorum none\n", "line 1"},
      {"log %a\nlog %a\nquorum none\n", "line 2"},
      {"logs %a\nquorum none\n", "line 1"},
      {"quorum none # not a comment\n", "line 1"},
      {"\n\nquorum none\r\n", "line 3"},
      {"quorum none\n\x7f\n", "line 2"},
      {"quorum none\nlog", "line 1"},
      {defs + "group a-and-b all a b\nquorum a", "line 3"},
  };
  for (const auto& [text, where] : table) {
    const auto policy = parse(text);
    ASSERT_FALSE(policy) << text;
    EXPECT_EQ(policy.error().where, where) << text << policy.error().message;
    EXPECT_EQ(policy.error().code, Code::invalid);
  }
}

TEST(Policy, EveryCutInsideTheQuorumLineIsRefused) {
  const std::string text = with_keys(kExample);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Policy::parse(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(Policy, TheSameKeyUnderAnotherNameIsADuplicate) {
  const auto other =
      VerifierKey::make(SignatureType::cosignature, "other", test_key("a").public_key()).value();
  EXPECT_FALSE(parse("witness a @a\nwitness b " + other.text() + "\nquorum none\n"));
}

TEST(Policy, HasLimits) {
  std::string text;
  for (std::size_t i = 0; i < kMaxPolicyItems; ++i) {
    const std::string name = fmt::format("w{}", i);
    text += fmt::format("log {}\nwitness {} {}\ngroup g{} any {}\n", log_vkey(name).text(), name,
                        witness_vkey(name).text(), i, name);
  }
  const std::string quorum = "quorum g255\n";
  EXPECT_TRUE(Policy::parse(text + quorum));
  EXPECT_FALSE(Policy::parse(text + with_keys("log %x\n") + quorum));
  EXPECT_FALSE(Policy::parse(text + with_keys("witness x @x\n") + quorum));
  EXPECT_FALSE(Policy::parse(text + "group x any g0\n" + quorum));
  const std::string filler = "#" + std::string(kMaxPolicyBytes - 14, 'x') + "\n";
  EXPECT_TRUE(Policy::parse(filler + "quorum none\n"));
  EXPECT_FALSE(Policy::parse(filler + "\nquorum none\n"));
}

TEST(VerifyProof, NeedsLogQuorumAndPath) {
  const auto leaves = make_leaves(7);
  const TreeHead head{.size = 7, .root = tree_hash(leaves)};
  Note note = signed_checkpoint("L", head);
  const auto policy =
      parse("log %L\nwitness a @a\nwitness b @b\ngroup g 2 a b\nquorum g\n").value();
  LogProof proof{.index = 4, .hashes = path(4, leaves), .checkpoint = format_note(note)};
  const auto refused = verify_proof(proof, leaves[4], policy);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_TRUE(refused.error().message.starts_with("0 of 2 known witnesses"));

  const Instant now{1'679'315'147'000};
  note.signatures.push_back(cosign(witness_vkey("a"), test_key("a"), note.body, now));
  note.signatures.push_back(note.signatures.back());
  proof.checkpoint = format_note(note);
  EXPECT_FALSE(verify_proof(proof, leaves[4], policy)) << "one witness twice";
  note.signatures.push_back(cosign(witness_vkey("b"), test_key("b"), note.body, now));
  proof.checkpoint = format_note(note);
  const auto accepted = verify_proof(proof, leaves[4], policy);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->cosigned.size(), 2u);
  EXPECT_EQ(accepted->cosigned[1].earliest, now);

  EXPECT_EQ(verify_proof(proof, leaves[5], policy).error().code, Code::denied);
  LogProof changed = proof;
  changed.index = 5;
  EXPECT_EQ(verify_proof(changed, leaves[4], policy).error().code, Code::denied);
  changed = proof;
  std::swap(changed.hashes[0], changed.hashes[1]);
  EXPECT_EQ(verify_proof(changed, leaves[4], policy).error().code, Code::denied);
  EXPECT_EQ(verify_proof(proof, leaves[4], parse("log %M\nquorum none\n").value()).error().code,
            Code::not_found);
  EXPECT_TRUE(verify_proof(proof, leaves[4], parse("log %L\nquorum none\n").value()));
}

}  // namespace
}  // namespace weir::merkle
