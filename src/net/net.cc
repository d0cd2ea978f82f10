#include "net/net.h"

#include "net/curl.h"

namespace weir::net {
namespace {

/// What curl hands over, until it is too much.
struct Received {
  const Limits* limits;
  std::string body;
  std::size_t header_bytes = 0;
  bool is_too_large = false;

  /// What a callback returns: the count for "go on", anything else ends the request.
  std::size_t taken(std::size_t count, bool is_within) {
    is_too_large = is_too_large || !is_within;
    return is_within ? count : CURL_WRITEFUNC_ERROR;
  }
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  const bool is_within = count <= received.limits->bytes - received.body.size();
  if (is_within) {
    received.body.append(bytes, count);
  }
  return received.taken(count, is_within);
}

std::size_t take_header(char*, std::size_t, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  received.header_bytes += count;
  return received.taken(count, received.header_bytes <= received.limits->header_bytes);
}

CURLcode set_limits(CURL* handle, const Limits& limits, Received& received, Guard& guard) {
  Options options(handle);
  set_usual(options, limits, guard);
  options.set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_WRITEFUNCTION, take_body)
      .set(CURLOPT_WRITEDATA, &received)
      .set(CURLOPT_HEADERFUNCTION, take_header)
      .set(CURLOPT_HEADERDATA, &received);
  return options.outcome();
}

std::unexpected<Error> failure(CURLcode outcome, const std::string& url, const Received& received) {
  if (received.is_too_large) {
    return fail(Code::unavailable, "the answer is larger than allowed", place_of(url));
  }
  Code code = Code::unavailable;
  if (outcome == CURLE_URL_MALFORMAT || outcome == CURLE_UNSUPPORTED_PROTOCOL ||
      outcome == CURLE_LOGIN_DENIED) {
    code = Code::invalid;
  } else if (outcome == CURLE_PEER_FAILED_VERIFICATION || outcome == CURLE_SSL_CACERT_BADFILE) {
    code = Code::denied;
  }
  return fail(code, libcurl->easy_strerror(outcome), place_of(url));
}

Result<Answer> perform(CURL* handle, const std::string& url, const Limits& limits) {
  if (limits.reach == Reach::public_only && !limits.proxy.empty()) {
    return fail(Code::invalid, "a proxy would hide where the request goes", place_of(url));
  }
  Received received{&limits, {}};
  Guard guard{limits.reach, &limits.allowed};
  CURLcode outcome = set_limits(handle, limits, received, guard);
  if (outcome == CURLE_OK) {
    outcome = libcurl->easy_setopt(handle, CURLOPT_URL, url.c_str());
  }
  if (outcome == CURLE_OK) {
    outcome = libcurl->easy_perform(handle);
  }
  if (outcome != CURLE_OK && guard.has_refused) {
    return fail(Code::denied, "this address is not of the public Internet, and not allowed",
                place_of(url));
  }
  if (outcome != CURLE_OK) {
    return failure(outcome, url, received);
  }
  long status = 0;
  const char* type = nullptr;
  libcurl->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  libcurl->easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
  if (status >= 300 && status < 400) {
    return fail(Code::unavailable, "the server redirects, which is not followed", place_of(url));
  }
  return Answer{static_cast<int>(status), type == nullptr ? "" : type, std::move(received.body)};
}

}  // namespace

Result<Answer> get(const std::string& url, const Limits& limits) {
  const Handle handle = TRY(start_request(url));
  return perform(handle.get(), url, limits);
}

Result<Answer> post(const std::string& url, std::string_view content_type, std::string_view body,
                    const Limits& limits) {
  const Handle handle = TRY(start_request(url));
  if (has_line_break(content_type)) {
    return fail(Code::invalid, "a content type is one line");
  }
  const std::string type = "Content-Type: " + std::string(content_type);
  Headers headers(libcurl->slist_append(nullptr, type.c_str()));
  // No "Expect: 100-continue": many servers ignore it, and each then costs a second.
  if (!headers || libcurl->slist_append(headers.get(), "Expect:") == nullptr) {
    return fail(Code::unavailable, "no memory for a request");
  }
  Options options(handle.get());
  options.set(CURLOPT_POST, 1L)
      .set(CURLOPT_HTTPHEADER, headers.get())
      .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()))
      .set(CURLOPT_POSTFIELDS, body.data() == nullptr ? "" : body.data());
  if (options.outcome() != CURLE_OK) {
    return fail(Code::unavailable, libcurl->easy_strerror(options.outcome()));
  }
  return perform(handle.get(), url, limits);
}

Result<Answer> send(const Call& call) {
  const Handle handle = TRY(start_request(call.url));
  Headers headers(libcurl->slist_append(nullptr, "Expect:"));
  auto fields = call.fields;
  if (!call.content_type.empty()) {
    fields.emplace_back("Content-Type", call.content_type);
  }
  for (const auto& [name, value] : fields) {
    if (has_line_break(name) || has_line_break(value)) {
      return fail(Code::invalid, "a header field is one line", name);
    }
    const std::string one = name + ": " + value;
    if (!headers || libcurl->slist_append(headers.get(), one.c_str()) == nullptr) {
      return fail(Code::unavailable, "no memory for a request");
    }
  }
  if (has_line_break(call.method) || call.method.empty()) {
    return fail(Code::invalid, "a method is one word", call.method);
  }
  Options options(handle.get());
  options.set(CURLOPT_HTTPHEADER, headers.get());
  if (!call.content_type.empty()) {
    options.set(CURLOPT_POST, 1L)
        .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()))
        .set(CURLOPT_POSTFIELDS, call.body.c_str());
  }
  options.set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
  if (!call.local_socket.empty()) {
    options.set(CURLOPT_UNIX_SOCKET_PATH, call.local_socket.c_str());
  }
  if (options.outcome() != CURLE_OK) {
    return fail(Code::unavailable, libcurl->easy_strerror(options.outcome()));
  }
  return perform(handle.get(), call.url, call.limits);
}

}  // namespace weir::net
