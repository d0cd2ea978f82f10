// Who hears of what, how often, and what of it leaves the platform.
#include "app/news.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/cases.h"
#include "app/identity.h"
#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;

/// Ends on 2028-01-01.
std::string openpgp_key() {
  std::ifstream file(WEIR_SOURCE "/tests/fuzz/corpus/openpgp/curve.asc");
  return std::string(std::istreambuf_iterator<char>(file), {});
}
constexpr const char* kFingerprint = "8BC649B20C08A6195678DC070DE8370C1D0DA088";

class NewsTest : public testing::Test {
 protected:
  NewsTest() {
    EXPECT_TRUE(world_.create());
    const Status founded = world_.found();
    EXPECT_TRUE(founded) << (founded ? "" : text(founded.error()));
  }
  std::string add(const std::string& handle, const NewChannel& channel) {
    const auto made = add_channel(world_.app(), Actor::local(handle), channel);
    EXPECT_TRUE(made) << (made ? "" : text(made.error()));
    return made ? made->reference : "";
  }
  std::vector<store::outbox::Message> due(Instant now) {
    return store::outbox::due(**world_.app().db.read(), now, 100).value();
  }
  void tell(News news, const std::string& handle) {
    const std::int64_t account =
        world_.number("SELECT id FROM account WHERE handle = '" + handle + "'");
    ASSERT_TRUE(world_.app().db.execute(
        [&](store::Tx& tx) { return tell_account(tx, world_.app(), {0, news, 0}, account); }));
  }
  std::vector<ChannelView> seen_by(const std::string& handle) {
    return channels(world_.app(), Actor::local(handle)).value();
  }
  Instant now() { return world_.app().clock.now(); }
  World world_;
};

TEST_F(NewsTest, OneMessageAChannelHoweverMuchHappens) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  tell(News::message, "rita");
  tell(News::message, "rita");
  tell(News::release, "rita");
  const auto messages = due(now());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].kind, kNewsKind);
  const auto outgoing = load_news(world_.app(), messages[0]);
  ASSERT_TRUE(outgoing && *outgoing);
  EXPECT_EQ((*outgoing)->address, "rita@lark.example");
  EXPECT_EQ((*outgoing)->counts[static_cast<std::size_t>(News::message)], 2);
  EXPECT_EQ((*outgoing)->total(), 3);
  tell(News::claimed, "rita");  // while it is being sent
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) -> Status {
    TRY(store::outbox::done(tx, messages[0].id));
    return settle_news(tx, world_.app(), messages[0], (*outgoing)->last);
  }));
  const auto next = due(now());
  ASSERT_EQ(next.size(), 1U) << "what came later has its own message";
  EXPECT_EQ((*load_news(world_.app(), next[0]))->total(), 1);
}

TEST_F(NewsTest, ADigestComesOnceADay) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::daily});
  tell(News::message, "rita");
  EXPECT_TRUE(due(now()).empty());
  EXPECT_EQ(due(now() + std::chrono::hours(24)).size(), 1U);
}

TEST_F(NewsTest, QuietHoursHoldBackWhatIsNoDeadline) {
  const std::string quiet = to_rfc3339(now()).substr(11, 5) + "-23:59";  // from now on
  const std::string channel =
      add("rita", {.address = "rita@lark.example", .hours = {.quiet = quiet}});
  tell(News::message, "rita");
  tell(News::watched, "rita");
  EXPECT_TRUE(due(now()).empty());
  const Instant end = *parse_rfc3339(to_rfc3339(now()).substr(0, 11) + "23:59:00Z");
  EXPECT_TRUE(due(end - Duration(1)).empty());
  EXPECT_EQ(due(end).size(), 1U);
  tell(News::deadline, "rita");
  const auto messages = due(now());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ((*load_news(world_.app(), messages[0]))->total(), 3) << "what waits goes along";
  EXPECT_EQ(seen_by("rita")[0].hours.quiet, quiet);
  ASSERT_TRUE(set_channel(world_.app(), Actor::local("rita"), channel, {.quiet = ""}));
  EXPECT_EQ(seen_by("rita")[0].hours.quiet, "");
}

TEST_F(NewsTest, ADeadlineWaitsForNoDigest) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::weekly});
  tell(News::message, "rita");
  EXPECT_TRUE(due(now() + std::chrono::hours(1)).empty());
  tell(News::deadline, "rita");
  EXPECT_EQ(due(now()).size(), 1U);
}

