#include "app/sent_filings.h"

#include <algorithm>

#include "app/clock_seal.h"
#include "app/filing_rows.h"
#include "base/bytes.h"
#include "base/json.h"
#include "custody/event.h"

namespace weir::app {
namespace {

constexpr std::size_t kKeyBytes = 20;  // of the key under which it is received once

/// A row of filing_sent, unsealed.
struct SentRow {
  SentView view;
  std::string key;
  Digest digest;  // of the bytes
};

/// What the sealed row of a filing is bound to: not what its list of fields is.
std::string sealed_name(std::string_view filing) {
  return std::string(filing) + "/sent";
}

std::string seal_sent(const App& app, std::string_view filing, const SentRow& row) {
  const Answered& answered = row.view.answered;
  return seal_fields(app, sealed_name(filing),
                     json::canonical(json::Object{{"to", row.view.to},
                                                  {"recipient", row.view.recipient},
                                                  {"key", row.key},
                                                  {"digest", to_base64(row.digest)},
                                                  {"case", answered.case_reference},
                                                  {"receipt", answered.receipt_id},
                                                  {"promise", answered.promise},
                                                  {"return_code", answered.return_code}}));
}

Result<SentRow> open_sent(const App& app, std::string_view filing, std::string_view sealed) {
  const std::string text = TRY(open_fields(app, sealed_name(filing), sealed));
  const json::Value tree = TRY(json::parse(text));
  const json::Cursor root(tree);
  SentRow row;
  row.view.to = TRY(root.string_at("to"));
  row.view.recipient = TRY(root.string_at("recipient"));
  row.key = TRY(root.string_at("key"));
  const auto digest = digest_from_base64(TRY(root.string_at("digest")));
  if (!digest) {
    return fail(Code::corrupt, "a sealed digest is damaged");
  }
  row.digest = *digest;
  row.view.answered = {.case_reference = TRY(root.string_at("case")),
                       .receipt_id = TRY(root.string_at("receipt")),
                       .promise = TRY(root.string_at("promise")),
                       .return_code = TRY(root.string_at("return_code"))};
  return row;
}

Result<std::optional<SentRow>> find_sent(const store::Tx& tx, const App& app,
                                         std::string_view filing) {
  const auto sealed = TRY(tx.one(
      "SELECT s.sealed FROM filing_sent s JOIN stage_filing f ON f.id = s.filing WHERE f.ref = $1",
      {filing}, [](const store::Row& row) { return row.blob(0); }));
  if (!sealed) {
    return std::nullopt;
  }
  return TRY(open_sent(app, filing, *sealed));
}

Status put_sent(store::Tx& tx, const App& app, const FilingRow& filing, const SentRow& row) {
  const std::string sealed = seal_sent(app, filing.reference, row);
  return tx.run("INSERT OR REPLACE INTO filing_sent (filing, sealed) VALUES ($1, $2)",
                {filing.id, store::Blob{sealed}});
}

/// Where the stage before went, if it went to the same Weir.
Result<Answered> stage_before(const store::Tx& tx, const App& app, const FilingRow& filing,
                              const std::string& to) {
  for (const std::string& one : TRY(filings_of_stages(tx, app, filing.obligation))) {
    const auto sent = TRY(find_sent(tx, app, one));
    if (sent && sent->view.to == to && !sent->view.answered.case_reference.empty()) {
      return sent->view.answered;
    }
  }
  return Answered{};
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

/// Scheme, host and port alone: no path, no user, no query. Over http to this machine alone: what
/// is filed is an unfixed flaw.
Status check_address(std::string_view to) {
  constexpr std::string_view kSafe = "https://";
  constexpr std::string_view kOpen = "http://";
  const bool is_safe = to.starts_with(kSafe);
  const std::string_view place = is_safe                 ? to.substr(kSafe.size())
                                 : to.starts_with(kOpen) ? to.substr(kOpen.size())
                                                         : "";
  const bool is_plain = std::ranges::all_of(place, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
           c == '[' || c == ']';
  });
  const std::size_t end = place.starts_with('[') ? place.find(']') + 1 : place.find(':');
  const std::string_view host = place.substr(0, end);
  if (host.empty() || !is_plain || to.size() > kMaxWeirAddressBytes ||
      (!is_safe && !is_this_machine(host))) {
    return fail(Code::invalid,
                "the address of a Weir is https://, a host in small letters and perhaps a port",
                "to");
  }
  return {};
}

/// What goes out of the checked draft.
Result<std::pair<std::string, Level>> copy_of(const Laws& laws, const Handing& handing,
                                              const std::string& recipient) {
  const FilingDocument whole = TRY(parse_filing(handing.body));
  if (recipient.empty()) {
    return std::pair{handing.body, level_of(whole)};
  }
  const FilingDocument copy =
      TRY(for_recipient(deadline::stage_of(laws.rules, handing.stage), whole, recipient));
  return std::pair{write_filing(copy), level_of(copy)};
}

std::vector<custody::Field> sent_fields(const Keeping& keeping, const FilingRow& row,
                                        const Sending& sending, Level level, const Digest& salt,
                                        std::string_view bytes) {
  std::vector<custody::Field> fields = actor_fields(keeping.person);
  fields.push_back(field("filing", row.reference));
  fields.push_back(field("regime", row.obligation.regime));
  fields.push_back(field("regime_version", row.obligation.version));
  fields.push_back(field("stage", row.obligation.stage));
  fields.push_back(field("to", sending.to));
  fields.push_back(field("level", name(level)));
  fields.push_back(field("content", custody::content_digest(salt, bytes)));
  fields.push_back(field("content_salt", salt));
  if (!sending.recipient.empty()) {
    fields.push_back(field("filing_recipient", sending.recipient));
  }
  if (keeping.organisation.id != keeping.person.organisation.id) {
    fields.push_back(field("vendor", keeping.organisation.name));
  }
  return fields;
}

}  // namespace

Status keep_answer(store::Tx& tx, const App& app, const Laws& laws, const Handing& handing,
                   const Answered& answered) {
  const FilingRow& filing = handing.row;
  auto sent = TRY(find_sent(tx, app, filing.reference));
  if (!sent) {
    return fail(Code::conflict, "this filing was not sent to another Weir");
  }
  // Else the ledger would say that what nobody sent was filed.
  const auto copy = TRY(copy_of(laws, handing, sent->view.recipient));
  if (sha256(copy.first) != sent->digest) {
    return fail(Code::conflict, "the draft was changed since it was sent: send it again");
  }
  for (const std::string* text :
       {&answered.case_reference, &answered.receipt_id, &answered.promise, &answered.return_code}) {
    if (text->size() > kMaxAnsweredBytes || !is_utf8(*text)) {
      return fail(Code::invalid, "what was answered is at most 4096 bytes of text each",
                  "answered");
    }
  }
  if (answered.case_reference.empty() || answered.receipt_id.empty()) {
    return fail(Code::invalid, "another Weir answers with its case and a receipt's id", "answered");
  }
  sent->view.answered = answered;
  if (answered.return_code.empty()) {  // a later stage: the first one's goes on
    sent->view.answered.return_code = TRY(stage_before(tx, app, filing, sent->view.to)).return_code;
  }
  return put_sent(tx, app, filing, *sent);
}

Result<ReadyToSend> begin_sending(App& app, const Laws& laws, const Actor& actor,
                                  const std::string& filing, const Sending& sending) {
  TRY(check_address(sending.to));
  const Handing handing = TRY(begin_handing(
      app, laws, actor, filing, {.channel = Submission::Channel::weir, .beyond = sending.beyond}));
  const auto [bytes, level] = TRY(copy_of(laws, handing, sending.recipient));
  const Digest digest = sha256(bytes);
  const Digest salt = *Digest::from(app.random.bytes(Digest().bytes.size()));
  const std::string fresh_key = to_base32(app.random.bytes(kKeyBytes));
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<ReadyToSend> {
    const Person person = TRY(load_keeper(tx, app, actor, Scope::act));
    const FilingRow row = TRY(load_filing(tx, app, person, filing));
    const Keeping keeping = TRY(keep_obligation(tx, app, actor, row.obligation, Scope::act));
    if (row.state != FilingState::draft || row.object != handing.row.object) {
      return fail(Code::conflict, "the draft was changed or submitted meanwhile");
    }
    TRY(must_not_be_forbidden(tx, app, laws, row.obligation.party, handing.stage));
    const Answered before = TRY(stage_before(tx, app, row, sending.to));
    ReadyToSend ready{bytes, fresh_key, before.case_reference, before.return_code};
    const auto known = TRY(find_sent(tx, app, filing));
    if (known && known->view.to == sending.to && known->digest == digest) {
      ready.key = known->key;
      return ready;
    }
    TRY(record(tx, app, keeping.stream, "filing_sent",
               sent_fields(keeping, row, sending, level, salt, bytes)));
    TRY(put_sent(tx, app, row, {{sending.to, sending.recipient, {}}, fresh_key, digest}));
    return ready;
  }));
  return *done;
}

Result<SentView> sent_filing(App& app, const Actor& actor, const std::string& filing) {
  const auto tx = TRY(app.db.read());
  const Person person = TRY(load_keeper(*tx, app, actor, Scope::act));
  const FilingRow row = TRY(load_filing(*tx, app, person, filing));
  TRY(keep_obligation(*tx, app, actor, row.obligation, Scope::act));
  const auto sent = TRY(find_sent(*tx, app, filing));
  if (!sent) {
    return fail(Code::not_found, "this filing was not sent to another Weir");
  }
  return sent->view;
}

// Where a filing went and what was answered, sealed: the other side's return code is a secret.
const store::Migration kSentFilingsMigration = {
    "app-0023-sent-filings",
    "CREATE TABLE filing_sent (filing INTEGER PRIMARY KEY REFERENCES stage_filing (id),"
    " sealed BLOB NOT NULL) STRICT"};

}  // namespace weir::app
