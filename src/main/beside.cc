#include "main/beside.h"

#include <filesystem>

#include <unistd.h>

#include "api/api.h"
#include "main/listeners.h"
#include "main/remote.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPageRows = 1'000;  // the most that the API gives at once

}  // namespace

bool is_served(const Line& line) {
  std::error_code error;
  if (!fs::exists(fs::path(line.data) / kSocketName, error)) {
    return false;
  }
  const auto lock = lock_folder(line.data);  // a socket may be left of a server that was killed
  if (lock) {
    ::close(*lock);
  }
  return !lock;
}

Result<net::Call> call_beside(const Line& line, std::string method, const std::string& path) {
  net::Call call;
  call.method = std::move(method);
  call.url = "http://localhost" + path;
  call.local_socket = (fs::absolute(line.data) / kSocketName).lexically_normal().string();
  call.limits.total = kMostAnswerTime;
  call.limits.bytes = kMostServedBytes;
  const app::Actor actor = TRY(line.actor());
  if (!actor.return_code().empty()) {
    call.fields.emplace_back(api::kReturnCodeField, actor.return_code());
  } else if (!actor.handle().empty()) {
    call.fields.emplace_back(api::kAsField, actor.handle());
  }
  return call;
}

Result<net::Answer> ask_beside(const net::Call& call) {
  net::Answer answer = TRY(net::send(call));
  if (answer.status >= 300) {
    return std::unexpected(error_of(answer));
  }
  return answer;
}

Result<net::Answer> ask_beside(const Line& line, const std::string& path) {
  const net::Call call = TRY(call_beside(line, "GET", path));
  return ask_beside(call);
}

Result<json::Value> value_beside(const Line& line, const std::string& path,
                                 std::string_view member) {
  const net::Answer answer = TRY(ask_beside(line, path));
  json::Value value = TRY(json::parse(answer.body));
  if (member.empty()) {
    return value;
  }
  const json::Value* found = value.is_object() ? value.get_object().if_contains(member) : nullptr;
  if (found == nullptr) {
    return fail(Code::unavailable, "the server's answer is none of this Weir");
  }
  return *found;
}

Result<net::Answer> send_beside(const Line& line, std::string method, const std::string& path,
                                const json::Object& body) {
  net::Call call = TRY(call_beside(line, std::move(method), path));
  if (!body.empty()) {
    call.content_type = "application/json";
    call.body = json::canonical(json::Value(body));
  }
  return ask_beside(call);
}

Status changed_beside(const Line& line, std::string method, const std::string& path,
                      const json::Object& body) {
  TRY(send_beside(line, std::move(method), path, body));
  return {};
}

Result<json::Value> post_beside(const Line& line, const std::string& path,
                                const json::Object& body) {
  net::Call call = TRY(call_beside(line, "POST", path));
  call.content_type = "application/json";
  call.body = json::canonical(json::Value(body));
  const net::Answer answer = TRY(ask_beside(call));
  if (answer.body.empty()) {
    return json::Value();
  }
  return json::parse(answer.body);
}

Result<json::Array> rows_beside(const Line& line, const std::string& path,
                                std::string_view member) {
  json::Array rows;
  for (std::string after;;) {
    const json::Value page = TRY(value_beside(
        line, path + (path.contains('?') ? "&limit=" : "?limit=") + std::to_string(kPageRows) +
                  (after.empty() ? std::string() : "&after=" + after)));
    const json::Cursor at(page);
    const json::Cursor list = TRY(at.at(member));
    for (const json::Cursor& row : TRY(list.elements(kPageRows))) {
      rows.push_back(row.value());
    }
    after = TRY(at.string_at("next"));
    const json::Cursor more = TRY(at.at("more"));
    if (!TRY(more.boolean())) {
      return rows;
    }
  }
}

std::string case_path(const std::string& reference, std::string_view rest) {
  return "/api/v1/cases/" + percent_encoded(reference) + std::string(rest);
}

}  // namespace weir::main
