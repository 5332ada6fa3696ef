/** What stands on a page, whatever it is written as: texts here are plain, and whoever writes them escapes them. */
import type { Chart } from './chart.ts';

export interface Column {
  readonly name: string;
  /** `number`: to the right, so that digits stand under digits; `code`: in letters of one width; `who`: a name with a key. */
  readonly is?: 'number' | 'code' | 'who';
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

export type Block =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'warning'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly string[] }
  | { readonly is: 'figures'; readonly figures: readonly Figure[] }
  | {
      readonly is: 'table';
      readonly caption: string;
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
      /** What the rows come to. */
      readonly totals?: readonly (readonly string[])[];
    }
  /** Drawn where a page can draw, beside each other if there is room; their figures always stand in a table as well. */
  | { readonly is: 'charts'; readonly charts: readonly Chart[] };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Page {
  readonly title: string;
  readonly lead: readonly string[];
  readonly sections: readonly Section[];
}

/** A table, or a sentence where there is nothing to put in it. */
export function tableOr(
  none: string,
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  totals: readonly (readonly string[])[] = [],
): Block {
  return rows.length === 0 ? { is: 'text', text: none } : { is: 'table', caption, columns, rows, totals };
}

/** Rows that a table shows at most. */
export const MOST_ROWS = 30;

/** A sentence about what a table leaves out; nothing if it shows all there is. */
export function leftOut(rows: number, shown: number, what: string): readonly Block[] {
  const more = rows - shown;
  return more <= 0 ? [] : [{ is: 'text', text: `${more} more ${what} are not shown here; --json lists them.` }];
}
