#include "notation.h"

#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

namespace weir::policy {
namespace {

using Words = std::span<const std::string>;

struct World {
  std::map<std::string, Party, std::less<>> parties;
  Object object;
};

/// The harmless facts: all known, none of them in the way, none of them a grant.
Party harmless_party(std::string name) {
  Party party;
  party.name = std::move(name);
  party.subject = {{}, Fact::no, Fact::no, Fact::no, Fact::no};
  Standing& s = party.standing;
  s.author = s.handler = s.affected_vendor = s.own_product = s.participant = Fact::no;
  s.through_agreement = s.released = s.recalled = s.conflict = Fact::no;
  s.reach = Reach::by_name;
  s.agreement = {Fact::no, Level::nothing, Fact::no};
  s.exception = {Fact::no, Level::nothing, std::nullopt};
  return party;
}

Object harmless_object() {
  Object object;
  object.level = Level::technical;
  object.label = Label::clear;
  object.phase = Phase::no_fix;
  object.published = object.embargo = object.embargo_consent = object.delay = Fact::no;
  object.state = CaseState::open;
  object.opening_due = object.custody_opened = Fact::no;
  return object;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c == separator) {
      if (!word.empty()) {
        words.push_back(std::move(word));
      }
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  return words;
}

/// The enumerator below `count` with this name.
template <class Enum>
Result<Enum> parse_name(std::string_view text, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (name(static_cast<Enum>(i)) == text) {
      return static_cast<Enum>(i);
    }
  }
  return fail(Code::invalid, fmt::format("unknown word '{}'", text));
}

Result<Level> parse_level_word(std::string_view text) {
  const auto level = parse_level(text);
  return level ? Result<Level>(*level)
               : fail(Code::invalid, fmt::format("unknown level '{}'", text));
}

template <class Value>
Status assign(Value& place, Result<Value> value) {
  place = TRY(std::move(value));
  return {};
}

constexpr std::size_t kFactCount = 3;
constexpr std::size_t kActionCount = static_cast<std::size_t>(Action::administer) + 1;
constexpr std::size_t kRuleCount = static_cast<std::size_t>(Rule::second_person) + 1;
constexpr std::size_t kRelationCount = static_cast<std::size_t>(Relation::none) + 1;
constexpr std::size_t kConditionCount = static_cast<std::size_t>(Condition::class_and_country) + 1;

/// The facts of one question, while words are being applied to them.
struct Scene {
  Party party;
  Object object;
  Approver second{Fact::no, Fact::no, {}, Fact::no};
};

Fact* find_fact(Scene& scene, std::string_view key) {
  Subject& subject = scene.party.subject;
  Standing& standing = scene.party.standing;
  Object& object = scene.object;
  const std::map<std::string_view, Fact*> facts = {
      {"suspended", &subject.suspended},
      {"barred", &subject.barred},
      {"bound", &subject.bound},
      {"staff", &subject.staff},
      {"author", &standing.author},
      {"handler", &standing.handler},
      {"affected_vendor", &standing.affected_vendor},
      {"own_product", &standing.own_product},
      {"participant", &standing.participant},
      {"through_agreement", &standing.through_agreement},
      {"released_to", &standing.released},
      {"recalled", &standing.recalled},
      {"valid", &standing.agreement.valid},
      {"in_scope", &standing.agreement.in_scope},
      {"approved_by_two", &standing.exception.approved_by_two},
      {"conflict", &standing.conflict},
      {"published_at_all", &object.published},
      {"embargo", &object.embargo},
      {"consent", &object.embargo_consent},
      {"delay", &object.delay},
      {"opening_due", &object.opening_due},
      {"custody_opened", &object.custody_opened},
      {"another_user", &scene.second.another_user},
      {"second_present", &scene.second.present},
      {"second_conflict", &scene.second.conflict},
  };
  const auto found = facts.find(key);
  return found == facts.end() ? nullptr : found->second;
}

/// Keys whose value is a level; most of them also say the fact that goes with it.
Status apply_level(Scene& scene, std::string_view key, Level level) {
  Standing& standing = scene.party.standing;
  if (key == "invited") {
    standing.participant = Fact::yes;
    standing.invited = level;
  } else if (key == "released") {
    standing.released = Fact::yes;
    standing.released_level = level;
    scene.party.subject.roles.add(Role::recipient);
  } else if (key == "agreement") {
    standing.agreement = {Fact::yes, level, Fact::yes};
  } else if (key == "exception") {
    standing.exception.approved_by_two = Fact::yes;
    standing.exception.raises_to = level;
  } else if (key == "legal_stage") {
    standing.exception.legal_stage = level;
  } else if (key == "published") {
    scene.object.published = Fact::yes;
    scene.object.published_level = level;
  } else if (key == "level") {
    scene.object.level = level;
  } else {
    return fail(Code::invalid, fmt::format("unknown key '{}'", key));
  }
  return {};
}

Status apply_second(Scene& scene, const World& world, const std::string& who) {
  const auto other = world.parties.find(who);
  if (other == world.parties.end()) {
    return fail(Code::invalid, fmt::format("unknown party '{}'", who));
  }
  const bool is_same = other->first == scene.party.name;
  scene.second = {Fact::yes, is_same ? Fact::no : Fact::yes, other->second.subject,
                  other->second.standing.conflict};
  return {};
}

Status apply_word(Scene& scene, const World& world, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
    return fail(Code::invalid, fmt::format("'{}' is not KEY=VALUE", word));
  }
  const std::string key = word.substr(0, equals);
  const std::string value = word.substr(equals + 1);
  if (Fact* fact = find_fact(scene, key)) {
    return assign(*fact, parse_name<Fact>(value, kFactCount));
  }
  if (key == "all" && value == "unknown") {
    const Roles roles = scene.party.subject.roles;
    scene.party = {.subject = {}, .standing = {}, .name = scene.party.name};
    scene.party.subject.roles = roles;
    scene.object = {};
    return {};
  }
  if (key == "role") {
    scene.party.subject.roles.add(TRY(parse_name<Role>(value, 5)));
    return {};
  }
  if (key == "second") {
    return apply_second(scene, world, value);
  }
  if (key == "label") {
    return assign(scene.object.label, parse_name<Label>(value, 6));
  }
  if (key == "phase") {
    return assign(scene.object.phase, parse_name<Phase>(value, 4));
  }
  if (key == "state") {
    return assign(scene.object.state, parse_name<CaseState>(value, 8));
  }
  if (key == "reach") {
    return assign(scene.party.standing.reach, parse_name<Reach>(value, 4));
  }
  return apply_level(scene, key, TRY(parse_level_word(value)));
}

