#include "jobs/jobs.h"

#include "base/bytes.h"
#include "base/digest.h"

namespace weir::jobs {
namespace {

Result<Settle> send(const Senders& senders, const store::outbox::Message& message) {
  const auto sender = senders.find(message.kind);
  if (sender == senders.end()) {
    return fail(Code::unavailable, "nothing here sends messages of this kind");
  }
  return sender->second(message);
}

}  // namespace

Result<Round> run_due(store::Db& db, const Senders& senders, Instant now) {
  std::vector<store::outbox::Message> messages;
  {
    const auto tx = TRY(db.read());
    messages = TRY(store::outbox::due(*tx, now, kMostInARound));
  }
  Round round;
  for (const store::outbox::Message& message : messages) {
    const Result<Settle> sent = send(senders, message);
    Status settled = db.execute([&](store::Tx& tx) -> Status {
      if (!sent) {
        return store::outbox::retry(tx, message.id, now, text(sent.error()));
      }
      TRY(store::outbox::done(tx, message.id));
      return *sent ? (*sent)(tx) : Status();
    });
    // Dropped by an administrator meanwhile: then there is nothing to settle.
    if (!settled && settled.error().code != Code::not_found) {
      return std::unexpected(settled.error());
    }
    ++(sent ? round.sent : round.failed);
  }
  return round;
}

std::vector<std::pair<std::string, std::string>> sign_webhook(const Secret& secret,
                                                              const Hook& hook) {
  const std::string seconds = std::to_string(hook.at.ms / 1000);
  const std::string signed_text = hook.id + "." + seconds + "." + hook.body;
  const Digest mac = HmacKey(secret.reveal()).mac(signed_text);
  return {{"webhook-id", hook.id},
          {"webhook-timestamp", seconds},
          {"webhook-signature", "v1," + to_base64(mac)}};
}

}  // namespace weir::jobs
