/** The files of the log, and how far each of them is whole at one moment. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from './events.ts';
import { NEWLINE, timeAt } from './lines.ts';

const LOG_FILE = /^(?:calls|admin)-.*\.jsonl$/;
const DAY = /^\w+-(\d{4})(\d{2})(\d{2})-/;
/** Holds any line of ours twice over: the last record of a file is found with one read. */
const END_BYTES = 16 * 1024;
const BEGINNING_BYTES = 64;

/** A file of the log as it was looked at. */
export interface LogFile {
  readonly name: string;
  readonly path: string;
  readonly isAdmin: boolean;
  /** The beginning of the day in its name, in UTC; NaN for a name without one. */
  readonly dayMs: number;
  /** Behind the last whole line. */
  readonly end: number;
  /** True if half a line stands behind `end`. */
  readonly isTorn: boolean;
  /** Of the first and the last line; NaN where those do not begin as records do. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The names of the log's files, by day. Throws `AuditError` `unreadable`. */
export function logFileNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => LOG_FILE.test(name))
      .sort(byDay);
  } catch (error) {
    throw unreadable(directory, error);
  }
}

/**
 * Every file as far as it goes now. Whoever reads up to these ends, and follows from them, has each record once.
 * Throws `AuditError` `unreadable`.
 */
export function lookAtFiles(directory: string): readonly LogFile[] {
  return logFileNames(directory).flatMap((name) => lookAt(directory, name) ?? []);
}

function byDay(left: string, right: string): number {
  const [leftDay, rightDay] = [left.slice(6, 14), right.slice(6, 14)];
  return leftDay < rightDay ? -1 : leftDay > rightDay ? 1 : left < right ? -1 : 1;
}

/** Nothing for a file that was taken away since it was listed. */
function lookAt(directory: string, name: string): LogFile | undefined {
  const path = join(directory, name);
  const [, year, month, day] = DAY.exec(name) ?? [];
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  try {
    const fd = openSync(path, 'r');
    try {
      return { name, path, isAdmin: name.startsWith('admin-'), dayMs, ...endsOf(fd) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(name, error);
  }
}

function endsOf(fd: number): Pick<LogFile, 'end' | 'isTorn' | 'firstMs' | 'lastMs'> {
  const { size } = fstatSync(fd);
  const end = lastLineEnd(fd, size);
  const firstMs = timeAt(piece(fd, 0, Math.min(BEGINNING_BYTES, end)), 0);
  const last = piece(fd, Math.max(0, end - END_BYTES), end);
  const before = last.length < 2 ? -1 : last.lastIndexOf(NEWLINE, last.length - 2);
  const lastMs = before === -1 && last.length < end ? NaN : timeAt(last, before + 1);
  return { end, isTorn: end < size, firstMs, lastMs };
}

/** Where the last whole line of a file ends, looking back from `size`. */
function lastLineEnd(fd: number, size: number): number {
  for (let to = size; to > 0; to -= END_BYTES) {
    const from = Math.max(0, to - END_BYTES);
    const at = piece(fd, from, to).lastIndexOf(NEWLINE);
    if (at !== -1) return from + at + 1;
  }
  return 0;
}

function piece(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** What is thrown for a file or folder of the log that cannot be read. */
export function unreadable(what: string, cause: unknown): AuditError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new AuditError('unreadable', `the audit log \`${what}\` cannot be read: ${detail}`, { cause });
}
