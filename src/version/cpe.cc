#include "version/cpe.h"

#include <algorithm>

#include "version/order.h"
#include "version/version.h"

namespace weir::version {
namespace {

using Kind = CpeValue::Kind;

constexpr std::array<std::string_view, kAttributes> kNames = {
    "part",     "vendor",     "product",   "version",   "update", "edition",
    "language", "sw_edition", "target_sw", "target_hw", "other"};
constexpr std::size_t kInUri = 7;    // attributes that a URI has places for
constexpr std::size_t kEdition = 5;  // where a URI packs four more

std::unexpected<Error> refuse(std::string why) {
  return fail(Code::invalid, std::move(why));
}

bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_printable(char c) {
  return c > ' ' && c < '\x7f';
}

/// Wildcards stand at the ends only: one "*" or some "?" each, and something between.
Status check_wildcards(std::string_view text) {
  const auto take_end = [&] {
    if (!take(text, "*")) {
      take_while(text, [](char c) { return c == '?'; });
    }
  };
  take_end();
  while (!text.empty() && text.front() != '*' && text.front() != '?') {
    text.remove_prefix(text.front() == '\\' ? 2 : 1);
  }
  take_end();
  return text.empty() ? Status{} : Status{refuse("a wildcard is not at the end of an attribute")};
}

Result<CpeValue> text_value(std::string text) {
  if (text == "\\-") {
    return refuse("an attribute of nothing but a quoted hyphen");
  }
  if (text == "*") {  // "%02" in a URI: written back, it would be ANY (NISTIR 7695, 5.3.2)
    return refuse("an attribute of nothing but an asterisk");
  }
  TRY(check_wildcards(text));
  return CpeValue{.kind = Kind::text, .text = std::move(text)};
}

Result<CpeValue> from_formatted(std::string_view text) {
  if (text == "*") {
    return CpeValue{};
  }
  if (text == "-") {
    return CpeValue{.kind = Kind::not_applicable};
  }
  if (text.empty()) {
    return refuse("an attribute is empty");
  }
  std::string quoted;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (++i == text.size() || !is_printable(text[i]) || is_letter(text[i]) || is_digit(text[i])) {
        return refuse("a backslash quotes nothing that needs it");
      }
      quoted += is_word(text[i]) ? "" : "\\";
      quoted += text[i];
    } else if (is_word(c) || c == '*' || c == '?') {
      quoted += c;
    } else if (c == '.' || c == '-') {
      quoted += {'\\', c};
    } else {
      return refuse("an attribute holds a character that must be quoted");
    }
  }
  return text_value(std::move(quoted));
}

/// Up to the next colon that no backslash quotes.
std::string_view take_component(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && text[i] != ':') {
    i += text[i] == '\\' ? 2 : 1;
  }
  i = std::min(i, text.size());
  const std::string_view component = text.substr(0, i);
  text.remove_prefix(std::min(i + 1, text.size()));
  return component;
}

Status check_part(const CpeValue& part) {
  const bool known = part.text == "a" || part.text == "o" || part.text == "h";
  return part.kind != Kind::text || known ? Status{} : Status{refuse("a part is a, o or h")};
}

Result<Cpe> parse_formatted(std::string_view text) {
  Cpe cpe;
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const std::size_t before = text.size();
    const std::string_view component = take_component(text);
    const bool colon = before > component.size();
    if (colon != (i + 1 < kAttributes)) {
      return refuse("a formatted string has eleven attributes");
    }
    cpe.values[i] = TRY(from_formatted(component));
  }
  TRY(check_part(cpe.values[0]));
  return cpe;
}

int hex_value(char c) {
  const char low = lower(c);
  return is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

Result<CpeValue> from_uri(std::string_view text) {
  if (text.empty()) {
    return CpeValue{};
  }
  if (text == "-") {
    return CpeValue{.kind = Kind::not_applicable};
  }
  std::string quoted;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return refuse("a % is not followed by two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
      if (c == 1 || c == 2) {
        quoted += c == 1 ? '?' : '*';
        continue;
      }
    }
    if (!is_printable(c) || (text[i] == c && (c == '*' || c == '?'))) {
      return refuse("an attribute holds a character that a URI may not hold so");
    }
    quoted += is_word(c) ? "" : "\\";
    quoted += lower(c);  // NISTIR 7695, 6.1.3.2
  }
  return text_value(std::move(quoted));
}

