// Attacks on sign-in, sessions, tokens and codes. Each test is a sentence that must not be false.
#include <ctime>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/enrolment.h"
#include "app/tokens.h"
#include "app/world.h"
#include "base/bytes.h"
#include "base/totp.h"

namespace weir::app {
namespace {

using policy::Fact;
using policy::Role;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct IdentityAttack : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
  }
  App& app() { return world.app(); }
  /// A network that nobody has come from yet.
  std::string fresh() { return "n" + std::to_string(++networks); }
  Result<SignedIn> try_sign_in(const Account& account, const std::string& network,
                               const std::string& previous = {}) {
    return sign_in(app(),
                   {account.handle, account.password, world.digits(account), network, previous});
  }
  SignedIn sign_in_as(const Account& account, const std::string& network = "home") {
    world.clock.advance(minutes(1));
    const auto done = try_sign_in(account, network);
    EXPECT_TRUE(done) << said(done);
    return done ? *done : SignedIn{};
  }
  Result<Actor> by_session(const SignedIn& session) {
    return authenticate(app(), {.session = session.session, .csrf = session.csrf});
  }
  Result<Actor> by_token(const std::string& token, const std::string& network = {}) {
    return authenticate(app(), {.token = token, .network = network});
  }
  std::string token_of(const std::string& handle, Scopes scopes = kTokenScopes) {
    const auto made = create_token(app(), as(handle), {.label = "a", .scopes = scopes});
    EXPECT_TRUE(made) << said(made);
    return made ? made->token : "";
  }
  std::string wrong_text() { return said(sign_in(app(), {"nobody", "x", "1", fresh(), {}})); }

  World world;
  int networks = 0;
};

// --- who exists

TEST_F(IdentityAttack, AWrongSignInSaysTheSameWhateverIsWrong) {
  Account right = world.enrol("rita");
  Account barred = world.enrol("ven");
  Account suspended = world.enrol("otto");
  ASSERT_TRUE(set_barred(app(), as("ada"), "ven", Fact::yes));
  ASSERT_TRUE(set_suspended(app(), as("ada"), "Outsider", Fact::yes));
  Account no_password = right;
  no_password.password = "another long password";
  Account no_digits = right;
  no_digits.totp_secret = std::string(20, 'x');
  Account not_enrolled{"uma", "a long password of 3", right.totp_secret, {}};
  Account unknown{"nobody", right.password, right.totp_secret, {}};
  Account too_long{"rita", std::string(kMaxPasswordBytes + 1, 'a'), right.totp_secret, {}};
  Account odd{std::string(kMaxPresentedBytes + 1, 'a'), "x", right.totp_secret, {}};
  const std::int64_t before = world.number("SELECT SUM(totp_step) FROM sign_in");
  const std::string wrong = wrong_text();
  EXPECT_NE(wrong.find(kWrongSignIn), std::string::npos);
  world.clock.advance(minutes(1));
  for (const Account& account :
       {no_password, no_digits, barred, suspended, not_enrolled, unknown, too_long, odd}) {
    const auto tried = try_sign_in(account, fresh());
    EXPECT_EQ(code_of(tried), Code::denied);
    EXPECT_EQ(said(tried), wrong) << account.handle;
  }
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM session"), 0);
  EXPECT_EQ(world.number("SELECT SUM(totp_step) FROM sign_in"), before) << "nothing was spent";
  EXPECT_TRUE(try_sign_in(right, fresh()));
}

