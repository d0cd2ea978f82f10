#include "app/news.h"

#include <algorithm>

#include "app/credentials.h"
#include "app/news_times.h"
#include "base/bytes.h"
#include "base/id.h"
#include "openpgp/openpgp.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::array<std::string_view, kNewsKinds> kNames = {
    "message", "claimed", "declined", "invited", "release", "published", "deadline", "watched"};
constexpr std::int64_t kMostSentAtOnce = 10'000;  // news in one message

std::string address_context(std::string_view reference) {
  return "weir/channel-address/v1/" + std::string(reference);
}
std::string secret_context(std::string_view reference) {
  return "weir/channel-secret/v1/" + std::string(reference);
}

std::string key_context(std::string_view reference) {
  return "weir/channel-openpgp/v1/" + std::string(reference);
}

/// "FINGERPRINT EXPIRES-MS BYTES", with "-" for never.
std::string packed(const openpgp::Key& key) {
  return key.fingerprint + " " + (key.expires ? std::to_string(key.expires->ms) : "-") + " " +
         key.bytes;
}

struct KeptKey {
  KeyView view;
  std::string bytes;
};
Result<KeptKey> unpacked(const App& app, const std::string& reference,
                         const std::optional<std::string>& wrapped) {
  if (!wrapped) {
    return KeptKey{};
  }
  const Secret opened = TRY(app.identity.keyring().unwrap(*wrapped, key_context(reference)));
  const std::string_view text = opened.reveal();
  const std::size_t first = text.find(' ');
  const std::size_t second = first == text.npos ? first : text.find(' ', first + 1);
  if (second == text.npos) {
    return fail(Code::corrupt, "the OpenPGP key of a channel is damaged");
  }
  KeptKey kept{{std::string(text.substr(0, first)), std::nullopt},
               std::string(text.substr(second + 1))};
  if (const auto ms = parse_decimal(text.substr(first + 1, second - first - 1))) {
    kept.view.expires = Instant{static_cast<std::int64_t>(*ms)};
  }
  return kept;
}

std::optional<std::string> blob_at(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.blob(column));
}

bool is_atom(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c);
}

/// A dot-atom and a domain (RFC 5321): no quotes, no comments, nothing that could end a header.
bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > kMaxAddressBytes || at == 0 || at == std::string_view::npos || at > 64) {
    return false;
  }
  const std::string_view domain = text.substr(at + 1);
  const auto is_label = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  return !domain.empty() && std::ranges::all_of(text.substr(0, at), is_atom) &&
         std::ranges::all_of(domain, is_label) && !text.contains("..") && text.front() != '.' &&
         !domain.starts_with('.') && !domain.starts_with('-') && !domain.ends_with('.');
}

bool is_hook_address(std::string_view text) {
  return text.size() <= kMaxHookBytes && text.starts_with("https://") &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; }) &&
         !text.substr(8, text.find_first_of("/?#", 8) - 8).contains('@');
}

Status check(const NewChannel& wanted) {
  if (wanted.kind == ChannelKind::mail && !is_mail_address(wanted.address)) {
    return fail(Code::invalid, "not a mail address");
  }
  if (wanted.kind == ChannelKind::webhook && !is_hook_address(wanted.address)) {
    return fail(Code::invalid, "a webhook is an address that begins with https://");
  }
  if (wanted.kind == ChannelKind::webhook && !wanted.openpgp_key.empty()) {
    return fail(Code::invalid, "an OpenPGP key is for a mail address", "openpgp_key");
  }
  return {};
}

Status enqueue(store::Tx& tx, std::int64_t channel, Instant due) {
  TRY(store::outbox::enqueue(tx, kNewsKind, std::to_string(channel), due));
  return tx.run("UPDATE news_channel SET queued = 1, due_ms = $2 WHERE id = $1", {channel, due.ms});
}