/// "~edition~sw_edition~target_sw~target_hw~other".
Status unpack(Cpe& cpe, std::string_view text) {
  text.remove_prefix(1);
  if (std::ranges::count(text, '~') != 4) {
    return refuse("a packed edition has five parts");
  }
  cpe.values[kEdition] = TRY(from_uri(take_until(text, '~')));
  for (std::size_t i = kInUri; i < kAttributes; ++i) {
    cpe.values[i] = TRY(from_uri(take_until(text, '~')));
  }
  return {};
}

Result<Cpe> parse_uri(std::string_view text) {
  Cpe cpe;
  for (std::size_t i = 0; !text.empty(); ++i) {
    const std::string_view component = take_until(text, ':');
    if (i == kInUri) {
      return refuse("a URI has at most seven attributes");
    }
    if (i == kEdition && component.starts_with('~')) {
      TRY(unpack(cpe, component));
    } else {
      cpe.values[i] = TRY(from_uri(component));
    }
  }
  TRY(check_part(cpe.values[0]));
  return cpe;
}

void append_uri(std::string& out, const CpeValue& value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (value.kind != Kind::text) {
    out += value.kind == Kind::any ? "" : "-";
    return;
  }
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    const char c = value.text[i];
    if (c == '*' || c == '?') {
      out += c == '?' ? "%01" : "%02";
    } else if (c != '\\') {
      out += c;
    } else if (const char quoted = value.text[++i]; quoted == '.' || quoted == '-') {
      out += quoted;
    } else {
      const auto byte = static_cast<unsigned char>(quoted);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
}

/// Whether a backslash quotes the character at `at`.
bool is_quoted(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') {
    ++backslashes;
  }
  return backslashes % 2 == 1;
}

bool is_wildcard(std::string_view text, std::size_t at) {
  return (text[at] == '*' || text[at] == '?') && !is_quoted(text, at);
}

bool has_wildcard(const CpeValue& value) {
  return value.kind == Kind::text && !value.text.empty() &&
         (is_wildcard(value.text, 0) || is_wildcard(value.text, value.text.size() - 1));
}

/// What stands at one end of a source: any number of characters, or up to so many.
struct Open {
  bool any = false;
  std::size_t most = 0;
};

/// Without the backslashes.
std::string unquoted(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    i += text[i] == '\\' ? 1 : 0;
    plain += text[i];
  }
  return plain;
}

bool fits(const Open& open, std::string_view quoted) {
  return open.any || unquoted(quoted).size() <= open.most;
}

bool is_same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

Open take_front(std::string_view& text) {
  Open open{.any = take(text, "*"), .most = 0};
  while (!open.any && take(text, "?")) {
    ++open.most;
  }
  return open;
}

Open take_back(std::string_view& text) {
  Open open;
  while (!open.any && !text.empty() && is_wildcard(text, text.size() - 1)) {
    open.any = text.back() == '*';
    open.most += open.any ? 0 : 1;
    text.remove_suffix(1);
  }
  return open;
}

