#include "api/views.h"

#include "base/bytes.h"

namespace weir::api {
namespace {

json::Value item_value(const app::ShownItem& item) {
  json::Object out{{"object", item.object},     {"kind", item.kind},
                   {"level", name(item.level)}, {"vulnerability", item.vulnerability},
                   {"author", item.author},     {"at", to_rfc3339(item.at)},
                   {"size", item.size}};
  if (!item.text.empty()) {
    if (is_utf8(item.text)) {
      out["text"] = item.text;
    } else {
      out["base64"] = to_base64(std::string_view(item.text));
    }
  }
  return out;
}

json::Object queue_value(const app::QueueRow& row) {
  json::Object out{{"case", row.reference}, {"size", row.size}, {"state", policy::name(row.state)}};
  if (!row.handler.empty()) {
    out["handler"] = row.handler;
  }
  return out;
}

}  // namespace

json::Value view(const std::vector<app::QueueRow>& rows) {
  json::Array out;
  for (const app::QueueRow& row : rows) {
    json::Object one = queue_value(row);
    one["received"] = to_rfc3339(row.received);
    out.push_back(std::move(one));
  }
  return out;
}

json::Value view_with_age(const std::vector<app::QueueRow>& rows, Instant now) {
  json::Array out;
  for (const app::QueueRow& row : rows) {
    json::Object one = queue_value(row);
    one["age_hours"] = (now - row.received).count() / 3'600'000;
    out.push_back(std::move(one));
  }
  return out;
}

json::Value view(const app::CaseView& one) {
  json::Object out{{"case", one.reference},
                   {"state", policy::name(one.state)},
                   {"received", to_rfc3339(one.received)}};
  if (one.embargo_until) {
    out["embargo_until"] = to_rfc3339(*one.embargo_until);
  }
  if (!one.public_id.empty()) {
    out["public_id"] = one.public_id;
  }
  json::Array participants;
  for (const std::string& organisation : one.participants) {
    participants.emplace_back(organisation);
  }
  out["participants"] = std::move(participants);
  json::Array vendors;
  for (const app::VendorView& vendor : one.vendors) {
    vendors.push_back(json::Object{{"vendor", vendor.organisation},
                                   {"vulnerability", vendor.vulnerability},
                                   {"answer", app::name(vendor.answer)},
                                   {"phase", policy::name(vendor.phase)},
                                   {"left_out", policy::name(vendor.left_out)}});
  }
  out["vendors"] = std::move(vendors);
  json::Array receipts;
  for (const std::string& id : one.receipts) {
    receipts.emplace_back(id);
  }
  out["receipts"] = std::move(receipts);
  json::Array items;
  for (const app::ShownItem& item : one.items) {
    items.push_back(item_value(item));
  }
  out["items"] = std::move(items);
  return out;
}

json::Value view(const std::vector<app::ReaderView>& rows) {
  json::Array out;
  for (const app::ReaderView& row : rows) {
    json::Object one{{"at", to_rfc3339(row.at)},
                     {"class", row.organisation_class},
                     {"country", row.country},
                     {"level", name(row.level)}};
    if (!row.organisation.empty()) {
      one["organisation"] = row.organisation;
    }
    out.push_back(std::move(one));
  }
  return out;
}

json::Value view(const std::vector<app::EventView>& rows) {
  json::Array out;
  for (const app::EventView& row : rows) {
    json::Object fields;
    for (const custody::Field& field : row.fields) {
      fields[field.name] = field.value;
    }
    out.push_back(json::Object{{"index", row.index},
                               {"leaf", row.leaf},
                               {"at", to_rfc3339(row.at)},
                               {"type", row.type},
                               {"fields", std::move(fields)}});
  }
  return out;
}

json::Value view(const std::vector<app::PreviewRow>& rows) {
  json::Array out;
  for (const app::PreviewRow& row : rows) {
    json::Array conditions;
    for (const policy::Condition condition : row.decision.conditions) {
      conditions.emplace_back(policy::name(condition));
    }
    out.push_back(json::Object{{"organisation", row.organisation},
                               {"class", row.organisation_class},
                               {"country", row.country},
                               {"outcome", policy::name(row.decision.outcome)},
                               {"level", name(row.decision.level)},
                               {"rule", policy::name(row.decision.rule)},
                               {"conditions", std::move(conditions)},
                               {"items", row.items},
                               {"new", row.fresh}});
  }
  return out;
}

json::Value view(const std::vector<app::WaitingRow>& rows) {
  json::Array out;
  for (const app::WaitingRow& row : rows) {
    out.push_back(json::Object{{"waiting", row.waiting_for},
                               {"case", row.case_reference},
                               {"act", row.action},
                               {"asked_by", row.asked_by}});
  }
  return out;
}

json::Value view(const app::OrganisationView& one) {
  return json::Object{{"name", one.name},
                      {"class", one.organisation_class},
                      {"country", one.country},
                      {"bound", policy::name(one.bound)},
                      {"suspended", policy::name(one.suspended)},
                      {"agreed", name(one.agreed)}};
}

json::Value view(const app::UserView& one) {
  json::Array roles;
  for (const policy::Role role : policy::kRoles) {
    if (one.roles.has(role)) {
      roles.emplace_back(policy::name(role));
    }
  }
  return json::Object{{"handle", one.handle},
                      {"roles", std::move(roles)},
                      {"barred", policy::name(one.barred)},
                      {"enrolled", policy::name(one.enrolled)}};
}

json::Value view(const app::AskedAct& asked) {
  json::Object out{{"case", asked.case_reference}};
  for (const custody::Field& one : asked.fields) {
    for (const char* name : {"act", "act_level", "vulnerability", "parameters", "user"}) {
      if (one.name == name) {
        out[one.name] = one.value;
      }
    }
  }
  return out;
}

json::Value view(const app::Receipted& done) {
  json::Object out{{"case", done.case_reference},
                   {"vulnerabilities", done.vulnerabilities},
                   {"receipt", done.receipt_id},
                   {"promise", done.promise}};
  if (!done.return_code.empty()) {
    out["return_code"] = done.return_code;
  }
  return out;
}

json::Value view(const app::KeyView& key) {
  json::Object out;
  if (!key.fingerprint.empty()) {
    out["fingerprint"] = key.fingerprint;
  }
  if (key.expires) {
    out["expires"] = to_rfc3339(*key.expires);
  }
  return out;
}

json::Value view(const app::ChannelView& one) {
  json::Object out{{"channel", one.reference},
                   {"kind", one.kind == app::ChannelKind::mail ? "mail" : "webhook"},
                   {"address", one.address},
                   {"pace", app::name(one.pace)},
                   {"zone", one.hours.zone},
                   {"waiting", one.waiting},
                   {"given_up", policy::name(one.given_up)}};
  if (!one.hours.quiet.empty()) {
    out["quiet"] = one.hours.quiet;
  }
  if (!one.key.fingerprint.empty()) {
    out["openpgp"] = view(one.key);
  }
  return out;
}

json::Value view(const app::MadeChannel& made) {
  json::Object out{{"channel", made.reference}};
  if (!made.secret.empty()) {
    out["secret"] = made.secret;
  }
  if (!made.key.fingerprint.empty()) {
    out["openpgp"] = view(made.key);
  }
  return out;
}

json::Value view(const app::WaitingMessage& one) {
  return json::Object{{"id", one.id},
                      {"kind", one.kind},
                      {"state", one.state},
                      {"due", to_rfc3339(one.due)},
                      {"attempts", one.attempts},
                      {"last_error", one.last_error},
                      {"cursor", one.cursor}};
}

}  // namespace weir::api
