#include "custody/skeleton.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "base/id.h"

namespace weir::custody {
namespace {

constexpr std::array<std::string_view, 5> kLevels = {"existence", "notice", "advisory", "technical",
                                                     "exploit"};
constexpr std::array<std::string_view, 3> kAccessTypes = {"access", "offered", "delivered"};

bool is_one_of(std::string_view text, const auto& values) {
  return std::ranges::find(values, text) != values.end();
}

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// The problem with `recipients` of a release, or empty.
std::string recipients_problem(const json::Value& value) {
  const json::Cursor at(value, "recipients");
  const auto read = [&]() -> Status {
    TRY(at.only({"counts", "digest"}));
    const json::Cursor digest = TRY(at.at("digest"));
    if (!digest_from_base64(TRY(digest.string()))) {
      return digest.fail("expected base64 of 32 bytes");
    }
    const json::Cursor counts = TRY(at.at("counts"));
    std::optional<std::pair<std::string, std::string>> last;
    for (const json::Cursor& count : TRY(counts.elements(kMostLinked))) {
      TRY(count.only({"class", "country", "count"}));
      const std::string organisation_class = TRY(count.string_at("class"));
      const std::pair key(organisation_class, TRY(count.string_at("country")));
      const json::Cursor number = TRY(count.at("count"));
      if (TRY(number.integer()) < 0 || !is_country(key.second)) {
        return count.fail("a count is from 0, a country two capital letters");
      }
      if (last && *last >= key) {
        return count.fail("counts are sorted by class, then country, each once");
      }
      last = key;
    }
    return {};
  }();
  return read ? "" : text(read.error());
}

class Reader {
 public:
  explicit Reader(const OpenedFields& fields) : fields_(fields) {}

  std::string text(std::string_view name) {
    const OpenedField* field = shown(name);
    if (field != nullptr && !field->value->is_string()) {
      wrong(name, "is no string");
    }
    return string_field(fields_, name).value_or("");
  }
  std::uint64_t integer(std::string_view name) {
    const auto value = shown(name) != nullptr ? integer_field(fields_, name) : 0;
    if (!value) {
      wrong(name, "is no whole number from 0");
    }
    return value.value_or(0);
  }
  Digest digest(std::string_view name) {
    const auto value = shown(name) != nullptr ? digest_field(fields_, name) : Digest{};
    if (!value) {
      wrong(name, "is not base64 of 32 bytes");
    }
    return value.value_or(Digest{});
  }
  Instant time(std::string_view name) {
    const std::string written = text(name);
    const auto value = parse_ledger_time(written);
    if (!value) {
      wrong(name, "is no time in UTC with three decimals");
    }
    return value.value_or(Instant{});
  }
  const OpenedField* shown(std::string_view name) {
    const OpenedField* field = find_field(fields_, name);
    if (field == nullptr || !field->value) {
      report(Kind::skeleton_missing,
             fmt::format("the field {} is {}", name, field == nullptr ? "missing" : "kept back"));
      return nullptr;
    }
    return field;
  }
  void wrong(std::string_view name, std::string_view why) {
    report(Kind::skeleton_wrong, fmt::format("the field {} {}", name, why));
  }
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  void report(Kind kind, std::string what) {
    if (!problem_) {
      problem_ = Problem{kind, std::move(what)};
    }
  }
  const OpenedFields& fields_;
  std::optional<Problem> problem_;
};

void read_level_and_content(Reader& reader) {
  if (!is_one_of(reader.text("level"), kLevels)) {
    reader.wrong("level", "is no level");
  }
  reader.digest("content");
}

/// What some types have besides.
void read_by_type(std::string_view type, Reader& reader) {
  if (is_one_of(type, kAccessTypes)) {
    reader.text("recipient_ref");
    reader.text("recipient_class");
    if (!is_country(reader.text("recipient_country"))) {
      reader.wrong("recipient_country", "is not two capital letters");
    }
    read_level_and_content(reader);
  }
  if (type == "release_decided") {
    read_level_and_content(reader);
    if (const OpenedField* recipients = reader.shown("recipients")) {
      const std::string problem = recipients_problem(*recipients->value);
      if (!problem.empty()) {
        reader.wrong("recipients", problem);
      }
    }
  }
}

}  // namespace

std::optional<Instant> parse_ledger_time(const std::string& text) {
  const auto at = parse_rfc3339(text);
  return at && to_rfc3339(*at) == text ? at : std::nullopt;
}

bool is_reference(std::string_view text) {
  return Id<struct AnyStream>::parse(text).has_value();
}

std::expected<Skeleton, Problem> read_skeleton(const OpenedFields& fields, Opening opening) {
  Reader reader(fields);
  Skeleton skeleton;
  if (reader.integer("v") != 1) {
    reader.wrong("v", "is not 1");
  }
  skeleton.origin = reader.text("origin");
  skeleton.stream = reader.text("stream");
  skeleton.prev = reader.digest("prev");
  skeleton.key_commit = reader.digest("key_commit");
  skeleton.type = reader.text("type");
  skeleton.time = reader.time("time");
  const OpenedField* index = find_field(fields, "index");
  const bool is_hidden = opening == Opening::receipt && index != nullptr && !index->value &&
                         index->reason == Reason::position;
  if (!is_hidden) {
    skeleton.index = reader.integer("index");
  }
  // A receipt that keeps back its index still tells the first event by its `prev`.
  if (skeleton.index ? *skeleton.index == 0 : skeleton.prev == Digest{}) {
    skeleton.open_by = reader.time("open_by");
    reader.text("open_rule");
  }
  read_by_type(skeleton.type, reader);
  if (reader.problem()) {
    return std::unexpected(*reader.problem());
  }
  return skeleton;
}

}  // namespace weir::custody
