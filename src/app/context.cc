#include "app/context.h"

#include <algorithm>

#include "app/credentials.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::string_view kOrganisationColumns =
    "o.id, o.name, o.class, o.country, o.staff, o.bound, o.public_body, o.may_name, o.suspended";

constexpr std::string_view kPersonColumns =
    "SELECT a.id, a.handle, a.roles, a.barred, o.id, o.name, o.class, o.country, o.staff, o.bound, "
    "o.public_body, o.may_name, o.suspended FROM account a JOIN organisation o ON o.id = "
    "a.organisation ";

Organisation read_organisation(const store::Row& row, int at = 0) {
  return {row.integer(at),           row.text(at + 1),          row.text(at + 2),
          row.text(at + 3),          fact(row.integer(at + 4)), fact(row.integer(at + 5)),
          fact(row.integer(at + 6)), fact(row.integer(at + 7)), fact(row.integer(at + 8))};
}

Person read_person(const store::Row& row) {
  Person person;
  person.id = row.integer(0);
  person.handle = row.text(1);
  person.roles = read_roles(row.integer(2));
  person.barred = fact(row.integer(3));
  person.organisation = read_organisation(row, 4);
  return person;
}

std::optional<std::int64_t> optional_integer(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

constexpr std::string_view kCaseColumns =
    "SELECT id, ref, stream, content_key, state, label, received_ms, size, vulnerabilities, "
    "vulnerabilities - (SELECT COUNT(*) FROM split_off s WHERE s.case_file = case_file.id), "
    "reporter, code_hash, handler, merged_into, embargo_ended, published_level, published_ms, "
    "COALESCE(public_id, ''), opened, key_state FROM case_file ";

CaseFile read_case(const store::Row& row) {
  CaseFile file;
  file.id = row.integer(0);
  file.reference = row.text(1);
  file.stream = row.integer(2);
  file.content_key = row.integer(3);
  file.state = static_cast<policy::CaseState>(row.integer(4));
  file.label = static_cast<policy::Label>(row.integer(5));
  file.received = {row.integer(6)};
  file.size = row.integer(7);
  file.vulnerabilities = row.integer(8);
  file.remaining = row.integer(9);
  file.reporter = optional_integer(row, 10);
  if (!row.is_null(11)) {
    file.code_hash = Digest::from(row.blob(11));
  }
  file.handler = optional_integer(row, 12);
  file.merged_into = optional_integer(row, 13);
  file.embargo_ended = fact(row.integer(14));
  file.published_level = static_cast<Level>(row.integer(15));
  if (const auto at = optional_integer(row, 16)) {
    file.published = Instant{*at};
  }
  file.public_id = row.text(17);
  file.opened = fact(row.integer(18));
  file.key_erased = row.integer(19) == 0 ? Fact::no : Fact::yes;
  return file;
}

/// Whoever the gate could tell that this case exists. Wider is no harm, for it is asked anyway;
/// narrower would shut somebody out.
constexpr std::string_view kMayMatterTo =
    "WHERE ref = $1 AND (opened <> 0 OR published_ms IS NOT NULL OR $2 = 1 OR reporter = $3 OR "
    "handler = $3 OR code_hash = $4 OR EXISTS (SELECT 1 FROM participant p WHERE p.case_file = "
    "case_file.id AND p.organisation = $5) OR EXISTS (SELECT 1 FROM clock_party k WHERE "
    "k.case_file = case_file.id AND k.keeper = $5) OR EXISTS (SELECT 1 FROM decision d WHERE "
    "d.case_file = case_file.id AND d.organisation = $5) OR EXISTS (SELECT 1 FROM "
    "release_recipient p JOIN release_item r ON r.release = p.release JOIN item i ON i.id = r.item "
    "WHERE p.organisation = $5 AND i.case_file = case_file.id))";

ItemRow read_item(const store::Row& row) {
  ItemRow item;
  item.id = row.integer(0);
  item.home = row.integer(1);
  item.case_file = row.integer(2);
  item.reference = row.text(3);
  item.version = row.integer(4);
  item.kind = row.text(5);
  item.level = static_cast<Level>(row.integer(6));
  item.vulnerability = row.integer(7);
  item.language = row.text(8);
  item.encryption = static_cast<Encryption>(row.integer(9));
  item.author = optional_integer(row, 10);
  item.by_reporter = row.integer(11) != 0;
  item.audience = optional_integer(row, 12);
  item.at = {row.integer(13)};
  item.for_reporter = row.integer(14) != 0;
  return item;
}

}  // namespace

