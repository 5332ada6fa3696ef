/**
 * The schema, as steps that only go forward. `user_version` counts the steps a file has seen; a file from a newer
 * release is refused, because an older one cannot know what its tables promise.
 */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { StateError } from '../port.ts';
import { asRow, integerOf } from './rows.ts';

/** "CSGN": tells our files from any other SQLite database. */
const APPLICATION_ID = 0x4353474e;

export const STEPS: readonly string[] = [
  `CREATE TABLE tokens (
     token_hash   TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
     grant_name   TEXT NOT NULL,
     issued_ms    INTEGER NOT NULL,
     expires_ms   INTEGER,
     revoked_ms   INTEGER,
     last_used_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE stream_heads (
     stream TEXT PRIMARY KEY,
     file   TEXT NOT NULL,
     bytes  INTEGER NOT NULL CHECK (bytes >= 0),
     count  INTEGER NOT NULL CHECK (count >= 0),
     hash   TEXT NOT NULL CHECK (length(hash) = 64)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE segments (
     segment       TEXT PRIMARY KEY,
     file          TEXT NOT NULL UNIQUE,
     pid           INTEGER NOT NULL,
     process_start TEXT NOT NULL,
     state         TEXT NOT NULL CHECK (state IN ('open', 'closed', 'abandoned'))
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX open_segments ON segments (segment) WHERE state = 'open';`,
  `CREATE TABLE key_values (
     key        TEXT PRIMARY KEY,
     value      TEXT NOT NULL,
     expires_ms INTEGER
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE tokens ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE freezes (
     grant_name TEXT NOT NULL, -- empty: every grant
     scope      TEXT NOT NULL CHECK (scope IN ('all', 'money')),
     at_ms      INTEGER NOT NULL,
     by_whom    TEXT NOT NULL,
     PRIMARY KEY (grant_name, scope)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE quota_counters (
     counter TEXT PRIMARY KEY CHECK (length(counter) = 64),
     policy  TEXT,
     rule    TEXT NOT NULL,
     scope   TEXT NOT NULL,
     subject TEXT NOT NULL,
     unit    TEXT NOT NULL,
     keyed   INTEGER NOT NULL CHECK (keyed IN (0, 1)),
     window  TEXT NOT NULL, -- JSON
     cap     INTEGER NOT NULL CHECK (cap >= 0),
     seen_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE quota_slots (
     counter  TEXT NOT NULL,
     slot     INTEGER NOT NULL,
     end_ms   INTEGER NOT NULL,
     used     INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
     reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
     in_doubt INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt >= 0),
     closed   INTEGER NOT NULL DEFAULT 0 CHECK (closed >= 0),
     PRIMARY KEY (counter, slot)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE quota_requests (
     request       TEXT PRIMARY KEY,
     grant_name    TEXT NOT NULL,
     principal     TEXT NOT NULL,
     tool          TEXT NOT NULL,
     host          TEXT NOT NULL,
     pid           INTEGER NOT NULL,
     process_start TEXT NOT NULL,
     state         TEXT NOT NULL CHECK (state IN ('reserved', 'in-doubt', 'unbounded')),
     at_ms         INTEGER NOT NULL,
     lease_end_ms  INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX quota_owners ON quota_requests (host, pid, process_start) WHERE state = 'reserved';
   CREATE TABLE quota_uses (
     request TEXT NOT NULL,
     counter TEXT NOT NULL,
     slot    INTEGER NOT NULL,
     end_ms  INTEGER NOT NULL,
     amount  INTEGER NOT NULL CHECK (amount >= 0),
     closes  INTEGER NOT NULL CHECK (closes IN (0, 1)),
     window  TEXT NOT NULL, -- JSON, as it was when the use was reserved
     PRIMARY KEY (request, counter)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX quota_uses_of_counter ON quota_uses (counter);`,
  `CREATE TABLE approvals (
     id         TEXT PRIMARY KEY,
     number     INTEGER NOT NULL UNIQUE, -- the order in which they were opened
     grant_name TEXT NOT NULL,
     tool       TEXT NOT NULL,
     match      TEXT NOT NULL CHECK (length(match) = 64),
     hash       TEXT NOT NULL CHECK (length(hash) = 64),
     created_ms INTEGER NOT NULL,
     expires_ms INTEGER NOT NULL,
     state      TEXT NOT NULL
       CHECK (state IN ('open', 'claimed', 'executed', 'rejected', 'expired', 'lapsed', 'void')),
     outcome    TEXT CHECK (outcome IN ('ok', 'failed', 'in-doubt')),
     ended_ms   INTEGER,
     sealed     TEXT,
     claimed_by TEXT, -- JSON
     approved   INTEGER NOT NULL DEFAULT 0 CHECK (approved IN (0, 1))
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX approvals_of_call ON approvals (match, number);
   CREATE UNIQUE INDEX approvals_under_way ON approvals (match) WHERE state IN ('open', 'claimed');
   CREATE INDEX approvals_of_grant ON approvals (grant_name, ended_ms);
   CREATE TABLE verdicts (
     id      TEXT NOT NULL,
     number  INTEGER NOT NULL,
     verdict TEXT NOT NULL,
     PRIMARY KEY (id, number)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE operators (
     number INTEGER PRIMARY KEY, -- the order in which they were added
     record TEXT NOT NULL UNIQUE
   ) STRICT;`,
  // Uses stand in the row of their reservation, which is written and removed with them.
  `ALTER TABLE quota_requests ADD COLUMN uses TEXT NOT NULL DEFAULT '[]'; -- JSON
   ALTER TABLE quota_requests ADD COLUMN closes INTEGER NOT NULL DEFAULT 0 CHECK (closes IN (0, 1));
   UPDATE quota_requests SET closes = EXISTS
     (SELECT 1 FROM quota_uses u WHERE u.request = quota_requests.request AND u.closes = 1);
   UPDATE quota_requests SET uses = (SELECT json_group_array(json_array(u.counter, u.amount, u.closes, u.slot, u.end_ms,
       json(u.window), c.policy, c.rule, c.scope, c.subject, c.unit, c.keyed))
     FROM (SELECT * FROM quota_uses ORDER BY counter) u JOIN quota_counters c ON c.counter = u.counter
     WHERE u.request = quota_requests.request);
   DROP TABLE quota_uses;
   DROP INDEX quota_owners; -- there are as many rows as calls under way`,
  // What an agent may make long stands apart from what is read and written often, and goes when its request has ended.
  `CREATE TABLE approval_texts (
     id     TEXT PRIMARY KEY,
     sealed TEXT NOT NULL
   ) STRICT;
   INSERT INTO approval_texts (id, sealed) SELECT id, sealed FROM approvals WHERE sealed IS NOT NULL;
   ALTER TABLE approvals DROP COLUMN sealed;
   CREATE TRIGGER approvals_erase AFTER UPDATE OF ended_ms ON approvals WHEN NEW.ended_ms IS NOT NULL
     BEGIN DELETE FROM approval_texts WHERE id = NEW.id; END;
   CREATE INDEX approvals_open ON approvals (expires_ms) WHERE state = 'open';`,
  // How far a calls file goes, so that the end of one whose process was killed cannot be cut unseen.
  `ALTER TABLE segments ADD COLUMN count INTEGER NOT NULL DEFAULT 0 CHECK (count >= 0);
   ALTER TABLE segments ADD COLUMN head TEXT NOT NULL DEFAULT '' CHECK (length(head) IN (0, 64));`,
];

