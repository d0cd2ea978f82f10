// Questions on standard input: at a terminal with a prompt, and without echo where the answer is a
// secret; else line by line, so that a program can answer them. Prompts go to standard error.
//
// An interrupt at the prompt gives the terminal its echo back before it ends the process.
//
// Thread rule: the main thread's. Not to be mixed with stdio's reading: nothing is read ahead.
#pragma once

#include <string>

#include "base/result.h"

namespace weir::main {

inline constexpr std::size_t kMaxAnswerBytes = 1024;

enum class Echo { on, off };

/// One line without its end. `invalid` at the end of input, and for a longer one.
Result<std::string> ask_line(const std::string& question, Echo echo);

/// A secret that is chosen: at a terminal asked for twice, `invalid` if the two differ.
Result<std::string> ask_new_secret(const std::string& question);

}  // namespace weir::main
