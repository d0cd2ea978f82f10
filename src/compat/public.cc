#include "compat/public.h"

#include "base/guarded.h"
#include "catalog/catalog.h"
#include "catalog/search.h"
#include "compat/desk.h"

namespace weir::compat {
namespace {

/// What is asked; shared, because a question may still go on while it is renewed.
struct Open {
  std::shared_ptr<store::Db> db;
  std::shared_ptr<const catalog::Search> search;
};

}  // namespace

struct Public::Inside {
  std::string path;
  Guarded<Open> open;
  Guarded<std::vector<std::unique_ptr<Desk>>> idle;
};

Public::Public(std::string path) : inside_(std::make_unique<Inside>()) {
  inside_->path = std::move(path);
}
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

Result<Answer> Public::ask(Ask question, const Given& given) const {
  const Open open = inside_->open.with([](const Open& one) { return one; });
  if (!open.db) {
    return fail(Code::unavailable, "there is no public database here yet");
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
  const store::ReadTx tx = TRY(open.db->read());
  TRY(desk->turn_to(*tx, open.search.get()));
  Result<Answer> answer = question(*desk, given);
  inside_->idle.with([&](auto& idle) {
    if (idle.size() < kMostDesks) {
      idle.push_back(std::move(desk));
    }
  });
  return answer;
}

}  // namespace weir::compat
