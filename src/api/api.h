// The API: every use case of app/ over HTTP, as one table of routes. JSON in, one call of app/,
// JSON out; who may do what is decided in app/, by the gate, inside the transaction.
//
// Invariants:
//   1. A route is a row: method, path, who may call, fields of the body, what it does. There is no
//      other way in. OpenAPI, limits and the tests of who may call what come from the same rows.
//   2. A body has the fields of its row and no others: nobody says who it is, whose something is,
//      or under which key it lies.
//   3. Who calls is found anew for every request and every event of a stream (app/identity.h); what
//      it may is asked in the transaction that acts.
//   4. Secrets come in header fields and bodies, never in addresses. An answer that holds
//   restricted
//      text or a secret is no-store.
//   5. Absent and hidden are one answer, made by the same code.
//
// Thread rule: a Service is built once; its routes run on any thread.
// Start with docs/api.md, then tests/api.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "app/profiles.h"
#include "compat/public.h"
#include "http/route.h"
#include "http/server.h"

namespace weir::api {

inline constexpr std::string_view kSessionCookie = "__Host-weir";
inline constexpr std::string_view kCsrfField = "Weir-CSRF";
inline constexpr std::string_view kReturnCodeField = "Weir-Return-Code";
inline constexpr std::string_view kAsField = "Weir-As";               // on the local socket alone
inline constexpr std::string_view kFileNameField = "Weir-File-Name";  // percent-encoded UTF-8
inline constexpr std::string_view kListNameField = "Weir-List-Name";  // the same, of a watch list
inline constexpr std::size_t kMostEventStreams = 1'000;

/// What the service works on and says, built by main.
struct Parts {
  app::App& app;
  std::string log_vkey{};
  std::string promise_vkey{};
  std::string mode = "full";
  /// The user of this handle, on the word of whoever may open the local socket.
  std::function<app::Actor(std::string handle)> local{};
  /// The laws in force at this moment; needed as soon as a route of the clocks is called. Whoever
  /// has got them keeps them to the end of its call, also while others are read.
  std::function<std::shared_ptr<const app::Laws>()> laws{};
  /// A line for the operator: an error of ours, with the request that met it. Never restricted
  /// text.
  std::function<void(std::string_view line)> log{};
  /// The public records, if this server has any.
  const compat::Public* records = nullptr;
};

class Service {
 public:
  explicit Service(Parts parts);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// For everybody; for the admin listener: health and metrics; and for the local socket: both, and
  /// whoever calls is believed to be the user that it names.
  std::shared_ptr<const http::Router> for_everybody() const;
  std::shared_ptr<const http::Router> for_operators() const;
  std::shared_ptr<const http::Router> for_this_machine() const;

  /// Counts an answer. Does not block.
  void count(const http::Served& served);
  /// Where the connections stand, for /metrics. Set once, before the server starts.
  void watch(std::function<http::Statistics()> statistics);
  /// Notes that a checkpoint was sealed, or why it was not (for /readyz and /metrics).
  void note_seal(const Status& outcome);
  /// Sends what is new to every open event stream whose reader still may have it, and ends the
  /// others. Called about once a second, from one thread.
  void feed();
  std::size_t open_streams() const;

  struct Inside;

 private:
  std::unique_ptr<Inside> inside_;
};

}  // namespace weir::api
