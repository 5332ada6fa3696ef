/** The plain key-value part of the store, in the shape that Keyv asks of an adapter. It cannot count, and nothing does. */
import type { KeyValues } from '../pins.ts';
import type { Database } from './database.ts';
import { textOf } from './rows.ts';

const NOW = 'countersign_clock(NULL)';
const GET = `SELECT value FROM countersign_key_values WHERE key = $1 AND (expires_ms IS NULL OR expires_ms > ${NOW})`;
const SET = `INSERT INTO countersign_key_values (key, value, expires_ms) VALUES ($1, $2, ${NOW} + $3::bigint)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_ms = excluded.expires_ms`;
const DELETE = 'DELETE FROM countersign_key_values WHERE key = $1';
const CLEAR = 'DELETE FROM countersign_key_values WHERE starts_with(key, $1)';

export class PostgresKeyValues implements KeyValues {
  readonly opts = {};
  namespace?: string | undefined;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Failures are thrown at the caller; there is nobody to listen. */
  on(): this {
    return this;
  }

  async get(key: string): Promise<string | undefined> {
    const { rows } = await this.#database.run(GET, [key], 'again');
    return rows[0] === undefined ? undefined : textOf(rows[0], 'value');
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.#database.run(SET, [key, value, ttlMs ?? null], 'again');
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#database.run(DELETE, [key])).changes > 0;
  }

  async clear(): Promise<void> {
    await this.#database.run(CLEAR, [this.namespace === undefined ? '' : `${this.namespace}:`], 'again');
  }
}
