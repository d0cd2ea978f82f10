#include "watch/finding.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace weir::watch {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"open", "suppressed", "ceased"};
constexpr std::array<std::string_view, 10> kWhats = {
    "found",      "returned",  "exploited", "likely", "worsened",
    "suppressed", "withdrawn", "narrowed",  "left",   "merged"};

/// CVSS 3.1, 5: 0 is "none", or no score at all.
int band(int score) {
  return score >= 90 ? 4 : score >= 70 ? 3 : score >= 40 ? 2 : score > 0 ? 1 : 0;
}
constexpr int kHigh = 3;

void note(Finding& finding, What what, Instant now) {
  finding.happened.push_back({what, now});
  if (finding.happened.size() > kMaxHappened) {
    finding.happened.erase(finding.happened.begin());
  }
}

/// What the records say now; what has happened stays.
void take(Finding& finding, const Item& item, Match match) {
  finding.shown = shown(item);
  finding.state = match.suppressed ? State::suppressed : State::open;
  finding.ids = std::move(match.ids);
  finding.score = match.score;
  finding.is_exploited = match.is_exploited;
  finding.listed = std::move(match.listed);
  finding.is_likely = match.is_likely;
  finding.suppressed = std::move(match.suppressed);
  finding.evidence = std::move(match.evidence);
}

void remember_peak(Finding& finding) {
  finding.peak_score = std::max(finding.peak_score, finding.score);
  finding.was_exploited |= finding.is_exploited;
  finding.was_likely |= finding.is_likely;
}

Change fresh(const Item& item, Match match, Instant now) {
  Change change;
  change.finding.item = item.key;
  take(change.finding, item, std::move(match));
  remember_peak(change.finding);
  note(change.finding, What::found, now);
  if (change.finding.state == State::open) {
    change.told.push_back(What::found);
  } else {
    note(change.finding, What::suppressed, now);
  }
  return change;
}

Change continued(std::size_t which, const Finding& before, const Item& item, Match match,
                 Instant now) {
  Change change{.which = which, .finding = before};
  Finding& after = change.finding;
  take(after, item, std::move(match));
  const auto tell = [&](What what) {
    note(after, what, now);
    if (after.state == State::open) {
      change.told.push_back(what);
    }
  };
  if (before.state != State::suppressed && after.state == State::suppressed) {
    note(after, What::suppressed, now);
  }
  if (before.state != State::open && after.state == State::open) {
    tell(What::returned);
  }
  if (!before.was_exploited && after.is_exploited) {
    tell(What::exploited);
  }
  if (band(after.score) > band(before.peak_score) && band(after.score) >= kHigh) {
    tell(What::worsened);
  }
  if (!before.was_likely && after.is_likely) {
    tell(What::likely);
  }
  remember_peak(after);
  return change;
}

/// Why nothing matches any more; nothing if the finding stands.
Result<std::optional<What>> ending(const Finding& finding, const Item& item,
                                   const StateOf& state_of) {
  const auto is_there = [&](const Evidence& evidence) {
    return std::ranges::any_of(item.parts, [&](const Part& part) {
      return part.is_any_version ? evidence.version.empty()
                                 : target_of(part).version == evidence.version;
    });
  };
  bool is_left = true;
  bool is_withdrawn = true;
  for (const Evidence& evidence : finding.evidence) {
    if (!is_there(evidence)) {
      continue;
    }
    is_left = false;
    const auto state = TRY(state_of(evidence.source, evidence.id));
    if (!state) {
      return std::nullopt;  // the record says nothing
    }
    is_withdrawn = is_withdrawn && *state != advisory::State::published;
  }
  return is_left ? What::left : is_withdrawn ? What::withdrawn : What::narrowed;
}

class Reconciler {
 public:
  Reconciler(const Item& item, const std::vector<Finding>& kept, std::vector<Match> matches,
             Instant now)
      : item_(item),
        kept_(kept),
        matches_(std::move(matches)),
        now_(now),
        goes_on_(kept.size()),
        is_taken_(matches_.size()) {
    for (std::size_t j = 0; j < matches_.size(); ++j) {
      for (const std::string& id : matches_[j].ids) {
        match_of_.emplace(id, j);
      }
    }
  }

