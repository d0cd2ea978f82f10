#include "app/intake.h"

#include <array>

#include "app/context.h"
#include "app/credentials.h"
#include "app/received_filings.h"
#include "base/bytes.h"
#include "format/filing.h"
#include "format/format.h"
#include "ledger/opening.h"
#include "merkle/merkle.h"

namespace weir::app {
namespace {

constexpr std::size_t kOwnBytes = 6;  // of an object's reference; the others are the report's

/// One object of the case-to-be, sealed already.
struct Piece {
  content::Sealed sealed;
  std::string kind;
  Level level = Level::exploit;
  std::int64_t vulnerability = 0;
  std::string language = "en";
  Encryption encryption = Encryption::platform;
};

struct Prepared {
  std::string reference;
  std::string prefix;  // of the references of its objects
  content::ContentKey key;
  Report report;
  std::vector<Piece> pieces;
  ledger::Prepared event;
  std::string return_code;
  std::vector<std::string> uploads;  // objects of which chunks lie in the store already
};

std::string part_text(const Part& part) {
  return json::canonical(json::Object{{"format", "weir-part/v1"},
                                      {"kind", part.kind},
                                      {"language", part.language},
                                      {"text", part.text}});
}

class Sealing {
 public:
  Sealing(const App& app, Prepared& prepared) : app_(app), prepared_(prepared) {}

  /// The objects of one report share the first ten bytes of their references, so that they lie
  /// beside each other in the store: a report then dirties a few pages, not three for each part.
  std::string reference() { return to_base32(prepared_.prefix + app_.random.bytes(kOwnBytes)); }

  Status add(std::string kind, Level level, std::int64_t vulnerability, std::string_view bytes) {
    Piece piece;
    piece.kind = std::move(kind);
    piece.level = level;
    piece.vulnerability = vulnerability;
    piece.language = prepared_.report.language;
    piece.sealed = TRY(content::seal_object(prepared_.key, reference(), 1, bytes, app_.random));
    prepared_.pieces.push_back(std::move(piece));
    return {};
  }

  Status add(const Part& part, std::int64_t vulnerability) {
    TRY(add("part", part.level, vulnerability, part_text(part)));
    prepared_.pieces.back().language = part.language;
    prepared_.pieces.back().encryption = part.encryption;
    return {};
  }

