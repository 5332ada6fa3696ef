/**
 * Changes to a text that people wrote. What a change is not about stays as it was, to the space and the comment; a text
 * in which that cannot be kept is not written.
 */
import { isDeepStrictEqual } from 'node:util';
import { editJsonc } from './edit-jsonc.ts';
import { editYaml } from './edit-yaml.ts';
import { readSource } from './read-source.ts';
import type { DocumentPath } from './tree.ts';

/** Plain data, as a document holds it. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** One change. Paths are those of the text as the changes before it left it. */
export type TextEdit =
  /** Another value at a place that there is. */
  | { readonly is: 'set'; readonly path: DocumentPath; readonly value: Plain }
  /** A new member, after all others, or a new item at an index. */
  | { readonly is: 'insert'; readonly path: DocumentPath; readonly value: Plain }
  | { readonly is: 'remove'; readonly path: DocumentPath }
  /** The item of a list to another index of it. */
  | { readonly is: 'move'; readonly path: DocumentPath; readonly to: number };

/** A text that cannot be changed so. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** The text after all changes. Throws `EditError` for a place that there is not, or a text that would say something else. */
export function editText(file: string, text: string, edits: readonly TextEdit[]): string {
  const isYaml = /\.ya?ml$/i.test(file);
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  let [edited, value] = [text.slice(mark.length), valueOf(file, text)];
  for (const edit of edits) {
    value = changed(value, edit.path, edit);
    edited = isYaml ? editYaml(edited, edit) : editJsonc(edited, edit);
    // Whatever went wrong in the text shows in its data.
    if (!isDeepStrictEqual(valueOf(file, edited), value)) throw new EditError(`\`${file}\` cannot be changed in place`);
  }
  return mark + edited;
}

function valueOf(file: string, text: string): Plain {
  const source = readSource(file, text);
  if (!source.isRead || source.faults.length > 0) throw new EditError(`\`${file}\` cannot be read`);
  return source.value as Plain;
}

/** The data after a change. Throws `EditError` for a place that there is not. */
function changed(value: Plain, path: DocumentPath, edit: TextEdit): Plain {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (edit.is === 'set') return edit.value;
    throw new EditError('the whole document can only be replaced');
  }
  if (Array.isArray(value) && typeof step === 'number') return changedList(value as readonly Plain[], step, rest, edit);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || typeof step !== 'string')
    throw new EditError('there is no such place');
  const members = value as Readonly<Record<string, Plain>>;
  const before = Object.hasOwn(members, step) ? members[step] : undefined;
  if (rest.length === 0 && edit.is === 'insert') {
    if (before !== undefined) throw new EditError(`there is a \`${step}\` already`);
    return { ...members, [step]: edit.value };
  }
  if (before === undefined) throw new EditError(`there is no \`${step}\``);
  if (rest.length > 0 || edit.is === 'set') return { ...members, [step]: changed(before, rest, edit) };
  if (edit.is === 'move') throw new EditError('only the items of a list have an order');
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== step));
}

function changedList(list: readonly Plain[], index: number, rest: DocumentPath, edit: TextEdit): Plain {
  if (rest.length === 0 && edit.is === 'insert' && index >= 0 && index <= list.length)
    return list.toSpliced(index, 0, edit.value);
  const before = list[index];
  if (before === undefined) throw new EditError(`there is no item ${index}`);
  if (rest.length > 0 || edit.is === 'set') return list.with(index, changed(before, rest, edit));
  if (edit.is === 'move' && edit.to >= 0 && edit.to < list.length)
    return list.toSpliced(index, 1).toSpliced(edit.to, 0, before);
  if (edit.is === 'remove') return list.toSpliced(index, 1);
  throw new EditError(`there is no place ${edit.is === 'move' ? edit.to : index}`);
}
