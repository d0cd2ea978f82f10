// What holds for all facts: the fact space of each relation is enumerated, the whole space sampled
// from a fixed seed. On failure the decision is printed.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "policy/ceilings.h"

namespace weir::policy {
namespace {

constexpr std::array kThree = {Fact::no, Fact::yes, Fact::unknown};
constexpr std::uint64_t kSeed = 20261123;
constexpr int kSamples = 60'000;
constexpr int kActionSamples = 3'000;

struct World {
  Subject subject;
  Facts facts;
};

using FactOf = Fact& (*)(World&);

Fact& suspended(World& w) {
  return w.subject.suspended;
}
Fact& barred(World& w) {
  return w.subject.barred;
}
Fact& bound(World& w) {
  return w.subject.bound;
}
Fact& staff(World& w) {
  return w.subject.staff;
}
Fact& author(World& w) {
  return w.facts.standing.author;
}
Fact& handler(World& w) {
  return w.facts.standing.handler;
}
Fact& vendor(World& w) {
  return w.facts.standing.affected_vendor;
}
Fact& own_product(World& w) {
  return w.facts.standing.own_product;
}
Fact& participant(World& w) {
  return w.facts.standing.participant;
}
Fact& through(World& w) {
  return w.facts.standing.through_agreement;
}
Fact& released(World& w) {
  return w.facts.standing.released;
}
Fact& recalled(World& w) {
  return w.facts.standing.recalled;
}
Fact& valid(World& w) {
  return w.facts.standing.agreement.valid;
}
Fact& in_scope(World& w) {
  return w.facts.standing.agreement.in_scope;
}
Fact& excepted(World& w) {
  return w.facts.standing.exception.approved_by_two;
}
Fact& conflict(World& w) {
  return w.facts.standing.conflict;
}
Fact& published(World& w) {
  return w.facts.object.published;
}
Fact& embargo(World& w) {
  return w.facts.object.embargo;
}
Fact& consent(World& w) {
  return w.facts.object.embargo_consent;
}
Fact& delay(World& w) {
  return w.facts.object.delay;
}
Fact& opening_due(World& w) {
  return w.facts.object.opening_due;
}
Fact& opened(World& w) {
  return w.facts.object.custody_opened;
}
Fact& second_present(World& w) {
  return w.facts.second.present;
}
Fact& second_other(World& w) {
  return w.facts.second.another_user;
}
Fact& second_conflict(World& w) {
  return w.facts.second.conflict;
}
Fact& second_staff(World& w) {
  return w.facts.second.subject.staff;
}
Fact& second_suspended(World& w) {
  return w.facts.second.subject.suspended;
}
Fact& second_barred(World& w) {
  return w.facts.second.subject.barred;
}

const std::vector<FactOf> kAllFacts = {
    suspended,    barred,           bound,          staff,        author,
    handler,      vendor,           own_product,    participant,  through,
    released,     recalled,         valid,          in_scope,     excepted,
    conflict,     published,        embargo,        consent,      delay,
    opening_due,  opened,           second_present, second_other, second_conflict,
    second_staff, second_suspended, second_barred};

/// Everything granted and nothing in the way, so that each fact can only matter by itself.
World generous() {
  World world;
  for (int i = 0; i <= static_cast<int>(Role::auditor); ++i) {
    world.subject.roles.add(static_cast<Role>(i));
    world.facts.second.subject.roles.add(static_cast<Role>(i));
  }
  for (const FactOf fact : kAllFacts) {
    fact(world) = Fact::no;
  }
  Standing& standing = world.facts.standing;
  standing.invited = standing.released_level = standing.agreement.most = Level::exploit;
  standing.agreement.valid = standing.agreement.in_scope = Fact::yes;
  standing.reach = Reach::by_name;
  second_present(world) = second_other(world) = second_staff(world) = Fact::yes;
  world.facts.object.state = CaseState::open;
  world.facts.object.phase = Phase::fix_public;
  world.facts.object.label = Label::clear;
  return world;
}

std::string show(const World& world) {
  return text(decide(world.subject, Action::read, world.facts));
}

bool is_free_of_phase(const Decision& decision, const World& world) {
  return decision.relation == Relation::author || decision.relation == Relation::handler ||
         (decision.relation == Relation::affected_vendor &&
          world.facts.standing.own_product == Fact::yes);
}

/// Product.md 7 and 8, written a second time and apart from the ceilings.
void expect_invariants(const World& world, const Decision& decision) {
  if (decision.relation == Relation::everybody) {
    ASSERT_EQ(world.facts.object.published, Fact::yes) << text(decision);
    ASSERT_EQ(decision.level, world.facts.object.published_level) << text(decision);
    return;
  }
  for (const NamedCeiling& ceiling : kCeilingList) {
    ASSERT_LE(decision.level, ceiling.limit(decision.relation, world.subject, world.facts))
        << text(decision);
  }
  if (world.facts.object.phase == Phase::fix_public) {
    return;
  }
  const Exception& exception = world.facts.standing.exception;
  const bool by_two = exception.approved_by_two == Fact::yes;
  if (decision.level >= Level::technical && !is_free_of_phase(decision, world)) {
    ASSERT_TRUE(by_two && exception.raises_to >= decision.level) << text(decision);
  }
  const bool own_or_handled =
      decision.relation == Relation::author || decision.relation == Relation::handler;
  if (decision.level > Level::notice && world.subject.bound != Fact::no && !own_or_handled) {
    ASSERT_TRUE(by_two && exception.legal_stage && *exception.legal_stage >= decision.level &&
                exception.raises_to >= decision.level)
        << text(decision);
  }
}

/// All values of `facts`, from `world`: the level of each, in mixed radix of three.
void enumerate(World world, const std::vector<FactOf>& facts) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    count *= kThree.size();
  }
  std::vector<Level> levels(count);
  for (std::size_t n = 0; n < count; ++n) {
    std::size_t rest = n;
    for (const FactOf fact : facts) {
      fact(world) = kThree[rest % 3];
      rest /= 3;
    }
    const Decision decision = decide(world.subject, Action::read, world.facts);
    levels[n] = decision.level;
    ASSERT_NO_FATAL_FAILURE(expect_invariants(world, decision));
  }
  std::size_t step = 1;
  for (std::size_t f = 0; f < facts.size(); ++f, step *= 3) {
    for (std::size_t n = 0; n < count; ++n) {
      if (n / step % 3 == 2) {
        ASSERT_LE(levels[n], levels[n - step]) << "fact " << f << " of combination " << n;
        ASSERT_LE(levels[n], levels[n - 2 * step]) << "fact " << f << " of combination " << n;
      }
    }
  }
}

