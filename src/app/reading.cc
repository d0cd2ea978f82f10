#include "app/reading.h"

#include <algorithm>
#include <map>

#include "app/context.h"
#include "app/identity.h"
#include "app/item_facts.h"
#include "app/items.h"
#include "base/bytes.h"
#include "ledger/opening.h"

namespace weir::app {
namespace {

using policy::Fact;

constexpr std::size_t kVersionChars = 24;  // 96 bits

/// What a transaction has granted: the view without texts, and an access per home stream.
struct Granted {
  CaseView view;
  std::vector<ItemRow> rows;             // as view.items
  std::vector<content::Object> objects;  // as view.items
  std::vector<std::size_t> access_of;    // as view.items: which of `accesses` covers it
  std::vector<ledger::Access> accesses;
};

/// Of one home stream: what is new to the reader, and what is its own.
struct Share {
  CaseFile home;
  std::vector<ledger::Item> others;
  std::vector<ledger::Item> own;
  std::vector<std::size_t> other_places;  // in Granted
  std::vector<std::size_t> own_places;
  std::string decision;  // the gate's, of the highest level shown
  Level level = Level::nothing;
};

/// Tells repeats apart: a new agreement or another duty is never a repeat of the same reading.
Result<std::string> subject_key(const store::Tx& tx, const Person& person) {
  const auto agreement =
      TRY(tx.one("SELECT COALESCE(MAX(id), 0) FROM agreement WHERE organisation = $1 AND ended = 0",
                 {person.organisation.id}, [](const store::Row& row) { return row.integer(0); }));
  return "user " + std::to_string(person.id) + " agreement " + std::to_string(*agreement) +
         " bound " + std::string(policy::name(person.organisation.bound)) +
         (person.token == 0 ? std::string() : " token " + std::to_string(person.token));
}

ledger::Recipient recipient_of(const Person& person, std::string subject, std::string reference,
                               const std::string& decision) {
  ledger::Recipient recipient;
  recipient.subject = std::move(subject);
  recipient.reference = std::move(reference);
  recipient.organisation_class = person.organisation.organisation_class;
  recipient.country = person.organisation.country;
  recipient.more = {field("organisation", person.organisation.name), field("user", person.handle),
                    field("decision", decision)};
  return recipient;
}

/// Numbers what may change an overview: who reads or writes does not.
constexpr std::string_view kOverviewVersion =
    "SELECT COUNT(*) FROM event WHERE stream = $1 AND type NOT IN ('access', 'repeat_reads', "
    "'message_posted', 'attachment_added', 'act_approved')";

/// The handler sees all; others themselves and whom the public record may name.
Status add_participants(const store::Tx& tx, const CaseFile& file, const Person& person,
                        const policy::Decision& decision, CaseView& view) {
  const std::int64_t all = decision.relation == policy::Relation::handler ? 1 : 0;
  view.participants = TRY(tx.all(
      "SELECT o.name FROM participant p JOIN organisation o ON o.id = p.organisation "
      "WHERE p.case_file = $1 AND ($2 = 1 OR o.id = $3 OR o.public_body = 1 OR "
      "o.may_name = 1 OR o.staff = 1) ORDER BY o.name",
      {file.id, all, person.organisation.id}, [](const store::Row& row) { return row.text(0); }));
  // What a vendor answers is a statement: advisory. Its own it knows.
  const std::int64_t may_see_answers = decision.level >= Level::advisory ? 1 : 0;
  view.vendors = TRY(tx.all(
      "SELECT o.name, v.vulnerability, v.answer, v.phase, v.left_out FROM vendor_status v JOIN "
      "organisation o ON o.id = v.organisation WHERE v.case_file = $1 AND ($2 = 1 OR o.id = $3) "
      "ORDER BY o.name, v.vulnerability",
      {file.id, may_see_answers, person.organisation.id}, [](const store::Row& row) {
        return VendorView{row.text(0), row.integer(1), static_cast<Answer>(row.integer(2)),
                          static_cast<policy::Phase>(row.integer(3)), fact(row.integer(4))};
      }));
  const auto until = TRY(
      tx.one("SELECT MIN(until_ms) FROM embargo_proposal WHERE case_file = $1 AND confirmed = 1",
             {file.id}, [](const store::Row& row) { return row.is_null(0) ? 0 : row.integer(0); }));
  if (until && *until != 0 && file.embargo_ended != Fact::yes) {
    view.embargo_until = Instant{*until};
  }
  return {};
}

/// The exact bytes that an overview commits to.
std::string overview_bytes(const CaseView& view) {
  json::Array vendors;
  for (const VendorView& one : view.vendors) {
    vendors.push_back(json::Array{one.organisation, one.vulnerability, name(one.answer),
                                  policy::name(one.phase), policy::name(one.left_out)});
  }
  return json::canonical(json::Object{
      {"format", "weir-overview/v1"},
      {"case", view.reference},
      {"state", policy::name(view.state)},
      {"received", to_rfc3339(view.received)},
      {"participants", json::Array(view.participants.begin(), view.participants.end())},
      {"vendors", std::move(vendors)},
      {"embargo_until", view.embargo_until ? to_rfc3339(*view.embargo_until) : ""},
      {"public_id", view.public_id}});
}

/// Of what is seen and of nothing else: who may not see that a message was added must not see that
/// a number has grown.
std::string version_of(const CaseView& view, const std::vector<const ItemRow*>& rows) {
  Sha256 hash;
  hash.add("weir/visible/v1").add(overview_bytes(view));
  for (const ItemRow* row : rows) {
    hash.add(row->reference).add(big_endian_64(static_cast<std::uint64_t>(row->version)));
  }
  return to_hex(hash.finish().view()).substr(0, kVersionChars);
}

Result<ledger::Item> item_of(const store::Tx& tx, const App& app, const CaseFile& file,
                             const Showing& showing) {
  const auto version = TRY(tx.one(kOverviewVersion, {file.stream},
                                  [](const store::Row& row) { return row.integer(0); }));
  ledger::Item item{std::string(showing.object), *version, showing.level, app.random.digest(), {}};
  item.digest = custody::content_digest(item.salt, showing.bytes);
  return item;
}

/// What stands in columns, an object of its own: at `existence` that there is a case and how it
/// stands; from `notice` on, for who takes part, its vendors, participants and embargo.
Result<std::optional<ledger::Item>> add_overview(const store::Tx& tx, const App& app,
                                                 const CaseFile& file, const Person& person,
                                                 const policy::Decision& decision, CaseView& view) {
  view.reference = file.reference;
  view.state = file.state;
  view.received = file.received;
  view.public_id = file.public_id;
  // A coordinator sees no more than the queue; a recipient sees this beside what was released.
  if (!decision.is_allowed() || decision.relation == policy::Relation::coordinator) {
    return std::nullopt;
  }
  const bool is_full = decision.level >= Level::notice;
  if (is_full) {
    TRY(add_participants(tx, file, person, decision, view));
  }
  const bool tells_of_others =
      !view.participants.empty() || !view.vendors.empty() || view.embargo_until;
  if (decision.relation == policy::Relation::author && !tells_of_others) {
    return std::nullopt;  // its own report, and that it is here
  }
  return TRY(
      item_of(tx, app, file,
              {kOverviewObject, is_full ? Level::notice : Level::existence, overview_bytes(view)}));
}

class Granting {
 public:
  Granting(App& app, store::Tx& tx, const Person& person) : app_(app), tx_(tx), person_(person) {}

