#include "ledger/seal.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/id.h"
#include "ledger/access.h"
#include "ledger/rows.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kNewestSigned =
    "SELECT size, root, at_ms, note, published_ms FROM checkpoint ORDER BY size DESC LIMIT 1";
constexpr std::string_view kNewestPublished =
    "SELECT size, root, at_ms, note, published_ms FROM checkpoint WHERE published_ms IS NOT NULL "
    "ORDER BY size DESC LIMIT 1";
constexpr std::string_view kFindPublished =
    "SELECT size, root, at_ms, note, published_ms FROM checkpoint WHERE size = $1 AND "
    "published_ms IS NOT NULL";
constexpr std::string_view kIsSigned = "SELECT size FROM checkpoint WHERE size = $1";
constexpr std::string_view kRootSigned = "SELECT root FROM checkpoint WHERE size = $1";
constexpr std::string_view kArchive =
    "SELECT size FROM checkpoint WHERE published_ms IS NOT NULL ORDER BY size";
constexpr std::string_view kPutCheckpoint =
    "INSERT INTO checkpoint (size, root, at_ms, note) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kPutNote = "UPDATE checkpoint SET note = $2 WHERE size = $1";
constexpr std::string_view kPublish = "UPDATE checkpoint SET published_ms = $2 WHERE size = $1";

/// Whether the cover stream `stream` has been opened before the newest published checkpoint: then
/// new cover leaves belong to another one.
constexpr std::string_view kCoverClosed =
    "SELECT 1 FROM event WHERE stream = $1 AND type = 'custody_opened' AND leaf <= "
    "(SELECT COALESCE(MAX(size), 0) FROM checkpoint) + (SELECT COALESCE(MAX(base), 0) FROM log)";

/// A size that a confessed loss reaches: what was signed up to it is the same history.
constexpr std::string_view kIsConfessed =
    "SELECT 1 FROM history_loss WHERE log = (SELECT COALESCE(MAX(number), 0) FROM log) AND "
    "$1 <= to_leaf";

Checkpoint read_checkpoint(const store::Row& row) {
  return {static_cast<std::uint64_t>(row.integer(0)),
          digest_at(row, 1),
          {row.integer(2)},
          row.text(3),
          !row.is_null(4)};
}

Result<std::optional<Checkpoint>> newest_signed(const store::Tx& tx) {
  return tx.one(kNewestSigned, {}, read_checkpoint);
}

Result<Stream> open_cover_stream(Ledger& ledger, store::Tx& tx) {
  const auto newest = TRY(ledger.newest(tx, StreamKind::cover));
  if (newest) {
    const auto closed =
        TRY(tx.one(kCoverClosed, {newest->row}, [](const store::Row&) { return true; }));
    if (!closed) {
      return *newest;
    }
  }
  return ledger.create(tx, StreamKind::cover, to_base32(ledger.random().bytes(kIdBytes)));
}

Result<merkle::Proof> consistency(store::Db& db, const merkle::Consistency& sizes) {
  const auto tx = TRY(db.read());
  merkle::TileReader tiles(sizes.newer, tile_loader(*tx));
  return merkle::prove_consistency(sizes, tiles.reader());
}

}  // namespace

Sealer::Sealer(store::Db& db, Ledger& ledger, SigningKey key, SealSettings settings, AskWitness ask)
    : db_(db),
      ledger_(ledger),
      key_(std::move(key)),
      settings_(std::move(settings)),
      ask_(std::move(ask)),
      vkey_(*merkle::VerifierKey::make(merkle::SignatureType::ed25519, ledger.settings().origin,
                                       key_.public_key())) {}

