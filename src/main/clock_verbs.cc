// weir profile, fact, clocks.
#include "app/clocks.h"
#include "main/beside.h"
#include "main/clocks_beside.h"
#include "main/laws_in_force.h"
#include "main/remote.h"

namespace weir::main {
namespace {

constexpr std::int64_t kMsInMinute = 60'000;

json::Value profile_value(const app::ProfileView& view) {
  json::Array concerned;
  json::Array outside;
  for (const app::Concern& one : view.concerns) {
    if (one.concerns) {
      concerned.push_back(json::Object{{"regime", one.regime}, {"title", one.title}});
      continue;
    }
    std::string why;
    for (const std::string& reason : one.why_not) {
      why += (why.empty() ? "" : "; ") + reason;
    }
    outside.push_back(json::Object{{"regime", one.regime}, {"why", why}});
  }
  json::Object out{{"organisation", view.organisation},
                   {"since", to_rfc3339(view.since)},
                   {"establishment", view.profile.establishment}};
  for (const auto& [attribute, values] : view.profile.attributes) {
    std::string text;
    for (const std::string& value : values) {
      text += (text.empty() ? "" : ", ") + value;
    }
    out[attribute] = text;
  }
  out["concerned_by"] = std::move(concerned);
  out["not_concerned_by"] = std::move(outside);
  return out;
}

void add_profile(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "profile", "what an organisation is to the law");
  const auto folder = add_laws_option(*group);
  struct Options {
    std::string organisation;
    std::string file;
  };
  auto options = std::make_shared<Options>();
  CLI::App* set = add_verb(
      *group, line, "set", "from a weir-profile/v1 file",
      "weir profile set ACME acme.json --as ada", [folder, options, &line]() -> Status {
        const std::string bytes = TRY(read_file(options->file, app::kMaxProfileBytes));
        if (is_served(line)) {
          return set_profile_beside(line, options->organisation, bytes);
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const deadline::Profile profile = TRY(app::parse_profile(laws, bytes));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::set_profile(*instance->app, laws, actor, options->organisation, profile);
      });
  set->add_option("org", options->organisation)->required();
  set->add_option("file", options->file)->required();
  add_verb(*group, line, "show", "and which laws concern it, or why not",
           "weir profile show ACME --as ada",
           [folder, options, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(profile_beside(line, options->organisation)));
               return {};
             }
             const app::Laws laws = TRY(laws_in(line, *folder));
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             line.say(profile_value(
                 TRY(app::show_profile(*instance->app, laws, actor, options->organisation))));
             return {};
           })
      ->add_option("org", options->organisation)
      ->required();
}

json::Value facts_value(const std::vector<app::FactView>& views) {
  json::Array rows;
  for (const app::FactView& one : views) {
    rows.push_back(
        json::Object{{"number", one.number},
                     {"event", one.event},
                     {"at", to_rfc3339(one.at)},
                     {"says", one.says == deadline::Fact::Says::happened ? "happened" : "did_not"},
                     {"corrects", one.corrects},
                     {"stands", one.stands},
                     {"by", one.by},
                     {"entered", to_rfc3339(one.entered)},
                     {"source", one.source},
                     {"evidence", one.evidence}});
  }
  return rows;
}

/// The same as a server gives them.
Result<json::Array> facts_beside(const Line& line, const std::string& reference,
                                 const std::string& organisation) {
  const std::string query =
      organisation.empty() ? "" : "?organisation=" + percent_encoded(organisation);
  json::Value facts = TRY(value_beside(line, case_path(reference, "/facts" + query), "facts"));
  for (json::Value& one : facts.as_array()) {
    one.as_object()["number"] = one.as_object()["fact"];
    one.as_object().erase("fact");
  }
  return std::move(facts.as_array());
}

Result<json::Value> enter_beside(const Line& line, const std::string& reference,
                                 const app::NewFact& fact) {
  json::Object body{{"event", fact.event},       {"at", fact.at},
                    {"source", fact.source},     {"evidence", fact.evidence},
                    {"corrects", fact.corrects}, {"organisation", fact.organisation}};
  body["says"] = fact.says == deadline::Fact::Says::happened ? "happened" : "did_not";
  return post_beside(line, case_path(reference, "/facts"), body);
}

