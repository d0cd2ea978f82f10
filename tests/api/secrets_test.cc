// Every text that a route takes is a word of its own here. Once the route has taken it, the word is
// searched for where it has no place: in the files of the data directory and in what operators are
// shown and told. A route that is new is searched too, and fails the test until it takes its words.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "stage.h"

namespace weir::api {
namespace {

/// What stands in the clear, by operation and field, and why it may. That it is found shows that
/// the search works.
const std::map<std::string, std::string> kPlain = {
    {"add_organisation.name", "members are named in the platform's public record"},
    {"add_user.handle", "who has an account is no secret of a case"},
    {"create_token.label", "tells its owner's tokens apart, and says no more"},
};

/// What cannot be a word.
const std::map<std::string, std::string> kNoWord = {
    {"add_channel.openpgp_key", "a key, which is public"},
    {"add_channel.quiet", "a time"},
    {"add_channel.zone", "one that exists"},
    {"begin_sending.copy_for", "a recipient that the law names"},
    {"create_token.organisation", "one that exists"},
    {"enter_fact.organisation", "one that exists"},
    {"enrol.password", "with a code of a telephone: tests/walkthrough searches for passwords"},
    {"post_message.to", "the reporter, and nobody else"},
    {"set_channel.quiet", "a time"},
    {"set_channel.zone", "one that exists"},
    {"set_finding_aside.until", "a time"},
    {"set_notice_rule.second_person", "a handle that exists"},
    {"set_watch_list.muted_until", "a time"},
    {"sign_in.password", "of nobody: refused, and not told to anybody"},
    {"submit_filing.at", "a time"},
    {"submit_filing.authority_case", "of a filing that was sent: sent_filings_test.cc"},
    {"submit_filing.authority_promise", "the same"},
    {"submit_filing.authority_receipt", "the same"},
    {"submit_filing.authority_return_code", "the same"},
};

/// A word that is not a part of another one.
std::string word_of(const std::string& operation, const std::string& field) {
  return "zq-" + operation + "-" + field + "-qz";
}

/// The ways in which it could be written down. Of base64 what does not depend on the neighbours.
std::vector<std::string> forms_of(const std::string& word) {
  std::vector<std::string> forms = {word, to_hex(word)};
  for (std::size_t place = 0; place < 3; ++place) {
    const std::string coded = to_base64(std::string(place, 'x') + word);
    const std::size_t first = place == 0 ? 0 : 4;
    forms.push_back(coded.substr(first, coded.size() - first - 4));
  }
  return forms;
}

using Words = std::map<std::string, std::string>;  // "operation.field": the word

/// Puts words into the texts of the row's own body; `more` is an optional field that is added.
Words put_into_fields(const Row& row, Asking& asking, const std::string& more) {
  Words words;
  auto parsed = json::parse(asking.body);
  if (!parsed || !parsed->is_object()) {
    return words;
  }
  json::Object& body = parsed->get_object();
  for (const Input& input : row.inputs) {
    const bool is_text = input.kind == Kind::text || input.kind == Kind::secret;
    const bool is_usual =
        body.contains(input.name) &&
        (body[input.name] == sample(input) || kPlain.contains(row.operation + "." + input.name));
    if (is_text && (is_usual || input.name == more)) {
      const std::string word = word_of(row.operation, input.name);
      words[row.operation + "." + input.name] = word;
      body[input.name] = word;
    }
  }
  if (row.operation == "add_channel") {
    words["add_channel.address"] = word_of(row.operation, "address");
    body["address"] = words["add_channel.address"] + "@lark.example";
  }
  asking.body = json::canonical(*parsed);
  return words;
}

/// And into a body that has no fields, and the header.
Words put_words(const Row& row, Asking& asking, const std::string& more) {
  Words words = put_into_fields(row, asking, more);
  const std::string word = word_of(row.operation, "body");
  static const std::map<std::string, std::string> kBodies = {
      {"file_report", app::report_bytes({.word = word_of("file_report", "body")})},
      {"add_attachment", word},
      {"save_draft", R"({"product":")" + word_of("save_draft", "body") + "\"}"},
      {"receive_filing",
       R"({"fields":[{"label":"L","least":"notice","level":"notice","name":"n","required":true,)"
       R"("value":")" +
           word_of("receive_filing", "body") +
           R"("}],"filing":"f","format":"weir-filing/v1","organisation":"A","recipients":[],)"
           R"("regime":"r","stage":"s","title":"t","version":"v"})"},
      {"add_watch_list",
       R"({"products":[{"purl":"pkg:npm/)" + word_of("add_watch_list", "body") + "@1.5.0\"}]}"},
      {"replace_watch_list",
       R"({"products":[{"purl":"pkg:npm/)" + word_of("replace_watch_list", "body") + "@1.5.0\"}]}"},
  };
  if (const auto body = kBodies.find(row.operation); body != kBodies.end()) {
    asking.body = row.operation == "add_attachment" ? word : body->second;
    words[row.operation + ".body"] = word;
  }
  for (http::Field& field : asking.fields) {
    const bool is_taken = std::ranges::any_of(row.parameters, [&](const http::Parameter& one) {
      return one.in == http::In::header && one.name == field.name;
    });
    if (is_taken && (field.name == kFileNameField || field.name == kListNameField)) {
      field.value = word_of(row.operation, "name");
      words[row.operation + ".name"] = field.value;
    }
  }
  if (row.repeats == Row::Repeats::by_key) {
    words[row.operation + ".key"] = word_of(row.operation, "a-key-of-22-and-more");
    asking.fields.push_back({std::string(kKeyField), words[row.operation + ".key"]});
  }
  return words;
}

