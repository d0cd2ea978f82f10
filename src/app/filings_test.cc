// Filings: least detail, what stands against one, who reads it, and what the ledger says of it.
#include "app/filings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/clocks_world.h"
#include "app/filing_rows.h"
#include "app/law_conflicts.h"

namespace weir::app {
namespace {

using deadline::State;
using policy::Fact;
using std::chrono::hours;
using Channel = Submission::Channel;

class Filings : public ClocksWorld {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    // BETA sells in the EU alone: no law forbids it anything.
    reference = aware("vera");
  }
  Result<std::string> draft(const std::string& stage, const std::vector<FieldValue>& values,
                            const std::string& handle = "vera") {
    return save_draft(world.app(), laws(), as(handle), obligation(handle, stage), values);
  }
  Result<Submitted> submit(const std::string& filing, const Submission& how = {},
                           const std::string& handle = "vera") {
    return submit_filing(world.app(), laws(), as(handle), filing, how);
  }
  State state(const std::string& stage, const std::string& handle = "vera") {
    BoardFilter all;
    all.which = BoardFilter::Which::all;
    for (const BoardRow& row : rows(handle, all)) {
      if (row.regime + "/" + row.stage == stage) {
        return row.state;
      }
    }
    return State::not_triggered;
  }
  std::string reference;
};

const std::vector<FieldValue> kWarning = {{"vulnerability", "yes"}, {"member_states", "DE, FR"}};
const std::vector<FieldValue> kNotification = {{"product", "Router OS zqproduct"},
                                               {"nature", "overflow zqnature"},
                                               {"measures_taken", "none yet"},
                                               {"user_measures", "block the port"},
                                               {"sensitivity", "high"}};

TEST_F(Filings, AFormHasTheAuthoritysOrderAndWhatIsKnown) {
  const auto form =
      stage_form(world.app(), laws(), as("vera"), obligation("vera", "eu-cra/early_warning"));
  ASSERT_TRUE(form) << said(form);
  ASSERT_EQ(form->document.fields.size(), 2u);
  EXPECT_EQ(form->document.fields[0].name, "vulnerability");
  EXPECT_NE(form->document.fields[0].value.find(to_rfc3339(kHour)), std::string::npos);
  EXPECT_EQ(form->document.fields[1].value, "EU") << "where its profile says it sells";
  EXPECT_EQ(form->sources, (std::vector<std::string>{"fact", "profile"}));
  EXPECT_TRUE(form->missing.empty());
  EXPECT_EQ(level_of(form->document), Level::notice) << "the least that discharges the duty";
}

TEST_F(Filings, AStageThatIsNoFilingHasNoForm) {
  EXPECT_EQ(code_of(stage_form(world.app(), laws(), as("vera"),
                               obligation("vera", "eu-cra/inform_users"))),
            Code::invalid);
  EXPECT_EQ(code_of(draft("eu-cra/inform_users", {})), Code::invalid);
}

TEST_F(Filings, SubmittedInTimeItMeetsTheDutyAndTheLedgerSaysSo) {
  const auto filing = draft("eu-cra/early_warning", kWarning);
  ASSERT_TRUE(filing) << said(filing);
  EXPECT_EQ(world.count(reference, "filing"), 0) << "a draft is nobody else's affair";
  const auto done = submit(*filing);
  ASSERT_TRUE(done) << said(done);
  EXPECT_FALSE(done->promise.empty());
  EXPECT_EQ(state("eu-cra/early_warning"), State::met);
  EXPECT_EQ(world.count(reference, "filing"), 1);
  ASSERT_TRUE(world.seal());
  EXPECT_TRUE(fetch_receipt(world.app(), done->receipt_id));
  const auto bytes = export_filing(world.app(), laws(), as("vera"), *filing, FilingFormat::json);
  ASSERT_TRUE(bytes) << said(bytes);
  const ledger::StoredEvent event = [&] {
    for (const ledger::StoredEvent& one : world.events(reference)) {
      if (one.type == "filing") {
        return one;
      }
    }
    return ledger::StoredEvent();
  }();
  const auto value = [&](std::string_view name) {
    const auto found = std::ranges::find(event.fields, name, &custody::Field::name);
    return found == event.fields.end() ? std::string() : std::string(found->value.as_string());
  };
  const auto salt = Digest::from(*from_base64(value("content_salt")));
  ASSERT_TRUE(salt);
  EXPECT_EQ(value("content"), to_base64(custody::content_digest(*salt, *bytes)))
      << "the event commits to these very bytes";
  EXPECT_EQ(value("stage"), "early_warning");
}

TEST_F(Filings, LateItMeetsItLate) {
  const auto filing = draft("eu-cra/early_warning", kWarning);
  world.clock.advance(hours(26));
  ASSERT_TRUE(submit(*filing));
  EXPECT_EQ(state("eu-cra/early_warning"), State::met_late);
}

TEST_F(Filings, HandedOverEarlierElsewhereCountsFromThen) {
  const auto filing = draft("eu-cra/early_warning", kWarning);
  world.clock.advance(hours(30));
  EXPECT_EQ(code_of(submit(*filing, {.at = to_rfc3339(world.clock.now() + hours(1))})),
            Code::invalid)
      << "not in the future";
  EXPECT_EQ(code_of(submit(*filing, {.channel = Channel::platform, .at = to_rfc3339(kHour)})),
            Code::invalid)
      << "here it is handed over now";
  ASSERT_TRUE(submit(*filing, {.at = to_rfc3339(kHour + hours(2))}));
  EXPECT_EQ(state("eu-cra/early_warning"), State::met);
}

TEST_F(Filings, WhatTheLawDemandsMustBeThereAndMoreMustBeNamed) {
  const auto filing = draft("eu-cra/early_warning", {{"vulnerability", "yes"}});
  ASSERT_TRUE(filing);
  const auto lacking = submit(*filing);
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().where, "/member_states");
  std::vector<FieldValue> much = kNotification;
  much[1].level = Level::technical;
  much.push_back({"exceptional_circumstances", "one Member State"});
  const auto more = draft("eu-cra/notification", much);
  ASSERT_TRUE(more) << said(more);
  const auto unnamed = submit(*more);
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().where, "/nature");
  const auto half = submit(*more, {.beyond = {"nature"}});
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().where, "/exceptional_circumstances");
  EXPECT_FALSE(submit(*more, {.beyond = {"nature", "exceptional_circumstances", "product"}}))
      << "product gives no more than is demanded";
  EXPECT_TRUE(submit(*more, {.beyond = {"nature", "exceptional_circumstances"}}));
}

