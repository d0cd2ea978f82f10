#include "merkle/note.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "merkle/testing.h"

namespace weir::merkle {
namespace {

// The example of signed-note.md.
constexpr std::string_view kExampleKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view kExampleNote =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

const Instant kNow{1'679'315'147'500};

std::string cut_or_grown(std::string_view text, std::size_t at, std::string_view with) {
  return std::string(text.substr(0, at)) + std::string(with) + std::string(text.substr(at));
}

TEST(VerifierKey, BothWays) {
  const auto key = VerifierKey::parse(kExampleKey);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name(), "example.com/foo");
  EXPECT_EQ(key->type(), SignatureType::ed25519);
  EXPECT_EQ(key->id(), 0x530d903aU);
  EXPECT_EQ(key->text(), kExampleKey);
  EXPECT_EQ(VerifierKey::make(key->type(), key->name(), key->public_key()), *key);
  EXPECT_EQ(VerifierKey::parse(witness_vkey("w").text()), witness_vkey("w"));
  // One key under two types has two ids.
  EXPECT_NE(witness_vkey("w").id(), log_vkey("w").id());
}

TEST(VerifierKey, RefusesEverythingElse) {
  const std::string material = to_base64("\x01" + log_vkey("a").public_key());
  for (const std::string& bad : std::vector<std::string>{
           "", "a", "a+b", "++", "example.com/foo+530d903b" + std::string(kExampleKey.substr(24)),
           "example.com/fop" + std::string(kExampleKey.substr(15)),
           "example.com/foo+530D903A" + std::string(kExampleKey.substr(24)),
           "example.com/foo+0530d903a" + std::string(kExampleKey.substr(24)),
           std::string(kExampleKey) + "\n", std::string(kExampleKey) + "+", "+530d903a+" + material,
           "a b+530d903a+" + material, "a\xc2\xa0+530d903a+" + material, "a+530d903a+" + material,
           "a+530d903a+"}) {
    EXPECT_FALSE(VerifierKey::parse(bad)) << bad;
  }
  for (std::size_t size = 0; size < kExampleKey.size(); ++size) {
    EXPECT_FALSE(VerifierKey::parse(kExampleKey.substr(0, size))) << size;
  }
}

TEST(VerifierKey, RefusesOtherTypesWithTheRightId) {
  for (const char type : {'\x00', '\x02', '\x03', '\x05', '\x06', '\xff'}) {
    const std::string material = type + test_key("a").public_key();
    const std::string id = to_hex(sha256("a\n" + material).view().substr(0, 4));
    EXPECT_FALSE(VerifierKey::parse("a+" + id + "+" + to_base64(material))) << int{type};
  }
  const std::string material = '\x01' + test_key("a").public_key();
  const std::string id = to_hex(sha256("a\n" + material).view().substr(0, 4));
  EXPECT_TRUE(VerifierKey::parse("a+" + id + "+" + to_base64(material)));
}

TEST(VerifierKey, NamesHoldNoSpacesAndHaveALimit) {
  const std::string key = test_key("a").public_key();
  const auto takes = [&key](std::string_view name) {
    return VerifierKey::make(SignatureType::ed25519, name, key).has_value();
  };
  EXPECT_TRUE(takes("a"));
  EXPECT_TRUE(takes("é/日本"));
  EXPECT_TRUE(takes(std::string(kMaxNameBytes, 'a')));
  EXPECT_FALSE(takes(std::string(kMaxNameBytes + 1, 'a')));
  for (const char* bad : {"", " ", "a b", "a+b", "a\tb", "a\n", "\x1f", "a\xc2\x85", "a\xc2\xa0",
                          "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8",
                          "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xff"}) {
    EXPECT_FALSE(takes(bad)) << bad;
  }
  EXPECT_FALSE(takes(std::string_view("a\0b", 3)));
  EXPECT_FALSE(VerifierKey::make(SignatureType::ed25519, "a", key.substr(1)));
}

TEST(Note, TheSpecificationsExample) {
  const auto note = parse_note(kExampleNote);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->body, "This is an example message.\n");
  EXPECT_EQ(format_note(*note), kExampleNote);
  const auto key = VerifierKey::parse(kExampleKey).value();
  const auto verified = verify_note(*note, {&key, 1});
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->size(), 1u);
  EXPECT_EQ(verified->front().key, 0u);
  EXPECT_EQ(verified->front().latest, Instant{});
}

