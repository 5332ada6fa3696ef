/** Entries put into a client's file and taken out of it; everything else stays to the byte. */
import { isDeepStrictEqual } from 'node:util';
import { editJsonc } from '../config/edit-jsonc.ts';
import type { Plain } from '../config/text-edit.ts';
import type { DocumentPath } from '../config/tree.ts';
import type { Format } from './clients.ts';
import { appendTable, cutTable } from './edit-toml.ts';
import { ClientFileError } from './errors.ts';
import { at } from './servers.ts';
import { dataOf } from './text.ts';

/** One change; a path ends with the name of a server. */
export type EntryEdit =
  | { readonly is: 'put'; readonly path: DocumentPath; readonly value: Plain }
  | { readonly is: 'drop'; readonly path: DocumentPath };

/**
 * The text after all changes. An entry that is put where one stands replaces it; one that is dropped may be gone.
 * Throws `ClientFileError`: `syntax`, or `not_editable` where the text would say something else than it should.
 */
export function editEntries(file: string, format: Format, text: string, edits: readonly EntryEdit[]): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  let edited = text.slice(mark.length);
  let data = dataOf(file, format, edited);
  for (const edit of edits) {
    const before = at(data, edit.path);
    if (edit.is === 'drop' ? before === undefined : isDeepStrictEqual(plain(before), plain(edit.value))) continue;
    data = changed(data, edit.path, edit.is === 'put' ? edit.value : undefined);
    edited = written(file, format, edited, edit);
    // Whatever went wrong in the text shows in its data.
    if (!says(format, edited, data)) throw notEditable(file);
  }
  return mark + edited;
}

function says(format: Format, text: string, data: Plain): boolean {
  try {
    return isDeepStrictEqual(plain(dataOf('', format, text)), plain(data));
  } catch {
    return false;
  }
}

function notEditable(file: string, cause?: unknown): ClientFileError {
  const message = `\`${file}\` is written in a way that cannot be changed in place`;
  return new ClientFileError('not_editable', message, { cause });
}

function written(file: string, format: Format, text: string, edit: EntryEdit): string {
  try {
    return format === 'toml' ? inToml(text, edit) : inJson(text, edit);
  } catch (cause) {
    throw notEditable(file, cause);
  }
}

function inToml(text: string, edit: EntryEdit): string {
  const path = edit.path.map(String);
  const without = cutTable(text, path);
  return edit.is === 'drop' ? without : appendTable(without, path, edit.value);
}

function inJson(text: string, edit: EntryEdit): string {
  const whole = text.trim() === '' ? '{\n}\n' : text;
  if (edit.is === 'drop') return editJsonc(whole, { is: 'remove', path: edit.path });
  const data = dataOf('', 'jsonc', whole);
  if (at(data, edit.path) !== undefined) return editJsonc(whole, { ...edit, is: 'set' });
  // The first of the containers that are not there is written with all that goes into it.
  const missing = edit.path.findIndex((_, index) => at(data, edit.path.slice(0, index + 1)) === undefined);
  const value = edit.path.slice(missing + 1).reduceRight<Plain>((inner, key) => ({ [key]: inner }), edit.value);
  return editJsonc(whole, { is: 'insert', path: edit.path.slice(0, missing + 1), value });
}

/** The data with another value at a path; `undefined` takes it out. Containers are made on the way. */
function changed(data: Plain, path: DocumentPath, value: Plain | undefined): Plain {
  const [step, ...rest] = path;
  const members = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {};
  const own = members as Readonly<Record<string, Plain>>;
  const key = String(step);
  const others = Object.fromEntries(Object.entries(own).filter(([name]) => name !== key));
  if (rest.length > 0) return { ...own, [key]: changed(Object.hasOwn(own, key) ? (own[key] ?? {}) : {}, rest, value) };
  return value === undefined ? others : { ...own, [key]: value };
}

/** The same data whatever made it: TOML's tables have no prototype, and an empty one may be left out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  return new Map(
    Object.entries(value)
      .map(([key, inner]) => [key, plain(inner)] as const)
      .filter(([, inner]) => !(inner instanceof Map && inner.size === 0)),
  );
}
