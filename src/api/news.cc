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

std::optional<std::string> text_if_there(const Call& call, std::string_view name) {
  return call.body.has(name) ? std::optional(call.body.text(name)) : std::nullopt;
}

Result<Response> add_channel(Call& call) {
  const bool is_mail = call.body.text("kind") == "mail";
  app::NewChannel wanted{.kind = is_mail ? app::ChannelKind::mail : app::ChannelKind::webhook,
                         .address = call.body.text("address"),
                         .openpgp_key = call.body.text("openpgp_key"),
                         .hours = {.quiet = call.body.text("quiet")}};
  if (call.body.has("pace")) {
    wanted.pace = TRY(app::parse_pace(call.body.text("pace")));
  }
  wanted.hours.zone = text_if_there(call, "zone").value_or(wanted.hours.zone);
  return created(view(TRY(app::add_channel(call.app, call.actor, wanted))));
}

Result<Response> set_channel(Call& call) {
  app::ChannelSettings settings{.quiet = text_if_there(call, "quiet"),
                                .zone = text_if_there(call, "zone")};
  if (call.body.has("pace")) {
    settings.pace = TRY(app::parse_pace(call.body.text("pace")));
  }
  return told(app::set_channel(call.app, call.actor, call.path("channel"), settings));
}

std::vector<Input> hours_inputs() {
  Input pace =
      choice("pace", {"at_once", "daily", "weekly"}, "when it goes out; deadlines always at once");
  pace.needed = Input::Needed::no;
  return {pace,
          optional("quiet", Kind::text,
                   "hours in which nothing but deadlines goes out: "
                   "22:00-07:00; empty: none"),
          optional("zone", Kind::text, "of the IANA's, where the days begin: Europe/Berlin")};
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
                optional("openpgp_key", Kind::text, "armored; mail is encrypted to it")};
  for (Input& input : hours_inputs()) {
    add.inputs.push_back(std::move(input));
  }
  add.answers = "MadeChannel";
  Row& set = table.add(put, "/api/v1/channels/{channel}", Access::person, "set_channel",
                       "When it is written to; what is absent stays", set_channel);
  set.inputs = hours_inputs();
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
