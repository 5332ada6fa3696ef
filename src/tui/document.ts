/**
 * Everything of a request that does not stand in its fixed lines, as rows to be scrolled through: what was too long for
 * its line, the agent's own words, and every argument in full. Nothing is cut; rows are made when they are looked at.
 */
import { argumentLines } from './arguments.ts';
import type { Warning } from './characters.ts';
import { factsOf } from './facts.ts';
import type { ShownRequest } from './port.ts';
import { cellsOf, cut, safeText } from './safe-text.ts';
import { rowStarts } from './wrap.ts';

/** One thing to read. All text in it is safe. */
export interface Block {
  readonly role: 'heading' | 'fact' | 'claim' | 'argument' | 'fault';
  readonly label: string;
  readonly warnings: readonly Warning[];
  readonly text: string;
}

/** The blocks of a request, whatever the width. */
export interface Body {
  readonly request: ShownRequest;
  readonly blocks: readonly Block[];
  /** Why the arguments cannot be shown as arguments, and the request cannot be approved; null if they can. */
  readonly fault: string | null;
}

/** Reads the whole request once; linear in its size. */
export function bodyOf(request: ShownRequest): Body {
  const { content } = request;
  if (content === null) {
    const text = 'Its content was erased when it ended, or could not be opened. There is nothing to approve.';
    return { request, blocks: [{ role: 'fault', label: 'no content', warnings: [], text }], fault: 'no content' };
  }
  const read = argumentLines(content.arguments);
  const claims = content.shown.reason === null ? [] : [claim(content.shown.reason)];
  if (read.ok) return { request, blocks: [...claims, ...argumentBlocks(read.lines)], fault: null };
  const fault = safeText(read.why).text;
  return { request, blocks: [...claims, ...rawBlocks(read.text, fault)], fault };
}

function claim(reason: string): Block {
  return { role: 'claim', label: 'reason', ...safeText(reason) };
}

const WIDEST_LABEL = 28;

function argumentBlocks(lines: Extract<ReturnType<typeof argumentLines>, { ok: true }>['lines']): Block[] {
  const blocks = lines.map(({ path, value, isText }): Block => {
    const [label, safe] = [safeText(path), safeText(value, isText)];
    const warnings = [...new Set([...label.warnings, ...safe.warnings])];
    return { role: 'argument', label: label.text, warnings, text: isText ? `"${safe.text}"` : safe.text };
  });
  const count = lines.length === 1 ? '1 argument' : `${lines.length} arguments`;
  return [heading(`${count}, exactly as sent`), ...blocks];
}

function rawBlocks(text: string, fault: string): Block[] {
  return [
    heading('the arguments cannot be read; they are shown as they are'),
    { role: 'fault', label: 'fault', warnings: [], text: fault },
    { role: 'argument', label: 'arguments', ...safeText(text) },
  ];
}

function heading(label: string): Block {
  return { role: 'heading', label, warnings: [], text: '' };
}

interface LaidBlock {
  readonly block: Block;
  readonly firstRow: number;
  readonly rows: number;
  /** Label, warnings and text in one; rows are pieces of it. */
  readonly flow: string;
  readonly labelEnd: number;
  readonly warningsEnd: number;
  readonly starts: readonly number[];
}

/** A body at one width. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly laid: readonly LaidBlock[];
}

/** Cells that are ours at the left of every row, and those of the box around a claim. */
const GUTTER = 3;
const BOX = 6;
/** Cells for the label before each fact. */
export const FACT_LABEL = 12;

export function layoutOf({ blocks, request }: Body, columns: number): Layout {
  const all = [...longFacts(request, columns), ...blocks];
  const labels = all.map(({ role, label }) => (role === 'argument' ? cellsOf(cut(label, WIDEST_LABEL)) : 0));
  const labelCells = labels.reduce((widest, cells) => Math.max(widest, cells), 0);
  const laid: LaidBlock[] = [];
  let firstRow = 0;
  for (const block of all) {
    const next = lay(block, firstRow, columns, labelCells);
    laid.push(next);
    firstRow += next.rows;
  }
  return { columns, rows: firstRow, laid };
}

/** What is cut in its fixed line is told in full here. The parts that change with time always fit. */
function longFacts(request: ShownRequest, columns: number): Block[] {
  const room = columns - FACT_LABEL;
  const long = factsOf(request, request.createdMs, false).filter(
    ({ text, warnings }) => cut(text, roomForFact(room, warnings)) !== text || warnings.length > 1,
  );
  return long.map(({ label, text, warnings }) => ({ role: 'fact', label, warnings, text }));
}

