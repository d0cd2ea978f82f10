// Appending, sealing and publishing while the power goes at every disk operation in turn. Whatever
// is lost: what was acknowledged is there, the tree is whole, and no size is ever signed twice.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "ledger/mirror.h"
#include "ledger/recovery.h"
#include "ledger/witnesses_test.h"
#include "store/fault_vfs.h"

namespace weir::ledger {
namespace {

using store::FaultDisk;
using store::Loss;

constexpr int kRounds = 5;
constexpr unsigned kPadTo = 4;
constexpr std::string_view kCase = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What the world outside knows and keeps, whatever happens to the machine.
struct Outside {
  ManualClock clock{kStart};
  Witnesses witnesses{3, 2, clock};
  std::map<std::uint64_t, std::string> published;  // body of the note, by size
  std::set<std::int64_t> acknowledged;             // numbers of events
};

/// The process from its start to its end.
class Process {
 public:
  Process(FaultDisk& disk, Outside& outside, std::uint64_t seed)
      : outside_(outside), random_(seed), disk_(disk) {}

  Status start(store::Options::Open how) {
    store::Options options;
    options.path = "weir.db";
    options.vfs = disk_.name();
    options.migrations = {kMigration, kRecoveryMigration};
    options.open = how;
    options.wal = store::Options::Wal::exclusive;
    db = TRY(store::Db::open(std::move(options)));
    ledger = TRY(Ledger::open(*db, keyring_, outside_.clock, random_, test_settings()));
    return {};
  }
  /// Nothing says who else has noticed: an event is acknowledged once this returns.
  Status append(std::int64_t number) {
    TRY(db->execute([&](store::Tx& tx) { return append_in(tx, number); }));
    outside_.acknowledged.insert(number);
    return {};
  }
  Status append_in(store::Tx& tx, std::int64_t number) const {
    auto stream = ledger->find(tx, kCase);
    if (!stream) {
      stream = TRY(ledger->create(tx, StreamKind::case_stream, kCase));
    }
    TRY(ledger->append(tx, *stream, Draft{"message_posted", {{"n", json::Value(number)}}}));
    return {};
  }
  Status seal(Sealer& sealer) {
    const SealOutcome outcome = TRY(sealer.seal());
    if (outcome.checkpoint.published) {
      note_published(outcome.checkpoint);
    }
    return {};
  }
  void note_published(const Checkpoint& checkpoint) {
    const std::string body = must(merkle::parse_note(checkpoint.note)).body;
    const auto [there, is_new] = outside_.published.emplace(checkpoint.size, body);
    EXPECT_EQ(there->second, body) << "two notes for " << checkpoint.size;
  }
  /// The script, until something fails.
  Status run(std::int64_t first) {
    Sealer sealer = outside_.witnesses.sealer(*db, *ledger, kPadTo);
    for (std::int64_t round = 0; round < kRounds; ++round) {
      outside_.clock.advance(std::chrono::minutes(1));
      TRY(append(first + 2 * round));
      TRY(append(first + 2 * round + 1));
      for (std::size_t i = 0; i < 3; ++i) {
        outside_.witnesses.all[i].is_down = round > 0 && (round + static_cast<int>(i)) % 3 == 0;
      }
      TRY(seal(sealer));
    }
    return {};
  }
  void check();
  void close() {
    ledger.reset();
    db.reset();
  }

 private:
  Outside& outside_;
  Keyring keyring_ = test_keyring();
  SeededRandom random_;
  FaultDisk& disk_;

