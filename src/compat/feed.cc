#include "compat/feed.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "compat/desk.h"

namespace weir::compat {
namespace {

struct ChangesQuery {
  std::int64_t after = 0;
  std::optional<advisory::Source> source{};
  std::size_t limit = kMostChanges;
  enum class Records { without, with } records = Records::with;
};

struct Row {
  std::int64_t version;
  advisory::Source source;
  std::string id;
  advisory::State state;
  std::optional<Instant> modified;
  Instant taken;
  std::string digest;
};

Row row_of(const store::Row& row) {
  return {row.integer(0),
          static_cast<advisory::Source>(row.integer(1)),
          row.text(2),
          static_cast<advisory::State>(row.integer(3)),
          row.is_null(4) ? std::nullopt : std::optional(Instant{row.integer(4)}),
          Instant{row.integer(5)},
          row.is_null(6) ? "" : row.blob(6)};
}

constexpr std::string_view kColumns =
    "SELECT v.id, r.source, r.name, v.state, v.modified_ms, v.taken_ms, v.digest "
    "FROM version v JOIN record r ON r.version = v.id AND r.id = v.record ";

Status append_change(Desk& desk, const Row& row, ChangesQuery::Records records, std::string& body) {
  body += fmt::format(R"({{"cursor":"{}","source":"{}","id":)", row.version, name(row.source));
  json::append_canonical(body, row.id);
  body += fmt::format(R"(,"state":"{}")", name(row.state));
  if (row.modified) {
    body += fmt::format(R"(,"modified":"{}")", to_rfc3339(*row.modified));
  }
  if (!row.digest.empty()) {
    body += fmt::format(R"(,"sha256":"{}")", to_hex(row.digest));
    if (records == ChangesQuery::Records::with) {
      body += R"(,"record":)" + TRY(desk.bytes(row.version));
    }
  }
  body += '}';
  return {};
}

Result<std::string> changes_body(Desk& desk, const ChangesQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMostChanges);
  const auto rows = TRY(desk.tx().all(
      std::string(kColumns) +
          "WHERE v.id > $1 AND ($2 = 0 OR r.source = $2) ORDER BY v.id LIMIT $3",
      {query.after, query.source ? static_cast<std::int64_t>(*query.source) : std::int64_t{0},
       static_cast<std::int64_t>(limit + 1)},
      row_of));
  std::string body = R"({"changes":[)";
  std::size_t given = 0;
  for (; given < std::min(limit, rows.size()) && body.size() < kMostPageBytes; ++given) {
    body += given == 0 ? "" : ",";
    TRY(append_change(desk, rows[given], query.records, body));
  }
  const bool is_more = given < rows.size();
  // At the end the cursor moves on to the newest of all, also over what was filtered away.
  const std::int64_t cursor =
      is_more ? rows[given - 1].version : std::max(query.after, TRY(catalog::newest(desk.tx())));
  return body + fmt::format(R"(],"cursor":"{}","more":{}}})", cursor, is_more);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += byte < 0x20 && c != '\n' && c != '\t' ? ' ' : c;  // XML 1.0 cannot hold the others
    }
  }
  return out;
}

Result<std::string> entry_of(Desk& desk, const Row& row, std::string_view base) {
  std::string title = row.id;
  std::string summary;
  if (!row.digest.empty()) {
    const std::string text = TRY(desk.bytes(row.version));
    if (const auto one = desk.reader().read(text)) {
      title += one->title.empty() ? "" : ": " + one->title;
      summary = one->texts.empty() ? "" : one->texts.front();
    }
  }
  const std::string link = escaped(std::string(base) + row.id);
  return fmt::format(
      "<entry><id>urn:weir:{}:{}:{}</id><title>{}</title><updated>{}</updated>"
      "<link href=\"{}\"/><category term=\"{}\"/><category term=\"{}\"/><summary>{}</summary>"
      "</entry>\n",
      name(row.source), escaped(row.id), row.version, escaped(title), to_rfc3339(row.taken), link,
      name(row.source), name(row.state), escaped(summary));
}

Result<ChangesQuery> read_query(const Given& given) {
  ChangesQuery query;
  const std::string after = given.parameter("after");
  const auto cursor = after.empty() ? std::optional(std::uint64_t{0}) : parse_decimal(after);
  if (!cursor || *cursor > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return fail(Code::invalid, "this is no cursor", "after");
  }
  query.after = static_cast<std::int64_t>(*cursor);
  if (const std::string source = given.parameter("source"); !source.empty()) {
    query.source = advisory::parse_source(source);
    if (!query.source) {
      return fail(Code::invalid, "there is no such source", "source");
    }
  }
  if (const std::string limit = given.parameter("limit"); !limit.empty()) {
    const auto number = parse_decimal(limit);
    if (!number || *number == 0 || *number > kMostChanges) {
      return fail(Code::invalid, fmt::format("a number from 1 to {}", kMostChanges), "limit");
    }
    query.limit = *number;
  }
  const std::string records = given.parameter("records");
  if (!records.empty() && records != "yes" && records != "no") {
    return fail(Code::invalid, "yes or no", "records");
  }
  query.records = records == "no" ? ChangesQuery::Records::without : ChangesQuery::Records::with;
  return query;
}

}  // namespace

Result<Answer> changes(Desk& desk, const Given& given) {
  const ChangesQuery query = TRY(read_query(given));
  if (query.after > TRY(catalog::newest(desk.tx()))) {
    return fail(Code::invalid, "this cursor is of another database: begin anew", "after");
  }
  return Answer{200, TRY(changes_body(desk, query))};
}

Result<Answer> atom(Desk& desk, const Given& given) {
  const auto rows = TRY(desk.tx().all(std::string(kColumns) + "ORDER BY v.id DESC LIMIT $1",
                                      {static_cast<std::int64_t>(kAtomEntries)}, row_of));
  const std::string base = given.base + "/api/v1/vulnerabilities/";
  std::string entries;
  for (const Row& row : rows) {
    entries += TRY(entry_of(desk, row, base));
  }
  const Instant updated = rows.empty() ? Instant{} : rows.front().taken;
  return Answer{200,
                fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id>"
                            "<title>Public vulnerability records</title><author><name>Weir</name>"
                            "</author><updated>{1}</updated>\n{2}</feed>\n",
                            escaped(base), to_rfc3339(updated), entries),
                "application/atom+xml"};
}

}  // namespace weir::compat
