#include "compat/bulk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <zstd.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/json.h"
#include "catalog/heads.h"
#include "compat/desk.h"
#include "compat/feed.h"
#include "compat/kev.h"
#include "compat/zip.h"

namespace weir::compat {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameDigits = 16;  // of a digest, in the name of a file
constexpr int kDumpLevel = 3;            // of zstd
constexpr std::string_view kNoEcosystems[] = {"cpe", "product", "purl"};  // other kinds of keys

std::string_view ending(BulkKind kind) {
  switch (kind) {
    case BulkKind::ecosystems:
      return ".txt";
    case BulkKind::archive:
      return ".zip";
    case BulkKind::modified:
      return ".csv";
    case BulkKind::dump:
      return ".ndjson.zst";
    case BulkKind::kev_json:
      return ".json";
    case BulkKind::kev_csv:
      return ".kev.csv";
  }
  std::unreachable();
}

std::string_view content_type(BulkKind kind) {
  switch (kind) {
    case BulkKind::ecosystems:
      return "text/plain; charset=utf-8";
    case BulkKind::archive:
      return "application/zip";
    case BulkKind::modified:
      return "text/csv; charset=utf-8";
    case BulkKind::dump:
      return "application/zstd";
    case BulkKind::kev_json:
      return "application/json";
    case BulkKind::kev_csv:
      return "text/csv; charset=utf-8";
  }
  std::unreachable();
}

/// Packages of an ecosystem have keys from "NAME:" to before "NAME;".
constexpr std::string_view kHasRecords =
    "SELECT 1 FROM package p CROSS JOIN package_version pv ON pv.package = p.id "
    "CROSS JOIN affected a ON a.version = pv.version CROSS JOIN record r ON r.id = a.record "
    "WHERE p.key >= $1 || ':' AND p.key < $1 || ';' AND r.source = 3 LIMIT 1";

/// Its current records: published ones by their packages, of which none is left out; withdrawn ones
/// by the terms that search counts by, since no package leads to them.
constexpr std::string_view kRecords =
    "SELECT v.id, r.name, coalesce(v.modified_ms, v.taken_ms) FROM record r "
    "JOIN version v ON v.id = r.version WHERE r.source = 3 AND (r.version IN ("
    "  SELECT pv.version FROM package p JOIN package_version pv ON pv.package = p.id "
    "  WHERE p.key >= $1 || ':' AND p.key < $1 || ';') "
    "OR r.version IN (SELECT value FROM json_each($2))) ORDER BY ";

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

bool has_term(std::string_view terms, std::int64_t term) {
  for (std::size_t at = 0; at + 4 <= terms.size(); at += 4) {
    if (little_endian(terms, at) == static_cast<std::uint64_t>(term)) {
      return true;
    }
  }
  return false;
}

/// The number that search counts an ecosystem by.
Result<std::optional<std::int64_t>> term_of(const store::Tx& tx, const std::string& ecosystem) {
  return tx.one("SELECT id FROM term WHERE kind = 1 AND name = $1", {ecosystem},
                [](const store::Row& row) { return row.integer(0); });
}

Result<std::string> withdrawn_of(const store::Tx& tx, const std::string& ecosystem) {
  const auto term = TRY(term_of(tx, ecosystem));
  std::string list = "[";
  TRY(tx.each("SELECT version, terms FROM facts WHERE source = 3 AND state = 2", {},
              [&](const store::Row& row) {
                if (term && has_term(row.blob(1), *term)) {
                  list += (list.size() == 1 ? "" : ",") + std::to_string(row.integer(0));
                }
                return true;
              }));
  return list + "]";
}

/// An id as the name of a file: what leads elsewhere in a path is encoded.
std::string file_name(std::string_view id) {
  std::string name;
  for (const char c : id) {
    if (c == '/' || c == '\\' || c == '%') {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      name += c;
    }
  }
  return name + ".json";
}

/// Current records of all ecosystems, and of none.
constexpr std::string_view kAllRecords =
    "SELECT v.id, r.name, coalesce(v.modified_ms, v.taken_ms) FROM record r "
    "JOIN version v ON v.id = r.version WHERE r.source = 3 AND v.state IN (0, 2) ORDER BY ";

/// Calls `use` with each row until it fails. "" is every ecosystem.
template <class F>
Status each_record(const store::Tx& tx, const std::string& ecosystem, std::string_view order,
                   F use) {
  Status status;
  const auto take = [&](const store::Row& row) {
    status = use(row.integer(0), row.text(1), Instant{row.integer(2)});
    return status.has_value();
  };
  if (ecosystem.empty()) {
    TRY(tx.each(std::string(kAllRecords) + std::string(order), {}, take));
  } else {
    const std::string withdrawn = TRY(withdrawn_of(tx, ecosystem));
    TRY(tx.each(std::string(kRecords) + std::string(order), {ecosystem, withdrawn}, take));
  }
  return status;
}

Status write_ecosystems(const store::Tx& tx, const std::string& path) {
  Out out = TRY(Out::create(path));
  for (const std::string& name : TRY(osv_ecosystems(tx))) {
    TRY(out.add(name + "\n"));
  }
  return out.close();
}

Status write_archive(const store::Tx& tx, const std::string& ecosystem, const std::string& path) {
  Zip zip = TRY(Zip::create(path));
  catalog::Texts texts;
  TRY(each_record(tx, ecosystem, "v.id",
                  [&](catalog::VersionId version, const std::string& id, Instant at) -> Status {
                    const std::string text = TRY(texts.of(tx, version));
                    return zip.add(file_name(id), text, at);
                  }));
  return zip.close();
}

Status write_modified(const store::Tx& tx, const std::string& ecosystem, const std::string& path) {
  Out out = TRY(Out::create(path));
  constexpr std::string_view kNewestFirst = "3 DESC, r.name";
  if (!ecosystem.empty()) {
    TRY(each_record(tx, ecosystem, kNewestFirst,
                    [&](catalog::VersionId, const std::string& id, Instant at) {
                      return out.add(fmt::format("{},{}\n", to_rfc3339(at), id));
                    }));
    return out.close();
  }
  Status status;
  // The way through the indexes is laid down: none leads from a version to its packages.
  TRY(
      tx.each("SELECT DISTINCT substr(p.key, 1, instr(p.key, ':') - 1), r.name, "
              "coalesce(v.modified_ms, v.taken_ms) FROM package_version pv "
              "CROSS JOIN affected a ON a.version = pv.version "
              "CROSS JOIN record r ON r.id = a.record CROSS JOIN package p ON p.id = pv.package "
              "CROSS JOIN version v ON v.id = a.version WHERE r.source = 3 "
              "ORDER BY 3 DESC, 2, 1",
              {}, [&](const store::Row& row) {
                const std::string family = row.text(0);
                if (std::ranges::find(kNoEcosystems, family) == std::end(kNoEcosystems)) {
                  status = out.add(fmt::format("{},{}/{}\n", to_rfc3339(Instant{row.integer(2)}),
                                               family, row.text(1)));
                }
                return status.has_value();
              }));
  TRY(status);
  return out.close();
}

/// zstd into a file, as the text comes.
class Packed {
 public:
  static Result<Packed> create(const std::string& path) { return Packed(TRY(Out::create(path))); }
  Status add(std::string_view text) { return feed(text, ZSTD_e_continue); }
  Status close() {
    TRY(feed({}, ZSTD_e_end));
    return out_.close();
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  explicit Packed(Out out)
      : out_(std::move(out)), context_(ZSTD_createCCtx()), buffer_(ZSTD_CStreamOutSize(), '\0') {
    CHECK(context_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kDumpLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  Status feed(std::string_view text, ZSTD_EndDirective how) {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, how);
      CHECK(ZSTD_isError(left) == 0);
      TRY(out_.add(std::string_view(buffer_).substr(0, out.pos)));
      if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) {
        return {};
      }
    }
  }

