// Who acts, and on what right it is believed: the command line on this machine, a session, an API
// token, a report's return code, or nothing at all.
//
// An Actor proves nothing by being held. Every use case reads the account, its organisation and the
// session or token again inside its own transaction (load_person() in context.h): what has ended,
// run out, been barred or suspended since is refused, also in the middle of a long request.
//
// Thread rule: a value.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace weir::app {

struct App;
struct Presented;

/// What a token may be used for. Sessions and the command line hold all of them. The numbers are
/// stored.
enum class Scope : std::uint8_t {
  report,      // hand in reports
  read,        // cases, releases, lists: each look is recorded as always
  act,         // whatever changes a case
  approve,     // be the second person: never a token's, for a script is not a second person
  administer,  // organisations, users, agreements
  calendar,    // when what is due, without a word of a case: for a program that keeps its password
  watch,       // watch lists, and nothing of cases: for what builds software
};

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) {
      bits_ |= bit(scope);
    }
  }
  static constexpr Scopes from_bits(std::int64_t bits) {
    Scopes scopes;
    scopes.bits_ = static_cast<unsigned>(bits);
    return scopes;
  }
  constexpr bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  constexpr bool has_all(Scopes other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr std::int64_t bits() const { return bits_; }
  bool operator==(const Scopes&) const = default;

 private:
  static constexpr unsigned bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }
  unsigned bits_ = 0;
};

inline constexpr Scopes kAllScopes = {Scope::report,  Scope::read,       Scope::act,
                                      Scope::approve, Scope::administer, Scope::calendar,
                                      Scope::watch};
inline constexpr Scopes kTokenScopes = {Scope::report,     Scope::read,     Scope::act,
                                        Scope::administer, Scope::calendar, Scope::watch};
/// In the order in which they are shown.
inline constexpr std::array kScopes = {Scope::report,  Scope::read,       Scope::act,
                                       Scope::approve, Scope::administer, Scope::calendar,
                                       Scope::watch};

std::string_view name(Scope scope);
Result<Scope> parse_scope(std::string_view text);

/// What a caller says of one call, beside who it is: what makes it safe to repeat, and on what
/// state it was decided.
struct Terms {
  std::string key{};    // with the same one the call has one outcome, for seven days; empty: none
  std::string route{};  // method and pattern
  Digest body{};        // of what was sent
  std::string case_file{};  // the case whose state is meant
  std::string expected{};   // its CaseView::version; empty: whatever it is
};
inline constexpr std::string_view kMovedOn =
    "the case has changed since you looked at it: read it again";

class Actor {
 public:
  enum class Kind : std::uint8_t { nobody, local, session, token, bearer };

  Actor() = default;  // nobody in particular
  /// The user of this handle, on the word of whoever may run `weir` on this machine: only for the
  /// command line and the local socket (held by tests/tidy).
  static Actor local(std::string handle);
  /// Whoever has the return code of a report.
  static Actor bearer(std::string return_code);

  Kind kind() const { return kind_; }
  const std::string& handle() const { return handle_; }            // empty: no account
  const std::string& return_code() const { return return_code_; }  // of a bearer
  Scopes scopes() const { return scopes_; }
  /// Where the call came from, for the limits on intake; empty for this machine.
  const std::string& network() const { return network_; }
  const Terms& terms() const { return terms_; }
  Actor with(Terms terms) const {
    Actor actor = *this;
    actor.terms_ = std::move(terms);
    return actor;
  }
  /// The row of the session or token.
  std::int64_t credential() const { return credential_; }
  /// Tells actors apart, e.g. for idempotency: holds no secret. Stored.
  std::string text() const;

 private:
  friend Result<Actor> authenticate(App& app, const Presented& presented);

  Kind kind_ = Kind::nobody;
  std::string handle_;
  std::string return_code_;
  std::string network_;
  std::int64_t credential_ = 0;
  Scopes scopes_ = kAllScopes;
  Terms terms_;
};

}  // namespace weir::app
