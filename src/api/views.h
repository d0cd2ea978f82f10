// Private to api/, but that the command line shows the same: what the use cases answer, as JSON.
//
// Thread rule: pure functions.
#pragma once

#include "app/cases.h"
#include "app/closing.h"
#include "app/news.h"
#include "app/people.h"
#include "app/reading.h"
#include "app/sharing.h"

namespace weir::api {

json::Value view(const std::vector<app::QueueRow>& rows);  // with the time of receipt
json::Value view_with_age(const std::vector<app::QueueRow>& rows, Instant now);
json::Value view(const app::CaseView& one);
json::Value view(const std::vector<app::ReaderView>& rows);
json::Value view(const std::vector<app::EventView>& rows);
json::Value view(const std::vector<app::PreviewRow>& rows);
json::Value view(const std::vector<app::WaitingRow>& rows);
json::Value view(const app::OrganisationView& one);
json::Value view(const app::UserView& one);
json::Value view(const app::AskedAct& asked);
json::Value view(const app::Receipted& done);
json::Value view(const app::ChannelView& one);
json::Value view(const app::MadeChannel& made);
json::Value view(const app::KeyView& key);
json::Value view(const app::WaitingMessage& one);

}  // namespace weir::api