TEST(Note, RefusesWhatIsNotOne) {
  const std::string line(kExampleNote.substr(kExampleNote.find("\n\n") + 2));
  const std::string body = "text\n\n";
  EXPECT_TRUE(parse_note(body + line));
  EXPECT_TRUE(parse_note("\n\n" + line)) << "the text may be one empty line";
  for (const std::string& bad : std::vector<std::string>{"",
                                                         "\n",
                                                         "\n\n",
                                                         "text\n" + line,
                                                         "text\n\n",
                                                         line,
                                                         "\n" + line,
                                                         body + "\n" + line + "\n",
                                                         body + line + "\n",
                                                         body + line + "more\n",
                                                         body + line + "more",
                                                         body + line.substr(0, line.size() - 1),
                                                         "te\rxt\n\n" + line,
                                                         "te\txt\n\n" + line,
                                                         std::string("te\0xt\n\n", 7) + line,
                                                         "\xff\n\n" + line,
                                                         body + "- a AAAAAAA=\n",
                                                         body + "—  AAAAAAA=\n",
                                                         body + "— a\n",
                                                         body + "— a \n",
                                                         body + "— a AAAAAA==\n",
                                                         body + "— a AAAAAAB=\n",
                                                         body + "— a  AAAAAAA=\n",
                                                         body + "— a AAAAAAA= \n",
                                                         body + "— a+b AAAAAAA=\n",
                                                         body + "— a AAAA AAA=\n",
                                                         body + "—a AAAAAAA=\n"}) {
    EXPECT_FALSE(parse_note(bad)) << bad;
  }
  EXPECT_TRUE(parse_note(body + "— a AAAAAAA=\n")) << "five bytes: an id and one of signature";
  EXPECT_EQ(parse_note(body + line + "bad\n").error().where, "line 2 of the signatures");
}

TEST(Note, TheLastEmptyLineEndsTheText) {
  const std::string body = "one\n\ntwo\n\n\nthree\n";
  Note note{.body = body, .signatures = {sign_note(log_vkey("a"), test_key("a"), body)}};
  EXPECT_EQ(parse_note(format_note(note)), note);
  const VerifierKey key = log_vkey("a");
  EXPECT_TRUE(verify_note(note, {&key, 1}));
}

TEST(Note, HasLimits) {
  const std::string line = "— a AAAAAAA=\n";
  std::string text = "text\n\n";
  for (std::size_t i = 0; i < kMaxSignatures; ++i) {
    text += line;
  }
  EXPECT_TRUE(parse_note(text));
  EXPECT_FALSE(parse_note(text + line));
  const std::string tail = "\n\n" + line;
  EXPECT_TRUE(parse_note(std::string(kMaxNoteBytes - tail.size(), 'x') + tail));
  EXPECT_FALSE(parse_note(std::string(kMaxNoteBytes - tail.size() + 1, 'x') + tail));
}

TEST(Note, EveryFlippedByteAndEveryTruncationIsRefused) {
  const auto key = VerifierKey::parse(kExampleKey).value();
  for (std::size_t at = 0; at < kExampleNote.size(); ++at) {
    for (const char mask : {'\x01', '\x20', '\x80'}) {
      std::string text(kExampleNote);
      text[at] = static_cast<char>(text[at] ^ mask);
      const auto note = parse_note(text);
      EXPECT_FALSE(note && verify_note(*note, {&key, 1})) << at;
    }
    const auto cut = parse_note(kExampleNote.substr(0, at));
    EXPECT_FALSE(cut) << at;
  }
}

