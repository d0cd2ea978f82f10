// A sheet on paper: headings and texts as a PDF of A4 pages, in any script that a font is there
// for.
//
// Text stays text: it can be searched, selected and copied, and lines break where its script breaks
// them (Pango). Each page says its number and how many there are. The bytes depend on the sheet
// and the fonts of the machine alone: the time that the file states is the sheet's.
//
// A character that no font of the machine has is an error, never a box: what is printed may be a
// legal document. Chinese, Japanese and Korean need the Debian package fonts-noto-cjk.
//
// Thread rule: pdf() may be called from any thread; it reads the system's fonts and nothing else.
// Start with print_test.cc. Source: decision 0030.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::print {

inline constexpr int kMostPages = 200;
inline constexpr std::size_t kMaxSheetBytes = std::size_t{2} << 20;  // of all its texts

struct Block {
  enum class Kind { title, heading, text, note } kind = Kind::text;
  std::string text;  // UTF-8; its line ends are kept
};
struct Sheet {
  std::string title;   // of the document, in its properties
  std::string footer;  // on every page, before its number
  Instant at;          // when it was made
  std::vector<Block> blocks;
};

/// `invalid` for text that is no UTF-8 or more than kMostPages hold; `unavailable` if no font has
/// one of its characters.
Result<std::string> pdf(const Sheet& sheet);

}  // namespace weir::print
