// A world (app/world.h) that is served: requests go in, answers come out, without sockets.
//
//   Served served;
//   served.ask({.method = "POST", .path = "/api/v1/reports", .as = "rita", .body = report})
//
// Users sign in with a token that holds every scope that a token may hold, or with a session.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/api.h"
#include "app/tokens.h"
#include "app/world.h"

namespace weir::api {

struct Asking {
  std::string method = "GET";
  std::string path;
  std::string as{};     // a handle: with its session; empty: nobody
  std::string token{};  // or this token
  std::string code{};   // or this return code
  std::string body{};   // with one: JSON, unless `type` says otherwise
  std::string type = "application/json";
  std::vector<http::Field> fields{};  // of the header, beside those
  std::string client = "203.0.113.7";
  /// Called once, after the first piece of a body that comes or goes in pieces.
  std::function<void()> midway{};
};

struct Answered {
  int status = 0;
  std::string body{};
  http::Headers headers{};
  std::shared_ptr<http::EventStream> events{};
  http::Caching caching = http::Caching::no_store;
  std::string etag{};

  /// Of a JSON body, by its pointer; null if it is not there.
  json::Value at(std::string_view pointer) const;
  std::string text(std::string_view pointer) const;  // "" if it is no string
};

/// The laws that are compiled in, read once.
std::shared_ptr<const app::Laws> compiled_in();

class Served {
 public:
  /// founded: as `weir init` leaves it, with an administrator who has not enrolled; peopled: with
  /// all of World::found().
  enum class Start { founded, peopled };
  explicit Served(Start start = Start::peopled);
  Answered ask(const Asking& asking);
  /// The same by a listener of another kind.
  Answered ask_operators(const Asking& asking);
  Answered ask_this_machine(const Asking& asking);

  /// Files the world's usual report and returns what was answered.
  Answered report(const std::string& as, const app::Words& words = {});
  /// A session of the user, enrolled at first need; and what belongs to it.
  struct Signed {
    std::string cookie;
    std::string csrf;
  };
  const Signed& sign_in(const std::string& handle);
  app::Account& account(const std::string& handle);
  /// World::keep() and World::back(), served as before.
  void keep();
  void back();
  void forget_session(const std::string& handle) { sessions_.erase(handle); }

  app::World world;
  std::unique_ptr<Service> service;
  std::vector<std::string> log;
  std::shared_ptr<const app::Laws> laws = compiled_in();

 private:
  void serve();
  Answered run(const http::Router& router, const Asking& asking, http::Via via);
  std::map<std::string, app::Account> accounts_;
  std::map<std::string, Signed> sessions_;
};

}  // namespace weir::api
