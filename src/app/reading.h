// A case is read: the gate is asked item by item, the access is recorded and durable, and only then
// is anything decrypted.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "app/cases.h"
#include "policy/policy.h"

namespace weir::app {

inline constexpr std::size_t kMaxShownItems = 10'000;

/// The name, in an access's manifest, of what a case shows beside its items: CaseView's state,
/// vendors, participants and embargo. Its version counts what may have changed it.
inline constexpr std::string_view kOverviewObject = "overview";

/// One thing as it is shown. Files come without their bytes: see read_attachment().
struct ShownItem {
  std::string object;
  std::string kind;  // report, notice, advisory, part, message, statement, attachment, ...
  Level level = Level::notice;
  std::int64_t vulnerability = 0;
  std::string language;
  std::string author;  // an organisation, "reporter" or empty
  Instant at;
  std::int64_t size = 0;
  std::string text;  // the bytes, of all but attachments
};

struct VendorView {
  std::string organisation;
  std::int64_t vulnerability = 0;
  Answer answer = Answer::none;
  policy::Phase phase = policy::Phase::no_fix;
  policy::Fact left_out = policy::Fact::no;
};

struct CaseView {
  std::string reference;
  policy::CaseState state = policy::CaseState::received;
  Instant received;
  std::vector<ShownItem> items;  // what this reader may see, oldest first
  std::vector<VendorView> vendors;
  std::vector<std::string> participants;  // for who takes part
  std::optional<Instant> embargo_until;
  std::string public_id;
  std::vector<std::string> receipts;  // ids of the receipts of the accesses that this reading made
  /// Changes when, and only when, what this reader sees of it changes (its items moved elsewhere
  /// aside). Says nothing else. Shown; Terms::expected.
  std::string version;
};

/// Everything of the case that `actor` may see. `not_found` if that is not even its existence.
/// The reader's own text is shown without a record; everything else by one leaf per case.
Result<CaseView> read_case(App& app, const Actor& actor, const std::string& reference);

/// The bytes of one item of the case, in pieces, after its access is durable.
Status read_attachment(App& app, const Actor& actor, const std::string& reference,
                       const std::string& object,
                       const std::function<Status(std::string_view)>& sink);

/// The same for a client that takes its time: asked for piece by piece. Before each piece
/// the actor is looked at and the gate asked again: a suspension, a signing out, a release that is
/// recalled, an agreement or a case that ends, end it.
class AttachmentReader {
 public:
  std::uint64_t size() const { return static_cast<std::uint64_t>(size_); }
  /// True with the next piece, false at the end.
  Result<bool> next(std::string& piece);

 private:
  friend Result<AttachmentReader> open_attachment(App& app, const Actor& actor,
                                                  const std::string& reference,
                                                  const std::string& object);
  struct Place {
    std::string reference;  // of the case, as it was asked for
    std::string object;
  };
  AttachmentReader(App& app, Actor actor, Place place, content::Reader reader, std::int64_t size)
      : app_(&app),
        actor_(std::move(actor)),
        reference_(std::move(place.reference)),
        object_(std::move(place.object)),
        reader_(std::move(reader)),
        size_(size) {}
  App* app_;
  Actor actor_;
  std::string reference_;
  std::string object_;
  content::Reader reader_;
  std::int64_t size_;
};
Result<AttachmentReader> open_attachment(App& app, const Actor& actor, const std::string& reference,
                                         const std::string& object);

/// What releases give to the actor's organisation, in all cases. The same rules, the same records.
/// `wanted` counts cases, named by their references, in the order of receipt.
struct Pulled {
  std::vector<CaseView> cases;
  std::string last;  // looked at: a slice goes on after it
  policy::Fact has_more = policy::Fact::no;
};
Result<Pulled> pull(App& app, const Actor& actor, const Slice& wanted = {});

/// Who has read it: to the author by class and country, to the handler by organisation.
struct ReaderView {
  std::string organisation;  // empty where only class and country are shown
  std::string organisation_class;
  std::string country;
  Level level = Level::notice;
  Instant at;
  std::string cursor{};
};
/// Oldest first. A cursor (Slice::after) counts the rows before: nothing is ever inserted.
Result<std::vector<ReaderView>> readers(App& app, const Actor& actor, const std::string& reference,
                                        const Slice& wanted = {});

/// The receipt with this id (whoever has the id may have it). `unavailable` until it is sealed.
Result<std::string> fetch_receipt(App& app, const std::string& receipt_id);

}  // namespace weir::app
