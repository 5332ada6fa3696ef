/** What became of each construct, for people. */
import { printable } from '../printable.ts';
import type { Note } from './notes.ts';

const MAX_WHY = 200;

/** Writes the table to stderr: stdout is for the policy. */
export function showNotes(notes: readonly Note[]): void {
  const rows = notes.map((note) => [note.place, note.path === '' ? '/' : note.path, resultOf(note), cut(note.why)]);
  const cells = [['PLACE', 'CONSTRUCT', 'RESULT', 'WHY'], ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const row of cells) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    process.stderr.write(`${line.trimEnd()}\n`);
  }
}

function resultOf({ became, refused }: Note): string {
  return refused === undefined ? (became ?? '') : `REFUSED ${refused}`;
}

function cut(text: string): string {
  const points = Array.from(text);
  return points.length > MAX_WHY ? `${points.slice(0, MAX_WHY).join('')}…` : text;
}
