// API tokens: for programs. A token of a user acts as that user; a token of an organisation is a
// subject of its own, so that the ledger tells what it read from what people read.
//
// Text: "weir_" prefix (8 characters, to recognise it by; nothing says that it is unique) "_"
// secret (32 characters, 160 bits). Shown once, stored as a hash. It holds the scopes it was given,
// never more than kTokenScopes, runs out, and can neither make tokens nor change how anybody signs
// in.
//
// Thread rule: any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/app.h"

namespace weir::app {

inline constexpr std::size_t kTokenPrefixChars = 8;
inline constexpr std::string_view kTokenMark = "weir_";  // so that scanners find one that leaked
inline constexpr std::size_t kTokenTextPrefix = kTokenMark.size() + kTokenPrefixChars;
inline constexpr std::size_t kMaxTokenLabel = 64;
inline constexpr std::size_t kMostTokens = 100;  // that hold, of one user or organisation
inline constexpr Duration kMostTokenLife = std::chrono::hours(24 * 365);

struct NewToken {
  std::string label{};  // of the characters of a handle
  Scopes scopes{};
  std::string organisation{};  // the subject; empty: the user who makes it
  Duration life = std::chrono::hours(24 * 90);
};
struct MadeToken {
  std::string token;  // shown once
  std::string reference;
  Instant ends;
};
/// For oneself by any user with a session; for an organisation by who administers it, with the
/// scopes report, read, calendar and watch only.
Result<MadeToken> create_token(App& app, const Actor& actor, const NewToken& wanted);

struct TokenView {
  std::string reference;
  std::string prefix;
  std::string label;
  std::string organisation;  // empty: the user's own
  Scopes scopes;
  Instant made;
  Instant ends;
  std::optional<Instant> used;  // the day (UTC) of the last use
};
/// Those that hold: the own ones or, for who administers it, an organisation's.
Result<std::vector<TokenView>> tokens(App& app, const Actor& actor,
                                      const std::string& organisation = {});
/// One of those; `not_found` for everything else.
Status revoke_token(App& app, const Actor& actor, const std::string& reference);

}  // namespace weir::app
