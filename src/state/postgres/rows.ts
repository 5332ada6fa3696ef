/** Rows as the server hands them over, read with the types of the schema. Anything else means a damaged store. */
import { StateError } from '../port.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A member of an answer that is an object itself. */
export function rowOf(value: unknown): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('a row');
  return value as Row;
}

/** A member of an answer that is a list of objects. */
export function rowsOf(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) throw damaged('rows');
  return value.map(rowOf);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column);
  return value;
}

export function textOrNullOf(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

export function booleanOf(row: Row, column: string): boolean {
  const value = row[column];
  if (typeof value !== 'boolean') throw damaged(column);
  return value;
}

/** A `bigint` column comes as digits, the same inside JSON as a number. One that is not exact here is refused. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw damaged(column);
  return number;
}

export function integerOrNullOf(row: Row, column: string): number | null {
  return row[column] === null ? null : integerOf(row, column);
}

/** A text that is one of the words that the schema allows. */
export function oneOf<Word extends string>(row: Row, column: string, words: readonly Word[]): Word {
  const value = textOf(row, column);
  const word = words.find((one) => one === value);
  if (word === undefined) throw damaged(column);
  return word;
}

export function damaged(what: string): StateError {
  return new StateError('corrupt', `the PostgreSQL store answers ${what} in a form that its schema does not have`);
}
