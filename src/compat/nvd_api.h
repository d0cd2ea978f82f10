// The NVD API 2.0 over the records of NVD and CVE records (https://nvd.nist.gov/developers).
//
// As NVD: what is wrong is 404 with the reason in the field `message` of the header and an empty
// body; nothing found is 200 with an empty list; flags stand alone ("hasKev") or with nothing
// behind "="; dates come in pairs of at most 120 days; instants in answers bear no zone; a
// parameter's name counts in any case ("haskev", as NVD's own examples have it).
//
// Where it differs: `timestamp` is the instant of the newest change here, so that the same question
// has the same answer until something changes; hasCertAlerts, hasCertNotes and hasOval go by the
// addresses of references (advisory/marks.h), sourceIdentifier by that of the CVE alone; a record
// of another form than 2.0 is rendered (nvd_body.h). The
// dictionary of CPE names is not held: cpes and cpematch tell the names that records use, for a
// vendor or product that is asked for (nvd_names.h).
//
// Thread rule: as Desk.
#pragma once

#include "catalog/cves.h"
#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostNvdCves = 2'000;                   // of a page; NVD's own limits
inline constexpr std::size_t kMostNvdChanges = 5'000;                // of a page of the history
inline constexpr std::size_t kMostNvdNames = 10'000;                 // of a page of CPE names
inline constexpr std::size_t kMostNvdMatchStrings = 500;             // of a page
inline constexpr std::size_t kMostNvdDays = 120;                     // between two dates
inline constexpr std::size_t kMostNvdBytes = std::size_t{96} << 20;  // of the records of a page
inline constexpr std::size_t kMostNvdIds = 100;                      // of cveIds
inline constexpr std::size_t kMostNvdParameterBytes = 2'500;         // a hundred ids

/// GET /rest/json/cves/2.0.
Result<Answer> nvd_cves(Desk& desk, const Given& given);
/// GET /rest/json/cvehistory/2.0: what came in here, and when it did.
Result<Answer> nvd_history(Desk& desk, const Given& given);

/// What a question for CVEs means, without the CPEs, which need the database. `invalid` with the
/// reason.
struct NvdQuestion {
  std::vector<std::string> cve_ids{};  // of one or many; none: any
  std::string cpe_name{};
  std::string match_string{};  // virtualMatchString
  bool is_vulnerable = false;
  struct Edge {
    std::string version{};  // "": none
    bool is_included = true;
  };
  Edge start{};
  Edge end{};
  catalog::CveQuery query{};
  bool matches_nothing = false;  // keywords without a word in them
};
Result<NvdQuestion> read_nvd_question(const Given& typed);

// Parts that its other routes use too.

bool is_cve_id(std::string_view text);
/// ASCII letters as capitals.
std::string upper(std::string text);
/// 404 with the reason, as NVD says it; whatever is not the client's stays an error.
Result<Answer> nvd_refusal(const Error& error);
/// What was asked, each parameter as `known` writes it. `invalid` for one that is not in it, that
/// is too long, or that comes twice.
Result<Given> nvd_parameters(Given given, std::initializer_list<std::string_view> known);
struct NvdPage {
  std::size_t start = 0;
  std::size_t size = 0;
};
Result<NvdPage> read_nvd_page(const Given& given, std::size_t most);
/// Both or none of a pair, in order, at most kMostNvdDays apart.
Result<std::optional<catalog::Span>> read_nvd_span(const Given& given, std::string_view start,
                                                   std::string_view end);
/// A flag: there or not; `invalid` with a value other than "true" or "True", which clients send.
Result<bool> read_nvd_flag(const Given& given, std::string_view name);
/// {"resultsPerPage":…,…,"timestamp":…,"LIST":[ITEMS]}.
Result<std::string> nvd_envelope(Desk& desk, const NvdPage& page, std::size_t given,
                                 std::uint64_t total, std::string_view format,
                                 std::string_view list, std::string_view items);

}  // namespace weir::compat
