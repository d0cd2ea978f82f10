// Which records speak of a CPE, as the NVD API asks for it: whole names, and match strings that
// stand for many.
//
// A criterion is what a configuration of a record says: a name, with or without bounds on its
// version. A record's projection holds criteria that differ in the version alone as one, with the
// versions beside it; so a version is compared on its own here, in the natural order.
//
// Thread rule: as Desk.
#pragma once

#include <functional>
#include <vector>

#include "compat/nvd_api.h"
#include "version/cpe.h"

namespace weir::compat {

/// Current versions with a criterion that covers the name, in order; `only`: which make it
/// vulnerable. `invalid` for a name without part, vendor, product or version.
enum class Vulnerable { any, only };
Result<std::vector<catalog::VersionId>> versions_of_cpe_name(Desk& desk, const std::string& name,
                                                             Vulnerable vulnerable);
/// Current versions with a criterion that has a name in common with the string (which may end
/// early) and with the bounds. `invalid` without a vendor and a product.
Result<std::vector<catalog::VersionId>> versions_of_match_string(Desk& desk,
                                                                 const std::string& text,
                                                                 const NvdQuestion::Edge& start,
                                                                 const NvdQuestion::Edge& end);

// Parts that nvd_names.cc uses too.

/// Versions from one to another. Either edge may be open.
struct Stretch {
  std::optional<std::string> from{};
  std::optional<std::string> until{};
  bool has_from = true;  // the edge itself belongs to it
  bool has_until = true;
};
Stretch exactly(std::string version);
/// What a name says of the version: one, none at all ("-"), or any.
Stretch stretch_of(const version::CpeValue& value);
/// Whether a version may be in both.
bool meet(const Stretch& a, const Stretch& b);

/// A formatted string may end early: the rest is *. `invalid` with the parameter's name.
Result<version::Cpe> read_cpe(const std::string& text, std::string_view parameter);
version::Cpe without_version(version::Cpe cpe);
/// Text without its backslashes.
std::string unquoted(const std::string& text);

/// The keys of public.db that a CPE may stand under. `invalid` if it leaves vendor and product
/// open.
Result<std::vector<std::string>> keys_of(Desk& desk, const version::Cpe& cpe,
                                         std::string_view parameter);
/// Calls `use` with each criterion under the keys, until one fails. `unavailable` if they are more
/// than catalog::kMostCandidates.
Status each_criterion(Desk& desk, const std::vector<std::string>& keys,
                      const std::function<Status(const catalog::Candidate& candidate)>& use);

}  // namespace weir::compat
