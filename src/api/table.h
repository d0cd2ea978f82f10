// Private to api/: a row of the table, and what a handler is given.
//
// Thread rule: rows are constant once the service is made.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "app/app.h"
#include "app/cases.h"
#include "http/route.h"

namespace weir::api {

/// Who may call at all. The rest is the gate's.
enum class Access {
  everybody,  // nobody is asked who it is
  anyone,     // with an account, a return code, or without
  reader,     // an account, or the return code of a report
  user,       // an account: session, token, or the local word
  person,     // a human being: no tokens
  operators,  // the admin listener and the local socket
};
std::string_view name(Access access);

/// What a field of a body may be.
enum class Kind { text, secret, number, fact, level, choice, texts, numbers };

struct Input {
  std::string name;
  Kind kind = Kind::text;
  enum class Needed { no, yes } needed = Needed::yes;
  std::string what{};                  // a sentence
  std::vector<std::string> choices{};  // of Kind::choice
};

/// The body of a request, checked against its row: known fields only, each of its type, the needed
/// ones there. What is absent reads as empty.
class Body {
 public:
  /// `invalid` with the JSON pointer.
  static Result<Body> read(const std::vector<Input>& inputs, std::string_view bytes);

  bool has(std::string_view field) const;
  std::string text(std::string_view field) const;
  std::int64_t number(std::string_view field, std::int64_t otherwise = 0) const;
  policy::Fact fact(std::string_view field) const;  // unknown if absent
  std::optional<policy::Fact> find_fact(std::string_view field) const;
  Level level(std::string_view field, Level otherwise = Level::nothing) const;
  std::vector<std::string> texts(std::string_view field) const;
  std::vector<std::int64_t> numbers(std::string_view field) const;

 private:
  json::Object object_;
};

/// A request under way, as a handler sees it.
struct Call {
  app::App& app;
  const app::Actor& actor;
  http::Request& request;
  Body body;
  const Parts* parts = nullptr;

  std::shared_ptr<const app::Laws> laws() const { return parts->laws(); }
  const std::string& path(std::string_view name) const { return request.path_parameter(name); }
};

using Act = std::function<Result<http::Response>(Call&)>;

struct Row {
  http::Method method = http::Method::get;
  std::string pattern;
  Access access = Access::user;
  std::string operation;
  std::string summary;
  /// A schema's name (schemas.cc), or a sentence where there is none; "Nothing" is 204.
  std::string answers = "Nothing";
  std::vector<Input> inputs{};  // of the body; none: no body
  std::vector<http::Parameter> parameters{};
  Act act;
  http::Admission admission{};
  http::BodyKind body = http::BodyKind::none;  // whole if there are inputs
  std::size_t most_body_bytes = http::kMostJsonBodyBytes;
  std::vector<std::string> content_types = {"application/json"};
  std::string content_type = "application/json";  // of the answer
  http::OtherParameters other_parameters = http::OtherParameters::refused;
  http::SlashAtEnd slash_at_end = http::SlashAtEnd::refused;
  /// How what is wrong is said: as a problem, or, to NVD's clients, by 404 and a field of the
  /// header.
  enum class Refuses { by_problem, by_field } refuses = Refuses::by_problem;
  /// Whether the route takes an Idempotency-Key: those that make something.
  enum class Repeats { as_new, by_key } repeats = Repeats::as_new;
};

/// Whether the route takes an If-Match: whatever changes a case, or a watch list itself.
bool is_conditional(const Row& row);
inline constexpr std::string_view kKeyField = "Idempotency-Key";
inline constexpr std::string_view kIfMatchField = "If-Match";

// Each file of the folder adds its rows.
struct Table {
  Service::Inside& service;
  std::vector<Row> rows;

  /// One more row, to be completed by the caller.
  Row& add(http::Method method, std::string pattern, Access access, std::string operation,
           std::string summary, Act act);
};
void add_operations(Table& table);  // health, metrics, the OpenAPI document
void add_log(Table& table);         // log, custody records, receipts, publications
void add_identity(Table& table);    // sign-in, sessions, enrolment, tokens
void add_people(Table& table);      // organisations, users, agreements
void add_reports(Table& table);     // intake, attachments
void add_cases(Table& table);       // lists, reading, handling
void add_threads(Table& table);     // messages, statements, fixes, embargo
void add_sharing(Table& table);     // releases, exceptions, delays, approvals
void add_closing(Table& table);     // publication, opening, deferral, erasure
void add_clocks(Table& table);      // profiles, facts, what is due, conflicts of laws
void add_duties(Table& table);      // delays, warnings, statistics, the laws themselves
void add_filings(Table& table);     // what discharges a duty
void add_news(Table& table);        // where one hears of what happens; the outbox
void add_watch(Table& table);       // watch lists
void add_work(Table& table);        // one's own work list as events
void add_public(Table& table);      // public records, for everybody

/// The OpenAPI document of the rows.
json::Value openapi_document(const std::vector<http::Route>& routes, const Parts& parts);
/// `{"$ref": …}` of a schema of schemas.cc, which must be one.
json::Value schema_of(std::string_view name);
/// Whether there is a schema of this name.
bool is_schema(std::string_view name);
json::Value schema_of(const std::vector<Input>& inputs);

// Answers.
http::Response ok(const json::Value& value);
http::Response created(const json::Value& value);
http::Response nothing();
/// What was done, or 202 with what waits for a second person.
http::Response told(const app::Done& done);
Result<http::Response> told(const Status& status);

/// Lists go out in pages. A row is a JSON object whose member `key` names it; a cursor is that
/// name, and opaque to clients.
struct Paging {
  std::string_view key;
  std::string_view list;  // the member of the answer that holds the rows
};
inline constexpr std::int64_t kMostRows = 1'000;
inline constexpr std::int64_t kUsualRows = 100;
/// The page that is asked for, and one row more, which tells whether there is more.
Result<app::Slice> wanted_page(const Call& call);
/// That page.
http::Response page_of(const app::Slice& wanted, json::Array rows, const Paging& paging);
/// The same of all rows of a short list, in the order of their names.
Result<http::Response> page(const Call& call, json::Array rows, const Paging& paging);
/// The parameters `after` and `limit`.
std::vector<http::Parameter> paging_parameters();

inline Input needed(std::string name, Kind kind, std::string what = {}) {
  return {std::move(name), kind, Input::Needed::yes, std::move(what)};
}
inline Input optional(std::string name, Kind kind, std::string what = {}) {
  return {std::move(name), kind, Input::Needed::no, std::move(what)};
}
Input choice(std::string name, std::vector<std::string> choices, std::string what = {});

/// "%C3%A9" or "%c3%a9" (RFC 3986, 2.1).
std::optional<std::string> percent_decoded(std::string_view text);

/// The text of a query parameter, empty if absent.
Result<std::string> query_text(const Call& call, std::string_view name);

}  // namespace weir::api
