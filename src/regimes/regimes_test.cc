#include "regimes/regimes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace weir::regimes {
namespace {

using deadline::Rules;

constexpr const char* kVocabulary = R"(events:
  - {event: known, meaning: "it is known"}
  - {event: done, meaning: "it is done"}
  - {event: set_date, kind: date, meaning: "a date was set"}
attributes:
  market: [place]
  role: [maker, user]
groups:
  EU: [DE]
places:
  - {place: DE, zone: Europe/Berlin, calendar: de}
  - {place: US, zone: America/New_York}
)";
constexpr const char* kCalendars = R"(calendars:
  - calendar: de
    source: "made up"
    mark: unverified
    covers: {from: 2026, until: 2027}
    days:
      - {name: New Year, date: 01-01, observed: nearest_weekday}
      - {name: Easter Monday, easter: 1}
      - {name: Last Monday of May, month: 5, weekday: monday, nth: -1}
      - {name: Once, on: 2026-06-17}
    working: [2026-06-20]
)";
constexpr const char* kRegime = R"(regime: test
title: A law
kind: law
place: EU
seat: DE
checked: 2026-11-23
sources:
  a: {address: "https://example.com/law", mark: primary}
versions:
  - valid: {from: 2020-01-01, until: 2026-06-10}
    cite: [a, "Art. 1"]
    applies: {role: [maker], market: [EU]}
    opens:
      when: [known]
      wording: "learns of it"
      cite: [a, "Art. 2"]
    stages:
      - stage: first
        title: First
        wording: "within a day"
        cite: [a, "Art. 3"]
        limits:
          - {within: 24 hours, counting: eu-1182-71, wording: "24 hours", cite: [a, "Art. 3"]}
        fields:
          - [product, notice, required, "Product"]
          - [note, advisory, optional, "Note"]
        to: [[authority, EU]]
        onward:
          - {to: "another", delay: "at once", cite: [a, "Art. 4"]}
      - stage: second
        title: Second
        when: ["filed:first"]
        wording: "later"
        cite: [a, "Art. 5", secondary]
        unless_provided: true
        limits:
          - {date: set_date, wording: "the date", cite: [a, "Art. 5"]}
        fields:
          - [product, notice, required, "Product"]
    prohibitions:
      - prohibition: abroad
        when: [known]
        until: [done]
        inside: EU
        wording: "nobody abroad"
        cite: [a, "Art. 6"]
    penalties:
      - {text: "a fine", cite: [a, "Art. 7"]}
  - valid: {from: 2026-06-10}
    cite: [a, "Art. 1"]
    opens:
      when: [[known, done]]
      wording: "learns of it"
      cite: [a, "Art. 2"]
    stages: []
)";

std::vector<File> files(std::string vocabulary = kVocabulary, std::string calendars = kCalendars,
                        std::string regime = kRegime) {
  return {{"calendars.yaml", std::move(calendars)},
          {"test.yaml", std::move(regime)},
          {"vocabulary.yaml", std::move(vocabulary)}};
}

/// `text` with its first `from` replaced; the test fails if there is none.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string said(const Result<Rules>& loaded) {
  return loaded ? "good" : text(loaded.error());
}

TEST(Regimes, AGoodFileIsReadWhole) {
  const auto loaded = load(files());
  ASSERT_TRUE(loaded) << said(loaded);
  const deadline::Regime& regime = loaded->regimes.at(0);
  EXPECT_EQ(regime.id, "test");
  ASSERT_EQ(regime.versions.size(), 2U);
  const deadline::Version& version = regime.versions[0];
  EXPECT_EQ(deadline::to_date(*version.until), "2026-06-10");
  ASSERT_EQ(version.stages.size(), 2U);
  EXPECT_EQ(version.stages[0].required, 1U);
  EXPECT_EQ(version.stages[0].fields[1].number, 1);
  EXPECT_EQ(version.stages[1].fields[0].number, 0) << "the same name is the same field";
  EXPECT_EQ(version.stages[1].when.at(0).stages, 1U);
  EXPECT_EQ(version.stages[1].citation.mark, deadline::Mark::secondary);
  EXPECT_EQ(version.stages[1].limits[0].date, loaded->event("set_date"));
  EXPECT_EQ(regime.versions[1].opens.at(0).events, 3U);
  EXPECT_TRUE(loaded->is_inside("DE", "EU"));
  EXPECT_FALSE(loaded->is_inside("US", "EU"));
  EXPECT_TRUE(loaded->is_inside("US", "any"));
  EXPECT_EQ(loaded->find_regime("nothing"), nullptr);
  const deadline::Calendar& calendar = loaded->find_place("DE")->calendar;
  const auto why = [&](const char* date) { return calendar.why(*deadline::parse_date(date)); };
  EXPECT_EQ(why("2026-01-01"), "New Year");
  EXPECT_EQ(why("2026-04-06"), "Easter Monday");
  EXPECT_EQ(why("2026-05-25"), "Last Monday of May");
  EXPECT_EQ(why("2026-06-17"), "Once");
  EXPECT_EQ(why("2026-06-20"), "") << "a Saturday on which people work";
  EXPECT_EQ(why("2027-12-31"), "New Year") << "1 January 2028 is a Saturday, kept on Friday";
  EXPECT_FALSE(calendar.is_covered(*deadline::parse_date("2028-01-03")));
}

