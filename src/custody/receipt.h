// Receipts and promises: what one person holds in hand (docs/formats/receipt.md).
//
// Of custody.h. Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custody/archive.h"
#include "custody/record.h"
#include "custody/skeleton.h"

namespace weir::custody {

struct Receipt {
  Digest tag;
  OpenedFields fields;
  merkle::LogProof proof;  // its `extra` is made from tag and fields when written

  Digest leaf_hash() const;
};

/// `invalid` for anything that write_receipt() would not write.
Result<Receipt> parse_receipt(std::string_view text);
std::string write_receipt(const Receipt& receipt);

enum class Witnessed {
  by_quorum,
  by_operator_only,  // others may be shown another log
};

/// How the bytes at hand relate to the event.
enum class Body {
  not_given,
  is_content,   // it is what the event is about
  in_manifest,  // it is one of the things that the event lists
  differs,
  not_bound,  // the event shows no digest, or no salt, to compare with
};
std::string_view name(Body body);

/// What a receipt proves, once it has been verified.
struct ReceiptReport {
  std::string origin;
  std::string stream;
  std::string type;
  Instant time;  // as the operator wrote it
  std::uint64_t leaf = 0;
  std::uint64_t size = 0;  // of the tree that holds it
  std::vector<std::string> shown;
  struct KeptBack {
    std::string name;
    Reason reason;
  };
  std::vector<KeptBack> kept_back;
  std::size_t witnesses = 0;
  Witnessed witnessed = Witnessed::by_operator_only;
  std::optional<Instant> cosigned{};  // earliest time at which a witness saw it
  Body body = Body::not_given;
  std::optional<std::size_t> manifest_position{};
  /// The two sentences to show: who vouches, and what became of the body.
  std::vector<std::string> sentences() const;
};

/// `invalid` if it is no receipt; `not_found` if it is of another log; `denied` if a signature or
/// the proof is wrong, or its manifest is not the one that the event commits to. A missing quorum
/// and a differing body are no errors: the report says so.
Result<ReceiptReport> verify_receipt(std::string_view text, const Pinned& pinned,
                                     std::optional<std::string_view> body = std::nullopt);

/// Compares bytes with the content digests that an event shows.
struct BodyMatch {
  Body body;
  std::optional<std::size_t> manifest_position{};
};
BodyMatch match_body(const OpenedFields& fields, std::string_view body);

/// "There will be a checkpoint over this leaf by then", before there is one.
struct Promise {
  std::string origin;
  Digest leaf_hash;
  Instant by;
  bool operator==(const Promise&) const = default;
};

/// The name of the promise key of a log: "<origin>/promise".
std::string promise_key_name(std::string_view origin);
/// The signed note. `as` is the public side of `key` and has that name.
std::string sign_promise(const Promise& promise, const merkle::VerifierKey& as,
                         const SigningKey& key);
/// `invalid` if it is no promise; `denied` if the key has not signed it or is not its log's.
Result<Promise> verify_promise(std::string_view text, const merkle::VerifierKey& key);
/// True if this receipt is the one that was promised.
bool is_kept(const Promise& promise, const Receipt& receipt);

}  // namespace weir::custody
