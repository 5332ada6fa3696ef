import { brandAs, type GrantName } from '../../core/ids.ts';
import { StateError, type TokenRecord, type TokenStore } from '../port.ts';
import type { Connection } from './connection.ts';
import type { Reply } from './dial.ts';
import { damaged } from './errors.ts';
import { countOf, fieldsOf, listOf, textOf } from './replies.ts';
import * as scripts from './token-scripts.ts';

/** Tokens in Redis. */
export class RedisTokens implements TokenStore {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async insert(token: TokenRecord): Promise<void> {
    const isNew = countOf(await this.#connection.run(scripts.INSERT, token.tokenHash, ...wordsOf(token)), 'a token');
    if (isNew === 1) return;
    throw new StateError('conflict', `the state server \`${this.#connection.server}\` has that token already`);
  }

  async find(tokenHash: string): Promise<TokenRecord | undefined> {
    return readToken(tokenHash, await this.#connection.run(scripts.FIND, tokenHash));
  }

  async list(): Promise<readonly TokenRecord[]> {
    const all = listOf(await this.#connection.run(scripts.LIST), 'the tokens').map(listedToken);
    return all.sort((a, b) => a.issuedMs - b.issuedMs || (a.tokenHash < b.tokenHash ? -1 : 1));
  }

  async revoke(grant: GrantName, atMs: number): Promise<number> {
    return countOf(await this.#connection.run(scripts.REVOKE, grantText(grant), String(atMs)), 'the tokens');
  }

  async retire(grant: GrantName, except: string, atMs: number): Promise<number> {
    return countOf(await this.#connection.run(scripts.RETIRE, grantText(grant), except, String(atMs)), 'the tokens');
  }

  async touch(tokenHash: string, atMs: number, uses: number): Promise<void> {
    await this.#connection.run(scripts.TOUCH, tokenHash, String(atMs), String(uses));
  }
}

/** A grant as it is kept and compared; `null` is every grant. */
export function grantText(grant: GrantName | null): string {
  return JSON.stringify(grant);
}

export function readGrant(text: string, what: string): GrantName | null {
  try {
    const grant: unknown = JSON.parse(text);
    if (grant === null || typeof grant === 'string') return grant === null ? null : brandAs<GrantName>(grant);
  } catch {
    // It is damaged as well.
  }
  throw damaged(what);
}

/** Nothing for a token that nobody inserted. */
export function readToken(tokenHash: string, reply: Reply | undefined): TokenRecord | undefined {
  const fields = fieldsOf(reply, 'a token');
  if (fields.size === 0) return undefined;
  const what = `token ${tokenHash.slice(0, 8)}`;
  const grant = readGrant(fields.get('grant') ?? '', what);
  if (grant === null) throw damaged(what);
  const instant = (name: string): number | null => {
    const text = fields.get(name);
    return text === undefined ? null : countOf(text, what);
  };
  return {
    grant,
    tokenHash,
    issuedMs: countOf(fields.get('issued'), what),
    expiresMs: instant('expires'),
    revokedMs: instant('revoked'),
    lastUsedMs: instant('used'),
    uses: countOf(fields.get('uses'), what),
  };
}

function listedToken(reply: Reply): TokenRecord {
  const [hash, fields] = listOf(reply, 'the tokens');
  const token = readToken(textOf(hash, 'the tokens'), fields);
  if (token === undefined) throw damaged(`token ${textOf(hash, 'the tokens').slice(0, 8)}`);
  return token;
}

function wordsOf({ grant, issuedMs, expiresMs, revokedMs, lastUsedMs, uses }: TokenRecord): readonly string[] {
  const instants = Object.entries({ expires: expiresMs, revoked: revokedMs, used: lastUsedMs });
  const known = instants.flatMap(([name, at]) => (at === null ? [] : [name, String(at)]));
  return ['grant', grantText(grant), 'issued', String(issuedMs), 'uses', String(uses), ...known];
}
