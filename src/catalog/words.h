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

namespace weir::catalog {

inline constexpr std::size_t kMostWordBytes = std::size_t{32} << 10;  // of one record in the index
inline constexpr std::size_t kMostQueryWords = 32;

/// Appends `text`, at most kMostWordBytes of `into` in all.
void append_words(std::string& into, std::string_view text);

/// What a person typed as a query of the index: words that must all be there, "quoted phrases",
/// -word for what must not, the last word as a beginning. Empty if there is no word in it.
std::string match_expression(std::string_view typed);

}  // namespace weir::catalog
