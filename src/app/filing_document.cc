#include "app/filing_document.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "print/print.h"

namespace weir::app {
namespace {

std::string csv_cell(std::string_view text) {
  const bool is_formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front());
  std::string cell = is_formula ? "\"'" : "\"";
  for (const char c : text) {
    cell += c == '"' ? "\"\"" : std::string(1, c);
  }
  return cell + "\"";
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

constexpr std::string_view kStyle =
    "body{font:11pt/1.4 serif;max-width:44em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.3em}dt{font-weight:bold;margin-top:1em}dd{margin:0;white-space:pre-wrap;"
    "overflow-wrap:anywhere}small{font-weight:normal}textarea{width:100%;box-sizing:border-box;"
    "font:inherit}"
    "@page{size:A4;margin:20mm}@media print{body{margin:0;max-width:none}dt{break-after:avoid}}";

}  // namespace

Result<FilingDocument> make_document(const deadline::Stage& stage,
                                     const std::vector<FieldValue>& values) {
  FilingDocument document;
  document.stage = stage.id;
  document.title = stage.title;
  for (const deadline::Recipient& one : stage.recipients) {
    document.recipients.push_back(one.name);
  }
  for (const deadline::Field& one : stage.fields) {
    document.fields.push_back({one.name,
                               one.label,
                               one.level,
                               one.level,
                               one.need == deadline::Field::Need::required,
                               {}});
  }
  std::set<std::string> seen;
  for (const FieldValue& value : values) {
    const auto field = std::ranges::find(document.fields, value.name, &FilingField::name);
    if (field == document.fields.end()) {
      return fail(Code::invalid, "this stage has no such field", "/" + value.name);
    }
    if (!seen.insert(value.name).second) {
      return fail(Code::invalid, "the same field twice", "/" + value.name);
    }
    if (value.value.size() > kMaxFieldBytes || !format::is_form_text(value.value)) {
      return fail(Code::invalid, "a field is up to 20000 bytes of text", "/" + value.name);
    }
    if (value.level != Level::nothing && value.level < field->least) {
      return fail(Code::invalid,
                  "the stage demands this field at " + std::string(name(field->least)),
                  "/" + value.name);
    }
    field->value = value.value;
    field->level = std::max(field->least, value.level);
  }
  return document;
}

std::vector<std::string> missing(const FilingDocument& document) {
  std::vector<std::string> names;
  for (const FilingField& field : document.fields) {
    if (field.is_required && field.value.empty()) {
      names.push_back(field.name);
    }
  }
  return names;
}

std::vector<std::string> beyond(const FilingDocument& document) {
  std::vector<std::string> names;
  for (const FilingField& field : document.fields) {
    if (!field.value.empty() && (!field.is_required || field.level > field.least)) {
      names.push_back(field.name);
    }
  }
  return names;
}

std::vector<std::string> given(const FilingDocument& document) {
  std::vector<std::string> names;
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      names.push_back(field.name);
    }
  }
  return names;
}

Result<FilingDocument> for_recipient(const deadline::Stage& stage, const FilingDocument& document,
                                     const std::string& recipient) {
  if (std::ranges::find(document.recipients, recipient) == document.recipients.end()) {
    return fail(Code::not_found, "this filing does not go to that recipient", recipient);
  }
  FilingDocument copy = document;
  copy.recipients = {recipient};
  const std::vector<std::string> names = given(document);
  for (const deadline::Withholding& one : stage.withheld) {
    const bool applies =
        one.from == recipient && std::ranges::find(names, one.if_given) != names.end();
    for (FilingField& field : copy.fields) {
      const bool stays = std::ranges::find(one.gives, field.name) != one.gives.end();
      if (applies && !stays && !field.value.empty()) {
        copy.withheld.push_back(field.name);
        field.value.clear();
      }
    }
  }
  return copy;
}

std::string filing_csv(const FilingDocument& document) {
  std::string out = "field,label,level,value\r\n";
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      out += fmt::format("{},{},{},{}\r\n", csv_cell(field.name), csv_cell(field.label),
                         csv_cell(name(field.level)), csv_cell(field.value));
    }
  }
  return out;
}

std::string filing_html(const FilingDocument& document, Page page) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title>"
      "<style>{1}</style></head><body>\n<h1>{0}</h1>\n<p>{2}, {3} (version from {4})<br>to: {5}"
      "<br>filing {6}</p>\n<dl>\n",
      html(document.title), kStyle, html(document.organisation),
      html(document.regime + "/" + document.stage), html(document.version),
      html(joined(document.recipients)), html(document.filing));
  for (const FilingField& field : document.fields) {
    if (field.value.empty()) {
      continue;
    }
    const auto lines = std::ranges::count(field.value, '\n') + 1;
    const std::string value =
        page == Page::print ? "<dd>" + html(field.value) + "</dd>"
                            : fmt::format("<dd><textarea readonly rows=\"{}\">\n{}</textarea></dd>",
                                          lines, html(field.value));
    out += fmt::format("<dt>{} <small>({}, {})</small></dt>\n{}\n", html(field.label),
                       html(field.name), name(field.level), value);
  }
  out += "</dl>\n";
  if (!document.withheld.empty()) {
    out += fmt::format("<p>Withheld from this recipient by law: {}</p>\n",
                       html(joined(document.withheld)));
  }
  return out + "</body></html>\n";
}

Result<std::string> filing_pdf(const FilingDocument& document, Instant at) {
  using Kind = print::Block::Kind;
  print::Sheet sheet{document.title, "filing " + document.filing, at, {}};
  sheet.blocks = {
      {Kind::title, document.title},
      {Kind::text, fmt::format("{}, {}/{} (version from {})\nto: {}\nfiling {}",
                               document.organisation, document.regime, document.stage,
                               document.version, joined(document.recipients), document.filing)}};
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      sheet.blocks.push_back({Kind::heading, field.label});
      sheet.blocks.push_back({Kind::note, fmt::format("{}, {}", field.name, name(field.level))});
      sheet.blocks.push_back({Kind::text, field.value});
    }
  }
  if (!document.withheld.empty()) {
    sheet.blocks.push_back(
        {Kind::note, "Withheld from this recipient by law: " + joined(document.withheld)});
  }
  return print::pdf(sheet);
}

}  // namespace weir::app
