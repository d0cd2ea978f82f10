// The rows of the table of routes with requests that they would take, for tests that go through all
// of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/service.h"
#include "served.h"

namespace weir::api {

/// What stands in a path for each of its parameters; absent ones become kAbsent.
using Ids = std::map<std::string, std::string>;
inline const std::string kAbsent(26, 'a');

/// Every row of the table.
std::vector<Row> all_rows(Served& served);

/// A value that the field would take, as far as its kind tells.
json::Value sample(const Input& input);

enum class Fields { needed, all };
json::Object fields_for(const Row& row, Fields fields);

std::string with_ids(std::string pattern, const Ids& ids);

/// The row's request, by nobody yet.
Asking asking_for(const Row& row, const Ids& ids, Fields fields = Fields::needed);

/// Addresses of different networks, so that no limit is met by going through all rows.
std::string client_number(int number);

}  // namespace weir::api
