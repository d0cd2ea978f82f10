// For tests: an operator of a log in memory, honest unless told otherwise. Every dishonest variant
// is made from it by one change.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "custody/custody.h"

namespace weir::custody::forger {

struct Written {
  std::uint64_t leaf = 0;
  std::uint64_t index = 0;
  Digest salt;
  std::vector<Field> fields;  // all of them, sorted
  Digest tag;
  Digest commitment;
};

/// A stream as its operator knows it.
struct Book {
  std::string reference;
  std::string kind;
  std::string key;
  std::vector<Written> events;
  std::vector<std::string> linked;
};

/// What a dishonest operator changes while writing.
struct Forgery {
  std::function<void(std::vector<Field>&)> fields;        // before they are hashed
  const Book* tag_of = nullptr;                           // another stream's key makes the tag
  std::optional<std::uint64_t> tag_index = std::nullopt;  // or another index
};

/// Why a field is kept back, or nothing to show it.
using Hide = std::function<std::optional<Reason>(const std::string& type, const std::string& name)>;
std::optional<Reason> hide_nothing(const std::string& type, const std::string& name);
/// As for a recipient: without the position and the grounds.
std::optional<Reason> hide_for_recipient(const std::string& type, const std::string& name);

class Operator {
 public:
  explicit Operator(std::uint64_t seed = 1, std::string origin = "log.example");

  Book& begin(const std::string& kind);
  /// A minute passes, then the event is written.
  Written& write(Book& book, const std::string& type, std::vector<Field> fields,
                 const Forgery& forgery = {});
  /// A minute passes, then both witnesses cosign.
  void seal();
  /// Takes the log back to `size`, as if nothing behind had been published, and without witnesses
  /// from then on: these remember.
  void roll_back(std::uint64_t size);

  Record record(const Book& book, const Hide& hide = hide_nothing) const;
  Receipt receipt(const Book& book, std::uint64_t index,
                  const Hide& hide = hide_for_recipient) const;
  Promise promise(const Written& written) const;
  std::string signed_promise(const Promise& promise) const;

  Fetch fetch() const;  // of `files`
  Given given() const;
  Pinned pinned() const;
  std::string policy_text() const;
  std::string signed_checkpoint(const merkle::TreeHead& head) const;  // by the log alone

  std::string origin;
  ManualClock clock;
  SeededRandom random;
  std::map<std::string, std::string> files;
  std::vector<std::string> leaves;
  std::vector<std::uint64_t> archived;
  merkle::VerifierKey log_key;
  merkle::VerifierKey promise_key;
  std::vector<merkle::VerifierKey> witness_keys;
  enum class Witnesses { asked, left_out };
  Witnesses witnesses = Witnesses::asked;

 private:
  struct Signer {
    SigningKey key;
    merkle::VerifierKey as;
  };
  Signer make(merkle::SignatureType type, const std::string& name);
  Result<std::string> row(const merkle::Tile& tile) const;
  std::string cosign(const std::string& note);
  void publish(const std::string& note);

  std::vector<Signer> signers_;  // log, promise, witnesses
  std::vector<merkle::Witness> witnesses_;
  merkle::Edge edge_;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> rows_;
  std::deque<Book> books_;
};

/// An honest, small world: the platform's stream, cover, one case with three accesses, and another
/// that was merged into it; all of it opened and sealed. 19 leaves.
struct World {
  explicit World(std::uint64_t seed = 1);
  void finish();  // opens the cases and seals; called by the constructor
  std::vector<Record> records() const;

  Operator op;
  Book& platform;
  Book& cover;
  Book& report;  // the case
  Book& merged;  // into it
  std::string body = "Heap overflow in parse_header(): 4 bytes past the end.";
  Digest body_salt;
};

/// Fields of an event that gives `body` to somebody.
std::vector<Field> access_fields(Operator& op, const World& world, const std::string& recipient);

}  // namespace weir::custody::forger
