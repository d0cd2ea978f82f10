// What the simulation holds the platform against: who may see which word, in plain containers,
// written from docs/policy.md and product.md and not from the gate's code. It is an upper bound:
// an act whose outcome nobody knows counts as done if it opens, and as not done if it closes. What
// is shown beyond the bound is a leak.
//
// Every confidential text is a word of its own, "q17z-exploit-1": q17z is the report, message or
// ground, what follows says what it is, the number the vulnerability.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/level.h"

namespace weir::sim {

/// One who may ask. A reporter without an account has a return code and nothing else.
struct Person {
  std::string handle;
  std::string organisation;
  enum class Bound { no, yes, unknown } bound = Bound::no;
  enum class Staff { no, yes } staff = Staff::no;  // of the operating authority
};

/// A report, message, file or ground that somebody wrote.
struct Word {
  std::string reference{};       // the case it belongs to
  std::string author{};          // a handle; empty: nobody with an account
  std::string audience{};        // an organisation, or empty for all
  Level level = Level::nothing;  // nothing: as its suffix says (a report)
  std::int64_t vulnerability = 0;
  enum class Kind { report, message, ground } kind = Kind::report;
};

/// What is known of a case.
struct Case {
  std::set<std::string> handlers;
  std::map<std::string, std::set<std::int64_t>> vendors;  // an empty set: all vulnerabilities
  std::map<std::string, std::set<std::int64_t>> counted;  // those surely added: their fix counts
  std::map<std::string, Level> invited;
  std::map<std::string, Level> released;
  std::map<std::string, Level> exceptions;
  std::set<std::pair<std::string, std::int64_t>> fixed;  // public fixes
  std::set<std::string> left_out;
  std::set<std::string> conflicts;  // handles
  std::string merged_into;
  std::int64_t vulnerabilities = 1;
  enum class Life { received, claimed, accepted, ended } life = Life::received;
  bool is_published = false;
  bool is_erased = false;
};

class Oracle {
 public:
  std::map<std::string, Person> people;
  std::map<std::string, Level> agreements;  // by organisation, the most there ever was
  std::set<std::string> suspended;          // organisations, known to be
  std::set<std::string> barred;             // handles, known to be
  std::map<std::string, Case> cases;        // by reference
  std::map<std::string, Word> words;

  /// A word that nobody has used.
  std::string fresh_word();
  /// May this person (empty: an outsider) see this word's part? `suffix` is "exploit-1".
  bool may_see(const std::string& handle, const std::string& word, std::string_view suffix) const;
  /// Every word in `text` that `handle` may not see, "q17z-exploit-1".
  std::vector<std::string> leaks(const std::string& handle, std::string_view text) const;

 private:
  bool is_fixed(const Case& known, std::int64_t number) const;
  bool is_fixed_everywhere(const Case& known) const;
  bool may_by(const Person& person, const std::string& reference, const Word& word, Level level,
              std::int64_t vulnerability) const;
  Level bound_of_guest(const Person& person, const Case& known, bool is_open) const;

  int next_word_ = 0;
};

}  // namespace weir::sim