Status Sealer::pad() {
  return db_.execute([&](store::Tx& tx) -> Status {
    TRY(flush_repeats(ledger_, tx, ledger_.clock().now()));
    if (settings_.pad_to <= 1) {
      return {};
    }
    // Events of this transaction are counted too, though the head is extended only at its end.
    const Head stored = TRY(head(tx));
    const auto size = TRY(tx.one("SELECT COALESCE(MAX(leaf), 0) FROM event", {},
                                 [](const store::Row& row) { return row.integer(0); }));
    const auto last = TRY(newest_signed(tx));
    auto leaves = static_cast<std::uint64_t>(*size) - TRY(base(tx));
    if (last && last->size == stored.size && leaves == stored.size) {
      return {};  // nothing new
    }
    if (leaves % settings_.pad_to == 0) {
      return {};  // nothing to fill up: a stream begins with its first event
    }
    const Stream cover = TRY(open_cover_stream(ledger_, tx));
    for (; leaves % settings_.pad_to != 0; ++leaves) {
      TRY(ledger_.append(tx, cover, Draft{"cover", {}}));
    }
    return {};
  });
}

Result<Checkpoint> Sealer::sign() {
  const auto done = TRY(db_.submit([&](store::Tx& tx) { return sign_head(tx); }));
  return *done;
}

Result<Checkpoint> Sealer::sign_head(store::Tx& tx) const {
  const Head now = TRY(head(tx));
  const auto last = TRY(newest_signed(tx));
  const Instant at = ledger_.clock().now();
  if (last && at < last->at) {
    return fail(Code::unavailable, "the clock stands before the last checkpoint");
  }
  merkle::TileReader tiles(now.size, tile_loader(tx));
  if (TRY(merkle::root(now.size, tiles.reader())) != now.root) {
    return fail(Code::corrupt, "the stored tiles do not hash to the log's head");
  }
  if (last) {
    if (last->size > now.size) {
      return fail(Code::corrupt, "the log is shorter than its last checkpoint");
    }
    if (TRY(merkle::root(last->size, tiles.reader())) != last->root) {
      return fail(Code::corrupt, "the log no longer holds what its last checkpoint signed");
    }
    if (last->size == now.size) {
      return *last;
    }
  }
  merkle::Note note{merkle::format_checkpoint({ledger_.settings().origin, {now.size, now.root}}),
                    {}};
  note.signatures.push_back(merkle::sign_note(vkey_, key_, note.body));
  Checkpoint checkpoint{now.size, now.root, at, merkle::format_note(note), false};
  TRY(tx.run(kPutCheckpoint, {static_cast<std::int64_t>(now.size), store::Blob{now.root.view()},
                              at.ms, checkpoint.note}));
  return checkpoint;
}

Status Sealer::judge_size(const std::string& witness, std::uint64_t size) {
  known_[witness] = size;
  const auto tx = TRY(db_.read());
  const auto yes = [](const store::Row&) { return true; };
  const auto is_ours = TRY(tx->one(kIsSigned, {static_cast<std::int64_t>(size)}, yes));
  const auto is_confessed = TRY(tx->one(kIsConfessed, {static_cast<std::int64_t>(size)}, yes));
  if (size != 0 && !is_ours && !is_confessed) {
    const std::string reason = "witness " + witness + " has seen " + std::to_string(size) +
                               " leaves, which this log never signed: it is behind, or a copy";
    ledger_.stop(reason);
    return fail(Code::unavailable, reason);
  }
  return {};
}

Result<bool> Sealer::judge_mirror(std::vector<std::string>& warnings) {
  if (!settings_.read_mirror) {
    return true;
  }
  const auto text = settings_.read_mirror();
  if (!text && text.error().code == Code::not_found) {
    return true;  // nothing was mirrored yet
  }
  const auto opened =
      text ? merkle::open_checkpoint(*text, {&vkey_, 1}, {}) : std::unexpected(text.error());
  if (!opened) {
    // What this log has not signed says nothing about it.
    warnings.push_back("the mirror: " + weir::text(opened.error()));
    return false;
  }
  const merkle::TreeHead& there = opened->checkpoint.head;
  const auto tx = TRY(db_.read());
  const auto root = TRY(tx->one(kRootSigned, {static_cast<std::int64_t>(there.size)},
                                [](const store::Row& row) { return digest_at(row, 0); }));
  if (!root || *root != there.root) {
    const std::string reason = "the mirror holds " + std::to_string(there.size) +
                               " leaves, which this log never signed: it is behind, or a copy";
    ledger_.stop(reason);
    return fail(Code::unavailable, reason);
  }
  return true;
}

