// weir case, message, attachment, status, fix, embargo.
#include "app/cases.h"
#include "app/closing.h"
#include "app/embargo.h"
#include "app/reading.h"
#include "main/beside.h"
#include "main/remote.h"
#include "main/verbs.h"
#include "main/views.h"

namespace weir::main {
namespace {

using CaseAct = std::function<Status(app::App&, const app::Actor&, const std::string&)>;

/// A verb on one case that needs nothing but its reference.
void add_act(CLI::App& parent, Line& line, const std::string& name, const std::string& what,
             CaseAct act) {
  auto reference = std::make_shared<std::string>();
  add_verb(parent, line, name, what, "weir " + parent.get_name() + " " + name + " CASE --as cora",
           [reference, &line, act = std::move(act)]() -> Status {
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return act(*instance->app, actor, *reference);
           })
      ->add_option("case", *reference)
      ->required();
}

/// Rows of a list as the server gives them, with an age instead of a time.
Result<json::Array> aged(const json::Array& rows, Instant now) {
  json::Array out;
  for (const json::Value& row : rows) {
    const json::Cursor at(row);
    const auto received = parse_rfc3339(TRY(at.string_at("received")));
    if (!received) {
      return at.fail("not a row of a list of cases");
    }
    json::Object one = row.get_object();
    one.erase("received");
    one["age_hours"] = (now - *received) / std::chrono::hours(1);
    out.push_back(std::move(one));
  }
  return out;
}

using ListCases = Result<std::vector<app::QueueRow>> (*)(app::App&, const app::Actor&,
                                                         const app::Slice&);

void add_list(CLI::App& cases, Line& line, const std::string& name, const std::string& what,
              const std::string& path, ListCases list) {
  add_verb(cases, line, name, what, "weir case " + name + " --as cora",
           [&line, path, list]() -> Status {
             if (is_served(line)) {
               const json::Array rows = TRY(rows_beside(line, path, "cases"));
               line.say(TRY(aged(rows, SystemClock().now())));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             line.say(view_with_age(TRY(list(*instance->app, actor, {})), instance->clock.now()));
             return {};
           });
}

using CaseView =
    std::function<Result<json::Value>(app::App&, const app::Actor&, const std::string&)>;

/// A verb that shows something of one case: from the data directory, or by the server that has it.
struct Showing {
  std::string name;
  std::string what;
  std::string path;    // behind the case's, in the API
  std::string member;  // of what the API answers; empty: all of it
};
Result<json::Value> shown_beside(const Line& line, const std::string& path,
                                 const std::string& member) {
  if (member.empty()) {
    return value_beside(line, path);
  }
  json::Array rows = TRY(rows_beside(line, path, member));
  for (json::Value& row : rows) {
    row.get_object().erase("cursor");
  }
  return rows;
}

void add_showing(CLI::App& cases, Line& line, const Showing& showing, CaseView show) {
  auto reference = std::make_shared<std::string>();
  add_verb(
      cases, line, showing.name, showing.what, "weir case " + showing.name + " CASE --as cora",
      [reference, &line, showing, show = std::move(show)]() -> Status {
        if (is_served(line)) {
          line.say(TRY(shown_beside(line, case_path(*reference, showing.path), showing.member)));
          return {};
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        line.say(TRY(show(*instance->app, actor, *reference)));
        return {};
      })
      ->add_option("case", *reference)
      ->required();
}

/// What a use case answers, as JSON.
template <class Read>
CaseView viewed(Read read) {
  return [read](app::App& app, const app::Actor& actor,
                const std::string& reference) -> Result<json::Value> {
    if constexpr (std::is_invocable_v<Read, app::App&, const app::Actor&, const std::string&,
                                      const app::Slice&>) {
      return view(TRY(read(app, actor, reference, {})));  // a list: all of it
    } else {
      return view(TRY(read(app, actor, reference)));
    }
  };
}

void add_lists(CLI::App& cases, Line& line) {
  add_list(cases, line, "queue", "what is not closed: reference, age and size only",
           "/api/v1/queue", app::queue);
  add_list(cases, line, "mine", "the cases that I am part of", "/api/v1/cases", app::my_cases);
  add_showing(cases, line, {"show", "what I may see of it; the reading is recorded first", "", ""},
              viewed(app::read_case));
  add_showing(cases, line, {"readers", "who has read it", "/readers", "readers"},
              viewed(app::readers));
  add_showing(cases, line, {"timeline", "every event of it, in order", "/timeline", "events"},
              viewed(app::timeline));
}

void add_handling(CLI::App& cases, Line& line) {
  struct Claim {
    std::string reference;
    std::string conflict = "unknown";
  };
  auto claimed = std::make_shared<Claim>();
  CLI::App* claim = add_verb(
      cases, line, "claim", "take a case; declares whether you have a conflict of interest in it",
      "weir case claim CASE --conflict no --as cora", [claimed, &line]() -> Status {
        const policy::Fact conflict = TRY(fact_of(claimed->conflict));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::claim(*instance->app, actor, claimed->reference, conflict);
      });
  claim->add_option("case", claimed->reference)->required();
  claim->add_option("--conflict", claimed->conflict, "yes or no")->required();
  add_act(cases, line, "accept", "coordinate it", app::accept);

  struct Decline {
    std::string reference;
    std::string ground;
  };
  auto declined = std::make_shared<Decline>();
  CLI::App* decline = add_verb(cases, line, "decline", "with a ground",
                               "weir case decline CASE --ground 'not a vulnerability' --as cora",
                               [declined, &line]() -> Status {
                                 const auto instance = TRY(line.open());
                                 const app::Actor actor = TRY(line.actor());
                                 return app::decline(*instance->app, actor, declined->reference,
                                                     app::Ground::declined, declined->ground);
                               });
  decline->add_option("case", declined->reference)->required();
  decline->add_option("--ground", declined->ground)->required();
}

void add_bulk(CLI::App& cases, Line& line) {
  auto spam = std::make_shared<std::vector<std::string>>();
  auto conflict = std::make_shared<std::string>("unknown");
  CLI::App* bulk = add_verb(cases, line, "spam", "decline many as spam, all or none",
                            "weir case spam CASE CASE --conflict no --as cora",
                            [spam, conflict, &line]() -> Status {
                              const policy::Fact fact = TRY(fact_of(*conflict));
                              const auto instance = TRY(line.open());
                              const app::Actor actor = TRY(line.actor());
                              return app::decline_all_as_spam(*instance->app, actor, *spam, fact);
                            });
  bulk->add_option("cases", *spam)->required();
  bulk->add_option("--conflict", *conflict, "yes or no")->required();

  auto pair = std::make_shared<std::pair<std::string, std::string>>();
  CLI::App* merge = add_verb(cases, line, "merge", "FROM goes on in INTO",
                             "weir case merge FROM INTO --as cora", [pair, &line]() -> Status {
                               const auto instance = TRY(line.open());
                               const app::Actor actor = TRY(line.actor());
                               return app::merge(*instance->app, actor, pair->first, pair->second);
                             });
  merge->add_option("from", pair->first)->required();
  merge->add_option("into", pair->second)->required();

  auto part = std::make_shared<std::pair<std::string, std::int64_t>>();
  CLI::App* split = add_verb(
      cases, line, "split", "one vulnerability becomes a case of its own",
      "weir case split CASE 2 --as cora", [part, &line]() -> Status {
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const std::string made = TRY(app::split(*instance->app, actor, part->first, part->second));
        line.say(json::Object{{"case", made}});
        return {};
      });
  split->add_option("case", part->first)->required();
  split->add_option("vulnerability", part->second)->required();
}

Result<app::NewParticipant::As> role_of(const std::string& text) {
  using As = app::NewParticipant::As;
  if (text == "vendor") {
    return As::vendor;
  }
  if (text == "coordinator") {
    return As::coordinator;
  }
  if (text == "other") {
    return As::other;
  }
  return fail(Code::invalid, "a participant is a vendor, a coordinator or other", text);
}

void add_people(CLI::App& cases, Line& line) {
  struct Options {
    std::string reference;
    app::NewParticipant participant;
    std::string role = "other";
    std::string level = "advisory";
  };
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(cases, line, "add", "add an organisation to the case",
                           "weir case add CASE ACME --role vendor --vulnerability 1 --as cora",
                           [options, &line]() -> Status {
                             options->participant.as = TRY(role_of(options->role));
                             options->participant.level = TRY(level_of(options->level));
                             const auto instance = TRY(line.open());
                             const app::Actor actor = TRY(line.actor());
                             return app::add_participant(*instance->app, actor, options->reference,
                                                         options->participant);
                           });
  add->add_option("case", options->reference)->required();
  add->add_option("org", options->participant.organisation)->required();
  add->add_option("--role", options->role, "vendor, coordinator or other");
  add->add_option("--level", options->level, "up to which others than vendors may see it");
  add->add_option("--vulnerability", options->participant.vulnerabilities,
                  "numbers that concern this vendor; all if none");

  struct Conflict {
    std::string reference;
    std::string handle;
    std::string fact;
  };
  auto conflict = std::make_shared<Conflict>();
  CLI::App* set =
      add_verb(cases, line, "conflict", "record a user's conflict of interest",
               "weir case conflict CASE ben yes --as cora", [conflict, &line]() -> Status {
                 const policy::Fact fact = TRY(fact_of(conflict->fact));
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 return app::set_conflict(*instance->app, actor, conflict->reference,
                                          conflict->handle, fact);
               });
  set->add_option("case", conflict->reference)->required();
  set->add_option("handle", conflict->handle)->required();
  set->add_option("fact", conflict->fact, "yes or no")->required();

  struct LeaveOut {
    std::string reference;
    std::string vendor;
    std::string ground;
  };
  auto out = std::make_shared<LeaveOut>();
  CLI::App* leave = add_verb(
      cases, line, "leave-out", "a silent vendor no longer holds up the others (two people)",
      "weir case leave-out CASE ACME --ground 'no answer in 90 days' --as cora",
      [out, &line]() -> Status {
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(line, TRY(app::leave_out_vendor(*instance->app, actor, out->reference,
                                                    out->vendor, out->ground)));
      });
  leave->add_option("case", out->reference)->required();
  leave->add_option("vendor", out->vendor)->required();
  leave->add_option("--ground", out->ground)->required();
}

struct MessageOptions {
  std::string reference;
  std::string text;
  std::string level = "technical";
  bool to_reporter = false;
  app::Message message;
};

Status post_message(const MessageOptions& options, const Line& line) {
  const app::Message& message = options.message;
  std::string made;
  if (is_served(line)) {
    json::Object body{{"text", message.text},
                      {"level", name(message.level)},
                      {"vulnerability", message.vulnerability},
                      {"to_reporter", options.to_reporter ? "yes" : "no"}};
    if (!message.audience.empty()) {
      body["to"] = message.audience;
    }
    const json::Value answer =
        TRY(post_beside(line, case_path(options.reference, "/messages"), body));
    made = TRY(json::Cursor(answer).string_at("object"));
  } else {
    const auto instance = TRY(line.open());
    const app::Actor actor = TRY(line.actor());
    made = TRY(app::post_message(*instance->app, actor, options.reference, message));
  }
  line.say(json::Object{{"message", made}});
  return {};
}

void add_message(CLI::App& root, Line& line) {
  using Options = MessageOptions;
  auto options = std::make_shared<Options>();
  CLI::App* message = add_verb(
      root, line, "message", "say something in a case",
      "weir message CASE 'we can reproduce it' --level advisory --vulnerability 1 --as ven",
      [options, &line]() -> Status {
        options->message.text = TRY(text_or_file(options->text, app::kMaxMessageBytes));
        options->message.level = TRY(level_of(options->level));
        options->message.to =
            options->to_reporter ? app::Message::To::reporter : app::Message::To::participants;
        return post_message(*options, line);
      });
  message->add_option("case", options->reference)->required();
  message->add_option("text", options->text, "the text, or @FILE")->required();
  message->add_option("--level", options->level);
  message->add_option("--vulnerability", options->message.vulnerability, "the thread; 0: all");
  message->add_option("--to", options->message.audience, "this organisation and the handler alone");
  message->add_flag("--to-reporter", options->to_reporter,
                    "whoever filed the report and the handler alone; use --level notice for one "
                    "without an account");
}

void add_attachment(CLI::App& root, Line& line) {
  CLI::App* attachment = add_group(root, "attachment", "files of a case");
  struct Options {
    std::string reference;
    std::string object;
    std::string path;
  };
  auto added = std::make_shared<Options>();
  CLI::App* add = add_verb(
      *attachment, line, "add", "add a file", "weir attachment add CASE trace.pcap --as ven",
      [added, &line]() -> Status {
        app::Attachment one = TRY(attach(added->path));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const std::string made =
            TRY(app::add_attachment(*instance->app, actor, added->reference, std::move(one)));
        line.say(json::Object{{"object", made}});
        return {};
      });
  add->add_option("case", added->reference)->required();
  add->add_option("file", added->path)->required();
  auto wanted = std::make_shared<Options>();
  CLI::App* get = add_verb(
      *attachment, line, "get", "the bytes of one item, to standard output",
      "weir attachment get CASE OBJECT --as cora > trace.pcap", [wanted, &line]() -> Status {
        if (is_served(line)) {
          const std::string path =
              case_path(wanted->reference, "/attachments/" + percent_encoded(wanted->object));
          return write_out(TRY(ask_beside(line, path)).body);
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::read_attachment(*instance->app, actor, wanted->reference, wanted->object,
                                    [](std::string_view bytes) { return write_out(bytes); });
      });
  get->add_option("case", wanted->reference)->required();
  get->add_option("object", wanted->object)->required();
}

void add_status(CLI::App& root, Line& line) {
  struct Options {
    std::string reference;
    std::string answer;
    std::string text;
    app::Statement statement;
  };
  auto options = std::make_shared<Options>();
  CLI::App* status = add_verb(
      root, line, "status", "a vendor's statement on a vulnerability",
      "weir status CASE affected --vulnerability 1 --text 'fix planned for May' --as ven",
      [options, &line]() -> Status {
        const auto answer = app::parse_answer(options->answer);
        if (!answer) {
          return fail(Code::invalid,
                      "a statement is investigating, affected, not_affected or fix_in_progress");
        }
        options->statement.answer = *answer;
        options->statement.text = TRY(text_or_file(options->text, app::kMaxMessageBytes));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::state_status(*instance->app, actor, options->reference, options->statement);
      });
  status->add_option("case", options->reference)->required();
  status->add_option("answer", options->answer)->required();
  status->add_option("--vulnerability", options->statement.vulnerability)->required();
  status->add_option("--text", options->text, "the text, or @FILE");
}

void add_fix(CLI::App& root, Line& line) {
  struct Options {
    std::string reference;
    bool is_public = false;
    app::Fix fix;
  };
  auto options = std::make_shared<Options>();
  CLI::App* fix = add_verb(
      root, line, "fix", "announce that a fix exists, or is public",
      "weir fix CASE --vulnerability 1 --product router-os --public --as ven",
      [options, &line]() -> Status {
        options->fix.phase =
            options->is_public ? policy::Phase::fix_public : policy::Phase::fix_exists;
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(
            line, TRY(app::announce_fix(*instance->app, actor, options->reference, options->fix)));
      });
  fix->add_option("case", options->reference)->required();
  fix->add_option("--vulnerability", options->fix.vulnerability)->required();
  fix->add_option("--product", options->fix.product)->required();
  fix->add_option("--vendor", options->fix.vendor, "by the handler for a vendor (two people)");
  fix->add_flag("--public", options->is_public, "users can have it");
}

void add_embargo(CLI::App& root, Line& line) {
  CLI::App* embargo = add_group(root, "embargo", "until when nothing is published");
  auto proposal = std::make_shared<std::pair<std::string, std::string>>();
  CLI::App* propose = add_verb(*embargo, line, "propose", "with date, hour and zone",
                               "weir embargo propose CASE 2027-01-31T09:00:00+01:00 --as ven",
                               [proposal, &line]() -> Status {
                                 const auto instance = TRY(line.open());
                                 const app::Actor actor = TRY(line.actor());
                                 return app::propose_embargo(*instance->app, actor, proposal->first,
                                                             proposal->second);
                               });
  propose->add_option("case", proposal->first)->required();
  propose->add_option("until", proposal->second)->required();
  add_act(*embargo, line, "confirm", "the shortest proposal stands", app::confirm_embargo);
  add_act(*embargo, line, "end", "it is over", app::end_embargo);
  add_act(*embargo, line, "consent", "my organisation agrees to onward sharing meanwhile",
          app::consent_to_sharing);
}

}  // namespace

void add_case_verbs(CLI::App& root, Line& line) {
  CLI::App* cases = add_group(root, "case", "coordination");
  add_lists(*cases, line);
  add_handling(*cases, line);
  add_bulk(*cases, line);
  add_people(*cases, line);
  add_message(root, line);
  add_attachment(root, line);
  add_status(root, line);
  add_fix(root, line);
  add_embargo(root, line);
}

}  // namespace weir::main
