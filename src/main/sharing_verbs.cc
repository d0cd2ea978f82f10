// weir release, exception, delay, approve, waiting, pull.
#include "main/beside.h"
#include "main/laws.h"
#include "main/remote.h"
#include "main/views.h"

namespace weir::main {
namespace {

struct ReleaseOptions {
  std::string reference;
  std::string level;
  app::NewRelease release;
};

std::shared_ptr<ReleaseOptions> add_release_options(CLI::App& verb) {
  auto options = std::make_shared<ReleaseOptions>();
  verb.add_option("case", options->reference)->required();
  verb.add_option("--level", options->level)->required();
  verb.add_option("--to", options->release.recipients, "organisations")->required();
  verb.add_option("--ground", options->release.ground)->required();
  return options;
}

/// Both release verbs take the same options; the verb runs `act` with them.
template <class Act>
void add_release_verb(CLI::App& release, Line& line, const std::string& name,
                      const std::string& what, Act act) {
  auto options = std::make_shared<std::shared_ptr<ReleaseOptions>>();
  CLI::App* verb = add_verb(
      release, line, name, what,
      "weir release " + name + " CASE --level notice --to CERT-XX --ground 'article 7' --as cora",
      [options, &line, act]() -> Status {
        ReleaseOptions& given = **options;
        given.release.level = TRY(level_of(given.level));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return act(*instance->app, actor, given);
      });
  *options = add_release_options(*verb);
}

void add_release(CLI::App& root, Line& line) {
  CLI::App* release = add_group(root, "release", "give one level of a case to organisations");
  add_release_verb(
      *release, line, "preview", "who would get what, and which rule decides",
      [&line](app::App& app, const app::Actor& actor, const ReleaseOptions& given) -> Status {
        line.say(view(TRY(app::preview_release(app, actor, given.reference, given.release))));
        return {};
      });
  add_release_verb(
      *release, line, "decide", "decide it; above notice before the fix by two people",
      [&line](app::App& app, const app::Actor& actor, const ReleaseOptions& given) -> Status {
        return told(line, TRY(app::decide_release(app, actor, given.reference, given.release)));
      });
  auto recalled = std::make_shared<std::pair<std::string, std::string>>();
  CLI::App* recall = add_verb(
      *release, line, "recall", "no longer for this organisation",
      "weir release recall RELEASE ACME --as cora", [recalled, &line]() -> Status {
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::recall_release(*instance->app, actor, recalled->first, recalled->second);
      });
  recall->add_option("release", recalled->first)->required();
  recall->add_option("org", recalled->second)->required();
}

void add_exception(CLI::App& root, Line& line) {
  struct Options {
    std::string reference;
    std::string level;
    std::string stage;
    app::NewException exception;
  };
  auto options = std::make_shared<Options>();
  CLI::App* exception = add_verb(
      root, line, "exception", "let one organisation have more than the phase allows (two people)",
      "weir exception CASE ACME --level technical --ground 'must build the fix' --as cora",
      [options, &line]() -> Status {
        options->exception.level = TRY(level_of(options->level));
        if (!options->stage.empty()) {
          options->exception.legal_stage = TRY(level_of(options->stage));
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(line, TRY(app::grant_exception(*instance->app, actor, options->reference,
                                                   options->exception)));
      });
  exception->add_option("case", options->reference)->required();
  exception->add_option("org", options->exception.organisation)->required();
  exception->add_option("--level", options->level)->required();
  exception->add_option("--legal-stage", options->stage,
                        "for one bound by law: the least level of the cited stage");
  exception->add_option("--ground", options->exception.ground)->required();
}

void add_delay(CLI::App& root, Line& line) {
  CLI::App* delay = add_group(root, "delay", "withhold dissemination");
  struct Options {
    std::string reference;
    std::string ground;
    std::string until;
  };
  auto options = std::make_shared<Options>();
  CLI::App* decide = add_verb(
      *delay, line, "decide", "with a ground and a planned end",
      "weir delay decide CASE --ground 'under attack' --until 2027-01-31T09:00:00Z --as cora",
      [options, &line]() -> Status {
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::decide_delay(*instance->app, actor, options->reference, options->ground,
                                 options->until);
      });
  decide->add_option("case", options->reference)->required();
  decide->add_option("--ground", options->ground)->required();
  decide->add_option("--until", options->until)->required();
  add_delay_verbs(*delay, line);
  auto reference = std::make_shared<std::string>();
  add_verb(*delay, line, "end", "it is over", "weir delay end CASE --as cora",
           [reference, &line]() -> Status {
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::end_delay(*instance->app, actor, *reference);
           })
      ->add_option("case", *reference)
      ->required();
}

Result<json::Array> pull_all(const Line& line) {
  if (is_served(line)) {
    return rows_beside(line, "/api/v1/releases", "cases");
  }
  const auto instance = TRY(line.open());
  const app::Actor actor = TRY(line.actor());
  json::Array all;
  const app::Pulled pulled = TRY(app::pull(*instance->app, actor));
  for (const app::CaseView& one : pulled.cases) {
    all.push_back(view(one));
  }
  return all;
}

/// The second person, by the server that has the directory open.
Status approve_beside(const Line& line, const std::string& waiting, policy::Fact conflict,
                      std::string_view act) {
  const json::Value answer =
      TRY(post_beside(line, "/api/v1/waiting/" + percent_encoded(waiting) + std::string(act),
                      {{"conflict", policy::name(conflict)}}));
  if (!answer.is_null()) {
    line.say(answer);
  }
  return {};
}

void add_approve(CLI::App& root, Line& line) {
  struct Options {
    std::string waiting;
    std::string conflict = "unknown";
    bool show = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* approve =
      add_verb(root, line, "approve", "be the second person of an act that waits",
               "weir approve WAITING --conflict no --as dan", [options, &line]() -> Status {
                 const policy::Fact conflict = TRY(fact_of(options->conflict));
                 if (is_served(line)) {
                   return approve_beside(line, options->waiting, conflict,
                                         options->show ? "/show" : "/approve");
                 }
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 if (!options->show) {
                   return app::approve(*instance->app, actor, options->waiting, conflict);
                 }
                 const app::AskedAct asked =
                     TRY(app::show_waiting(*instance->app, actor, options->waiting, conflict));
                 line.say(view(asked));
                 return {};
               });
  approve->add_option("waiting", options->waiting)->required();
  approve->add_option("--conflict", options->conflict, "yes or no")->required();
  approve->add_flag("--show", options->show, "what exactly is asked; recorded, approves nothing");
  add_verb(root, line, "waiting", "what waits for a second person", "weir waiting --as dan",
           [&line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(rows_beside(line, "/api/v1/waiting", "waiting")));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             line.say(view(TRY(app::waiting(*instance->app, actor))));
             return {};
           });
}

}  // namespace

void add_sharing_verbs(CLI::App& root, Line& line) {
  add_release(root, line);
  add_exception(root, line);
  add_delay(root, line);
  add_approve(root, line);
  add_verb(root, line, "pull", "what releases give to my organisation; recorded first",
           "weir pull --as ben --json", [&line]() -> Status {
             const json::Array all = TRY(pull_all(line));
             if (line.json) {
               line.say(all);
             }
             for (const json::Value& one : all) {
               if (!line.json) {
                 line.say(one);
               }
             }
             return {};
           });
}

}  // namespace weir::main
