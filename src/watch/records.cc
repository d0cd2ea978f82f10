#include "watch/records.h"

#include <algorithm>
#include <map>

#include <sys/stat.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "catalog/heads.h"
#include "match/examine.h"
#include "match/match.h"

namespace weir::watch {
namespace {

/// Which file stands at a path: another one has another number.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};
std::optional<FileId> file_at(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return FileId{status.st_dev, status.st_ino};
}

Evidence evidence_of(const match::Answer& answer, const std::string& version) {
  return {.source = answer.source,
          .id = answer.id,
          .version = version,
          .through = std::string(match::name(answer.through)),
          .by = answer.by,
          .rule = answer.is_unversioned ? "any" : std::string(version::name(answer.verdict.rule)),
          .from = answer.verdict.from,
          .until = answer.verdict.until,
          .fix = answer.fix(),
          .why = answer.is_unversioned
                     ? "the record is about this product; every version is watched"
                     : answer.why(version),
          .is_conditional = answer.is_conditional};
}

bool comes_before(const Evidence& a, const Evidence& b) {
  return std::tie(a.source, a.id, a.version) < std::tie(b.source, b.id, b.version);
}

/// Answers by vulnerability: the ids of its group name it.
class Gathering {
 public:
  void take(const catalog::Weight& weight, Evidence evidence, const match::Word& word) {
    Gathered& one = by_ids_[weight.ids];
    if (one.match.evidence.empty()) {
      one.match.ids = weight.ids;
      one.match.ids.resize(std::min(one.match.ids.size(), kMaxShownIds));
      one.match.score = weight.score;
      one.match.is_exploited = !weight.listed.empty();
      one.match.listed = weight.listed;
      one.match.is_likely = weight.epss >= kLikely;
    }
    one.match.evidence.push_back(std::move(evidence));
    if (word.suppresses()) {
      one.word = Suppression{std::string(sbom::name(word.statement->position)),
                             sbom::reason(*word.statement), word.author};
    } else {
      one.is_open = true;
    }
  }
  std::vector<Match> finish() && {
    std::vector<Match> matches;
    for (auto& [ids, one] : by_ids_) {
      std::ranges::sort(one.match.evidence, comes_before);
      one.match.evidence.resize(std::min(one.match.evidence.size(), kMaxEvidence));
      if (!one.is_open) {
        one.match.suppressed = std::move(one.word);
      }
      matches.push_back(std::move(one.match));
    }
    return matches;
  }

 private:
  struct Gathered {
    Match match;
    std::optional<Suppression> word{};  // that suppresses, of one part
    bool is_open = false;               // there is a part that no word suppresses
  };
  std::map<std::vector<std::string>, Gathered> by_ids_;
};

}  // namespace

struct Records::Inside {
  std::string path;
  std::optional<FileId> file{};
  std::unique_ptr<store::Db> db{};
  std::optional<store::ReadTx> tx{};
  Position newest{};
  std::optional<match::Matcher> matcher{};
  catalog::VersionId made_of = -1;  // the newest version when the matcher's rules were made
  std::optional<catalog::Texts> texts{};
  advisory::Reader reader{};
  std::map<std::string, catalog::Weight> weights{};  // of this snapshot, by one of the ids

  Result<std::vector<match::Entry>> lookup(std::string_view key) const {
    std::vector<match::Entry> entries;
    for (catalog::Candidate& one : TRY(catalog::candidates(**tx, key))) {
      entries.push_back({.source = one.source,
                         .id = std::move(one.id),
                         .part = one.part,
                         .affected = std::move(one.affected)});
    }
    return entries;
  }

  Result<const catalog::Weight*> weigh(const std::string& id) {
    auto known = weights.find(id);
    if (known == weights.end()) {
      known = weights.emplace(id, TRY(catalog::weigh(**tx, id))).first;
    }
    return &known->second;
  }
};

Records::Records(std::string path) : inside_(std::make_unique<Inside>(std::move(path))) {}
Records::~Records() = default;

Status Records::begin() {
  end();
  const auto file = file_at(inside_->path);
  if (!inside_->db || file != inside_->file) {
    inside_->db.reset();
    inside_->db = TRY(catalog::open(inside_->path, catalog::Use::ask));
    inside_->file = file;
    inside_->made_of = -1;
    inside_->texts.emplace();
  }
  inside_->tx.emplace(TRY(inside_->db->read()));
  const store::Tx& tx = **inside_->tx;
  const catalog::Mark mark = TRY(catalog::mark(tx));
  const auto first = TRY(catalog::first_head(tx));
  inside_->newest = {first ? to_hex(first->hash.view()) : "", mark.version, mark.run};
  if (inside_->made_of != mark.version) {
    inside_->matcher.emplace(
        [inside = inside_.get()](std::string_view key) { return inside->lookup(key); }, kMostRules);
    inside_->made_of = mark.version;
  }
  return {};
}

void Records::end() {
  inside_->tx.reset();
  inside_->weights.clear();
}

void Records::rest() {
  end();
  inside_->matcher.reset();
  inside_->made_of = -1;
  inside_->texts.reset();
  inside_->db.reset();
}

const Position& Records::newest() const {
  CHECK(inside_->tx);
  return inside_->newest;
}

Result<std::vector<catalog::Changed>> Records::changed(catalog::VersionId after, std::size_t most) {
  CHECK(inside_->tx);
  return catalog::changed_since(**inside_->tx, after, most);
}

Status Records::each_likely(const std::function<void(std::string_view cve)>& use) {
  CHECK(inside_->tx);
  return catalog::each_likely(**inside_->tx, kLikely, use);
}

Result<std::vector<Match>> Records::examine(const Item& item, const match::Statements& statements,
                                            const sbom::Component* root) {
  CHECK(inside_->tx);
  std::vector<match::Target> targets;
  targets.reserve(item.parts.size());
  bool has_any = false;
  for (const Part& part : item.parts) {
    targets.push_back(target_of(part));
    has_any = has_any || part.is_any_version;
  }
  const auto answers = TRY(inside_->matcher->ask(
      targets, has_any ? match::Wanted::everything : match::Wanted::findings));
  Gathering gathering;
  for (const match::Answer& answer : answers) {
    const Part& part = item.parts[answer.target];
    if (!answer.is_finding() && !(part.is_any_version && answer.is_unversioned)) {
      continue;
    }
    const catalog::Weight& weight =
        *TRY(inside_->weigh(answer.vulnerability.empty() ? answer.id : answer.vulnerability));
    gathering.take(weight, evidence_of(answer, targets[answer.target].version),
                   statements.about(weight.ids, part.component, root));
  }
  return std::move(gathering).finish();
}

Result<std::string> Records::title_of(const std::vector<Evidence>& evidence) {
  CHECK(inside_->tx);
  const store::Tx& tx = **inside_->tx;
  for (const Evidence& one : evidence) {
    const auto version = TRY(catalog::find(tx, one.source, one.id));
    if (!version || version->digest.empty()) {
      continue;
    }
    const std::string text = TRY(inside_->texts->of(tx, version->version));
    std::string title = match::about(TRY(inside_->reader.read(text))).title;
    if (!title.empty()) {
      return title;
    }
  }
  return std::string();
}

StateOf Records::state_of() {
  return [inside = inside_.get()](advisory::Source source,
                                  const std::string& id) -> Result<std::optional<advisory::State>> {
    CHECK(inside->tx);
    const auto version = TRY(catalog::find(**inside->tx, source, id));
    return version ? std::optional(version->state) : std::nullopt;
  };
}

}  // namespace weir::watch
