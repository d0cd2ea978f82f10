// Accounts from the invitation to the end of a session, and tokens. What attackers try is in
// identity_attack_test.cc.
#include <gtest/gtest.h>

#include "app/enrolment.h"
#include "app/tokens.h"
#include "app/world.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;
using policy::Role;
using std::chrono::hours;
using std::chrono::minutes;

class Identities : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    const Status founded = world.found();
    ASSERT_TRUE(founded) << said(founded);
  }
  App& app() { return world.app(); }
  SignedIn sign_in_as(const Account& account, const std::string& network = "192.0.2.1/32") {
    world.clock.advance(minutes(1));  // a code is good once
    const auto done =
        sign_in(app(), {account.handle, account.password, world.digits(account), network, {}});
    EXPECT_TRUE(done) << said(done);
    return done ? *done : SignedIn{};
  }
  Result<Actor> by_session(const SignedIn& session) {
    return authenticate(app(), {.session = session.session, .csrf = session.csrf});
  }
  Result<Actor> by_token(const std::string& token) { return authenticate(app(), {.token = token}); }

  World world;
};

TEST_F(Identities, ASessionActsAsItsUserAndIsTheSameSubject) {
  const Account rita = world.enrol("rita");
  EXPECT_EQ(rita.recovery_codes.size(), kRecoveryCodes);
  const SignedIn session = sign_in_as(rita);
  EXPECT_EQ(session.recovery_codes_left, 10);
  EXPECT_EQ(session.ends - world.clock.now(), hours(12));
  const auto actor = by_session(session);
  ASSERT_TRUE(actor) << said(actor);
  EXPECT_EQ(actor->handle(), "rita");
  EXPECT_EQ(actor->kind(), Actor::Kind::session);
  EXPECT_EQ(actor->text(), as("rita").text());
  const auto filed = file_report(app(), *actor, {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  EXPECT_TRUE(filed->return_code.empty());
  EXPECT_TRUE(world.read(*actor, filed->case_reference));
  EXPECT_TRUE(recheck(app(), *actor));
  ASSERT_TRUE(sign_out(app(), *actor));
  EXPECT_EQ(code_of(by_session(session)), Code::denied);
  EXPECT_EQ(code_of(recheck(app(), *actor)), Code::denied);
  EXPECT_EQ(code_of(world.read(*actor, filed->case_reference)), Code::denied);
  world.check();
}

TEST_F(Identities, NothingPresentedIsNobodyAndAReturnCodeIsItsReport) {
  const auto nobody = authenticate(app(), {});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->kind(), Actor::Kind::nobody);
  const auto filed = file_report(app(), *nobody, {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  const auto bearer = authenticate(app(), {.return_code = filed->return_code});
  ASSERT_TRUE(bearer) << said(bearer);
  EXPECT_EQ(bearer->kind(), Actor::Kind::bearer);
  EXPECT_EQ(bearer->text().find(filed->return_code), std::string::npos) << "it is stored";
  EXPECT_TRUE(shows(*world.read(*bearer, filed->case_reference), "plain-exploit-1"));
  const std::string other = world.report("rita");
  EXPECT_EQ(code_of(world.read(*bearer, other)), Code::not_found);
  EXPECT_EQ(code_of(world.read(*nobody, filed->case_reference)), Code::not_found);
  EXPECT_TRUE(recheck(app(), *bearer));
}

TEST_F(Identities, TheEnrolmentIsTheSameUntilItIsFinished) {
  const auto code = invite(app(), as("ada"), "ven");
  ASSERT_TRUE(code) << said(code);
  EXPECT_EQ(code->ends - world.clock.now(), hours(72));
  const auto one = begin_enrolment(app(), code->code, "n");
  const auto two = begin_enrolment(app(), "  " + code->code + "-", "n");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->totp_secret, two->totp_secret);
  EXPECT_NE(one->totp_uri.find("otpauth://totp/world.example"), std::string::npos);
  Account account{"ven", "a long password", *from_base32(one->totp_secret), {}};
  const auto finish = [&](const std::string& password, const std::string& digits) {
    return code_of(finish_enrolment(app(), {code->code, password, digits, "n"}));
  };
  EXPECT_EQ(finish("short", world.digits(account)), Code::invalid);
  EXPECT_EQ(finish(account.password, "000000"), Code::denied);
  EXPECT_EQ(finish(account.password, world.digits(account)), std::nullopt);
  EXPECT_EQ(finish(account.password, world.digits(account)), Code::denied) << "it is used up";
  EXPECT_EQ(code_of(begin_enrolment(app(), code->code, "n")), Code::denied);
  EXPECT_EQ(code_of(invite(app(), as("ada"), "ven")), Code::conflict) << "that would be a reset";
  sign_in_as(account);
}

TEST_F(Identities, APasswordIsLongAndNotOneCharacterOrTheHandle) {
  struct Row {
    std::string password;
    bool is_good;
  };
  for (const Row& row :
       {Row{"abcdefghijk", false}, Row{"abcdefghijkl", true},
        Row{std::string(251, 'a') + "bcdef", true}, Row{std::string(252, 'a') + "bcdef", false},
        Row{"aaaabbbbccccdddd", false}, Row{"aaaabbbbccccdddde", true},
        Row{"my rita password", false}, Row{"my vera password", true},
        Row{"not utf-8 here \xff", false}, Row{"", false}}) {
    EXPECT_EQ(check_password("rita", row.password).has_value(), row.is_good) << row.password;
  }
}

TEST_F(Identities, ASessionEndsWithoutUseAndInAll) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  world.clock.advance(minutes(30) - Duration(1));
  EXPECT_TRUE(by_session(session)) << "and this use counts";
  world.clock.advance(minutes(30) - Duration(1));
  EXPECT_TRUE(by_session(session));
  world.clock.advance(minutes(30));
  EXPECT_EQ(code_of(by_session(session)), Code::denied);
}

TEST_F(Identities, HowOftenItIsUsedDoesNotProlongASessionBeyondItsEnd) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  for (int i = 0; i < 48; ++i) {
    EXPECT_TRUE(by_session(session)) << i;
    world.clock.advance(minutes(15) - Duration(i == 47 ? 1 : 0));
  }
  const auto actor = by_session(session);
  EXPECT_TRUE(actor);
  world.clock.advance(Duration(1));
  EXPECT_EQ(code_of(by_session(session)), Code::denied);
  EXPECT_EQ(code_of(sessions(app(), *actor)), Code::denied);
}

