// What a version is found by: packages, terms, words. Rows of which a record has many wait for the
// end of the batch: in the order of their keys they cost two thirds.
#include <algorithm>

#include "advisory/keys.h"
#include "catalog/rows.h"
#include "catalog/writer.h"

namespace weir::catalog {

Status Writer::put_waiting(store::Tx& tx) {
  std::ranges::sort(package_versions_);
  for (const auto& [package_id, version, part] : package_versions_) {
    TRY(tx.run("INSERT INTO package_version (package, version, part) VALUES ($1, $2, $3)",
               {package_id, version, part}));
  }
  package_versions_.clear();
  std::ranges::sort(cve_terms_);
  for (const auto& [term_id, cve] : cve_terms_) {
    TRY(tx.run("INSERT INTO cve_term (term, cve) VALUES ($1, $2)", {term_id, cve}));
  }
  cve_terms_.clear();
  return {};
}

Status Writer::put_lines(store::Tx& tx, const Batch& batch) {
  std::string digests;
  digests.reserve(batch.records.size() * sizeof(Half));
  for (const Prepared& one : batch.records) {
    digests += one.line.view();
  }
  return digests.empty()
             ? Status{}
             : tx.run("INSERT INTO lines (digests) VALUES ($1)", {store::Blob{digests}});
}

Status Writer::insert_indexes(store::Tx& tx, const Prepared& one, std::int64_t record,
                              std::int64_t version) {
  if (!one.parts.empty()) {
    TRY(tx.run("INSERT INTO affected (version, record, parts) VALUES ($1, $2, $3)",
               {version, record, store::Blob{one.parts}}));
  }
  TRY(one.keys.each([&](std::string_view key, std::size_t part) -> Status {
    package_versions_.push_back({TRY(package(tx, key)), version, number(part)});
    return {};
  }));
  std::string terms;
  TRY(one.terms.each([&](std::string_view name, std::size_t kind) -> Status {
    append_little_endian(terms, TRY(term(tx, static_cast<TermKind>(kind), name)));
    return {};
  }));
  TRY(
      tx.run("INSERT INTO facts (version, record, source, state, day, score, terms) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7)",
             {version, record, number(*one.source), number(one.state), one.day,
              std::int64_t{one.score}, store::Blob{terms}}));
  return tx.run("INSERT INTO words (rowid, names, text) VALUES ($1, $2, $3)",
                {version, one.names, one.words});
}

Status Writer::remove_indexes(store::Tx& tx, std::int64_t version) {
  TRY(put_waiting(tx));  // some may be of this version
  const auto parts = TRY(tx.one("SELECT parts FROM affected WHERE version = $1", {version},
                                [](const store::Row& row) { return row.blob(0); }));
  if (parts) {
    const std::vector<advisory::Affected> list = TRY(advisory::decode(*parts));
    for (std::size_t part = 0; part < list.size(); ++part) {
      for (const std::string& key : advisory::keys(list[part])) {
        const std::int64_t package_id = TRY(package(tx, key));
        TRY(tx.run("DELETE FROM package_version WHERE package = $1 AND version = $2 AND part = $3",
                   {package_id, version, number(part)}));
      }
    }
    TRY(tx.run("DELETE FROM affected WHERE version = $1", {version}));
  }
  return tx.run("DELETE FROM facts WHERE version = $1", {version});
}

Result<std::int64_t> Writer::package(store::Tx& tx, std::string_view key) {
  if (const auto found = packages_.find(key); found != packages_.end()) {
    return found->second;
  }
  std::optional<std::int64_t> id;
  if (!knows_all_) {
    id = TRY(tx.one("SELECT id FROM package WHERE key = $1", {key},
                    [](const store::Row& row) { return row.integer(0); }));
  }
  if (!id) {
    id = TRY(tx.insert("INSERT INTO package (key) VALUES ($1)", {key}));
  }
  packages_.emplace(key, *id);
  return *id;
}

Result<std::int64_t> Writer::term(store::Tx& tx, TermKind kind, std::string_view name) {
  Numbers& numbers = terms_.at(static_cast<std::size_t>(kind) - 1);
  if (const auto found = numbers.find(name); found != numbers.end()) {
    return found->second;
  }
  std::optional<std::int64_t> id;
  if (!knows_all_) {
    id = TRY(tx.one("SELECT id FROM term WHERE kind = $1 AND name = $2", {number(kind), name},
                    [](const store::Row& row) { return row.integer(0); }));
  }
  if (!id) {
    id = TRY(tx.insert("INSERT INTO term (kind, name) VALUES ($1, $2)", {number(kind), name}));
  }
  numbers.emplace(name, *id);
  return *id;
}

}  // namespace weir::catalog
