#include "compat/epss_api.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "compat/desk.h"

namespace weir::compat {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::string_view kParameters[] = {
    "cve", "date",  "epss-gt", "epss-lt", "percentile-gt", "percentile-lt",
    "q",   "order", "limit",   "offset",  "pretty",        "envelope"};

struct Question {
  std::string names = "[]";  // JSON
  bool has_names = false;
  std::string day;
  std::string part;
  // Millionths, exclusive.
  std::int64_t epss_above = -1;
  std::int64_t epss_below = kMillion + 1;
  std::int64_t percentile_above = -1;
  std::int64_t percentile_below = kMillion + 1;
  std::string_view order = "name";
  std::size_t limit = kEpssRows;
  std::size_t offset = 0;
  bool is_pretty = false;
  bool has_envelope = true;
};

/// The millionth at or under "0.25", and whether it is that exactly; nothing for what is not
/// between 0 and 1.
struct Bound {
  std::int64_t floor = 0;
  bool is_exact = true;
};
std::optional<Bound> parse_bound(std::string_view text) {
  constexpr std::size_t kDigits = 6;
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part = text.substr(std::min(dot + 1, text.size()));
  const auto is_digits = [](std::string_view one) {
    return std::ranges::all_of(one, [](char c) { return c >= '0' && c <= '9'; });
  };
  if ((whole != "0" && whole != "1" && !whole.empty()) || (whole.empty() && part.empty()) ||
      !is_digits(part)) {
    return std::nullopt;
  }
  Bound bound{.floor = whole == "1" ? kMillion : 0};
  std::int64_t unit = kMillion / 10;
  for (const char c : part.substr(0, kDigits)) {
    bound.floor += unit * (c - '0');
    unit /= 10;
  }
  bound.is_exact =
      part.substr(std::min(kDigits, part.size())).find_first_not_of('0') == std::string_view::npos;
  if (bound.floor > kMillion || (bound.floor == kMillion && !bound.is_exact)) {
    return std::nullopt;
  }
  return bound;
}

Status read_bounds(const Given& given, const std::string& name, std::int64_t& above,
                   std::int64_t& below) {
  for (const bool is_above : {true, false}) {
    const std::string parameter = name + (is_above ? "-gt" : "-lt");
    if (!given.has(parameter)) {
      continue;
    }
    const auto bound = parse_bound(given.parameter(parameter));
    if (!bound) {
      return fail(Code::invalid, "a probability is written 0.25", parameter);
    }
    (is_above ? above : below) = bound->floor + (is_above || bound->is_exact ? 0 : 1);
  }
  return {};
}

Status read_names(const Given& given, Question& out) {
  const std::string text = given.parameter("cve");
  if (text.size() > kMostEpssIdBytes) {
    return fail(Code::invalid, fmt::format("at most {} characters", kMostEpssIdBytes), "cve");
  }
  out.has_names = given.has("cve");
  json::Array names;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string name = text.substr(at, end - at);
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (!name.empty()) {
      names.push_back(json::Value(std::move(name)));
    }
    at = end + 1;
  }
  out.names = json::canonical(json::Value(std::move(names)));
  return {};
}

/// Columns in an order that is told by the id where values are equal.
Status read_order(const Given& given, Question& out) {
  const std::string order = given.has("order") ? given.parameter("order") : "cve";
  static constexpr std::pair<std::string_view, std::string_view> kOrders[] = {
      {"cve", "name"},
      {"!cve", "name DESC"},
      {"epss", "score, name"},
      {"!epss", "score DESC, name"},
      {"percentile", "percentile, name"},
      {"!percentile", "percentile DESC, name"},
  };
  const auto* const known =
      std::ranges::find(kOrders, order, [](const auto& one) { return one.first; });
  if (known == std::end(kOrders)) {
    return fail(Code::invalid, "cve, epss or percentile, perhaps after a \"!\"", "order");
  }
  out.order = known->second;
  return {};
}

Status read_count(const Given& given, std::string_view name, std::size_t most, std::size_t& out) {
  if (!given.has(name)) {
    return {};
  }
  const auto number = parse_decimal(given.parameter(name));
  if (!number || *number > most) {
    return fail(Code::invalid, fmt::format("at most {}", most), std::string(name));
  }
  out = *number;
  return {};
}

