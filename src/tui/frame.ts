/** Which row of the screen is whose. Both the model, which counts what was seen, and the view, which draws it, ask here. */
import { FACT_LINES } from './facts.ts';

/** The title with the lists' names, and the line below it. */
export const TITLE_LINES = 2;
/** What was last said or is asked (two lines), and the keys. */
export const FOOT_LINES = 3;

/** Rows of a list, below the headings of its columns. */
export function listRows(rows: number): number {
  return Math.max(0, rows - TITLE_LINES - FOOT_LINES - 1);
}

/** The selected request is told about in these lines below the queue. */
export const DETAIL_LINES = 4;

export function queueRows(rows: number): number {
  return Math.max(0, listRows(rows) - DETAIL_LINES);
}

/** The row of the screen where the first line of a list is. */
export const LIST_TOP = TITLE_LINES + 1;

/** A request: its id and state, its fixed lines, the line that says how much was read, then its body. */
export const BODY_TOP = 1 + FACT_LINES + 1;

export function bodyHeight(rows: number): number {
  return Math.max(0, rows - BODY_TOP - FOOT_LINES);
}