  Result<std::vector<Change>> run(const StateOf& state_of) {
    // What stands has the first word, so that a finding that ceased long ago takes nothing from it.
    pair([](const Finding& finding) { return finding.state != State::ceased; });
    pair([](const Finding& finding) { return finding.state == State::ceased; });
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      TRY(settle(i, state_of));
    }
    for (std::size_t i = 0; i < matches_.size(); ++i) {
      if (!is_taken_[i]) {
        changes_.push_back(fresh(item_, std::move(matches_[i]), now_));
      }
    }
    return std::move(changes_);
  }

 private:
  template <class Wanted>
  void pair(Wanted wanted) {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (!wanted(kept_[i])) {
        continue;
      }
      // No id is in two matches: the first of those that share one.
      std::size_t first = matches_.size();
      for (const std::string& id : kept_[i].ids) {
        const auto found = match_of_.find(id);
        if (found != match_of_.end() && !is_taken_[found->second]) {
          first = std::min(first, found->second);
        }
      }
      if (first < matches_.size()) {
        goes_on_[i] = first;
        is_taken_[first] = true;
      }
    }
  }

  Status settle(std::size_t i, const StateOf& state_of) {
    const Finding& before = kept_[i];
    if (goes_on_[i]) {
      Change change = continued(i, before, item_, std::move(matches_[*goes_on_[i]]), now_);
      taken_ids_.insert(change.finding.ids.begin(), change.finding.ids.end());
      if (change.finding != before) {
        changes_.push_back(std::move(change));
      }
      return {};
    }
    if (before.state == State::ceased) {
      return {};
    }
    const bool is_merged = std::ranges::any_of(
        before.ids, [&](const std::string& id) { return taken_ids_.contains(id); });
    const auto end = is_merged ? std::optional(What::merged) : TRY(ending(before, item_, state_of));
    if (end) {
      Change change{.which = i, .finding = before};
      change.finding.state = State::ceased;
      note(change.finding, *end, now_);
      if (before.state == State::open && (*end == What::withdrawn || *end == What::narrowed)) {
        change.told.push_back(*end);
      }
      changes_.push_back(std::move(change));
    }
    return {};
  }

  const Item& item_;
  const std::vector<Finding>& kept_;
  std::vector<Match> matches_;
  Instant now_;
  std::vector<std::optional<std::size_t>> goes_on_;        // by finding: as which match
  std::vector<bool> is_taken_;                             // by match
  std::unordered_map<std::string, std::size_t> match_of_;  // by id
  std::unordered_set<std::string> taken_ids_;              // of the findings that go on
  std::vector<Change> changes_;
};

}  // namespace

std::string_view name(State state) {
  return kStates[static_cast<std::size_t>(state)];
}
std::string_view name(What what) {
  return kWhats[static_cast<std::size_t>(what)];
}

namespace {

json::Object packed(const Evidence& evidence) {
  json::Object out{{"source", static_cast<std::int64_t>(evidence.source)}, {"id", evidence.id}};
  const auto put = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) {
      out[name] = text;
    }
  };
  put("version", evidence.version);
  put("through", evidence.through);
  put("by", evidence.by);
  put("rule", evidence.rule);
  put("from", evidence.from);
  put("until", evidence.until);
  put("fix", evidence.fix);
  put("why", evidence.why);
  if (evidence.is_conditional) {
    out["conditional"] = true;
  }
  return out;
}

struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
constexpr Bounds kScores{-1, 100};  // CVSS in tenths; -1: none
Result<std::int64_t> number_at(const json::Cursor& at, std::string_view name, Bounds bounds) {
  const json::Cursor found = TRY(at.at(name));
  const std::int64_t number = TRY(found.integer());
  if (number < bounds.least || number > bounds.most) {
    return found.fail("no such number");
  }
  return number;
}

Result<std::string> text_at(const json::Cursor& at, std::string_view name) {
  return TRY(at.find_string(name)).value_or("");
}

Result<Evidence> unpack_evidence(const json::Cursor& at) {
  Evidence evidence;
  evidence.source =
      static_cast<advisory::Source>(TRY(number_at(at, "source", {1, advisory::kSources})));
  evidence.id = TRY(at.string_at("id"));
  evidence.version = TRY(text_at(at, "version"));
  evidence.through = TRY(text_at(at, "through"));
  evidence.by = TRY(text_at(at, "by"));
  evidence.rule = TRY(text_at(at, "rule"));
  evidence.from = TRY(text_at(at, "from"));
  evidence.until = TRY(text_at(at, "until"));
  evidence.fix = TRY(text_at(at, "fix"));
  evidence.why = TRY(text_at(at, "why"));
  evidence.is_conditional = at.find("conditional").has_value();
  return evidence;
}

Result<Suppression> unpack_suppression(const json::Cursor& at) {
  Suppression word;
  word.position = TRY(at.string_at("position"));
  word.reason = TRY(at.string_at("reason"));
  word.author = TRY(at.string_at("author"));
  return word;
}