TEST_F(Identities, OnesOwnSessionsAreListedAndEnded) {
  const Account rita = world.enrol("rita");
  const SignedIn one = sign_in_as(rita);
  const SignedIn two = sign_in_as(rita);
  const SignedIn others = sign_in_as(world.enrol("ven"));
  const auto actor = by_session(two);
  const auto listed = sessions(app(), *actor);
  ASSERT_TRUE(listed && listed->size() == 2) << said(listed);
  EXPECT_EQ(listed->at(0).is_this, Fact::no);
  EXPECT_EQ(listed->at(1).is_this, Fact::yes);
  EXPECT_EQ(listed->at(1).ends, two.ends);
  const std::string foreign = sessions(app(), *by_session(others))->at(0).reference;
  EXPECT_EQ(code_of(end_session(app(), *actor, foreign)), Code::not_found);
  EXPECT_EQ(code_of(end_session(app(), *actor, "nothing")), Code::not_found);
  ASSERT_TRUE(end_session(app(), *actor, listed->at(0).reference));
  EXPECT_EQ(code_of(by_session(one)), Code::denied);
  EXPECT_TRUE(by_session(others));
  EXPECT_EQ(code_of(end_all(app(), *actor, "ven")), Code::denied);
  ASSERT_TRUE(end_all(app(), as("ada"), "rita"));
  EXPECT_EQ(code_of(by_session(two)), Code::denied);
  EXPECT_TRUE(by_session(others));
}

TEST_F(Identities, AUserHasAtMostSixteenSessions) {
  const Account rita = world.enrol("rita");
  const SignedIn first = sign_in_as(rita);
  for (std::size_t i = 1; i < kMostSessions; ++i) {
    sign_in_as(rita);
  }
  EXPECT_TRUE(by_session(first));
  sign_in_as(rita);
  EXPECT_EQ(code_of(by_session(first)), Code::denied) << "the oldest has ended";
}