struct BadFile {
  const char* what;
  const char* from;
  const char* to;
  const char* refused;
};

const BadFile kBadRegimes[] = {
    {"unknown key", "kind: law", "kind: law\ncolour: red", "unknown key: colour (test.yaml:4)"},
    {"unknown key in a stage", "        title: First", "        title: First\n        colour: red",
     "unknown key: colour (test.yaml:20)"},
    {"key twice", "kind: law", "kind: law\nkind: norm", "key twice: kind (test.yaml:4)"},
    {"missing citation of a limit", "wording: \"24 hours\", cite: [a, \"Art. 3\"]}",
     "wording: \"24 hours\"}", "a citation is missing (cite: [source, clause]) (test.yaml:23)"},
    {"missing citation of what opens", "      cite: [a, \"Art. 2\"]\n    stages:\n",
     "    stages:\n", "a citation is missing (cite: [source, clause]) (test.yaml:14)"},
    {"unknown source", "cite: [a, \"Art. 3\"]", "cite: [b, \"Art. 3\"]",
     "no such source in this file: b (test.yaml:21)"},
    {"unknown mark", "mark: primary", "mark: sure",
     "a mark is primary, secondary or unverified (test.yaml:8)"},
    {"overlap", "until: 2026-06-10", "until: 2026-06-11",
     "the validity of two versions overlaps (test.yaml:49)"},
    {"no end before the next", ", until: 2026-06-10", "",
     "the validity of two versions overlaps (test.yaml:49)"},
    {"ends before it begins", "until: 2026-06-10", "until: 2020-01-01",
     "ends before it begins (test.yaml:10)"},
    {"a stage that waits for itself", "when: [\"filed:first\"]", "when: [\"filed:second\"]",
     "stages wait for each other in a circle: second (test.yaml:30)"},
    {"stages that wait for each other", "        wording: \"within a day\"",
     "        when: [\"filed:second\"]\n        wording: \"within a day\"",
     "stages wait for each other in a circle: first (test.yaml:18)"},
    {"unknown stage", "filed:first", "filed:third",
     "no such stage in this version: filed:third (test.yaml:32)"},
    {"stage twice", "stage: second", "stage: first",
     "a stage has a name of its own, of a-z, 0-9, _ and - (test.yaml:30)"},
    {"unknown event", "when: [known]", "when: [rumoured]",
     "no such event in the vocabulary: rumoured (test.yaml:14)"},
    {"opens with nothing", "when: [known]\n      wording", "when: []\n      wording",
     "what opens it needs an event (test.yaml:14)"},
    {"unknown attribute", "role: [maker]", "colour: [maker]",
     "no such attribute in the vocabulary: colour (test.yaml:12)"},
    {"unknown value", "role: [maker]", "role: [baker]",
     "no such value of role: baker (test.yaml:12)"},
    {"unknown place", "market: [EU]", "market: [XX]", "no such value of market: XX (test.yaml:12)"},
    {"unknown level", "product, notice", "product, secret",
     "a field is [name, level, required or optional, label] (test.yaml:25)"},
    {"field twice", "[note, advisory", "[product, advisory",
     "a field twice: product (test.yaml:26)"},
    {"a period without a unit", "within: 24 hours", "within: 24",
     "a period is 1 to 10000 of a unit: 72 hours (test.yaml:23)"},
    {"no address", "https://example.com/law", "javascript:alert(1)",
     "an address begins with https:// or http:// (test.yaml:8)"},
    {"no period", "within: 24 hours", "within: 0 hours",
     "a period is 1 to 10000 of a unit: 72 hours (test.yaml:23)"},
    {"too long a period", "within: 24 hours", "within: 10001 hours",
     "a period is 1 to 10000 of a unit: 72 hours (test.yaml:23)"},
    {"a number that is none", "within: 24 hours", "within: -4 hours",
     "a period is a number and a unit: 72 hours (test.yaml:23)"},
    {"an unknown unit", "within: 24 hours", "within: 24 moons",
     "a period is counted in hours, days, business days, weeks, months or years (test.yaml:23)"},
    {"an unknown counting", "counting: eu-1182-71", "counting: guess",
     "counting is elapsed, calendar, eu-1182-71 or eu-1182-71-noon (test.yaml:23)"},
    {"no noon of hours", "counting: eu-1182-71", "counting: eu-1182-71-noon",
     "hours elapse, or are counted by eu-1182-71 (test.yaml:23)"},
    {"lapses is said or not", "counting: eu-1182-71", "counting: eu-1182-71, lapses: false",
     "lapses is true, or absent (test.yaml:23)"},
    {"a date lapses never", "{date: set_date,", "{date: set_date, lapses: true,",
     "a limit is a period or a date (test.yaml:37)"},
    {"months cannot elapse", "24 hours, counting: eu-1182-71", "1 month, counting: elapsed",
     "only hours, days and weeks can elapse; count by calendar (test.yaml:23)"},
    {"hours have no calendar", "counting: eu-1182-71", "counting: calendar",
     "hours elapse, or are counted by eu-1182-71 (test.yaml:23)"},
    {"an event that is no date", "date: set_date", "date: known",
     "an event of kind date is expected (test.yaml:37)"},
    {"period and date", "{date: set_date,", "{date: set_date, within: 1 day,",
     "a limit is a period or a date (test.yaml:37)"},
    {"unless without fields",
     "        fields:\n          - [product, notice, required, \"Product\"]\n    prohibitions",
     "    prohibitions", "unless_provided needs required fields (test.yaml:30)"},
    {"recipient nowhere", "[authority, EU]", "[authority, XX]",
     "a recipient is [name, place]; a place is a country, a group or any (test.yaml:27)"},
    {"withheld from nobody", "to: [[authority, EU]]",
     "to: [[authority, EU]]\n        withheld: [{from: other, if: note, gives: [], cite: [a, x]}]",
     "what is withheld names a recipient and fields of the stage (test.yaml:28)"},
    {"withheld but for no field", "to: [[authority, EU]]",
     "to: [[authority, EU]]\n        withheld: [{from: authority, if: note, gives: [colour], cite: "
     "[a, x]}]",
     "what is withheld names a recipient and fields of the stage (test.yaml:28)"},
    {"withheld without a citation", "to: [[authority, EU]]",
     "to: [[authority, EU]]\n        withheld: [{from: authority, if: note, gives: [product]}]",
     "a citation is missing (cite: [source, clause]) (test.yaml:28)"},
    {"prohibition nowhere", "inside: EU", "inside: XX", "no such place: XX (test.yaml:41)"},
    {"named otherwise", "regime: test", "regime: other",
     "a file is named like its regime, of a-z, 0-9 and - (test.yaml:1)"},
    {"kind", "kind: law", "kind: rumour", "a regime is a law, a norm or a proposal (test.yaml:1)"},
    {"seat", "seat: DE", "seat: EU",
     "place is a country, a group or any; seat is a country (test.yaml:1)"},
    {"no such day", "checked: 2026-11-23", "checked: 2026-11-31",
     "a date like 2026-09-11, of 1970 to 2037, is expected (test.yaml:6)"},
    {"missing", "title: A law\n", "", "missing: title (test.yaml:1)"},
    {"no value", "title: A law", "title:", "a value is missing (test.yaml:3)"},
    {"not in force", "valid: {from: 2026-06-10}", "valid: maybe",
     "valid is {from, until}, or: not in force (test.yaml:49)"},
    {"anchor", "title: A law", "title: &a A law",
     "anchors and tags are not used here (test.yaml:2)"},
    {"alias", "title: A law\n", "title: &a A law\nnote: *a\n",
     "anchors and tags are not used here (test.yaml:2)"},
    {"tag", "title: A law", "title: !!str A law",
     "anchors and tags are not used here (test.yaml:2)"},
    {"list for text", "title: A law", "title: [A law]", "a text is expected (test.yaml:2)"},
    {"syntax", "kind: law", "kind: [law", "test.yaml:"},
};

