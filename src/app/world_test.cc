// The fixture of the tests of app/ and tests/faults; no test of its own but that it stands.
#include "app/world.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/totp.h"
#include "custody/custody.h"
#include "ledger/mirror.h"

namespace weir::app {
namespace {

using policy::Fact;
using policy::Role;

Secret key_of(char fill) {
  return Secret(std::string(kKeyBytes, fill));
}

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "weir-world-XXXXXX").string();
  return mkdtemp(name.data());
}

json::Value vulnerability(const std::string& word, int number) {
  const auto of = [&](std::string_view what) {
    return word + "-" + std::string(what) + "-" + std::to_string(number);
  };
  return json::Object{
      {"title", of("title")},
      {"products",
       json::Array{json::Object{
           {"vendor", of("vendor")},
           {"name", of("product")},
           {"affected", json::Array{json::Object{{"introduced", "1.0"}, {"fixed", "2.0"}}}}}}},
      {"parts",
       json::Array{
           json::Object{{"kind", "description"}, {"text", of("description")}},
           json::Object{{"level", "advisory"}, {"kind", "mitigation"}, {"text", of("mitigation")}},
           json::Object{{"level", "exploit"}, {"kind", "exploit"}, {"text", of("exploit")}}}}};
}

std::string field_of(const ledger::StoredEvent& event, std::string_view name) {
  const auto found = std::ranges::find(event.fields, name, &custody::Field::name);
  return found != event.fields.end() && found->value.is_string()
             ? std::string(found->value.get_string())
             : std::string();
}

bool manifest_has(const ledger::StoredEvent& event, const std::string& object, Level level) {
  const auto found = std::ranges::find(event.fields, "manifest", &custody::Field::name);
  return found != event.fields.end() &&
         std::ranges::any_of(found->value.get_array(), [&](const json::Value& item) {
           return item.at("object").as_string() == object &&
                  item.at("level").as_string() == name(level);
         });
}

}  // namespace

std::string report_bytes(const Words& words) {
  json::Array vulnerabilities;
  for (int number = 1; number <= words.vulnerabilities; ++number) {
    vulnerabilities.push_back(vulnerability(words.word, number));
  }
  json::Object report{
      {"format", "weir-report/v1"},
      {"title", words.word + "-title"},
      {"vulnerabilities", std::move(vulnerabilities)},
      {"parts", json::Array{json::Object{{"kind", "note"}, {"text", words.word + "-note"}}}}};
  if (!words.label.empty()) {
    report["label"] = words.label;
  }
  if (!words.embargo_until.empty()) {
    report["embargo_until"] = words.embargo_until;
  }
  return json::canonical(json::Value(std::move(report)));
}

Attachment attachment(std::string name, std::string bytes) {
  auto rest = std::make_shared<std::string>(std::move(bytes));
  return {std::move(name), [rest](std::string& piece) -> Status {
            piece = rest->substr(0, content::kChunkBytes);
            rest->erase(0, piece.size());
            return {};
          }};
}

World::World() : World(std::string()) {}

World::World(std::string vfs)
    : folder_(make_folder()),
      vfs_(std::move(vfs)),
      keyring_({key_of('m')}),
      promise_key_(SigningKey::from_seed(key_of('p'))) {}

World::~World() {
  close();
  std::filesystem::remove_all(folder_);
}

store::Options World::options(const std::string& name) const {
  return {.path = vfs_.empty() ? (folder_ / name).string() : name, .vfs = vfs_};
}

Status World::create() {
  store::Options truth = options("weir.db");
  truth.open = store::Options::Open::create;
  truth.migrations = migrations();
  TRY(store::Db::open(truth));
  store::Options keys = options("keys.db");
  keys.open = store::Options::Open::create;
  keys.secure_delete = true;
  keys.migrations = {content::kKeysMigration};
  TRY(store::Db::open(keys));
  return open();
}

