#include "custody/monitor.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace weir::custody {
namespace {

constexpr const char* kNewest = "checkpoint";
constexpr const char* kList = "archive";
constexpr std::size_t kRootChars = 16;  // of a root, in the name of its evidence

std::string archived_path(std::uint64_t size) {
  return fmt::format("checkpoints/{}", size);
}

std::string path_of(merkle::TileKind kind, const merkle::Tile& tile) {
  return merkle::tile_path({kind, tile});
}

merkle::TileLoader loader(const Fetch& fetch, std::uint64_t size) {
  return [&fetch, size](const merkle::Tile& tile) {
    const unsigned width = merkle::tile_width(size, tile.level, tile.index);
    return fetch(path_of(merkle::TileKind::hashes, {tile.level, tile.index, width}));
  };
}

/// What a step found wrong with the log; nothing else is wrong with us.
struct Wrong {
  Verdict verdict;
  std::string text;
};
using Judged = Result<std::optional<Wrong>>;

Wrong unproven(std::string text) {
  return {Verdict::unproven, std::move(text)};
}

class Follower {
 public:
  Follower(const Fetch& log, const Pinned& pinned, const Shelf& shelf)
      : log_(log), pinned_(pinned), shelf_(shelf) {}

  Result<Look> look();

 private:
  Result<std::optional<Sealed>> load_kept() const;
  Judged judge_smaller(const Sealed& kept, const Sealed& offered) const;
  Judged take_archive(const Sealed& kept, const Sealed& offered);
  Judged take_entries(const Sealed& kept, const Sealed& offered);
  Judged take_bundle(std::uint64_t index, const Sealed& kept, const Sealed& offered);
  Judged take_leaf(std::string_view entry);
  Status keep_evidence(const Sealed& sealed, std::string_view note) const;
  Status keep_tiles();

