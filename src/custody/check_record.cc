// One record by itself, against the archived checkpoints and the receipts at hand: checks 1 to 4
// and 6 of docs/formats/custody.md. What it says about the log becomes claims.
#include <algorithm>

#include <fmt/format.h>

#include "custody/event.h"
#include "custody/skeleton.h"
#include "custody/state.h"

namespace weir::custody {
namespace {

bool is_link(std::string_view type) {
  return type == "merged" || type == "split";
}

/// Walks over the events of one record.
class RecordCheck {
 public:
  RecordCheck(Verifier::State& state, const Record& record, Stream& stream, std::uint64_t here)
      : state_(state), record_(record), stream_(stream), here_(here), tags_(record.key) {}

  void run() {
    for (const RecordEvent& event : record_.events) {
      check(event);
      ++position_;
    }
    if (elsewhere_ > 0) {
      state_.findings.note(Kind::other_log, {.stream = stream_.reference},
                           fmt::format("{} events stand in other logs: verify the record with "
                                       "those too",
                                       elsewhere_));
    }
    if (unproven_ > 0) {
      state_.findings.note(Kind::times_unproven, {.stream = stream_.reference},
                           fmt::format("the times of {} events are the operator's word: no witness "
                                       "of the policy cosigned the checkpoints around them",
                                       unproven_));
    }
  }

 private:
  Place place(const RecordEvent& event) const {
    return {.stream = stream_.reference, .index = event.index, .leaf = event.leaf};
  }
  void alarm(const RecordEvent& event, Kind kind, std::string text) {
    state_.alarm(stream_, kind, place(event), std::move(text));
  }

  void check(const RecordEvent& event) {
    if (event.index != position_) {
      alarm(event, Kind::gap_in_index,
            fmt::format("event {} stands where event {} belongs", event.index, position_));
    }
    if (event.log >= record_.logs.size() || event.log < log_) {
      alarm(event, Kind::several_logs,
            "the event's log is not one of the record's, in their order");
      return;
    }
    log_ = event.log;
    count_kept_back(event);
    const Digest own = event.lost ? *event.lost : commitment(event.fields);
    if (event.lost) {
      check_lost(event);
    } else {
      check_opened(event);
    }
    previous_ = own;
    if (event.log != here_) {
      ++elsewhere_;
      return;
    }
    check_bracket(event);
    claim(event, own);
    check_receipts(event, own);
  }

  void check_opened(const RecordEvent& event) {
    const auto skeleton = read_skeleton(event.fields, Opening::record);
    if (!skeleton) {
      alarm(event, skeleton.error().kind, skeleton.error().text);
      return;
    }
    check_skeleton(event, *skeleton);
    check_time(event, skeleton->time);
    keep(event, *skeleton);
  }

  /// Of a lost event only its place and commitment are left. The first one of a stream cannot be
  /// lost alone: it is written together with the stream's key.
  void check_lost(const RecordEvent& event) {
    if (event.index == 0) {
      alarm(event, Kind::loss_malformed, "the first event of a stream is never lost by itself");
    }
    if (event.log == here_) {
      stream_.lost.push_back({.index = event.index, .leaf = event.leaf});
    }
  }

  void count_kept_back(const RecordEvent& event) {
    for (const OpenedField& field : event.fields) {
      if (field.reason) {
        ++state_.counts.kept_back[static_cast<std::size_t>(*field.reason)];
        if (field.reason == Reason::position && field.name != "index") {
          alarm(event, Kind::malformed,
                fmt::format("the field {} is kept back as a position", field.name));
        }
      }
    }
  }

  void check_skeleton(const RecordEvent& event, const Skeleton& skeleton) {
    if (skeleton.index != event.index) {
      alarm(event, Kind::gap_in_index,
            fmt::format("the event's own index is {}", skeleton.index.value_or(0)));
    }
    const bool is_carried = event.log > 0 && skeleton.origin == record_.logs[event.log - 1].origin;
    if (is_carried && event.log == here_) {
      stream_.carried.push_back({.index = event.index, .leaf = event.leaf});
    } else if (!is_carried && skeleton.origin != record_.logs[event.log].origin) {
      alarm(event, Kind::wrong_origin,
            fmt::format("the event belongs to the log {}", skeleton.origin));
    }
    if (skeleton.stream != record_.stream) {
      alarm(event, Kind::wrong_stream,
            fmt::format("the event belongs to the stream {}", skeleton.stream));
    }
    if (skeleton.key_commit != stream_.key_commit) {
      alarm(event, Kind::wrong_key, "the event commits to another key than the one opened");
    }
    if (skeleton.prev != previous_) {
      alarm(event, Kind::broken_chain, "the event does not follow on the one before it");
    }
    if (event.index == 0 && !is_first_of_kind(skeleton.type)) {
      alarm(event, Kind::wrong_kind,
            fmt::format("a {} stream does not begin with {}", record_.kind, skeleton.type));
    }
  }

