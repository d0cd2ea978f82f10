#include "compat/nvd_cpe.h"

#include <algorithm>

#include <fmt/format.h>

#include "advisory/keys.h"
#include "compat/desk.h"
#include "version/cpe.h"
#include "version/version.h"

namespace weir::compat {
namespace {

using advisory::Affected;
using advisory::Source;
using version::Attribute;
using version::Cpe;
using version::CpeValue;

constexpr std::size_t kParts = 13;  // of a formatted string, with "cpe" and "2.3"
constexpr std::string_view kAnything =
    "name a vendor or a product: the whole dictionary is not here";

/// Whether the end of one lies before the beginning of the other.
bool is_before(const Stretch& a, const Stretch& b) {
  if (!a.until || !b.from) {
    return false;
  }
  const auto order = version::compare(version::Scheme::natural, *a.until, *b.from);
  return order < 0 || (order == 0 && !(a.has_until && b.has_from));
}
Stretch stretch_of(const advisory::Range& range) {
  Stretch out;
  for (const advisory::Event& event : range.events) {
    const bool is_from =
        event.bound == advisory::Bound::introduced || event.bound == advisory::Bound::after;
    (is_from ? out.from : out.until) = event.version;
    (is_from ? out.has_from : out.has_until) =
        event.bound == advisory::Bound::introduced || event.bound == advisory::Bound::last_affected;
  }
  return out;
}

/// Whether it is a criterion of a configuration; others name CPEs beside a product in words.
bool is_criterion(const catalog::Candidate& candidate) {
  const Affected& one = candidate.affected;
  return (candidate.source == Source::nvd || candidate.source == Source::cve) &&
         one.cpes.size() == 1 && one.vendor.empty() && one.product.empty();
}

/// Of its name, with * for the version, and its versions.
template <class Names, class Versions>
bool applies(const Affected& one, Names is_name, Versions is_wanted) {
  const auto name = version::parse_cpe(one.cpes.front());
  return name && is_name(*name) &&
         (std::ranges::any_of(
              one.versions,
              [&](const std::string& version) { return is_wanted(exactly(version)); }) ||
          std::ranges::any_of(one.ranges, [&](const advisory::Range& range) {
            return range.kind == advisory::RangeKind::cpe && is_wanted(stretch_of(range));
          }));
}

void sort_once(std::vector<catalog::VersionId>& versions) {
  std::ranges::sort(versions);
  const auto twice = std::ranges::unique(versions);
  versions.erase(twice.begin(), twice.end());
}

}  // namespace

Result<Cpe> read_cpe(const std::string& text, std::string_view parameter) {
  std::string whole = text;
  if (whole.starts_with("cpe:2.3:")) {
    std::size_t parts = 1;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i] == '\\') {
        ++i;
      } else if (whole[i] == ':') {
        ++parts;
      }
    }
    for (; parts < kParts; ++parts) {
      whole += ":*";
    }
  }
  auto cpe = version::parse_cpe(whole);
  if (!cpe) {
    return fail(Code::invalid, cpe.error().message, std::string(parameter));
  }
  return std::move(*cpe);
}

Stretch exactly(std::string version) {
  return {.from = version, .until = std::move(version)};
}

bool meet(const Stretch& a, const Stretch& b) {
  return !is_before(a, b) && !is_before(b, a);
}

std::string unquoted(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
    out += text[i];
  }
  return out;
}

Stretch stretch_of(const CpeValue& value) {
  switch (value.kind) {
    case CpeValue::Kind::any:
      return {};
    case CpeValue::Kind::not_applicable:
      return exactly("-");
    case CpeValue::Kind::text:
      return exactly(unquoted(value.text));
  }
  std::unreachable();
}

Result<std::vector<std::string>> keys_of(Desk& desk, const Cpe& cpe, std::string_view parameter) {
  const CpeValue& vendor = cpe.at(Attribute::vendor);
  const CpeValue& product = cpe.at(Attribute::product);
  const auto plain = [](const CpeValue& value) {
    return value.kind == CpeValue::Kind::text &&
           value.text.find_first_of("*?") == std::string::npos;
  };
  if (plain(vendor) && plain(product)) {
    return std::vector{advisory::cpe_key(version::to_formatted_string(cpe))};
  }
  if (vendor.kind == CpeValue::Kind::any && product.kind == CpeValue::Kind::any) {
    return fail(Code::invalid, std::string(kAnything), std::string(parameter));
  }
  std::string beginning = "cpe:";
  if (plain(vendor)) {  // as keys quote it
    Cpe any_product = cpe;
    any_product.values[static_cast<std::size_t>(Attribute::product)] = {CpeValue::Kind::text, "x"};
    beginning = advisory::cpe_key(version::to_formatted_string(any_product));
    beginning.pop_back();
  }
  Cpe pattern;
  pattern.values[static_cast<std::size_t>(Attribute::vendor)] = vendor;
  pattern.values[static_cast<std::size_t>(Attribute::product)] = product;
  return catalog::cpe_keys(desk.tx(), beginning, [&](std::string_view key) {
    const auto name =
        version::parse_cpe("cpe:2.3:*" + std::string(key.substr(3)) + ":*:*:*:*:*:*:*:*");
    return name && version::relate(pattern, *name) != version::Relation::disjoint;
  });
}

