// weir watch: what an organisation runs stays matched, and it hears of what is new in it. Beside a
// server the verbs ask it; without one they open the platform, and match at once.
#include <algorithm>

#include "api/api.h"
#include "api/watch_views.h"
#include "base/bytes.h"
#include "main/beside.h"
#include "main/remote.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

constexpr const char* kLists = "/api/v1/watch-lists";
constexpr std::size_t kMostRows = 100'000;

std::string list_path(const std::string& list, std::string_view rest = "") {
  return std::string(kLists) + "/" + percent_encoded(list) + std::string(rest);
}

/// What a verb works with, whichever way: the lists as JSON, as the API shows them.
class Lists {
 public:
  static Result<Lists> open(const Line& line) {
    Lists lists(line);
    if (!is_served(line)) {
      lists.instance_ = TRY(line.open(Witnesses::leave));
      lists.actor_ = TRY(line.actor());
    }
    return lists;
  }

  bool is_served_here() const { return instance_ == nullptr; }
  app::App& app() { return *instance_->app; }
  const app::Actor& actor() const { return actor_; }

  Result<json::Array> all() {
    if (is_served_here()) {
      return rows_beside(*line_, kLists, "lists");
    }
    json::Array rows;
    for (const app::WatchListView& one : TRY(app::watch_lists(app(), actor_))) {
      rows.push_back(api::view(one));
    }
    return rows;
  }
  /// The reference of a list that is named by it, or by its name.
  Result<std::string> reference_of(const std::string& named) {
    for (const json::Value& row : TRY(all())) {
      const json::Object& one = row.get_object();
      if (one.at("list").get_string() == named || one.at("name").get_string() == named) {
        return std::string(one.at("list").get_string());
      }
    }
    return fail(Code::not_found, "there is no such watch list", named);
  }
  /// Sends bytes as they are.
  Result<json::Value> send(std::string method, const std::string& path, std::string bytes,
                           const std::string& name = "") {
    net::Call call = TRY(call_beside(*line_, std::move(method), path));
    call.content_type = "application/octet-stream";
    call.body = std::move(bytes);
    if (!name.empty()) {
      call.fields.emplace_back(api::kListNameField, percent_encoded(name));
    }
    const net::Answer answer = TRY(ask_beside(call));
    return json::parse(answer.body);
  }
  /// Without a server nobody else matches it.
  Result<app::Watcher::Ran> match_now() {
    app::Watcher watcher(line_->data + "/public.db");
    return watcher.run(app());
  }
  Result<json::Value> matched(const std::string& reference) {
    TRY(match_now());
    return api::view(TRY(app::show_watch_list(app(), actor_, reference)));
  }

 private:
  explicit Lists(const Line& line) : line_(&line) {}
  const Line* line_;
  std::unique_ptr<Instance> instance_;
  app::Actor actor_;
};

/// A list as one line of a table.
json::Object row_of(const json::Value& list) {
  json::Object row;
  for (const char* name :
       {"list", "name", "components", "open", "unseen", "tell", "pace", "paused"}) {
    row[name] = list.get_object().at(name);
  }
  const json::Value* matched = list.get_object().if_contains("matched");
  row["matched"] = matched != nullptr ? *matched : json::Value("waits");
  return row;
}

/// The lists that say so, or "no".
json::Value exploited_cell(const json::Object& finding) {
  std::string lists;
  for (const json::Value& list : finding.at("listed").get_array()) {
    lists += (lists.empty() ? "" : " ") + std::string(list.as_string());
  }
  return lists.empty() ? finding.at("exploited") : json::Value(lists);
}

/// A finding as one line of a table: what happened to it last.
json::Object finding_row(const json::Value& finding) {
  const json::Object& one = finding.get_object();
  const json::Array& happened = one.at("happened").get_array();
  const json::Array& evidence = one.at("evidence").get_array();
  json::Object row;
  row["number"] = one.at("number");
  row["what"] = happened.back().get_object().at("what");
  row["vulnerability"] = one.at("ids").get_array().front();
  row["item"] = one.at("shown");
  row["score"] = one.contains("score") ? one.at("score") : json::Value("");
  row["exploited"] = exploited_cell(one);
  const json::Value* fix =
      evidence.empty() ? nullptr : evidence.front().get_object().if_contains("fixed_in");
  row["fixed_in"] = fix != nullptr ? *fix : json::Value("");
  row["state"] = one.contains("aside") ? json::Value("aside") : one.at("state");
  row["seen"] = one.at("seen");
  row["finding"] = one.at("finding");
  return row;
}

