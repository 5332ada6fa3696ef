import { brandAs, type GrantName } from '../../core/ids.ts';
import type { TokenRecord, TokenStore } from '../port.ts';
import type { Connection } from './connection.ts';
import { asRow, asRows, integerOf, integerOrNullOf, textOf } from './rows.ts';

const COLUMNS = 'token_hash, grant_name, issued_ms, expires_ms, revoked_ms, last_used_ms';
const INSERT = `INSERT INTO tokens (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`;
const FIND = `SELECT ${COLUMNS} FROM tokens WHERE token_hash = ?`;
const LIST = `SELECT ${COLUMNS} FROM tokens ORDER BY issued_ms, token_hash`;
const REVOKE = 'UPDATE tokens SET revoked_ms = ? WHERE grant_name = ? AND revoked_ms IS NULL';
const TOUCH = `UPDATE tokens SET last_used_ms = ?1 WHERE token_hash = ?2 AND (last_used_ms IS NULL OR last_used_ms < ?1)`;

function tokenOf(row: Readonly<Record<string, unknown>>): TokenRecord {
  return {
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    tokenHash: textOf(row, 'token_hash'),
    issuedMs: integerOf(row, 'issued_ms'),
    expiresMs: integerOrNullOf(row, 'expires_ms'),
    revokedMs: integerOrNullOf(row, 'revoked_ms'),
    lastUsedMs: integerOrNullOf(row, 'last_used_ms'),
  };
}

/** Tokens in SQLite. */
export class SqliteTokens implements TokenStore {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async insert(token: TokenRecord): Promise<void> {
    const { tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs } = token;
    await this.#connection.run(() =>
      this.#connection.statement(INSERT).run(tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs),
    );
  }

  async find(tokenHash: string): Promise<TokenRecord | undefined> {
    const row = await this.#connection.run(() => asRow(this.#connection.statement(FIND).get(tokenHash)));
    return row === undefined ? undefined : tokenOf(row);
  }

  async list(): Promise<readonly TokenRecord[]> {
    const rows = await this.#connection.run(() => asRows(this.#connection.statement(LIST).all()));
    return rows.map(tokenOf);
  }

  async revoke(grant: GrantName, atMs: number): Promise<number> {
    const { changes } = await this.#connection.run(() => this.#connection.statement(REVOKE).run(atMs, grant));
    return changes;
  }

  async touch(tokenHash: string, atMs: number): Promise<void> {
    await this.#connection.run(() => this.#connection.statement(TOUCH).run(atMs, tokenHash));
  }
}