Status each_criterion(Desk& desk, const std::vector<std::string>& keys,
                      const std::function<Status(const catalog::Candidate& candidate)>& use) {
  std::size_t count = 0;
  for (const std::string& key : keys) {
    for (const catalog::Candidate& candidate : TRY(catalog::candidates(desk.tx(), key))) {
      if (!is_criterion(candidate)) {
        continue;
      }
      if (++count > catalog::kMostCandidates) {
        return fail(Code::unavailable, "too many records speak about these products");
      }
      TRY(use(candidate));
    }
  }
  return {};
}

Cpe without_version(Cpe cpe) {
  cpe.values[static_cast<std::size_t>(Attribute::version)] = {};
  return cpe;
}

Result<std::vector<catalog::VersionId>> versions_of_cpe_name(Desk& desk, const std::string& name,
                                                             Vulnerable vulnerable) {
  const Cpe cpe = TRY(read_cpe(name, "cpeName"));
  for (const Attribute needed :
       {Attribute::part, Attribute::vendor, Attribute::product, Attribute::version}) {
    if (cpe.at(needed).kind == CpeValue::Kind::any) {
      return fail(Code::invalid,
                  fmt::format("needs part, vendor, product and version; there is no {}",
                              version::name(needed)),
                  "cpeName");
    }
  }
  const Cpe rest = without_version(cpe);
  const Stretch wanted = stretch_of(cpe.at(Attribute::version));
  std::vector<catalog::VersionId> versions;
  const auto keys = TRY(keys_of(desk, cpe, "cpeName"));
  TRY(each_criterion(desk, keys, [&](const catalog::Candidate& candidate) -> Status {
    const bool is_asked = vulnerable == Vulnerable::any ||
                          candidate.affected.standing == advisory::Standing::affected;
    const auto covers = [&](const Cpe& criterion) {
      const auto relation = version::relate(criterion, rest);
      return relation == version::Relation::equal || relation == version::Relation::superset;
    };
    if (is_asked && applies(candidate.affected, covers,
                            [&](const Stretch& one) { return meet(one, wanted); })) {
      versions.push_back(candidate.version);
    }
    return {};
  }));
  sort_once(versions);
  return versions;
}

Result<std::vector<catalog::VersionId>> versions_of_match_string(Desk& desk,
                                                                 const std::string& text,
                                                                 const NvdQuestion::Edge& start,
                                                                 const NvdQuestion::Edge& end) {
  const Cpe cpe = TRY(read_cpe(text, "virtualMatchString"));
  Stretch wanted = stretch_of(cpe.at(Attribute::version));
  if (!start.version.empty() || !end.version.empty()) {
    if (cpe.at(Attribute::version).kind != CpeValue::Kind::any) {
      return fail(Code::invalid, "has a version already", "virtualMatchString");
    }
    wanted.from = start.version.empty() ? std::nullopt : std::optional(start.version);
    wanted.until = end.version.empty() ? std::nullopt : std::optional(end.version);
    wanted.has_from = start.is_included;
    wanted.has_until = end.is_included;
  }
  const Cpe rest = without_version(cpe);
  std::vector<catalog::VersionId> versions;
  const auto keys = TRY(keys_of(desk, cpe, "virtualMatchString"));
  TRY(each_criterion(desk, keys, [&](const catalog::Candidate& candidate) -> Status {
    const auto touches = [&](const Cpe& criterion) {
      return version::relate(rest, criterion) != version::Relation::disjoint;
    };
    if (applies(candidate.affected, touches,
                [&](const Stretch& one) { return meet(one, wanted); })) {
      versions.push_back(candidate.version);
    }
    return {};
  }));
  sort_once(versions);
  return versions;
}

}  // namespace weir::compat
