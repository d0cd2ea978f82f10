#include "version/purl.h"

#include <algorithm>
#include <array>

#include "version/order.h"

namespace weir::version {
namespace {

enum class Need : std::uint8_t { optional, required, prohibited };
enum class Fold : std::uint8_t { no, lower };

/// What the definition of a type says, from purl-spec's types/.
struct Type {
  std::string_view name;
  Need scope;
  Fold fold_scope;
  Fold fold_name;
  Fold fold_version = Fold::no;
  std::string_view required_qualifier = "";
};
constexpr std::array kTypes = std::to_array<Type>({
    {"alpm", Need::required, Fold::lower, Fold::lower},
    {"apk", Need::required, Fold::lower, Fold::lower},
    {"bazel", Need::prohibited, Fold::no, Fold::no},
    {"bitbucket", Need::required, Fold::lower, Fold::lower},
    {"bitnami", Need::prohibited, Fold::no, Fold::lower},
    {"brew", Need::optional, Fold::lower, Fold::lower},
    {"cargo", Need::prohibited, Fold::no, Fold::no},
    {"chrome-extension", Need::prohibited, Fold::no, Fold::lower},
    {"cocoapods", Need::prohibited, Fold::no, Fold::no},
    {"composer", Need::required, Fold::lower, Fold::lower},
    {"conan", Need::optional, Fold::no, Fold::no},
    {"conda", Need::prohibited, Fold::no, Fold::no},
    {"cpan", Need::optional, Fold::no, Fold::no},
    {"cran", Need::prohibited, Fold::no, Fold::no},
    {"deb", Need::required, Fold::lower, Fold::lower},
    {"docker", Need::optional, Fold::no, Fold::no},
    {"gem", Need::prohibited, Fold::no, Fold::no},
    {"generic", Need::optional, Fold::no, Fold::no},
    {"git", Need::required, Fold::no, Fold::no},
    {"github", Need::required, Fold::lower, Fold::lower},
    {"golang", Need::required, Fold::no, Fold::no},
    {"hackage", Need::prohibited, Fold::no, Fold::no},
    {"hex", Need::optional, Fold::lower, Fold::lower},
    {"huggingface", Need::required, Fold::no, Fold::no, Fold::lower},
    {"julia", Need::prohibited, Fold::no, Fold::no, Fold::no, "uuid"},
    {"luarocks", Need::optional, Fold::lower, Fold::lower},
    {"maven", Need::required, Fold::no, Fold::no},
    {"mlflow", Need::prohibited, Fold::no, Fold::no},
    {"npm", Need::optional, Fold::no, Fold::no},
    {"nuget", Need::prohibited, Fold::no, Fold::no},
    {"oci", Need::prohibited, Fold::no, Fold::lower, Fold::lower},
    {"opam", Need::prohibited, Fold::no, Fold::no},
    {"otp", Need::prohibited, Fold::no, Fold::lower},
    {"pub", Need::prohibited, Fold::no, Fold::lower},
    {"pypi", Need::prohibited, Fold::no, Fold::lower, Fold::lower},
    {"qpkg", Need::required, Fold::lower, Fold::no},
    {"rpm", Need::required, Fold::lower, Fold::no},
    {"swid", Need::optional, Fold::no, Fold::no, Fold::no, "tag_id"},
    {"swift", Need::required, Fold::no, Fold::no},
    {"vcpkg", Need::prohibited, Fold::no, Fold::no},
    {"vscode-extension", Need::required, Fold::lower, Fold::lower, Fold::lower},
    {"yocto", Need::optional, Fold::lower, Fold::no},
});

std::unexpected<Error> refuse(std::string why) {
  return fail(Code::invalid, std::move(why));
}

void make_lower(std::string& text) {
  std::ranges::transform(text, text.begin(), lower);
}

int hex_value(char c) {
  const char low = lower(c);
  return is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

Result<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return refuse("a % is not followed by two hexadecimal digits");
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// Clause 5.4: letters, digits, ".-_~" and ":" stay; everything else is encoded.
void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || std::string_view(".-_~:").contains(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
}

void append_segments(std::string& out, std::string_view path) {
  while (!path.empty()) {
    append_encoded(out, take_until(path, '/'));
    out += path.empty() ? "" : "/";
  }
}

/// Segments decoded one by one; empty ones, and of a subpath "." and "..", are left out.
enum class Dots : std::uint8_t { stay, leave };
Result<std::string> decode_segments(std::string_view path, Dots dots) {
  std::string joined;
  while (!path.empty()) {
    const std::string segment = TRY(decode(take_until(path, '/')));
    if (segment.empty() || (dots == Dots::leave && (segment == "." || segment == ".."))) {
      continue;
    }
    if (segment.contains('/')) {
      return refuse("a segment holds an encoded /");
    }
    joined += (joined.empty() ? "" : "/") + segment;
  }
  return joined;
}

bool is_type(std::string_view text) {
  return !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_digit(c) || c == '.' || c == '-' || c == '+';
  });
}

bool is_key(std::string_view text) {
  return !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

Status add_qualifiers(Purl& purl, std::string_view text) {
  while (!text.empty()) {
    std::string_view pair = take_until(text, '&');
    const std::string_view key = take_until(pair, '=');
    std::string value = TRY(decode(pair));
    purl.qualifiers.emplace_back(key, std::move(value));
    if (purl.qualifiers.size() > kMaxQualifiers) {
      return refuse("more than 64 qualifiers");
    }
  }
  return {};
}

Status check_qualifiers(Purl& purl, Reading reading) {
  for (auto& [key, value] : purl.qualifiers) {
    if (reading == Reading::lenient) {
      make_lower(key);
    }
    if (!is_key(key)) {
      return refuse("the key of a qualifier is not of a-z, 0-9, \".\", \"-\" and \"_\": " + key);
    }
  }
  std::erase_if(purl.qualifiers, [](const auto& pair) { return pair.second.empty(); });
  std::ranges::sort(purl.qualifiers);
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::ranges::adjacent_find(purl.qualifiers, same_key) != purl.qualifiers.end()) {
    return refuse("a qualifier is there twice");
  }
  return {};
}

/// Rules of single types that the table does not hold.
Status apply_special(Purl& purl) {
  if (purl.type == "pypi") {
    std::ranges::replace(purl.name, '_', '-');
  } else if (purl.type == "pub") {
    std::ranges::replace_if(purl.name, [](char c) { return !is_lower(c) && !is_digit(c); }, '_');
  } else if (purl.type == "chrome-extension") {
    const bool fits = purl.name.size() == 32 &&
                      std::ranges::all_of(purl.name, [](char c) { return c >= 'a' && c <= 'p'; });
    const bool digits =
        std::ranges::all_of(purl.version, [](char c) { return is_digit(c) || c == '.'; });
    if (!fits || !digits) {
      return refuse("an extension of Chrome is 32 letters a to p, its version numbers and dots");
    }
  } else if (purl.type == "mlflow") {
    const auto where = purl.qualifier("repository_url");
    if (where && where->contains("azuredatabricks.net")) {
      make_lower(purl.name);
    }
  }
  return {};
}

Status apply_type(Purl& purl) {
  const auto type = std::ranges::find(kTypes, purl.type, &Type::name);
  if (type == kTypes.end()) {
    return {};
  }
  if (type->scope == Need::required && purl.scope.empty()) {
    return refuse("a purl of type " + purl.type + " needs a namespace");
  }
  if (type->scope == Need::prohibited && !purl.scope.empty()) {
    return refuse("a purl of type " + purl.type + " has no namespace");
  }
  if (!type->required_qualifier.empty() && !purl.qualifier(type->required_qualifier)) {
    return refuse("a purl of type " + purl.type + " needs the qualifier " +
                  std::string(type->required_qualifier));
  }
  const auto fold = [](Fold how, std::string& part) {
    if (how == Fold::lower) {
      make_lower(part);
    }
  };
  fold(type->fold_scope, purl.scope);
  fold(type->fold_name, purl.name);
  fold(type->fold_version, purl.version);
  return apply_special(purl);
}

}  // namespace

