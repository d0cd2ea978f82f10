// What is used of libcurl, which is loaded with the first request. Private to net.
//
// Thread rule: base/late.h.
#pragma once

#include <curl/curl.h>

#include "base/late.h"

namespace weir::net {

struct Libcurl : late::Table {
  using Table::Table;
  decltype(&curl_easy_cleanup) easy_cleanup = function("curl_easy_cleanup");
  decltype(&curl_easy_getinfo) easy_getinfo = function("curl_easy_getinfo");
  decltype(&curl_easy_init) easy_init = function("curl_easy_init");
  decltype(&curl_easy_perform) easy_perform = function("curl_easy_perform");
  decltype(&curl_easy_setopt) easy_setopt = function("curl_easy_setopt");
  decltype(&curl_easy_strerror) easy_strerror = function("curl_easy_strerror");
  decltype(&curl_global_init) global_init = function("curl_global_init");
  decltype(&curl_slist_append) slist_append = function("curl_slist_append");
  decltype(&curl_slist_free_all) slist_free_all = function("curl_slist_free_all");
};
inline constinit late::Library<Libcurl> libcurl(WEIR_LIBCURL_FILE, WEIR_LIBCURL_PACKAGE);

}  // namespace weir::net
