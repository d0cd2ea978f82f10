#include "app/sharing.h"

#include <algorithm>
#include <map>

#include "app/context.h"
#include "app/delay_rows.h"
#include "app/news.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Action;
using policy::Fact;

Status check_ground(const std::string& text) {
  return !text.empty() && text.size() <= kMaxGroundBytes && is_utf8(text)
             ? Status()
             : fail(Code::invalid, "a ground is 1 to 10000 bytes of UTF-8 text");
}

/// Generated texts and parts; not the report itself, not what is said inside the case.
bool is_released_kind(const std::string& kind) {
  return kind == "notice" || kind == "advisory" || kind == "part" || kind == "attachment" ||
         kind == "attachment_name";
}

std::vector<ItemRow> items_at(const std::vector<ItemRow>& rows, Level level) {
  std::vector<ItemRow> chosen;
  std::ranges::copy_if(rows, std::back_inserter(chosen), [level](const ItemRow& row) {
    return row.level <= level && is_released_kind(row.kind) && !row.audience;
  });
  return chosen;
}

/// A recipient as the gate reads it: any user of the organisation who may receive.
Person any_recipient(const Organisation& organisation) {
  Person person;
  person.organisation = organisation;
  person.roles = {policy::Role::recipient};
  person.barred = Fact::no;
  return person;
}

/// What is approved: these items, for these recipients, on this ground. What is added to the case
/// later, by a merge for instance, needs an approval of its own.
Question release_question(const NewRelease& release, const std::vector<ItemRow>& items) {
  json::Array objects;
  for (const ItemRow& item : items) {
    objects.push_back(json::Array{item.reference, item.version});
  }
  json::Array names;
  for (const std::string& name : release.recipients) {
    names.emplace_back(name);
  }
  return {.action = Action::release,
          .parameters = json::canonical(json::Array{names, release.ground, objects}),
          .level = release.level};
}

/// Everything that a release needs to know about the decider and the case.
struct Deciding {
  Person person;
  CaseFile file;
  ledger::Stream stream;
  policy::Standing standing;
  policy::Object object;
  Approval second;
  std::vector<ItemRow> items;
};

Result<Deciding> load_deciding(const store::Tx& tx, const App& app, const Actor& actor,
                               const std::string& reference, const NewRelease& release) {
  if (release.recipients.empty() || release.recipients.size() > kMaxRecipients) {
    return fail(Code::invalid, "a release names 1 to 100000 organisations");
  }
  if (!std::ranges::all_of(release.recipients, is_utf8)) {
    return fail(Code::invalid, "a release names organisations in UTF-8 text");
  }
  if (release.level < Level::notice) {
    return fail(Code::invalid, "a release gives at least notice");
  }
  Deciding deciding;
  deciding.person = TRY(load_person(tx, app, actor, Scope::act));
  deciding.file = TRY(load_case(tx, reference, deciding.person));
  deciding.stream = TRY(stream_of(tx, app, deciding.file));
  deciding.standing = TRY(standing(tx, deciding.file, deciding.person, 0));
  deciding.object = TRY(object_facts(tx, deciding.file, 0, release.level));
  // Whether this person may decide at all comes before everything that the case would tell.
  const policy::Decision may =
      policy::decide(subject_of(deciding.person), Action::release,
                     {.standing = deciding.standing, .object = deciding.object, .second = {}});
  if (may.outcome == policy::Outcome::refused) {
    return std::unexpected(policy::refusal(may));
  }
  deciding.items = items_at(TRY(load_items(tx, deciding.file)), release.level);
  deciding.second = TRY(find_approval(tx, app, deciding.file, deciding.person,
                                      release_question(release, deciding.items)));
  if (deciding.items.empty()) {
    return fail(Code::invalid, "the case holds nothing at this level");
  }
  return deciding;
}

