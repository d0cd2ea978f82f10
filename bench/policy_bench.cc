// The promise: more than a million decisions a second on one core, so that a page of thousands of
// messages and a release to 10,000 recipients can ask the gate for each.
#include <benchmark/benchmark.h>

#include "policy/policy.h"

namespace weir::policy {
namespace {

constexpr std::int64_t kRecipients = 10'000;

Facts restricted_case() {
  Facts facts;
  Standing& standing = facts.standing;
  standing.author = standing.handler = standing.affected_vendor = Fact::no;
  standing.own_product = standing.participant = standing.through_agreement = Fact::no;
  standing.released = Fact::yes;
  standing.released_level = Level::technical;
  standing.recalled = standing.conflict = Fact::no;
  standing.reach = Reach::by_name;
  standing.agreement = {Fact::yes, Level::technical, Fact::yes};
  standing.exception.approved_by_two = Fact::no;
  Object& object = facts.object;
  object.level = Level::advisory;
  object.label = Label::amber;
  object.phase = Phase::fix_exists;
  object.published = object.embargo = object.embargo_consent = object.delay = Fact::no;
  object.state = CaseState::open;
  return facts;
}

const Subject kRecipient{{Role::recipient}, Fact::no, Fact::no, Fact::no, Fact::no};
const Subject kHandler{{Role::coordinator}, Fact::no, Fact::no, Fact::no, Fact::yes};

void count_decisions(benchmark::State& state, std::int64_t each = 1) {
  state.SetItemsProcessed(state.iterations() * each);
}

void one_recipient_reads(benchmark::State& state) {
  Facts facts = restricted_case();
  for ([[maybe_unused]] const auto turn : state) {
    benchmark::DoNotOptimize(facts);
    benchmark::DoNotOptimize(decide(kRecipient, Action::read, facts));
  }
  count_decisions(state);
}
BENCHMARK(one_recipient_reads);

// All relations at once: the most paths there are.
void six_relations_read(benchmark::State& state) {
  Facts facts = restricted_case();
  Standing& standing = facts.standing;
  standing.author = standing.handler = standing.affected_vendor = standing.participant = Fact::yes;
  standing.invited = Level::advisory;
  Subject subject = kHandler;
  subject.roles.add(Role::recipient);
  for ([[maybe_unused]] const auto turn : state) {
    benchmark::DoNotOptimize(facts);
    benchmark::DoNotOptimize(decide(subject, Action::read, facts));
  }
  count_decisions(state);
}
BENCHMARK(six_relations_read);

void a_stranger_is_refused(benchmark::State& state) {
  Facts facts = restricted_case();
  facts.standing.released = Fact::no;
  for ([[maybe_unused]] const auto turn : state) {
    benchmark::DoNotOptimize(facts);
    benchmark::DoNotOptimize(decide(kRecipient, Action::read, facts));
  }
  count_decisions(state);
}
BENCHMARK(a_stranger_is_refused);

void a_release_to_10000_recipients(benchmark::State& state) {
  ReleaseQuestion question{.decider = kHandler,
                           .decider_standing = {},
                           .recipient = kRecipient,
                           .recipient_standing = restricted_case().standing,
                           .object = restricted_case().object,
                           .second = {Fact::yes, Fact::yes, kHandler, Fact::no},
                           .wanted = Level::advisory};
  question.decider_standing.handler = Fact::yes;
  question.decider_standing.conflict = Fact::no;
  for ([[maybe_unused]] const auto turn : state) {
    std::int64_t allowed = 0;
    for (std::int64_t i = 0; i < kRecipients; ++i) {
      benchmark::DoNotOptimize(question);
      allowed += decide_release(question).is_allowed() ? 1 : 0;
    }
    CHECK(allowed == kRecipients);
  }
  count_decisions(state, kRecipients);
}
BENCHMARK(a_release_to_10000_recipients)->Unit(benchmark::kMillisecond);

void a_decision_as_text(benchmark::State& state) {
  const Decision decision = decide(kRecipient, Action::read, restricted_case());
  for ([[maybe_unused]] const auto turn : state) {
    benchmark::DoNotOptimize(text(decision));
  }
  count_decisions(state);
}
BENCHMARK(a_decision_as_text);

}  // namespace
}  // namespace weir::policy

BENCHMARK_MAIN();
