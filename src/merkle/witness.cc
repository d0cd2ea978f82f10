// Both sides of C2SP tlog-witness.
#include "merkle/witness.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "merkle/lines.h"

namespace weir::merkle {
namespace {

constexpr std::string_view kOld = "old ";
constexpr std::string_view kTextType = "text/plain; charset=utf-8";
constexpr std::string_view kSizeType = "text/x.tlog.size";
constexpr std::size_t kMaxRequestBytes = kMaxNoteBytes + 8192;  // 63 hashes take 2,835

Witness::Answer refusal(int status, std::string_view reason) {
  return {.status = status,
          .content_type = std::string(kTextType),
          .body = fmt::format("{}\n", reason),
          .remember = {}};
}

int status_of(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::not_found:
      return 404;
    case Code::denied:
    case Code::conflict:
    case Code::unavailable:
    case Code::corrupt:
      return 403;
  }
  std::unreachable();
}

}  // namespace

std::string format_add_checkpoint(const AddCheckpoint& request) {
  std::string body = fmt::format("{}{}\n", kOld, request.old_size);
  for (const Digest& hash : request.proof) {
    body += to_base64(hash) + "\n";
  }
  return body + "\n" + request.checkpoint;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > kMaxRequestBytes) {
    return fail(Code::invalid, "the request is too long");
  }
  Lines lines(body);
  auto line = lines.next();
  const auto old_size =
      line && line->starts_with(kOld) ? parse_decimal(line->substr(kOld.size())) : std::nullopt;
  if (!old_size) {
    return lines.fail("no old size");
  }
  AddCheckpoint request{.old_size = *old_size, .proof = {}, .checkpoint = {}};
  for (line = lines.next(); line && !line->empty(); line = lines.next()) {
    const auto hash = digest_from_base64(*line);
    if (!hash || request.proof.size() == kMaxProofHashes) {
      return lines.fail("not a hash, or more than 63 of them");
    }
    request.proof.push_back(*hash);
  }
  if (!line) {
    return lines.fail("no checkpoint");
  }
  request.checkpoint = lines.rest();
  const Note note = TRY(parse_note(request.checkpoint));
  TRY(parse_checkpoint(note.body));
  return request;
}

Result<std::vector<NoteSignature>> accept_cosignatures(const Note& checkpoint,
                                                       std::string_view body,
                                                       const VerifierKey& witness, Instant now) {
  Note answer{.body = checkpoint.body, .signatures = TRY(parse_signatures(body))};
  std::erase_if(answer.signatures, [&witness](const NoteSignature& signature) {
    return signature.name != witness.name() || signature.id != witness.id();
  });
  const std::vector<Verified> verified = TRY(verify_note(answer, {&witness, 1}));
  if (witness.type() != SignatureType::cosignature ||
      verified.front().earliest < now - kMaxClockSkew ||
      verified.front().latest > now + kMaxClockSkew) {
    return fail(Code::denied, "the witness's cosignature is not of now");
  }
  return std::move(answer.signatures);
}

Result<std::uint64_t> parse_witness_size(std::string_view body) {
  const auto size =
      body.ends_with('\n') ? parse_decimal(body.substr(0, body.size() - 1)) : std::nullopt;
  if (!size) {
    return fail(Code::invalid, "the witness's size is not a number and a newline");
  }
  return *size;
}

std::string format_witness_size(std::uint64_t size) {
  return fmt::format("{}\n", size);
}

Witness::Witness(VerifierKey as, SigningKey key, std::vector<VerifierKey> logs)
    : as_(std::move(as)), key_(std::move(key)), logs_(std::move(logs)) {
  CHECK(as_.type() == SignatureType::cosignature && as_.public_key() == key_.public_key());
}

Witness::Answer Witness::add_checkpoint(std::string_view body, Instant now) const {
  const auto request = parse_add_checkpoint(body);
  if (!request) {
    return refusal(400, text(request.error()));
  }
  // Our own cosignature is not asked for: what a client appends of it proves nothing new.
  auto open = open_checkpoint(request->checkpoint, logs_, {});
  if (!open) {
    return refusal(status_of(open.error().code), text(open.error()));
  }
  const TreeHead& head = open->checkpoint.head;
  if (request->old_size > head.size) {
    return refusal(400, "the old size is greater than the checkpoint's");
  }
  const auto seen = seen_.find(open->checkpoint.origin);
  const TreeHead last = seen == seen_.end() ? TreeHead{.size = 0, .root = empty_root()}
                                            : seen->second.checkpoint.head;
  if (request->old_size != last.size) {
    return {.status = 409,
            .content_type = std::string(kSizeType),
            .body = format_witness_size(last.size),
            .remember = {}};
  }
  // Covers all of the 422s: the empty tree's root, a proof where none belongs, equal sizes with
  // other roots, and a proof that is wrong.
  if (!verify_consistency(last, request->proof, head)) {
    return refusal(422, "the checkpoint is not shown to be consistent with the last one");
  }
  const NoteSignature cosignature = cosign(as_, key_, open->note.body, now);
  Note kept{.body = open->note.body, .signatures = {}};
  for (const VerifierKey& log : logs_) {  // only what was verified, and once a key
    const auto by = std::ranges::find_if(open->note.signatures, [&](const NoteSignature& s) {
      return s.name == open->checkpoint.origin && s.name == log.name() && s.id == log.id();
    });
    if (by != open->note.signatures.end()) {
      kept.signatures.push_back(*by);
    }
  }
  kept.signatures.push_back(cosignature);
  return {.status = 200,
          .content_type = std::string(kTextType),
          .body = format_signatures({&cosignature, 1}),
          .remember = Seen{.checkpoint = open->checkpoint, .note = format_note(kept)}};
}

void Witness::remember(Seen seen) {
  Seen& kept = seen_[seen.checkpoint.origin];
  if (seen.checkpoint.head.size >= kept.checkpoint.head.size) {
    kept = std::move(seen);
  }
}

std::uint64_t Witness::size_of(std::string_view origin) const {
  const auto seen = seen_.find(origin);
  return seen == seen_.end() ? 0 : seen->second.checkpoint.head.size;
}

std::optional<std::string> Witness::find_checkpoint(std::string_view origin_hash) const {
  for (const auto& [origin, seen] : seen_) {
    if (to_hex(sha256(origin).view()) == origin_hash) {
      return seen.note;
    }
  }
  return std::nullopt;
}

}  // namespace weir::merkle
