#include "compat/feed.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/heads.h"
#include "compat/desk.h"
#include "compat/public.h"

namespace weir::compat {
namespace {

struct ChangesQuery {
  std::int64_t after = 0;
  std::optional<advisory::Source> source{};
  std::size_t limit = kMostChanges;
  enum class Records { without, with } records = Records::with;
  enum class Superseded { without, with } superseded = Superseded::without;
};

Change change_of(const store::Row& row) {
  return {.version = row.integer(0),
          .source = static_cast<advisory::Source>(row.integer(1)),
          .id = row.text(2),
          .state = static_cast<advisory::State>(row.integer(3)),
          .modified = row.is_null(4) ? std::nullopt : std::optional(Instant{row.integer(4)}),
          .taken = Instant{row.integer(5)},
          .digest = row.is_null(6) ? "" : row.blob(6),
          .is_superseded = row.integer(7) != row.integer(0)};
}

constexpr std::string_view kColumns =
    "SELECT v.id, r.source, r.name, v.state, v.modified_ms, v.taken_ms, v.digest, r.version "
    "FROM version v JOIN record r ON ";
constexpr std::string_view kCurrent = "r.version = v.id AND r.id = v.record ";
constexpr std::string_view kAll = "r.id = v.record ";

Result<std::string> changes_body(Desk& desk, const ChangesQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMostChanges);
  const bool is_whole = query.superseded == ChangesQuery::Superseded::with;
  const auto rows = TRY(desk.tx().all(
      std::string(kColumns) + std::string(is_whole ? kAll : kCurrent) +
          "WHERE v.id > $1 AND ($2 = 0 OR r.source = $2) ORDER BY v.id LIMIT $3",
      {query.after, query.source ? static_cast<std::int64_t>(*query.source) : std::int64_t{0},
       static_cast<std::int64_t>(limit + 1)},
      change_of));
  std::string body = R"({"changes":[)";
  std::size_t given = 0;
  for (; given < std::min(limit, rows.size()) && body.size() < kMostPageBytes; ++given) {
    const Change& change = rows[given];
    std::string record;
    if (query.records == ChangesQuery::Records::with && !change.is_superseded &&
        !change.digest.empty()) {
      record = TRY(desk.bytes(change.version));
    }
    body += given == 0 ? "" : ",";
    append_change(body, change, record);
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

Result<std::string> entry_of(Desk& desk, const Change& row, std::string_view base) {
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
  const auto is_yes = [&](std::string_view name, bool otherwise) -> Result<bool> {
    const std::string word = given.parameter(name);
    if (!word.empty() && word != "yes" && word != "no") {
      return fail(Code::invalid, "yes or no", std::string(name));
    }
    return word.empty() ? otherwise : word == "yes";
  };
  query.records =
      TRY(is_yes("records", true)) ? ChangesQuery::Records::with : ChangesQuery::Records::without;
  query.superseded = TRY(is_yes("superseded", false)) ? ChangesQuery::Superseded::with
                                                      : ChangesQuery::Superseded::without;
  return query;
}

}  // namespace

void append_change(std::string& body, const Change& change, std::string_view record) {
  body +=
      fmt::format(R"({{"cursor":"{}","source":"{}","id":)", change.version, name(change.source));
  json::append_canonical(body, change.id);
  body +=
      fmt::format(R"(,"state":"{}","taken":"{}")", name(change.state), to_rfc3339(change.taken));
  if (change.modified) {
    body += fmt::format(R"(,"modified":"{}")", to_rfc3339(*change.modified));
  }
  if (!change.digest.empty()) {
    body += fmt::format(R"(,"sha256":"{}")", to_hex(change.digest));
  }
  if (change.is_superseded) {
    body += R"(,"superseded":true)";
  }
  if (!record.empty()) {
    body += R"(,"record":)";
    body += record;
  }
  body += '}';
}

Status each_change(const store::Tx& tx, const std::function<Status(const Change& change)>& use) {
  Status status;
  TRY(tx.each(std::string(kColumns) + std::string(kCurrent) + "ORDER BY v.id", {},
              [&](const store::Row& row) {
                status = use(change_of(row));
                return status.has_value();
              }));
  return status;
}

Result<std::string> newest_cursor(const Public& records) {
  const auto told = TRY(records.ask(
      [](Desk& desk, const Given&) -> Result<Answer> {
        return Answer{200, std::to_string(TRY(catalog::newest(desk.tx())))};
      },
      {}));
  return told->answer.body;
}

Result<Answer> changes_head(Desk& desk, const Given& given) {
  static_cast<void>(given);
  const auto first = TRY(catalog::first_head(desk.tx()));
  if (!first) {
    return fail(Code::not_found, "nothing has been taken in yet");
  }
  const catalog::Head head = TRY(catalog::newest_head(desk.tx()));
  return Answer{200, head_lines({to_hex(first->hash.view()), head.version, head.hash}),
                "text/plain; charset=utf-8"};
}

std::string head_lines(const FeedHead& head) {
  return fmt::format("{}\n{}\n{}\n", head.feed, head.position, to_base64(head.hash));
}

std::string head_note(std::string_view origin, std::string_view lines) {
  return fmt::format("{}\n{}\n{}", kHeadFormat, origin, lines);
}

Result<FeedHead> parse_head_note(std::string_view body, std::string_view origin) {
  const auto line = [&body]() -> std::optional<std::string_view> {
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view one = body.substr(0, end);
    body.remove_prefix(end + 1);
    return one;
  };
  if (line() != kHeadFormat) {
    return fail(Code::invalid, fmt::format("not a {}", kHeadFormat), "line 1");
  }
  if (line() != origin) {
    return fail(Code::denied, "the head of another platform's feed", "line 2");
  }
  const auto feed = line();
  const auto position = line();
  const auto hash = line();
  const auto bytes = feed ? from_hex(*feed) : std::nullopt;
  if (!bytes || !Digest::from(*bytes) || to_hex(*bytes) != *feed) {
    return fail(Code::invalid, "expected 64 digits, the name of the feed", "line 3");
  }
  const auto number = position ? parse_decimal(*position) : std::nullopt;
  if (!number || *number == 0 ||
      *number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return fail(Code::invalid, "expected the position", "line 4");
  }
  const auto digest = hash ? digest_from_base64(*hash) : std::nullopt;
  if (!digest || !body.empty()) {
    return fail(Code::invalid, "expected the hash and no more", "line 5");
  }
  return FeedHead{std::string(*feed), static_cast<catalog::VersionId>(*number), *digest};
}

Result<Answer> changes(Desk& desk, const Given& given) {
  const ChangesQuery query = TRY(read_query(given));
  if (query.after > TRY(catalog::newest(desk.tx()))) {
    return fail(Code::invalid, "this cursor is of another database: begin anew", "after");
  }
  return Answer{200, TRY(changes_body(desk, query))};
}

Result<Answer> atom(Desk& desk, const Given& given) {
  const auto rows = TRY(
      desk.tx().all(std::string(kColumns) + std::string(kCurrent) + "ORDER BY v.id DESC LIMIT $1",
                    {static_cast<std::int64_t>(kAtomEntries)}, change_of));
  const std::string base = given.base + "/api/v1/vulnerabilities/";
  std::string entries;
  for (const Change& row : rows) {
    entries += TRY(entry_of(desk, row, base));
  }
  const Instant updated = rows.empty() ? Instant{} : rows.front().taken;
  return Answer{200,
                fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id>"
                            "<title>Public vulnerability records</title><link rel=\"self\" "
                            "href=\"{3}\"/><author><name>Weir</name></author>"
                            "<updated>{1}</updated>\n{2}</feed>\n",
                            escaped(base), to_rfc3339(updated), entries,
                            escaped(given.base + "/api/v1/changes.atom")),
                "application/atom+xml"};
}

}  // namespace weir::compat
