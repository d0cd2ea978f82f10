#include "simulation.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "merkle/merkle.h"

namespace weir::sim {

using app::as;
using app::said;

const std::vector<Simulation::Kind>& Simulation::kinds() {
  using Need = Kind::Need;
  static const std::vector<Kind> all = {
      {"report", &Simulation::file_report, 6, Need::always},
      {"report_without_account", &Simulation::file_without_account, 2},
      {"claim", &Simulation::claim, 7, Need::always},
      {"accept", &Simulation::accept, 7, Need::always},
      {"decline", &Simulation::decline, 1, Need::late},
      {"merge", &Simulation::merge, 1},
      {"add_vendor", &Simulation::add_vendor, 6},
      {"invite", &Simulation::invite, 3},
      {"record_conflict", &Simulation::record_conflict, 3},
      {"message", &Simulation::post_message, 6},
      {"file", &Simulation::add_file, 2},
      {"state", &Simulation::state, 3},
      {"fix", &Simulation::announce_fix, 5},
      {"leave_out", &Simulation::leave_out, 1},
      {"release", &Simulation::release, 8},
      {"exception", &Simulation::grant_exception, 2},
      {"delay", &Simulation::delay, 1},
      {"embargo", &Simulation::propose_embargo, 2},
      {"publish", &Simulation::publish, 2},
      {"open_custody", &Simulation::open_custody, 2, Need::late},
      {"erase", &Simulation::erase, 1, Need::late},
      {"suspend", &Simulation::suspend, 1, Need::late},
      {"bar", &Simulation::bar, 1, Need::late},
      {"read", &Simulation::read, 14, Need::always},
      {"pull", &Simulation::pull, 8},
      {"look", &Simulation::look, 8},
      {"seal", &Simulation::seal, 4},
      {"clock", &Simulation::move_clock, 3},
      {"restart", &Simulation::restart, 1},
      {"cut_power", &Simulation::cut_power, 2},
      {"fail_disk", &Simulation::fail_disk, 2},
  };
  return all;
}

Simulation::Simulation(std::uint64_t seed) : seed_(seed), chance_(seed), world_(disk_.name()) {
  for (const Kind& kind : kinds()) {
    const bool is_alive = kind.need == Kind::Need::always || below(10) < 7;
    for (int times = 0; is_alive && times < kind.weight; ++times) {
      alive_.push_back(kind);
    }
  }
}

void Simulation::run() {
  found();
  for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
    const Kind& kind = pick(alive_);
    if (kind.need == Kind::Need::late && step < kSteps / 2) {
      continue;  // what ends a case comes when there is something to end
    }
    trace_ += std::to_string(step) + " " + kind.name;
    (this->*kind.act)();
    trace_ += "\n";
    if (disk_.is_cut()) {
      recover();
    }
  }
  if (!testing::Test::HasFailure()) {
    finish();
  }
}

void Simulation::found() {
  ASSERT_TRUE(world_.create());
  ASSERT_TRUE(world_.found());
  using Bound = Person::Bound;
  using Staff = Person::Staff;
  for (const char* handle : {"ada", "cora", "dan"}) {
    oracle_.people[handle] = {handle, "Ministry", Bound::no, Staff::yes};
  }
  oracle_.people["cert"] = {"cert", "CERT", Bound::no};
  oracle_.people["bo"] = {"bo", "Bound Partner", Bound::yes};
  oracle_.people["uma"] = {"uma", "Unknown Partner", Bound::unknown};
  oracle_.people["ven"] = {"ven", "ACME", Bound::no};
  oracle_.people["vera"] = {"vera", "BETA", Bound::no};
  oracle_.people["rita"] = {"rita", "Lark", Bound::no};
  oracle_.people["otto"] = {"otto", "Outsider", Bound::no};
  oracle_.agreements = {{"CERT", Level::exploit},
                        {"Bound Partner", Level::technical},
                        {"Unknown Partner", Level::technical}};
}

// --- after a crash -----------------------------------------------------------------------------

void Simulation::recover() {
  for (int tries = 0; tries < kRestarts; ++tries) {
    world_.close();
    disk_.restart();
    if (world_.open()) {
      adopt();
      inspect();
      return;
    }
  }
  ADD_FAILURE() << "does not start again";
}

/// A report that was not acknowledged may be there all the same: then it is its word's case.
void Simulation::adopt() {
  const auto tx = world_.db().read();
  ASSERT_TRUE(tx);
  std::vector<std::string> unknown;
  const Status listed =
      (*tx)->each("SELECT ref FROM case_file ORDER BY id", {}, [&](const store::Row& row) {
        if (!oracle_.cases.contains(row.text(0))) {
          unknown.push_back(row.text(0));
        }
        return true;
      });
  ASSERT_TRUE(listed) << said(listed);
  ASSERT_LE(unknown.size(), pending_.size()) << "a case that nobody filed";
  for (const std::string& reference : unknown) {
    // At most one report is under way at once, so this is it.
    add_case(pending_.back(), reference);
  }
  pending_.clear();
}

