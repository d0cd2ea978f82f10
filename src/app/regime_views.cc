#include "app/regime_views.h"

#include <algorithm>

namespace weir::app {
namespace {

StageView stage_view(const deadline::Stage& stage) {
  StageView view{stage.id, stage.title, stage.wording, stage.citation, {}, {}, stage.fields};
  for (const deadline::Limit& one : stage.limits) {
    view.limits.push_back(
        {one.date ? "a set date" : deadline::text(one.period), one.wording, one.citation});
  }
  for (const deadline::Recipient& one : stage.recipients) {
    view.recipients.push_back(one.name);
  }
  return view;
}

VersionView version_view(const deadline::Version& version) {
  VersionView view;
  view.from = version.from ? deadline::to_date(*version.from) : "";
  view.until = version.until ? deadline::to_date(*version.until) : "";
  view.mark = std::max(version.citation.mark, version.opens_citation.mark);
  for (const deadline::Stage& stage : version.stages) {
    view.stages.push_back(stage_view(stage));
    view.mark = std::max(view.mark, stage.citation.mark);
    for (const deadline::Limit& limit : stage.limits) {
      view.mark = std::max(view.mark, limit.citation.mark);
    }
  }
  return view;
}

RegimeView regime_view(const Laws& laws, const deadline::Regime& regime) {
  RegimeView view;
  view.regime = regime.id;
  view.title = regime.title;
  view.kind = name(regime.kind);
  view.place = regime.place;
  view.checked = deadline::to_date(regime.checked);
  for (const deadline::Version& version : regime.versions) {
    view.versions.push_back(version_view(version));
  }
  view.text = regimes::show(laws.rules, regime);
  return view;
}

}  // namespace

std::vector<RegimeView> regime_views(const Laws& laws) {
  std::vector<RegimeView> views;
  for (const deadline::Regime& regime : laws.rules.regimes) {
    views.push_back(regime_view(laws, regime));
  }
  return views;
}

Result<RegimeView> show_regime(const Laws& laws, const std::string& regime) {
  const deadline::Regime* found = laws.rules.find_regime(regime);
  if (found == nullptr) {
    return fail(Code::not_found, "there is no such regime", regime);
  }
  return regime_view(laws, *found);
}

}  // namespace weir::app
