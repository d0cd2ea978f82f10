// The acts of a simulated life. Each picks who, on what and how, tries it, and tells the oracle:
// what opens is believed unless it was refused, what closes only once it was done.
#include <gtest/gtest.h>

#include "simulation.h"

namespace weir::sim {

using app::said;
using policy::Fact;

void Simulation::file_report() {
  if (has_enough_cases()) {
    return;
  }
  const std::string handle = below(3) == 0 ? anybody() : "rita";
  const std::string word = oracle_.fresh_word();
  oracle_.words[word] = {.author = handle};
  pending_.push_back(word);
  std::vector<app::Attachment> files;
  if (below(4) == 0) {
    files.push_back(app::attachment(word + "-file", std::string(100, 'f')));
  }
  const char* labels[] = {"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:RED"};
  const auto filed = app::file_report(
      app(), actor(handle),
      {app::report_bytes({.word = word, .vulnerabilities = 2, .label = labels[below(5)]}),
       std::move(files)});
  const Fate came = fate(handle, filed);
  note(handle + " " + word, came);
  if (filed) {
    add_case(word, filed->case_reference);
    see("", filed->promise);
  }
  if (came != Fate::unknown) {
    pending_.clear();
  } else {
    recover();  // a client would ask again; here it is found or not
  }
}

void Simulation::file_without_account() {
  if (has_enough_cases()) {
    return;
  }
  const std::string word = oracle_.fresh_word();
  const std::string handle = "anonymous-" + word;
  oracle_.words[word] = {.author = handle};
  pending_.push_back(word);
  const auto filed =
      app::file_report(app(), {}, {app::report_bytes({.word = word, .vulnerabilities = 2}), {}});
  const Fate came = fate("", filed);
  note(word, came);
  if (filed) {
    add_case(word, filed->case_reference);
    oracle_.people[handle] = {.handle = handle, .organisation = ""};
    codes_[handle] = filed->return_code;
  }
  if (came != Fate::unknown) {
    pending_.clear();
  } else {
    recover();
  }
}

void Simulation::claim() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  Case& known = oracle_.cases[reference];
  const std::string handle = below(5) == 0 ? anybody() : below(2) == 0 ? "cora" : "dan";
  const Fact conflict = below(6) == 0 ? Fact::yes : Fact::no;
  const Fate came = fate(handle, app::claim(app(), actor(handle), reference, conflict));
  note(handle, came);
  if (came == Fate::done) {
    EXPECT_EQ(oracle_.people[handle].staff, Person::Staff::yes) << handle << " claimed";
    EXPECT_NE(conflict, Fact::yes);
    EXPECT_FALSE(known.conflicts.contains(handle));
  }
  if (came != Fate::refused) {
    known.handlers.insert(handle);
    known.life = std::max(known.life, Case::Life::claimed);
  }
}

void Simulation::accept() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const Fate came = fate(handle, app::accept(app(), actor(handle), reference));
  note(handle, came);
  expect_handler(handle, reference, came);
}

void Simulation::decline() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string word = oracle_.fresh_word();
  oracle_.words[word] = {.reference = reference,
                         .author = handle,
                         .level = Level::technical,
                         .kind = Word::Kind::ground};
  const Fate came =
      fate(handle, app::decline(app(), actor(handle), reference,
                                below(2) == 0 ? app::Ground::spam : app::Ground::declined,
                                word + "-ground"));
  note(handle, came);
  expect_handler(handle, reference, came);
}

void Simulation::merge() {
  const std::string from = some_case();
  const std::string into = some_case();
  if (from.empty() || from == into || !oracle_.cases[from].merged_into.empty()) {
    return;
  }
  const std::string handle = likely_handler(into);
  const Fate came = fate(handle, app::merge(app(), actor(handle), from, into));
  note(handle, came);
  expect_handler(handle, from, came);
  expect_handler(handle, into, came);
  if (came != Fate::refused) {
    oracle_.cases[from].merged_into = into;
  }
}

void Simulation::add_vendor() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string vendor = below(2) == 0 ? "ACME" : "BETA";
  app::NewParticipant added{.organisation = vendor, .as = app::NewParticipant::As::vendor};
  if (below(2) == 0) {
    added.vulnerabilities = {static_cast<std::int64_t>(1 + below(2))};
  }
  const Fate came = fate(handle, app::add_participant(app(), actor(handle), reference, added));
  note(handle + " " + vendor, came);
  expect_handler(handle, reference, came);
  const auto concern = [&](std::map<std::string, std::set<std::int64_t>>& vendors) {
    const bool had_all = vendors.contains(vendor) && vendors[vendor].empty();
    std::set<std::int64_t>& own = vendors[vendor];
    if (added.vulnerabilities.empty() || had_all) {
      own.clear();
    } else {
      own.insert(added.vulnerabilities.begin(), added.vulnerabilities.end());
    }
  };
  if (came != Fate::refused) {
    concern(oracle_.cases[reference].vendors);
  }
  if (came == Fate::done) {
    concern(oracle_.cases[reference].counted);
  }
}

