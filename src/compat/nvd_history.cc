// What came in about CVEs, as the NVD API tells changes.
#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/record.h"
#include "compat/desk.h"
#include "compat/nvd_api.h"
#include "compat/nvd_body.h"

namespace weir::compat {
namespace {

using What = catalog::HistoryQuery::What;

struct Named {
  std::string_view name;
  What what;
};
/// NVD's names of what can be told apart here; its others have no counterpart.
constexpr Named kEvents[] = {
    {"New CVE Received", What::first},
    {"CVE Rejected", What::rejected},
    {"CVE Unrejected", What::restored},
    {"CVE Modified", What::modified},
};
constexpr std::string_view kOtherEvents[] = {
    "CVE Received",      "Initial Analysis",     "Reanalysis",         "CVE Translated",
    "Modified Analysis", "Vendor Comment",       "CVE Source Update",  "CPE Deprecation Remap",
    "CWE Remap",         "Reference Tag Update", "CVE CISA KEV Update"};

std::string_view event_of(const catalog::CveChange& change) {
  const bool is_rejected = change.version.state == advisory::State::rejected;
  const bool was_rejected = change.state_before == advisory::State::rejected;
  if (change.before == 0) {
    return kEvents[0].name;
  }
  if (is_rejected != was_rejected) {
    return is_rejected ? kEvents[1].name : kEvents[2].name;
  }
  return kEvents[3].name;
}

Result<json::Array> details_of(Desk& desk, const catalog::CveChange& change) {
  json::Array details;
  if (change.before == 0) {
    return details;
  }
  const auto before = desk.bytes(change.before);
  if (!before) {  // it had been taken away in between
    return before.error().code == Code::not_found ? Result<json::Array>(details)
                                                  : std::unexpected(before.error());
  }
  const std::string after = TRY(desk.bytes(change.version.version));
  for (catalog::Difference& one : TRY(catalog::diff(*before, after))) {
    json::Object detail{{"action", one.before.empty()  ? "Added"
                                   : one.after.empty() ? "Removed"
                                                       : "Changed"},
                        {"type", std::move(one.pointer)}};
    if (!one.before.empty()) {
      detail["oldValue"] = std::move(one.before);
    }
    if (!one.after.empty()) {
      detail["newValue"] = std::move(one.after);
    }
    details.push_back(std::move(detail));
  }
  return details;
}

Result<catalog::HistoryQuery> read_history_query(const Given& typed) {
  const Given given = TRY(nvd_parameters(typed, {"cveId", "changeStartDate", "changeEndDate",
                                                 "eventName", "resultsPerPage", "startIndex"}));
  catalog::HistoryQuery query;
  query.name = upper(given.parameter("cveId"));
  if (given.has("cveId") && !is_cve_id(query.name)) {
    return fail(Code::invalid, "a CVE id is written CVE-2026-0001", "cveId");
  }
  query.taken = TRY(read_nvd_span(given, "changeStartDate", "changeEndDate"));
  const NvdPage page = TRY(read_nvd_page(given, kMostNvdChanges));
  query.offset = page.start;
  query.limit = page.size;
  const std::string event = given.parameter("eventName");
  if (given.has("eventName")) {
    const auto known = std::ranges::find(kEvents, event, &Named::name);
    if (known != std::end(kEvents)) {
      query.what = known->what;
    } else if (std::ranges::find(kOtherEvents, event) != std::end(kOtherEvents)) {
      query.what = What::none;  // NVD's own acts, of which records say nothing
    } else {
      return fail(Code::invalid, "there is no such event", "eventName");
    }
  }
  return query;
}

Result<Answer> history_answer(Desk& desk, const Given& given) {
  const catalog::HistoryQuery query = TRY(read_history_query(given));
  const catalog::History history = TRY(catalog::cve_history(desk.tx(), query));
  std::string items;
  for (const catalog::CveChange& change : history.changes) {
    const catalog::Version& version = change.version;
    items += items.empty() ? "" : ",";
    json::append_canonical(
        items,
        json::Object{
            {"change",
             json::Object{
                 {"cveId", version.id},
                 {"eventName", event_of(change)},
                 {"cveChangeId", derived_uuid(fmt::format("change {} {}", version.version,
                                                          to_hex(version.digest)))},
                 {"sourceIdentifier",
                  version.source == advisory::Source::nvd ? "nvd@nist.gov" : "cve@mitre.org"},
                 {"created", nvd_time(version.taken)},
                 {"details", TRY(details_of(desk, change))}}}});
    if (items.size() > kMostNvdBytes) {
      return fail(Code::invalid, "these changes are too large for one page: ask for fewer",
                  "resultsPerPage");
    }
  }
  return Answer{200, TRY(nvd_envelope(desk, {query.offset, query.limit}, history.changes.size(),
                                      history.total, "NVD_CVEHistory", "cveChanges", items))};
}

}  // namespace

Result<Answer> nvd_history(Desk& desk, const Given& given) {
  auto answer = history_answer(desk, given);
  return answer ? std::move(answer) : nvd_refusal(answer.error());
}

}  // namespace weir::compat