/// The enumeration over phases, labels and exceptions.
void enumerate_all(FactOf relation, const std::vector<FactOf>& facts) {
  const Exception exceptions[] = {
      {Fact::unknown, Level::technical, std::nullopt},
      {Fact::unknown, Level::technical, Level::advisory},
  };
  for (const Phase phase : {Phase::no_fix, Phase::fix_exists, Phase::fix_public, Phase::unknown}) {
    for (const Label label : {Label::clear, Label::amber, Label::unknown}) {
      for (const Exception& exception : exceptions) {
        World world = generous();
        relation(world) = Fact::yes;
        world.facts.object.phase = phase;
        world.facts.object.label = label;
        world.facts.standing.exception = exception;
        ASSERT_NO_FATAL_FAILURE(enumerate(world, facts));
      }
    }
  }
}

TEST(Properties, OfAllRecipients) {
  enumerate_all(released, {suspended, barred, bound, recalled, valid, in_scope, embargo, consent,
                           delay, conflict, excepted});
}

TEST(Properties, OfAllVendors) {
  enumerate_all(vendor, {suspended, barred, bound, own_product, through, valid, in_scope, embargo,
                         delay, conflict, excepted});
}

TEST(Properties, OfAllParticipants) {
  enumerate_all(participant, {suspended, barred, bound, through, valid, in_scope, embargo, delay,
                              conflict, excepted});
}