  /// Adds the item if the gate lets this person read it.
  Status consider(const CaseFile& file, const ItemRow& row) {
    CaseFacts& known = facts_of(file);
    const policy::Facts facts = TRY(known.of(row));
    const policy::Decision decision =
        policy::decide(subject_of(person_), policy::Action::read, facts);
    if (!decision.is_allowed()) {
      return {};
    }
    const CaseFile& home = *TRY(known.home_of(row));
    if (home.key_erased != Fact::no) {
      return {};  // nothing is left to show, so nothing is recorded
    }
    const content::Object object = TRY(object_of(tx_, row));
    Share& share = shares_[row.home];
    share.home = home;
    const bool is_own = decision.relation == policy::Relation::author;
    (is_own ? share.own : share.others)
        .push_back({row.reference, row.version, row.level, object.salt, object.digest});
    (is_own ? share.own_places : share.other_places).push_back(granted_.rows.size());
    if (!is_own && row.level > share.level) {
      share.level = row.level;
      share.decision = policy::text(decision);
    }
    granted_.rows.push_back(row);
    granted_.objects.push_back(object);
    granted_.access_of.push_back(0);
    granted_.view.items.push_back({row.reference,
                                   row.kind,
                                   row.level,
                                   row.vulnerability,
                                   row.language,
                                   TRY(author_name(row)),
                                   row.at,
                                   object.size,
                                   {}});
    return {};
  }

