/** What a screen is made of. */
import { cellsOf, cut, fit } from './safe-text.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

export interface Style {
  readonly fg?: Colour;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export interface Span {
  /** Safe to draw. */
  readonly text: string;
  readonly style: Style;
}

export type Row = readonly Span[];

export interface Screen {
  readonly columns: number;
  readonly rows: readonly Row[];
}

const PLAIN: Style = {};

/** A safe text, at most so many cells. */
export function text(content: string, cells: number, style: Style = PLAIN): Span {
  return { text: cut(content, cells), style };
}

/** A safe text in exactly so many cells. */
export function field(content: string, cells: number, style: Style = PLAIN, align: 'left' | 'right' = 'left'): Span {
  return { text: fit(content, cells, align), style };
}

/** A line across the screen with words in it. */
export function rule(words: string, columns: number, style: Style = PLAIN): Row {
  const title = words === '' ? '' : ` ${cut(words, columns - 6)} `;
  return [{ text: `──${title}${'─'.repeat(Math.max(0, columns - 2 - cellsOf(title)))}`, style }];
}
