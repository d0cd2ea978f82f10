// weir match, weir affected: what is known about an inventory, or about one package. No platform
// is needed: records come from public.db, or from files.
#include "main/match_verbs.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "catalog/files.h"
#include "compat/desk.h"
#include "match/examine.h"
#include "match/memory.h"
#include "match/target.h"
#include "sbom/sbom.h"
#include "sbom/vex.h"

namespace weir::main {
namespace {

constexpr std::size_t kMaxFiles = 1'000;

/// Records of others, and how to ask about them.
class Known {
 public:
  virtual ~Known() = default;
  virtual match::Matcher& matcher() = 0;
  virtual match::Describe describe() = 0;
};

/// From files, which as many threads read as there are processors: what they say of the targets.
class KnownFiles : public Known {
 public:
  static Result<std::unique_ptr<Known>> open(const std::vector<std::string>& paths,
                                             std::span<const match::Target> targets) {
    auto known = std::make_unique<KnownFiles>(targets);
    std::vector<catalog::Taker> takers;
    for (unsigned i = 0; i < catalog::reading_threads(); ++i) {
      match::Memory& memory = known->memories_.emplace_back(&known->asked_);
      takers.emplace_back([&memory](std::uint64_t order, const advisory::Advisory& record) {
        memory.add(record, order);
      });
    }
    TRY(catalog::read_files(paths, takers));
    known->matcher_.emplace(match::lookup(known->memories_));
    return known;
  }

  explicit KnownFiles(std::span<const match::Target> targets) : asked_(targets) {}

  match::Matcher& matcher() override { return *matcher_; }
  match::Describe describe() override { return match::describe(memories_); }

 private:
  const match::Asked asked_;
  std::deque<match::Memory> memories_;  // of a thread each
  std::optional<match::Matcher> matcher_;
};

/// public.db of the data directory.
class KnownDatabase : public Known {
 public:
  static Result<std::unique_ptr<Known>> open(const std::string& path) {
    auto db = catalog::open(path, catalog::Use::ask);
    if (!db) {
      Error error = std::move(db).error();
      error.message += error.code == Code::not_found ? ": `weir import`, or name --records" : "";
      return std::unexpected(std::move(error));
    }
    store::ReadTx tx = TRY((*db)->read());
    auto known = std::make_unique<KnownDatabase>(std::move(*db), std::move(tx));
    TRY(known->desk_.turn_to(*known->tx_));
    return known;
  }
  KnownDatabase(std::unique_ptr<store::Db> db, store::ReadTx tx)
      : db_(std::move(db)), tx_(std::move(tx)) {}

  match::Matcher& matcher() override { return desk_.matcher(); }
  match::Describe describe() override { return desk_.describe(); }

