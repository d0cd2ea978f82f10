// Secret words: every text of a story is one, and none of them may be found where it has no place:
// in the files of the data directory, in opened records, in the mirrored log, in others' receipts,
// in what outsiders are told.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/world.h"
#include "base/bytes.h"

namespace weir::app {
namespace {

using policy::Fact;

/// Texts that nobody may find outside of the answers to those who may read them.
const std::vector<std::string> kSecrets = {
    "zqreport-title",     "zqreport-note",         "zqreport-title-1",   "zqreport-description-1",
    "zqreport-exploit-1", "zqreport-mitigation-1", "zqreport-vendor-1",  "zqreport-product-1",
    "zqfile-name",        "zqfile-bytes",          "zqmessage-to-all",   "zqmessage-to-acme",
    "zqlate-file-name",   "zqlate-file-bytes",     "zqstatement",        "zqground-release",
    "zqground-exception", "zqground-delay",        "zqground-declined",  "zqground-left-out",
    "zqfix-product",      "zqanonymous-exploit-1", "zqanonymous-title-1"};

std::vector<std::string> found_in(const std::string& bytes) {
  std::vector<std::string> found;
  for (const std::string& secret : kSecrets) {
    if (bytes.find(secret) != std::string::npos) {
      found.push_back(secret);
    }
  }
  return found;
}

void search_files(const std::filesystem::path& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(in), {}};
      EXPECT_EQ(found_in(all), std::vector<std::string>()) << entry.path();
      ++files;
    }
  }
  EXPECT_GE(files, 2);
}

class Leaks : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    ASSERT_TRUE(world.found());
    std::vector<Attachment> files;
    files.push_back(attachment("zqfile-name", "zqfile-bytes"));
    const auto filed = file_report(world.app(), as("rita"),
                                   {report_bytes({.word = "zqreport"}), std::move(files)});
    ASSERT_TRUE(filed) << said(filed);
    reference = filed->case_reference;
    receipts.push_back(filed->receipt_id);
    told.push_back(filed->promise);
    world.work("cora", reference);
    world.add_vendor(reference, "ACME");
    world.add_vendor(reference, "BETA");
  }
  /// The whole story, all of whose texts are secrets.
  void live() {
    App& app = world.app();
    const Actor cora = as("cora");
    ASSERT_TRUE(post_message(app, cora, reference, {.text = "zqmessage-to-all"}));
    ASSERT_TRUE(
        post_message(app, cora, reference, {.text = "zqmessage-to-acme", .audience = "ACME"}));
    ASSERT_TRUE(add_attachment(app, as("ven"), reference,
                               attachment("zqlate-file-name", "zqlate-file-bytes")));
    ASSERT_TRUE(state_status(app, as("ven"), reference, {1, Answer::affected, "zqstatement"}));
    ASSERT_TRUE(
        decide_release(app, cora, reference, {Level::notice, {"CERT"}, "zqground-release"}));
    ASSERT_TRUE(world.by_two("dan", [&] {
      return grant_exception(app, cora, reference,
                             {"CERT", Level::technical, {}, "zqground-exception"});
    }));
    ASSERT_TRUE(decide_delay(app, cora, reference, "zqground-delay", "2027-06-01T00:00:00Z"));
    ASSERT_TRUE(end_delay(app, cora, reference));
    ASSERT_TRUE(world.by_two("dan", [&] {
      return leave_out_vendor(app, cora, reference, "BETA", "zqground-left-out");
    }));
    for (const char* handle : {"rita", "cora", "ven", "vera", "dan"}) {
      const auto view = world.read(handle, reference);
      ASSERT_TRUE(view) << said(view);
      receipts.insert(receipts.end(), view->receipts.begin(), view->receipts.end());
    }
    for (const CaseView& view : *world.pull("cert")) {
      receipts.insert(receipts.end(), view.receipts.begin(), view.receipts.end());
      EXPECT_FALSE(shows(view, "zqreport-title"));
    }
    ASSERT_TRUE(announce_fix(app, as("ven"), reference,
                             {1, "", "zqfix-product", policy::Phase::fix_public}));
    ASSERT_TRUE(publish(app, cora, reference, {Level::advisory, "WEIR-2026-1", "public-words"}));
    const auto anonymous = file_report(app, {}, {report_bytes({.word = "zqanonymous"}), {}});
    code = anonymous->return_code;
    ASSERT_TRUE(claim(app, cora, anonymous->case_reference, Fact::no));
    ASSERT_TRUE(
        decline(app, cora, anonymous->case_reference, Ground::declined, "zqground-declined"));
  }
  /// What outsiders and partners are told when they ask for what is not theirs.
  std::vector<std::string> refusals() {
    App& app = world.app();
    std::vector<std::string> words;
    for (const char* handle : {"otto", "bo", "cert", "vera", "rita", ""}) {
      const Actor who = as(handle);
      words.push_back(said(readers(app, who, reference)));
      words.push_back(said(claim(app, who, reference, Fact::no)));
      words.push_back(said(post_message(app, who, reference + "x", {.text = "x"})));
      words.push_back(said(publish(app, who, reference, {Level::advisory, "WEIR-2026-9", "x"})));
      words.push_back(said(decide_release(app, who, reference, {Level::exploit, {"CERT"}, "x"})));
      words.push_back(said(erase_key(app, who, reference, Fact::no)));
      words.push_back(said(timeline(app, who, reference)));
      words.push_back(said(file_report(app, who, {"{\"format\":\"x\"}", {}})));
    }
    return words;
  }

  World world;
  std::string reference;
  std::string code;
  std::vector<std::string> receipts;
  std::vector<std::string> told;
};

