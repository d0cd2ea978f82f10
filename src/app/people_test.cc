// Organisations, users, agreements, and a report coming in.
#include <gtest/gtest.h>

#include "app/world.h"
#include "base/bytes.h"
#include "custody/custody.h"
#include "merkle/merkle.h"

namespace weir::app {
namespace {

using policy::Fact;

class People : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.create());
    const Status founded = world.found();
    ASSERT_TRUE(founded) << said(founded);
  }
  void TearDown() override { world.check(); }
  World world;
};

TEST_F(People, ThePlatformIsFoundedOnce) {
  const Status again = found_platform(
      world.app(), {.name = "Other", .organisation_class = "authority", .country = "XX"}, "eve");
  EXPECT_EQ(code_of(again), Code::conflict);
}

TEST_F(People, OnlyTheAuthoritysAdministratorsKeepThem) {
  for (const char* handle : {"cora", "rita", "cert", "ven", ""}) {
    App& app = world.app();
    const Actor actor = as(handle);
    const NewOrganisation one{.name = "New", .organisation_class = "vendor", .country = "XX"};
    EXPECT_EQ(code_of(add_organisation(app, actor, one)), Code::denied) << handle;
    EXPECT_EQ(code_of(add_user(app, actor, {"new", "ACME", {policy::Role::administrator}})),
              Code::denied);
    EXPECT_EQ(code_of(set_suspended(app, actor, "ACME", Fact::yes)), Code::denied);
    EXPECT_EQ(code_of(set_barred(app, actor, "ven", Fact::yes)), Code::denied);
    EXPECT_EQ(code_of(set_bound(app, actor, "Bound Partner", Fact::no)), Code::denied);
    EXPECT_EQ(code_of(agree(app, actor, "Outsider", Level::exploit)), Code::denied);
    EXPECT_EQ(code_of(end_agreement(app, actor, "CERT")), Code::denied);
    EXPECT_EQ(code_of(organisations(app, actor)), Code::denied);
    EXPECT_EQ(code_of(open_cover(app, actor)), Code::denied);
  }
  EXPECT_EQ(organisations(world.app(), as("ada"))->size(), 8u);
}

TEST_F(People, AnAdministratorsRoleInAnotherOrganisationIsNone) {
  ASSERT_TRUE(add_user(world.app(), as("ada"),
                       {"vic", "ACME", {policy::Role::administrator, policy::Role::coordinator}}));
  EXPECT_EQ(code_of(organisations(world.app(), as("vic"))), Code::denied);
  EXPECT_EQ(code_of(queue(world.app(), as("vic"))), Code::denied);
  EXPECT_EQ(code_of(waiting(world.app(), as("vic"))), Code::denied);
}

TEST_F(People, WrongWordsAreRefused) {
  const auto add = [&](const char* name, const char* kind, const char* country) {
    return code_of(add_organisation(
        world.app(), as("ada"), {.name = name, .organisation_class = kind, .country = country}));
  };
  EXPECT_EQ(add("", "vendor", "XX"), Code::invalid);
  EXPECT_EQ(add("\xff", "vendor", "XX"), Code::invalid);
  EXPECT_EQ(add(std::string(201, 'x').c_str(), "vendor", "XX"), Code::invalid);
  EXPECT_EQ(add(std::string(200, 'x').c_str(), "vendor", "XX"), std::nullopt);
  EXPECT_EQ(add("A", "friend", "XX"), Code::invalid);
  EXPECT_EQ(add("A", "vendor", "xx"), Code::invalid);
  EXPECT_EQ(add("A", "vendor", "XXX"), Code::invalid);
  EXPECT_EQ(add("ACME", "vendor", "XX"), Code::conflict) << "there is one of this name";
  const auto user = [&](const std::string& handle, const char* organisation) {
    return code_of(
        add_user(world.app(), as("ada"), {handle, organisation, {policy::Role::recipient}}));
  };
  EXPECT_EQ(user("", "ACME"), Code::invalid);
  EXPECT_EQ(user("Ada", "ACME"), Code::invalid);
  EXPECT_EQ(user("a b", "ACME"), Code::invalid);
  EXPECT_EQ(user(std::string(65, 'a'), "ACME"), Code::invalid);
  EXPECT_EQ(user(std::string(64, 'a'), "ACME"), std::nullopt);
  EXPECT_EQ(user("new", "Nobody"), Code::not_found);
  EXPECT_EQ(user("ada", "ACME"), Code::conflict);
  EXPECT_EQ(code_of(set_barred(world.app(), as("ada"), "nobody", Fact::yes)), Code::not_found);
  EXPECT_EQ(code_of(end_agreement(world.app(), as("ada"), "ACME")), Code::not_found);
}

