#include "compat/own_api.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/changed.h"
#include "catalog/record.h"
#include "compat/desk.h"
#include "match/render.h"
#include "match/target.h"
#include "sbom/vex.h"

namespace weir::compat {
namespace {

using advisory::Source;

constexpr double kMillion = 1'000'000;
constexpr std::size_t kMostShownTitle = 300;

void put_time(json::Object& row, std::string_view key, const std::optional<Instant>& at) {
  if (at) {
    row[key] = to_rfc3339(*at);
  }
}

void put_counted(json::Object& row, const catalog::Version& version) {
  if (catalog::is_ahead(version)) {
    put_time(row, "counted",
             catalog::counted(version.fed ? version.fed : version.modified, version.taken));
  }
}

/// What a record is called: its title, else the beginning of what it says.
std::string title_of(const advisory::Advisory& record) {
  std::string title = !record.title.empty()  ? record.title
                      : record.texts.empty() ? std::string()
                                             : record.texts.front();
  if (title.size() > kMostShownTitle) {
    std::size_t end = kMostShownTitle;
    while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80) {
      --end;  // not within a character
    }
    title.resize(end);
  }
  return title;
}

Result<json::Object> view(Desk& desk, const catalog::Version& version) {
  json::Object row{{"source", advisory::name(version.source)},
                   {"id", version.id},
                   {"state", advisory::name(version.state)},
                   {"taken", to_rfc3339(version.taken)}};
  put_time(row, "published", version.published);
  put_time(row, "modified", version.modified);
  put_counted(row, version);
  if (version.digest.empty()) {
    return row;  // its source does not list it any more
  }
  row["sha256"] = to_hex(version.digest);
  const std::string text = TRY(desk.bytes(version.version));
  const advisory::Advisory record = TRY(desk.reader().read(text));
  row["publisher"] = record.publisher;
  row["title"] = title_of(record);
  int score = -1;
  for (const advisory::Rating& rating : record.ratings) {
    score = std::max(score, rating.score);
  }
  if (score >= 0) {
    row["score"] = score / 10.0;
  }
  return row;
}

Result<json::Array> views(Desk& desk, const std::vector<catalog::Version>& versions) {
  json::Array rows;
  for (const catalog::Version& version : versions) {
    rows.push_back(TRY(view(desk, version)));
  }
  return rows;
}

Answer answer(const json::Value& value) {
  return {200, json::canonical(value)};
}

Result<catalog::Known> known_of(Desk& desk, const Given& given) {
  const std::string id = TRY(catalog::spelling(desk.tx(), given.id));
  auto known = TRY(catalog::known(desk.tx(), id));
  if (!known) {
    return fail(Code::not_found, "no source knows of this");
  }
  return std::move(*known);
}

/// The record of that source, its own or one that speaks about it.
Result<catalog::Version> version_of(Desk& desk, const Given& given) {
  const auto source = advisory::parse_source(given.source);
  if (!source) {
    return fail(Code::invalid, "there is no such source", "source");
  }
  const catalog::Known known = TRY(known_of(desk, given));
  for (const auto* list : {&known.records, &known.related}) {
    for (const catalog::Version& version : *list) {
      // Of several records of a source the one of that very name.
      if (version.source == *source && version.id == given.id) {
        return version;
      }
    }
  }
  for (const auto* list : {&known.records, &known.related}) {
    const auto found = std::ranges::find(*list, *source, &catalog::Version::source);
    if (found != list->end()) {
      return *found;
    }
  }
  return fail(Code::not_found, "that source has no record of it");
}

Result<json::Array> changes_between(const std::string& before, const std::string& after) {
  json::Array rows;
  for (catalog::Difference& one : TRY(catalog::diff(before, after))) {
    rows.push_back(json::Object{{"pointer", std::move(one.pointer)},
                                {"before", std::move(one.before)},
                                {"after", std::move(one.after)}});
  }
  return rows;
}

/// "7.5" with one place is 75. Nothing for what is no plain decimal of so few places.
std::optional<std::int64_t> scaled(std::string_view text, int places) {
  std::string digits(text);
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const std::size_t behind = dot == digits.size() ? 0 : digits.size() - dot - 1;
  if (dot == 0 || behind > static_cast<std::size_t>(places) ||
      (dot < digits.size() && behind == 0)) {
    return std::nullopt;
  }
  digits.erase(dot, 1);
  digits.append(static_cast<std::size_t>(places) - behind, '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const auto number = parse_decimal(digits);
  constexpr std::uint64_t kMost = 1'000'000'000;
  return number && *number <= kMost ? std::optional(static_cast<std::int64_t>(*number))
                                    : std::nullopt;
}

/// The parameter as `read` reads it, if it is there; `invalid` with its name if it cannot.
template <class F>
auto read_parameter(const Given& given, std::string_view name, std::string_view what, F read)
    -> Result<std::invoke_result_t<F, const std::string&>> {
  using Value = std::invoke_result_t<F, const std::string&>;
  const std::string text = given.parameter(name);
  if (text.empty()) {
    return Value();
  }
  auto value = read(text);
  if (!value) {
    return fail(Code::invalid, std::string(what), std::string(name));
  }
  return value;
}

std::optional<bool> yes_or_no(const std::string& text) {
  return text == "yes" ? std::optional(true) : text == "no" ? std::optional(false) : std::nullopt;
}

std::optional<advisory::Source> exploited_list(const std::string& text) {
  const auto source = advisory::parse_source(text);
  return source && advisory::is_exploited_list(*source) ? source : std::nullopt;
}

json::Array names_of(const std::vector<advisory::Source>& lists) {
  json::Array names;
  for (const advisory::Source list : lists) {
    names.push_back(json::Value(advisory::name(list)));
  }
  return names;
}

Status read_filters(const Given& given, catalog::Query& query) {
  const auto date = [](const std::string& text) { return advisory::parse_date(text); };
  query.source =
      TRY(read_parameter(given, "source", "there is no such source",
                         [](const std::string& text) { return advisory::parse_source(text); }));
  const auto score = TRY(read_parameter(given, "score", "a CVSS score is written 7 or 7.5",
                                        [](const std::string& text) { return scaled(text, 1); }));
  query.least_score = static_cast<int>(std::min<std::int64_t>(score.value_or(-1), 1'000));
  query.least_epss = TRY(read_parameter(given, "epss", "a probability is written 0.25",
                                        [](const std::string& text) { return scaled(text, 6); }))
                         .value_or(-1);
  query.from = TRY(read_parameter(given, "from", "a date is written 2026-01-31", date));
  query.until = TRY(read_parameter(given, "until", "a date is written 2026-01-31", date));
  query.listed = TRY(read_parameter(given, "listed", "there is no such list", exploited_list));
  query.only_exploited =
      TRY(read_parameter(given, "exploited", "yes or no", yes_or_no)).value_or(false);
  query.with_tombstones =
      TRY(read_parameter(given, "tombstones", "yes or no", yes_or_no)).value_or(false);
  for (int facet = 1; facet <= catalog::kFacets; ++facet) {
    const auto kind = static_cast<catalog::Facet>(facet);
    if (std::string value = given.parameter(catalog::name(kind)); !value.empty()) {
      query.terms.emplace_back(kind, std::move(value));
    }
  }
  return {};
}

Result<catalog::Query> read_query(const Given& given) {
  catalog::Query query;
  query.text = given.parameter("q");
  TRY(read_filters(given, query));
  const auto number_to = [](std::uint64_t most) {
    return [most](const std::string& text) {
      const auto number = parse_decimal(text);
      return number && *number <= most ? number : std::nullopt;
    };
  };
  query.limit = TRY(read_parameter(given, "limit", fmt::format("at most {}", catalog::kMostHits),
                                   number_to(catalog::kMostHits)))
                    .value_or(query.limit);
  query.offset = TRY(read_parameter(given, "offset", fmt::format("at most {}", kMostOffset),
                                    number_to(kMostOffset)))
                     .value_or(0);
  return query;
}

json::Object finding_view(const match::Answer& found, const match::About& about,
                          std::string_view version) {
  json::Object row{{"id", found.id},
                   {"source", advisory::name(found.source)},
                   {"aliases", json::Array(about.aliases.begin(), about.aliases.end())},
                   {"title", about.title},
                   {"standing", name(found.verdict.standing)},
                   {"matched_by", name(found.through)},
                   {"matched_name", found.by},
                   {"rule", name(found.verdict.rule)},
                   {"why", found.why(version)}};
  if (!found.vulnerability.empty()) {
    row["vulnerability"] = found.vulnerability;
  }
  if (!found.fix().empty()) {
    row["fixed_in"] = found.fix();
  }
  if (found.is_conditional) {
    row["conditional"] = true;
  }
  if (about.score >= 0) {
    row["score"] = about.score / 10.0;
  }
  if (!about.listed.empty()) {
    row["listed"] = names_of(about.listed);
  }
  return row;
}

Result<match::Target> target_of(const json::Cursor& query) {
  TRY(query.only({"purl", "cpe", "ecosystem", "name", "version"}));
  const std::string purl = TRY(query.find_string("purl")).value_or("");
  const std::string cpe = TRY(query.find_string("cpe")).value_or("");
  const std::string ecosystem = TRY(query.find_string("ecosystem")).value_or("");
  const std::string package = TRY(query.find_string("name")).value_or("");
  const std::string version = TRY(query.find_string("version")).value_or("");
  const int ways = (purl.empty() ? 0 : 1) + (cpe.empty() ? 0 : 1) + (ecosystem.empty() ? 0 : 1);
  if (ways != 1 || ecosystem.empty() != package.empty()) {
    return query.fail("one of purl, cpe, or ecosystem and name");
  }
  auto target = !ecosystem.empty() ? match::target_of_package(ecosystem, package, version)
                                   : match::target_of_name(purl.empty() ? cpe : purl, version);
  return target ? std::move(target) : query.fail(target.error().message);
}

}  // namespace

Result<MatchQuestions> read_match_questions(std::string_view body) {
  const json::Value value = TRY(json::parse(body, {.bytes = kMostMatchBodyBytes}));
  const json::Cursor root(value);
  TRY(root.only({"queries", "near_misses"}));
  MatchQuestions questions;
  const json::Cursor list = TRY(root.at("queries"));
  for (const json::Cursor& query : TRY(list.elements(kMostMatchQueries))) {
    questions.targets.push_back(TRY(target_of(query)));
  }
  if (const auto near = root.find("near_misses"); near && TRY(near->boolean())) {
    questions.wanted = match::Wanted::everything;
  }
  return questions;
}

Result<Answer> vulnerability(Desk& desk, const Given& given) {
  const catalog::Known known = TRY(known_of(desk, given));
  json::Object out{{"ids", json::Array(known.ids.begin(), known.ids.end())},
                   {"records", TRY(views(desk, known.records))},
                   {"related", TRY(views(desk, known.related))},
                   {"listed", names_of(TRY(catalog::listed_in(desk.tx(), known.ids)))}};
  if (known.epss) {
    out["epss"] =
        json::Object{{"score", static_cast<double>(known.epss->score) / kMillion},
                     {"percentile", static_cast<double>(known.epss->percentile) / kMillion},
                     {"day", known.epss->day}};
  }
  return answer(out);
}

Result<Answer> record(Desk& desk, const Given& given) {
  const catalog::Version version = TRY(version_of(desk, given));
  return Answer{200, TRY(desk.bytes(version.version))};
}

Result<Answer> record_history(Desk& desk, const Given& given) {
  const catalog::Version current = TRY(version_of(desk, given));
  json::Array rows;
  const auto versions = TRY(catalog::history(desk.tx(), current.record));
  std::string newer;
  for (const catalog::Version& version : versions) {
    const std::string bytes =
        version.digest.empty() ? std::string() : TRY(desk.bytes(version.version));
    if (!rows.empty() && !bytes.empty() && !newer.empty()) {
      rows.back().as_object()["changes"] = TRY(changes_between(bytes, newer));
    }
    json::Object row{{"version", std::to_string(version.version)},
                     {"state", advisory::name(version.state)},
                     {"taken", to_rfc3339(version.taken)},
                     {"changes", json::Array()}};
    put_time(row, "modified", version.modified);
    put_time(row, "fed", version.fed);
    put_counted(row, version);
    if (!version.digest.empty()) {
      row["sha256"] = to_hex(version.digest);
    }
    rows.push_back(std::move(row));
    newer = bytes;
  }
  return answer(json::Object{{"source", advisory::name(current.source)},
                             {"id", current.id},
                             {"versions", std::move(rows)}});
}

Result<Answer> search(Desk& desk, const Given& given) {
  const catalog::Query query = TRY(read_query(given));
  const catalog::Found found = TRY(desk.search().find(desk.tx(), query));
  json::Array hits;
  for (const catalog::Hit& hit : found.hits) {
    json::Object row = TRY(view(desk, hit.version));
    row["exploited"] = !hit.listed.empty();
    row["listed"] = names_of(hit.listed);
    if (hit.epss >= 0) {
      row["epss"] = static_cast<double>(hit.epss) / kMillion;
    }
    hits.push_back(std::move(row));
  }
  json::Array facets;
  for (const catalog::Count& count : found.counts) {
    facets.push_back(json::Object{
        {"by", catalog::name(count.facet)}, {"value", count.value}, {"records", count.records}});
  }
  json::Array sources;
  for (const auto& [source, records] : found.sources) {
    sources.push_back(json::Object{{"source", advisory::name(source)}, {"records", records}});
  }
  return answer(json::Object{{"records", found.records},
                             {"vulnerabilities", found.vulnerabilities},
                             {"hits", std::move(hits)},
                             {"facets", std::move(facets)},
                             {"sources", std::move(sources)}});
}

Result<Answer> match_packages(Desk& desk, const Given& given) {
  const MatchQuestions questions = TRY(read_match_questions(given.body));
  const auto answers = TRY(desk.matcher().ask(questions.targets, questions.wanted));
  const match::Describe describe = desk.describe();
  json::Array results;
  auto at = answers.begin();
  for (std::size_t i = 0; i < questions.targets.size(); ++i) {
    json::Array findings;
    json::Array near_misses;
    for (; at != answers.end() && at->target == i; ++at) {
      const match::About about = TRY(describe(at->source, at->id));
      (at->is_finding() ? findings : near_misses)
          .push_back(finding_view(*at, about, questions.targets[i].version));
    }
    results.push_back(
        json::Object{{"findings", std::move(findings)}, {"near_misses", std::move(near_misses)}});
  }
  return answer(json::Object{{"results", std::move(results)}});
}

Result<Answer> match_inventory(Desk& desk, const Given& given) {
  const auto form =
      TRY(read_parameter(given, "form", "json, sarif or vex", [](const std::string& text) {
        const auto one = match::parse_form(text);
        return one == match::Form::table ? std::nullopt : one;
      }));
  const bool with_near_misses =
      TRY(read_parameter(given, "near_misses", "yes or no", yes_or_no)).value_or(false);
  match::Question question{.source = "upload", .inventory = TRY(sbom::read(given.body))};
  std::vector<sbom::Vex> statements;
  if (auto own = sbom::read_vex(given.body)) {
    statements.push_back(std::move(*own));
  }
  question.vex = &statements;
  question.wanted = with_near_misses ? match::Wanted::everything : match::Wanted::findings;
  const match::Report report =
      TRY(match::examine(desk.matcher(), desk.describe(), std::move(question)));
  switch (form.value_or(match::Form::json)) {
    case match::Form::sarif:
      return answer(match::render_sarif(report));
    case match::Form::cyclonedx_vex:
      return answer(match::render_vex(report));
    case match::Form::table:
    case match::Form::json:
      return answer(match::render_json(report));
  }
  std::unreachable();
}

}  // namespace weir::compat
