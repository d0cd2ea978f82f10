// What an organisation is to the law: where it is established, its roles, markets, sectors, size.
// From that follows which regimes concern it at all (deadline::place()).
//
// A profile is kept by the organisation's own administrators or the authority's. A new one replaces
// the old from its moment on; the old ones stay in the store. That it changed is an event of the
// platform's stream, which commits to its bytes without showing them.
//
// Errors name the member: "/attributes/role/0". Thread rule: as app.h. Source: decision 0020.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "deadline/deadline.h"
#include "regimes/regimes.h"

namespace weir::app {

inline constexpr std::size_t kMaxProfileBytes = 64 * 1024;
inline constexpr std::size_t kMaxProfileValues = 64;  // of one attribute

/// The laws in force for this process, and what tells one set of files from another: obligations
/// that were derived under other laws are derived again.
struct Laws {
  deadline::Rules rules;
  Digest digest;
};
/// `invalid` at "file:line", as regimes::load().
Result<Laws> read_laws(std::span<const regimes::File> files);

/// {"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["manufacturer"],...}}
/// A word that the vocabulary does not know is `invalid`, never ignored.
Result<deadline::Profile> parse_profile(const Laws& laws, std::string_view bytes);
std::string write_profile(const deadline::Profile& profile);

Status set_profile(App& app, const Laws& laws, const Actor& actor, const std::string& organisation,
                   const deadline::Profile& profile);

struct Concern {
  std::string regime;
  std::string title;
  bool concerns = false;
  std::vector<std::string> why_not;  // one line for each version that does not
};
struct ProfileView {
  std::string organisation;
  deadline::Profile profile;
  Instant since;
  std::vector<Concern> concerns;  // every regime, sorted by name
};
/// To who manages the organisation. `not_found` if it has none yet.
Result<ProfileView> show_profile(App& app, const Laws& laws, const Actor& actor,
                                 const std::string& organisation);

}  // namespace weir::app
