#include "main/output.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <unistd.h>

namespace weir::main {
namespace {

/// Bytes of a character at `text` that would reverse what stands around it (U+202A to U+202E,
/// U+2066 to U+2069); 0 for every other.
std::size_t reversing(std::string_view text) {
  const bool is_override =
      text.starts_with("\xe2\x80") && text.size() > 2 && text[2] >= '\xaa' && text[2] <= '\xae';
  const bool is_isolate =
      text.starts_with("\xe2\x81") && text.size() > 2 && text[2] >= '\xa6' && text[2] <= '\xa9';
  return is_override || is_isolate ? 3 : 0;
}

/// Control characters are shown as ?, also those of two bytes (U+0080 to U+009F), so that no
/// content can move the cursor; and those that turn the direction of writing, so that a line says
/// what it shows.
std::string harmless(std::string_view given) {
  std::string text;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto byte = static_cast<unsigned char>(given[i]);
    const auto next = static_cast<unsigned char>(i + 1 < given.size() ? given[i + 1] : '\0');
    if (given[i] == '\n') {
      text += "\n    ";
    } else if (byte < 0x20 || byte == 0x7f) {
      text += '?';
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      text += '?';
      ++i;
    } else if (const std::size_t bytes = reversing(given.substr(i)); bytes > 0) {
      text += '?';
      i += bytes - 1;
    } else {
      text += given[i];
    }
  }
  return text;
}

bool is_list_of_words(const json::Value& value) {
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(), [](const json::Value& v) { return v.is_string(); });
}

std::string line_of(const json::Value& value) {
  if (is_list_of_words(value)) {
    std::string words;
    for (const json::Value& one : value.get_array()) {
      words += (words.empty() ? "" : ", ") + harmless(one.get_string());
    }
    return words;
  }
  if (value.is_array() && value.get_array().empty()) {
    return "nothing";
  }
  return value.is_string() ? harmless(value.get_string()) : harmless(json::canonical(value));
}

void print_table(const json::Array& rows) {
  std::vector<std::string> names;  // of all rows, and as they are: they find the cells
  for (const json::Value& row : rows) {
    for (const auto& [key, unused] : row.get_object()) {
      if (std::ranges::find(names, std::string_view(key)) == names.end()) {
        names.emplace_back(key);
      }
    }
  }
  std::vector<std::size_t> widths;
  for (const std::string& name : names) {
    std::size_t width = harmless(name).size();
    for (const json::Value& row : rows) {
      const json::Value* cell = row.get_object().if_contains(name);
      width = std::max(width, cell == nullptr ? 0 : line_of(*cell).size());
    }
    widths.push_back(std::min<std::size_t>(width, 60));
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = harmless(names[i]);
    text += name + std::string(widths[i] + 2 - std::min(name.size(), widths[i]), ' ');
  }
  text += '\n';
  for (const json::Value& row : rows) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const json::Value* cell = row.get_object().if_contains(names[i]);
      const std::string shown = cell == nullptr ? "" : line_of(*cell);
      text += shown + std::string(widths[i] + 2 - std::min(shown.size(), widths[i]), ' ');
    }
    text += '\n';
  }
  std::fputs(text.c_str(), stdout);
}

bool is_table(const json::Value& value) {
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(), [](const json::Value& v) { return v.is_object(); });
}

}  // namespace

void print(Form form, const json::Value& value) {
  if (form == Form::json) {
    std::fputs(json::pretty(value).c_str(), stdout);
    std::fputc('\n', stdout);
  } else if (is_table(value)) {
    print_table(value.get_array());
  } else if (value.is_array() && value.get_array().empty()) {
    std::fputs("nothing\n", stdout);
  } else if (value.is_object()) {
    for (const auto& [key, one] : value.get_object()) {
      if (is_table(one)) {
        std::fprintf(stdout, "%s:\n", harmless(key).c_str());
        print_table(one.get_array());
      } else if (one.is_object()) {
        std::fprintf(stdout, "%s:\n", harmless(key).c_str());
        for (const auto& [name, part] : one.get_object()) {
          std::fprintf(stdout, "  %s: %s\n", harmless(name).c_str(), line_of(part).c_str());
        }
      } else {
        std::fprintf(stdout, "%s: %s\n", harmless(key).c_str(), line_of(one).c_str());
      }
    }
  } else {
    std::fprintf(stdout, "%s\n", line_of(value).c_str());
  }
}

bool has_orders(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const auto next = static_cast<unsigned char>(i + 1 < bytes.size() ? bytes[i + 1] : '\0');
    const bool is_of_a_line = byte == '\n' || byte == '\t' || (byte == '\r' && next == '\n');
    const bool is_two_bytes = byte == 0xc2 && (i + 1 == bytes.size() || (next & 0xe0) == 0x80);
    if ((byte < 0x20 && !is_of_a_line) || byte == 0x7f || is_two_bytes) {
      return true;
    }
  }
  return false;
}

Status write_out(std::string_view bytes) {
  if (::isatty(STDOUT_FILENO) != 0 && has_orders(bytes)) {
    return fail(Code::invalid,
                "it holds what a terminal would obey: send it to a file or through a pipe");
  }
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (wrote < 0) {
      return fail(Code::unavailable, "cannot write to standard output");
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

int complain(Form form, const Error& error) {
  if (form == Form::json) {
    json::Object out{{"error", name(error.code)}, {"message", error.message}};
    if (!error.where.empty()) {
      out["where"] = error.where;
    }
    std::fprintf(stderr, "%s\n", json::canonical(json::Value(std::move(out))).c_str());
  } else {
    std::fprintf(stderr, "weir: %s\n", harmless(text(error)).c_str());
  }
  return 1;
}

}  // namespace weir::main
