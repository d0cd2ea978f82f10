#include "net/curl.h"

#include <array>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace weir::net {
namespace {

/// curl's own set-up, once a process, before the first request.
CURLcode start_curl() {
  static const CURLcode outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
  return outcome;
}

std::string text_of(const curl_sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr;
  } else if (address.family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr;
  }
  const bool is_known =
      bytes != nullptr && ::inet_ntop(address.family, bytes, text.data(), text.size()) != nullptr;
  return is_known ? std::string(text.data()) : std::string();
}

curl_socket_t open_socket(void* given, curlsocktype, curl_sockaddr* address) {
  auto& guard = *static_cast<Guard*>(given);
  if (!may_reach(guard.reach, text_of(*address), *guard.allowed)) {
    guard.has_refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

Handle new_handle() {
  return Handle(start_curl() == CURLE_OK ? curl_easy_init() : nullptr);
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void Guard::install(Options& options) {
  options.set(CURLOPT_OPENSOCKETFUNCTION, open_socket).set(CURLOPT_OPENSOCKETDATA, this);
}

}  // namespace weir::net
