// Private to app/: what the gate is told of items, for who looks at many of one case.
//
// Most of it is alike for all items that concern one vulnerability, and is read once. A CaseFacts
// is worth nothing after its transaction.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <optional>

#include "app/context.h"

namespace weir::app {

class CaseFacts {
 public:
  /// All three are borrowed.
  CaseFacts(const store::Tx& tx, const CaseFile& file, const Person& person)
      : tx_(tx), file_(file), person_(person) {}

  /// Of one item of the case: author, own product, released, audience, exception.
  Result<policy::Facts> of(const ItemRow& item);
  /// The case under whose stream and key it lies.
  Result<const CaseFile*> home_of(const ItemRow& item);

 private:
  Result<policy::Facts> of_vulnerability(std::int64_t number);
  Status add_exception(const ItemRow& item, policy::Standing& standing);
  Status add_release(const ItemRow& item, policy::Standing& standing);

  const store::Tx& tx_;
  const CaseFile& file_;
  const Person& person_;
  std::map<std::int64_t, policy::Facts> by_vulnerability_;
  std::map<std::int64_t, CaseFile> homes_;  // but `file_`
  std::optional<bool> has_exceptions_;      // that the organisation holds in the case
  std::optional<bool> has_releases_;        // that were made to it
};

/// Whose it is, as it is shown: an organisation, "reporter", or nothing.
Result<std::string> author_of(const store::Tx& tx, const ItemRow& item);

/// What was filed in `file` and is worked on elsewhere since a merge or split, as far as it
/// concerns its author, who may know this reference only, and reads it here as before. It learns
/// nothing of the other case.
struct MovedItem {
  CaseFile now_of;
  ItemRow row;
};
Result<std::vector<MovedItem>> moved_items(const store::Tx& tx, const Person& person,
                                           const CaseFile& file);
/// Whether the gate lets this person read one object of the case; records nothing.
Result<bool> may_read(const store::Tx& tx, const Person& person, const CaseFile& file,
                      std::string_view object);

// Of facts.cc.
bool is_reporter(const CaseFile& file, const Person& person);
/// How far the fix is of what concerns the whole case, with what was split off from it.
Result<policy::Phase> phase_of_whole(const store::Tx& tx, const CaseFile& file);
Result<policy::Exception> exception_of(const store::Tx& tx, const CaseFile& file,
                                       const Person& person, std::optional<std::int64_t> item);

}  // namespace weir::app
