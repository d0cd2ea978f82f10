#include "net/curl.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace weir::net {
namespace {

/// curl's own set-up, once a process, before the first request.
CURLcode start_curl() {
  static const CURLcode outcome = libcurl->global_init(CURL_GLOBAL_DEFAULT);
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

constexpr const char* kUserAgent = "weir/" WEIR_VERSION;

long milliseconds(Duration duration) {
  return static_cast<long>(std::max<std::int64_t>(duration.count(), 1));  // 0 would be "for ever"
}

}  // namespace

Result<Handle> new_handle() {
  TRY(libcurl.load());
  Handle handle(start_curl() == CURLE_OK ? libcurl->easy_init() : nullptr);
  if (!handle) {
    return fail(Code::unavailable, "the HTTP client cannot start");
  }
  return handle;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void Guard::install(Options& options) {
  options.set(CURLOPT_OPENSOCKETFUNCTION, open_socket).set(CURLOPT_OPENSOCKETDATA, this);
}

void set_usual(Options& options, const Limits& limits, Guard& guard) {
  options.set(CURLOPT_PROTOCOLS_STR, "http,https")
      .set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L)
      .set(CURLOPT_USERAGENT, kUserAgent)
      .set(CURLOPT_PROXY, limits.proxy.c_str())  // empty: none, whatever the environment says
      .set(CURLOPT_NOPROXY, "")
      .set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect))
      .set(CURLOPT_TIMEOUT_MS, milliseconds(limits.total))
      .set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  guard.install(options);
  if (!limits.ca_file.empty()) {
    // The folder of the system's authorities would count too.
    options.set(CURLOPT_CAINFO, limits.ca_file.c_str())
        .set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
}

std::string place_of(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

Result<Handle> start_request(const std::string& url) {
  // curl would guess a scheme, and would stop reading at a zero byte.
  if (!(url.starts_with("https://") || url.starts_with("http://")) || has_line_break(url)) {
    return fail(Code::invalid, "not an address that begins with https:// or http://",
                place_of(url));
  }
  return new_handle();
}

}  // namespace weir::net