TEST(Properties, OfAllAuthorsAndHandlers) {
  enumerate_all(author, {suspended, barred, bound, staff, through, valid, embargo, delay, conflict,
                         excepted});
  enumerate_all(handler, {suspended, barred, bound, staff, through, valid, embargo, delay, conflict,
                          excepted});
}

// Every set of ceilings at once: the lowest wins, of equals the first.
TEST(Properties, TheLowestOfAnySetOfCeilingsWins) {
  struct Limit {
    Rule rule;
    Level level;
    void (*apply)(World&);
  };
  const Limit limits[] = {
      {Rule::relation, Level::technical,
       [](World& w) { w.facts.standing.released_level = Level::technical; }},
      {Rule::agreement, Level::advisory,
       [](World& w) { w.facts.standing.agreement.most = Level::advisory; }},
      {Rule::phase, Level::advisory, [](World& w) { w.facts.object.phase = Phase::no_fix; }},
      {Rule::label, Level::nothing, [](World& w) { w.facts.object.label = Label::red; }},
      {Rule::legal_duty, Level::notice,
       [](World& w) {
         w.subject.bound = Fact::yes;
         w.facts.object.phase = Phase::no_fix;
       }},
      {Rule::embargo_consent, Level::notice,
       [](World& w) { w.facts.object.embargo = Fact::unknown; }},
      {Rule::suspension, Level::nothing, [](World& w) { w.subject.suspended = Fact::yes; }},
      {Rule::bar, Level::nothing, [](World& w) { w.subject.barred = Fact::unknown; }},
      {Rule::conflict_of_interest, Level::existence,
       [](World& w) { w.facts.standing.conflict = Fact::yes; }},
      {Rule::delay_decision, Level::existence, [](World& w) { w.facts.object.delay = Fact::yes; }},
  };
  for (unsigned set = 0; set < (1U << std::size(limits)); ++set) {
    World world = generous();
    world.facts.standing.released = Fact::yes;
    Level level = Level::exploit;
    Rule rule = Rule::relation;
    for (std::size_t i = 0; i < std::size(limits); ++i) {
      if ((set >> i & 1U) != 0) {
        limits[i].apply(world);
        rule = limits[i].level < level ? limits[i].rule : rule;
        level = std::min(level, limits[i].level);
      }
    }
    const Decision decision = decide(world.subject, Action::read, world.facts);
    ASSERT_EQ(decision.level, level) << set << " " << show(world);
    ASSERT_EQ(decision.rule, rule) << set << " " << show(world);
  }
}

/// A generator of our own, so that a seed means the same everywhere (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  template <class Enum>
  Enum below(Enum last) {
    return static_cast<Enum>(next() % (static_cast<std::uint64_t>(last) + 1));
  }
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

World random_world(Dice& dice) {
  World world = generous();
  for (const FactOf fact : kAllFacts) {
    // Half of the facts stay generous, or nearly every world would be shut by one of them.
    if (dice.next() % 2 == 0) {
      fact(world) = dice.below(Fact::unknown);
    }
  }
  Standing& standing = world.facts.standing;
  Object& object = world.facts.object;
  standing.invited = dice.below(Level::exploit);
  standing.released_level = dice.below(Level::exploit);
  standing.agreement.most = dice.below(Level::exploit);
  standing.exception.raises_to = dice.below(Level::exploit);
  if (dice.next() % 2 == 0) {
    standing.exception.legal_stage = dice.below(Level::exploit);
  }
  standing.reach = dice.below(Reach::unknown);
  object.level = dice.below(Level::exploit);
  object.label = dice.below(Label::unknown);
  object.phase = dice.below(Phase::unknown);
  object.state = dice.below(CaseState::unknown);
  object.published_level = dice.below(Level::exploit);
  return world;
}

