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

/// False once the reader is gone, or asks with a cursor of another database.
bool ChangesFeed::serve(const compat::Public& records, Reader& reader) {
  if (reader.stream->state() == http::EventStream::State::ended) {
    return false;
  }
  const auto page = page_after(records, reader.cursor, kChangesOfEvent);
  if (!page) {
    return page.error().code == Code::unavailable;  // may answer later
  }
  if (page->is_empty) {
    reader.cursor = page->cursor;
    return true;
  }
  reader.cursor = page->cursor;
  return reader.stream->send({.name = "changes", .data = page->text, .id = page->cursor}) ==
         http::EventStream::State::open;
}

void ChangesFeed::feed(const compat::Public& records) {
  const auto readers = readers_.with([](const auto& all) { return all; });
  for (const auto& reader : readers) {
    if (!serve(records, *reader)) {
      reader->stream->end();
      readers_.with([&](auto& all) { std::erase(all, reader); });
    }
  }
}

std::size_t ChangesFeed::open() const {
  return readers_.with([](const auto& all) { return all.size(); });
}

}  // namespace weir::api
