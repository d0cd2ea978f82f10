#include "main/senders.h"

#include <fmt/format.h>

#include "app/news.h"
#include "net/mail.h"
#include "net/net.h"
#include "openpgp/openpgp.h"

namespace weir::main {
namespace {

constexpr std::size_t kMaxPasswordFile = 4096;
constexpr int kMostRounds = 1'000;
constexpr Duration kHookTimeout = std::chrono::seconds(15);  // Standard Webhooks: 15 to 30
constexpr std::size_t kMostHookAnswer = 64 * 1024;

/// Unique among all platforms, and the same for every attempt.
std::string id_of(const Instance& instance, const store::outbox::Message& message) {
  std::string domain = instance.config.origin;
  std::ranges::replace(domain, '/', '.');
  return fmt::format("{}.{}", message.id, domain);
}

std::string_view sentence_of(app::News news) {
  switch (news) {
    case app::News::message:
      return "messages to you";
    case app::News::claimed:
      return "reports of yours that have a handler now";
    case app::News::declined:
      return "reports of yours that were declined";
    case app::News::invited:
      return "cases in which your organisation takes part now";
    case app::News::release:
      return "releases to your organisation";
    case app::News::published:
      return "cases of yours that were published";
    case app::News::deadline:
      return "deadlines that draw near or have passed";
    case app::News::watched:
      return "changes in what your organisation watches";
  }
  std::unreachable();
}

std::string text_of(const Instance& instance, const app::Outgoing& news) {
  std::string text = fmt::format("There is news for you at {}:\n\n", instance.config.origin);
  for (std::size_t i = 0; i < app::kNewsKinds; ++i) {
    if (news.counts[i] != 0) {
      text += fmt::format("  {:>4}  {}\n", news.counts[i], sentence_of(static_cast<app::News>(i)));
    }
  }
  text += "\nWhat it is about is not said in mail. Sign in to read it";
  text += instance.config.portal.empty() ? ".\n" : ":\n\n  " + instance.config.portal + "\n";
  return text;
}

/// What is said where the key cannot be used any more: that there is news, as the mail itself does.
std::string text_without_key(const Instance& instance) {
  std::string text = fmt::format(
      "There is news for you at {}.\n\nYour OpenPGP key for this address cannot be used any more: "
      "it has expired, or is broken.\nSo no more is said here. Sign in to read it, and give "
      "another key",
      instance.config.origin);
  text += instance.config.portal.empty() ? ".\n" : ":\n\n  " + instance.config.portal + "\n";
  return text;
}

Status send_by_mail(const Instance& instance, const store::outbox::Message& message,
                    const app::Outgoing& news) {
  const config::Config& config = instance.config;
  if (config.mail_server.empty()) {
    return fail(Code::unavailable, "no mail_server is configured");
  }
  net::MailServer server{.url = config.mail_server, .user = config.mail_user};
  server.ca_file = config.mail_ca_file;
  if (!config.mail_password_file.empty()) {
    std::string password = TRY(read_file(config.mail_password_file, kMaxPasswordFile));
    while (password.ends_with('\n')) {
      password.pop_back();
    }
    server.password = Secret(std::move(password));
  }
  net::Letter letter{.from = config.mail_from,
                     .to = news.address,
                     .subject = "News on Weir",
                     .text = text_of(instance, news),
                     .id = id_of(instance, message) + "@weir",
                     .at = instance.clock.now()};
  TRY(protect(letter, news.openpgp_key, text_without_key(instance), instance.clock.now()));
  return net::send_mail(server, letter);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) {
      words.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return words;
}

Status send_by_hook(const Instance& instance, const store::outbox::Message& message,
                    const app::Outgoing& news) {
  json::Object counts;
  for (std::size_t i = 0; i < app::kNewsKinds; ++i) {
    if (news.counts[i] != 0) {
      counts[app::name(static_cast<app::News>(i))] = news.counts[i];
    }
  }
  const Instant now = instance.clock.now();
  const json::Value body = json::Object{
      {"type", "weir.news"},
      {"timestamp", to_rfc3339(now)},
      {"data", json::Object{{"platform", instance.config.origin}, {"news", std::move(counts)}}}};
  const jobs::Hook hook{id_of(instance, message), now, json::canonical(body)};
  net::Limits limits;
  limits.total = kHookTimeout;
  limits.bytes = kMostHookAnswer;
  limits.reach = net::Reach::public_only;
  limits.allowed = words_of(instance.config.outbound_allow);
  limits.ca_file = instance.config.webhook_ca_file;
  const net::Answer answer = TRY(net::send({.method = "POST",
                                            .url = news.address,
                                            .fields = jobs::sign_webhook(news.secret, hook),
                                            .content_type = "application/json",
                                            .body = hook.body,
                                            .limits = limits}));
  return answer.status >= 200 && answer.status < 300
             ? Status()
             : fail(Code::unavailable, fmt::format("the webhook answered {}", answer.status));
}

/// Addresses are people's own: an error says what went wrong, not where.
Status without_place(const Status& status) {
  return status ? status : Status(fail(status.error().code, status.error().message));
}

Result<jobs::Settle> send_news(const Instance& instance, const store::outbox::Message& message) {
  app::App& app = *instance.app;
  const auto news = TRY(app::load_news(app, message));
  if (news) {
    const Status sent = news->kind == app::ChannelKind::mail
                            ? send_by_mail(instance, message, *news)
                            : send_by_hook(instance, message, *news);
    TRY(without_place(sent));
  }
  const std::int64_t last = news ? news->last : 0;
  return [&app, message, last](store::Tx& tx) { return app::settle_news(tx, app, message, last); };
}

}  // namespace

// The counts in the clear only where there is no key (decision 0024).
Status protect(net::Letter& letter, std::string_view key, const std::string& without_key,
               Instant now) {
  if (key.empty()) {
    return {};
  }
  const std::string part = TRY(net::protected_part(letter));
  auto sealed = openpgp::encrypt(key, part, now);
  if (!sealed) {
    letter.text = without_key;
    return {};
  }
  std::erase(*sealed, '\r');
  letter.text = std::move(*sealed);
  letter.form = net::Form::openpgp;
  return {};
}

Result<jobs::Round> run_due_jobs(Instance& instance) {
  const jobs::Senders senders = {
      {std::string(app::kNewsKind),
       [&](const store::outbox::Message& message) { return send_news(instance, message); }}};
  return jobs::run_due(*instance.db, senders, instance.clock.now());
}

Result<jobs::Round> run_all_due(Instance& instance) {
  jobs::Round all;
  for (int i = 0; i < kMostRounds; ++i) {
    const jobs::Round round = TRY(run_due_jobs(instance));
    all.sent += round.sent;
    all.failed += round.failed;
    if (round.sent + round.failed < jobs::kMostInARound) {
      break;
    }
  }
  return all;
}

}  // namespace weir::main