// Also where several relations hold at once: forgetting a fact never opens anything.
TEST(Properties, ForgettingAFactNeverShowsMore) {
  Dice dice(kSeed);
  for (int i = 0; i < kSamples; ++i) {
    World world = random_world(dice);
    const Decision before = decide(world.subject, Action::read, world.facts);
    ASSERT_NO_FATAL_FAILURE(expect_invariants(world, before));
    for (std::size_t f = 0; f < kAllFacts.size(); ++f) {
      World less = world;
      kAllFacts[f](less) = Fact::unknown;
      ASSERT_LE(decide(less.subject, Action::read, less.facts).level, before.level)
          << "fact " << f << "\n"
          << show(world) << "\n"
          << show(less);
    }
    for (const auto& forget : std::initializer_list<void (*)(Facts&)>{
             [](Facts& facts) { facts.object.label = Label::unknown; },
             [](Facts& facts) { facts.object.phase = Phase::unknown; },
             [](Facts& facts) { facts.standing.reach = Reach::unknown; },
             [](Facts& facts) { facts.standing.exception.legal_stage.reset(); }}) {
      World less = world;
      forget(less.facts);
      ASSERT_LE(decide(less.subject, Action::read, less.facts).level, before.level)
          << show(world) << "\n"
          << show(less);
    }
  }
}

TEST(Properties, ForgettingAFactNeverAllowsAnAct) {
  Dice dice(kSeed + 1);
  for (int i = 0; i < kActionSamples; ++i) {
    const World world = random_world(dice);
    for (int a = 0; a <= static_cast<int>(Action::administer); ++a) {
      const auto action = static_cast<Action>(a);
      const Outcome before = decide(world.subject, action, world.facts).outcome;
      for (std::size_t f = 0; f < kAllFacts.size(); ++f) {
        World less = world;
        kAllFacts[f](less) = Fact::unknown;
        ASSERT_LE(decide(less.subject, action, less.facts).outcome, before)
            << name(action) << " fact " << f << " " << show(world);
      }
      World less = world;
      less.facts.object.state = CaseState::unknown;
      less.facts.object.phase = Phase::unknown;
      ASSERT_LE(decide(less.subject, action, less.facts).outcome, before) << name(action);
    }
  }
}

// A release that was decided lets its recipient read exactly what it gave, and no more than the
// same question asked as a reading would show.
TEST(Properties, AReleaseAllowsWhatReadingThenAllows) {
  Dice dice(kSeed + 2);
  int given = 0;
  for (int i = 0; i < kSamples; ++i) {
    const World world = random_world(dice);
    ReleaseQuestion question{.decider = world.subject,
                             .decider_standing = {},
                             .recipient = world.subject,
                             .recipient_standing = world.facts.standing,
                             .object = world.facts.object,
                             .second = world.facts.second,
                             .wanted = dice.below(Level::exploit)};
    question.object.state = CaseState::open;
    question.object.published = Fact::no;
    question.decider = {{Role::coordinator}, Fact::no, Fact::no, Fact::no, Fact::yes};
    question.decider_standing.handler = Fact::yes;
    question.decider_standing.conflict = Fact::no;
    const Decision decision = decide_release(question);
    Facts facts{question.recipient_standing, question.object, {}};
    facts.standing.author = facts.standing.handler = facts.standing.affected_vendor =
        facts.standing.participant = Fact::no;
    facts.standing.released = Fact::yes;
    facts.standing.released_level = question.wanted;
    facts.standing.recalled = Fact::no;
    facts.object.level = question.wanted;
    Subject recipient = question.recipient;
    recipient.staff = Fact::no;
    const Decision reading = decide(recipient, Action::read, facts);
    ASSERT_EQ(decision.outcome != Outcome::refused, reading.is_allowed()) << text(decision) << "\n"
                                                                          << text(reading);
    const bool before_fix = question.object.phase != Phase::fix_public;
    if (decision.is_allowed() && before_fix && question.wanted > Level::notice) {
      ASSERT_TRUE(is_approved(question.second)) << text(decision);
      ++given;
    }
  }
  EXPECT_GT(given, 10);  // the sample does reach such releases
}

}  // namespace
}  // namespace weir::policy