/** The schema of this release; every file that opens has it. */
export const SCHEMA = STEPS.length;

function pragma(database: DatabaseSyncInstance, name: 'user_version' | 'application_id'): number {
  const row = asRow(database.prepare(`PRAGMA ${name}`).get());
  return row === undefined ? 0 : integerOf(row, name);
}

function isEmpty(database: DatabaseSyncInstance): boolean {
  const row = asRow(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get());
  return row !== undefined && integerOf(row, 'tables') === 0;
}

/** Brings the file to this release's schema. Runs inside a transaction, so that two starting processes cannot mix. */
export function migrate(database: DatabaseSyncInstance, file: string): void {
  const version = pragma(database, 'user_version');
  if (version > STEPS.length) throw tooNew(file, version);
  if (pragma(database, 'application_id') !== APPLICATION_ID && !isEmpty(database)) throw notOurs(file);
  if (version === STEPS.length) return;
  for (const step of STEPS.slice(version)) database.exec(step);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length}`);
}

function tooNew(file: string, version: number): StateError {
  return new StateError(
    'unavailable',
    `the state file \`${file}\` has schema ${version}, this release knows ${STEPS.length}; start a newer release`,
  );
}

function notOurs(file: string): StateError {
  return new StateError('corrupt', `\`${file}\` is a database of another program; name another state file`);
}
