#include "base/bytes.h"
#include "base/digest.h"
#include "catalog/catalog.h"
#include "catalog/compress.h"
#include "catalog/rows.h"

namespace weir::catalog {
namespace {

constexpr std::string_view kGithub = "GHSA-";

}  // namespace

Result<std::vector<Candidate>> candidates(const store::Tx& tx, std::string_view key,
                                          std::optional<advisory::Source> only) {
  std::vector<Candidate> found;
  Status status;
  VersionId last = 0;
  std::string parts;
  TRY(tx.each(
      "SELECT pv.version, pv.part, r.source, r.name, a.parts "
      "FROM package p JOIN package_version pv ON pv.package = p.id "
      "JOIN affected a ON a.version = pv.version JOIN record r ON r.id = a.record "
      "WHERE p.key = $1 AND ($2 = 0 OR r.source = $2) ORDER BY pv.version, pv.part LIMIT $3",
      {key, only ? static_cast<std::int64_t>(*only) : std::int64_t{0},
       static_cast<std::int64_t>(kMostCandidates + 1)},
      [&](const store::Row& row) {
        if (row.integer(0) != last) {
          last = row.integer(0);
          parts = row.blob(4);
        }
        const auto part = static_cast<std::size_t>(row.integer(1));
        auto affected = advisory::decode_part(parts, part);
        if (!affected) {
          status = std::unexpected(std::move(affected).error());
          return false;
        }
        found.push_back({last, part, static_cast<advisory::Source>(row.integer(2)), row.text(3),
                         std::move(*affected)});
        return true;
      }));
  TRY(status);
  if (found.size() > kMostCandidates) {
    return fail(Code::unavailable, "too many records speak about this product", std::string(key));
  }
  return found;
}

Result<VersionId> newest(const store::Tx& tx) {
  const auto id = TRY(tx.one("SELECT coalesce(max(id), 0) FROM version", {},
                             [](const store::Row& row) { return row.integer(0); }));
  return id.value_or(0);
}

Result<Mark> mark(const store::Tx& tx) {
  const auto run = TRY(tx.one("SELECT coalesce(sum(records), 0) + count(*) FROM run", {},
                              [](const store::Row& row) { return row.integer(0); }));
  return Mark{TRY(newest(tx)), run.value_or(0)};
}

Result<std::string> spelling(const store::Tx& tx, std::string_view typed) {
  std::string upper(typed);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  std::string github(typed);  // the one kind of id that is written in both
  for (std::size_t i = 0; i < github.size(); ++i) {
    const char c = upper[i];
    github[i] = i >= kGithub.size() && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const std::string& one : {std::string(typed), upper, github}) {
    const auto found = TRY(tx.one(
        "SELECT EXISTS (SELECT 1 FROM identifier WHERE name = $1) OR EXISTS (SELECT 1 FROM "
        "mention WHERE name = $1 AND kind <> 1) OR EXISTS (SELECT 1 FROM epss WHERE name = $1)",
        {one}, [](const store::Row& row) { return row.integer(0) != 0; }));
    if (found.value_or(false)) {
      return one;
    }
  }
  return std::string(typed);
}

std::optional<Instant> counted(const std::optional<Instant>& said, Instant taken) {
  return said && *said > taken + kMostAhead ? taken : said;
}

bool is_ahead(const Version& version) {
  const auto& said = version.fed ? version.fed : version.modified;
  return counted(said, version.taken) != said;
}

Result<std::optional<Version>> find(const store::Tx& tx, advisory::Source source,
                                    std::string_view id) {
  return tx.one(std::string(kVersionColumns) + std::string(kFromName) +
                    "JOIN version v ON v.id = r.version WHERE i.name = $1 AND +r.source = $2",
                {id, static_cast<std::int64_t>(source)}, version_of);
}

Texts::Texts() : bodies_(std::make_unique<Bodies>()) {}
Texts::~Texts() = default;

Result<std::string> Texts::of(const store::Tx& tx, VersionId version) {
  struct Stored {
    std::int64_t dictionary;
    std::size_t size;
    std::optional<std::string> body;
  };
  const auto stored =
      TRY(tx.one("SELECT dictionary, size, body FROM version WHERE id = $1", {version},
                 [](const store::Row& row) {
                   return Stored{row.integer(0), static_cast<std::size_t>(row.integer(1)),
                                 row.is_null(2) ? std::nullopt : std::optional(row.blob(2))};
                 }));
  if (!stored || !stored->body) {
    return fail(Code::not_found, "there are no bytes of this version");
  }
  return bodies_->open(tx, stored->dictionary, *stored->body, stored->size);
}

Result<std::string> bytes(const store::Tx& tx, VersionId version) {
  return Texts().of(tx, version);
}

Result<Sum> sum(const store::Tx& tx, advisory::Source source) {
  Sum sum;
  Sha256 hash;
  TRY(
      tx.each("SELECT r.name, v.digest FROM record r JOIN version v ON v.id = r.version "
              "WHERE r.source = $1 AND v.digest IS NOT NULL ORDER BY r.name",
              {static_cast<std::int64_t>(source)}, [&](const store::Row& row) {
                hash.add(sum.records == 0 ? "" : "\n");
                hash.add(row.text(0)).add(" ").add(to_hex(row.blob(1)));
                ++sum.records;
                return true;
              }));
  sum.sha256 = to_hex(hash.finish().view());
  return sum;
}

Result<std::optional<Epss>> epss(const store::Tx& tx, std::string_view cve) {
  return tx.one(
      "SELECT score, percentile, day FROM epss WHERE name = $1", {cve},
      [](const store::Row& row) { return Epss{row.integer(0), row.integer(1), row.text(2)}; });
}

}  // namespace weir::catalog
