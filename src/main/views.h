// What the use cases answer, as JSON.
#pragma once

#include "app/cases.h"
#include "app/closing.h"
#include "app/reading.h"
#include "app/sharing.h"
#include "main/verbs.h"

namespace weir::main {

json::Value view(const std::vector<app::QueueRow>& rows, Instant now);
json::Value view(const app::CaseView& one);
json::Value view(const std::vector<app::ReaderView>& rows);
json::Value view(const std::vector<app::EventView>& rows);
json::Value view(const std::vector<app::PreviewRow>& rows);
json::Value view(const std::vector<app::WaitingRow>& rows);

/// Says what was done; an act that waits for its second person is `denied` with the reference.
Status told(const Line& line, const app::Done& done);

}  // namespace weir::main