TEST_F(NewsTest, WhatComesWhileADigestIsSentWaitsForTheNext) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::daily});
  tell(News::message, "rita");
  const Instant first = due(now() + std::chrono::hours(24)).at(0).due_at;
  const auto message = due(first).at(0);
  const auto outgoing = load_news(world_.app(), message);
  tell(News::message, "rita");
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) -> Status {
    TRY(store::outbox::done(tx, message.id));
    return settle_news(tx, world_.app(), message, (*outgoing)->last);
  }));
  EXPECT_EQ(due(now() + std::chrono::hours(48)).at(0).due_at, first);
}

TEST_F(NewsTest, AChannelIsSetByItsOwnerToHoursThatThereAre) {
  const std::string channel = add("rita", {.address = "rita@lark.example"});
  const Actor rita = Actor::local("rita");
  ASSERT_TRUE(set_channel(world_.app(), rita, channel,
                          {.pace = Pace::daily, .quiet = "22:00-07:00", .zone = "Asia/Shanghai"}));
  ASSERT_TRUE(set_channel(world_.app(), rita, channel, {}));
  const ChannelView seen = seen_by("rita")[0];
  EXPECT_EQ(seen.pace, Pace::daily);
  EXPECT_EQ(seen.hours.quiet + " " + seen.hours.zone, "22:00-07:00 Asia/Shanghai");
  EXPECT_EQ(set_channel(world_.app(), rita, channel, {.quiet = "always"}).error().code,
            Code::invalid);
  EXPECT_EQ(set_channel(world_.app(), rita, channel, {.zone = "Nowhere"}).error().code,
            Code::invalid);
  EXPECT_EQ(set_channel(world_.app(), Actor::local("ada"), channel, {}).error().code,
            Code::not_found);
  EXPECT_FALSE(add_channel(world_.app(), rita, {.address = "a@b.example", .hours = {"x", "UTC"}}));
}

TEST_F(NewsTest, WhoIsBarredHearsNothing) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  tell(News::message, "rita");
  ASSERT_TRUE(world_.app().db.execute(
      [](store::Tx& tx) { return tx.run("UPDATE account SET barred = 1 WHERE handle = 'rita'"); }));
  const auto messages = due(now());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_FALSE(*load_news(world_.app(), messages[0]));
}

TEST_F(NewsTest, AddressesAreAddressesAndLieUnderTheMasterKey) {
  for (const char* bad : {"", "rita", "@x", "rita@", "a@b@c", "a b@c", "a@b\r\nx", ".a@b", "a..b@c",
                          "a@-b", "a@b.", "<a@b>"}) {
    EXPECT_FALSE(add_channel(world_.app(), Actor::local("rita"), {ChannelKind::mail, bad})) << bad;
  }
  for (const char* bad : {"", "http://a", "https://u:p@a/", "https://a b", "ftp://a"}) {
    EXPECT_FALSE(add_channel(world_.app(), Actor::local("rita"), {ChannelKind::webhook, bad}))
        << bad;
  }
  const auto made = add_channel(world_.app(), Actor::local("rita"),
                                {ChannelKind::webhook, "https://hook.example/zq?x=1"});
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->secret.starts_with("whsec_"));
  EXPECT_EQ(world_.number("SELECT COUNT(*) FROM news_channel WHERE instr(address, 'zq') > 0"), 0);
  const auto seen = channels(world_.app(), Actor::local("rita"));
  ASSERT_EQ(seen->size(), 1U);
  EXPECT_EQ(seen->front().address, "https://hook.example/zq?x=1");
  EXPECT_FALSE(remove_channel(world_.app(), Actor::local("ada"), made->reference)) << "another's";
  EXPECT_TRUE(remove_channel(world_.app(), Actor::local("rita"), made->reference));
  for (std::size_t i = 0; i < kMostChannels; ++i) {
    add("rita", {ChannelKind::mail, "rita@lark.example"});
  }
  EXPECT_FALSE(add_channel(world_.app(), Actor::local("rita"), {ChannelKind::mail, "a@b"}));
}

TEST_F(NewsTest, TheOutboxIsForTheAdministratorAndShowsNoAddress) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  tell(News::message, "rita");
  EXPECT_FALSE(waiting_messages(world_.app(), Actor::local("rita")));
  const auto seen = waiting_messages(world_.app(), Actor::local("ada"));
  ASSERT_TRUE(seen) << text(seen.error());
  ASSERT_EQ(seen->size(), 1U);
  const std::int64_t id = seen->front().id;
  EXPECT_FALSE(retry_message(world_.app(), Actor::local("rita"), id));
  EXPECT_TRUE(retry_message(world_.app(), Actor::local("ada"), id));
  EXPECT_FALSE(drop_message(world_.app(), Actor::local("rita"), id));
  EXPECT_TRUE(drop_message(world_.app(), Actor::local("ada"), id));
  EXPECT_FALSE(drop_message(world_.app(), Actor::local("ada"), id));
  EXPECT_TRUE(due(now()).empty());
  tell(News::message, "rita");
  EXPECT_EQ(due(now()).size(), 1U) << "the channel is not stuck by what was dropped";
}

