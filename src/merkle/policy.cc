// The policy file, after C2SP tlog-policy.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "merkle/lines.h"
#include "merkle/witness.h"

namespace weir::merkle {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNone = "none";  // predefined: no witness

bool is_allowed(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> result;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
      return result;
    }
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    result.push_back(word);
    line.remove_prefix(word.size());
  }
}

}  // namespace

/// Reads a policy line by line. Names may only be used after their definition, so what is built is
/// valid at each step and can hold no circle.
class PolicyParser {
 public:
  explicit PolicyParser(std::string_view text) : lines_(text) {}

  Result<Policy> parse() {
    while (const auto line = lines_.next()) {
      if (!std::ranges::all_of(*line, is_allowed)) {
        return lines_.fail("a control character");
      }
      const auto items = words(*line);
      if (!items.empty() && !items.front().starts_with('#')) {
        TRY(parse_line(items));
      }
    }
    if (!lines_.rest().empty()) {
      // A file cut short could name another quorum than was meant.
      return lines_.fail("after this line stands one that does not end in a newline");
    }
    if (!has_quorum_) {
      return fail(Code::invalid, "the policy has no quorum line");
    }
    return policy_;
  }

 private:
  using Words = std::span<const std::string_view>;
  using Kind = Policy::Kind;
  using Member = Policy::Member;

  Status parse_line(Words items) {
    const std::string_view keyword = items.front();
    const Words rest = items.subspan(1);
    if (keyword == "log") {
      return parse_log(rest);
    }
    if (keyword == "witness") {
      return parse_witness(rest);
    }
    if (keyword == "group") {
      return parse_group(rest);
    }
    if (keyword == "quorum") {
      return parse_quorum(rest);
    }
    return lines_.fail("a line begins with log, witness, group or quorum");
  }

  Result<VerifierKey> parse_key(std::string_view text, SignatureType type) {
    auto key = VerifierKey::parse(text);
    if (!key) {
      return lines_.fail(key.error().message);
    }
    if (key->type() != type) {
      return lines_.fail("the key is of the wrong type: a log's is 1, a witness's 4");
    }
    return *std::move(key);
  }

  Status check_room(std::size_t items) {
    if (items >= kMaxPolicyItems) {
      return lines_.fail("more than 256 of a kind");
    }
    return {};
  }

  Status define(std::string_view name, Member member) {
    if (name == kNone || !names_.emplace(name, member).second) {
      return lines_.fail("the name is taken");
    }
    return {};
  }

  Status parse_log(Words items) {
    if (items.empty() || items.size() > 2) {
      return lines_.fail("a log line is: log <vkey> [<url>]");
    }
    TRY(check_room(policy_.logs_.size()));
    VerifierKey key = TRY(parse_key(items[0], SignatureType::ed25519));
    if (std::ranges::any_of(policy_.logs_, [&key](const Policy::Log& log) {
          return log.key.public_key() == key.public_key();
        })) {
      return lines_.fail("the log's key is there already");
    }
    policy_.logs_.push_back(
        {.key = std::move(key), .url = std::string(items.size() > 1 ? items[1] : "")});
    return {};
  }

  Status parse_witness(Words items) {
    if (items.size() < 2 || items.size() > 3) {
      return lines_.fail("a witness line is: witness <name> <vkey> [<url>]");
    }
    TRY(check_room(policy_.witnesses_.size()));
    VerifierKey key = TRY(parse_key(items[1], SignatureType::cosignature));
    if (std::ranges::any_of(policy_.witnesses_, [&key](const Policy::WitnessEntry& witness) {
          return witness.key.public_key() == key.public_key();
        })) {
      return lines_.fail("the witness's key is there already");
    }
    TRY(define(items[0], {.kind = Kind::witness, .index = policy_.witnesses_.size()}));
    policy_.witnesses_.push_back({.name = std::string(items[0]),
                                  .key = std::move(key),
                                  .url = std::string(items.size() > 2 ? items[2] : "")});
    return {};
  }

  Status parse_group(Words items) {
    if (items.size() < 3) {
      return lines_.fail("a group line is: group <name> all|any|<k> <name>...");
    }
    TRY(check_room(policy_.groups_.size()));
    const Words names = items.subspan(2);
    const auto threshold = items[1] == "any"   ? 1
                           : items[1] == "all" ? names.size()
                                               : parse_decimal(items[1]).value_or(0);
    if (threshold < 1 || threshold > names.size()) {
      return lines_.fail("the group's threshold is any, all, or from 1 to the number of members");
    }
    Policy::Group group{.name = std::string(items[0]), .threshold = threshold, .members = {}};
    for (const std::string_view name : names) {
      const auto found = names_.find(name);
      if (found == names_.end()) {
        return lines_.fail("a member is not defined on a line before");
      }
      if (!members_.insert(name).second) {
        return lines_.fail("a name may be a member only once");
      }
      group.members.push_back(found->second);
    }
    TRY(define(items[0], {.kind = Kind::group, .index = policy_.groups_.size()}));
    policy_.groups_.push_back(std::move(group));
    return {};
  }