 private:
  const App& app_;
  Prepared& prepared_;
};

/// What of the report concerns one vulnerability alone: what its vendor may see.
Report only(const Report& report, const Vulnerability& vulnerability) {
  Report one = report;
  one.vulnerabilities = {vulnerability};
  one.parts.clear();
  return one;
}

Status seal_report(const App& app, const std::string& bytes, Prepared& prepared) {
  Sealing sealing(app, prepared);
  const Report& report = prepared.report;
  TRY(sealing.add("report", Level::exploit, 0, bytes));
  std::int64_t number = 0;
  for (const Vulnerability& vulnerability : report.vulnerabilities) {
    ++number;
    const Report one = only(report, vulnerability);
    TRY(sealing.add("notice", Level::notice, number, format::notice_text(one)));
    TRY(sealing.add("advisory", Level::advisory, number, format::advisory_json(one)));
    if (!vulnerability.title.empty()) {
      const Part title{.level = Level::technical,
                       .language = report.language,
                       .encryption = Encryption::platform,
                       .kind = "title",
                       .text = vulnerability.title};
      TRY(sealing.add(title, number));
    }
    for (const Part& part : vulnerability.parts) {
      TRY(sealing.add(part, number));
    }
  }
  for (const Part& part : report.parts) {
    TRY(sealing.add(part, 0));
  }
  return {};
}

/// Large files go to the store chunk by chunk, ahead of the transaction that makes them visible.
Status seal_attachment(App& app, Attachment& attachment, Prepared& prepared) {
  if (attachment.name.empty() || attachment.name.size() > format::kMaxNameBytes ||
      !is_utf8(attachment.name)) {
    return fail(Code::invalid, "an attachment has a name of UTF-8 text");
  }
  Piece piece;
  piece.kind = "attachment";
  content::Object place;
  place.reference = Sealing(app, prepared).reference();
  prepared.uploads.push_back(place.reference);
  content::Writer writer(
      prepared.key, place.reference, 1, app.random, [&](std::int64_t number, std::string sealed) {
        return app.db.execute(
            [&](store::Tx& tx) { return content::put_chunk(tx, place, number, sealed); });
      });
  std::int64_t size = 0;
  for (std::string bytes;; size += static_cast<std::int64_t>(bytes.size())) {
    TRY(attachment.pull(bytes));
    if (bytes.empty()) {
      break;
    }
    if (size + static_cast<std::int64_t>(bytes.size()) > kMaxAttachmentBytes) {
      return fail(Code::invalid, "an attachment is larger than 64 MiB", attachment.name);
    }
    TRY(writer.add(bytes));
  }
  piece.sealed.object = TRY(writer.finish());
  const std::string note = json::canonical(json::Object{{"format", "weir-attachment/v1"},
                                                        {"name", attachment.name},
                                                        {"object", place.reference},
                                                        {"bytes", size}});
  prepared.pieces.push_back(std::move(piece));
  return Sealing(app, prepared).add("attachment_name", Level::exploit, 0, note);
}

ledger::Draft report_event(const Prepared& prepared, const Person& person) {
  const content::Object& raw = prepared.pieces.front().sealed.object;
  ledger::Draft draft{"report_received", actor_fields(person)};
  draft.fields.push_back(field("content", raw.digest));
  draft.fields.push_back(field("content_salt", raw.salt));
  draft.fields.push_back(field("size", raw.size));
  draft.fields.push_back(field("source", prepared.report.source));
  draft.fields.push_back(
      field("vulnerabilities", static_cast<std::int64_t>(prepared.report.vulnerabilities.size())));
  return draft;
}

policy::Label label_of(const Report& report) {
  struct Word {
    std::string_view text;
    policy::Label label;
  };
  constexpr std::array kWords = {
      Word{"TLP:CLEAR", policy::Label::clear}, Word{"TLP:GREEN", policy::Label::green},
      Word{"TLP:AMBER", policy::Label::amber},
      Word{"TLP:AMBER+STRICT", policy::Label::amber_strict}, Word{"TLP:RED", policy::Label::red}};
  for (const Word& word : kWords) {
    if (report.label == word.text) {
      return word.label;
    }
  }
  // What the reporter does not say is shared with named recipients only; a label that we do not
  // know, with nobody.
  return report.label.empty() ? policy::Label::amber_strict : policy::Label::unknown;
}

/// Gives its row.
Result<std::int64_t> insert_case(store::Tx& tx, const App& app, const Prepared& prepared,
                                 const Person& person, const ledger::Stream& stream) {
  const Digest code = sha256("weir/return-code/v1" + prepared.return_code);
  const bool has_account = person.id != 0;
  const std::int64_t row = TRY(tx.insert(
      "INSERT INTO case_file (ref, stream, content_key, state, label, received_ms, size, "
      "vulnerabilities, reporter, code_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {prepared.reference, stream.row, prepared.key.number,
       static_cast<std::int64_t>(policy::CaseState::received),
       static_cast<std::int64_t>(label_of(prepared.report)), app.clock.now().ms,
       prepared.pieces.front().sealed.object.size,
       static_cast<std::int64_t>(prepared.report.vulnerabilities.size()),
       has_account ? store::Param(person.id) : store::Param(nullptr),
       has_account ? store::Param(nullptr) : store::Param(store::Blob{code.view()})}));
  for (const Piece& piece : prepared.pieces) {
    TRY(content::put(tx, piece.sealed));
    TRY(tx.run(
        "INSERT INTO item (home, case_file, ref, version, kind, level, vulnerability, language, "
        "encryption, author, by_reporter, at_ms) "
        "VALUES ($1, $1, $2, 1, $3, $4, $5, $6, $7, $8, 1, $9)",
        {row, piece.sealed.object.reference, piece.kind, static_cast<std::int64_t>(piece.level),
         piece.vulnerability, piece.language, static_cast<std::int64_t>(piece.encryption),
         has_account ? store::Param(person.id) : store::Param(nullptr), app.clock.now().ms}));
  }
  return row;
}

/// What file_report() gave before: "RECEIPT" or, with a return code, "RECEIPT BASE64", the code
/// under the master key.
constexpr std::string_view kCodeContext = "weir/return code of a repeated call/v1";

std::string outcome_of(const App& app, const std::string& receipt_id, const std::string& code) {
  if (code.empty()) {
    return receipt_id;
  }
  return receipt_id + " " + to_base64(app.identity.keyring().wrap(code, kCodeContext, app.random));
}

Result<Receipted> receipted_before(const store::Tx& tx, const App& app, std::string_view outcome) {
  const std::size_t space = std::min(outcome.find(' '), outcome.size());
  Receipted before;
  before.receipt_id = outcome.substr(0, space);
  if (space < outcome.size()) {
    const auto wrapped = from_base64(outcome.substr(space + 1));
    const auto code = wrapped ? app.identity.keyring().unwrap(*wrapped, kCodeContext)
                              : fail(Code::corrupt, "a remembered return code is damaged");
    if (!code) {
      return fail(code.error().code == Code::not_found ? Code::conflict : Code::corrupt,
                  "this report was filed; its return code cannot be shown again");
    }
    before.return_code = code->reveal();
  }
  const ledger::ReceiptPlace place = TRY(ledger::find_receipt(tx, before.receipt_id));
  const CaseFile file = TRY(load_named_case(tx, place.stream.reference));
  before.case_reference = file.reference;
  before.vulnerabilities = static_cast<std::size_t>(file.vulnerabilities);
  before.promise = TRY(promise_again(tx, app, before.receipt_id));
  return before;
}

/// The reporter's own proposal for the end of the embargo, if the report states one.
Status propose_embargo(store::Tx& tx, const App& app, const Prepared& prepared,
                       const Person& person, const ledger::Stream& stream, std::int64_t case_row) {
  const auto until =
      prepared.report.embargo_until ? parse_rfc3339(*prepared.report.embargo_until) : std::nullopt;
  if (!until) {
    return {};
  }
  TRY(tx.run(
      "INSERT INTO embargo_proposal (case_file, organisation, until_ms, confirmed, at_ms) VALUES "
      "($1, $2, $3, 2, $4)",
      {case_row,
       person.organisation.id == 0 ? store::Param(nullptr) : store::Param(person.organisation.id),
       until->ms, app.clock.now().ms}));
  std::vector<custody::Field> fields = actor_fields(person);
  fields.push_back(field("until", to_rfc3339(*until)));
  TRY(record(tx, app, stream, "embargo_proposed", std::move(fields)));
  return {};
}

/// A report that was refused leaves no file. A store that cannot do it now does it at the next
/// start (content::drop_orphans).
void drop_uploads(App& app, const Prepared& prepared) {
  if (prepared.uploads.empty()) {
    return;
  }
  (void)app.db.execute([&](store::Tx& tx) -> Status {
    for (const std::string& object : prepared.uploads) {
      TRY(content::drop_unfinished(tx, object, 1));
    }
    return {};
  });
}

Result<Person> load_reporter(const store::Tx& tx, const App& app, const Actor& actor) {
  Person person = TRY(load_person(tx, app, actor, Scope::report));
  if (person.barred != policy::Fact::no || person.organisation.suspended != policy::Fact::no) {
    return fail(Code::denied, "this account may not file reports; one may report without it");
  }
  return person;
}

Result<Receipted> file_prepared(App& app, const Actor& actor, const Person& before, Filing& filing,
                                Prepared& prepared) {
  prepared.report = TRY(format::parse_any(filing.bytes));
  prepared.reference = CaseId::make(app.random).text();
  prepared.key = TRY(app.keys.take());
  prepared.prefix = app.keys.neighbourhood(prepared.key.number) +
                    app.random.bytes(kIdBytes - kOwnBytes - content::kNeighbourhoodBytes);
  if (before.id == 0) {
    prepared.return_code = to_base32(app.random.bytes(kReturnCodeBytes));
  }
  TRY(seal_report(app, filing.bytes, prepared));
  for (Attachment& attachment : filing.attachments) {
    TRY(seal_attachment(app, attachment, prepared));
  }
  prepared.event = app.ledger.prepare(prepared.reference, report_event(prepared, before));
  struct Received {
    ledger::Appended event;
    std::string receipt_id;
  };
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<Received> {
    const Person person = TRY(load_reporter(tx, app, actor));
    const ledger::Stream stream =
        TRY(app.ledger.create(tx, ledger::StreamKind::case_stream, prepared.reference));
    const ledger::Appended event = TRY(app.ledger.append(tx, stream, prepared.event));
    const std::int64_t row = TRY(insert_case(tx, app, prepared, person, stream));
    TRY(propose_embargo(tx, app, prepared, person, stream, row));
    if (prepared.report.source == format::kFilingFormat) {
      TRY(authority_was_told(tx, app, row, "filed by a Weir elsewhere"));
    }
    std::string receipt_id = TRY(ledger::issue_receipt_id(tx, stream, event.index, app.random));
    TRY(keep_outcome(tx, app, actor, outcome_of(app, receipt_id, prepared.return_code)));
    return Received{event, std::move(receipt_id)};
  }));
  Receipted receipted;
  receipted.case_reference = prepared.reference;
  receipted.receipt_id = done->receipt_id;
  receipted.promise = promise(app, done->event);  // signed here: the writer has better things to do
  receipted.return_code = prepared.return_code;
  receipted.vulnerabilities = prepared.report.vulnerabilities.size();
  return receipted;
}

}  // namespace

