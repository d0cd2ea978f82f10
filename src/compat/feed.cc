#include "compat/feed.h"

#include <algorithm>

#include <fmt/format.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/json.h"
#include "catalog/catalog.h"

namespace weir::compat {
namespace {

Answer invalid(std::string_view message) {
  std::string body = R"({"type":"about:blank","title":"invalid","status":400,"detail":)";
  json::append_canonical(body, message);
  return {400, body + "}"};
}

const Answer kUnavailable = {503, R"({"type":"about:blank","title":"unavailable","status":503})"};

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

Result<std::int64_t> newest(const store::Tx& tx) {
  const auto id = TRY(tx.one("SELECT coalesce(max(id), 0) FROM version", {},
                             [](const store::Row& row) { return row.integer(0); }));
  return id.value_or(0);
}

Status append_change(const store::Tx& tx, const Row& row, ChangesQuery::Records records,
                     std::string& body) {
  body += fmt::format(R"({{"cursor":"{}","source":"{}","id":)", row.version, name(row.source));
  json::append_canonical(body, row.id);
  body += fmt::format(R"(,"state":"{}")", name(row.state));
  if (row.modified) {
    body += fmt::format(R"(,"modified":"{}")", to_rfc3339(*row.modified));
  }
  if (!row.digest.empty()) {
    body += fmt::format(R"(,"sha256":"{}")", to_hex(row.digest));
    if (records == ChangesQuery::Records::with) {
      body += R"(,"record":)" + TRY(catalog::bytes(tx, row.version));
    }
  }
  body += '}';
  return {};
}

Result<std::string> changes_body(const store::Tx& tx, const ChangesQuery& query,
                                 std::int64_t after) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMostChanges);
  const auto rows =
      TRY(tx.all(std::string(kColumns) +
                     "WHERE v.id > $1 AND ($2 = 0 OR r.source = $2) ORDER BY v.id LIMIT $3",
                 {after, query.source ? static_cast<std::int64_t>(*query.source) : std::int64_t{0},
                  static_cast<std::int64_t>(limit + 1)},
                 row_of));
  std::string body = R"({"changes":[)";
  std::size_t given = 0;
  for (; given < std::min(limit, rows.size()) && body.size() < kMostPageBytes; ++given) {
    body += given == 0 ? "" : ",";
    TRY(append_change(tx, rows[given], query.records, body));
  }
  const bool is_more = given < rows.size();
  // At the end the cursor moves on to the newest of all, also over what was filtered away.
  const std::int64_t cursor = is_more ? rows[given - 1].version : std::max(after, TRY(newest(tx)));
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

Result<std::string> entry_of(const store::Tx& tx, const Row& row, std::string_view base) {
  std::string title = row.id;
  std::string summary;
  if (!row.digest.empty()) {
    advisory::Reader reader;
    if (const auto one = reader.read(TRY(catalog::bytes(tx, row.version)))) {
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

}  // namespace

Answer changes(const store::Tx& tx, const ChangesQuery& query) {
  std::uint64_t after = 0;
  if (!query.cursor.empty()) {
    const auto number = parse_decimal(query.cursor);
    if (!number) {
      return invalid("this is no cursor");
    }
    after = *number;
  }
  const auto last = newest(tx);
  if (!last) {
    return kUnavailable;
  }
  if (after > static_cast<std::uint64_t>(*last)) {
    return invalid("this cursor is of another database: begin anew");
  }
  auto body = changes_body(tx, query, static_cast<std::int64_t>(after));
  return body ? Answer{200, std::move(*body)} : kUnavailable;
}

Answer atom(const store::Tx& tx, std::string_view base) {
  const auto rows = tx.all(std::string(kColumns) + "ORDER BY v.id DESC LIMIT $1",
                           {static_cast<std::int64_t>(kAtomEntries)}, row_of);
  if (!rows) {
    return kUnavailable;
  }
  std::string entries;
  for (const Row& row : *rows) {
    const auto entry = entry_of(tx, row, base);
    if (!entry) {
      return kUnavailable;
    }
    entries += *entry;
  }
  const Instant updated = rows->empty() ? Instant{} : rows->front().taken;
  return {200, fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                           "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id>"
                           "<title>Public vulnerability records</title><author><name>Weir</name>"
                           "</author><updated>{1}</updated>\n{2}</feed>\n",
                           escaped(base), to_rfc3339(updated), entries)};
}

}  // namespace weir::compat
