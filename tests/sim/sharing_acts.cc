// The acts of a simulated life that share, close, look and break. See acts.cc.
#include "simulation.h"

namespace weir::sim {

using app::said;
using policy::Fact;
using std::chrono::hours;

void Simulation::release() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::vector<std::string> partners = {"CERT", "Bound Partner", "Unknown Partner",
                                             "Outsider"};
  app::NewRelease release{.level = some_level(Level::notice, Level::exploit),
                          .recipients = {pick(partners)},
                          .ground = "article 7"};
  if (below(3) == 0) {
    release.recipients = {"CERT", "Bound Partner"};
  }
  const auto preview = app::preview_release(app(), actor(handle), reference, release);
  if (!preview) {
    see(handle, said(preview));
  }
  const Fate came =
      by_two(handle, [&] { return app::decide_release(app(), actor(handle), reference, release); });
  note(handle + " " + release.recipients[0] + " " + std::string(name(release.level)), came);
  expect_handler(handle, reference, came);
  for (const std::string& recipient : release.recipients) {
    if (came == Fate::done) {
      EXPECT_TRUE(oracle_.agreements.contains(recipient)) << recipient << " has no agreement";
    }
    if (came != Fate::refused) {
      Level& released = oracle_.cases[reference].released[recipient];
      released = std::max(released, release.level);
    }
  }
}

void Simulation::grant_exception() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string partner =
      pick(std::vector<std::string>{"CERT", "Bound Partner", "Unknown Partner"});
  app::NewException exception{.organisation = partner,
                              .level = some_level(Level::advisory, Level::exploit),
                              .ground = "it is attacked"};
  if (below(2) == 0) {
    exception.legal_stage = some_level(Level::notice, Level::technical);
  }
  const Fate came = by_two(
      handle, [&] { return app::grant_exception(app(), actor(handle), reference, exception); });
  note(handle + " " + partner, came);
  expect_handler(handle, reference, came);
  if (came == Fate::refused) {
    return;
  }
  const bool is_bound = partner != "CERT";
  const Level most = !is_bound
                         ? exception.level
                         : std::min(exception.level, exception.legal_stage.value_or(Level::notice));
  Level& granted = oracle_.cases[reference].exceptions[partner];
  granted = std::max(granted, most);
}

void Simulation::delay() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const bool is_start = below(2) == 0;
  const Status done = is_start ? app::decide_delay(app(), actor(handle), reference, "not yet",
                                                   "2030-01-01T00:00:00Z")
                               : app::end_delay(app(), actor(handle), reference);
  const Fate came = fate(handle, done);
  note(handle, came);
  expect_handler(handle, reference, came);
}

void Simulation::propose_embargo() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const Status done = below(3) == 0 ? app::confirm_embargo(app(), actor(handle), reference)
                      : below(2) == 0
                          ? app::end_embargo(app(), actor(handle), reference)
                          : app::propose_embargo(app(), actor(anybody()), reference,
                                                 to_rfc3339(world_.clock.now() + hours(100)));
  note(handle, fate(handle, done));
}

void Simulation::publish() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  const std::string id = "WEIR-" + std::to_string(published_++);
  const app::Publication publication{Level::advisory, id, "public bytes of " + id};
  const Fate came =
      by_two(handle, [&] { return app::publish(app(), actor(handle), reference, publication); });
  note(handle, came);
  expect_handler(handle, reference, came);
  if (came == Fate::done) {
    const auto bytes = app::published(app(), id);
    EXPECT_TRUE(bytes && *bytes == publication.bytes) << said(bytes);
  }
}

void Simulation::open_custody() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = likely_handler(reference);
  note(handle, by_two(handle, [&] {
         return app::open_custody(app(), actor(handle), reference, Fact::no);
       }));
  const auto streams = app::exportable(app());
  if (!streams) {
    return;
  }
  for (const std::string& stream : *streams) {
    const auto record =
        app::export_record(app(), stream, world_.vkey(), ledger::FreeText::kept_back);
    see("", record ? custody::write_record(*record) : said(record));
  }
}

void Simulation::erase() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = below(2) == 0 ? anybody() : "ada";
  const Fate came =
      by_two(handle, [&] { return app::erase_key(app(), actor(handle), reference, Fact::no); });
  note(handle, came);
  if (came == Fate::done) {
    EXPECT_EQ(handle, "ada") << "who is no administrator has erased";
  }
}

void Simulation::suspend() {
  const std::string whose =
      pick(std::vector<std::string>{"ACME", "BETA", "CERT", "Bound Partner", "Lark"});
  const bool is_back = below(2) == 0;
  const std::string handle = below(4) == 0 ? anybody() : "ada";
  const Fate came =
      fate(handle, app::set_suspended(app(), actor(handle), whose, is_back ? Fact::no : Fact::yes));
  note(handle + " " + whose, came);
  if (came == Fate::done) {
    EXPECT_EQ(handle, "ada");
    if (is_back) {
      oracle_.suspended.erase(whose);
    } else {
      oracle_.suspended.insert(whose);
    }
  } else if (came == Fate::unknown && is_back) {
    oracle_.suspended.erase(whose);
  }
}

