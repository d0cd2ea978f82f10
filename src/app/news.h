// News for people: that something has happened which they may look at. Where a user wants to hear
// of it (mail, webhook), how soon, and of which cases not.
//
// What leaves the platform this way is a count by kind and nothing else: no case, no reference, no
// name, no word of what was said. So it tells nobody that a case exists, and is no delivery; who
// wants to know more signs in, and passes the gate. Who is told of what is decided in the
// transaction of the act, by who takes part then; whoever is barred or suspended when the news is
// sent gets none.
//
//   tell_…()      in the transaction of the act: rows of news, and one outbox message a channel
//   load_news()   what a channel is to be sent now
//   settle_news() in the transaction that takes the message off the outbox
//
// Addresses, webhook secrets and OpenPGP keys lie under the master key. Where a channel has a key,
// its counts go out encrypted to it or not at all (decision 0024).
//
// What waits of one channel is bounded: beyond kMostNews rows the older ones are added up by kind.
//
// Thread rule: any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "policy/policy.h"
#include "store/outbox.h"

namespace weir::app {

inline constexpr std::size_t kMostChannels = 5;  // of one user
inline constexpr std::size_t kMaxAddressBytes = 254;
inline constexpr std::size_t kMaxHookBytes = 1'000;
inline constexpr std::int64_t kMostNews = 256;                  // rows that wait for one channel
inline constexpr std::size_t kHookSecretBytes = 24;             // Standard Webhooks: 24 to 64
inline constexpr Duration kDigestHour = std::chrono::hours(6);  // of the local day: digests go
inline constexpr std::string_view kNewsKind = "news";           // in the outbox

/// Stored by number: append.
enum class News : std::uint8_t {
  message,    // somebody wrote to you
  claimed,    // your report has a handler
  declined,   // your report was declined
  invited,    // your organisation takes part in a case
  release,    // something was released to your organisation
  published,  // a case in which you take part was published
  deadline,   // something is due
  watched,    // something has changed in what your organisation watches
};
inline constexpr std::size_t kNewsKinds = 8;
std::string_view name(News news);

enum class ChannelKind : std::uint8_t { mail, webhook };    // stored
enum class Pace : std::uint8_t { at_once, daily, weekly };  // stored, ascending
std::string_view name(Pace pace);
Result<Pace> parse_pace(std::string_view text);

/// When a channel is not written to. A deadline goes out all the same, whatever the pace.
struct Hours {
  std::string quiet{};       // of the local day, "22:00-07:00"; empty: none
  std::string zone = "UTC";  // where its days begin: "Europe/Berlin"
};

struct NewChannel {
  ChannelKind kind = ChannelKind::mail;
  std::string address{};  // mail address, or https address
  Pace pace = Pace::at_once;
  std::string openpgp_key{};  // armored or binary, of a mail address; empty: mail as it is
  Hours hours{};
};
/// Of an OpenPGP key.
struct KeyView {
  std::string fingerprint;         // empty: there is none
  std::optional<Instant> expires;  // absent: it does not
};
struct MadeChannel {
  std::string reference;
  std::string secret;  // of a webhook, "whsec_…": shown once
  KeyView key;
};
/// One's own. `invalid` with the reason for an address or a key that is none, `conflict` beyond
/// kMostChannels.
Result<MadeChannel> add_channel(App& app, const Actor& actor, const NewChannel& wanted);
struct ChannelView {
  std::string reference;
  ChannelKind kind;
  std::string address;
  Pace pace;
  std::int64_t waiting;                      // news that was not sent yet
  policy::Fact given_up = policy::Fact::no;  // sending it has failed too often: outbox
  KeyView key{};
  Hours hours{};
};
/// Absent: as it is. What waits already keeps its time.
struct ChannelSettings {
  std::optional<Pace> pace{};
  std::optional<std::string> quiet{};
  std::optional<std::string> zone{};
};
/// Of a channel of one's own. Errors as add_channel(), and `not_found`.
Status set_channel(App& app, const Actor& actor, const std::string& reference,
                   const ChannelSettings& settings);
Result<std::vector<ChannelView>> channels(App& app, const Actor& actor);
/// Another key for a mail channel of one's own, in place of the one before. Errors as
/// add_channel(), and `not_found` for everything that is not one's own.
Result<KeyView> set_channel_key(App& app, const Actor& actor, const std::string& reference,
                                std::string_view openpgp_key);
/// Mail to it goes as it is again.
Status remove_channel_key(App& app, const Actor& actor, const std::string& reference);
/// What waits for it is not sent any more. `not_found` for everything that is not one's own.
Status remove_channel(App& app, const Actor& actor, const std::string& reference);
/// Nothing of this case any more, or again. Nobody learns whether there is such a case.
Status set_muted(App& app, const Actor& actor, const std::string& reference, policy::Fact muted);

/// One user; everybody of an organisation; but not `except`, who did it.
struct Happened {
  std::int64_t case_file = 0;
  News news = News::message;
  std::int64_t except = 0;
  std::int64_t many = 1;      // as many as that at once
  Pace pace = Pace::at_once;  // goes no sooner than that, whatever the channel's
};
Status tell_account(store::Tx& tx, const App& app, const Happened& happened, std::int64_t account);
Status tell_organisation(store::Tx& tx, const App& app, const Happened& happened,
                         std::int64_t organisation);
/// Reporter, handler, and everybody of the organisations that take part.
Status tell_all(store::Tx& tx, const App& app, const Happened& happened);

/// What one outbox message of kNewsKind stands for now.
struct Outgoing {
  std::int64_t channel = 0;
  ChannelKind kind = ChannelKind::mail;
  std::string address;
  Secret secret;                                  // of a webhook
  std::string openpgp_key{};                      // openpgp::Key::bytes; empty: there is none
  std::array<std::int64_t, kNewsKinds> counts{};  // by kind
  std::int64_t last = 0;                          // the newest of them
  std::int64_t total() const;
};
/// Nothing where nothing is to be sent any more: then settle_news() with `last` 0.
Result<std::optional<Outgoing>> load_news(App& app, const store::outbox::Message& message);
/// They were sent, up to `last`. What came later gets its own message.
Status settle_news(store::Tx& tx, const App& app, const store::outbox::Message& message,
                   std::int64_t last);

/// Addresses, secrets and keys under the newest master key: part of its rotation.
Status rewrap_channels(store::Tx& tx, const Keyring& keyring, Random& random);

/// The outbox as the authority's administrator sees it: no payload, no address.
struct WaitingMessage {
  std::int64_t id = 0;
  std::string kind;
  std::string state;  // waiting, dead
  Instant due;
  std::int64_t attempts = 0;
  std::string last_error;
  std::string cursor;
};
/// The dead first, then by age. `invalid` for a cursor that is none.
Result<std::vector<WaitingMessage>> waiting_messages(App& app, const Actor& actor,
                                                     const Slice& wanted = {});
/// Due now, whether it waits or is dead. `not_found` if there is none.
Status retry_message(App& app, const Actor& actor, std::int64_t id);
/// Gone, with what it would have sent.
Status drop_message(App& app, const Actor& actor, std::int64_t id);

}  // namespace weir::app