  /// Adds what stands in columns, if the gate lets this person know of the case.
  Status consider_overview(const CaseFile& file) {
    const policy::Facts facts = TRY(case_facts(tx_, file, person_));
    const policy::Decision decision =
        policy::decide(subject_of(person_), policy::Action::see_existence, facts);
    const auto item = TRY(add_overview(tx_, app_, file, person_, decision, granted_.view));
    if (!item) {
      return {};
    }
    Share& share = shares_[file.id];
    share.home = file;
    share.others.push_back(*item);
    if (item->level > share.level) {
      share.level = item->level;
      share.decision = policy::text(decision);
    }
    return {};
  }

  /// Records the accesses. Only now is anything of this granted.
  Result<Granted> finish() {
    for (const auto& [home, share] : shares_) {
      const ledger::Stream stream = TRY(stream_of(tx_, app_, share.home));
      if (!share.own.empty()) {
        cover(share.own_places, TRY(ledger::own_bytes(tx_, stream, share.own)));
      }
      if (!share.others.empty()) {
        std::string reference =
            TRY(recipient_reference(tx_, app_, share.home, person_.organisation.id));
        std::string subject = TRY(subject_key(tx_, person_));
        ledger::Access access = TRY(ledger::record_access(
            app_.ledger, tx_, stream,
            recipient_of(person_, std::move(subject), std::move(reference), share.decision),
            share.others));
        if (access.event()) {
          granted_.view.receipts.push_back(
              TRY(ledger::issue_receipt_id(tx_, stream, access.event()->index, app_.random)));
        }
        cover(share.other_places, std::move(access));
      }
    }
    return std::move(granted_);
  }

  Granted& granted() { return granted_; }

 private:
  CaseFacts& facts_of(const CaseFile& file) {
    return facts_.try_emplace(file.id, tx_, file, person_).first->second;
  }
  Result<std::string> author_name(const ItemRow& row) {
    const auto known = authors_.find(row.author);
    if (row.by_reporter || known == authors_.end()) {
      std::string name = TRY(author_of(tx_, row));
      return row.by_reporter ? name : authors_.emplace(row.author, std::move(name)).first->second;
    }
    return known->second;
  }
  void cover(const std::vector<std::size_t>& places, ledger::Access access) {
    for (const std::size_t place : places) {
      granted_.access_of[place] = granted_.accesses.size();
    }
    granted_.accesses.push_back(std::move(access));
  }