/// The message that waits for it goes sooner, unless sending it has failed.
Status bring_forward(store::Tx& tx, std::int64_t channel, Instant due) {
  TRY(
      tx.run("UPDATE outbox SET due_at_ms = $2 WHERE kind = $3 AND payload = $1 AND attempts = 0 "
             "AND state = 'waiting' AND due_at_ms > $2",
             {std::to_string(channel), due.ms, kNewsKind}));
  return tx.run("UPDATE news_channel SET due_ms = $2 WHERE id = $1", {channel, due.ms});
}

Result<std::int64_t> channel_of(const store::outbox::Message& message) {
  const auto number = parse_decimal(message.payload);
  if (!number) {
    return fail(Code::corrupt, "a message of news names no channel");
  }
  return static_cast<std::int64_t>(*number);
}

}  // namespace

std::string_view name(News news) {
  return kNames[static_cast<std::size_t>(news)];
}

std::int64_t Outgoing::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) {
    sum += count;
  }
  return sum;
}

Result<MadeChannel> add_channel(App& app, const Actor& actor, const NewChannel& wanted) {
  TRY(check(wanted));
  TRY(Times::of(wanted.hours));
  const std::string reference = to_base32(app.random.bytes(kIdBytes));
  const bool is_hook = wanted.kind == ChannelKind::webhook;
  const std::string secret = is_hook ? app.random.bytes(kHookSecretBytes) : std::string();
  const Keyring& keyring = app.identity.keyring();
  const std::string address = keyring.wrap(wanted.address, address_context(reference), app.random);
  const std::string sealed = keyring.wrap(secret, secret_context(reference), app.random);
  KeyView key;
  std::optional<std::string> kept_key;
  if (!wanted.openpgp_key.empty()) {
    const openpgp::Key read = TRY(openpgp::read_key(wanted.openpgp_key, app.clock.now()));
    key = {read.fingerprint, read.expires};
    kept_key = keyring.wrap(packed(read), key_context(reference), app.random);
  }
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    const auto held =
        TRY(tx.one("SELECT COUNT(*) FROM news_channel WHERE account = $1", {person.id},
                   [](const store::Row& row) { return row.integer(0); }));
    if (*held >= static_cast<std::int64_t>(kMostChannels)) {
      return fail(Code::conflict, "there are 5 channels already: remove one first");
    }
    return tx.run(
        "INSERT INTO news_channel (ref, account, kind, pace, address, secret, queued, openpgp, "
        "quiet, zone) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)",
        {reference, person.id, static_cast<std::int64_t>(wanted.kind),
         static_cast<std::int64_t>(wanted.pace), store::Blob{address}, store::Blob{sealed},
         kept_key ? store::Param(store::Blob{*kept_key}) : store::Param(nullptr),
         wanted.hours.quiet, wanted.hours.zone});
  }));
  return MadeChannel{reference, is_hook ? "whsec_" + to_base64(secret) : std::string(), key};
}

Status set_channel(App& app, const Actor& actor, const std::string& reference,
                   const ChannelSettings& settings) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    const auto before = TRY(tx.one(
        "SELECT pace, quiet, zone FROM news_channel WHERE account = $1 AND ref = $2",
        {person.id, reference}, [](const store::Row& row) {
          return std::pair(static_cast<Pace>(row.integer(0)), Hours{row.text(1), row.text(2)});
        }));
    if (!before) {
      return fail(Code::not_found, "no such channel");
    }
    const Hours hours{settings.quiet.value_or(before->second.quiet),
                      settings.zone.value_or(before->second.zone)};
    TRY(Times::of(hours));
    const Pace pace = settings.pace.value_or(before->first);
    return tx.run(
        "UPDATE news_channel SET pace = $3, quiet = $4, zone = $5 WHERE account = $1 AND ref = $2",
        {person.id, reference, static_cast<std::int64_t>(pace), hours.quiet, hours.zone});
  });
}

