#include "app/actor.h"

#include <array>

#include "base/bytes.h"
#include "base/digest.h"

namespace weir::app {
namespace {

constexpr std::array<std::string_view, 7> kScopeNames = {
    "report", "read", "act", "approve", "administer", "calendar", "watch"};

}  // namespace

std::string_view name(Scope scope) {
  return kScopeNames[static_cast<std::size_t>(scope)];
}

Result<Scope> parse_scope(std::string_view text) {
  for (std::size_t i = 0; i < kScopeNames.size(); ++i) {
    if (text == kScopeNames[i]) {
      return static_cast<Scope>(i);
    }
  }
  return fail(Code::invalid,
              "a scope is report, read, act, approve, administer, calendar or watch");
}

Actor Actor::local(std::string handle) {
  Actor actor;
  actor.kind_ = Kind::local;
  actor.handle_ = std::move(handle);
  return actor;
}

Actor Actor::bearer(std::string return_code) {
  Actor actor;
  actor.kind_ = Kind::bearer;
  actor.return_code_ = std::move(return_code);
  return actor;
}

std::string Actor::text() const {
  switch (kind_) {
    case Kind::nobody:
      return "nobody";
    case Kind::local:
    case Kind::session:
      return "user " + handle_;
    case Kind::token:
      return "token " + std::to_string(credential_);
    case Kind::bearer:
      return "bearer " + to_base32(sha256("weir/bearer/v1" + return_code_).view());
  }
  std::unreachable();
}

}  // namespace weir::app
