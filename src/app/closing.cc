#include "app/closing.h"

#include <algorithm>
#include <set>

#include "app/context.h"
#include "app/items.h"
#include "app/news.h"
#include "app/timeline.h"
#include "base/bytes.h"
#include "base/json.h"

namespace weir::app {
namespace {

using policy::Action;
using policy::Fact;

constexpr std::size_t kMaxPublicBytes = std::size_t{16} << 20;

bool is_public_id(std::string_view id) {
  return id.size() >= 4 && id.size() <= 40 && std::ranges::all_of(id, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

/// The key's states in case_file.key_state.
enum class KeyState : std::int64_t { present = 0, erasing = 1, erased = 2 };

Status finish_erasure(App& app, std::int64_t case_file, std::int64_t key) {
  TRY(app.keys.erase(key));
  return app.db.execute([&](store::Tx& tx) {
    return tx.run("UPDATE case_file SET key_state = $2 WHERE id = $1",
                  {case_file, static_cast<std::int64_t>(KeyState::erased)});
  });
}

/// Whose keys the content of a case lies under: its own, and those of cases merged into it. What
/// was split off lies under the key of the case it came from, and cannot be erased alone.
Result<std::vector<CaseFile>> key_holders(const store::Tx& tx, const CaseFile& file) {
  const auto shared = TRY(tx.one(
      "SELECT COUNT(*) FROM item WHERE case_file <> $1 AND home IN (SELECT home FROM item WHERE "
      "case_file = $1 AND home <> $1)",
      {file.id}, [](const store::Row& row) { return row.integer(0); }));
  if (*shared > 0) {
    return fail(Code::conflict,
                "content of this case lies under the key of another, which would go with it");
  }
  std::vector<CaseFile> holders = {file};
  for (const std::int64_t home :
       TRY(tx.all("SELECT DISTINCT home FROM item WHERE case_file = $1 AND home <> $1", {file.id},
                  [](const store::Row& row) { return row.integer(0); }))) {
    holders.push_back(TRY(load_case(tx, home)));
  }
  return holders;
}

/// The streams that have to say so: of the holders, and of every case that shows content of theirs.
Result<std::vector<ledger::Stream>> erased_streams(const store::Tx& tx, const App& app,
                                                   const std::vector<CaseFile>& holders) {
  std::set<std::int64_t> cases;
  for (const CaseFile& holder : holders) {
    cases.insert(holder.id);
    for (const std::int64_t id :
         TRY(tx.all("SELECT DISTINCT case_file FROM item WHERE home = $1", {holder.id},
                    [](const store::Row& row) { return row.integer(0); }))) {
      cases.insert(id);
    }
  }
  std::vector<ledger::Stream> streams;
  for (const std::int64_t id : cases) {
    const CaseFile file = TRY(load_case(tx, id));
    streams.push_back(TRY(stream_of(tx, app, file)));
  }
  return streams;
}

/// The erasure of a case whose own event of it is lost. False if there is no such case.
Result<bool> repeat_one(App& app, const std::string& reference) {
  std::vector<CaseFile> holders;
  const auto found = TRY(app.db.submit([&](store::Tx& tx) -> Result<bool> {
    const auto id = TRY(tx.one(
        "SELECT c.id FROM case_file c JOIN stream s ON s.id = c.stream WHERE c.ref = $1 OR s.ref = "
        "$1",
        {reference}, [](const store::Row& row) { return row.integer(0); }));
    if (!id) {
      return false;
    }
    const CaseFile file = TRY(load_case(tx, *id));
    if (file.key_erased == Fact::yes) {
      return true;
    }
    holders = TRY(key_holders(tx, file));
    for (const CaseFile& holder : holders) {
      TRY(tx.run("UPDATE case_file SET key_state = $2 WHERE id = $1",
                 {holder.id, static_cast<std::int64_t>(KeyState::erasing)}));
    }
    for (const ledger::Stream& stream : TRY(erased_streams(tx, app, holders))) {
      TRY(record(tx, app, stream, "key_erased",
                 {field("approver", ""), field("repeated", "restore")}));
    }
    return true;
  }));
  for (const CaseFile& holder : holders) {
    TRY(finish_erasure(app, holder.id, holder.content_key));
  }
  return *found;
}

}  // namespace

Result<Done> publish(App& app, const Actor& actor, const std::string& reference,
                     const Publication& publication) {
  if (!is_public_id(publication.public_id)) {
    return fail(Code::invalid, "a public id is 4 to 40 of A-Z, 0-9 and dash");
  }
  if (publication.bytes.empty() || publication.bytes.size() > kMaxPublicBytes) {
    return fail(Code::invalid, "a publication is 1 byte to 16 MiB");
  }
  if (publication.level < Level::notice) {
    return fail(Code::invalid, "a publication shows at least notice");
  }
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{
        .action = Action::publish,
        .parameters = publication.public_id + "/" + std::string(name(publication.level)) + "/" +
                      to_hex(sha256(publication.bytes).view()),
        // Nobody can tell from the bytes that they show no more than notice: before the fix a
        // second person looks at them, whatever level is claimed.
        .level = std::max(publication.level, Level::advisory)};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    TRY(settle(tx, asked, question));
    TRY(tx.run(
        "INSERT INTO publication (public_id, case_file, level, bytes, at_ms) VALUES ($1, $2, "
        "$3, $4, $5)",
        {publication.public_id, asked.file.id, static_cast<std::int64_t>(publication.level),
         store::Blob{publication.bytes}, app.clock.now().ms}));
    TRY(tx.run(
        "UPDATE case_file SET published_level = $2, published_ms = $3, public_id = $4, state "
        "= $5 WHERE id = $1",
        {asked.file.id, static_cast<std::int64_t>(publication.level), app.clock.now().ms,
         publication.public_id, static_cast<std::int64_t>(policy::CaseState::closed)}));
    const Digest salt = app.random.digest();
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("content", custody::content_digest(salt, publication.bytes)));
    fields.push_back(field("content_salt", salt));
    fields.push_back(field("level", name(publication.level)));
    fields.push_back(field("public_id", publication.public_id));
    fields.push_back(field("opening_due", to_rfc3339(app.clock.now() + app.publication_term)));
    TRY(record(tx, app, asked.stream, "published", std::move(fields)));
    TRY(tell_all(tx, app, {asked.file.id, News::published, asked.person.id}));
    return Done{{}, publication.public_id};
  }));
}