TEST_F(NewsTest, OfACaseThatIsMutedNothing) {
  const std::string reference = world_.report("rita");
  const std::int64_t row = world_.number("SELECT MAX(id) FROM case_file");
  const std::int64_t rita = world_.number("SELECT id FROM account WHERE handle = 'rita'");
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  const auto told = [&](std::int64_t except) {
    EXPECT_TRUE(world_.app().db.execute(
        [&](store::Tx& tx) { return tell_all(tx, world_.app(), {row, News::published, except}); }));
    return world_.number("SELECT COUNT(*) FROM news");
  };
  EXPECT_EQ(told(rita), 0) << "not of what one does oneself";
  ASSERT_TRUE(set_muted(world_.app(), Actor::local("rita"), reference, Fact::yes));
  EXPECT_EQ(told(0), 0);
  ASSERT_TRUE(set_muted(world_.app(), Actor::local("rita"), reference, Fact::no));
  EXPECT_EQ(told(0), 1);
  EXPECT_TRUE(set_muted(world_.app(), Actor::local("rita"), "nosuchcase", Fact::yes))
      << "nobody learns whether there is such a case";
}

TEST_F(NewsTest, EverybodyOfAnOrganisationWhoWantsTo) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  const std::int64_t lark = world_.number("SELECT organisation FROM account WHERE handle = 'rita'");
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) {
    return tell_organisation(tx, world_.app(), {0, News::release, 0}, lark);
  }));
  EXPECT_EQ(world_.number("SELECT COUNT(*) FROM news"), 1);
}

TEST_F(NewsTest, AddressesGoUnderANewMasterKey) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  tell(News::message, "rita");
  const Keyring other({Secret(std::string(kKeyBytes, 'n'))});
  EXPECT_FALSE(world_.app().db.execute([&](store::Tx& tx) {
    return rewrap_channels(tx, other, world_.app().random);
  })) << "a ring without the old key opens nothing";
  EXPECT_TRUE(world_.app().db.execute([&](store::Tx& tx) {
    return rewrap_channels(tx, world_.app().identity.keyring(), world_.app().random);
  }));
  const auto outgoing = load_news(world_.app(), due(now()).front());
  ASSERT_TRUE(outgoing && *outgoing);
  EXPECT_EQ((*outgoing)->address, "rita@lark.example");
}

TEST_F(NewsTest, AKeyIsShownAndLiesUnderTheMasterKey) {
  const Actor rita = Actor::local("rita");
  const std::string key = openpgp_key();
  const auto made =
      add_channel(world_.app(), rita, {ChannelKind::mail, "rita@lark.example", Pace::at_once, key});
  ASSERT_TRUE(made) << text(made.error());
  EXPECT_EQ(made->key.fingerprint, kFingerprint);
  ASSERT_TRUE(made->key.expires);
  EXPECT_EQ(to_rfc3339(*made->key.expires), "2028-01-01T00:00:00.000Z");
  EXPECT_EQ(seen_by("rita")[0].key.fingerprint, kFingerprint);
  EXPECT_EQ(seen_by("rita")[0].key.expires, made->key.expires);
  EXPECT_EQ(world_.number("SELECT COUNT(*) FROM news_channel WHERE instr(openpgp, '8BC649')"), 0);
  tell(News::message, "rita");
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) {
    return rewrap_channels(tx, world_.app().identity.keyring(), world_.app().random);
  }));
  EXPECT_FALSE((*load_news(world_.app(), due(now()).front()))->openpgp_key.empty());
  EXPECT_EQ(code_of(remove_channel_key(world_.app(), Actor::local("ada"), made->reference)),
            Code::not_found)
      << "another's";
  EXPECT_TRUE(remove_channel_key(world_.app(), rita, made->reference));
  EXPECT_TRUE(seen_by("rita")[0].key.fingerprint.empty());
  EXPECT_TRUE((*load_news(world_.app(), due(now()).front()))->openpgp_key.empty());
  EXPECT_EQ(code_of(set_channel_key(world_.app(), Actor::local("ada"), made->reference, key)),
            Code::not_found);
  EXPECT_EQ(set_channel_key(world_.app(), rita, made->reference, key)->fingerprint, kFingerprint);
}

