import type { GrantName } from '../../core/ids.ts';
import type { Freeze, FreezeStore } from '../port.ts';
import type { Connection } from './connection.ts';
import type { Reply } from './dial.ts';
import { damaged } from './errors.ts';
import { countOf, fieldsOf, membersOf, oneOf } from './replies.ts';
import * as scripts from './token-scripts.ts';
import { grantText, readGrant } from './tokens.ts';

const SCOPES = ['all', 'money'] as const;
const WHAT = 'a freeze';

/** Freezes in Redis. */
export class RedisFreezes implements FreezeStore {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async freeze({ grant, scope, atMs, by }: Freeze): Promise<boolean> {
    const value = JSON.stringify({ atMs, by });
    return countOf(await this.#connection.run(scripts.FREEZE, fieldOf(scope, grant), value), WHAT) === 1;
  }

  async unfreeze(grant: GrantName | null): Promise<number> {
    const fields = SCOPES.map((scope) => fieldOf(scope, grant));
    return countOf(await this.#connection.run(scripts.UNFREEZE, ...fields), WHAT);
  }

  async list(): Promise<readonly Freeze[]> {
    return readFreezes(await this.#connection.run(scripts.FREEZES));
  }
}

function fieldOf(scope: Freeze['scope'], grant: GrantName | null): string {
  return `${scope}:${grantText(grant)}`;
}

/** In the order in which they were put on. */
export function readFreezes(reply: Reply | undefined): readonly Freeze[] {
  const freezes = [...fieldsOf(reply, WHAT)].map(([field, value]) => readFreeze(field, value));
  return freezes.sort((a, b) => a.atMs - b.atMs || byText(a.grant ?? '', b.grant ?? '') || byText(a.scope, b.scope));
}

function readFreeze(field: string, value: string): Freeze {
  const colon = field.indexOf(':');
  const { atMs, by } = membersOf(value, WHAT);
  if (typeof atMs !== 'number' || !Number.isSafeInteger(atMs) || typeof by !== 'string') throw damaged(WHAT);
  const scope = oneOf(field.slice(0, colon), SCOPES, WHAT);
  return { grant: readGrant(field.slice(colon + 1), WHAT), scope, atMs, by };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
