// Verbs beside a server that has the data directory open: they ask it, over its local socket, and
// say the same as without it. The gate and the record are the server's; who acts is what the line
// says, for the socket believes whoever may open it.
//
// Thread rule: functions; they block.
#pragma once

#include <string>

#include "main/verbs.h"
#include "net/net.h"

namespace weir::main {

inline constexpr Duration kMostAnswerTime = std::chrono::minutes(30);
inline constexpr std::size_t kMostServedBytes = std::size_t{80} << 20;  // an attachment is 64 MiB

/// Whether a server has the line's data directory open.
bool is_served(const Line& line);

/// A call of the API by whoever the line names; to be completed and sent.
Result<net::Call> call_beside(const Line& line, std::string method, const std::string& path);
/// What it answers: its body, or what is wrong.
Result<net::Answer> ask_beside(const net::Call& call);
Result<net::Answer> ask_beside(const Line& line, const std::string& path);

/// A member of the JSON that is answered to a GET ("": all of it).
Result<json::Value> value_beside(const Line& line, const std::string& path,
                                 std::string_view member = "");
/// A member of the JSON that is answered when `body` is sent; null if the answer has none.
Result<json::Value> post_beside(const Line& line, const std::string& path,
                                const json::Object& body);
/// The same by any method; no body if there are no fields.
Result<net::Answer> send_beside(const Line& line, std::string method, const std::string& path,
                                const json::Object& body = {});
/// A change that answers nothing.
Status changed_beside(const Line& line, std::string method, const std::string& path,
                      const json::Object& body = {});
/// All rows of a list that goes out in pages; `path` may have a query.
Result<json::Array> rows_beside(const Line& line, const std::string& path, std::string_view member);

/// "/api/v1/cases/CASE" and what follows, with the reference as it stands in an address.
std::string case_path(const std::string& reference, std::string_view rest = "");

}  // namespace weir::main
