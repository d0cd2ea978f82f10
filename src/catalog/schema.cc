#include <fmt/format.h>

#include "catalog/catalog.h"

namespace weir::catalog {
namespace {

constexpr store::Migration kMigrations[] = {
    {"0001-records", R"sql(
      CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

      -- One record of one source; `version` is what it is now.
      CREATE TABLE record (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        vulnerability INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX record_name ON record (source, name);
      CREATE INDEX record_vulnerability ON record (vulnerability);

      -- What a record was at some time. Only added to. A removal has no digest and no body.
      CREATE TABLE version (
        id INTEGER PRIMARY KEY,
        record INTEGER NOT NULL,
        state INTEGER NOT NULL,
        published_ms INTEGER,
        modified_ms INTEGER,
        fed_ms INTEGER,
        taken_ms INTEGER NOT NULL,
        size INTEGER NOT NULL,
        dictionary INTEGER NOT NULL,
        digest BLOB,
        body BLOB
      ) STRICT;
      CREATE INDEX version_record ON version (record);
      CREATE TABLE dictionary (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        bytes BLOB NOT NULL
      ) STRICT;

      -- Lines and documents that were taken, by half of their SHA-256.
      CREATE TABLE line (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
      CREATE TABLE file (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

      -- What a current, published record says about products (advisory::encode).
      CREATE TABLE affected (
        version INTEGER PRIMARY KEY,
        record INTEGER NOT NULL,
        parts BLOB NOT NULL
      ) STRICT;
      CREATE TABLE package (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE package_version (
        package INTEGER NOT NULL,
        version INTEGER NOT NULL,
        part INTEGER NOT NULL,
        PRIMARY KEY (package, version, part)
      ) STRICT, WITHOUT ROWID;

      -- Ids that mean the same vulnerability have the same number.
      CREATE TABLE identifier (name TEXT PRIMARY KEY, vulnerability INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
      CREATE INDEX identifier_vulnerability ON identifier (vulnerability);
      -- Ids that a record names: 1 an alias, 2 related.
      CREATE TABLE mention (
        record INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (record, kind, name)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX mention_name ON mention (name);

      -- What search filters and counts by. Terms: ids of `term`, four bytes each.
      CREATE TABLE facts (
        version INTEGER PRIMARY KEY,
        record INTEGER NOT NULL,
        source INTEGER NOT NULL,
        state INTEGER NOT NULL,
        day INTEGER NOT NULL,
        score INTEGER NOT NULL,
        terms BLOB NOT NULL
      ) STRICT;
      CREATE TABLE term (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (kind, name)
      ) STRICT;
      CREATE VIRTUAL TABLE words USING fts5 (
        names, text, content = '', tokenize = "unicode61 remove_diacritics 2"
      );

      CREATE TABLE epss (
        name TEXT PRIMARY KEY,
        score INTEGER NOT NULL,
        percentile INTEGER NOT NULL,
        day TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        place TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        finished_ms INTEGER,
        records INTEGER NOT NULL DEFAULT 0,
        added INTEGER NOT NULL DEFAULT 0,
        changed INTEGER NOT NULL DEFAULT 0,
        removed INTEGER NOT NULL DEFAULT 0,
        older INTEGER NOT NULL DEFAULT 0,
        unchanged INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE reject (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        place TEXT NOT NULL,
        reason TEXT NOT NULL,
        pointer TEXT NOT NULL
      ) STRICT;
      CREATE INDEX reject_run ON reject (run);
    )sql"},
    {"0002-cves-and-heads", R"sql(
      -- One CVE as the NVD API lists it: by its record of NVD, else by its CVE record. The number
      -- never changes, so that pages stay where they are. `version` 0: no record at present.
      -- `terms`: what cve_term holds of it, four bytes each.
      CREATE TABLE cve (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        source INTEGER NOT NULL,
        state INTEGER NOT NULL,
        published_ms INTEGER,
        modified_ms INTEGER,
        terms BLOB NOT NULL
      ) STRICT;
      CREATE TABLE cve_term (
        term INTEGER NOT NULL,
        cve INTEGER NOT NULL,
        PRIMARY KEY (term, cve)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX version_taken ON version (taken_ms, record);

      -- The hash of the feed of changes up to a version (feed.h): of the first one, and of the last
      -- one of each batch.
      CREATE TABLE feed_head (version INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    )sql"},
    {"0003-addresses", R"sql(
      -- Addresses that were imported, by their SHA-256, and what their servers said of the file.
      CREATE TABLE address (
        digest BLOB PRIMARY KEY,
        etag TEXT NOT NULL,
        modified TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    )sql"},
    {"0004-lines", R"sql(
      -- Digests of lines one behind the other, those of a batch in each row: they are only ever
      -- read all together, and an index over them would be a page for each.
      CREATE TABLE lines (id INTEGER PRIMARY KEY, digests BLOB NOT NULL) STRICT;
      INSERT INTO lines (digests) SELECT digest FROM line;
      DROP TABLE line;
    )sql"},
    {"0005-one-index-by-name", R"sql(
      -- Names that come in no order are a page each in every index over them. `identifier` is the
      -- one: a record is found in the group of its name, a CVE by its record (it has the number of
      -- the first one), and an alias has its group.
      DROP INDEX record_name;
      CREATE INDEX record_source ON record (source);
      DROP INDEX mention_name;
      CREATE INDEX mention_name ON mention (name) WHERE kind <> 1;
      DROP TABLE cve;
      CREATE TABLE cve (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        source INTEGER NOT NULL,
        state INTEGER NOT NULL,
        published_ms INTEGER,
        modified_ms INTEGER,
        terms BLOB NOT NULL
      ) STRICT;
    )sql"},
};

constexpr std::string_view kProjectionName = "projection";

Status check_projection(store::Db& db, Use use) {
  std::optional<std::int64_t> made_by;
  {
    const store::ReadTx tx = TRY(db.read());
    made_by = TRY(tx->one("SELECT value FROM meta WHERE name = $1", {kProjectionName},
                          [](const store::Row& row) { return row.integer(0); }));
  }
  if (!made_by && use == Use::ask) {
    return fail(Code::not_found, "nothing has been imported into the public database yet");
  }
  if (!made_by) {
    return db.execute([](store::Tx& tx) {
      return tx.run("INSERT OR IGNORE INTO meta (name, value) VALUES ($1, $2)",
                    {kProjectionName, std::int64_t{advisory::kProjection}});
    });
  }
  if (*made_by != advisory::kProjection) {
    return fail(Code::invalid,
                fmt::format("the public database was made by projection {}, this program makes "
                            "{}: move the file away and import again",
                            *made_by, advisory::kProjection));
  }
  return {};
}

}  // namespace

std::vector<store::Migration> migrations() {
  return {std::begin(kMigrations), std::end(kMigrations)};
}

Result<std::unique_ptr<store::Db>> open(const std::string& path, Use use) {
  store::Options options;
  options.path = path;
  options.migrations = migrations();
  options.sync = store::Options::Sync::relaxed;
  options.cache_kib = use == Use::import ? kImportCacheKib : kReaderCacheKib;
  if (use == Use::ask) {
    options.upgrade = store::Options::Upgrade::refuse;
  }
  auto db = store::Db::open(options);
  if (!db && db.error().code == Code::not_found && use != Use::ask) {
    options.open = store::Options::Open::create;
    db = store::Db::open(options);
    if (!db && db.error().code == Code::conflict) {  // another process was faster
      options.open = store::Options::Open::existing;
      db = store::Db::open(options);
    }
  }
  if (!db && db.error().code == Code::conflict && use == Use::ask) {
    // `weir migrate` is for weir.db: this one is brought up to date by whoever writes to it.
    return fail(Code::conflict,
                "the public database was made by an older program: `weir import sums` brings it up "
                "to date, or says what to do",
                path);
  }
  if (!db) {
    return std::unexpected(std::move(db).error());
  }
  TRY(check_projection(**db, use));
  return db;
}

}  // namespace weir::catalog