template <class F>
void say_rows(const Line& line, json::Array rows, F row_of_one) {
  if (!line.json) {
    for (json::Value& row : rows) {
      row = row_of_one(row);
    }
  }
  line.say(rows);
}

struct Options {
  std::string list;
  std::string file;
  std::string name;
  std::string tell;
  std::string pace;
  std::string mute_until;
  bool unmute = false;
  std::string which = "all";
  std::int64_t after = 0;
  std::int64_t upto = 0;
  std::string finding;
  std::string reason;
  std::string until;
  bool pause = false;
  bool resume = false;
  bool clear = false;
};
using Shared = std::shared_ptr<Options>;

Status add_list(const Line& line, const Options& options) {
  std::string bytes = TRY(read_file(options.file, watch::kMaxListBytes));
  Lists lists = TRY(Lists::open(line));
  if (lists.is_served_here()) {
    const std::string query = options.tell.empty() ? "" : "?tell=" + percent_encoded(options.tell);
    line.say(TRY(lists.send("POST", kLists + query, std::move(bytes), options.name)));
    return {};
  }
  app::NewWatchList wanted{.name = options.name, .bytes = bytes};
  if (!options.tell.empty()) {
    wanted.tell = TRY(app::parse_tell(options.tell));
  }
  const auto made = TRY(app::add_watch_list(lists.app(), lists.actor(), wanted));
  line.say(TRY(lists.matched(made.reference)));
  return {};
}

Status replace_list(const Line& line, const Options& options) {
  std::string bytes = TRY(read_file(options.file, watch::kMaxListBytes));
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    line.say(TRY(lists.send("PUT", list_path(list, "/content"), std::move(bytes))));
    return {};
  }
  TRY(app::replace_watch_list(lists.app(), lists.actor(), list, bytes));
  line.say(TRY(lists.matched(list)));
  return {};
}

Result<Instant> time_in(const std::string& text) {
  const auto at = parse_rfc3339(text);
  return at ? Result<Instant>(*at)
            : fail(Code::invalid, "RFC 3339, with date, hour and zone", text);
}

Status set_list(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    json::Object body;
    if (!options.name.empty()) {
      body["name"] = options.name;
    }
    if (!options.tell.empty()) {
      body["tell"] = options.tell;
    }
    if (!options.pace.empty()) {
      body["pace"] = options.pace;
    }
    if (!options.mute_until.empty() || options.unmute) {
      body["muted_until"] = options.unmute ? to_rfc3339({}) : options.mute_until;
    }
    if (options.pause || options.resume) {
      body["paused"] = options.pause ? "yes" : "no";
    }
    const net::Answer answer = TRY(send_beside(line, "PUT", list_path(list), body));
    line.say(TRY(json::parse(answer.body)));
    return {};
  }
  app::WatchSettings settings;
  if (!options.name.empty()) {
    settings.name = options.name;
  }
  if (!options.tell.empty()) {
    settings.tell = TRY(app::parse_tell(options.tell));
  }
  if (!options.pace.empty()) {
    settings.pace = TRY(app::parse_pace(options.pace));
  }
  if (!options.mute_until.empty()) {
    settings.muted_until = TRY(time_in(options.mute_until));
  } else if (options.unmute) {
    settings.muted_until = Instant{};
  }
  if (options.pause || options.resume) {
    settings.paused = options.pause ? policy::Fact::yes : policy::Fact::no;
  }
  TRY(app::set_watch_list(lists.app(), lists.actor(), list, settings));
  line.say(TRY(lists.matched(list)));
  return {};
}

Status show_list(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  line.say(lists.is_served_here()
               ? TRY(value_beside(line, list_path(list)))
               : api::view(TRY(app::show_watch_list(lists.app(), lists.actor(), list))));
  return {};
}

Status remove_list(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    TRY(send_beside(line, "DELETE", list_path(list)));
    return {};
  }
  return app::remove_watch_list(lists.app(), lists.actor(), list);
}

Status show_items(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  json::Array rows;
  if (lists.is_served_here()) {
    rows = TRY(rows_beside(line, list_path(list, "/items"), "items"));
  } else {
    for (const watch::Item& item : TRY(app::watch_items(lists.app(), lists.actor(), list))) {
      rows.push_back(api::view(item));
    }
  }
  say_rows(line, std::move(rows), [](const json::Value& row) {
    return json::Object{{"item", row.get_object().at("item")},
                        {"shown", row.get_object().at("shown")}};
  });
  return {};
}

