// Debian, RPM and Arch: epoch, version, release; runs of digits against runs of what is between.
#include "version/order.h"

namespace weir::version {
namespace {

/// "1:2.3-4" as three texts.
struct Parts {
  std::string_view epoch;
  std::string_view version;
  std::string_view release;
  bool has_release = false;
};

/// An epoch is digits before a colon; the release follows the last hyphen.
Parts split(std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  if (take(rest, ":")) {
    parts.epoch = digits;
    text = rest;
  }
  const std::size_t hyphen = text.rfind('-');
  parts.has_release = hyphen != text.npos;
  parts.version = text.substr(0, hyphen);
  parts.release = parts.has_release ? text.substr(hyphen + 1) : "";
  return parts;
}

/// Debian Policy 5.6.12: "~" before the end, the end before letters, letters before the rest.
int debian_weight(char c) {
  if (c == '~') {
    return -1;
  }
  const int byte = static_cast<unsigned char>(c);
  return is_letter(c) ? byte : byte + 256;
}

Order compare_debian_words(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const int left = i < a.size() ? debian_weight(a[i]) : 0;
    const int right = i < b.size() ? debian_weight(b[i]) : 0;
    if (left != right) {
      return left <=> right;
    }
  }
  return kSame;
}

Order compare_debian(std::string_view a, std::string_view b) {
  constexpr auto kNoDigit = [](char c) { return !is_digit(c); };
  while (!a.empty() || !b.empty()) {
    Order order = compare_debian_words(take_while(a, kNoDigit), take_while(b, kNoDigit));
    if (order != kSame) {
      return order;
    }
    order = compare_number(take_digits(a), take_digits(b));
    if (order != kSame) {
      return order;
    }
  }
  return kSame;
}

/// One run of digits or letters of each side; a number is newer than a word or nothing.
Order compare_rpm_run(std::string_view& a, std::string_view& b) {
  if (is_digit(a.front()) || is_digit(b.front())) {
    const std::string_view left = take_digits(a);
    const std::string_view right = take_digits(b);
    if (left.empty() || right.empty()) {
      return right.empty() <=> left.empty();
    }
    return compare_number(left, right);
  }
  return compare_text(take_letters(a), take_letters(b));
}

bool is_rpm_separator(char c) {
  return !is_digit(c) && !is_letter(c) && c != '~' && c != '^';
}

/// rpm-version(7): "~" is older than the end, "^" newer than the end and older than anything else.
Order compare_rpm_text(std::string_view a, std::string_view b) {
  while (true) {
    take_while(a, is_rpm_separator);
    take_while(b, is_rpm_separator);
    if (a.starts_with('~') || b.starts_with('~')) {
      if (!take(a, "~")) {
        return kGreater;
      }
      if (!take(b, "~")) {
        return kLess;
      }
      continue;
    }
    if (a.starts_with('^') || b.starts_with('^')) {
      if (!take(a, "^")) {
        return a.empty() ? kLess : kGreater;
      }
      if (!take(b, "^")) {
        return b.empty() ? kGreater : kLess;
      }
      continue;
    }
    if (a.empty() || b.empty()) {
      return b.empty() <=> a.empty();
    }
    const Order order = compare_rpm_run(a, b);
    if (order != kSame) {
      return order;
    }
  }
}

bool is_alpm_separator(char c) {
  return !is_digit(c) && !is_letter(c);
}

/// vercmp(8): as rpm's without marks, but how many separators there are counts, and a word that
/// is left over makes older ("1.0rc" before "1.0") unless a separator precedes it.
Order compare_alpm_text(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    std::string_view left = a;
    std::string_view right = b;
    const std::size_t left_gap = take_while(left, is_alpm_separator).size();
    const std::size_t right_gap = take_while(right, is_alpm_separator).size();
    if (left.empty() || right.empty()) {
      a = left.empty() ? left : a;
      b = right.empty() ? right : b;
      break;
    }
    if (left_gap != right_gap) {
      return left_gap <=> right_gap;
    }
    const Order order = compare_rpm_run(left, right);
    if (order != kSame) {
      return order;
    }
    a = left;
    b = right;
  }
  if (a.empty() && b.empty()) {
    return kSame;
  }
  if (a.empty()) {
    return is_letter(b.front()) ? kGreater : kLess;
  }
  return is_letter(a.front()) ? kLess : kGreater;
}

}  // namespace

Order compare_deb(std::string_view a, std::string_view b) {
  const Parts left = split(a);
  const Parts right = split(b);
  Order order = compare_number(left.epoch, right.epoch);
  order = order != kSame ? order : compare_debian(left.version, right.version);
  return order != kSame ? order : compare_debian(left.release, right.release);
}

Order compare_rpm(std::string_view a, std::string_view b) {
  const Parts left = split(a);
  const Parts right = split(b);
  Order order = compare_number(left.epoch, right.epoch);
  order = order != kSame ? order : compare_rpm_text(left.version, right.version);
  order = order != kSame ? order : Order(left.has_release <=> right.has_release);
  return order != kSame ? order : compare_rpm_text(left.release, right.release);
}

Order compare_alpm(std::string_view a, std::string_view b) {
  const Parts left = split(a);
  const Parts right = split(b);
  Order order = compare_number(left.epoch, right.epoch);
  order = order != kSame ? order : compare_alpm_text(left.version, right.version);
  if (order != kSame || !left.has_release || !right.has_release) {
    return order;
  }
  return compare_alpm_text(left.release, right.release);
}

}  // namespace weir::version
