// weir user, token, session. Secrets are asked for (terminal.h), never taken from the command line.
#include <cstdio>

#include "app/enrolment.h"
#include "app/people.h"
#include "app/tokens.h"
#include "main/beside.h"
#include "main/remote.h"
#include "main/terminal.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

Result<policy::Role> role_of(const std::string& text) {
  for (const policy::Role role : policy::kRoles) {
    if (text == policy::name(role)) {
      return role;
    }
  }
  return fail(Code::invalid, "a role is administrator, coordinator, recipient, reporter or auditor",
              text);
}

Result<std::vector<policy::Role>> roles_of(const std::vector<std::string>& texts) {
  std::vector<policy::Role> roles;
  for (const std::string& text : texts) {
    roles.push_back(TRY(role_of(text)));
  }
  return roles;
}

json::Array names_of(const policy::Roles& roles) {
  json::Array names;
  for (const policy::Role role : policy::kRoles) {
    if (roles.has(role)) {
      names.push_back(json::Value(policy::name(role)));
    }
  }
  return names;
}

json::Array names_of(app::Scopes scopes) {
  json::Array names;
  for (const app::Scope scope : {app::Scope::report, app::Scope::read, app::Scope::act,
                                 app::Scope::approve, app::Scope::administer}) {
    if (scopes.has(scope)) {
      names.push_back(json::Value(app::name(scope)));
    }
  }
  return names;
}

// --- user ----------------------------------------------------------------------------------------

void add_new_user(CLI::App& user, Line& line) {
  struct Options {
    app::NewUser user;
    std::vector<std::string> roles;
  };
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(user, line, "add", "register a user",
                           "weir user add ben --org CERT-XX --role recipient --as ada",
                           [options, &line]() -> Status {
                             options->user.roles = TRY(roles_of(options->roles));
                             const auto instance = TRY(line.open());
                             const app::Actor actor = TRY(line.actor());
                             return app::add_user(*instance->app, actor, options->user);
                           });
  add->add_option("handle", options->user.handle)->required();
  add->add_option("--org", options->user.organisation)->required();
  add->add_option("--role", options->roles)->required();
  CLI::App* roles =
      add_verb(user, line, "roles", "these roles in place of those before",
               "weir user roles ben --role recipient --role reporter --as ada",
               [options, &line]() -> Status {
                 const auto wanted = TRY(roles_of(options->roles));
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 return app::set_roles(*instance->app, actor, options->user.handle, wanted);
               });
  roles->add_option("handle", options->user.handle)->required();
  roles->add_option("--role", options->roles)->required();
}

std::string user_path(const std::string& handle, std::string_view rest) {
  return "/api/v1/users/" + percent_encoded(handle) + std::string(rest);
}

void add_bars(CLI::App& user, Line& line) {
  struct Change {
    const char* verb;
    const char* alias;
    const char* what;
    policy::Fact barred;
  };
  for (const Change& change :
       {Change{"bar", "suspend", "the user may do and see nothing", policy::Fact::yes},
        Change{"unbar", "restore", "ends a bar", policy::Fact::no}}) {
    auto handle = std::make_shared<std::string>();
    add_verb(user, line, change.verb, change.what,
             std::string("weir user ") + change.verb + " ben --as ada",
             [handle, &line, barred = change.barred]() -> Status {
               if (is_served(line)) {
                 return changed_beside(line, "PUT", user_path(*handle, "/bar"),
                                       {{"barred", policy::name(barred)}});
               }
               const auto instance = TRY(line.open());
               const app::Actor actor = TRY(line.actor());
               return app::set_barred(*instance->app, actor, *handle, barred);
             })
        ->alias(change.alias)
        ->add_option("handle", *handle)
        ->required();
  }
}

/// The code that the server gives for a POST.
Result<app::OneTimeCode> code_beside(const Line& line, const std::string& path) {
  const net::Answer answer = TRY(send_beside(line, "POST", path));
  const json::Value value = TRY(json::parse(answer.body));
  const json::Cursor at(value);
  const auto ends = parse_rfc3339(TRY(at.string_at("ends")));
  return app::OneTimeCode{TRY(at.string_at("code")), ends.value_or(Instant{})};
}

using GiveCode = Result<app::OneTimeCode> (*)(app::App&, const app::Actor&, const std::string&);