Status change_statements(const Line& line, const Options& options) {
  std::string bytes;
  if (!options.clear) {
    bytes = TRY(read_file(options.file, watch::kMaxListBytes));
  }
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    const std::string path = list_path(list, "/statements");
    if (options.clear) {
      const net::Answer answer = TRY(send_beside(line, "DELETE", path));
      line.say(TRY(json::parse(answer.body)));
    } else {
      line.say(TRY(lists.send("POST", path, std::move(bytes))));
    }
    return {};
  }
  TRY(options.clear ? app::remove_watch_statements(lists.app(), lists.actor(), list)
                    : app::add_watch_statements(lists.app(), lists.actor(), list, bytes));
  line.say(TRY(lists.matched(list)));
  return {};
}

Result<app::WhichFindings> which_of(const std::string& text) {
  if (text == "all") {
    return app::WhichFindings::all;
  }
  if (text == "open" || text == "unseen") {
    return text == "open" ? app::WhichFindings::open : app::WhichFindings::unseen;
  }
  return fail(Code::invalid, "all, open or unseen", text);
}

json::Array later_than(std::int64_t number, json::Array rows) {
  json::Array later;
  for (json::Value& row : rows) {
    if (row.get_object().at("number").to_number<std::int64_t>() > number) {
      later.push_back(std::move(row));
    }
  }
  return later;
}

Status show_findings(const Line& line, const Options& options) {
  const app::WhichFindings which = TRY(which_of(options.which));
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  json::Array rows;
  if (lists.is_served_here()) {
    rows = TRY(rows_beside(line, list_path(list, "/findings?which=" + options.which), "findings"));
    rows = later_than(options.after, std::move(rows));
  } else {
    const app::FindingsWanted wanted{.after = options.after, .most = kMostRows, .which = which};
    for (const app::FindingView& one :
         TRY(app::watch_findings(lists.app(), lists.actor(), list, wanted))) {
      rows.push_back(api::view(one));
    }
  }
  say_rows(line, std::move(rows), finding_row);
  return {};
}

Status mark_seen(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    TRY(post_beside(line, list_path(list, "/findings/seen"), {{"upto", options.upto}}));
    return {};
  }
  return app::mark_watch_seen(lists.app(), lists.actor(), list, options.upto);
}

Status set_aside(const Line& line, const Options& options) {
  std::optional<Instant> until;
  if (!options.until.empty()) {
    until = TRY(time_in(options.until));
  }
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    json::Object body{{"reason", options.reason}};
    if (until) {
      body["until"] = options.until;
    }
    TRY(send_beside(line, "PUT",
                    list_path(list, "/findings/" + percent_encoded(options.finding) + "/aside"),
                    body));
    return {};
  }
  return app::suppress_finding(lists.app(), lists.actor(), list, options.finding, options.reason,
                               until);
}

Status restore(const Line& line, const Options& options) {
  Lists lists = TRY(Lists::open(line));
  const std::string list = TRY(lists.reference_of(options.list));
  if (lists.is_served_here()) {
    TRY(send_beside(line, "DELETE",
                    list_path(list, "/findings/" + percent_encoded(options.finding) + "/aside")));
    return {};
  }
  return app::restore_finding(lists.app(), lists.actor(), list, options.finding);
}

Status run_once(const Line& line) {
  Lists lists = TRY(Lists::open(line));
  if (lists.is_served_here()) {
    return fail(Code::conflict, "the server that has this platform open does it by itself");
  }
  const app::Watcher::Ran ran = TRY(lists.match_now());
  line.say(json::Object{{"lists", ran.lists},
                        {"records", ran.records},
                        {"items", ran.items},
                        {"changes", ran.changes}});
  return {};
}

/// A verb on one list, which is named by its reference or by its name.
CLI::App* add_on_list(CLI::App& group, Line& line, const Shared& options, const std::string& name,
                      const std::string& what, const std::string& example,
                      Status (*act)(const Line&, const Options&)) {
  CLI::App* verb = add_verb(group, line, name, what, example,
                            [options, &line, act] { return act(line, *options); });
  verb->add_option("list", options->list, "its reference, or its name")->required();
  return verb;
}

constexpr const char* kTellHelp =
    "of which findings news goes out: all, high, critical, exploited or nothing";

