#include "rows.h"

namespace weir::api {

std::vector<Row> all_rows(Served& served) {
  Service::Inside inside({.app = served.world.app()});
  Table table{inside, {}};
  for (const auto add : {add_operations, add_log, add_identity, add_people, add_reports, add_cases,
                         add_threads, add_sharing, add_closing, add_clocks, add_duties, add_filings,
                         add_news, add_watch, add_work, add_public}) {
    add(table);
  }
  return table.rows;
}

json::Value sample(const Input& input) {
  switch (input.kind) {
    case Kind::text:
    case Kind::secret:
      return "WEIR-2026-0001";
    case Kind::number:
      return 1;
    case Kind::fact:
      return "no";
    case Kind::level:
      return "notice";
    case Kind::choice:
      return json::Value(input.choices.front());
    case Kind::texts:
      return json::Array{"ACME"};
    case Kind::numbers:
      return json::Array{1};
  }
  return {};
}

json::Object fields_for(const Row& row, Fields fields) {
  json::Object body;
  for (const Input& input : row.inputs) {
    if (fields == Fields::all || input.needed == Input::Needed::yes) {
      body[input.name] = sample(input);
    }
  }
  return body;
}

std::string with_ids(std::string pattern, const Ids& ids) {
  for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
    const std::size_t close = pattern.find('}');
    std::string name = pattern.substr(open + 1, close - open - 1);
    if (name.ends_with('*')) {
      name.pop_back();
    }
    const auto known = ids.find(name);
    pattern.replace(open, close - open + 1, known == ids.end() ? kAbsent : known->second);
  }
  return pattern;
}

Asking asking_for(const Row& row, const Ids& ids, Fields fields) {
  Asking asking{.method = std::string(http::name(row.method)), .path = with_ids(row.pattern, ids)};
  if (row.operation == "publish") {
    asking.path += "?id=WEIR-2026-0001";
  }
  asking.body = row.body == http::BodyKind::none
                    ? json::canonical(json::Value(fields_for(row, fields)))
                    : "bytes";
  asking.fields = {{std::string(kFileNameField), "a.bin"}};
  if (row.operation == "add_watch_list") {
    asking.fields.push_back({std::string(kListNameField), "a%20list"});
  }
  return asking;
}

std::string client_number(int number) {
  return "100." + std::to_string(64 + (number >> 16) % 64) + "." +
         std::to_string((number >> 8) % 256) + "." + std::to_string(number % 256);
}

}  // namespace weir::api