/// Whether a source with wildcards covers a text without.
bool covers(const CpeValue& source, std::string_view target) {
  std::string_view core = source.text;
  const Open front = take_front(core);
  const Open back = take_back(core);
  for (std::size_t at = 0; at + core.size() <= target.size(); ++at) {
    if (!is_quoted(target, at) && is_same_text(target.substr(at, core.size()), core) &&
        fits(front, target.substr(0, at)) && fits(back, target.substr(at + core.size()))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view name(Attribute attribute) {
  return kNames[static_cast<std::size_t>(attribute)];
}

std::string_view name(Relation relation) {
  constexpr std::array<std::string_view, 5> kRelations = {"EQUAL", "SUBSET", "SUPERSET", "DISJOINT",
                                                          "UNDEFINED"};
  return kRelations[static_cast<std::size_t>(relation)];
}

Result<Cpe> parse_cpe(std::string_view text) {
  if (text.size() > kMaxCpeBytes) {
    return refuse("a CPE name of more than 2,048 bytes");
  }
  if (take(text, "cpe:2.3:")) {
    return parse_formatted(text);
  }
  if (take(text, "cpe:/")) {
    return parse_uri(text);
  }
  return refuse("a CPE name starts with \"cpe:2.3:\" or \"cpe:/\"");
}

std::string to_formatted_string(const Cpe& cpe) {
  std::string out = "cpe:2.3";
  for (const CpeValue& value : cpe.values) {
    out += ':';
    if (value.kind != Kind::text) {
      out += value.kind == Kind::any ? '*' : '-';
      continue;
    }
    for (std::size_t i = 0; i < value.text.size(); ++i) {
      if (value.text[i] == '\\' && (value.text[i + 1] == '.' || value.text[i + 1] == '-')) {
        ++i;
      } else if (value.text[i] == '\\') {
        out += value.text[i++];
      }
      out += value.text[i];
    }
  }
  return out;
}

std::string to_uri(const Cpe& cpe) {
  std::string out = "cpe:/";
  const auto is_any = [](const CpeValue& value) { return value.kind == Kind::any; };
  const bool packs = !std::ranges::all_of(cpe.values.begin() + kInUri, cpe.values.end(), is_any);
  for (std::size_t i = 0; i < kInUri; ++i) {
    out += i > 0 ? ":" : "";
    if (i == kEdition && packs) {
      out += '~';
    }
    append_uri(out, cpe.values[i]);
    for (std::size_t more = kInUri; i == kEdition && packs && more < kAttributes; ++more) {
      out += '~';
      append_uri(out, cpe.values[more]);
    }
  }
  while (out.ends_with(':')) {
    out.pop_back();
  }
  return out;
}

std::string to_wfn(const Cpe& cpe) {
  std::string out = "wfn:[";
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const CpeValue& value = cpe.values[i];
    out += i > 0 ? "," : "";
    out += kNames[i];
    out += '=';
    if (value.kind == Kind::text) {
      out += '"' + value.text + '"';
    } else {
      out += value.kind == Kind::any ? "ANY" : "NA";
    }
  }
  return out + "]";
}

Relation relate(const CpeValue& source, const CpeValue& target) {
  if (has_wildcard(target)) {
    return Relation::undefined;
  }
  if (source.kind == Kind::any) {
    return target.kind == Kind::any ? Relation::equal : Relation::superset;
  }
  if (target.kind == Kind::any) {
    return Relation::subset;
  }
  if (source.kind == Kind::not_applicable || target.kind == Kind::not_applicable) {
    return source.kind == target.kind ? Relation::equal : Relation::disjoint;
  }
  if (has_wildcard(source)) {
    return covers(source, target.text) ? Relation::superset : Relation::disjoint;
  }
  return is_same_text(source.text, target.text) ? Relation::equal : Relation::disjoint;
}

Relation relate(const Cpe& source, const Cpe& target) {
  std::array<std::size_t, 5> count{};
  for (std::size_t i = 0; i < kAttributes; ++i) {
    ++count[static_cast<std::size_t>(relate(source.values[i], target.values[i]))];
  }
  const auto of = [&](Relation relation) { return count[static_cast<std::size_t>(relation)]; };
  if (of(Relation::disjoint) > 0) {
    return Relation::disjoint;
  }
  for (const Relation relation : {Relation::equal, Relation::subset, Relation::superset}) {
    const std::size_t equal = relation == Relation::equal ? 0 : of(Relation::equal);
    if (of(relation) + equal == kAttributes) {
      return relation;
    }
  }
  return Relation::undefined;
}

bool applies(const CpeCriteria& criteria, const Cpe& cpe) {
  const Relation relation = relate(criteria.name, cpe);
  if (relation != Relation::equal && relation != Relation::superset) {
    return false;
  }
  const CpeValue& version = cpe.at(Attribute::version);
  const bool bounded = criteria.from || criteria.after || criteria.until || criteria.before;
  if (!bounded || version.kind != Kind::text) {
    return !bounded || version.kind == Kind::any;
  }
  const std::string plain = unquoted(version.text);
  const auto order = [&](const std::string& bound) {
    return compare(Scheme::natural, plain, bound);
  };
  return (!criteria.from || order(*criteria.from) >= 0) &&
         (!criteria.after || order(*criteria.after) > 0) &&
         (!criteria.until || order(*criteria.until) <= 0) &&
         (!criteria.before || order(*criteria.before) < 0);
}

}  // namespace weir::version