  Out out_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::string buffer_;
};

Status write_dump(const store::Tx& tx, const std::string& path) {
  Packed out = TRY(Packed::create(path));
  const catalog::VersionId newest = TRY(catalog::newest(tx));
  TRY(out.add(fmt::format("{{\"cursor\":\"{}\"}}\n", newest)));
  catalog::Texts texts;
  TRY(each_change(tx, [&](const Change& change) -> Status {
    std::string line;
    std::string record;
    if (!change.digest.empty()) {
      record = TRY(texts.of(tx, change.version));
    }
    if (record.find('\n') != std::string::npos) {
      record = advisory::minified(record);  // one line
    }
    append_change(line, change, record);
    line += '\n';
    return out.add(line);
  }));
  return out.close();
}

constexpr std::string_view kSum = ".crc32c";  // beside an archive
constexpr std::size_t kSumBytes = 8;          // base64 of four bytes

/// Of a whole file.
Result<std::string> sum_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string part(std::size_t{1} << 16U, '\0');
  std::uint32_t sum = 0;
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    sum = crc32c(std::string_view(part).substr(0, static_cast<std::size_t>(in.gcount())), sum);
  }
  if (in.bad()) {
    return fail(Code::unavailable, "the file cannot be read");
  }
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes += static_cast<char>(sum >> shift);
  }
  return to_base64(bytes);
}

/// From beside the archive.
bool read_sum(BulkFile& file) {
  std::ifstream in(file.path + std::string(kSum), std::ios::binary);
  return std::getline(in, file.crc32c) && file.crc32c.size() == kSumBytes;
}

