import { brandAs, type GrantName } from '../../core/ids.ts';
import type { Freeze, FreezeStore } from '../port.ts';
import type { Database } from './database.ts';
import { integerOf, oneOf, type Row, textOf } from './rows.ts';

const COLUMNS = 'grant_name, scope, at_ms, by_whom';
const FREEZE = `INSERT INTO countersign_freezes (${COLUMNS}) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
const UNFREEZE = 'DELETE FROM countersign_freezes WHERE grant_name = $1';
const LIST = `SELECT ${COLUMNS} FROM countersign_freezes ORDER BY at_ms, grant_name, scope`;

const EVERY_GRANT = '';

export function freezeOf(row: Row): Freeze {
  const grant = textOf(row, 'grant_name');
  return {
    grant: grant === EVERY_GRANT ? null : brandAs<GrantName>(grant),
    scope: oneOf(row, 'scope', ['all', 'money']),
    atMs: integerOf(row, 'at_ms'),
    by: textOf(row, 'by_whom'),
  };
}

/** Freezes in PostgreSQL. */
export class PostgresFreezes implements FreezeStore {
  readonly #database: Database;
  constructor(database: Database) {
    this.#database = database;
  }

  async freeze({ grant, scope, atMs, by }: Freeze): Promise<boolean> {
    return (await this.#database.run(FREEZE, [grant ?? EVERY_GRANT, scope, atMs, by])).changes > 0;
  }

  async unfreeze(grant: GrantName | null): Promise<number> {
    return (await this.#database.run(UNFREEZE, [grant ?? EVERY_GRANT])).changes;
  }

  async list(): Promise<readonly Freeze[]> {
    return (await this.#database.run(LIST, [], 'again')).rows.map(freezeOf);
  }
}