void add_keeping(CLI::App& group, Line& line) {
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(group, line, "add", "watch an inventory, or a list of products",
                           "weir watch add shop sbom.cdx.json --tell high --as rita",
                           [options, &line] { return add_list(line, *options); });
  add->add_option("name", options->name, "of the list")->required();
  add->add_option("file", options->file, "CycloneDX, SPDX, or {\"products\":[…]}")->required();
  add->add_option("--tell", options->tell, kTellHelp);
  add_verb(group, line, "list", "your organisation's", "weir watch list --as rita",
           [&line]() -> Status {
             Lists lists = TRY(Lists::open(line));
             say_rows(line, TRY(lists.all()), row_of);
             return {};
           });
  add_on_list(group, line, std::make_shared<Options>(), "show", "what it holds, how it stands",
              "weir watch show shop --as rita", show_list);
  auto replaced = std::make_shared<Options>();
  add_on_list(group, line, replaced, "replace",
              "the next version of the same; what is known of its items stays",
              "weir watch replace shop sbom.cdx.json --as rita", replace_list)
      ->add_option("file", replaced->file)
      ->required();
  auto changed = std::make_shared<Options>();
  CLI::App* set = add_on_list(group, line, changed, "set", "its name, what is told, paused or not",
                              "weir watch set shop --tell critical --as rita", set_list);
  set->add_option("--name", changed->name, "another name");
  set->add_option("--tell", changed->tell, kTellHelp);
  set->add_option("--pace", changed->pace,
                  "at_once, daily or weekly: news of it goes no sooner, whatever the channel's");
  CLI::Option* mute =
      set->add_option("--mute-until", changed->mute_until, "no news of it until then: RFC 3339");
  set->add_flag("--unmute", changed->unmute, "news of it again")->excludes(mute);
  CLI::Option* pause = set->add_flag("--pause", changed->pause, "not matched until --resume");
  set->add_flag("--resume", changed->resume, "matched again")->excludes(pause);
  add_on_list(group, line, std::make_shared<Options>(), "remove",
              "gone, with everything that is known of it", "weir watch remove shop --as rita",
              remove_list);
}

void add_content(CLI::App& group, Line& line) {
  add_on_list(group, line, std::make_shared<Options>(), "items", "its packages and products",
              "weir watch items shop --as rita", show_items);
  auto options = std::make_shared<Options>();
  CLI::App* statements =
      add_on_list(group, line, options, "statements", "what makers say (VEX): suppresses findings",
                  "weir watch statements shop vendor.openvex.json --as rita", change_statements);
  CLI::Option_group* which = statements->add_option_group("which");
  which->add_option("file", options->file, "OpenVEX, CSAF or CycloneDX");
  which->add_flag("--clear", options->clear, "all that were added go");
  which->require_option(1);
}

void add_findings(CLI::App& group, Line& line) {
  auto shown = std::make_shared<Options>();
  CLI::App* findings =
      add_on_list(group, line, shown, "findings", "what concerns it, by what happened last",
                  "weir watch findings shop --which unseen --as rita", show_findings);
  findings->add_option("--which", shown->which, "all, open or unseen")->capture_default_str();
  findings->add_option("--after", shown->after, "only what happened after this number");
  auto seen = std::make_shared<Options>();
  add_on_list(group, line, seen, "seen", "acknowledged up to a number",
              "weir watch seen shop 17 --as rita", mark_seen)
      ->add_option("upto", seen->upto, "the number of a finding")
      ->required();
  auto aside = std::make_shared<Options>();
  CLI::App* put =
      add_on_list(group, line, aside, "aside", "not to be heard of, with a reason",
                  "weir watch aside shop k3…a --reason \"not called\" --as rita", set_aside);
  put->add_option("finding", aside->finding)->required();
  put->add_option("--reason", aside->reason)->required();
  put->add_option("--until", aside->until, "RFC 3339; absent: for good");
  auto back = std::make_shared<Options>();
  add_on_list(group, line, back, "restore", "to be heard of again",
              "weir watch restore shop k3…a --as rita", restore)
      ->add_option("finding", back->finding)
      ->required();
}

}  // namespace

void add_watch_verbs(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "watch", "what your organisation runs, and what is new in it");
  add_keeping(*group, line);
  add_content(*group, line);
  add_findings(*group, line);
  add_verb(*group, line, "run", "match what has changed, once; for a timer where no server runs",
           "weir watch run --data /srv/weir", [&line] { return run_once(line); });
}

}  // namespace weir::main
