// OSV 1.x.
#include <array>
#include <utility>

#include "advisory/read.h"
#include "advisory/readers.h"

namespace weir::advisory {
namespace {

constexpr std::array<std::pair<std::string_view, Bound>, 4> kEvents = {{
    {"introduced", Bound::introduced},
    {"fixed", Bound::fixed},
    {"last_affected", Bound::last_affected},
    {"limit", Bound::limit},
}};

Range range_of(const View& entry) {
  Range range;
  const std::string_view type = entry.string_at("type");
  if (type == "SEMVER") {
    range.kind = RangeKind::semver;
  } else if (type == "GIT") {
    range.kind = RangeKind::git;
    range.scheme = entry.string_at("repo");
  } else if (type == "ECOSYSTEM") {
    range.kind = RangeKind::ecosystem;
  } else {
    entry.at("type").blame("expected SEMVER, ECOSYSTEM or GIT");
  }
  const View events = entry.at("events");
  range.events.reserve(events.size());
  events.each([&](const View& event) {
    for (const auto& [key, bound] : kEvents) {
      if (const std::string_view version = event.string_at(key); !version.empty()) {
        range.events.push_back({bound, std::string(version)});
      }
    }
  });
  return range;
}

void read_severity(const View& list, std::string_view package, Advisory& out) {
  list.each([&](const View& severity) {
    add_rating({}, severity.string_at("score"), std::nullopt, out);
    if (!out.ratings.empty()) {
      out.ratings.back().affected = package;
    }
  });
}

/// Databases keep weaknesses where the schema leaves room for them.
void read_weaknesses(const View& specific, Advisory& out) {
  if (!specific.is_object()) {
    return;
  }
  for (const std::string_view key : {"cwe_ids", "cwes"}) {
    specific.at(key).each([&](const View& weakness) {
      if (weakness.is_string()) {
        add_weakness(weakness.string(), out);
      } else if (weakness.is_object()) {
        add_weakness(weakness.string_at("cweId"), out);
      }
    });
  }
}

void read_affected(const View& entry, Advisory& out) {
  Affected& one = out.affected.emplace_back();
  const View package = entry.at("package");
  one.ecosystem = package.string_at("ecosystem");
  one.package = package.string_at("name");
  one.purl = package.string_at("purl");
  const View ranges = entry.at("ranges");
  one.ranges.reserve(ranges.size());
  ranges.each([&](const View& range) { one.ranges.push_back(range_of(range)); });
  entry.at("versions").append_to(one.versions);
  read_severity(entry.at("severity"), one.package, out);
}

}  // namespace

void read_osv_to_match(const View& root, Advisory& out) {
  out.source = Source::osv;
  out.id = root.string_at("id");
  out.state = root.at("withdrawn").is_there() ? State::withdrawn : State::published;
  out.title = cut_text(root.string_at("summary"));
  if (out.title.empty()) {
    add_once(out.texts, cut_text(root.string_at("details"), kMatchTextBytes));
  }
  root.at("aliases").append_to(out.aliases);
  read_severity(root.at("severity"), {}, out);
  const View affected = root.at("affected");
  out.affected.reserve(affected.size());
  affected.each([&](const View& entry) { read_affected(entry, out); });
}

void read_osv(const View& root, Advisory& out) {
  read_osv_to_match(root, out);
  out.publisher = out.id.substr(0, out.id.find('-'));
  out.published = parse_date(root.string_at("published"));
  out.modified = parse_date(root.string_at("modified"));
  out.texts.clear();
  add_once(out.texts, cut_text(root.string_at("details")));
  root.at("related").append_to(out.related);
  root.at("upstream").append_to(out.related);
  read_weaknesses(root.at("database_specific"), out);
  root.at("references").each([&](const View& reference) {
    add_once(out.references, reference.string_at("url"));
  });
}

}  // namespace weir::advisory
