// The fixture of the tests of clocks; no test of its own but that it stands.
#include "app/clocks_world.h"

#include <fstream>

#include "base/bytes.h"

namespace weir::app {

const Laws& laws() {
  static const Laws kLaws = *read_laws(regimes::builtin());
  return kLaws;
}

void ClocksWorld::SetUp() {
  ASSERT_TRUE(world.create());
  ASSERT_TRUE(world.found());
  world.clock.set(kHour);
  const auto set = [&](const char* organisation, const deadline::Profile& profile) {
    const Status done = set_profile(world.app(), laws(), as("ada"), organisation, profile);
    ASSERT_TRUE(done) << said(done);
  };
  set("ACME", {"DE",
               {{"role", {"manufacturer"}},
                {"market", {"EU", "CN"}},
                {"sector", {"digital"}},
                {"size", {"medium"}}}});
  set("BETA", {"US", {{"role", {"manufacturer"}}, {"market", {"EU"}}, {"sector", {"vehicles"}}}});
  set("Ministry", {"DE", {{"role", {"csirt"}}, {"jurisdiction", {"DE"}}}});
}

NewFact ClocksWorld::fact(const std::string& event, Duration after) const {
  NewFact made;
  made.event = event;
  made.at = to_rfc3339(world.clock.now() + after);
  made.source = "honeypot";
  made.evidence = "trace 7";
  return made;
}

Result<Entered> ClocksWorld::enter(const std::string& handle, const std::string& reference,
                                   const std::string& event, Duration after) {
  return enter_fact(world.app(), laws(), as(handle), reference, fact(event, after));
}

std::string ClocksWorld::aware(const std::string& handle) {
  const std::string reference = world.report(handle);
  EXPECT_TRUE(enter(handle, reference, "flaw_known", std::chrono::hours(-200)));
  EXPECT_TRUE(enter(handle, reference, "exploitation_known", Duration(0)));
  return reference;
}

std::vector<BoardRow> ClocksWorld::rows(const std::string& handle, const BoardFilter& filter) {
  const auto found = board(world.app(), laws(), as(handle), filter);
  EXPECT_TRUE(found) << said(found);
  return found ? *found : std::vector<BoardRow>();
}

std::string ClocksWorld::states(const std::string& handle, const BoardFilter& filter) {
  std::string text;
  for (const BoardRow& row : rows(handle, filter)) {
    text += (text.empty() ? "" : ", ") + row.regime + "/" + row.stage + " " +
            std::string(deadline::name(row.state));
  }
  return text;
}

std::string ClocksWorld::obligation(const std::string& handle, const std::string& stage) {
  BoardFilter all;
  all.which = BoardFilter::Which::all;
  for (const BoardRow& row : rows(handle, all)) {
    if (row.regime + "/" + row.stage == stage) {
      return row.obligation;
    }
  }
  ADD_FAILURE() << handle << " has no obligation " << stage;
  return {};
}

bool ClocksWorld::database_holds(std::string_view text) {
  bool found = false;
  for (const char* name : {"weir.db", "weir.db-wal", "keys.db"}) {
    std::ifstream stream(world.folder() / name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)),
                            std::istreambuf_iterator<char>());
    found = found || bytes.find(text) != std::string::npos;
  }
  return found;
}

TEST(ClocksFixture, TheLawsAreThere) {
  EXPECT_NE(laws().rules.find_regime("eu-cra"), nullptr);
}

}  // namespace weir::app
