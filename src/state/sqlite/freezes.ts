import { brandAs, type GrantName } from '../../core/ids.ts';
import type { Freeze, FreezeStore } from '../port.ts';
import type { Connection } from './connection.ts';
import { asRows, integerOf, oneOf, textOf } from './rows.ts';

const COLUMNS = 'grant_name, scope, at_ms, by_whom';
const FREEZE = `INSERT INTO freezes (${COLUMNS}) VALUES (?, ?, ?, ?) ON CONFLICT (grant_name, scope) DO NOTHING`;
const UNFREEZE = 'DELETE FROM freezes WHERE grant_name = ?';
const LIST = `SELECT ${COLUMNS} FROM freezes ORDER BY at_ms, grant_name, scope`;
const ABOUT = `SELECT ${COLUMNS} FROM freezes WHERE grant_name = '' OR grant_name = ? ORDER BY at_ms, grant_name, scope`;

const EVERY_GRANT = '';

function freezeOf(row: Readonly<Record<string, unknown>>): Freeze {
  const grant = textOf(row, 'grant_name');
  return {
    grant: grant === EVERY_GRANT ? null : brandAs<GrantName>(grant),
    scope: oneOf(row, 'scope', ['all', 'money']),
    atMs: integerOf(row, 'at_ms'),
    by: textOf(row, 'by_whom'),
  };
}

/** Freezes in SQLite. */
export class SqliteFreezes implements FreezeStore {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async freeze({ grant, scope, atMs, by }: Freeze): Promise<boolean> {
    const { changes } = await this.#connection.write(() =>
      this.#connection.statement(FREEZE).run(grant ?? EVERY_GRANT, scope, atMs, by),
    );
    return changes > 0;
  }

  async unfreeze(grant: GrantName | null): Promise<number> {
    const { changes } = await this.#connection.write(() =>
      this.#connection.statement(UNFREEZE).run(grant ?? EVERY_GRANT),
    );
    return changes;
  }

  async list(): Promise<readonly Freeze[]> {
    const rows = await this.#connection.read(() => asRows(this.#connection.statement(LIST).all()));
    return rows.map(freezeOf);
  }

  /** Inside a step of the connection: the freezes of every grant, and those of this one. */
  aboutNow(grant: GrantName | undefined): readonly Freeze[] {
    return asRows(this.#connection.statement(ABOUT).all(grant ?? EVERY_GRANT)).map(freezeOf);
  }
}
