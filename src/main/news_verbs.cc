// weir news, outbox, jobs.
#include "app/news.h"
#include "main/senders.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

void add_news_add(CLI::App& news, Line& line) {
  struct Options {
    app::NewChannel channel;
    std::string mail;
    std::string webhook;
    bool daily = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(
      news, line, "add", "hear of what happens by mail or webhook",
      "weir news add --mail rita@lark.example --daily --as rita", [options, &line]() -> Status {
        const bool is_mail = !options->mail.empty();
        options->channel.kind = is_mail ? app::ChannelKind::mail : app::ChannelKind::webhook;
        options->channel.address = is_mail ? options->mail : options->webhook;
        options->channel.pace = options->daily ? app::Pace::daily : app::Pace::at_once;
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const app::MadeChannel made =
            TRY(app::add_channel(*instance->app, actor, options->channel));
        json::Object said{{"channel", made.reference}};
        if (!made.secret.empty()) {
          said["secret"] = made.secret;
        }
        line.say(said);
        return {};
      });
  CLI::Option_group* which = add->add_option_group("where");
  which->add_option("--mail", options->mail, "an address");
  which->add_option("--webhook", options->webhook, "an https address");
  which->require_option(1);
  add->add_flag("--daily", options->daily, "once a day, and not at once");
}

void add_news(CLI::App& root, Line& line) {
  CLI::App* news = add_group(root, "news", "where you hear of what happens");
  add_news_add(*news, line);
  add_verb(*news, line, "list", "your channels", "weir news list --as rita", [&line]() -> Status {
    const auto instance = TRY(line.open(Witnesses::leave));
    const app::Actor actor = TRY(line.actor());
    json::Array rows;
    for (const app::ChannelView& view : TRY(app::channels(*instance->app, actor))) {
      rows.push_back(
          json::Object{{"channel", view.reference},
                       {"kind", view.kind == app::ChannelKind::mail ? "mail" : "webhook"},
                       {"address", view.address},
                       {"pace", view.pace == app::Pace::daily ? "daily" : "at once"},
                       {"waiting", view.waiting}});
    }
    line.say(rows);
    return {};
  });
  auto reference = std::make_shared<std::string>();
  add_verb(*news, line, "remove", "no more of it there", "weir news remove k3…a --as rita",
           [reference, &line]() -> Status {
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
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const auto& message : TRY(app::waiting_messages(*instance->app, actor))) {
               rows.push_back(json::Object{{"id", message.id},
                                           {"kind", message.kind},
                                           {"state", message.state},
                                           {"due", to_rfc3339(message.due)},
                                           {"attempts", message.attempts},
                                           {"last_error", message.last_error}});
             }
             line.say(rows);
             return {};
           });
  struct Verb {
    const char* name;
    const char* what;
    Change change;
  };
  for (const Verb& verb : {Verb{"retry", "due now, dead or waiting", app::retry_message},
                           Verb{"drop", "never sent", app::drop_message}}) {
    auto id = std::make_shared<std::int64_t>();
    add_verb(*outbox, line, verb.name, verb.what,
             std::string("weir outbox ") + verb.name + " 7 --as ada",
             [id, &line, change = verb.change]() -> Status {
               const auto instance = TRY(line.open(Witnesses::leave));
               const app::Actor actor = TRY(line.actor());
               return change(*instance->app, actor, *id);
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