TEST_F(Filings, ExceptionalCircumstancesWithholdFromTheSecondBody) {
  std::vector<FieldValue> values = kNotification;
  values.push_back({"exceptional_circumstances", "zqgrounds"});
  const auto filing = draft("eu-cra/notification", values);
  const auto csirt = export_filing(world.app(), laws(), as("vera"), *filing, FilingFormat::json,
                                   "CSIRT designated as coordinator");
  const auto enisa =
      export_filing(world.app(), laws(), as("vera"), *filing, FilingFormat::html, "ENISA");
  ASSERT_TRUE(csirt && enisa) << said(enisa);
  EXPECT_NE(csirt->find("block the port"), std::string::npos);
  EXPECT_NE(enisa->find("zqproduct"), std::string::npos);
  EXPECT_NE(enisa->find("zqnature"), std::string::npos);
  EXPECT_EQ(enisa->find("block the port"), std::string::npos);
  EXPECT_EQ(enisa->find("zqgrounds"), std::string::npos) << "that there are grounds, not which";
  EXPECT_NE(enisa->find("exceptional_circumstances"), std::string::npos);
  EXPECT_EQ(code_of(export_filing(world.app(), laws(), as("vera"), *filing, FilingFormat::csv,
                                  "MIIT NVDB")),
            Code::not_found);
}