void add_codes(CLI::App& user, Line& line) {
  struct Verb {
    const char* name;
    const char* what;
    const char* route;
    GiveCode give;
  };
  for (const Verb& verb :
       {Verb{"invite", "a one-time code to enrol with", "/invitation", app::invite},
        Verb{"reset",
             "takes password and second factor away, ends sessions and tokens, "
             "gives a one-time code",
             "/reset", app::reset}}) {
    auto handle = std::make_shared<std::string>();
    add_verb(
        user, line, verb.name, verb.what, std::string("weir user ") + verb.name + " ben --as ada",
        [handle, &line, verb]() -> Status {
          const auto make = [&]() -> Result<app::OneTimeCode> {
            if (is_served(line)) {
              return code_beside(line, user_path(*handle, verb.route));
            }
            const auto instance = TRY(line.open());
            const app::Actor actor = TRY(line.actor());
            return verb.give(*instance->app, actor, *handle);
          };
          const app::OneTimeCode code = TRY(make());
          line.say(json::Object{
              {"user", *handle}, {"one_time_code", code.code}, {"ends", to_rfc3339(code.ends)}});
          return {};
        })
        ->add_option("handle", *handle)
        ->required();
  }
}

/// The directory is not held while somebody looks for a telephone.
Status enrol(const Line& line) {
  app::Enrolling enrolling;
  enrolling.code = TRY(ask_line("One-time code", Echo::off));
  {
    const auto instance = TRY(line.open());
    const app::Enrolment begun = TRY(app::begin_enrolment(*instance->app, enrolling.code, ""));
    const json::Value told = json::Object{{"user", begun.handle},
                                          {"second_factor_secret", begun.totp_secret},
                                          {"second_factor_uri", begun.totp_uri},
                                          {"ends", to_rfc3339(begun.ends)}};
    if (line.json) {
      std::puts(json::canonical(told).c_str());  // one line: what follows comes later
    } else {
      line.say(told);
    }
    std::fflush(stdout);
  }
  enrolling.password = TRY(ask_new_secret("Password"));
  enrolling.totp = TRY(ask_line("Six digits of the authenticator app", Echo::on));
  const auto instance = TRY(line.open());
  json::Array codes;
  for (const std::string& code : TRY(app::finish_enrolment(*instance->app, enrolling))) {
    codes.emplace_back(code);
  }
  const json::Value told = json::Object{{"recovery_codes", std::move(codes)}};
  if (line.json) {
    std::puts(json::canonical(told).c_str());
  } else {
    line.say(told);
    std::puts(
        "Keep these codes: each stands in for the six digits once, and they are not shown "
        "again.");
  }
  return {};
}

void add_user_list(CLI::App& user, Line& line) {
  auto organisation = std::make_shared<std::string>();
  add_verb(user, line, "list", "the users of an organisation",
           "weir user list --org CERT-XX --as ada",
           [organisation, &line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const auto& view : TRY(app::users(*instance->app, actor, *organisation))) {
               rows.push_back(json::Object{{"user", view.handle},
                                           {"roles", names_of(view.roles)},
                                           {"barred", policy::name(view.barred)},
                                           {"enrolled", policy::name(view.enrolled)}});
             }
             line.say(rows);
             return {};
           })
      ->add_option("--org", *organisation)
      ->required();
}

// --- token ---------------------------------------------------------------------------------------

void add_token_create(CLI::App& token, Line& line) {
  struct Options {
    app::NewToken token;
    std::vector<std::string> scopes;
    std::int64_t days = 90;
  };
  auto options = std::make_shared<Options>();
  CLI::App* create = add_verb(
      token, line, "create", "a token for a program: shown once",
      "weir token create ci --scope report --days 30 --as rita", [options, &line]() -> Status {
        std::int64_t bits = 0;
        for (const std::string& text : options->scopes) {
          bits |= app::Scopes{TRY(app::parse_scope(text))}.bits();
        }
        options->token.scopes = app::Scopes::from_bits(bits);
        options->token.life = std::chrono::hours(24 * options->days);
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const app::MadeToken made = TRY(app::create_token(*instance->app, actor, options->token));
        line.say(json::Object{
            {"token", made.token}, {"reference", made.reference}, {"ends", to_rfc3339(made.ends)}});
        return {};
      });
  create->add_option("label", options->token.label)->required();
  create->add_option("--scope", options->scopes, "report, read, act, administer, calendar, watch")
      ->required();
  create->add_option("--days", options->days, "until it ends")
      ->check(CLI::Range(1, 365))
      ->capture_default_str();
  create->add_option("--org", options->token.organisation,
                     "of an organisation: report, read, calendar");
}