TEST(Regimes, BadFilesAreRefusedWithFileLineAndReason) {
  for (const BadFile& bad : kBadRegimes) {
    const auto loaded = load(files(kVocabulary, kCalendars, with(kRegime, bad.from, bad.to)));
    const std::string found = said(loaded);
    EXPECT_NE(found.find(bad.refused), std::string::npos)
        << bad.what << "\n  expected " << bad.refused << "\n  found    " << found;
  }
}

const BadFile kBadVocabulary[] = {
    {"event twice", "event: done", "event: known", "an event has a name of its own"},
    {"kind of event", "kind: date", "kind: guess", "an event is an act or a date"},
    {"no such zone", "Europe/Berlin", "Europe/Atlantis",
     "the system knows no such time zone: Europe/Atlantis (vocabulary.yaml:11)"},
    {"no such calendar", "calendar: de", "calendar: fr", "no such calendar: fr"},
    {"place twice", "place: US", "place: DE", "a place is a country of two letters, once"},
    {"group of strangers", "EU: [DE]", "EU: [DE, XX]", "no such place: XX"},
};
const BadFile kBadCalendars[] = {
    {"a day that is none", "date: 01-01", "date: 13-01", "a day of the year is written MM-DD"},
    {"observed", "nearest_weekday", "sometimes", "observed is nearest_weekday, or absent"},
    {"weekday", "weekday: monday", "weekday: moonday", "month is 1 to 12, weekday its name"},
    {"nth", "nth: -1", "nth: 5", "month is 1 to 12, weekday its name"},
    {"month", "month: 5", "month: 13", "month is 1 to 12, weekday its name"},
    {"far from Easter", "easter: 1", "easter: 71", "at most 60 days before and 70 after Easter"},
    {"years", "until: 2027", "until: 2038", "a calendar covers years of 1970 to 2037"},
    {"years the wrong way", "from: 2026", "from: 2028", "a calendar covers years of 1970 to 2037"},
    {"mark", "mark: unverified", "mark: maybe", "a mark is primary, secondary or unverified"},
};

