// weir news, outbox, jobs.
#include "api/views.h"
#include "app/news.h"
#include "base/bytes.h"
#include "main/beside.h"
#include "main/remote.h"
#include "main/senders.h"
#include "main/verbs.h"
#include "openpgp/openpgp.h"

namespace weir::main {
namespace {

constexpr const char* kChannels = "/api/v1/channels";
constexpr const char* kOutbox = "/api/v1/outbox";
constexpr const char* kPaceHelp = "at_once, daily or weekly; deadlines always at once";
constexpr const char* kQuietHelp = "hours in which nothing but deadlines goes out: 22:00-07:00";
constexpr const char* kZoneHelp = "where the days begin: Europe/Berlin";

std::string channel_path(const std::string& reference, std::string_view rest = "") {
  return std::string(kChannels) + "/" + percent_encoded(reference) + std::string(rest);
}

/// The key as it stands in a file: armor is text, and what is binary goes as armor could not.
Result<std::string> key_in(const std::string& file) {
  std::string key = TRY(read_file(file, openpgp::kMostKeyBytes));
  if (!is_utf8(key)) {  // exported without --armor
    key = TRY(openpgp::armored(key));
  }
  return key;
}

Status add_channel(const Line& line, app::NewChannel channel) {
  if (is_served(line)) {
    json::Object body{{"kind", channel.kind == app::ChannelKind::mail ? "mail" : "webhook"},
                      {"address", channel.address},
                      {"pace", app::name(channel.pace)},
                      {"zone", channel.hours.zone}};
    if (!channel.hours.quiet.empty()) {
      body["quiet"] = channel.hours.quiet;
    }
    if (!channel.openpgp_key.empty()) {
      body["openpgp_key"] = channel.openpgp_key;
    }
    line.say(TRY(post_beside(line, kChannels, body)));
    return {};
  }
  const auto instance = TRY(line.open());
  const app::Actor actor = TRY(line.actor());
  line.say(api::view(TRY(app::add_channel(*instance->app, actor, channel))));
  return {};
}

void add_news_add(CLI::App& news, Line& line) {
  struct Options {
    app::NewChannel channel;
    std::string mail;
    std::string webhook;
    std::string key_file;
    std::string pace = "at_once";
  };
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(news, line, "add", "hear of what happens by mail or webhook",
                           "weir news add --mail rita@lark.example --openpgp rita.asc --as rita",
                           [options, &line]() -> Status {
                             const bool is_mail = !options->mail.empty();
                             options->channel.kind =
                                 is_mail ? app::ChannelKind::mail : app::ChannelKind::webhook;
                             options->channel.address = is_mail ? options->mail : options->webhook;
                             options->channel.pace = TRY(app::parse_pace(options->pace));
                             if (!options->key_file.empty()) {
                               options->channel.openpgp_key = TRY(key_in(options->key_file));
                             }
                             return add_channel(line, options->channel);
                           });
  CLI::Option_group* which = add->add_option_group("where");
  which->add_option("--mail", options->mail, "an address");
  which->add_option("--webhook", options->webhook, "an https address");
  which->require_option(1);
  add->add_flag_callback(
      "--daily", [options] { options->pace = "daily"; }, "once a day, and not at once");
  add->add_option("--pace", options->pace, kPaceHelp)->capture_default_str();
  add->add_option("--quiet", options->channel.hours.quiet, kQuietHelp);
  add->add_option("--zone", options->channel.hours.zone, kZoneHelp)->capture_default_str();
  add->add_option("--openpgp", options->key_file,
                  "file with the public key that mail is encrypted to");
}

/// What is not given stays as it is.
struct Changed {
  std::string channel;
  std::string pace;
  std::string quiet;
  std::string zone;
  bool no_quiet = false;
};

Status set_channel(const Line& line, const Changed& changed) {
  app::ChannelSettings settings;
  json::Object body;
  if (!changed.pace.empty()) {
    settings.pace = TRY(app::parse_pace(changed.pace));
    body["pace"] = changed.pace;
  }
  if (!changed.quiet.empty() || changed.no_quiet) {
    settings.quiet = changed.quiet;
    body["quiet"] = changed.quiet;
  }
  if (!changed.zone.empty()) {
    settings.zone = changed.zone;
    body["zone"] = changed.zone;
  }
  if (is_served(line)) {
    TRY(send_beside(line, "PUT", channel_path(changed.channel), body));
    return {};
  }
  const auto instance = TRY(line.open());
  const app::Actor actor = TRY(line.actor());
  return app::set_channel(*instance->app, actor, changed.channel, settings);
}

void add_news_set(CLI::App& news, Line& line) {
  auto changed = std::make_shared<Changed>();
  CLI::App* set = add_verb(news, line, "set", "when a channel is written to",
                           "weir news set k3…a --quiet 22:00-07:00 --zone Europe/Berlin --as rita",
                           [changed, &line] { return set_channel(line, *changed); });
  set->add_option("channel", changed->channel)->required();
  set->add_option("--pace", changed->pace, kPaceHelp);
  CLI::Option* quiet = set->add_option("--quiet", changed->quiet, kQuietHelp);
  set->add_flag("--no-quiet", changed->no_quiet, "no quiet hours")->excludes(quiet);
  set->add_option("--zone", changed->zone, kZoneHelp);
}

void add_news_key(CLI::App& news, Line& line) {
  struct Options {
    std::string channel;
    std::string key_file;
    bool none = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* key = add_verb(
      news, line, "key", "the OpenPGP key that mail is encrypted to",
      "weir news key k3…a --openpgp rita.asc --as rita", [options, &line]() -> Status {
        const std::string path = channel_path(options->channel, "/openpgp");
        const std::string text = options->none ? "" : TRY(key_in(options->key_file));
        if (is_served(line)) {
          const net::Answer answer =
              TRY(options->none ? send_beside(line, "DELETE", path)
                                : send_beside(line, "PUT", path, {{"openpgp_key", text}}));
          if (!options->none) {
            line.say(TRY(json::parse(answer.body)));
          }
          return {};
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        if (options->none) {
          return app::remove_channel_key(*instance->app, actor, options->channel);
        }
        line.say(
            api::view(TRY(app::set_channel_key(*instance->app, actor, options->channel, text))));
        return {};
      });
  key->add_option("channel", options->channel)->required();
  CLI::Option_group* which = key->add_option_group("which");
  which->add_option("--openpgp", options->key_file, "file with the public key");
  which->add_flag("--none", options->none, "mail goes as it is");
  which->require_option(1);
}

void add_news(CLI::App& root, Line& line) {
  CLI::App* news = add_group(root, "news", "where you hear of what happens");
  add_news_add(*news, line);
  add_news_set(*news, line);
  add_news_key(*news, line);
  add_verb(*news, line, "list", "your channels", "weir news list --as rita", [&line]() -> Status {
    if (is_served(line)) {
      line.say(TRY(value_beside(line, kChannels, "channels")));
      return {};
    }
    const auto instance = TRY(line.open(Witnesses::leave));
    const app::Actor actor = TRY(line.actor());
    json::Array rows;
    for (const app::ChannelView& view : TRY(app::channels(*instance->app, actor))) {
      rows.push_back(api::view(view));
    }
    line.say(rows);
    return {};
  });
  auto reference = std::make_shared<std::string>();
  add_verb(*news, line, "remove", "no more of it there", "weir news remove k3…a --as rita",
           [reference, &line]() -> Status {
             if (is_served(line)) {
               TRY(send_beside(line, "DELETE", channel_path(*reference)));
               return {};
             }
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::remove_channel(*instance->app, actor, *reference);
           })
      ->add_option("channel", *reference)
      ->required();
  struct Change {
    const char* verb;
    const char* what;
    policy::Fact muted;
  };
  for (const Change& change : {Change{"mute", "nothing of this case any more", policy::Fact::yes},
                               Change{"unmute", "of this case again", policy::Fact::no}}) {
    auto muted = std::make_shared<std::string>();
    add_verb(*news, line, change.verb, change.what,
             std::string("weir news ") + change.verb + " CASE --as rita",
             [muted, &line, fact = change.muted]() -> Status {
               if (is_served(line)) {
                 TRY(send_beside(line, fact == policy::Fact::yes ? "PUT" : "DELETE",
                                 "/api/v1/muted/" + percent_encoded(*muted)));
                 return {};
               }
               const auto instance = TRY(line.open());
               const app::Actor actor = TRY(line.actor());
               return app::set_muted(*instance->app, actor, *muted, fact);
             })
        ->add_option("case", *muted)
        ->required();
  }
}

using Change = Status (*)(app::App&, const app::Actor&, std::int64_t);

void add_outbox(CLI::App& root, Line& line) {
  CLI::App* outbox = add_group(root, "outbox", "what is to be sent, and what was given up");
  add_verb(*outbox, line, "list", "the dead first", "weir outbox list --as ada",
           [&line]() -> Status {
             json::Array rows;
             if (is_served(line)) {
               rows = TRY(rows_beside(line, kOutbox, "messages"));
             } else {
               const auto instance = TRY(line.open(Witnesses::leave));
               const app::Actor actor = TRY(line.actor());
               for (const auto& message : TRY(app::waiting_messages(*instance->app, actor))) {
                 rows.push_back(api::view(message));
               }
             }
             for (json::Value& row : rows) {
               row.get_object().erase("cursor");
             }
             line.say(rows);
             return {};
           });
  struct Verb {
    const char* name;
    const char* what;
    Change change;
    const char* method;
    const char* rest;
  };
  for (const Verb& verb :
       {Verb{"retry", "due now, dead or waiting", app::retry_message, "POST", "/retry"},
        Verb{"drop", "never sent", app::drop_message, "DELETE", ""}}) {
    auto id = std::make_shared<std::int64_t>();
    add_verb(*outbox, line, verb.name, verb.what,
             std::string("weir outbox ") + verb.name + " 7 --as ada",
             [id, &line, verb]() -> Status {
               if (is_served(line)) {
                 TRY(send_beside(line, verb.method,
                                 std::string(kOutbox) + "/" + std::to_string(*id) + verb.rest));
                 return {};
               }
               const auto instance = TRY(line.open(Witnesses::leave));
               const app::Actor actor = TRY(line.actor());
               return verb.change(*instance->app, actor, *id);
             })
        ->add_option("id", *id)
        ->required();
  }
}

}  // namespace

void add_news_verbs(CLI::App& root, Line& line) {
  add_news(root, line);
  add_outbox(root, line);
  CLI::App* jobs = add_group(root, "jobs", "what a server does by itself");
  add_verb(*jobs, line, "run", "send what is due, once; for a timer where no server runs",
           "weir jobs run --data /srv/weir", [&line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             const jobs::Round round = TRY(run_all_due(*instance));
             line.say(json::Object{{"sent", round.sent}, {"failed", round.failed}});
             return {};
           });
}

}  // namespace weir::main