TEST(Note, UnknownKeysAreIgnoredAndKnownOnesMustHold) {
  const std::string body = "text\n";
  const VerifierKey a = log_vkey("a");
  const VerifierKey b = log_vkey("b");
  const NoteSignature by_a = sign_note(a, test_key("a"), body);
  const NoteSignature by_b = sign_note(b, test_key("b"), body);
  NoteSignature wrong = by_b;
  wrong.bytes[5] ^= 1;
  NoteSignature same_name = by_b;  // shares the name only
  same_name.id ^= 1;
  NoteSignature same_id = wrong;  // shares the id only
  same_id.name = "c";
  const auto verdict = [&](std::vector<NoteSignature> signatures, std::vector<VerifierKey> known) {
    const auto verified = verify_note({.body = body, .signatures = signatures}, known);
    std::string keys;
    for (const Verified& v : verified ? *verified : std::vector<Verified>{}) {
      keys += std::to_string(v.key);
    }
    return verified ? keys : std::string(name(verified.error().code));
  };
  EXPECT_EQ(verdict({by_a, by_b}, {a}), "0");
  EXPECT_EQ(verdict({by_a, by_b}, {b, a}), "01");
  EXPECT_EQ(verdict({by_a, wrong}, {a}), "0") << "b is unknown";
  EXPECT_EQ(verdict({by_a, wrong}, {a, b}), "denied");
  EXPECT_EQ(verdict({by_a, by_b, wrong}, {a, b}), "denied") << "also after a right one";
  EXPECT_EQ(verdict({by_a, same_name, same_id}, {a, b}), "0");
  EXPECT_EQ(verdict({by_a, by_a, by_a}, {a}), "0") << "one entry a key";
  EXPECT_EQ(verdict({by_b}, {a}), "denied");
  EXPECT_EQ(verdict({by_a}, {}), "denied");
  EXPECT_EQ(verdict({by_a}, {a, a}), "invalid");
  EXPECT_EQ(verify_note({.body = "other\n", .signatures = {by_a}}, {{a}}).error().code,
            Code::denied);
}

TEST(Cosignature, SignsTheTimeAndTheBody) {
  const std::string body =
      "example.com/behind-the-sofa\n20852163\n"
      "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const VerifierKey w = witness_vkey("w");
  const NoteSignature signature = cosign(w, test_key("w"), body, kNow);
  EXPECT_EQ(signature.bytes.size(), 72u);
  EXPECT_EQ(read_big_endian_64(signature.bytes), 1679315147u);
  EXPECT_TRUE(verify_signature(w.public_key(), "cosignature/v1\ntime 1679315147\n" + body,
                               signature.bytes.substr(8)));
  const auto verified = verify_note({.body = body, .signatures = {signature}}, {{w}});
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->front().earliest, Instant{1'679'315'147'000});
  // Another time, another body, a plain signature, another length: all wrong.
  const auto is_wrong = [&w](const std::string& text, const std::string& bytes) {
    NoteSignature changed{.name = w.name(), .id = w.id(), .bytes = bytes};
    return !verify_note({.body = text, .signatures = {changed}}, {{w}});
  };
  for (std::size_t at = 0; at < 8; ++at) {
    std::string changed = signature.bytes;
    changed[at] ^= 1;
    EXPECT_TRUE(is_wrong(body, changed)) << at;
  }
  EXPECT_TRUE(is_wrong(body + "extension\n", signature.bytes));
  EXPECT_TRUE(is_wrong(body, test_key("w").sign(body)));
  EXPECT_TRUE(is_wrong(body, signature.bytes.substr(0, 71)));
  EXPECT_TRUE(is_wrong(body, signature.bytes + "x"));
  EXPECT_TRUE(is_wrong(body, ""));
  for (const std::uint64_t seconds : {std::uint64_t{0}, std::uint64_t{253402300800}, UINT64_MAX}) {
    EXPECT_TRUE(is_wrong(
        body, big_endian_64(seconds) +
                  test_key("w").sign(fmt::format("cosignature/v1\ntime {}\n{}", seconds, body))));
  }
  EXPECT_FALSE(
      is_wrong(body, big_endian_64(253402300799) +
                         test_key("w").sign("cosignature/v1\ntime 253402300799\n" + body)));
}