 private:
  std::unique_ptr<store::Db> db_;
  store::ReadTx tx_;
  compat::Desk desk_;
};

Result<std::unique_ptr<Known>> known_records(const Line& line,
                                             const std::vector<std::string>& paths,
                                             std::span<const match::Target> targets) {
  return paths.empty() ? KnownDatabase::open(line.data + "/public.db")
                       : KnownFiles::open(paths, targets);
}

struct MatchArguments {
  std::string inventory;
  std::vector<std::string> vex;
  std::vector<std::string> records;
  std::string form = "table";
  bool near_misses = false;
};

/// Statements of the files, and of the inventory itself if it holds any.
Result<std::vector<sbom::Vex>> read_statements(const MatchArguments& arguments,
                                               std::string_view inventory) {
  std::vector<sbom::Vex> all;
  for (const std::string& path : arguments.vex) {
    const std::string bytes = TRY(read_file(path, sbom::kMaxBytes));
    auto vex = sbom::read_vex(bytes);
    if (!vex) {
      Error error = std::move(vex).error();
      error.where = path + " " + error.where;
      return std::unexpected(std::move(error));
    }
    for (const sbom::Fault& fault : vex->faults) {
      complain(Form::people, {Code::invalid, fault.what, path + " " + fault.place});
    }
    all.push_back(std::move(*vex));
  }
  if (auto own = sbom::read_vex(inventory)) {
    all.push_back(std::move(*own));
  }
  return all;
}

Status show(match::Form form, const match::Report& report) {
  switch (form) {
    case match::Form::table:
      return write_out(match::render_table(report));
    case match::Form::json:
      return write_out(json::pretty(match::render_json(report)) + "\n");
    case match::Form::sarif:
      return write_out(json::pretty(match::render_sarif(report)) + "\n");
    case match::Form::cyclonedx_vex:
      return write_out(json::pretty(match::render_vex(report)) + "\n");
  }
  std::unreachable();
}

Status run_match(const Line& line, const MatchArguments& arguments) {
  const auto form = match::parse_form(line.json ? "json" : arguments.form);
  if (!form) {
    return fail(Code::invalid, "the form is table, json, sarif or vex", arguments.form);
  }
  const std::string bytes = TRY(read_file(arguments.inventory, sbom::kMaxBytes));
  match::Question question{.source = arguments.inventory, .inventory = TRY(sbom::read(bytes))};
  const std::vector<sbom::Vex> vex = TRY(read_statements(arguments, bytes));
  question.vex = &vex;
  question.wanted = arguments.near_misses ? match::Wanted::everything : match::Wanted::findings;
  std::vector<match::Target> targets;
  for (const sbom::Component& component : question.inventory.components) {
    targets.push_back(match::target_of(component).target);
  }
  const auto known = TRY(known_records(line, arguments.records, targets));
  const match::Describe describe = known->describe();
  const match::Report report = TRY(match::examine(known->matcher(), describe, std::move(question)));
  return show(*form, report);
}

struct AffectedArguments {
  std::string name;
  std::string version;
  std::string ecosystem;
  std::vector<std::string> records;
};

/// Every record about the package, those that do not concern the version too.
Status run_affected(const Line& line, const AffectedArguments& arguments) {
  const match::Target target =
      arguments.ecosystem.empty()
          ? TRY(match::target_of_name(arguments.name, arguments.version))
          : TRY(match::target_of_package(arguments.ecosystem, arguments.name, arguments.version));
  const auto known = TRY(known_records(line, arguments.records, {&target, 1}));
  json::Array rows;
  for (const match::Answer& answer :
       TRY(known->matcher().ask({&target, 1}, match::Wanted::everything))) {
    rows.push_back(json::Object{{"id", answer.id},
                                {"source", advisory::name(answer.source)},
                                {"standing", name(answer.verdict.standing)},
                                {"fixed_in", answer.fix()},
                                {"why", answer.why(target.version)}});
  }
  line.say(rows);
  return {};
}

}  // namespace

void add_match_verbs(CLI::App& root, Line& line) {
  const auto arguments = std::make_shared<MatchArguments>();
  CLI::App* match_verb = add_verb(
      root, line, "match", "which known vulnerabilities concern an inventory (SBOM), and why",
      "weir match sbom.cdx.json --vex vendor.openvex.json",
      [arguments, &line] { return run_match(line, *arguments); });
  match_verb->add_option("inventory", arguments->inventory, "CycloneDX or SPDX")->required();
  match_verb->add_option("--records", arguments->records, "files of records, instead of public.db")
      ->expected(1, static_cast<int>(kMaxFiles));
  match_verb->add_option("--vex", arguments->vex, "OpenVEX, CSAF or CycloneDX statements")
      ->expected(1, static_cast<int>(kMaxFiles));
  match_verb->add_option("--form", arguments->form, "table, json, sarif or vex")
      ->capture_default_str();
  match_verb->add_flag("--near-misses", arguments->near_misses,
                       "also what is known of a package and does not concern its version");

  const auto asked = std::make_shared<AffectedArguments>();
  CLI::App* affected = add_verb(root, line, "affected", "what is known of one package or product",
                                "weir affected pkg:pypi/jinja2 2.4.1",
                                [asked, &line] { return run_affected(line, *asked); });
  affected->add_option("name", asked->name, "purl, CPE, or with --ecosystem a package's name")
      ->required();
  affected->add_option("version", asked->version);
  affected->add_option("--ecosystem", asked->ecosystem, "OSV's name: PyPI, Debian:12");
  affected->add_option("--records", asked->records, "files of records, instead of public.db")
      ->expected(1, static_cast<int>(kMaxFiles));
}

}  // namespace weir::main
