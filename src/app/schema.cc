#include "app/app.h"
#include "app/clock_moves.h"
#include "app/clock_rows.h"
#include "app/clock_seal.h"
#include "app/filing_rows.h"
#include "app/notice_rows.h"
#include "app/public_quarters.h"
#include "app/watch_rows.h"
#include "store/idempotency.h"
#include "store/outbox.h"

namespace weir::app {
namespace {

// No column here holds restricted text: names of organisations and handles are the platform's own,
// a case is a random reference, states and levels are numbers. Booleans and facts are 0, 1, 2 (no,
// yes, unknown), as policy::Fact.
const store::Migration kFirst = {
    "0004-app",
    "CREATE TABLE organisation (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " class TEXT NOT NULL, country TEXT NOT NULL, staff INTEGER NOT NULL, bound INTEGER NOT NULL,"
    " public_body INTEGER NOT NULL, may_name INTEGER NOT NULL, suspended INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE account (id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE,"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), roles INTEGER NOT NULL,"
    " barred INTEGER NOT NULL, created_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE agreement (id INTEGER PRIMARY KEY, organisation INTEGER NOT NULL"
    " REFERENCES organisation (id), level INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX agreement_by_organisation ON agreement (organisation, ended);"

    "CREATE TABLE case_file (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " stream INTEGER NOT NULL, content_key INTEGER NOT NULL, state INTEGER NOT NULL,"
    " label INTEGER NOT NULL, received_ms INTEGER NOT NULL, size INTEGER NOT NULL,"
    " vulnerabilities INTEGER NOT NULL, reporter INTEGER REFERENCES account (id),"
    " code_hash BLOB, handler INTEGER REFERENCES account (id),"
    " merged_into INTEGER REFERENCES case_file (id), embargo_ended INTEGER NOT NULL DEFAULT 0,"
    " published_level INTEGER NOT NULL DEFAULT 0, published_ms INTEGER, public_id TEXT UNIQUE,"
    " opened INTEGER NOT NULL DEFAULT 0, key_state INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX case_by_state ON case_file (state, id);"
    "CREATE INDEX case_by_code ON case_file (code_hash) WHERE code_hash IS NOT NULL;"
    "CREATE INDEX case_by_reporter ON case_file (reporter) WHERE reporter IS NOT NULL;"
    "CREATE INDEX case_by_key ON case_file (content_key);"

    // What a case holds. `home` is the case whose stream and key it lies under, forever;
    // `case_file` is where it is worked on now (a merge moves it). `audience`: this organisation
    // and the handler alone. `vulnerability` counts from 1; 0 is the whole. `ref` and `version` are
    // unique because the object's are, which is inserted with it.
    "CREATE TABLE item (id INTEGER PRIMARY KEY, home INTEGER NOT NULL REFERENCES case_file (id),"
    " case_file INTEGER NOT NULL REFERENCES case_file (id), ref TEXT NOT NULL,"
    " version INTEGER NOT NULL, kind TEXT NOT NULL, level INTEGER NOT NULL,"
    " vulnerability INTEGER NOT NULL, language TEXT NOT NULL, encryption INTEGER NOT NULL,"
    " author INTEGER REFERENCES account (id), by_reporter INTEGER NOT NULL,"
    " audience INTEGER REFERENCES organisation (id), at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX item_by_case ON item (case_file, id);"

    "CREATE TABLE participant (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), role TEXT NOT NULL,"
    " level INTEGER NOT NULL, through_agreement INTEGER NOT NULL, consents INTEGER NOT NULL"
    " DEFAULT 0, at_ms INTEGER NOT NULL, PRIMARY KEY (case_file, organisation)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX participant_by_organisation ON participant (organisation);"

    // Which vulnerability of the case concerns which vendor, and how far its fix is. No row in
    // `answer` (0) is "no answer yet".
    "CREATE TABLE vendor_status (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), vulnerability INTEGER NOT NULL,"
    " answer INTEGER NOT NULL DEFAULT 0, phase INTEGER NOT NULL DEFAULT 0,"
    " left_out INTEGER NOT NULL DEFAULT 0, at_ms INTEGER,"
    " PRIMARY KEY (case_file, organisation, vulnerability)) STRICT, WITHOUT ROWID;"

