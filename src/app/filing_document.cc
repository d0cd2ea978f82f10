#include "app/filing_document.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "print/print.h"

namespace weir::app {
namespace {

constexpr std::string_view kFormat = "weir-filing/v1";
constexpr std::size_t kMaxRecipientNames = 64;

/// What a form may hold: text, with line ends and tabs.
bool is_plain(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
         });
}

Result<Level> read_level(const json::Cursor& at) {
  const auto level = parse_level(TRY(at.string()));
  if (!level || *level < Level::existence) {
    return at.fail("a level is existence, notice, advisory, technical or exploit");
  }
  return *level;
}

Result<std::string> read_value(const json::Cursor& at) {
  std::string value = TRY(at.string());
  if (value.size() > kMaxFieldBytes) {
    return at.fail("a field is at most 20000 bytes");
  }
  if (!is_plain(value)) {
    return at.fail("a field is text without control characters");
  }
  return value;
}

Result<std::vector<std::string>> read_names(const json::Cursor& at, std::size_t most) {
  std::vector<std::string> names;
  for (const json::Cursor& one : TRY(at.elements(most))) {
    names.push_back(TRY(one.string()));
  }
  return names;
}

Result<FilingField> read_field(const json::Cursor& at) {
  TRY(at.only({"name", "label", "least", "level", "required", "value"}));
  FilingField field;
  field.name = TRY(at.string_at("name"));
  field.label = TRY(at.string_at("label"));
  const json::Cursor least = TRY(at.at("least"));
  field.least = TRY(read_level(least));
  const json::Cursor level = TRY(at.at("level"));
  field.level = TRY(read_level(level));
  const json::Cursor required = TRY(at.at("required"));
  field.is_required = TRY(required.boolean());
  const json::Cursor value = TRY(at.at("value"));
  field.value = TRY(read_value(value));
  if (field.level < field.least) {
    return at.fail("a level below the least that discharges the duty");
  }
  if (field.value.empty()) {
    return at.fail("a field without a value is left out");
  }
  return field;
}

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
    "overflow-wrap:anywhere}small{font-weight:normal}textarea{width:100%;font:inherit}"
    "@page{size:A4;margin:20mm}@media print{body{margin:0;max-width:none}dt{break-after:avoid}}";

}  // namespace

Result<std::vector<FieldValue>> parse_values(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes, {.bytes = kMaxFilingBytes, .depth = 4}));
  std::vector<FieldValue> values;
  for (const auto& [name, at] : TRY(json::Cursor(tree).members(deadline::kMaxFields))) {
    FieldValue one;
    one.name = name;
    if (at.is_object()) {
      TRY(at.only({"value", "level"}));
      const json::Cursor value = TRY(at.at("value"));
      one.value = TRY(read_value(value));
      const json::Cursor level = TRY(at.at("level"));
      one.level = TRY(read_level(level));
    } else {
      one.value = TRY(read_value(at));
    }
    values.push_back(std::move(one));
  }
  return values;
}

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
    if (value.value.size() > kMaxFieldBytes || !is_plain(value.value)) {
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

Level level_of(const FilingDocument& document) {
  Level level = Level::existence;
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      level = std::max(level, field.level);
    }
  }
  return level;
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

std::string write_filing(const FilingDocument& document) {
  json::Array fields;
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      fields.push_back(json::Object{{"name", field.name},
                                    {"label", field.label},
                                    {"least", name(field.least)},
                                    {"level", name(field.level)},
                                    {"required", field.is_required},
                                    {"value", field.value}});
    }
  }
  json::Object out{
      {"format", kFormat},
      {"filing", document.filing},
      {"organisation", document.organisation},
      {"regime", document.regime},
      {"version", document.version},
      {"stage", document.stage},
      {"title", document.title},
      {"recipients", json::Array(document.recipients.begin(), document.recipients.end())},
      {"fields", std::move(fields)}};
  if (!document.withheld.empty()) {
    out["withheld"] = json::Array(document.withheld.begin(), document.withheld.end());
  }
  return json::canonical(out);
}

Result<FilingDocument> parse_filing(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes, {.bytes = kMaxFilingBytes, .depth = 8}));
  const json::Cursor root(tree);
  TRY(root.only({"format", "filing", "organisation", "regime", "version", "stage", "title",
                 "recipients", "fields", "withheld"}));
  if (TRY(root.string_at("format")) != kFormat) {
    return TRY(root.at("format")).fail("expected weir-filing/v1");
  }
  FilingDocument document;
  document.filing = TRY(root.string_at("filing"));
  document.organisation = TRY(root.string_at("organisation"));
  document.regime = TRY(root.string_at("regime"));
  document.version = TRY(root.string_at("version"));
  document.stage = TRY(root.string_at("stage"));
  document.title = TRY(root.string_at("title"));
  const json::Cursor recipients = TRY(root.at("recipients"));
  document.recipients = TRY(read_names(recipients, kMaxRecipientNames));
  const json::Cursor fields = TRY(root.at("fields"));
  for (const json::Cursor& one : TRY(fields.elements(deadline::kMaxFields))) {
    document.fields.push_back(TRY(read_field(one)));
  }
  if (const auto withheld = root.find("withheld")) {
    document.withheld = TRY(read_names(*withheld, deadline::kMaxFields));
    if (document.withheld.empty()) {
      return withheld->fail("nothing withheld is left out");
    }
  }
  return document;
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
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
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
