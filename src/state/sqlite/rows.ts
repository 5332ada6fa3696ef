/** Rows as the engine hands them over, read with the types of the schema. Anything else means a damaged file. */
import { StateError } from '../port.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The row of a statement that answers one. */
export function asRow(value: unknown): Row | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null) return value as Row;
  throw damaged('a row');
}

/** Every row of a statement. */
export function asRows(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) throw damaged('rows');
  return value.map((row: unknown) => asRow(row) ?? {});
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column);
  return value;
}

export function textOrNullOf(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damaged(column);
  return value;
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
  return new StateError('corrupt', `the state file answers ${what} in a form that its schema does not have`);
}
