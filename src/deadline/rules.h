// Regimes as the engine sees them: read once, checked once (src/regimes), then only looked up.
//
// A Regime is one law or norm. It has versions with dates of validity that do not overlap; a
// version has stages; a stage says what starts its clock, how long it runs, what discharges it,
// what is to be told to whom, and where that is written. Every statement carries its citation and a
// mark of how it is known. Names of events, fields and stages are interned to small numbers, so
// that a question is answered with masks.
//
// Thread rule: plain values, never changed after they are built.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deadline/calendar.h"
#include "model/level.h"

namespace weir::deadline {

inline constexpr std::size_t kMaxEvents = 64;  // in the vocabulary
inline constexpr std::size_t kMaxStages = 32;  // of one version
inline constexpr std::size_t kMaxFields = 64;  // of one version
inline constexpr std::size_t kMaxRegimes = 500;

/// How a statement is known: its primary text was read, a secondary source says so, or neither.
enum class Mark : std::uint8_t { primary, secondary, unverified };
std::string_view name(Mark mark);
std::optional<Mark> parse_mark(std::string_view text);

struct Citation {
  std::string clause;   // "Art. 14(2)(a)"
  std::string address;  // where the text, or the source that was read, stands
  Mark mark = Mark::unverified;
};

/// What can happen in a case. `date`: a date that an authority set, which may lie in the future.
struct Event {
  std::string name;
  std::string meaning;
  enum class Kind : std::uint8_t { act, date } kind = Kind::act;
};

/// One of these events has happened, or one of these stages was filed.
struct Any {
  std::uint64_t events = 0;
  std::uint32_t stages = 0;
};
/// All of them: fulfilled at the latest of the earliest. Empty: always.
using Condition = std::vector<Any>;

/// Attributes of an organisation: "role", "market", "jurisdiction", "sector", "size", "membership".
/// All that are named must be met, each by one of its values.
using Attributes = std::map<std::string, std::vector<std::string>, std::less<>>;
struct Scope {
  Attributes applies;
  Attributes except;  // none of these
};

struct Field {
  std::string name;  // the same name in two stages is the same content
  std::string label;
  Level level = Level::notice;  // the least that satisfies it
  enum class Need : std::uint8_t { required, optional } need = Need::required;
  std::uint8_t number = 0;  // in its version
};

struct Recipient {
  std::string name;
  std::string place;  // country, group ("EU"), or "any"
};

struct Onward {
  std::string to;
  std::string delay;  // in the law's words
  Citation citation;
};

/// Where the field `if_given` is filled in, this recipient gets no other field than `gives`.
struct Withholding {
  std::string from;  // the name of a recipient of the stage
  std::string if_given;
  std::vector<std::string> gives;
  Citation citation;
};

/// "Within `period` of `from`", or the very date that an event sets. The earliest one counts.
struct Limit {
  Condition from;  // empty: from the stage's trigger
  Period period;
  std::optional<std::uint8_t> date;  // an event of kind date, instead of a period
  std::string wording;
  Citation citation;
  enum class Before : std::uint8_t { counts, lapses } before = Before::counts;  // has_lapsed()
};

struct Stage {
  std::string id;
  std::string title;
  Scope scope;
  Condition when;       // besides what opens the version
  std::string wording;  // the trigger, in the words of the law
  Citation citation;
  std::vector<Limit> limits;  // none: no fixed time
  Condition discharged_by;    // empty: by a filing
  Condition waived_if;
  enum class Unless : std::uint8_t { nothing, provided } unless = Unless::nothing;
  std::vector<Field> fields;  // in the authority's own order
  std::vector<Recipient> recipients;
  std::vector<Onward> onward;
  std::vector<Withholding> withheld;
  std::uint64_t required = 0;  // numbers of the required fields, as a mask
  std::string note;
  bool is_filing() const { return discharged_by.empty(); }
};

/// The law forbids to give a case to recipients outside of `inside`, until something happens.
struct Prohibition {
  std::string id;
  Condition when;
  Condition until;
  std::string inside;               // country or group
  std::vector<std::string> except;  // names of recipients that may have it nevertheless
  std::string wording;
  Citation citation;
};

struct Penalty {
  std::string text;
  Citation citation;
};

struct Version {
  std::optional<Day> from;   // in force; absent: not in force (a bill, a proposal)
  std::optional<Day> until;  // the first day on which it no longer is
  std::string validity_note;
  Citation citation;
  Scope scope;
  Condition opens;  // what has to have happened for any of it to concern a case
  std::string wording;
  Citation opens_citation;
  std::vector<Stage> stages;
  std::vector<Prohibition> prohibitions;
  std::vector<Penalty> penalties;
};

enum class Kind : std::uint8_t { law, norm, proposal };
std::string_view name(Kind kind);

struct Regime {
  std::string id;  // "eu-cra", as its file
  std::string title;
  Kind kind = Kind::law;
  std::string place;  // country, group, or "any"
  std::string seat;   // where days are counted if the organisation is not established in `place`
  Day checked;        // when its sources were last read
  std::string note;
  std::vector<Version> versions;  // ascending in time
};

struct Place {
  std::string code;  // "DE"
  Zone zone;
  Calendar calendar;
  std::string calendar_source;
  Mark calendar_mark = Mark::unverified;
};

/// Everything that was read. Made by src/regimes.
struct Rules {
  std::vector<Event> events;
  std::vector<Place> places;                               // sorted by code
  std::map<std::string, std::vector<std::string>> groups;  // "EU": its countries
  Attributes vocabulary;                                   // the values that attributes may have
  std::vector<Regime> regimes;                             // sorted by id

  std::optional<std::uint8_t> event(std::string_view name) const;
  const Place* find_place(std::string_view code) const;
  const Regime* find_regime(std::string_view id) const;
  /// Whether `code` is `place`, or in the group of that name; everything is in "any".
  bool is_inside(std::string_view code, std::string_view place) const;
};

/// A stage by its numbers.
struct StageRef {
  std::uint16_t regime = 0;
  std::uint16_t version = 0;
  std::uint16_t stage = 0;
  auto operator<=>(const StageRef&) const = default;
};
const Version& version_of(const Rules& rules, const StageRef& ref);
const Stage& stage_of(const Rules& rules, const StageRef& ref);
/// "eu-cra/early_warning"
std::string text(const Rules& rules, const StageRef& ref);

}  // namespace weir::deadline