TEST(Regimes, BadWordsAndBadHolidaysAreRefused) {
  for (const BadFile& bad : kBadVocabulary) {
    const std::string found = said(load(files(with(kVocabulary, bad.from, bad.to))));
    EXPECT_NE(found.find(bad.refused), std::string::npos) << bad.what << ": " << found;
  }
  for (const BadFile& bad : kBadCalendars) {
    const std::string found = said(load(files(kVocabulary, with(kCalendars, bad.from, bad.to))));
    EXPECT_NE(found.find(bad.refused), std::string::npos) << bad.what << ": " << found;
  }
}

TEST(Regimes, EachLimitHasBothSides) {
  const auto stages = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text +=
          "\n      - {stage: s" + std::to_string(i) + ", title: T, wording: w, cite: [a, \"1\"]}";
    }
    return with(kRegime, "    stages: []", "    stages:" + text);
  };
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, stages(32)))), "good");
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, stages(33)))),
            "more than 32 stages in one version (test.yaml:56)");
  const auto fields = [](int count) {
    std::string text = "[product, notice, required, \"Product\"]";
    for (int i = 1; i < count; ++i) {
      text += "\n          - [f" + std::to_string(i) + ", notice, optional, \"F\"]";
    }
    return with(with(kRegime, "[product, notice, required, \"Product\"]", text),
                "          - [note, advisory, optional, \"Note\"]\n", "");
  };
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, fields(64)))), "good");
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, fields(65)))),
            "more than 64 fields in one version (test.yaml:89)");
  const auto events = [](int count) {
    std::string text = "events:";
    for (int i = 3; i < count; ++i) {
      text += "\n  - {event: e" + std::to_string(i) + ", meaning: m}";
    }
    return with(kVocabulary, "events:", text);
  };
  EXPECT_EQ(said(load(files(events(64)))), "good");
  EXPECT_EQ(said(load(files(events(65)))), "more than 64 events (vocabulary.yaml:66)");
  const auto titled = [](std::size_t size) {
    return files(kVocabulary, kCalendars, with(kRegime, "A law", std::string(size, 'x')));
  };
  EXPECT_EQ(said(load(titled(kMaxTextBytes))), "good");
  EXPECT_EQ(said(load(titled(kMaxTextBytes + 1))), "a text is too long (test.yaml:2)");
  const auto padded = [](std::size_t size) {
    std::string text = kRegime;
    return files(kVocabulary, kCalendars, text + "#" + std::string(size - text.size() - 1, 'x'));
  };
  EXPECT_EQ(said(load(padded(kMaxFileBytes))), "good");
  EXPECT_EQ(said(load(padded(kMaxFileBytes + 1))), "a file is at most 256 KiB (test.yaml)");
  const auto nested = [](std::size_t depth) {
    return files(kVocabulary, kCalendars,
                 with(kRegime, "A law", std::string(depth, '[') + std::string(depth, ']')));
  };
  EXPECT_EQ(said(load(nested(kMaxDepth - 1))), "a text is expected (test.yaml:2)");
  EXPECT_EQ(said(load(nested(kMaxDepth))), "nested too deeply (test.yaml:2)");
  EXPECT_EQ(said(load(nested(100'000))), "nested too deeply (test.yaml:2)");
}

TEST(Regimes, NoTextMovesACursorOrTurnsALineAround) {
  const auto titled = [](const char* title) {
    return said(load(files(kVocabulary, kCalendars, with(kRegime, "A law", title))));
  };
  for (const char* bad : {"\"A \x1b[31mlaw\"", "\"A \x7f\"", "\"A \\x9b\"", "\"\\e[2J\"",
                          "A \xe2\x80\xae law", "A \xe2\x81\xa6 law", "\"two\\nlines\""}) {
    EXPECT_EQ(titled(bad),
              "a text holds no control characters, and none that turn its direction (test.yaml:2)")
        << bad;
  }
  EXPECT_EQ(titled("\xe6\xbc\x8f\xe6\xb4\x9e \xc3\xa4 \xe2\x80\xa9 \xe2\x81\xaa"), "good");
}

TEST(Regimes, WhatIsNoFileIsNotRead) {
  const std::string folder = ::testing::TempDir() + "no-file.laws";
  std::filesystem::create_directories(folder + "/a.yaml");
  const auto read = read_files(folder);
  ASSERT_FALSE(read);
  EXPECT_EQ(text(read.error()), "a file of regimes is a file (" + folder + "/a.yaml)");
  std::filesystem::remove_all(folder);
}

TEST(Regimes, OneRegimePerFileAndTheTwoOthers) {
  std::vector<File> missing = files();
  missing.erase(missing.begin());
  EXPECT_EQ(said(load(missing)), "there is no such file among the regimes (calendars.yaml)");
  std::vector<File> twice = files();
  twice.push_back(twice[1]);
  EXPECT_EQ(said(load(twice)), "a regime twice (test.yaml)");
  std::vector<File> empty = files(kVocabulary, kCalendars, "");
  EXPECT_EQ(said(load(empty)), "the file is empty (test.yaml)");
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, std::string(kRegime) + "---\nregime: x\n"))),
            "a file is one document (test.yaml)");
  EXPECT_EQ(said(load(files(kVocabulary, kCalendars, "title: \xff\n"))),
            "a file is UTF-8 text (test.yaml)");
}

