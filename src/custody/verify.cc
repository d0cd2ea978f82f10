#include "custody/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "custody/event.h"
#include "custody/state.h"

namespace weir::custody {
namespace {

/// The digests in a shown manifest; those that are malformed are left out.
std::vector<Digest> manifest_digests(const OpenedFields& fields) {
  std::vector<Digest> digests;
  const OpenedField* manifest = find_field(fields, "manifest");
  if (manifest == nullptr || !manifest->value) {
    return digests;
  }
  const auto items = json::Cursor(*manifest->value).elements(kMostLinked);
  if (!items) {
    return digests;
  }
  for (const json::Cursor& item : *items) {
    const auto written = item.string_at("digest");
    const auto digest = written ? digest_from_base64(*written) : std::nullopt;
    if (digest) {
      digests.push_back(*digest);
    }
  }
  return digests;
}

/// Two streams that name each other's bytes rightly: one was merged with or split from the other.
bool are_linked(const std::vector<Stream>& streams, const std::string& a, const std::string& b) {
  return std::ranges::any_of(streams, [&](const Stream& stream) {
    const auto names = [&stream](const std::string& other) {
      return std::ranges::find(stream.linked, other) != stream.linked.end();
    };
    return (stream.reference == a && names(b)) || (stream.reference == b && names(a));
  });
}

}  // namespace

Verifier::State::State(Given all) : given(std::move(all)) {
  archive = load_archive(given.log, given.pinned, findings);
  if (archive) {
    for (const Sealed& sealed : archive->sealed) {
      heads.push_back({.size = sealed.size,
                       .root = sealed.root,
                       .from = fmt::format("the archived checkpoint {}", sealed.size)});
    }
  }
  std::size_t number = 0;
  for (const std::string& note : given.checkpoints) {
    const auto sealed = open_sealed(note, given.pinned);
    const std::string from = fmt::format("checkpoint {} of those seen elsewhere", ++number);
    if (!sealed) {
      findings.alarm(Kind::checkpoint_unsigned, {},
                     fmt::format("{} is not accepted: {}", from, text(sealed.error())));
      continue;
    }
    heads.push_back({.size = sealed->size, .root = sealed->root, .from = from});
  }
  take_receipts();
}

void Verifier::State::take_receipts() {
  counts.receipts = given.receipts.size();
  for (GivenReceipt& given_receipt : given.receipts) {
    const std::optional<std::string_view> body = given_receipt.body;
    const auto report = verify_receipt(given_receipt.text, given.pinned, body);
    if (!report) {
      findings.alarm(Kind::receipt_invalid, {},
                     fmt::format("the receipt {} does not verify: {}", given_receipt.name,
                                 text(report.error())));
      continue;
    }
    if (report->body == Body::differs) {
      findings.alarm(Kind::receipt_contradicted, {.stream = report->stream, .leaf = report->leaf},
                     fmt::format("the body given with the receipt {} is not what its event "
                                 "commits to",
                                 given_receipt.name));
    }
    HeldReceipt held{.name = std::move(given_receipt.name),
                     .receipt = parse_receipt(given_receipt.text).value(),
                     .stream = report->stream,
                     .body = std::move(given_receipt.body),
                     .digests = {}};
    held.digests = manifest_digests(held.receipt.fields);
    const auto sealed = open_sealed(held.receipt.proof.checkpoint, given.pinned).value();
    heads.push_back({.size = sealed.size,
                     .root = sealed.root,
                     .from = fmt::format("the checkpoint in the receipt {}", held.name)});
    receipts_by_leaf.emplace(held.receipt.proof.index, receipts.size());
    for (const Digest& digest : held.digests) {
      receipts_by_digest.emplace(digest, receipts.size());
    }
    receipts.push_back(std::move(held));
  }
}

void Verifier::State::alarm(Stream& stream, Kind kind, const Place& place, std::string text) {
  stream.has_alarm = true;
  findings.alarm(kind, place, std::move(text));
}

void Verifier::State::check_losses() {
  std::optional<std::uint64_t> begun_at;
  for (const Stream& stream : streams) {
    if (!stream.has_alarm) {
      losses.insert(losses.end(), stream.losses.begin(), stream.losses.end());
      begun_at = stream.begun_at ? stream.begun_at : begun_at;
    }
  }
  for (const Loss& loss : losses) {
    findings.note(Kind::history_lost, {.leaf = loss.from},
                  fmt::format("the operator says that leaves {} to {} are lost ({}), {} of them "
                              "with the keys of their streams: what they said rests on receipts",
                              loss.from, loss.to, loss.cause, loss.unclaimable));
  }
  for (Stream& stream : streams) {
    for (const Weak& lost : stream.lost) {
      if (std::ranges::none_of(losses, [&](const Loss& loss) {
            return loss.from <= lost.leaf && lost.leaf < loss.to;
          })) {
        alarm(stream, Kind::loss_unconfessed,
              {.stream = stream.reference, .index = lost.index, .leaf = lost.leaf},
              "no event of the platform says that this leaf is lost");
      }
    }
    for (const Weak& carried : stream.carried) {
      if (!begun_at || carried.leaf >= *begun_at) {
        alarm(stream, Kind::wrong_origin,
              {.stream = stream.reference, .index = carried.index, .leaf = carried.leaf},
              "the event was written under the log before, but is not among those that the "
              "platform says were carried over");
      }
    }
  }
}

void Verifier::State::check_links() {
  for (Stream& stream : streams) {
    for (const std::string& other : stream.linked) {
      if (!by_reference.contains(other)) {
        // No fault of this record: its claims count.
        findings.alarm(Kind::missing_link, {.stream = stream.reference},
                       fmt::format("the record of the linked stream {} is not at hand", other));
      }
    }
    for (const Link& link : stream.links) {
      const Place place{.stream = stream.reference, .index = link.index};
      if (std::ranges::find(stream.linked, link.other) == stream.linked.end()) {
        alarm(stream, Kind::missing_link, place,
              fmt::format("the record does not list {} as linked", link.other));
      }
      const auto found = by_reference.find(link.other);
      if (found == by_reference.end()) {
        continue;
      }
      const Stream& other = streams[found->second];
      const bool is_returned = std::ranges::any_of(other.links, [&](const Link& back) {
        return back.index == link.other_index && back.other == stream.reference &&
               back.other_index == link.index;
      });
      if (!is_returned || other.key_commit != link.other_key_commit) {
        alarm(stream, Kind::forged_link, place,
              fmt::format("event {} of {} does not confirm the link, or its key is another",
                          link.other_index, link.other));
      }
    }
  }
}

void Verifier::State::check_receipts() {
  for (const HeldReceipt& held : receipts) {
    const std::uint64_t leaf = held.receipt.proof.index;
    const Place place{.stream = held.stream, .leaf = leaf};
    for (const std::string& home : held.homes) {
      if (home != held.stream && !are_linked(streams, home, held.stream)) {
        alarm(streams[by_reference.at(home)], Kind::receipt_contradicted,
              {.stream = home, .leaf = leaf},
              fmt::format("bytes of this stream were given out, but the receipt {} says under {}",
                          held.name, held.stream));
      }
    }
    const auto found = by_reference.find(held.stream);
    if (found == by_reference.end()) {
      findings.note(Kind::receipt_unchecked, place,
                    fmt::format("no record of the stream of the receipt {} was given", held.name));
      continue;
    }
    Stream& stream = streams[found->second];
    if (held.is_in_record) {
      continue;
    }
    if (leaf >= stream.as_of) {
      findings.note(Kind::later_event, place,
                    fmt::format("the event of the receipt {} is later than the record", held.name));
      continue;
    }
    alarm(stream, Kind::receipt_not_in_record, place,
          fmt::format("the receipt {} is of an event that the record does not hold", held.name));
  }
}

Outcome Verifier::State::outcome() {
  Outcome outcome;
  if (archive) {
    outcome.quorum = archive->newest.quorum;
    counts.leaves = archive->newest.size;
  }
  outcome.findings = findings.all();
  outcome.counts = counts;
  outcome.alarms = findings.alarms();
  return outcome;
}

Verifier::Verifier(Given given) : state_(std::make_unique<State>(std::move(given))) {}
Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;

void Verifier::add_text(std::string_view name, std::string_view json) {
  const auto record = parse_record(json);
  if (!record) {
    state_->findings.alarm(Kind::malformed, {}, fmt::format("{}: {}", name, text(record.error())));
    return;
  }
  add(*record);
}

void Verifier::add(const Record& record) {
  state_->add(record);
}

Outcome Verifier::finish() {
  state_->check_losses();
  state_->check_links();
  state_->check_receipts();
  state_->check_log();
  return state_->outcome();
}

Outcome Verifier::audit(const AuditTerms& terms) {
  state_->check_losses();
  state_->check_links();
  state_->check_receipts();
  state_->check_log();
  state_->check_audit(terms);
  return state_->outcome();
}

}  // namespace weir::custody
