// A filing that goes to a Weir elsewhere: what is checked and recorded before it goes, that it goes
// once, and what is kept of the answer. A second World is the authority's.
#include "app/sent_filings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/law_conflicts.h"
#include "app/received_filings.h"
#include "base/bytes.h"
#include "custody/custody.h"
#include "format/filing.h"

namespace weir::app {
namespace {

using std::chrono::hours;
using Channel = Submission::Channel;

const std::string kThere = "https://weir.example";
const std::vector<FieldValue> kWarning = {{"vulnerability", "yes"}, {"member_states", "DE, FR"}};
const std::vector<FieldValue> kNotification = {{"product", "Router OS zqproduct"},
                                               {"nature", "overflow zqnature"},
                                               {"measures_taken", "none yet"},
                                               {"user_measures", "block the port"},
                                               {"sensitivity", "high"}};
const Answered kAnswer = {"CASE-1", "receipt-1", "a promise", "zqcode"};

class SentFilings : public ClocksWorld {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    reference = aware("vera");  // BETA sells in the EU alone: no law forbids it anything
  }
  std::string draft(const std::string& stage, const std::vector<FieldValue>& values,
                    const std::string& handle = "vera") {
    const auto made =
        save_draft(world.app(), laws(), as(handle), obligation(handle, stage), values);
    EXPECT_TRUE(made) << said(made);
    return made.value_or("");
  }
  Result<ReadyToSend> begin(const std::string& filing, const Sending& sending = {kThere},
                            const std::string& handle = "vera") {
    return begin_sending(world.app(), laws(), as(handle), filing, sending);
  }
  Result<Submitted> answer(const std::string& filing, const Answered& answered = kAnswer,
                           const std::string& handle = "vera") {
    return submit_filing(world.app(), laws(), as(handle), filing,
                         {.channel = Channel::weir, .answered = answered});
  }
  std::vector<custody::Field> sent_event() {
    for (const ledger::StoredEvent& one : world.events(reference)) {
      if (one.type == "filing_sent") {
        return one.fields;
      }
    }
    return {};
  }
  std::string reference;
};

std::string value_of(const std::vector<custody::Field>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &custody::Field::name);
  return found == fields.end() ? std::string() : std::string(found->value.as_string());
}

TEST_F(SentFilings, TheRecordIsThereBeforeTheBytesAre) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  const auto ready = begin(filing);
  ASSERT_TRUE(ready) << said(ready);
  EXPECT_EQ(world.count(reference, "filing_sent"), 1);
  EXPECT_EQ(world.count(reference, "filing"), 0) << "the duty is met once it was answered";
  const auto fields = sent_event();
  EXPECT_EQ(value_of(fields, "to"), kThere);
  const auto salt = digest_from_base64(value_of(fields, "content_salt"));
  ASSERT_TRUE(salt);
  EXPECT_EQ(value_of(fields, "content"), to_base64(custody::content_digest(*salt, ready->bytes)))
      << "of these very bytes";
  const auto read = format::parse_whole_filing(ready->bytes);
  ASSERT_TRUE(read) << said(read);
  EXPECT_EQ(read->organisation, "BETA");
  EXPECT_GE(ready->key.size(), kLeastAnonymousKey);
  EXPECT_EQ(ready->case_reference + ready->return_code, "");
}

TEST_F(SentFilings, BegunAgainItIsTheSameAndLeavesNoSecondRecord) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  const auto one = begin(filing);
  const auto two = begin(filing);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->key, two->key);
  EXPECT_EQ(one->bytes, two->bytes);
  EXPECT_EQ(world.count(reference, "filing_sent"), 1);
  const auto elsewhere = begin(filing, {"https://other.example:8443"});
  ASSERT_TRUE(elsewhere);
  EXPECT_NE(elsewhere->key, one->key);
  EXPECT_EQ(world.count(reference, "filing_sent"), 2);
  draft("eu-cra/early_warning", {{"vulnerability", "yes"}, {"member_states", "DE"}});
  const auto changed = begin(filing, {"https://other.example:8443"});
  ASSERT_TRUE(changed);
  EXPECT_NE(changed->key, elsewhere->key) << "other bytes are another thing";
  EXPECT_EQ(world.count(reference, "filing_sent"), 3);
}