TEST_F(Filings, TheNextStageKnowsWhatWasFiledBefore) {
  const auto first = draft("eu-cra/notification", kNotification);
  ASSERT_TRUE(submit(*first));
  ASSERT_TRUE(enter("vera", reference, "interim_requested", hours(0)));
  const auto form =
      stage_form(world.app(), laws(), as("vera"), obligation("vera", "eu-cra/early_warning"));
  ASSERT_TRUE(form) << said(form);
  EXPECT_EQ(form->sources[0], "fact") << "the notification did not give it";
  const auto again =
      stage_form(world.app(), laws(), as("vera"), obligation("vera", "eu-cra/notification"));
  EXPECT_EQ(again->document.fields[0].value, "Router OS zqproduct");
  EXPECT_EQ(again->sources[0], "notification");
}

TEST_F(Filings, ADraftIsReplacedKeepsItsReferenceAndIsSealed) {
  const auto one = draft("eu-cra/notification", kNotification);
  std::vector<FieldValue> other = kNotification;
  other[0].value = "Switch OS";
  const auto two = draft("eu-cra/notification", other);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*one, *two);
  EXPECT_EQ(show_filing(world.app(), laws(), as("vera"), *two)->fields[0].value, "Switch OS");
  EXPECT_FALSE(database_holds("zqproduct"));
  EXPECT_FALSE(database_holds("zqnature"));
  ASSERT_TRUE(submit(*two));
  EXPECT_EQ(code_of(submit(*two)), Code::conflict) << "once";
  const auto next = draft("eu-cra/notification", kNotification);
  ASSERT_TRUE(next);
  EXPECT_NE(*next, *two) << "what was submitted never changes";
}

TEST_F(Filings, WhatCannotBeInAFormIsRefusedWithItsPlace) {
  const auto where = [&](const std::vector<FieldValue>& values) {
    const auto refused = draft("eu-cra/notification", values);
    return refused ? std::string("kept") : refused.error().where;
  };
  EXPECT_EQ(where({{"colour", "red"}}), "/colour");
  EXPECT_EQ(where({{"product", "a"}, {"product", "b"}}), "/product");
  EXPECT_EQ(where({{"product", std::string(kMaxFieldBytes + 1, 'x')}}), "/product");
  EXPECT_EQ(where({{"product", "bell \x07"}}), "/product");
  EXPECT_EQ(where({{"nature", "x", Level::notice}}), "/nature") << "below the least";
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM stage_filing"), 0);
}

TEST_F(Filings, OnThisPlatformTheHandlerReadsItAndNobodyElse) {
  const auto filing = draft("eu-cra/notification", kNotification);
  ASSERT_TRUE(submit(*filing, {.channel = Channel::platform}));
  EXPECT_EQ(code_of(world.read("otto", reference)), Code::not_found);
  const auto queue_only = world.read("dan", reference);
  EXPECT_FALSE(queue_only && shows(*queue_only, "zqnature"));
  world.work("cora", reference);
  world.add_vendor(reference, "ACME");
  const auto handler = world.read("cora", reference);
  ASSERT_TRUE(handler) << said(handler);
  EXPECT_TRUE(shows(*handler, "zqnature"));
  EXPECT_EQ(world.count(reference, "access"), 1);
  const auto other = world.read("ven", reference);
  ASSERT_TRUE(other);
  EXPECT_FALSE(shows(*other, "zqnature")) << "a filing is for the authority";
  EXPECT_EQ(states("cora"), "eu-cra-csirt/disseminate running") << "its own clock has begun";
  EXPECT_EQ(code_of(show_filing(world.app(), laws(), as("cora"), *filing)), Code::not_found);
  EXPECT_EQ(said(show_filing(world.app(), laws(), as("ven"), *filing)),
            said(show_filing(world.app(), laws(), as("ven"), "nosuchfiling")));
}