/// A row of the API's list as the verb says it.
Result<json::Value> token_row(const json::Value& row) {
  const json::Cursor at(row);
  json::Object said{{"reference", TRY(at.string_at("reference"))},
                    {"begins", std::string(app::kTokenMark) + TRY(at.string_at("prefix"))},
                    {"label", TRY(at.string_at("label"))},
                    {"organisation", TRY(at.string_at("organisation"))},
                    {"scopes", TRY(at.at("scopes")).value()},
                    {"made", TRY(at.string_at("made"))},
                    {"ends", TRY(at.string_at("ends"))}};
  const auto used = at.string_at("used");
  said["used"] = used ? used->substr(0, 10) : std::string();
  return said;
}

Result<json::Array> tokens_beside(const Line& line, const std::string& organisation) {
  const std::string query =
      organisation.empty() ? "" : "?organisation=" + percent_encoded(organisation);
  json::Array rows;
  for (const json::Value& row : TRY(rows_beside(line, "/api/v1/tokens" + query, "tokens"))) {
    rows.push_back(TRY(token_row(row)));
  }
  return rows;
}

void add_token_others(CLI::App& token, Line& line) {
  auto organisation = std::make_shared<std::string>();
  add_verb(token, line, "list", "the tokens that hold", "weir token list --org CERT-XX --as ada",
           [organisation, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(tokens_beside(line, *organisation)));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const auto& view : TRY(app::tokens(*instance->app, actor, *organisation))) {
               rows.push_back(json::Object{
                   {"reference", view.reference},
                   {"begins", std::string(app::kTokenMark) + view.prefix},
                   {"label", view.label},
                   {"organisation", view.organisation},
                   {"scopes", names_of(view.scopes)},
                   {"made", to_rfc3339(view.made)},
                   {"ends", to_rfc3339(view.ends)},
                   {"used", view.used ? to_rfc3339(*view.used).substr(0, 10) : std::string()}});
             }
             line.say(rows);
             return {};
           })
      ->add_option("--org", *organisation, "of an organisation; without it your own");
  auto reference = std::make_shared<std::string>();
  add_verb(token, line, "revoke", "ends a token", "weir token revoke k3…a --as rita",
           [reference, &line]() -> Status {
             if (is_served(line)) {
               return changed_beside(line, "DELETE",
                                     "/api/v1/tokens/" + percent_encoded(*reference));
             }
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::revoke_token(*instance->app, actor, *reference);
           })
      ->add_option("reference", *reference)
      ->required();
}

// --- session -------------------------------------------------------------------------------------

void add_sessions(CLI::App& session, Line& line) {
  add_verb(session, line, "list", "your sessions", "weir session list --as rita",
           [&line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const auto& view : TRY(app::sessions(*instance->app, actor))) {
               rows.push_back(json::Object{{"reference", view.reference},
                                           {"began", to_rfc3339(view.began)},
                                           {"seen", to_rfc3339(view.seen)},
                                           {"ends", to_rfc3339(view.ends)}});
             }
             line.say(rows);
             return {};
           });
  struct Options {
    std::string reference;
    std::string all_of;
  };
  auto options = std::make_shared<Options>();
  CLI::App* end = add_verb(
      session, line, "end", "one of your sessions, or all sessions and tokens of a user",
      "weir session end --all-of ben --as ada", [options, &line]() -> Status {
        if (is_served(line) && options->all_of.empty()) {
          return changed_beside(line, "DELETE",
                                "/api/v1/sessions/" + percent_encoded(options->reference));
        }
        if (is_served(line)) {
          return changed_beside(line, "POST", user_path(options->all_of, "/sign-out"));
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return options->all_of.empty() ? app::end_session(*instance->app, actor, options->reference)
                                       : app::end_all(*instance->app, actor, options->all_of);
      });
  CLI::Option_group* which = end->add_option_group("which");
  which->add_option("reference", options->reference);
  which->add_option("--all-of", options->all_of, "yourself, or a user whom you manage");
  which->require_option(1);
}

}  // namespace

void add_identity_verbs(CLI::App& root, Line& line) {
  CLI::App* user = add_group(root, "user", "users");
  add_new_user(*user, line);
  add_bars(*user, line);
  add_codes(*user, line);
  add_verb(*user, line, "enrol", "with a one-time code: choose a password, prove a second factor",
           "weir user enrol --data /srv/weir", [&line] { return enrol(line); });
  add_user_list(*user, line);
  CLI::App* token = add_group(root, "token", "tokens of programs");
  add_token_create(*token, line);
  add_token_others(*token, line);
  add_sessions(*add_group(root, "session", "who is signed in"), line);
}

}  // namespace weir::main
