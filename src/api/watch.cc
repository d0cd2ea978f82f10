// Watch lists: what an organisation runs, and what is new in it. Bytes come as they are, an
// inventory or a list of products; the name stands in a field of the header, for no address says
// what somebody runs.
#include "api/guard.h"
#include "api/table.h"
#include "api/watch_views.h"
#include "app/identity.h"
#include "app/limits.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

constexpr std::string_view kLists = "/api/v1/watch-lists";
constexpr std::size_t kTagDigits = 16;

/// The tag names the version that If-Match is held against, and what else has changed.
Response tagged(Response response, const app::WatchListView& one) {
  const std::string body = json::canonical(view(one));
  response.etag = one.version + "-" + to_hex(sha256(body).view()).substr(0, kTagDigits);
  return response;
}

Status take_try(const Call& call) {
  return call.app.identity.limiter().take(app::kInventories, network_of(call.request),
                                          call.app.clock.now())
             ? Status()
             : fail(Code::unavailable, std::string(app::kTooMany));
}

Result<app::Tell> tell_of(std::string_view text) {
  return text.empty() ? Result<app::Tell>(app::Tell::all) : app::parse_tell(text);
}

Result<Response> add_list(Call& call) {
  const auto name =
      percent_decoded(call.request.headers.find(kListNameField).value_or(std::string_view()));
  if (!name) {
    return fail(Code::invalid, "the list's name, percent-encoded", std::string(kListNameField));
  }
  TRY(take_try(call));
  const std::string tell = TRY(query_text(call, "tell"));
  app::NewWatchList wanted{.name = *name, .bytes = call.request.body};
  wanted.tell = TRY(tell_of(tell));
  // The name is part of what is asked for, and stands in neither the address nor the body.
  app::Terms terms = call.actor.terms();
  terms.body = Sha256().add(terms.body.view()).add(*name).finish();
  const app::WatchListView made =
      TRY(app::add_watch_list(call.app, call.actor.with(std::move(terms)), wanted));
  return tagged(created(view(made)), made);
}

Result<Response> shown(Result<app::WatchListView> list) {
  const app::WatchListView one = TRY(std::move(list));
  return tagged(ok(view(one)), one);
}

Result<Response> replace_list(Call& call) {
  TRY(take_try(call));
  return shown(app::replace_watch_list(call.app, call.actor, call.path("list"), call.request.body));
}

Result<Response> add_statements(Call& call) {
  TRY(take_try(call));
  return shown(
      app::add_watch_statements(call.app, call.actor, call.path("list"), call.request.body));
}

Result<Instant> time_in(const Call& call, std::string_view name) {
  const auto at = parse_rfc3339(call.body.text(name));
  return at ? Result<Instant>(*at)
            : fail(Code::invalid, "RFC 3339, with date, hour and zone", std::string(name));
}

Result<Response> set_list(Call& call) {
  app::WatchSettings settings;
  if (call.body.has("name")) {
    settings.name = call.body.text("name");
  }
  if (call.body.has("tell")) {
    settings.tell = TRY(app::parse_tell(call.body.text("tell")));
  }
  if (call.body.has("pace")) {
    settings.pace = TRY(app::parse_pace(call.body.text("pace")));
  }
  if (call.body.has("muted_until")) {
    settings.muted_until = TRY(time_in(call, "muted_until"));
  }
  settings.paused = call.body.find_fact("paused");
  return shown(app::set_watch_list(call.app, call.actor, call.path("list"), settings));
}

Result<Response> list_lists(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  json::Array rows;
  for (const app::WatchListView& one : TRY(app::watch_lists(call.app, call.actor, wanted))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "list", .list = "lists"});
}

Result<Response> list_items(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  json::Array rows;
  for (const watch::Item& one :
       TRY(app::watch_items(call.app, call.actor, call.path("list"), wanted))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "item", .list = "items"});
}

Result<app::WhichFindings> which_of(std::string_view text) {
  if (text.empty() || text == "all") {
    return app::WhichFindings::all;
  }
  if (text == "open") {
    return app::WhichFindings::open;
  }
  if (text == "unseen") {
    return app::WhichFindings::unseen;
  }
  return fail(Code::invalid, "all, open or unseen", "which");
}

Result<Response> list_findings(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  const auto after =
      wanted.after.empty() ? std::optional(std::uint64_t{0}) : parse_decimal(wanted.after);
  if (!after || *after > static_cast<std::uint64_t>(INT64_MAX)) {
    return fail(Code::invalid, "not a cursor of this list", "after");
  }
  const std::string which = TRY(query_text(call, "which"));
  app::FindingsWanted findings{.after = static_cast<std::int64_t>(*after), .most = wanted.most};
  findings.which = TRY(which_of(which));
  json::Array rows;
  for (const app::FindingView& one :
       TRY(app::watch_findings(call.app, call.actor, call.path("list"), findings))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "cursor", .list = "findings"});
}

Result<Response> set_aside(Call& call) {
  std::optional<Instant> until;
  if (call.body.has("until")) {
    until = TRY(time_in(call, "until"));
  }
  return told(app::suppress_finding(call.app, call.actor, call.path("list"), call.path("finding"),
                                    call.body.text("reason"), until));
}

