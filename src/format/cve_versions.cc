#include "format/cve_versions.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "format/range.h"
#include "format/read.h"

namespace weir::format {
namespace {

using json::Cursor;

enum class Standing { affected, unaffected, unknown };  // the schema's `status`

struct Change {
  std::string at;
  Standing status;
};

struct Entry {
  std::string version;
  Standing status = Standing::unknown;
  std::string less_than;
  std::string less_than_or_equal;
  std::string type;
  std::vector<Change> changes;
};

Result<Standing> read_standing(const Cursor& at) {
  const std::string word = TRY(at.string(kMaxNameBytes));
  if (word == "affected") {
    return Standing::affected;
  }
  if (word == "unaffected") {
    return Standing::unaffected;
  }
  if (word == "unknown") {
    return Standing::unknown;
  }
  return at.fail("must be affected, unaffected or unknown");
}

std::string_view word(Standing status) {
  switch (status) {
    case Standing::affected:
      return "affected";
    case Standing::unaffected:
      return "unaffected";
    case Standing::unknown:
      return "unknown";
  }
  std::unreachable();
}

Result<Entry> read_entry(const Cursor& at) {
  Entry entry;
  const Cursor version = TRY(at.at("version"));
  entry.version = TRY(version.string(kMaxNameBytes));
  const Cursor status_at = TRY(at.at("status"));
  entry.status = TRY(read_standing(status_at));
  entry.less_than = TRY(optional_text(at, "lessThan"));
  entry.less_than_or_equal = TRY(optional_text(at, "lessThanOrEqual"));
  entry.type = TRY(optional_text(at, "versionType"));
  for (const Cursor& change : TRY(list(at, "changes", kMaxRanges))) {
    std::string from = TRY(required_text(change, "at"));
    const Cursor changed = TRY(change.at("status"));
    const Standing status = TRY(read_standing(changed));
    entry.changes.push_back({std::move(from), status});
  }
  return entry;
}

bool is_clear(const Entry& entry) {
  return entry.status == Standing::unaffected &&
         std::ranges::all_of(entry.changes, [](const Change& change) {
           return change.status == Standing::unaffected;
         });
}

/// "unknown" and "custom" say nothing about the order.
std::string scheme_of(const Entry& entry) {
  return entry.type == "custom" || is_unsaid(entry.type) ? "" : entry.type;
}

bool has_upper(const Entry& entry) {
  return !entry.less_than.empty() || !entry.less_than_or_equal.empty();
}

/// The ranges of one entry, in its own order of changes, and whether they say all of it.
struct Reading {
  std::vector<VersionRange> ranges;
  bool is_whole = true;
};

Reading read_span(const Entry& entry) {
  const auto bound = [](const std::string& text) {
    return is_unsaid(text) || is_every_version(text) ? std::string() : text;
  };
  Reading reading;
  VersionRange open{.introduced = entry.version == "0" ? "" : bound(entry.version),
                    .fixed = "",
                    .last_affected = "",
                    .scheme = scheme_of(entry)};
  Standing status = entry.status;
  for (const Change& change : entry.changes) {
    if (status == Standing::affected && change.status != Standing::affected) {
      open.fixed = change.at;
      reading.ranges.push_back(open);
      open.fixed.clear();
    } else if (status != Standing::affected) {
      open.introduced = change.at;
    }
    status = change.status;
  }
  // Several changes need the product's own order, and "1.2.*" its meaning: keep the words too.
  reading.is_whole = entry.changes.size() <= 1;
  if (status == Standing::affected) {
    open.fixed = bound(entry.less_than);
    open.last_affected = open.fixed.empty() ? bound(entry.less_than_or_equal) : "";
    const bool is_wild = (open.fixed + open.last_affected).contains('*');
    reading.is_whole = reading.is_whole && !is_wild;
    const bool says_nothing = is_unsaid(entry.version) && open.fixed.empty() &&
                              open.last_affected.empty() && entry.less_than != "*" &&
                              entry.less_than_or_equal != "*";
    if (!says_nothing) {
      reading.ranges.push_back(std::move(open));
    }
  }
  return reading;
}

Reading read_ranges(const Entry& entry) {
  const bool is_ever_affected = entry.status == Standing::affected || !entry.changes.empty();
  if (!is_ever_affected) {
    return {.ranges = {}, .is_whole = entry.status == Standing::unaffected};
  }
  if (has_upper(entry) || !entry.changes.empty()) {
    return is_rule(entry.version) && !is_every_version(entry.version)
               ? Reading{.ranges = {}, .is_whole = false}
               : read_span(entry);
  }
  if (is_unsaid(entry.version)) {
    return {};
  }
  if (is_rule(entry.version)) {  // "< 2.1" where a version should stand: many records
    auto ranges = parse_ranges(entry.version);
    return ranges ? Reading{.ranges = std::move(*ranges)}
                  : Reading{.ranges = {}, .is_whole = false};
  }
  return {.ranges = {{.introduced = entry.version,
                      .fixed = "",
                      .last_affected = entry.version,
                      .scheme = scheme_of(entry)}}};
}

std::string describe(const Entry& entry) {
  std::string text = entry.version;
  if (!entry.less_than.empty()) {
    text += " to before " + entry.less_than;
  } else if (!entry.less_than_or_equal.empty()) {
    text += " to " + entry.less_than_or_equal;
  }
  text += fmt::format(" {}", word(entry.status));
  for (const Change& change : entry.changes) {
    text += fmt::format(", from {} {}", change.at, word(change.status));
  }
  return text;
}

std::string describe(const Product& product, Standing otherwise,
                     const std::vector<Entry>& entries) {
  constexpr std::string_view kCut = "; and more";
  std::string text = product.vendor + (product.vendor.empty() ? "" : " ") + product.name + ": ";
  for (const Entry& entry : entries) {
    const std::string one = describe(entry) + "; ";
    if (text.size() + one.size() + kMaxNameBytes > kMaxTextBytes) {
      text += kCut;
      break;
    }
    text += one;
  }
  return text + fmt::format("otherwise {}", word(otherwise));
}

/// affected.product with vendor, or affected.packageName with collectionURL.
Result<Product> read_name(const Cursor& item) {
  Product product;
  product.vendor = TRY(optional_text(item, "vendor"));
  product.name = TRY(optional_text(item, "product"));
  const std::string package = TRY(optional_text(item, "packageName"));
  if (product.name.empty()) {
    product.name = package;
  }
  if (product.name.empty()) {
    return item.fail("must have a \"product\" or a \"packageName\"");
  }
  const std::string purl = TRY(optional_text(item, "packageURL"));
  product.purl = purl_without_version(purl);
  for (const std::string& cpe : TRY(texts(item, "cpes"))) {
    if (product.cpe.empty() && cpe.starts_with("cpe:2.3:")) {
      product.cpe = cpe;
    }
  }
  return product;
}

}  // namespace

Result<Affected> read_affected(const Cursor& item) {
  Affected affected;
  affected.product = TRY(read_name(item));
  std::vector<VersionRange>& ranges = affected.product.affected;
  const std::optional<Cursor> otherwise_at = item.find("defaultStatus");
  const Standing otherwise = otherwise_at ? TRY(read_standing(*otherwise_at)) : Standing::unknown;
  std::vector<Entry> entries;
  bool is_whole = true;
  affected.is_clear = otherwise == Standing::unaffected;
  for (const Cursor& at : TRY(list(item, "versions", kMaxRanges))) {
    entries.push_back(TRY(read_entry(at)));
    Reading reading = read_ranges(entries.back());
    is_whole = is_whole && reading.is_whole;
    affected.is_clear = affected.is_clear && is_clear(entries.back());
    for (VersionRange& range : reading.ranges) {
      if (ranges.size() == kMaxRanges) {
        return at.fail(fmt::format("more than {} version ranges", kMaxRanges));
      }
      ranges.push_back(std::move(range));
    }
  }
  if (otherwise == Standing::affected) {
    // Affected but for what is listed. What is left needs the product's own order, so say all
    // versions, which errs on the safe side, and the exceptions in words.
    ranges = {VersionRange{}};
    is_whole = std::ranges::all_of(entries, [](const Entry& entry) {
      return entry.status == Standing::affected && entry.changes.empty();
    });
  }
  if (!is_whole) {
    affected.words = describe(affected.product, otherwise, entries);
  }
  return affected;
}

}  // namespace weir::format