TEST_F(Identities, ARecoveryCodeStandsInForTheTelephone) {
  const Account rita = world.enrol("rita");
  const auto done = sign_in(app(), {"rita", rita.password, rita.recovery_codes[3], "n", {}});
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(done->recovery_codes_left, 9);
  std::string shouted = rita.recovery_codes[4];
  for (char& c : shouted) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  EXPECT_TRUE(sign_in(app(), {"rita", rita.password, shouted, "n", {}}));
  world.clock.advance(minutes(1));
  const Proof proof{rita.password, world.digits(rita)};
  const auto renewed = renew_recovery_codes(app(), *by_session(*done), proof);
  ASSERT_TRUE(renewed) << said(renewed);
  EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, rita.recovery_codes[5], "n", {}})),
            Code::denied);
  EXPECT_TRUE(sign_in(app(), {"rita", rita.password, renewed->at(5), "n", {}}));
}

TEST_F(Identities, AChangedPasswordEndsTheOtherSessions) {
  const Account rita = world.enrol("rita");
  const SignedIn other = sign_in_as(rita);
  const SignedIn mine = sign_in_as(rita);
  const auto actor = by_session(mine);
  const auto change = [&](const std::string& password, const std::string& digits) {
    return code_of(change_password(app(), *actor, {password, digits}, "another long password"));
  };
  EXPECT_EQ(change(rita.password, world.digits(rita)), Code::denied) << "this code has been used";
  world.clock.advance(minutes(1));
  EXPECT_EQ(change("wrong", world.digits(rita)), Code::denied);
  EXPECT_EQ(code_of(change_password(app(), as("rita"), {rita.password, world.digits(rita)},
                                    "another long password")),
            Code::denied)
      << "without a session";
  EXPECT_EQ(change(rita.password, world.digits(rita)), std::nullopt);
  EXPECT_TRUE(by_session(mine));
  EXPECT_EQ(code_of(by_session(other)), Code::denied);
  world.clock.advance(minutes(1));
  EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, world.digits(rita), "n", {}})),
            Code::denied);
  EXPECT_TRUE(sign_in(app(), {"rita", "another long password", world.digits(rita), "n", {}}));
}

TEST_F(Identities, AChangedPasswordEndsACodeThatWasMadeBefore) {
  const Account rita = world.enrol("rita");
  const auto actor = by_session(sign_in_as(rita));
  world.clock.advance(minutes(1));
  const auto code = replace_second_factor(app(), *actor, {rita.password, world.digits(rita)});
  ASSERT_TRUE(code && begin_enrolment(app(), code->code, {}));
  world.clock.advance(minutes(1));
  ASSERT_TRUE(
      change_password(app(), *actor, {rita.password, world.digits(rita)}, "another long password"));
  EXPECT_EQ(code_of(begin_enrolment(app(), code->code, {})), Code::denied);
}

TEST_F(Identities, ANewTelephoneIsEnrolledWhileTheOldOneHolds) {
  const Account rita = world.enrol("rita");
  const auto actor = by_session(sign_in_as(rita));
  world.clock.advance(minutes(1));
  const auto code = replace_second_factor(app(), *actor, {rita.password, world.digits(rita)});
  ASSERT_TRUE(code) << said(code);
  const SignedIn by_the_old = sign_in_as(rita);
  const Account renewed = world.enrol_with("rita", code->code);
  EXPECT_EQ(code_of(by_session(by_the_old)), Code::denied) << "who lost the telephone is out";
  EXPECT_NE(renewed.totp_secret, rita.totp_secret);
  world.clock.advance(minutes(1));
  EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, world.digits(rita), "n", {}})),
            Code::denied);
  sign_in_as(renewed);
}

