#include "compat/public.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/guarded.h"
#include "base/recent.h"
#include "catalog/catalog.h"
#include "catalog/search.h"
#include "compat/desk.h"
#include "compat/feed.h"

namespace weir::compat {
namespace {

constexpr std::size_t kTagDigits = 32;

/// What is asked; shared, because a question may still go on while it is renewed.
struct Open {
  std::shared_ptr<store::Db> db;
  std::shared_ptr<const catalog::Search> search;
};

/// The question, and the state of the records that it is asked of; "" if it is too long to keep.
/// Atom alone names the server: whoever asks for anything else under another name gets the same.
std::string key_of(Ask question, const Given& given, const catalog::Mark& now,
                   const catalog::Mark& searched) {
  std::string key;
  const std::string_view base = question == atom ? std::string_view(given.base) : "";
  std::size_t bytes = given.id.size() + given.source.size() + given.body.size() + base.size();
  for (const auto& [name, value] : given.parameters) {
    bytes += name.size() + value.size();
  }
  if (bytes > kMostKeptQuestionBytes) {
    return key;
  }
  const auto add = [&](std::string_view part) {
    key += std::to_string(part.size());
    key += ':';
    key += part;
  };
  key = fmt::format("{} {} {} {} {} ", reinterpret_cast<std::uintptr_t>(question), now.version,
                    now.run, searched.version, searched.run);
  for (const std::string_view part :
       {std::string_view(given.id), std::string_view(given.source), given.body, base}) {
    add(part);
  }
  for (const auto& [name, value] : given.parameters) {
    add(name);
    add(value);
  }
  return key;
}

}  // namespace

struct Public::Inside {
  explicit Inside(std::string at)
      : path(std::move(at)), bulk((std::filesystem::path(path).parent_path() / "bulk").string()) {}
  std::string path;
  Guarded<Open> open;
  Guarded<std::vector<std::unique_ptr<Desk>>> idle;
  Recent<Told> answers{kMostKeptAnswerBytes};
  Bulk bulk;
};

Public::Public(std::string path) : inside_(std::make_unique<Inside>(std::move(path))) {}
Public::~Public() = default;

Status Public::refresh() {
  Open open = inside_->open.with([](const Open& one) { return one; });
  if (!open.db) {
    open.db = TRY(catalog::open(inside_->path, catalog::Use::ask));
  }
  const store::ReadTx tx = TRY(open.db->read());
  if (!open.search || !TRY(open.search->is_fresh(*tx))) {
    auto search = std::make_shared<catalog::Search>();
    TRY(search->refresh(*tx));
    open.search = std::move(search);
    inside_->open.with([&](Open& one) { one = std::move(open); });
  }
  return {};
}

void Public::break_off() {
  inside_->open.with([](const Open& open) {
    if (open.db) {
      open.db->interrupt_reads();
    }
  });
}

Result<BulkFile> Public::bulk(BulkKind kind, const std::string& ecosystem) const {
  const Open open = inside_->open.with([](const Open& one) { return one; });
  if (!open.db) {
    return fail(Code::unavailable, "there is no public database here yet");
  }
  const store::ReadTx tx = TRY(open.db->read());
  return inside_->bulk.file(*tx, kind, ecosystem);
}

Result<std::shared_ptr<const Told>> Public::ask(Ask question, const Given& given) const {
  const Open open = inside_->open.with([](const Open& one) { return one; });
  if (!open.db) {
    return fail(Code::unavailable, "there is no public database here yet");
  }
  const store::ReadTx tx = TRY(open.db->read(kMostAnswerTime));
  std::string key = key_of(question, given, TRY(catalog::mark(*tx)), open.search->mark());
  if (!key.empty()) {
    if (auto kept = inside_->answers.find(key)) {
      return kept;
    }
  }
  std::unique_ptr<Desk> desk = inside_->idle.with([](auto& idle) -> std::unique_ptr<Desk> {
    if (idle.empty()) {
      return nullptr;
    }
    auto taken = std::move(idle.back());
    idle.pop_back();
    return taken;
  });
  if (!desk) {
    desk = std::make_unique<Desk>();
  }
  TRY(desk->turn_to(*tx, open.search.get()));
  Result<Answer> answer = question(*desk, given);
  inside_->idle.with([&](auto& idle) {
    if (idle.size() < kMostDesks) {
      idle.push_back(std::move(desk));
    }
  });
  if (!answer) {
    return std::unexpected(std::move(answer).error());
  }
  Told told{*std::move(answer), ""};
  if (told.answer.status == 200) {
    told.tag = to_hex(sha256(told.answer.body).view()).substr(0, kTagDigits);
  }
  auto made = std::make_shared<const Told>(std::move(told));
  if (!key.empty() && made->answer.body.size() <= kMostKeptOneBytes) {
    inside_->answers.put(std::move(key), made, made->answer.body.size());
  }
  return made;
}

}  // namespace weir::compat
