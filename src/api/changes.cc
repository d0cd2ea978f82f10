#include "api/changes.h"

#include <algorithm>

#include "compat/feed.h"

namespace weir::api {
namespace {

struct Page {
  std::string text;
  std::string cursor;
  bool is_empty = true;
};

Result<Page> page_after(const compat::Public& records, const std::string& cursor,
                        std::size_t limit) {
  compat::Given given;
  given.parameters = {{"after", cursor}, {"limit", std::to_string(limit)}, {"records", "no"}};
  const auto told = TRY(records.ask(compat::changes, given));
  const json::Value value = TRY(json::parse(told->answer.body));
  const json::Cursor root(value);
  Page page{told->answer.body, TRY(root.string_at("cursor"))};
  page.is_empty = value.at("changes").as_array().empty();
  return page;
}

}  // namespace

Status ChangesFeed::add(const compat::Public& records, std::string after,
                        std::shared_ptr<http::EventStream> stream) {
  if (after.empty()) {
    after = TRY(compat::newest_cursor(records));
  } else {
    TRY(page_after(records, after, 1));  // whether it is one
  }
  return readers_.with([&](auto& readers) -> Status {
    if (readers.size() >= kMostChangeStreams) {
      return fail(Code::unavailable, "too many event streams are open");
    }
    readers.push_back(std::make_shared<Reader>(std::move(after), std::move(stream)));
    return {};
  });
}

/// `gone` also for a reader who asks with a cursor of another database.
ChangesFeed::Served ChangesFeed::serve(const compat::Public& records, Reader& reader, Turn turn) {
  if (reader.stream->state() == http::EventStream::State::ended) {
    return Served::gone;
  }
  const auto page = page_after(records, reader.cursor, kChangesOfEvent);
  if (!page) {
    return page.error().code == Code::unavailable ? Served::nothing : Served::gone;
  }
  if (turn == Turn::further && reader.stream->waiting() > 0) {
    return Served::nothing;  // making the page has taken longer than taking the last one might have
  }
  reader.cursor = page->cursor;
  if (page->is_empty) {
    return Served::nothing;
  }
  const auto state =
      reader.stream->send({.name = "changes", .data = page->text, .id = page->cursor});
  return state == http::EventStream::State::open ? Served::page : Served::gone;
}

void ChangesFeed::feed(const compat::Public& records) {
  auto readers = readers_.with([](const auto& all) { return all; });
  for (int round = 0; round < kPagesOfRound && !readers.empty(); ++round) {
    std::erase_if(readers, [&](const auto& reader) {
      const Served served = serve(records, *reader, round == 0 ? Turn::first : Turn::further);
      if (served == Served::gone) {
        reader->stream->end();
        readers_.with([&](auto& all) { std::erase(all, reader); });
      }
      return served != Served::page;
    });
  }
}

std::size_t ChangesFeed::open() const {
  return readers_.with([](const auto& all) { return all.size(); });
}

}  // namespace weir::api
