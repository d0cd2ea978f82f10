// What a caller says of one call: the key that makes it safe to repeat.
#include "app/context.h"
#include "store/idempotency.h"

namespace weir::app {
namespace {

/// Without a key two calls with the same bytes are two calls: somebody may say the same twice.
std::optional<store::idempotency::Request> request_of(const Actor& actor, std::string& subject) {
  const Terms& terms = actor.terms();
  if (terms.key.empty()) {
    return std::nullopt;
  }
  subject = actor.text();
  return store::idempotency::Request{subject, terms.route, terms.key, terms.body};
}

}  // namespace

Result<std::optional<std::string>> find_outcome(const store::Tx& tx, const App& app,
                                                const Actor& actor) {
  std::string subject;
  const auto request = request_of(actor, subject);
  if (!request) {
    return std::nullopt;
  }
  return store::idempotency::find(tx, *request, app.clock.now());
}

Status keep_outcome(store::Tx& tx, const App& app, const Actor& actor, std::string_view outcome) {
  std::string subject;
  const auto request = request_of(actor, subject);
  return request ? store::idempotency::remember(tx, *request, outcome, app.clock.now()) : Status();
}

}  // namespace weir::app