TEST_F(Identities, ATokenHasItsScopesItsEndAndTheDayItWasUsed) {
  const auto made = create_token(app(), as("rita"),
                                 {.label = "ci", .scopes = {Scope::report}, .life = hours(48)});
  ASSERT_TRUE(made) << said(made);
  EXPECT_TRUE(made->token.starts_with("weir_"));
  EXPECT_EQ(tokens(app(), as("rita"))->at(0).used, std::nullopt);
  const auto actor = by_token(made->token);
  ASSERT_TRUE(actor) << said(actor);
  EXPECT_EQ(actor->kind(), Actor::Kind::token);
  const auto filed = file_report(app(), *actor, {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  EXPECT_EQ(code_of(world.read(*actor, filed->case_reference)), Code::denied) << "not its scope";
  const auto listed = tokens(app(), as("rita"));
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->at(0).label, "ci");
  EXPECT_EQ(listed->at(0).scopes, Scopes{Scope::report});
  EXPECT_EQ(listed->at(0).prefix, made->token.substr(5, kTokenPrefixChars));
  EXPECT_EQ(listed->at(0).used, Instant{world.clock.now().ms / 86'400'000 * 86'400'000});
  EXPECT_TRUE(tokens(app(), as("ven"))->empty());
  EXPECT_EQ(code_of(revoke_token(app(), as("ven"), made->reference)), Code::not_found);
  world.clock.advance(hours(48) - Duration(1));
  EXPECT_TRUE(by_token(made->token));
  EXPECT_EQ(tokens(app(), as("rita"))->size(), 1u);
  world.clock.advance(Duration(1));
  EXPECT_EQ(code_of(by_token(made->token)), Code::denied);
  EXPECT_EQ(code_of(recheck(app(), *actor)), Code::denied);
  EXPECT_TRUE(tokens(app(), as("rita"))->empty()) << "it holds no more";
}

TEST_F(Identities, WhatATokenMayNotBe) {
  const auto create = [&](const NewToken& wanted) {
    return code_of(create_token(app(), as("rita"), wanted));
  };
  EXPECT_EQ(create({.label = "", .scopes = {Scope::read}}), Code::invalid);
  EXPECT_EQ(create({.label = "A", .scopes = {Scope::read}}), Code::invalid);
  EXPECT_EQ(create({.label = std::string(kMaxTokenLabel + 1, 'a'), .scopes = {Scope::read}}),
            Code::invalid);
  EXPECT_EQ(create({.label = std::string(kMaxTokenLabel, 'a'), .scopes = {Scope::read}}),
            std::nullopt);
  EXPECT_EQ(create({.label = "a", .scopes = {}}), Code::invalid);
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::approve}}), Code::invalid);
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::read}, .life = Duration(0)}), Code::invalid);
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::read}, .life = kMostTokenLife}), std::nullopt);
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::read}, .life = kMostTokenLife + Duration(1)}),
            Code::invalid);
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::read}, .organisation = "Lark"}), Code::denied);
  for (std::size_t i = 2; i < kMostTokens; ++i) {
    ASSERT_EQ(create({.label = "a", .scopes = {Scope::read}}), std::nullopt) << i;
  }
  EXPECT_EQ(create({.label = "a", .scopes = {Scope::read}}), Code::conflict);
}