TEST(Regimes, ABadReloadKeepsTheLastGoodRules) {
  Book book(load(files()).value());
  const Book::Shared before = book.current();
  EXPECT_FALSE(book.reload(files(kVocabulary, kCalendars, "nonsense: yes")));
  EXPECT_EQ(book.current(), before);
  EXPECT_TRUE(book.reload(files(kVocabulary, kCalendars, with(kRegime, "A law", "Another law"))));
  EXPECT_EQ(book.current()->regimes[0].title, "Another law");
  EXPECT_EQ(before->regimes[0].title, "A law") << "who holds the old rules keeps them";
}

TEST(Regimes, DifferencesAreShownLineByLine) {
  const Rules before = load(files()).value();
  const Rules after =
      load(files(kVocabulary, kCalendars, with(kRegime, "within: 24 hours", "within: 12 hours")))
          .value();
  EXPECT_EQ(compare(before, before), "");
  EXPECT_EQ(compare(before, after),
            "regime test\n"
            "-     within 24 hours, counted eu-1182-71: \"24 hours\"; Art. 3, "
            "https://example.com/law [primary]\n"
            "+     within 12 hours, counted eu-1182-71: \"24 hours\"; Art. 3, "
            "https://example.com/law [primary]\n");
  Rules none = before;
  none.regimes.clear();
  EXPECT_NE(compare(none, before).find("+ regime test: A law"), std::string::npos);
  EXPECT_NE(compare(before, none).find("- regime test: A law"), std::string::npos);
}