Status apply_words(Scene& scene, const World& world, Words words) {
  for (const std::string& word : words) {
    TRY(apply_word(scene, world, word));
  }
  return {};
}

/// Takes words from the front of a line.
class Reader {
 public:
  explicit Reader(Words words) : words_(words) {}
  Result<std::string> take(std::string_view what) {
    if (words_.empty()) {
      return fail(Code::invalid, fmt::format("{} is missing", what));
    }
    std::string word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }
  Result<Level> take_level() {
    const std::string word = TRY(take("a level"));
    return parse_level_word(word);
  }
  template <class Enum>
  Result<Enum> take_name(std::string_view what, std::size_t count) {
    const std::string word = TRY(take(what));
    return parse_name<Enum>(word, count);
  }
  Status expect(std::string_view word) {
    const std::string got = TRY(take(word));
    return got == word ? Status()
                       : fail(Code::invalid, fmt::format("'{}' instead of '{}'", got, word));
  }
  bool accept(std::string_view word) {
    if (words_.empty() || words_.front() != word) {
      return false;
    }
    words_ = words_.subspan(1);
    return true;
  }
  /// The KEY=VALUE words that follow.
  Words take_facts() {
    std::size_t count = 0;
    while (count < words_.size() && words_[count].find('=') != std::string::npos) {
      ++count;
    }
    const Words facts = words_.first(count);
    words_ = words_.subspan(count);
    return facts;
  }
  Words rest() const { return words_; }

 private:
  Words words_;
};

/// A party by name, with the changes of `with`.
Result<Scene> take_scene(Reader& reader, const World& world) {
  const std::string name = TRY(reader.take("a party"));
  const auto party = world.parties.find(name);
  if (party == world.parties.end()) {
    return fail(Code::invalid, fmt::format("unknown party '{}'", name));
  }
  Scene scene;
  scene.party = party->second;
  scene.object = world.object;
  if (reader.accept("with")) {
    const Words facts = reader.take_facts();
    if (facts.empty()) {
      return fail(Code::invalid, "nothing after 'with'");
    }
    TRY(apply_words(scene, world, facts));
  }
  return scene;
}

std::string answer_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::refused:
      return "no";
    case Outcome::needs_second:
      return "second";
    case Outcome::allowed:
      return "yes";
  }
  return "";
}

