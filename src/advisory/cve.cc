// CVE Record Format 5.x: the CNA's container, and what others (ADP) add to it.
#include <array>
#include <utility>

#include "advisory/read.h"
#include "advisory/readers.h"

namespace weir::advisory {
namespace {

Standing standing_of(std::string_view word) {
  if (word == "affected") {
    return Standing::affected;
  }
  return word == "unaffected" ? Standing::unaffected : Standing::unknown;
}

Bound turn_of(std::string_view word) {
  if (word == "affected") {
    return Bound::turns_affected;
  }
  return word == "unaffected" ? Bound::turns_unaffected : Bound::turns_unknown;
}

/// Every entry is a range, in order, since the first that covers a version decides.
Range range_of(const View& entry) {
  Range range{.kind = RangeKind::cve,
              .standing = standing_of(entry.string_at("status")),
              .scheme = std::string(entry.string_at("versionType")),
              .text = {},
              .events = {}};
  const std::string_view less = entry.string_at("lessThan");
  const std::string_view least = entry.string_at("lessThanOrEqual");
  const bool is_one = less.empty() && least.empty();
  const View changes = entry.at("changes");
  const bool is_open = changes.is_there() && is_one;
  range.events.push_back({is_one && !is_open ? Bound::exact : Bound::introduced,
                          std::string(entry.string_at("version"))});
  if (!less.empty()) {
    range.events.push_back({Bound::fixed, std::string(less)});
  } else if (!least.empty()) {
    range.events.push_back({Bound::last_affected, std::string(least)});
  }
  changes.each([&](const View& change) {
    range.events.push_back(
        {turn_of(change.string_at("status")), std::string(change.string_at("at"))});
  });
  return range;
}

constexpr std::array<std::string_view, 4> kMetrics = {"cvssV4_0", "cvssV3_1", "cvssV3_0",
                                                      "cvssV2_0"};

void read_metrics(const View& list, std::string_view by, Advisory& out) {
  list.each([&](const View& metric) {
    for (const std::string_view name : kMetrics) {
      if (const View score = metric.at(name); score.is_object()) {
        add_rating(by, score.string_at("vectorString"), score.at("baseScore").number(), out);
      }
    }
  });
}

void read_container(const View& container, Advisory& out) {
  const std::string_view by = container.at("providerMetadata").string_at("shortName");
  container.at("problemTypes").each([&](const View& type) {
    type.at("descriptions").each([&](const View& description) {
      const std::string_view id = description.string_at("cweId");
      const std::string_view text = description.string_at("description");
      if (!id.empty() || text.starts_with("CWE-")) {
        add_weakness(id.empty() ? text : id, out);
      }
    });
  });
  read_metrics(container.at("metrics"), by, out);
  read_cve_affected(container.at("affected"), out);
  read_configurations(container.at("cpeApplicability"), out);
  container.at("references").each([&](const View& reference) {
    add_cve_reference(reference.string_at("url"), out);
  });
  container.at("tags").each([&](const View& tag) { add_cve_tag(tag.string(), out); });
  container.at("descriptions").each([&](const View& description) {
    add_once(out.texts, cut_text(description.string_at("value")));
  });
}

}  // namespace

void read_cve_affected(const View& list, Advisory& out) {
  list.each([&](const View& entry) {
    Affected one;
    one.vendor = entry.string_at("vendor");
    one.product = entry.string_at("product");
    one.collection = entry.string_at("collectionURL");
    one.package = entry.string_at("packageName");
    one.purl = entry.string_at("packageURL");
    entry.at("cpes").append_to(one.cpes);
    entry.at("platforms").append_to(one.platforms);
    const std::string_view others = entry.string_at("defaultStatus");
    one.others = others.empty() ? Standing::unknown : standing_of(others);
    entry.at("versions").each([&](const View& version) {
      one.ranges.push_back(range_of(version));
    });
    one.standing = one.ranges.empty() ? one.others : Standing::affected;
    out.affected.push_back(std::move(one));
  });
}

void read_cve(const View& root, Advisory& out) {
  out.source = Source::cve;
  const View metadata = root.at("cveMetadata");
  out.id = metadata.string_at("cveId");
  if (root.string_at("dataType") != "CVE_RECORD") {
    root.at("dataType").blame("expected CVE_RECORD");
  }
  const std::string_view state = metadata.string_at("state");
  if (state != "PUBLISHED" && state != "REJECTED") {
    metadata.at("state").blame("expected PUBLISHED or REJECTED");
  }
  out.state = state == "REJECTED" ? State::rejected : State::published;
  out.publisher = metadata.string_at("assignerShortName");
  out.published = parse_date(metadata.string_at("datePublished"));
  out.modified = parse_date(metadata.string_at("dateUpdated"));
  const View containers = root.at("containers");
  const View cna = containers.at("cna");
  if (!cna.is_object()) {
    cna.blame("expected an object");
  }
  out.title = cut_text(cna.string_at("title"));
  cna.at("rejectedReasons").each([&](const View& reason) {
    add_once(out.texts, cut_text(reason.string_at("value")));
  });
  read_container(cna, out);
  containers.at("adp").each([&](const View& adp) { read_container(adp, out); });
}

void read_enrichment(const View& root, Advisory& out) {
  out.source = Source::enrichment;
  const View metadata = root.at("additionalMetadata");
  out.id = metadata.string_at("cveId");
  out.publisher = metadata.string_at("cna");
  out.title = cut_text(metadata.string_at("reason"));
  add_once(out.texts, cut_text(metadata.string_at("description")));
  metadata.at("references").append_to(out.references);
  const View adp = root.at("adp");
  read_cve_affected(adp.at("affected"), out);
  read_configurations(adp.at("cpeApplicability"), out);
  adp.at("references").each([&](const View& reference) {
    add_once(out.references, reference.string_at("url"));
  });
}

}  // namespace weir::advisory
