// CSAF 2.0: product_status of each vulnerability, with flags and impact as the reason.
#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "sbom/vex_forms.h"

namespace weir::sbom {
namespace {

struct Group {
  std::string_view key;
  Position position;
};
// first_affected, last_affected and recommended say nothing that these do not.
constexpr auto kGroups =
    std::to_array<Group>({{"known_not_affected", Position::not_affected},
                          {"known_affected", Position::affected},
                          {"first_affected", Position::affected},
                          {"last_affected", Position::affected},
                          {"fixed", Position::fixed},
                          {"first_fixed", Position::fixed},
                          {"under_investigation", Position::under_investigation}});

class CsafVex {
 public:
  explicit CsafVex(const json::Value& tree) : root_(tree) {}

  Result<Vex> read() {
    vex_.form = "CSAF";
    const json::Cursor document = TRY(root_.at("document"));
    const auto tracking = document.find("tracking");
    const auto publisher = document.find("publisher");
    is_vex_ = TRY(text_of(growing_, document, "category")) == "csaf_vex";
    if (tracking) {
      vex_.id = TRY(text_of(growing_, *tracking, "id"));
      const std::string at = TRY(text_of(growing_, *tracking, "current_release_date"));
      if (const auto instant = parse_rfc3339(at)) {
        at_ = *instant;
      }
    }
    if (publisher) {
      vex_.author = TRY(text_of(growing_, *publisher, "name"));
    }
    if (const auto products = root_.find("product_tree")) {
      TRY(product_tree(*products));
    }
    for (const json::Cursor& at :
         TRY(list_of(growing_, root_, "vulnerabilities", kMaxStatements))) {
      TRY(vulnerability(at));
    }
    vex_.faults = std::move(growing_.document.faults);
    return std::move(vex_);
  }

 private:
  using Reasons = std::unordered_map<std::string, std::string>;  // by product id

  Status product_tree(const json::Cursor& tree) {
    for (const json::Cursor& at :
         TRY(list_of(growing_, tree, "full_product_names", kMaxSubjects))) {
      TRY(product(at));
    }
    TRY(branches(tree));
    for (const json::Cursor& at : TRY(list_of(growing_, tree, "relationships", kMaxSubjects))) {
      const std::string part = TRY(text_of(growing_, at, "product_reference"));
      const std::string whole = TRY(text_of(growing_, at, "relates_to_product_reference"));
      if (const auto full = at.find("full_product_name")) {
        const std::string id = TRY(text_of(growing_, *full, "product_id"));
        subjects_[id] = {.product = named(whole), .part = named(part)};
      }
    }
    for (const json::Cursor& at : TRY(list_of(growing_, tree, "product_groups", kMaxSubjects))) {
      std::vector<std::string>& ids = groups_[TRY(text_of(growing_, at, "group_id"))];
      for (const json::Cursor& id : TRY(list_of(growing_, at, "product_ids", kMaxSubjects))) {
        ids.push_back(TRY(id.string(kMaxTextBytes)));
      }
    }
    return {};
  }

  Status branches(const json::Cursor& within) {
    for (const json::Cursor& at : TRY(list_of(growing_, within, "branches", kMaxSubjects))) {
      if (const auto found = at.find("product")) {
        TRY(product(*found));
      }
      TRY(branches(at));  // no deeper than JSON may be
    }
    return {};
  }

  Status product(const json::Cursor& at) {
    Names names{.ref = TRY(text_of(growing_, at, "product_id"))};
    names.name = TRY(text_of(growing_, at, "name"));
    if (const auto helper = at.find("product_identification_helper")) {
      names.purl = TRY(text_of(growing_, *helper, "purl"));
      names.cpe = TRY(text_of(growing_, *helper, "cpe"));
    }
    std::string id = names.ref;
    subjects_[std::move(id)] = {.product = std::move(names), .part = std::nullopt};
    return {};
  }

  Names named(const std::string& id) const {
    const auto at = subjects_.find(id);
    return at == subjects_.end() ? Names{.ref = id} : at->second.product;
  }

