#include "app/profiles.h"

#include <algorithm>

#include "app/clock_rows.h"
#include "app/credentials.h"
#include "base/json.h"

namespace weir::app {
namespace {

constexpr std::string_view kFormat = "weir-profile/v1";

/// A country or group for attributes that hold places, a word of the vocabulary for the others.
bool is_known(const deadline::Rules& rules, const std::vector<std::string>& known,
              const std::string& value) {
  if (known == std::vector<std::string>{"place"}) {
    return rules.find_place(value) != nullptr || rules.groups.contains(value);
  }
  return std::ranges::find(known, value) != known.end();
}

Status read_attribute(const Laws& laws, const std::string& attribute, const json::Cursor& at,
                      deadline::Profile& profile) {
  const auto known = laws.rules.vocabulary.find(attribute);
  if (known == laws.rules.vocabulary.end()) {
    return at.fail("no such attribute");
  }
  std::vector<std::string>& values = profile.attributes[attribute];
  for (const json::Cursor& one : TRY(at.elements(kMaxProfileValues))) {
    std::string value = TRY(one.string());
    if (!is_known(laws.rules, known->second, value)) {
      return one.fail("no such value of " + attribute);
    }
    if (std::ranges::find(values, value) != values.end()) {
      return one.fail("the same value twice");
    }
    values.push_back(std::move(value));
  }
  return {};
}

json::Value value_of(const deadline::Profile& profile) {
  json::Object attributes;
  for (const auto& [attribute, values] : profile.attributes) {
    attributes[attribute] = json::Array(values.begin(), values.end());
  }
  return json::Object{{"format", kFormat},
                      {"establishment", profile.establishment},
                      {"attributes", std::move(attributes)}};
}

}  // namespace

Result<Laws> read_laws(std::span<const regimes::File> files) {
  Laws laws;
  laws.rules = TRY(regimes::load(files));
  json::Array texts;
  for (const regimes::File& file : files) {
    texts.push_back(json::Array{file.name, file.text});
  }
  laws.digest = sha256(json::canonical(json::Value(std::move(texts))));
  return laws;
}

Result<deadline::Profile> parse_profile(const Laws& laws, std::string_view bytes) {
  const json::Value tree = TRY(json::parse(bytes, {.bytes = kMaxProfileBytes, .depth = 8}));
  const json::Cursor root(tree);
  TRY(root.only({"format", "establishment", "attributes"}));
  if (TRY(root.string_at("format")) != kFormat) {
    return TRY(root.at("format")).fail("expected weir-profile/v1");
  }
  deadline::Profile profile;
  profile.establishment = TRY(root.string_at("establishment"));
  if (laws.rules.find_place(profile.establishment) == nullptr) {
    return TRY(root.at("establishment")).fail("no such country among the places of the laws");
  }
  const json::Cursor attributes = TRY(root.at("attributes"));
  for (const auto& [attribute, at] : TRY(attributes.members(kMaxProfileValues))) {
    TRY(read_attribute(laws, attribute, at, profile));
  }
  return profile;
}

std::string write_profile(const deadline::Profile& profile) {
  return json::canonical(value_of(profile));
}

Status set_profile(App& app, const Laws& laws, const Actor& actor, const std::string& organisation,
                   const deadline::Profile& profile) {
  const std::string bytes = write_profile(profile);
  TRY(parse_profile(laws, bytes));
  return app.db.execute([&](store::Tx& tx) -> Status {
    const Organisation kept = TRY(load_managed_organisation(tx, app, actor, organisation));
    TRY(tx.run("INSERT INTO profile (organisation, body, at_ms) VALUES ($1, $2, $3)",
               {kept.id, bytes, app.clock.now().ms}));
    const auto platform = TRY(app.ledger.newest(tx, ledger::StreamKind::platform));
    CHECK(platform);  // there is an organisation, so there is a platform
    const Digest salt = app.random.digest();
    TRY(record(
        tx, app, *platform, "member",
        {field("change", "profile"), field("organisation", kept.name),
         field("organisation_class", kept.organisation_class), field("country", kept.country),
         field("content", custody::content_digest(salt, bytes)), field("content_salt", salt)}));
    return mark_stale(tx, kept.id);
  });
}

Result<ProfileView> show_profile(App& app, const Laws& laws, const Actor& actor,
                                 const std::string& organisation) {
  const auto tx = TRY(app.db.read());
  const Organisation kept = TRY(load_managed_organisation(*tx, app, actor, organisation));
  const auto profile = TRY(load_profile(*tx, kept.id));
  if (!profile) {
    return fail(Code::not_found, "this organisation has no profile yet");
  }
  const auto since = TRY(tx->one("SELECT MAX(at_ms) FROM profile WHERE organisation = $1",
                                 {kept.id}, [](const store::Row& row) { return row.integer(0); }));
  ProfileView view{kept.name, *profile, {*since}, {}};
  const deadline::Position position = deadline::place(laws.rules, *profile);
  for (std::size_t i = 0; i < laws.rules.regimes.size(); ++i) {
    const deadline::Regime& regime = laws.rules.regimes[i];
    const bool concerns = std::ranges::any_of(
        position.entries,
        [i](const deadline::Position::Entry& entry) { return entry.regime == i; });
    view.concerns.push_back(
        {regime.id, regime.title, concerns, deadline::why_not(laws.rules, *profile, regime)});
  }
  return view;
}

}  // namespace weir::app