TEST_F(Leaks, NoSecretStandsInAnyFileRecordReceiptOrRefusal) {
  live();
  search_files(world.folder());  // with the log of changes not yet moved into the file
  for (const std::string& words : refusals()) {
    EXPECT_EQ(found_in(words), std::vector<std::string>()) << words;
  }
  for (const std::string& record : world.check()) {
    EXPECT_EQ(found_in(record), std::vector<std::string>());
    EXPECT_EQ(record.find(code), std::string::npos);
  }
  ASSERT_GE(receipts.size(), 5u);
  for (const std::string& id : receipts) {
    const auto receipt = fetch_receipt(world.app(), id);
    ASSERT_TRUE(receipt) << said(receipt);
    EXPECT_EQ(found_in(*receipt), std::vector<std::string>());
    // The fields lie under base64: opened, they tell nothing either.
    const auto extra = receipt->find("extra ");
    ASSERT_NE(extra, std::string::npos);
    const std::string line = receipt->substr(extra + 6, receipt->find('\n', extra) - extra - 6);
    const auto fields = from_base64(line);
    ASSERT_TRUE(fields);
    EXPECT_EQ(found_in(*fields), std::vector<std::string>());
  }
  EXPECT_EQ(found_in(told[0]), std::vector<std::string>());
  world.close();
  search_files(world.folder());
}

TEST_F(Leaks, TheSearchFindsWhatIsThere) {
  EXPECT_EQ(found_in("a zqstatement here"), std::vector<std::string>{"zqstatement"});
  const auto view = world.read("cora", reference);
  EXPECT_GE(found_in(texts(*view)).size(), 8u) << "the words are the story's";
}

TEST_F(Leaks, OpenedWithFreeTextTheGroundsAreShownAndNothingElse) {
  live();
  world.check();
  const auto record = export_record(world.app(), reference, world.vkey(), ledger::FreeText::shown);
  ASSERT_TRUE(record) << said(record);
  for (const std::string& secret : found_in(custody::write_record(*record))) {
    EXPECT_TRUE(secret.starts_with("zqground-") || secret == "zqfix-product") << secret;
  }
}

}  // namespace
}  // namespace weir::app