  /// The products that a flag or a threat is about; none named is all.
  Status for_each_product(const json::Cursor& at, const std::string& text, Reasons& reasons) {
    std::vector<std::string> ids;
    for (const json::Cursor& id : TRY(list_of(growing_, at, "product_ids", kMaxSubjects))) {
      ids.push_back(TRY(id.string(kMaxTextBytes)));
    }
    for (const json::Cursor& group : TRY(list_of(growing_, at, "group_ids", kMaxSubjects))) {
      const auto known = groups_.find(TRY(group.string(kMaxTextBytes)));
      if (known != groups_.end()) {
        ids.insert(ids.end(), known->second.begin(), known->second.end());
      }
    }
    if (ids.empty() && !at.find("product_ids") && !at.find("group_ids")) {
      ids.emplace_back();
    }
    for (std::string& id : ids) {
      reasons.try_emplace(std::move(id), text);
    }
    return {};
  }

  static std::string reason_for(const Reasons& reasons, const std::string& id) {
    const auto own = reasons.find(id);
    const auto any = reasons.find("");
    return own != reasons.end() ? own->second : any != reasons.end() ? any->second : "";
  }

  Result<std::vector<std::string>> ids_of(const json::Cursor& at) {
    std::vector<std::string> ids;
    std::string cve = TRY(text_of(growing_, at, "cve"));
    if (!cve.empty()) {
      ids.push_back(std::move(cve));
    }
    for (const json::Cursor& id : TRY(list_of(growing_, at, "ids", kMaxNames))) {
      std::string text = TRY(text_of(growing_, id, "text"));
      if (!text.empty()) {
        ids.push_back(std::move(text));
      }
    }
    return ids;
  }

  Status vulnerability(const json::Cursor& at) {
    const auto status = at.find("product_status");
    const std::vector<std::string> ids = TRY(ids_of(at));
    if (!status || ids.empty()) {
      return {};
    }
    Reasons labels;
    Reasons impacts;
    for (const json::Cursor& flag : TRY(list_of(growing_, at, "flags", kMaxSubjects))) {
      const std::string label = TRY(text_of(growing_, flag, "label"));
      TRY(for_each_product(flag, label, labels));
    }
    for (const json::Cursor& threat : TRY(list_of(growing_, at, "threats", kMaxSubjects))) {
      if (TRY(text_of(growing_, threat, "category")) == "impact") {
        const std::string details = TRY(text_of(growing_, threat, "details"));
        TRY(for_each_product(threat, details, impacts));
      }
    }
    for (const Group& group : kGroups) {
      // One statement for each pair of reasons, so that each keeps its own.
      std::map<std::pair<std::string, std::string>, Statement> by_reason;
      for (const json::Cursor& product : TRY(list_of(growing_, *status, group.key, kMaxSubjects))) {
        const std::string id = TRY(product.string(kMaxTextBytes));
        const std::string label = reason_for(labels, id);
        const std::string impact = reason_for(impacts, id);
        if (group.position == Position::not_affected && is_vex_ && label.empty() &&
            impact.empty()) {
          growing_.fault(product, "known_not_affected without a flag or an impact");
          continue;
        }
        Statement& one = by_reason[{label, impact}];
        const auto known = subjects_.find(id);
        one.subjects.push_back(known == subjects_.end() ? Subject{.product = Names{.ref = id}}
                                                        : known->second);
        if (++count_ > kMaxSubjects) {
          return product.fail(fmt::format("more than {} products", kMaxSubjects));
        }
      }
      for (auto& [reasons, one] : by_reason) {
        one.vulnerabilities = ids;
        one.position = group.position;
        one.justification = reasons.first;
        one.words = reasons.second;
        one.at = at_;
        one.place = at.pointer();
        vex_.statements.push_back(std::move(one));
      }
    }
    return {};
  }

  json::Cursor root_;
  Growing growing_;
  Vex vex_;
  std::optional<Instant> at_;
  bool is_vex_ = false;
  std::size_t count_ = 0;
  std::unordered_map<std::string, Subject> subjects_;  // by product id
  std::unordered_map<std::string, std::vector<std::string>> groups_;
};

}  // namespace

Result<Vex> read_csaf_vex(const json::Value& tree) {
  return CsafVex(tree).read();
}

}  // namespace weir::sbom