TEST_F(Identities, AnOrganisationsTokenIsASubjectOfItsOwn) {
  ASSERT_TRUE(add_user(app(), as("ada"), {"lana", "Lark", {Role::administrator}}));
  const NewToken wanted{
      .label = "feed", .scopes = {Scope::report, Scope::read}, .organisation = "Lark"};
  NewToken greedy = wanted;
  greedy.scopes = {Scope::act};
  EXPECT_EQ(code_of(create_token(app(), as("lana"), greedy)), Code::invalid);
  const auto made = create_token(app(), as("lana"), wanted);
  ASSERT_TRUE(made) << said(made);
  const auto machine = by_token(made->token);
  ASSERT_TRUE(machine) << said(machine);
  const auto filed = file_report(app(), *machine, {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  EXPECT_TRUE(world.read(*machine, filed->case_reference)) << "its own report";
  EXPECT_EQ(code_of(invite(app(), as("lana"), machine->handle())), Code::not_found);
  EXPECT_EQ(users(app(), as("lana"), "Lark")->size(), 2u) << "lana and rita, and no machine";
  EXPECT_EQ(tokens(app(), as("lana"), "Lark")->size(), 1u);
  EXPECT_EQ(code_of(tokens(app(), as("rita"), "Lark")), Code::denied);
  EXPECT_EQ(code_of(tokens(app(), as("lana"), "ACME")), Code::not_found);
  EXPECT_EQ(code_of(revoke_token(app(), as("rita"), made->reference)), Code::not_found);
  ASSERT_TRUE(revoke_token(app(), as("lana"), made->reference));
  EXPECT_EQ(code_of(by_token(made->token)), Code::denied);
  world.check();
}

TEST_F(Identities, TheSameBytesReadByTokenAndByUserAreTwoReadings) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  ASSERT_TRUE(world.read("ven", reference));
  const int before = world.count(reference, "access");
  const auto made = create_token(app(), as("ven"), {.label = "a", .scopes = {Scope::read}});
  ASSERT_TRUE(world.read(*by_token(made->token), reference));
  EXPECT_EQ(world.count(reference, "access"), before + 1);
  ASSERT_TRUE(world.read(*by_token(made->token), reference));
  EXPECT_EQ(world.count(reference, "access"), before + 1);
}

TEST_F(Identities, TheMasterKeyIsRotatedUnderThem) {
  const Account rita = world.enrol("rita");
  const auto open = invite(app(), as("ada"), "ven");
  const Keyring both({Secret(std::string(kKeyBytes, 'n')), Secret(std::string(kKeyBytes, 'm'))});
  const Keyring fresh({Secret(std::string(kKeyBytes, 'n'))});
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) { return rewrap(tx, both, world.random); }));
  Identity identity({.cost = {.passes = 1, .kibibytes = 8}}, fresh, world.random);
  App other{.db = app().db,
            .keys = app().keys,
            .ledger = app().ledger,
            .random = app().random,
            .clock = app().clock,
            .promise_key = app().promise_key,
            .identity = identity};
  world.clock.advance(minutes(1));
  EXPECT_TRUE(sign_in(other, {"rita", rita.password, world.digits(rita), "n", {}}));
  EXPECT_TRUE(begin_enrolment(other, open->code, "n"));
  EXPECT_FALSE(begin_enrolment(app(), open->code, "n")) << "the old key opens nothing any more";
}

TEST_F(Identities, APasswordOfAnOlderCostIsMadeAnew) {
  const Account rita = world.enrol("rita");
  const Keyring keyring({Secret(std::string(kKeyBytes, 'm'))});
  Identity identity({.cost = {.passes = 2, .kibibytes = 16}}, keyring, world.random);
  App dearer{.db = app().db,
             .keys = app().keys,
             .ledger = app().ledger,
             .random = app().random,
             .clock = app().clock,
             .promise_key = app().promise_key,
             .identity = identity};
  const auto stored = [&] {
    const auto tx = world.db().read();
    return **(*tx)->one("SELECT password FROM sign_in", {},
                        [](const store::Row& row) { return row.blob(0); });
  };
  const std::string cheap = stored();
  sign_in_as(rita);
  EXPECT_EQ(stored(), cheap);
  world.clock.advance(minutes(1));
  EXPECT_TRUE(sign_in(dearer, {"rita", rita.password, world.digits(rita), "n", {}}));
  const std::string dear = stored();
  EXPECT_NE(dear, cheap);
  world.clock.advance(minutes(1));
  EXPECT_TRUE(sign_in(dearer, {"rita", rita.password, world.digits(rita), "n", {}}));
  EXPECT_EQ(stored(), dear);
  sign_in_as(rita);  // at the other cost again
}

TEST_F(Identities, WhatEndedIsForgottenAfterAMonth) {
  sign_in_as(world.enrol("rita"));
  ASSERT_TRUE(invite(app(), as("ada"), "ven"));
  world.clock.advance(hours(24 * 30));
  EXPECT_EQ(*forget_old_sign_ins(app()), 0);
  world.clock.advance(hours(73));
  EXPECT_EQ(*forget_old_sign_ins(app()), 2);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM session"), 0);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM one_time_code"), 0);
}

// --- each check for itself: what one of them lets through, the next must not