TEST_F(People, ChangesAreEventsOfThePlatformsStreamThatNameNoPerson) {
  const auto tx = world.db().read();
  const auto platform = world.ledger().newest(**tx, ledger::StreamKind::platform);
  const auto events = world.ledger().events(**tx, **platform);
  std::map<std::string, int> types;
  for (const ledger::StoredEvent& event : *events) {
    ++types[event.type];
    for (const custody::Field& field : event.fields) {
      const std::string text = json::canonical(field.value);
      for (const char* handle : {"\"ada\"", "\"cora\"", "\"rita\""}) {
        EXPECT_EQ(text.find(handle), std::string::npos) << event.type << " " << field.name;
      }
    }
  }
  // Eight organisations, and a user each time one was added.
  const int users = static_cast<int>(world.number("SELECT COUNT(*) - 1 FROM account"));
  EXPECT_EQ(types,
            (std::map<std::string, int>{{"rule", 1}, {"member", 8 + users}, {"agreement", 3}}));
}

TEST_F(People, ANewAgreementEndsTheOneBefore) {
  ASSERT_TRUE(agree(world.app(), as("ada"), "CERT", Level::notice));
  const auto all = organisations(world.app(), as("ada"));
  for (const OrganisationView& one : *all) {
    if (one.name == "CERT") {
      EXPECT_EQ(one.agreed, Level::notice);
    }
  }
}

TEST_F(People, AReportIsACaseOfItsOwnAtOnce) {
  const auto filed = file_report(world.app(), as("rita"), {report_bytes({}), {}});
  ASSERT_TRUE(filed) << said(filed);
  EXPECT_TRUE(filed->return_code.empty()) << "rita has an account";
  EXPECT_EQ(filed->vulnerabilities, 1u);
  const auto events = world.events(filed->case_reference);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, "report_received");
  const auto view = world.read("rita", filed->case_reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_EQ(view->items[0].kind, "report");
  EXPECT_EQ(view->items[0].text, report_bytes({})) << "byte for byte";
  EXPECT_TRUE(view->receipts.empty()) << "her own bytes make no leaf";
}

TEST_F(People, ThePromiseNamesTheLeafAndTheReceiptKeepsIt) {
  const auto filed = file_report(world.app(), as("rita"), {report_bytes({}), {}});
  const auto event = world.events(filed->case_reference)[0];
  const auto note = merkle::parse_note(filed->promise);
  ASSERT_TRUE(note);
  const std::string leaf = to_base64(merkle::leaf_hash(custody::leaf(event.tag, event.commitment)));
  EXPECT_EQ(note->body, "weir-promise/v1\n" + std::string(kOrigin) + "\n" + leaf + "\n" +
                            to_rfc3339(kStart + std::chrono::minutes(5)) + "\n");
  EXPECT_EQ(code_of(fetch_receipt(world.app(), filed->receipt_id)), Code::unavailable);
  ASSERT_TRUE(world.seal());
  const auto receipt = fetch_receipt(world.app(), filed->receipt_id);
  ASSERT_TRUE(receipt) << said(receipt);
  const auto report = custody::verify_receipt(
      *receipt,
      {*merkle::VerifierKey::parse(world.vkey()), *merkle::Policy::parse("quorum none\n")},
      report_bytes({}));
  ASSERT_TRUE(report) << said(report);
  EXPECT_EQ(report->stream, filed->case_reference);
  EXPECT_EQ(report->body, custody::Body::is_content);
  EXPECT_EQ(code_of(fetch_receipt(world.app(), "nosuchreceipt")), Code::not_found);
}

