// The end of a case: publication, opening, deferral, erasure.
#include "app/closing.h"

#include "api/table.h"
#include "base/bytes.h"

namespace weir::api {
namespace {

using http::Response;

constexpr std::size_t kMostPublishedBytes = std::size_t{16} << 20;

/// The body is what becomes public, byte for byte; what is said about it comes in the query.
Result<Response> publish(Call& call) {
  app::Publication publication;
  publication.public_id = TRY(query_text(call, "id"));
  const std::string level = TRY(query_text(call, "level"));
  const auto known = parse_level(level.empty() ? "advisory" : level);
  if (!known) {
    return fail(Code::invalid, "a level is notice, advisory, technical or exploit", "level");
  }
  publication.level = *known;
  publication.bytes = std::move(call.request.body);
  return told(TRY(app::publish(call.app, call.actor, call.path("case"), publication)));
}

}  // namespace

void add_closing(Table& table) {
  using enum http::Method;
  Row& published = table.add(post, "/api/v1/cases/{case}/publication", Access::user, "publish",
                             "Make the body public as it is; before every fix two people", publish);
  published.body = http::BodyKind::whole;
  published.most_body_bytes = kMostPublishedBytes;
  published.content_types = {};
  published.answers = "Done";
  published.parameters = {{http::In::query, "id", "the public id: 4 to 40 of A-Z, 0-9 and dash",
                           "string", http::Parameter::Needed::yes},
                          {http::In::query, "level",
                           "what it shows: notice, advisory (if absent), technical, exploit"}};
  const Input conflict = optional("conflict", Kind::fact, "for who is not its handler");
  Row& open = table.add(post, "/api/v1/cases/{case}/opening", Access::user, "open_custody",
                        "Open its custody record; before its time two people",
                        [](Call& call) -> Result<Response> {
                          return told(TRY(app::open_custody(call.app, call.actor, call.path("case"),
                                                            call.body.find_fact("conflict"))));
                        });
  open.inputs = {conflict};
  open.answers = "Done";
  Row& defer = table.add(
      post, "/api/v1/cases/{case}/deferral", Access::user, "defer_opening",
      "Say in public that an opening comes later (two people)", [](Call& call) -> Result<Response> {
        return told(TRY(app::defer_opening(call.app, call.actor, call.path("case"),
                                           {.until = call.body.text("until"),
                                            .ground_class = call.body.text("ground_class"),
                                            .conflict = call.body.find_fact("conflict")})));
      });
  defer.inputs = {needed("until", Kind::text, "RFC 3339"),
                  needed("ground_class", Kind::text, "[a-z_]+"), conflict};
  defer.answers = "Done";
  Row& erase = table.add(post, "/api/v1/cases/{case}/erasure", Access::user, "erase_key",
                         "Destroy its content, in every copy (two people)",
                         [](Call& call) -> Result<Response> {
                           return told(TRY(app::erase_key(call.app, call.actor, call.path("case"),
                                                          call.body.find_fact("conflict"))));
                         });
  erase.inputs = {conflict};
  erase.answers = "Done";
  table.add(post, "/api/v1/cover/opening", Access::user, "open_cover",
            "Open the newest cover stream",
            [](Call& call) { return told(app::open_cover(call.app, call.actor)); });
}

}  // namespace weir::api