    // One random reference per organisation and case, for the ledger.
    "CREATE TABLE recipient (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " organisation INTEGER NOT NULL, ref TEXT NOT NULL,"
    " PRIMARY KEY (case_file, organisation)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE conflict_of_interest (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " account INTEGER NOT NULL REFERENCES account (id), fact INTEGER NOT NULL,"
    " PRIMARY KEY (case_file, account)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE embargo_proposal (id INTEGER PRIMARY KEY, case_file INTEGER NOT NULL"
    " REFERENCES case_file (id), organisation INTEGER, until_ms INTEGER NOT NULL,"
    " confirmed INTEGER NOT NULL, at_ms INTEGER NOT NULL, consents INTEGER NOT NULL DEFAULT 0)"
    " STRICT;"
    "CREATE INDEX embargo_by_case ON embargo_proposal (case_file);"

    // Exceptions and delays; the ground stands in the event `event` of the case.
    "CREATE TABLE decision (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,"
    " case_file INTEGER NOT NULL REFERENCES case_file (id), organisation INTEGER,"
    " level INTEGER NOT NULL, legal_stage INTEGER, event INTEGER NOT NULL,"
    " ended INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX decision_by_case ON decision (case_file, kind);"

    // An act that waits for, or has, its second person. `digest` covers everything that was asked;
    // what that is stands in the event `event` of the case.
    "CREATE TABLE pending_act (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " case_file INTEGER NOT NULL, action TEXT NOT NULL, digest BLOB NOT NULL,"
    " event INTEGER NOT NULL,"
    " asked_by INTEGER NOT NULL REFERENCES account (id), approved_by INTEGER, conflict INTEGER,"
    " done INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX pending_by_act ON pending_act (case_file, action, digest);"

    "CREATE TABLE release (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " case_file INTEGER NOT NULL REFERENCES case_file (id), level INTEGER NOT NULL,"
    " event INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX release_by_case ON release (case_file);"
    "CREATE TABLE release_item (release INTEGER NOT NULL REFERENCES release (id),"
    " item INTEGER NOT NULL REFERENCES item (id), PRIMARY KEY (release, item)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX release_item_by_item ON release_item (item);"
    "CREATE TABLE release_recipient (release INTEGER NOT NULL REFERENCES release (id),"
    " organisation INTEGER NOT NULL REFERENCES organisation (id), recalled INTEGER NOT NULL"
    " DEFAULT 0, PRIMARY KEY (release, organisation)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX release_by_organisation ON release_recipient (organisation);"

