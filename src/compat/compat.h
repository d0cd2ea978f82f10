// The public records in the shapes that other people's clients ask for.
//
//   osv_api.h   OSV: query, querybatch, vulns/{id}
//   feed.h      what changed: a gap-free feed by cursor, and Atom
//   records.h   records as matching asks for them
//
// Each function takes a request as it came and gives the answer's status and body; nothing here
// knows of sockets or routes. Records are copied through byte for byte.
//
// Thread rule: functions take the transaction that they work in.
#pragma once

#include <string>

namespace weir::compat {

struct Answer {
  int status = 200;
  std::string body;  // JSON, but for Atom
  bool operator==(const Answer&) const = default;
};

}  // namespace weir::compat
