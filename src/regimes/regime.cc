// One regime: its head, its versions, and what must hold between them.
#include <algorithm>

#include "regimes/reader.h"
#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

using deadline::Any;
using deadline::Condition;
using deadline::Stage;
using deadline::Version;

Result<std::map<std::string, deadline::Citation>> read_sources(const Reader& from) {
  std::map<std::string, deadline::Citation> sources;
  for (const auto& [source, body] : TRY(from.members())) {
    TRY(body.only({"address", "mark"}));
    deadline::Citation citation;
    const Reader address = TRY(body.at("address"));
    citation.address = TRY(address.text());
    if (!citation.address.starts_with("https://") && !citation.address.starts_with("http://")) {
      return address.refuse("an address begins with https:// or http://");
    }
    const auto mark = deadline::parse_mark(TRY(body.text_at("mark")));
    if (!mark) {
      return body.refuse("a mark is primary, secondary or unverified");
    }
    citation.mark = *mark;
    sources.emplace(source, std::move(citation));
  }
  return sources;
}

Status read_validity(const Reader& from, Version& version) {
  TRY(from.only({"from", "until", "note"}));
  const Reader first = TRY(from.at("from"));
  version.from = TRY(first.date());
  if (const auto until = from.find("until")) {
    version.until = TRY(until->date());
    if (*version.until <= *version.from) {
      return until->refuse("ends before it begins");
    }
  }
  version.validity_note = TRY(from.find_text("note"));
  return {};
}

Result<std::vector<deadline::Prohibition>> read_prohibitions(const Reader& from,
                                                             const Names& names) {
  std::vector<deadline::Prohibition> all;
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"prohibition", "when", "until", "inside", "except", "wording", "cite"}));
    deadline::Prohibition made;
    made.id = TRY(one.text_at("prohibition"));
    made.when = TRY(read_condition(one.find("when"), names));
    made.until = TRY(read_condition(one.find("until"), names));
    made.inside = TRY(one.text_at("inside"));
    made.wording = TRY(one.text_at("wording"));
    made.citation = TRY(read_citation(one, names));
    if (const auto except = one.find("except")) {
      made.except = TRY(except->texts());
    }
    if (names.rules.find_place(made.inside) == nullptr &&
        !names.rules.groups.contains(made.inside)) {
      return one.refuse("no such place: " + made.inside);
    }
    all.push_back(std::move(made));
  }
  return all;
}

std::uint32_t awaited(const Condition& condition) {
  std::uint32_t stages = 0;
  for (const Any& any : condition) {
    stages |= any.stages;
  }
  return stages;
}

/// The stages that a stage waits for, as a mask.
std::uint32_t awaited(const Stage& stage) {
  std::uint32_t stages = awaited(stage.when) | awaited(stage.discharged_by);
  for (const deadline::Limit& limit : stage.limits) {
    stages |= awaited(limit.from);
  }
  return stages;
}

/// Takes away what waits for nothing that is left, until all is gone or nothing goes.
Status check_cycles(const Reader& stages, const Version& version) {
  std::uint32_t left = 0;
  for (std::size_t i = 0; i < version.stages.size(); ++i) {
    left |= std::uint32_t{1} << i;
  }
  for (std::size_t round = 0; round < version.stages.size(); ++round) {
    for (std::size_t i = 0; i < version.stages.size(); ++i) {
      if ((awaited(version.stages[i]) & left) == 0) {
        left &= ~(std::uint32_t{1} << i);
      }
    }
  }
  for (std::size_t i = 0; i < version.stages.size(); ++i) {
    if ((left >> i & 1U) != 0) {
      return TRY(stages.list())[i].refuse("stages wait for each other in a circle: " +
                                          version.stages[i].id);
    }
  }
  return {};
}

Status read_stages(const Reader& from, Names& names, Version& version) {
  const std::vector<Reader> list = TRY(from.list());
  if (list.size() > deadline::kMaxStages) {
    return from.refuse("more than 32 stages in one version");
  }
  for (const Reader& one : list) {
    const std::string id = TRY(one.text_at("stage"));
    if (!is_word(id) || std::ranges::find(names.stages, id) != names.stages.end()) {
      return one.refuse("a stage has a name of its own, of a-z, 0-9, _ and -");
    }
    names.stages.push_back(id);
  }
  for (const Reader& one : list) {
    version.stages.push_back(TRY(read_stage(one, names)));
  }
  return check_cycles(from, version);
}

