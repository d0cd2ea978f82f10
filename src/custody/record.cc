#include "custody/record.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace weir::custody {
namespace {

constexpr std::string_view kPlain = "weir-custody/v1";
constexpr std::string_view kWithLoss = "weir-custody/v2";  // several logs, lost events

constexpr std::array<std::string_view, 5> kReasonNames = {"person", "agreement", "text", "content",
                                                          "position"};

Result<Digest> parse_digest(const json::Cursor& at) {
  const std::string text = TRY(at.string());
  const auto digest = digest_from_base64(text);
  if (!digest) {
    return at.fail("expected base64 of 32 bytes");
  }
  return *digest;
}

Result<std::uint64_t> parse_count(const json::Cursor& parent, std::string_view key) {
  const json::Cursor at = TRY(parent.at(key));
  const std::int64_t value = TRY(at.integer());
  if (value < 0) {
    return at.fail("expected a number from 0");
  }
  return static_cast<std::uint64_t>(value);
}

Result<OpenedField> parse_field(const json::Cursor& at) {
  OpenedField field;
  field.name = TRY(at.string_at("name"));
  if (!is_field_name(field.name)) {
    return at.fail("a field name is [a-z_]+");
  }
  if (const auto value = at.find("value")) {
    TRY(at.only({"name", "value", "salt"}));
    if (!json::is_event_value(value->value())) {
      return value->fail("a field holds no fractions and no integers of 2^53 or more");
    }
    const json::Cursor salt = TRY(at.at("salt"));
    field.value = value->value();
    field.salt = TRY(parse_digest(salt));
    field.hash = field_hash(field.salt, field.name, *field.value);
    return field;
  }
  TRY(at.only({"name", "hash", "reason"}));
  const json::Cursor hash = TRY(at.at("hash"));
  field.hash = TRY(parse_digest(hash));
  const json::Cursor reason = TRY(at.at("reason"));
  field.reason = parse_reason(TRY(reason.string()));
  if (!field.reason) {
    return reason.fail("unknown reason for keeping a field back");
  }
  return field;
}

Result<RecordEvent> parse_event(const json::Cursor& at, std::string_view format) {
  const auto lost = format == kWithLoss ? at.find("lost") : std::nullopt;
  TRY(at.only({"index", "log", "leaf", "before", "after", lost ? "lost" : "fields"}));
  RecordEvent event;
  event.index = TRY(parse_count(at, "index"));
  event.log = TRY(parse_count(at, "log"));
  event.leaf = TRY(parse_count(at, "leaf"));
  event.before = TRY(parse_count(at, "before"));
  event.after = TRY(parse_count(at, "after"));
  if (lost) {
    event.lost = TRY(parse_digest(*lost));
    return event;
  }
  const json::Cursor fields = TRY(at.at("fields"));
  event.fields = TRY(parse_fields(fields));
  return event;
}

/// Returns the format.
Result<std::string_view> parse_head(const json::Cursor& at, Record& record) {
  TRY(at.only({"format", "stream", "kind", "key", "logs", "as_of", "linked", "events"}));
  const json::Cursor format = TRY(at.at("format"));
  const std::string written = TRY(format.string());
  if (written != kPlain && written != kWithLoss) {
    return format.fail("not a weir-custody/v1 or v2 record");
  }
  record.stream = TRY(at.string_at("stream"));
  const json::Cursor kind = TRY(at.at("kind"));
  record.kind = TRY(kind.string());
  if (record.kind != "case" && record.kind != "platform" && record.kind != "cover") {
    return kind.fail("expected case, platform or cover");
  }
  const json::Cursor key = TRY(at.at("key"));
  const auto bytes = from_base64(TRY(key.string()));
  if (!bytes || bytes->size() != 32) {
    return key.fail("expected base64 of 32 bytes");
  }
  record.key = *bytes;
  const json::Cursor logs = TRY(at.at("logs"));
  for (const json::Cursor& log : TRY(logs.elements(kMostLogs))) {
    TRY(log.only({"origin", "vkey"}));
    const std::string origin = TRY(log.string_at("origin"));
    record.logs.push_back({origin, TRY(log.string_at("vkey"))});
  }
  const json::Cursor as_of = TRY(at.at("as_of"));
  TRY(as_of.only({"log", "size"}));
  record.as_of_log = TRY(parse_count(as_of, "log"));
  record.as_of_size = TRY(parse_count(as_of, "size"));
  const json::Cursor linked = TRY(at.at("linked"));
  for (const json::Cursor& stream : TRY(linked.elements(kMostLinked))) {
    record.linked.push_back(TRY(stream.string()));
  }
  return written == kPlain ? kPlain : kWithLoss;
}

/// A record says that it is of the second version only where the first cannot say it.
std::string_view format_of(const Record& record) {
  const bool has_loss = std::ranges::any_of(
      record.events, [](const RecordEvent& event) { return event.lost.has_value(); });
  return has_loss || record.logs.size() > 1 ? kWithLoss : kPlain;
}

}  // namespace