/// Reads what is expected and writes the answer in the same form, with the same optional parts.
Status compare(Reader& reader, Question& question) {
  const Decision& decision = question.decision;
  const std::string answer = TRY(reader.take("yes, no or second"));
  if (answer != "yes" && answer != "no" && answer != "second") {
    return fail(Code::invalid, fmt::format("'{}' is not yes, no or second", answer));
  }
  question.expected = answer;
  question.got = answer_word(decision.outcome);
  if (reader.accept("level")) {
    const Level level = TRY(reader.take_level());
    question.expected += fmt::format(" level {}", name(level));
    question.got += fmt::format(" level {}", name(decision.level));
  }
  TRY(reader.expect("rule"));
  const Rule rule = TRY(reader.take_name<Rule>("a rule", kRuleCount));
  question.expected += fmt::format(" rule {}", name(rule));
  question.got += fmt::format(" rule {}", name(decision.rule));
  if (reader.accept("as")) {
    const Relation relation = TRY(reader.take_name<Relation>("a relation", kRelationCount));
    question.expected += fmt::format(" as {}", name(relation));
    question.got += fmt::format(" as {}", name(decision.relation));
  }
  if (!reader.accept("needs")) {
    return reader.rest().empty()
               ? Status()
               : fail(Code::invalid, fmt::format("'{}' is too much", reader.rest().front()));
  }
  std::set<std::string_view> expected;
  if (!reader.accept("nothing")) {
    do {
      expected.insert(name(TRY(reader.take_name<Condition>("a condition", kConditionCount))));
    } while (!reader.rest().empty());
  }
  if (!reader.rest().empty()) {
    return fail(Code::invalid, fmt::format("'{}' is too much", reader.rest().front()));
  }
  std::set<std::string_view> got;
  for (const Condition condition : decision.conditions) {
    got.insert(name(condition));
  }
  question.expected += fmt::format(" needs {}", fmt::join(expected, " "));
  question.got += fmt::format(" needs {}", fmt::join(got, " "));
  return {};
}

Result<Decision> ask_release(Reader& reader, const World& world, const Scene& first) {
  const Scene other = TRY(take_scene(reader, world));
  const Level wanted = TRY(reader.take_level());
  return decide_release({.decider = first.party.subject,
                         .decider_standing = first.party.standing,
                         .recipient = other.party.subject,
                         .recipient_standing = other.party.standing,
                         .object = first.object,
                         .second = first.second,
                         .wanted = wanted});
}

Result<Question> ask(Reader& reader, const World& world) {
  Scene scene = TRY(take_scene(reader, world));
  const std::string verb = TRY(reader.take("a verb"));
  Question question;
  Action action = Action::read;
  if (verb == "gives") {
    question.decision = TRY(ask_release(reader, world, scene));
    TRY(compare(reader, question));
    return question;
  }
  if (verb == "reads") {
    scene.object.level = TRY(reader.take_level());
  } else if (verb == "sees") {
    TRY(reader.expect("existence"));
    action = Action::see_existence;
  } else if (verb == "does") {
    action = TRY(reader.take_name<Action>("an action", kActionCount));
  } else {
    return fail(Code::invalid, fmt::format("unknown verb '{}'", verb));
  }
  question.decision =
      decide(scene.party.subject, action, {scene.party.standing, scene.object, scene.second});
  TRY(compare(reader, question));
  return question;
}

/// One line; nothing if it only states facts.
Result<std::optional<Question>> run_line(World& world, Words words) {
  Reader reader(words);
  const bool is_object = reader.accept("object");
  if (!is_object && !reader.accept("party")) {
    return TRY(ask(reader, world));
  }
  Scene scene;
  scene.object = is_object ? harmless_object() : world.object;
  scene.party = harmless_party(is_object ? "" : TRY(reader.take("a name")));
  TRY(apply_words(scene, world, reader.rest()));
  if (is_object) {
    world.object = scene.object;
  } else {
    world.parties.insert_or_assign(scene.party.name, scene.party);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Question>> run_policy_file(std::string_view file, std::string_view content) {
  World world;
  world.object = harmless_object();
  std::vector<Question> questions;
  std::size_t number = 0;
  std::size_t begin = 0;
  while (begin < content.size()) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const std::string_view line = content.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    const std::vector<std::string> words = split(line.substr(0, line.find('#')), ' ');
    if (words.empty()) {
      continue;
    }
    auto question = run_line(world, words);
    const std::string place = fmt::format("{}:{}", file, number);
    if (!question) {
      return fail(question.error().code, question.error().message, place);
    }
    if (*question) {
      (*question)->place = place;
      (*question)->line = line;
      questions.push_back(std::move(**question));
    }
  }
  return questions;
}

}  // namespace weir::policy