Status unpack_lists(const json::Cursor& at, Finding& finding) {
  const json::Cursor ids = TRY(at.at("ids"));
  for (const json::Cursor& id : TRY(ids.elements(kMaxShownIds))) {
    finding.ids.push_back(TRY(id.string()));
  }
  const json::Cursor evidence = TRY(at.at("evidence"));
  for (const json::Cursor& one : TRY(evidence.elements(kMaxEvidence))) {
    finding.evidence.push_back(TRY(unpack_evidence(one)));
  }
  const json::Cursor happened = TRY(at.at("happened"));
  for (const json::Cursor& one : TRY(happened.elements(kMaxHappened))) {
    const auto what = TRY(number_at(one, "what", {0, static_cast<std::int64_t>(What::merged)}));
    const json::Cursor when = TRY(one.at("at"));
    finding.happened.push_back({static_cast<What>(what), Instant{TRY(when.integer())}});
  }
  return {};
}

Result<Finding> read_finding(std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes));
  const json::Cursor at(tree);
  Finding finding;
  finding.item = TRY(at.string_at("item"));
  finding.shown = TRY(at.string_at("shown"));
  finding.title = TRY(text_at(at, "title"));
  finding.state = static_cast<State>(
      TRY(number_at(at, "state", {0, static_cast<std::int64_t>(State::ceased)})));
  finding.score = static_cast<int>(TRY(number_at(at, "score", kScores)));
  finding.peak_score = static_cast<int>(TRY(number_at(at, "peak", kScores)));
  finding.is_exploited = at.find("exploited").has_value();
  if (const auto lists = at.find("listed")) {
    for (const json::Cursor& list : TRY(lists->elements(advisory::kExploitedLists.size()))) {
      finding.listed.push_back(static_cast<advisory::Source>(TRY(list.integer())));
      if (!advisory::is_exploited_list(finding.listed.back())) {
        return list.fail("no such list");
      }
    }
  }
  finding.is_likely = at.find("likely").has_value();
  finding.was_exploited = at.find("was_exploited").has_value();
  finding.was_likely = at.find("was_likely").has_value();
  if (const auto word = at.find("suppressed")) {
    finding.suppressed = TRY(unpack_suppression(*word));
  }
  TRY(unpack_lists(at, finding));
  return finding;
}

}  // namespace

std::string pack(const Finding& finding) {
  json::Object out{{"item", finding.item},
                   {"shown", finding.shown},
                   {"state", static_cast<std::int64_t>(finding.state)},
                   {"ids", json::Array(finding.ids.begin(), finding.ids.end())},
                   {"score", finding.score},
                   {"peak", finding.peak_score}};
  if (!finding.title.empty()) {
    out["title"] = finding.title;
  }
  const auto flag = [&](std::string_view name, bool is_set) {
    if (is_set) {
      out[name] = true;
    }
  };
  flag("exploited", finding.is_exploited);
  if (!finding.listed.empty()) {
    json::Array lists;
    for (const advisory::Source list : finding.listed) {
      lists.push_back(static_cast<std::int64_t>(list));
    }
    out["listed"] = std::move(lists);
  }
  flag("likely", finding.is_likely);
  flag("was_exploited", finding.was_exploited);
  flag("was_likely", finding.was_likely);
  if (finding.suppressed) {
    out["suppressed"] = json::Object{{"position", finding.suppressed->position},
                                     {"reason", finding.suppressed->reason},
                                     {"author", finding.suppressed->author}};
  }
  json::Array evidence;
  for (const Evidence& one : finding.evidence) {
    evidence.push_back(packed(one));
  }
  out["evidence"] = std::move(evidence);
  json::Array happened;
  for (const Happened& one : finding.happened) {
    happened.push_back(
        json::Object{{"what", static_cast<std::int64_t>(one.what)}, {"at", one.at.ms}});
  }
  out["happened"] = std::move(happened);
  return json::canonical(out);
}

Result<Finding> unpack_finding(std::string_view bytes) {
  auto read = read_finding(bytes);
  if (!read) {
    return fail(Code::corrupt, "a finding of a watch list is damaged");
  }
  return read;
}

Result<std::vector<Change>> reconcile(const Item& item, const std::vector<Finding>& kept,
                                      std::vector<Match> matches, const StateOf& state_of,
                                      Instant now) {
  return Reconciler(item, kept, std::move(matches), now).run(state_of);
}

}  // namespace weir::watch
