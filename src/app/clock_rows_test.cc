// The rows behind the clocks: they are only what derive() gives, and can be made again.
#include "app/clock_rows.h"

#include <tuple>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/credentials.h"

namespace weir::app {
namespace {

using deadline::State;
using policy::Fact;
using std::chrono::hours;

class ClockRows : public ClocksWorld {
 protected:
  /// On the writer.
  Status write(const std::function<Status(store::Tx&)>& act) { return world.db().execute(act); }
  Party party_of(const store::Tx& tx, const std::string& reference, const char* organisation) {
    const auto file = load_named_case(tx, reference);
    const auto found = load_organisation(tx, organisation);
    EXPECT_TRUE(file && found);
    return {file->id, found->id, found->id};
  }
};

TEST_F(ClockRows, ObligationsAreDerivedAgainFromWhatIsStoredAndKeepTheirReferences) {
  const std::string one = aware("ven");
  const auto before = rows("ven");
  ASSERT_TRUE(write([&](store::Tx& tx) -> Status {
    const Party party = party_of(tx, one, "ACME");
    TRY(tx.run("UPDATE obligation SET state = 7, due_ms = 1"));
    EXPECT_EQ(load_facts(tx, world.app(), party)->size(), 2u);
    const Basis basis = TRY(load_basis(tx, world.app(), laws(), party));
    EXPECT_EQ(basis.facts.size(), 2u);
    EXPECT_EQ(basis.profile.establishment, "DE");
    EXPECT_FALSE(basis.position.entries.empty());
    return derive_again(tx, world.app(), laws(), party);
  }));
  const auto after = rows("ven");
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].obligation, before[i].obligation);
    EXPECT_EQ(after[i].due, before[i].due);
  }
}

TEST_F(ClockRows, ARowIsWrittenAgainIfAnythingInItIsNotSo) {
  const std::string one = aware("ven");
  const auto look = [&](store::Tx& tx) {
    return tx.all("SELECT hex(sealed), state, due_ms, met_ms, covered FROM obligation ORDER BY id",
                  {}, [](const store::Row& row) {
                    return std::tuple(row.text(0), row.integer(1), row.integer(2), row.is_null(3),
                                      row.integer(4));
                  });
  };
  const auto derived_from = [&](const std::string& wrong) {
    bool is_same = false;
    const Status done = write([&](store::Tx& tx) -> Status {
      const auto before = TRY(look(tx));
      TRY(tx.run(wrong));
      TRY(derive_again(tx, world.app(), laws(), party_of(tx, one, "ACME")));
      const auto after = TRY(look(tx));
      EXPECT_EQ(after.size(), before.size());
      is_same = true;
      for (std::size_t i = 0; i < after.size(); ++i) {
        is_same = is_same && std::get<0>(after[i]) == std::get<0>(before[i]);
        EXPECT_EQ(std::get<1>(after[i]), std::get<1>(before[i])) << wrong;
        EXPECT_EQ(std::get<2>(after[i]), std::get<2>(before[i])) << wrong;
        EXPECT_EQ(std::get<3>(after[i]), std::get<3>(before[i])) << wrong;
        EXPECT_EQ(std::get<4>(after[i]), std::get<4>(before[i])) << wrong;
      }
      return {};
    });
    EXPECT_TRUE(done) << said(done);
    return is_same ? "left as it is" : "sealed anew";
  };
  EXPECT_STREQ(derived_from("UPDATE obligation SET state = state"), "left as it is");
  EXPECT_STREQ(derived_from("UPDATE obligation SET state = 4"), "sealed anew");
  EXPECT_STREQ(derived_from("UPDATE obligation SET due_ms = due_ms + 1"), "sealed anew");
  EXPECT_STREQ(derived_from("UPDATE obligation SET met_ms = 1"), "sealed anew");
  EXPECT_STREQ(derived_from("UPDATE obligation SET covered = 1 - covered"), "sealed anew");
}

TEST_F(ClockRows, AFactOfThePlatformItselfIsEnteredForWhoHasAProfile) {
  const std::string one = world.report("ven");
  ASSERT_TRUE(write([&](store::Tx& tx) -> Status {
    const OwnFact fact{"notification_received", world.clock.now(), "filed here"};
    TRY(enter_own_fact(tx, world.app(), party_of(tx, one, "CERT"), fact));
    return enter_own_fact(tx, world.app(), party_of(tx, one, "Ministry"), fact);
  }));
  EXPECT_EQ(world.count(one, "fact_entered"), 1) << "CERT has no profile";
  EXPECT_EQ(states("cora"), "/ running") << "which law it is, only who handles the case may know";
  world.work("cora", one);
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate running");
}

