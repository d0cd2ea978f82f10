// Whoever is suspended, barred, not confirmed or out of time is refused on every channel, at once:
// also in the middle of a stream, an upload or a download.
#include <gtest/gtest.h>

#include "app/enrolment.h"
#include "rows.h"

namespace weir::api {
namespace {

using policy::Fact;
using std::chrono::hours;

constexpr std::size_t kFileBytes = std::size_t{3} << 20;  // of several pieces

/// A case of rita's in which ven of ACME takes part, and everything that ven may hold.
struct Holdings : Served {
  std::string file;
  std::string object;  // an attachment of ven's
  std::string token;
  std::string machine;  // a token of ACME
  std::shared_ptr<http::EventStream> by_session;
  std::shared_ptr<http::EventStream> by_token;

  Holdings() {
    EXPECT_TRUE(app::add_user(world.app(), app::as("ada"),
                              {"acma", "ACME", {policy::Role::administrator}}));
    file = report("rita", {.word = "held"}).text("/case");
    world.work("cora", file);
    world.add_vendor(file, "ACME");
    token = made(R"({"label":"t","scopes":["read","act","report"]})", "ven");
    machine = made(R"({"label":"m","scopes":["read"],"organisation":"ACME"})", "acma");
    object = attach({}).text("/object");
    EXPECT_FALSE(object.empty());
    by_session = ask({.path = "/api/v1/work/events", .as = "ven"}).events;
    by_token = ask({.path = "/api/v1/work/events", .token = token}).events;
    EXPECT_TRUE(by_session && by_token);
    service->feed();
    EXPECT_TRUE(by_session->take().bytes.contains(file));
    EXPECT_TRUE(by_token->take().bytes.contains(file));
  }
  std::string made(const char* body, const char* as) {
    return ask({.method = "POST", .path = "/api/v1/tokens", .as = as, .body = body}).text("/token");
  }
  std::string path() const { return "/api/v1/cases/" + file; }
  Answered attach(const std::function<void()>& midway) {
    return ask({.method = "POST",
                .path = path() + "/attachments",
                .body = std::string(kFileBytes, 'b'),
                .type = "application/octet-stream",
                .fields = with_session({{std::string(kFileNameField), "a.bin"}}),
                .midway = midway});
  }
  Answered fetch(const std::function<void()>& midway) {
    return ask(
        {.path = path() + "/attachments/" + object, .fields = with_session({}), .midway = midway});
  }
  std::vector<http::Field> with_session(std::vector<http::Field> fields) {
    const Signed& session = sign_in("ven");
    fields.push_back({"Cookie", std::string(kSessionCookie) + "=" + session.cookie});
    fields.push_back({std::string(kCsrfField), session.csrf});
    return fields;
  }
  /// Tries to sign in anew, with the right secrets.
  int sign_in_again() {
    world.clock.advance(std::chrono::seconds(30));
    const json::Object body{{"handle", "ven"},
                            {"password", account("ven").password},
                            {"second_factor", world.digits(account("ven"))}};
    return ask({.method = "POST", .path = "/api/v1/session", .body = json::canonical(body)}).status;
  }
  int by_recovery_code() {
    const json::Object body{{"handle", "ven"},
                            {"password", account("ven").password},
                            {"second_factor", account("ven").recovery_codes.at(0)}};
    return ask({.method = "POST", .path = "/api/v1/session", .body = json::canonical(body)}).status;
  }
};

/// What ends somebody's right to call, and what of it goes on.
struct Ending {
  const char* name;
  std::function<void(Holdings&)> act;
  bool session_ends = true;
  bool token_ends = true;
  bool machine_ends = false;
  bool may_sign_in = false;
};

void must(const Status& status) {
  EXPECT_TRUE(status) << app::said(status);
}

const std::vector<Ending>& endings() {
  static const std::vector<Ending> kEndings = {
      {.name = "suspension",
       .act =
           [](Holdings& h) {
             must(app::set_suspended(h.world.app(), app::as("ada"), "ACME", Fact::yes));
           },
       .machine_ends = true},
      {.name = "unknown suspension",
       .act =
           [](Holdings& h) {
             must(app::set_suspended(h.world.app(), app::as("ada"), "ACME", Fact::unknown));
           },
       .machine_ends = true},
      {.name = "bar",
       .act =
           [](Holdings& h) {
             must(app::set_barred(h.world.app(), app::as("ada"), "ven", Fact::yes));
           }},
      {.name = "bar by its own administrator",
       .act =
           [](Holdings& h) {
             must(app::set_barred(h.world.app(), app::as("acma"), "ven", Fact::yes));
           }},
      {.name = "end of everything",
       .act = [](Holdings& h) { must(app::end_all(h.world.app(), app::as("ven"), "ven")); },
       .may_sign_in = true},
      {.name = "reset",
       .act = [](Holdings& h) { EXPECT_TRUE(app::reset(h.world.app(), app::as("ada"), "ven")); }},
      {.name = "restore from a copy",
       .act = [](Holdings& h) { must(app::end_every_sign_in(h.world.app())); },
       .machine_ends = true,
       .may_sign_in = true},
      {.name = "signing out",
       .act =
           [](Holdings& h) {
             EXPECT_EQ(h.ask({.method = "DELETE", .path = "/api/v1/session", .as = "ven"}).status,
                       204);
           },
       .token_ends = false,
       .may_sign_in = true},
      {.name = "revocation",
       .act =
           [](Holdings& h) {
             const Answered all = h.ask({.path = "/api/v1/tokens", .as = "ven"});
             EXPECT_EQ(h.ask({.method = "DELETE",
                              .path = "/api/v1/tokens/" + all.text("/tokens/0/reference"),
                              .as = "ven"})
                           .status,
                       204);
           },
       .session_ends = false,
       .may_sign_in = true},
      {.name = "a day without a call",
       .act = [](Holdings& h) { h.world.clock.advance(hours(24)); },
       .token_ends = false,
       .may_sign_in = true},
      {.name = "a hundred days",
       .act = [](Holdings& h) { h.world.clock.advance(hours(24 * 100)); },
       .machine_ends = true,
       .may_sign_in = true},
  };
  return kEndings;
}

int refused_as(bool is_refused) {
  return is_refused ? 401 : 200;
}

TEST(Channels, EveryEndIsAnEndOnAllOfThem) {
  for (const Ending& ending : endings()) {
    SCOPED_TRACE(ending.name);
    Holdings h;
    const auto session = h.with_session({});
    ending.act(h);
    EXPECT_EQ(h.ask({.path = h.path(), .fields = session}).status, refused_as(ending.session_ends));
    EXPECT_EQ(h.ask({.path = h.path(), .token = h.token}).status, refused_as(ending.token_ends));
    EXPECT_EQ(h.ask({.path = h.path(), .token = h.machine}).status,
              refused_as(ending.machine_ends));
    h.report("rita");  // something new, for streams that are still open
    h.service->feed();
    using State = http::EventStream::State;
    EXPECT_EQ(h.by_session->take().state, ending.session_ends ? State::ended : State::open);
    EXPECT_EQ(h.by_token->take().state, ending.token_ends ? State::ended : State::open);
    EXPECT_EQ(h.sign_in_again() == 201, ending.may_sign_in);
    EXPECT_EQ(h.by_recovery_code() == 201, ending.may_sign_in);
  }
}

TEST(Channels, AnEndInTheMiddleOfAnUploadLeavesNothingBehind) {
  for (const Ending& ending : endings()) {
    if (!ending.session_ends) {
      continue;
    }
    SCOPED_TRACE(ending.name);
    Holdings h;
    const std::int64_t items = h.world.number("SELECT COUNT(*) FROM item");
    const std::int64_t events = h.world.number(
        "SELECT COUNT(*) FROM event WHERE type = "
        "'attachment_added'");
    const std::int64_t chunks = h.world.number("SELECT COUNT(*) FROM chunk");
    const Answered answer = h.attach([&] { ending.act(h); });
    EXPECT_GE(answer.status, 400) << answer.body;
    EXPECT_EQ(h.world.number("SELECT COUNT(*) FROM item"), items);
    EXPECT_EQ(h.world.number("SELECT COUNT(*) FROM chunk"), chunks);
    EXPECT_EQ(h.world.number("SELECT COUNT(*) FROM event WHERE type = 'attachment_added'"), events);
  }
}

TEST(Channels, OfAnUploadThatIsThereNothingIsDropped) {
  Holdings h;
  must(h.world.db().execute([&](store::Tx& tx) -> Status {
    TRY(tx.run("INSERT INTO chunk (object, version, number, bytes) VALUES ('cut', 1, 0, x'00')"));
    TRY(content::drop_unfinished(tx, h.object, 1));
    return content::drop_unfinished(tx, "cut", 1);
  }));
  EXPECT_EQ(h.fetch({}).body.size(), kFileBytes);
  EXPECT_EQ(h.world.number("SELECT COUNT(*) FROM chunk WHERE object = 'cut'"), 0);
}

TEST(Channels, AnEndInTheMiddleOfADownloadEndsIt) {
  Holdings whole;
  EXPECT_EQ(whole.fetch({}).body.size(), kFileBytes);
  for (const Ending& ending : endings()) {
    if (!ending.session_ends) {
      continue;
    }
    SCOPED_TRACE(ending.name);
    Holdings h;
    const std::size_t got = h.fetch([&] { ending.act(h); }).body.size();
    EXPECT_GT(got, 0u);
    EXPECT_LT(got, kFileBytes);
  }
}

/// By the local socket whoever may open it names users: the accounts' own state counts there too.
TEST(Channels, TheLocalSocketBelievesNamesAndNotAccountsThatHaveEnded) {
  Holdings h;
  const Asking asking{.path = h.path(), .fields = {{std::string(kAsField), "ven"}}};
  EXPECT_EQ(h.ask_this_machine(asking).status, 200);
  must(app::set_suspended(h.world.app(), app::as("ada"), "ACME", Fact::yes));
  EXPECT_GE(h.ask_this_machine(asking).status, 400);
  const Answered stream = h.ask_this_machine(
      {.path = "/api/v1/work/events", .fields = {{std::string(kAsField), "ven"}}});
  EXPECT_GE(stream.status, 400);
  EXPECT_EQ(h.ask_this_machine({.path = "/api/v1/cases", .fields = {{std::string(kAsField), "x"}}})
                .status,
            403);
}

TEST(Channels, WhoHasNotEnrolledIsNobody) {
  Served served;
  const auto invited = app::invite(served.world.app(), app::as("ada"), "otto");
  ASSERT_TRUE(invited);
  const std::string code = invited->code;
  int asked = 0;
  for (const Row& row : all_rows(served)) {
    if (row.access == Access::everybody || row.access == Access::operators) {
      continue;
    }
    Asking asking = asking_for(row, {});
    for (const int place : {0, 1, 2}) {  // the one-time code as each kind of credential
      Asking with = asking;
      with.client = client_number(++asked);
      (place == 0 ? with.token : with.code) = place < 2 ? code : "";
      if (place == 2) {
        with.fields.push_back({"Cookie", std::string(kSessionCookie) + "=" + code});
        with.fields.push_back({std::string(kCsrfField), app::csrf_of(code)});
      }
      const int status = served.ask(with).status;
      EXPECT_TRUE(status == 401 || status == 429) << row.operation << " " << place << " " << status;
    }
  }
  const json::Object body{{"handle", "otto"}, {"password", code}, {"second_factor", "000000"}};
  EXPECT_EQ(served.ask({.method = "POST", .path = "/api/v1/session", .body = json::canonical(body)})
                .status,
            403);
  // Barred before it has enrolled, its code is worth nothing.
  must(app::set_barred(served.world.app(), app::as("ada"), "otto", Fact::yes));
  EXPECT_EQ(served
                .ask({.method = "POST",
                      .path = "/api/v1/enrolment/begin",
                      .body = json::canonical(json::Object{{"code", code}})})
                .status,
            403);
}

TEST(Channels, AnInvitationRunsOut) {
  Served served;
  const auto invited = app::invite(served.world.app(), app::as("ada"), "otto");
  ASSERT_TRUE(invited);
  const Asking begin{.method = "POST",
                     .path = "/api/v1/enrolment/begin",
                     .body = json::canonical(json::Object{{"code", invited->code}})};
  EXPECT_EQ(served.ask(begin).status, 200);
  served.world.clock.advance(hours(72) + std::chrono::milliseconds(1));
  EXPECT_EQ(served.ask(begin).status, 403);
}

TEST(Channels, ARoleThatIsTakenAwayShowsInTheNextEvent) {
  Served served;
  const Answered opened = served.ask({.path = "/api/v1/work/events", .as = "dan"});
  ASSERT_TRUE(opened.events);
  const std::string one = served.report("rita").text("/case");
  served.service->feed();
  EXPECT_TRUE(opened.events->take().bytes.contains(one));
  must(app::set_roles(served.world.app(), app::as("ada"), "dan", {policy::Role::recipient}));
  const std::string two = served.report("rita").text("/case");
  served.service->feed();
  const std::string told = opened.events->take().bytes;
  EXPECT_FALSE(told.contains(two));
  EXPECT_FALSE(told.contains(one)) << "the list is told anew, without the queue";
  EXPECT_TRUE(told.contains("event: work"));
}

}  // namespace
}  // namespace weir::api
