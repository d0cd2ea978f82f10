// weir known, search: public records in public.db, which needs no platform beside it.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advisory/read.h"
#include "catalog/record.h"
#include "catalog/search.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

Result<std::unique_ptr<store::Db>> open_public(const Line& line, catalog::Use use) {
  return catalog::open(line.data + "/public.db", use);
}

constexpr double kMillion = 1e6;

std::string day_of(const std::optional<Instant>& at) {
  return at ? to_rfc3339(*at).substr(0, 10) : "";
}

std::string score_text(int tenths) {
  return tenths < 0 ? "" : fmt::format("{}.{}", tenths / 10, tenths % 10);
}

/// What a record says, with its source: the facts that people compare.
json::Object view(const catalog::Version& version, const std::string& bytes) {
  json::Object row{{"source", advisory::name(version.source)},
                   {"id", version.id},
                   {"state", advisory::name(version.state)},
                   {"published", day_of(version.published)},
                   {"modified", day_of(version.modified)},
                   {"score", ""},
                   {"by", ""},
                   {"title", ""}};
  advisory::Reader reader;
  if (const auto one = reader.read(bytes)) {
    int score = -1;
    for (const advisory::Rating& rating : one->ratings) {
      score = std::max(score, rating.score);
    }
    const std::string text = one->texts.empty() ? "" : one->texts.front();
    row["score"] = score_text(score);
    row["by"] = one->publisher;
    row["title"] = one->title.empty() ? text : one->title;
  }
  return row;
}

/// If any of them says a time that was still to come: by when each counts.
void add_counted(json::Array& rows, const std::vector<catalog::Version>& versions) {
  CHECK(rows.size() == versions.size());
  if (std::ranges::none_of(versions, catalog::is_ahead)) {
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& said = versions[i].fed ? versions[i].fed : versions[i].modified;
    const auto counted = catalog::counted(said, versions[i].taken);
    rows[i].as_object()["counted"] = counted ? to_rfc3339(*counted) : "";
  }
}

struct KnownArguments {
  std::string id;
  std::string source;
  bool with_history = false;
  bool is_raw = false;
};

/// The record of the source that was named, or the first.
Result<catalog::Version> pick(const catalog::Known& known, const std::string& source) {
  for (const catalog::Version& version : known.records) {
    if (source.empty() || source == advisory::name(version.source)) {
      return version;
    }
  }
  return fail(Code::not_found, "that source has no record of it", source);
}

Status show_history(const Line& line, const store::Tx& tx, const catalog::Version& version) {
  json::Array rows;
  std::string newer;
  const auto versions = TRY(catalog::history(tx, version.record));
  for (const catalog::Version& past : versions) {
    const auto bytes = catalog::bytes(tx, past.version);
    json::Object row{{"version", past.version},
                     {"state", advisory::name(past.state)},
                     {"modified", past.modified ? to_rfc3339(*past.modified) : ""},
                     {"fed", past.fed ? to_rfc3339(*past.fed) : ""},
                     {"taken", to_rfc3339(past.taken)},
                     {"changed_next", ""}};
    if (bytes && !newer.empty()) {
      std::string places;
      for (const catalog::Difference& difference : TRY(catalog::diff(*bytes, newer))) {
        places += (places.empty() ? "" : " ") + difference.pointer;
      }
      row["changed_next"] = places;
    }
    newer = bytes ? *bytes : "";
    rows.push_back(std::move(row));
  }
  add_counted(rows, versions);
  line.say(rows);
  return {};
}

std::string first_cve(const std::vector<std::string>& ids) {
  const auto found =
      std::ranges::find_if(ids, [](const auto& id) { return id.starts_with("CVE-"); });
  return found == ids.end() ? "" : *found;
}

Status show_known(const Line& line, const KnownArguments& arguments) {
  const auto db = TRY(open_public(line, catalog::Use::read));
  const store::ReadTx tx = TRY(db->read());
  const std::string id = TRY(catalog::spelling(*tx, arguments.id));
  const auto known = TRY(catalog::known(*tx, id));
  if (!known) {
    return fail(Code::not_found, "no source knows of this", arguments.id);
  }
  if (arguments.is_raw || arguments.with_history) {
    const catalog::Version version = TRY(pick(*known, arguments.source));
    return arguments.is_raw ? write_out(TRY(catalog::bytes(*tx, version.version)) + "\n")
                            : show_history(line, *tx, version);
  }
  json::Array rows;
  std::vector<catalog::Version> versions = known->records;
  versions.insert(versions.end(), known->related.begin(), known->related.end());
  for (const catalog::Version& version : versions) {
    const auto bytes = catalog::bytes(*tx, version.version);
    rows.push_back(view(version, bytes ? *bytes : ""));
  }
  add_counted(rows, versions);
  if (known->epss) {
    rows.push_back(json::Object{
        {"source", "epss"},
        {"id", first_cve(known->ids)},
        {"state", ""},
        {"published", ""},
        {"modified", known->epss->day},
        {"score", ""},
        {"by", "FIRST"},
        {"title", fmt::format("exploited within 30 days: probability {:.5f}, percentile {:.5f}",
                              static_cast<double>(known->epss->score) / kMillion,
                              static_cast<double>(known->epss->percentile) / kMillion)}});
  }
  line.say(rows);
  return {};
}