Status World::open() {
  close();
  store::Options truth = options("weir.db");
  truth.statements = &statements;
  truth.migrations = migrations();
  db_ = TRY(store::Db::open(truth));
  std::int64_t unused = 1;
  {
    const auto tx = TRY(db_->read());
    unused = *TRY(tx->one("SELECT COALESCE(MAX(content_key), 0) + 1 FROM case_file", {},
                          [](const store::Row& row) { return row.integer(0); }));
  }
  keys_ = TRY(content::Keys::open(options("keys.db"), keyring_, random, unused));
  ledger_ =
      TRY(ledger::Ledger::open(*db_, keyring_, clock, random, {.origin = std::string(kOrigin)}));
  sealer_ = std::make_unique<ledger::Sealer>(
      *db_, *ledger_, SigningKey::from_seed(key_of('l')),
      ledger::SealSettings{.pad_to = 1, .witnesses = TRY(merkle::Policy::parse("quorum none\n"))},
      [](const std::string&, const std::string&) -> Result<ledger::WitnessAnswer> {
        return fail(Code::unavailable, "no witnesses here");
      });
  identity_ = std::make_unique<Identity>(IdentitySettings{.cost = {.passes = 1, .kibibytes = 8}},
                                         keyring_, random);
  app_ = std::make_unique<App>(App{.db = *db_,
                                   .keys = *keys_,
                                   .ledger = *ledger_,
                                   .random = random,
                                   .clock = clock,
                                   .promise_key = promise_key_,
                                   .identity = *identity_});
  return finish_erasures(*app_);
}

void World::close() {
  app_.reset();
  sealer_.reset();
  db_.reset();
  ledger_.reset();
  keys_.reset();
}