TEST_F(IdentityAttack, AWrongSignInCostsTheSameWhateverIsWrong) {
  const Keyring keyring({Secret(std::string(kKeyBytes, 'm'))});
  const PasswordCost dear{.passes = 2, .kibibytes = 16 * 1024};
  Identity identity({.cost = dear}, keyring, world.random);
  App slow{.db = app().db,
           .keys = app().keys,
           .ledger = app().ledger,
           .random = app().random,
           .clock = app().clock,
           .promise_key = app().promise_key,
           .identity = identity};
  const auto code = invite(slow, as("ada"), "rita");
  const auto begun = begin_enrolment(slow, code->code, {});
  const std::string digits = totp_code(*from_base32(begun->totp_secret), world.clock.now());
  ASSERT_TRUE(finish_enrolment(slow, {code->code, "a long password", digits, {}}));
  const auto cost = [&](const std::string& handle) {
    std::clock_t least = 0;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t start = std::clock();
      EXPECT_EQ(code_of(sign_in(slow, {handle, "wrong", "123456", fresh(), {}})), Code::denied);
      const std::clock_t used = std::clock() - start;
      least = i == 0 ? used : std::min(least, used);
    }
    return static_cast<double>(least);
  };
  const double known = cost("rita");
  EXPECT_GT(cost("nobody"), known / 2);
  EXPECT_GT(cost("ven"), known / 2) << "not enrolled";
}

TEST_F(IdentityAttack, TriesRunOutAlikeForThoseWhoExistAndThoseWhoDoNot) {
  world.enrol("rita");
  for (const char* handle : {"rita", "nobody"}) {
    std::string answers;
    for (int i = 0; i < 12; ++i) {
      const auto tried = sign_in(app(), {handle, "wrong", "123456", fresh(), {}});
      answers += code_of(tried) == Code::denied        ? 'd'
                 : code_of(tried) == Code::unavailable ? 'u'
                                                       : '?';
    }
    EXPECT_EQ(answers, "dddddddddduu") << handle;
  }
  world.clock.advance(minutes(2));
  EXPECT_EQ(code_of(sign_in(app(), {"rita", "wrong", "123456", fresh(), {}})), Code::denied);
  EXPECT_EQ(code_of(sign_in(app(), {"rita", "wrong", "123456", fresh(), {}})), Code::unavailable);
}

// --- what is used once

TEST_F(IdentityAttack, ACodeOfTheTelephoneIsGoodOnceAndNoOlderOneAfterwards) {
  const Account rita = world.enrol("rita");
  EXPECT_EQ(code_of(try_sign_in(rita, fresh())), Code::denied) << "the enrolment has used it";
  world.clock.advance(seconds(60));
  const std::string older = totp_code(rita.totp_secret, world.clock.now() - seconds(30));
  const std::string newer = totp_code(rita.totp_secret, world.clock.now() + seconds(30));
  const auto with = [&](const std::string& digits) {
    return code_of(sign_in(app(), {"rita", rita.password, digits, fresh(), {}}));
  };
  EXPECT_EQ(with(newer), std::nullopt);
  EXPECT_EQ(with(newer), Code::denied);
  EXPECT_EQ(with(world.digits(rita)), Code::denied);
  EXPECT_EQ(with(older), Code::denied);
}

TEST_F(IdentityAttack, ARecoveryCodeIsGoodOnceAndForItsOwnerOnly) {
  const Account rita = world.enrol("rita");
  const Account vera = world.enrol("vera");
  const auto with = [&](const Account& account, const std::string& code) {
    return code_of(sign_in(app(), {account.handle, account.password, code, fresh(), {}}));
  };
  EXPECT_EQ(with(vera, rita.recovery_codes[0]), Code::denied);
  EXPECT_EQ(with(rita, rita.recovery_codes[0]), std::nullopt);
  EXPECT_EQ(with(rita, rita.recovery_codes[0]), Code::denied);
  EXPECT_EQ(code_of(sign_in(app(), {"rita", "wrong", rita.recovery_codes[1], fresh(), {}})),
            Code::denied);
  EXPECT_EQ(with(rita, rita.recovery_codes[1]), std::nullopt) << "a wrong password spends none";
}