  struct Archived {
    Sealed sealed;
    std::string note;
  };
  const Fetch& log_;
  const Pinned& pinned_;
  const Shelf& shelf_;
  merkle::Edge edge_;
  std::vector<Archived> archived_;  // new ones, ascending
  std::size_t next_archived_ = 0;
  std::string list_;
  std::uint64_t fetched_ = 0;
};

Result<std::optional<Sealed>> Follower::load_kept() const {
  const auto note = shelf_.load(kNewest);
  if (!note && note.error().code == Code::not_found) {
    return std::nullopt;
  }
  if (!note) {
    return std::unexpected(note.error());
  }
  auto sealed = open_sealed(*note, pinned_);
  if (!sealed) {
    return fail(Code::corrupt, "the kept checkpoint is damaged: " + text(sealed.error()), kNewest);
  }
  return *sealed;
}

Status Follower::keep_evidence(const Sealed& sealed, std::string_view note) const {
  const std::string root = to_hex(sealed.root.view()).substr(0, kRootChars);
  return shelf_.store(fmt::format("evidence/{}-{}", sealed.size, root), note);
}

/// A checkpoint no larger than ours, and not ours: a prefix of what is kept, or a contradiction.
Judged Follower::judge_smaller(const Sealed& kept, const Sealed& offered) const {
  merkle::TileReader tiles(kept.size, loader(shelf_.load, kept.size));
  const auto root = merkle::root(offered.size, tiles.reader());
  if (!root) {
    return fail(Code::corrupt, "the mirror is damaged: " + text(root.error()));
  }
  if (*root != offered.root) {
    return Wrong{Verdict::forked,
                 fmt::format("the log has signed another history of {} leaves than the one that "
                             "is kept",
                             offered.size)};
  }
  return Wrong{Verdict::rolled_back,
               fmt::format("the log gives {} leaves, and has given {}", offered.size, kept.size)};
}

/// The checkpoints that were published between the two.
Judged Follower::take_archive(const Sealed& kept, const Sealed& offered) {
  const std::string given = TRY(log_(kList));
  const auto sizes = parse_archive(given);
  if (!sizes) {
    return unproven("the archive's list is malformed: " + text(sizes.error()));
  }
  std::vector<std::uint64_t> ours;
  for (const std::uint64_t size : *sizes) {
    if (size > offered.size) {
      break;  // published since
    }
    ours.push_back(size);
    if (size <= kept.size && shelf_.load(archived_path(size))) {
      continue;
    }
    const std::string note = TRY(log_(archived_path(size)));
    const auto sealed = open_sealed(note, pinned_);
    if (!sealed || sealed->size != size) {
      return unproven(fmt::format("the archived checkpoint of {} leaves is none", size));
    }
    if (size <= kept.size) {
      const auto judged = TRY(judge_smaller(kept, *sealed));
      if (judged && judged->verdict == Verdict::forked) {
        TRY(keep_evidence(*sealed, note));
        return judged;
      }
      TRY(shelf_.store(archived_path(size), note));
      continue;
    }
    archived_.push_back({*sealed, note});
  }
  list_ = write_archive(ours);
  return std::nullopt;
}

Judged Follower::take_leaf(std::string_view entry) {
  edge_.append(merkle::leaf_hash(entry));
  if (next_archived_ < archived_.size() && archived_[next_archived_].sealed.size == edge_.size()) {
    const Archived& one = archived_[next_archived_++];
    if (one.sealed.root != edge_.root()) {
      TRY(keep_evidence(one.sealed, one.note));
      return unproven(
          fmt::format("the entries do not hash to the checkpoint of {} leaves", one.sealed.size));
    }
  }
  return std::nullopt;
}

Judged Follower::take_bundle(std::uint64_t index, const Sealed& kept, const Sealed& offered) {
  using enum merkle::TileKind;
  const unsigned width = merkle::tile_width(offered.size, 0, index);
  const std::string path = path_of(entries, {0, index, width});
  const std::string bundle = TRY(log_(path));
  ++fetched_;
  const auto parsed = merkle::parse_entries(bundle, width);
  if (!parsed) {
    return unproven(path + ": " + text(parsed.error()));
  }
  const unsigned known = merkle::tile_width(kept.size, 0, index);
  if (known > 0) {
    const auto before = shelf_.load(path_of(entries, {0, index, known}));
    if (!before) {
      return fail(Code::corrupt, "the mirror lacks entries: " + text(before.error()));
    }
    if (!bundle.starts_with(*before)) {
      return unproven(path + ": entries that were there have changed");
    }
  }
  for (unsigned i = known; i < width; ++i) {
    if (auto wrong = TRY(take_leaf((*parsed)[i]))) {
      return wrong;
    }
  }
  TRY(shelf_.store(path, bundle));
  TRY(keep_tiles());
  return std::nullopt;
}

Status Follower::keep_tiles() {
  for (const merkle::Edge::Changed& changed : edge_.take_changed()) {
    TRY(shelf_.store(path_of(merkle::TileKind::hashes, changed.tile), changed.bytes));
  }
  return {};
}

Judged Follower::take_entries(const Sealed& kept, const Sealed& offered) {
  auto edge = merkle::Edge::load(kept.size, loader(shelf_.load, kept.size));
  if (!edge || edge->root() != (kept.size == 0 ? merkle::empty_root() : kept.root)) {
    return fail(Code::corrupt, "the mirror does not hash to its own checkpoint");
  }
  edge_ = *std::move(edge);
  for (std::uint64_t index = kept.size / merkle::kTileWidth;
       merkle::tile_width(offered.size, 0, index) > 0; ++index) {
    if (auto wrong = TRY(take_bundle(index, kept, offered))) {
      return wrong;
    }
  }
  if (edge_.root() != offered.root) {
    return unproven("the entries do not hash to the newest checkpoint");
  }
  return std::nullopt;
}

Result<Look> Follower::look() {
  const std::string note = TRY(log_(kNewest));
  Look look;
  look.offered = TRY(open_sealed(note, pinned_));
  const Sealed kept = TRY(load_kept()).value_or(Sealed{0, merkle::empty_root()});
  look.kept = kept.size;
  const auto report = [&look](const Wrong& wrong) {
    look.verdict = wrong.verdict;
    look.text = wrong.text;
    return look;
  };
  if (look.offered.size <= kept.size && look.offered.root != kept.root) {
    const auto wrong = TRY(judge_smaller(kept, look.offered));
    TRY(keep_evidence(look.offered, note));
    return report(*wrong);
  }
  if (look.offered.quorum == Sealed::Quorum::missing) {
    return report({Verdict::quorum_missing, "too few witnesses have signed the checkpoint"});
  }
  if (look.offered.size == kept.size && shelf_.load(kNewest)) {
    return look;
  }
  auto wrong = TRY(take_archive(kept, look.offered));
  if (!wrong) {
    wrong = TRY(take_entries(kept, look.offered));
  }
  look.fetched = fetched_;
  if (wrong) {
    TRY(keep_evidence(look.offered, note));
    return report(*wrong);
  }
  for (const Archived& one : archived_) {
    TRY(shelf_.store(archived_path(one.sealed.size), one.note));
  }
  TRY(shelf_.store(kList, list_));
  TRY(shelf_.store(kNewest, note));
  look.verdict = Verdict::grown;
  look.kept = look.offered.size;
  return look;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::unchanged:
      return "unchanged";
    case Verdict::grown:
      return "grown";
    case Verdict::rolled_back:
      return "rolled_back";
    case Verdict::forked:
      return "forked";
    case Verdict::unproven:
      return "unproven";
    case Verdict::quorum_missing:
      return "quorum_missing";
  }
  std::unreachable();
}

bool is_alarm(Verdict verdict) {
  return verdict != Verdict::unchanged && verdict != Verdict::grown;
}

Result<Look> look(const Fetch& log, const Pinned& pinned, const Shelf& shelf) {
  return Follower(log, pinned, shelf).look();
}

}  // namespace weir::custody
