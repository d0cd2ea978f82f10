// What is said in a case: messages, statements, fixes, and the embargo.
#include "api/table.h"
#include "app/cases.h"
#include "app/embargo.h"

namespace weir::api {
namespace {

using http::Response;

Result<Response> post_message(Call& call) {
  app::Message message;
  message.text = call.body.text("text");
  message.level = call.body.level("level", message.level);
  message.vulnerability = call.body.number("vulnerability");
  message.audience = call.body.text("to");
  message.to = call.body.fact("to_reporter") == policy::Fact::yes ? app::Message::To::reporter
                                                                  : app::Message::To::participants;
  const std::string made = TRY(app::post_message(call.app, call.actor, call.path("case"), message));
  return created(json::Object{{"object", made}});
}

Result<Response> state_status(Call& call) {
  const auto answer = app::parse_answer(call.body.text("answer"));
  CHECK(answer);  // one of the row's choices
  return told(app::state_status(call.app, call.actor, call.path("case"),
                                {.vulnerability = call.body.number("vulnerability"),
                                 .answer = *answer,
                                 .text = call.body.text("text")}));
}

Result<Response> announce_fix(Call& call) {
  const app::Fix fix{.vulnerability = call.body.number("vulnerability"),
                     .vendor = call.body.text("vendor"),
                     .product = call.body.text("product"),
                     .phase = call.body.text("phase") == "fix_public" ? policy::Phase::fix_public
                                                                      : policy::Phase::fix_exists};
  return told(TRY(app::announce_fix(call.app, call.actor, call.path("case"), fix)));
}

using CaseAct = Status (*)(app::App&, const app::Actor&, const std::string&);

Act act_on_case(CaseAct act) {
  return [act](Call& call) { return told(act(call.app, call.actor, call.path("case"))); };
}

}  // namespace

void add_threads(Table& table) {
  using enum http::Method;
  Row& message = table.add(post, "/api/v1/cases/{case}/messages", Access::reader, "post_message",
                           "Say something in a case", post_message);
  message.inputs = {needed("text", Kind::text), optional("level", Kind::level),
                    optional("vulnerability", Kind::number, "the thread; 0 or absent: the whole"),
                    optional("to", Kind::text, "this organisation and the handler alone"),
                    optional("to_reporter", Kind::fact, "whoever filed it and the handler alone")};
  message.answers = "MadeObject";
  message.repeats = Row::Repeats::by_key;
  Row& status = table.add(post, "/api/v1/cases/{case}/statements", Access::user, "state_status",
                          "A vendor's statement on a vulnerability", state_status);
  status.inputs = {
      needed("vulnerability", Kind::number),
      choice("answer", {"investigating", "affected", "not_affected", "fix_in_progress"}),
      optional("text", Kind::text)};
  Row& fix = table.add(post, "/api/v1/cases/{case}/fixes", Access::user, "announce_fix",
                       "A fix exists, or is public; for a vendor by the handler (two people)",
                       announce_fix);
  fix.inputs = {needed("vulnerability", Kind::number), needed("product", Kind::text),
                choice("phase", {"fix_exists", "fix_public"}),
                optional("vendor", Kind::text, "whose fix; absent: one's own")};
  fix.answers = "Done";
  Row& propose = table.add(post, "/api/v1/cases/{case}/embargo", Access::reader, "propose_embargo",
                           "Propose its end", [](Call& call) {
                             return told(app::propose_embargo(
                                 call.app, call.actor, call.path("case"), call.body.text("until")));
                           });
  propose.inputs = {needed("until", Kind::text, "RFC 3339, with date, hour and zone")};
  table.add(post, "/api/v1/cases/{case}/embargo/confirm", Access::user, "confirm_embargo",
            "The shortest proposal stands", act_on_case(app::confirm_embargo));
  table.add(delete_, "/api/v1/cases/{case}/embargo", Access::user, "end_embargo", "It is over",
            act_on_case(app::end_embargo));
  table.add(post, "/api/v1/cases/{case}/embargo/consent", Access::reader, "consent_to_sharing",
            "Agree to onward sharing while it lasts", act_on_case(app::consent_to_sharing));
}

}  // namespace weir::api
