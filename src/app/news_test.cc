// Who hears of what, how often, and what of it leaves the platform.
#include "app/news.h"

#include <gtest/gtest.h>

#include "app/cases.h"
#include "app/identity.h"
#include "app/world.h"

namespace weir::app {
namespace {

using policy::Fact;

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

}  // namespace
}  // namespace weir::app
