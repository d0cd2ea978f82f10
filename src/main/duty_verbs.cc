// weir clocks run|notices|seen|warn|ical, statistics, delay order|told|list.
#include <algorithm>

#include "app/cases.h"
#include "app/delays.h"
#include "app/notices.h"
#include "app/statistics.h"
#include "main/beside.h"
#include "main/clocks_beside.h"
#include "main/laws.h"

namespace weir::main {
namespace {

using std::chrono::hours;

json::Value notice_value(const app::Notice& one) {
  std::string handles;
  for (const std::string& handle : one.handles) {
    handles += (handles.empty() ? "" : ", ") + handle;
  }
  const std::string stage =
      one.regime.empty() ? std::string(name(one.about)) : one.regime + "/" + one.stage;
  return json::Object{{"notice", one.id},
                      {"for", handles.empty() ? "nobody" : handles},
                      {"obligation", one.obligation},
                      {"delay", one.delay},
                      {"case", one.case_reference},
                      {"went", name(one.went)},
                      {"stage", stage},
                      {"due", to_rfc3339(one.due)},
                      {"hours_ahead", one.step / hours(1)},
                      {"rung", one.rung},
                      {"seen", one.seen}};
}

void add_run(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  add_verb(group, line, "run",
           "what time does by itself: ends delays, plans notices, closes quarters",
           "weir clocks run --data /srv/weir", [folder, &line]() -> Status {
             const app::Laws laws = TRY(laws_in(line, *folder));
             const auto instance = TRY(line.open());
             const app::Ran ran = TRY(app::run_clocks(*instance->app, laws));
             line.say(json::Object{{"delays_ended", ran.delays_ended},
                                   {"notices", ran.notices},
                                   {"quarters_closed", ran.quarters_closed}});
             return {};
           });
  add_verb(group, line, "notices", "warnings of my organisation, newest first",
           "weir clocks notices --as ven", [&line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(notices_beside(line)));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const app::Notice& one : TRY(app::notices(*instance->app, actor))) {
               rows.push_back(notice_value(one));
             }
             line.say(rows);
             return {};
           });
  auto notice = std::make_shared<std::int64_t>();
  add_verb(group, line, "seen", "a warning was seen: it does not go to the second person",
           "weir clocks seen 17 --as ven",
           [notice, &line]() -> Status {
             if (is_served(line)) {
               const std::string path = "/api/v1/notices/" + std::to_string(*notice) + "/seen";
               const net::Call call = TRY(call_beside(line, "POST", path));
               TRY(ask_beside(call));
               return {};
             }
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::mark_seen(*instance->app, actor, *notice);
           })
      ->add_option("notice", *notice)
      ->required();
  auto out = std::make_shared<std::string>();
  add_verb(group, line, "ical", "my organisation's open duties as iCalendar",
           "weir clocks ical --out clocks.ics --as ven",
           [folder, out, &line]() -> Status {
             std::string feed;
             if (is_served(line)) {
               feed = TRY(ask_beside(line, "/api/v1/clocks.ics")).body;
             } else {
               const app::Laws laws = TRY(laws_in(line, *folder));
               const auto instance = TRY(line.open(Witnesses::leave));
               const app::Actor actor = TRY(line.actor());
               feed = TRY(app::calendar_feed(*instance->app, laws, actor));
             }
             return out->empty() ? write_out(feed) : write_file(*out, feed, 0600);
           })
      ->add_option("--out", *out, "write it here");
}