/** Cells for the text of a fact, beside its warnings. */
export function roomForFact(room: number, warnings: readonly Warning[]): number {
  const mark = warningMark(warnings);
  return room - (mark === '' ? 0 : cellsOf(mark) + 2);
}

/** The warnings of a fact in few cells; the others are told in the body. */
export function warningMark([first, ...others]: readonly Warning[]): string {
  if (first === undefined) return '';
  return `! ${first}${others.length === 0 ? '' : ` +${others.length}`}`;
}

function lay(block: Block, firstRow: number, columns: number, labelCells: number): LaidBlock {
  if (block.role === 'heading') return { block, firstRow, rows: 1, flow: '', labelEnd: 0, warningsEnd: 0, starts: [] };
  const warned = block.warnings.length === 0 ? '' : `! ${block.warnings.join(', ')} !`;
  if (block.role === 'claim') {
    const flow = warned === '' ? block.text : `${warned} ${block.text}`;
    const starts = rowStarts(flow, columns - BOX);
    return { block, firstRow, rows: starts.length + 2, flow, labelEnd: 0, warningsEnd: warned.length, starts };
  }
  const label = `${block.label}:${' '.repeat(Math.max(1, labelCells + 1 - cellsOf(cut(block.label, labelCells + 1))))}`;
  const flow = `${label}${warned}${warned === '' ? '' : ' '}${block.text}`;
  const starts = rowStarts(flow, columns - GUTTER - 1);
  const warningsEnd = label.length + warned.length;
  return { block, firstRow, rows: starts.length, flow, labelEnd: label.length, warningsEnd, starts };
}

/** A row of the body. */
export type BodyRow =
  | { readonly is: 'heading'; readonly text: string }
  | { readonly is: 'boxTop'; readonly title: string }
  | { readonly is: 'boxBottom' }
  | {
      readonly is: 'text';
      readonly role: Exclude<Block['role'], 'heading'>;
      /** The first row of its block. */
      readonly isFirst: boolean;
      readonly label: string;
      readonly warnings: string;
      readonly text: string;
    };

/** Rows `from` up to `to`, as many as there are. */
export function bodyRows(layout: Layout, from: number, to: number): readonly BodyRow[] {
  const rows: BodyRow[] = [];
  for (let row = Math.max(0, from); row < Math.min(to, layout.rows); row += 1) rows.push(bodyRow(layout, row));
  return rows;
}

function bodyRow({ laid }: Layout, row: number): BodyRow {
  const found = laid[lastAtMost(laid.length, (index) => laid[index]?.firstRow ?? 0, row)];
  if (found === undefined || found.block.role === 'heading') return { is: 'heading', text: found?.block.label ?? '' };
  const { block, firstRow, rows } = found;
  if (block.role !== 'claim') return textRow(found, row - firstRow);
  if (row === firstRow) return { is: 'boxTop', title: `claimed by the agent: ${block.label}` };
  return row === firstRow + rows - 1 ? { is: 'boxBottom' } : textRow(found, row - firstRow - 1);
}

function textRow({ block, flow, labelEnd, warningsEnd, starts }: LaidBlock, index: number): BodyRow {
  const start = starts[index] ?? 0;
  const end = starts[index + 1] ?? flow.length;
  const piece = (from: number, to: number): string =>
    flow.slice(Math.max(start, from), Math.max(start, Math.min(end, to)));
  return {
    is: 'text',
    role: block.role === 'heading' ? 'fault' : block.role,
    isFirst: index === 0,
    label: piece(0, labelEnd),
    warnings: piece(labelEnd, warningsEnd),
    text: piece(warningsEnd, flow.length),
  };
}

/** The first row at or behind `from` where one of the texts goes on with `wanted`, from the top again if need be. */
export function findRow(layout: Layout, wanted: string, from: number): number | undefined {
  const needle = wanted.toLowerCase();
  const hits = layout.laid.flatMap((block) => rowsWith(block, needle));
  return hits.find((row) => row >= from) ?? hits[0];
}

const MOST_HITS_PER_BLOCK = 10_000;

function rowsWith({ block, flow, starts, firstRow }: LaidBlock, needle: string): number[] {
  const text = flow.toLowerCase();
  const first = block.role === 'claim' ? firstRow + 1 : firstRow;
  const rows: number[] = [];
  for (
    let at = text.indexOf(needle);
    at !== -1 && rows.length < MOST_HITS_PER_BLOCK;
    at = text.indexOf(needle, at + 1)
  ) {
    const row = first + lastAtMost(starts.length, (index) => starts[index] ?? 0, at);
    if (row !== rows.at(-1)) rows.push(row);
  }
  return rows;
}

/** The last of `count` ascending values that is not above `wanted`. */
function lastAtMost(count: number, value: (index: number) => number, wanted: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (value(middle) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
