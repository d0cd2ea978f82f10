// A filing as a document: the fields of one stage of one law, in the authority's own order, each at
// its level. Plain functions; nothing here knows a case.
//
// Least detail: a field says the least level that discharges the duty. A value that is said to be
// above it, and a value for a field that is not demanded, is `beyond`: filing it is a choice.
//
//   parse_values()   what somebody fills in; write_filing()/parse_filing(): docs/formats/filing.md
//   make_document()  values in the stage's order; missing(), beyond()
//   for_recipient()  without what the law withholds from one recipient
//   filing_csv(), filing_html(), filing_pdf()  for people and for other authorities' forms
//
// Errors carry a JSON pointer. Thread rule: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "deadline/rules.h"
#include "model/level.h"

namespace weir::app {

inline constexpr std::size_t kMaxFieldBytes = 20'000;
inline constexpr std::size_t kMaxFilingBytes = std::size_t{2} << 20;

struct FieldValue {
  std::string name;
  std::string value;
  Level level = Level::nothing;  // as the filer says; nothing: the field's own
};
/// {"product": "Router OS", "nature": {"value": "...", "level": "technical"}}
Result<std::vector<FieldValue>> parse_values(std::string_view bytes);

struct FilingField {
  std::string name;
  std::string label;
  Level least = Level::notice;  // that discharges the duty
  Level level = Level::notice;  // of what is given
  bool is_required = false;
  std::string value;  // empty: not given
};
struct FilingDocument {
  std::string filing;  // its reference
  std::string organisation;
  std::string regime;
  std::string version;  // the day that version is in force from
  std::string stage;
  std::string title;
  std::vector<std::string> recipients;
  std::vector<FilingField> fields;
  std::vector<std::string> withheld;  // names, from the recipient that this copy is for
};

/// Every field of the stage in its order. `invalid` at "/name" for a field that the stage has not,
/// twice the same, or a level below the field's own.
Result<FilingDocument> make_document(const deadline::Stage& stage,
                                     const std::vector<FieldValue>& values);
/// Names of the required fields without a value.
std::vector<std::string> missing(const FilingDocument& document);
/// Names of the fields that give more than is demanded.
std::vector<std::string> beyond(const FilingDocument& document);
/// Names of the fields that have a value.
std::vector<std::string> given(const FilingDocument& document);
/// The highest level of what is given.
Level level_of(const FilingDocument& document);

/// The copy for one recipient. `not_found` if the filing does not go to it.
Result<FilingDocument> for_recipient(const deadline::Stage& stage, const FilingDocument& document,
                                     const std::string& recipient);

/// JCS, weir-filing/v1: the bytes that the ledger commits to. Fields without a value are left out.
std::string write_filing(const FilingDocument& document);
Result<FilingDocument> parse_filing(std::string_view bytes);

/// RFC 4180: field, label, level, value. A cell that a spreadsheet would take for a formula begins
/// with an apostrophe.
std::string filing_csv(const FilingDocument& document);
/// One page without scripts. `print`: to read and to print. `copy`: each field in a box of its own,
/// in order, to be copied into a form of the authority.
enum class Page : std::uint8_t { print, copy };
std::string filing_html(const FilingDocument& document, Page page);
/// The same to print, as PDF (print/print.h); `at` is the time that it states.
Result<std::string> filing_pdf(const FilingDocument& document, Instant at);

}  // namespace weir::app