  Status parse_quorum(Words items) {
    if (items.size() != 1) {
      return lines_.fail("a quorum line is: quorum <name>");
    }
    if (has_quorum_) {
      return lines_.fail("a second quorum line");
    }
    has_quorum_ = true;
    if (items[0] == kNone) {
      return {};
    }
    const auto found = names_.find(items[0]);
    if (found == names_.end()) {
      return lines_.fail("the quorum is not defined on a line before");
    }
    policy_.quorum_ = found->second;
    return {};
  }

  Lines lines_;
  Policy policy_;
  std::map<std::string_view, Member> names_;
  std::set<std::string_view> members_;  // of any group
  bool has_quorum_ = false;
};

Result<Policy> Policy::parse(std::string_view text) {
  if (text.size() > kMaxPolicyBytes) {
    return fail(Code::invalid, "a policy of more than 256 KiB");
  }
  return PolicyParser(text).parse();
}

const std::string& Policy::name_of(const Member& member) const {
  switch (member.kind) {
    case Kind::witness:
      return witnesses_[member.index].name;
    case Kind::group:
      return groups_[member.index].name;
  }
  std::unreachable();
}

std::string Policy::text() const {
  std::string text;
  const auto add_url = [&text](const std::string& url) {
    text += url.empty() ? "\n" : " " + url + "\n";
  };
  for (const Log& log : logs_) {
    text += "log " + log.key.text();
    add_url(log.url);
  }
  for (const WitnessEntry& witness : witnesses_) {
    text += fmt::format("witness {} {}", witness.name, witness.key.text());
    add_url(witness.url);
  }
  for (const Group& group : groups_) {
    text += fmt::format("group {} {}", group.name, group.threshold);
    for (const Member& member : group.members) {
      text += " " + name_of(member);
    }
    text += "\n";
  }
  return text + fmt::format("quorum {}\n", quorum_ ? std::string_view(name_of(*quorum_)) : kNone);
}

std::vector<VerifierKey> Policy::log_keys() const {
  std::vector<VerifierKey> keys;
  for (const Log& log : logs_) {
    keys.push_back(log.key);
  }
  return keys;
}

std::vector<VerifierKey> Policy::witness_keys() const {
  std::vector<VerifierKey> keys;
  for (const WitnessEntry& witness : witnesses_) {
    keys.push_back(witness.key);
  }
  return keys;
}

bool Policy::is_met(std::span<const std::size_t> cosigned) const {
  if (!quorum_) {
    return true;
  }
  std::vector<bool> group_holds;
  const auto holds = [&](const Member& member) {
    switch (member.kind) {
      case Kind::witness:
        return std::ranges::find(cosigned, member.index) != cosigned.end();
      case Kind::group:
        return static_cast<bool>(group_holds[member.index]);
    }
    std::unreachable();
  };
  for (const Group& group : groups_) {  // members stand before the groups that name them
    const auto count = static_cast<std::size_t>(std::ranges::count_if(group.members, holds));
    group_holds.push_back(count >= group.threshold);
  }
  return holds(*quorum_);
}

Result<OpenCheckpoint> open_checkpoint(std::string_view text, const Policy& policy) {
  OpenCheckpoint open = TRY(open_checkpoint(text, policy.log_keys(), policy.witness_keys()));
  std::vector<std::size_t> cosigned;
  for (const Verified& verified : open.cosigned) {
    cosigned.push_back(verified.key);
  }
  if (!policy.is_met(cosigned)) {
    return fail(Code::denied, fmt::format("{} of {} known witnesses have cosigned the checkpoint, "
                                          "which is less than the policy's quorum",
                                          cosigned.size(), policy.witnesses().size()));
  }
  return open;
}

Result<OpenCheckpoint> verify_proof(const LogProof& proof, const Digest& leaf,
                                    const Policy& policy) {
  OpenCheckpoint open = TRY(open_checkpoint(proof.checkpoint, policy));
  if (!verify_inclusion({.index = proof.index, .hash = leaf}, proof.hashes, open.checkpoint.head)) {
    return fail(Code::denied, "the proof does not lead from the entry to the checkpoint's root");
  }
  return open;
}

}  // namespace weir::merkle
