/** The plain key-value part of the store, in the shape that Keyv asks of an adapter. It cannot count, and nothing does. */
import type { KeyvStoreAdapter, StoredData } from 'keyv';
import type { Connection } from './connection.ts';
import { asRow, textOf } from './rows.ts';

export class SqliteKeyValues implements KeyvStoreAdapter {
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

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    const select = this.#connection.statement(
      'SELECT value FROM key_values WHERE key = ? AND (expires_ms IS NULL OR expires_ms > ?)',
    );
    const row = asRow(await this.#connection.run(() => select.get(key, Date.now())));
    // Keyv serialises what it is given and asks for it back as that text.
    const text: unknown = row === undefined ? undefined : textOf(row, 'value');
    return text as StoredData<Value> | undefined;
  }

  async set(key: string, value: string, ttl?: number): Promise<void> {
    const expiresMs = ttl === undefined ? null : Date.now() + ttl;
    const upsert = this.#connection.statement(
      'INSERT INTO key_values (key, value, expires_ms) VALUES (?, ?, ?) ' +
        'ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_ms = excluded.expires_ms',
    );
    await this.#connection.run(() => upsert.run(key, value, expiresMs));
  }

  async delete(key: string): Promise<boolean> {
    const remove = this.#connection.statement('DELETE FROM key_values WHERE key = ?');
    const { changes } = await this.#connection.run(() => remove.run(key));
    return changes > 0;
  }

  async clear(): Promise<void> {
    const remove = this.#connection.statement('DELETE FROM key_values WHERE substr(key, 1, ?) = ?');
    const prefix = this.namespace === undefined ? '' : `${this.namespace}:`;
    await this.#connection.run(() => remove.run(prefix.length, prefix));
  }
}
