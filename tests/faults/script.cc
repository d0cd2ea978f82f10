#include "script.h"

#include <gtest/gtest.h>

#include "app/filings.h"
#include "merkle/merkle.h"

namespace weir::app {

using policy::Fact;

namespace {

template <class T>
Status drop(Result<T> result) {
  return result ? Status() : std::unexpected(std::move(result).error());
}

const Laws& laws() {
  static const Laws kLaws = *read_laws(regimes::builtin());
  return kLaws;
}

}  // namespace

Status Script::file(const std::string& word) {
  std::vector<Attachment> files;
  files.push_back(attachment("proof.bin", std::string(3000, 'p')));
  const auto filed =
      TRY(file_report(world_.app(), as("rita"), {report_bytes({.word = word}), std::move(files)}));
  told_[filed.case_reference] = word;
  if (case_.empty()) {
    case_ = filed.case_reference;
  }
  return {};
}

/// Done already, though nobody was told: that is as good as done.
Status Script::once(std::string_view type, const std::function<Status()>& act) {
  if (events_[std::string(type)] == 0 && world_.count(case_, type) == 0) {
    TRY(act());
  }
  events_[std::string(type)] = 1;
  return {};
}

Status Script::two(const std::function<Result<Done>()>& act, std::string_view type) {
  return once(type, [&]() -> Status {
    const Done done = TRY(act());
    if (done.is_done()) {
      return {};
    }
    // The approval may be there already, from a try that was cut short.
    const Status approved = approve(world_.app(), as("dan"), done.waiting_for, Fact::no);
    if (!approved && approved.error().code != Code::not_found) {
      return approved;
    }
    const Done again = TRY(act());
    return again.is_done() ? Status() : fail(Code::conflict, "still waits");
  });
}

Status Script::step(int number) {
  App& app = world_.app();
  const Actor cora = as("cora");
  switch (number) {
    case 0:
      return file("first");
    case 1:
      return once("claimed", [&] { return claim(app, cora, case_, Fact::no); });
    case 2:
      return once("accepted", [&] { return accept(app, cora, case_); });
    case 3:
      return once("participant_added", [&] {
        return add_participant(app, cora, case_,
                               {.organisation = "ACME", .as = NewParticipant::As::vendor});
      });
    case 4: {
      const std::string made =
          TRY(post_message(app, as("ven"), case_, {.text = "from the vendor"}));
      said_[made] = "from the vendor";
      return {};
    }
    case 5:
      return drop(world_.read("cora", case_));
    case 6:
      return drop(world_.seal());
    case 7:
      return once("conflict_recorded",
                  [&] { return set_conflict(app, cora, case_, "ada", Fact::no); });
    default:
      return number < 13 ? share(number) : number < 16 ? keep_clocks(number) : end(number);
  }
}

Status Script::share(int number) {
  App& app = world_.app();
  const Actor cora = as("cora");
  switch (number) {
    case 8:
      return two(
          [&] {
            return decide_release(app, cora, case_, {Level::advisory, {"CERT"}, "article 7"});
          },
          "release_decided");
    case 9:
      return drop(world_.pull("cert"));
    case 10:
      return file("second");
    case 11: {
      const std::string made = TRY(add_attachment(app, as("ven"), case_, attachment("a", "bytes")));
      said_[made] = "bytes";
      return {};
    }
    default:
      return once("fix_announced", [&] {
        return drop(announce_fix(app, as("ven"), case_, {1, "", "2.0", policy::Phase::fix_public}));
      });
  }
}

/// The vendor files what the two days of the RMSV demand.
Status Script::keep_clocks(int number) {
  App& app = world_.app();
  const Actor ven = as("ven");
  if (number == 13) {
    return set_profile(app, laws(), as("ada"), "ACME",
                       {"DE", {{"role", {"manufacturer"}}, {"market", {"CN"}}}});
  }
  if (number == 14) {
    return once("fact_entered", [&] {
      NewFact fact;
      fact.event = "flaw_known";
      fact.at = to_rfc3339(kStart);
      fact.source = "own test";
      return drop(enter_fact(app, laws(), ven, case_, fact));
    });
  }
  return once("filing", [&]() -> Status {
    std::string filing;
    // A draft that was kept, though nobody was told, is gone on with.
    for (const FilingView& one : TRY(filings(app, ven, case_))) {
      filing = one.filing;
    }
    for (const BoardRow& row : TRY(board(app, laws(), ven, {.regime = "cn-rmsv"}))) {
      if (filing.empty() && row.stage == "report") {
        filing = TRY(save_draft(app, laws(), ven, row.obligation,
                                {{"product", "p"},
                                 {"model", "m"},
                                 {"affected_versions", "v"},
                                 {"technical_characteristics", "t"},
                                 {"harm", "h"},
                                 {"scope", "s"}}));
      }
    }
    return drop(
        submit_filing(app, laws(), ven, filing, {.channel = Submission::Channel::platform}));
  });
}

Status Script::end(int number) {
  App& app = world_.app();
  const Actor cora = as("cora");
  switch (number) {
    case 16:
      return once("published", [&] {
        return drop(publish(app, cora, case_, {Level::technical, "WEIR-2026-1", "public bytes"}));
      });
    case 17:
      return two([&] { return open_custody(app, cora, case_); }, "custody_opened");
    case 18:
      return drop(world_.seal());
    case 19:
      return two([&] { return erase_key(app, as("ada"), case_, Fact::no); }, "key_erased");
    case 20:
      return file("third");
    default:
      return drop(world_.seal());
  }
}

Status Script::run() {
  while (next_ < kSteps) {
    const Status done = step(next_);
    collect_notes();
    if (!done) {
      return done;
    }
    ++next_;
  }
  return {};
}

void Script::collect_notes() {
  const auto tx = world_.db().read();
  if (!tx) {
    return;
  }
  (void)(*tx)->each("SELECT size, note FROM checkpoint", {}, [&](const store::Row& row) {
    const auto note = merkle::parse_note(row.text(1));
    const auto size = static_cast<std::uint64_t>(row.integer(0));
    if (note) {
      const auto [known, is_new] = roots_.emplace(size, note->body);
      EXPECT_EQ(known->second, note->body) << "two checkpoints of size " << size;
    }
    return true;
  });
}

void Script::inspect() const {
  const auto one = [&](const std::string& query) { return world_.number(query); };
  {
    const auto tx = world_.db().read();
    const auto integrity =
        (*tx)->one("PRAGMA integrity_check", {}, [](const store::Row& row) { return row.text(0); });
    EXPECT_EQ(integrity.value_or("").value_or(""), "ok");
  }
  for (const auto& [reference, word] : told_) {
    EXPECT_EQ(one("SELECT COUNT(*) FROM case_file WHERE ref = '" + reference + "'"), 1) << word;
    EXPECT_EQ(world_.count(reference, "report_received"), 1) << word;
  }
  for (const auto& [object, text] : said_) {
    EXPECT_EQ(one("SELECT COUNT(*) FROM item WHERE ref = '" + object + "'"), 1) << text;
  }
  for (const auto& [type, times] : events_) {
    if (times > 0) {
      EXPECT_EQ(world_.count(case_, type), 1) << type;
    }
  }
  // Nothing half done: every case has its stream with its first event, every item its object and
  // all its chunks, every object's key is known or erased, every release its event.
  EXPECT_EQ(one("SELECT COUNT(*) FROM case_file c WHERE NOT EXISTS (SELECT 1 FROM event e WHERE "
                "e.stream = c.stream AND e.idx = 0)"),
            0);
  EXPECT_EQ(one("SELECT COUNT(*) FROM stream s WHERE NOT EXISTS (SELECT 1 FROM event e WHERE "
                "e.stream = s.id)"),
            0);
  EXPECT_EQ(
      one("SELECT COUNT(*) FROM item i LEFT JOIN object o ON o.ref = i.ref AND o.version = "
          "i.version WHERE o.ref IS NULL OR o.chunks <> (o.bytes IS NOT NULL) + (SELECT COUNT(*) "
          "FROM chunk c WHERE c.object = o.ref AND c.version = o.version)"),
      0);
  EXPECT_EQ(one("SELECT COUNT(*) FROM object o WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.ref "
                "= o.ref) AND NOT EXISTS (SELECT 1 FROM stage_filing f WHERE f.object = o.ref)"),
            0);
  EXPECT_EQ(one("SELECT COUNT(*) FROM stage_filing WHERE state > 0"),
            one("SELECT COUNT(*) FROM event WHERE type = 'filing'"));
  EXPECT_EQ(one("SELECT COUNT(*) FROM clock_fact"),
            one("SELECT COUNT(*) FROM event WHERE type = 'fact_entered'"));
  EXPECT_EQ(one("SELECT COUNT(*) FROM release r JOIN case_file c ON c.id = r.case_file WHERE NOT "
                "EXISTS (SELECT 1 FROM event e WHERE e.stream = c.stream AND e.idx = r.event AND "
                "e.type = 'release_decided')"),
            0);
  EXPECT_EQ(one("SELECT COUNT(*) - (SELECT size FROM log_head) FROM event"), 0);
  EXPECT_EQ(one("SELECT COUNT(*) FROM case_file WHERE key_state = 1"), 0)
      << "erasures are finished";
}

}  // namespace weir::app
