// Private to api/: who calls, before anything else is looked at.
//
// Thread rule: functions; any thread.
#pragma once

#include "api/table.h"

namespace weir::api {

/// Which listener a request came in by: on the local socket a user may be named.
enum class Door { everybody, operators, this_machine };

/// The one address that programs fetch who can send a name and a password alone (RFC 7617): the
/// password is a token, the name does not matter.
inline constexpr std::string_view kCalendarPattern = "/api/v1/clocks.ics";

/// Leaves the app::Actor in request.caller, or answers: 401 for who has to sign in, 403 for a kind
/// of caller that the route does not take.
std::optional<http::Response> guard(const Parts& parts, Door door, http::Request& request);

/// The same actor, with what the request says of itself: Idempotency-Key, If-Match. `invalid` for
/// one that this route does not take.
Result<app::Actor> with_terms(const app::Actor& actor, const Row& row,
                              const http::Request& request);

/// What a failure of app/ is on the wire.
http::Response refusal(const Error& error);

/// The network that limits are counted by; empty on the local socket.
std::string network_of(const http::Request& request);

}  // namespace weir::api
