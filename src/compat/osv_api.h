// The OSV API over the records of source osv (https://google.github.io/osv.dev/api/).
//
// As osv.dev: errors are 400 {"code":3,"message"}, absent is 404 with code 5, no match is {}, an
// unknown purl type too; withdrawn records never match. A query without a version gives every
// record of the package. Pages are by id; a page token is opaque.
//
// Where it differs: a commit, or a tag of a repository (ecosystem GIT), is answered with {},
// because ranges of commits need the repository; records are as they came in (osv.dev drops nulls
// and empty lists). In a batch `modified` of a record without a usable one is when it came in.
//
// Thread rule: as Desk.
#pragma once

#include "compat/compat.h"

namespace weir::compat {

inline constexpr std::size_t kMostQueries = 1'000;          // of one batch
inline constexpr std::size_t kPageVulns = 3'000;            // of one query
inline constexpr std::size_t kBatchPageVulns = 1'000;       // of one query in a batch
inline constexpr std::size_t kMostOsvIdBytes = 100;         // as osv.dev
inline constexpr std::size_t kMostAnswerBytes = 32U << 20;  // of one page of records

/// POST /v1/query.
Result<Answer> osv_query(Desk& desk, const Given& given);
/// POST /v1/querybatch.
Result<Answer> osv_query_batch(Desk& desk, const Given& given);
/// GET /v1/vulns/{id}. Ids count by case.
Result<Answer> osv_vulnerability(Desk& desk, const Given& given);

}  // namespace weir::compat