Result<policy::Decision> judge(const store::Tx& tx, const Deciding& deciding,
                               const Organisation& organisation, Level wanted) {
  const Person recipient = any_recipient(organisation);
  policy::Standing standing_of = TRY(standing(tx, deciding.file, recipient, 0));
  standing_of.released = Fact::yes;
  standing_of.released_level = wanted;
  return policy::decide_release({.decider = subject_of(deciding.person),
                                 .decider_standing = deciding.standing,
                                 .recipient = subject_of(recipient),
                                 .recipient_standing = standing_of,
                                 .object = deciding.object,
                                 .second = deciding.second.facts,
                                 .wanted = wanted});
}

/// The refusal, told to the decider: who knows the case, so that the rule may be named.
std::unexpected<Error> refuse(const Organisation& organisation, const policy::Decision& decision) {
  Error error = policy::refusal(decision);
  if (error.code == Code::denied) {
    error.where = "recipient " + organisation.name;
  }
  return std::unexpected(std::move(error));
}

/// counts by class and country, sorted, as docs/formats/ledger.md has it.
json::Array counts_of(const std::vector<Organisation>& organisations) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const Organisation& one : organisations) {
    ++counts[{one.organisation_class, one.country}];
  }
  json::Array list;
  for (const auto& [key, count] : counts) {
    list.push_back(json::Object{{"class", key.first}, {"country", key.second}, {"count", count}});
  }
  return list;
}

Result<std::vector<custody::Field>> release_fields(store::Tx& tx, const App& app,
                                                   const Deciding& deciding,
                                                   const NewRelease& release,
                                                   const std::vector<Organisation>& recipients) {
  std::vector<ledger::Item> items;
  for (const ItemRow& row : deciding.items) {
    const content::Object object = TRY(object_of(tx, row));
    items.push_back({row.reference, row.version, row.level, object.salt, object.digest});
  }
  std::vector<std::string> references;
  for (const Organisation& one : recipients) {
    references.push_back(TRY(recipient_reference(tx, app, deciding.file, one.id)));
  }
  std::ranges::sort(references);
  json::Array list;
  for (const std::string& one : references) {
    list.emplace_back(one);
  }
  const Digest salt = app.random.digest();
  const json::Value manifest = ledger::manifest(items);
  std::vector<custody::Field> fields = actor_fields(deciding.person);
  fields.push_back(field("level", name(release.level)));
  fields.push_back(field("content", custody::content_digest(salt, json::canonical(manifest))));
  fields.push_back(field("content_salt", salt));
  fields.push_back({"manifest", manifest});
  fields.push_back(
      {"recipients", json::Object{{"counts", counts_of(recipients)},
                                  {"digest", to_base64(custody::recipients_digest(salt, list))}}});
  fields.push_back({"recipient_list", json::Value(std::move(list))});
  fields.push_back(field("ground", release.ground));
  if (deciding.second.person) {
    fields.push_back(field("approver", deciding.second.person->handle));
  }
  return fields;
}

Result<std::string> store_release(store::Tx& tx, const App& app, const Deciding& deciding,
                                  const NewRelease& release,
                                  const std::vector<Organisation>& recipients) {
  auto fields = TRY(release_fields(tx, app, deciding, release, recipients));
  const ledger::Appended event =
      TRY(record(tx, app, deciding.stream, "release_decided", std::move(fields)));
  std::string made = ReleaseId::make(app.random).text();
  TRY(tx.run(
      "INSERT INTO release (ref, case_file, level, event, at_ms) VALUES ($1, $2, $3, $4, $5)",
      {made, deciding.file.id, static_cast<std::int64_t>(release.level),
       static_cast<std::int64_t>(event.index), app.clock.now().ms}));
  const auto id = TRY(tx.one("SELECT id FROM release WHERE ref = $1", {made},
                             [](const store::Row& row) { return row.integer(0); }));
  for (const ItemRow& row : deciding.items) {
    TRY(tx.run("INSERT INTO release_item (release, item) VALUES ($1, $2)", {*id, row.id}));
  }
  for (const Organisation& one : recipients) {
    TRY(tx.run("INSERT INTO release_recipient (release, organisation) VALUES ($1, $2)",
               {*id, one.id}));
  }
  return made;
}

}  // namespace

