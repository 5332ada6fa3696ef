/** How a server is set up, and whether what it acknowledges is kept. */
import type { StoreFinding } from '../port.ts';
import { booleanOf, integerOf, type Row, textOf, textOrNullOf } from './rows.ts';

/** The session's own settings are read too: a pooler in between may have dropped what was asked for at its start. */
export const FACTS = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int AS number, current_database()::text AS database,
  current_schema()::text AS schema, pg_is_in_recovery() AS standby, current_setting('fsync') = 'on' AS fsync,
  current_setting('full_page_writes') = 'on' AS full_pages, current_setting('server_encoding') = 'UTF8' AS unicode,
  current_setting('synchronous_commit') IN ('on', 'remote_apply') AS synchronous,
  current_setting('transaction_isolation') = 'read committed' AS read_committed,
  current_setting('transaction_read_only') = 'on' AS read_only,
  current_setting('synchronous_standby_names') <> '' AS standby_waited_for,
  (SELECT count(*) FROM pg_stat_replication) AS replicas`;

/** Releases before this are out of support. */
const OLDEST = 130_000;

const FAILS: readonly (readonly [(facts: Row) => boolean, string, string])[] = [
  [
    (facts) => integerOf(facts, 'number') < OLDEST,
    'the server is older than PostgreSQL 13',
    'upgrade it to a supported release',
  ],
  [
    (facts) => booleanOf(facts, 'standby'),
    'the server is a standby, which cannot count',
    'name the primary server in the URL',
  ],
  [
    (facts) => booleanOf(facts, 'read_only') && !booleanOf(facts, 'standby'),
    'the role may only read',
    'set `default_transaction_read_only` to off for it',
  ],
  [
    (facts) => !booleanOf(facts, 'fsync'),
    '`fsync` is off: a power cut loses reservations, and caps are exceeded',
    'set `fsync = on` and reload the server',
  ],
  [
    (facts) => !booleanOf(facts, 'synchronous'),
    '`synchronous_commit` is off and cannot be set: a crash of the server loses reservations',
    'connect without the pooler, or `ALTER ROLE … SET synchronous_commit = on`',
  ],
  [
    (facts) => !booleanOf(facts, 'read_committed'),
    'the isolation level is not READ COMMITTED and cannot be set: counts would be stale',
    "connect without the pooler, or `ALTER ROLE … SET default_transaction_isolation = 'read committed'`",
  ],
  [
    (facts) => !booleanOf(facts, 'unicode'),
    'the database is not encoded in UTF8, so it cannot hold every name',
    'create the database with `ENCODING UTF8`',
  ],
];

const WARNS: typeof FAILS = [
  [
    (facts) => !booleanOf(facts, 'full_pages'),
    '`full_page_writes` is off: a power cut may damage the database',
    'set `full_page_writes = on` unless the file system writes pages whole',
  ],
  [
    (facts) => integerOf(facts, 'replicas') > 0 && !booleanOf(facts, 'standby_waited_for'),
    'replicas are not waited for: a failover to one may lose reservations, and caps are exceeded',
    'set `synchronous_standby_names`, or count what was settled after a failover',
  ],
];

/** What breaks the store's promises, and what would when more than a process fails. */
export function findingsOf(facts: Row): readonly StoreFinding[] {
  const found = (status: StoreFinding['status'], table: typeof FAILS): readonly StoreFinding[] =>
    table.filter(([applies]) => applies(facts)).map(([, message, fix]) => ({ status, message, fix }));
  return [...found('fail', FAILS), ...found('warn', WARNS)];
}

/** The server and the place in it, for people. */
export function aboutOf(facts: Row): string {
  const place = `database \`${textOf(facts, 'database')}\`, schema \`${textOrNullOf(facts, 'schema') ?? 'none'}\``;
  return `PostgreSQL ${textOf(facts, 'version')}, ${place}`;
}
