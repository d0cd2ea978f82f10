// What is said in a case: messages, files, statements and fixes.
#include <algorithm>
#include <array>

#include "app/cases.h"
#include "app/credentials.h"
#include "app/items.h"
#include "app/news.h"
#include "base/bytes.h"
#include "format/format.h"

namespace weir::app {
namespace {

using policy::Action;
using policy::Fact;

constexpr std::array<std::string_view, 5> kAnswerNames = {
    "no_answer_yet", "investigating", "affected", "not_affected", "fix_in_progress"};

Status check_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMessageBytes && is_utf8(text)
             ? Status()
             : fail(Code::invalid, "a text is 1 byte to 1 MiB of UTF-8");
}

std::vector<custody::Field> item_fields(const Person& person, const content::Object& object,
                                        Level level, std::int64_t vulnerability) {
  std::vector<custody::Field> fields = actor_fields(person);
  fields.push_back(field("content", object.digest));
  fields.push_back(field("content_salt", object.salt));
  fields.push_back(field("level", name(level)));
  fields.push_back(field("vulnerability", vulnerability));
  return fields;
}

Status check_vulnerability(const store::Tx& tx, const CaseFile& file, std::int64_t vulnerability) {
  return vulnerability == 0 || TRY(has_vulnerability(tx, file, vulnerability))
             ? Status()
             : fail(Code::invalid, "the case has no such vulnerability");
}

/// A vendor of one of several products talks of the case as a whole too.
Result<Asked> ask_to_post(const store::Tx& tx, const App& app, const Actor& actor,
                          const std::string& reference, std::int64_t vulnerability) {
  const std::int64_t about =
      vulnerability == 0 ? TRY(speaks_for(tx, actor, reference)) : vulnerability;
  return ask_alone(tx, app, actor, reference,
                   {.action = Action::post_message, .vulnerability = about});
}

/// The same before anything is sealed: who may not, learns nothing of the case or its key.
Result<CaseFile> may_post(App& app, const Actor& actor, const std::string& reference,
                          std::int64_t vulnerability, const Limit& anonymous) {
  TRY(take_anonymous(app, actor, anonymous));
  const auto tx = TRY(app.db.read());
  return TRY(ask_to_post(*tx, app, actor, reference, vulnerability)).file;
}

/// A participant to whom the actor may write: the handler to all, others to themselves and to whom
/// they are shown (reading.cc). Hidden, not taking part and absent are one answer.
Result<std::int64_t> addressee(const store::Tx& tx, const Asked& asked, const std::string& name) {
  const bool is_handler = asked.decision.relation == policy::Relation::handler;
  const auto found = TRY(
      tx.one("SELECT o.id FROM participant p JOIN organisation o ON o.id = p.organisation WHERE "
             "p.case_file = $1 AND o.name = $2 AND ($3 = 1 OR o.id = $4 OR o.public_body = 1 OR "
             "o.may_name = 1 OR o.staff = 1)",
             {asked.file.id, name, std::int64_t{is_handler ? 1 : 0}, asked.person.organisation.id},
             [](const store::Row& row) { return row.integer(0); }));
  if (!found) {
    return fail(Code::not_found, "no organisation of this name takes part, as far as you may know");
  }
  return *found;
}

/// Those to whom it is written, and the handler. A message to everybody in the case tells
/// the handler alone: who else may see it depends on its level, and the gate is asked
/// when they look.
Status tell_of_message(store::Tx& tx, const App& app, const Asked& asked, const NewItem& item) {
  const Happened happened{asked.file.id, News::message, asked.person.id};
  if (asked.file.handler) {
    TRY(tell_account(tx, app, happened, *asked.file.handler));
  }
  if (item.audience) {
    return tell_organisation(tx, app, happened, *item.audience);
  }
  return item.for_reporter && asked.file.reporter
             ? tell_account(tx, app, happened, *asked.file.reporter)
             : Status();
}

}  // namespace

std::string_view name(Answer answer) {
  return kAnswerNames[static_cast<std::size_t>(answer)];
}

std::optional<Answer> parse_answer(std::string_view text) {
  const auto at = std::ranges::find(kAnswerNames, text);
  return at == kAnswerNames.end() ? std::nullopt
                                  : std::optional(static_cast<Answer>(at - kAnswerNames.begin()));
}

Result<content::Sealed> seal_text(const App& app, const CaseFile& file, std::string_view text) {
  const content::ContentKey key = TRY(app.keys.find(file.content_key));
  return content::seal_object(key, ObjectId::make(app.random).text(), 1, text, app.random);
}

