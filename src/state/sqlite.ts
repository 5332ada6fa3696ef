/** The embedded store: one SQLite file for every process of an installation on this machine. */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Gate, Store } from './port.ts';
import { SqliteApprovals } from './sqlite/approvals.ts';
import { Batch } from './sqlite/batch.ts';
import { Connection } from './sqlite/connection.ts';
import { toStateError } from './sqlite/errors.ts';
import { guardFile, prepareFile } from './sqlite/file.ts';
import { openPins } from './pins.ts';
import { SqliteFreezes } from './sqlite/freezes.ts';
import { SqliteHeads } from './sqlite/heads.ts';
import { SqliteKeyValues } from './sqlite/key-values.ts';
import { SqliteOperators } from './sqlite/operators.ts';
import { SqliteQuota } from './sqlite/quota.ts';
import { DEADLINE_MS, whenFree } from './sqlite/retry.ts';
import { asRow, textOf } from './sqlite/rows.ts';
import { migrate, SCHEMA } from './sqlite/schema.ts';
import { SqliteSegments } from './sqlite/segments.ts';
import { SqliteTokens } from './sqlite/tokens.ts';

export interface SqliteOptions {
  /** How long to wait for other processes; 10 s unless told. */
  readonly deadlineMs?: number;
  /** For tests: milliseconds since the epoch; else the machine's clock. */
  readonly clock?: () => number;
}

/**
 * Opens the store in `file`, which is made if it is missing (mode 0600; its folder must exist).
 *
 * Throws `StateError`: `corrupt` for a damaged or foreign file, `busy` when others hold it too long, else `unavailable`.
 */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  prepareFile(file);
  const connection = await connect(file, deadlineMs);
  const batch = new Batch(connection);
  const tokens = new SqliteTokens(connection, batch);
  const freezes = new SqliteFreezes(connection);
  const approvals = new SqliteApprovals(connection, batch, options.clock ?? Date.now);
  return {
    ...{ tokens, freezes, approvals, operators: new SqliteOperators(connection) },
    quota: new SqliteQuota(connection, batch, options.clock ?? Date.now),
    gate: gateOf(connection, options.clock ?? Date.now, (tokenHash) => {
      const token = tokens.findNow(tokenHash);
      const hasApprovals = token !== undefined && approvals.hasRecentNow(token.grant);
      return { token, freezes: freezes.aboutNow(token?.grant), hasApprovals };
    }),
    examine: () => connection.read(() => ({ about: aboutEngine(connection), findings: [] })),
    pins: openPins(new SqliteKeyValues(connection)),
    heads: new SqliteHeads(connection),
    segments: new SqliteSegments(connection, batch),
    close: () => {
      connection.close();
      return Promise.resolve();
    },
  };
}

/** An approval is no longer recent at some time although nothing is written then. */
const GATE_MS = 500;

/** Reads the gate anew when anything was written since, by whatever process. */
function gateOf(connection: Connection, clock: () => number, read: (tokenHash: string) => Gate): Store['gate'] {
  let last:
    { readonly tokenHash: string; readonly version: string; readonly atMs: number; readonly gate: Gate } | undefined;
  return (tokenHash) =>
    connection.read(() => {
      const version = connection.version();
      const atMs = clock();
      const isRecent = last !== undefined && atMs >= last.atMs && atMs - last.atMs < GATE_MS;
      if (isRecent && last?.tokenHash === tokenHash && last.version === version) return last.gate;
      last = { tokenHash, version, atMs, gate: read(tokenHash) };
      return last.gate;
    });
}

function aboutEngine(connection: Connection): string {
  const row = asRow(connection.statement('SELECT sqlite_version() AS version').get()) ?? {};
  return `SQLite ${textOf(row, 'version')}, schema ${SCHEMA}, one file for every gateway of this machine`;
}

async function connect(file: string, deadlineMs: number): Promise<Connection> {
  const database = await openDatabase(file);
  try {
    // An acknowledged write must survive a power cut as well, hence FULL; the engine's default is NORMAL.
    await whenFree(() => database.exec('PRAGMA journal_mode = WAL'), deadlineMs);
    database.exec('PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0; PRAGMA trusted_schema = OFF');
    const connection = new Connection(database, file, deadlineMs, guardFile(file));
    await connection.exclusive(() => migrate(database, file));
    return connection;
  } catch (error) {
    database.close();
    throw toStateError(error, file);
  }
}

/** The engine is loaded here and not before: the door of this folder costs nothing until a store is opened. */
async function openDatabase(file: string): Promise<DatabaseSyncInstance> {
  try {
    const { DatabaseSync } = await import('@photostructure/sqlite');
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw toStateError(error, file);
  }
}