TEST_F(People, WhatIsNoReportLeavesNothing) {
  for (const std::string& bytes : {std::string(), std::string("{}"), std::string("not JSON")}) {
    EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {bytes, {}})), Code::invalid);
  }
  std::vector<Attachment> many;
  for (std::size_t i = 0; i <= kMaxAttachments; ++i) {
    many.push_back(attachment("file", "bytes"));
  }
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), std::move(many)})),
            Code::invalid);
  std::vector<Attachment> nameless;
  nameless.push_back(attachment("", "bytes"));
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), std::move(nameless)})),
            Code::invalid);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM case_file"), 0);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM object"), 0);
}

TEST_F(People, AReportThatIsRefusedLeavesNoFile) {
  const auto chunks = [&] { return world.number("SELECT COUNT(*) FROM chunk"); };
  const std::string large(std::size_t{3} << 20, 'f');
  const auto filed = [&](Attachment last) {
    Filing filing{report_bytes({}), {}};
    filing.attachments.push_back(attachment("first", large));
    filing.attachments.push_back(std::move(last));
    return file_report(world.app(), as("rita"), std::move(filing));
  };
  // The second file breaks off, has no name, or the reporter is barred while it comes.
  Attachment broken{"second", [&](std::string&) -> Status {
                      EXPECT_GT(chunks(), 0) << "the first lies there already";
                      return fail(Code::unavailable, "the line is down");
                    }};
  EXPECT_EQ(code_of(filed(std::move(broken))), Code::unavailable);
  EXPECT_EQ(chunks(), 0);
  EXPECT_EQ(code_of(filed(attachment("", "bytes"))), Code::invalid);
  EXPECT_EQ(chunks(), 0);
  Attachment meanwhile{
      "second", [&, sent = 0](std::string& bytes) mutable -> Status {
        EXPECT_TRUE(sent++ > 0 || set_barred(world.app(), as("ada"), "rita", Fact::yes));
        bytes.clear();
        return {};
      }};
  EXPECT_EQ(code_of(filed(std::move(meanwhile))), Code::denied);
  EXPECT_EQ(chunks(), 0);
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "rita", Fact::no));
  ASSERT_TRUE(filed(attachment("second", large)));
  EXPECT_EQ(chunks(), 6) << "and what was filed stays";
}

TEST_F(People, AReportSaysWithWhichLabelItMayGoOn) {
  struct Case {
    const char* label;
    policy::Label stored;
  };
  for (const Case& one : {Case{"TLP:CLEAR", policy::Label::clear},
                          {"TLP:GREEN", policy::Label::green},
                          {"TLP:AMBER", policy::Label::amber},
                          {"TLP:AMBER+STRICT", policy::Label::amber_strict},
                          {"TLP:RED", policy::Label::red},
                          {"", policy::Label::amber_strict}}) {
    const std::string reference = world.report("rita", {.label = one.label});
    EXPECT_EQ(world.number("SELECT label FROM case_file WHERE ref = '" + reference + "'"),
              static_cast<std::int64_t>(one.stored))
        << one.label;
  }
}

TEST_F(People, WhoIsBarredOrSuspendedFilesNothing) {
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "rita", Fact::yes));
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), {}})), Code::denied);
  ASSERT_TRUE(set_barred(world.app(), as("ada"), "rita", Fact::no));
  ASSERT_TRUE(set_suspended(world.app(), as("ada"), "Lark", Fact::yes));
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), {}})), Code::denied);
  EXPECT_EQ(code_of(file_report(world.app(), as("nobody"), {report_bytes({}), {}})), Code::denied);
  EXPECT_TRUE(file_report(world.app(), {}, {report_bytes({}), {}})) << "without an account one may";
}

