/**
 * Words to people, all through this door. Standard output belongs to MCP or to data; people are spoken to on standard
 * error: lower case, no final period, the hint on its own line.
 */
import { printable } from './printable.ts';

/** What the process ends with. */
export const Exit = { ok: 0, found: 1, usage: 2, unavailable: 3 } as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** A command cannot go on. The message names the thing and the place, the hint the next step. */
export class CommandError extends Error {
  readonly exit: ExitCode;
  readonly hint: string | undefined;
  constructor(exit: ExitCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exit = exit;
    this.hint = hint;
  }
}

/** Says something to the person, on stderr. Control characters of outsiders are taken out. */
export function say(sentence: string): void {
  process.stderr.write(`countersign: ${printable(sentence, true)}\n`);
}

/** Says what to do next. */
export function hint(sentence: string): void {
  process.stderr.write(`  hint: ${printable(sentence)}\n`);
}

/** Shows one line of somebody else's words, below what was said of it. */
export function quote(line: string): void {
  process.stderr.write(`  ${printable(line)}\n`);
}

/** The command line's own complaints, in the form of every other. */
export function sayUsage(text: string): void {
  const words = text.replace(/^error: /, '').replace(/'([^']*)'/g, '`$1`');
  say(words.trim().replace(/\.$/, ''));
}

/** Prints one line of data on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints one JSON value on stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Prints rows under their headings, columns aligned. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  for (const row of [headings, ...cells]) print(line(row));
}

/** Reports an error and answers what to exit with. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommandError) {
    say(error.message);
    if (error.hint !== undefined) hint(error.hint);
    return error.exit;
  }
  say(error instanceof Error ? error.message : 'unknown error');
  return exitOf(error);
}

const CORRECTABLE: ReadonlySet<string> = new Set(['ConfigError', 'HomeError', 'CatalogueError']);
const TYPED_WRONG: ReadonlySet<unknown> = new Set(['bad_name', 'bad_value', 'missing']);

/** Errors of the folders below, by their class's name: what a person can correct, and what must become available. */
function exitOf(error: unknown): ExitCode {
  if (!(error instanceof Error)) return Exit.unavailable;
  const typedWrong = error.name === 'SecretError' && 'code' in error && TYPED_WRONG.has(error.code);
  return typedWrong || CORRECTABLE.has(error.name) ? Exit.usage : Exit.unavailable;
}