TEST_F(SentFilings, WhatWasAnsweredMeetsTheDutyAndLiesSealed) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  EXPECT_EQ(code_of(answer(filing)), Code::conflict) << "it was not sent";
  EXPECT_EQ(code_of(sent_filing(world.app(), as("vera"), filing)), Code::not_found);
  ASSERT_TRUE(begin(filing));
  const auto waiting = sent_filing(world.app(), as("vera"), filing);
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->to, kThere);
  EXPECT_EQ(waiting->answered.case_reference, "");
  const auto done = answer(filing);
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(world.count(reference, "filing"), 1);
  const auto sent = sent_filing(world.app(), as("vera"), filing);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->answered.case_reference, "CASE-1");
  EXPECT_EQ(sent->answered.receipt_id, "receipt-1");
  EXPECT_EQ(sent->answered.promise, "a promise");
  EXPECT_EQ(sent->answered.return_code, "zqcode");
  EXPECT_FALSE(database_holds("zqcode"));
  EXPECT_FALSE(database_holds(kThere)) << "whom it was told stands in the sealed event alone";
  EXPECT_EQ(code_of(begin(filing)), Code::conflict) << "it is submitted";
  ASSERT_TRUE(world.db().execute([](store::Tx& tx) {
    return tx.run("UPDATE filing_sent SET sealed = (SELECT sealed FROM stage_filing)", {});
  }));
  EXPECT_EQ(code_of(sent_filing(world.app(), as("vera"), filing)), Code::corrupt)
      << "what is sealed for one place is nothing in another";
  for (const char* other : {"ven", "cora", "rita"}) {
    EXPECT_FALSE(sent_filing(world.app(), as(other), filing)) << other;
    EXPECT_FALSE(begin(filing, {kThere}, other)) << other;
  }
}

TEST_F(SentFilings, AnAnswerIsToWhatWasSentAndToNoLaterDraft) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  ASSERT_TRUE(begin(filing));
  draft("eu-cra/early_warning", {{"vulnerability", "yes"}, {"member_states", "DE"}});
  EXPECT_EQ(code_of(answer(filing)), Code::conflict);
  EXPECT_EQ(world.count(reference, "filing"), 0);
  EXPECT_EQ(sent_filing(world.app(), as("vera"), filing)->answered.case_reference, "");
  ASSERT_TRUE(begin(filing));
  EXPECT_TRUE(answer(filing));
}

TEST_F(SentFilings, AnAnswerIsOneOfAWeir) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  ASSERT_TRUE(begin(filing));
  for (const Answered& none :
       {Answered{}, Answered{"CASE-1", "", ""}, Answered{"", "receipt", ""},
        Answered{"CASE-1", "receipt", std::string(kMaxAnsweredBytes + 1, 'x')},
        Answered{"CASE-1\xff", "receipt", ""}, Answered{"CASE-1", "receipt", "", "\xff"}}) {
    EXPECT_EQ(code_of(answer(filing, none)), Code::invalid);
  }
  EXPECT_EQ(
      code_of(submit_filing(world.app(), laws(), as("vera"), filing, {.channel = Channel::weir})),
      Code::invalid)
      << "without one";
  EXPECT_EQ(code_of(submit_filing(world.app(), laws(), as("vera"), filing,
                                  {.channel = Channel::form, .answered = kAnswer})),
            Code::invalid);
  EXPECT_EQ(world.count(reference, "filing"), 0);
  EXPECT_TRUE(answer(filing)) << "nothing was lost";
}

TEST_F(SentFilings, ALaterStageGoesToTheSameCase) {
  const std::string first = draft("eu-cra/early_warning", kWarning);
  ASSERT_TRUE(begin(first));
  ASSERT_TRUE(answer(first));
  const std::string second = draft("eu-cra/notification", kNotification);
  const auto there = begin(second);
  ASSERT_TRUE(there) << said(there);
  EXPECT_EQ(there->case_reference, "CASE-1");
  EXPECT_EQ(there->return_code, "zqcode");
  const auto elsewhere = begin(second, {"https://other.example"});
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->case_reference, "") << "that Weir has no case of it";
  ASSERT_TRUE(begin(second));
  ASSERT_TRUE(answer(second, {"CASE-1", "receipt-2", "a promise", ""}));
  EXPECT_EQ(sent_filing(world.app(), as("vera"), second)->answered.return_code, "zqcode")
      << "the first one's goes on";
}

