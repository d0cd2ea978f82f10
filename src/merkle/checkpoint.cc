// Checkpoints and proof files: what stands in and around the notes of a log.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "merkle/lines.h"
#include "merkle/note.h"

namespace weir::merkle {
namespace {

constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxProofFileBytes = kMaxExtraBytes * 4 / 3 + kMaxNoteBytes + 8192;

/// A line of the body: what a note may hold, and not empty.
bool is_body_line(std::string_view line) {
  return !line.empty() && is_utf8(line) &&
         std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

Result<Checkpoint> parse_checkpoint(std::string_view body) {
  Lines lines(body);
  const auto origin = lines.next();
  if (!origin || !is_body_line(*origin)) {
    return lines.fail("a checkpoint begins with its log's origin");
  }
  const auto size_line = lines.next();
  const auto size = size_line ? parse_decimal(*size_line) : std::nullopt;
  if (!size) {
    return lines.fail("no tree size");
  }
  const auto root_line = lines.next();
  const auto root = root_line ? digest_from_base64(*root_line) : std::nullopt;
  if (!root) {
    return lines.fail("no root hash of 32 bytes in base64");
  }
  Checkpoint checkpoint{
      .origin = std::string(*origin), .head = {.size = *size, .root = *root}, .extensions = {}};
  while (const auto line = lines.next()) {
    if (!is_body_line(*line)) {
      return lines.fail("an extension line is empty or no text");
    }
    if (checkpoint.extensions.size() == kMaxExtensionLines) {
      return lines.fail("more than 16 extension lines");
    }
    checkpoint.extensions.emplace_back(*line);
  }
  if (!lines.rest().empty()) {
    return lines.fail("the last line does not end");
  }
  return checkpoint;
}

std::string format_checkpoint(const Checkpoint& checkpoint) {
  CHECK(is_body_line(checkpoint.origin));
  std::string body = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.head.size,
                                 to_base64(checkpoint.head.root));
  for (const std::string& line : checkpoint.extensions) {
    CHECK(is_body_line(line));
    body += line + "\n";
  }
  return body;
}

Result<OpenCheckpoint> open_checkpoint(std::string_view text, std::span<const VerifierKey> logs,
                                       std::span<const VerifierKey> witnesses) {
  OpenCheckpoint open;
  open.note = TRY(parse_note(text));
  open.checkpoint = TRY(parse_checkpoint(open.note.body));
  // Only keys of this very log count: a known log may not sign for another (wrong origin).
  std::vector<VerifierKey> known;
  for (const VerifierKey& log : logs) {
    if (log.name() == open.checkpoint.origin) {
      known.push_back(log);
    }
  }
  const std::size_t log_keys = known.size();
  if (log_keys == 0) {
    return fail(Code::not_found, "the checkpoint's origin is not a known log");
  }
  known.insert(known.end(), witnesses.begin(), witnesses.end());
  bool is_signed_by_log = false;
  for (Verified verified : TRY(verify_note(open.note, known))) {
    if (verified.key < log_keys) {
      is_signed_by_log = true;
    } else {
      verified.key -= log_keys;
      open.cosigned.push_back(verified);
    }
  }
  if (!is_signed_by_log) {
    return fail(Code::denied, "the log has not signed the checkpoint");
  }
  return open;
}

Result<LogProof> parse_proof(std::string_view text) {
  if (text.size() > kMaxProofFileBytes) {
    return fail(Code::invalid, "the proof file is too long");
  }
  Lines lines(text);
  if (lines.next() != kProofHeader) {
    return lines.fail("a proof file begins with c2sp.org/tlog-proof@v1");
  }
  LogProof proof;
  auto line = lines.next();
  if (line && line->starts_with(kExtra)) {
    auto extra = from_base64(line->substr(kExtra.size()));
    if (!extra || extra->empty() || extra->size() > kMaxExtraBytes) {
      return lines.fail("the extra data is not base64, or empty, or longer than a mebibyte");
    }
    proof.extra = *std::move(extra);
    line = lines.next();
  }
  const auto index =
      line && line->starts_with(kIndex) ? parse_decimal(line->substr(kIndex.size())) : std::nullopt;
  if (!index) {
    return lines.fail("no index");
  }
  proof.index = *index;
  for (line = lines.next(); line && !line->empty(); line = lines.next()) {
    const auto hash = digest_from_base64(*line);
    if (!hash || proof.hashes.size() == kMaxProofHashes) {
      return lines.fail("not a hash, or more than 63 of them");
    }
    proof.hashes.push_back(*hash);
  }
  if (!line) {
    return lines.fail("no checkpoint");
  }
  proof.checkpoint = lines.rest();
  const Note note = TRY(parse_note(proof.checkpoint));
  TRY(parse_checkpoint(note.body));
  return proof;
}

std::string format_proof(const LogProof& proof) {
  std::string text = fmt::format("{}\n", kProofHeader);
  if (!proof.extra.empty()) {
    text += fmt::format("{}{}\n", kExtra, to_base64(proof.extra));
  }
  text += fmt::format("{}{}\n", kIndex, proof.index);
  for (const Digest& hash : proof.hashes) {
    text += to_base64(hash) + "\n";
  }
  return text + "\n" + proof.checkpoint;
}

}  // namespace weir::merkle