void Simulation::invite() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string guest = pick(
      std::vector<std::string>{"CERT", "Bound Partner", "Unknown Partner", "Outsider", "Lark"});
  const Level level = some_level(Level::existence, Level::exploit);
  const Fate came = fate(handle, app::add_participant(app(), actor(handle), reference,
                                                      {.organisation = guest, .level = level}));
  note(handle + " " + guest, came);
  expect_handler(handle, reference, came);
  if (came != Fate::refused) {
    Level& invited = oracle_.cases[reference].invited[guest];
    invited = std::max(invited, level);
  }
}

void Simulation::record_conflict() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string whose = anybody();
  const Fate came =
      fate(handle, app::set_conflict(app(), actor(handle), reference, whose, Fact::yes));
  note(handle + " " + whose, came);
  expect_handler(handle, reference, came);
  if (came == Fate::done) {
    oracle_.cases[reference].conflicts.insert(whose);
  }
}

void Simulation::post_message() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = below(3) == 0 ? anybody() : likely_handler(reference);
  const std::string word = oracle_.fresh_word();
  app::Message message{.text = word + "-message",
                       .level = some_level(Level::notice, Level::exploit),
                       .vulnerability = static_cast<std::int64_t>(below(3))};
  if (below(4) == 0) {
    message.audience = below(2) == 0 ? "ACME" : "BETA";
  }
  oracle_.words[word] = {.reference = reference,
                         .author = handle,
                         .audience = message.audience,
                         .level = message.level,
                         .vulnerability = message.vulnerability,
                         .kind = Word::Kind::message};
  const auto posted = app::post_message(app(), actor(handle), reference, message);
  note(handle + " " + word, fate(handle, posted));
  if (posted) {
    acknowledged_[*posted] = reference;
  }
}

void Simulation::add_file() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = below(3) == 0 ? anybody() : likely_handler(reference);
  const std::string word = oracle_.fresh_word();
  oracle_.words[word] = {.reference = reference,
                         .author = handle,
                         .level = Level::exploit,
                         .kind = Word::Kind::message};
  const auto added = app::add_attachment(app(), actor(handle), reference,
                                         app::attachment("a file", word + "-bytes"));
  note(handle + " " + word, fate(handle, added));
  if (!added) {
    return;
  }
  acknowledged_[*added] = reference;
  const std::string reader = anybody();
  const auto bytes = world_.read_file(reader, reference, *added);
  see(reader, bytes ? *bytes : said(bytes));
}

void Simulation::state() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = below(2) == 0 ? "ven" : "vera";
  const std::string word = oracle_.fresh_word();
  const auto number = static_cast<std::int64_t>(1 + below(2));
  oracle_.words[word] = {.reference = reference,
                         .author = handle,
                         .level = Level::advisory,
                         .vulnerability = number,
                         .kind = Word::Kind::message};
  const auto answer = static_cast<app::Answer>(1 + below(4));
  const Fate came = fate(handle, app::state_status(app(), actor(handle), reference,
                                                   {number, answer, word + "-statement"}));
  note(handle, came);
  if (came == Fate::done) {
    EXPECT_TRUE(oracle_.cases[reference].vendors.contains(oracle_.people[handle].organisation));
  }
}

void Simulation::announce_fix() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const bool is_own = below(3) != 0;
  const std::string vendor = below(2) == 0 ? "ACME" : "BETA";
  const std::string handle = !is_own            ? likely_handler(reference)
                             : vendor == "ACME" ? "ven"
                                                : "vera";
  const auto number = static_cast<std::int64_t>(1 + below(2));
  const app::Fix fix{number, is_own ? "" : vendor, "2.0",
                     below(4) == 0 ? policy::Phase::fix_exists : policy::Phase::fix_public};
  const Fate came =
      by_two(handle, [&] { return app::announce_fix(app(), actor(handle), reference, fix); });
  note(handle, came);
  if (came != Fate::refused && fix.phase == policy::Phase::fix_public) {
    oracle_.cases[reference].fixed.insert({vendor, number});
  }
}

void Simulation::leave_out() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string vendor = below(2) == 0 ? "ACME" : "BETA";
  const Fate came = by_two(handle, [&] {
    return app::leave_out_vendor(app(), actor(handle), reference, vendor, "it does not answer");
  });
  note(handle, came);
  expect_handler(handle, reference, came);
  if (came != Fate::refused) {
    oracle_.cases[reference].left_out.insert(vendor);
  }
}

}  // namespace weir::sim
