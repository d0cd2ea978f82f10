// A filing as bytes: "weir-filing/v1", what an organisation files under one stage of a law
// (docs/formats/filing.md). Written by whom it discharges, read by the Weir of an authority, where
// it comes in as a report does.
//
// Errors carry a JSON pointer. Thread rule: values. Start with parse_filing().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/level.h"

namespace weir::format {

inline constexpr std::string_view kFilingFormat = "weir-filing/v1";
inline constexpr std::size_t kMaxFieldBytes = 20'000;
inline constexpr std::size_t kMaxFilingBytes = std::size_t{2} << 20;
inline constexpr std::size_t kMaxFilingFields = 64;
inline constexpr std::size_t kMaxFilingNameBytes = 2'048;  // of a title, a label, any other name

struct FieldValue {
  std::string name;
  std::string value;
  Level level = Level::nothing;  // as the filer says; nothing: the field's own
};
/// {"product": "Router OS", "nature": {"value": "...", "level": "technical"}}
Result<std::vector<FieldValue>> parse_values(std::string_view bytes);

/// What a form may hold: UTF-8 text, of control characters line ends and tabs alone.
bool is_form_text(std::string_view text);

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

/// The highest level of what is given.
Level level_of(const FilingDocument& document);

/// JCS, weir-filing/v1: the bytes that the ledger commits to. Fields without a value are left out.
std::string write_filing(const FilingDocument& document);
Result<FilingDocument> parse_filing(std::string_view bytes);
/// One that was handed over: it says which filing it is, whose, and under which stage of which law.
Result<FilingDocument> parse_whole_filing(std::string_view bytes);

}  // namespace weir::format