void add_fact(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "fact", "what happened in a case, and when");
  const auto folder = add_laws_option(*group);
  struct Options {
    std::string reference;
    app::NewFact fact;
    bool did_not = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* add = add_verb(
      *group, line, "add", "enter one; a correction supersedes an earlier one",
      "weir fact add CASE exploitation_known --at 2026-10-24T09:30:00+02:00 --source 'honeypot' "
      "--as ven",
      [folder, options, &line]() -> Status {
        if (options->did_not) {
          options->fact.says = deadline::Fact::Says::did_not;
        }
        if (is_served(line)) {
          line.say(TRY(enter_beside(line, options->reference, options->fact)));
          return {};
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const app::Entered made =
            TRY(app::enter_fact(*instance->app, laws, actor, options->reference, options->fact));
        line.say(json::Object{
            {"fact", made.number}, {"receipt", made.receipt_id}, {"promise", made.promise}});
        return {};
      });
  add->add_option("case", options->reference)->required();
  add->add_option("event", options->fact.event, "a word of regimes/vocabulary.yaml")->required();
  add->add_option("--at", options->fact.at, "when it happened or became known")->required();
  add->add_option("--source", options->fact.source, "where it is known from")->required();
  add->add_option("--evidence", options->fact.evidence);
  add->add_option("--corrects", options->fact.corrects, "the number of an earlier fact");
  add->add_flag("--did-not", options->did_not, "the correction takes it back");
  add->add_option("--org", options->fact.organisation, "whose clocks (by the handler)");
  CLI::App* list = add_verb(
      *group, line, "list", "all that were entered, with corrections",
      "weir fact list CASE --as ven", [options, &line]() -> Status {
        if (is_served(line)) {
          line.say(TRY(facts_beside(line, options->reference, options->fact.organisation)));
          return {};
        }
        const auto instance = TRY(line.open(Witnesses::leave));
        const app::Actor actor = TRY(line.actor());
        line.say(facts_value(TRY(
            app::facts(*instance->app, actor, options->reference, options->fact.organisation))));
        return {};
      });
  list->add_option("case", options->reference)->required();
  list->add_option("--org", options->fact.organisation, "whose clocks (by the handler)");
}

/// "71 h 12 min left", "3 h 05 min late".
std::string hours_and_minutes(std::int64_t minutes) {
  const std::int64_t size = minutes < 0 ? -minutes : minutes;
  const std::string rest = std::to_string(size % 60);
  return std::to_string(size / 60) + " h " + (rest.size() == 1 ? "0" : "") + rest + " min " +
         (minutes < 0 ? "late" : "left");
}
std::string hours_left(const app::BoardRow& row, Instant now) {
  return row.due && deadline::is_open(row.state)
             ? hours_and_minutes((*row.due - now).count() / kMsInMinute)
             : "";
}

/// A row of the board as a server gives it, as it is shown here.
Result<json::Object> row_of(const json::Cursor& at) {
  json::Object out;
  for (const char* name : {"obligation", "case", "organisation"}) {
    out[name] = TRY(at.string_at(name));
  }
  const std::string regime = TRY(at.string_at("regime"));
  const std::string stage = TRY(at.string_at("stage"));
  out["stage"] = regime + "/" + stage;
  out["state"] = TRY(at.string_at("state"));
  const auto due = at.find("due");
  out["due"] = due ? TRY(due->string()) : std::string();
  const auto left = at.find("minutes_left");
  out["hours_left"] = left ? hours_and_minutes(TRY(left->integer())) : std::string();
  out["mark"] = TRY(at.string_at("mark"));
  if (const auto met = at.find("met")) {
    out["met"] = TRY(met->string());
  }
  if (const auto warned = at.find("warned")) {
    out["warned"] = warned->value();
  }
  if (const auto contradicted = at.find("contradictions")) {
    out["contradicted"] = contradicted->value();
  }
  return out;
}

Result<json::Array> board_beside(const Line& line, const app::BoardFilter& filter) {
  std::string query = "?limit=" + std::to_string(std::min<std::int64_t>(filter.limit, 1'000));
  for (const auto& [name, value] :
       {std::pair("&regime=", &filter.regime), std::pair("&organisation=", &filter.organisation),
        std::pair("&case=", &filter.case_reference)}) {
    query += value->empty() ? std::string() : name + percent_encoded(*value);
  }
  query += filter.which == app::BoardFilter::Which::all ? "&which=all" : "";
  const json::Value board = TRY(value_beside(line, "/api/v1/clocks" + query, "obligations"));
  json::Array rows;
  for (const json::Cursor& row : TRY(json::Cursor(board).elements(1'000))) {
    rows.push_back(TRY(row_of(row)));
  }
  return rows;
}

/// The explanation as it is shown here.
Result<json::Object> explanation_beside(const Line& line, const std::string& obligation) {
  const json::Value one =
      TRY(value_beside(line, "/api/v1/obligations/" + percent_encoded(obligation)));
  const json::Cursor row = TRY(json::Cursor(one).at("obligation"));
  json::Object out = TRY(row_of(row));
  out["title"] = TRY(row.string_at("title"));
  const json::Cursor steps = TRY(json::Cursor(one).at("steps"));
  out["steps"] = steps.value();
  return out;
}

json::Object row_value(const app::BoardRow& row, Instant now) {
  json::Object out{
      {"obligation", row.obligation},       {"case", row.case_reference},
      {"organisation", row.organisation},   {"stage", row.regime + "/" + row.stage},
      {"state", deadline::name(row.state)}, {"due", row.due ? to_rfc3339(*row.due) : ""},
      {"hours_left", hours_left(row, now)}, {"mark", deadline::name(row.mark)}};
  if (row.met) {
    out["met"] = to_rfc3339(*row.met);
  }
  if (row.warned != app::Warned::not_yet) {
    out["warned"] = app::name(row.warned);
  }
  if (!row.contradictions.empty()) {
    out["contradicted"] = json::Array(row.contradictions.begin(), row.contradictions.end());
  }
  if (!row.covered) {
    out["note"] = "the calendar does not know the holidays of that year";
  }
  return out;
}

json::Value explanation_value(const app::Explanation& one, Instant now) {
  json::Object out = row_value(one.row, now);
  out["title"] = one.row.title;
  json::Array steps;
  for (const deadline::Step& step : one.steps) {
    steps.push_back(json::Object{{"step", step.text},
                                 {"clause", step.clause},
                                 {"mark", step.mark},
                                 {"address", step.address}});
  }
  out["steps"] = std::move(steps);
  return out;
}

void add_board(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  struct Options {
    app::BoardFilter filter;
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* board =
      add_verb(group, line, "board", "what is due, by hours left",
               "weir clocks board --regime eu-cra --as ven", [folder, options, &line]() -> Status {
                 if (options->all) {
                   options->filter.which = app::BoardFilter::Which::all;
                 }
                 if (is_served(line)) {
                   line.say(TRY(board_beside(line, options->filter)));
                   return {};
                 }
                 const app::Laws laws = TRY(laws_in(line, *folder));
                 const auto instance = TRY(line.open(Witnesses::leave));
                 const app::Actor actor = TRY(line.actor());
                 json::Array rows;
                 for (const app::BoardRow& row :
                      TRY(app::board(*instance->app, laws, actor, options->filter))) {
                   rows.push_back(row_value(row, instance->clock.now()));
                 }
                 line.say(rows);
                 return {};
               });
  board->add_option("--regime", options->filter.regime);
  board->add_option("--org", options->filter.organisation, "whose clocks");
  board->add_option("--case", options->filter.case_reference);
  board->add_option("--limit", options->filter.limit, "rows")->capture_default_str();
  board->add_flag("--all", options->all, "met, waived and not begun too");
}

}  // namespace

Result<app::Laws> laws_in(const std::string& folder) {
  std::vector<regimes::File> files =
      folder.empty() ? regimes::builtin() : TRY(regimes::read_files(folder));
  return app::read_laws(files);
}

Result<app::Laws> laws_in(const Line& line, const std::string& folder) {
  if (!folder.empty()) {
    return laws_in(folder);
  }
  const config::Config config = TRY(read_config(line.data));
  const auto laws = TRY(LawsInForce::open(line.data, folder_of_laws(line.data, config.regimes)));
  if (const auto problem = laws->problem()) {
    std::fprintf(stderr, "weir: by the last laws that could be read: %s\n", text(*problem).c_str());
  }
  return *laws->get();
}

std::shared_ptr<std::string> add_laws_option(CLI::App& group) {
  auto folder = std::make_shared<std::string>();
  group.add_option("--regimes", *folder, "folder with the laws; without it the configured ones");
  return folder;
}

void add_clock_verbs(CLI::App& root, Line& line) {
  add_profile(root, line);
  add_fact(root, line);
  CLI::App* group = add_group(root, "clocks", "what is due under which law");
  const auto folder = add_laws_option(*group);
  add_board(*group, line, folder);
  add_conflict_verbs(*group, line, folder);
  add_duty_verbs(root, *group, line, folder);
  auto obligation = std::make_shared<std::string>();
  add_verb(*group, line, "explain", "how an obligation came to its instant, with clauses",
           "weir clocks explain OBLIGATION --as ven",
           [folder, obligation, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(explanation_beside(line, *obligation)));
               return {};
             }
             const app::Laws laws = TRY(laws_in(line, *folder));
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             line.say(explanation_value(
                 TRY(app::explain_obligation(*instance->app, laws, actor, *obligation)),
                 instance->clock.now()));
             return {};
           })
      ->add_option("obligation", *obligation)
      ->required();
}

}  // namespace weir::main