std::optional<std::string_view> Purl::qualifier(std::string_view key) const {
  for (const auto& pair : qualifiers) {
    if (pair.first == key) {
      return pair.second;
    }
  }
  return std::nullopt;
}

Result<Purl> make_purl(Purl parts, Reading reading) {
  make_lower(parts.type);
  if (!is_type(parts.type)) {
    return refuse("a type starts with a letter and has letters, digits, \".\", \"-\" and \"+\"");
  }
  if (parts.name.empty()) {
    return refuse("a purl needs a name");
  }
  TRY(check_qualifiers(parts, reading));
  TRY(apply_type(parts));
  return parts;
}

Result<Purl> parse_purl(std::string_view text, Reading reading) {
  if (text.size() > kMaxPurlBytes) {
    return refuse("a purl of more than 8,192 bytes");
  }
  std::string_view subpath;
  std::string_view qualifiers;
  if (const std::size_t hash = text.rfind('#'); hash != text.npos) {
    subpath = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const std::size_t question = text.rfind('?'); question != text.npos) {
    qualifiers = text.substr(question + 1);
    text = text.substr(0, question);
  }
  const std::string_view scheme = take_until(text, ':');
  if (scheme.size() != 3 || !std::ranges::equal(scheme, std::string_view("pkg"), {}, lower)) {
    return refuse("a purl starts with \"pkg:\"");
  }
  take_while(text, [](char c) { return c == '/'; });
  Purl purl;
  purl.type = take_until(text, '/');
  make_lower(purl.type);
  // The last @ that does not open a segment: "@angular/core" has no version.
  std::size_t at = text.rfind('@');
  while (at != text.npos && (at == 0 || text[at - 1] == '/') && text.find('/', at) != text.npos) {
    at = at == 0 ? text.npos : text.rfind('@', at - 1);
  }
  if (at != text.npos) {
    purl.version = TRY(decode(text.substr(at + 1)));
    text = text.substr(0, at);
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  // Type git: the host is the namespace, the whole path behind it the name.
  const bool is_git = purl.type == "git";
  const std::size_t slash = is_git ? text.find('/') : text.rfind('/');
  const std::string_view name = slash == text.npos ? text : text.substr(slash + 1);
  purl.name = TRY(is_git ? decode_segments(name, Dots::stay) : decode(name));
  if (slash != text.npos) {
    purl.scope = TRY(decode_segments(text.substr(0, slash), Dots::stay));
  }
  purl.subpath = TRY(decode_segments(subpath, Dots::leave));
  TRY(add_qualifiers(purl, qualifiers));
  return make_purl(std::move(purl), reading);
}

std::string text(const Purl& purl) {
  std::string out = "pkg:" + purl.type + "/";
  if (!purl.scope.empty()) {
    append_segments(out, purl.scope);
    out += '/';
  }
  if (purl.type == "git") {
    append_segments(out, purl.name);
  } else {
    append_encoded(out, purl.name);
  }
  if (!purl.version.empty()) {
    out += '@';
    append_encoded(out, purl.version);
  }
  char mark = '?';
  for (const auto& [key, value] : purl.qualifiers) {
    out += mark + key + "=";
    append_encoded(out, value);
    mark = '&';
  }
  if (!purl.subpath.empty()) {
    out += '#';
    append_segments(out, purl.subpath);
  }
  return out;
}

}  // namespace weir::version
