// Every leaf accounted for: docs/formats/custody.md, "Audit".
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "custody/state.h"

namespace weir::custody {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

struct Run {
  std::uint64_t begin;
  std::uint64_t end;
};

class Audit {
 public:
  Audit(Verifier::State& state, const AuditTerms& terms) : state_(state), terms_(terms) {}

  void run() {
    check_openings();
    collect_deferrals();
    collect_losses();
    walk_leaves();
    check_stated_leaves();
    check_stated_losses();
    report_due();
  }

 private:
  /// Event 0 says when the record is owed; the ceiling says when at the latest.
  void check_openings() {
    for (Stream& stream : state_.streams) {
      if (!stream.begun || !stream.open_by) {
        continue;
      }
      const Place place{.stream = stream.reference, .index = 0};
      if (*stream.open_by > *stream.begun + terms_.ceiling) {
        state_.findings.alarm(
            Kind::open_by_beyond_ceiling, place,
            fmt::format("it was to be opened by {}, later than the ceiling allows",
                        to_rfc3339(*stream.open_by)));
      }
      if (stream.opened_at && *stream.opened_at > *stream.open_by) {
        state_.findings.note(
            Kind::opened_late, place,
            fmt::format("it was to be opened by {} and was at {}", to_rfc3339(*stream.open_by),
                        to_rfc3339(*stream.opened_at)));
      }
    }
  }

  void collect_deferrals() {
    for (const Stream& stream : state_.streams) {
      if (stream.kind == "platform" && !stream.has_alarm) {
        for (const Deferral& deferral : stream.deferrals) {
          deferrals_.push_back({.stated = deferral, .platform = stream.reference});
        }
      }
    }
    for (Known& deferral : deferrals_) {
      const auto found = state_.by_key.find(deferral.stated.key_commit);
      if (found != state_.by_key.end()) {
        by_stream_.emplace(found->second, &deferral);
      }
    }
  }

  void collect_losses() {
    for (const Loss& loss : state_.losses) {
      losses_.push_back({.stated = loss, .left = loss.unclaimable});
    }
  }

  /// Every leaf in order, with the first checkpoint that covers it.
  void walk_leaves() {
    const std::vector<Sealed>& sealed = state_.archive->sealed;
    std::size_t at = 0;
    const std::uint64_t size = state_.archive->newest.size;
    for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
      while (at < sealed.size() && sealed[at].size <= leaf) {
        ++at;
      }
      const Claims::Page* page = page_of(leaf);
      const auto owner = page == nullptr ? std::nullopt : page->owner(leaf % kPageLeaves);
      if (owner) {
        count_owned(leaf, owner->stream);
      } else if (nobodys_.size() < kMostNamed) {
        nobodys_.push_back(leaf);
      }
      if (owner && !state_.streams[owner->stream].has_alarm) {
        ++state_.counts.claimed;
        for (KnownLoss& loss : losses_) {
          loss.claimed += loss.stated.from <= leaf && leaf < loss.stated.to ? 1 : 0;
        }
      } else {
        count_unclaimed(leaf, at < sealed.size() ? sealed[at].earliest : std::nullopt);
      }
    }
  }

  const Claims::Page* page_of(std::uint64_t leaf) {
    if (leaf % kPageLeaves == 0) {
      page_ = state_.claims.page(leaf / kPageLeaves);
    }
    return page_;
  }

  void count_owned(std::uint64_t leaf, std::uint32_t stream) {
    if (by_stream_.empty()) {
      return;
    }
    const auto [first, last] = by_stream_.equal_range(stream);
    for (auto at = first; at != last; ++at) {
      at->second->opened += leaf < at->second->stated.log_size ? 1 : 0;
    }
  }

  void count_unclaimed(std::uint64_t leaf, const std::optional<Instant>& seen) {
    Counts& counts = state_.counts;
    ++counts.unclaimed;
    bool is_due = true;
    if (seen) {
      const std::int64_t age_ms = std::max<std::int64_t>(0, (terms_.now - *seen).count());
      ++counts.unclaimed_by_age[age_ms / kDayMs];
      is_due = terms_.now - *seen > terms_.ceiling;
    } else {
      ++counts.unproven;
    }
    if (!is_due) {
      first_waiting_ = first_waiting_ ? first_waiting_ : leaf;
      return;
    }
    ++counts.due;
    if (!due_.empty() && due_.back().end == leaf) {
      ++due_.back().end;
    } else {
      due_.push_back({leaf, leaf + 1});
    }
  }

  /// An opened stream shows whether a deferral of it told the truth.
  void check_stated_leaves() {
    for (const auto& [number, deferral] : by_stream_) {
      const std::uint64_t stated = deferral->stated.leaves;
      if (deferral->opened == stated || deferral->stated.log_size > state_.streams[number].as_of) {
        continue;  // right, or the record ends before what the deferral speaks of
      }
      const bool is_under = deferral->opened > stated;
      state_.findings.alarm(
          is_under ? Kind::deferral_understated : Kind::deferral_overstated,
          {.stream = deferral->platform, .index = deferral->stated.index},
          fmt::format("it stated {} leaves of stream {}, which has {} below size {}", stated,
                      state_.streams[number].reference, deferral->opened,
                      deferral->stated.log_size));
    }
  }

