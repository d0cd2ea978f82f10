// Signing in and out, sessions, enrolment, tokens.
#include "app/identity.h"

#include "api/guard.h"
#include "app/enrolment.h"
#include "app/tokens.h"

namespace weir::api {
namespace {

using http::Response;

std::string cookie_of(const std::string& session, std::string_view more) {
  return std::string(kSessionCookie) + "=" + session +
         "; Path=/; Secure; HttpOnly; SameSite=Strict" + std::string(more);
}

Result<Response> sign_in(Call& call) {
  const app::SignedIn done =
      TRY(app::sign_in(call.app, {.handle = call.body.text("handle"),
                                  .password = call.body.text("password"),
                                  .second_factor = call.body.text("second_factor"),
                                  .network = network_of(call.request),
                                  .previous = call.request.cookie(kSessionCookie).value_or("")}));
  Response response = created(json::Object{{"csrf", done.csrf},
                                           {"ends", to_rfc3339(done.ends)},
                                           {"recovery_codes_left", done.recovery_codes_left}});
  response.headers.add("Set-Cookie", cookie_of(done.session, ""));
  return response;
}

Result<Response> sign_out(Call& call) {
  TRY(app::sign_out(call.app, call.actor));
  Response response = nothing();
  response.headers.add("Set-Cookie", cookie_of("", "; Max-Age=0"));
  return response;
}

/// A page that was loaded anew has lost the CSRF token; only its own origin can read it here.
Result<Response> this_session(Call& call) {
  const std::string session = call.request.cookie(kSessionCookie).value_or("");
  return ok(json::Object{{"handle", call.actor.handle()},
                         {"csrf", session.empty() ? "" : app::csrf_of(session)}});
}

Result<Response> list_sessions(Call& call) {
  json::Array rows;
  for (const app::SessionView& row : TRY(app::sessions(call.app, call.actor))) {
    rows.push_back(json::Object{{"session", row.reference},
                                {"began", to_rfc3339(row.began)},
                                {"seen", to_rfc3339(row.seen)},
                                {"ends", to_rfc3339(row.ends)},
                                {"this", policy::name(row.is_this)}});
  }
  return page(call, std::move(rows), {.key = "session", .list = "sessions"});
}

json::Value codes_value(const std::vector<std::string>& codes) {
  return json::Object{{"recovery_codes", json::Array(codes.begin(), codes.end())}};
}

json::Value code_value(const app::OneTimeCode& code) {
  return json::Object{{"code", code.code}, {"ends", to_rfc3339(code.ends)}};
}

app::Proof proof_of(const Call& call) {
  return {call.body.text("password"), call.body.text("second_factor")};
}

Result<Response> begin_enrolment(Call& call) {
  const app::Enrolment one =
      TRY(app::begin_enrolment(call.app, call.body.text("code"), network_of(call.request)));
  return ok(json::Object{{"handle", one.handle},
                         {"totp_secret", one.totp_secret},
                         {"totp_uri", one.totp_uri},
                         {"ends", to_rfc3339(one.ends)}});
}

Result<Response> finish_enrolment(Call& call) {
  return ok(
      codes_value(TRY(app::finish_enrolment(call.app, {.code = call.body.text("code"),
                                                       .password = call.body.text("password"),
                                                       .totp = call.body.text("totp"),
                                                       .network = network_of(call.request)}))));
}

Result<Response> create_token(Call& call) {
  app::NewToken wanted;
  wanted.label = call.body.text("label");
  for (const std::string& text : call.body.texts("scopes")) {
    wanted.scopes = app::Scopes::from_bits(wanted.scopes.bits() |
                                           app::Scopes{TRY(app::parse_scope(text))}.bits());
  }
  wanted.organisation = call.body.text("organisation");
  if (call.body.has("days")) {
    const std::int64_t days = call.body.number("days");
    if (days < 1 || days > app::kMostTokenLife / std::chrono::hours(24)) {
      return fail(Code::invalid, "a token lives for 1 to 365 days", "/days");
    }
    wanted.life = std::chrono::hours(24) * days;
  }
  const app::MadeToken made = TRY(app::create_token(call.app, call.actor, wanted));
  return created(json::Object{
      {"token", made.token}, {"reference", made.reference}, {"ends", to_rfc3339(made.ends)}});
}

Result<Response> list_tokens(Call& call) {
  const std::string organisation = TRY(query_text(call, "organisation"));
  json::Array rows;
  for (const app::TokenView& row : TRY(app::tokens(call.app, call.actor, organisation))) {
    json::Array scopes;
    for (const app::Scope scope : app::kScopes) {
      if (row.scopes.has(scope)) {
        scopes.emplace_back(app::name(scope));
      }
    }
    json::Object one{{"reference", row.reference},  {"prefix", row.prefix},
                     {"label", row.label},          {"organisation", row.organisation},
                     {"scopes", std::move(scopes)}, {"made", to_rfc3339(row.made)},
                     {"ends", to_rfc3339(row.ends)}};
    if (row.used) {
      one["used"] = to_rfc3339(*row.used);
    }
    rows.push_back(std::move(one));
  }
  return page(call, std::move(rows), {.key = "reference", .list = "tokens"});
}

void add_sessions(Table& table) {
  using enum http::Method;
  Row& begin = table.add(post, "/api/v1/session", Access::everybody, "sign_in",
                         "Sign in: sets the cookie, answers the CSRF token", sign_in);
  begin.inputs = {needed("handle", Kind::text), needed("password", Kind::secret),
                  needed("second_factor", Kind::secret, "six digits, or a recovery code")};
  begin.answers = "MadeSession";
  table
      .add(get, "/api/v1/session", Access::person, "this_session", "Who is signed in", this_session)
      .answers = "Session";
  table.add(delete_, "/api/v1/session", Access::person, "sign_out", "Sign out", sign_out);
  Row& list = table.add(get, "/api/v1/sessions", Access::user, "sessions", "One's own sessions",
                        list_sessions);
  list.answers = "Sessions";
  list.parameters = paging_parameters();
  table.add(delete_, "/api/v1/sessions/{session}", Access::person, "end_session", "End one of them",
            [](Call& call) {
              return told(app::end_session(call.app, call.actor, call.path("session")));
            });
  table.add(post, "/api/v1/users/{handle}/sign-out", Access::person, "end_all",
            "End every session and token of a user", [](Call& call) {
              return told(app::end_all(call.app, call.actor, call.path("handle")));
            });
}

void add_own_sign_in(Table& table) {
  using enum http::Method;
  const std::vector<Input> proof = {needed("password", Kind::secret, "the present one"),
                                    needed("second_factor", Kind::secret)};
  Row& password = table.add(post, "/api/v1/session/password", Access::person, "change_password",
                            "A new password; ends the other sessions", [](Call& call) {
                              return told(app::change_password(call.app, call.actor, proof_of(call),
                                                               call.body.text("new_password")));
                            });
  password.inputs = proof;
  password.inputs.push_back(needed("new_password", Kind::secret));
  Row& codes = table.add(post, "/api/v1/session/recovery-codes", Access::person, "renew_codes",
                         "New recovery codes: shown once", [](Call& call) -> Result<Response> {
                           return ok(codes_value(TRY(
                               app::renew_recovery_codes(call.app, call.actor, proof_of(call)))));
                         });
  codes.inputs = proof;
  codes.answers = "RecoveryCodes";
  Row& factor = table.add(
      post, "/api/v1/session/second-factor", Access::person, "replace_factor",
      "A code to enrol again with, for a new telephone", [](Call& call) -> Result<Response> {
        return ok(
            code_value(TRY(app::replace_second_factor(call.app, call.actor, proof_of(call)))));
      });
  factor.inputs = proof;
  factor.answers = "OneTimeCode";
}

void add_enrolment(Table& table) {
  using enum http::Method;
  Row& begin = table.add(post, "/api/v1/enrolment/begin", Access::everybody, "begin_enrolment",
                         "What the holder of a one-time code needs to enrol", begin_enrolment);
  begin.inputs = {needed("code", Kind::secret)};
  begin.answers = "Enrolment";
  Row& finish = table.add(post, "/api/v1/enrolment", Access::everybody, "enrol",
                          "Enrol: uses the code up, answers the recovery codes", finish_enrolment);
  finish.inputs = {needed("code", Kind::secret), needed("password", Kind::secret),
                   needed("totp", Kind::secret, "six digits")};
  finish.answers = "RecoveryCodes";
  table
      .add(
          post, "/api/v1/users/{handle}/invitation", Access::person, "invite",
          "A one-time code for a user who has no password yet",
          [](Call& call) -> Result<Response> {
            return created(code_value(TRY(app::invite(call.app, call.actor, call.path("handle")))));
          })
      .answers = "MadeOneTimeCode";
  table
      .add(post, "/api/v1/users/{handle}/reset", Access::person, "reset",
           "Takes password and second factor away; a new one-time code",
           [](Call& call) -> Result<Response> {
             return created(code_value(TRY(app::reset(call.app, call.actor, call.path("handle")))));
           })
      .answers = "MadeOneTimeCode";
}

void add_tokens(Table& table) {
  using enum http::Method;
  Row& make = table.add(post, "/api/v1/tokens", Access::person, "create_token",
                        "A token: shown once", create_token);
  make.inputs = {needed("label", Kind::text), needed("scopes", Kind::texts),
                 optional("organisation", Kind::text, "whose it is; absent: one's own"),
                 optional("days", Kind::number, "until it ends")};
  make.answers = "MadeToken";
  Row& list = table.add(get, "/api/v1/tokens", Access::user, "tokens",
                        "One's own tokens, or an organisation's", list_tokens);
  list.answers = "Tokens";
  list.parameters = paging_parameters();
  list.parameters.push_back({http::In::query, "organisation", "whose; absent: one's own"});
  table.add(
      delete_, "/api/v1/tokens/{token}", Access::person, "revoke_token", "End one of them",
      [](Call& call) { return told(app::revoke_token(call.app, call.actor, call.path("token"))); });
}

}  // namespace

void add_identity(Table& table) {
  add_sessions(table);
  add_own_sign_in(table);
  add_enrolment(table);
  add_tokens(table);
}

}  // namespace weir::api
