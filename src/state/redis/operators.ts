import { checkOperatorRecord, MOST_OPERATOR_RECORDS, type OperatorRecords, tooManyOperatorRecords } from '../port.ts';
import * as scripts from './approval-scripts.ts';
import type { Connection } from './connection.ts';
import { countOf, textsOf } from './replies.ts';

const WHAT = 'the operators';
const BATCH = 500;

/** Records of operators in Redis. */
export class RedisOperators implements OperatorRecords {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async add(text: string): Promise<boolean> {
    checkOperatorRecord(text);
    const answer = await this.#connection.run(scripts.ADD_OPERATOR, text, String(MOST_OPERATOR_RECORDS));
    if (answer === -1) throw tooManyOperatorRecords();
    return countOf(answer, WHAT) === 1;
  }

  async list(): Promise<readonly string[]> {
    const records: string[] = [];
    for (;;) {
      const range = [String(records.length), String(records.length + BATCH - 1)];
      const batch = textsOf(await this.#connection.run(scripts.OPERATORS, ...range), WHAT);
      records.push(...batch);
      if (batch.length < BATCH) return records;
    }
  }
}