Status insert_item(store::Tx& tx, const App& app, const CaseFile& file, const Person& person,
                   const content::Sealed& sealed, const NewItem& item) {
  TRY(content::put(tx, sealed));
  const bool by_code = person.id == 0;
  return tx.run(
      "INSERT INTO item (home, case_file, ref, version, kind, level, vulnerability, language, "
      "encryption, author, by_reporter, audience, at_ms, for_reporter) "
      "VALUES ($1, $1, $2, 1, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11)",
      {file.id, sealed.object.reference, item.kind, static_cast<std::int64_t>(item.level),
       item.vulnerability, item.language, by_code ? store::Param(nullptr) : store::Param(person.id),
       std::int64_t{by_code ? 1 : 0},
       item.audience ? store::Param(*item.audience) : store::Param(nullptr), app.clock.now().ms,
       std::int64_t{item.for_reporter ? 1 : 0}});
}

Result<std::string> post_message(App& app, const Actor& actor, const std::string& reference,
                                 const Message& message) {
  TRY(check_text(message.text));
  if (message.level < Level::notice) {
    // Else the queue, which shows no text, would show it to every coordinator.
    return fail(Code::invalid, "a message shows at least notice");
  }
  if (message.to == Message::To::reporter && !message.audience.empty()) {
    return fail(Code::invalid,
                "a message is for the reporter or for an organisation, not for both");
  }
  const CaseFile file =
      TRY(may_post(app, actor, reference, message.vulnerability, kAnonymousWords));
  const content::Sealed sealed = TRY(seal_text(app, file, message.text));
  const auto done = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::string> {
    const Asked asked = TRY(ask_to_post(tx, app, actor, reference, message.vulnerability));
    if (const auto before = TRY(find_outcome(tx, app, actor))) {
      return *before;
    }
    TRY(keep_outcome(tx, app, actor, sealed.object.reference));
    TRY(check_vulnerability(tx, asked.file, message.vulnerability));
    NewItem item{"message", message.level, message.vulnerability};
    if (!message.audience.empty()) {
      item.audience = TRY(addressee(tx, asked, message.audience));
    }
    item.for_reporter = message.to == Message::To::reporter;
    TRY(insert_item(tx, app, asked.file, asked.person, sealed, item));
    TRY(record(tx, app, asked.stream, "message_posted",
               item_fields(asked.person, sealed.object, item.level, item.vulnerability)));
    TRY(tell_of_message(tx, app, asked, item));
    return sealed.object.reference;
  }));
  return *done;
}

namespace {

/// An upload under way: under which reference, and whether anything of it lies in the store.
struct Upload {
  std::string object;
  bool has_chunks = false;
};

Result<std::string> receive(App& app, const Actor& actor, const std::string& reference,
                            Attachment& attachment, Upload& upload) {
  if (attachment.name.empty() || attachment.name.size() > format::kMaxNameBytes ||
      !is_utf8(attachment.name)) {
    return fail(Code::invalid, "an attachment has a name of UTF-8 text");
  }
  // Asked before the first chunk is written, and again when it becomes visible.
  const CaseFile file = TRY(may_post(app, actor, reference, 0, kAnonymousFiles));
  const content::ContentKey key = TRY(app.keys.find(file.content_key));
  content::Sealed sealed;
  sealed.object.reference = upload.object;
  content::Writer writer(
      key, sealed.object.reference, 1, app.random, [&](std::int64_t number, std::string bytes) {
        upload.has_chunks = true;
        return app.db.execute(
            [&](store::Tx& tx) { return content::put_chunk(tx, sealed.object, number, bytes); });
      });
  std::int64_t size = 0;
  Sha256 sent;
  for (std::string bytes;;) {
    TRY(attachment.pull(bytes));
    if (bytes.empty()) {
      break;
    }
    size += static_cast<std::int64_t>(bytes.size());
    if (size > kMaxAttachmentBytes) {
      return fail(Code::invalid, "an attachment is larger than 64 MiB", attachment.name);
    }
    sent.add(bytes);
    TRY(writer.add(bytes));
  }
  Terms terms = actor.terms();
  terms.body = sent.add(attachment.name).add(reference).finish();
  const Actor repeatable = actor.with(std::move(terms));
  sealed.object = TRY(writer.finish());
  const content::Sealed named =
      TRY(seal_text(app, file,
                    json::canonical(json::Object{{"format", "weir-attachment/v1"},
                                                 {"name", attachment.name},
                                                 {"object", sealed.object.reference},
                                                 {"bytes", size}})));
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<std::string> {
    const Asked asked = TRY(ask_to_post(tx, app, actor, reference, 0));
    if (const auto before = TRY(find_outcome(tx, app, repeatable))) {
      return *before;
    }
    TRY(keep_outcome(tx, app, repeatable, sealed.object.reference));
    TRY(insert_item(tx, app, asked.file, asked.person, sealed, {"attachment", Level::exploit}));
    TRY(insert_item(tx, app, asked.file, asked.person, named, {"attachment_name", Level::exploit}));
    TRY(record(tx, app, asked.stream, "attachment_added",
               item_fields(asked.person, sealed.object, Level::exploit, 0)));
    return sealed.object.reference;
  }));
}

}  // namespace

