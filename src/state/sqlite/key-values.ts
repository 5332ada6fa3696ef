/** The plain key-value part of the store, in the shape that Keyv asks of an adapter. It cannot count, and nothing does. */
import type { KeyValues } from '../pins.ts';
import type { Connection } from './connection.ts';
import { asRow, textOf } from './rows.ts';

const GET = 'SELECT value FROM key_values WHERE key = ? AND (expires_ms IS NULL OR expires_ms > ?)';
const SET = `INSERT INTO key_values (key, value, expires_ms) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_ms = excluded.expires_ms`;
const DELETE = 'DELETE FROM key_values WHERE key = ?';
const CLEAR = 'DELETE FROM key_values WHERE substr(key, 1, ?) = ?';

export class SqliteKeyValues implements KeyValues {
  readonly opts = {};
  namespace?: string | undefined;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Failures are thrown at the caller; there is nobody to listen. */
  on(): this {
    return this;
  }

  async get(key: string): Promise<string | undefined> {
    const row = await this.#connection.read(() => asRow(this.#connection.statement(GET).get(key, Date.now())));
    return row === undefined ? undefined : textOf(row, 'value');
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    const expiresMs = ttlMs === undefined ? null : Date.now() + ttlMs;
    await this.#connection.write(() => this.#connection.statement(SET).run(key, value, expiresMs));
  }

  async delete(key: string): Promise<boolean> {
    const { changes } = await this.#connection.write(() => this.#connection.statement(DELETE).run(key));
    return changes > 0;
  }

  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? '' : `${this.namespace}:`;
    await this.#connection.write(() => this.#connection.statement(CLEAR).run(prefix.length, prefix));
  }
}
