#include "app/item_facts.h"

namespace weir::app {
namespace {

using policy::Fact;

Fact yes_if(bool condition) {
  return condition ? Fact::yes : Fact::no;
}

Result<bool> is_there(const store::Tx& tx, std::string_view query,
                      std::initializer_list<store::Param> params) {
  const auto found = TRY(tx.one(query, params, [](const store::Row&) { return true; }));
  return found.has_value();
}

}  // namespace

Result<std::string> author_of(const store::Tx& tx, const ItemRow& item) {
  if (item.by_reporter) {
    return std::string("reporter");
  }
  if (!item.author) {
    return std::string();
  }
  return TRY(load_person_by_id(tx, *item.author)).organisation.name;
}

Result<policy::Facts> CaseFacts::of_vulnerability(std::int64_t number) {
  const auto known = by_vulnerability_.find(number);
  if (known != by_vulnerability_.end()) {
    return known->second;
  }
  policy::Facts facts;
  facts.standing = TRY(standing(tx_, file_, person_, number));
  facts.object = TRY(object_facts(tx_, file_, number, Level::existence));
  if (number == 0) {
    facts.object.phase = TRY(phase_of_whole(tx_, file_));
  }
  by_vulnerability_.emplace(number, facts);
  return facts;
}

Result<const CaseFile*> CaseFacts::home_of(const ItemRow& item) {
  if (item.home == file_.id) {
    return &file_;
  }
  const auto known = homes_.find(item.home);
  if (known != homes_.end()) {
    return &known->second;
  }
  return &homes_.emplace(item.home, TRY(load_case(tx_, item.home))).first->second;
}

Status CaseFacts::add_exception(const ItemRow& item, policy::Standing& standing) {
  if (!has_exceptions_) {
    has_exceptions_ = TRY(is_there(tx_,
                                   "SELECT 1 FROM decision WHERE case_file = $1 AND kind = "
                                   "'exception' AND organisation = $2 AND ended = 0",
                                   {file_.id, person_.organisation.id}));
  }
  if (*has_exceptions_) {
    standing.exception = TRY(exception_of(tx_, file_, person_, item.id));
  }
  return {};
}

Status CaseFacts::add_release(const ItemRow& item, policy::Standing& standing) {
  if (!has_releases_) {
    has_releases_ = TRY(
        is_there(tx_, "SELECT 1 FROM release_recipient WHERE organisation = $1 AND recalled = 0",
                 {person_.organisation.id}));
  }
  if (!*has_releases_) {
    standing.released = Fact::no;
    standing.released_level = Level::nothing;
    return {};
  }
  const auto released =
      TRY(tx_.one("SELECT MAX(r.level) FROM release r JOIN release_item i ON i.release = r.id "
                  "JOIN release_recipient p ON p.release = r.id "
                  "WHERE i.item = $1 AND p.organisation = $2 AND p.recalled = 0",
                  {item.id, person_.organisation.id}, [](const store::Row& row) {
                    return row.is_null(0) ? Level::nothing : static_cast<Level>(row.integer(0));
                  }));
  standing.released = yes_if(released && *released != Level::nothing);
  standing.released_level = released.value_or(Level::nothing);
  return {};
}

Result<policy::Facts> CaseFacts::of(const ItemRow& item) {
  policy::Facts facts = TRY(of_vulnerability(item.vulnerability));
  facts.object.level = item.level;
  policy::Standing& standing = facts.standing;
  TRY(add_exception(item, standing));
  // Of a merged case only the reporter of that very report is its author.
  const bool is_reporters = is_reporter(*TRY(home_of(item)), person_);
  standing.author =
      yes_if((person_.id != 0 && item.author == person_.id) || (item.by_reporter && is_reporters));
  if (item.audience && *item.audience != person_.organisation.id) {
    standing.affected_vendor = Fact::no;
    standing.participant = Fact::no;
  }
  if (item.for_reporter) {
    // The ceilings say how much of it the reporter may see: like anybody who takes part.
    standing.affected_vendor = Fact::no;
    standing.participant = yes_if(is_reporters);
    standing.invited = Level::exploit;
    standing.through_agreement = Fact::no;
  }
  TRY(add_release(item, standing));
  return facts;
}

Result<std::vector<MovedItem>> moved_items(const store::Tx& tx, const Person& person,
                                           const CaseFile& file) {
  std::vector<MovedItem> moved;
  for (const std::int64_t id :
       TRY(tx.all("SELECT DISTINCT case_file FROM item WHERE home = $1 AND case_file <> $1",
                  {file.id}, [](const store::Row& row) { return row.integer(0); }))) {
    const CaseFile elsewhere = TRY(load_case(tx, id));
    CaseFacts known(tx, elsewhere, person);
    for (ItemRow& row : TRY(load_items(tx, elsewhere))) {
      const policy::Facts facts = TRY(known.of(row));
      const bool concerns_author =
          facts.standing.author == policy::Fact::yes ||
          (row.for_reporter && facts.standing.participant == policy::Fact::yes);
      if (row.home == file.id && concerns_author) {
        moved.push_back({elsewhere, std::move(row)});
      }
    }
  }
  return moved;
}

Result<bool> may_read(const store::Tx& tx, const Person& person, const CaseFile& file,
                      std::string_view object) {
  std::vector<MovedItem> all = TRY(moved_items(tx, person, file));
  for (ItemRow& row : TRY(load_items(tx, file))) {
    all.push_back({file, std::move(row)});
  }
  for (const MovedItem& one : all) {
    if (one.row.reference == object) {
      const policy::Facts facts = TRY(CaseFacts(tx, one.now_of, person).of(one.row));
      return policy::decide(subject_of(person), policy::Action::read, facts).is_allowed();
    }
  }
  return false;
}

}  // namespace weir::app