std::string_view name(Reason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

std::optional<Reason> parse_reason(std::string_view text) {
  const auto at = std::ranges::find(kReasonNames, text);
  return at == kReasonNames.end() ? std::nullopt
                                  : std::optional(static_cast<Reason>(at - kReasonNames.begin()));
}

const OpenedField* find_field(const OpenedFields& fields, std::string_view name) {
  const auto at = std::ranges::lower_bound(
      fields, name, {}, [](const OpenedField& f) -> std::string_view { return f.name; });
  return at != fields.end() && at->name == name ? &*at : nullptr;
}

std::optional<std::string> string_field(const OpenedFields& fields, std::string_view name) {
  const OpenedField* field = find_field(fields, name);
  if (field == nullptr || !field->value || !field->value->is_string()) {
    return std::nullopt;
  }
  return std::string(field->value->get_string());
}

std::optional<std::uint64_t> integer_field(const OpenedFields& fields, std::string_view name) {
  const OpenedField* field = find_field(fields, name);
  if (field == nullptr || !field->value) {
    return std::nullopt;
  }
  const auto value = json::Cursor(*field->value).integer();
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<Digest> digest_field(const OpenedFields& fields, std::string_view name) {
  const auto text = string_field(fields, name);
  return text ? digest_from_base64(*text) : std::nullopt;
}

Digest commitment(const OpenedFields& fields) {
  std::vector<HashedField> hashed;
  hashed.reserve(fields.size());
  for (const OpenedField& field : fields) {
    hashed.push_back({field.name, field.hash});
  }
  return commitment(hashed);
}

Result<OpenedFields> parse_fields(const json::Cursor& at) {
  OpenedFields fields;
  for (const json::Cursor& element : TRY(at.elements(kMostFields))) {
    fields.push_back(TRY(parse_field(element)));
    if (fields.size() > 1 && fields[fields.size() - 2].name >= fields.back().name) {
      return element.fail("fields are sorted by name, each once");
    }
  }
  return fields;
}

json::Value fields_value(const OpenedFields& fields) {
  json::Array out;
  out.reserve(fields.size());
  for (const OpenedField& field : fields) {
    json::Object one;
    one["name"] = field.name;
    if (field.value) {
      one["value"] = *field.value;
      one["salt"] = to_base64(field.salt);
    } else {
      one["hash"] = to_base64(field.hash);
      one["reason"] = name(field.reason.value());
    }
    out.push_back(std::move(one));
  }
  return out;
}

Result<Record> parse_record(std::string_view text) {
  const json::Value tree = TRY(json::parse(text, {.bytes = kMostRecordBytes, .depth = 32}));
  const json::Cursor at(tree);
  Record record;
  const std::string_view format = TRY(parse_head(at, record));
  const json::Cursor events = TRY(at.at("events"));
  for (const json::Cursor& event : TRY(events.elements(kMostEvents))) {
    record.events.push_back(TRY(parse_event(event, format)));
  }
  return record;
}

std::string write_record(const Record& record) {
  json::Object out;
  out["format"] = format_of(record);
  out["stream"] = record.stream;
  out["kind"] = record.kind;
  out["key"] = to_base64(record.key);
  json::Array logs;
  for (const Record::Log& log : record.logs) {
    logs.push_back(json::Object{{"origin", log.origin}, {"vkey", log.vkey}});
  }
  out["logs"] = std::move(logs);
  out["as_of"] = json::Object{{"log", record.as_of_log}, {"size", record.as_of_size}};
  json::Array linked;
  for (const std::string& stream : record.linked) {
    linked.emplace_back(stream);
  }
  out["linked"] = std::move(linked);
  json::Array events;
  for (const RecordEvent& event : record.events) {
    json::Object one;
    one["index"] = event.index;
    one["log"] = event.log;
    one["leaf"] = event.leaf;
    one["before"] = event.before;
    one["after"] = event.after;
    if (event.lost) {
      one["lost"] = to_base64(*event.lost);
    } else {
      one["fields"] = fields_value(event.fields);
    }
    events.push_back(std::move(one));
  }
  out["events"] = std::move(events);
  return json::pretty(json::Value(std::move(out)));
}

}  // namespace weir::custody
