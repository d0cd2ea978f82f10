#include "match/rulebook.h"

#include <algorithm>

#include "advisory/keys.h"

namespace weir::match {
namespace {

using advisory::Bound;
using advisory::RangeKind;
using version::Standing;
using version::Verdict;

Standing standing_of(advisory::Standing standing) {
  switch (standing) {
    case advisory::Standing::affected:
      return Standing::affected;
    case advisory::Standing::unaffected:
    case advisory::Standing::fixed:
      return Standing::unaffected;
    case advisory::Standing::unknown:
    case advisory::Standing::investigation:
      return Standing::unknown;
  }
  std::unreachable();
}

version::OsvRange osv_range(const advisory::Range& range) {
  using Kind = version::OsvEvent::Kind;
  version::OsvRange out{.type = range.kind == RangeKind::git ? version::OsvRange::Type::git
                                                             : version::OsvRange::Type::ecosystem,
                        .events = {}};
  for (const advisory::Event& event : range.events) {
    const Kind kind = event.bound == Bound::fixed           ? Kind::fixed
                      : event.bound == Bound::last_affected ? Kind::last_affected
                      : event.bound == Bound::limit         ? Kind::limit
                                                            : Kind::introduced;
    out.events.push_back({kind, event.version});
  }
  return out;
}

version::CveVersion cve_version(const advisory::Range& range) {
  version::CveVersion out{
      .version = "", .standing = standing_of(range.standing), .type = range.scheme};
  for (const advisory::Event& event : range.events) {
    switch (event.bound) {
      case Bound::introduced:
      case Bound::exact:
      case Bound::after:
        out.version = event.version;
        break;
      case Bound::fixed:
      case Bound::limit:
        out.less_than = event.version;
        break;
      case Bound::last_affected:
        out.less_than_or_equal = event.version;
        break;
      case Bound::turns_affected:
        out.changes.push_back({event.version, Standing::affected});
        break;
      case Bound::turns_unaffected:
        out.changes.push_back({event.version, Standing::unaffected});
        break;
      case Bound::turns_unknown:
        out.changes.push_back({event.version, Standing::unknown});
        break;
    }
  }
  return out;
}

/// The scheme that orders what the record speaks of.
version::Scheme scheme_of(const advisory::Affected& affected) {
  if (const auto scheme = version::scheme_of_ecosystem(affected.ecosystem)) {
    return *scheme;
  }
  const auto purl = version::parse_purl(affected.purl, version::Reading::lenient);
  const auto scheme = purl ? version::scheme_of_type(purl->type) : std::nullopt;
  return scheme.value_or(version::Scheme::natural);
}

/// What a product is made for and how it is sold. Names in inventories seldom say it, records often
/// do ("lodash" for node.js).
constexpr std::array kOftenLeftOut = {version::Attribute::edition,    version::Attribute::language,
                                      version::Attribute::sw_edition, version::Attribute::target_sw,
                                      version::Attribute::target_hw,  version::Attribute::other};

/// A record's name as far as `asked` can contradict it: what that leaves out of kOftenLeftOut is
/// open.
version::Cpe as_asked(version::Cpe name, const version::Cpe& asked) {
  for (const version::Attribute attribute : kOftenLeftOut) {
    if (asked.at(attribute).kind == version::CpeValue::Kind::any) {
      name.values[static_cast<std::size_t>(attribute)] = {};
    }
  }
  return name;
}

/// The name without its version: whether a product is meant at all.
version::Cpe without_version(version::Cpe cpe) {
  cpe.values[static_cast<std::size_t>(version::Attribute::version)] = {};
  return cpe;
}

bool covers(const version::Cpe& name, const version::Cpe& cpe) {
  const auto relation = version::relate(without_version(as_asked(name, cpe)), without_version(cpe));
  return relation == version::Relation::equal || relation == version::Relation::superset;
}

}  // namespace

Rulebook::Rulebook(Entry entry) : entry_(std::move(entry)) {
  scheme_ = scheme_of(entry_.affected);
  for (const std::string& text : entry_.affected.cpes) {
    if (auto cpe = version::parse_cpe(text)) {
      names_.push_back(std::move(*cpe));
    }
  }
  cve_.otherwise = standing_of(entry_.affected.others);
  take_ranges();
}

void Rulebook::take_ranges() {
  for (const advisory::Range& range : entry_.affected.ranges) {
    switch (range.kind) {
      case RangeKind::semver:
      case RangeKind::ecosystem:
      case RangeKind::git:
        osv_.push_back(osv_range(range));
        version::sort_events(scheme_, osv_.back());
        break;
      case RangeKind::cve:
        cve_.entries.push_back(cve_version(range));
        break;
      case RangeKind::cpe:
        take_cpe(range);
        break;
      case RangeKind::vers:
      case RangeKind::native:
      case RangeKind::prose: {
        auto words = range.kind == RangeKind::native
                         ? version::from_native(range.scheme, range.text)
                         : version::parse_words(scheme_, range.text);
        if (words) {
          words_.push_back({std::move(*words), range.standing});
        } else {
          has_prose_ = true;
        }
        break;
      }
    }
  }
}

void Rulebook::take_cpe(const advisory::Range& range) {
  if (names_.empty()) {
    return;
  }
  version::CpeCriteria criteria{.name = names_.front()};
  for (const advisory::Event& event : range.events) {
    (event.bound == Bound::introduced      ? criteria.from
     : event.bound == Bound::after         ? criteria.after
     : event.bound == Bound::last_affected ? criteria.until
                                           : criteria.before) = event.version;
  }
  criteria_.push_back(std::move(criteria));
}

bool Rulebook::is_about(const Target& target, const Key& key) const {
  const advisory::Affected& affected = entry_.affected;
  switch (key.through) {
    case Through::package:
      return is_same_ecosystem(target.ecosystem, affected.ecosystem);
    case Through::purl:
      // What has an ecosystem was found by its package, or is of another distribution.
      return affected.ecosystem.empty() || target.ecosystem.empty();
    case Through::cpe:
      return std::ranges::any_of(
          names_, [&](const version::Cpe& name) { return covers(name, target.cpes[key.name]); });
  }
  std::unreachable();
}

Verdict Rulebook::by_criteria(const version::Cpe& cpe) const {
  Verdict nearest{.standing = Standing::unaffected, .rule = version::Rule::elsewhere};
  for (std::size_t i = 0; i < criteria_.size(); ++i) {
    version::CpeCriteria criteria = criteria_[i];
    criteria.name = as_asked(std::move(criteria.name), cpe);
    Verdict verdict = version::judge(criteria, cpe);
    verdict.entry = i;
    if (verdict.standing == Standing::affected) {
      return verdict;
    }
    if (nearest.rule == version::Rule::elsewhere || verdict.rule == version::Rule::after) {
      nearest = std::move(verdict);
    }
  }
  return nearest;
}

Verdict Rulebook::by_words(const Target& target) const {
  Verdict nearest{.standing = has_prose_ ? Standing::unknown : Standing::unaffected,
                  .rule = has_prose_ ? version::Rule::unordered : version::Rule::elsewhere};
  for (std::size_t i = 0; i < words_.size(); ++i) {
    Verdict verdict = version::judge(words_[i].range, target.version);
    verdict.entry = i;
    if (verdict.standing == Standing::affected) {
      verdict.standing = standing_of(words_[i].standing);
      return verdict;
    }
    if (!has_prose_) {
      nearest = std::move(verdict);
    }
  }
  return nearest;
}

std::optional<Verdict> Rulebook::judged(const Target& target, const Key& key) const {
  const advisory::Affected& affected = entry_.affected;
  if (!osv_.empty() || entry_.source == advisory::Source::osv) {
    return version::judge(scheme_, osv_, affected.versions, target.version);
  }
  const bool is_listed = std::ranges::any_of(affected.versions, [&](const std::string& version) {
    return version == "*" || version::compare(scheme_, version, target.version) == 0;
  });
  if (is_listed) {
    return Verdict{.standing = standing_of(affected.standing), .rule = version::Rule::listed};
  }
  if (!criteria_.empty()) {
    return key.through == Through::cpe ? std::optional(by_criteria(target.cpes[key.name]))
                                       : std::nullopt;
  }
  if (!cve_.entries.empty()) {
    return version::judge(cve_, scheme_, target.version);
  }
  if (!words_.empty() || has_prose_) {
    return by_words(target);
  }
  if (!affected.versions.empty()) {
    return Verdict{.standing = Standing::unaffected, .rule = version::Rule::elsewhere};
  }
  // Nothing is said of versions: the standing is that of the product, or of the one that its own
  // name carries.
  for (const version::Cpe& name : names_) {
    if (key.through == Through::cpe && covers(name, target.cpes[key.name])) {
      const version::Cpe& asked = target.cpes[key.name];
      Verdict verdict = version::judge(version::CpeCriteria{.name = as_asked(name, asked)}, asked);
      if (verdict.standing == Standing::affected) {
        verdict.standing = standing_of(affected.standing);
        return verdict;
      }
    }
  }
  const auto purl = version::parse_purl(affected.purl, version::Reading::lenient);
  if (purl && !purl->version.empty()) {
    const bool is_it = version::compare(scheme_, purl->version, target.version) == 0;
    return Verdict{.standing = is_it ? standing_of(affected.standing) : Standing::unaffected,
                   .rule = is_it ? version::Rule::listed : version::Rule::elsewhere};
  }
  if (!names_.empty() && key.through == Through::cpe) {
    return Verdict{.standing = Standing::unaffected, .rule = version::Rule::elsewhere};
  }
  return Verdict{.standing = standing_of(affected.standing), .rule = version::Rule::every};
}

std::optional<Verdict> Rulebook::of_every_version(const Target& target, const Key& key) const {
  for (std::size_t i = 0; i < osv_.size(); ++i) {
    const bool is_every =
        osv_[i].type != version::OsvRange::Type::git && osv_[i].events.size() == 1 &&
        osv_[i].events.front() == version::OsvEvent{version::OsvEvent::Kind::introduced, "0"};
    if (is_every) {
      return Verdict{.standing = Standing::affected, .rule = version::Rule::every, .entry = i};
    }
  }
  for (std::size_t i = 0; i < criteria_.size() && key.through == Through::cpe; ++i) {
    const version::Cpe& asked = target.cpes[key.name];
    const version::CpeCriteria& one = criteria_[i];
    const bool is_bounded = one.from || one.after || one.until || one.before;
    if (!is_bounded && version::applies({.name = as_asked(one.name, asked)}, asked)) {
      return Verdict{.standing = Standing::affected, .rule = version::Rule::every, .entry = i};
    }
  }
  return std::nullopt;
}

std::optional<Answer> Rulebook::ask(const Target& target, const Key& key, Wanted wanted) const {
  const advisory::Affected& affected = entry_.affected;
  if (!is_about(target, key)) {
    return std::nullopt;
  }
  if (entry_.source == advisory::Source::nvd &&
      affected.standing == advisory::Standing::unaffected) {
    return std::nullopt;  // what the vulnerable product runs on
  }
  const auto every =
      target.version.empty() ? of_every_version(target, key) : std::optional<Verdict>();
  const bool is_unversioned = target.version.empty() && !every;
  // Most records about a package do not concern its version: no words are made for them.
  if (wanted == Wanted::findings &&
      (is_unversioned ||
       (!every && entry_.source == advisory::Source::osv &&
        !version::is_affected(scheme_, osv_, affected.versions, target.version)))) {
    return std::nullopt;
  }
  std::optional<Verdict> verdict =
      every            ? every
      : is_unversioned ? Verdict{.standing = Standing::unknown, .rule = version::Rule::elsewhere}
                       : judged(target, key);
  if (!verdict || (wanted == Wanted::findings && verdict->standing != Standing::affected)) {
    return std::nullopt;
  }
  return Answer{.source = entry_.source,
                .id = entry_.id,
                .vulnerability = affected.vulnerability,
                .part = entry_.part,
                .through = key.through,
                .by = key.through == Through::package ? affected.ecosystem + " " + affected.package
                      : key.through == Through::cpe
                          ? version::to_formatted_string(target.cpes[key.name])
                          : affected.purl,
                .verdict = std::move(*verdict),
                .is_conditional = affected.configuration != 0,
                .is_unversioned = is_unversioned};
}

}  // namespace weir::match
