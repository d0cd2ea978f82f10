// Text as the word index takes it. Private to catalog.
//
// The index splits at what is neither letter nor digit, which leaves Chinese, Japanese and Korean
// as whole sentences. So each run of such characters is written as its overlapping pairs: a word of
// two characters is found exactly, a longer one as a phrase of pairs.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::catalog {

inline constexpr std::size_t kMostWordBytes = std::size_t{32} << 10;  // of one record in the index
inline constexpr std::size_t kMostQueryWords = 32;
inline constexpr std::size_t kLeastBeginning = 3;  // letters and digits of ASCII, for the index

/// Appends `text`, at most kMostWordBytes of `into` in all.
void append_words(std::string& into, std::string_view text);

/// What a person typed as a query of the index: words that must all be there, "quoted phrases",
/// -word for what must not, the last word as a beginning.
struct Typed {
  std::string expression;  // empty if there is no word in it
  /// The last word if it is shorter than kLeastBeginning and may be unfinished, in small letters:
  /// so many words begin with it that the index would have to read most of itself.
  std::string beginning;
};
Typed read_typed(std::string_view typed);

/// The first bytes, up to kLeastBeginning - 1 of them, of each word of `name`, in small letters.
std::vector<std::string> beginnings(std::string_view name);

}  // namespace weir::catalog
