// A filing that goes to an authority which runs a Weir of its own, elsewhere (decision 0025). This
// platform sends nothing itself: whoever files does, with what these functions give, and says here
// what was answered. So no server connects to addresses that users type in.
//
//   begin_sending()   checks all that a submission checks; appends `filing_sent`; gives the bytes
//   submit_filing()   with Channel::weir and what was answered: the duty is met only then
//   sent_filing()     where it went, and what was answered
//
// Invariants: the event is there before the bytes are given. The same sending, begun again, has the
// same key and no second event: the other side then answers what it answered before. What was
// answered, its return code among it, lies sealed. A later stage of the same law goes to the case
// that the first opened.
//
// Thread rule: as app.h. Start with sent_filings_test.cc.
#pragma once

#include <string>
#include <vector>

#include "app/filings.h"

namespace weir::app {

inline constexpr std::size_t kMaxWeirAddressBytes = 255;
inline constexpr std::size_t kMaxAnsweredBytes = 4'096;  // of each thing that was answered

struct Sending {
  std::string to;           // "https://weir.example"; http for this machine alone
  std::string recipient{};  // whose copy is sent (for_recipient()); empty: the whole
  std::vector<std::string> beyond{};
};
/// What to send, and under which key so that it is received once (Idempotency-Key).
struct ReadyToSend {
  std::string bytes;  // weir-filing/v1
  std::string key;
  /// Of the stage that went there before; empty: it opens a case there.
  std::string case_reference{};
  std::string return_code{};  // empty also where that one was sent with an account
};
/// `invalid` for an address that is none, and as submit_filing(); `conflict` once it is submitted.
Result<ReadyToSend> begin_sending(App& app, const Laws& laws, const Actor& actor,
                                  const std::string& filing, const Sending& sending);

struct SentView {
  std::string to;
  std::string recipient;
  Answered answered;  // empty members before it was answered
};
/// For who may file: the return code is among it. `not_found` if it was not sent.
Result<SentView> sent_filing(App& app, const Actor& actor, const std::string& filing);

}  // namespace weir::app
