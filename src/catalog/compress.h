// Records as they are stored: zstd with a dictionary of their source, so that even a short record
// shrinks to a seventh. Private to catalog.
//
// A dictionary is made once from the first records of a source and never changed or deleted, since
// everything that was compressed with it needs it.
//
// Thread rule: one thread each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/advisory.h"
#include "base/result.h"
#include "store/store.h"

namespace weir::catalog {

inline constexpr int kLevel = 3;
inline constexpr std::size_t kDictionaryBytes = std::size_t{110} << 10;
inline constexpr std::size_t kSampleBytes = std::size_t{6} << 20;  // that a dictionary is made from
inline constexpr std::size_t kLeastSamples = 200;                  // fewer are not worth one

struct Dictionary {
  std::int64_t id = 0;
  advisory::Source source = advisory::Source::cve;
  std::string bytes;
};

/// All of them.
Result<std::vector<Dictionary>> load_dictionaries(const store::Tx& tx);
/// From samples of a source's records; empty if they are too few or too alike to make one.
std::string train(const std::vector<std::string_view>& samples);

class Compressor {
 public:
  Compressor();
  Compressor(Compressor&&) noexcept;
  ~Compressor();
  void add(const Dictionary& dictionary);
  bool has(advisory::Source source) const;
  /// The id that the next dictionary gets.
  std::int64_t next_id() const { return last_id_ + 1; }

  struct Body {
    std::int64_t dictionary = 0;  // 0: none
    std::string bytes;
  };
  Body compress(advisory::Source source, std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::int64_t last_id_ = 0;
};

/// Bytes as they were, with the dictionaries that they need, each read once.
class Bodies {
 public:
  Bodies();
  ~Bodies();
  /// `corrupt` if it is not `size` bytes long afterwards, or its dictionary is gone.
  Result<std::string> open(const store::Tx& tx, std::int64_t dictionary, std::string_view body,
                           std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::catalog