Status write_one(const store::Tx& tx, BulkKind kind, const std::string& ecosystem,
                 const std::string& path) {
  switch (kind) {
    case BulkKind::ecosystems:
      return write_ecosystems(tx, path);
    case BulkKind::archive:
      return write_archive(tx, ecosystem, path);
    case BulkKind::modified:
      return write_modified(tx, ecosystem, path);
    case BulkKind::dump:
      return write_dump(tx, path);
    case BulkKind::kev_json:
      return write_kev_json(tx, path);
    case BulkKind::kev_csv:
      return write_kev_csv(tx, path);
  }
  std::unreachable();
}

}  // namespace

Result<std::vector<std::string>> osv_ecosystems(const store::Tx& tx) {
  std::vector<std::string> names =
      TRY(tx.all("SELECT name FROM term WHERE kind = 1 ORDER BY name", {},
                 [](const store::Row& row) { return row.text(0); }));
  Status status;
  std::erase_if(names, [&](const std::string& name) {
    const auto one = tx.one(kHasRecords, {name}, [](const store::Row&) { return 0; });
    status = one ? status : std::unexpected(one.error());
    return one && !*one;
  });
  TRY(status);
  return names;
}

Result<Answer> osv_file(Desk& desk, const Given& given) {
  const store::Tx& tx = desk.tx();
  const auto version = TRY(catalog::find(tx, advisory::Source::osv, given.id));
  const auto term = TRY(term_of(tx, given.source));
  bool is_its = false;
  if (version && term && version->state != advisory::State::removed) {
    const auto terms = TRY(tx.one("SELECT terms FROM facts WHERE version = $1", {version->version},
                                  [](const store::Row& row) { return row.blob(0); }));
    is_its = terms && has_term(*terms, *term);
  }
  if (!is_its) {
    return fail(Code::not_found, "there is no such record in this ecosystem");
  }
  return Answer{200, TRY(desk.bytes(version->version))};
}

Result<BulkFile> Bulk::file(const store::Tx& tx, BulkKind kind, const std::string& ecosystem) {
  const catalog::Head head = TRY(catalog::newest_head(tx));
  if (!ecosystem.empty()) {
    const bool is_other = std::ranges::find(kNoEcosystems, ecosystem) != std::end(kNoEcosystems);
    const auto one = TRY(tx.one(kHasRecords, {is_other ? std::string_view() : ecosystem},
                                [](const store::Row&) { return 0; }));
    if (!one) {
      return fail(Code::not_found, "no record names this ecosystem");
    }
  }
  const std::string what = fmt::format("{}\n{}", ending(kind), ecosystem);
  const std::string stem = to_hex(sha256(what).view()).substr(0, kNameDigits);
  const std::string tag = to_hex(Sha256().add(what).add("\n").add(head.hash.view()).finish().view())
                              .substr(0, 2 * kNameDigits);
  BulkFile file{fmt::format("{}/{}-{}{}", folder_, stem, tag, ending(kind)),
                tag,
                std::string(content_type(kind)),
                {}};
  std::error_code error;
  if (fs::exists(file.path, error) && (kind != BulkKind::archive || read_sum(file))) {
    return file;
  }
  std::optional<BulkFile> before;
  const bool is_mine = state_.with([&](State& state) {
    if (const auto known = state.newest.find(stem); known != state.newest.end()) {
      before = known->second;
    }
    return !std::exchange(state.is_making, true);
  });
  if (!is_mine) {
    return before ? Result<BulkFile>(*before)
                  : fail(Code::unavailable, "it is being made: ask again in some seconds");
  }
  Result<BulkFile> made = make(tx, kind, ecosystem, stem, std::move(file));
  state_.with([&](State& state) {
    state.is_making = false;
    if (made) {
      state.newest[stem] = *made;
    }
  });
  return made;
}

Result<BulkFile> Bulk::make(const store::Tx& tx, BulkKind kind, const std::string& ecosystem,
                            const std::string& stem, BulkFile file) {
  std::error_code error;
  fs::create_directories(folder_, error);
  const std::string temporary = folder_ + "/new";  // one at a time
  TRY(write_one(tx, kind, ecosystem, temporary));
  const std::string sum = kind == BulkKind::archive ? TRY(sum_of(temporary)) : std::string();
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().filename().string().starts_with(stem + "-")) {
      std::error_code ignored;
      fs::remove(entry.path(), ignored);  // whoever reads it has it open
    }
  }
  if (kind == BulkKind::archive) {  // before the archive, which says that both are there
    Out out = TRY(Out::create(file.path + std::string(kSum)));
    TRY(out.add(sum));
    TRY(out.close());
    file.crc32c = sum;
  }
  fs::rename(temporary, file.path, error);
  if (error) {
    return fail(Code::unavailable, "the file cannot be written");
  }
  return file;
}

}  // namespace weir::compat
