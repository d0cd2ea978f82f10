// Who may do what: every route of the table by every kind of caller, held against who-may.table.
// WEIR_GOLDEN=1 writes the table from what the code does now; that run counts as skipped.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "stage.h"

namespace weir::api {
namespace {

constexpr const char* kTable = WEIR_SOURCE "/tests/api/who-may.table";
constexpr std::string_view kOpening =
    "# Who may do what. One line for each route: by operation, the status that each kind of caller "
    "is answered\n"
    "# when it asks for what could be done (tests/api/stage.h says who they are and what is "
    "there). A route\n"
    "# without a line fails the test, and so does a line without a route. Review this like code: "
    "every 2xx is\n"
    "# a permission.\n"
    "#\n"
    "# 202: a second person must approve. 400: not for this caller in this form. 401: has to sign "
    "in. 403: not\n"
    "# allowed. 404: absent, or hidden from this caller. 409: allowed, but the state forbids it.\n";

using Line = std::map<std::string, int>;  // status by caller
using Matrix = std::map<std::string, Line>;

Matrix read_matrix() {
  std::ifstream file(kTable);
  std::vector<std::string> callers;
  Matrix matrix;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text.starts_with('#')) {
      continue;
    }
    std::istringstream words(text);
    std::string operation;
    words >> operation;
    if (callers.empty()) {
      for (std::string name; words >> name;) {
        callers.push_back(name);
      }
      continue;
    }
    EXPECT_FALSE(matrix.contains(operation)) << operation << " has two lines";
    for (const std::string& caller : callers) {
      EXPECT_TRUE(words >> matrix[operation][caller]) << operation << " " << caller;
    }
  }
  return matrix;
}

/// A stage that has not been changed by the call before. It is built once: everybody's accounts and
/// cases take longer to make than to copy.
class Fresh {
 public:
  Fresh() { stage_.keep(); }
  Stage& stage() { return stage_; }
  int status(const Row& row, const std::string& name) {
    const Caller caller = stage_.caller(name);
    const std::int64_t before = leaves();
    const Answered answer = stage_.ask_as(stage_.asking(row, caller), caller);
    EXPECT_LT(answer.status, 500) << row.operation << " by " << name << answer.body;
    if (answer.status >= 400) {
      EXPECT_EQ(leaves(), before) << row.operation << " by " << name << " was refused and recorded";
    } else if (row.method != http::Method::get) {
      stage_.back();
    }
    return answer.status;
  }

 private:
  std::int64_t leaves() { return stage_.world.number("SELECT COUNT(*) FROM event"); }
  Stage stage_;
};

std::string written(const std::vector<Row>& rows, const std::vector<std::string>& callers,
                    Matrix& matrix) {
  const auto padded = [](std::string text, std::size_t width) {
    return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
  };
  constexpr std::size_t kWidth = 18;
  std::string text(kOpening);
  text += "\n" + padded("operation", kWidth);
  for (const std::string& caller : callers) {
    text += " " + caller;
  }
  for (const Row& row : rows) {
    std::string line = padded(row.operation, kWidth);
    for (const std::string& caller : callers) {
      line += " " + padded(std::to_string(matrix[row.operation][caller]), caller.size());
    }
    text += "\n" + line.substr(0, line.find_last_not_of(' ') + 1);
  }
  return text + "\n";
}