class Secrets : public ::testing::Test {
 protected:
  void SetUp() override { stage.keep(); }

  /// All that is left lying about, by where.
  std::map<std::string, std::string> left() {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(stage.world.folder())) {
      if (entry.is_regular_file()) {
        std::ifstream in(entry.path(), std::ios::binary);
        all[entry.path().filename()] =
            entry.path().filename().string() + std::string(std::istreambuf_iterator<char>(in), {});
      }
    }
    all["metrics"] = stage.ask_operators({.path = "/metrics"}).body;
    for (const std::string& line : stage.log) {
      all["log"] += line + "\n";
    }
    return all;
  }
  /// Where each of the words stands, "weir.db-wal ...".
  std::map<std::string, std::string> search(const Words& words) {
    std::map<std::string, std::string> found;
    for (const auto& [where, bytes] : left()) {
      for (const auto& [what, word] : words) {
        for (const std::string& form : forms_of(word)) {
          found[what] += bytes.contains(form) ? where + " " : "";
        }
      }
    }
    return found;
  }
  /// The row by each caller, until all of its words were taken by one of them.
  void try_row(const Row& row, const std::string& more) {
    std::set<std::string> open;
    for (const Caller& caller : stage.callers()) {
      Asking asking = stage.asking(row, caller);
      const Words words = put_words(row, asking, more);
      for (const auto& [what, unused] : words) {
        if (!taken.contains(what)) {
          open.insert(what);
        }
      }
      if (open.empty() || caller.door == Caller::Door::local_socket) {
        continue;
      }
      const Answered answer = stage.ask_as(asking, caller);
      if (answer.status >= 300) {
        for (const Input& input : row.inputs) {
          const auto word = words.find(row.operation + "." + input.name);
          EXPECT_TRUE(input.kind != Kind::secret || word == words.end() ||
                      !answer.body.contains(word->second))
              << row.operation << answer.body;
        }
        continue;
      }
      for (const auto& [what, where] : search(words)) {
        taken.insert(what);
        EXPECT_TRUE(where.empty() || kPlain.contains(what)) << what << " stands in " << where;
        plain.insert(where.empty() ? "" : what);
      }
      stage.back();
      return;
    }
    never.insert(open.begin(), open.end());
  }

  Stage stage;
  std::set<std::string> taken;
  std::set<std::string> never;
  std::set<std::string> plain;
};

TEST_F(Secrets, NoTextThatARouteTakesStandsWhereItHasNoPlace) {
  for (const Row& row : all_rows(stage)) {
    if (row.method == http::Method::get) {
      continue;
    }
    try_row(row, "");
    for (const Input& input : row.inputs) {
      if (input.needed == Input::Needed::no && input.kind == Kind::text) {
        try_row(row, input.name);
      }
    }
  }
  for (const std::string& what : never) {
    EXPECT_TRUE(taken.contains(what) || kNoWord.contains(what)) << what << " was never taken";
  }
  for (const auto& [what, why] : kPlain) {
    EXPECT_TRUE(plain.contains(what)) << what << " is not in the clear: " << why;
  }
  for (const std::string& line : stage.log) {
    EXPECT_FALSE(line.contains("zq-")) << line;
  }
  EXPECT_GE(taken.size(), 37u);
}

}  // namespace
}  // namespace weir::api
