// A filing as a document: the fields of one stage of one law, in the authority's own order, each at
// its level. Plain functions; nothing here knows a case.
//
// Least detail: a field says the least level that discharges the duty. A value that is said to be
// above it, and a value for a field that is not demanded, is `beyond`: filing it is a choice.
//
//   parse_values(), write_filing(), parse_filing(): format/filing.h
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
#include "format/filing.h"

namespace weir::app {

using format::FieldValue;
using format::FilingDocument;
using format::FilingField;
using format::kMaxFieldBytes;
using format::kMaxFilingBytes;
using format::level_of;
using format::parse_filing;
using format::parse_values;
using format::write_filing;
static_assert(format::kMaxFilingFields >= deadline::kMaxFields);

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
/// The copy for one recipient. `not_found` if the filing does not go to it.
Result<FilingDocument> for_recipient(const deadline::Stage& stage, const FilingDocument& document,
                                     const std::string& recipient);

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