TEST(MatrixGolden, EveryCallerMayDoWhatTheTableSaysAndNothingElse) {
  Fresh fresh;
  std::vector<std::string> callers;
  for (const Caller& caller : fresh.stage().callers()) {
    callers.push_back(caller.name);
  }
  std::vector<Row> rows = all_rows(fresh.stage());
  const bool writes = std::getenv("WEIR_GOLDEN") != nullptr;
  Matrix expected = writes ? Matrix() : read_matrix();
  Matrix seen;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const Row& row = rows[at];
    EXPECT_TRUE(writes || expected.contains(row.operation)) << row.operation << " has no rule";
    // With sanitizers each route is asked by some callers only, each caller by some routes.
    for (std::size_t turn = at % WEIR_ONE_OF; turn < callers.size(); turn += WEIR_ONE_OF) {
      const std::string& name = callers[turn];
      const int status = fresh.status(row, name);
      seen[row.operation][name] = status;
      EXPECT_TRUE(writes || expected[row.operation][name] == status)
          << row.operation << " by " << name << ": " << status << ", not "
          << expected[row.operation][name];
    }
  }
  for (const auto& [operation, line] : expected) {
    EXPECT_TRUE(seen.contains(operation)) << operation << " is no route";
    EXPECT_EQ(line.size(), callers.size()) << operation;
  }
  if (writes) {
    std::ofstream(kTable) << written(rows, callers, seen);
    GTEST_SKIP() << "the table was written, not compared";
  }
}

/// What acts on the session that it comes by, or asks for secrets that the local word stands in
/// for.
const std::set<std::string> kOfASession = {"sign_out", "change_password", "renew_codes",
                                           "replace_factor"};

/// What holds of the table whatever else stands in it.
TEST(Matrix, TheTableGivesNothingToWhoHasNoStanding) {
  Served served;
  Matrix matrix = read_matrix();
  int lines = 0;
  for (const Row& row : all_rows(served)) {
    if (!matrix.contains(row.operation)) {
      continue;
    }
    ++lines;
    const Line& line = matrix[row.operation];
    if (row.access == Access::operators) {
      for (const auto& [caller, status] : line) {
        EXPECT_EQ(status, caller == "local" || caller == "socket" ? 200 : 404) << row.operation;
      }
      continue;
    }
    if (kOfASession.contains(row.operation)) {
      EXPECT_GE(line.at("local"), 400) << row.operation << ": there is none";
    } else {
      EXPECT_EQ(line.at("local"), line.at("handler")) << row.operation << ": the same person";
    }
    EXPECT_EQ(line.at("socket"), line.at("nobody")) << row.operation << ": named nobody";
    const bool asks = row.access != Access::everybody;
    for (const char* ended : {"suspended", "barred", "expired"}) {
      EXPECT_TRUE(!asks || line.at(ended) == 401) << row.operation << " " << ended;
    }
    if (asks && row.access != Access::anyone) {
      EXPECT_EQ(line.at("nobody"), 401) << row.operation;
    }
    if (row.access == Access::person) {
      for (const char* machine : {"report", "read", "act", "manage", "machine"}) {
        EXPECT_EQ(line.at(machine), 403) << row.operation << " " << machine;
      }
    }
    if (row.pattern.contains("{case}")) {
      for (const char* outsider : {"reporter", "stranger", "recipient"}) {
        EXPECT_EQ(line.at(outsider), 404) << row.operation << " " << outsider;
      }
    }
    if (asks && row.method != http::Method::get) {  // reading changes nothing
      EXPECT_GE(line.at("read"), 400) << row.operation;
    }
  }
  EXPECT_GT(lines, 60);
}

TEST(Matrix, AVerbThatARowDoesNotHaveIsRefusedToEverybody) {
  Stage stage;
  std::map<std::string, std::set<std::string>> taken;
  std::vector<Row> rows = all_rows(stage);
  for (const Row& row : rows) {
    taken[row.pattern].insert(std::string(http::name(row.method)));
  }
  int refused = 0;
  for (const Row& row : rows) {
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}) {
      const bool is_head = std::string_view(method) == "HEAD" && taken[row.pattern].contains("GET");
      if (taken[row.pattern].contains(method) || is_head || row.access == Access::operators) {
        continue;
      }
      for (const char* name : {"nobody", "handler", "admin"}) {
        const Caller& caller = stage.caller(name);
        Asking asking = stage.asking(row, caller);
        asking.method = method;
        const Answered answer = stage.ask_as(asking, caller);
        EXPECT_EQ(answer.status, 405) << method << " " << row.pattern << " by " << name;
        ++refused;
      }
    }
    taken[row.pattern].insert({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"});
  }
  EXPECT_GT(refused, 600);
}

}  // namespace
}  // namespace weir::api