Result<KeyView> set_channel_key(App& app, const Actor& actor, const std::string& reference,
                                std::string_view openpgp_key) {
  const openpgp::Key key = TRY(openpgp::read_key(openpgp_key, app.clock.now()));
  const std::string kept =
      app.identity.keyring().wrap(packed(key), key_context(reference), app.random);
  TRY(app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    TRY(tx.run(
        "UPDATE news_channel SET openpgp = $3 WHERE account = $1 AND ref = $2 AND kind = $4",
        {person.id, reference, store::Blob{kept}, static_cast<std::int64_t>(ChannelKind::mail)}));
    return tx.changes() == 1 ? Status() : fail(Code::not_found, "no such channel of mail");
  }));
  return KeyView{key.fingerprint, key.expires};
}

Status remove_channel_key(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    TRY(tx.run("UPDATE news_channel SET openpgp = NULL WHERE account = $1 AND ref = $2",
               {person.id, reference}));
    return tx.changes() == 1 ? Status() : fail(Code::not_found, "no such channel");
  });
}

Result<std::vector<ChannelView>> channels(App& app, const Actor& actor) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_present(*tx, app, actor));
  std::vector<std::optional<std::string>> keys;
  auto views = TRY(tx->all(
      "SELECT ref, kind, address, pace, (SELECT COALESCE(SUM(many), 0) FROM news n WHERE n.channel "
      "= c.id), EXISTS (SELECT 1 FROM outbox o WHERE o.kind = $2 AND o.state = 'dead' AND "
      "o.payload = CAST(c.id AS TEXT)), openpgp, quiet, zone FROM news_channel c WHERE account = "
      "$1 "
      "ORDER BY id",
      {person.id, kNewsKind}, [&](const store::Row& row) {
        keys.push_back(blob_at(row, 6));
        return ChannelView{row.text(0),
                           static_cast<ChannelKind>(row.integer(1)),
                           row.blob(2),
                           static_cast<Pace>(row.integer(3)),
                           row.integer(4),
                           fact(row.integer(5)),
                           {},
                           {row.text(7), row.text(8)}};
      }));
  for (std::size_t i = 0; i < views.size(); ++i) {
    ChannelView& view = views[i];
    const Secret address =
        TRY(app.identity.keyring().unwrap(view.address, address_context(view.reference)));
    view.address = address.reveal();
    view.key = TRY(unpacked(app, view.reference, keys[i])).view;
  }
  return views;
}

Status remove_channel(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    TRY(
        tx.run("DELETE FROM news WHERE channel IN (SELECT id FROM news_channel WHERE account = $1 "
               "AND ref = $2)",
               {person.id, reference}));
    TRY(tx.run("DELETE FROM news_channel WHERE account = $1 AND ref = $2", {person.id, reference}));
    return tx.changes() == 1 ? Status() : fail(Code::not_found, "no such channel");
  });
}

Status set_muted(App& app, const Actor& actor, const std::string& reference, Fact muted) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_present(tx, app, actor));
    return muted == Fact::yes
               ? tx.run(
                     "INSERT OR IGNORE INTO news_muted (account, case_file) SELECT $1, id FROM "
                     "case_file WHERE ref = $2",
                     {person.id, reference})
               : tx.run(
                     "DELETE FROM news_muted WHERE account = $1 AND case_file IN (SELECT id FROM "
                     "case_file WHERE ref = $2)",
                     {person.id, reference});
  });
}