TEST(Cosignature, OfOneKeyGivesTheSpanOfItsTimes) {
  const std::string body = "o\n0\nx\n";
  const VerifierKey w = witness_vkey("w");
  using namespace std::chrono_literals;
  const Note note{.body = body,
                  .signatures = {cosign(w, test_key("w"), body, kNow),
                                 cosign(w, test_key("w"), body, kNow - 60s),
                                 cosign(w, test_key("w"), body, kNow + 60s)}};
  const auto verified = verify_note(note, {{w}});
  ASSERT_EQ(verified->size(), 1u);
  EXPECT_EQ(verified->front().earliest, Instant{1'679'315'087'000});
  EXPECT_EQ(verified->front().latest, Instant{1'679'315'207'000});
}

TEST(Checkpoint, BothWays) {
  const std::string root = to_base64(empty_root());
  for (const std::string& body :
       {"o\n0\n" + root + "\n", "a b+c é\n18446744073709551615\n" + root + "\n",
        "o\n7\n" + root + "\nextension 1\n2\n"}) {
    const auto checkpoint = parse_checkpoint(body);
    ASSERT_TRUE(checkpoint) << body;
    EXPECT_EQ(format_checkpoint(*checkpoint), body);
  }
  for (const std::string& bad : std::vector<std::string>{"",
                                                         "o",
                                                         "o\n",
                                                         "o\n0\n",
                                                         "o\n0\n" + root,
                                                         "\n0\n" + root + "\n",
                                                         "o\n\n" + root + "\n",
                                                         "o\n00\n" + root + "\n",
                                                         "o\n-1\n" + root + "\n",
                                                         "o\n+1\n" + root + "\n",
                                                         "o\n1 \n" + root + "\n",
                                                         "o\n18446744073709551616\n" + root + "\n",
                                                         "o\n0x1\n" + root + "\n",
                                                         "o\n0\n" + root + " \n",
                                                         "o\n0\n" + root.substr(4) + "\n",
                                                         "o\n0\nAAAA" + root + "\n",
                                                         "o\n0\n" + root + "\n\n",
                                                         "o\n0\n" + root + "\n\nx\n",
                                                         "o\n0\n" + root + "\nx",
                                                         "o\n0\n" + root + "\na\tb\n",
                                                         "o\r\n0\n" + root + "\n",
                                                         "\xff\n0\n" + root + "\n"}) {
    EXPECT_FALSE(parse_checkpoint(bad)) << bad;
  }
  EXPECT_EQ(parse_checkpoint("o\n00\n").error().where, "line 2");
  std::string body = "o\n0\n" + root + "\n";
  for (std::size_t i = 0; i < kMaxExtensionLines; ++i) {
    body += "x\n";
  }
  EXPECT_TRUE(parse_checkpoint(body));
  EXPECT_FALSE(parse_checkpoint(body + "x\n"));
}

TEST(OpenCheckpoint, NeedsItsOwnLog) {
  const TreeHead head{.size = 3, .root = sha256("root")};
  const std::vector<VerifierKey> logs = {log_vkey("one"), log_vkey("two")};
  const std::vector<VerifierKey> witnesses = {witness_vkey("w1"), witness_vkey("w2")};
  Note note = signed_checkpoint("one", head);
  note.signatures.push_back(cosign(witnesses[1], test_key("w2"), note.body, kNow));
  const auto open = open_checkpoint(format_note(note), logs, witnesses);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->checkpoint.head, head);
  ASSERT_EQ(open->cosigned.size(), 1u);
  EXPECT_EQ(open->cosigned[0].key, 1u);

  const auto code = [&](const Note& changed) {
    return open_checkpoint(format_note(changed), logs, witnesses).error().code;
  };
  // A log that is trusted for one origin signs under another.
  Note wrong_origin = signed_checkpoint("one", head);
  wrong_origin.signatures = {sign_note(logs[1], test_key("two"), note.body)};
  EXPECT_EQ(code(wrong_origin), Code::denied);
  EXPECT_EQ(code(signed_checkpoint("three", head)), Code::not_found);
  // The witness alone does not make it the log's.
  Note no_log = note;
  no_log.signatures.erase(no_log.signatures.begin());
  EXPECT_EQ(code(no_log), Code::denied);
  // A cosignature for another tree, played back.
  Note replayed = note;
  replayed.signatures[1] =
      cosign(witnesses[1], test_key("w2"),
             format_checkpoint({.origin = "one", .head = {.size = 2, .root = head.root}}), kNow);
  EXPECT_EQ(code(replayed), Code::denied);
  // A forger's key with the log's name has another id: as if unsigned.
  Note forged = note;
  forged.signatures = {sign_note(
      VerifierKey::make(SignatureType::ed25519, "one", test_key("x").public_key()).value(),
      test_key("x"), note.body)};
  EXPECT_EQ(code(forged), Code::denied);
  Note no_checkpoint{.body = "text\n",
                     .signatures = {sign_note(logs[0], test_key("one"), "text\n")}};
  EXPECT_EQ(code(no_checkpoint), Code::invalid);
}

