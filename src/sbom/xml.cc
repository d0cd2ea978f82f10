#include "sbom/xml.h"

#include <algorithm>
#include <array>
#include <memory>

#include <expat.h>
#include <fmt/format.h>

#include "sbom/sbom.h"

namespace weir::sbom {
namespace {

constexpr char kSeparator = '\n';  // between namespace and name; stands in neither
constexpr std::string_view kLine = "#line";

// Elements whose children are the items of a list.
constexpr auto kLists = std::to_array<std::string_view>(
    {"affects", "advisories", "components", "cwes", "data", "dependencies", "externalReferences",
     "hashes", "licenses", "patches", "properties", "ratings", "references", "resolves",
     "responses", "services", "versions", "vulnerabilities"});

bool is_list(std::string_view name) {
  return std::ranges::find(kLists, name) != kLists.end();
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

struct Frame {
  std::string name;
  std::int64_t line = 0;
  json::Object members;
  json::Array items;
  std::string text;
};

class Builder {
 public:
  explicit Builder(XML_Parser parser) : parser_(parser) {}

  void start(std::string_view full, const XML_Char** attributes) {
    if (frames_.size() == kMaxDepth) {
      refuse(fmt::format("elements nested more than {} deep", kMaxDepth));
      return;
    }
    const std::size_t at = full.find(kSeparator);
    const std::string_view scope = at == full.npos ? "" : full.substr(0, at);
    const std::string_view local = at == full.npos ? full : full.substr(at + 1);
    if (frames_.empty() && xml_.root.empty()) {
      xml_.root = local;
      xml_.scope = scope;
    }
    // Other people's extensions have names of their own.
    Frame frame{.name = scope == xml_.scope ? std::string(local) : "#" + std::string(local),
                .line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_)),
                .members = {},
                .items = {},
                .text = {}};
    for (; *attributes != nullptr; attributes += 2) {
      const std::string_view name = attributes[0];
      if (name.find(kSeparator) == name.npos) {
        frame.members[name] = attributes[1];
      }
    }
    frames_.push_back(std::move(frame));
  }

  void text(std::string_view more) {
    if (!frames_.empty()) {
      frames_.back().text += more;
    }
  }

  void end() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    json::Value value = finished(frame);
    if (frames_.empty()) {
      xml_.tree = std::move(value);
      return;
    }
    Frame& parent = frames_.back();
    if (is_list(parent.name)) {
      if (frame.name.starts_with('#')) {
        return;
      }
      // Licences are told apart by their element, as in JSON: {"license": …} or {"expression": …}.
      parent.items.push_back(parent.name == "licenses"
                                 ? json::Value(json::Object{{frame.name, std::move(value)}})
                                 : std::move(value));
      return;
    }
    json::Value* const known = parent.members.if_contains(frame.name);
    if (known == nullptr) {
      parent.members[frame.name] = std::move(value);
    } else if (known->is_array()) {
      known->as_array().push_back(std::move(value));
    } else {
      *known = json::Array{std::move(*known), std::move(value)};
    }
  }

  void refuse(std::string why) {
    if (refusal_.empty()) {
      refusal_ = std::move(why);
    }
    XML_StopParser(parser_, XML_FALSE);
  }

  const std::string& refusal() const { return refusal_; }
  Xml take() { return std::move(xml_); }

 private:
  static json::Value finished(Frame& frame) {
    if (is_list(frame.name)) {
      return std::move(frame.items);
    }
    const std::string_view text = trim(frame.text);
    if (frame.members.empty()) {
      return json::Value(text);
    }
    if (!text.empty()) {
      frame.members["content"] = text;
    }
    frame.members[kLine] = frame.line;
    return std::move(frame.members);
  }

  XML_Parser parser_;
  std::vector<Frame> frames_;
  Xml xml_;
  std::string refusal_;
};

Builder& builder(void* data) {
  return *static_cast<Builder*>(data);
}

}  // namespace

Result<Xml> parse_xml(std::string_view bytes) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS(nullptr, kSeparator), &XML_ParserFree);
  if (parser == nullptr) {
    return fail(Code::unavailable, "out of memory");
  }
  Builder building(parser.get());
  XML_SetUserData(parser.get(), &building);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const XML_Char* name, const XML_Char** attributes) {
        builder(data).start(name, attributes);
      },
      [](void* data, const XML_Char*) { builder(data).end(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const XML_Char* text, int size) {
    builder(data).text(std::string_view(text, static_cast<std::size_t>(size)));
  });
  XML_SetStartDoctypeDeclHandler(
      parser.get(), [](void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        builder(data).refuse("a document type is not taken: it may define entities");
      });
  static_assert(kMaxBytes <= 0x7fff'ffff);  // expat counts in int
  const XML_Status status =
      XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE);
  if (status == XML_STATUS_OK) {
    return building.take();
  }
  const std::string why =
      building.refusal().empty()
          ? std::string("XML: ") + XML_ErrorString(XML_GetErrorCode(parser.get()))
          : building.refusal();
  return fail(Code::invalid, why, fmt::format("line {}", XML_GetCurrentLineNumber(parser.get())));
}

}  // namespace weir::sbom