Result<Done> grant_exception(App& app, const Actor& actor, const std::string& reference,
                             const NewException& exception) {
  TRY(check_ground(exception.ground));
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const std::string_view stage = exception.legal_stage ? name(*exception.legal_stage) : "none";
    const Question question{
        .action = Action::grant_exception,
        .binds = Question::Binds::case_version,
        .parameters = json::canonical(
            json::Array{exception.organisation, name(exception.level), stage, exception.ground})};
    const Asked asked = TRY(ask(tx, app, actor, reference, question));
    if (!asked.decision.is_allowed()) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    const Organisation organisation = TRY(load_organisation(tx, exception.organisation));
    TRY(settle(tx, asked, question));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(
        field("recipient_ref", TRY(recipient_reference(tx, app, asked.file, organisation.id))));
    fields.push_back(field("recipient_class", organisation.organisation_class));
    fields.push_back(field("recipient_country", organisation.country));
    fields.push_back(field("bound", policy::name(organisation.bound)));
    fields.push_back(field("level", name(exception.level)));
    fields.push_back(field("legal_stage", stage));
    fields.push_back(field("ground", exception.ground));
    fields.push_back(field("approver", asked.second ? asked.second->handle : ""));
    const ledger::Appended event =
        TRY(record(tx, app, asked.stream, "exception_approved", std::move(fields)));
    const std::string made = DecisionId::make(app.random).text();
    TRY(tx.run(
        "INSERT INTO decision (ref, kind, case_file, organisation, level, legal_stage, event, "
        "at_ms) "
        "VALUES ($1, 'exception', $2, $3, $4, $5, $6, $7)",
        {made, asked.file.id, organisation.id, static_cast<std::int64_t>(exception.level),
         exception.legal_stage ? store::Param(static_cast<std::int64_t>(*exception.legal_stage))
                               : store::Param(nullptr),
         static_cast<std::int64_t>(event.index), app.clock.now().ms}));
    TRY(
        tx.run("INSERT INTO exception_item (decision, item) SELECT d.id, i.id FROM decision d JOIN "
               "item i ON i.case_file = d.case_file WHERE d.ref = $1",
               {made}));
    return Done{{}, made};
  }));
}

Status decide_delay(App& app, const Actor& actor, const std::string& reference,
                    const std::string& ground, const std::string& until) {
  TRY(check_ground(ground));
  const auto end = parse_rfc3339(until);
  if (!end) {
    return fail(Code::invalid, "a delay has a planned end, with date, hour and zone");
  }
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::decide_delay}));
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(field("ground", ground));
    fields.push_back(field("until", until));
    const ledger::Appended event =
        TRY(record(tx, app, asked.stream, "delay_decided", std::move(fields)));
    return put_delay(tx, app, asked.file, static_cast<std::int64_t>(event.index),
                     {*end, {}, {}, 0});
  });
}

Status end_delay(App& app, const Actor& actor, const std::string& reference) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Asked asked = TRY(ask_alone(tx, app, actor, reference, {.action = Action::decide_delay}));
    TRY(tx.run(
        "UPDATE decision SET ended = 1 WHERE case_file = $1 AND kind = 'delay' AND ended = 0",
        {asked.file.id}));
    if (tx.changes() == 0) {
      return fail(Code::not_found, "no delay is in force");
    }
    TRY(record(tx, app, asked.stream, "delay_ended", actor_fields(asked.person)));
    return {};
  });
}

