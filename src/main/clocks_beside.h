// The clocks' verbs beside a server: what it answers, as the same verbs say it without one.
//
// Thread rule: functions; they block.
#pragma once

#include <string>
#include <vector>

#include "app/filings.h"
#include "app/law_conflicts.h"
#include "app/notices.h"
#include "main/beside.h"

namespace weir::main {

Result<json::Object> profile_beside(const Line& line, const std::string& organisation);
/// `bytes` of a weir-profile/v1.
Status set_profile_beside(const Line& line, const std::string& organisation, std::string bytes);

/// Newest first.
Result<json::Array> notices_beside(const Line& line);
Status set_rule_beside(const Line& line, const std::string& organisation,
                       const app::NoticeRule& rule);

Result<json::Object> statistics_beside(const Line& line, bool of_everybody);
Result<std::string> statistics_csv_beside(const Line& line, bool of_everybody);

Result<json::Array> delays_beside(const Line& line, const std::string& reference);

Result<json::Array> conflicts_beside(const Line& line, const std::string& reference);
Status decide_beside(const Line& line, const std::string& reference,
                     const app::ConflictDecision& decision);
Status confirm_beside(const Line& line, const std::string& reference, const std::string& conflict,
                      app::Choice choice);

/// As `weir filing form` shows it.
Result<json::Object> form_beside(const Line& line, const std::string& obligation);
/// What it says, of each field.
Result<std::vector<app::FieldValue>> values_beside(const Line& line, const std::string& obligation);
/// The filing that keeps them.
Result<std::string> save_beside(const Line& line, const std::string& obligation,
                                const std::vector<app::FieldValue>& values);
/// "/api/v1/filings/FILING" and what follows.
std::string filing_path(const std::string& filing, std::string_view rest = "");
Result<json::Object> filing_beside(const Line& line, const std::string& filing);
/// Of one case, or all ("").
Result<json::Array> filings_beside(const Line& line, const std::string& reference);

}  // namespace weir::main
