import { brandAs, type GrantName } from '../../core/ids.ts';
import type { TokenRecord, TokenStore } from '../port.ts';
import type { Batch } from './batch.ts';
import type { Connection } from './connection.ts';
import { asRow, asRows, integerOf, integerOrNullOf, textOf } from './rows.ts';

const COLUMNS = 'token_hash, grant_name, issued_ms, expires_ms, revoked_ms, last_used_ms, uses';
const INSERT = `INSERT INTO tokens (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const FIND = `SELECT ${COLUMNS} FROM tokens WHERE token_hash = ?`;
const LIST = `SELECT ${COLUMNS} FROM tokens ORDER BY issued_ms, token_hash`;
const REVOKE = 'UPDATE tokens SET revoked_ms = ? WHERE grant_name = ? AND revoked_ms IS NULL';
const RETIRE = `UPDATE tokens SET expires_ms = ?1
  WHERE grant_name = ?2 AND token_hash <> ?3 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?1)`;
const TOUCH = `UPDATE tokens SET last_used_ms = max(coalesce(last_used_ms, ?1), ?1), uses = uses + ?3 WHERE token_hash = ?2`;

function tokenOf(row: Readonly<Record<string, unknown>>): TokenRecord {
  return {
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    tokenHash: textOf(row, 'token_hash'),
    issuedMs: integerOf(row, 'issued_ms'),
    expiresMs: integerOrNullOf(row, 'expires_ms'),
    revokedMs: integerOrNullOf(row, 'revoked_ms'),
    lastUsedMs: integerOrNullOf(row, 'last_used_ms'),
    uses: integerOf(row, 'uses'),
  };
}

/** Tokens in SQLite. */
export class SqliteTokens implements TokenStore {
  readonly #connection: Connection;
  readonly #batch: Batch;
  constructor(connection: Connection, batch: Batch) {
    this.#connection = connection;
    this.#batch = batch;
  }

  async insert(token: TokenRecord): Promise<void> {
    const { tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs, uses } = token;
    await this.#connection.write(() =>
      this.#connection.statement(INSERT).run(tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs, uses),
    );
  }

  find(tokenHash: string): Promise<TokenRecord | undefined> {
    return this.#connection.read(() => this.findNow(tokenHash));
  }

  /** Inside a step of the connection. */
  findNow(tokenHash: string): TokenRecord | undefined {
    const row = asRow(this.#connection.statement(FIND).get(tokenHash));
    return row === undefined ? undefined : tokenOf(row);
  }

  async list(): Promise<readonly TokenRecord[]> {
    const rows = await this.#connection.read(() => asRows(this.#connection.statement(LIST).all()));
    return rows.map(tokenOf);
  }

  async revoke(grant: GrantName, atMs: number): Promise<number> {
    const { changes } = await this.#connection.write(() => this.#connection.statement(REVOKE).run(atMs, grant));
    return changes;
  }

  async retire(grant: GrantName, except: string, atMs: number): Promise<number> {
    const { changes } = await this.#connection.write(() => this.#connection.statement(RETIRE).run(atMs, grant, except));
    return changes;
  }

  async touch(tokenHash: string, atMs: number, uses: number): Promise<void> {
    await this.#batch.run(() => this.#connection.statement(TOUCH).run(atMs, tokenHash, uses), false);
  }
}