    // What has been made public, in the clear, as it was published.
    "CREATE TABLE publication (public_id TEXT PRIMARY KEY, case_file INTEGER NOT NULL"
    " REFERENCES case_file (id), level INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE platform (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL) STRICT"};

// No secret stands here as it is. `password` and `totp` lie under the master key, each bound to its
// account; every `hash` is of 80 or more random bits. `place` is a hash of account and network: it
// tells whether somebody has signed in from there before, and goes with the row.
const store::Migration kIdentity = {
    "app-0002-identity",
    "CREATE TABLE sign_in (account INTEGER PRIMARY KEY REFERENCES account (id),"
    " password BLOB NOT NULL, totp BLOB NOT NULL, totp_step INTEGER NOT NULL,"
    " since_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE recovery_code (hash BLOB PRIMARY KEY, account INTEGER NOT NULL"
    " REFERENCES account (id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX recovery_code_by_account ON recovery_code (account);"

    // Invitations and resets. `totp`: the secret that whoever enrols with it is shown.
    "CREATE TABLE one_time_code (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
    " account INTEGER NOT NULL UNIQUE REFERENCES account (id), totp BLOB NOT NULL,"
    " made_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE session (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " hash BLOB NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account (id),"
    " place BLOB NOT NULL, began_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL,"
    " ends_ms INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX session_by_account ON session (account, ended);"
    "CREATE INDEX session_by_place ON session (place);"

    // `account` is who it acts as: its user, or the account that was made for it alone and can
    // never sign in; then `organisation` says whose it is.
    "CREATE TABLE api_token (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,"
    " prefix TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " account INTEGER NOT NULL REFERENCES account (id),"
    " organisation INTEGER REFERENCES organisation (id), label TEXT NOT NULL,"
    " scopes INTEGER NOT NULL, made_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL,"
    " used_day INTEGER, ended INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX api_token_by_account ON api_token (account, ended);"
    "CREATE INDEX api_token_by_organisation ON api_token (organisation, ended);"};

const store::Migration kBoundDecisions = {
    "app-0003-bound-decisions",
    // The vulnerabilities that were split off, and where they went: their numbers stay taken.
    "CREATE TABLE split_off (case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " vulnerability INTEGER NOT NULL, into_case INTEGER NOT NULL REFERENCES case_file (id),"
    " PRIMARY KEY (case_file, vulnerability)) STRICT, WITHOUT ROWID;"

    // What an exception covers: what was in the case when it was approved.
    "CREATE TABLE exception_item (decision INTEGER NOT NULL REFERENCES decision (id),"
    " item INTEGER NOT NULL REFERENCES item (id), PRIMARY KEY (decision, item)) STRICT,"
    " WITHOUT ROWID;"

    // Written to whoever filed the report of the item's home: that person and the handler alone.
    "ALTER TABLE item ADD COLUMN for_reporter INTEGER NOT NULL DEFAULT 0"};

const store::Migration kNews = {
    "app-0006-news",
    // Where a user hears of what happens. `address` and `secret` lie under the master key.
    // `queued`: an outbox message for it waits.
    "CREATE TABLE news_channel (id INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE,"
    " account INTEGER NOT NULL REFERENCES account (id), kind INTEGER NOT NULL,"
    " pace INTEGER NOT NULL, address BLOB NOT NULL, secret BLOB NOT NULL,"
    " queued INTEGER NOT NULL) STRICT;"
    "CREATE INDEX news_channel_by_account ON news_channel (account);"
    // What waits to be told. Names no case.
    "CREATE TABLE news (id INTEGER PRIMARY KEY AUTOINCREMENT, channel INTEGER NOT NULL"
    " REFERENCES news_channel (id), kind INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX news_by_channel ON news (channel, id);"
    "CREATE TABLE news_muted (account INTEGER NOT NULL REFERENCES account (id),"
    " case_file INTEGER NOT NULL REFERENCES case_file (id),"
    " PRIMARY KEY (account, case_file)) STRICT, WITHOUT ROWID"};

const store::Migration kNewsKeys = {
    "app-0020-news-keys",
    // The OpenPGP key of a mail channel, what is shown of it first: under the master key. Absent:
    // none.
    "ALTER TABLE news_channel ADD COLUMN openpgp BLOB;"
    // How many a row stands for: the oldest of too many are added up.
    "ALTER TABLE news ADD COLUMN many INTEGER NOT NULL DEFAULT 1"};

const store::Migration kNewsHours = {
    "app-0031-news-hours",
    // Quiet hours and where their days are; `due_ms`: of the message that waits. Of news: when it
    // is to be told.
    "ALTER TABLE news_channel ADD COLUMN quiet TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE news_channel ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';"
    "ALTER TABLE news_channel ADD COLUMN due_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE news ADD COLUMN due_ms INTEGER NOT NULL DEFAULT 0"};

}  // namespace

std::vector<store::Migration> migrations() {
  return {ledger::kMigration,
          content::kMigration,
          kFirst,
          kIdentity,
          kBoundDecisions,
          ledger::kRecoveryMigration,
          kClocksMigration,
          store::idempotency::kMigration,
          kFilingsMigration,
          kNoticesMigration,
          store::outbox::kMigration,
          kNews,
          kSealedClocksMigration,
          kClockMovesMigration,
          kUnsealedClocksMigration,
          kNewsKeys,
          kPublicQuartersMigration,
          kWatchListsMigration,
          kNoticePeopleMigration,
          kSentFilingsMigration,
          kNewsHours};
}

}  // namespace weir::app