Result<std::string> published(App& app, const std::string& public_id) {
  const auto tx = TRY(app.db.read());
  auto bytes = TRY(tx->one("SELECT bytes FROM publication WHERE public_id = $1", {public_id},
                           [](const store::Row& row) { return row.blob(0); }));
  if (!bytes) {
    return fail(Code::not_found, "nothing has been published under this id");
  }
  return *bytes;
}

Result<Done> open_custody(App& app, const Actor& actor, const std::string& reference,
                          std::optional<Fact> conflict) {
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{.action = Action::open_custody,
                            .binds = Question::Binds::case_version,
                            .conflict = conflict};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    TRY(settle(tx, asked, question));
    TRY(ledger::flush_repeats_of(app.ledger, tx, asked.stream));
    TRY(tx.run("UPDATE case_file SET opened = 1 WHERE id = $1", {asked.file.id}));
    TRY(record(tx, app, asked.stream, "custody_opened", actor_fields(asked.person)));
    return Done{{}, reference};
  }));
}

Status open_cover(App& app, const Actor& actor) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_person(tx, app, actor, Scope::administer));
    const policy::Decision decision =
        policy::decide(subject_of(person), Action::administer, policy::Facts{});
    if (!decision.is_allowed()) {
      return fail(Code::denied, "only an administrator of the authority may do this");
    }
    const auto cover = TRY(app.ledger.newest(tx, ledger::StreamKind::cover));
    if (!cover) {
      return fail(Code::not_found, "there is no cover stream: this log is not padded");
    }
    TRY(record(tx, app, *cover, "custody_opened", {}));
    return {};
  });
}

Result<Done> defer_opening(App& app, const Actor& actor, const std::string& reference,
                           const Deferral& deferral) {
  const auto until = parse_rfc3339(deferral.until);
  if (!until || *until <= app.clock.now()) {
    return fail(Code::invalid, "a deferral ends in the future, with date, hour and zone");
  }
  if (!custody::is_field_name(deferral.ground_class)) {
    return fail(Code::invalid, "a class of ground is [a-z_]+");
  }
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{.action = Action::defer_opening,
                            .binds = Question::Binds::case_version,
                            .parameters = deferral.until + "/" + deferral.ground_class,
                            .conflict = deferral.conflict};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    TRY(settle(tx, asked, question));
    const auto platform = TRY(app.ledger.newest(tx, ledger::StreamKind::platform));
    const auto newest = TRY(ledger::newest_published(tx));
    if (!platform || !newest) {
      return fail(Code::conflict, "nothing has been sealed yet");
    }
    const std::uint64_t leaves = TRY(ledger::leaves_below(tx, asked.stream, newest->size));
    TRY(record(tx, app, *platform, "opening_deferred",
               {field("deferred_key_commit", asked.stream.key_commit),
                field("leaves", static_cast<std::int64_t>(leaves)),
                field("log_size", static_cast<std::int64_t>(newest->size)),
                field("until", to_rfc3339(*until)), field("ground_class", deferral.ground_class)}));
    return Done{{}, reference};
  }));
}