Status read_penalties(const Reader& from, const Names& names, Version& version) {
  for (const Reader& one : TRY(from.list())) {
    TRY(one.only({"text", "cite"}));
    deadline::Penalty penalty;
    penalty.text = TRY(one.text_at("text"));
    penalty.citation = TRY(read_citation(one, names));
    version.penalties.push_back(std::move(penalty));
  }
  return {};
}

Result<Version> read_version(const Reader& from,
                             const std::map<std::string, deadline::Citation>& sources,
                             const deadline::Rules& rules) {
  TRY(from.only(
      {"valid", "cite", "applies", "except", "opens", "stages", "prohibitions", "penalties"}));
  Names names{rules, sources, {}, {}};
  Version version;
  version.citation = TRY(read_citation(from, names));
  version.scope = TRY(read_scope(from, names));
  const Reader valid = TRY(from.at("valid"));
  if (valid.node().kind == Node::Kind::text) {
    if (TRY(valid.text()) != "not in force") {
      return valid.refuse("valid is {from, until}, or: not in force");
    }
  } else {
    TRY(read_validity(valid, version));
  }
  const Reader opens = TRY(from.at("opens"));
  TRY(opens.only({"when", "wording", "cite"}));
  version.opens = TRY(read_condition(opens.find("when"), names));
  version.wording = TRY(opens.text_at("wording"));
  version.opens_citation = TRY(read_citation(opens, names));
  if (version.opens.empty()) {
    return opens.refuse("what opens it needs an event");
  }
  const Reader stages = TRY(from.at("stages"));
  TRY(read_stages(stages, names, version));
  if (const auto prohibitions = from.find("prohibitions")) {
    version.prohibitions = TRY(read_prohibitions(*prohibitions, names));
  }
  if (const auto penalties = from.find("penalties")) {
    TRY(read_penalties(*penalties, names, version));
  }
  return version;
}

/// In order of time, none beginning before the one before it has ended.
Status check_overlap(const Reader& versions, const deadline::Regime& regime) {
  const Version* before = nullptr;
  for (std::size_t i = 0; i < regime.versions.size(); ++i) {
    const Version& version = regime.versions[i];
    if (before != nullptr &&
        (!before->from || !before->until || (version.from && *version.from < *before->until))) {
      return TRY(versions.list())[i].refuse("the validity of two versions overlaps");
    }
    before = &version;
  }
  return {};
}

}  // namespace

Result<deadline::Regime> read_regime(const Reader& root, const std::string& id,
                                     const deadline::Rules& rules) {
  TRY(root.only(
      {"regime", "title", "kind", "place", "seat", "checked", "note", "sources", "versions"}));
  deadline::Regime regime;
  regime.id = TRY(root.text_at("regime"));
  if (regime.id != id || !is_word(regime.id)) {
    return root.refuse("a file is named like its regime, of a-z, 0-9 and -");
  }
  regime.title = TRY(root.text_at("title"));
  regime.place = TRY(root.text_at("place"));
  regime.seat = TRY(root.text_at("seat"));
  regime.note = TRY(root.find_text("note"));
  const Reader checked = TRY(root.at("checked"));
  regime.checked = TRY(checked.date());
  const std::string kind = TRY(root.text_at("kind"));
  const auto kinds = {deadline::Kind::law, deadline::Kind::norm, deadline::Kind::proposal};
  const auto* found = std::ranges::find(kinds, kind, [](deadline::Kind k) { return name(k); });
  if (found == kinds.end()) {
    return root.refuse("a regime is a law, a norm or a proposal");
  }
  regime.kind = *found;
  const bool is_place = regime.place == "any" || rules.find_place(regime.place) != nullptr ||
                        rules.groups.contains(regime.place);
  if (!is_place || rules.find_place(regime.seat) == nullptr) {
    return root.refuse("place is a country, a group or any; seat is a country");
  }
  const Reader sources_at = TRY(root.at("sources"));
  const auto sources = TRY(read_sources(sources_at));
  const Reader versions = TRY(root.at("versions"));
  for (const Reader& one : TRY(versions.list())) {
    regime.versions.push_back(TRY(read_version(one, sources, rules)));
  }
  if (regime.versions.empty()) {
    return versions.refuse("a regime has a version");
  }
  TRY(check_overlap(versions, regime));
  return regime;
}

}  // namespace weir::regimes
