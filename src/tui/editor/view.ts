/** The editor's screen as a value. Every text in it is safe to draw. */
import { cellsOf, cut, safeStart } from '../safe-text.ts';
import { field, rule, text } from '../spans.ts';
import type { Colour, Row, Screen, Style } from '../spans.ts';
import type { Notice } from '../state.ts';
import { HELP } from './keys.ts';
import type { EditorSample, FormField, ToolState } from './port.ts';
import {
  diffRows,
  type EditorState,
  listRows,
  type OpenForm,
  SAMPLE_LINES,
  selectedName,
  shownNames,
  SMALLEST,
} from './state.ts';

interface Size {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

export function editorScreen(state: EditorState, { columns, rows, color }: Size): Screen {
  const drawn = drawnRows(state, columns, rows);
  const filled = Array.from({ length: rows }, (_, index): Row => drawn[index] ?? []);
  return { columns, rows: color ? filled : filled.map(withoutColour) };
}

function drawnRows(state: EditorState, columns: number, rows: number): readonly Row[] {
  if (columns < SMALLEST.columns || rows < SMALLEST.rows)
    return [[text(`This terminal is too small: it needs ${SMALLEST.columns}x${SMALLEST.rows}`, columns, BAD)]];
  if (state.help) return helpRows(columns);
  const foot = footRows(state, columns);
  const body = bodyRows(state, columns, rows);
  const room = rows - foot.length;
  return [...Array.from({ length: room }, (_, index): Row => body[index] ?? []), ...foot];
}

function bodyRows(state: EditorState, columns: number, rows: number): readonly Row[] {
  const head = headRows(state, columns);
  if (state.diff !== null) {
    const { lines, top } = state.diff;
    const page = diffRows(rows);
    return [...head, ...lines.slice(top, top + page).map((line): Row => [text(` ${line}`, columns, diffStyle(line))])];
  }
  if (state.form !== null) {
    const form = formRows(state.form, columns, rows - head.length - SAMPLE_LINES - 2);
    return [...head, ...form, ...sampleRows(state, columns)];
  }
  const page = listRows(rows);
  const list = state.list === 'tools' ? toolRows(state, columns, page) : ruleRows(state, columns, page);
  const filled = Array.from({ length: page }, (_, index): Row => list[index] ?? []);
  return [...head, ...filled, ...sampleRows(state, columns)];
}

const BOLD: Style = { bold: true };
const BAD: Style = { fg: 'red', bold: true };
const COLOURS: Readonly<Record<ToolState | EditorSample['decision'], Colour>> = {
  ...{ allow: 'green', deny: 'red', hide: 'magenta', custom: 'yellow', approve: 'yellow' },
};

const safe = (words: string): string => safeStart(words).text;

const NAME_CELLS = 24;

function headRows(state: EditorState, columns: number): readonly Row[] {
  const { view, list, form, diff, filter, isFiltering } = state;
  const name = ` Policy ${cut(safe(view.policy), NAME_CELLS)}${view.isChanged ? ' *' : ''}  `;
  const tab = (words: string, isHere: boolean) => ({
    text: ` ${words} `,
    style: isHere ? { inverse: true, bold: true } : {},
  });
  const isList = form === null && diff === null;
  const filtered = filter === '' && !isFiltering ? '' : `  only with: ${safe(filter)}${isFiltering ? '_' : ''}`;
  const where =
    diff !== null
      ? 'what changes by saving'
      : form !== null
        ? form.rule === null
          ? 'a new rule'
          : `rule ${safe(form.rule)}`
        : safe(view.file);
  return [
    [
      { text: name, style: BOLD },
      tab(`tools (${view.tools.length})`, isList && list === 'tools'),
      tab(`rules (${view.rules.length})`, isList && list === 'rules'),
      text(filtered, Math.max(0, columns - cellsOf(name) - 30), { fg: 'yellow' }),
    ],
    [text(` ${where}`, columns, { fg: 'cyan' })],
    isList ? headingRow(list, columns) : [],
  ];
}

function headingRow(list: EditorState['list'], columns: number): Row {
  const [first, second, third, fourth] = widthsOf(list, columns);
  const names =
    list === 'tools' ? ['TOOL', 'STATE', 'KIND', 'MONEY IN ITS ARGUMENTS'] : ['RULE', 'EFFECT', 'TOOLS', 'ASKS'];
  return [first, second, third, fourth].map((width, index) => field(` ${names[index] ?? ''}`, width ?? 0, BOLD));
}

function widthsOf(list: EditorState['list'], columns: number): readonly number[] {
  const first = Math.floor(columns * (list === 'tools' ? 0.4 : 0.26));
  const second = 9;
  const third = Math.floor(columns * (list === 'tools' ? 0.2 : 0.24));
  return [first, second, third, columns - first - second - third];
}

function windowOf(state: EditorState, page: number): { readonly names: readonly string[]; readonly top: number } {
  const names = shownNames(state);
  const at = Math.min(state.cursors[state.list], Math.max(0, names.length - 1));
  const top = Math.max(0, Math.min(at - Math.floor(page / 2), names.length - page));
  return { names: names.slice(top, top + page), top };
}

function toolRows(state: EditorState, columns: number, page: number): readonly Row[] {
  const { names } = windowOf(state, page);
  if (names.length === 0) return [[text('  no tool', columns)]];
  const selected = selectedName(state);
  const widths = widthsOf('tools', columns);
  return names.flatMap((name) => {
    const tool = state.view.tools.find((one) => one.tool === name);
    if (tool === undefined) return [];
    const cells = [tool.tool, tool.state, tool.kinds, tool.money];
    return [cellRow(cells, widths, name === selected, { 1: { fg: COLOURS[tool.state], bold: true } })];
  });
}

function ruleRows(state: EditorState, columns: number, page: number): readonly Row[] {
  const { names } = windowOf(state, page);
  if (names.length === 0) return [[text('  no rule: n makes one', columns)]];
  const selected = selectedName(state);
  const widths = widthsOf('rules', columns);
  return names.flatMap((name) => {
    const found = state.view.rules.find(({ id }) => id === name);
    if (found === undefined) return [];
    return [cellRow([found.id, found.effect, found.tools, found.words], widths, name === selected, {})];
  });
}

function cellRow(
  cells: readonly string[],
  widths: readonly number[],
  isSelected: boolean,
  styles: Readonly<Record<number, Style>>,
): Row {
  return cells.map((cell, index) => {
    const style = isSelected ? { inverse: true } : (styles[index] ?? {});
    return field(` ${safe(cell)}`, widths[index] ?? 0, style);
  });
}

function sampleRows({ samples, form }: EditorState, columns: number): readonly Row[] {
  const title = form === null ? 'what becomes of calls' : 'what becomes of calls with this rule';
  const head = rule(title, columns, BOLD);
  if (form?.fault != null) return [head, [text(` not yet a rule: ${form.fault}`, columns, { fg: 'yellow' })]];
  if (samples.length === 0) return [head, [text('  no call to show', columns)]];
  return [head, ...samples.slice(0, SAMPLE_LINES - 1).map((sample) => sampleRow(sample, columns))];
}

function sampleRow({ words, decision, rule: id, says }: EditorSample, columns: number): Row {
  const room = columns - 9;
  const left = Math.floor(room * 0.5);
  const why = [id.startsWith('(') ? id : `rule ${id}`, ...says].join(': ');
  return [
    field(` ${decision}`, 9, { fg: COLOURS[decision], bold: true }),
    field(safe(words), left),
    text(` ${safe(why)}`, room - left, { fg: 'cyan' }),
  ];
}

const LABEL_CELLS = 17;

function formRows(form: OpenForm, columns: number, room: number): readonly Row[] {
  const top = Math.max(0, Math.min(form.at - Math.floor(room / 2), form.fields.length - room));
  const shown = form.fields.slice(top, top + room);
  const rows = shown.map((one, index) => formRow(form, one, top + index === form.at, columns));
  return Array.from({ length: Math.max(0, room) }, (_, index): Row => rows[index] ?? []);
}

function formRow(
  { values }: OpenForm,
  { key, label, hint, choices }: FormField,
  isHere: boolean,
  columns: number,
): Row {
  const value = values[key] ?? '';
  const room = columns - LABEL_CELLS - 2;
  const name = field(
    `${isHere ? '›' : ' '}${label}`,
    LABEL_CELLS,
    isHere ? { bold: true, fg: 'yellow' } : { bold: true },
  );
  if (choices !== null) {
    const chosen = value === '' ? (choices[0] ?? '') : value;
    return [name, text(isHere ? `‹ ${safe(chosen)} ›` : `  ${safe(chosen)}`, room, isHere ? { inverse: true } : {})];
  }
  if (value === '' && !isHere) return [name, text(`  ${hint}`, room, { fg: 'blue' })];
  const characters = Array.from(safe(value));
  // The end of it, where the next character goes.
  const end = characters.slice(Math.max(0, characters.length - room + 6)).join('');
  const typedText = text(`  ${end}`, room);
  if (!isHere) return [name, typedText];
  const left = room - cellsOf(typedText.text) - 3;
  return [
    name,
    typedText,
    { text: ' ', style: { inverse: true } },
    text(`  ${value === '' ? hint : ''}`, left, { fg: 'blue' }),
  ];
}

function diffStyle(line: string): Style {
  if (/^(?:deny|hidden|approve) -> (?:allow|approve)/.test(line)) return BAD;
  return / -> /.test(line) ? BOLD : {};
}

const TONES: Readonly<Record<Notice['tone'], Style>> = { good: { fg: 'green', bold: true }, bad: BAD, plain: {} };

function footRows(state: EditorState, columns: number): readonly Row[] {
  const { notice } = state;
  const question = questionOf(state);
  const said: Row =
    question !== null
      ? [text(` ${question}`, columns, { fg: 'yellow', bold: true })]
      : notice === null
        ? []
        : [text(` ${notice.words}`, columns, TONES[notice.tone])];
  return [said, [field(` ${keysOf(state)}`, columns, { inverse: true })]];
}

function questionOf(state: EditorState): string | null {
  const { asks, diff } = state;
  if (asks === 'leave') return 'Leave, and drop what was changed? y leaves, any other key stays';
  if (asks === 'remove') return `Remove rule ${safe(selectedName(state) ?? '')}? y removes it, any other key does not`;
  return diff === null ? null : 'Save this? y saves, esc goes back';
}

function keysOf({ form, diff, list, isFiltering }: EditorState): string {
  if (diff !== null) return 'y save  esc back  arrows, space scroll';
  if (form !== null) return 'up, down field  left, right choose  enter take the rule  esc drop it';
  if (isFiltering) return 'type a text  enter keep  esc show all';
  const own = list === 'tools' ? 'a allow  d deny  x hide  enter rules' : 'enter change  + - move  D remove';
  return `${own}  n new rule  u undo  s save  / filter  tab  ? help  q`;
}

const KEY_CELLS = 16;

function helpRows(columns: number): readonly Row[] {
  return [
    rule('Keys', columns, BOLD),
    ...HELP.map(([keys, words]): Row => [field(`  ${keys}`, KEY_CELLS, BOLD), text(words, columns - KEY_CELLS)]),
    [],
    [text('  allow: every call; deny: none; hide: none, and agents do not see it; custom: it depends', columns)],
    [text('  any key goes back', columns)],
  ];
}

function withoutColour(row: Row): Row {
  return row.map(({ text: content, style: { bold = false, inverse = false } }) => ({
    text: content,
    style: { bold, inverse },
  }));
}
