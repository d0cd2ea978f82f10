#include "api/watch_views.h"

namespace weir::api {
namespace {

json::Array texts(const std::vector<std::string>& list) {
  return json::Array(list.begin(), list.end());
}

void put(json::Object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out[name] = text;
  }
}

std::string_view yes_or_no(bool is_yes) {
  return is_yes ? "yes" : "no";
}

json::Value view(const watch::Evidence& evidence) {
  json::Object out{{"source", advisory::name(evidence.source)},
                   {"id", evidence.id},
                   {"version", evidence.version},
                   {"matched_by", evidence.through},
                   {"matched_name", evidence.by},
                   {"rule", evidence.rule},
                   {"from", evidence.from},
                   {"until", evidence.until},
                   {"why", evidence.why}};
  put(out, "fixed_in", evidence.fix);
  if (evidence.is_conditional) {
    out["conditional"] = true;
  }
  return out;
}

json::Value view(const app::Aside& aside) {
  json::Object out{{"reason", aside.reason}, {"by", aside.by}, {"at", to_rfc3339(aside.at)}};
  if (aside.until) {
    out["until"] = to_rfc3339(*aside.until);
  }
  return out;
}

}  // namespace

json::Value view(const app::WatchListView& one) {
  json::Array unread;
  for (const sbom::Fault& fault : one.unread) {
    unread.push_back(json::Object{{"what", fault.what}, {"place", fault.place}});
  }
  json::Object out{{"list", one.reference},
                   {"name", one.name},
                   {"version", one.version},
                   {"tell", app::name(one.tell)},
                   {"pace", app::name(one.pace)},
                   {"paused", policy::name(one.paused)},
                   {"form", one.form},
                   {"items", one.items},
                   {"components", one.parts},
                   {"nameless", one.nameless},
                   {"unversioned", one.unversioned},
                   {"unread", std::move(unread)},
                   {"statements", one.statements},
                   {"created", to_rfc3339(one.created)},
                   {"changed", to_rfc3339(one.changed)},
                   {"open", one.open},
                   {"unseen", one.unseen}};
  put(out, "product", one.product);
  put(out, "problem", one.problem);
  if (one.muted_until) {
    out["muted_until"] = to_rfc3339(*one.muted_until);
  }
  if (one.matched) {
    out["matched"] = to_rfc3339(*one.matched);
  }
  return out;
}

json::Value view(const watch::Item& item) {
  json::Array components;
  for (const watch::Part& part : item.parts) {
    json::Object one{{"name", part.component.name}, {"place", part.component.place}};
    put(one, "version", part.component.version);
    put(one, "purl", part.component.purl);
    put(one, "ecosystem", part.ecosystem);
    if (!part.component.cpes.empty()) {
      one["cpes"] = texts(part.component.cpes);
    }
    components.push_back(std::move(one));
  }
  return json::Object{
      {"item", item.key}, {"shown", watch::shown(item)}, {"components", std::move(components)}};
}

json::Array names_of(const std::vector<advisory::Source>& lists) {
  json::Array names;
  for (const advisory::Source list : lists) {
    names.push_back(json::Value(advisory::name(list)));
  }
  return names;
}

json::Value view(const app::FindingView& one) {
  const watch::Finding& finding = one.finding;
  json::Array evidence;
  for (const watch::Evidence& each : finding.evidence) {
    evidence.push_back(view(each));
  }
  json::Array happened;
  for (const watch::Happened& each : finding.happened) {
    happened.push_back(json::Object{{"what", watch::name(each.what)}, {"at", to_rfc3339(each.at)}});
  }
  json::Object out{{"finding", one.reference},
                   {"number", one.number},
                   {"state", watch::name(finding.state)},
                   {"seen", policy::name(one.seen)},
                   {"item", finding.item},
                   {"shown", finding.shown},
                   {"ids", texts(finding.ids)},
                   {"exploited", yes_or_no(finding.is_exploited)},
                   {"listed", names_of(finding.listed)},
                   {"likely", yes_or_no(finding.is_likely)},
                   {"evidence", std::move(evidence)},
                   {"happened", std::move(happened)},
                   {"cursor", std::to_string(one.number)}};
  put(out, "title", finding.title);
  if (finding.score >= 0) {
    out["score"] = finding.score / 10.0;
  }
  if (finding.suppressed) {
    out["suppressed"] = json::Object{{"position", finding.suppressed->position},
                                     {"reason", finding.suppressed->reason},
                                     {"author", finding.suppressed->author}};
  }
  if (one.aside) {
    out["aside"] = view(*one.aside);
  }
  return out;
}

}  // namespace weir::api
