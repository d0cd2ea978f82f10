// Private to api/: who calls, before anything else is looked at.
//
// Thread rule: functions; any thread.
#pragma once

#include "api/table.h"

namespace weir::api {

/// Which listener a request came in by: on the local socket a user may be named.
enum class Door { everybody, operators, this_machine };

/// Leaves the app::Actor in request.caller, or answers: 401 for who has to sign in, 403 for a kind
/// of caller that the route does not take.
std::optional<http::Response> guard(const Parts& parts, Door door, http::Request& request);

/// What a failure of app/ is on the wire. `asked` says whether the client named a state (If-Match).
http::Response refusal(const Error& error);

/// The network that limits are counted by; empty on the local socket.
std::string network_of(const http::Request& request);

}  // namespace weir::api