namespace {

/// The oldest of too many become one row of each kind. It takes the place of the newest of them: a
/// message that is being sent now may tell of some twice, and never of one not at all.
Status add_up_oldest(store::Tx& tx, std::int64_t channel) {
  const auto newest_of_many =
      TRY(tx.one("SELECT id FROM news WHERE channel = $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
                 {channel, kMostNews}, [](const store::Row& row) { return row.integer(0); }));
  if (!newest_of_many) {
    return {};
  }
  const auto half =
      TRY(tx.one("SELECT id FROM news WHERE channel = $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
                 {channel, kMostNews / 2}, [](const store::Row& row) { return row.integer(0); }));
  TRY(tx.run(
      "UPDATE news SET (many, due_ms) = (SELECT SUM(o.many), MIN(o.due_ms) FROM news o WHERE "
      "o.channel = $1 AND o.id <= $2 AND o.kind = news.kind) WHERE channel = $1 AND id IN (SELECT "
      "MAX(id) FROM news "
      "WHERE channel = $1 AND id <= $2 GROUP BY kind)",
      {channel, *half}));
  return tx.run(
      "DELETE FROM news WHERE channel = $1 AND id <= $2 AND id NOT IN (SELECT MAX(id) FROM news "
      "WHERE channel = $1 AND id <= $2 GROUP BY kind)",
      {channel, *half});
}

}  // namespace

Status tell_account(store::Tx& tx, const App& app, const Happened& happened, std::int64_t account) {
  if (account == happened.except) {
    return {};
  }
  struct Channel {
    std::int64_t id;
    Pace pace;
    bool is_queued;
    Hours hours;
    Instant due;  // of the message that waits
  };
  const Instant now = app.clock.now();
  const auto found = TRY(tx.all(
      "SELECT id, pace, queued, quiet, zone, due_ms FROM news_channel WHERE account = $1 AND NOT "
      "EXISTS (SELECT 1 FROM news_muted m WHERE m.account = $1 AND m.case_file = $2)",
      {account, happened.case_file}, [](const store::Row& row) {
        return Channel{row.integer(0),
                       static_cast<Pace>(row.integer(1)),
                       row.integer(2) != 0,
                       {row.text(3), row.text(4)},
                       {row.integer(5)}};
      }));
  for (const Channel& channel : found) {
    // A zone that the system has lost meanwhile: better at the wrong hour than never.
    const Times times = Times::of(channel.hours).value_or(Times());
    const Instant due = happened.news == News::deadline
                            ? now
                            : times.next(std::max(channel.pace, happened.pace), now);
    TRY(tx.run(
        "INSERT INTO news (channel, kind, at_ms, many, due_ms) VALUES ($1, $2, $3, $4, $5)",
        {channel.id, static_cast<std::int64_t>(happened.news), now.ms, happened.many, due.ms}));
    TRY(add_up_oldest(tx, channel.id));
    if (!channel.is_queued) {
      TRY(enqueue(tx, channel.id, due));
    } else if (due < channel.due) {
      TRY(bring_forward(tx, channel.id, due));
    }
  }
  return {};
}

Status tell_organisation(store::Tx& tx, const App& app, const Happened& happened,
                         std::int64_t organisation) {
  for (const std::int64_t account :
       TRY(tx.all("SELECT id FROM account WHERE organisation = $1 AND id IN (SELECT account FROM "
                  "news_channel)",
                  {organisation}, [](const store::Row& row) { return row.integer(0); }))) {
    TRY(tell_account(tx, app, happened, account));
  }
  return {};
}

Status tell_all(store::Tx& tx, const App& app, const Happened& happened) {
  for (const std::int64_t account : TRY(tx.all(
           "SELECT id FROM account WHERE id IN (SELECT account FROM news_channel) AND (id IN "
           "(SELECT reporter FROM case_file WHERE id = $1 UNION SELECT handler FROM case_file "
           "WHERE id = $1) OR organisation IN (SELECT organisation FROM participant WHERE "
           "case_file = $1))",
           {happened.case_file}, [](const store::Row& row) { return row.integer(0); }))) {
    TRY(tell_account(tx, app, happened, account));
  }
  return {};
}

