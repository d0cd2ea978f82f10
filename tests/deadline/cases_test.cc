// Instants derived by hand from the laws' words, as tables: *.cases.
#include <algorithm>

#include <gtest/gtest.h>

#include "notation.h"

namespace weir::deadline::testing {
namespace {

constexpr std::array kFiles = {"hours.cases", "days.cases", "business-days.cases", "months.cases",
                               "logic.cases"};
constexpr std::size_t kLeastCases = 250;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// What stands for each stage: "state due last".
std::string standing_of(const std::vector<Obligation>& obligations, const std::string& stage) {
  for (const Obligation& one : obligations) {
    if (text(rules(), one.stage) == stage || rules().regimes[one.stage.regime].id == stage) {
      return std::string(name(one.state)) + " " + (one.due ? to_rfc3339(*one.due) : "-") +
             " last " + (one.due ? to_rfc3339(one.last) : "-");
    }
  }
  return "absent";
}

void check(const Case& one) {
  ASSERT_TRUE(positions().contains(one.who)) << one.place << ": " << one.who;
  const std::vector<Obligation> obligations =
      derive(rules(), positions().at(one.who), one.happened.history(), one.at);
  for (const std::string& expected : one.expected) {
    const std::vector<std::string> words = words_of(expected);
    std::string wanted = words[1];
    if (words.size() > 2) {
      wanted += " " + (words[2] == "-" ? "-" : to_rfc3339(time_of(words[2])));
    }
    if (words.size() > 4) {
      wanted += " last " + to_rfc3339(time_of(words[4]));
    }
    const std::string found = standing_of(obligations, words[0]);
    EXPECT_TRUE(found == wanted || found.starts_with(wanted + " "))
        << one.place << ": " << one.name << " (" << one.clause << ")\n  " << words[0]
        << "\n  expected " << wanted << "\n  found    " << found;
  }
}

TEST(DeadlineCases, AllTables) {
  std::size_t count = 0;
  for (const char* file : kFiles) {
    for (const Case& one : read_cases(file)) {
      EXPECT_FALSE(one.clause.empty()) << one.place;
      check(one);
      ++count;
    }
  }
  EXPECT_GE(count, kLeastCases);
}

TEST(DeadlineCases, EveryExplanationEndsWithTheInstantItExplains) {
  for (const char* file : kFiles) {
    for (const Case& one : read_cases(file)) {
      const Position& position = positions().at(one.who);
      for (const Obligation& obligation :
           derive(rules(), position, one.happened.history(), one.at)) {
        const std::vector<Step> steps =
            explain(rules(), position, one.happened.history(), obligation);
        std::string all;
        bool has_clause = false;
        for (const Step& step : steps) {
          all += step.text + "\n";
          has_clause |= !step.clause.empty() && !step.address.empty() && !step.mark.empty();
        }
        EXPECT_TRUE(has_clause) << one.place;
        const Regime& regime = rules().regimes[obligation.stage.regime];
        EXPECT_NE(all.find(regime.title), std::string::npos) << one.place;
        if (obligation.due) {
          std::string due;  // as one of the zones in question shows it
          for (const Position::Entry& entry : position.entries) {
            if (entry.regime == obligation.stage.regime) {
              due = entry.place->zone.show(*obligation.due);
            }
          }
          EXPECT_NE(all.find(due), std::string::npos)
              << one.place << " " << text(rules(), obligation.stage) << "\n"
              << all;
        }
      }
    }
  }
}

TEST(DeadlineCases, ADerivationReadsLikeThis) {
  const Facts facts = read_facts(
      "flaw_known 2026-10-01T10:00+02:00; exploitation_known 2026-10-01T10:15+02:00; "
      "measure_available 2026-12-11T09:00+01:00");
  const Position& position = positions().at("maker-de");
  const Instant now = time_of("2026-12-11T10:00+01:00");
  std::string text_of_final;
  for (const Obligation& one : derive(rules(), position, facts.history(), now)) {
    if (stage_of(rules(), one.stage).id == "final") {
      for (const Step& step : explain(rules(), position, facts.history(), one)) {
        text_of_final += step.text + " [" + step.clause + "]\n";
      }
    }
  }
  EXPECT_EQ(text_of_final,
            "Cyber Resilience Act, Regulation (EU) 2024/2847, Art. 14 - actively exploited "
            "vulnerabilities, in force from 2026-09-11 [Art. 71(2): Art. 14 applies from 11 "
            "September 2026]\n"
            "\"becomes aware of any actively exploited vulnerability contained in the product\": "
            "flaw_known at 2026-10-01 10:00 +02:00 [Art. 14(1), Art. 3(42)]\n"
            "\"becomes aware of any actively exploited vulnerability contained in the product\": "
            "exploitation_known at 2026-10-01 10:15 +02:00 [Art. 14(1), Art. 3(42)]\n"
            "\"no later than 14 days after a corrective or mitigating measure is available\": "
            "measure_available at 2026-12-11 09:00 +01:00 [Art. 14(2)(c)]\n"
            "\"no later than 14 days after a corrective or mitigating measure is available\" [Art. "
            "14(2)(c)]\n"
            "the day of the event, 2026-12-11 in Europe/Berlin, does not count [Regulation "
            "1182/71, Art. 3(1)]\n"
            "14 days end with 2026-12-25 [Regulation 1182/71, Art. 3(2)]\n"
            "2026-12-25 is no working day (Erster Weihnachtstag) [Regulation 1182/71, Art. 3(4)]\n"
            "the last instant in time is 2026-12-28 23:59:59.999 +01:00 []\n"
            "holidays of DE: holidays of all German states []\n");
}

/// The texts of all steps for the stage, one a line.
std::string explained(const char* who, const char* happened, const char* at, const char* stage) {
  const Facts facts = read_facts(happened);
  const Position& position = positions().at(who);
  std::string all;
  for (const Obligation& one : derive(rules(), position, facts.history(), time_of(at))) {
    if (text(rules(), one.stage) == stage) {
      for (const Step& step : explain(rules(), position, facts.history(), one)) {
        all += step.text + "\n";
      }
    }
  }
  return all;
}

TEST(DeadlineCases, WhichOfTwoLimitsCountsIsExplained) {
  const std::string both = explained(
      "bank-de", "incident_known 2026-10-07T10:00+02:00; major_classified 2026-10-08T08:00+02:00",
      "2026-10-08T08:00+02:00", "eu-dora/initial");
  EXPECT_NE(both.find("of these the earliest counts: 2026-10-08 10:00 +02:00"), std::string::npos)
      << both;
  const std::string late = explained(
      "bank-de", "incident_known 2026-10-07T10:00+02:00; major_classified 2026-10-09T08:00+02:00",
      "2026-10-09T08:00+02:00", "eu-dora/initial");
  EXPECT_NE(late.find("was over at 2026-10-08 10:00 +02:00, before the stage began; not counted"),
            std::string::npos)
      << late;
  EXPECT_EQ(late.find("of these"), std::string::npos);
  const std::string moved = explained(
      "bank-de",
      "incident_known 2026-10-01T08:00+02:00; major_classified 2026-10-01T08:00+02:00; filed "
      "eu-dora/initial 2026-10-01T10:00+02:00; filed eu-dora/intermediate 2026-10-14T10:00+02:00",
      "2026-10-14T10:00+02:00", "eu-dora/final");
  EXPECT_NE(moved.find("moved to another day, it ends there at noon\nthe last instant in time is "
                       "2026-11-16 12:00 +01:00"),
            std::string::npos)
      << moved;
}

TEST(DeadlineCases, WhatTheCalendarDoesNotKnowIsSaid) {
  const Facts facts = read_facts("platform_online 2026-11-02T02:00Z");
  const Position& position = positions().at("platform-cn");
  const auto found = derive(rules(), position, facts.history(), time_of("2026-11-02T02:00Z"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].covered);
  EXPECT_NE(explain(rules(), position, facts.history(), found[0]).size(), 0U);
  std::string all;
  for (const Step& step : explain(rules(), position, facts.history(), found[0])) {
    all += step.text + "\n";
  }
  EXPECT_NE(all.find("check the date by hand"), std::string::npos) << all;
}

struct BadFact {
  const char* what;
  const char* facts;
  const char* refused;
};
const BadFact kBadFacts[] = {
    {"in the future", "flaw_known 2026-10-01T10:00:00.001Z", "a fact in the future (fact 1)"},
    {"a correction of nothing",
     "flaw_known 2026-09-01T10:00Z; correct 7 flaw_known 2026-09-01T11:00Z",
     "a correction names a fact of the same event (fact 2)"},
    {"a correction of another event",
     "flaw_known 2026-09-01T10:00Z; correct 1 published 2026-09-01T11:00Z",
     "a correction names a fact of the same event (fact 2)"},
    {"of itself", "correct 1 flaw_known 2026-09-01T11:00Z",
     "corrections go round in a circle (fact 1)"},
    {"in a circle",
     "correct 2 flaw_known 2026-09-01T11:00Z; correct 1 flaw_known 2026-09-01T12:00Z",
     "corrections go round in a circle (fact 1)"},
    {"beyond the tables", "kev_due_date 2037-06-01T11:00Z", "a date beyond the calendars (fact 1)"},
};

TEST(DeadlineCases, FactsThatCannotBeAreRefused) {
  const Instant now = time_of("2026-10-01T10:00Z");
  for (const BadFact& bad : kBadFacts) {
    const Status checked = weir::deadline::check(rules(), read_facts(bad.facts).facts, now);
    ASSERT_FALSE(checked) << bad.what;
    EXPECT_EQ(text(checked.error()), bad.refused) << bad.what;
  }
  std::vector<Fact> facts = read_facts("flaw_known 2026-09-01T10:00Z").facts;
  EXPECT_TRUE(weir::deadline::check(rules(), facts, now));
  facts[0].at = {-1};
  EXPECT_EQ(text(weir::deadline::check(rules(), facts, now).error()),
            "a fact before 1970 (fact 1)");
  facts[0].at = {0};
  EXPECT_TRUE(weir::deadline::check(rules(), facts, now));
  facts[0].says = Fact::Says::did_not;
  EXPECT_FALSE(weir::deadline::check(rules(), facts, now));
  facts[0] = {1, 64, {0}, 0, Fact::Says::happened};
  EXPECT_FALSE(weir::deadline::check(rules(), facts, now));
  EXPECT_FALSE(weir::deadline::check(
      rules(),
      std::vector<Fact>{{1, 0, {0}, 0, Fact::Says::happened}, {1, 1, {0}, 0, Fact::Says::happened}},
      now));
  EXPECT_TRUE(
      weir::deadline::check(rules(), read_facts("kev_due_date 2026-12-01T11:00Z").facts, now));
}

TEST(DeadlineCases, ContradictionsAreShownAndCorrectionsEndThem) {
  const auto contradicted = [](const char* facts) {
    return contradictions(read_facts(facts).facts).size();
  };
  EXPECT_EQ(contradicted("flaw_known 2026-09-01T10:00Z"), 0U);
  EXPECT_EQ(contradicted("flaw_known 2026-09-01T10:00Z; flaw_known 2026-09-01T10:00Z"), 0U);
  EXPECT_EQ(contradicted("flaw_known 2026-09-01T10:00Z; flaw_known 2026-09-01T11:00Z"), 1U);
  EXPECT_EQ(contradicted("flaw_known 2026-09-01T10:00Z; correct 1 flaw_known 2026-09-01T11:00Z"),
            0U);
  EXPECT_EQ(contradicted("flaw_known 2026-09-01T10:00Z; takeback 1 flaw_known 2026-09-01T11:00Z"),
            0U);
}

struct ConflictCase {
  const char* what;
  const char* who;
  const char* facts;
  const char* at;
  std::size_t conflicts;
};
const ConflictCase kConflicts[] = {
    {"RMSV forbids what the CRA demands: two stages, two recipients each", "maker-world",
     "flaw_known 2026-10-01T10:00Z; exploitation_known 2026-10-01T10:00Z", "2026-10-01T11:00Z", 4},
    {"nothing is demanded yet", "maker-world", "flaw_known 2026-10-01T10:00Z", "2026-10-01T11:00Z",
     0},
    {"what is filed is no longer demanded", "maker-world",
     "flaw_known 2026-10-01T10:00Z; exploitation_known 2026-10-01T10:00Z; filed "
     "eu-cra/early_warning "
     "2026-10-01T10:30Z",
     "2026-10-01T11:00Z", 2},
    {"once public, nothing is forbidden", "maker-world",
     "flaw_known 2026-10-01T10:00Z; exploitation_known 2026-10-01T10:00Z; published "
     "2026-10-01T10:30Z",
     "2026-10-01T11:00Z", 0},
    {"not where the flaw is not sold", "maker-de",
     "flaw_known 2026-10-01T10:00Z; exploitation_known 2026-10-01T10:00Z", "2026-10-01T11:00Z", 0},
    {"a report within China conflicts with nothing", "maker-cn", "flaw_known 2026-10-01T10:00Z",
     "2026-10-01T11:00Z", 0},
    {"an overdue duty still conflicts", "maker-world",
     "flaw_known 2026-10-01T10:00Z; exploitation_known 2026-10-01T10:00Z", "2026-12-01T11:00Z", 4},
};

TEST(DeadlineCases, ConflictsBetweenLawsAreFound) {
  for (const ConflictCase& one : kConflicts) {
    const auto found = conflicts(rules(), positions().at(one.who), read_facts(one.facts).history(),
                                 time_of(one.at));
    EXPECT_EQ(found.size(), one.conflicts) << one.what;
    for (const Conflict& conflict : found) {
      EXPECT_EQ(rules().regimes[conflict.regime].id, "cn-rmsv");
      EXPECT_EQ(rules().regimes[conflict.demanded.regime].id, "eu-cra");
    }
  }
}

TEST(DeadlineCases, WhyARegimeDoesNotConcernAnOrganisation) {
  const Profile profile{"DE", {{"role", {"manufacturer"}}, {"market", {"US"}}}};
  EXPECT_EQ(
      why_not(rules(), profile, *rules().find_regime("eu-cra")),
      (std::vector<std::string>{"from 2026-09-11: by its market the organisation is outside"}));
  EXPECT_EQ(why_not(rules(), profile, *rules().find_regime("us-circia")),
            (std::vector<std::string>{"not in force"}));
}

TEST(DeadlineCases, AnUnverifiedNumberIsMarked) {
  const Facts facts =
      read_facts("critical_detected 2026-06-05T15:00Z; kev_listed 2026-06-05T15:00Z");
  for (const Obligation& one : derive(rules(), positions().at("agency-us"), facts.history(),
                                      time_of("2026-06-06T15:00Z"))) {
    const bool is_scan = rules().regimes[one.stage.regime].id == "us-bod-19-02";
    EXPECT_EQ(mark_of(rules(), one), is_scan ? Mark::unverified : Mark::primary);
  }
}

}  // namespace
}  // namespace weir::deadline::testing
