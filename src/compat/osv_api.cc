#include "compat/osv_api.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/record.h"
#include "compat/desk.h"
#include "compat/records.h"
#include "match/target.h"
#include "version/version.h"

namespace weir::compat {
namespace {

using advisory::Source;

constexpr int kInvalidArgument = 3;  // gRPC's numbers, which osv.dev shows
constexpr int kNotFound = 5;
constexpr std::size_t kMostBodyBytes = std::size_t{4} << 20;
constexpr std::string_view kGit = "GIT";  // repository and tag, in place of an ecosystem
constexpr std::size_t kShortestHash = 7;
constexpr std::size_t kLongestHash = 64;

Answer problem(int status, int code, std::string_view message) {
  std::string body = fmt::format(R"({{"code":{},"message":)", code);
  json::append_canonical(body, message);
  return {status, body + "}"};
}

/// What the client did wrong is said as osv.dev says it; the rest is the server's to say.
Result<Answer> refused(const Error& error) {
  if (error.code == Code::invalid) {
    return problem(400, kInvalidArgument, error.message);
  }
  return std::unexpected(error);
}

struct Query {
  std::string commit;
  std::string version;
  std::string name;
  std::string ecosystem;
  std::string purl;
  std::string page_token;
};

Result<std::string> member(const json::Cursor& object, std::string_view key) {
  auto found = object.find_string(key);
  if (!found) {
    return fail(Code::invalid, fmt::format("{}: {}", found.error().where, found.error().message));
  }
  return found->value_or("");
}

bool is_hash(std::string_view text) {
  return text.size() >= kShortestHash && text.size() <= kLongestHash &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

Status check_purl(const Query& query) {
  if (!query.name.empty()) {
    return fail(Code::invalid, "name specified in a PURL query");
  }
  if (!query.ecosystem.empty()) {
    return fail(Code::invalid, "ecosystem specified in a PURL query");
  }
  const auto purl = version::parse_purl(query.purl, version::Reading::lenient);
  if (!purl) {
    return fail(Code::invalid, "invalid PURL");
  }
  if (!purl->version.empty() && !query.version.empty()) {
    return fail(Code::invalid, "version specified in params and PURL query");
  }
  return {};
}

Status check_package(const store::Tx& tx, const Query& query) {
  if (query.name.empty() && query.ecosystem.empty()) {
    return fail(Code::invalid, "invalid query");
  }
  if (query.name.empty()) {
    return fail(Code::invalid, "name not specified");
  }
  if (query.ecosystem.empty()) {
    return query.version.empty() ? fail(Code::invalid, "ecosystem not specified") : Status{};
  }
  if (query.ecosystem == kGit || version::is_ecosystem(query.ecosystem)) {
    return {};
  }
  const std::string family = query.ecosystem.substr(0, query.ecosystem.find(':'));
  const auto known = TRY(tx.one("SELECT id FROM term WHERE kind = 1 AND name = $1", {family},
                                [](const store::Row& row) { return row.integer(0); }));
  return known ? Status{} : fail(Code::invalid, "invalid ecosystem");
}

/// What osv.dev checks, in its order.
Status check(const store::Tx& tx, const Query& query) {
  if (!query.commit.empty()) {
    return is_hash(query.commit) ? Status{} : fail(Code::invalid, "invalid hash");
  }
  return query.purl.empty() ? check_package(tx, query) : check_purl(query);
}

Result<Query> parse_query(const json::Cursor& root) {
  if (!root.is_object()) {
    return fail(Code::invalid, "invalid query");
  }
  Query query;
  query.commit = TRY(member(root, "commit"));
  query.version = TRY(member(root, "version"));
  query.page_token = TRY(member(root, "page_token"));
  if (root.find("commit") && query.commit.empty()) {
    return fail(Code::invalid, "invalid hash");
  }
  if (const auto package = root.find("package")) {
    query.name = TRY(member(*package, "name"));
    query.ecosystem = TRY(member(*package, "ecosystem"));
    query.purl = TRY(member(*package, "purl"));
  }
  return query;
}

using Ids = std::vector<std::string>;

void sort_once(Ids& ids) {
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
}

/// Every record of the package, whatever the version.
Result<Ids> ids_of_package(const store::Tx& tx, const match::Target& target) {
  Ids ids;
  const match::Lookup records = lookup(tx, Source::osv);
  for (const match::Key& key : match::keys(target)) {
    for (const match::Entry& entry : TRY(records(key.text))) {
      if (target.ecosystem.empty() || entry.affected.ecosystem.empty() ||
          match::is_same_ecosystem(target.ecosystem, entry.affected.ecosystem)) {
        ids.push_back(entry.id);
      }
    }
  }
  sort_once(ids);
  return ids;
}

Result<Ids> ids_of(Desk& desk, const Query& query) {
  if (!query.commit.empty() || query.ecosystem == kGit ||
      (query.purl.empty() && query.ecosystem.empty())) {
    return Ids{};
  }
  auto target = query.purl.empty()
                    ? match::target_of_package(query.ecosystem, query.name, query.version)
                    : match::target_of_name(query.purl, query.version);
  if (!target) {
    return Ids{};  // a type or an ecosystem of which nothing is known here
  }
  if (target->version.empty()) {
    return ids_of_package(desk.tx(), *target);
  }
  Ids ids;
  const match::Target targets[] = {std::move(*target)};
  for (match::Answer& answer : TRY(desk.matcher().ask(targets, match::Wanted::findings))) {
    if (answer.source == Source::osv) {
      ids.push_back(std::move(answer.id));
    }
  }
  sort_once(ids);
  return ids;
}

/// The ids after the token, and the token of the page after the `most` first of them.
struct Page {
  Ids ids;
  std::string next;
};
Result<Page> page_of(Ids ids, const std::string& token, std::size_t most) {
  if (!token.empty()) {
    const auto last = from_base64(token);
    if (!last) {
      return fail(Code::invalid, "invalid page token");
    }
    ids.erase(ids.begin(), std::ranges::upper_bound(ids, *last));
  }
  Page page;
  if (ids.size() > most) {
    ids.resize(most);
    page.next = to_base64(ids.back());
  }
  page.ids = std::move(ids);
  return page;
}

Result<std::string> query_body(Desk& desk, const Query& query) {
  Ids ids = TRY(ids_of(desk, query));
  Page page = TRY(page_of(std::move(ids), query.page_token, kPageVulns));
  std::string body;
  for (std::size_t i = 0; i < page.ids.size(); ++i) {
    if (body.size() > kMostAnswerBytes) {  // a page may be short
      page.next = to_base64(page.ids[i - 1]);
      break;
    }
    const auto version = TRY(catalog::find(desk.tx(), Source::osv, page.ids[i]));
    CHECK(version);
    body += body.empty() ? R"({"vulns":[)" : ",";
    body += TRY(desk.bytes(version->version));
  }
  if (body.empty()) {
    return "{}";
  }
  return body +
         (page.next.empty() ? "]}" : fmt::format(R"(],"next_page_token":"{}"}})", page.next));
}

Result<std::string> batch_entry(Desk& desk, const Query& query) {
  Ids ids = TRY(ids_of(desk, query));
  const Page page = TRY(page_of(std::move(ids), query.page_token, kBatchPageVulns));
  std::string body;
  for (const std::string& id : page.ids) {
    const auto version = TRY(catalog::find(desk.tx(), Source::osv, id));
    CHECK(version);
    body += body.empty() ? R"({"vulns":[{"id":)" : R"(,{"id":)";
    json::append_canonical(body, id);
    // Clients need it; Go's records say the year 1, which is no time.
    body += fmt::format(R"(,"modified":"{}"}})",
                        to_rfc3339(version->modified.value_or(version->taken)));
  }
  if (body.empty()) {
    return "{}";
  }
  return body +
         (page.next.empty() ? "]}" : fmt::format(R"(],"next_page_token":"{}"}})", page.next));
}

Result<json::Value> parse_body(std::string_view body) {
  auto value = json::parse(body, {.bytes = kMostBodyBytes});
  if (!value) {
    return fail(Code::invalid, body.empty() ? "no query provided" : text(value.error()));
  }
  return value;
}

Result<std::string> batch_body(Desk& desk, const json::Cursor& root) {
  const auto list = root.find("queries");
  if (!list) {
    return fail(Code::invalid, "no queries provided");
  }
  const auto queries = list->elements(kMostQueries);
  if (!queries) {
    return fail(Code::invalid, list->is_array() ? "too many queries" : "invalid queries");
  }
  std::string body = R"({"results":[)";
  for (std::size_t i = 0; i < queries->size(); ++i) {
    const auto query = parse_query((*queries)[i]);
    const Status checked =
        query ? check(desk.tx(), *query) : Status(std::unexpected(query.error()));
    if (!checked) {
      return fail(checked.error().code,
                  fmt::format("error in query at index {}: {}", i, checked.error().message));
    }
    body += i == 0 ? "" : ",";
    body += TRY(batch_entry(desk, *query));
  }
  return body + "]}";
}

}  // namespace

Result<Answer> osv_query(Desk& desk, const Given& given) {
  const auto value = parse_body(given.body);
  if (!value) {
    return refused(value.error());
  }
  const auto query = parse_query(json::Cursor(*value));
  if (!query) {
    return refused(query.error());
  }
  if (const Status checked = check(desk.tx(), *query); !checked) {
    return refused(checked.error());
  }
  auto answer = query_body(desk, *query);
  return answer ? Answer{200, std::move(*answer)} : refused(answer.error());
}

Result<Answer> osv_query_batch(Desk& desk, const Given& given) {
  const auto value = parse_body(given.body);
  if (!value) {
    return refused(value.error());
  }
  auto answer = batch_body(desk, json::Cursor(*value));
  return answer ? Answer{200, std::move(*answer)} : refused(answer.error());
}

Result<Answer> osv_vulnerability(Desk& desk, const Given& given) {
  const std::string& id = given.id;
  if (id.empty()) {
    return problem(400, kInvalidArgument, "ID is required");
  }
  if (id.size() > kMostOsvIdBytes) {
    return problem(400, kInvalidArgument, "ID is too long");
  }
  const auto version = TRY(catalog::find(desk.tx(), Source::osv, id));
  if (version && version->state != advisory::State::removed) {
    return Answer{200, TRY(desk.bytes(version->version))};
  }
  std::string message = "Vulnerability not found";
  if (const auto known = TRY(catalog::known(desk.tx(), id))) {
    std::string others;
    for (const catalog::Version& other : known->records) {
      if (other.source == Source::osv && other.id != id) {
        others += " " + other.id;
      }
    }
    message += others.empty() ? "" : ", but the following aliases were:" + others;
  }
  return problem(404, kNotFound, message);
}

}  // namespace weir::compat