TEST_F(IdentityAttack, ANewerInvitationOrTimeOrABarEndsAnInvitation) {
  const auto open = [&](const OneTimeCode& code) {
    return code_of(begin_enrolment(app(), code.code, fresh()));
  };
  const auto one = invite(app(), as("ada"), "rita");
  const auto two = invite(app(), as("ada"), "rita");
  EXPECT_EQ(open(*one), Code::denied);
  EXPECT_EQ(open(*two), std::nullopt);
  ASSERT_TRUE(set_barred(app(), as("ada"), "rita", Fact::yes));
  EXPECT_EQ(open(*two), Code::denied);
  ASSERT_TRUE(set_barred(app(), as("ada"), "rita", Fact::no));
  world.clock.advance(hours(72) - Duration(1));
  EXPECT_EQ(open(*two), std::nullopt);
  world.clock.advance(Duration(1));
  EXPECT_EQ(open(*two), Code::denied);
}

TEST_F(IdentityAttack, TheFirstAdministratorsCodeIsGivenUntilSomebodyHasEnrolled) {
  const auto first = invite_first(app(), "ada");
  ASSERT_TRUE(first) << said(first);
  const auto again = invite_first(app(), "ada");
  ASSERT_TRUE(again) << "while nobody has enrolled";
  EXPECT_EQ(code_of(begin_enrolment(app(), first->code, {})), Code::denied);
  world.enrol_with("ada", again->code);
  EXPECT_EQ(code_of(invite_first(app(), "ada")), Code::conflict);
  EXPECT_EQ(code_of(invite_first(app(), "rita")), Code::conflict);
}

// --- sessions

TEST_F(IdentityAttack, NoSessionThatACallerBringsIsAdopted) {
  const Account rita = world.enrol("rita");
  const Account eve = world.enrol("otto");
  const SignedIn planted = sign_in_as(eve);
  world.clock.advance(minutes(1));
  const auto done = try_sign_in(rita, "home", planted.session);
  ASSERT_TRUE(done);
  EXPECT_NE(done->session, planted.session);
  EXPECT_EQ(code_of(by_session(planted)), Code::denied) << "it ends";
  world.clock.advance(minutes(1));
  const auto invented = try_sign_in(rita, "home", "aaaabbbbccccddddeeeeffffgggghhhh");
  ASSERT_TRUE(invented);
  EXPECT_EQ(code_of(authenticate(app(), {.session = "aaaabbbbccccddddeeeeffffgggghhhh",
                                         .csrf = csrf_of("aaaabbbbccccddddeeeeffffgggghhhh")})),
            Code::denied);
}

TEST_F(IdentityAttack, NothingChangesWithoutTheSessionsOwnCsrfToken) {
  const Account rita = world.enrol("rita");
  const SignedIn mine = sign_in_as(rita);
  const SignedIn other = sign_in_as(rita);
  for (const std::string& csrf : {std::string(), other.csrf, mine.csrf + "a", mine.session}) {
    EXPECT_EQ(code_of(authenticate(app(), {.session = mine.session, .csrf = csrf})), Code::denied);
    EXPECT_TRUE(authenticate(
        app(), {.session = mine.session, .csrf = csrf, .effect = Presented::Effect::reads}));
  }
  EXPECT_TRUE(by_session(mine));
}

TEST_F(IdentityAttack, OneCredentialAtATimeAndNoneOfAnotherKind) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  const std::string token = token_of("rita");
  EXPECT_EQ(code_of(authenticate(
                app(), {.session = session.session, .csrf = session.csrf, .token = token})),
            Code::invalid);
  EXPECT_EQ(code_of(authenticate(app(), {.token = token, .return_code = "x"})), Code::invalid);
  EXPECT_EQ(code_of(by_token(session.session)), Code::denied);
  EXPECT_EQ(code_of(authenticate(app(), {.return_code = session.session})), Code::denied);
  EXPECT_EQ(code_of(authenticate(app(), {.session = token, .csrf = csrf_of(token)})), Code::denied);
  EXPECT_EQ(code_of(by_token(std::string(1 << 20, 'a'))), Code::denied);
  EXPECT_EQ(code_of(by_token("weir_")), Code::denied);
}

