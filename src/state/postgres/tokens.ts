import { brandAs, type GrantName } from '../../core/ids.ts';
import type { TokenRecord, TokenStore } from '../port.ts';
import type { Database } from './database.ts';
import { integerOf, integerOrNullOf, type Row, textOf } from './rows.ts';

const COLUMNS = 'token_hash, grant_name, issued_ms, expires_ms, revoked_ms, last_used_ms, uses';
const INSERT = `INSERT INTO countersign_tokens (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const FIND = `SELECT ${COLUMNS} FROM countersign_tokens WHERE token_hash = $1`;
const LIST = `SELECT ${COLUMNS} FROM countersign_tokens ORDER BY issued_ms, token_hash`;
const REVOKE = 'UPDATE countersign_tokens SET revoked_ms = $1 WHERE grant_name = $2 AND revoked_ms IS NULL';
const RETIRE = `UPDATE countersign_tokens SET expires_ms = $1
  WHERE grant_name = $2 AND token_hash <> $3 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $1)`;
const TOUCH = 'SELECT countersign_touch($1, $2, $3)';

export function tokenOf(row: Row): TokenRecord {
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

/** Tokens in PostgreSQL. */
export class PostgresTokens implements TokenStore {
  readonly #database: Database;
  constructor(database: Database) {
    this.#database = database;
  }

  async insert(token: TokenRecord): Promise<void> {
    const { tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs, uses } = token;
    await this.#database.run(INSERT, [tokenHash, grant, issuedMs, expiresMs, revokedMs, lastUsedMs, uses]);
  }

  async find(tokenHash: string): Promise<TokenRecord | undefined> {
    const { rows } = await this.#database.run(FIND, [tokenHash], 'again');
    return rows[0] === undefined ? undefined : tokenOf(rows[0]);
  }

  async list(): Promise<readonly TokenRecord[]> {
    return (await this.#database.run(LIST, [], 'again')).rows.map(tokenOf);
  }

  async revoke(grant: GrantName, atMs: number): Promise<number> {
    return (await this.#database.run(REVOKE, [atMs, grant])).changes;
  }

  async retire(grant: GrantName, except: string, atMs: number): Promise<number> {
    return (await this.#database.run(RETIRE, [atMs, grant, except])).changes;
  }

  async touch(tokenHash: string, atMs: number, uses: number): Promise<void> {
    await this.#database.run(TOUCH, [tokenHash, atMs, uses]);
  }
}