Status World::keep() {
  close();
  const std::filesystem::path kept = folder_ / "kept";
  std::filesystem::create_directory(kept);
  for (const char* name : {"weir.db", "keys.db"}) {
    std::filesystem::copy_file(folder_ / name, kept / name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  kept_at_ = clock.now();
  kept_random_ = random;
  return open();
}

Status World::back() {
  close();
  for (const char* name : {"weir.db", "keys.db"}) {
    for (const char* rest : {"-wal", "-shm", "-journal"}) {
      std::filesystem::remove(folder_ / (std::string(name) + rest));
    }
    std::filesystem::copy_file(folder_ / "kept" / name, folder_ / name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  clock.set(kept_at_);
  random = *kept_random_;
  return open();
}

Status World::found() {
  TRY(found_platform(app(),
                     {.name = "Ministry",
                      .organisation_class = "authority",
                      .country = "XX",
                      .bound = Fact::no,
                      .public_body = Fact::yes,
                      .may_name = Fact::yes},
                     "ada"));
  const Actor ada = as("ada");
  const auto add = [&](const char* name, const char* kind, const char* country, Fact bound) {
    return add_organisation(
        app(), ada, {.name = name, .organisation_class = kind, .country = country, .bound = bound});
  };
  TRY(add("CERT", "national_cert", "XX", Fact::no));
  TRY(add("Bound Partner", "partner", "CC", Fact::yes));
  TRY(add("Unknown Partner", "partner", "DD", Fact::unknown));
  TRY(add("ACME", "vendor", "YY", Fact::no));
  TRY(add("BETA", "vendor", "ZZ", Fact::no));
  TRY(add("Lark", "researcher", "XX", Fact::no));
  TRY(add("Outsider", "other", "QQ", Fact::no));
  const auto user = [&](const char* handle, const char* organisation, Role role) {
    return add_user(app(), ada, {handle, organisation, {role}});
  };
  TRY(user("cora", "Ministry", Role::coordinator));
  TRY(user("dan", "Ministry", Role::coordinator));
  TRY(user("cert", "CERT", Role::recipient));
  TRY(user("bo", "Bound Partner", Role::recipient));
  TRY(user("uma", "Unknown Partner", Role::recipient));
  TRY(user("ven", "ACME", Role::recipient));
  TRY(user("vera", "BETA", Role::recipient));
  TRY(user("rita", "Lark", Role::reporter));
  TRY(user("otto", "Outsider", Role::recipient));
  TRY(agree(app(), ada, "CERT", Level::exploit));
  TRY(agree(app(), ada, "Bound Partner", Level::technical));
  return agree(app(), ada, "Unknown Partner", Level::technical);
}

Account World::enrol(const std::string& handle) {
  const auto code = invite(app(), as("ada"), handle);
  EXPECT_TRUE(code) << said(code);
  return code ? enrol_with(handle, code->code) : Account{};
}

Account World::enrol_with(const std::string& handle, const std::string& code) {
  Account account{handle, "a long password of " + std::to_string(handle.size()), {}, {}};
  const auto begun = begin_enrolment(app(), code, {});
  EXPECT_TRUE(begun) << said(begun);
  if (begun) {
    EXPECT_EQ(begun->handle, handle);
    account.totp_secret = from_base32(begun->totp_secret).value_or("");
  }
  const auto done = finish_enrolment(
      app(), {.code = code, .password = account.password, .totp = digits(account)});
  EXPECT_TRUE(done) << said(done);
  account.recovery_codes = done ? *done : std::vector<std::string>();
  return account;
}

std::string World::digits(const Account& account) const {
  return totp_code(account.totp_secret, clock.now());
}

std::string World::report(const std::string& handle, const Words& words) {
  const auto filed = file_report(app(), as(handle), {report_bytes(words), {}});
  EXPECT_TRUE(filed) << said(filed);
  return filed ? filed->case_reference : "";
}

void World::work(const std::string& handler, const std::string& reference) {
  const Status claimed = claim(app(), as(handler), reference, Fact::no);
  EXPECT_TRUE(claimed) << said(claimed);
  const Status accepted = accept(app(), as(handler), reference);
  EXPECT_TRUE(accepted) << said(accepted);
}

void World::add_vendor(const std::string& reference, const std::string& organisation,
                       std::vector<std::int64_t> vulnerabilities) {
  const Status added = add_participant(app(), as("cora"), reference,
                                       {.organisation = organisation,
                                        .as = NewParticipant::As::vendor,
                                        .vulnerabilities = std::move(vulnerabilities)});
  EXPECT_TRUE(added) << said(added);
}

void World::publish_fix(const std::string& reference, const std::string& vendor_user,
                        std::int64_t vulnerability) {
  const auto announced = announce_fix(app(), as(vendor_user), reference,
                                      {vulnerability, "", "2.0", policy::Phase::fix_public});
  EXPECT_TRUE(announced && announced->is_done()) << said(announced);
}

void World::remember(const Actor& actor, const CaseView& view) {
  for (const ShownItem& item : view.items) {
    if (item.kind != "attachment") {  // shown without its bytes
      shown_.push_back({actor.handle(), item.object, item.level});
    }
  }
}

Result<CaseView> World::read(const Actor& actor, const std::string& reference) {
  CaseView view = TRY(read_case(app(), actor, reference));
  remember(actor, view);
  return view;
}

Result<CaseView> World::read(const std::string& handle, const std::string& reference) {
  return read(as(handle), reference);
}

Result<std::vector<CaseView>> World::pull(const std::string& handle) {
  auto views = TRY(app::pull(app(), as(handle))).cases;
  for (const CaseView& view : views) {
    remember(as(handle), view);
  }
  return views;
}

Result<std::string> World::read_file(const std::string& handle, const std::string& reference,
                                     const std::string& object) {
  std::string bytes;
  TRY(read_attachment(app(), as(handle), reference, object, [&](std::string_view piece) -> Status {
    bytes.append(piece);
    return {};
  }));
  shown_.push_back({handle, object, Level::exploit});
  return bytes;
}

Result<ledger::SealOutcome> World::seal() {
  return sealer_->seal();
}

std::vector<ledger::StoredEvent> World::events(const std::string& reference) {
  const auto tx = db_->read();
  EXPECT_TRUE(tx) << said(tx);
  const auto stream = ledger_->find(**tx, reference);
  EXPECT_TRUE(stream) << said(stream);
  auto events = ledger_->events(**tx, *stream);
  EXPECT_TRUE(events) << said(events);
  return events ? *events : std::vector<ledger::StoredEvent>();
}

int World::count(const std::string& reference, std::string_view type) {
  const auto all = events(reference);
  return static_cast<int>(std::ranges::count(all, type, &ledger::StoredEvent::type));
}

std::int64_t World::number(std::string_view query) {
  const auto tx = db_->read();
  EXPECT_TRUE(tx) << said(tx);
  const auto found = (*tx)->one(query, {}, [](const store::Row& row) { return row.integer(0); });
  EXPECT_TRUE(found && *found) << query;
  return found && *found ? **found : -1;
}

void World::check_leaves() {
  struct Home {
    std::string stream;
    std::string author;  // a handle; empty: the bearer of the return code, or nobody
  };
  for (const Shown& shown : shown_) {
    const auto find_home = [&] {
      const auto tx = db_->read();
      return (*tx)->one(
          "SELECT c.ref, COALESCE(a.handle, '') FROM item i JOIN case_file c ON c.id = i.home LEFT "
          "JOIN account a ON a.id = i.author WHERE i.ref = $1",
          {shown.object}, [](const store::Row& row) { return Home{row.text(0), row.text(1)}; });
    };
    const auto home = find_home();
    ASSERT_TRUE(home && *home) << shown.object;
    const auto all = events((*home)->stream);
    const auto leaves = std::ranges::count_if(all, [&](const ledger::StoredEvent& event) {
      return event.type == "access" && field_of(event, "user") == shown.handle &&
             manifest_has(event, shown.object, shown.level);
    });
    if (shown.handle == (*home)->author) {
      EXPECT_EQ(leaves, 0) << shown.handle << " was recorded reading its own " << shown.object;
    } else {
      EXPECT_GE(leaves, 1) << shown.handle << " was shown " << shown.object << " without a leaf";
    }
  }
}

std::vector<std::string> World::verify(std::vector<std::string>* records) {
  std::vector<std::string> alarms;
  const auto sealed = seal();
  EXPECT_TRUE(sealed) << said(sealed);
  {
    const auto tx = db_->read();
    const auto mirrored = ledger::mirror_to(**tx, mirror());
    EXPECT_TRUE(mirrored) << said(mirrored);
  }
  const auto make = [&] {
    return custody::Verifier(
        {.log = custody::folder(mirror().string()),
         .pinned = {*merkle::VerifierKey::parse(vkey()), *merkle::Policy::parse("quorum none\n")}});
  };
  custody::Verifier verifier = make();
  custody::Verifier auditor = make();
  const auto streams = exportable(app());
  EXPECT_TRUE(streams) << said(streams);
  for (const std::string& stream : *streams) {
    const auto record = export_record(app(), stream, vkey(), ledger::FreeText::kept_back);
    EXPECT_TRUE(record) << said(record);
    const std::string bytes = custody::write_record(*record);
    verifier.add_text(stream, bytes);
    auditor.add_text(stream, bytes);
    if (records != nullptr) {
      records->push_back(bytes);
    }
  }
  const auto add = [&](const custody::Outcome& outcome) {
    for (const custody::Finding& finding : outcome.findings) {
      if (finding.severity == custody::Severity::alarm) {
        alarms.push_back(std::string(custody::name(finding.kind)) + ": " + finding.text);
      }
    }
  };
  add(verifier.finish());
  add(auditor.audit({clock.now(), ledger_->settings().ceiling}));
  return alarms;
}

std::vector<std::string> World::check() {
  check_leaves();
  const Status opened = db_->execute([&](store::Tx& tx) -> Status {
    for (const ledger::Stream& stream : TRY(ledger::streams(tx))) {
      if (stream.kind != ledger::StreamKind::platform) {
        TRY(ledger::flush_repeats_of(*ledger_, tx, stream));
        TRY(ledger_->append(tx, stream, ledger::Draft{"custody_opened", {}}));
      }
    }
    return {};
  });
  EXPECT_TRUE(opened) << said(opened);
  std::vector<std::string> records;
  EXPECT_EQ(verify(&records), std::vector<std::string>());
  return records;
}

std::string texts(const CaseView& view) {
  std::string all;
  for (const ShownItem& item : view.items) {
    all += item.text + "\n";
  }
  return all;
}

std::set<Level> levels(const CaseView& view) {
  std::set<Level> all;
  for (const ShownItem& item : view.items) {
    all.insert(item.level);
  }
  return all;
}

bool shows(const CaseView& view, std::string_view text) {
  return texts(view).find(text) != std::string::npos;
}

TEST(World, Stands) {
  World world;
  ASSERT_TRUE(world.create());
  const Status founded = world.found();
  ASSERT_TRUE(founded) << said(founded);
  const std::string one = world.report("rita");
  world.work("cora", one);
  const auto view = world.read("cora", one);
  ASSERT_TRUE(view) << said(view);
  EXPECT_TRUE(shows(*view, "plain-exploit-1"));
  EXPECT_EQ(world.check().size(), 2u);
}

}  // namespace weir::app
