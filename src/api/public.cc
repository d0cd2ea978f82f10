// The public records (src/compat), for everybody: OSV's API, Weir's own, the feed of changes.
#include "compat/public.h"

#include "api/guard.h"
#include "api/service.h"
#include "app/identity.h"
#include "app/intake.h"
#include "app/limits.h"
#include "base/digest.h"
#include "compat/epss_api.h"
#include "compat/feed.h"
#include "compat/nvd_api.h"
#include "compat/nvd_names.h"
#include "compat/osv_api.h"
#include "compat/own_api.h"

namespace weir::api {
namespace {

constexpr std::size_t kMostOsvBodyBytes = std::size_t{4} << 20;

/// What was asked, for compat. `invalid` for a parameter that comes twice.
Result<compat::Given> given_of(const Call& call) {
  compat::Given given;
  for (const http::Field& field : call.request.path_parameters) {
    (field.name == "source" ? given.source : given.id) = field.value;
  }
  given.body = call.request.body;
  for (const http::Field& field : call.request.query) {
    if (given.has(field.name)) {
      return fail(Code::invalid, "given twice", field.name);
    }
    given.parameters.emplace_back(field.name, field.value);
  }
  given.base = std::string(call.request.scheme == http::Scheme::https ? "https://" : "http://") +
               call.request.host;
  return given;
}

Result<http::Response> answered(const Parts& parts, compat::Ask ask, const Call& call) {
  if (parts.records == nullptr) {
    return fail(Code::unavailable, "there is no public database here");
  }
  const compat::Given given = TRY(given_of(call));
  const auto told = TRY(parts.records->ask(ask, given));
  const compat::Answer& answer = told->answer;
  http::Response response = http::text_response(answer.status, answer.content_type, answer.body);
  if (!answer.message.empty()) {
    response = http::Response{.status = answer.status};  // of no type: there is nothing in it
    response.headers.add("message", answer.message);
  }
  if (!told->tag.empty() && call.request.method == http::Method::get) {
    response.caching = http::Caching::revalidate;
    response.etag = told->tag;
  }
  return response;
}

Result<http::Response> bulk_answer(const Parts& parts, compat::BulkKind kind, const Call& call) {
  if (parts.records == nullptr) {
    return fail(Code::unavailable, "there is no public database here");
  }
  const std::string ecosystem =
      call.request.path_parameters.empty() ? "" : call.request.path_parameters.front().value;
  const compat::BulkFile file = TRY(parts.records->bulk(kind, ecosystem));
  auto stored = http::stored_file(file.path);
  if (!stored) {
    return fail(Code::unavailable, "a newer one has just been made: ask again");
  }
  http::Response response;
  response.headers.add("Content-Type", file.content_type);
  if (!file.crc32c.empty()) {
    response.headers.add("X-Goog-Hash", "crc32c=" + file.crc32c);  // what osv-scanner compares
  }
  response.body = std::move(*stored);
  response.caching = http::Caching::revalidate;
  response.etag = file.tag;
  return response;
}

/// The head of the feed, in the name of this platform.
Result<http::Response> head_answer(const Parts& parts, const Call& call) {
  if (parts.records == nullptr) {
    return fail(Code::unavailable, "there is no public database here");
  }
  const auto told = TRY(parts.records->ask(compat::changes_head, {}));
  const std::string origin = call.app.ledger.settings().origin;
  http::Response response =
      http::text_response(200, told->answer.content_type,
                          app::signed_note(call.app, compat::head_note(origin, told->answer.body)));
  response.caching = http::Caching::revalidate;
  response.etag = told->tag;
  return response;
}

Result<http::Response> events_answer(Service::Inside& service, const Call& call) {
  const Parts& parts = service.parts;
  if (parts.records == nullptr) {
    return fail(Code::unavailable, "there is no public database here");
  }
  std::string after = TRY(query_text(call, "after"));
  if (const auto last = call.request.headers.find("Last-Event-ID"); after.empty() && last) {
    after = std::string(*last);
  }
  auto stream = std::make_shared<http::EventStream>();
  TRY(service.changes.add(*parts.records, std::move(after), stream));
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.body = std::move(stream);
  return response;
}

class Adder {
 public:
  explicit Adder(Table& table) : table_(table) {}
  const Parts& parts() const { return table_.service.parts; }
  Table& table() { return table_; }

  Row& get(std::string pattern, std::string operation, std::string summary, compat::Ask ask) {
    return add(http::Method::get, std::move(pattern), std::move(operation), std::move(summary),
               ask);
  }
  Row& file(std::string pattern, std::string operation, std::string summary,
            compat::BulkKind kind) {
    const Parts& parts = table_.service.parts;
    return table_.add(http::Method::get, std::move(pattern), Access::everybody,
                      std::move(operation), std::move(summary),
                      [&parts, kind](Call& call) { return bulk_answer(parts, kind, call); });
  }
  Row& post(std::string pattern, std::string operation, std::string summary, compat::Ask ask,
            std::size_t most_bytes) {
    Row& row =
        add(http::Method::post, std::move(pattern), std::move(operation), std::move(summary), ask);
    row.body = http::BodyKind::whole;
    row.most_body_bytes = most_bytes;
    return row;
  }

