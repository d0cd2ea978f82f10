#include "sbom/form.h"

#include <algorithm>
#include <array>

namespace weir::sbom {
namespace {

using Words = std::initializer_list<std::string_view>;

std::string_view text_at(const json::Cursor& at, std::string_view key) {
  const json::Object* object = at.value().if_object();
  const json::Value* value = object == nullptr ? nullptr : object->if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : "";
}

bool has(const json::Cursor& at, std::string_view key) {
  const json::Object* object = at.value().if_object();
  return object != nullptr && object->contains(key);
}

bool is_one_of(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void check_word(Growing& growing, const json::Cursor& at, std::string_view key, Words words) {
  if (!is_one_of(words, text_at(at, key))) {
    growing.fault(at, "\"" + std::string(key) + "\" is none of the words that it may be");
  }
}

void check_licence(Growing& growing, const json::Cursor& at) {
  const bool is_expression = has(at, "expression");
  if (is_expression == has(at, "license")) {
    growing.fault(at, "a licence choice is a \"license\" or an \"expression\"");
    return;
  }
  const auto license = at.find("license");
  if (!license) {
    return;
  }
  const bool by_id = !text_at(*license, "id").empty();
  if (by_id == !text_at(*license, "name").empty()) {
    growing.fault(*license, "a licence has one \"id\" or one \"name\"");
  }
}

void check_item(Growing& growing, std::string_view list, const json::Cursor& at) {
  if (list == "licenses") {
    check_licence(growing, at);
  } else if (list == "patches") {
    check_word(growing, at, "type", {"unofficial", "monkey", "backport", "cherry-pick"});
  } else if (list == "resolves") {
    check_word(growing, at, "type", {"defect", "enhancement", "security"});
  } else if (list == "properties" && growing.document.version >= "1.6" && !has(at, "name")) {
    growing.fault(at, "a property has no name");
  } else if (list == "data" && has(at, "flow")) {
    check_word(growing, at, "flow", {"inbound", "outbound", "bi-directional", "unknown"});
  }
}

/// A choice of licences is a list of licences or one single expression; not both (before 1.7).
void check_licences(Growing& growing, const json::Cursor& at, const json::Array& all) {
  const bool holds_expression = std::ranges::any_of(all, [](const json::Value& one) {
    return one.is_object() && one.get_object().contains("expression");
  });
  if (holds_expression && all.size() > 1 && growing.document.version < "1.7") {
    growing.fault(at, "an expression of licences stands alone");
  }
}

void check_object(Growing& growing, std::string_view key, const json::Cursor& at) {
  if (key == "swid" && (text_at(at, "tagId").empty() || text_at(at, "name").empty())) {
    growing.fault(at, "a \"swid\" has a tagId and a name");
  }
  if ((key == "text" || key == "attachment") && has(at, "encoding")) {
    check_word(growing, at, "encoding", {"base64"});
  }
}

void walk(Growing& growing, std::string_view key, const json::Cursor& at) {
  if (const json::Array* all = at.value().if_array()) {
    if (key == "licenses") {
      check_licences(growing, at, *all);
    }
    const auto elements = at.elements(all->size());
    for (const json::Cursor& one : *elements) {
      check_item(growing, key, one);
      walk(growing, key, one);
    }
    return;
  }
  const json::Object* object = at.value().if_object();
  if (object == nullptr) {
    return;
  }
  check_object(growing, key, at);
  for (const auto& [name, value] : *object) {
    if (!value.is_structured()) {
      continue;
    }
    walk(growing, name, *at.find(name));
  }
}

}  // namespace

void check_form(Growing& growing, const json::Cursor& root) {
  walk(growing, "", root);
}

}  // namespace weir::sbom
