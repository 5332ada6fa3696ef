/** What a check found. */
import type { Standing } from '../../upstream/index.ts';
import { Exit, type ExitCode } from '../report.ts';
import type { Classified } from '../upstream-probe.ts';

/** `warn`: works, and is worth a look; `fail`: something does not work, or is not safe. */
export type Status = 'ok' | 'warn' | 'fail';

/** A tool as it was classified, and whether it is the accepted one. */
export interface ToolFinding extends Classified {
  readonly standing: Standing;
}

export interface Finding {
  /** The kind of check, and what it looked at: `upstream.stripe.tools`. */
  readonly id: string;
  readonly status: Status;
  /** A sentence. */
  readonly message: string;
  /** What to do, a command where one does it; null where nothing is to be done. */
  readonly fix: string | null;
  /** What the process ends with because of it. */
  readonly exit: ExitCode;
  /** Of an upstream: what each tool is. */
  readonly tools?: readonly ToolFinding[];
  /** Of the check `level`: which one. */
  readonly level?: string;
}

type More = Pick<Finding, 'tools'>;

export function passed(id: string, message: string, more: More & { readonly fix?: string } = {}): Finding {
  return { id, status: 'ok', message, fix: null, exit: Exit.ok, ...more };
}

export function warned(id: string, message: string, fix: string | null, more: More = {}): Finding {
  return { id, status: 'warn', message, fix, exit: Exit.ok, ...more };
}

export function failed(id: string, message: string, fix: string | null, exit: ExitCode = Exit.found): Finding {
  return { id, status: 'fail', message, fix, exit };
}

/** A failure in the words of an error of ours: what is wrong, then behind a semicolon what to do. */
export function failure(id: string, words: string, exit: ExitCode, otherFix: string | null = null): Finding {
  const [message = '', ...rest] = words.split('; ');
  const fix = rest.join('; ').replace(/^(?:set COUNTERSIGN_HOME, or )?run: /, '');
  return failed(id, message, fix === '' ? otherFix : fix, exit);
}

/** The words of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** `1 tool`, `2 tools`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A path as a shell takes it. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
