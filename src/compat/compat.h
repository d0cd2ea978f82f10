// The public records in the shapes that clients ask for.
//
//   public.h    public.db as a server asks it, and where to start reading
//   osv_api.h   OSV: query, querybatch, vulns/{id}
//   own_api.h   Weir's own: a vulnerability, its history, search, match
//   nvd_api.h   NVD 2.0: cves, cvehistory; nvd_names.h: cpes, cpematch
//   epss_api.h  FIRST's EPSS: data/v1/epss
//   bulk.h      everything at once, as files; kev.h: the catalogue as CISA's
//   mirror.h    the feed, as whoever copies it checks it
//   feed.h      what changed: a gap-free feed by cursor, and Atom
//   desk.h      what answering needs beside a snapshot
//   records.h   records as matching asks for them
//
// Each function takes what was asked and gives the answer's status and body; nothing here knows of
// sockets or routes. Records are copied through byte for byte. Nothing here sees weir.db: no
// restricted case can influence an answer.
//
// Thread rule: functions work at a Desk, which belongs to one thread while it is used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::compat {

class Desk;

/// What was asked, as it came. The route has checked that no parameter comes twice.
struct Given {
  std::string id{};      // of the path
  std::string source{};  // of the path
  std::string_view body{};
  std::vector<std::pair<std::string, std::string>> parameters{};
  std::string base{};  // "https://weir.example", where this server is found

  /// "" if absent.
  std::string parameter(std::string_view name) const;
  bool has(std::string_view name) const;
};

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string message{};  // the field of this name in the header; "": none
  bool operator==(const Answer&) const = default;
};

/// A question. Errors are for the problem document of whoever serves it.
using Ask = Result<Answer> (*)(Desk& desk, const Given& given);

}  // namespace weir::compat