 private:
  Row& add(http::Method method, std::string pattern, std::string operation, std::string summary,
           compat::Ask ask) {
    const Parts& parts = table_.service.parts;
    return table_.add(method, std::move(pattern), Access::everybody, std::move(operation),
                      std::move(summary),
                      [&parts, ask](Call& call) { return answered(parts, ask, call); });
  }
  Table& table_;
};

http::Parameter query(std::string name, std::string what) {
  return {http::In::query, std::move(name), std::move(what)};
}

void add_osv(Adder& adder) {
  Row& query =
      adder.post("/v1/query", "osv_query", "OSV: records that concern a package or version",
                 compat::osv_query, kMostOsvBodyBytes);
  query.answers = "OSV's answer, with whole records";
  query.content_types = {};  // OSV's own examples are `curl -d`, which calls it a form
  Row& batch =
      adder.post("/v1/querybatch", "osv_query_batch", "OSV: up to 1,000 queries, answered by ids",
                 compat::osv_query_batch, kMostOsvBodyBytes);
  batch.answers = "OSV's answer";
  batch.content_types = {};
  adder.get("/v1/vulns/{id}", "osv_vulnerability", "OSV: one record", compat::osv_vulnerability)
      .answers = "The record as it came in";
}

void add_bulk(Adder& adder) {
  using enum compat::BulkKind;
  const auto complete = [](Row& row, std::string answers, std::string type) {
    row.answers = std::move(answers);
    row.content_type = std::move(type);
  };
  complete(adder.file("/osv/ecosystems.txt", "osv_ecosystems", "OSV in bulk: the ecosystems",
                      ecosystems),
           "One name a line", "text/plain");
  complete(adder.file("/osv/modified_id.csv", "osv_modified_all",
                      "OSV in bulk: when each record changed", modified),
           "Lines of time and ECOSYSTEM/ID, newest first", "text/csv");
  complete(
      adder.file("/osv/all.zip", "osv_archive_all", "OSV in bulk: the records of all", archive),
      "A zip archive of ID.json", "application/zip");
  adder
      .get("/osv/{source}/{id}.json", "osv_file", "OSV in bulk: one record of an ecosystem",
           compat::osv_file)
      .answers = "The record as it came in";
  complete(adder.file("/osv/{source}/all.zip", "osv_archive",
                      "OSV in bulk: the records of an ecosystem", archive),
           "A zip archive of ID.json", "application/zip");
  complete(adder.file("/osv/{source}/modified_id.csv", "osv_modified",
                      "OSV in bulk: when each record of an ecosystem changed", modified),
           "Lines of time and ID, newest first", "text/csv");
  complete(
      adder.file("/api/v1/dump.ndjson.zst", "public_dump",
                 "Every public record as it is now; the feed of changes goes on from it", dump),
      "zstd of one JSON a line, in the form of the feed", "application/zstd");
}

/// What CISA and FIRST publish, at their addresses.
void add_exploitation(Adder& adder) {
  Row& catalogue =
      adder.file("/kev.json", "kev_json", "CISA's catalogue of exploited vulnerabilities",
                 compat::BulkKind::kev_json);
  catalogue.answers = "The catalogue in CISA's form, of the records as they came in";
  Row& table = adder.file("/kev.csv", "kev_csv", "The same as a table", compat::BulkKind::kev_csv);
  table.answers = "CISA's columns";
  table.content_type = "text/csv";
  Row& scores = adder.get("/data/v1/epss", "epss_scores", "EPSS scores, as FIRST's API gives them",
                          compat::epss_scores);
  scores.answers = "FIRST's answer";
  scores.parameters = {query("cve", "ids with commas between them"),
                       query("date", "the day of the scores"),
                       query("epss-gt", "greater than"),
                       query("epss-lt", "less than"),
                       query("percentile-gt", "greater than"),
                       query("percentile-lt", "less than"),
                       query("q", "a part of the id"),
                       query("order", "cve, epss or percentile; with ! the greatest first"),
                       {http::In::query, "limit", "of this page, at most 10000", "integer"},
                       {http::In::query, "offset", "rows before this page", "integer"},
                       query("pretty", "true: a row a line"),
                       query("envelope", "false: the rows alone"),
                       query("days", "refused: only the newest scores are kept"),
                       query("scope", "refused: only the newest scores are kept")};
}

void add_search(Adder& adder) {
  Row& row = adder.get("/api/v1/search", "search_records",
                       "Public records by id, purl, CPE or words, with counts", compat::search);
  row.answers = "Found";
  row.parameters = {
      query("q", "an id, a purl, a CPE, or words; the last word may be unfinished"),
      query("source", "cve, nvd, osv, csaf, kev, kev_eu, ..."),
      query("ecosystem", "as facets show it"),
      query("vendor", "as facets show it"),
      query("product", "as facets show it"),
      query("weakness", "CWE-79"),
      query("publisher", "as facets show it"),
      query("score", "at least this CVSS base score"),
      query("epss", "at least this probability of exploitation"),
      query("exploited", "yes: in any list of exploited vulnerabilities"),
      query("listed", "in this one: kev, kev_eu, kev_euvd, kev_vulncheck or kev_gcve"),
      query("from", "published on this day or later"),
      query("until", "published on this day or before"),
      query("tombstones", "yes: rejected and withdrawn records too"),
      {http::In::query, "limit", "vulnerabilities of this page, at most 500", "integer"},
      {http::In::query, "offset", "vulnerabilities before this page", "integer"}};
}

void add_vulnerabilities(Adder& adder) {
  adder
      .get("/api/v1/vulnerabilities/{id}", "public_vulnerability",
           "What all sources say of one vulnerability, by any of its ids", compat::vulnerability)
      .answers = "PublicVulnerability";
  adder
      .get("/api/v1/vulnerabilities/{id}/{source}", "public_record",
           "One source's record, byte for byte", compat::record)
      .answers = "The record as it came in";
  adder
      .get("/api/v1/vulnerabilities/{id}/{source}/history", "public_history",
           "Every version of one source's record, and what changed in it", compat::record_history)
      .answers = "RecordHistory";
}

void add_match(Adder& adder) {
  adder
      .post("/api/v1/match", "match_packages",
            "Which records concern these packages: {\"queries\":[{\"purl\" | \"cpe\" | "
            "\"ecosystem\" and \"name\", \"version\"}], \"near_misses\"}",
            compat::match_packages, compat::kMostMatchBodyBytes)
      .answers = "Matched";
  Row& inventory = adder.post("/api/v1/match/inventory", "match_inventory",
                              "Which records concern an inventory: CycloneDX or SPDX",
                              compat::match_inventory, compat::kMostInventoryBytes);
  // Before the body comes: it may be large, and is all that such a call costs its sender.
  inventory.admission =
      [&parts = adder.parts()](const http::Request& request) -> std::optional<http::Response> {
    const app::App& app = parts.app;
    const bool may =
        app.identity.limiter().take(app::kInventories, network_of(request), app.clock.now());
    return may ? std::nullopt
               : std::optional(refusal({Code::unavailable, std::string(app::kTooMany)}));
  };
  inventory.answers = "A report in the form that was asked for";
  inventory.content_types = {};  // the content says what it is
  inventory.parameters = {query("form", "json, sarif or vex"),
                          query("near_misses", "yes: also what does not concern the version")};
}

http::Parameter number(std::string name, std::string what) {
  return {http::In::query, std::move(name), std::move(what), "integer"};
}

/// Pages, and what NVD answers to a parameter that it does not know: compat says it.
void complete_nvd(Row& row, std::string answers, std::vector<http::Parameter> parameters) {
  row.answers = std::move(answers);
  row.parameters = std::move(parameters);
  row.parameters.push_back(number("resultsPerPage", "of this page"));
  row.parameters.push_back(number("startIndex", "of the first result, from 0"));
  row.other_parameters = http::OtherParameters::ignored;
  row.slash_at_end = http::SlashAtEnd::ignored;  // NVD's own examples have one
  row.refuses = Row::Refuses::by_field;
}

void add_nvd_cves(Adder& adder) {
  complete_nvd(
      adder.get("/rest/json/cves/2.0", "nvd_cves", "NVD API 2.0: CVEs", compat::nvd_cves),
      "NVD_CVE",
      {query("cveId", "CVE-2026-0001"),
       query("cveIds", "at most 100 of them, with commas between them"),
       query("cpeName", "a CPE name with its version"),
       query("isVulnerable", "a flag: what cpeName names is itself vulnerable"),
       query("virtualMatchString", "a CPE match string; it may end early"),
       query("versionStart", "with virtualMatchString"),
       query("versionStartType", "including or excluding"),
       query("versionEnd", "with virtualMatchString"),
       query("versionEndType", "including or excluding"),
       query("cvssV2Severity", "LOW, MEDIUM or HIGH"),
       query("cvssV2Metrics", "metrics of a vector: AV:N/AC:L"),
       query("cvssV3Severity", "LOW, MEDIUM, HIGH or CRITICAL"),
       query("cvssV3Metrics", "metrics of a vector of 3.0 or 3.1"),
       query("cvssV4Severity", "LOW, MEDIUM, HIGH or CRITICAL"),
       query("cvssV4Metrics", "metrics of a vector of 4.0"),
       query("cweId", "CWE-79, NVD-CWE-Other or NVD-CWE-noinfo"),
       query("keywordSearch", "words of the description, each perhaps the beginning of one"),
       query("keywordExactMatch", "a flag: keywordSearch is one phrase"),
       query("cveTag", "disputed, unsupported-when-assigned or exclusively-hosted-service"),
       query("hasCertAlerts", "a flag: refers to an alert of US-CERT, CISA or CERT/CC"),
       query("hasCertNotes", "a flag: refers to a vulnerability note of CERT/CC"),
       query("hasOval", "a flag: refers to OVAL's repository"),
       query("hasKev", "a flag: in CISA's catalogue"),
       query("kevStartDate", "added to it, at most 120 days"),
       query("kevEndDate", ""),
       query("lastModStartDate", "modified, at most 120 days"),
       query("lastModEndDate", ""),
       query("pubStartDate", "published, at most 120 days"),
       query("pubEndDate", ""),
       query("noRejected", "a flag: without rejected ones"),
       query("sourceIdentifier", "as answers show it")});
}

void add_nvd(Adder& adder) {
  add_nvd_cves(adder);
  complete_nvd(
      adder.get("/rest/json/cvehistory/2.0", "nvd_history", "NVD API 2.0: what came in about CVEs",
                compat::nvd_history),
      "NVD_CVEHistory",
      {query("cveId", "CVE-2026-0001"), query("changeStartDate", "came in here, at most 120 days"),
       query("changeEndDate", ""), query("eventName", "as NVD names them")});
  complete_nvd(adder.get("/rest/json/cpes/2.0", "nvd_cpes",
                         "NVD API 2.0: the CPE names that records use", compat::nvd_cpes),
               "NVD_CPE",
               {query("cpeMatchString", "a CPE match string; it may end early"),
                query("keywordSearch", "words of vendor and product"),
                query("keywordExactMatch", "a flag: keywordSearch is one phrase"),
                query("cpeNameId", "beside one of the others"),
                query("lastModStartDate", "at most 120 days"), query("lastModEndDate", "")});
  complete_nvd(adder.get("/rest/json/cpematch/2.0", "nvd_match_strings",
                         "NVD API 2.0: the criteria that records use", compat::nvd_match_strings),
               "NVD_CPEMatchString",
               {query("cveId", "CVE-2026-0001"),
                query("matchStringSearch", "a CPE match string; it may end early"),
                query("matchCriteriaId", "beside one of the others"),
                query("lastModStartDate", "at most 120 days"), query("lastModEndDate", "")});
}

void add_feed(Adder& adder) {
  Row& changes = adder.get("/api/v1/changes", "public_changes",
                           "Records that have changed since a cursor; from none, all of them",
                           compat::changes);
  changes.answers = "Changes";
  changes.parameters = {query("after", "the cursor of the last answer"),
                        query("source", "cve, nvd, osv, csaf, kev, ..."),
                        {http::In::query, "limit", "records, at most 2000", "integer"},
                        query("records", "no: without the records themselves"),
                        query("superseded", "yes: also what is no longer current")};
  Row& atom = adder.get("/api/v1/changes.atom", "public_changes_atom",
                        "The newest changes as an Atom feed", compat::atom);
  const Parts& parts = adder.parts();
  Row& head = adder.table().add(http::Method::get, "/api/v1/changes/head", Access::everybody,
                                "public_changes_head",
                                "How far the feed has come, and the hash of all of it, signed",
                                [&parts](Call& call) { return head_answer(parts, call); });
  head.answers = "A signed note (docs/formats/changes.md)";
  head.content_type = "text/plain";
  Service::Inside& service = adder.table().service;
  Row& events = adder.table().add(http::Method::get, "/api/v1/changes/events", Access::everybody,
                                  "public_changes_events",
                                  "The feed as server-sent events, from a cursor or from now on",
                                  [&service](Call& call) { return events_answer(service, call); });
  events.answers = "Events \"changes\", each a page of the feed without records, its id the cursor";
  events.content_type = "text/event-stream";
  events.parameters = {query("after", "the cursor of the last answer; or the field Last-Event-ID")};
  atom.answers = "An Atom feed";
  atom.content_type = "application/atom+xml";
}

}  // namespace

void add_public(Table& table) {
  Adder adder(table);
  add_osv(adder);
  add_search(adder);
  add_vulnerabilities(adder);
  add_match(adder);
  add_nvd(adder);
  add_bulk(adder);
  add_exploitation(adder);
  add_feed(adder);
}

}  // namespace weir::api