TEST_F(IdentityAttack, AClockThatGoesBackOpensNothing) {
  const SignedIn session = sign_in_as(world.enrol("rita"));
  const std::string token = token_of("rita");
  world.clock.advance(-minutes(5));
  EXPECT_TRUE(by_session(session));
  EXPECT_TRUE(by_token(token));
  world.clock.advance(-Duration(1));
  EXPECT_EQ(code_of(by_session(session)), Code::denied);
  EXPECT_EQ(code_of(by_token(token)), Code::denied);
}

// --- suspended and barred, on every channel

TEST_F(IdentityAttack, ABarOrSuspensionEndsEverythingAtOnceAndForGood) {
  ASSERT_TRUE(add_user(app(), as("ada"), {"vic", "ACME", {Role::administrator}}));
  for (const bool by_bar : {true, false}) {
    const SignedIn session = sign_in_as(by_bar ? world.enrol("ven") : world.enrol("vic"));
    const std::string handle = by_bar ? "ven" : "vic";
    const std::string token = token_of(handle);
    const auto machine = create_token(
        app(), as("vic"), {.label = "m", .scopes = {Scope::read}, .organisation = "ACME"});
    const auto under_way = by_session(session);
    const auto with_token = by_token(token);
    const auto program = by_token(machine->token);
    ASSERT_TRUE(under_way && with_token && program);
    const auto set = [&](Fact fact) {
      return by_bar ? set_barred(app(), as("ada"), handle, fact)
                    : set_suspended(app(), as("ada"), "ACME", fact);
    };
    ASSERT_TRUE(set(Fact::yes));
    for (const Actor& actor : {*under_way, *with_token, as(handle)}) {
      EXPECT_EQ(code_of(recheck(app(), actor)), Code::denied);
      EXPECT_EQ(code_of(my_cases(app(), actor)), Code::denied);
      EXPECT_EQ(code_of(file_report(app(), actor, {report_bytes({}), {}})), Code::denied);
      EXPECT_EQ(code_of(sessions(app(), actor)), Code::denied);
      EXPECT_EQ(code_of(create_token(app(), actor, {.label = "a", .scopes = {Scope::read}})),
                Code::denied);
      EXPECT_EQ(code_of(users(app(), actor, "ACME")), Code::denied);
    }
    EXPECT_EQ(code_of(by_session(session)), Code::denied);
    EXPECT_EQ(code_of(by_token(token)), Code::denied);
    EXPECT_EQ(recheck(app(), *program).has_value(), by_bar) << "the organisation's own token";
    ASSERT_TRUE(set(Fact::no));
    EXPECT_EQ(code_of(by_session(session)), Code::denied) << "it does not come back";
    EXPECT_EQ(code_of(by_token(token)), Code::denied);
    EXPECT_EQ(by_token(machine->token).has_value(), by_bar);
  }
}

TEST_F(IdentityAttack, AResetEndsEverythingOfWhoIsReset) {
  const Account rita = world.enrol("rita");
  const SignedIn session = sign_in_as(rita);
  const std::string token = token_of("rita");
  const auto code = reset(app(), as("ada"), "rita");
  ASSERT_TRUE(code) << said(code);
  EXPECT_EQ(code_of(by_session(session)), Code::denied);
  EXPECT_EQ(code_of(by_token(token)), Code::denied);
  world.clock.advance(minutes(1));
  EXPECT_EQ(code_of(try_sign_in(rita, fresh())), Code::denied);
  EXPECT_EQ(code_of(sign_in(app(), {"rita", rita.password, rita.recovery_codes[0], fresh(), {}})),
            Code::denied);
  const Account renewed = world.enrol_with("rita", code->code);
  EXPECT_NE(renewed.totp_secret, rita.totp_secret);
}

// --- who administers whom

