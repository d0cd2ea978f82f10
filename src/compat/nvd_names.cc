#include "compat/nvd_names.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "advisory/keys.h"
#include "base/json.h"
#include "compat/desk.h"
#include "compat/nvd_body.h"
#include "compat/nvd_cpe.h"

namespace weir::compat {
namespace {

using version::Attribute;
using version::Cpe;
using version::CpeValue;

constexpr std::size_t kMostUses = 50'000;  // names and criteria behind one answer

/// When records first and last said something.
struct Times {
  Instant created;
  Instant modified;
};

/// Of the records that use a name or a criterion; each record is looked up once.
class Dates {
 public:
  explicit Dates(Desk& desk) : desk_(desk) {}
  Result<Times> of(const catalog::Candidate& candidate) {
    const auto known = times_.find(candidate.version);
    if (known != times_.end()) {
      return known->second;
    }
    const auto version = TRY(catalog::find(desk_.tx(), candidate.source, candidate.id));
    CHECK(version);
    const Instant modified = version->modified.value_or(version->taken);
    const Times times{version->published.value_or(modified), modified};
    times_.emplace(candidate.version, times);
    return times;
  }

 private:
  Desk& desk_;
  std::map<catalog::VersionId, Times> times_;
};

void widen(Times& into, const Times& more) {
  into.created = std::min(into.created, more.created);
  into.modified = std::max(into.modified, more.modified);
}

bool is_within(const std::optional<catalog::Span>& span, Instant at) {
  return !span || (at >= span->from && at <= span->until);
}

std::string named(std::string_view name) {
  return derived_uuid(fmt::format("name\n{}", name));
}

/// The name with a version in it, as a formatted string.
std::string with_version(const Cpe& name, const std::string& version) {
  Cpe whole = name;
  auto& value = whole.values[static_cast<std::size_t>(Attribute::version)];
  if (version == "-") {
    value = {CpeValue::Kind::not_applicable, ""};
  } else {
    std::string quoted;
    for (const char c : version) {
      const bool is_plain =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      quoted += is_plain ? "" : "\\";
      quoted += c;
    }
    value = {CpeValue::Kind::text, quoted};
  }
  return version::to_formatted_string(whole);
}

using Names = std::map<std::string, Times>;  // by formatted string

/// The names that criteria list one by one. `only`: those that have something in common with it.
Status gather_names(Desk& desk, const std::vector<std::string>& keys, const Cpe* only,
                    Names& names) {
  Dates dates(desk);
  // Of one product all are read, whatever it costs; of a word that fits every second one nobody has
  // anything.
  std::size_t left = keys.size() == 1 ? catalog::kMostCandidates : kMostUses;
  const Stretch wanted = only == nullptr ? Stretch{} : stretch_of(only->at(Attribute::version));
  return each_criterion(desk, keys, [&](const catalog::Candidate& candidate) -> Status {
    if (left-- == 0) {
      return fail(Code::invalid, "too many records use these products: ask for fewer");
    }
    const auto name = version::parse_cpe(candidate.affected.cpes.front());
    if (!name || (only != nullptr &&
                  version::relate(without_version(*only), *name) == version::Relation::disjoint)) {
      return {};
    }
    const Times times = TRY(dates.of(candidate));
    for (const std::string& version : candidate.affected.versions) {
      if (!meet(wanted, exactly(version))) {
        continue;
      }
      const auto [found, is_new] = names.emplace(with_version(*name, version), times);
      if (!is_new) {
        widen(found->second, times);
      }
      if (names.size() > kMostUses) {
        return fail(Code::invalid, "too many names: ask for a product");
      }
    }
    return {};
  });
}

/// Vendors and products in which every word occurs, or the phrase.
Result<std::vector<std::string>> keys_of_words(Desk& desk, const Given& given) {
  const bool is_exact = TRY(read_nvd_flag(given, "keywordExactMatch"));
  std::string text = given.parameter("keywordSearch");
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::vector<std::string> words;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = is_exact ? text.size() : std::min(text.find(' ', start), text.size());
    if (end > start) {
      words.push_back(text.substr(start, end - start));
    }
    start = end + 1;
  }
  if (words.empty()) {
    return fail(Code::invalid, "name a vendor or a product: the whole dictionary is not here",
                "keywordSearch");
  }
  return catalog::cpe_keys(desk.tx(), "cpe:", [&](std::string_view key) {
    std::string plain = unquoted(std::string(key.substr(4)));
    std::ranges::replace_if(plain, [](char c) { return c == '_' || c == ':'; }, ' ');
    return std::ranges::all_of(
        words, [&](const std::string& word) { return plain.find(word) != std::string::npos; });
  });
}

Result<Answer> cpes_answer(Desk& desk, const Given& typed) {
  const Given given = TRY(nvd_parameters(
      typed, {"cpeNameId", "cpeMatchString", "keywordSearch", "keywordExactMatch",
              "lastModStartDate", "lastModEndDate", "resultsPerPage", "startIndex"}));
  const NvdPage page = TRY(read_nvd_page(given, kMostNvdNames));
  const auto modified = TRY(read_nvd_span(given, "lastModStartDate", "lastModEndDate"));
  Names names;
  if (given.has("cpeMatchString")) {
    const Cpe cpe = TRY(read_cpe(given.parameter("cpeMatchString"), "cpeMatchString"));
    const auto keys = TRY(keys_of(desk, cpe, "cpeMatchString"));
    TRY(gather_names(desk, keys, &cpe, names));
  } else {
    const auto keys = TRY(keys_of_words(desk, given));
    TRY(gather_names(desk, keys, nullptr, names));
  }
  std::erase_if(names, [&](const auto& name) {
    return !is_within(modified, name.second.modified) ||
           (given.has("cpeNameId") && named(name.first) != given.parameter("cpeNameId"));
  });
  std::string items;
  std::size_t place = 0;
  std::size_t count = 0;
  for (const auto& [name, times] : names) {
    if (place++ < page.start || count == page.size) {
      continue;
    }
    items += count++ == 0 ? "" : ",";
    json::append_canonical(
        items, json::Object{{"cpe", json::Object{{"deprecated", false},
                                                 {"cpeName", name},
                                                 {"cpeNameId", named(name)},
                                                 {"created", nvd_time(times.created)},
                                                 {"lastModified", nvd_time(times.modified)}}}});
  }
  return Answer{200,
                TRY(nvd_envelope(desk, page, count, names.size(), "NVD_CPE", "products", items))};
}

/// A criterion as records state it.
struct Criterion {
  std::string criteria;
  json::Object bounds;
  std::string id;
};

/// Those of a record, from its item: with NVD's own ids where it has them.
Result<std::vector<Criterion>> criteria_of(Desk& desk, const catalog::Cve& cve) {
  const std::string text = TRY(nvd_item(desk, cve));
  const json::Value item = TRY(json::parse(text));
  std::vector<Criterion> all;
  const json::Value& inner = item.at("cve");
  const json::Value* configurations = inner.as_object().if_contains("configurations");
  if (configurations == nullptr) {
    return all;
  }
  const json::Cursor root(*configurations);
  for (const json::Cursor& one : TRY(root.elements(kMostUses))) {
    const json::Cursor nodes = TRY(one.at("nodes"));
    for (const json::Cursor& node : TRY(nodes.elements(kMostUses))) {
      const auto matches = TRY(node.at("cpeMatch"));
      for (const json::Cursor& match : TRY(matches.elements(kMostUses))) {
        Criterion criterion{
            TRY(match.string_at("criteria")), {}, TRY(match.string_at("matchCriteriaId"))};
        for (const std::string_view key : {"versionStartIncluding", "versionStartExcluding",
                                           "versionEndIncluding", "versionEndExcluding"}) {
          if (const auto bound = TRY(match.find_string(key))) {
            criterion.bounds[key] = *bound;
          }
        }
        all.push_back(std::move(criterion));
      }
    }
  }
  return all;
}

constexpr std::size_t kMostSearched = 2'000;  // records read for one answer

/// The CVEs whose criteria are asked for.
Result<std::vector<catalog::Cve>> cves_asked(Desk& desk, const Given& given) {
  if (given.has("cveId")) {
    const auto one = TRY(catalog::find_cve(desk.tx(), given.parameter("cveId")));
    return one ? std::vector{*one} : std::vector<catalog::Cve>();
  }
  if (!given.has("matchStringSearch")) {
    return fail(Code::invalid, "ask by cveId or matchStringSearch: the whole list is not here");
  }
  catalog::CveQuery query;
  query.among = TRY(versions_of_match_string(desk, given.parameter("matchStringSearch"), {}, {}));
  query.limit = kMostSearched;
  catalog::CvePage page = TRY(catalog::list_cves(desk.tx(), query));
  if (page.total > page.cves.size()) {
    return fail(Code::invalid, "too many records use it: ask for a version or a product",
                "matchStringSearch");
  }
  return std::move(page.cves);
}

struct MatchString {
  Criterion criterion;
  Times times;
};
using MatchStrings = std::map<std::string, MatchString>;  // by id

Status gather_match_strings(Desk& desk, const Given& given, MatchStrings& all) {
  std::optional<Cpe> wanted;
  if (given.has("matchStringSearch")) {
    wanted = TRY(read_cpe(given.parameter("matchStringSearch"), "matchStringSearch"));
  }
  for (const catalog::Cve& cve : TRY(cves_asked(desk, given))) {
    const auto version = TRY(catalog::find(desk.tx(), cve.source, cve.name));
    CHECK(version);
    const Instant modified = version->modified.value_or(version->taken);
    const Times times{version->published.value_or(modified), modified};
    for (Criterion& one : TRY(criteria_of(desk, cve))) {
      const auto name = version::parse_cpe(one.criteria);
      const bool is_asked =
          !wanted || (name && version::relate(*wanted, *name) != version::Relation::disjoint);
      if (!is_asked ||
          (given.has("matchCriteriaId") && one.id != given.parameter("matchCriteriaId"))) {
        continue;
      }
      const std::string id = one.id;
      const auto [found, is_new] = all.emplace(id, MatchString{std::move(one), times});
      if (!is_new) {
        widen(found->second.times, times);
      }
    }
  }
  return {};
}

Stretch versions_of(const Criterion& criterion, const Cpe& name) {
  Stretch out = stretch_of(name.at(Attribute::version));
  for (const auto& [key, bound] : criterion.bounds) {
    const std::string_view edge(key.data(), key.size());
    const bool is_from = edge.starts_with("versionStart");
    (is_from ? out.from : out.until) = std::string(bound.as_string());
    (is_from ? out.has_from : out.has_until) = edge.ends_with("Including");
  }
  return out;
}

/// The names that records list under the keys of criteria, each key once.
class NamesByKey {
 public:
  explicit NamesByKey(Desk& desk) : desk_(desk) {}
  Result<json::Array> covered_by(const Criterion& criterion) {
    json::Array matches;
    const auto cpe = version::parse_cpe(criterion.criteria);
    const std::string key = advisory::cpe_key(criterion.criteria);
    if (!cpe || key.empty()) {
      return matches;
    }
    const auto [found, is_new] = names_.try_emplace(key);
    if (is_new) {
      TRY(gather_names(desk_, {key}, nullptr, found->second));
    }
    const Stretch wanted = versions_of(criterion, *cpe);
    for (const auto& [text, times] : found->second) {
      const auto name = version::parse_cpe(text);
      const auto relation = version::relate(without_version(*cpe), without_version(*name));
      if ((relation == version::Relation::equal || relation == version::Relation::superset) &&
          meet(wanted, stretch_of(name->at(Attribute::version)))) {
        matches.push_back(json::Object{{"cpeName", text}, {"cpeNameId", named(text)}});
      }
    }
    return matches;
  }