Result<std::optional<Outgoing>> load_news(App& app, const store::outbox::Message& message) {
  const std::int64_t channel = TRY(channel_of(message));
  const auto tx = TRY(app.db.read());
  struct Found {
    std::string reference;
    ChannelKind kind;
    std::string address;
    std::string secret;
    std::optional<std::string> key;
  };
  const auto found = TRY(tx->one(
      "SELECT c.ref, c.kind, c.address, c.secret, c.openpgp FROM news_channel c JOIN account a ON "
      "a.id = "
      "c.account JOIN organisation o ON o.id = a.organisation WHERE c.id = $1 AND a.barred = 0 AND "
      "o.suspended = 0",
      {channel}, [](const store::Row& row) {
        return Found{row.text(0), static_cast<ChannelKind>(row.integer(1)), row.blob(2),
                     row.blob(3), blob_at(row, 4)};
      }));
  if (!found) {
    return std::nullopt;
  }
  Outgoing outgoing;
  outgoing.channel = channel;
  outgoing.kind = found->kind;
  TRY(tx->each("SELECT id, kind, many FROM news WHERE channel = $1 ORDER BY id LIMIT $2",
               {channel, kMostSentAtOnce}, [&](const store::Row& row) {
                 outgoing.last = row.integer(0);
                 const auto kind = static_cast<std::size_t>(row.integer(1));
                 CHECK(kind < kNewsKinds);
                 outgoing.counts[kind] += row.integer(2);
                 return true;
               }));
  if (outgoing.last == 0) {
    return std::nullopt;
  }
  const Keyring& keyring = app.identity.keyring();
  const Secret address = TRY(keyring.unwrap(found->address, address_context(found->reference)));
  outgoing.address = address.reveal();
  outgoing.secret = TRY(keyring.unwrap(found->secret, secret_context(found->reference)));
  outgoing.openpgp_key = TRY(unpacked(app, found->reference, found->key)).bytes;
  return outgoing;
}

Status settle_news(store::Tx& tx, const App& app, const store::outbox::Message& message,
                   std::int64_t last) {
  const std::int64_t channel = TRY(channel_of(message));
  // Nothing sent: the channel is gone, or whose it is may hear nothing.
  const std::int64_t upto = last == 0 ? INT64_MAX : last;
  TRY(tx.run("DELETE FROM news WHERE channel = $1 AND id <= $2", {channel, upto}));
  TRY(tx.run("UPDATE news_channel SET queued = 0 WHERE id = $1", {channel}));
  const auto due =
      TRY(tx.one("SELECT MIN(due_ms) FROM news WHERE channel = $1 HAVING COUNT(*) > 0", {channel},
                 [](const store::Row& row) { return Instant{row.integer(0)}; }));
  return due ? enqueue(tx, channel, std::max(*due, app.clock.now())) : Status();
}

Status rewrap_channels(store::Tx& tx, const Keyring& keyring, Random& random) {
  struct Wrapped {
    std::string reference;
    std::string address;
    std::string secret;
    std::optional<std::string> key;
  };
  const auto again = [&](const std::string& wrapped,
                         const std::string& context) -> Result<std::string> {
    const Secret opened = TRY(keyring.unwrap(wrapped, context));
    return keyring.wrap(opened.reveal(), context, random);
  };
  for (const Wrapped& row : TRY(tx.all(
           "SELECT ref, address, secret, openpgp FROM news_channel", {}, [](const store::Row& one) {
             return Wrapped{one.text(0), one.blob(1), one.blob(2), blob_at(one, 3)};
           }))) {
    const std::string address = TRY(again(row.address, address_context(row.reference)));
    const std::string secret = TRY(again(row.secret, secret_context(row.reference)));
    const std::string key =
        row.key ? TRY(again(*row.key, key_context(row.reference))) : std::string();
    TRY(tx.run("UPDATE news_channel SET address = $2, secret = $3, openpgp = $4 WHERE ref = $1",
               {row.reference, store::Blob{address}, store::Blob{secret},
                row.key ? store::Param(store::Blob{key}) : store::Param(nullptr)}));
  }
  return {};
}

}  // namespace weir::app
