// A report comes in. It opens a case of its own at once: stream, content key, event 0; the answer
// is a promise that the event will be sealed, and the id of the receipt that follows.
//
// The bytes are kept as they came. Beside them stand what was read out of them: a generated notice,
// a generated advisory, and each part at its level; so that showing less never means decrypting
// more.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "model/report.h"

namespace weir::app {

inline constexpr std::size_t kMaxAttachments = 64;
inline constexpr std::int64_t kMaxAttachmentBytes = std::int64_t{64} << 20;
inline constexpr std::size_t kReturnCodeBytes = 20;  // 160 bits

/// A file that comes in pieces: fills `piece` (up to kChunkBytes), empty at the end.
using Pull = std::function<Status(std::string& piece)>;
inline constexpr std::size_t kLeastAnonymousKey = 22;  // 128 bits in base64

struct Attachment {
  std::string name;
  Pull pull;
};

struct Filing {
  std::string bytes;  // weir-report/v1, CVE 5 or CSAF 2.0
  std::vector<Attachment> attachments;
};

struct Receipted {
  std::string case_reference;
  std::string receipt_id;
  std::string promise;      // a signed note: docs/formats/receipt.md
  std::string return_code;  // for a report without an account: shown once, kept by nobody else
  std::size_t vulnerabilities = 0;
};

/// Takes a report from `actor`, or from nobody in particular. `invalid` with the place for bytes
/// that are none; nothing is kept then. `unavailable` when too many came from the network of one
/// without an account (IdentitySettings::anonymous_reports). The same report with the same
/// Terms::key is filed once and answered alike, return code included; without an account that takes
/// a key of kLeastAnonymousKey bytes, for whoever knows key and report gets the code.
Result<Receipted> file_report(App& app, const Actor& actor, Filing filing);

/// `body` signed by the key of promises, as a signed note (C2SP signed-note): for heads of feeds
/// that the platform answers for. Its first line says what it is, and is no origin of a log.
std::string signed_note(const App& app, std::string body);

/// The signed note that promises a checkpoint over the leaf within App::seal_within.
std::string promise(const App& app, const ledger::Appended& event);
/// The same again, for the event of a receipt.
Result<std::string> promise_again(const store::Tx& tx, const App& app, const std::string& receipt);

}  // namespace weir::app
