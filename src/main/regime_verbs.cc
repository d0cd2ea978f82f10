// weir regimes check|show|diff|reference: the laws as data, without a data directory.
#include "main/verbs.h"
#include "regimes/regimes.h"

namespace weir::main {
namespace {

/// The files of a folder, or those that are compiled in.
Result<std::vector<regimes::File>> regime_files(const std::string& folder) {
  if (folder.empty()) {
    return regimes::builtin();
  }
  return regimes::read_files(folder);
}

Result<deadline::Rules> load_rules(const std::string& folder) {
  const std::vector<regimes::File> files = TRY(regime_files(folder));
  return regimes::load(files);
}

json::Value summary(const deadline::Rules& rules) {
  json::Array rows;
  for (const deadline::Regime& regime : rules.regimes) {
    std::size_t stages = 0;
    for (const deadline::Version& version : regime.versions) {
      stages += version.stages.size();
    }
    const deadline::Version& newest = regime.versions.back();
    rows.push_back(
        json::Object{{"regime", regime.id},
                     {"kind", name(regime.kind)},
                     {"from", newest.from ? deadline::to_date(*newest.from) : "not in force"},
                     {"until", newest.until ? deadline::to_date(*newest.until) : ""},
                     {"stages", stages},
                     {"checked", deadline::to_date(regime.checked)},
                     {"title", regime.title}});
  }
  return rows;
}

}  // namespace

void add_regime_verbs(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "regimes", "laws and norms as data");
  auto folder = std::make_shared<std::string>();
  group->add_option("--regimes", *folder, "folder with the files; without it those compiled in");
  add_verb(*group, line, "check", "read them all, strictly", "weir regimes check --regimes regimes",
           [folder, &line]() -> Status {
             const deadline::Rules rules = TRY(load_rules(*folder));
             line.say(json::Object{{"regimes", rules.regimes.size()},
                                   {"events", rules.events.size()},
                                   {"places", rules.places.size()}});
             return {};
           });
  auto id = std::make_shared<std::string>();
  add_verb(*group, line, "show", "one of them with every clause, or the list",
           "weir regimes show eu-cra",
           [folder, id, &line]() -> Status {
             const deadline::Rules rules = TRY(load_rules(*folder));
             if (id->empty()) {
               line.say(summary(rules));
               return {};
             }
             const deadline::Regime* regime = rules.find_regime(*id);
             if (regime == nullptr) {
               return fail(Code::not_found, "there is no such regime", *id);
             }
             return write_out(regimes::show(rules, *regime));
           })
      ->add_option("regime", *id);
  auto before = std::make_shared<std::string>();
  add_verb(*group, line, "diff", "what differs from another folder",
           "weir regimes diff old-regimes --regimes regimes",
           [folder, before]() -> Status {
             const deadline::Rules old_rules = TRY(load_rules(*before));
             const deadline::Rules rules = TRY(load_rules(*folder));
             return write_out(regimes::compare(old_rules, rules));
           })
      ->add_option("before", *before, "folder with the earlier files")
      ->required();
  add_verb(
      *group, line, "reference", "the page docs/regimes.md", "weir regimes reference",
      [folder]() -> Status { return write_out(regimes::reference(TRY(load_rules(*folder)))); });
}

}  // namespace weir::main
