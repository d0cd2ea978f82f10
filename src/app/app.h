// The use cases: one function each, given who acts and what is wanted. The only door to the store,
// the ledger and the content; whoever goes through it has been asked by the gate.
//
//   identity.h  sign-in, sessions; enrolment.h  one-time codes; tokens.h  API tokens
//   people.h    organisations, users, agreements
//   intake.h    a report comes in
//   cases.h     claim, accept, decline, merge, split; participants, messages, files; statements,
//   fixes embargo.h   proposed, confirmed, ended; consent to onward sharing sharing.h   exceptions
//   and delays; a release is previewed, approved, decided; recipients pull reading.h   a case is
//   read; who has read it closing.h   publication, opening, deferral, erasure
//
// Every function gathers its facts, asks policy::decide() and appends its event inside one
// transaction. What it refuses leaves no trace but the answer. Text never stands in a plaintext
// column: it is content (sealed under the case's key) or a field of an event (sealed under the
// ledger's).
//
// Thread rule: App is built once and shared; every function may be called from any thread.
// Start with app_test.cc.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "app/actor.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/time.h"
#include "content/content.h"
#include "ledger/ledger.h"
#include "store/store.h"

namespace weir::app {

class Identity;  // app/identity.h

/// All that the use cases work on, built by main and borrowed by all.
struct App {
  store::Db& db;
  content::Keys& keys;
  ledger::Ledger& ledger;
  Random& random;
  const Clock& clock;
  const SigningKey& promise_key;
  Identity& identity;
  Duration seal_within = std::chrono::minutes(5);           // what a promise promises
  Duration publication_term = std::chrono::hours(24 * 90);  // until a published case is opened
};

/// The slice of a list that is wanted: at most `most` rows, after the one that is named. What a
/// row's name is the list says; "" is before all of them.
struct Slice {
  std::string after{};
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// Every migration of weir.db, in order: those of the ledger, of the content, and of the use cases.
/// The list is append-only.
std::vector<store::Migration> migrations();

}  // namespace weir::app