Result<std::vector<merkle::NoteSignature>> Sealer::ask_one(
    const merkle::Policy::WitnessEntry& witness, const merkle::Note& note,
    const Checkpoint& checkpoint) {
  if (witness.url.empty()) {
    return fail(Code::unavailable, "the policy has no address for it");
  }
  constexpr int kTries = 3;  // a 409 tells the size; a second one means that another process seals
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const std::uint64_t old_size = known_[witness.name];
    if (old_size > checkpoint.size) {
      return fail(Code::conflict, "the witness has a newer checkpoint already");
    }
    merkle::AddCheckpoint request{old_size, {}, merkle::format_note(note)};
    request.proof = TRY(consistency(db_, {old_size, checkpoint.size}));
    const WitnessAnswer answer =
        TRY(ask_(witness.url + "/add-checkpoint", merkle::format_add_checkpoint(request)));
    if (answer.status == 409) {
      const std::uint64_t size = TRY(merkle::parse_witness_size(answer.body));
      TRY(judge_size(witness.name, size));
      continue;
    }
    if (answer.status == 422) {
      const std::string reason =
          "witness " + witness.name + " says that this log contradicts what it has seen";
      ledger_.stop(reason);
      return fail(Code::corrupt, reason);
    }
    if (answer.status != 200) {
      return fail(Code::unavailable, "answered " + std::to_string(answer.status));
    }
    known_[witness.name] = checkpoint.size;
    return merkle::accept_cosignatures(note, answer.body, witness.key, ledger_.clock().now());
  }
  return fail(Code::conflict, "another process seals this log");
}

Result<std::size_t> Sealer::cosign(Checkpoint& checkpoint, std::vector<std::string>& warnings) {
  merkle::Note note = TRY(merkle::parse_note(checkpoint.note));
  const merkle::Note bare{note.body, {note.signatures.front()}};
  std::vector<std::size_t> signed_by;
  for (std::size_t i = 0; i < settings_.witnesses.witnesses().size(); ++i) {
    const auto& witness = settings_.witnesses.witnesses()[i];
    const bool has_signed = std::ranges::any_of(note.signatures, [&](const auto& signature) {
      return signature.name == witness.key.name() && signature.id == witness.key.id();
    });
    if (!has_signed) {
      auto cosignatures = ask_one(witness, bare, checkpoint);
      if (!cosignatures) {
        if (ledger_.stopped()) {
          return std::unexpected(std::move(cosignatures).error());
        }
        warnings.push_back("witness " + witness.name + ": " + text(cosignatures.error()));
        continue;
      }
      note.signatures.insert(note.signatures.end(), cosignatures->begin(), cosignatures->end());
    }
    signed_by.push_back(i);
  }
  checkpoint.note = merkle::format_note(note);
  TRY(db_.execute([&](store::Tx& tx) {
    return tx.run(kPutNote, {static_cast<std::int64_t>(checkpoint.size), checkpoint.note});
  }));
  if (!settings_.witnesses.needs_no_witness() && !settings_.witnesses.is_met(signed_by)) {
    warnings.push_back("not enough witnesses have signed: this checkpoint is not published yet");
    return signed_by.size();
  }
  TRY(publish(checkpoint));
  return signed_by.size();
}

Status Sealer::publish(Checkpoint& checkpoint) {
  TRY(db_.execute([&](store::Tx& tx) {
    return tx.run(kPublish, {static_cast<std::int64_t>(checkpoint.size), ledger_.clock().now().ms});
  }));
  checkpoint.published = true;
  return {};
}