TEST_F(Identities, WhoIsKnownAlreadyIsLookedAtAgainByTheClockToo) {
  const Account rita = world.enrol("rita");
  const auto idle = by_session(sign_in_as(rita));
  ASSERT_TRUE(idle);
  world.clock.advance(minutes(30) - std::chrono::milliseconds(1));
  EXPECT_TRUE(recheck(app(), *idle));
  world.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(code_of(recheck(app(), *idle)), Code::denied) << "a stream that is open is no use";
  const auto early = by_session(sign_in_as(rita));
  ASSERT_TRUE(early);
  world.clock.advance(-minutes(5));
  EXPECT_TRUE(recheck(app(), *early));
  world.clock.advance(-std::chrono::milliseconds(1));
  EXPECT_EQ(code_of(recheck(app(), *early)), Code::denied) << "it has not begun yet";
}

TEST_F(Identities, ASuspensionHoldsEvenIfItsSessionsWereNotEnded) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  const auto token =
      create_token(app(), as("rita"), {.label = "a", .scopes = {Scope::read}}).value();
  const auto sql = [&](const char* text) {
    ASSERT_TRUE(app().db.execute([&](store::Tx& tx) { return tx.run(text); }));
  };
  for (const auto& [bar, back] :
       {std::pair("UPDATE organisation SET suspended = 1", "UPDATE organisation SET suspended = 0"),
        std::pair("UPDATE account SET barred = 1", "UPDATE account SET barred = 0")}) {
    ASSERT_TRUE(by_session(session) && by_token(token.token));
    sql(bar);
    EXPECT_EQ(code_of(by_session(session)), Code::denied) << bar;
    EXPECT_EQ(code_of(by_token(token.token)), Code::denied) << bar;
    sql(back);
  }
}

TEST_F(Identities, TheRightPasswordOfWhoIsSuspendedRunsOutLikeAWrongOne) {
  const Account otto = world.enrol("otto");
  ASSERT_TRUE(set_suspended(app(), as("ada"), "Outsider", Fact::yes));
  world.clock.advance(minutes(1));  // the code is new, too
  std::string answers;
  for (int i = 0; i < 12; ++i) {
    const auto tried = sign_in(
        app(), {otto.handle, otto.password, world.digits(otto), "n" + std::to_string(i), {}});
    answers += code_of(tried) == Code::denied ? 'd' : 'u';
  }
  EXPECT_EQ(answers, "dddddddddduu") << "else it would tell that it is right";
}

TEST_F(Identities, TheUseOfASessionIsNotedFromTheStepOn) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  const auto seen = [&] { return world.number("SELECT MAX(seen_ms) FROM session"); };
  const std::int64_t began = seen();
  world.clock.advance(kTouchStep - std::chrono::milliseconds(1));
  ASSERT_TRUE(by_session(session));
  EXPECT_EQ(seen(), began);
  world.clock.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(by_session(session));
  EXPECT_EQ(seen(), world.clock.now().ms);
}

TEST_F(Identities, OneStepOfTheSecondFactorRenewsCodesOnce) {
  const Account rita = world.enrol("rita");
  const auto actor = by_session(sign_in_as(rita));
  world.clock.advance(minutes(1));
  const Proof proof{rita.password, world.digits(rita)};
  ASSERT_TRUE(renew_recovery_codes(app(), *actor, proof));
  EXPECT_EQ(code_of(renew_recovery_codes(app(), *actor, proof)), Code::denied);
}

TEST_F(Identities, ACodeThatWasMadeLaterThanNowEnrolsNobody) {
  const auto code = invite(app(), as("ada"), "rita");
  world.clock.advance(-minutes(5));
  EXPECT_TRUE(begin_enrolment(app(), code->code, {}));
  world.clock.advance(-Duration(1));
  EXPECT_EQ(code_of(begin_enrolment(app(), code->code, {})), Code::denied);
}

TEST_F(Identities, NoCodeFromBeforeTheEndOfEverySignInEnrols) {
  const auto code = invite(app(), as("ada"), "rita");
  ASSERT_TRUE(code && begin_enrolment(app(), code->code, {}));
  ASSERT_TRUE(end_every_sign_in(app()));
  EXPECT_EQ(code_of(begin_enrolment(app(), code->code, {})), Code::denied);
}

}  // namespace
}  // namespace weir::app