Result<Done> erase_key(App& app, const Actor& actor, const std::string& reference,
                       std::optional<Fact> conflict) {
  std::vector<CaseFile> holders;
  const Done done = *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Question question{
        .action = Action::erase_key, .binds = Question::Binds::case_version, .conflict = conflict};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    TRY(settle(tx, asked, question));
    holders = TRY(key_holders(tx, asked.file));
    for (const CaseFile& holder : holders) {
      TRY(tx.run("UPDATE case_file SET key_state = $2 WHERE id = $1",
                 {holder.id, static_cast<std::int64_t>(KeyState::erasing)}));
    }
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("approver", asked.second ? asked.second->handle : ""));
    for (const ledger::Stream& stream : TRY(erased_streams(tx, app, holders))) {
      TRY(record(tx, app, stream, "key_erased", fields));
    }
    return Done{{}, reference};
  }));
  for (std::size_t i = 0; done.is_done() && i < holders.size(); ++i) {
    TRY(finish_erasure(app, holders[i].id, holders[i].content_key));
  }
  return done;
}

Status finish_erasures(App& app) {
  struct Row {
    std::int64_t case_file;
    std::int64_t key;
  };
  std::vector<Row> pending;
  {
    const auto tx = TRY(app.db.read());
    pending =
        TRY(tx->all("SELECT id, content_key FROM case_file WHERE key_state = $1",
                    {static_cast<std::int64_t>(KeyState::erasing)},
                    [](const store::Row& row) { return Row{row.integer(0), row.integer(1)}; }));
  }
  for (const Row& row : pending) {
    TRY(finish_erasure(app, row.case_file, row.key));
  }
  return {};
}

Result<RepeatedErasures> repeat_erasures(App& app, const std::vector<std::string>& also) {
  RepeatedErasures done;
  std::vector<std::int64_t> known;
  {
    const auto tx = TRY(app.db.read());
    known = TRY(tx->all("SELECT content_key FROM case_file WHERE key_state = $1",
                        {static_cast<std::int64_t>(KeyState::erased)},
                        [](const store::Row& row) { return row.integer(0); }));
  }
  for (const std::int64_t key : known) {
    TRY(app.keys.erase(key));
    ++done.known;
  }
  for (const std::string& reference : also) {
    const auto was_there = TRY(repeat_one(app, reference));
    done.also += was_there ? 1 : 0;
    if (!was_there) {
      done.unknown.push_back(reference);
    }
  }
  return done;
}

Result<custody::Record> export_record(App& app, const std::string& stream, const std::string& vkey,
                                      ledger::FreeText free_text) {
  const auto tx = TRY(app.db.read());
  const ledger::Stream found = TRY(app.ledger.find(*tx, stream));
  ledger::Opening opening{.vkey = vkey, .free_text = free_text, .may_name = {}};
  opening.may_name = [&](const std::string& name) {
    const auto yes = may_name(*tx, name);
    return yes && *yes;
  };
  // The platform's stream is public from the start. It names organisations, but no natural person:
  // a researcher may be one.
  if (found.kind == ledger::StreamKind::platform) {
    opening.may_name = [&](const std::string& name) {
      const auto one = load_organisation(*tx, name);
      const auto yes = may_name(*tx, name);
      return one && (one->organisation_class != "researcher" || (yes && *yes));
    };
  }
  return ledger::open_stream(*tx, app.ledger, found, opening);
}

Result<std::vector<std::string>> exportable(App& app) {
  const auto tx = TRY(app.db.read());
  std::vector<std::pair<std::uint64_t, std::string>> opened;  // the leaf of the opening first
  for (const ledger::Stream& stream : TRY(ledger::streams(*tx))) {
    const bool is_public = stream.kind == ledger::StreamKind::platform;
    const auto leaf = TRY(ledger::opened_leaf(*tx, stream));
    if (is_public || leaf) {
      opened.emplace_back(is_public ? 0 : *leaf, stream.reference);
    }
  }
  std::ranges::sort(opened);
  std::vector<std::string> references;
  references.reserve(opened.size());
  for (auto& [leaf, reference] : opened) {
    references.push_back(std::move(reference));
  }
  return references;
}

}  // namespace weir::app
