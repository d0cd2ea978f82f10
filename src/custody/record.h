// A custody record: one stream, opened (docs/formats/custody.md). Parsing is strict; what verifies
// is decided in custody/verify.h.
//
// Pure. Thread rule: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/time.h"
#include "custody/event.h"

namespace weir::custody {

inline constexpr std::size_t kMostRecordBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMostEvents = 4'000'000;  // of one stream
inline constexpr std::size_t kMostLogs = 64;
inline constexpr std::size_t kMostLinked = 100'000;

/// Why a field is kept back. Written by name.
enum class Reason { person, agreement, text, content, position };
std::string_view name(Reason reason);
std::optional<Reason> parse_reason(std::string_view text);

/// A field, shown (value and field salt) or kept back (hash and reason).
struct OpenedField {
  std::string name;
  std::optional<json::Value> value;
  Digest salt{};                   // of a shown field
  Digest hash{};                   // of any field
  std::optional<Reason> reason{};  // of one kept back
};

/// Fields sorted by name, each once.
using OpenedFields = std::vector<OpenedField>;

const OpenedField* find_field(const OpenedFields& fields, std::string_view name);
/// The shown value of a string (integer) field, or nothing.
std::optional<std::string> string_field(const OpenedFields& fields, std::string_view name);
std::optional<std::uint64_t> integer_field(const OpenedFields& fields, std::string_view name);
std::optional<Digest> digest_field(const OpenedFields& fields, std::string_view name);
Digest commitment(const OpenedFields& fields);

struct RecordEvent {
  std::uint64_t index = 0;
  std::uint64_t log = 0;
  std::uint64_t leaf = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  OpenedFields fields;
  std::optional<Digest> lost{};  // its commitment, where nothing else of it is left; no fields then
};

struct Record {
  struct Log {
    std::string origin;
    std::string vkey;
  };
  std::string stream;
  std::string kind;  // case, platform, cover
  std::string key;   // 32 bytes
  std::vector<Log> logs;
  std::uint64_t as_of_log = 0;
  std::uint64_t as_of_size = 0;
  std::vector<std::string> linked;
  std::vector<RecordEvent> events;
};

/// `invalid` with the JSON pointer for anything that is not a well-formed record.
Result<Record> parse_record(std::string_view text);
std::string write_record(const Record& record);

/// The array `fields` of a record or receipt. Shared by both formats.
Result<OpenedFields> parse_fields(const json::Cursor& at);
json::Value fields_value(const OpenedFields& fields);

}  // namespace weir::custody
