#include "compat/kev.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "advisory/read.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "compat/zip.h"

namespace weir::compat {
namespace {

constexpr std::size_t kDayBytes = 10;             // "2026-01-31"
constexpr std::size_t kMostWeaknesses = 200'000;  // of one record: as many as are read

// In CISA's order. The JSON schema requires the first eight.
constexpr std::string_view kColumns[] = {"cveID",
                                         "vendorProject",
                                         "product",
                                         "vulnerabilityName",
                                         "dateAdded",
                                         "shortDescription",
                                         "requiredAction",
                                         "dueDate",
                                         "knownRansomwareCampaignUse",
                                         "notes",
                                         "cwes"};

struct Catalogue {
  std::vector<catalog::VersionId> versions;
  Instant newest{};  // when it came in, or a record was removed
};

Result<Catalogue> catalogue(const store::Tx& tx) {
  const auto kev = static_cast<std::int64_t>(advisory::Source::kev);
  Catalogue out;
  out.versions = TRY(
      tx.all("SELECT v.id FROM record r JOIN version v ON v.id = r.version "
             "WHERE r.source = $1 AND v.digest IS NOT NULL ORDER BY v.published_ms DESC, r.name",
             {kev}, [](const store::Row& row) { return row.integer(0); }));
  if (out.versions.empty()) {
    return fail(Code::not_found, "no catalogue of exploited vulnerabilities was imported");
  }
  const auto newest =
      TRY(tx.one("SELECT max(v.taken_ms) FROM record r JOIN version v ON v.id = r.version "
                 "WHERE r.source = $1",
                 {kev}, [](const store::Row& row) { return row.integer(0); }));
  out.newest = Instant{newest.value_or(0)};
  return out;
}

/// RFC 4180.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted + "\"";
}

Result<json::Value> parsed(const store::Tx& tx, catalog::Texts& texts, catalog::VersionId version) {
  const std::string text = TRY(texts.of(tx, version));
  return json::parse(text,
                     {.bytes = advisory::kMostRecordBytes, .depth = advisory::kMostRecordDepth});
}

std::string cell_of(const json::Cursor& record, std::string_view column) {
  const auto found = record.find(column);
  if (!found) {
    return "";
  }
  if (!found->is_array()) {
    return cell(found->string(advisory::kMostRecordBytes).value_or(""));
  }
  std::string list;
  const auto elements = found->elements(kMostWeaknesses);
  for (std::size_t i = 0; elements && i < elements->size(); ++i) {
    const json::Cursor& one = (*elements)[i];
    list += (list.empty() ? "" : ", ") + one.string(advisory::kMostRecordBytes).value_or("");
  }
  return cell(list);
}

}  // namespace

Status write_kev_json(const store::Tx& tx, const std::string& path) {
  const Catalogue all = TRY(catalogue(tx));
  std::string day = to_rfc3339(all.newest).substr(0, kDayBytes);
  std::ranges::replace(day, '-', '.');
  Out out = TRY(Out::create(path));
  TRY(out.add(
      fmt::format(R"({{"title":"Catalog of Known Exploited Vulnerabilities","catalogVersion":"{}",)"
                  R"("dateReleased":"{}","count":{},"vulnerabilities":[)",
                  day, to_rfc3339(all.newest), all.versions.size())));
  catalog::Texts texts;
  for (const catalog::VersionId version : all.versions) {
    const std::string record = advisory::minified(TRY(texts.of(tx, version)));
    TRY(out.add((version == all.versions.front() ? "\n" : ",\n") + record));
  }
  TRY(out.add("\n]}\n"));
  return out.close();
}

Status write_kev_csv(const store::Tx& tx, const std::string& path) {
  const Catalogue all = TRY(catalogue(tx));
  Out out = TRY(Out::create(path));
  TRY(out.add(fmt::format("{}\r\n", fmt::join(kColumns, ","))));
  catalog::Texts texts;
  for (const catalog::VersionId version : all.versions) {
    const json::Value record = TRY(parsed(tx, texts, version));
    const json::Cursor cursor(record);
    std::string line;
    for (const std::string_view column : kColumns) {
      line += (line.empty() ? "" : ",") + cell_of(cursor, column);
    }
    TRY(out.add(line + "\r\n"));
  }
  return out.close();
}

}  // namespace weir::compat