 private:
  Desk& desk_;
  std::map<std::string, Names> names_;
};

Result<Answer> match_strings_answer(Desk& desk, const Given& typed) {
  const Given given = TRY(
      nvd_parameters(typed, {"cveId", "matchCriteriaId", "matchStringSearch", "lastModStartDate",
                             "lastModEndDate", "resultsPerPage", "startIndex"}));
  const NvdPage page = TRY(read_nvd_page(given, kMostNvdMatchStrings));
  const auto modified = TRY(read_nvd_span(given, "lastModStartDate", "lastModEndDate"));
  MatchStrings all;
  TRY(gather_match_strings(desk, given, all));
  std::erase_if(all,
                [&](const auto& one) { return !is_within(modified, one.second.times.modified); });
  NamesByKey names(desk);
  std::string items;
  std::size_t place = 0;
  std::size_t count = 0;
  for (const auto& [id, one] : all) {
    if (place++ < page.start || count == page.size) {
      continue;
    }
    json::Object shown = one.criterion.bounds;
    shown["matchCriteriaId"] = id;
    shown["criteria"] = one.criterion.criteria;
    shown["created"] = nvd_time(one.times.created);
    shown["lastModified"] = nvd_time(one.times.modified);
    shown["status"] = "Active";
    shown["matches"] = TRY(names.covered_by(one.criterion));
    items += count++ == 0 ? "" : ",";
    json::append_canonical(items, json::Object{{"matchString", std::move(shown)}});
  }
  return Answer{200, TRY(nvd_envelope(desk, page, count, all.size(), "NVD_CPEMatchString",
                                      "matchStrings", items))};
}

}  // namespace

Result<Answer> nvd_cpes(Desk& desk, const Given& given) {
  auto answer = cpes_answer(desk, given);
  return answer ? std::move(answer) : nvd_refusal(answer.error());
}

Result<Answer> nvd_match_strings(Desk& desk, const Given& given) {
  auto answer = match_strings_answer(desk, given);
  return answer ? std::move(answer) : nvd_refusal(answer.error());
}

}  // namespace weir::compat