TEST_F(Filings, AReleaseDoesNotTakeAFilingAlong) {
  const auto filing = draft("eu-cra/notification", kNotification);
  ASSERT_TRUE(submit(*filing, {.channel = Channel::platform}));
  world.work("cora", reference);
  ASSERT_TRUE(world.by_two("dan", [&] {
    return decide_release(world.app(), as("cora"), reference,
                          {Level::advisory, {"CERT"}, "article 16"});
  }));
  for (const CaseView& one : *world.pull("cert")) {
    EXPECT_FALSE(shows(one, "zqnature"));
  }
}

TEST_F(Filings, AnAcknowledgementIsRecordedByHandOnce) {
  const auto filing = draft("eu-cra/early_warning", kWarning);
  const Acknowledgement answer{"SRP-17", to_rfc3339(kHour), "received"};
  EXPECT_EQ(code_of(acknowledge_filing(world.app(), as("vera"), *filing, answer)), Code::conflict)
      << "nothing was submitted yet";
  ASSERT_TRUE(submit(*filing));
  EXPECT_EQ(code_of(acknowledge_filing(world.app(), as("vera"), *filing,
                                       {"SRP-17", to_rfc3339(kHour + hours(9)), ""})),
            Code::invalid);
  const auto done = acknowledge_filing(world.app(), as("vera"), *filing, answer);
  ASSERT_TRUE(done) << said(done);
  EXPECT_EQ(code_of(acknowledge_filing(world.app(), as("vera"), *filing, answer)), Code::conflict);
  const auto all = filings(world.app(), as("vera"), reference);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(name(all->front().state), "acknowledged");
  EXPECT_FALSE(database_holds("SRP-17"));
  EXPECT_TRUE(filings(world.app(), as("ven"), reference)->empty());
}

// --- conflicts of laws

class LawConflicts : public Filings {
 protected:
  void SetUp() override {
    ClocksWorld::SetUp();
    ASSERT_TRUE(add_user(world.app(), as("ada"), {"val", "ACME", {policy::Role::recipient}}));
    reference = aware("ven");  // ACME sells in the EU and in China
  }
  ConflictView conflict() {
    const auto all = law_conflicts(world.app(), laws(), as("ven"), reference);
    EXPECT_TRUE(all) << said(all);
    for (const ConflictView& one : *all) {
      if (one.demands.what == "early_warning") {
        return one;
      }
    }
    ADD_FAILURE() << "no conflict about the early warning";
    return {};
  }
  Status decide(Choice choice, const std::string& handle = "ven") {
    return decide_conflict(world.app(), laws(), as(handle), reference,
                           {conflict().conflict, choice, "zqcounsel says so"});
  }
};

TEST_F(LawConflicts, AreShownSideBySideWithTheirClauses) {
  const ConflictView one = conflict();
  EXPECT_EQ(one.forbids.regime, "cn-rmsv");
  EXPECT_EQ(one.forbids.citation.clause, "Art. 9(7)");
  EXPECT_EQ(one.demands.regime, "eu-cra");
  EXPECT_EQ(one.recipients, (std::vector<std::string>{"CSIRT designated as coordinator", "ENISA"}));
  EXPECT_EQ(one.choice, Choice::open);
  EXPECT_EQ(one.due, kHour + hours(24));
}

