// The stored form of what a list holds: canonical JSON, what is empty left out.
#include <array>

#include "watch/watch.h"

namespace weir::watch {
namespace {

constexpr std::size_t kMostParts = kMaxParts;
constexpr std::size_t kMostNames = sbom::kMaxNames;

void put(json::Object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out[name] = text;
  }
}

Result<std::string> text_at(const json::Cursor& at, std::string_view name) {
  return TRY(at.find_string(name)).value_or("");
}

Result<std::vector<std::string>> texts_at(const json::Cursor& at, std::string_view name,
                                          std::size_t most) {
  std::vector<std::string> texts;
  if (const auto list = at.find(name)) {
    for (const json::Cursor& one : TRY(list->elements(most))) {
      texts.push_back(TRY(one.string()));
    }
  }
  return texts;
}

/// Only pack() has made it: what does not fit is broken.
template <class T>
Result<T> intact(Result<T> read) {
  if (!read) {
    return fail(Code::corrupt, "a watch list is damaged");
  }
  return read;
}

json::Object packed(const sbom::Names& names) {
  json::Object out;
  put(out, "ref", names.ref);
  put(out, "name", names.name);
  put(out, "purl", names.purl);
  put(out, "cpe", names.cpe);
  return out;
}

Result<sbom::Names> unpack_names(const json::Cursor& at) {
  sbom::Names names;
  names.ref = TRY(text_at(at, "ref"));
  names.name = TRY(text_at(at, "name"));
  names.purl = TRY(text_at(at, "purl"));
  names.cpe = TRY(text_at(at, "cpe"));
  return names;
}

json::Object packed(const sbom::Statement& statement) {
  json::Object out{{"vulnerabilities", json::Array(statement.vulnerabilities.begin(),
                                                   statement.vulnerabilities.end())},
                   {"position", static_cast<std::int64_t>(statement.position)}};
  json::Array subjects;
  for (const sbom::Subject& subject : statement.subjects) {
    json::Object one{{"product", packed(subject.product)}};
    if (subject.part) {
      one["part"] = packed(*subject.part);
    }
    subjects.push_back(std::move(one));
  }
  out["subjects"] = std::move(subjects);
  put(out, "justification", statement.justification);
  put(out, "words", statement.words);
  put(out, "place", statement.place);
  if (statement.at) {
    out["at"] = statement.at->ms;
  }
  return out;
}

Result<sbom::Statement> unpack_statement(const json::Cursor& at) {
  sbom::Statement statement;
  statement.vulnerabilities = TRY(texts_at(at, "vulnerabilities", sbom::kMaxSubjects));
  const json::Cursor subjects = TRY(at.at("subjects"));
  for (const json::Cursor& one : TRY(subjects.elements(sbom::kMaxSubjects))) {
    const json::Cursor product = TRY(one.at("product"));
    sbom::Subject subject{.product = TRY(unpack_names(product))};
    if (const auto part = one.find("part")) {
      subject.part = TRY(unpack_names(*part));
    }
    statement.subjects.push_back(std::move(subject));
  }
  const json::Cursor position = TRY(at.at("position"));
  const std::int64_t number = TRY(position.integer());
  if (number < 0 || number > static_cast<std::int64_t>(sbom::Position::under_investigation)) {
    return position.fail("no position");
  }
  statement.position = static_cast<sbom::Position>(number);
  statement.justification = TRY(text_at(at, "justification"));
  statement.words = TRY(text_at(at, "words"));
  statement.place = TRY(text_at(at, "place"));
  if (const auto time = at.find("at")) {
    statement.at = Instant{TRY(time->integer())};
  }
  return statement;
}

Result<std::vector<sbom::Vex>> read_statements(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes));
  std::vector<sbom::Vex> all;
  for (const json::Cursor& one : TRY(json::Cursor(tree).elements(kMaxDocuments))) {
    sbom::Vex vex{.form = TRY(text_at(one, "form")),
                  .id = TRY(text_at(one, "id")),
                  .author = "",
                  .statements = {},
                  .faults = {}};
    vex.author = TRY(text_at(one, "author"));
    const json::Cursor list = TRY(one.at("statements"));
    for (const json::Cursor& statement : TRY(list.elements(sbom::kMaxStatements))) {
      vex.statements.push_back(TRY(unpack_statement(statement)));
    }
    all.push_back(std::move(vex));
  }
  return all;
}

Result<Part> unpack_part(const json::Cursor& at) {
  Part part{.component = TRY(unpack_component(at))};
  part.ecosystem = TRY(text_at(at, "ecosystem"));
  part.package = TRY(text_at(at, "package"));
  part.is_any_version = at.find("any").has_value();
  return part;
}

Result<std::vector<Item>> read_items(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes));
  std::vector<Item> items;
  for (const json::Cursor& one : TRY(json::Cursor(tree).elements(kMostParts))) {
    Item item{.key = TRY(one.string_at("key")), .parts = {}};
    const json::Cursor parts = TRY(one.at("parts"));
    for (const json::Cursor& part : TRY(parts.elements(kMostParts))) {
      item.parts.push_back(TRY(unpack_part(part)));
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

json::Value packed(const sbom::Component& component) {
  json::Object out;
  put(out, "ref", component.ref);
  put(out, "name", component.name);
  put(out, "version", component.version);
  put(out, "purl", component.purl);
  put(out, "place", component.place);
  if (!component.cpes.empty()) {
    out["cpes"] = json::Array(component.cpes.begin(), component.cpes.end());
  }
  if (component.is_root) {
    out["root"] = true;
  }
  return out;
}

Result<sbom::Component> unpack_component(const json::Cursor& at) {
  sbom::Component component;
  component.ref = TRY(text_at(at, "ref"));
  component.name = TRY(text_at(at, "name"));
  component.version = TRY(text_at(at, "version"));
  component.purl = TRY(text_at(at, "purl"));
  component.place = TRY(text_at(at, "place"));
  component.cpes = TRY(texts_at(at, "cpes", kMostNames));
  component.is_root = at.find("root").has_value();
  return component;
}

std::string pack(const std::vector<Item>& items) {
  json::Array all;
  for (const Item& item : items) {
    json::Array parts;
    for (const Part& part : item.parts) {
      json::Value one = packed(part.component);
      put(one.get_object(), "ecosystem", part.ecosystem);
      put(one.get_object(), "package", part.package);
      if (part.is_any_version) {
        one.get_object()["any"] = true;
      }
      parts.push_back(std::move(one));
    }
    all.push_back(json::Object{{"key", item.key}, {"parts", std::move(parts)}});
  }
  return json::canonical(all);
}

Result<std::vector<Item>> unpack_items(std::string_view bytes) {
  return intact(read_items(bytes));
}

std::string pack(const std::vector<sbom::Vex>& statements) {
  json::Array all;
  for (const sbom::Vex& vex : statements) {
    json::Array list;
    for (const sbom::Statement& statement : vex.statements) {
      list.push_back(packed(statement));
    }
    json::Object one{{"statements", std::move(list)}};
    put(one, "form", vex.form);
    put(one, "id", vex.id);
    put(one, "author", vex.author);
    all.push_back(std::move(one));
  }
  return json::canonical(all);
}

Result<std::vector<sbom::Vex>> unpack_statements(std::string_view bytes) {
  return intact(read_statements(bytes));
}

}  // namespace weir::watch
