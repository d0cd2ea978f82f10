#include "advisory/read.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "advisory/marks.h"
#include "advisory/readers.h"
#include "base/bytes.h"
#include "severity/severity.h"

namespace weir::advisory {
namespace {

using ReadForm = void (*)(const View&, Advisory&);

bool has(const View& object, std::string_view key) {
  return object.at(key).is_there();
}

/// What tells one form from another, each a bit.
enum Mark : unsigned {
  kCveMetadata = 1U << 0U,
  kCve = 1U << 1U,
  kVulnStatus = 1U << 2U,
  kDocument = 1U << 3U,
  kCveId = 1U << 4U,
  kIcsNumber = 1U << 5U,
  kAdditional = 1U << 6U,
  kVulnerableVersions = 1U << 7U,
  kVulnerable = 1U << 8U,
  kPatched = 1U << 9U,
  kId = 1U << 10U,
  kModified = 1U << 11U,
  kDescription = 1U << 12U,
  kEuvdId = 1U << 13U,
  kEuvdEntry = 1U << 14U,
  kDateAdded = 1U << 15U,
  kListedDate = 1U << 16U,
  kVulnerability = 1U << 17U,
  kStatus = 1U << 18U,
  kProducts = 1U << 19U,
};
constexpr std::array<std::pair<std::string_view, unsigned>, 20> kMarks = {{
    {"cveMetadata", kCveMetadata},
    {"cve", kCve},
    {"vulnStatus", kVulnStatus},
    {"document", kDocument},
    {"cveID", kCveId},
    {"ICS-CERT_Number", kIcsNumber},
    {"additionalMetadata", kAdditional},
    {"vulnerable_versions", kVulnerableVersions},
    {"vulnerable", kVulnerable},
    {"patched", kPatched},
    {"id", kId},
    {"modified", kModified},
    {"description", kDescription},
    {"euvdID", kEuvdId},
    {"euvdId", kEuvdEntry},
    {"date_added", kDateAdded},
    {"dateAdded", kListedDate},
    {"vulnerability", kVulnerability},
    {"status", kStatus},
    {"products", kProducts},
}};

/// By what only records of that form have.
ReadForm form_of(const View& root, Extent extent) {
  unsigned marks = 0;  // in one pass: every record is asked
  root.each_key([&](std::string_view key) {
    for (const auto& [name, mark] : kMarks) {
      marks |= key == name ? mark : 0U;
    }
  });
  const auto have = [&](unsigned all) { return (marks & all) == all; };
  if (have(kCveMetadata)) {
    return read_cve;
  }
  if (have(kCve)) {
    if (const View cve = root.at("cve"); cve.is_object()) {
      return has(cve, "CVE_data_meta") ? read_nvd1 : +[](const View& document, Advisory& out) {
        read_nvd2(document.at("cve"), out);
      };
    }
  }
  if (have(kVulnStatus)) {
    return read_nvd2;
  }
  if (have(kDocument)) {
    if (const View document = root.at("document"); document.is_object()) {
      return has(document, "csaf_version") ? read_csaf : nullptr;
    }
  }
  if (have(kEuvdId)) {
    return read_kev_eu;
  }
  if (have(kCveId)) {
    return read_kev;
  }
  if (have(kEuvdEntry | kListedDate)) {
    return read_kev_euvd;
  }
  if (have(kCve | kDateAdded)) {
    return read_kev_vulncheck;
  }
  if (have(kVulnerability | kStatus)) {
    return read_kev_gcve;
  }
  if (have(kIcsNumber)) {
    return read_ics;
  }
  if (have(kAdditional)) {
    return read_enrichment;
  }
  if (have(kVulnerableVersions) || have(kVulnerable | kPatched)) {
    return read_nodejs;
  }
  if (have(kId | kModified)) {
    return extent == Extent::all ? read_osv : read_osv_to_match;
  }
  // Of these alone there are others: a vulnerability in a CycloneDX document.
  return have(kId | kDescription | kProducts) ? read_description : nullptr;
}

/// Characters that are not seen, or that turn round what follows: in an id they only deceive.
constexpr std::array kUnseen = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u200e",
                                "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
                                "\u202c", "\u202d", "\u202e", "\u2060", "\u2066",
                                "\u2067", "\u2068", "\u2069", "\ufeff"};

bool has_unseen(std::string_view text) {
  return std::ranges::any_of(kUnseen, [&](const char* one) { return text.contains(one); });
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// Ids are shown and stand in addresses: one line of visible characters.
Status check_id(std::string_view id) {
  if (id.empty()) {
    return fail(Code::invalid, "the record has no id", "#");
  }
  if (id.size() > kMostIdBytes) {
    return fail(Code::invalid, fmt::format("the id is longer than {} bytes", kMostIdBytes), "#");
  }
  const bool is_visible = std::ranges::all_of(id, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
  return is_visible && (is_ascii(id) || !has_unseen(id))
             ? Status{}
             : fail(Code::invalid, "the id holds spaces or control characters", "#");
}

/// Versions are compared, again and again, and shown in every reason.
Status check_versions(const Advisory& record) {
  const auto is_long = [](const std::string& version) {
    return version.size() > kMostVersionBytes;
  };
  for (const Affected& one : record.affected) {
    const bool has_long = std::ranges::any_of(one.versions, is_long) ||
                          std::ranges::any_of(one.ranges, [&](const Range& range) {
                            return std::ranges::any_of(range.events, is_long, &Event::version);
                          });
    if (has_long) {
      return fail(Code::invalid,
                  fmt::format("a version is longer than {} bytes", kMostVersionBytes),
                  fmt::format("/affected of {}", one.package.empty() ? one.product : one.package));
    }
  }
  return {};
}

Error syntax_error(simdjson::error_code code, std::string_view json) {
  if (code == simdjson::UTF8_ERROR) {
    return {Code::invalid, "the record is not UTF-8", "#"};
  }
  if (code == simdjson::DEPTH_ERROR) {
    return {Code::invalid, fmt::format("nested more than {} deep", kMostRecordDepth), "#"};
  }
  if (code == simdjson::MEMALLOC) {
    return {Code::unavailable, "out of memory", "#"};
  }
  if (json.empty()) {
    return {Code::invalid, "there is nothing", "#"};
  }
  return {Code::invalid, fmt::format("this is no JSON: {}", simdjson::error_message(code)), "#"};
}

/// Ids that come from lists of others: what is no id is left out.
void tidy_ids(std::vector<std::string>& ids, const std::string& own) {
  std::erase_if(ids, [&](const std::string& id) { return id == own || !check_id(id); });
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
}

}  // namespace

struct Reader::Impl {
  simdjson::dom::parser parser{kMostRecordBytes};
  Trouble trouble;
  std::size_t capacity = 0;
  Extent extent = Extent::all;
};

Reader::Reader(Extent extent) : impl_(std::make_unique<Impl>()) {
  impl_->extent = extent;
}
Reader::~Reader() = default;

Result<Advisory> Reader::read(std::string_view json) {
  if (json.size() > kMostRecordBytes) {
    return fail(Code::invalid, fmt::format("the record is longer than {} bytes", kMostRecordBytes),
                "#");
  }
  if (json.size() > impl_->capacity) {  // by hand, because it alone can set the depth
    impl_->capacity = std::max<std::size_t>(json.size() * 2, std::size_t{64} << 10);
    if (impl_->parser.allocate(std::min(impl_->capacity, kMostRecordBytes), kMostRecordDepth) !=
        simdjson::SUCCESS) {
      impl_->capacity = 0;
      return fail(Code::unavailable, "out of memory", "#");
    }
  }
  simdjson::dom::element root;
  const simdjson::error_code code = impl_->parser.parse(json.data(), json.size()).get(root);
  if (code != simdjson::SUCCESS) {
    return std::unexpected(syntax_error(code, json));
  }
  TRY(refuse_doubled_keys(root));
  impl_->trouble.clear();
  const View view(root, impl_->trouble);
  if (!view.is_object()) {
    return fail(Code::invalid, "a record is a JSON object", "#");
  }
  const ReadForm read_form = form_of(view, impl_->extent);
  if (read_form == nullptr) {
    return fail(Code::invalid, "this is a record of no known source", "#");
  }
  Advisory out;
  read_form(view, out);
  if (impl_->trouble.is_there()) {
    return std::unexpected(impl_->trouble.first());
  }
  TRY(check_id(out.id));
  TRY(check_versions(out));
  tidy_ids(out.aliases, out.id);
  tidy_ids(out.related, out.id);
  return out;
}

bool is_id(std::string_view text) {
  return check_id(text).has_value();
}

std::string cut_text(std::string_view text, std::size_t most) {
  if (text.size() > most) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      --end;
    }
    text = text.substr(0, end);
  }
  std::string out(text);
  // PostgreSQL's text cannot hold it, and nobody can read it.
  for (std::size_t at = out.find('\0'); at != out.npos; at = out.find('\0', at)) {
    out[at] = ' ';
  }
  return out;
}