TEST_F(SentFilings, GoesToAnAddressOfAWeirAlone) {
  const std::string filing = draft("eu-cra/early_warning", kWarning);
  for (const char* address :
       {"", "weir.example", "ftp://weir.example", "http://weir.example", "https://",
        "https://weir.example/path", "https://user@weir.example", "https://weir.example?x",
        "https://weir.example#x", "https://WEIR.example", "https://weir .example",
        "http://127.0.0.1.example", "http://localhost.example", "https://:443", "http://[::1"}) {
    const auto refused = begin(filing, {address});
    EXPECT_EQ(code_of(refused), Code::invalid) << address;
    EXPECT_EQ(refused ? "" : refused.error().where, "to") << address;
  }
  EXPECT_EQ(code_of(begin(filing, {"https://" + std::string(kMaxWeirAddressBytes, 'a')})),
            Code::invalid);
  EXPECT_EQ(world.count(reference, "filing_sent"), 0);
  for (const char* address : {"https://weir.example", "https://weir.example:8443",
                              "https://192.0.2.1", "https://[2001:db8::1]:8443",
                              "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"}) {
    EXPECT_TRUE(begin(filing, {address})) << address;
  }
}

TEST_F(SentFilings, HoldsWhatASubmissionHolds) {
  const std::string lacking = draft("eu-cra/early_warning", {{"vulnerability", "yes"}});
  const auto refused = begin(lacking);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/member_states");
  std::vector<FieldValue> much = kNotification;
  much[1].level = Level::technical;
  const std::string more = draft("eu-cra/notification", much);
  const auto unnamed = begin(more);
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().where, "/nature");
  EXPECT_EQ(world.count(reference, "filing_sent"), 0) << "what is refused was not given to anybody";
  EXPECT_TRUE(begin(more, {kThere, {}, {"nature"}}));
}

TEST_F(SentFilings, ACopyForOneRecipientIsWhatGoes) {
  std::vector<FieldValue> values = kNotification;
  values.push_back({"exceptional_circumstances", "zqgrounds"});
  const std::string filing = draft("eu-cra/notification", values);
  const auto copy = begin(filing, {kThere, "ENISA", {"exceptional_circumstances"}});
  ASSERT_TRUE(copy) << said(copy);
  EXPECT_NE(copy->bytes.find("zqnature"), std::string::npos);
  EXPECT_EQ(copy->bytes.find("block the port"), std::string::npos);
  EXPECT_EQ(copy->bytes.find("zqgrounds"), std::string::npos);
  EXPECT_EQ(value_of(sent_event(), "filing_recipient"), "ENISA");
  EXPECT_EQ(code_of(begin(filing, {kThere, "MIIT NVDB", {"exceptional_circumstances"}})),
            Code::not_found);
}

TEST_F(SentFilings, ALawThatForbidsItKeepsItHere) {
  const std::string other = aware("ven");  // ACME sells in China too
  const std::string filing = draft("eu-cra/early_warning", kWarning, "ven");
  EXPECT_EQ(code_of(begin(filing, {kThere}, "ven")), Code::conflict);
  EXPECT_EQ(world.count(other, "filing_sent"), 0);
}

// --- the authority's side

class ReceivedFilings : public SentFilings {
 protected:
  void SetUp() override {
    SentFilings::SetUp();
    first = begin(draft("eu-cra/early_warning", kWarning))->bytes;
    second = begin(draft("eu-cra/notification", kNotification))->bytes;
  }
  Result<Receipted> file(const std::string& bytes, const Actor& actor = {}) {
    return file_report(world.app(), actor, {bytes, {}});
  }
  /// How often the authority has been told in that case, by its own clock.
  int told(const std::string& there) { return world.count(there, "fact_entered"); }
  std::string first;
  std::string second;
};

TEST_F(ReceivedFilings, OpenACaseAndTheAuthoritysClock) {
  const auto filed = file(first);
  ASSERT_TRUE(filed) << said(filed);
  EXPECT_FALSE(filed->return_code.empty());
  EXPECT_EQ(told(filed->case_reference), 1);
  world.work("cora", filed->case_reference);
  const auto handler = world.read("cora", filed->case_reference);
  ASSERT_TRUE(handler);
  EXPECT_TRUE(shows(*handler, "DE, FR"));
  EXPECT_TRUE(shows(*handler, "eu-cra/early_warning"));
  EXPECT_NE(states("cora").find("eu-cra-csirt/disseminate"), std::string::npos)
      << "its own clock has begun: " << states("cora");
  const std::string report = world.report("rita");
  EXPECT_EQ(told(report), 0) << "a report is no filing";
}