std::string path(std::string_view rest) {
  return std::string(kLists) + std::string(rest);
}

/// What is sent as it is: its content says what it is.
void takes_document(Row& row) {
  row.body = http::BodyKind::whole;
  row.most_body_bytes = watch::kMaxListBytes;
  row.content_types = {};
}

Input pace_input() {
  Input input = choice("pace", {"at_once", "daily", "weekly"},
                       "news of it goes no sooner, whatever the channel's");
  input.needed = Input::Needed::no;
  return input;
}

Input tell_input() {
  Input input = choice("tell", {"all", "high", "critical", "exploited", "nothing"},
                       "of which findings news goes out");
  input.needed = Input::Needed::no;
  return input;
}

void add_keeping(Table& table) {
  using enum http::Method;
  Row& add = table.add(post, path(""), Access::user, "add_watch_list",
                       "Watch an inventory (CycloneDX, SPDX), or {\"products\":[{\"purl\" | "
                       "\"cpe\" | \"ecosystem\" and \"name\" | \"vendor\" and \"product\", "
                       "\"version\"}]}",
                       add_list);
  takes_document(add);
  add.answers = "MadeWatchList";
  add.repeats = Row::Repeats::by_key;
  add.parameters = {
      {http::In::header, std::string(kListNameField), "the list's name, percent-encoded UTF-8",
       "string", http::Parameter::Needed::yes},
      {http::In::query, "tell",
       "of which findings news goes out: all, high, critical, exploited, nothing"}};
  Row& list = table.add(get, path(""), Access::user, "watch_lists", "Those of your organisation",
                        list_lists);
  list.answers = "WatchLists";
  list.parameters = paging_parameters();
  table
      .add(get, path("/{list}"), Access::user, "show_watch_list",
           "What it holds, and how it stands",
           [](Call& call) {
             return shown(app::show_watch_list(call.app, call.actor, call.path("list")));
           })
      .answers = "WatchList";
  Row& set = table.add(put, path("/{list}"), Access::user, "set_watch_list",
                       "Its name, what is told of it, whether it is matched; what is absent stays",
                       set_list);
  set.inputs = {optional("name", Kind::text), tell_input(), pace_input(),
                optional("muted_until", Kind::text,
                         "RFC 3339: no news of it until then; a time that has passed: again"),
                optional("paused", Kind::fact, "yes: not matched until no")};
  set.answers = "WatchList";
  Row& replace =
      table.add(put, path("/{list}/content"), Access::user, "replace_watch_list",
                "The next version of the same: what is known of its items stays", replace_list);
  takes_document(replace);
  replace.answers = "WatchList";
  table.add(delete_, path("/{list}"), Access::user, "remove_watch_list",
            "Gone, with everything that is known of it", [](Call& call) {
              return told(app::remove_watch_list(call.app, call.actor, call.path("list")));
            });
}

void add_content(Table& table) {
  using enum http::Method;
  Row& items =
      table.add(get, path("/{list}/items"), Access::user, "watch_items",
                "Its packages and products, in the versions that it has of them", list_items);
  items.answers = "WatchItems";
  items.parameters = paging_parameters();
  Row& statements = table.add(post, path("/{list}/statements"), Access::user, "add_statements",
                              "What a maker says (OpenVEX, CSAF, CycloneDX): suppresses findings",
                              add_statements);
  takes_document(statements);
  statements.answers = "WatchList";
  table
      .add(delete_, path("/{list}/statements"), Access::user, "drop_statements",
           "All that were added go",
           [](Call& call) {
             return shown(app::remove_watch_statements(call.app, call.actor, call.path("list")));
           })
      .answers = "WatchList";
}

void add_findings(Table& table) {
  using enum http::Method;
  Row& list = table.add(get, path("/{list}/findings"), Access::user, "watch_findings",
                        "What concerns it, by what happened last; from a cursor on, what is new",
                        list_findings);
  list.answers = "WatchFindings";
  list.parameters = paging_parameters();
  list.parameters.push_back({http::In::query, "which", "all (the default), open or unseen"});
  Row& seen = table.add(post, path("/{list}/findings/seen"), Access::user, "mark_watch_seen",
                        "Acknowledged up to this number", [](Call& call) {
                          return told(app::mark_watch_seen(call.app, call.actor, call.path("list"),
                                                           call.body.number("upto")));
                        });
  seen.inputs = {needed("upto", Kind::number, "the number of the last finding that was seen")};
  Row& aside = table.add(put, path("/{list}/findings/{finding}/aside"), Access::user,
                         "set_finding_aside", "Not to be heard of, with a reason", set_aside);
  aside.inputs = {needed("reason", Kind::text),
                  optional("until", Kind::text, "RFC 3339; absent: for good")};
  table.add(delete_, path("/{list}/findings/{finding}/aside"), Access::user, "restore_finding",
            "To be heard of again", [](Call& call) {
              return told(app::restore_finding(call.app, call.actor, call.path("list"),
                                               call.path("finding")));
            });
}

}  // namespace

void add_watch(Table& table) {
  add_keeping(table);
  add_content(table);
  add_findings(table);
}

}  // namespace weir::api
