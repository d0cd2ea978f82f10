// Private to api/: what the use cases of the clocks answer, as JSON. Times are RFC 3339, spans are
// minutes; a member that has no value is absent.
//
// Thread rule: pure functions.
#pragma once

#include "app/delays.h"
#include "app/filings.h"
#include "app/law_conflicts.h"
#include "app/notices.h"
#include "app/regime_views.h"
#include "app/sent_filings.h"
#include "app/statistics.h"
#include "base/json.h"

namespace weir::api {

json::Value view(const app::ProfileView& one);
json::Value view(const app::FactView& one);
json::Value view(const app::BoardRow& row, Instant now);
json::Value view(const app::Explanation& one, Instant now);
json::Value view(const app::ConflictView& one);
json::Value view(const app::DelayView& one);
json::Value view(const app::Notice& one);
json::Value view(const app::NoticeRule& rule);
json::Value view(const std::vector<app::Figures>& figures);
json::Value view(const app::Form& form, Instant now);
json::Value view(const app::FilingDocument& document);
json::Value view(const app::FilingView& one);
json::Value view(const app::SentView& one);
json::Value view(const app::RegimeView& one);
json::Value view(const std::vector<app::RegimeView>& all);  // in short
json::Value view(const app::Submitted& done);

}  // namespace weir::api