  bool is_first_of_kind(std::string_view type) const {
    if (record_.kind == "platform") {
      return type == "rule";
    }
    if (record_.kind == "cover") {
      return type == "cover";
    }
    return type != "rule" && type != "cover";
  }

  void check_time(const RecordEvent& event, Instant time) {
    if (newest_ && time < *newest_ - kTimeTolerance) {
      alarm(event, Kind::time_backwards,
            fmt::format("its time {} is more than ten minutes before that of an event before it",
                        to_rfc3339(time)));
    }
    newest_ = std::max(newest_.value_or(time), time);
    if (event.log != here_) {
      return;
    }
    const Sealed* before = state_.archive->find(event.before);
    const Sealed* after = state_.archive->find(event.after);
    const bool has_before = before != nullptr && before->earliest;
    const bool has_after = after != nullptr && after->latest;
    unproven_ += (has_before || event.before == 0) && has_after ? 0 : 1;
    if (has_before && time < *before->earliest - kTimeTolerance) {
      alarm(event, Kind::time_outside_bracket,
            fmt::format("its time is {}, but at {} a witness saw a log without it",
                        to_rfc3339(time), to_rfc3339(*before->earliest)));
    }
    if (has_after && time > *after->latest + kTimeTolerance) {
      alarm(event, Kind::time_outside_bracket,
            fmt::format("its time is {}, but at {} a witness saw it in the log already",
                        to_rfc3339(time), to_rfc3339(*after->latest)));
    }
  }

  /// What later checks need of the event.
  void keep(const RecordEvent& event, const Skeleton& skeleton) {
    if (event.index == 0) {
      stream_.begun = skeleton.time;
      stream_.open_by = skeleton.open_by;
    }
    if (skeleton.type == "custody_opened" && !stream_.opened_at) {
      stream_.opened_at = skeleton.time;
    }
    if (is_link(skeleton.type)) {
      keep_link(event);
    }
    if (skeleton.type == "opening_deferred" && record_.kind == "platform") {
      keep_deferral(event);
    }
    if (skeleton.type == "history_lost" && record_.kind == "platform" && event.log == here_) {
      keep_loss(event);
    }
    if (skeleton.type == "log_closed" && record_.kind == "platform") {
      keep_closing(event);
    }
  }

  std::optional<Loss> read_loss(const RecordEvent& event) {
    const auto from = integer_field(event.fields, "from");
    const auto to = integer_field(event.fields, "to");
    const auto unclaimable = integer_field(event.fields, "unclaimable");
    const auto cause = string_field(event.fields, "cause");
    if (!from || !to || !unclaimable || !cause || *from > *to || *unclaimable > *to - *from) {
      alarm(event, Kind::loss_malformed, "the event does not show what is lost, and why");
      return std::nullopt;
    }
    return Loss{event.index, *from, *to, *unclaimable, *cause};
  }

  /// A loss is confessed by the first leaf after it, or not at all.
  void keep_loss(const RecordEvent& event) {
    const auto loss = read_loss(event);
    if (loss && event.leaf != loss->to) {
      alarm(event, Kind::loss_malformed,
            fmt::format("a loss up to leaf {} is said by leaf {}, not {}", loss->to, event.leaf,
                        loss->to));
    } else if (loss) {
      stream_.losses.push_back(*loss);
    }
  }