void add_warn(CLI::App& group, Line& line) {
  struct Options {
    std::string organisation;
    app::NoticeRule rule;
    std::vector<std::int64_t> hours_ahead;
    std::int64_t escalate_hours = 2;
  };
  auto options = std::make_shared<Options>();
  CLI::App* warn = add_verb(
      group, line, "warn", "when an organisation is warned, and who is",
      "weir clocks warn ACME --hours 24 6 1 0 --first ven --second val --escalate 2 --as ada",
      [options, &line]() -> Status {
        for (const std::int64_t ahead : options->hours_ahead) {
          options->rule.steps.emplace_back(hours(ahead));
        }
        if (options->hours_ahead.empty()) {
          options->rule.steps = app::default_rule().steps;
        }
        options->rule.escalate_after = hours(options->escalate_hours);
        if (is_served(line)) {
          return set_rule_beside(line, options->organisation, options->rule);
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::set_notice_rule(*instance->app, actor, options->organisation, options->rule);
      });
  // No hour count may overflow what follows: the longest step is far below.
  const CLI::Range range(std::int64_t{0}, std::int64_t{100'000});
  warn->add_option("org", options->organisation)->required();
  warn->add_option("--hours", options->hours_ahead, "before it is due; 0: when it is")
      ->check(range);
  warn->add_option("--first", options->rule.first, "handle")->required();
  warn->add_option("--second", options->rule.second,
                   "handle, if the first does not react; else the administrators");
  warn->add_option("--escalate", options->escalate_hours, "hours until then")
      ->check(range)
      ->capture_default_str();
}

json::Value number(const std::optional<std::int64_t>& given) {
  return given ? json::Value(*given) : json::Value(nullptr);
}

void add_statistics(CLI::App& root, Line& line) {
  struct Options {
    std::shared_ptr<std::string> folder;
    bool everybody = false;
    bool csv = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      root, line, "statistics", "how the clocks were kept: mine, or of all in public",
      "weir statistics --public --csv", [options, &line]() -> Status {
        if (is_served(line)) {
          if (options->csv) {
            return write_out(TRY(statistics_csv_beside(line, options->everybody)));
          }
          line.say(TRY(statistics_beside(line, options->everybody)));
          return {};
        }
        const app::Laws laws = TRY(laws_in(line, *options->folder));
        const auto instance = TRY(line.open(Witnesses::leave));
        const app::Actor actor = TRY(line.actor());
        const auto figures = TRY(options->everybody ? app::public_statistics(*instance->app)
                                                    : app::statistics(*instance->app, laws, actor));
        if (options->csv) {
          return write_out(app::statistics_csv(figures));
        }
        json::Array rows;
        for (const app::Figures& one : figures) {
          rows.push_back(json::Object{{"regime", one.regime},
                                      {"sector", one.sector},
                                      {"period", one.period},
                                      {"duties", one.duties},
                                      {"on_time", one.on_time},
                                      {"late", one.late},
                                      {"on_time_percent", one.on_time_percent},
                                      {"median_lead_minutes", number(one.median_lead_minutes)},
                                      {"median_fix_hours", number(one.median_fix_hours)}});
        }
        line.say(json::Object{{"definitions", app::kDefinitions}, {"figures", std::move(rows)}});
        return {};
      });
  options->folder = add_laws_option(*verb);
  verb->add_flag("--public", options->everybody, "of all, without small numbers");
  verb->add_flag("--csv", options->csv);
}

json::Value delay_value(const app::DelayView& one) {
  return json::Object{{"delay", one.reference},
                      {"case", one.case_reference},
                      {"decided", to_rfc3339(one.decided)},
                      {"ground", one.ground},
                      {"until", to_rfc3339(one.until)},
                      {"review", one.review ? to_rfc3339(*one.review) : ""},
                      {"second_body", one.second_body},
                      {"told", one.told ? to_rfc3339(*one.told) : ""},
                      {"in_force", one.in_force},
                      {"review_is_due", one.review_is_due}};
}

void add_delay_told(CLI::App& delay, Line& line) {
  struct Options {
    std::string reference;
    app::Told told;
  };
  auto options = std::make_shared<Options>();
  CLI::App* told = add_verb(
      delay, line, "told", "the second body of one delay was told",
      "weir delay told CASE --delay DELAY --second-body ENISA --note 'mail of 10:12' --as cora",
      [options, &line]() -> Status {
        if (is_served(line)) {
          TRY(post_beside(line, case_path(options->reference, "/delays/told"),
                          {{"delay", options->told.delay},
                           {"second_body", options->told.second_body},
                           {"note", options->told.note}}));
          return {};
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::tell_second_body(*instance->app, actor, options->reference, options->told);
      });
  told->add_option("case", options->reference)->required();
  told->add_option("--delay", options->told.delay, "which, from weir delay list")->required();
  told->add_option("--second-body", options->told.second_body, "who was told")->required();
  told->add_option("--note", options->told.note, "how")->required();
}

}  // namespace

void add_delay_verbs(CLI::App& delay, Line& line) {
  struct Options {
    std::string reference;
    app::NewDelay delay;
  };
  auto options = std::make_shared<Options>();
  CLI::App* order = add_verb(
      delay, line, "order", "under the law: justified, reviewed, told to a second body",
      "weir delay order CASE --ground nature_of_information --justification @why.txt --until "
      "2027-01-31T09:00:00Z --review 2027-01-15T09:00:00Z --second-body ENISA --as cora",
      [options, &line]() -> Status {
        options->delay.justification =
            TRY(text_or_file(options->delay.justification, app::kMaxGroundBytes));
        if (is_served(line)) {
          const app::NewDelay& one = options->delay;
          TRY(post_beside(line, case_path(options->reference, "/delays"),
                          {{"ground", one.ground},
                           {"justification", one.justification},
                           {"until", one.until},
                           {"review", one.review},
                           {"second_body", one.second_body}}));
          return {};
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::delay_dissemination(*instance->app, actor, options->reference, options->delay);
      });
  order->add_option("case", options->reference)->required();
  order->add_option("--ground", options->delay.ground)->required();
  order->add_option("--justification", options->delay.justification)->required();
  order->add_option("--until", options->delay.until, "planned dissemination")->required();
  order->add_option("--review", options->delay.review)->required();
  order->add_option("--second-body", options->delay.second_body)->required();
  add_delay_told(delay, line);
  add_verb(delay, line, "list",
           "what was delayed in a case; without one, what is delayed in all that I handle",
           "weir delay list CASE --as cora",
           [options, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(delays_beside(line, options->reference)));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             const auto found = TRY(options->reference.empty()
                                        ? app::delays_in_force(*instance->app, actor)
                                        : app::delays(*instance->app, actor, options->reference));
             for (const app::DelayView& one : found) {
               rows.push_back(delay_value(one));
             }
             line.say(rows);
             return {};
           })
      ->add_option("case", options->reference);
}

void add_duty_verbs(CLI::App& root, CLI::App& clocks, Line& line,
                    const std::shared_ptr<std::string>& folder) {
  add_run(clocks, line, folder);
  add_warn(clocks, line);
  add_statistics(root, line);
}

}  // namespace weir::main
