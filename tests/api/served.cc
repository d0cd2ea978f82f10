#include "served.h"

#include <filesystem>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "catalog/catalog.h"

namespace weir::api {
namespace {

namespace fs = std::filesystem;

/// The whole body, also of one that comes in pieces.
std::string bytes_of(http::Body body, const std::function<void()>& midway) {
  if (auto* text = std::get_if<std::string>(&body)) {
    return std::move(*text);
  }
  if (auto* document = std::get_if<std::shared_ptr<const http::Document>>(&body)) {
    return (*document)->bytes;
  }
  std::string all;
  if (auto* stream = std::get_if<http::Stream>(&body)) {
    std::string piece;
    for (auto more = stream->next(piece); more && *more; more = stream->next(piece)) {
      if (all.empty() && midway) {
        midway();
      }
      all += piece;
    }
  }
  return all;
}

void put_body(http::Request& request, const Asking& asking) {
  if (request.route == nullptr || request.route->body == http::BodyKind::none) {
    return;
  }
  request.headers.add("Content-Type", asking.type);
  request.body = asking.body;
  request.pieces = [left = asking.body, whole = asking.body.size(),
                    midway = asking.midway](std::string& piece) mutable -> Result<bool> {
    constexpr std::size_t kPiece = 10'000;
    if (left.size() + kPiece == whole && midway) {
      midway();
    }
    piece = left.substr(0, kPiece);
    left.erase(0, piece.size());
    return !piece.empty();
  };
}

/// One public database without records for all worlds: it has nothing to do with any of them.
class NoRecords {
 public:
  NoRecords() : folder_(fs::temp_directory_path() / ("weir-served-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    const std::string path = (folder_ / "public.db").string();
    EXPECT_TRUE(catalog::open(path, catalog::Use::import));
    records_ = std::make_unique<compat::Public>(path);
    EXPECT_TRUE(records_->refresh());
  }
  ~NoRecords() {
    records_.reset();
    fs::remove_all(folder_);
  }
  NoRecords(const NoRecords&) = delete;
  NoRecords& operator=(const NoRecords&) = delete;
  const compat::Public* records() const { return records_.get(); }

 private:
  fs::path folder_;
  std::unique_ptr<compat::Public> records_;
};

}  // namespace

json::Value Answered::at(std::string_view pointer) const {
  const auto tree = json::parse(body);
  if (!tree) {
    return {};
  }
  boost::system::error_code error;
  const json::Value* found = tree->find_pointer(pointer, error);
  return found == nullptr ? json::Value() : *found;
}

std::string Answered::text(std::string_view pointer) const {
  const json::Value value = at(pointer);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::shared_ptr<const app::Laws> compiled_in() {
  static const auto kLaws = std::make_shared<const app::Laws>(*app::read_laws(regimes::builtin()));
  return kLaws;
}

Served::Served(Start start) {
  EXPECT_TRUE(world.create());
  if (start == Start::peopled) {
    EXPECT_TRUE(world.found());
  } else {
    EXPECT_TRUE(app::found_platform(
        world.app(), {.name = "Ministry", .organisation_class = "authority", .country = "XX"},
        "ada"));
  }
  serve();
}

void Served::keep() {
  service.reset();
  EXPECT_TRUE(world.keep());
  serve();
}

void Served::back() {
  service.reset();
  EXPECT_TRUE(world.back());
  serve();
}

void Served::serve() {
  static const NoRecords no_records;
  service = std::make_unique<Service>(
      Parts{.app = world.app(),
            .log_vkey = world.vkey(),
            .promise_vkey = "promise",
            .mode = "trial",
            .local = [](std::string handle) { return app::Actor::local(std::move(handle)); },
            .laws = [this] { return laws; },
            .log = [this](std::string_view line) { log.emplace_back(line); },
            .records = no_records.records()});
}

app::Account& Served::account(const std::string& handle) {
  if (!accounts_.contains(handle)) {
    accounts_[handle] = world.enrol(handle);
  }
  return accounts_[handle];
}

const Served::Signed& Served::sign_in(const std::string& handle) {
  if (!sessions_.contains(handle)) {
    app::Account& one = account(handle);
    world.clock.advance(std::chrono::seconds(30));  // every step of the second factor is good once
    const auto done = app::sign_in(world.app(), {.handle = handle,
                                                 .password = one.password,
                                                 .second_factor = world.digits(one),
                                                 .network = "203.0.113.7/32"});
    EXPECT_TRUE(done) << app::said(done);
    sessions_[handle] = {done ? done->session : "", done ? done->csrf : ""};
  }
  return sessions_[handle];
}

Answered Served::run(const http::Router& router, const Asking& asking, http::Via via) {
  http::Request request;
  request.method = http::method_from(asking.method);
  const std::size_t mark = asking.path.find('?');
  request.path = asking.path.substr(0, mark);
  if (mark != std::string::npos) {
    std::string rest = asking.path.substr(mark + 1);
    for (std::size_t at = 0; at < rest.size();) {
      const std::size_t end = std::min(rest.find('&', at), rest.size());
      const std::string pair = rest.substr(at, end - at);
      request.query.push_back({pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1)});
      at = end + 1;
    }
  }
  request.id = "request";
  request.peer = {.address = *http::Address::parse(asking.client), .via = via};
  for (const http::Field& field : asking.fields) {
    request.headers.add(field.name, field.value);
  }
  if (!asking.as.empty()) {
    const Signed& session = sign_in(asking.as);
    request.headers.add("Cookie", std::string(kSessionCookie) + "=" + session.cookie);
    request.headers.add(std::string(kCsrfField), session.csrf);
  }
  if (!asking.token.empty()) {
    request.headers.add("Authorization", "Bearer " + asking.token);
  }
  if (!asking.code.empty()) {
    request.headers.add(std::string(kReturnCodeField), asking.code);
  }
  http::Response response;
  if (auto refused = http::prepare(router, request)) {
    response = std::move(*refused);
  } else if (auto full = http::admit(request)) {
    response = std::move(*full);
  } else {
    put_body(request, asking);
    response = router.run(request);
  }
  Answered answered{.status = response.status,
                    .headers = response.headers,
                    .caching = response.caching,
                    .etag = response.etag};
  if (auto* events = std::get_if<std::shared_ptr<http::EventStream>>(&response.body)) {
    answered.events = *events;
  } else {
    answered.body = bytes_of(std::move(response.body), asking.midway);
  }
  return answered;
}

Answered Served::ask(const Asking& asking) {
  return run(*service->for_everybody(), asking, http::Via::network);
}
Answered Served::ask_operators(const Asking& asking) {
  return run(*service->for_operators(), asking, http::Via::network);
}
Answered Served::ask_this_machine(const Asking& asking) {
  return run(*service->for_this_machine(), asking, http::Via::local_socket);
}

Answered Served::report(const std::string& as, const app::Words& words) {
  return ask(
      {.method = "POST", .path = "/api/v1/reports", .as = as, .body = app::report_bytes(words)});
}

}  // namespace weir::api
