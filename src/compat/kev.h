// The catalogue of known exploited vulnerabilities as CISA publishes it, of the records of source
// kev: for clients that read CISA's file. In the order of their dates, newest first.
//
// JSON: the records as they came in, in CISA's frame; `dateReleased` is when the newest of them
// came in here, `catalogVersion` its day. CSV: CISA's columns; several weaknesses stand in one cell
// with ", " between them. What a record leaves out stays out.
//
// Both are files of Bulk.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <string>

#include "store/store.h"

namespace weir::compat {

/// Makes the file at `path` anew. `not_found` if no record of the catalogue is here.
Status write_kev_json(const store::Tx& tx, const std::string& path);
Status write_kev_csv(const store::Tx& tx, const std::string& path);

}  // namespace weir::compat
