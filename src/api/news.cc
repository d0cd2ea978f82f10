// Where somebody hears of what happens, and the outbox.
#include "app/news.h"

#include "api/table.h"
#include "api/views.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

Result<Response> list_channels(Call& call) {
  json::Array rows;
  for (const app::ChannelView& one : TRY(app::channels(call.app, call.actor))) {
    rows.push_back(view(one));
  }
  return ok(json::Object{{"channels", std::move(rows)}});
}

Result<Response> add_channel(Call& call) {
  const bool is_mail = call.body.text("kind") == "mail";
  return created(view(TRY(app::add_channel(
      call.app, call.actor,
      {.kind = is_mail ? app::ChannelKind::mail : app::ChannelKind::webhook,
       .address = call.body.text("address"),
       .pace = call.body.find_fact("daily") == policy::Fact::yes ? app::Pace::daily
                                                                 : app::Pace::at_once,
       .openpgp_key = call.body.text("openpgp_key")}))));
}

Result<std::int64_t> message_number(const Call& call) {
  const auto number = parse_decimal(call.path("message"));
  if (!number) {
    return fail(Code::not_found, "there is no such message");
  }
  return static_cast<std::int64_t>(*number);
}

Result<Response> list_outbox(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  json::Array rows;
  for (const app::WaitingMessage& one : TRY(app::waiting_messages(call.app, call.actor, wanted))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "cursor", .list = "messages"});
}

void add_channels(Table& table) {
  using enum http::Method;
  Row& list = table.add(get, "/api/v1/channels", Access::person, "channels",
                        "Where you hear of what happens", list_channels);
  list.answers = "Channels";
  Row& add =
      table.add(post, "/api/v1/channels", Access::person, "add_channel",
                "Hear of it by mail or webhook: a count by kind and nothing else", add_channel);
  add.inputs = {choice("kind", {"mail", "webhook"}),
                needed("address", Kind::text, "a mail address, or one that begins with https://"),
                optional("daily", Kind::fact, "once a day, and not at once"),
                optional("openpgp_key", Kind::text, "armored; mail is encrypted to it")};
  add.answers = "MadeChannel";
  table.add(delete_, "/api/v1/channels/{channel}", Access::person, "remove_channel",
            "No more of it there", [](Call& call) {
              return told(app::remove_channel(call.app, call.actor, call.path("channel")));
            });
  Row& key =
      table.add(put, "/api/v1/channels/{channel}/openpgp", Access::person, "set_channel_key",
                "The OpenPGP key that mail is encrypted to", [](Call& call) -> Result<Response> {
                  return ok(view(TRY(app::set_channel_key(
                      call.app, call.actor, call.path("channel"), call.body.text("openpgp_key")))));
                });
  key.inputs = {needed("openpgp_key", Kind::text, "armored")};
  key.answers = "OpenPgpKey";
  table.add(delete_, "/api/v1/channels/{channel}/openpgp", Access::person, "remove_channel_key",
            "Mail there goes as it is", [](Call& call) {
              return told(app::remove_channel_key(call.app, call.actor, call.path("channel")));
            });
  // Not below a case's address: nobody learns here whether there is such a case.
  table.add(put, "/api/v1/muted/{reference}", Access::person, "mute_case",
            "Nothing of this case any more", [](Call& call) {
              return told(
                  app::set_muted(call.app, call.actor, call.path("reference"), policy::Fact::yes));
            });
  table.add(
      delete_, "/api/v1/muted/{reference}", Access::person, "unmute_case", "Of this case again",
      [](Call& call) {
        return told(app::set_muted(call.app, call.actor, call.path("reference"), policy::Fact::no));
      });
}

}  // namespace

void add_news(Table& table) {
  using enum http::Method;
  add_channels(table);
  Row& list = table.add(get, "/api/v1/outbox", Access::user, "outbox",
                        "What is to be sent, and what was given up", list_outbox);
  list.answers = "Outbox";
  list.parameters = paging_parameters();
  table.add(post, "/api/v1/outbox/{message}/retry", Access::user, "retry_message",
            "Due now, whether it waits or was given up", [](Call& call) -> Result<Response> {
              return told(app::retry_message(call.app, call.actor, TRY(message_number(call))));
            });
  table.add(delete_, "/api/v1/outbox/{message}", Access::user, "drop_message", "Never sent",
            [](Call& call) -> Result<Response> {
              return told(app::drop_message(call.app, call.actor, TRY(message_number(call))));
            });
}

}  // namespace weir::api