LogProof sample_proof() {
  return {.extra = "{\"format\":\"weir-receipt/v1\"}",
          .index = 5,
          .hashes = {sha256("a"), sha256("b")},
          .checkpoint = format_note(signed_checkpoint("one", {.size = 7, .root = sha256("root")}))};
}

TEST(LogProof, BothWays) {
  LogProof proof = sample_proof();
  EXPECT_EQ(parse_proof(format_proof(proof)), proof);
  EXPECT_TRUE(format_proof(proof).starts_with("c2sp.org/tlog-proof@v1\nextra eyJ"));
  proof.extra.clear();
  proof.hashes.clear();
  proof.index = UINT64_MAX;
  EXPECT_EQ(parse_proof(format_proof(proof)), proof);
  EXPECT_TRUE(format_proof(proof).starts_with(
      "c2sp.org/tlog-proof@v1\nindex 18446744073709551615\n\none\n7\n"));
}

TEST(LogProof, RefusesEverythingElse) {
  const LogProof proof = sample_proof();
  const std::string text = format_proof(proof);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_proof(std::string_view(text).substr(0, size))) << size;
  }
  const std::string header = "c2sp.org/tlog-proof@v1\n";
  const std::string end = "\n" + proof.checkpoint;
  EXPECT_TRUE(parse_proof(header + "index 1\n" + end));
  for (const std::string& bad :
       std::vector<std::string>{"index 1\n" + end,
                                "c2sp.org/tlog-proof@v2\nindex 1\n" + end,
                                header + end,
                                header + "extra \nindex 1\n" + end,
                                header + "extra\nindex 1\n" + end,
                                header + "extra AAA\nindex 1\n" + end,
                                header + "extra AAAA\nextra AAAA\nindex 1\n" + end,
                                header + "index 1\nextra AAAA\n" + end,
                                header + "index 01\n" + end,
                                header + "index -1\n" + end,
                                header + "index 18446744073709551616\n" + end,
                                header + "index  1\n" + end,
                                header + "Index 1\n" + end,
                                header + "index 1\nAAAA\n" + end,
                                header + "index 1\n" + to_base64(sha256("a")) + " \n" + end,
                                header + "index 1\n" + proof.checkpoint,
                                header + "index 1\n\n" + end,
                                header + "index 1\n\ntext\n\n— a AAAAAAA=\n",
                                cut_or_grown(text, 0, "\n"),
                                cut_or_grown(text, 0, "\xef\xbb\xbf"),
                                cut_or_grown(text, text.size(), "\n"),
                                cut_or_grown(text, header.size() - 1, "\r")}) {
    EXPECT_FALSE(parse_proof(bad)) << bad;
  }
  EXPECT_EQ(parse_proof(header + "index x\n").error().where, "line 2");
}

TEST(LogProof, HasLimits) {
  LogProof proof = sample_proof();
  proof.hashes.resize(kMaxProofHashes);
  proof.extra = std::string(kMaxExtraBytes, 'x');
  EXPECT_EQ(parse_proof(format_proof(proof)), proof);
  proof.extra += 'x';
  EXPECT_FALSE(parse_proof(format_proof(proof)));
  proof.extra.clear();
  proof.hashes.resize(kMaxProofHashes + 1);
  EXPECT_FALSE(parse_proof(format_proof(proof)));
}

}  // namespace
}  // namespace weir::merkle
