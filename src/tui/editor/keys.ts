/** What keys do to lists, filters and forms, and the words for them. */
import type { FormField } from './port.ts';
import { type EditorState, type OpenForm, shownNames } from './state.ts';

const LONGEST = 500;

/** The cursors after a key that moves one; null for every other key. */
export function moved(state: EditorState, key: string, page: number): EditorState['cursors'] | null {
  const last = Math.max(0, shownNames(state).length - 1);
  const at = Math.min(state.cursors[state.list], last);
  const steps: Readonly<Record<string, number>> = {
    ...{ '<down>': 1, j: 1, '<up>': -1, k: -1, '<pagedown>': page, ' ': page, '<pageup>': -page, b: -page },
    ...{ '<home>': -last, g: -last, '<end>': last, G: last },
  };
  const by = steps[key];
  if (by === undefined) return null;
  return { ...state.cursors, [state.list]: Math.max(0, Math.min(last, at + by)) };
}

export function filterKey(state: EditorState, key: string): Partial<EditorState> {
  const cursors = { ...state.cursors, [state.list]: 0 };
  if (key === '<escape>') return { filter: '', isFiltering: false, cursors };
  if (key === '<enter>') return { isFiltering: false };
  return { filter: typed(state.filter, key), cursors };
}

/** A form after a key that is typed into it, or that goes to another field. */
export function formKey(form: OpenForm, key: string): OpenForm {
  const { fields, at, values } = form;
  const count = Math.max(1, fields.length);
  if (key === '<down>' || key === '<tab>') return { ...form, at: (at + 1) % count };
  if (key === '<up>' || key === '<backtab>') return { ...form, at: (at + count - 1) % count };
  const here = fields[at];
  if (here === undefined || here.choices !== null) return form;
  return { ...form, values: { ...values, [here.key]: typed(values[here.key] ?? '', key) } };
}

/** The next choice of a field, or the one before. */
export function cycled(form: OpenForm, { key, choices }: FormField, by: -1 | 1): OpenForm {
  if (choices === null || choices.length === 0) return form;
  const at = choices.indexOf(form.values[key] ?? '');
  const next = choices[(Math.max(at, 0) + by + choices.length) % choices.length] ?? '';
  return { ...form, values: { ...form.values, [key]: next } };
}

function typed(entry: string, key: string): string {
  if (key === '<ctrl-u>') return '';
  if (key === '<backspace>') return Array.from(entry).slice(0, -1).join('');
  const isName = key.length > 1 && key.startsWith('<');
  return isName || entry.length + key.length > LONGEST ? entry : entry + key;
}

type Line = readonly [keys: string, words: string];

export const HELP: readonly Line[] = [
  ['arrows, j, k', 'one line down, one line up; space and b: a page'],
  ['tab', 'from the tools to the rules and back'],
  ['a, d, x', 'allow, deny or hide the selected tool'],
  ['enter', 'of a tool: go to its rules; of a rule: change it in a form'],
  ['n', 'a new rule, about the selected tool'],
  ['+, -', 'move the selected rule towards the last, towards the first'],
  ['D', 'remove the selected rule'],
  ['/', 'show only lines with a text'],
  ['u', 'undo the last change'],
  ['s', 'show which decisions change, and save'],
  ['q', 'leave'],
  ['in a form', 'arrows up and down go from field to field, left and right choose,'],
  ['', 'what is typed goes into a text, enter takes the rule, esc drops it'],
];
