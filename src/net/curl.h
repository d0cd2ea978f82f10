// What requests by libcurl share. Private to net.
//
// Thread rule: functions of their arguments; libcurl is set up once a process.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/libcurl.h"
#include "net/net.h"
#include "net/reach.h"

namespace weir::net {

struct Free {
  void operator()(CURL* handle) const { libcurl->easy_cleanup(handle); }
  void operator()(curl_slist* list) const { libcurl->slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using Headers = std::unique_ptr<curl_slist, Free>;

/// A fresh handle. `unavailable` if libcurl cannot be loaded or cannot start; everything else here
/// needs one that was made before.
Result<Handle> new_handle();

/// True for text that could begin another line of a head, or end a C string.
bool has_line_break(std::string_view text);

/// Sets options until one fails.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}
  template <class Value>
  Options& set(CURLoption option, Value value) {
    if (outcome_ == CURLE_OK) {
      outcome_ = libcurl->easy_setopt(handle_, option, value);
    }
    return *this;
  }
  CURLcode outcome() const { return outcome_; }

 private:
  CURL* handle_;
  CURLcode outcome_ = CURLE_OK;
};

/// Refuses to make the socket when the address, as resolved, may not be reached. It outlives the
/// request.
struct Guard {
  Reach reach = Reach::anywhere;
  const std::vector<std::string>* allowed = nullptr;
  bool has_refused = false;
  void install(Options& options);
};

/// What every request has: protocols, proxy, times, TLS. `limits` outlives the request.
void set_usual(Options& options, const Limits& limits, Guard& guard);

/// Without query and fragment, which may hold what an error must not show.
std::string place_of(const std::string& url);

/// `invalid` for what does not begin with http or https, or has a line break.
Result<Handle> start_request(const std::string& url);

}  // namespace weir::net
