// Organisations, users and agreements.
#include "app/people.h"

#include <algorithm>

#include "api/table.h"
#include "api/views.h"

namespace weir::api {
namespace {

using http::Response;

Result<std::vector<policy::Role>> roles_of(const Call& call) {
  std::vector<policy::Role> roles;
  for (const std::string& text : call.body.texts("roles")) {
    const auto role =
        std::ranges::find(policy::kRoles, text, [](policy::Role one) { return policy::name(one); });
    if (role == policy::kRoles.end()) {
      return fail(Code::invalid,
                  "a role is administrator, coordinator, recipient, reporter or auditor", "/roles");
    }
    roles.push_back(*role);
  }
  return roles;
}

Result<Response> list_organisations(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  json::Array rows;
  for (const app::OrganisationView& one : TRY(app::organisations(call.app, call.actor, wanted))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "name", .list = "organisations"});
}

Result<Response> add_organisation(Call& call) {
  const Body& body = call.body;
  return told(app::add_organisation(
      call.app, call.actor,
      {.name = body.text("name"),
       .organisation_class = body.text("class"),
       .country = body.text("country"),
       .bound = body.fact("bound"),
       .public_body = body.find_fact("public_body").value_or(policy::Fact::no),
       .may_name = body.find_fact("may_name").value_or(policy::Fact::no)}));
}

Result<Response> list_users(Call& call) {
  const app::Slice wanted = TRY(wanted_page(call));
  json::Array rows;
  for (const app::UserView& one :
       TRY(app::users(call.app, call.actor, call.path("organisation"), wanted))) {
    rows.push_back(view(one));
  }
  return page_of(wanted, std::move(rows), {.key = "handle", .list = "users"});
}

void add_organisations(Table& table) {
  using enum http::Method;
  Row& list = table.add(get, "/api/v1/organisations", Access::user, "organisations",
                        "All organisations", list_organisations);
  list.answers = "Organisations";
  list.parameters = paging_parameters();
  Row& add = table.add(post, "/api/v1/organisations", Access::user, "add_organisation",
                       "Register an organisation", add_organisation);
  add.inputs = {
      needed("name", Kind::text),
      choice("class", {app::kOrganisationClasses.begin(), app::kOrganisationClasses.end()}),
      needed("country", Kind::text, "ISO 3166-1 alpha-2, or ZZ"),
      optional("bound", Kind::fact, "by law, to pass reports on"),
      optional("public_body", Kind::fact),
      optional("may_name", Kind::fact, "agreed to be named in opened records")};
  Row& suspend =
      table.add(put, "/api/v1/organisations/{organisation}/suspension", Access::user,
                "set_suspended", "Suspend it, or end that", [](Call& call) {
                  return told(app::set_suspended(call.app, call.actor, call.path("organisation"),
                                                 call.body.fact("suspended")));
                });
  suspend.inputs = {needed("suspended", Kind::fact)};
  Row& bound =
      table.add(put, "/api/v1/organisations/{organisation}/bound", Access::user, "set_bound",
                "What is known of its duty to pass on", [](Call& call) {
                  return told(app::set_bound(call.app, call.actor, call.path("organisation"),
                                             call.body.fact("bound")));
                });
  bound.inputs = {needed("bound", Kind::fact)};
  Row& agree =
      table.add(put, "/api/v1/organisations/{organisation}/agreement", Access::user, "agree",
                "An agreement up to a level; ends the one before", [](Call& call) {
                  return told(app::agree(call.app, call.actor, call.path("organisation"),
                                         call.body.level("level")));
                });
  agree.inputs = {needed("level", Kind::level)};
  table.add(delete_, "/api/v1/organisations/{organisation}/agreement", Access::user,
            "end_agreement", "End it", [](Call& call) {
              return told(app::end_agreement(call.app, call.actor, call.path("organisation")));
            });
}

}  // namespace

void add_people(Table& table) {
  using enum http::Method;
  add_organisations(table);
  Row& list = table.add(get, "/api/v1/organisations/{organisation}/users", Access::user, "users",
                        "Its users", list_users);
  list.answers = "Users";
  list.parameters = paging_parameters();
  Row& add = table.add(post, "/api/v1/users", Access::user, "add_user", "Register a user",
                       [](Call& call) -> Result<Response> {
                         return told(app::add_user(call.app, call.actor,
                                                   {.handle = call.body.text("handle"),
                                                    .organisation = call.body.text("organisation"),
                                                    .roles = TRY(roles_of(call))}));
                       });
  add.inputs = {needed("handle", Kind::text), needed("organisation", Kind::text),
                needed("roles", Kind::texts)};
  Row& roles =
      table.add(put, "/api/v1/users/{handle}/roles", Access::user, "set_roles",
                "What a user is trusted with", [](Call& call) -> Result<Response> {
                  const auto wanted = TRY(roles_of(call));
                  return told(app::set_roles(call.app, call.actor, call.path("handle"), wanted));
                });
  roles.inputs = {needed("roles", Kind::texts)};
  Row& bar = table.add(put, "/api/v1/users/{handle}/bar", Access::user, "set_barred",
                       "Bar a user, or end that", [](Call& call) {
                         return told(app::set_barred(call.app, call.actor, call.path("handle"),
                                                     call.body.fact("barred")));
                       });
  bar.inputs = {needed("barred", Kind::fact)};
}

}  // namespace weir::api
