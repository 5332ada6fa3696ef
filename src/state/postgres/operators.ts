import { createHash } from 'node:crypto';
import { checkOperatorRecord, MOST_OPERATOR_RECORDS, type OperatorRecords, tooManyOperatorRecords } from '../port.ts';
import { type Database, onlyRow } from './database.ts';
import { oneOf, textOf } from './rows.ts';

const ADD = 'SELECT countersign_add_operator($1, $2, $3) AS answer';
const LIST = 'SELECT record FROM countersign_operators ORDER BY number';

/** Records of operators in PostgreSQL. */
export class PostgresOperators implements OperatorRecords {
  readonly #database: Database;
  constructor(database: Database) {
    this.#database = database;
  }

  async add(text: string): Promise<boolean> {
    checkOperatorRecord(text);
    const digest = createHash('sha256').update(text, 'utf8').digest('hex');
    const row = onlyRow(await this.#database.run(ADD, [text, digest, MOST_OPERATOR_RECORDS]));
    const answer = oneOf(row, 'answer', ['added', 'there', 'full']);
    if (answer === 'full') throw tooManyOperatorRecords();
    return answer === 'added';
  }

  async list(): Promise<readonly string[]> {
    return (await this.#database.run(LIST, [], 'again')).rows.map((row) => textOf(row, 'record'));
  }
}