Status read_flag(const Given& given, std::string_view name, bool& out) {
  const std::string text = given.parameter(name);
  if (given.has(name) && text != "true" && text != "false") {
    return fail(Code::invalid, "true or false", std::string(name));
  }
  out = given.has(name) ? text == "true" : out;
  return {};
}

bool is_day(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  return std::ranges::equal(text, kShape, [](char c, char shape) {
    return shape == '-' ? c == '-' : c >= '0' && c <= '9';
  });
}

Result<Question> read_question(const Given& given) {
  for (const auto& [name, value] : given.parameters) {
    if (name == "days" || name == "scope") {
      return fail(Code::invalid, "of each CVE only the newest score is kept here", name);
    }
    if (std::ranges::find(kParameters, name) == std::end(kParameters)) {
      return fail(Code::invalid, "there is no such parameter here", name);
    }
  }
  Question out;
  TRY(read_names(given, out));
  out.day = given.parameter("date");
  if (given.has("date") && !is_day(out.day)) {
    return fail(Code::invalid, "a date is written 2026-01-31", "date");
  }
  out.part = given.parameter("q");
  TRY(read_bounds(given, "epss", out.epss_above, out.epss_below));
  TRY(read_bounds(given, "percentile", out.percentile_above, out.percentile_below));
  TRY(read_order(given, out));
  TRY(read_count(given, "limit", kMostEpssRows, out.limit));
  TRY(read_count(given, "offset", std::numeric_limits<std::int32_t>::max(), out.offset));
  TRY(read_flag(given, "pretty", out.is_pretty));
  TRY(read_flag(given, "envelope", out.has_envelope));
  return out;
}

std::string nine_decimals(std::int64_t millionths) {
  return fmt::format("{}.{:06}000", millionths / kMillion, millionths % kMillion);
}

constexpr std::string_view kWhere =
    " FROM epss WHERE ($1 = 0 OR name IN (SELECT value FROM json_each($2))) "
    "AND ($3 = '' OR day = $3) AND ($4 = '' OR instr(name, upper($4)) > 0) "
    "AND score > $5 AND score < $6 AND percentile > $7 AND percentile < $8 ";

}  // namespace

Result<Answer> epss_scores(Desk& desk, const Given& given) {
  const Question asked = TRY(read_question(given));
  const auto total = TRY(
      desk.tx().one("SELECT count(*)" + std::string(kWhere),
                    {asked.has_names ? 1 : 0, asked.names, asked.day, asked.part, asked.epss_above,
                     asked.epss_below, asked.percentile_above, asked.percentile_below},
                    [](const store::Row& row) { return row.integer(0); }));
  const std::string_view between = asked.is_pretty ? ",\n" : ",";
  std::string rows = asked.is_pretty ? "[\n" : "[";
  bool is_first = true;
  TRY(desk.tx().each(
      fmt::format("SELECT name, score, percentile, day{} ORDER BY {} LIMIT $9 OFFSET $10", kWhere,
                  asked.order),
      {asked.has_names ? 1 : 0, asked.names, asked.day, asked.part, asked.epss_above,
       asked.epss_below, asked.percentile_above, asked.percentile_below,
       static_cast<std::int64_t>(asked.limit), static_cast<std::int64_t>(asked.offset)},
      [&](const store::Row& row) {
        rows += is_first ? "" : between;
        rows += R"({"cve":)";
        json::append_canonical(rows, row.text(0));
        rows += fmt::format(R"(,"epss":"{}","percentile":"{}","date":)",
                            nine_decimals(row.integer(1)), nine_decimals(row.integer(2)));
        json::append_canonical(rows, row.text(3));
        rows += '}';
        is_first = false;
        return true;
      }));
  rows += asked.is_pretty ? "\n]" : "]";
  if (!asked.has_envelope) {
    return Answer{200, std::move(rows)};
  }
  return Answer{200,
                fmt::format(R"({{"status":"OK","status-code":200,"version":"1.0",)"
                            R"("access":"public","total":{},"offset":{},"limit":{},"data":{}}})",
                            total.value_or(0), asked.offset, asked.limit, rows)};
}

}  // namespace weir::compat