TEST_F(ReceivedFilings, ALaterStageFollowsByTheReturnCodeAlone) {
  const auto filed = file(first);
  const auto other = file(first);
  ASSERT_TRUE(filed && other);
  const std::string& there = filed->case_reference;
  const auto by = [&](const Actor& actor) {
    return code_of(receive_filing(world.app(), actor, there, second));
  };
  EXPECT_EQ(by(with_code(other->return_code)), Code::not_found);
  EXPECT_EQ(by({}), Code::not_found);
  EXPECT_EQ(by(as("otto")), Code::not_found);
  world.work("cora", there);
  world.add_vendor(there, "ACME");
  EXPECT_EQ(by(as("cora")), Code::denied) << "who handles it writes messages";
  EXPECT_EQ(by(as("ven")), Code::denied);
  const int before = told(there);
  const auto done = receive_filing(world.app(), with_code(filed->return_code), there, second);
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(done->case_reference, there);
  EXPECT_EQ(done->return_code, "");
  EXPECT_EQ(told(there), before + 1);
  EXPECT_EQ(world.number("SELECT level FROM item WHERE kind = 'filing'"),
            static_cast<std::int64_t>(Level::advisory))
      << "that of its most detailed field";
  EXPECT_EQ(world.count(there, "filing"), 1);
  ASSERT_TRUE(world.seal());
  const auto receipt = fetch_receipt(world.app(), done->receipt_id);
  ASSERT_TRUE(receipt) << said(receipt);
  const custody::Pinned pinned{merkle::VerifierKey::parse(world.vkey()).value(),
                               merkle::Policy::parse("quorum none\n").value()};
  EXPECT_EQ(custody::verify_receipt(*receipt, pinned, second)->body, custody::Body::is_content);
  EXPECT_EQ(custody::verify_receipt(*receipt, pinned, first)->body, custody::Body::differs);
  EXPECT_TRUE(shows(*world.read("cora", there), "zqnature"));
  EXPECT_TRUE(shows(*world.read(with_code(filed->return_code), there), "zqnature"));
  EXPECT_FALSE(shows(*world.read("ven", there), "zqnature")) << "it is for the authority";
  EXPECT_FALSE(database_holds("zqnature"));
}

TEST_F(ReceivedFilings, ARepeatedCallIsOneFiling) {
  const auto filed = file(first);
  ASSERT_TRUE(filed);
  Terms terms;
  terms.key = "k-0123456789-0123456789";
  terms.route = "POST /filings";
  terms.body = sha256(second);
  const Actor again = with_code(filed->return_code).with(terms);
  const auto one = receive_filing(world.app(), again, filed->case_reference, second);
  const auto two = receive_filing(world.app(), again, filed->case_reference, second);
  ASSERT_TRUE(one && two) << said(two);
  EXPECT_EQ(one->receipt_id, two->receipt_id);
  EXPECT_EQ(one->promise, two->promise);
  EXPECT_EQ(two->case_reference, filed->case_reference);
  EXPECT_EQ(world.count(filed->case_reference, "filing"), 1);
  EXPECT_EQ(told(filed->case_reference), 2);
}

TEST_F(ReceivedFilings, WhatIsNoneChangesNothing) {
  const auto filed = file(first);
  ASSERT_TRUE(filed);
  format::FilingDocument nameless = *format::parse_filing(second);
  nameless.title = "";
  for (const std::string& bytes :
       {format::write_filing(nameless), std::string("{}"), std::string(),
        second.substr(0, second.size() - 1), report_bytes({.word = "report"}),
        std::string(kMaxFilingBytes + 1, ' ') + second}) {
    EXPECT_EQ(code_of(receive_filing(world.app(), with_code(filed->return_code),
                                     filed->case_reference, bytes)),
              Code::invalid);
  }
  EXPECT_EQ(world.count(filed->case_reference, "filing"), 0);
  EXPECT_EQ(told(filed->case_reference), 1);
}

}  // namespace
}  // namespace weir::app
