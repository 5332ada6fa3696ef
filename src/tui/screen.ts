/** Between our values and a terminal: a screen becomes cells, what blessed tells of a key becomes one of our keys. */
import { cellsOfCharacter } from './safe-text.ts';
import type { Screen, Style } from './spans.ts';

/** One cell. The second half of a wide character is a cell with no text. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

const PLAIN: Style = {};
const BLANK: Cell = { text: ' ', style: PLAIN };

/** Exactly `columns` cells for every row; what does not fit is left out. */
export function cellRows({ columns, rows }: Screen): readonly (readonly Cell[])[] {
  return rows.map((row) => {
    const cells: Cell[] = [];
    for (const { text, style } of row) for (const character of text) place(cells, character, style, columns);
    while (cells.length < columns) cells.push(BLANK);
    return cells;
  });
}

function place(cells: Cell[], character: string, style: Style, columns: number): void {
  const width = cellsOfCharacter(character.codePointAt(0) ?? 0);
  const before = cells.at(-1);
  if (width === 0) {
    if (before !== undefined) cells[cells.length - 1] = { text: before.text + character, style: before.style };
  } else if (cells.length + width <= columns) {
    cells.push({ text: character, style });
    if (width === 2) cells.push({ text: '', style });
  }
}

/** What blessed tells of a key. */
export interface RawKey {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
  readonly sequence?: string | undefined;
}

const NAMED = new Set([
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'escape',
  'backspace',
  'tab',
]);

/** A character, a name in angle brackets, or undefined for a key that we have no use for. */
export function keyOf(character: string | undefined, key: RawKey): string | undefined {
  const name = key.name ?? '';
  if (name === 'return' || name === 'linefeed') return '<enter>';
  if (name === 'enter') return undefined; // blessed tells every return twice
  if (key.ctrl === true) return name === 'c' || name === 'u' ? `<ctrl-${name}>` : undefined;
  if (name === 'tab' && key.shift === true) return '<backtab>';
  if (NAMED.has(name)) return `<${name}>`;
  if (key.meta === true || character?.length !== 1) return undefined;
  return character >= ' ' && character !== '\x7f' ? character : undefined;
}