void Simulation::bar() {
  const std::string whose = pick(std::vector<std::string>{"dan", "ven", "cert", "rita"});
  const bool is_back = below(2) == 0;
  const Fate came =
      fate("ada", app::set_barred(app(), actor("ada"), whose, is_back ? Fact::no : Fact::yes));
  note(whose, came);
  if (came == Fate::done && !is_back) {
    oracle_.barred.insert(whose);
  } else if (came != Fate::refused && is_back) {
    oracle_.barred.erase(whose);
  }
}

// --- looking -----------------------------------------------------------------------------------

void Simulation::read() {
  const std::string reference = some_case();
  if (reference.empty()) {
    return;
  }
  const std::string handle = below(2) == 0 ? anybody() : likely_handler(reference);
  const auto view = world_.read(actor(handle), reference);
  note(handle, view ? Fate::done : Fate::refused);
  look_at(handle, view);
  if (!view) {
    return;
  }
  for (const app::ShownItem& item : view->items) {
    if (item.kind == "attachment" && below(2) == 0 && !codes_.contains(handle)) {
      const auto bytes = world_.read_file(handle, reference, item.object);
      see(handle, bytes ? *bytes : said(bytes));
    }
  }
}

void Simulation::pull() {
  const std::string handle = pick(std::vector<std::string>{"cert", "bo", "uma", "otto", "ven"});
  const auto views = world_.pull(handle);
  note(handle, views ? Fate::done : Fate::refused);
  if (!views) {
    see(handle, said(views));
    return;
  }
  for (const app::CaseView& view : *views) {
    look_at(handle, view);
  }
}

/// Lists, readers, timelines, what waits: nothing of a case's text but to those who may have it.
void Simulation::look() {
  const std::string handle = anybody();
  const std::string reference = some_case();
  std::string all;
  if (const auto rows = app::queue(app(), actor(handle))) {
    for (const app::QueueRow& row : *rows) {
      all += row.reference + " " + row.handler + "\n";
    }
  }
  if (const auto rows = app::my_cases(app(), actor(handle))) {
    for (const app::QueueRow& row : *rows) {
      all += row.reference + " " + row.handler + "\n";
    }
  }
  if (const auto rows = app::waiting(app(), actor(handle))) {
    for (const app::WaitingRow& row : *rows) {
      all += row.action + " " + row.asked_by + "\n";
    }
  }
  see(handle, all);
  if (reference.empty()) {
    return;
  }
  const auto readers = app::readers(app(), actor(handle), reference);
  if (!readers) {
    see(handle, said(readers));
  } else {
    for (const app::ReaderView& row : *readers) {
      see(handle, row.organisation + row.organisation_class + row.country);
    }
  }
  const auto events = app::timeline(app(), actor(handle), reference);
  note(handle, events ? Fate::done : Fate::refused);
  if (!events) {
    see(handle, said(events));
    return;
  }
  for (const app::EventView& event : *events) {
    for (const custody::Field& field : event.fields) {
      see(handle, json::canonical(field.value));
    }
  }
}

// --- the world ---------------------------------------------------------------------------------

void Simulation::seal() {
  const auto sealed = world_.seal();
  note("", sealed ? Fate::done : Fate::unknown);
  if (!sealed) {
    EXPECT_EQ(sealed.error().code, Code::unavailable) << said(sealed);
  }
}

/// Forward by minutes or weeks, or back by what is borne.
void Simulation::move_clock() {
  if (below(5) == 0) {
    world_.clock.advance(-std::chrono::minutes(below(10)));
  } else if (below(6) == 0) {
    world_.clock.advance(hours(24 * below(60)));
  } else {
    world_.clock.advance(std::chrono::minutes(below(600)));
  }
}

/// Every reader gets after a restart what it got before.
void Simulation::restart() {
  const std::string reference = some_case();
  if (reference.empty()) {
    recover();
    return;
  }
  const std::string handle = likely_handler(reference);
  const auto before = world_.read(actor(handle), reference);
  recover();
  if (testing::Test::HasFailure() || !before) {
    return;
  }
  const auto after = world_.read(actor(handle), reference);
  ASSERT_TRUE(after) << said(after);
  EXPECT_EQ(app::texts(*after), app::texts(*before));
}

void Simulation::cut_power() {
  static constexpr store::Loss kLosses[] = {store::Loss::lost, store::Loss::kept,
                                            store::Loss::mixed};
  disk_.cut_at(disk_.operations() + 1 + static_cast<std::int64_t>(below(60)), kLosses[below(3)],
               seed_);
}

void Simulation::fail_disk() {
  disk_.fail_at(disk_.operations() + 1 + static_cast<std::int64_t>(below(60)),
                below(2) == 0 ? store::Failure::io : store::Failure::full);
}

}  // namespace weir::sim
