/**
 * The schema, as steps that only go forward. One row counts the steps that a database has seen and carries a name made
 * at random when it was set up, so that another database behind the same address is not taken for it.
 */
import type { ClientBase } from 'pg';
import { StateError } from '../port.ts';
import { APPROVALS, END_APPROVAL } from './approval-tables.ts';
import { FUNCTIONS } from './functions.ts';
import { OPERATOR_FUNCTIONS } from './operator-functions.ts';
import { RESERVE_FUNCTIONS } from './reserve-functions.ts';
import { integerOf, type Row, textOf } from './rows.ts';
import { TABLES } from './tables.ts';

/** Functions are part of the schema: one that changes is replaced in a new step. */
const STEPS: readonly string[] = [TABLES + FUNCTIONS, OPERATOR_FUNCTIONS, APPROVALS, RESERVE_FUNCTIONS, END_APPROVAL];

/** The schema of this release; every database that opens has it. */
export const SCHEMA = STEPS.length;

/** Longer than an operation may take: another process may be at the same steps. */
const MIGRATION_MS = 30_000;

const VERSIONS = `CREATE TABLE countersign_schema (
  singleton    boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version      int NOT NULL,
  installation uuid NOT NULL DEFAULT gen_random_uuid()
)`;
const READ = 'SELECT version, installation::text AS installation FROM countersign_schema';

/** One lock for each schema, however it is named. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('countersign ' || coalesce($1, current_schema(), ''), 0))`;

/** The database that a store was opened on. */
export interface Installation {
  readonly name: string;
  readonly words: string;
}

/** Brings the database to this release's schema and answers which it is. Several processes may do so at once. */
export async function migrate(client: ClientBase, schema: string | undefined, words: string): Promise<Installation> {
  const found = await readVersion(client, words);
  if (found?.version === SCHEMA) return { name: found.name, words };
  await send(client, 'BEGIN');
  try {
    await send(client, `SET LOCAL statement_timeout = ${MIGRATION_MS}`);
    await client.query({ text: LOCK, values: [schema], ...{ query_timeout: MIGRATION_MS } });
    await makeSchema(client, schema);
    const name = await forward(client, words);
    await send(client, 'COMMIT');
    return { name, words };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Under the lock. Reading a catalogue table is what makes the server take notice of what another process has made
 * meanwhile: names it looked for before, `IF NOT EXISTS` among them, would still be missing to it.
 */
async function makeSchema(client: ClientBase, schema: string | undefined): Promise<void> {
  const text = 'SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = coalesce($1, current_schema())';
  const { rows } = await client.query({ text, values: [schema] });
  // The name has only letters that need no quotes, and may be a reserved word all the same.
  if (rows.length === 0 && schema !== undefined) await send(client, `CREATE SCHEMA "${schema}"`);
}

async function forward(client: ClientBase, words: string): Promise<string> {
  const found = await readVersion(client, words);
  if (found === undefined) await send(client, VERSIONS);
  for (const step of STEPS.slice(found?.version ?? 0)) await send(client, step);
  const version = `INSERT INTO countersign_schema (version) VALUES (${SCHEMA})
    ON CONFLICT (singleton) DO UPDATE SET version = excluded.version RETURNING installation::text AS installation`;
  const { rows } = await client.query<Record<string, unknown>>({ text: version, ...{ query_timeout: MIGRATION_MS } });
  return textOf(rows[0] ?? {}, 'installation');
}

/** Nothing for a database that was never set up. A newer schema is refused: we cannot know what its tables promise. */
async function readVersion(
  client: ClientBase,
  words: string,
): Promise<{ readonly version: number; readonly name: string } | undefined> {
  const { rows: tables } = await client.query<Record<string, unknown>>(
    `SELECT to_regclass('countersign_schema') IS NOT NULL AS present`,
  );
  if (tables[0]?.['present'] !== true) return undefined;
  const { rows } = await client.query<Record<string, unknown>>(READ);
  return versionOf(rows[0], words);
}

function versionOf(row: Row | undefined, words: string): { readonly version: number; readonly name: string } {
  if (row === undefined) throw new StateError('corrupt', `the state store \`${words}\` has lost its schema version`);
  const version = integerOf(row, 'version');
  if (version <= SCHEMA) return { version, name: textOf(row, 'installation') };
  throw new StateError(
    'unavailable',
    `the state store \`${words}\` has schema ${version}, this release knows ${SCHEMA}; start a newer release`,
  );
}

/** Throws `StateError` if a new connection does not lead to the database that the store was opened on. */
export async function checkInstallation(client: ClientBase, { name, words }: Installation): Promise<void> {
  const { rows } = await client.query<Record<string, unknown>>(READ);
  if (versionOf(rows[0], words).name === name) return;
  throw new StateError(
    'unavailable',
    `the state store \`${words}\` was emptied or replaced while in use; start again if that was intended`,
  );
}

async function send(client: ClientBase, text: string): Promise<void> {
  await client.query({ text, ...{ query_timeout: MIGRATION_MS } });
}
