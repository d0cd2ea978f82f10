#include "deadline/rules.h"

#include <algorithm>

#include "deadline/known.h"

namespace weir::deadline {
namespace {

constexpr std::array<std::string_view, 3> kMarkNames = {"primary", "secondary", "unverified"};

bool is_one_of(const Rules& rules, const std::vector<std::string>& has,
               const std::vector<std::string>& wanted) {
  return std::ranges::any_of(has, [&](const std::string& value) {
    return std::ranges::any_of(
        wanted, [&](const std::string& place) { return rules.is_inside(value, place); });
  });
}

const std::vector<std::string>& values_of(const Profile& profile, const std::string& attribute) {
  static const std::vector<std::string> kNone;
  const auto found = profile.attributes.find(attribute);
  return found == profile.attributes.end() ? kNone : found->second;
}

/// The first attribute that keeps the scope from applying, or null.
const std::string* against(const Rules& rules, const Profile& profile, const Scope& scope) {
  for (const auto& [attribute, wanted] : scope.applies) {
    if (!is_one_of(rules, values_of(profile, attribute), wanted)) {
      return &attribute;
    }
  }
  for (const auto& [attribute, unwanted] : scope.except) {
    if (is_one_of(rules, values_of(profile, attribute), unwanted)) {
      return &attribute;
    }
  }
  return nullptr;
}

const Place& counting_place(const Rules& rules, const Profile& profile, const Regime& regime) {
  const Place* own = rules.find_place(profile.establishment);
  if (own != nullptr && rules.is_inside(own->code, regime.place)) {
    return *own;
  }
  const Place* seat = rules.find_place(regime.seat);
  CHECK(seat != nullptr);  // src/regimes refuses a regime without one
  return *seat;
}

}  // namespace

std::string_view name(Mark mark) {
  return kMarkNames[static_cast<std::size_t>(mark)];
}

std::optional<Mark> parse_mark(std::string_view text) {
  const auto at = std::ranges::find(kMarkNames, text);
  return at == kMarkNames.end() ? std::nullopt
                                : std::optional(static_cast<Mark>(at - kMarkNames.begin()));
}

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"law", "norm", "proposal"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<std::uint8_t> Rules::event(std::string_view wanted) const {
  const auto found = std::ranges::find(events, wanted, &Event::name);
  return found == events.end() ? std::nullopt
                               : std::optional(static_cast<std::uint8_t>(found - events.begin()));
}

const Place* Rules::find_place(std::string_view code) const {
  const auto found = std::ranges::lower_bound(places, code, {}, &Place::code);
  return found == places.end() || found->code != code ? nullptr : &*found;
}

const Regime* Rules::find_regime(std::string_view id) const {
  const auto found = std::ranges::lower_bound(regimes, id, {}, &Regime::id);
  return found == regimes.end() || found->id != id ? nullptr : &*found;
}

bool Rules::is_inside(std::string_view code, std::string_view place) const {
  if (code == place || place == "any") {
    return true;
  }
  const auto group = groups.find(std::string(place));
  return group != groups.end() && std::ranges::find(group->second, code) != group->second.end();
}

const Version& version_of(const Rules& rules, const StageRef& ref) {
  return rules.regimes.at(ref.regime).versions.at(ref.version);
}

const Stage& stage_of(const Rules& rules, const StageRef& ref) {
  return version_of(rules, ref).stages.at(ref.stage);
}

std::string text(const Rules& rules, const StageRef& ref) {
  return rules.regimes.at(ref.regime).id + "/" + stage_of(rules, ref).id;
}

Position place(const Rules& rules, const Profile& profile) {
  Position position;
  for (std::size_t r = 0; r < rules.regimes.size(); ++r) {
    const Regime& regime = rules.regimes[r];
    for (std::size_t v = 0; v < regime.versions.size(); ++v) {
      const Version& version = regime.versions[v];
      if (!version.from || against(rules, profile, version.scope) != nullptr) {
        continue;
      }
      Position::Entry entry;
      entry.regime = static_cast<std::uint16_t>(r);
      entry.version = static_cast<std::uint16_t>(v);
      entry.place = &counting_place(rules, profile, regime);
      entry.from = entry.place->zone.instant({*version.from});
      if (version.until) {
        entry.until = entry.place->zone.instant({*version.until});
      }
      for (std::size_t s = 0; s < version.stages.size(); ++s) {
        if (against(rules, profile, version.stages[s].scope) == nullptr) {
          entry.stages |= std::uint32_t{1} << s;
        }
      }
      position.entries.push_back(entry);
    }
  }
  return position;
}

std::vector<std::string> why_not(const Rules& rules, const Profile& profile, const Regime& regime) {
  std::vector<std::string> reasons;
  for (const Version& version : regime.versions) {
    if (!version.from) {
      reasons.emplace_back("not in force");
    } else if (const std::string* attribute = against(rules, profile, version.scope)) {
      reasons.push_back("from " + to_date(*version.from) + ": by its " + *attribute +
                        " the organisation is outside");
    }
  }
  return reasons;
}

const Position::Entry* find_entry(const Position& position, const StageRef& ref) {
  for (const Position::Entry& entry : position.entries) {
    if (entry.regime == ref.regime && entry.version == ref.version) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace weir::deadline
