// What answers look like, for the OpenAPI document. tests/api holds answers against it.
#include <algorithm>

#include "api/guard.h"
#include "http/openapi.h"

namespace weir::api {
namespace {

/// A schema in short: "name:type" for each member, with ? if it may be absent; types are string,
/// integer, number, boolean, object, or another schema's name; [] makes a list.
struct Schema {
  std::string_view name;
  std::string_view members;
};

constexpr std::string_view kPage = " next:string more:boolean";

constexpr Schema kSchemas[] = {
    {"Done", "reference:string"},
    {"Waiting", "waiting:string"},
    {"OpenApi", "openapi:string info:object paths:object components:object"},
    {"CustodyRecord",
     "format:string stream:string kind:string key:string logs:object[] as_of:object "
     "linked:string[] events:object[]"},
    {"Streams", "streams:string[] next?:string more?:boolean"},
    {"Keys", "log:string promise:string mode:string"},
    {"Session", "handle:string csrf:string"},
    {"MadeSession", "csrf:string ends:string recovery_codes_left:integer"},
    {"SessionRow", "session:string began:string seen:string ends:string this:string"},
    {"Sessions", "sessions:SessionRow[] PAGE"},
    {"Enrolment", "handle:string totp_secret:string totp_uri:string ends:string"},
    {"RecoveryCodes", "recovery_codes:string[]"},
    {"OneTimeCode", "code:string ends:string"},
    {"MadeOneTimeCode", "code:string ends:string"},
    {"MadeToken", "token:string reference:string ends:string"},
    {"TokenRow",
     "reference:string prefix:string label:string organisation:string scopes:string[] made:string "
     "ends:string used?:string"},
    {"Tokens", "tokens:TokenRow[] PAGE"},
    {"Organisation",
     "name:string class:string country:string bound:string suspended:string agreed:string"},
    {"Organisations", "organisations:Organisation[] PAGE"},
    {"User", "handle:string roles:string[] barred:string enrolled:string"},
    {"Users", "users:User[] PAGE"},
    {"MadeReport",
     "case:string vulnerabilities:integer receipt:string promise:string return_code?:string"},
    {"MadeObject", "object:string"},
    {"MadeCase", "case:string"},
    {"CaseRow",
     "case:string size:integer state:string received:string handler?:string cursor?:string"},
    {"Cases", "cases:CaseRow[] PAGE"},
    {"Work", "cases:CaseRow[] queue:CaseRow[] waiting:WaitingRow[] more:boolean"},
    {"WaitingRow", "waiting:string case:string act:string asked_by:string"},
    {"WaitingList", "waiting:WaitingRow[] PAGE"},
    {"Vendor", "vendor:string vulnerability:integer answer:string phase:string left_out:string"},
    {"Item",
     "object:string kind:string level:string vulnerability:integer author:string at:string "
     "size:integer text?:string base64?:string"},
    {"Case",
     "case:string state:string received:string embargo_until?:string public_id?:string "
     "participants:string[] vendors:Vendor[] receipts:string[] items:Item[]"},
    {"Pulled", "cases:Case[] PAGE"},
    {"Reader",
     "at:string class:string country:string level:string organisation?:string cursor:string"},
    {"Readers", "readers:Reader[] PAGE"},
    {"Event", "index:integer leaf:integer at:string type:string fields:object cursor:string"},
    {"Timeline", "events:Event[] PAGE"},
    {"PreviewRow",
     "organisation:string class:string country:string outcome:string level:string rule:string "
     "conditions:string[] items:integer new:integer"},
    {"Preview", "recipients:PreviewRow[]"},
    {"Concern", "regime:string title:string concerns:boolean why_not:string[]"},
    {"Profile", "organisation:string since:string profile:object concerns:Concern[]"},
    {"MadeFact", "fact:integer receipt:string promise:string"},
    {"Fact",
     "fact:integer event:string at:string says:string corrects:integer stands:boolean "
     "entered:string by:string source:string evidence:string"},
    {"Facts", "facts:Fact[]"},
    {"Obligation",
     "obligation:string case:string organisation:string regime:string stage:string title:string "
     "state:string mark:string covered:boolean due?:string last?:string met?:string "
     "minutes_left?:integer contradictions?:string[] warned?:string"},
    {"Board", "obligations:Obligation[] PAGE"},
    {"Step", "step:string clause:string mark:string address:string"},
    {"Explanation", "obligation:Obligation steps:Step[] contradictions:string[]"},
    {"LawSide",
     "regime:string title:string what:string wording:string clause:string address:string "
     "mark:string"},
    {"LawConflict",
     "conflict:string forbids:LawSide demands:LawSide recipients:string[] due?:string "
     "choice:string ground?:string decided_by?:string confirmed_by?:string"},
    {"LawConflicts", "conflicts:LawConflict[]"},
    {"Delay",
     "delay:string case:string decided:string ground:string until:string review?:string "
     "second_body:string "
     "told?:string in_force:boolean review_is_due:boolean"},
    {"Delays", "delays:Delay[]"},
    {"Notice",
     "notice:integer for:string[] went:string about:string obligation?:string delay?:string "
     "case:string regime?:string stage?:string due:string minutes_ahead:integer rung:integer "
     "at:string seen:boolean cursor?:string"},
    {"Notices", "notices:Notice[] PAGE"},
    {"NoticeRule",
     "minutes_ahead:integer[] escalate_after_minutes:integer first_person:string "
     "second_person:string tells_now:string[]"},
    {"Figures",
     "regime:string sector:string period:string duties:integer on_time:integer late:integer "
     "on_time_percent:integer median_lead_minutes?:integer median_fix_hours?:integer"},
    {"Statistics", "definitions:string figures:Figures[]"},
    {"FilingField",
     "field:string label:string least:string level:string required:boolean "
     "value:string from?:string"},
    {"Form",
     "obligation:Obligation filing?:string recipients:string[] fields:FilingField[] "
     "missing:string[] beyond:string[]"},
    {"Draft", "filing:string"},
    {"Recorded", "receipt:string promise:string"},
    {"ReadyToSend",
     "document:string key:string authority_case?:string authority_return_code?:string"},
    {"Sent",
     "to:string copy_for?:string authority_case?:string authority_receipt?:string "
     "authority_promise?:string authority_return_code?:string"},
    {"FilingRow",
     "filing:string obligation:string case:string stage:string state:string level:string "
     "channel:string submitted?:string acknowledged?:string receipt?:string cursor?:string"},
    {"Filings", "filings:FilingRow[] PAGE"},
    {"Filing",
     "filing:string organisation:string regime:string version:string stage:string title:string "
     "recipients:string[] fields:FilingField[]"},
    {"FilingFile",
     "format:string filing:string organisation:string regime:string version:string stage:string "
     "title:string recipients:string[] fields:object[] withheld?:string[]"},
    {"Cited", "clause:string address:string mark:string"},
    {"Limit", "within:string wording:string citation:Cited"},
    {"StageField", "field:string label:string level:string required:boolean"},
    {"Stage",
     "stage:string title:string wording:string citation:Cited limits:Limit[] recipients:string[] "
     "fields:StageField[]"},
    {"LawVersion", "from:string until:string mark:string stages:Stage[]"},
    {"Regime",
     "regime:string title:string kind:string place:string checked:string versions:LawVersion[] "
     "text:string"},
    {"RegimeRow", "regime:string title:string kind:string place:string checked:string mark:string"},
    {"Regimes", "regimes:RegimeRow[]"},
    {"OpenPgpKey", "fingerprint:string expires?:string"},
    {"Channel",
     "channel:string kind:string address:string pace:string zone:string quiet?:string "
     "waiting:integer given_up:string "
     "openpgp?:OpenPgpKey"},
    {"Channels", "channels:Channel[]"},
    {"MadeChannel", "channel:string secret?:string openpgp?:OpenPgpKey"},
    {"WatchFault", "what:string place:string"},
    {"WatchList",
     "list:string name:string version:string tell:string pace:string muted_until?:string "
     "paused:string form:string "
     "product?:string items:integer components:integer nameless:integer unversioned:integer "
     "unread:WatchFault[] statements:integer created:string changed:string matched?:string "
     "problem?:string open:integer unseen:integer"},
    {"MadeWatchList",
     "list:string name:string version:string tell:string pace:string muted_until?:string "
     "paused:string form:string "
     "product?:string items:integer components:integer nameless:integer unversioned:integer "
     "unread:WatchFault[] statements:integer created:string changed:string matched?:string "
     "problem?:string open:integer unseen:integer"},
    {"WatchLists", "lists:WatchList[] PAGE"},
    {"WatchComponent",
     "name:string version?:string purl?:string ecosystem?:string cpes?:string[] place:string"},
    {"WatchItem", "item:string shown:string components:WatchComponent[]"},
    {"WatchItems", "items:WatchItem[] PAGE"},
    {"WatchEvidence",
     "source:string id:string version:string matched_by:string matched_name:string rule:string "
     "from:string until:string fixed_in?:string why:string conditional?:boolean"},
    {"WatchHappened", "what:string at:string"},
    {"WatchSuppression", "position:string reason:string author:string"},
    {"WatchAside", "reason:string by:string at:string until?:string"},
    {"WatchFinding",
     "finding:string number:integer state:string seen:string item:string shown:string "
     "ids:string[] title?:string score?:number exploited:string listed:string[] likely:string "
     "evidence:WatchEvidence[] happened:WatchHappened[] suppressed?:WatchSuppression "
     "aside?:WatchAside cursor:string"},
    {"WatchFindings", "findings:WatchFinding[] PAGE"},
    {"OutboxRow",
     "id:integer kind:string state:string due:string attempts:integer last_error:string "
     "cursor:string"},
    {"Outbox", "messages:OutboxRow[] PAGE"},
    {"PublicRecord",
     "source:string id:string state:string taken:string published?:string modified?:string "
     "counted?:string sha256?:string publisher?:string title?:string score?:number"},
    {"Epss", "score:number percentile:number day:string"},
    {"PublicVulnerability",
     "ids:string[] records:PublicRecord[] related:PublicRecord[] listed:string[] epss?:Epss"},
    {"Difference", "pointer:string before:string after:string"},
    {"RecordVersion",
     "version:string state:string taken:string modified?:string fed?:string "
     "counted?:string sha256?:string changes:Difference[]"},
    {"RecordHistory", "source:string id:string versions:RecordVersion[]"},
    {"Hit",
     "source:string id:string state:string taken:string published?:string modified?:string "
     "counted?:string sha256?:string publisher?:string title?:string score?:number "
     "exploited:boolean listed:string[] "
     "epss?:number"},
    {"FacetCount", "by:string value:string records:integer"},
    {"SourceCount", "source:string records:integer"},
    {"Found",
     "records:integer vulnerabilities:integer hits:Hit[] facets:FacetCount[] "
     "sources:SourceCount[]"},
    {"MatchedRecord",
     "id:string source:string aliases:string[] title:string standing:string matched_by:string "
     "matched_name:string rule:string why:string vulnerability?:string fixed_in?:string "
     "conditional?:boolean score?:number listed?:string[]"},
    {"MatchResult", "findings:MatchedRecord[] near_misses:MatchedRecord[]"},
    {"Matched", "results:MatchResult[]"},
    {"Change",
     "cursor:string source:string id:string state:string taken:string modified?:string "
     "sha256?:string superseded?:boolean record?:object"},
    {"Changes", "changes:Change[] cursor:string more:boolean"},
    {"Asked",
     "case:string act?:string act_level?:string vulnerability?:integer parameters?:string "
     "user?:string"},
};

json::Value reference_to(std::string_view name) {
  return json::Object{{"$ref", "#/components/schemas/" + std::string(name)}};
}

json::Value type_schema(std::string_view type) {
  if (type.ends_with("[]")) {
    type.remove_suffix(2);
    return json::Object{{"type", "array"}, {"items", type_schema(type)}};
  }
  const bool is_plain = type == "string" || type == "integer" || type == "number" ||
                        type == "boolean" || type == "object";
  return is_plain ? json::Value(json::Object{{"type", type}}) : schema_of(type);
}

void add_members(std::string_view members, json::Object& properties, json::Array& required) {
  while (!members.empty()) {
    const std::size_t end = std::min(members.find(' '), members.size());
    const std::string_view one = members.substr(0, end);
    members.remove_prefix(std::min(end + 1, members.size()));
    if (one == "PAGE") {
      add_members(kPage.substr(1), properties, required);
      continue;
    }
    const std::size_t colon = one.find(':');
    const bool may_lack = one[colon - 1] == '?';
    const std::string_view name = one.substr(0, may_lack ? colon - 1 : colon);
    properties[name] = type_schema(one.substr(colon + 1));
    if (!may_lack) {
      required.emplace_back(name);
    }
  }
}

json::Object all_schemas() {
  json::Object all;
  for (const Schema& schema : kSchemas) {
    json::Object properties;
    json::Array required;
    add_members(schema.members, properties, required);
    all[schema.name] = json::Object{{"type", "object"},
                                    {"properties", std::move(properties)},
                                    {"required", std::move(required)},
                                    {"additionalProperties", false}};
  }
  return all;
}

/// What a caller of each kind may show; an empty requirement is none.
json::Object security_by_access() {
  const json::Value session = json::Object{{"session", json::Array()}, {"csrf", json::Array()}};
  const json::Value token = json::Object{{"token", json::Array()}};
  const json::Value code = json::Object{{"return_code", json::Array()}};
  const json::Value none = json::Object();
  return {{name(Access::everybody), json::Array()},
          {name(Access::anyone), json::Array{none, session, token, code}},
          {name(Access::reader), json::Array{session, token, code}},
          {name(Access::user), json::Array{session, token}},
          {name(Access::person), json::Array{session}},
          {name(Access::operators), json::Array()}};
}

}  // namespace

bool is_schema(std::string_view name) {
  return name == "Problem" ||
         std::ranges::find(kSchemas, name, &Schema::name) != std::end(kSchemas);
}

json::Value schema_of(std::string_view name) {
  CHECK(is_schema(name));
  return reference_to(name);
}

json::Value openapi_document(const std::vector<http::Route>& routes, const Parts& parts) {
  http::ApiInfo info;
  info.title = "Weir";
  info.version = "1";
  info.description =
      "Vulnerability information sharing with a record that outsiders can check. What is read is "
      "recorded first, in a ledger that the operator cannot change. docs/api.md says how to begin.";
  if (parts.mode == "trial") {
    info.description +=
        " This is a trial: without witnesses nothing proves that others are shown "
        "the same log.";
  }
  info.schemas = all_schemas();
  info.security_schemes = {
      {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", kSessionCookie}}},
      {"csrf", {{"type", "apiKey"}, {"in", "header"}, {"name", kCsrfField}}},
      {"token", {{"type", "http"}, {"scheme", "bearer"}}},
      {"return_code", {{"type", "apiKey"}, {"in", "header"}, {"name", kReturnCodeField}}}};
  info.security_by_access = security_by_access();
  return http::openapi(routes, info);
}

}  // namespace weir::api