std::string signed_note(const App& app, std::string body) {
  const std::string name = app.ledger.settings().origin + "/promise";
  const auto key =
      merkle::VerifierKey::make(merkle::SignatureType::ed25519, name, app.promise_key.public_key());
  CHECK(key);
  merkle::Note note;
  note.body = std::move(body);
  note.signatures.push_back(merkle::sign_note(*key, app.promise_key, note.body));
  return merkle::format_note(note);
}

std::string promise(const App& app, const ledger::Appended& event) {
  return signed_note(app, "weir-promise/v1\n" + app.ledger.settings().origin + "\n" +
                              to_base64(event.leaf_hash()) + "\n" +
                              to_rfc3339(event.at + app.seal_within) + "\n");
}

Result<std::string> promise_again(const store::Tx& tx, const App& app, const std::string& receipt) {
  const ledger::ReceiptPlace place = TRY(ledger::find_receipt(tx, receipt));
  const auto events = TRY(app.ledger.events(tx, place.stream, place.index));
  if (events.empty()) {
    return fail(Code::corrupt, "the event of a receipt is missing");
  }
  const ledger::StoredEvent& event = events.front();
  return promise(app, {event.leaf, event.index, event.tag, event.commitment, event.at});
}

Result<Receipted> file_report(App& app, const Actor& actor, Filing filing) {
  if (filing.attachments.size() > kMaxAttachments) {
    return fail(Code::invalid, "a report has at most 64 attachments");
  }
  const bool has_account = !actor.handle().empty();
  if (!has_account && !actor.terms().key.empty() && actor.terms().key.size() < kLeastAnonymousKey) {
    return fail(Code::invalid, "without an account such a key is 22 random characters or more");
  }
  TRY(take_anonymous(app, actor, app.identity.settings().anonymous_reports));
  std::optional<Receipted> told;
  const auto ask_first = [&]() -> Result<Person> {
    if (actor.kind() == Actor::Kind::nobody && actor.terms().key.empty()) {
      return stranger(actor);  // of whom nothing is known
    }
    const auto tx = TRY(app.db.read());
    Person person = TRY(load_reporter(*tx, app, actor));
    if (const auto outcome = TRY(find_outcome(*tx, app, actor))) {
      told = TRY(receipted_before(*tx, app, *outcome));
    }
    return person;
  };
  const Person before = TRY(ask_first());
  if (told) {
    return *told;
  }
  Prepared prepared;
  Result<Receipted> filed = file_prepared(app, actor, before, filing, prepared);
  if (!filed) {
    drop_uploads(app, prepared);
  }
  return filed;
}

}  // namespace weir::app