Result<std::string> add_attachment(App& app, const Actor& actor, const std::string& reference,
                                   Attachment attachment) {
  Upload upload{ObjectId::make(app.random).text()};
  Result<std::string> added = receive(app, actor, reference, attachment, upload);
  const bool is_kept = added && *added == upload.object;
  if (!is_kept && upload.has_chunks) {
    // Refused, cut short, or sent before: else whoever may post could fill the disk with what
    // nobody sees. A store that cannot do it now does it at the next start (content::drop_orphans).
    (void)app.db.execute(
        [&](store::Tx& tx) { return content::drop_unfinished(tx, upload.object, 1); });
  }
  return added;
}

Status state_status(App& app, const Actor& actor, const std::string& reference,
                    const Statement& statement) {
  const Question question{.action = Action::state_status, .vulnerability = statement.vulnerability};
  const auto ask_first = [&]() -> Result<CaseFile> {
    const auto tx = TRY(app.db.read());
    return TRY(ask_alone(*tx, app, actor, reference, question)).file;
  };
  const CaseFile file = TRY(ask_first());
  std::optional<content::Sealed> sealed;
  if (!statement.text.empty()) {
    TRY(check_text(statement.text));
    sealed = TRY(seal_text(app, file, statement.text));
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, question));
    TRY(
        tx.run("UPDATE vendor_status SET answer = $4, at_ms = $5 WHERE case_file = $1 AND "
               "organisation = $2 AND ($3 = 0 OR vulnerability = $3)",
               {asked.file.id, asked.person.organisation.id, statement.vulnerability,
                static_cast<std::int64_t>(statement.answer), app.clock.now().ms}));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("vulnerability", statement.vulnerability));
    fields.push_back(field("answer", name(statement.answer)));
    if (sealed) {
      TRY(insert_item(tx, app, asked.file, asked.person, *sealed,
                      {"statement", Level::advisory, statement.vulnerability}));
      fields.push_back(field("content", sealed->object.digest));
      fields.push_back(field("content_salt", sealed->object.salt));
    }
    TRY(record(tx, app, asked.stream, "status_stated", std::move(fields)));
    return {};
  });
}

Result<Done> announce_fix(App& app, const Actor& actor, const std::string& reference,
                          const Fix& fix) {
  if (fix.phase != policy::Phase::fix_exists && fix.phase != policy::Phase::fix_public) {
    return fail(Code::invalid, "a fix exists or is public");
  }
  if (!is_utf8(fix.vendor) || !is_utf8(fix.product) || fix.product.size() > kMaxGroundBytes) {
    return fail(Code::invalid, "a product is at most 10000 bytes of UTF-8 text");
  }
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{.action = Action::announce_fix,
                            .parameters = json::canonical(
                                json::Array{fix.vendor, fix.product, policy::name(fix.phase)}),
                            .vulnerability = fix.vulnerability};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    const bool is_own = fix.vendor.empty() || fix.vendor == asked.person.organisation.name;
    if (!is_own && asked.decision.relation != policy::Relation::handler) {
      return fail(Code::denied, "a vendor announces its own fixes");
    }
    const Organisation vendor =
        is_own ? asked.person.organisation : TRY(load_organisation(tx, fix.vendor));
    TRY(
        tx.run("UPDATE vendor_status SET phase = MAX(phase, $4), at_ms = $5 WHERE case_file = $1 "
               "AND organisation = $2 AND ($3 = 0 OR vulnerability = $3)",
               {asked.file.id, vendor.id, fix.vulnerability, static_cast<std::int64_t>(fix.phase),
                app.clock.now().ms}));
    if (tx.changes() == 0) {
      return fail(Code::invalid, "this organisation is no vendor of that vulnerability");
    }
    TRY(settle(tx, asked, question));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("vendor", vendor.name));
    fields.push_back(field("note", fix.product));
    fields.push_back(field("vulnerability", fix.vulnerability));
    fields.push_back(field("phase", policy::name(fix.phase)));
    TRY(record(tx, app, asked.stream, "fix_announced", std::move(fields)));
    return Done{};
  }));
}

Result<Done> leave_out_vendor(App& app, const Actor& actor, const std::string& reference,
                              const std::string& vendor, const std::string& ground) {
  TRY(check_text(ground));
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{.action = Action::leave_out_vendor,
                            .parameters = json::canonical(json::Array{vendor, ground})};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    const Organisation organisation = TRY(load_organisation(tx, vendor));
    TRY(tx.run("UPDATE vendor_status SET left_out = 1 WHERE case_file = $1 AND organisation = $2",
               {asked.file.id, organisation.id}));
    if (tx.changes() == 0) {
      return fail(Code::invalid, "this organisation is no vendor of the case");
    }
    TRY(settle(tx, asked, question));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("vendor", organisation.name));
    fields.push_back(field("ground", ground));
    fields.push_back(field("approver", asked.second ? asked.second->handle : ""));
    TRY(record(tx, app, asked.stream, "vendor_left_out", std::move(fields)));
    return Done{};
  }));
}

}  // namespace weir::app