policy::Roles read_roles(std::int64_t bits) {
  policy::Roles roles;
  for (const policy::Role role : policy::kRoles) {
    if ((bits >> static_cast<int>(role)) & 1) {
      roles.add(role);
    }
  }
  return roles;
}

std::int64_t roles_bits(const policy::Roles& roles) {
  std::int64_t bits = 0;
  for (const policy::Role role : policy::kRoles) {
    if (roles.has(role)) {
      bits |= std::int64_t{1} << static_cast<int>(role);
    }
  }
  return bits;
}

std::int64_t number(Fact fact) {
  return static_cast<std::int64_t>(fact);
}

Fact fact(std::int64_t number) {
  return number == 0 ? Fact::no : number == 1 ? Fact::yes : Fact::unknown;
}

custody::Field field(std::string name, std::string_view value) {
  return {std::move(name), json::Value(value)};
}
custody::Field field(std::string name, std::int64_t value) {
  return {std::move(name), json::Value(value)};
}
custody::Field field(std::string name, const Digest& digest) {
  return {std::move(name), json::Value(to_base64(digest))};
}

Result<Organisation> load_organisation(const store::Tx& tx, std::string_view name) {
  auto found = TRY(tx.one(std::string("SELECT ").append(kOrganisationColumns) +
                              " FROM organisation o WHERE o.name = $1",
                          {name}, [](const store::Row& row) { return read_organisation(row); }));
  if (!found) {
    return fail(Code::not_found, "no such organisation");
  }
  return *found;
}

Result<Organisation> load_organisation(const store::Tx& tx, std::int64_t id) {
  auto found = TRY(tx.one(
      std::string("SELECT ").append(kOrganisationColumns) + " FROM organisation o WHERE o.id = $1",
      {id}, [](const store::Row& row) { return read_organisation(row); }));
  if (!found) {
    return fail(Code::corrupt, "an organisation is missing");
  }
  return *found;
}

Result<Person> load_user(const store::Tx& tx, std::string_view handle) {
  auto found =
      TRY(tx.one(std::string(kPersonColumns) + "WHERE a.handle = $1", {handle}, read_person));
  if (!found) {
    return fail(Code::denied, "no such user");
  }
  return *found;
}

Person stranger(const Actor& actor) {
  Person person;
  person.barred = Fact::no;
  person.organisation.suspended = Fact::no;
  person.organisation.staff = Fact::no;
  person.organisation.organisation_class = "unknown";
  person.organisation.country = "ZZ";
  if (!actor.return_code().empty()) {
    person.code_hash = sha256("weir/return-code/v1" + actor.return_code());
  }
  return person;
}

Result<Person> load_person(const store::Tx& tx, const App& app, const Actor& actor, Scope needed) {
  if (!actor.scopes().has(needed)) {
    return fail(Code::denied, "this token has not the scope " + std::string(name(needed)));
  }
  switch (actor.kind()) {
    case Actor::Kind::nobody:
    case Actor::Kind::bearer:
      return stranger(actor);
    case Actor::Kind::local:
      return load_user(tx, actor.handle());
    case Actor::Kind::session:
    case Actor::Kind::token:
      break;
  }
  const std::string handle = TRY(still_signed_in(tx, app, actor));
  Person person = TRY(load_user(tx, handle));
  person.token = actor.kind() == Actor::Kind::token ? actor.credential() : 0;
  return person;
}