TEST_F(ClockRows, WhatIsStaleIsDerivedAtTheNextLook) {
  const std::string one = aware("ven");
  ASSERT_TRUE(write([&](store::Tx& tx) -> Status {
    const Party party = party_of(tx, one, "ACME");
    TRY(insert_fact(
        tx, world.app(), party,
        {3, "measure_available", kHour, deadline::Fact::Says::happened, 0, kHour, 0, 0}));
    return mark_stale(tx, party.organisation);
  }));
  EXPECT_EQ(rows("ven", {.case_reference = one}).size(), 7u) << "the final report has begun";
}

TEST_F(ClockRows, AnObligationIsFoundByItsKeeperAlone) {
  aware("ven");
  const std::string reference = obligation("ven", "eu-cra/early_warning");
  ASSERT_TRUE(write([&](store::Tx& tx) -> Status {
    const Person ven = TRY(load_keeper(tx, world.app(), as("ven"), Scope::read));
    const ObligationRow row = TRY(load_obligation(tx, world.app(), ven, reference));
    EXPECT_EQ(row.stage, "early_warning");
    EXPECT_EQ(row.version, "2026-09-11");
    const Person vera = TRY(load_keeper(tx, world.app(), as("vera"), Scope::read));
    EXPECT_EQ(code_of(load_obligation(tx, world.app(), vera, reference)), Code::not_found);
    TRY(tx.run("UPDATE obligation SET state = 7 WHERE ref = $1", {reference}));
    EXPECT_EQ(code_of(load_obligation(tx, world.app(), ven, reference)), Code::not_found) << "gone";
    EXPECT_TRUE(load_any_obligation(tx, world.app(), ven, reference));
    return {};
  }));
}

TEST_F(ClockRows, AStageIsFoundByRegimeVersionAndName) {
  EXPECT_TRUE(find_stage(laws(), "eu-cra", "2026-09-11", "final"));
  EXPECT_FALSE(find_stage(laws(), "eu-cra", "2026-09-12", "final"));
  EXPECT_FALSE(find_stage(laws(), "eu-cra", "2026-09-11", "nothing"));
  EXPECT_FALSE(find_stage(laws(), "no-such", "2026-09-11", "final"));
}

TEST_F(ClockRows, TheStateOfAnOpenOneFollowsTheClock) {
  ObligationRow row;
  row.state = State::running;
  row.due_ms = kHour.ms;
  row.last_ms = kHour.ms + 1;
  const deadline::Settings settings{.soon = hours(6)};
  EXPECT_EQ(state_now(row, kHour - hours(6) - Duration(1), settings), State::running);
  EXPECT_EQ(state_now(row, kHour - hours(6), settings), State::due_soon);
  EXPECT_EQ(state_now(row, kHour + Duration(1), settings), State::due_soon);
  EXPECT_EQ(state_now(row, kHour + Duration(2), settings), State::overdue);
  row.due_ms = row.last_ms = kNoTime;
  EXPECT_EQ(state_now(row, kHour, settings), State::running) << "no fixed time";
  row.state = State::met_late;
  EXPECT_EQ(state_now(row, kHour, settings), State::met_late);
}

TEST_F(ClockRows, TheNewestProfileCounts) {
  ASSERT_TRUE(set_profile(world.app(), laws(), as("ada"), "BETA", {"FR", {}}));
  ASSERT_TRUE(write([&](store::Tx& tx) -> Status {
    const auto beta = TRY(load_organisation(tx, "BETA"));
    EXPECT_EQ((*TRY(load_profile(tx, beta.id))).establishment, "FR");
    const auto cert = TRY(load_organisation(tx, "CERT"));
    EXPECT_FALSE(TRY(load_profile(tx, cert.id)));
    return {};
  }));
}

TEST(Profiles, AreReadStrictlyAndWrittenBackTheSame) {
  const std::string text =
      R"({"attributes":{"market":["EU","CN"],"role":["manufacturer"]},"establishment":"DE",)"
      R"("format":"weir-profile/v1"})";
  const auto read = parse_profile(laws(), text);
  ASSERT_TRUE(read) << said(read);
  EXPECT_EQ(write_profile(*read), text);
  struct Wrong {
    const char* text;
    const char* where;
  };
  for (
      const Wrong& wrong :
      {Wrong{R"({"format":"x","establishment":"DE","attributes":{}})", "/format"},
       Wrong{R"({"format":"weir-profile/v1","establishment":"XX","attributes":{}})",
             "/establishment"},
       Wrong{R"({"format":"weir-profile/v1","establishment":"DE"})", "#"},
       Wrong{R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"colour":[]}})",
             "/attributes/colour"},
       Wrong{R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"role":["king"]}})",
             "/attributes/role/0"},
       Wrong{
           R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"market":["Mars"]}})",
           "/attributes/market/0"},
       Wrong{
           R"({"format":"weir-profile/v1","establishment":"DE","attributes":{"size":["small","small"]}})",
           "/attributes/size/1"},
       Wrong{R"({"format":"weir-profile/v1","establishment":"DE","attributes":{},"more":1})",
             "/more"}}) {
    const auto refused = parse_profile(laws(), wrong.text);
    ASSERT_FALSE(refused) << wrong.text;
    EXPECT_EQ(refused.error().where, wrong.where) << wrong.text;
  }
}

