// All records against the log: checks 5 and 7 of docs/formats/custody.md, by one pass over the
// leaves; a second one only if something must be explained.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "custody/event.h"
#include "custody/state.h"

namespace weir::custody {
namespace {

constexpr std::size_t kMostDuplicates = 100'000;  // looked at; one is an alarm already

using Places = std::map<Digest, std::vector<std::uint64_t>>;

/// Prefixes that stand more than once. Two tags may share one by chance: the tags decide.
std::vector<std::uint64_t> repeated(const std::vector<std::uint64_t>& sorted) {
  std::vector<std::uint64_t> out;
  for (std::size_t i = 1; i < sorted.size() && out.size() < kMostDuplicates; ++i) {
    if (sorted[i] == sorted[i - 1] && (out.empty() || out.back() != sorted[i])) {
      out.push_back(sorted[i]);
    }
  }
  return out;
}

std::string_view tag_in(std::string_view entry) {
  return entry.substr(1, 32);
}

class LogCheck {
 public:
  explicit LogCheck(Verifier::State& state) : state_(state) {}

  void run() {
    std::vector<std::uint64_t> wanted = repeated(state_.scanned->tags);
    for (const Stream& stream : state_.streams) {
      want_next(stream, wanted);
    }
    for (const Mismatch& mismatch : state_.scanned->mismatches) {
      wanted.push_back(tag_prefix(tag(mismatch.claim).view()));
    }
    if (!wanted.empty()) {
      const auto located = locate(state_.given.log, *state_.scanned, wanted, state_.findings);
      if (!located) {
        return;
      }
      for (const Located& one : *located) {
        places_[one.tag].push_back(one.leaf);
      }
    }
    report_duplicates();
    report_next();
    report_mismatches();
  }

 private:
  Digest tag(const Claim& claim) const {
    return Tags(state_.streams[claim.stream].key).of(claim.index);
  }

  /// The event behind the last one of the record.
  void want_next(const Stream& stream, std::vector<std::uint64_t>& wanted) {
    const Digest next = Tags(stream.key).of(stream.next);
    const std::uint64_t prefix = tag_prefix(next.view());
    if (std::ranges::binary_search(state_.scanned->tags, prefix)) {
      wanted.push_back(prefix);
      next_.emplace(stream.number, next);
    }
  }

  void report_duplicates() {
    for (const auto& [tag, leaves] : places_) {
      for (std::size_t i = 1; i < leaves.size(); ++i) {
        const auto owner = state_.claims.owner(leaves[0]);
        Place place{.leaf = leaves[i]};
        if (owner) {
          place.stream = state_.streams[owner->stream].reference;
          place.index = owner->index;
          state_.streams[owner->stream].has_alarm = true;
        }
        state_.findings.alarm(
            Kind::duplicate_tag, std::move(place),
            fmt::format("leaves {} and {} have the same tag", leaves[0], leaves[i]));
      }
    }
  }

  void report_next() {
    for (const auto& [number, next] : next_) {
      const auto found = places_.find(next);
      if (found == places_.end()) {
        continue;
      }
      Stream& stream = state_.streams[number];
      const std::uint64_t leaf = found->second.front();
      const Place place{.stream = stream.reference, .index = stream.next, .leaf = leaf};
      if (leaf < stream.as_of) {
        state_.alarm(stream, Kind::withheld_event, place,
                     fmt::format("the log holds an event {} of this stream, the record does not",
                                 stream.next));
      } else {
        state_.findings.note(Kind::later_event, place,
                             "the stream has an event that is later than the record");
      }
    }
  }

  void report_mismatches() {
    for (const Mismatch& mismatch : state_.scanned->mismatches) {
      Stream& stream = state_.streams[mismatch.claim.stream];
      const Digest expected = tag(mismatch.claim);
      const Place place{
          .stream = stream.reference, .index = mismatch.claim.index, .leaf = mismatch.claim.leaf};
      const auto found = places_.find(expected);
      if (tag_in(mismatch.entry) == expected.view()) {
        state_.alarm(stream, Kind::wrong_commitment, place,
                     "the log committed to something else than this event");
      } else if (found != places_.end()) {
        state_.alarm(stream, Kind::misplaced_leaf, place,
                     fmt::format("the event's tag stands at leaf {}", found->second.front()));
      } else {
        state_.alarm(stream, Kind::not_in_log, place, "the log holds no leaf of this event");
      }
    }
  }

  Verifier::State& state_;
  Places places_;
  std::map<std::uint32_t, Digest> next_;  // by stream: the tag behind the last
};

}  // namespace

void Verifier::State::check_log() {
  if (!archive) {
    return;
  }
  scanned = scan({.fetch = given.log,
                  .newest = archive->newest,
                  .heads = std::move(heads),
                  .claims = claims,
                  .tiles = given.tiles},
                 findings);
  if (scanned) {
    LogCheck(*this).run();
  }
}

}  // namespace weir::custody
