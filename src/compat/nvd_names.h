// CPE names and criteria as the NVD API lists them, as far as records tell.
//
// There is no dictionary of CPE names here, nor NVD's own list of criteria. What records use is
// told, for a vendor or product that is asked for: a name is one whose version a record lists, a
// criterion is what a record says with or without bounds. Their ids are derived (nvd_body.h),
// unless the record brings them; created and lastModified are those of the records that use them;
// deprecated is false and status Active, since nobody says. Without a vendor and a product the
// answer would be the whole dictionary: that is refused.
//
// Thread rule: as Desk.
#pragma once

#include "compat/compat.h"

namespace weir::compat {

/// GET /rest/json/cpes/2.0: cpeMatchString or keywordSearch (of vendor and product), cpeNameId
/// beside one of them, lastModStartDate and lastModEndDate.
Result<Answer> nvd_cpes(Desk& desk, const Given& given);
/// GET /rest/json/cpematch/2.0: cveId or matchStringSearch, matchCriteriaId beside one of them,
/// lastModStartDate and lastModEndDate.
Result<Answer> nvd_match_strings(Desk& desk, const Given& given);

}  // namespace weir::compat
