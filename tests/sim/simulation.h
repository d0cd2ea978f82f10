// One life of a platform, made from a seed: some hundred acts by people who are and are not
// entitled to them, on a disk whose power goes and with a clock that jumps, in one thread. After
// each act the oracle looks at whatever anybody was shown (no leak), after each restart at what was
// acknowledged; in the end the faults stop, everything is opened, and an outsider audits the log.
//
// A seed decides everything, first of all which kinds of act exist in its life at all (swarm
// testing), so that rare orders come up. A failure prints the seed and the acts so far.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/world.h"
#include "oracle.h"
#include "store/fault_vfs.h"

namespace weir::sim {

inline constexpr int kSteps = 200;        // acts in one life
inline constexpr std::size_t kCases = 2;  // after these, new ones are rare
inline constexpr int kRestarts = 8;       // tries to open again before a life counts as stuck

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);
  /// Lives it. gtest's expectations fail on the first thing that is wrong; the life ends there.
  void run();
  /// The acts so far, one a line.
  const std::string& trace() const { return trace_; }

  struct Kind {
    const char* name;
    void (Simulation::*act)();
    int weight;
    enum class Need { always, sometimes, late } need = Need::sometimes;
  };
  static const std::vector<Kind>& kinds();

 private:
  enum class Fate { done, refused, unknown };

  // The acts, in the order of kinds().
  void file_report();
  void file_without_account();
  void claim();
  void accept();
  void decline();
  void merge();
  void add_vendor();
  void invite();
  void record_conflict();
  void post_message();
  void add_file();
  void state();
  void announce_fix();
  void leave_out();
  void release();
  void grant_exception();
  void delay();
  void propose_embargo();
  void publish();
  void open_custody();
  void erase();
  void suspend();
  void bar();
  void read();
  void pull();
  void look();
  void seal();
  void move_clock();
  void restart();
  void cut_power();
  void fail_disk();

  void found();
  void recover();
  void adopt();
  void inspect();
  void finish();

  // Chance.
  std::uint64_t below(std::uint64_t limit) { return chance_() % limit; }
  template <class T>
  const T& pick(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::string anybody();
  bool has_enough_cases();
  void add_case(const std::string& word, const std::string& reference);
  std::string some_case();                                   // or ""
  std::string likely_handler(const std::string& reference);  // mostly the handler
  Level some_level(Level least, Level most);

  // What an act came to. Whatever it says is looked at for leaks to `handle`.
  template <class R>
  Fate fate(const std::string& handle, const R& result);
  template <class Act>
  Fate by_two(const std::string& handle, Act act);
  void see(const std::string& handle, const std::string& text);
  void note(const std::string& what, Fate fate);
  /// Only who handles the case may open it further.
  void expect_handler(const std::string& handle, const std::string& reference, Fate fate);
  app::Actor actor(const std::string& handle) const;
  app::App& app() { return world_.app(); }
  void look_at(const std::string& handle, const Result<app::CaseView>& view);

  std::uint64_t seed_;
  std::mt19937_64 chance_;
  store::FaultDisk disk_;
  app::World world_;
  Oracle oracle_;
  std::vector<std::string> order_;            // the cases, oldest first
  std::vector<Kind> alive_;                   // the kinds of act that this life has
  std::map<std::string, std::string> codes_;  // handle of one without account -> return code
  std::vector<std::string> pending_;          // words of reports that nobody has heard of again
  std::map<std::string, std::string> acknowledged_;  // object -> case
  std::map<std::uint64_t, std::string> roots_;
  int published_ = 0;
  std::string trace_;
};

template <class R>
Simulation::Fate Simulation::fate(const std::string& handle, const R& result) {
  if (result) {
    return Fate::done;
  }
  see(handle, app::said(result));
  trace_ += " (" + app::said(result) + ")";
  return result.error().code == Code::unavailable ? Fate::unknown : Fate::refused;
}

template <class Act>
Simulation::Fate Simulation::by_two(const std::string& handle, Act act) {
  const Result<app::Done> asked = act();
  if (!asked || asked->is_done()) {
    return fate(handle, asked);
  }
  const std::string second = below(4) == 0 ? anybody() : handle == "dan" ? "ada" : "dan";
  const Status approved = app::approve(app(), actor(second), asked->waiting_for, policy::Fact::no);
  if (approved) {
    EXPECT_NE(second, handle) << "approved one's own act";
    EXPECT_EQ(oracle_.people[second].staff, Person::Staff::yes) << second;
  } else if (fate(second, approved) == Fate::refused) {
    const Result<app::Done> alone = act();
    EXPECT_TRUE(!alone || !alone->is_done()) << "done by one person where two are needed";
    return Fate::refused;
  }
  const Result<app::Done> again = act();
  return again && !again->is_done() ? Fate::refused : fate(handle, again);
}

}  // namespace weir::sim
