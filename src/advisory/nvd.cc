// NVD 1.1 (feeds until 2023) and 2.0 (API and feeds since).
//
// NVD lists every version as a CPE name of its own: names that differ in the version alone become
// one Affected, whose name has "*" there, with the versions beside it.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "advisory/marks.h"
#include "advisory/read.h"
#include "advisory/readers.h"

namespace weir::advisory {
namespace {

constexpr std::string_view kRejected = "** REJECT";
constexpr std::size_t kVersionPlace = 5;  // "cpe", "2.3", part, vendor, product, version
constexpr int kMostNesting = 8;           // of nodes within nodes

struct Split {
  std::string name;     // with "*" for the version
  std::string version;  // unquoted; "*", "-" as they stand
};

/// Unquoted "*" or "?".
bool has_wildcard(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?') {
      return true;
    }
  }
  return false;
}

Split split_name(std::string_view cpe) {
  std::size_t start = 0;
  std::size_t place = 0;
  std::size_t at = 0;
  for (; at < cpe.size(); ++at) {
    if (cpe[at] == '\\') {
      ++at;
    } else if (cpe[at] == ':') {
      if (place == kVersionPlace) {
        break;
      }
      ++place;
      start = at + 1;
    }
  }
  if (place != kVersionPlace) {
    return {std::string(cpe), "*"};
  }
  at = std::min(at, cpe.size());
  const std::string_view version = cpe.substr(start, at - start);
  if (version != "*" && has_wildcard(version)) {
    return {std::string(cpe), "*"};  // "6.*": a pattern, which the name itself has to match
  }
  Split split;
  split.name = std::string(cpe.substr(0, start)) + "*" + std::string(cpe.substr(at));
  for (std::size_t i = start; i < at; ++i) {
    i += cpe[i] == '\\' && i + 1 < at ? 1 : 0;
    split.version += cpe[i];
  }
  return split;
}

/// Gathers the matches of one configuration.
class Gatherer {
 public:
  Gatherer(Advisory& out, std::uint32_t configuration) : out_(out), configuration_(configuration) {}

  void add(const View& match, std::string_view cpe, bool is_negated) {
    const bool is_vulnerable = match.at("vulnerable").boolean().value_or(true) != is_negated;
    Split split = split_name(cpe);
    Affected& one = find(split.name, is_vulnerable ? Standing::affected : Standing::unaffected);
    Range range{
        .kind = RangeKind::cpe, .standing = one.standing, .scheme = {}, .text = {}, .events = {}};
    constexpr std::array<std::pair<std::string_view, Bound>, 4> kBounds = {{
        {"versionStartIncluding", Bound::introduced},
        {"versionStartExcluding", Bound::after},
        {"versionEndIncluding", Bound::last_affected},
        {"versionEndExcluding", Bound::fixed},
    }};
    for (const auto& [key, bound] : kBounds) {
      if (const std::string_view version = match.string_at(key); !version.empty()) {
        range.events.push_back({bound, std::string(version)});
      }
    }
    if (range.events.empty() && split.version != "*") {
      one.versions.push_back(std::move(split.version));
    } else {
      one.ranges.push_back(std::move(range));  // without bounds: every version
    }
  }

 private:
  Affected& find(const std::string& name, Standing standing) {
    const std::string key = name + (standing == Standing::affected ? "+" : "-");
    const auto [found, is_new] = places_.emplace(key, out_.affected.size());
    if (is_new) {
      Affected one;
      one.cpes = {name};
      one.standing = standing;
      one.configuration = configuration_;
      out_.affected.push_back(std::move(one));
    }
    return out_.affected[found->second];
  }

  Advisory& out_;
  std::uint32_t configuration_;
  std::unordered_map<std::string, std::size_t> places_;
};

void gather_node1(const View& node, bool is_negated, int depth, Gatherer& gatherer) {
  if (depth == kMostNesting) {
    node.blame("nodes are nested too deep");
    return;
  }
  const bool negated = node.at("negate").boolean().value_or(false) != is_negated;
  node.at("cpe_match").each([&](const View& match) {
    gatherer.add(match, match.string_at("cpe23Uri"), negated);
  });
  node.at("children").each([&](const View& child) {
    gather_node1(child, negated, depth + 1, gatherer);
  });
}

/// True for a configuration whose parts must be there together.
bool is_conjunction(const View& node) {
  return node.string_at("operator") == "AND";
}