TEST_F(LawConflicts, NothingIsSubmittedBeforeTwoPeopleHaveDecided) {
  const auto filing = draft("eu-cra/early_warning", kWarning, "ven");
  ASSERT_TRUE(filing) << said(filing);
  EXPECT_EQ(code_of(submit(*filing, {}, "ven")), Code::conflict);
  ASSERT_TRUE(decide(Choice::file));
  EXPECT_EQ(code_of(submit(*filing, {}, "ven")), Code::conflict) << "one person is not two";
  const std::string which = conflict().conflict;
  EXPECT_EQ(code_of(confirm_conflict(world.app(), as("ven"), reference, which, Choice::file)),
            Code::denied);
  EXPECT_EQ(code_of(confirm_conflict(world.app(), as("val"), reference, which, Choice::withhold)),
            Code::conflict)
      << "that was not decided";
  EXPECT_EQ(code_of(confirm_conflict(world.app(), as("vera"), reference, which, Choice::file)),
            Code::not_found);
  ASSERT_TRUE(confirm_conflict(world.app(), as("val"), reference, which, Choice::file));
  EXPECT_EQ(conflict().confirmed_by, "val");
  EXPECT_EQ(conflict().ground, "zqcounsel says so");
  ASSERT_TRUE(submit(*filing, {}, "ven"));
  EXPECT_EQ(world.count(reference, "law_conflict_decided"), 1);
  EXPECT_EQ(world.count(reference, "law_conflict_confirmed"), 1);
  EXPECT_FALSE(database_holds("zqcounsel"));
}

TEST_F(LawConflicts, DecidedAgainstTellingTheStageStaysDue) {
  const auto filing = draft("eu-cra/early_warning", kWarning, "ven");
  ASSERT_TRUE(decide(Choice::withhold));
  ASSERT_TRUE(
      confirm_conflict(world.app(), as("val"), reference, conflict().conflict, Choice::withhold));
  EXPECT_EQ(code_of(submit(*filing, {}, "ven")), Code::conflict);
  world.clock.advance(hours(26));
  EXPECT_EQ(state("eu-cra/early_warning", "ven"), State::overdue) << "no law was waived by it";
  ASSERT_TRUE(decide(Choice::file));
  EXPECT_EQ(conflict().confirmed_by, "") << "deciding again needs a confirmation again";
  EXPECT_EQ(code_of(submit(*filing, {}, "ven")), Code::conflict);
}

TEST_F(LawConflicts, TheOtherLawsOwnReportIsFree) {
  const auto filing = draft("cn-rmsv/report",
                            {{"product", "p"},
                             {"model", "m"},
                             {"affected_versions", "v"},
                             {"technical_characteristics", "t"},
                             {"harm", "h"},
                             {"scope", "s"}},
                            "ven");
  ASSERT_TRUE(filing) << said(filing);
  EXPECT_TRUE(submit(*filing, {.channel = Channel::file}, "ven"));
}

TEST_F(LawConflicts, AreDecidedWithAGroundAndByWhoMayKnowTheCase) {
  const std::string which = conflict().conflict;
  EXPECT_EQ(code_of(decide_conflict(world.app(), laws(), as("ven"), reference,
                                    {which, Choice::file, ""})),
            Code::invalid);
  EXPECT_EQ(code_of(decide_conflict(world.app(), laws(), as("ven"), reference,
                                    {which, Choice::open, "x"})),
            Code::invalid);
  EXPECT_EQ(code_of(decide_conflict(world.app(), laws(), as("ven"), reference,
                                    {"nosuch", Choice::file, "x"})),
            Code::not_found);
  for (const Actor& who : {as("otto"), as("vera"), as("")}) {
    EXPECT_EQ(said(law_conflicts(world.app(), laws(), who, reference)),
              said(law_conflicts(world.app(), laws(), who, "nosuchcase")));
    EXPECT_EQ(
        said(decide_conflict(world.app(), laws(), who, reference, {which, Choice::file, "x"})),
        said(decide_conflict(world.app(), laws(), who, "nosuchcase", {which, Choice::file, "x"})));
  }
}

// --- documents