  void check_stated_losses() {
    for (const KnownLoss& loss : losses_) {
      const std::uint64_t leaves = std::min(loss.stated.to, state_.archive->newest.size) -
                                   std::min(loss.stated.from, state_.archive->newest.size);
      if (loss.claimed + loss.stated.unclaimable > leaves) {
        state_.findings.alarm(
            Kind::loss_overstated, {.index = loss.stated.index, .leaf = loss.stated.from},
            fmt::format("{} of {} leaves were said to be unclaimable, but {} are claimed",
                        loss.stated.unclaimable, leaves, loss.claimed));
      }
    }
  }

  /// Takes the leaf from what a loss has said nobody can claim.
  bool is_lost(std::uint64_t leaf) {
    for (KnownLoss& loss : losses_) {
      if (loss.stated.from <= leaf && leaf < loss.stated.to && loss.left > 0) {
        --loss.left;
        return true;
      }
    }
    return false;
  }

  /// The deferrals that count: not past, not opened since, and of each key the last word.
  std::vector<Deferral> valid_deferrals() const {
    std::map<Digest, Deferral> last;
    for (const Known& known : deferrals_) {
      if (!state_.by_key.contains(known.stated.key_commit)) {
        last.insert_or_assign(known.stated.key_commit, known.stated);
      }
    }
    std::vector<Deferral> valid;
    for (const auto& [key, deferral] : last) {
      if (deferral.until >= terms_.now) {
        valid.push_back(deferral);
      }
    }
    std::ranges::sort(valid, [](const Deferral& a, const Deferral& b) {
      return std::tie(a.log_size, a.key_commit) > std::tie(b.log_size, b.key_commit);
    });
    return valid;
  }

  /// A deferral accounts for leaves below its log_size only. From the last due leaf down, so that
  /// no deferral is spent where another one would do.
  void report_due() {
    const std::vector<Deferral> valid = valid_deferrals();
    std::size_t next = 0;
    std::uint64_t available = 0;
    std::uint64_t overdue = 0;
    std::optional<std::uint64_t> first_overdue;
    for (std::size_t i = due_.size(); i-- > 0;) {
      for (std::uint64_t leaf = due_[i].end; leaf-- > due_[i].begin;) {
        for (; next < valid.size() && valid[next].log_size > leaf; ++next) {
          available += valid[next].leaves;
        }
        if (is_lost(leaf)) {
          ++state_.counts.lost;
        } else if (available > 0) {
          --available;
          ++state_.counts.deferred;
        } else {
          ++overdue;
          first_overdue = leaf;
        }
      }
    }
    if (overdue > 0) {
      state_.findings.alarm(
          Kind::opening_overdue, {.leaf = first_overdue},
          fmt::format("{} leaves are older than the ceiling or of unproven age, claimed by no "
                      "record that verifies and not deferred; the first is leaf {}",
                      overdue, *first_overdue));
    }
    for (const std::uint64_t leaf : nobodys_) {
      state_.findings.note(Kind::leaf_of_nobody, {.leaf = leaf},
                           fmt::format("no record speaks of leaf {}", leaf));
    }
    const std::uint64_t waiting = state_.counts.unclaimed - state_.counts.due;
    if (waiting > 0) {
      state_.findings.note(Kind::leaf_unclaimed, {.leaf = first_waiting_},
                           fmt::format("{} leaves are not claimed yet and not due", waiting));
    }
  }

  static constexpr std::size_t kMostNamed = 20;  // leaves that are named one by one

  struct Known {
    Deferral stated;
    std::string platform;
    std::uint64_t opened = 0;  // leaves of the opened stream below log_size
  };

  Verifier::State& state_;
  const AuditTerms& terms_;
  std::vector<Known> deferrals_;
  std::multimap<std::uint32_t, Known*> by_stream_;  // those of opened streams
  struct KnownLoss {
    Loss stated;
    std::uint64_t left = 0;     // of its unclaimable leaves
    std::uint64_t claimed = 0;  // leaves of its range that sound records claim
  };
  std::vector<KnownLoss> losses_;
  std::vector<Run> due_;
  std::vector<std::uint64_t> nobodys_;  // the first that no record, sound or not, speaks of
  std::optional<std::uint64_t> first_waiting_;
  const Claims::Page* page_ = nullptr;
};

}  // namespace

void Verifier::State::check_audit(const AuditTerms& terms) {
  if (!scanned) {
    return;  // without the leaves nothing is accounted for: said already
  }
  Audit(*this, terms).run();
}

}  // namespace weir::custody
