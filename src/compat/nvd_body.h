// A CVE in the shape of the NVD API 2.0, from whichever record there is.
//
// A record of form 2.0 is copied through byte for byte. From one of NVD 1.1 or a CVE record the
// item is made; `evaluatorComment` says so, and from which. Then: vulnStatus is Analyzed for a 1.1
// record with configurations, else Received (or Rejected); matchCriteriaId is derived from the
// criterion, since NVD's own is not in the record; CISA's fields come from the catalogue (KEV).
// Left out, for no such record has it: cveTags, vendorComments.
//
// Thread rule: as Desk.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "catalog/cves.h"
#include "compat/compat.h"

namespace weir::compat {

/// {"cve":{…}}.
Result<std::string> nvd_item(Desk& desk, const catalog::Cve& cve);
/// "2026-01-31T00:00:00.000": UTC, without a zone.
std::string nvd_time(Instant at);
/// A UUID of version 8 (RFC 9562) made from the SHA-256 of `name`: the same for the same.
std::string derived_uuid(std::string_view name);
/// The item's `cve`, from a record of any form but 2.0; for tests and fuzzing. `invalid` for JSON
/// that is neither. Without CISA's fields.
Result<json::Object> nvd_cve_of(const json::Value& record);

}  // namespace weir::compat
