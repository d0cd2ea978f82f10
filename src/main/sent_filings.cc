#include "main/sent_filings.h"

#include "base/digest.h"
#include "custody/custody.h"
#include "main/clocks_beside.h"
#include "main/instance.h"
#include "main/laws.h"
#include "main/outside.h"
#include "main/remote.h"

namespace weir::main {
namespace {

constexpr std::size_t kMaxReceiptBytes = merkle::kMaxNoteBytes * 4;

json::Array array_of(const std::vector<std::string>& names) {
  return json::Array(names.begin(), names.end());
}

/// "" if it is not there.
Result<std::string> text_at(const json::Cursor& at, std::string_view name) {
  const auto found = at.find(name);
  return found ? found->string() : std::string();
}

Result<app::ReadyToSend> ready_beside(const Line& line, const SendOptions& options) {
  json::Object body{{"to", options.sending.to}, {"beyond", array_of(options.sending.beyond)}};
  if (!options.sending.recipient.empty()) {
    body["copy_for"] = options.sending.recipient;
  }
  const json::Value answer = TRY(post_beside(line, filing_path(options.filing, "/sending"), body));
  const json::Cursor at(answer);
  const json::Cursor document = TRY(at.at("document"));
  return app::ReadyToSend{.bytes = TRY(document.string(app::kMaxFilingBytes)),
                          .key = TRY(at.string_at("key")),
                          .case_reference = TRY(text_at(at, "authority_case")),
                          .return_code = TRY(text_at(at, "authority_return_code"))};
}

Result<app::ReadyToSend> ready(const Line& line, const SendOptions& options) {
  if (is_served(line)) {
    return ready_beside(line, options);
  }
  const app::Laws laws = TRY(laws_in(line, options.regimes));
  const auto instance = TRY(line.open());
  return app::begin_sending(*instance->app, laws, TRY(line.actor()), options.filing,
                            options.sending);
}

Result<json::Object> submitted(const Line& line, const SendOptions& options,
                               const app::Answered& answered) {
  if (is_served(line)) {
    const json::Value done = TRY(post_beside(line, filing_path(options.filing, "/submission"),
                                             {{"channel", "weir"},
                                              {"beyond", array_of(options.sending.beyond)},
                                              {"authority_case", answered.case_reference},
                                              {"authority_receipt", answered.receipt_id},
                                              {"authority_promise", answered.promise},
                                              {"authority_return_code", answered.return_code}}));
    return done.is_object() ? done.get_object() : json::Object();
  }
  const app::Laws laws = TRY(laws_in(line, options.regimes));
  const auto instance = TRY(line.open());
  const app::Actor actor = TRY(line.actor());
  const app::Submitted done = TRY(app::submit_filing(*instance->app, laws, actor, options.filing,
                                                     {.channel = app::Submission::Channel::weir,
                                                      .beyond = options.sending.beyond,
                                                      .answered = answered}));
  return json::Object{{"receipt", done.receipt_id}, {"promise", done.promise}};
}

Result<app::SentView> sent(const Line& line, const std::string& filing) {
  if (is_served(line)) {
    const json::Value whole = TRY(value_beside(line, filing_path(filing, "/sending")));
    const json::Cursor at(whole);
    return app::SentView{.to = TRY(at.string_at("to")),
                         .recipient = TRY(text_at(at, "copy_for")),
                         .answered = {.case_reference = TRY(text_at(at, "authority_case")),
                                      .receipt_id = TRY(text_at(at, "authority_receipt")),
                                      .promise = TRY(text_at(at, "authority_promise"))}};
  }
  const auto instance = TRY(line.open(Witnesses::leave));
  return app::sent_filing(*instance->app, TRY(line.actor()), filing);
}

/// The bytes that were sent.
Result<std::string> sent_bytes(const Line& line, const std::string& regimes,
                               const std::string& filing, const std::string& recipient) {
  if (is_served(line)) {
    const std::string to = recipient.empty() ? "" : "?to=" + percent_encoded(recipient);
    return TRY(ask_beside(line, filing_path(filing, "/filing.json" + to))).body;
  }
  const app::Laws laws = TRY(laws_in(line, regimes));
  const auto instance = TRY(line.open(Witnesses::leave));
  return app::export_filing(*instance->app, laws, TRY(line.actor()), filing,
                            app::FilingFormat::json, recipient);
}

/// The acknowledgement is the receipt; a second time there is nothing to record.
Status acknowledged(const Line& line, const std::string& filing,
                    const app::Acknowledgement& acknowledgement) {
  const auto done = [&]() -> Status {
    if (is_served(line)) {
      TRY(post_beside(line, filing_path(filing, "/acknowledgement"),
                      {{"authority_reference", acknowledgement.reference},
                       {"at", acknowledgement.at},
                       {"note", acknowledgement.note}}));
      return {};
    }
    const auto instance = TRY(line.open());
    const app::Actor actor = TRY(line.actor());
    TRY(app::acknowledge_filing(*instance->app, actor, filing, acknowledgement));
    return {};
  }();
  return !done && done.error().code == Code::conflict ? Status() : done;
}

struct ReceiptOptions {
  std::string filing;
  Outside outside;
  std::string ca_file;
  std::string out;
};

/// What the other Weir has sealed, which is about these bytes and by that log.
Result<std::string> fetch_receipt(const app::SentView& view, const ReceiptOptions& options,
                                  const std::string& body, custody::ReceiptReport& report) {
  net::Limits limits;
  limits.ca_file = options.ca_file;
  limits.bytes = kMaxReceiptBytes;
  const net::Answer answer =
      TRY(net::get(view.to + "/receipts/" + percent_encoded(view.answered.receipt_id), limits));
  if (answer.status != 200) {
    return std::unexpected(error_of(answer));
  }
  const custody::Pinned pinned = TRY(pinned_of(options.outside));
  report = TRY(custody::verify_receipt(answer.body, pinned, body));
  if (report.body != custody::Body::is_content) {
    return fail(Code::denied, "the receipt is not about what was sent", view.to);
  }
  if (report.witnessed == custody::Witnessed::by_operator_only && !options.outside.unwitnessed) {
    return fail(Code::denied,
                "signed by the operator only; others may be shown another log (--unwitnessed "
                "accepts that)",
                view.to);
  }
  return answer.body;
}

Status take_receipt(const Line& line, const std::string& regimes, const ReceiptOptions& options) {
  const app::SentView view = TRY(sent(line, options.filing));
  if (view.answered.receipt_id.empty()) {
    return fail(Code::conflict, "it was not answered there: submit it again", view.to);
  }
  const std::string body = TRY(sent_bytes(line, regimes, options.filing, view.recipient));
  custody::ReceiptReport report;
  const std::string receipt = TRY(fetch_receipt(view, options, body, report));
  if (!options.out.empty()) {
    TRY(write_file(options.out, receipt));
  }
  const SystemClock clock;
  app::Acknowledgement acknowledgement{view.answered.case_reference, to_rfc3339(clock.now()),
                                       "receipt " + view.answered.receipt_id + "\n" + receipt};
  if (acknowledgement.note.size() > app::kMaxNoteBytes) {
    acknowledgement.note =
        "receipt " + view.answered.receipt_id + ", SHA-256 of it " + to_base64(sha256(receipt));
  }
  TRY(acknowledged(line, options.filing, acknowledgement));
  json::Array sentences;
  for (const std::string& sentence : report.sentences()) {
    sentences.emplace_back(sentence);
  }
  line.say(json::Object{{"to", view.to},
                        {"origin", report.origin},
                        {"authority_case", view.answered.case_reference},
                        {"authority_receipt", view.answered.receipt_id},
                        {"time", to_rfc3339(report.time)},
                        {"witnesses", report.witnesses},
                        {"says", std::move(sentences)}});
  return {};
}

}  // namespace

Result<json::Object> send_filing(const Line& line, const SendOptions& options) {
  const app::ReadyToSend filing = TRY(ready(line, options));
  RemoteFiling remote{.address = options.sending.to,
                      .ca_file = options.ca_file,
                      .bytes = filing.bytes,
                      .key = filing.key,
                      .case_reference = filing.case_reference,
                      .return_code = filing.return_code};
  if (!options.token_file.empty()) {
    remote.token = TRY(read_token(options.token_file));
  }
  const app::Answered answered = TRY(file_with(remote));
  json::Object done = TRY(submitted(line, options, answered));
  done["authority_case"] = answered.case_reference;
  done["authority_receipt"] = answered.receipt_id;
  return done;
}

void add_sent_receipt(CLI::App& group, Line& line, const std::shared_ptr<std::string>& regimes) {
  auto options = std::make_shared<ReceiptOptions>();
  CLI::App* verb = add_verb(
      group, line, "receipt",
      "the receipt of the Weir that a filing was sent to, verified; kept as its acknowledgement",
      "weir filing receipt FILING --vkey authority.vkey --policy witnesses --as ven",
      [regimes, options, &line] { return take_receipt(line, *regimes, *options); });
  verb->add_option("filing", options->filing)->required();
  add_outside(*verb, options->outside);
  verb->add_flag("--unwitnessed", options->outside.unwitnessed,
                 "accept a receipt without a quorum of witnesses");
  verb->add_option("--ca-file", options->ca_file, "PEM file of authorities to trust");
  verb->add_option("--out", options->out, "keep the receipt in this file too");
}

}  // namespace weir::main