TEST_F(IdentityAttack, AnOrganisationsAdministratorKeepsItsOwnAndGivesNothingReserved) {
  ASSERT_TRUE(add_user(app(), as("ada"), {"vic", "ACME", {Role::administrator}}));
  ASSERT_TRUE(add_user(app(), as("ada"), {"aud", "ACME", {Role::auditor}}));
  const Actor vic = as("vic");
  EXPECT_TRUE(add_user(app(), vic, {"new", "ACME", {Role::recipient}}));
  EXPECT_TRUE(invite(app(), vic, "ven"));
  EXPECT_TRUE(set_roles(app(), vic, "ven", {Role::recipient, Role::reporter}));
  EXPECT_TRUE(set_barred(app(), vic, "new", Fact::yes));
  for (const char* other : {"vera", "ada", "cora", "nobody"}) {
    EXPECT_EQ(code_of(invite(app(), vic, other)), Code::not_found) << other;
    EXPECT_EQ(code_of(reset(app(), vic, other)), Code::not_found) << other;
    EXPECT_EQ(code_of(set_barred(app(), vic, other, Fact::yes)), Code::not_found) << other;
    EXPECT_EQ(code_of(end_all(app(), vic, other)), Code::not_found) << other;
    EXPECT_EQ(code_of(set_roles(app(), vic, other, {Role::recipient})), Code::not_found) << other;
  }
  EXPECT_EQ(code_of(add_user(app(), vic, {"b", "BETA", {Role::recipient}})), Code::not_found);
  EXPECT_EQ(code_of(users(app(), vic, "BETA")), Code::not_found);
  for (const Role role : {Role::coordinator, Role::auditor}) {
    EXPECT_EQ(code_of(add_user(app(), vic, {"b", "ACME", {role}})), Code::denied);
    EXPECT_EQ(code_of(set_roles(app(), vic, "vic", {Role::administrator, role})), Code::denied);
  }
  EXPECT_EQ(code_of(reset(app(), vic, "aud")), Code::denied) << "it would be the auditor then";
  EXPECT_EQ(code_of(set_roles(app(), vic, "aud", {})), Code::denied);
  EXPECT_EQ(code_of(set_suspended(app(), vic, "ACME", Fact::no)), Code::denied);
  EXPECT_EQ(code_of(agree(app(), vic, "ACME", Level::exploit)), Code::denied);
  EXPECT_EQ(code_of(organisations(app(), vic)), Code::denied);
  EXPECT_EQ(code_of(invite(app(), as("ven"), "new")), Code::denied) << "who administers nothing";
}

TEST_F(IdentityAttack, ATokenNeitherMakesTokensNorTouchesASignInNorApproves) {
  const Account ada = world.enrol_with("ada", invite_first(app(), "ada")->code);
  const auto token = by_token(token_of("ada"));
  ASSERT_TRUE(token) << said(token);
  EXPECT_TRUE(organisations(app(), *token)) << "administer is its scope";
  world.clock.advance(minutes(1));
  const Proof proof{ada.password, world.digits(ada)};
  EXPECT_EQ(code_of(create_token(app(), *token, {.label = "b", .scopes = {Scope::read}})),
            Code::denied);
  EXPECT_EQ(code_of(tokens(app(), *token)), Code::denied);
  EXPECT_EQ(code_of(revoke_token(app(), *token, "x")), Code::denied);
  EXPECT_EQ(code_of(invite(app(), *token, "rita")), Code::denied);
  EXPECT_EQ(code_of(reset(app(), *token, "rita")), Code::denied);
  EXPECT_EQ(code_of(sessions(app(), *token)), Code::denied);
  EXPECT_EQ(code_of(end_session(app(), *token, "x")), Code::denied);
  EXPECT_EQ(code_of(end_all(app(), *token, "ada")), Code::denied);
  EXPECT_EQ(code_of(sign_out(app(), *token)), Code::invalid);
  EXPECT_EQ(code_of(change_password(app(), *token, proof, "another long password")), Code::denied);
  EXPECT_EQ(code_of(renew_recovery_codes(app(), *token, proof)), Code::denied);
  EXPECT_EQ(code_of(replace_second_factor(app(), *token, proof)), Code::denied);
  EXPECT_EQ(code_of(approve(app(), *token, "x", Fact::no)), Code::denied);
}