 public:
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<store::Db> db;
};

/// All that must hold after a restart.
void Process::check() {
  const auto read = must(db->read());
  EXPECT_FALSE(ledger->stopped());
  std::set<std::int64_t> found;
  if (const auto stream = ledger->find(*read, kCase)) {
    for (const StoredEvent& event : must(ledger->events(*read, *stream))) {
      for (const custody::Field& field : event.fields) {
        if (field.name == "n") {
          found.insert(field.value.as_int64());
        }
      }
    }
  }
  for (const std::int64_t number : outside_.acknowledged) {
    EXPECT_TRUE(found.contains(number)) << "lost: " << number;
  }
  const Head now = must(head(*read));
  merkle::Edge edge;
  for (std::uint64_t index = 0; merkle::tile_width(now.size, 0, index) > 0; ++index) {
    const std::string bundle = must(entry_bundle(*read, index, now.size));
    for (const auto entry :
         must(merkle::parse_entries(bundle, merkle::tile_width(now.size, 0, index)))) {
      edge.append(merkle::leaf_hash(entry));
    }
  }
  EXPECT_EQ(edge.root(), now.root);
  for (const auto& [size, body] : outside_.published) {
    const auto kept = must(find_published(*read, size));
    ASSERT_TRUE(kept) << "no longer published: " << size;
    note_published(*kept);
  }
  for (const std::uint64_t size : must(archive(*read))) {
    note_published(*must(find_published(*read, size)));
  }
}

/// False if the script ended before the cut.
bool is_cut_at(std::int64_t operation, Loss loss) {
  SCOPED_TRACE("cut at operation " + std::to_string(operation));
  FaultDisk disk;
  Outside outside;
  {
    Process first(disk, outside, 1);
    must(first.start(store::Options::Open::create));
  }
  disk.restart();
  disk.cut_at(operation, loss, static_cast<std::uint64_t>(operation));
  {
    Process second(disk, outside, 2);
    if (second.start(store::Options::Open::existing)) {
      (void)second.run(0);  // fails where the power goes
    }
  }
  const bool was_cut = disk.is_cut();
  disk.restart();
  for (TestWitness& one : outside.witnesses.all) {
    one.is_down = false;
  }
  Process third(disk, outside, 3);
  must(third.start(store::Options::Open::existing));
  third.check();
  must(third.run(1'000));  // and life goes on
  third.check();
  EXPECT_FALSE(outside.published.empty());
  return was_cut;
}

class LedgerPowerCut : public testing::TestWithParam<Loss> {};

TEST_P(LedgerPowerCut, AtEveryOperation) {
  std::int64_t operation = 1;
  while (is_cut_at(operation, GetParam()) && !HasFailure()) {
    ++operation;
  }
  EXPECT_GT(operation, 50) << "the script has become too short to mean much";
}

/// The first two leaves of a log, the same bytes wherever the same chance is given.
Status begin(store::Db& db, Ledger& ledger) {
  return db.execute([&](store::Tx& tx) -> Status {
    const Stream platform =
        TRY(ledger.create(tx, StreamKind::platform, "pppppppppppppppppppppppppa"));
    TRY(ledger.append(tx, platform, {"rule", {}}));
    const Stream stream = TRY(ledger.create(tx, StreamKind::case_stream, kCase));
    TRY(ledger.append(tx, stream, {"report_received", {}}));
    return mark_backup(tx, ledger.clock().now());
  });
}

// Taking over the mirror's leaves, or closing the log, while the power goes: either nothing has
// happened and the store is still marked as a backup, or all of it has.
TEST_P(LedgerPowerCut, WhileRecovering) {
  TestLog original;  // chance of seed 7
  Witnesses witnesses{0, 0, original.clock};
  TestFolder folder;
  must(begin(*original.db, *original.ledger));
  original.append_many(must(original.ledger->find(*original.read(), kCase)), 3);
  Sealer sealer = witnesses.sealer(original);
  must(sealer.seal());
  must(mirror_to(*original.read(), folder.file("mirror")));
  const auto key = must(merkle::VerifierKey::make(merkle::SignatureType::ed25519, kOrigin,
                                                  Witnesses::log_key().public_key()));
  const Mirrored mirror = must(read_mirror(custody::folder(folder.file("mirror")), key));
  const Statement statement{"storage_failure", kStart};
  for (const bool closes : {false, true}) {
    bool was_cut = true;
    for (std::int64_t operation = 1; was_cut && !HasFailure(); operation += WEIR_ONE_OF) {
      SCOPED_TRACE("cut at operation " + std::to_string(operation));
      FaultDisk disk;
      Outside outside;
      {
        Process first(disk, outside, 7);
        must(first.start(store::Options::Open::create));
        must(begin(*first.db, *first.ledger));
      }
      disk.restart();
      const auto recover = [&](Process& process) {
        return closes ? close_log(*process.db, *process.ledger, mirror, statement,
                                  {"second.example", key, 5})
                      : continue_over(*process.db, *process.ledger, mirror, statement);
      };
      Process second(disk, outside, 8);
      must(second.start(store::Options::Open::existing));
      disk.cut_at(operation, GetParam(), static_cast<std::uint64_t>(operation));
      const bool is_done = recover(second).has_value();
      was_cut = disk.is_cut();
      second.close();
      disk.restart();
      Process third(disk, outside, 9);
      const bool opens = third.start(store::Options::Open::existing).has_value();
      // A closed log's store opens under the successor's name alone.
      EXPECT_TRUE(opens || closes);
      EXPECT_TRUE(!opens || !closes || !is_done) << "acknowledged, but not durable";
      if (!opens) {
        continue;
      }
      const bool is_marked = must(backup_mark(*must(third.db->read()))).has_value();
      EXPECT_EQ(must(head(*must(third.db->read()))).size, is_marked ? 2U : 6U);
      EXPECT_FALSE(is_done && is_marked);
      if (is_marked) {
        must(recover(third));
        EXPECT_EQ(must(head(*must(third.db->read()))).size, closes ? 1U : 6U);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, LedgerPowerCut,
                         testing::Values(Loss::lost, Loss::kept, Loss::mixed));

}  // namespace
}  // namespace weir::ledger
