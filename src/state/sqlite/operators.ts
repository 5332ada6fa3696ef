import { checkOperatorRecord, MOST_OPERATOR_RECORDS, type OperatorRecords, tooManyOperatorRecords } from '../port.ts';
import type { Connection } from './connection.ts';
import { asRow, asRows, integerOf, textOf } from './rows.ts';

const ADD = 'INSERT INTO operators (record) VALUES (?) ON CONFLICT (record) DO NOTHING';
const FIND = 'SELECT 1 AS found FROM operators WHERE record = ?';
const COUNT = 'SELECT count(*) AS n FROM operators';
const LIST = 'SELECT record FROM operators ORDER BY number';

/** Records of operators in SQLite. */
export class SqliteOperators implements OperatorRecords {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async add(text: string): Promise<boolean> {
    checkOperatorRecord(text);
    return this.#connection.exclusive(() => {
      if (this.#connection.statement(FIND).get(text) !== undefined) return false;
      const count = integerOf(asRow(this.#connection.statement(COUNT).get()) ?? {}, 'n');
      if (count >= MOST_OPERATOR_RECORDS) throw tooManyOperatorRecords();
      return this.#connection.statement(ADD).run(text).changes > 0;
    });
  }

  async list(): Promise<readonly string[]> {
    const rows = await this.#connection.read(() => asRows(this.#connection.statement(LIST).all()));
    return rows.map((row) => textOf(row, 'record'));
  }
}
