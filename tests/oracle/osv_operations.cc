// Whether a record is one of OSV's schema 1.7.5: its members, their types and what may stand in
// them. The importer takes more (src/advisory), since a record that breaks a rule still says
// something.
#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <regex>
#include <string>

#include "oracle.h"
#include "severity/severity.h"
#include "version/version.h"

namespace weir::oracle {
namespace {

using json::Cursor;

constexpr std::size_t kMost = 1'000'000;

/// The home databases whose prefixes an id may have; others begin with "x_".
const std::regex& prefix() {
  static const std::regex kPrefix(
      "^(x_|(ASB-A|PUB-A|ALPINE|ALSA|ALBA|ALEA|AZL|BELL|BIT|CGA|CLEANSTART|CLSA|CURL|CVE|DEBIAN|"
      "DHI|"
      "DRUPAL|DSA|DLA|ELA|DTSA|ECHO|EEF|FreeBSD|GHSA|GO|GSD|HSEC|JLSEC|KUBE|LBSEC|LSN|MAL|MINI|"
      "MGASA|"
      "OESA|OSEC|OSV|openSUSE-SU|PHSA|PSF|PYSEC|RHBA|RHEA|RHSA|RLSA|RXSA|RSEC|ROOT|RUSTSEC|"
      "SUSE-[SRFO]U|UBUNTU|USN|V8)-)");
  return kPrefix;
}

using Rule = std::function<Status(const Cursor& at)>;

Status text(const Cursor& at) {
  TRY(at.string());
  return {};
}
Status object(const Cursor& at) {
  return at.is_object() ? Status() : at.fail("expected an object");
}
Rule matching(const std::string& pattern, std::string what) {
  return [expression = std::regex(pattern), what = std::move(what)](const Cursor& at) -> Status {
    const std::string word = TRY(at.string());
    return std::regex_search(word, expression) ? Status() : at.fail(what);
  };
}
Rule one_of(std::initializer_list<std::string_view> words) {
  return
      [known = std::vector<std::string>(words.begin(), words.end())](const Cursor& at) -> Status {
        const std::string word = TRY(at.string());
        return std::ranges::find(known, word) != known.end() ? Status() : at.fail("no such word");
      };
}
Rule list(Rule rule) {
  return [rule = std::move(rule)](const Cursor& at) -> Status {
    for (const Cursor& one : TRY(at.elements(kMost))) {
      TRY(rule(one));
    }
    return {};
  };
}
Rule maybe(Rule rule) {  // null as well
  return [rule = std::move(rule)](const Cursor& at) -> Status {
    return at.value().is_null() ? Status() : rule(at);
  };
}

enum class Needed { no, yes };
struct Member {
  std::string_view name;
  Rule rule;
  Needed needed = Needed::no;
};
/// What is there of these follows its rule; what is needed is there.
Status members(const Cursor& at, std::initializer_list<Member> known) {
  TRY(object(at));
  for (const Member& member : known) {
    if (const auto found = at.find(member.name)) {
      TRY(member.rule(*found));
    } else if (member.needed == Needed::yes) {
      return at.fail("has no " + std::string(member.name));
    }
  }
  return {};
}

Status timestamp(const Cursor& at) {
  static const Rule kRule = matching(
      "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z", "no time in UTC");
  return kRule(at);
}

Status severity_of(const Cursor& at) {
  static const Rule kType = one_of({"CVSS_V2", "CVSS_V3", "CVSS_V4", "Ubuntu"});
  static const Rule kUbuntu = one_of({"negligible", "low", "medium", "high", "critical"});
  TRY(members(at, {{"type", kType, Needed::yes}, {"score", text, Needed::yes}}));
  const std::string type = TRY(at.string_at("type"));
  const Cursor score = TRY(at.at("score"));
  if (type == "Ubuntu") {
    return kUbuntu(score);
  }
  using severity::Version;
  const auto vector = severity::Cvss::parse(TRY(score.string()));
  const bool is_its = vector && (type == "CVSS_V2"   ? vector->version() == Version::v2
                                 : type == "CVSS_V4" ? vector->version() == Version::v40
                                                     : vector->version() == Version::v30 ||
                                                           vector->version() == Version::v31);
  return is_its ? Status() : score.fail("no vector of this version of CVSS");
}

constexpr std::array<std::string_view, 4> kBounds = {"introduced", "fixed", "last_affected",
                                                     "limit"};

Status event(const Cursor& at, bool is_git) {
  static const Rule kCommit = matching("^(0|[a-f0-9]{40}|[a-f0-9]{64})$", "no whole commit");
  TRY(object(at));
  std::size_t count = 0;
  for (const std::string_view bound : kBounds) {
    if (const auto found = at.find(bound)) {
      TRY(is_git ? kCommit(*found) : text(*found));
      ++count;
    }
  }
  return count == 1 ? Status()
                    : at.fail("an event is one of introduced, fixed, last_affected, limit");
}

Status range(const Cursor& at) {
  static const Rule kType = one_of({"GIT", "SEMVER", "ECOSYSTEM"});
  TRY(members(at, {{"type", kType, Needed::yes}, {"repo", text}, {"database_specific", object}}));
  const bool is_git = TRY(at.string_at("type")) == "GIT";
  if (is_git && !at.find("repo")) {
    return at.fail("a range of commits has no repo");
  }
  const Cursor events = TRY(at.at("events"));
  std::array<bool, kBounds.size()> has{};
  for (const Cursor& one : TRY(events.elements(kMost))) {
    TRY(event(one, is_git));
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      has.at(i) = has.at(i) || one.find(kBounds.at(i)).has_value();
    }
  }
  if (!has[0]) {
    return events.fail("nothing is introduced");
  }
  return has[1] && has[2] ? events.fail("both fixed and last_affected") : Status();
}

Status ecosystem(const Cursor& at) {
  const std::string name = TRY(at.string());
  const std::string family = name.substr(0, name.find(':'));
  const bool is_known = family == "GIT" || version::is_ecosystem(family);
  return is_known && !name.ends_with(':') ? Status() : at.fail("no such ecosystem");
}

Status affected(const Cursor& at) {
  return members(at, {{"package",
                       [](const Cursor& package) {
                         return members(package, {{"ecosystem", ecosystem, Needed::yes},
                                                  {"name", text, Needed::yes},
                                                  {"purl", text}});
                       }},
                      {"severity", maybe(list(severity_of))},
                      {"ranges", list(range)},
                      {"versions", list(text)},
                      {"ecosystem_specific", object},
                      {"database_specific", object}});
}

Status reference(const Cursor& at) {
  static const Rule kType = one_of({"ADVISORY", "ARTICLE", "DETECTION", "DISCUSSION", "REPORT",
                                    "FIX", "INTRODUCED", "GIT", "PACKAGE", "EVIDENCE", "WEB"});
  return members(at, {{"type", kType, Needed::yes}, {"url", text, Needed::yes}});
}

Status credit(const Cursor& at) {
  static const Rule kType =
      one_of({"FINDER", "REPORTER", "ANALYST", "COORDINATOR", "REMEDIATION_DEVELOPER",
              "REMEDIATION_REVIEWER", "REMEDIATION_VERIFIER", "TOOL", "SPONSOR", "OTHER"});
  return members(at, {{"name", text, Needed::yes}, {"contact", list(text)}, {"type", kType}});
}

Status record(const Cursor& at) {
  TRY(members(at, {{"schema_version", text},
                   {"id",
                    [](const Cursor& id) -> Status {
                      const std::string name = TRY(id.string());
                      return std::regex_search(name, prefix()) ? Status()
                                                               : id.fail("no prefix of a database");
                    },
                    Needed::yes},
                   {"modified", timestamp, Needed::yes},
                   {"published", timestamp},
                   {"withdrawn", timestamp},
                   {"aliases", maybe(list(text))},
                   {"related", list(text)},
                   {"upstream", list(text)},
                   {"summary", text},
                   {"details", text},
                   {"severity", maybe(list(severity_of))},
                   {"affected", maybe(list(affected))},
                   {"references", maybe(list(reference))},
                   {"credits", list(credit)},
                   {"database_specific", object}}));
  TRY(at.only({"schema_version", "id", "modified", "published", "withdrawn", "aliases", "related",
               "upstream", "summary", "details", "severity", "affected", "references", "credits",
               "database_specific"}));
  if (const auto parts = at.find("affected"); parts && parts->is_array() && at.find("severity")) {
    for (const Cursor& part : TRY(parts->elements(kMost))) {
      if (const auto own = part.find("severity"); own && !own->value().is_null()) {
        return own->fail("the record has a severity of its own");
      }
    }
  }
  return {};
}

/// record → {valid, errors}: the first thing that is wrong, with its place.
Result<json::Value> osv_validate(const Cursor& request) {
  const Cursor given = TRY(request.at("record"));
  const Status status = record(Cursor(given.value()));
  json::Array errors;
  if (!status) {
    errors.push_back(
        json::Object{{"message", status.error().message}, {"instancePath", status.error().where}});
  }
  return json::Object{{"valid", status.has_value()}, {"errors", std::move(errors)}};
}

constexpr auto kOperations = std::to_array<Operation>({{"osv.validate", osv_validate}});

}  // namespace

std::span<const Operation> osv_operations() {
  return kOperations;
}

}  // namespace weir::oracle