Result<std::vector<PreviewRow>> preview_release(App& app, const Actor& actor,
                                                const std::string& reference,
                                                const NewRelease& release) {
  const auto tx = TRY(app.db.read());
  const Deciding deciding = TRY(load_deciding(*tx, app, actor, reference, release));
  std::vector<PreviewRow> rows;
  for (const std::string& name : release.recipients) {
    const Organisation organisation = TRY(load_organisation(*tx, name));
    PreviewRow row{organisation.name, organisation.organisation_class, organisation.country,
                   TRY(judge(*tx, deciding, organisation, release.level)),
                   static_cast<std::int64_t>(deciding.items.size())};
    if (policy::existence_is_secret(row.decision)) {
      return std::unexpected(policy::refusal(row.decision));
    }
    for (const ItemRow& item : deciding.items) {
      const auto given = TRY(tx->one(
          "SELECT 1 FROM release_item i JOIN release_recipient p ON p.release = i.release WHERE "
          "i.item = $1 AND p.organisation = $2",
          {item.id, organisation.id}, [](const store::Row&) { return true; }));
      row.fresh += given ? 0 : 1;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<Done> decide_release(App& app, const Actor& actor, const std::string& reference,
                            const NewRelease& release) {
  TRY(check_ground(release.ground));
  return *TRY(app.db.submit([&](store::Tx& tx) -> Result<Done> {
    const Deciding deciding = TRY(load_deciding(tx, app, actor, reference, release));
    std::vector<Organisation> recipients;
    bool needs_second = false;
    for (const std::string& name : release.recipients) {
      const Organisation organisation = TRY(load_organisation(tx, name));
      const policy::Decision decision = TRY(judge(tx, deciding, organisation, release.level));
      if (decision.outcome == policy::Outcome::refused) {
        return refuse(organisation, decision);
      }
      needs_second |= decision.outcome == policy::Outcome::needs_second;
      recipients.push_back(organisation);
    }
    const Question question = release_question(release, deciding.items);
    const Asked asked{deciding.person, deciding.file, deciding.stream, {}, {}};
    if (needs_second) {
      return Done{TRY(wait(tx, app, asked, question)), {}};
    }
    TRY(settle(tx, asked, question));
    const std::string made = TRY(store_release(tx, app, deciding, release, recipients));
    for (const Organisation& recipient : recipients) {
      TRY(tell_organisation(tx, app, {deciding.file.id, News::release, deciding.person.id},
                            recipient.id));
    }
    return Done{{}, made};
  }));
}

Status recall_release(App& app, const Actor& actor, const std::string& release,
                      const std::string& organisation) {
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Person person = TRY(load_person(tx, app, actor, Scope::act));
    const auto place =
        TRY(tx.one("SELECT id, case_file FROM release WHERE ref = $1 AND $2 = 1",
                   {release, number(person.organisation.staff)}, [](const store::Row& row) {
                     return std::pair(row.integer(0), row.integer(1));
                   }));
    if (!place) {
      return std::unexpected(policy::absent());
    }
    CaseFile file = TRY(load_case(tx, place->second));
    while (file.merged_into) {  // its releases go on with it
      file = TRY(load_case(tx, *file.merged_into));
    }
    const Asked asked = TRY(ask_alone(tx, app, actor, file.reference, {.action = Action::release}));
    const Organisation party = TRY(load_organisation(tx, organisation));
    TRY(
        tx.run("UPDATE release_recipient SET recalled = 1 WHERE release = $1 AND organisation = $2 "
               "AND recalled = 0",
               {place->first, party.id}));
    if (tx.changes() == 0) {
      return fail(Code::not_found, "this organisation is no recipient of that release");
    }
    std::vector<custody::Field> fields = actor_fields(asked.person);
    fields.push_back(
        field("recipient_ref", TRY(recipient_reference(tx, app, asked.file, party.id))));
    fields.push_back(field("recipient_class", party.organisation_class));
    fields.push_back(field("recipient_country", party.country));
    TRY(record(tx, app, asked.stream, "release_recalled", std::move(fields)));
    return {};
  });
}

}  // namespace weir::app