Result<Person> load_person_by_id(const store::Tx& tx, std::int64_t id) {
  auto found = TRY(tx.one(std::string(kPersonColumns) + "WHERE a.id = $1", {id}, read_person));
  if (!found) {
    return fail(Code::corrupt, "a user is missing");
  }
  return *found;
}

Result<CaseFile> load_case(const store::Tx& tx, std::string_view reference, const Person& person) {
  const bool oversees =
      person.organisation.staff == Fact::yes || person.roles.has(policy::Role::auditor);
  const store::Param code = person.code_hash ? store::Param(store::Blob{person.code_hash->view()})
                                             : store::Param(nullptr);
  auto found = TRY(
      tx.one(std::string(kCaseColumns) + std::string(kMayMatterTo),
             {reference, std::int64_t{oversees ? 1 : 0}, person.id, code, person.organisation.id},
             read_case));
  if (!found) {
    return std::unexpected(policy::absent());
  }
  return *found;
}

Result<CaseFile> load_named_case(const store::Tx& tx, std::string_view own_reference) {
  auto found =
      TRY(tx.one(std::string(kCaseColumns) + "WHERE ref = $1", {own_reference}, read_case));
  if (!found) {
    return std::unexpected(policy::absent());
  }
  return *found;
}

Result<CaseFile> load_case(const store::Tx& tx, std::int64_t id) {
  auto found = TRY(tx.one(std::string(kCaseColumns) + "WHERE id = $1", {id}, read_case));
  if (!found) {
    return fail(Code::corrupt, "a case is missing");
  }
  return *found;
}

Result<ledger::Stream> stream_of(const store::Tx& tx, const App& app, const CaseFile& file) {
  return app.ledger.find(tx, file.reference);
}

Result<std::vector<ItemRow>> load_items(const store::Tx& tx, const CaseFile& file) {
  return tx.all(
      "SELECT id, home, case_file, ref, version, kind, level, vulnerability, language, encryption, "
      "author, by_reporter, audience, at_ms, for_reporter FROM item WHERE case_file = $1 ORDER BY "
      "id",
      {file.id}, read_item);
}

Result<content::Object> object_of(const store::Tx& tx, const ItemRow& item) {
  return content::find(tx, item.reference, item.version);
}

policy::Subject subject_of(const Person& person) {
  return {.roles = person.roles,
          .suspended = person.organisation.suspended,
          .barred = person.barred,
          .bound = person.organisation.bound,
          .staff = person.organisation.staff};
}

Result<std::string> recipient_reference(store::Tx& tx, const App& app, const CaseFile& file,
                                        std::int64_t organisation) {
  const auto found =
      TRY(tx.one("SELECT ref FROM recipient WHERE case_file = $1 AND organisation = $2",
                 {file.id, organisation}, [](const store::Row& row) { return row.text(0); }));
  if (found) {
    return *found;
  }
  std::string made = to_base32(app.random.bytes(kIdBytes));
  TRY(tx.run("INSERT INTO recipient (case_file, organisation, ref) VALUES ($1, $2, $3)",
             {file.id, organisation, made}));
  return made;
}

std::vector<custody::Field> actor_fields(const Person& person) {
  std::vector<custody::Field> fields = {
      field("actor_class", person.organisation.organisation_class),
      field("actor_country", person.organisation.country),
  };
  if (person.id != 0) {
    fields.push_back(field("organisation", person.organisation.name));
    fields.push_back(field("user", person.handle));
  }
  return fields;
}

Result<ledger::Appended> record(store::Tx& tx, const App& app, const ledger::Stream& stream,
                                std::string type, std::vector<custody::Field> fields) {
  return app.ledger.append(tx, stream, ledger::Draft{std::move(type), std::move(fields)});
}

}  // namespace weir::app