  App& app_;
  store::Tx& tx_;
  const Person& person_;
  std::map<std::int64_t, Share> shares_;     // by home case
  std::map<std::int64_t, CaseFacts> facts_;  // by case
  std::map<std::optional<std::int64_t>, std::string> authors_;
  Granted granted_;
};

/// The version of what was granted of the case itself.
std::string version_of(const Granted& granted, const CaseFile& file) {
  std::vector<const ItemRow*> rows;
  for (const ItemRow& row : granted.rows) {
    if (row.case_file == file.id) {
      rows.push_back(&row);
    }
  }
  return version_of(granted.view, rows);
}

/// The texts, now that the accesses are durable.
Result<CaseView> reveal(App& app, const store::Committed<Granted>& granted) {
  const auto accesses = granted.part(&Granted::accesses).elements();
  const auto tx = TRY(app.db.read());
  CaseView view = granted->view;
  content::FoundKeys keys(app.keys);
  for (std::size_t i = 0; i < view.items.size(); ++i) {
    if (view.items[i].kind != "attachment") {
      view.items[i].text =
          TRY(content::open_text(accesses[granted->access_of[i]], *tx, keys, granted->objects[i]));
    }
  }
  return view;
}

Result<Granted> grant_case(App& app, store::Tx& tx, const Person& person, const CaseFile& file,
                           std::string_view only_object) {
  Granting granting(app, tx, person);
  const std::vector<ItemRow> rows = TRY(load_items(tx, file));
  for (const ItemRow& row : rows) {
    const bool is_wanted =
        only_object.empty() ? row.kind != "attachment" : row.reference == only_object;
    if (is_wanted) {
      TRY(granting.consider(file, row));
    }
  }
  if (granting.granted().rows.size() > kMaxShownItems) {  // only now: who sees none learns nothing
    return fail(Code::invalid, "the case has more than 10000 items: read them one by one");
  }
  for (MovedItem& moved : TRY(moved_items(tx, person, file))) {
    if (only_object.empty() ? moved.row.kind != "attachment" : moved.row.reference == only_object) {
      TRY(granting.consider(moved.now_of, moved.row));
    }
  }
  if (only_object.empty()) {
    TRY(granting.consider_overview(file));
  }
  return granting.finish();
}

/// A hidden case answers like an absent one.
Status must_see(const store::Tx& tx, const CaseFile& file, const Person& person,
                const Granted& granted) {
  if (!granted.rows.empty()) {
    return {};
  }
  const policy::Facts facts = TRY(case_facts(tx, file, person));
  const policy::Decision decision =
      policy::decide(subject_of(person), policy::Action::see_existence, facts);
  return decision.is_allowed() ? Status() : std::unexpected(policy::refusal(decision));
}

/// The cases of which something was released to the organisation, after the one that is named.
Result<std::vector<std::int64_t>> released_cases(const store::Tx& tx, const Person& person,
                                                 const std::string& after) {
  const auto all = TRY(tx.all(
      "SELECT DISTINCT i.case_file FROM release_recipient p JOIN release_item r ON r.release = "
      "p.release JOIN item i ON i.id = r.item WHERE p.organisation = $1 AND p.recalled = 0 ORDER "
      "BY i.case_file",
      {person.organisation.id}, [](const store::Row& row) { return row.integer(0); }));
  if (after.empty()) {
    return all;
  }
  const auto named = TRY(tx.one("SELECT id FROM case_file WHERE ref = $1", {after},
                                [](const store::Row& row) { return row.integer(0); }));
  const auto found = std::ranges::find(all, named.value_or(0));
  if (found == all.end()) {
    return fail(Code::invalid, "not a cursor of this list", "after");
  }
  return std::vector<std::int64_t>(found + 1, all.end());
}

/// What of one case was released.
Result<Granted> grant_released(App& app, store::Tx& tx, const Person& person,
                               const CaseFile& file) {
  Granting granting(app, tx, person);
  for (const ItemRow& row : TRY(load_items(tx, file))) {
    const auto is_released = TRY(tx.one(
        "SELECT 1 FROM release_item r JOIN release_recipient p ON p.release = r.release WHERE "
        "r.item = $1 AND p.organisation = $2 AND p.recalled = 0",
        {row.id, person.organisation.id}, [](const store::Row&) { return true; }));
    if (is_released && row.kind != "attachment") {
      TRY(granting.consider(file, row));
    }
  }
  granting.granted().view.reference = file.reference;
  granting.granted().view.state = file.state;
  granting.granted().view.received = file.received;
  return granting.finish();
}

}  // namespace

Status record_showing(store::Tx& tx, const App& app, const CaseFile& file, const Person& person,
                      const policy::Decision& decision, const Showing& showing) {
  const ledger::Stream stream = TRY(stream_of(tx, app, file));
  const ledger::Item item = TRY(item_of(tx, app, file, showing));
  std::string reference = TRY(recipient_reference(tx, app, file, person.organisation.id));
  std::string subject = TRY(subject_key(tx, person));
  TRY(ledger::record_access(
      app.ledger, tx, stream,
      recipient_of(person, std::move(subject), std::move(reference), policy::text(decision)),
      {item}));
  return {};
}

Result<CaseView> read_case(App& app, const Actor& actor, const std::string& reference) {
  const auto granted = TRY(app.db.submit([&](store::Tx& tx) -> Result<Granted> {
    const Person person = TRY(load_person(tx, app, actor, Scope::read));
    const CaseFile file = TRY(load_case(tx, reference, person));
    Granted made = TRY(grant_case(app, tx, person, file, {}));
    TRY(must_see(tx, file, person, made));
    made.view.version = version_of(made, file);
    return made;
  }));
  return reveal(app, granted);
}

Status must_be_expected(const store::Tx& tx, const App& app, const Actor& actor,
                        const CaseFile& file, const Person& person) {
  const Terms& terms = actor.terms();
  if (terms.expected.empty() || terms.case_file != file.reference) {
    return {};
  }
  CaseView view;
  const policy::Facts facts = TRY(case_facts(tx, file, person));
  TRY(add_overview(tx, app, file, person,
                   policy::decide(subject_of(person), policy::Action::see_existence, facts), view));
  const std::vector<ItemRow> items = TRY(load_items(tx, file));
  std::vector<const ItemRow*> seen;
  CaseFacts known(tx, file, person);
  for (const ItemRow& row : items) {
    const policy::Facts about = TRY(known.of(row));
    const bool is_shown =
        row.kind != "attachment" &&
        policy::decide(subject_of(person), policy::Action::read, about).is_allowed();
    if (is_shown && TRY(known.home_of(row))->key_erased == Fact::no) {
      seen.push_back(&row);
    }
  }
  return version_of(view, seen) == terms.expected ? Status()
                                                  : fail(Code::conflict, std::string(kMovedOn));
}

Result<AttachmentReader> open_attachment(App& app, const Actor& actor, const std::string& reference,
                                         const std::string& object) {
  const auto granted = TRY(app.db.submit([&](store::Tx& tx) -> Result<Granted> {
    const Person person = TRY(load_person(tx, app, actor, Scope::read));
    const CaseFile file = TRY(load_case(tx, reference, person));
    Granted made = TRY(grant_case(app, tx, person, file, object));
    if (made.rows.empty()) {
      return std::unexpected(policy::absent());
    }
    return made;
  }));
  const auto accesses = granted.part(&Granted::accesses).elements();
  const content::Object& one = granted->objects[0];
  content::Reader reader = TRY(content::Reader::make(accesses[granted->access_of[0]], one));
  return AttachmentReader(app, actor, {reference, object}, std::move(reader), one.size);
}

Result<Pulled> pull(App& app, const Actor& actor, const Slice& wanted) {
  Pulled pulled;
  const auto granted = TRY(app.db.submit([&](store::Tx& tx) -> Result<std::vector<Granted>> {
    const Person person = TRY(load_person(tx, app, actor, Scope::read));
    std::vector<Granted> all;
    pulled = {{}, wanted.after, Fact::no};
    for (const std::int64_t id : TRY(released_cases(tx, person, wanted.after))) {
      if (std::ssize(all) >= wanted.most) {
        pulled.has_more = Fact::yes;
        break;
      }
      const CaseFile file = TRY(load_case(tx, id));
      Granted made = TRY(grant_released(app, tx, person, file));
      pulled.last = file.reference;
      if (!made.rows.empty()) {
        all.push_back(std::move(made));
      }
    }
    return all;
  }));
  for (const auto& one : granted.elements()) {
    pulled.cases.push_back(TRY(reveal(app, one)));
  }
  return pulled;
}

}  // namespace weir::app
