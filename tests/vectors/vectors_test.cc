// tests/vectors/ledger.json, tests/vectors/custody/ and its bad/: made from seeds, so that another
// program can be held against the same bytes. WEIR_GOLDEN=1 rewrites them (./dev golden).
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "custody/forger.h"

namespace weir::custody {
namespace {

using forger::Book;
using forger::World;
namespace files = std::filesystem;
using Tree = std::map<std::string, std::string>;  // path below tests/vectors, bytes

const files::path kRoot = files::path(WEIR_SOURCE) / "tests" / "vectors";

std::string read(const files::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tree stored(const std::string& below) {
  Tree tree;
  if (!files::exists(kRoot / below)) {
    return tree;
  }
  for (const auto& entry : files::recursive_directory_iterator(kRoot / below)) {
    if (entry.is_regular_file()) {
      tree[files::relative(entry.path(), kRoot).generic_string()] = read(entry.path());
    }
  }
  return tree;
}

bool is_golden_run() {
  return std::getenv("WEIR_GOLDEN") != nullptr;
}

void write(const Tree& tree) {
  for (const auto& [path, bytes] : tree) {
    files::create_directories((kRoot / path).parent_path());
    std::ofstream(kRoot / path, std::ios::binary) << bytes;
  }
}

std::string hex(const Digest& digest) {
  return to_hex(digest.view());
}

// ---- ledger.json ----

std::vector<Field> example_fields() {
  return {{"index", json::Value(0)},
          {"key_commit", json::Value(to_base64(key_commit(std::string(32, '\x11'))))},
          {"name", json::Value("ceiling")},
          {"open_by", json::Value("2026-11-23T13:20:00.000Z")},
          {"open_rule", json::Value("at once")},
          {"origin", json::Value("log.example")},
          {"prev", json::Value(to_base64(Digest{}))},
          {"stream", json::Value(std::string(26, 'a'))},
          {"time", json::Value("2026-11-23T13:20:00.000Z")},
          {"type", json::Value("rule")},
          {"v", json::Value(1)},
          {"value", json::Value("P3Y")}};
}

std::string ledger_json() {
  const std::string key(32, '\x11');
  const Digest salt = *Digest::from(std::string(32, '\x22'));
  const Tags tags(key);
  const FieldSalts salts(salt);
  json::Array fields;
  std::vector<HashedField> hashed;
  for (const Field& field : example_fields()) {
    const Digest field_salt = salts.of(field.name);
    const Digest hash = field_hash(field_salt, field.name, field.value);
    hashed.push_back({field.name, hash});
    fields.push_back(json::Object{{"name", field.name},
                                  {"value", field.value},
                                  {"jcs", json::canonical(json::Array{field.name, field.value})},
                                  {"salt", hex(field_salt)},
                                  {"hash", hex(hash)}});
  }
  const Digest own = commitment(hashed);
  const std::string entry = leaf(tags.of(0), own);
  const Digest first = merkle::leaf_hash(entry);
  const std::string other = leaf(tags.of(1), own);
  const json::Array recipients{"r1", "r2"};
  json::Array manifest{json::Object{{"object", "report"},
                                    {"version", 1},
                                    {"level", "technical"},
                                    {"salt", to_base64(salt)},
                                    {"digest", to_base64(content_digest(salt, "abc"))}}};
  return json::pretty(json::Object{
             {"stream_key", to_hex(key)},
             {"key_commit", hex(key_commit(key))},
             {"tags",
              json::Object{
                  {"0", hex(tags.of(0))}, {"1", hex(tags.of(1))}, {"258", hex(tags.of(258))}}},
             {"event_salt", hex(salt)},
             {"fields", fields},
             {"commitment", hex(own)},
             {"leaf", to_hex(entry)},
             {"leaf_hash", hex(first)},
             {"bundle", "0041" + to_hex(entry)},
             {"empty_root", hex(merkle::empty_root())},
             {"second_leaf", to_hex(other)},
             {"root_of_two", hex(merkle::node_hash(first, merkle::leaf_hash(other)))},
             {"content", json::Object{{"salt", hex(salt)},
                                      {"bytes", to_hex("abc")},
                                      {"digest", hex(content_digest(salt, "abc"))}}},
             {"manifest",
              json::Object{{"salt", hex(salt)},
                           {"value", manifest},
                           {"jcs", json::canonical(manifest)},
                           {"digest", hex(content_digest(salt, json::canonical(manifest)))}}},
             {"recipients", json::Object{{"salt", hex(salt)},
                                         {"list", recipients},
                                         {"digest", hex(recipients_digest(salt, recipients))}}}}) +
         "\n";
}

// ---- custody/ ----

std::string record_path(const Book& book) {
  return "custody/" + book.reference + ".json";
}

/// A whole small log with what belongs to it.
Tree honest(const World& world) {
  Tree tree;
  for (const auto& [path, bytes] : world.op.files) {
    tree["log/" + path] = bytes;
  }
  tree["vkey"] = world.op.log_key.text() + "\n";
  tree["promise-vkey"] = world.op.promise_key.text() + "\n";
  tree["policy"] = world.op.policy_text();
  for (const Book* book : {&world.platform, &world.cover, &world.report, &world.merged}) {
    const auto hide = [book](const std::string&, const std::string& name) {
      const bool is_case = book->kind == "case";
      if (is_case && (name == "content_salt" || name == "manifest")) {
        return std::optional(Reason::content);
      }
      return name == "handler"  ? std::optional(Reason::person)
             : name == "ground" ? std::optional(Reason::text)
                                : std::nullopt;
    };
    tree[record_path(*book)] = write_record(world.op.record(*book, hide)) + "\n";
  }
  tree["receipts/reported.tlog-proof"] = write_receipt(world.op.receipt(world.report, 0));
  tree["receipts/access.tlog-proof"] = write_receipt(world.op.receipt(world.report, 2));
  tree["receipts/embargo.tlog-proof"] = write_receipt(world.op.receipt(world.report, 3));
  tree["body"] = world.body;
  tree["promises/reported.txt"] = world.op.signed_promise(world.op.promise(world.report.events[0]));
  return tree;
}

struct Bad {
  std::string name;
  Tree tree;  // the whole of it
  std::string expect;
};

/// From here on `change` has the tree of an honest log in its hands.
Bad changed(const std::string& name, const std::string& expect,
            const std::function<void(Tree&, World&)>& change) {
  World world;
  Tree tree = honest(world);
  change(tree, world);
  return {name, std::move(tree), expect};
}
/// Here the operator lies while writing, after the honest part; the record of the merged case is
/// made anew, the others end before the lie.
Bad written(const std::string& name, const std::string& expect,
            const std::function<void(World&)>& lie) {
  World world;
  Tree tree = honest(world);
  lie(world);
  world.op.seal();
  std::erase_if(tree, [](const auto& file) { return file.first.contains(".p/"); });
  for (const auto& [path, bytes] : world.op.files) {
    tree["log/" + path] = bytes;
  }
  if (world.merged.events.size() > 3) {
    tree[record_path(world.merged)] = write_record(world.op.record(world.merged)) + "\n";
  }
  return {name, std::move(tree), expect};
}

/// The case, or where any will do the one merged into it: its record is smaller.
enum class Which { report, merged };
Book& book_of(World& world, Which which) {
  return which == Which::report ? world.report : world.merged;
}

using Edit = std::function<void(Record&)>;
std::function<void(Tree&, World&)> edit_record(Which which, const Edit& edit) {
  return [which, edit](Tree& tree, World& world) {
    std::string& text = tree[record_path(book_of(world, which))];
    Record record = parse_record(text).value();
    edit(record);
    text = write_record(record) + "\n";
  };
}

OpenedField& field(Record& record, std::size_t event, std::string_view name) {
  return *std::ranges::find(record.events.at(event).fields, name, &OpenedField::name);
}

/// The next event of the merged case lies about one field.
std::function<void(World&)> lie_about(const std::string& name, const json::Value& value) {
  return [name, value](World& world) {
    world.op.write(world.merged, "claimed", {}, {.fields = [&](std::vector<Field>& fields) {
                     std::ranges::find(fields, name, &Field::name)->value = value;
                   }});
  };
}

std::vector<Bad> bad_records() {
  std::vector<Bad> all;
  const auto add = [&all](const std::string& name, const std::string& expect, Which which,
                          const Edit& edit) {
    all.push_back(changed(name, expect, edit_record(which, edit)));
  };
  constexpr Which kAny = Which::merged;
  add("gap-in-index", "gap_in_index", kAny,
      [](Record& r) { r.events.erase(r.events.begin() + 1); });
  add("last-event-withheld", "withheld_event", kAny, [](Record& r) { r.events.pop_back(); });
  add("another-key", "wrong_key", kAny, [](Record& r) { r.key[0] ^= 1; });
  add("value-changed", "wrong_commitment", Which::report,
      [](Record& r) { field(r, 2, "recipient_country").value = json::Value("FR"); });
  add("kept-back-hash-changed", "wrong_commitment", kAny,
      [](Record& r) { field(r, 0, "content_salt").hash = Digest{}; });
  add("skeleton-field-left-out", "skeleton_missing", kAny, [](Record& r) {
    std::erase_if(r.events[1].fields, [](const auto& f) { return f.name == "time"; });
  });
  add("skeleton-field-kept-back", "skeleton_missing", Which::report, [](Record& r) {
    field(r, 2, "level").value.reset();
    field(r, 2, "level").reason = Reason::content;
  });
  add("fields-out-of-order", "malformed", kAny,
      [](Record& r) { std::swap(r.events[1].fields[0], r.events[1].fields[1]); });
  add("leaf-moved", "misplaced_leaf", kAny, [](Record& r) { r.events[1].leaf = 12; });
  add("bracket-too-wide", "bracket_violated", kAny, [](Record& r) { r.events[1].before = 6; });
  add("as-of-not-archived", "bracket_violated", kAny, [](Record& r) { r.as_of_size = 18; });
  add("record-of-another-log", "wrong_origin", kAny,
      [](Record& r) { r.logs[0].origin = "other.example"; });
  add("link-not-listed", "missing_link", kAny, [](Record& r) { r.linked.clear(); });
  return all;
}

std::vector<Bad> bad_logs() {
  std::vector<Bad> all;
  const auto add = [&all](const std::string& name, const std::string& expect, const auto& edit) {
    all.push_back(changed(name, expect, edit));
  };
  add("entry-flipped", "wrong_entries",
      [](Tree& tree, World&) { tree["log/tile/entries/000.p/19"][700] ^= 1; });
  add("tile-flipped", "wrong_tile",
      [](Tree& tree, World&) { tree["log/tile/0/000.p/19"][9] ^= 1; });
  add("archive-truncated", "archive_incomplete",
      [](Tree& tree, World&) { tree["log/archive"] = "3\n6\n10\n"; });
  add("unknown-key", "checkpoint_unsigned",
      [](Tree& tree, World&) { tree["vkey"] = forger::Operator(2).log_key.text() + "\n"; });
  add("cosignature-missing", "quorum_missing", [](Tree& tree, World&) {
    merkle::Note note = merkle::parse_note(tree["log/checkpoint"]).value();
    note.signatures.pop_back();
    tree["log/checkpoint"] = merkle::format_note(note);
  });
  add("second-root", "checkpoint_contradiction", [](Tree& tree, World& world) {
    tree["log/checkpoints/6"] = world.op.signed_checkpoint({.size = 6, .root = Digest{}});
  });
  add("receipt-of-another-history", "checkpoint_contradiction", [](Tree& tree, World& world) {
    const std::string receipt = tree["receipts/access.tlog-proof"];
    const Tree before = tree;
    world.op.roll_back(10);
    for (Book* book : {&world.platform, &world.cover, &world.report, &world.merged}) {
      std::erase_if(book->events, [](const auto& e) { return e.leaf >= 10; });
    }
    world.finish();
    tree = honest(world);
    tree["receipts/access.tlog-proof"] = receipt;
  });
  add("merge-forgotten", "missing_link",
      [](Tree& tree, World& world) { tree.erase(record_path(world.merged)); });
  return all;
}

std::vector<Bad> bad_operators() {
  std::vector<Bad> all;
  const Instant long_ago{1'795'000'000'000};
  all.push_back(written("prev-of-another", "broken_chain",
                        lie_about("prev", json::Value(to_base64(Digest{})))));
  all.push_back(written("second-key", "wrong_key",
                        lie_about("key_commit", json::Value(to_base64(Digest{})))));
  all.push_back(written("backwards-in-time", "time_backwards",
                        lie_about("time", json::Value(to_rfc3339(long_ago)))));
  all.push_back(written("time-without-milliseconds", "skeleton_wrong",
                        lie_about("time", json::Value("2026-11-23T14:00:00Z"))));
  all.push_back(written("tag-twice", "duplicate_tag", [](World& world) {
    Book hidden = world.merged;
    world.op.write(hidden, "access", {}, {.fields = {}, .tag_of = &world.merged, .tag_index = 1});
  }));
  all.push_back(written("skipped-while-writing", "withheld_event", [](World& world) {
    world.op.write(world.merged, "access", forger::access_fields(world.op, world, "honest"));
    world.op.write(world.merged, "claimed", {});
    world.merged.events.pop_back();
  }));
  World world;
  Tree tree = honest(world);
  world.op.write(world.merged, "access", forger::access_fields(world.op, world, "honest"),
                 {.fields = {}, .tag_of = &world.cover, .tag_index = 500});
  world.op.seal();
  tree["receipts/lost.tlog-proof"] = write_receipt(world.op.receipt(world.merged, 3));
  world.merged.events.pop_back();
  std::erase_if(tree, [](const auto& file) { return file.first.contains(".p/"); });
  for (const auto& [path, bytes] : world.op.files) {
    tree["log/" + path] = bytes;
  }
  tree[record_path(world.merged)] = write_record(world.op.record(world.merged)) + "\n";
  all.push_back({"receipt-not-in-record", std::move(tree), "receipt_not_in_record"});
  return all;
}

std::vector<Bad> all_bad() {
  std::vector<Bad> all = bad_records();
  std::ranges::move(bad_logs(), std::back_inserter(all));
  std::ranges::move(bad_operators(), std::back_inserter(all));
  return all;
}

/// Everything, as it lies on disk. A bad log's folder holds what differs from the honest one, and
/// in `removed` the paths that are gone.
Tree custody_tree() {
  const Tree good = honest(World());
  Tree out;
  for (const auto& [path, bytes] : good) {
    out["custody/" + path] = bytes;
  }
  for (const Bad& bad : all_bad()) {
    const std::string at = "custody/bad/" + bad.name + "/";
    std::string removed;
    for (const auto& [path, bytes] : bad.tree) {
      if (!good.contains(path) || good.at(path) != bytes) {
        out[at + path] = bytes;
      }
    }
    for (const auto& [path, bytes] : good) {
      removed += bad.tree.contains(path) ? "" : path + "\n";
    }
    if (!removed.empty()) {
      out[at + "removed"] = removed;
    }
    out[at + "expect"] = bad.expect + "\n";
  }
  return out;
}

// ---- reading them as a stranger would ----

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Outcome verify(const Tree& tree) {
  Given given{.log = [&tree](const std::string& path) -> Result<std::string> {
                const auto found = tree.find("log/" + path);
                return found == tree.end() ? Result<std::string>(fail(Code::not_found, "no file"))
                                           : Result<std::string>(found->second);
              },
              .pinned = {merkle::VerifierKey::parse(first_line(tree.at("vkey"))).value(),
                         merkle::Policy::parse(tree.at("policy")).value()}};
  for (const auto& [path, bytes] : tree) {
    if (path.starts_with("receipts/")) {
      given.receipts.push_back({.name = path, .text = bytes});
    }
  }
  Verifier verifier(std::move(given));
  for (const auto& [path, bytes] : tree) {
    if (path.starts_with("custody/")) {
      verifier.add_text(path, bytes);
    }
  }
  return verifier.finish();
}

/// The honest tree with one folder of bad/ laid over it, from disk.
Tree with_bad(const Tree& disk, const std::string& name) {
  Tree tree;
  const std::string own = "custody/bad/" + name + "/";
  for (const auto& [path, bytes] : disk) {
    if (path.starts_with("custody/") && !path.starts_with("custody/bad/")) {
      tree[path.substr(8)] = bytes;
    }
  }
  for (const auto& [path, bytes] : disk) {
    if (path.starts_with(own)) {
      tree[path.substr(own.size())] = bytes;
    }
  }
  std::string removed = tree["removed"];
  while (!removed.empty()) {
    tree.erase(first_line(removed));
    removed.erase(0, removed.find('\n') + 1);
  }
  return tree;
}

// ---- the tests ----

TEST(Golden, LedgerNumbersAreFrozen) {
  const std::string text = ledger_json();
  if (is_golden_run()) {
    write({{"ledger.json", text}});
    GTEST_SKIP() << "rewrote tests/vectors/ledger.json";
  }
  EXPECT_EQ(read(kRoot / "ledger.json"), text);
}

TEST(Golden, CustodyFilesAreFrozen) {
  const Tree tree = custody_tree();
  if (is_golden_run()) {
    files::remove_all(kRoot / "custody");
    write(tree);
    GTEST_SKIP() << "rewrote tests/vectors/custody";
  }
  const Tree disk = stored("custody");
  std::size_t bytes = 0;
  for (const auto& [path, text] : disk) {
    EXPECT_TRUE(tree.contains(path)) << path;
    bytes += text.size();
  }
  for (const auto& [path, text] : tree) {
    EXPECT_TRUE(disk.contains(path) && disk.at(path) == text) << path;
  }
  EXPECT_LT(bytes, 300'000u);
}

TEST(Vectors, TheHonestLogVerifiesFromDisk) {
  if (is_golden_run()) {
    GTEST_SKIP();
  }
  const Outcome outcome = verify(with_bad(stored("custody"), "none"));
  EXPECT_TRUE(outcome.verified());
  EXPECT_EQ(outcome.counts.leaves, 19u);
  const Fetch log = folder((kRoot / "custody" / "log").string());
  EXPECT_EQ(log("archive").value(), "3\n6\n10\n14\n19\n");
  EXPECT_EQ(log("nothing").error().code, Code::not_found);
  EXPECT_EQ(log("tile").error().code, Code::not_found);
  for (const char* path : {"", "/etc/passwd", "../vkey", "a/../../vkey", "./archive", "a//b"}) {
    EXPECT_EQ(log(path).error().code, Code::invalid) << path;
  }
}

TEST(Vectors, EveryBadOneEndsInItsAlarm) {
  if (is_golden_run()) {
    GTEST_SKIP();
  }
  const Tree disk = stored("custody");
  std::size_t count = 0;
  for (const auto& [path, expect] : disk) {
    if (!path.ends_with("/expect")) {
      continue;
    }
    const std::string name = path.substr(12, path.size() - 12 - 7);
    const Outcome outcome = verify(with_bad(disk, name));
    EXPECT_FALSE(outcome.verified()) << name;
    EXPECT_TRUE(std::ranges::any_of(outcome.findings, [&](const Finding& finding) {
      return finding.severity == Severity::alarm &&
             custody::name(finding.kind) == first_line(expect);
    })) << name;
    ++count;
  }
  EXPECT_EQ(count, all_bad().size());
}

}  // namespace
}  // namespace weir::custody
