// weir-filing/v1 in and out.
#include "format/filing.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "format/read.h"

namespace weir::format {
namespace {

constexpr std::size_t kMaxRecipientNames = 64;
constexpr std::string_view kProductField = "product";

Result<std::string> read_name(const json::Cursor& at) {
  std::string name = TRY(at.string(kMaxFilingNameBytes));
  if (!is_form_text(name)) {
    return at.fail("a name is text without control characters");
  }
  return name;
}

Result<std::string> name_at(const json::Cursor& object, std::string_view key) {
  const json::Cursor member = TRY(object.at(key));
  return read_name(member);
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
  if (!is_form_text(value)) {
    return at.fail("a field is text without control characters");
  }
  return value;
}

Result<std::vector<std::string>> read_names(const json::Cursor& at, std::size_t most) {
  std::vector<std::string> names;
  for (const json::Cursor& one : TRY(at.elements(most))) {
    names.push_back(TRY(read_name(one)));
  }
  return names;
}

Result<FilingField> read_field(const json::Cursor& at) {
  TRY(at.only({"name", "label", "least", "level", "required", "value"}));
  FilingField field;
  field.name = TRY(name_at(at, "name"));
  field.label = TRY(name_at(at, "label"));
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

/// A part's kind, which is of lower-case letters and underscores.
std::string kind_of(const std::string& name) {
  const bool is_kind =
      !name.empty() && name.size() <= kMaxKindBytes &&
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_kind ? name : "field";
}

}  // namespace

bool is_form_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
         });
}

Result<std::vector<FieldValue>> parse_values(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes, {.bytes = kMaxFilingBytes, .depth = 4}));
  std::vector<FieldValue> values;
  for (const auto& [name, at] : TRY(json::Cursor(tree).members(kMaxFilingFields))) {
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

Level level_of(const FilingDocument& document) {
  Level level = Level::existence;
  for (const FilingField& field : document.fields) {
    if (!field.value.empty()) {
      level = std::max(level, field.level);
    }
  }
  return level;
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
      {"format", kFilingFormat},
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
  if (TRY(root.string_at("format")) != kFilingFormat) {
    return TRY(root.at("format")).fail("expected weir-filing/v1");
  }
  FilingDocument document;
  document.filing = TRY(name_at(root, "filing"));
  document.organisation = TRY(name_at(root, "organisation"));
  document.regime = TRY(name_at(root, "regime"));
  document.version = TRY(name_at(root, "version"));
  document.stage = TRY(name_at(root, "stage"));
  document.title = TRY(name_at(root, "title"));
  const json::Cursor recipients = TRY(root.at("recipients"));
  document.recipients = TRY(read_names(recipients, kMaxRecipientNames));
  const json::Cursor fields = TRY(root.at("fields"));
  for (const json::Cursor& one : TRY(fields.elements(kMaxFilingFields))) {
    FilingField field = TRY(read_field(one));
    if (std::ranges::find(document.fields, field.name, &FilingField::name) !=
        document.fields.end()) {
      return one.fail("the same field twice");
    }
    document.fields.push_back(std::move(field));
  }
  if (const auto withheld = root.find("withheld")) {
    document.withheld = TRY(read_names(*withheld, kMaxFilingFields));
    if (document.withheld.empty()) {
      return withheld->fail("nothing withheld is left out");
    }
  }
  return document;
}

Result<FilingDocument> parse_whole_filing(std::string_view bytes) {
  FilingDocument document = TRY(parse_filing(bytes));
  for (const auto& [place, text] : {std::pair{"/filing", &document.filing},
                                    {"/organisation", &document.organisation},
                                    {"/regime", &document.regime},
                                    {"/stage", &document.stage},
                                    {"/title", &document.title}}) {
    if (text->empty()) {
      return fail(Code::invalid, "must not be empty", place);
    }
  }
  return document;
}

Result<Report> read_filing(std::string_view bytes) {
  const FilingDocument document = TRY(parse_whole_filing(bytes));
  Report report;
  report.source = kFilingFormat;
  report.title = document.title;
  report.reporter_name = document.organisation;
  report.parts.push_back({.level = Level::technical,
                          .language = report.language,
                          .encryption = Encryption::platform,
                          .kind = "filing",
                          .text = fmt::format("{}/{} (version from {}), filing {}", document.regime,
                                              document.stage, document.version, document.filing)});
  Vulnerability vulnerability;
  for (const FilingField& one : document.fields) {
    if (one.name == kProductField && one.level <= Level::notice &&
        one.value.size() <= kMaxNameBytes) {
      vulnerability.products.push_back({.vendor = document.organisation,
                                        .name = one.value,
                                        .purl = {},
                                        .cpe = {},
                                        .affected = {}});
      continue;
    }
    vulnerability.parts.push_back({.level = std::max(one.level, Level::advisory),
                                   .language = report.language,
                                   .encryption = Encryption::platform,
                                   .kind = kind_of(one.name),
                                   .text = one.label + "\n" + one.value});
  }
  report.vulnerabilities.push_back(std::move(vulnerability));
  return report;
}

}  // namespace weir::format
