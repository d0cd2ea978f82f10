#include "custody/receipt.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weir::custody {
namespace {

constexpr std::string_view kFormat = "weir-receipt/v1";
constexpr std::size_t kDepth = 32;
constexpr std::array<std::string_view, 5> kBodyNames = {"not_given", "is_content", "in_manifest",
                                                        "differs", "not_bound"};
constexpr std::array<std::string_view, 6> kDirect = {
    "report_received", "message_posted", "attachment_added", "published", "filing", "filing_sent"};

json::Value extra_value(const Receipt& receipt) {
  return json::Object{{"format", kFormat},
                      {"tag", to_base64(receipt.tag)},
                      {"fields", fields_value(receipt.fields)}};
}

/// The place of `body` in a manifest. `invalid` if the manifest is malformed.
Result<std::optional<std::size_t>> find_in_manifest(const json::Value& manifest,
                                                    std::string_view body) {
  std::size_t position = 0;
  for (const json::Cursor& item : TRY(json::Cursor(manifest, "manifest").elements(kMostLinked))) {
    const auto salt = digest_from_base64(TRY(item.string_at("salt")));
    const auto digest = digest_from_base64(TRY(item.string_at("digest")));
    if (!salt || !digest) {
      return item.fail("salt and digest are base64 of 32 bytes");
    }
    if (content_digest(*salt, body) == *digest) {
      return position;
    }
    ++position;
  }
  return std::optional<std::size_t>();
}

/// Whether what is shown of the manifest is what `content` commits to.
bool is_manifest_bound(const OpenedFields& fields) {
  const OpenedField* manifest = find_field(fields, "manifest");
  const auto content = digest_field(fields, "content");
  const auto salt = digest_field(fields, "content_salt");
  return manifest == nullptr || !manifest->value || !content || !salt ||
         content_digest(*salt, json::canonical(*manifest->value)) == *content;
}

}  // namespace

std::string_view name(Body body) {
  return kBodyNames[static_cast<std::size_t>(body)];
}

Digest Receipt::leaf_hash() const {
  return merkle::leaf_hash(leaf(tag, commitment(fields)));
}

Result<Receipt> parse_receipt(std::string_view text) {
  Receipt receipt;
  receipt.proof = TRY(merkle::parse_proof(text));
  const json::Value extra =
      TRY(json::parse(receipt.proof.extra, {.bytes = merkle::kMaxExtraBytes, .depth = kDepth}));
  const json::Cursor at(extra);
  TRY(at.only({"format", "tag", "fields"}));
  const json::Cursor format = TRY(at.at("format"));
  if (TRY(format.string()) != kFormat) {
    return format.fail("not a weir-receipt/v1");
  }
  const json::Cursor tag = TRY(at.at("tag"));
  const auto tag_bytes = digest_from_base64(TRY(tag.string()));
  if (!tag_bytes) {
    return tag.fail("expected base64 of 32 bytes");
  }
  receipt.tag = *tag_bytes;
  const json::Cursor fields = TRY(at.at("fields"));
  receipt.fields = TRY(parse_fields(fields));
  if (json::canonical(extra) != receipt.proof.extra) {
    return at.fail("not in the canonical form of RFC 8785");
  }
  return receipt;
}

std::string write_receipt(const Receipt& receipt) {
  merkle::LogProof proof = receipt.proof;
  proof.extra = json::canonical(extra_value(receipt));
  return merkle::format_proof(proof);
}

BodyMatch match_body(const OpenedFields& fields, std::string_view body) {
  const std::string type = string_field(fields, "type").value_or("");
  const auto content = digest_field(fields, "content");
  const auto salt = digest_field(fields, "content_salt");
  if (!content) {
    return {Body::not_bound};
  }
  if (std::ranges::find(kDirect, type) != kDirect.end()) {
    if (!salt) {
      return {Body::not_bound};
    }
    return {content_digest(*salt, body) == *content ? Body::is_content : Body::differs};
  }
  const OpenedField* manifest = find_field(fields, "manifest");
  if (manifest == nullptr || !manifest->value || !salt || !is_manifest_bound(fields)) {
    return {Body::not_bound};
  }
  const auto position = find_in_manifest(*manifest->value, body);
  if (!position) {
    return {Body::not_bound};
  }
  return *position ? BodyMatch{Body::in_manifest, *position} : BodyMatch{Body::differs};
}

Result<ReceiptReport> verify_receipt(std::string_view text, const Pinned& pinned,
                                     std::optional<std::string_view> body) {
  const Receipt receipt = TRY(parse_receipt(text));
  const Sealed sealed = TRY(open_sealed(receipt.proof.checkpoint, pinned));
  if (!merkle::verify_inclusion({.index = receipt.proof.index, .hash = receipt.leaf_hash()},
                                receipt.proof.hashes, {.size = sealed.size, .root = sealed.root})) {
    return fail(Code::denied, "the proof does not lead from this event to the signed root");
  }
  const auto skeleton = read_skeleton(receipt.fields, Opening::receipt);
  if (!skeleton) {
    return fail(Code::invalid, skeleton.error().text, "fields");
  }
  if (skeleton->origin != pinned.log.name()) {
    return fail(Code::denied, "the event says that it belongs to another log", "fields/origin");
  }
  if (!is_manifest_bound(receipt.fields)) {
    return fail(Code::denied, "the manifest is not the one that the event commits to");
  }
  ReceiptReport report{.origin = skeleton->origin,
                       .stream = skeleton->stream,
                       .type = skeleton->type,
                       .time = skeleton->time,
                       .leaf = receipt.proof.index,
                       .size = sealed.size,
                       .shown = {},
                       .kept_back = {},
                       .witnesses = sealed.witnesses,
                       .cosigned = sealed.earliest};
  for (const OpenedField& field : receipt.fields) {
    if (field.value) {
      report.shown.push_back(field.name);
    } else {
      report.kept_back.push_back({field.name, *field.reason});
    }
  }
  if (sealed.quorum == Sealed::Quorum::met) {
    report.witnessed = Witnessed::by_quorum;
  }
  if (body) {
    const BodyMatch match = match_body(receipt.fields, *body);
    report.body = match.body;
    report.manifest_position = match.manifest_position;
  }
  return report;
}

std::vector<std::string> ReceiptReport::sentences() const {
  std::vector<std::string> out;
  switch (witnessed) {
    case Witnessed::by_quorum:
      out.push_back(fmt::format("signed by the operator and cosigned by {} {}", witnesses,
                                witnesses == 1 ? "witness" : "witnesses"));
      break;
    case Witnessed::by_operator_only:
      out.push_back("signed by the operator only; others may be shown another log");
      break;
  }
  switch (body) {
    case Body::not_given:
      break;
    case Body::is_content:
      out.push_back("the body is exactly what this event commits to");
      break;
    case Body::in_manifest:
      out.push_back(fmt::format("the body is item {} of what this event lists",
                                manifest_position.value_or(0) + 1));
      break;
    case Body::differs:
      out.push_back("the body is not what this event commits to");
      break;
    case Body::not_bound:
      out.push_back("this receipt shows no digest that the body could be compared with");
      break;
  }
  return out;
}

}  // namespace weir::custody
