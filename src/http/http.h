// HTTP as a handler sees it: a Request comes in, a Response or an Error goes out.
//
// The life of a request: the server reads the head (limits, RFC 9112 syntax without leniency),
// finds the route, reads the body up to the route's limit, asks the guard who is calling (before a
// large or streamed body too), and runs the handler on a worker thread. The answer is completed
// (ETag, ranges, compression, security headers) and written. A handler knows nothing of sockets:
// answer() in route.h runs it without any.
//
// Invariants:
//   1. What is here is well formed: path and query are decoded UTF-8 without control characters,
//      dot segments or encoded slashes; header values have no line breaks.
//   2. An answer is no-store unless its handler says otherwise, and what is no-store is never
//      compressed (a compressed secret beside text that an attacker chose leaks: BREACH).
//   3. Errors reach the client as RFC 9457 problems, by one mapping (problem.cc). What is `corrupt`
//      or thrown says nothing of itself.
//   4. Nothing here knows a word of the domain.
//
// Thread rule: plain values; handlers run on several threads at once.
// Start with route.h, then server.h.
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/address.h"
#include "http/events.h"

namespace weir::http {

struct Route;

enum class Method { get, head, post, put, patch, delete_, options, other };
std::string_view name(Method method);  // "GET"
Method method_from(std::string_view name);

struct Field {
  std::string name;
  std::string value;
};

/// Header fields in order. Names compare without case.
class Headers {
 public:
  std::optional<std::string_view> find(std::string_view name) const;  // the first
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);  // instead of all that are there
  const std::vector<Field>& fields() const { return fields_; }
  void clear() { fields_.clear(); }

 private:
  std::vector<Field> fields_;
};

/// Puts the next piece into `piece` (true), or says that there is none (false). An Error ends it.
/// Blocks; it is called on a worker thread only.
using Pull = std::move_only_function<Result<bool>(std::string& piece)>;

enum class Scheme { http, https };
enum class Via { network, local_socket };

/// Who is at the other end. Behind a trusted proxy, the client that the proxy names.
struct Peer {
  Address address;
  Via via = Via::network;
  std::uint32_t user_id = 0;  // of the process at the other end of a local socket
};

struct Request {
  Method method = Method::get;  // HEAD arrives as get; the server drops the body
  Scheme scheme = Scheme::http;
  std::string host;                    // of the Host field or an absolute target, lower case
  std::string path;                    // decoded; "/api/v1/cases/c1"
  std::vector<Field> path_parameters;  // by the names in the route's pattern
  std::vector<Field> query;            // decoded, in order
  Headers headers;
  Peer peer;
  std::string id;  // random; also in the answer's X-Request-Id and in the log
  const Route* route = nullptr;
  std::string body;  // of a route that takes it whole
  Pull pieces;       // of a route that takes it streamed; only until the handler returns
  std::optional<std::uint64_t> content_length;  // as the client said it
  std::any caller;                              // what the guard found, for the handler

  /// A parameter of the route's pattern; it must be one.
  const std::string& path_parameter(std::string_view name) const;
  /// Nothing if absent; `invalid` if given twice.
  Result<std::optional<std::string>> query_parameter(std::string_view name) const;
  /// Nothing if absent, malformed or given twice.
  std::optional<std::string> cookie(std::string_view name) const;
};

/// Bytes that never change, ready to be sent many times: compressed once, tagged by their digest.
struct Document {
  std::string content_type;
  std::string bytes;
  std::string gzip;  // empty if it would not be smaller
  std::string etag;
};
std::shared_ptr<const Document> make_document(std::string content_type, std::string bytes);

/// A body made while it is sent. The next piece is asked for when the last one is on its way.
struct Stream {
  Pull next;
  std::optional<std::uint64_t> size{};  // if known; otherwise it is sent in chunks
};

/// A body that can be read from anywhere, so that clients may ask for a range.
struct Stored {
  std::uint64_t size = 0;
  /// Up to `most` bytes at `offset`; never empty before the end. Blocks.
  std::move_only_function<Result<std::string>(std::uint64_t offset, std::size_t most)> read;
};
/// `not_found` if there is no such regular file.
Result<Stored> stored_file(const std::string& path);

using Body = std::variant<std::string, std::shared_ptr<const Document>, Stream, Stored,
                          std::shared_ptr<EventStream>>;

enum class Caching {
  no_store,    // the default: nobody keeps a copy
  revalidate,  // anybody may keep it and must ask each time whether it still holds
  immutable,   // the bytes at this address never change
};

struct Response {
  int status = 200;
  Headers headers{};
  Body body{};
  Caching caching = Caching::no_store;
  std::string etag{};  // without quotes; empty: none. Answers If-None-Match and If-Range
};

Response json_response(int status, const json::Value& value);  // in canonical form
Response text_response(int status, std::string content_type, std::string body);
Response document_response(std::shared_ptr<const Document> document, Caching caching);
Response see_other(std::string location);  // 303

/// Whether an If-Match (strong) or If-None-Match (weak) field names `etag`. RFC 9110, 8.8.3.2.
enum class Comparison { strong, weak };
bool matches_etag(std::string_view field, std::string_view etag, Comparison comparison);
inline constexpr std::string_view kGzipTag = "-gzip";  // ends the tag of a compressed answer

/// RFC 9457. Holds nothing that tells one absent thing from another hidden one.
struct Problem {
  int status = 500;
  std::string code;      // shown: "not_found"; programs decide by it
  std::string title;     // of the code, always the same
  std::string detail{};  // of this occurrence, for people
  std::string where{};   // the place in the input: a JSON pointer, a parameter
};

/// The one mapping from codes to HTTP.
Problem problem(const Error& error);
/// For what HTTP itself finds wrong: any status from 400 to 599.
Problem problem(int status, std::string detail);
Response problem_response(const Problem& problem);
Response problem_response(const Error& error);

}  // namespace weir::http
