/** What the editor's screen knows, as data. */
import type { Notice } from '../state.ts';
import type { EditorSample, EditorView, FormField, FormValues } from './port.ts';

export type List = 'tools' | 'rules';

/** A form that is filled in. */
export interface OpenForm {
  /** The rule that it changes; null for a new one. */
  readonly rule: string | null;
  /** The tool whose arguments its conditions can look at. */
  readonly tool: string | null;
  readonly values: FormValues;
  readonly fields: readonly FormField[];
  readonly at: number;
  readonly fault: string | null;
}

export interface EditorState {
  readonly view: EditorView;
  readonly list: List;
  readonly cursors: Readonly<Record<List, number>>;
  readonly filter: string;
  /** True while the filter is typed. */
  readonly isFiltering: boolean;
  readonly form: OpenForm | null;
  /** The changes of decisions that are to be saved; null while nobody looks at them. */
  readonly diff: { readonly lines: readonly string[]; readonly top: number } | null;
  readonly samples: readonly EditorSample[];
  readonly help: boolean;
  readonly asks: 'remove' | 'leave' | null;
  readonly notice: Notice | null;
}

export function initialState(view: EditorView, notice: string | null): EditorState {
  return {
    view,
    list: 'tools',
    cursors: { tools: 0, rules: 0 },
    ...{ filter: '', isFiltering: false, form: null, diff: null, samples: [], help: false, asks: null },
    notice: notice === null ? null : { tone: 'bad', words: notice },
  };
}

/** The names of what the list on the screen shows: tools, or ids of rules. */
export function shownNames({ view, list, filter }: EditorState): readonly string[] {
  const wanted = filter.toLowerCase();
  const has = (...texts: readonly string[]): boolean => texts.some((text) => text.toLowerCase().includes(wanted));
  if (list === 'tools')
    return view.tools
      .filter(({ tool, state, kinds, rules }) => has(tool, state, kinds, ...rules))
      .map(({ tool }) => tool);
  return view.rules.filter(({ id, effect, tools, words }) => has(id, effect, tools, words)).map(({ id }) => id);
}

/** The tool or the rule under the cursor. */
export function selectedName(state: EditorState): string | null {
  const names = shownNames(state);
  return names[Math.min(state.cursors[state.list], names.length - 1)] ?? null;
}

/** Rows of the screen below the lists: what the policy makes of calls of the selected tool. */
export const SAMPLE_LINES = 9;
const HEAD_LINES = 3;
const FOOT_LINES = 2;

/** Rows of the list. */
export function listRows(rows: number): number {
  return Math.max(1, rows - HEAD_LINES - SAMPLE_LINES - FOOT_LINES);
}

/** Rows of the changes that are to be saved. */
export function diffRows(rows: number): number {
  return Math.max(1, rows - HEAD_LINES - FOOT_LINES);
}

/** Below this a form does not fit. */
export const SMALLEST = { columns: 80, rows: 24 } as const;
