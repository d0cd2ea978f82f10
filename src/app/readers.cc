// Who has read a case, the proof of one reading, and files piece by piece.
#include <algorithm>

#include "app/context.h"
#include "app/identity.h"
#include "app/item_facts.h"
#include "app/items.h"
#include "app/reading.h"
#include "app/slices.h"
#include "ledger/opening.h"

namespace weir::app {

Result<std::vector<ReaderView>> readers(App& app, const Actor& actor, const std::string& reference,
                                        const Slice& wanted) {
  const std::uint64_t start = TRY(rows_before(wanted));
  // Nothing of the case's content is shown, so nothing is recorded.
  const auto tx = TRY(app.db.read());
  const Asked asked =
      TRY(ask_alone(*tx, app, actor, reference, {.action = policy::Action::see_readers}));
  const bool by_class_only =
      std::ranges::find(asked.decision.conditions, policy::Condition::class_and_country) !=
      asked.decision.conditions.end();
  std::vector<ReaderView> views;
  std::uint64_t number = 0;
  for (const ledger::StoredEvent& event : TRY(app.ledger.events(*tx, asked.stream))) {
    if (event.type != "access" || ++number <= start || std::ssize(views) >= wanted.most) {
      continue;
    }
    ReaderView view;
    view.cursor = cursor_after(number);
    view.at = event.at;
    for (const custody::Field& one : event.fields) {
      const std::string value =
          one.value.is_string() ? std::string(one.value.get_string()) : std::string();
      if (one.name == "organisation" && !by_class_only) {
        view.organisation = value;
      } else if (one.name == "recipient_class") {
        view.organisation_class = value;
      } else if (one.name == "recipient_country") {
        view.country = value;
      } else if (one.name == "level") {
        view.level = parse_level(value).value_or(Level::nothing);
      }
    }
    views.push_back(std::move(view));
  }
  return start <= number ? Result<std::vector<ReaderView>>(std::move(views)) : no_cursor();
}

Result<bool> AttachmentReader::next(std::string& piece) {
  TRY(recheck(*app_, actor_));
  const auto tx = TRY(app_->db.read());
  const Person person = TRY(load_person(*tx, *app_, actor_, Scope::read));
  const CaseFile file = TRY(load_case(*tx, reference_, person));
  if (!TRY(may_read(*tx, person, file, object_))) {
    return std::unexpected(policy::absent());
  }
  return reader_.next(*tx, app_->keys, piece);
}

Status read_attachment(App& app, const Actor& actor, const std::string& reference,
                       const std::string& object,
                       const std::function<Status(std::string_view)>& sink) {
  AttachmentReader reader = TRY(open_attachment(app, actor, reference, object));
  for (std::string piece; TRY(reader.next(piece));) {
    TRY(sink(piece));
  }
  return {};
}

Result<std::string> fetch_receipt(App& app, const std::string& receipt_id) {
  const auto tx = TRY(app.db.read());
  const ledger::ReceiptPlace place = TRY(ledger::find_receipt(*tx, receipt_id));
  return ledger::receipt(*tx, app.ledger, place.stream, place.index);
}

}  // namespace weir::app
