// EPSS scores as FIRST's API gives them (https://www.first.org/epss/api): GET /data/v1/epss.
//
//   cve                          up to 2,000 characters of ids with commas between them
//   date                         of the day whose scores are wanted
//   epss-gt epss-lt              greater or less than this
//   percentile-gt percentile-lt
//   q                            a part of the id
//   order                        cve, epss or percentile; "!epss" begins with the greatest
//   limit offset                 of the page; 100 unless it is said, from 0
//   envelope                     false: the rows alone
//   pretty                       true: a row a line
//
// Numbers are strings with nine decimals, as there. Where it differs: `days` and `scope` are
// refused, and a day other than the newest has no rows, because of each CVE only the newest score
// is kept.
//
// Thread rule: as Desk.
#pragma once

#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostEpssIdBytes = 2'000;  // of the parameter `cve`, as FIRST's
inline constexpr std::size_t kEpssRows = 100;           // of a page, unless it is said
inline constexpr std::size_t kMostEpssRows = 10'000;    // of a page

/// {"status":"OK","status-code":200,"version":"1.0","access":"public","total","offset","limit",
/// "data":[{"cve","epss","percentile","date"}]}. `invalid` with the parameter that is wrong.
Result<Answer> epss_scores(Desk& desk, const Given& given);

}  // namespace weir::compat