Result<SealOutcome> Sealer::seal() {
  SealOutcome outcome;
  if (const auto reason = ledger_.stopped()) {
    return fail(Code::unavailable, "the ledger has stopped: " + *reason);
  }
  if (!is_checked_) {
    outcome.warnings = TRY(check_witnesses());
    if (!is_checked_) {
      // A log that does not know whether it is behind could sign a second root for a size.
      return fail(Code::unavailable, fmt::format("nothing says yet that this log is not behind: {}",
                                                 fmt::join(outcome.warnings, "; ")));
    }
  }
  TRY(pad());
  outcome.checkpoint = TRY(sign());
  if (!outcome.checkpoint.published) {
    outcome.cosignatures = TRY(cosign(outcome.checkpoint, outcome.warnings));
  } else {
    outcome.cosignatures = TRY(merkle::parse_note(outcome.checkpoint.note)).signatures.size() - 1;
  }
  return outcome;
}

Result<std::pair<merkle::Note, Checkpoint>> Sealer::newest_note() {
  const auto tx = TRY(db_.read());
  if (const auto last = TRY(newest_signed(*tx))) {
    merkle::Note note = TRY(merkle::parse_note(last->note));
    note.signatures.resize(1);
    return std::pair(std::move(note), *last);
  }
  // A fresh log asks with an empty tree: a witness that has seen more says so.
  merkle::Note note{
      merkle::format_checkpoint({ledger_.settings().origin, {0, merkle::empty_root()}}), {}};
  note.signatures.push_back(merkle::sign_note(vkey_, key_, note.body));
  return std::pair(std::move(note), Checkpoint{0, merkle::empty_root(), {}, "", false});
}

Result<std::vector<Seen>> Sealer::survey() {
  const auto [note, checkpoint] = TRY(newest_note());
  // As if nothing were new to it: a witness that knows another size answers 409 with that.
  const std::string question =
      merkle::format_add_checkpoint({checkpoint.size, {}, merkle::format_note(note)});
  std::vector<Seen> all;
  for (const auto& witness : settings_.witnesses.witnesses()) {
    Seen& seen = all.emplace_back(Seen{witness.name, {}, {}});
    const auto answer = ask_(witness.url + "/add-checkpoint", question);
    if (!answer) {
      seen.problem = text(answer.error());
    } else if (answer->status == 200) {
      seen.size = checkpoint.size;
    } else if (answer->status == 409) {
      const auto size = merkle::parse_witness_size(answer->body);
      seen.size = size ? std::optional(*size) : std::nullopt;
      seen.problem = size ? "" : text(size.error());
    } else {
      seen.problem = "answered " + std::to_string(answer->status);
    }
  }
  return all;
}

Result<std::vector<std::string>> Sealer::check_witnesses() {
  std::vector<std::string> warnings;
  const auto [note, checkpoint] = TRY(newest_note());
  std::vector<std::size_t> heard;
  for (std::size_t i = 0; i < settings_.witnesses.witnesses().size(); ++i) {
    const auto& witness = settings_.witnesses.witnesses()[i];
    if (auto answer = ask_one(witness, note, checkpoint); !answer) {
      if (ledger_.stopped()) {
        return std::unexpected(std::move(answer).error());
      }
      warnings.push_back("witness " + witness.name + ": " + text(answer.error()));
      continue;
    }
    heard.push_back(i);
  }
  const bool has_mirror = TRY(judge_mirror(warnings));
  is_checked_ =
      is_checked_ ||
      (settings_.witnesses.needs_no_witness() ? has_mirror : settings_.witnesses.is_met(heard));
  return warnings;
}

Result<std::optional<Checkpoint>> newest_published(const store::Tx& tx) {
  return tx.one(kNewestPublished, {}, read_checkpoint);
}

Result<std::optional<Checkpoint>> find_published(const store::Tx& tx, std::uint64_t size) {
  return tx.one(kFindPublished, {static_cast<std::int64_t>(size)}, read_checkpoint);
}

Result<std::vector<std::uint64_t>> archive(const store::Tx& tx) {
  return tx.all(kArchive, {},
                [](const store::Row& row) { return static_cast<std::uint64_t>(row.integer(0)); });
}

}  // namespace weir::ledger