struct SearchArguments {
  std::vector<std::string> words;
  std::string source;
  std::array<std::string, catalog::kFacets> terms;
  std::string listed;
  double score = -1;
  double epss = -1;
  bool with_counts = false;
  std::string from;
  std::string until;
  catalog::Query query;
};

std::string words_of(const std::vector<advisory::Source>& lists) {
  std::string words;
  for (const advisory::Source list : lists) {
    words += (words.empty() ? "" : " ") + std::string(advisory::name(list));
  }
  return words;
}

Result<catalog::Query> query_of(const SearchArguments& arguments) {
  catalog::Query query = arguments.query;
  query.text = fmt::format("{}", fmt::join(arguments.words, " "));
  if (!arguments.source.empty()) {
    query.source = advisory::parse_source(arguments.source);
    if (!query.source) {
      return fail(Code::invalid, "there is no such source", arguments.source);
    }
  }
  if (!arguments.listed.empty()) {
    query.listed = advisory::parse_source(arguments.listed);
    if (!query.listed || !advisory::is_exploited_list(*query.listed)) {
      return fail(Code::invalid, "there is no such list", arguments.listed);
    }
  }
  for (int facet = 1; facet <= catalog::kFacets; ++facet) {
    const std::string& value = arguments.terms.at(static_cast<std::size_t>(facet) - 1);
    if (!value.empty()) {
      query.terms.emplace_back(static_cast<catalog::Facet>(facet), value);
    }
  }
  query.least_score = arguments.score < 0 ? -1 : static_cast<int>(arguments.score * 10 + 0.5);
  query.least_epss =
      arguments.epss < 0 ? -1 : static_cast<std::int64_t>(arguments.epss * 1'000'000 + 0.5);
  query.from = advisory::parse_date(arguments.from);
  query.until = advisory::parse_date(arguments.until);
  if ((!arguments.from.empty() && !query.from) || (!arguments.until.empty() && !query.until)) {
    return fail(Code::invalid, "a date is written 2026-01-31");
  }
  return query;
}

Status run_search(const Line& line, const SearchArguments& arguments) {
  const catalog::Query query = TRY(query_of(arguments));
  const auto db = TRY(open_public(line, catalog::Use::read));
  const store::ReadTx tx = TRY(db->read());
  catalog::Search search;
  TRY(search.refresh(*tx));
  const catalog::Found found = TRY(search.find(*tx, query));
  json::Array rows;
  if (arguments.with_counts) {
    for (const catalog::Count& count : found.counts) {
      rows.push_back(json::Object{
          {"by", catalog::name(count.facet)}, {"value", count.value}, {"records", count.records}});
    }
    line.say(rows);
    return {};
  }
  for (const catalog::Hit& hit : found.hits) {
    const auto bytes = catalog::bytes(*tx, hit.version.version);
    json::Object row = view(hit.version, bytes ? *bytes : "");
    row["exploited"] = !hit.listed.empty();
    row["listed"] = words_of(hit.listed);
    rows.push_back(std::move(row));
  }
  line.say(rows);
  return {};
}

void add_search_verb(CLI::App& root, Line& line) {
  auto arguments = std::make_shared<SearchArguments>();
  CLI::App* verb = add_verb(root, line, "search", "public records by id, purl, CPE or words",
                            "weir search openssl heap overflow --score 7 --counts",
                            [arguments, &line] { return run_search(line, *arguments); });
  verb->add_option("words", arguments->words, "an id, a purl, a CPE, or words");
  verb->add_option("--source", arguments->source, "cve, nvd, osv, csaf, kev, ...");
  for (int facet = 1; facet <= catalog::kFacets; ++facet) {
    verb->add_option("--" + std::string(catalog::name(static_cast<catalog::Facet>(facet))),
                     arguments->terms.at(static_cast<std::size_t>(facet) - 1));
  }
  verb->add_option("--score", arguments->score, "at least this CVSS score");
  verb->add_option("--epss", arguments->epss, "at least this probability");
  verb->add_flag("--exploited", arguments->query.only_exploited,
                 "in any list of exploited vulnerabilities");
  verb->add_option("--listed", arguments->listed,
                   "in this one: kev (CISA), kev_eu, kev_euvd, kev_vulncheck or kev_gcve");
  verb->add_option("--from", arguments->from, "published on this day or later");
  verb->add_option("--until", arguments->until, "published on this day or before");
  verb->add_flag("--tombstones", arguments->query.with_tombstones, "rejected and withdrawn too");
  verb->add_option("--limit", arguments->query.limit)->capture_default_str();
  verb->add_option("--offset", arguments->query.offset)->capture_default_str();
  verb->add_flag("--counts", arguments->with_counts, "how often what occurs, not the records");
}

void add_known_verb(CLI::App& root, Line& line) {
  auto arguments = std::make_shared<KnownArguments>();
  CLI::App* verb = add_verb(root, line, "known", "what all sources say of one vulnerability",
                            "weir known CVE-2021-44228\n  weir known GHSA-jfh8-c2jp-5v3q --history",
                            [arguments, &line] { return show_known(line, *arguments); });
  verb->add_option("id", arguments->id, "any of its ids")->required();
  verb->add_option("--source", arguments->source, "with --raw or --history: whose record");
  verb->add_flag("--raw", arguments->is_raw, "the record as it came in");
  verb->add_flag("--history", arguments->with_history, "every version and what changed in it");
}

}  // namespace

void add_public_verbs(CLI::App& root, Line& line) {
  add_known_verb(root, line);
  add_search_verb(root, line);
}

}  // namespace weir::main