void read_metric1(const View& impact, std::string_view metric, std::string_view cvss,
                  Advisory& out) {
  if (const View score = impact.at(metric).at(cvss); score.is_object()) {
    add_rating("nvd@nist.gov", score.string_at("vectorString"), score.at("baseScore").number(),
               out);
  }
}

constexpr std::array<std::string_view, 4> kMetrics2 = {"cvssMetricV40", "cvssMetricV31",
                                                       "cvssMetricV30", "cvssMetricV2"};

}  // namespace

void read_nvd1(const View& root, Advisory& out) {
  out.source = Source::nvd;
  const View cve = root.at("cve");
  const View metadata = cve.at("CVE_data_meta");
  out.id = metadata.string_at("ID");
  out.publisher = metadata.string_at("ASSIGNER");
  out.published = parse_date(root.string_at("publishedDate"));
  out.modified = parse_date(root.string_at("lastModifiedDate"));
  cve.at("description").at("description_data").each([&](const View& text) {
    add_once(out.texts, cut_text(text.string_at("value")));
  });
  const bool is_rejected = !out.texts.empty() && out.texts.front().starts_with(kRejected);
  out.state = is_rejected ? State::rejected : State::published;
  if (const auto tag = out.texts.empty() ? std::nullopt : tag_before(out.texts.front())) {
    add_cve_tag(*tag, out);
  }
  cve.at("problemtype").at("problemtype_data").each([&](const View& type) {
    type.at("description").each([&](const View& text) {
      add_weakness(text.string_at("value"), out);
    });
  });
  cve.at("references").at("reference_data").each([&](const View& reference) {
    add_cve_reference(reference.string_at("url"), out);
  });
  std::uint32_t configuration = 0;
  Gatherer alone(out, 0);
  root.at("configurations").at("nodes").each([&](const View& node) {
    if (is_conjunction(node)) {
      Gatherer together(out, ++configuration);
      gather_node1(node, false, 0, together);
    } else {
      gather_node1(node, false, 0, alone);
    }
  });
  read_metric1(root.at("impact"), "baseMetricV3", "cvssV3", out);
  read_metric1(root.at("impact"), "baseMetricV2", "cvssV2", out);
}

void read_configurations(const View& list, Advisory& out) {
  std::uint32_t number = 0;
  Gatherer alone(out, 0);
  list.each([&](const View& configuration) {
    const bool is_negated = configuration.at("negate").boolean().value_or(false);
    const auto gather = [&](Gatherer& gatherer) {
      configuration.at("nodes").each([&](const View& node) {
        const bool negated = node.at("negate").boolean().value_or(false) != is_negated;
        node.at("cpeMatch").each([&](const View& match) {
          gatherer.add(match, match.string_at("criteria"), negated);
        });
      });
    };
    if (is_conjunction(configuration)) {
      Gatherer together(out, ++number);
      gather(together);
    } else {
      gather(alone);
    }
  });
}

void read_nvd2(const View& cve, Advisory& out) {
  out.source = Source::nvd;
  out.id = cve.string_at("id");
  out.publisher = cve.string_at("sourceIdentifier");
  out.published = parse_date(cve.string_at("published"));
  out.modified = parse_date(cve.string_at("lastModified"));
  out.state = cve.string_at("vulnStatus") == "Rejected" ? State::rejected : State::published;
  cve.at("descriptions").each([&](const View& text) {
    add_once(out.texts, cut_text(text.string_at("value")));
  });
  for (const std::string_view name : kMetrics2) {
    cve.at("metrics").at(name).each([&](const View& metric) {
      const View data = metric.at("cvssData");
      add_rating(metric.string_at("source"), data.string_at("vectorString"),
                 data.at("baseScore").number(), out);
    });
  }
  cve.at("weaknesses").each([&](const View& weakness) {
    weakness.at("description").each([&](const View& text) {
      add_weakness(text.string_at("value"), out);
    });
  });
  cve.at("references").each([&](const View& reference) {
    add_cve_reference(reference.string_at("url"), out);
  });
  cve.at("cveTags").each([&](const View& source) {
    source.at("tags").each([&](const View& tag) { add_cve_tag(tag.string(), out); });
  });
  read_configurations(cve.at("configurations"), out);
  if (const std::string_view name = cve.string_at("cisaVulnerabilityName"); !name.empty()) {
    out.title = cut_text(name);
  }
}

}  // namespace weir::advisory
