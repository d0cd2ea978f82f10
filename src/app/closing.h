// The end of a case: its publication, the opening of its custody record, a deferral of that, and
// the erasure of its content.
#pragma once

#include <string>
#include <vector>

#include "app/cases.h"
#include "custody/record.h"
#include "ledger/opening.h"

namespace weir::app {

struct Publication {
  Level level = Level::advisory;
  std::string public_id;  // [A-Z0-9-]{4,40}
  std::string bytes;      // exactly what becomes public
};
/// Makes it public. Before the fix of every affected vendor is public this needs a second person,
/// whatever level is claimed for the bytes.
Result<Done> publish(App& app, const Actor& actor, const std::string& reference,
                     const Publication& publication);
/// What was published, to anybody.
Result<std::string> published(App& app, const std::string& public_id);

/// Appends `custody_opened`; the record can be exported once that is sealed. A case that is
/// declined, spam or merged is owed at once; another one before its time needs a second person.
/// Who is not the handler declares whether it has a conflict of interest; so in the next two.
Result<Done> open_custody(App& app, const Actor& actor, const std::string& reference,
                          std::optional<policy::Fact> conflict = std::nullopt);
/// The same for the newest cover stream; new cover goes to another.
Status open_cover(App& app, const Actor& actor);

/// A public event of the platform: this opening comes later. States key commitment, number of
/// leaves, until when, class of ground; nothing that names the case. Two people.
struct Deferral {
  std::string until;         // RFC 3339
  std::string ground_class;  // [a-z_]+
  std::optional<policy::Fact> conflict{};
};
Result<Done> defer_opening(App& app, const Actor& actor, const std::string& reference,
                           const Deferral& deferral);

/// Destroys the case's content key, and those of the cases merged into it; every case that loses
/// content says so. `conflict` for a case that was split off: its content lies under the key of the
/// other, and nothing may say that it is gone. Two people. The event is durable first; an erasure
/// that a crash cut short is finished by finish_erasures() at the next start.
Result<Done> erase_key(App& app, const Actor& actor, const std::string& reference,
                       std::optional<policy::Fact> conflict = std::nullopt);
Status finish_erasures(App& app);
/// After a restore: the restored key file may hold keys that were erased since it was copied. Those
/// that the database knows as erased go again; those of `also` (references of cases or of their
/// streams), whose erasure the database does not know, go too, and their streams say so.
struct RepeatedErasures {
  std::int64_t known = 0;            // cases
  std::int64_t also = 0;             // cases
  std::vector<std::string> unknown;  // of `also`: lost themselves, or misspelt
};
Result<RepeatedErasures> repeat_erasures(App& app, const std::vector<std::string>& also);

/// The custody record of an opened stream, as the public gets it.
Result<custody::Record> export_record(App& app, const std::string& stream, const std::string& vkey,
                                      ledger::FreeText free_text);
/// Every stream whose record may be exported now.
Result<std::vector<std::string>> exportable(App& app);

/// The events of one case: all of it for its handler; for an auditor, and for everybody once it is
/// opened, without the fields that are kept back in public. Before it is public, an access.
inline constexpr std::string_view kTimelineObject = "timeline";
struct EventView {
  std::uint64_t index = 0;
  std::uint64_t leaf = 0;
  std::string type;
  Instant at;
  std::vector<custody::Field> fields;
  std::string cursor{};
};
/// In order. A part of it is recorded as the whole: that is what the reader may have.
Result<std::vector<EventView>> timeline(App& app, const Actor& actor, const std::string& reference,
                                        const Slice& wanted = {});

}  // namespace weir::app