TEST(FilingDocuments, AreWrittenAndReadBackTheSame) {
  const auto stage = find_stage(laws(), "eu-cra", "2026-09-11", "notification");
  auto document = make_document(deadline::stage_of(laws().rules, *stage), kNotification);
  ASSERT_TRUE(document) << said(document);
  EXPECT_EQ(given(*document).size(), 5u);
  EXPECT_TRUE(missing(*document).empty());
  EXPECT_TRUE(beyond(*document).empty());
  const std::string bytes = write_filing(*document);
  const auto again = parse_filing(bytes);
  ASSERT_TRUE(again) << said(again);
  EXPECT_EQ(write_filing(*again), bytes);
  for (const char* wrong : {"", "{}", R"({"format":"weir-filing/v2"})"}) {
    EXPECT_EQ(code_of(parse_filing(wrong)), Code::invalid) << wrong;
  }
}

TEST(FilingDocuments, ValuesAreReadWithTheirPlace) {
  const auto values = parse_values(R"({"a":"x","b":{"value":"y","level":"technical"}})");
  ASSERT_TRUE(values) << said(values);
  EXPECT_EQ((*values)[1].level, Level::technical);
  const auto where = [](const char* text) {
    const auto refused = parse_values(text);
    return refused ? std::string("read") : refused.error().where;
  };
  EXPECT_EQ(where(R"({"a":1})"), "/a");
  EXPECT_EQ(where(R"({"a":{"value":"y","level":"loud"}})"), "/a/level");
  EXPECT_EQ(where(R"({"a":{"value":"y","level":"notice","more":1}})"), "/a/more");
  EXPECT_EQ(where(R"([])"), "#");
}

TEST(FilingDocuments, NoValueBreaksOutOfCsvOrHtml) {
  FilingDocument document;
  document.title = "<b>";
  document.fields = {
      {"f", "A \"label\"", Level::notice, Level::notice, true, "=cmd|'x'</textarea><script>"}};
  const std::string csv = filing_csv(document);
  EXPECT_NE(csv.find("\"A \"\"label\"\"\""), std::string::npos);
  EXPECT_NE(csv.find("\"'=cmd"), std::string::npos) << "no formula";
  for (const Page page : {Page::print, Page::copy}) {
    const std::string page_text = filing_html(document, page);
    EXPECT_EQ(page_text.find("<script>"), std::string::npos);
    EXPECT_EQ(page_text.find("<b>"), std::string::npos);
    EXPECT_NE(page_text.find("&lt;script&gt;"), std::string::npos);
  }
}

TEST(FilingDocuments, ACopyForARecipientThatIsNoneIsRefused) {
  const auto stage = find_stage(laws(), "eu-cra", "2026-09-11", "notification");
  const deadline::Stage& cra = deadline::stage_of(laws().rules, *stage);
  const auto document = make_document(cra, kNotification);
  EXPECT_EQ(code_of(for_recipient(cra, *document, "Somebody")), Code::not_found);
  const auto whole = for_recipient(cra, *document, "ENISA");
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->withheld.empty()) << "no exceptional circumstances, nothing withheld";
}

TEST(FilingDocument, IsPrintedAsPdfWithAllThatStandsInIt) {
  FilingDocument document;
  document.title = "Early warning";
  document.filing = "abc";
  document.fields = {{"nature", "Nature", Level::advisory, Level::advisory, true, "overflow"}};
  const auto small = filing_pdf(document, kHour);
  ASSERT_TRUE(small) << said(small);
  EXPECT_TRUE(small->starts_with("%PDF-"));
  EXPECT_EQ(*small, *filing_pdf(document, kHour));
  document.fields[0].value = std::string(kMaxFieldBytes, '\n');
  EXPECT_EQ(code_of(filing_pdf(document, kHour)), Code::invalid) << "more than 200 pages";
  document.fields[0].value = "\xf3\xb0\x80\x80";
  EXPECT_EQ(code_of(filing_pdf(document, kHour)), Code::unavailable) << "no font has it";
}

}  // namespace
}  // namespace weir::app