TEST_F(NewsTest, AKeyIsAKeyOfMail) {
  const Actor rita = Actor::local("rita");
  NewChannel hook{ChannelKind::webhook, "https://hook.example/", Pace::at_once, openpgp_key()};
  EXPECT_EQ(code_of(add_channel(world_.app(), rita, hook)), Code::invalid);
  NewChannel mail{ChannelKind::mail, "rita@lark.example", Pace::at_once, "no key"};
  EXPECT_EQ(code_of(add_channel(world_.app(), rita, mail)), Code::invalid);
  hook.openpgp_key.clear();
  const std::string made = add("rita", hook);
  EXPECT_EQ(code_of(set_channel_key(world_.app(), rita, made, openpgp_key())), Code::not_found);
  world_.clock.advance(std::chrono::hours(24 * 400));  // the key has ended
  mail.openpgp_key = openpgp_key();
  EXPECT_EQ(code_of(add_channel(world_.app(), rita, mail)), Code::invalid);
}

TEST_F(NewsTest, WhatWaitsIsBoundedAndNoneOfItIsForgotten) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  constexpr std::int64_t kMany = 3 * kMostNews;
  for (std::int64_t i = 0; i < kMany; ++i) {
    tell(i % 3 == 0 ? News::release : News::message, "rita");
    EXPECT_LE(world_.number("SELECT COUNT(*) FROM news"), kMostNews);
  }
  EXPECT_EQ(seen_by("rita")[0].waiting, kMany);
  const auto outgoing = load_news(world_.app(), due(now()).front());
  ASSERT_TRUE(outgoing && *outgoing);
  EXPECT_EQ((*outgoing)->counts[static_cast<std::size_t>(News::release)], kMany / 3);
  EXPECT_EQ((*outgoing)->total(), kMany);
}

TEST_F(NewsTest, WhatComesWhileAFullChannelIsBeingSentIsToldAfterwards) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  for (std::int64_t i = 0; i < kMostNews; ++i) {
    tell(News::message, "rita");
  }
  const auto message = due(now()).front();
  const auto outgoing = load_news(world_.app(), message);
  ASSERT_TRUE(outgoing && *outgoing);
  for (std::int64_t i = 0; i < kMostNews; ++i) {
    tell(News::claimed, "rita");
  }
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) -> Status {
    TRY(store::outbox::done(tx, message.id));
    return settle_news(tx, world_.app(), message, (*outgoing)->last);
  }));
  const auto next = load_news(world_.app(), due(now()).front());
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->counts[static_cast<std::size_t>(News::claimed)], kMostNews);
}

TEST_F(NewsTest, AChannelThatWasGivenUpSaysSo) {
  add("rita", {ChannelKind::mail, "rita@lark.example", Pace::at_once});
  tell(News::message, "rita");
  EXPECT_EQ(seen_by("rita")[0].given_up, Fact::no);
  const std::int64_t id = due(now()).front().id;
  ASSERT_TRUE(world_.app().db.execute([&](store::Tx& tx) -> Status {
    for (std::int64_t i = 0; i < store::outbox::kMostAttempts; ++i) {
      TRY(store::outbox::retry(tx, id, now(), "refused"));
    }
    return {};
  }));
  EXPECT_EQ(seen_by("rita")[0].given_up, Fact::yes);
  tell(News::message, "rita");
  EXPECT_TRUE(due(now() + std::chrono::hours(1000)).empty()) << "nothing more is tried";
  EXPECT_EQ(seen_by("rita")[0].waiting, 2);
  ASSERT_TRUE(retry_message(world_.app(), Actor::local("ada"), id));
  EXPECT_EQ((*load_news(world_.app(), due(now()).front()))->total(), 2);
}

TEST_F(NewsTest, TheOutboxGoesByPages) {
  for (const char* handle : {"rita", "cora", "dan"}) {
    add(handle, {ChannelKind::mail, "a@lark.example", Pace::at_once});
    tell(News::message, handle);
  }
  const Actor ada = Actor::local("ada");
  const auto first = waiting_messages(world_.app(), ada, {.after = "", .most = 2});
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2U);
  const auto rest = waiting_messages(world_.app(), ada, {.after = first->back().cursor, .most = 2});
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_GT(rest->front().id, first->back().id);
  for (const char* bad : {"x", "dead", "dead -1", "dead 1x", "dead 99999999999999999999"}) {
    EXPECT_EQ(code_of(waiting_messages(world_.app(), ada, {.after = bad})), Code::invalid) << bad;
  }
}

}  // namespace
}  // namespace weir::app
