// The common part, and OpenVEX.
#include "sbom/vex.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "sbom/vex_forms.h"

namespace weir::sbom {
namespace {

constexpr std::array<std::string_view, 4> kPositions = {"not_affected", "affected", "fixed",
                                                        "under_investigation"};
constexpr std::string_view kOpenVex = "https://openvex.dev/ns";

std::optional<Instant> instant_of(std::string_view text) {
  const auto at = parse_rfc3339(text);
  return at ? std::optional<Instant>(*at) : std::nullopt;
}

class OpenVex {
 public:
  explicit OpenVex(const json::Value& tree) : root_(tree) {}

  Result<Vex> read() {
    vex_.form = "OpenVEX";
    vex_.id = TRY(text_of(growing_, root_, "@id"));
    vex_.author = TRY(text_of(growing_, root_, "author"));
    const auto since = instant_of(TRY(text_of(growing_, root_, "timestamp")));
    const json::Cursor list = TRY(root_.at("statements"));
    for (const json::Cursor& at : TRY(list.elements(kMaxStatements))) {
      TRY(statement(at, since));
    }
    vex_.faults = std::move(growing_.document.faults);
    return std::move(vex_);
  }

 private:
  Status statement(const json::Cursor& at, std::optional<Instant> since) {
    Statement one{.place = at.pointer()};
    TRY(vulnerability(at, one));
    const std::string status = TRY(text_of(growing_, at, "status"));
    const auto position = std::ranges::find(kPositions, status);
    if (position == kPositions.end() || one.vulnerabilities.empty()) {
      growing_.fault(at, one.vulnerabilities.empty() ? "a statement names no vulnerability"
                                                     : "\"" + status + "\" is no status");
      return {};
    }
    one.position = static_cast<Position>(position - kPositions.begin());
    one.justification = TRY(text_of(growing_, at, "justification"));
    one.words = TRY(text_of(growing_, at, "impact_statement"));
    if (one.words.empty()) {
      one.words = TRY(text_of(growing_, at, "status_notes"));
    }
    const std::string impact = TRY(text_of(growing_, at, "impact_statement"));
    if (one.position == Position::not_affected && one.justification.empty() && impact.empty()) {
      growing_.fault(at, "not_affected without a justification or an impact_statement");
      return {};
    }
    const std::string time = TRY(text_of(growing_, at, "timestamp"));
    one.at = time.empty() ? since : instant_of(time);
    for (const json::Cursor& product : TRY(list_of(growing_, at, "products", kMaxSubjects))) {
      TRY(subject(product, one));
    }
    if (one.subjects.empty()) {
      growing_.fault(at, "a statement names no product");
      return {};
    }
    vex_.statements.push_back(std::move(one));
    return {};
  }

  /// An object with a name and aliases; before 0.2.0 a text.
  Status vulnerability(const json::Cursor& at, Statement& one) {
    const auto found = at.find("vulnerability");
    if (!found) {
      return {};
    }
    if (found->is_string()) {
      one.vulnerabilities.push_back(TRY(found->string(kMaxTextBytes)));
      return {};
    }
    for (const char* key : {"name", "@id"}) {
      std::string id = TRY(text_of(growing_, *found, key));
      if (!id.empty()) {
        one.vulnerabilities.push_back(std::move(id));
      }
    }
    for (const json::Cursor& alias : TRY(list_of(growing_, *found, "aliases", kMaxNames))) {
      one.vulnerabilities.push_back(TRY(alias.string(kMaxTextBytes)));
    }
    return {};
  }

  Status subject(const json::Cursor& at, Statement& one) {
    Subject whole{.product = TRY(names(at)), .part = std::nullopt};
    const auto parts = TRY(list_of(growing_, at, "subcomponents", kMaxSubjects));
    const std::size_t more = std::max<std::size_t>(parts.size(), 1);
    subjects_ += more;
    if (subjects_ > kMaxSubjects) {
      return at.fail(fmt::format("more than {} products", kMaxSubjects));
    }
    if (parts.empty()) {
      one.subjects.push_back(std::move(whole));
      return {};
    }
    for (const json::Cursor& part : parts) {
      one.subjects.push_back({.product = whole.product, .part = TRY(names(part))});
    }
    return {};
  }

  Result<Names> names(const json::Cursor& at) {
    Names names;
    names.ref = at.is_string() ? TRY(at.string(kMaxTextBytes)) : TRY(text_of(growing_, at, "@id"));
    if (const auto identifiers = at.find("identifiers")) {
      names.purl = TRY(text_of(growing_, *identifiers, "purl"));
      names.cpe = TRY(text_of(growing_, *identifiers, "cpe23"));
      if (names.cpe.empty()) {
        names.cpe = TRY(text_of(growing_, *identifiers, "cpe22"));
      }
    }
    if (names.purl.empty() && names.ref.starts_with("pkg:")) {
      names.purl = names.ref;
    }
    return names;
  }

  json::Cursor root_;
  Growing growing_;
  Vex vex_;
  std::size_t subjects_ = 0;
};

bool is_open_vex(const json::Cursor& root) {
  const auto context = root.find("@context");
  if (!context) {
    return false;
  }
  if (context->is_string()) {
    return std::string_view(context->value().get_string()).starts_with(kOpenVex);
  }
  return false;
}

}  // namespace

std::string_view name(Position position) {
  return kPositions[static_cast<std::size_t>(position)];
}

std::string reason(const Statement& statement) {
  if (statement.justification.empty()) {
    return statement.words.empty() ? "no reason given" : statement.words;
  }
  return statement.words.empty() ? statement.justification
                                 : statement.justification + ": " + statement.words;
}

Result<Vex> read_vex(std::string_view bytes) {
  const std::size_t start = std::min(bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf"), bytes.size());
  if (bytes.substr(start).starts_with('<')) {
    const Tree tree = TRY(parse_tree(bytes));
    return read_cyclonedx_vex(tree);
  }
  const json::Value tree =
      TRY(json::parse(bytes.substr(start), {.bytes = kMaxBytes, .depth = kMaxDepth}));
  const json::Cursor root(tree);
  if (is_open_vex(root)) {
    return OpenVex(tree).read();
  }
  if (root.find("bomFormat")) {
    const Tree bom = TRY(parse_tree(bytes.substr(start)));
    return read_cyclonedx_vex(bom);
  }
  if (const auto document = root.find("document"); document && document->find("csaf_version")) {
    return read_csaf_vex(tree);
  }
  return root.fail("neither OpenVEX, nor CSAF, nor CycloneDX");
}

std::size_t effective(const std::vector<const Statement*>& candidates) {
  CHECK(!candidates.empty());
  std::size_t best = 0;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const auto& at = candidates[i]->at;
    const auto& known = candidates[best]->at;
    if (!known || (at && *at >= *known)) {
      best = i;
    }
  }
  return best;
}

}  // namespace weir::sbom
