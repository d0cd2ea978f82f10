// CycloneDX: vulnerabilities[].analysis.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/bytes.h"
#include "sbom/vex_forms.h"

namespace weir::sbom {
namespace {

struct State {
  std::string_view word;
  Position position;
};
constexpr auto kStates = std::to_array<State>({{"resolved", Position::fixed},
                                               {"resolved_with_pedigree", Position::fixed},
                                               {"exploitable", Position::affected},
                                               {"in_triage", Position::under_investigation},
                                               {"false_positive", Position::not_affected},
                                               {"not_affected", Position::not_affected}});

/// "urn:cdx:SERIAL/VERSION#REF" (BOM-Link) is REF, percent-decoded; anything else is itself.
std::string local_ref(std::string_view ref) {
  if (!ref.starts_with("urn:cdx:") || !ref.contains('#')) {
    return std::string(ref);
  }
  ref.remove_prefix(ref.find('#') + 1);
  std::string out;
  for (std::size_t i = 0; i < ref.size(); ++i) {
    std::string digits(ref.substr(std::min(i + 1, ref.size()), 2));
    std::ranges::transform(digits, digits.begin(), [](char c) {
      return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto byte = ref[i] == '%' && digits.size() == 2 ? from_hex(digits) : std::nullopt;
    out += byte ? *byte : std::string(1, ref[i]);
    i += byte ? 2 : 0;
  }
  return out;
}

class CycloneDxVex {
 public:
  explicit CycloneDxVex(const Tree& tree) : tree_(tree), root_(tree.value) {}

  Result<Vex> read() {
    vex_.form = "CycloneDX";
    const Document document = TRY(read_tree(tree_));
    vex_.id = document.serial;
    for (const Component& component : document.components) {
      by_ref_.emplace(component.ref, &component);
    }
    for (const json::Cursor& at :
         TRY(list_of(growing_, root_, "vulnerabilities", kMaxStatements))) {
      TRY(vulnerability(at));
    }
    vex_.faults = std::move(growing_.document.faults);
    return std::move(vex_);
  }

 private:
  Status vulnerability(const json::Cursor& at) {
    const auto analysis = at.find("analysis");
    if (!analysis) {
      return {};  // a vulnerability without a statement about it
    }
    Statement one{.place = place(at)};
    std::string id = TRY(text_of(growing_, at, "id"));
    const std::string word = TRY(text_of(growing_, *analysis, "state"));
    const auto state = std::ranges::find(kStates, word, &State::word);
    if (id.empty() || state == kStates.end()) {
      growing_.fault(at, id.empty() ? "a vulnerability has no id" : "\"" + word + "\" is no state");
      return {};
    }
    one.vulnerabilities.push_back(std::move(id));
    for (const json::Cursor& reference : TRY(list_of(growing_, at, "references", kMaxNames))) {
      std::string alias = TRY(text_of(growing_, reference, "id"));
      if (!alias.empty()) {
        one.vulnerabilities.push_back(std::move(alias));
      }
    }
    one.position = state->position;
    one.justification = TRY(text_of(growing_, *analysis, "justification"));
    if (one.justification.empty() && word == "false_positive") {
      one.justification = word;
    }
    one.words = TRY(text_of(growing_, *analysis, "detail"));
    const std::string time = TRY(text_of(growing_, *analysis, "lastUpdated"));
    if (const auto instant = parse_rfc3339(time)) {
      one.at = *instant;
    }
    for (const json::Cursor& target : TRY(list_of(growing_, at, "affects", kMaxSubjects))) {
      const std::string ref = TRY(text_of(growing_, target, "ref"));
      if (!ref.empty()) {
        one.subjects.push_back({.product = names(local_ref(ref)), .part = std::nullopt});
      }
    }
    vex_.statements.push_back(std::move(one));
    return {};
  }

  Names names(std::string ref) const {
    Names names{.ref = std::move(ref)};
    if (const auto known = by_ref_.find(names.ref); known != by_ref_.end()) {
      const Component& component = *known->second;
      names.name = component.name;
      names.purl = component.purl;
      names.cpe = component.cpes.empty() ? "" : component.cpes.front();
    } else if (names.ref.starts_with("pkg:")) {
      names.purl = names.ref;
    }
    return names;
  }

  const Tree& tree_;
  json::Cursor root_;
  Growing growing_;
  Vex vex_;
  std::unordered_map<std::string, const Component*> by_ref_;
};

}  // namespace

Result<Vex> read_cyclonedx_vex(const Tree& tree) {
  return CycloneDxVex(tree).read();
}

}  // namespace weir::sbom