/// What was acknowledged is there, once; no size was ever signed twice with two roots.
void Simulation::inspect() {
  for (const auto& [object, reference] : acknowledged_) {
    EXPECT_EQ(world_.number("SELECT COUNT(*) FROM item WHERE ref = '" + object + "'"), 1)
        << object << " of " << reference << " is lost";
  }
  for (const auto& [reference, known] : oracle_.cases) {
    EXPECT_EQ(world_.count(reference, "report_received"), 1) << reference;
    if (known.life != Case::Life::received) {
      EXPECT_LE(world_.count(reference, "claimed"), 1) << reference;
    }
  }
  EXPECT_EQ(world_.number("SELECT COUNT(*) - (SELECT size FROM log_head) FROM event"), 0);
  const auto tx = world_.db().read();
  ASSERT_TRUE(tx);
  const Status listed =
      (*tx)->each("SELECT size, note FROM checkpoint", {}, [&](const store::Row& row) {
        const auto note = merkle::parse_note(row.text(1));
        EXPECT_TRUE(note);
        if (note) {
          const auto size = static_cast<std::uint64_t>(row.integer(0));
          const auto [known, is_new] = roots_.emplace(size, note->body);
          EXPECT_EQ(known->second, note->body) << "two checkpoints of size " << size;
        }
        return true;
      });
  ASSERT_TRUE(listed) << said(listed);
}

/// The faults stop: within a bound all is sealed, opened and confirmed by an outsider.
void Simulation::finish() {
  if (world_.clock.now() < app::kStart + std::chrono::hours(24 * 365)) {
    world_.clock.set(app::kStart + std::chrono::hours(24 * 365));
  }
  recover();
  if (testing::Test::HasFailure()) {
    return;
  }
  const auto sealed = world_.seal();
  ASSERT_TRUE(sealed) << said(sealed);
  inspect();
  for (const std::string& record : world_.check()) {
    see("", record);
  }
}

// --- chance ------------------------------------------------------------------------------------

std::string Simulation::anybody() {
  std::vector<std::string> handles;
  for (const auto& [handle, person] : oracle_.people) {
    handles.push_back(handle);
  }
  return pick(handles);
}

/// Few cases, looked at often: most orders that matter are orders within one case.
std::string Simulation::some_case() {
  for (const auto& reference : order_) {
    if (below(2) == 0) {
      return reference;
    }
  }
  return order_.empty() ? "" : order_.front();
}

bool Simulation::has_enough_cases() {
  return order_.size() >= kCases && below(6) != 0;
}

void Simulation::add_case(const std::string& word, const std::string& reference) {
  oracle_.words[word].reference = reference;
  oracle_.cases[reference].vulnerabilities = 2;
  order_.push_back(reference);
}

std::string Simulation::likely_handler(const std::string& reference) {
  const Case& known = oracle_.cases[reference];
  return known.handlers.empty() || below(8) == 0 ? anybody() : *known.handlers.begin();
}

Level Simulation::some_level(Level least, Level most) {
  const auto low = static_cast<std::uint64_t>(least);
  return static_cast<Level>(low + below(static_cast<std::uint64_t>(most) - low + 1));
}

// --- what an act came to -----------------------------------------------------------------------

void Simulation::see(const std::string& handle, const std::string& text) {
  for (const std::string& leak : oracle_.leaks(handle, text)) {
    ADD_FAILURE() << (handle.empty() ? "the public" : handle) << " was shown " << leak;
  }
}

void Simulation::note(const std::string& what, Fate fate) {
  static constexpr const char* kFates[] = {" done", " refused", " unknown"};
  trace_ += " " + what + kFates[static_cast<int>(fate)];
}

void Simulation::expect_handler(const std::string& handle, const std::string& reference,
                                Fate fate) {
  if (fate == Fate::done) {
    EXPECT_TRUE(oracle_.cases[reference].handlers.contains(handle))
        << handle << " does not handle " << reference;
  }
}

app::Actor Simulation::actor(const std::string& handle) const {
  const auto code = codes_.find(handle);
  return code == codes_.end() ? as(handle) : app::with_code(code->second);
}

void Simulation::look_at(const std::string& handle, const Result<app::CaseView>& view) {
  if (!view) {
    see(handle, said(view));
    return;
  }
  std::string all = app::texts(*view);
  for (const app::ShownItem& item : view->items) {
    all += item.author + "\n";
  }
  see(handle, all);
}

}  // namespace weir::sim