TEST_F(People, ABarTakesEffectOnAReportThatIsUnderWay) {
  std::vector<Attachment> slow;
  slow.push_back({"file", [this, pieces = 0](std::string& piece) mutable -> Status {
                    TRY(set_barred(world.app(), as("ada"), "rita", Fact::yes));
                    piece = ++pieces == 1 ? "bytes" : "";
                    return {};
                  }});
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), std::move(slow)})),
            Code::denied);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM case_file"), 0);
}

TEST_F(People, AReturnCodeReadsItsOwnReportAndNothingElse) {
  const auto mine = file_report(world.app(), {}, {report_bytes({"mine"}), {}});
  const auto theirs = file_report(world.app(), {}, {report_bytes({"theirs"}), {}});
  const std::string ritas = world.report("rita");
  ASSERT_GE(mine->return_code.size(), 32u);
  EXPECT_NE(mine->return_code, theirs->return_code);
  const auto view = world.read(with_code(mine->return_code), mine->case_reference);
  ASSERT_TRUE(view) << said(view);
  EXPECT_EQ(view->items[0].text, report_bytes({"mine"}));
  // The wrong code, no code, another's case and no case at all are the same words.
  const auto absent = world.read(with_code(mine->return_code), "nosuchcase");
  ASSERT_FALSE(absent);
  std::string off_by_one = mine->return_code;
  off_by_one[0] = off_by_one[0] == 'a' ? 'b' : 'a';
  for (const auto& [actor, reference] :
       {std::pair(with_code(mine->return_code), theirs->case_reference),
        {with_code(off_by_one), mine->case_reference},
        {with_code(""), mine->case_reference},
        {with_code(mine->return_code), ritas},
        {with_code(mine->return_code + " "), mine->case_reference}}) {
    const auto refused = world.read(actor, reference);
    EXPECT_EQ(said(refused), said(absent));
    EXPECT_EQ(code_of(refused), code_of(absent));
  }
  // It speaks in its own case, and sees who has read it by class and country.
  EXPECT_TRUE(post_message(world.app(), with_code(mine->return_code), mine->case_reference,
                           {.text = "more", .audience = ""}));
  EXPECT_EQ(code_of(post_message(world.app(), with_code(mine->return_code), theirs->case_reference,
                                 {.text = "more", .audience = ""})),
            Code::not_found);
  world.work("cora", mine->case_reference);
  ASSERT_TRUE(world.read("cora", mine->case_reference));
  const auto seen = readers(world.app(), with_code(mine->return_code), mine->case_reference);
  ASSERT_TRUE(seen) << said(seen);
  ASSERT_EQ(seen->size(), 1u);
  EXPECT_EQ((*seen)[0].organisation, "");
  EXPECT_EQ((*seen)[0].organisation_class, "authority");
  const auto own = my_cases(world.app(), with_code(mine->return_code));
  ASSERT_TRUE(own) << said(own);
  ASSERT_EQ(own->size(), 1u) << "a code names its case, and no other";
  EXPECT_EQ((*own)[0].reference, mine->case_reference);
  const auto none = my_cases(world.app(), with_code(std::string(26, 'a')));
  EXPECT_TRUE(none && none->empty());
  EXPECT_EQ(code_of(queue(world.app(), with_code(mine->return_code))), Code::denied);
}

TEST_F(People, ATooLargeAttachmentIsRefused) {
  std::vector<Attachment> endless;
  endless.push_back({"file", [](std::string& piece) -> Status {
                       piece.assign(content::kChunkBytes, 'x');
                       return {};
                     }});
  EXPECT_EQ(code_of(file_report(world.app(), as("rita"), {report_bytes({}), std::move(endless)})),
            Code::invalid);
  EXPECT_EQ(world.number("SELECT COUNT(*) FROM case_file"), 0);
}

}  // namespace
}  // namespace weir::app