  /// Stands in the successor, and speaks of the log before it.
  void keep_closing(const RecordEvent& event) {
    const auto loss = read_loss(event);
    const auto closed = string_field(event.fields, "closed");
    const auto successor = string_field(event.fields, "successor");
    const auto size = integer_field(event.fields, "size");
    if (!loss || event.log == 0 || !size || closed != record_.logs[event.log - 1].origin ||
        successor != record_.logs[event.log].origin) {
      alarm(event, Kind::loss_malformed, "the event does not show which log ended, and where");
      return;
    }
    if (event.log == here_) {
      stream_.begun_at = event.leaf;
    } else if (event.log - 1 == here_) {
      stream_.losses.push_back(*loss);
      if (*size != state_.archive->newest.size) {
        alarm(event, Kind::loss_malformed,
              fmt::format("this log is said to end at {} leaves; it has {}", *size,
                          state_.archive->newest.size));
      }
    }
  }

  void keep_link(const RecordEvent& event) {
    const auto other = string_field(event.fields, "other");
    const auto key = digest_field(event.fields, "other_key_commit");
    const auto index = integer_field(event.fields, "other_index");
    if (!other || !key || !index) {
      alarm(event, Kind::missing_link, "the event does not show which stream it is linked to");
      return;
    }
    stream_.links.push_back(
        {.index = event.index, .other = *other, .other_key_commit = *key, .other_index = *index});
  }

  void keep_deferral(const RecordEvent& event) {
    const auto key = digest_field(event.fields, "deferred_key_commit");
    const auto leaves = integer_field(event.fields, "leaves");
    const auto size = integer_field(event.fields, "log_size");
    const auto until = parse_ledger_time(string_field(event.fields, "until").value_or(""));
    if (!key || !leaves || !size || !until || *leaves > *size) {
      alarm(event, Kind::deferral_malformed,
            "the deferral does not show what it defers, how much, and until when");
      return;
    }
    stream_.deferrals.push_back({.index = event.index,
                                 .key_commit = *key,
                                 .leaves = *leaves,
                                 .log_size = *size,
                                 .until = *until});
  }

  void check_bracket(const RecordEvent& event) {
    const Archive& archive = *state_.archive;
    if (event.leaf >= stream_.as_of || event.leaf >= archive.newest.size) {
      alarm(event, Kind::misplaced_leaf, "the leaf is not below the checkpoint of the record");
      return;
    }
    if (last_leaf_ && event.leaf <= *last_leaf_) {
      alarm(event, Kind::misplaced_leaf, "the leaf is not behind that of the event before");
    }
    last_leaf_ = event.leaf;
    const Sealed* after = archive.after(event.leaf);
    const std::uint64_t before = archive.before(event.leaf);
    if (event.before != before || after == nullptr || event.after != after->size) {
      alarm(event, Kind::bracket_violated,
            fmt::format("the archived checkpoints around leaf {} are of size {} and {}, not {} "
                        "and {}",
                        event.leaf, before, after == nullptr ? 0 : after->size, event.before,
                        event.after));
    }
  }

  void claim(const RecordEvent& event, const Digest& own) {
    if (event.leaf >= state_.archive->newest.size || event.index >= kMostEvents) {
      return;  // said already
    }
    const Claim claim{.leaf = event.leaf,
                      .stream = stream_.number,
                      .index = static_cast<std::uint32_t>(event.index),
                      .hash = merkle::leaf_hash(leaf(tags_.of(event.index), own))};
    if (const auto owner = state_.claims.add(claim)) {
      alarm(event, Kind::leaf_claimed_twice,
            fmt::format("event {} of stream {} claims the same leaf", owner->index,
                        state_.streams[owner->stream].reference));
    }
  }

  void check_receipts(const RecordEvent& event, const Digest& own) {
    const auto [first, last] = state_.receipts_by_leaf.equal_range(event.leaf);
    for (auto at = first; at != last; ++at) {
      HeldReceipt& held = state_.receipts[at->second];
      if (held.stream == record_.stream) {
        compare(event, own, held);
      }
    }
    note_homes(event);
  }

  void compare(const RecordEvent& event, const Digest& own, HeldReceipt& held) {
    const auto same_field = [](const OpenedField& a, const OpenedField& b) {
      return a.name == b.name && a.hash == b.hash;
    };
    held.is_in_record = true;
    if (held.receipt.tag != tags_.of(event.index) || commitment(held.receipt.fields) != own ||
        (!event.lost && !std::ranges::equal(held.receipt.fields, event.fields, same_field))) {
      alarm(event, Kind::receipt_contradicted,
            fmt::format("the receipt {} says something else about this leaf", held.name));
    }
  }

