// Filings: a stage's form, filled in, handed over, acknowledged. What was filed, when and by whom
// is an event `filing` of the case with a receipt; it commits to the exact bytes.
//
//   stage_form()     the fields in the authority's order, pre-filled from facts, the profile and
//                    the filings before
//   save_draft()     sealed under the case's key, for the keeper's users alone
//   submit_filing()  hands it over: on this platform it becomes an item of the case, for its
//                    handler; elsewhere it is a file or a form, or went to another Weir
//                    (sent_filings.h), and this records that
//   acknowledge_filing()  what the authority answered, by hand
//   export_filing()  JSON, CSV, HTML or PDF to print, HTML to copy field by field
//
// Invariants: nothing is submitted with a required field missing, or with more than the law demands
// unless each such field is named, or against a law that forbids it unless two people decided so
// (law_conflicts.h). What was submitted never changes.
//
// Thread rule: as app.h. Start with filings_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/clocks.h"
#include "app/filing_document.h"

namespace weir::app {

inline constexpr std::size_t kMaxNoteBytes = 10'000;

struct Form {
  BoardRow row;
  FilingDocument document;           // with the draft's values, or what is known
  std::vector<std::string> sources;  // as document.fields: "draft", "fact", "profile", a stage, ""
  std::string draft;                 // its reference, or empty
  std::vector<std::string> missing;
  std::vector<std::string> beyond;
};
Result<Form> stage_form(App& app, const Laws& laws, const Actor& actor,
                        const std::string& obligation);

/// Replaces the obligation's draft. Returns the filing's reference, which it keeps.
Result<std::string> save_draft(App& app, const Laws& laws, const Actor& actor,
                               const std::string& obligation,
                               const std::vector<FieldValue>& values);

/// What the Weir of an authority answered to a filing that was sent there.
struct Answered {
  std::string case_reference;
  std::string receipt_id;
  std::string promise;
  std::string return_code{};  // of the first, sent without an account
};
struct Submission {
  /// platform: the authority runs this one; weir: one elsewhere (sent_filings.h).
  enum class Channel : std::uint8_t { platform, form, file, weir } channel = Channel::form;
  /// Names of fields that give more than is demanded, and shall: exactly those of beyond().
  std::vector<std::string> beyond{};
  std::string at{};                    // when it was handed over elsewhere, RFC 3339; empty: now
  std::optional<Answered> answered{};  // with `weir`, and then always
};
std::string_view name(Submission::Channel channel);
struct Submitted {
  std::string receipt_id;
  std::string promise;
};
Result<Submitted> submit_filing(App& app, const Laws& laws, const Actor& actor,
                                const std::string& filing, const Submission& submission);

struct Acknowledgement {
  std::string reference;  // the authority's own
  std::string at;         // RFC 3339
  std::string note{};
};
Result<Submitted> acknowledge_filing(App& app, const Actor& actor, const std::string& filing,
                                     const Acknowledgement& acknowledgement);

enum class FilingState : std::uint8_t { draft, submitted, acknowledged };
std::string_view name(FilingState state);
struct FilingView {
  std::string filing;
  std::string obligation;
  std::string case_reference;
  std::string stage;  // "eu-cra/early_warning"
  FilingState state = FilingState::draft;
  Level level = Level::notice;
  std::string channel;
  std::optional<Instant> submitted;
  std::optional<Instant> acknowledged;
  std::string receipt_id;
};
/// Of one case, oldest first; of all cases without one.
Result<std::vector<FilingView>> filings(App& app, const Actor& actor, const std::string& reference);

/// The bytes that were filed, or stand in the draft.
Result<FilingDocument> show_filing(App& app, const Laws& laws, const Actor& actor,
                                   const std::string& filing);
enum class FilingFormat : std::uint8_t { json, csv, html, copy, pdf };
/// `recipient` empty: the whole; else what this recipient gets.
Result<std::string> export_filing(App& app, const Laws& laws, const Actor& actor,
                                  const std::string& filing, FilingFormat format,
                                  const std::string& recipient = {});

}  // namespace weir::app
