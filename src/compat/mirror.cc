#include "compat/mirror.h"

#include <limits>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/json.h"

namespace weir::compat {
namespace {

constexpr std::string_view kPageStart = R"({"changes":)";
constexpr std::string_view kPageEnd = R"(,"cursor":")";
constexpr std::string_view kRecord = R"(,"record":)";

std::unexpected<Error> no_page() {
  return fail(Code::invalid, "this is no page of a feed of changes");
}

Result<catalog::VersionId> read_cursor(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return fail(Code::invalid, "this is no cursor", "/cursor");
  }
  return static_cast<catalog::VersionId>(*number);
}

std::optional<advisory::State> parse_state(std::string_view text) {
  for (const advisory::State state : {advisory::State::published, advisory::State::rejected,
                                      advisory::State::withdrawn, advisory::State::removed}) {
    if (text == advisory::name(state)) {
      return state;
    }
  }
  return std::nullopt;
}

Result<Change> read_head_of(std::string_view text) {
  const json::Value value = TRY(json::parse(text));
  const json::Cursor root(value);
  Change change;
  const std::string cursor = TRY(root.string_at("cursor"));
  change.version = TRY(read_cursor(cursor));
  const std::string source_name = TRY(root.string_at("source"));
  const std::string state_name = TRY(root.string_at("state"));
  const std::string taken_text = TRY(root.string_at("taken"));
  const auto source = advisory::parse_source(source_name);
  const auto state = parse_state(state_name);
  const auto taken = parse_rfc3339(taken_text);
  if (!source || !state || !taken) {
    return fail(Code::invalid, "a source, a state or a time that there is not");
  }
  change.source = *source;
  change.state = *state;
  change.taken = *taken;
  change.id = TRY(root.string_at("id"));
  if (const auto digest = TRY(root.find_string("sha256"))) {
    const auto bytes = from_hex(*digest);
    if (!bytes || !Digest::from(*bytes)) {
      return fail(Code::invalid, "no SHA-256", "/sha256");
    }
    change.digest = *bytes;
  }
  change.is_superseded = root.find("superseded").has_value();
  return change;
}

}  // namespace

Result<FeedPage> read_feed_page(std::string_view body) {
  const std::size_t end = body.rfind(kPageEnd);
  if (!body.starts_with(kPageStart) || end == std::string_view::npos || end < kPageStart.size()) {
    return no_page();
  }
  const std::string_view list = body.substr(kPageStart.size(), end - kPageStart.size());
  const json::Value rest = TRY(json::parse("{" + std::string(body.substr(end + 1))));
  if (!list.starts_with('[') || !list.ends_with(']')) {
    return no_page();
  }
  const json::Cursor root(rest);
  const std::string cursor = TRY(root.string_at("cursor"));
  const json::Cursor more = TRY(root.at("more"));
  FeedPage page;
  page.cursor = TRY(read_cursor(cursor));
  page.has_more = TRY(more.boolean());
  page.changes = TRY(advisory::split(list));
  return page;
}

Result<MirroredChange> read_feed_change(std::string_view text) {
  // In a string its quotes would stand behind backslashes.
  const std::size_t at = text.find(kRecord);
  MirroredChange out;
  if (at == std::string_view::npos) {
    out.change = TRY(read_head_of(text));
    return out;
  }
  if (!text.ends_with('}')) {
    return no_page();
  }
  out.change = TRY(read_head_of(std::string(text.substr(0, at)) + "}"));
  out.record = text.substr(at + kRecord.size());
  out.record.remove_suffix(1);
  // Of a record that came in a larger document the digest is without the space between its tokens.
  if (sha256(out.record).view() != out.change.digest &&
      sha256(advisory::minified(out.record)).view() != out.change.digest) {
    return fail(Code::corrupt, "the record is not the one whose digest stands beside it",
                out.change.id);
  }
  return out;
}

Result<catalog::Head> follow_change(const catalog::Head& head, const Change& change) {
  if (change.version <= head.version) {
    return fail(Code::corrupt, "the feed goes back", std::to_string(change.version));
  }
  return catalog::next(head, {.version = change.version,
                              .source = advisory::name(change.source),
                              .id = change.id,
                              .state = advisory::name(change.state),
                              .taken = change.taken,
                              .digest = change.digest});
}

}  // namespace weir::compat