  /// Bytes have one home: remembers that a receipt's bytes are the content of this stream.
  void note_homes(const RecordEvent& event) {
    const auto content = digest_field(event.fields, "content");
    if (!content) {
      return;
    }
    const auto [first, last] = state_.receipts_by_digest.equal_range(*content);
    for (auto at = first; at != last; ++at) {
      state_.receipts[at->second].homes.insert(record_.stream);
    }
    for (HeldReceipt& held : state_.receipts) {
      if (held.body) {
        const Body match = match_body(event.fields, *held.body).body;
        if (match == Body::is_content || match == Body::in_manifest) {
          held.homes.insert(record_.stream);
        }
      }
    }
  }

  Verifier::State& state_;
  const Record& record_;
  Stream& stream_;
  std::uint64_t here_;  // which of the record's logs is the verifier's
  Tags tags_;
  std::uint64_t log_ = 0;        // of the event before
  std::uint64_t elsewhere_ = 0;  // events in other logs
  std::uint64_t position_ = 0;
  std::uint64_t unproven_ = 0;
  Digest previous_;  // commitment of the event before; 32 zero bytes before the first
  std::optional<Instant> newest_;
  std::optional<std::uint64_t> last_leaf_;
};

/// The verifier's log among the record's.
std::optional<std::uint64_t> find_log(const Record& record, const std::string& origin) {
  const auto found = std::ranges::find(record.logs, origin, &Record::Log::origin);
  return found == record.logs.end()
             ? std::nullopt
             : std::optional(static_cast<std::uint64_t>(found - record.logs.begin()));
}

/// What is wrong with the record as a whole, so that its events cannot be judged.
std::optional<Problem> refuse(const Verifier::State& state, const Record& record) {
  std::vector<std::string> origins;
  for (const Record::Log& log : record.logs) {
    origins.push_back(log.origin);
  }
  std::ranges::sort(origins);
  if (record.as_of_log + 1 != record.logs.size() ||
      std::ranges::adjacent_find(origins) != origins.end()) {
    return Problem{Kind::several_logs,
                   "the record names a log twice, or ends in another than the last"};
  }
  const std::string& origin = state.given.pinned.log.name();
  if (!find_log(record, origin)) {
    return Problem{Kind::wrong_origin, fmt::format("the record is of the log {}, not of {}",
                                                   record.logs.front().origin, origin)};
  }
  if (!is_reference(record.stream)) {
    return Problem{Kind::malformed, "the record's stream is no reference"};
  }
  if (record.events.empty()) {
    return Problem{Kind::malformed, "the record holds no event, but every stream has a first one"};
  }
  return std::nullopt;
}

}  // namespace

void Verifier::State::add(const Record& record) {
  ++counts.records;
  counts.events += record.events.size();
  if (!archive) {
    return;  // no signed checkpoint to go by: said already
  }
  if (const auto problem = refuse(*this, record)) {
    findings.alarm(problem->kind, {.stream = record.stream}, problem->text);
    return;
  }
  const Digest commit = key_commit(record.key);
  const auto number = static_cast<std::uint32_t>(streams.size());
  const bool is_new_reference = by_reference.try_emplace(record.stream, number).second;
  if (!is_new_reference || !by_key.try_emplace(commit, number).second) {
    findings.alarm(Kind::second_record, {.stream = record.stream},
                   "a record of this stream, or under this key, was given before");
    return;
  }
  Stream& stream = streams.emplace_back();
  stream.number = number;
  stream.reference = record.stream;
  stream.kind = record.kind;
  stream.key = record.key;
  stream.key_commit = commit;
  stream.events = record.events.size();
  const std::uint64_t here = find_log(record, given.pinned.log.name()).value();
  // Of a log that has ended, a record holds everything.
  stream.as_of = here == record.as_of_log ? record.as_of_size : archive->newest.size;
  for (const RecordEvent& event : record.events) {
    stream.next += event.log <= here || event.log >= record.logs.size() ? 1 : 0;
  }
  stream.linked = record.linked;
  if (archive->find(stream.as_of) == nullptr) {
    alarm(stream, Kind::bracket_violated, {.stream = stream.reference},
          fmt::format("no checkpoint of size {} is archived, as the record's as_of says",
                      record.as_of_size));
  }
  RecordCheck(*this, record, stream, here).run();
}

}  // namespace weir::custody
