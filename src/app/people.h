// Organisations, users and agreements, as the platform's administrator keeps them. Every change is
// an event of the platform's stream, which is public from the start and names no natural person.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "policy/policy.h"

namespace weir::app {

/// The classes an organisation may have, as the ledger names them.
inline constexpr std::array<std::string_view, 9> kOrganisationClasses = {
    "authority", "national_cert", "sector_csirt", "ministry", "vendor",
    "partner",   "operator",      "researcher",   "other"};

struct NewOrganisation {
  std::string name{};
  std::string organisation_class{};
  std::string country{};                       // ISO 3166-1 alpha-2, or ZZ
  policy::Fact bound = policy::Fact::unknown;  // by law, to pass reports on
  policy::Fact public_body = policy::Fact::no;
  policy::Fact may_name = policy::Fact::no;  // agreed to be named in opened records
};

struct NewUser {
  std::string handle;  // [a-z0-9._-]{1,64}
  std::string organisation;
  std::vector<policy::Role> roles;
};

/// Makes the platform: its stream, the operating authority and the first administrator. `conflict`
/// if there is one already.
Status found_platform(App& app, const NewOrganisation& authority, const std::string& administrator);

Status add_organisation(App& app, const Actor& actor, const NewOrganisation& organisation);
/// By the authority's administrators, and by those of an organisation for its own: they make no
/// coordinators and no auditors, and do not touch those of their users who are. The same goes for
/// set_barred() and set_roles().
Status add_user(App& app, const Actor& actor, const NewUser& user);
Status set_roles(App& app, const Actor& actor, const std::string& handle,
                 const std::vector<policy::Role>& roles);
/// Takes effect with the commit, on everything: sessions and tokens end, and do not come back.
Status set_suspended(App& app, const Actor& actor, const std::string& organisation,
                     policy::Fact suspended);
Status set_barred(App& app, const Actor& actor, const std::string& handle, policy::Fact barred);
/// What is known of the organisation's duty to pass on.
Status set_bound(App& app, const Actor& actor, const std::string& organisation, policy::Fact bound);
/// An agreement up to `level`. Ends those before it.
Status agree(App& app, const Actor& actor, const std::string& organisation, Level level);
Status end_agreement(App& app, const Actor& actor, const std::string& organisation);

struct OrganisationView {
  std::string name;
  std::string organisation_class;
  std::string country;
  policy::Fact bound;
  policy::Fact suspended;
  Level agreed;  // nothing: no agreement
};
/// By name.
Result<std::vector<OrganisationView>> organisations(App& app, const Actor& actor,
                                                    const Slice& wanted = {});

struct UserView {
  std::string handle;
  policy::Roles roles;
  policy::Fact barred;
  policy::Fact enrolled;  // has a password and a second factor
};
/// Those of one organisation by handle, to who administers it.
Result<std::vector<UserView>> users(App& app, const Actor& actor, const std::string& organisation,
                                    const Slice& wanted = {});

}  // namespace weir::app