TEST_F(IdentityAttack, ATokenDoesWhatItsScopesSayAndNothingElse) {
  const std::string reference = world.report("rita");
  world.work("cora", reference);
  const auto may = [&](Scope scope) {
    const auto actor = by_token(token_of("ada", {scope}));
    std::string done;
    done += file_report(app(), *actor, {report_bytes({}), {}}) ? 'r' : '-';
    done += queue(app(), *actor) ? 'l' : '-';
    done += decide_delay(app(), *actor, reference, "a", "2027-01-31T09:00:00Z") ? 'a' : '-';
    done += organisations(app(), *actor) ? 'o' : '-';
    return done;
  };
  EXPECT_EQ(may(Scope::report), "r---");
  EXPECT_EQ(may(Scope::read), "-l--");
  EXPECT_EQ(may(Scope::administer), "---o");
  EXPECT_EQ(may(Scope::act)[0], '-');
  EXPECT_EQ(may(Scope::act)[1], '-');
  EXPECT_EQ(may(Scope::act)[3], '-');
}

TEST_F(IdentityAttack, TokensOfOnePrefixAreToldApartByTheirSecrets) {
  const std::string one = token_of("rita");
  const std::string two = token_of("ven");
  const std::string prefix = one.substr(5, kTokenPrefixChars);
  ASSERT_TRUE(world.db().execute([&](store::Tx& tx) {
    return tx.run("UPDATE api_token SET prefix = $1", {std::string_view(prefix)});
  }));
  EXPECT_EQ(by_token(one)->handle(), "rita");
  EXPECT_EQ(by_token(two)->handle(), "ven");
  const std::string mixed = one.substr(0, kTokenTextPrefix) + two.substr(kTokenTextPrefix);
  EXPECT_EQ(code_of(by_token(mixed)), Code::denied);
}

// --- what lies in the store

TEST_F(IdentityAttack, TheStoreHoldsNoSecretAsItIs) {
  const Account rita = world.enrol("rita");
  const SignedIn session = sign_in_as(rita);
  const std::string token = token_of("rita");
  const auto invitation = invite(app(), as("ada"), "ven");
  std::string plain_recovery = rita.recovery_codes[0];
  std::erase(plain_recovery, '-');
  const std::vector<std::string> secrets = {rita.password,
                                            rita.totp_secret,
                                            to_base32(rita.totp_secret),
                                            session.session,
                                            session.csrf,
                                            token,
                                            plain_recovery,
                                            rita.recovery_codes[0],
                                            invitation->code,
                                            token.substr(kTokenTextPrefix + 1)};
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    if (!entry.is_regular_file()) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    files += bytes.empty() ? 0 : 1;
    for (const std::string& secret : secrets) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " in " << entry.path();
    }
  }
  EXPECT_GT(files, 1);
}

TEST_F(IdentityAttack, TheEventsOfPeopleNameNone) {
  const Account rita = world.enrol("rita");
  ASSERT_TRUE(set_roles(app(), as("ada"), "rita", {Role::reporter, Role::recipient}));
  ASSERT_TRUE(reset(app(), as("ada"), "rita"));
  const auto tx = world.db().read();
  const auto events =
      world.ledger().events(**tx, **world.ledger().newest(**tx, ledger::StreamKind::platform));
  std::string all;
  for (const ledger::StoredEvent& event : *events) {
    for (const custody::Field& field : event.fields) {
      all += field.name + "=" + json::canonical(field.value) + "\n";
    }
  }
  for (const char* change : {"sign_in_reset", "roles_changed", "user_added"}) {
    EXPECT_NE(all.find(change), std::string::npos) << change;
  }
  EXPECT_EQ(all.find("rita"), std::string::npos) << all;
  EXPECT_EQ(all.find("ada\""), std::string::npos) << all;
}

}  // namespace
}  // namespace weir::app
