#include "notation.h"

#include <fstream>

#include <gtest/gtest.h>

namespace weir::deadline::testing {
namespace {

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    std::string part = text.substr(at, end - at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

std::vector<std::vector<std::string>> read_table(const std::string& file, std::size_t columns) {
  std::ifstream stream(std::string(WEIR_SOURCE) + "/tests/deadline/" + file);
  EXPECT_TRUE(stream) << file;
  std::vector<std::vector<std::string>> rows;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    std::vector<std::string> row = split(line, '|');
    EXPECT_EQ(row.size(), columns) << file << ":" << number;
    row.resize(columns);
    row.push_back(file + ":" + std::to_string(number));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::uint8_t event_of(const std::string& name) {
  const auto event = rules().event(name);
  EXPECT_TRUE(event) << name;
  return event.value_or(0);
}

/// The stage in every version of its regime, as a filing of it.
void add_filing(const std::vector<std::string>& words, Facts& facts) {
  const std::size_t slash = words[1].find('/');
  const Regime* regime = rules().find_regime(words[1].substr(0, slash));
  ASSERT_NE(regime, nullptr) << words[1];
  const auto number = static_cast<std::uint16_t>(regime - rules().regimes.data());
  bool is_found = false;
  for (std::size_t v = 0; v < regime->versions.size(); ++v) {
    const Version& version = regime->versions[v];
    std::map<std::string, std::uint8_t> fields;
    for (const Stage& stage : version.stages) {
      for (const Field& field : stage.fields) {
        fields[field.name] = field.number;
      }
    }
    for (std::size_t s = 0; s < version.stages.size(); ++s) {
      if (version.stages[s].id != words[1].substr(slash + 1)) {
        continue;
      }
      is_found = true;
      Filing filing;
      filing.stage = {number, static_cast<std::uint16_t>(v), static_cast<std::uint16_t>(s)};
      filing.at = time_of(words[2]);
      for (const std::string& name :
           words.size() > 3 ? split(words[3], ',') : std::vector<std::string>()) {
        EXPECT_TRUE(fields.contains(name)) << name;
        filing.fields |= std::uint64_t{1} << fields[name];
      }
      facts.filings.push_back(filing);
    }
  }
  EXPECT_TRUE(is_found) << words[1];
}

}  // namespace

const Rules& rules() {
  static const Rules kRules = [] {
    auto loaded = regimes::load(regimes::builtin());
    EXPECT_TRUE(loaded) << (loaded ? "" : text(loaded.error()));
    return loaded ? *std::move(loaded) : Rules();
  }();
  return kRules;
}

Instant time_of(const std::string& given) {
  std::string full = given;
  if (full.size() > 16 && full[16] != ':') {
    full.insert(16, ":00");
  }
  const auto at = parse_rfc3339(full);
  EXPECT_TRUE(at) << given;
  return at.value_or(Instant{});
}

Facts read_facts(const std::string& given) {
  Facts facts;
  for (const std::string& one : split(given, ';')) {
    const std::vector<std::string> words = split(one, ' ');
    if (one.empty()) {
      continue;
    }
    if (words[0] == "filed") {
      add_filing(words, facts);
      continue;
    }
    Fact fact;
    fact.id = static_cast<std::int64_t>(facts.facts.size()) + 1;
    const bool is_correction = words[0] == "correct" || words[0] == "takeback";
    if (is_correction) {
      fact.supersedes = words[1][0] - '0';
      fact.says = words[0] == "correct" ? Fact::Says::happened : Fact::Says::did_not;
    }
    fact.event = event_of(words[is_correction ? 2 : 0]);
    fact.at = time_of(words[is_correction ? 3 : 1]);
    facts.facts.push_back(fact);
  }
  return facts;
}

std::vector<Case> read_cases(const std::string& file) {
  std::vector<Case> cases;
  for (const std::vector<std::string>& row : read_table(file, 6)) {
    Case made;
    made.place = row[6];
    made.name = row[0];
    made.who = row[1];
    made.happened = read_facts(row[2]);
    made.at = time_of(row[3]);
    made.expected = split(row[4], ';');
    made.clause = row[5];
    cases.push_back(std::move(made));
  }
  return cases;
}

const std::map<std::string, Position>& positions() {
  static const std::map<std::string, Position> kPositions = [] {
    std::map<std::string, Position> made;
    for (const std::vector<std::string>& row : read_table("profiles.txt", 3)) {
      Profile profile;
      profile.establishment = row[1];
      for (const std::string& one : split(row[2], ' ')) {
        const std::size_t equals = one.find('=');
        profile.attributes[one.substr(0, equals)] = split(one.substr(equals + 1), ',');
      }
      made[row[0]] = place(rules(), profile);
    }
    return made;
  }();
  return kPositions;
}

std::string text_of(const Facts& facts) {
  std::string out;
  for (const Fact& fact : facts.facts) {
    out += out.empty() ? "" : "; ";
    if (fact.supersedes != 0) {
      out += (fact.says == Fact::Says::happened ? "correct " : "takeback ") +
             std::to_string(fact.supersedes) + " ";
    }
    out += rules().events[fact.event].name + " " + to_rfc3339(fact.at);
  }
  for (const Filing& filing : facts.filings) {
    out += "; filed " + text(rules(), filing.stage) + " " + to_rfc3339(filing.at);
  }
  return out;
}

}  // namespace weir::deadline::testing