void add_weakness(std::string_view text, Advisory& out) {
  if (const auto placeholder = placeholder_weakness(text)) {
    add_once(out.marks, *placeholder);
    return;
  }
  const std::size_t start = text.find("CWE-");
  std::string_view digits = start == std::string_view::npos ? text : text.substr(start + 4);
  std::size_t size = 0;
  while (size < digits.size() && digits[size] >= '0' && digits[size] <= '9') {
    ++size;
  }
  const bool is_number =
      size > 0 && size <= 6 && (start != std::string_view::npos || size == digits.size());
  if (is_number) {
    add_once(out.weaknesses, fmt::format("CWE-{}", digits.substr(0, size)));
  }
}

void add_once(std::vector<std::string>& list, std::string_view text) {
  if (!text.empty() && list.size() < kMostListed && std::ranges::find(list, text) == list.end()) {
    list.emplace_back(text);
  }
}

void add_cve_reference(std::string_view url, Advisory& out) {
  add_once(out.references, url);
  if (const auto mark = mark_of_reference(url)) {
    add_once(out.marks, *mark);
  }
}

void add_cve_tag(std::string_view tag, Advisory& out) {
  if (is_cve_tag(tag)) {
    add_once(out.marks, tag);
  }
}

int score_of(std::string_view vector) {
  const auto read = severity::Cvss::parse(vector);
  return read ? read->scores().overall : -1;
}

void add_rating(std::string_view by, std::string_view vector, std::optional<double> score,
                Advisory& out) {
  int tenths = vector.empty() ? -1 : score_of(vector);
  if (tenths < 0 && score && *score >= 0 && *score <= 10) {
    tenths = static_cast<int>(std::lround(*score * 10));
  }
  if (!vector.empty() || tenths >= 0) {
    out.ratings.push_back({.by = std::string(by),
                           .vector = std::string(vector.substr(0, severity::kMaxVectorBytes)),
                           .score = tenths,
                           .affected = {}});
  }
}

}  // namespace weir::advisory