TEST(Regimes, ShowsEverythingThatIsInTheFile) {
  const Rules rules = load(files()).value();
  const std::string shown = show(rules, rules.regimes[0]);
  for (const char* part :
       {"A law", "checked 2026-11-23", "version from 2020-01-01 until 2026-06-10",
        "applies to: market EU; role maker", "opens with known: \"learns of it\"",
        "opens with known or done", "stage first: First", "begins with: first filed",
        "on the date of set_date", "waived if its required fields were given in another stage",
        "field product (notice, required): Product", "field note (advisory, optional): Note",
        "to: authority (EU)", "passed on to: another, at once", "forbids abroad", "penalty: a fine",
        "Art. 5, https://example.com/law [secondary]"}) {
    EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
  }
}

// --- the laws that are compiled in ---------------------------------------------------------------

TEST(Regimes, TheBuiltinOnesAreGoodAndThoseOfTheFolder) {
  const auto loaded = load(builtin());
  ASSERT_TRUE(loaded) << said(loaded);
  EXPECT_GE(loaded->regimes.size(), 36U);
  const auto read = read_files(std::string(WEIR_SOURCE) + "/regimes");
  ASSERT_TRUE(read);
  const auto from_folder = load(*read);
  ASSERT_TRUE(from_folder) << said(from_folder);
  EXPECT_EQ(compare(*loaded, *from_folder), "");
  EXPECT_FALSE(read_files(std::string(WEIR_SOURCE) + "/no-such-folder"));
}

TEST(Regimes, NothingUnverifiedPassesAsReadAndEveryAddressIsOne) {
  const Rules rules = load(builtin()).value();
  int unverified = 0;
  for (const deadline::Regime& regime : rules.regimes) {
    for (const deadline::Version& version : regime.versions) {
      for (const deadline::Stage& stage : version.stages) {
        EXPECT_TRUE(stage.citation.address.starts_with("http")) << regime.id;
        for (const deadline::Limit& limit : stage.limits) {
          unverified += limit.citation.mark == deadline::Mark::unverified ? 1 : 0;
          EXPECT_FALSE(limit.citation.clause.empty());
        }
      }
    }
  }
  // ZDI, BOD 19-02 (2), SOCI 12 h, R155, the Omnibus, the summary of the CAC measures.
  EXPECT_EQ(unverified, 7);
}

TEST(Regimes, TheReferencePageIsWhatTheFilesSay) {
  const std::string path = std::string(WEIR_SOURCE) + "/docs/regimes.md";
  std::ifstream stream(path);
  const std::string page((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  EXPECT_TRUE(page == reference(load(builtin()).value()))
      << "write it anew: weir regimes reference > docs/regimes.md";
}

TEST(Regimes, ZonesComeFromTheSystem) {
  EXPECT_FALSE(load_zone("Nowhere/Land"));
  EXPECT_FALSE(load_zone(""));
  const auto berlin = load_zone("Europe/Berlin");
  ASSERT_TRUE(berlin);
  const auto shown = [&](const char* at) { return berlin->show(*parse_rfc3339(at)); };
  EXPECT_EQ(shown("2026-07-01T00:00:00Z"), "2026-07-01 02:00 +02:00");
  EXPECT_EQ(shown("2026-12-01T00:00:00Z"), "2026-12-01 01:00 +01:00");
  EXPECT_EQ(shown("1970-01-01T00:00:00Z"), "1970-01-01 01:00 +01:00");
  EXPECT_EQ(shown("2036-07-01T00:00:00Z"), "2036-07-01 02:00 +02:00")
      << "time zone data that end before the tables do";
  const auto sydney = load_zone("Australia/Sydney");
  ASSERT_TRUE(sydney);
  EXPECT_EQ(sydney->show(*parse_rfc3339("2026-12-01T00:00:00Z")), "2026-12-01 11:00 +11:00");
}

}  // namespace
}  // namespace weir::regimes