TEST_F(ClockRows, AProfileIsKeptByWhoManagesTheOrganisation) {
  const deadline::Profile profile{"FR", {{"role", {"manufacturer"}}}};
  for (const char* handle : {"cora", "ven", "otto", ""}) {
    EXPECT_EQ(code_of(set_profile(world.app(), laws(), as(handle), "ACME", profile)), Code::denied);
    EXPECT_EQ(code_of(show_profile(world.app(), laws(), as(handle), "ACME")), Code::denied);
  }
  ASSERT_TRUE(add_user(world.app(), as("ada"), {"boss", "ACME", {policy::Role::administrator}}));
  EXPECT_TRUE(set_profile(world.app(), laws(), as("boss"), "ACME", profile));
  EXPECT_EQ(said(set_profile(world.app(), laws(), as("boss"), "BETA", profile)),
            said(set_profile(world.app(), laws(), as("boss"), "Nobody", profile)));
  const auto shown = show_profile(world.app(), laws(), as("boss"), "ACME");
  ASSERT_TRUE(shown) << said(shown);
  EXPECT_EQ(shown->profile.establishment, "FR");
  const auto rmsv = std::ranges::find(shown->concerns, "cn-rmsv", &Concern::regime);
  ASSERT_NE(rmsv, shown->concerns.end());
  EXPECT_FALSE(rmsv->concerns) << "it sells nothing in China now";
  EXPECT_EQ(rmsv->why_not.size(), 1u);
  EXPECT_EQ(code_of(show_profile(world.app(), laws(), as("ada"), "CERT")), Code::not_found);
  const std::int64_t before = world.number("SELECT COUNT(*) FROM profile");
  EXPECT_EQ(code_of(set_profile(world.app(), laws(), as("boss"), "ACME", {"XX", {}})),
            Code::invalid);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM profile"), before);
}

TEST(Contradictions, AreOfWhatStandsAndNotOfThePlatformsOwnActsAmongThemselves) {
  const auto fact = [](std::int64_t number, const char* event, std::int64_t at,
                       std::int64_t account) {
    FactRow row;
    row.number = number;
    row.event = event;
    row.at = {at};
    row.account = account;
    return row;
  };
  std::vector<FactRow> rows = {fact(1, "notification_received", 10, 0),
                               fact(2, "notification_received", 20, 0),
                               fact(3, "flaw_known", 10, 7), fact(4, "flaw_known", 10, 8)};
  EXPECT_TRUE(contradictions_in(laws(), rows).empty()) << "own acts recur; two say the same";
  rows.push_back(fact(5, "notification_received", 30, 7));
  EXPECT_EQ(contradictions_in(laws(), rows), std::vector<std::string>{"notification_received"})
      << "a person says another time than the platform";
  rows.push_back(fact(6, "flaw_known", 40, 7));
  EXPECT_EQ(contradictions_in(laws(), rows).size(), 2u);
  rows.push_back(fact(7, "flaw_known", 10, 7));
  rows.back().corrects = 6;
  EXPECT_EQ(contradictions_in(laws(), rows), std::vector<std::string>{"notification_received"})
      << "what was corrected does not stand";
}

TEST(Credentials, WhatIsStoredIsBoundToWhatItIsFor) {
  EXPECT_NE(hash_of("session", "secret"), hash_of("code", "secret"));
  EXPECT_NE(password_context(1), totp_context(1));
  EXPECT_NE(password_context(1), password_context(2));
  EXPECT_NE(place_of(1, "192.0.2.1"), place_of(2, "192.0.2.1"));
  EXPECT_NE(place_of(1, "192.0.2.1"), place_of(1, "192.0.2.2"));
}

TEST(Credentials, WhatIsAHandleACodeAndAReservedRole) {
  EXPECT_TRUE(is_handle("ada.l-1_x"));
  EXPECT_FALSE(is_handle("Ada"));
  EXPECT_FALSE(is_handle(""));
  EXPECT_FALSE(is_handle(std::string(kMaxHandleBytes + 1, 'a')));
  EXPECT_EQ(plain_code("AB-cd ef"), "abcdef");
  EXPECT_TRUE(has_reserved_role({policy::Role::coordinator}));
  EXPECT_TRUE(has_reserved_role({policy::Role::auditor, policy::Role::recipient}));
  EXPECT_FALSE(has_reserved_role({policy::Role::administrator, policy::Role::reporter}));
}

}  // namespace
}  // namespace weir::app
