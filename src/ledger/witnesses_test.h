// Witnesses in memory, for tests: several, under one policy, each with its own bad day.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/ledger_test.h"
#include "ledger/seal.h"

namespace weir::ledger {

/// A witness in memory, and what the network does to it.
struct TestWitness {
  TestWitness(const std::string& its_name, const std::string& log_vkey, char fill)
      : name(its_name),
        key(SigningKey::from_seed(Secret(std::string(kKeyBytes, fill)))),
        vkey(must(merkle::VerifierKey::make(merkle::SignatureType::cosignature,
                                            its_name + ".example", key.public_key()))),
        witness(vkey, key, {must(merkle::VerifierKey::parse(log_vkey))}) {}

  std::string name;
  SigningKey key;
  merkle::VerifierKey vkey;
  merkle::Witness witness;
  bool is_down = false;
  bool loses_answers = false;  // it has seen the checkpoint, but nobody hears so
  int status = 0;              // answered instead, unless 0
  Duration skew{0};
  int asked = 0;
};

/// Several of them, with a policy that wants `quorum` of them.
class Witnesses {
 public:
  Witnesses(std::size_t count, std::size_t quorum, const Clock& clock) : clock_(&clock) {
    const SigningKey key = log_key();
    const std::string vkey =
        must(merkle::VerifierKey::make(merkle::SignatureType::ed25519, kOrigin, key.public_key()))
            .text();
    std::string policy;
    std::string group = "group enough " + std::to_string(quorum);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "w" + std::to_string(i);
      all.emplace_back(name, vkey, static_cast<char>('a' + i));
      policy +=
          "witness " + name + " " + all.back().vkey.text() + " https://" + name + ".example\n";
      group += " " + name;
    }
    policy += count == 0 ? "quorum none\n" : group + "\nquorum enough\n";
    policy_ = must(merkle::Policy::parse("log " + vkey + "\n" + policy));
  }

  static SigningKey log_key() { return SigningKey::from_seed(Secret(std::string(kKeyBytes, 'L'))); }
  const merkle::Policy& policy() const { return policy_; }
  AskWitness ask() {
    return [this](const std::string& url, const std::string& body) { return answer(url, body); };
  }
  Sealer sealer(TestLog& log, unsigned pad_to = 1) { return sealer(*log.db, *log.ledger, pad_to); }
  Sealer sealer(store::Db& db, Ledger& ledger, unsigned pad_to = 1) {
    return Sealer(db, ledger, log_key(), {pad_to, policy_}, ask());
  }

  std::vector<TestWitness> all;
  /// Every body that the log ever sent to a witness, by size: never two for one.
  std::map<std::uint64_t, std::string> sent;

 private:
  Result<WitnessAnswer> answer(const std::string& url, const std::string& body) {
    for (TestWitness& one : all) {
      if (url != "https://" + one.name + ".example/add-checkpoint") {
        continue;
      }
      ++one.asked;
      if (one.is_down) {
        return fail(Code::unavailable, "no answer");
      }
      note_sent(body);
      if (one.status != 0) {
        return WitnessAnswer{one.status, "told to answer so\n"};
      }
      const auto answered = one.witness.add_checkpoint(body, clock_->now() + one.skew);
      if (answered.remember) {
        one.witness.remember(*answered.remember);
      }
      if (one.loses_answers) {
        return fail(Code::unavailable, "no answer");
      }
      return WitnessAnswer{answered.status, answered.body};
    }
    ADD_FAILURE() << "no such witness: " << url;
    return fail(Code::not_found, url);
  }
  void note_sent(const std::string& body) {
    const auto request = must(merkle::parse_add_checkpoint(body));
    const auto note = must(merkle::parse_note(request.checkpoint));
    const auto checkpoint = must(merkle::parse_checkpoint(note.body));
    const auto [there, is_new] = sent.emplace(checkpoint.head.size, note.body);
    if (!may_contradict) {
      EXPECT_EQ(there->second, note.body) << "two roots for one size";
    }
  }

 public:
  bool may_contradict = false;

 private:
  const Clock* clock_;
  merkle::Policy policy_;
};

}  // namespace weir::ledger
