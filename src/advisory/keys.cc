#include "advisory/keys.h"

#include <algorithm>

#include "version/purl.h"

namespace weir::advisory {
namespace {

constexpr std::string_view kCpe23 = "cpe:2.3:";
constexpr std::string_view kCpeUri = "cpe:/";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

/// PEP 503: lower case, and any run of "-", "_" and "." is one "-".
std::string fold_pypi(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_dash = c == '-' || c == '_' || c == '.';
    if (!is_dash) {
      out += lower(c);
    } else if (out.empty() || out.back() != '-') {
      out += '-';
    }
  }
  return out;
}

std::string cut(std::string key) {
  if (key.size() > kMostKeyBytes) {
    key.resize(kMostKeyBytes);
    while (!key.empty() && (static_cast<unsigned char>(key.back()) & 0xc0) == 0x80) {
      key.pop_back();  // not within a character
    }
    if (!key.empty() && static_cast<unsigned char>(key.back()) >= 0xc0) {
      key.pop_back();
    }
  }
  return key;
}

/// The next component of a CPE, up to an unquoted colon.
std::string_view component(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != ':') {
    end += rest[end] == '\\' ? 2 : 1;
  }
  end = std::min(end, rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

bool is_nobody(std::string_view name) {
  return name.empty() || name == "n/a" || name == "N/A" || name == "-" || name == "*" ||
         name == "unspecified" || name == "Unknown" || name == "unknown";
}

}  // namespace

std::string package_key(std::string_view ecosystem, std::string_view name) {
  const std::string_view family = ecosystem.substr(0, ecosystem.find(':'));
  std::string key(family);
  key += ':';
  key += family == "PyPI" ? fold_pypi(name) : std::string(name);
  return cut(std::move(key));
}

std::string cpe_key(std::string_view vendor, std::string_view product) {
  std::string key = "cpe:";
  key += lower(vendor);
  key += ':';
  key += lower(product);
  return cut(std::move(key));
}

std::string cpe_key(std::string_view cpe) {
  std::string_view rest = cpe;
  if (rest.starts_with(kCpe23)) {
    rest.remove_prefix(kCpe23.size());
    component(rest);  // part
    const std::string_view vendor = component(rest);
    const std::string_view product = component(rest);
    return product.empty() || product == "*" ? "" : cpe_key(vendor, product);
  }
  if (!rest.starts_with(kCpeUri)) {
    return "";
  }
  rest.remove_prefix(kCpeUri.size());
  component(rest);
  const std::string_view vendor = component(rest);
  const std::string_view product = component(rest);
  return product.empty() ? "" : cpe_key(vendor, product);
}

std::string purl_key(std::string_view purl) {
  auto parsed = version::parse_purl(purl, version::Reading::lenient);
  if (!parsed) {
    return "";
  }
  parsed->version.clear();
  parsed->qualifiers.clear();
  parsed->subpath.clear();
  std::string key = version::text(*parsed);
  key.replace(0, 4, "purl:");  // instead of "pkg:"
  return cut(std::move(key));
}

std::string product_key(std::string_view vendor, std::string_view product) {
  if (is_nobody(product)) {
    return "";
  }
  std::string key = "product:";
  key += is_nobody(vendor) ? "" : lower(vendor);
  key += ':';
  key += lower(product);
  return cut(std::move(key));
}

std::vector<std::string> keys(const Affected& affected) {
  std::vector<std::string> all;
  if (!affected.ecosystem.empty() && !affected.package.empty()) {
    all.push_back(package_key(affected.ecosystem, affected.package));
  }
  if (!affected.purl.empty()) {
    all.push_back(purl_key(affected.purl));
  }
  for (const std::string& cpe : affected.cpes) {
    all.push_back(cpe_key(cpe));
  }
  if (!affected.product.empty()) {
    all.push_back(product_key(affected.vendor, affected.product));
  }
  std::ranges::sort(all);
  const auto twice = std::ranges::unique(all);
  all.erase(twice.begin(), twice.end());
  std::erase(all, "");
  return all;
}

}  // namespace weir::advisory
