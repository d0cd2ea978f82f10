#include "match/target.h"

#include <algorithm>
#include <array>

#include "advisory/keys.h"
#include "advisory/package.h"
#include "version/version.h"

namespace weir::match {
namespace {

using version::Purl;

void name_package(Target& target) {
  target.version = advisory::version_of(*target.purl);
  if (auto package = advisory::package_of(*target.purl)) {
    target.ecosystem = std::move(package->ecosystem);
    target.package = std::move(package->name);
  }
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
    out += text[i];
  }
  return out;
}

/// As a WFN holds it.
std::string wfn_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    out += is_plain ? "" : "\\";
    out += c;
  }
  return out;
}

/// Name and version may come apart: whichever lacks the version gets it from the other.
void settle_version(Target& target) {
  using Kind = version::CpeValue::Kind;
  constexpr auto kPlace = static_cast<std::size_t>(version::Attribute::version);
  for (version::Cpe& cpe : target.cpes) {
    version::CpeValue& value = cpe.values[kPlace];
    if (value.kind == Kind::text && target.version.empty()) {
      target.version = unquoted(value.text);
    } else if (value.kind == Kind::any && !target.version.empty()) {
      value.kind = Kind::text;
      value.text = wfn_text(target.version);
    }
  }
}

}  // namespace

Result<Target> target_of_package(std::string_view ecosystem, std::string_view package,
                                 std::string_view version) {
  if (!version::scheme_of_ecosystem(ecosystem)) {
    return fail(Code::invalid, "\"" + std::string(ecosystem) + "\" is no ecosystem that is known");
  }
  if (package.empty()) {
    return fail(Code::invalid, "a package has a name");
  }
  Target target{.ecosystem = std::string(ecosystem),
                .package = std::string(package),
                .purl = std::nullopt,
                .cpes = {},
                .version = std::string(version)};
  if (ecosystem == "Go" && target.version.starts_with('v')) {
    target.version.erase(0, 1);
  }
  return target;
}

Result<Target> target_of_name(std::string_view name, std::string_view version) {
  Target target;
  if (name.starts_with("pkg:")) {
    target.purl = TRY(version::parse_purl(name, version::Reading::lenient));
    if (target.purl->version.empty()) {
      target.purl->version = version;
    }
    name_package(target);
  } else if (name.starts_with("cpe:")) {
    target.cpes.push_back(TRY(version::parse_cpe(name)));
    target.version = version;
  } else {
    return fail(Code::invalid, "a name is a purl (pkg:...) or a CPE (cpe:...)");
  }
  settle_version(target);
  return target;
}

Named target_of(const sbom::Component& component) {
  Named named;
  Target& target = named.target;
  if (!component.purl.empty()) {
    auto purl = version::parse_purl(component.purl, version::Reading::lenient);
    if (purl) {
      target.purl = std::move(*purl);
      if (target.purl->version.empty()) {
        target.purl->version = component.version;
      }
      name_package(target);
    } else {
      named.unread.push_back(component.purl + ": " + purl.error().message);
    }
  }
  if (target.version.empty()) {
    target.version = component.version;
  }
  for (const std::string& text : component.cpes) {
    auto cpe = version::parse_cpe(text);
    if (cpe) {
      target.cpes.push_back(std::move(*cpe));
    } else {
      named.unread.push_back(text + ": " + cpe.error().message);
    }
  }
  settle_version(target);
  return named;
}

std::string_view name(Through through) {
  constexpr std::array<std::string_view, 3> kNames = {"package", "purl", "cpe"};
  return kNames[static_cast<std::size_t>(through)];
}

std::vector<Key> keys(const Target& target) {
  std::vector<Key> all;
  if (!target.ecosystem.empty()) {
    all.push_back({Through::package, advisory::package_key(target.ecosystem, target.package)});
  }
  if (target.purl) {
    Purl plain = *target.purl;
    plain.version.clear();
    plain.qualifiers.clear();
    plain.subpath.clear();
    all.push_back({Through::purl, advisory::purl_key(version::text(plain))});
  }
  for (std::size_t i = 0; i < target.cpes.size(); ++i) {
    std::string key = advisory::cpe_key(version::to_formatted_string(target.cpes[i]));
    if (!key.empty()) {
      all.push_back({Through::cpe, std::move(key), i});
    }
  }
  return all;
}

bool is_same_ecosystem(std::string_view asked, std::string_view affected) {
  const std::size_t shorter = std::min(asked.size(), affected.size());
  if (asked.substr(0, shorter) != affected.substr(0, shorter)) {
    return false;
  }
  const std::string_view longer = asked.size() > affected.size() ? asked : affected;
  return longer.size() == shorter || longer[shorter] == ':';
}

}  // namespace weir::match
