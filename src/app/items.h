// Private to app/: adding an object to a case.
#pragma once

#include "app/context.h"

namespace weir::app {

/// A text sealed under the case's key, ready to be inserted. Any thread.
Result<content::Sealed> seal_text(const App& app, const CaseFile& file, std::string_view text);

struct NewItem {
  std::string kind;
  Level level = Level::technical;
  std::int64_t vulnerability = 0;
  std::optional<std::int64_t> audience{};
  bool for_reporter = false;
  std::string language = "en";
};
/// Inserts the object and the item, in the case's own stream and key.
Status insert_item(store::Tx& tx, const App& app, const CaseFile& file, const Person& person,
                   const content::Sealed& sealed, const NewItem& item);
/// Records that `person` is shown `bytes` that stand in columns or events of the case, as an object
/// of that name whose version counts what may have changed it. Nothing is shown before the commit.
struct Showing {
  std::string_view object;
  Level level = Level::notice;
  std::string_view bytes;
};
Status record_showing(store::Tx& tx, const App& app, const CaseFile& file, const Person& person,
                      const policy::Decision& decision, const Showing& showing);

}  // namespace weir::app
