#include "main/views.h"

namespace weir::main {

Status told(const Line& line, const app::Done& done) {
  if (!done.is_done()) {
    return fail(Code::denied,
                "a second person must approve this first: weir approve " + done.waiting_for,
                done.waiting_for);
  }
  if (!done.reference.empty()) {
    line.say(json::Object{{"reference", done.reference}});
  }
  return {};
}

}  // namespace weir::main
