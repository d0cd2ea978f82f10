// weir init, org, agreement, config, doctor.
#include "app/enrolment.h"
#include "app/people.h"
#include "main/beside.h"
#include "main/remote.h"
#include "main/trial.h"
#include "main/views.h"

namespace weir::main {
namespace {

constexpr std::int64_t kTrialSealSeconds = 10;  // receipts come soon

std::string_view name(Finding::Weight weight) {
  switch (weight) {
    case Finding::Weight::note:
      return "note";
    case Finding::Weight::warning:
      return "warning";
    case Finding::Weight::error:
      return "error";
  }
  std::unreachable();
}

void add_init(CLI::App& root, Line& line) {
  struct Options {
    Setup setup;
    bool trial = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      root, line, "init", "make a platform in the data directory",
      "weir init --trial --data /srv/weir --origin weir.example/log --authority 'Ministry' "
      "--country XX --admin ada",
      [options, &line]() -> Status {
        options->setup.folder = line.data;
        if (options->trial) {
          options->setup.config.mode = "trial";
          options->setup.config.seal_every_seconds = kTrialSealSeconds;
          options->setup.config.pad_to =
              options->setup.config.pad_to == 16 ? 1 : options->setup.config.pad_to;
          use_trial_certificate(options->setup.config);
        }
        TRY(config::parse(config::write(options->setup.config)));
        TRY(create_instance(options->setup));
        const auto instance = TRY(line.open());
        TRY(make_trial_certificate(instance->folder, instance->config, instance->clock,
                                   instance->random));
        const app::OneTimeCode first =
            TRY(app::invite_first(*instance->app, options->setup.administrator));
        line.say(json::Object{{"data", line.data},
                              {"origin", instance->config.origin},
                              {"log_vkey", log_vkey(*instance)},
                              {"promise_vkey", promise_vkey(*instance)},
                              {"mode", instance->config.mode},
                              {"administrator", options->setup.administrator},
                              {"one_time_code", first.code},
                              {"code_ends", to_rfc3339(first.ends)}});
        if (options->trial && !line.json) {
          std::puts("A trial: without witnesses nothing proves that others are shown this log.");
          std::puts("Nobody vouches for its certificate: give clients tls.pem.");
        }
        return {};
      });
  verb->add_flag("--trial", options->trial,
                 "no witnesses, no padding, a certificate of its own; says what is not proven");
  config::Config& config = options->setup.config;
  verb->add_option("--origin", config.origin, "name of the log in its checkpoints")->required();
  verb->add_option("--secrets", config.secrets, "folder of the key files; on another disk");
  verb->add_option("--witness-policy", config.witness_policy, "C2SP tlog-policy file");
  verb->add_option("--mirror", config.mirror, "the log's mirror, read at start: folder or address");
  verb->add_option("--pad-to", config.pad_to, "pad each seal to a multiple of this");
  verb->add_option("--ceiling-days", config.ceiling_days, "until every record must be opened");
  verb->add_option("--publication-days", config.publication_days,
                   "from publication until the record must be opened");
  verb->add_option("--authority", options->setup.authority, "the operating organisation")
      ->required();
  verb->add_option("--class", options->setup.authority_class, "its class");
  verb->add_option("--country", options->setup.country, "its country");
  verb->add_option("--admin", options->setup.administrator, "handle of the first administrator")
      ->required();
}

std::string organisation_path(const std::string& name, std::string_view rest) {
  return "/api/v1/organisations/" + percent_encoded(name) + std::string(rest);
}

void add_org(CLI::App& root, Line& line) {
  CLI::App* org = add_group(root, "org", "organisations");
  struct Options {
    app::NewOrganisation organisation{.country = "ZZ"};
    std::string bound = "unknown";
    std::string public_body = "no";
    std::string may_name = "no";
  };
  auto options = std::make_shared<Options>();
  CLI::App* add =
      add_verb(*org, line, "add", "register an organisation",
               "weir org add 'CERT-XX' --class national_cert --country XX --bound no --as ada",
               [options, &line]() -> Status {
                 options->organisation.bound = TRY(fact_of(options->bound));
                 options->organisation.public_body = TRY(fact_of(options->public_body));
                 options->organisation.may_name = TRY(fact_of(options->may_name));
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 return app::add_organisation(*instance->app, actor, options->organisation);
               });
  add->add_option("name", options->organisation.name)->required();
  add->add_option("--class", options->organisation.organisation_class)->required();
  add->add_option("--country", options->organisation.country);
  add->add_option("--bound", options->bound, "bound by law to pass reports on: yes, no, unknown");
  add->add_option("--public-body", options->public_body);
  add->add_option("--may-name", options->may_name, "agreed to be named in opened records");
  add_verb(*org, line, "list", "all organisations", "weir org list --as ada", [&line]() -> Status {
    const auto instance = TRY(line.open(Witnesses::leave));
    const app::Actor actor = TRY(line.actor());
    json::Array rows;
    for (const auto& view : TRY(app::organisations(*instance->app, actor))) {
      rows.push_back(api::view(view));
    }
    line.say(rows);
    return {};
  });
  struct Change {
    const char* verb;
    const char* what;
    policy::Fact suspended;
  };
  for (const Change& change :
       {Change{"suspend", "nothing goes to it from now on", policy::Fact::yes},
        Change{"restore", "ends a suspension", policy::Fact::no}}) {
    auto name = std::make_shared<std::string>();
    add_verb(*org, line, change.verb, change.what,
             std::string("weir org ") + change.verb + " ACME --as ada",
             [name, &line, suspended = change.suspended]() -> Status {
               if (is_served(line)) {
                 return changed_beside(line, "PUT", organisation_path(*name, "/suspension"),
                                       {{"suspended", policy::name(suspended)}});
               }
               const auto instance = TRY(line.open());
               const app::Actor actor = TRY(line.actor());
               return app::set_suspended(*instance->app, actor, *name, suspended);
             })
        ->add_option("name", *name)
        ->required();
  }
  auto party = std::make_shared<std::pair<std::string, std::string>>();
  CLI::App* bound = add_verb(*org, line, "bound", "what is known of its duty to pass on",
                             "weir org bound ACME yes --as ada", [party, &line]() -> Status {
                               const auto instance = TRY(line.open());
                               const app::Actor actor = TRY(line.actor());
                               const policy::Fact fact = TRY(fact_of(party->second));
                               return app::set_bound(*instance->app, actor, party->first, fact);
                             });
  bound->add_option("name", party->first)->required();
  bound->add_option("fact", party->second, "yes, no or unknown")->required();
}

void add_agreement(CLI::App& root, Line& line) {
  CLI::App* agreement = add_group(root, "agreement", "on what terms an organisation receives");
  auto party = std::make_shared<std::pair<std::string, std::string>>();
  CLI::App* set =
      add_verb(*agreement, line, "set", "an agreement up to a level",
               "weir agreement set CERT-XX --level advisory --as ada", [party, &line]() -> Status {
                 const Level level = TRY(level_of(party->second));
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 return app::agree(*instance->app, actor, party->first, level);
               });
  set->add_option("org", party->first)->required();
  set->add_option("--level", party->second)->required();
  auto name = std::make_shared<std::string>();
  add_verb(*agreement, line, "end", "ends it", "weir agreement end CERT-XX --as ada",
           [name, &line]() -> Status {
             if (is_served(line)) {
               return changed_beside(line, "DELETE", organisation_path(*name, "/agreement"));
             }
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::end_agreement(*instance->app, actor, *name);
           })
      ->add_option("org", *name)
      ->required();
}

void add_config(CLI::App& root, Line& line) {
  CLI::App* config = add_group(root, "config", "settings");
  add_verb(*config, line, "reference", "every setting, with its default, range and consequence",
           "weir config reference", [] { return write_out(config::reference()); });
  add_verb(*config, line, "check", "whether DIR/weir.toml is right, also while a server runs",
           "weir config check --data /srv/weir", [&line]() -> Status {
             const config::Config read = TRY(read_config(line.data));
             line.say(json::Object{{"origin", read.origin}, {"mode", read.mode}});
             return {};
           });
}

}  // namespace

void add_platform_verbs(CLI::App& root, Line& line) {
  add_init(root, line);
  add_org(root, line);
  add_agreement(root, line);
  add_config(root, line);
  add_verb(
      root, line, "doctor", "what is wrong, or worth knowing", "weir doctor --data /srv/weir",
      [&line]() -> Status {
        const auto instance = line.open(Witnesses::leave);
        json::Array rows;
        bool is_well = true;
        for (const Finding& finding :
             instance ? TRY(examine(**instance)) : examine_closed(line.data, instance.error())) {
          is_well = is_well && finding.weight != Finding::Weight::error;
          rows.push_back(json::Object{{"weight", name(finding.weight)}, {"finding", finding.text}});
        }
        line.say(rows);
        return is_well ? Status() : fail(Code::invalid, "there are errors to mend");
      });
}

}  // namespace weir::main
