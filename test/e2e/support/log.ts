/** The audit log as a dead gateway left it: whole lines are records, and what follows the last line end is torn. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** Our own part of a record, as far as the tests look at it. */
export interface Entry {
  readonly file: string;
  readonly kind: string;
  readonly segment: string;
  readonly request: string | null;
  readonly tool: string | null;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly pid?: number;
  readonly refused?: number;
  /** In the admin stream: the segment that a line opens or ends. */
  readonly entry?: { readonly segment: string };
}

interface LogOnDisk {
  readonly entries: readonly Entry[];
  /** Files that end in the middle of a line. */
  readonly torn: readonly string[];
}

/** Reads every file. Throws for a whole line that is no record: half a line was written over. */
export function logOnDisk({ directory }: Home): LogOnDisk {
  const folder = join(directory, 'audit');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  const parts = files.map((file) => ({ file, lines: readFileSync(join(folder, file), 'utf8').split('\n') }));
  return {
    entries: parts.flatMap(({ file, lines }) => lines.slice(0, -1).map((line) => entryOf(file, line))),
    torn: parts.filter(({ lines }) => lines.at(-1) !== '').map(({ file }) => file),
  };
}

function entryOf(file: string, line: string): Entry {
  try {
    const { unmapped } = JSON.parse(line) as { unmapped: { countersign: Omit<Entry, 'file'> } };
    return { ...unmapped.countersign, file };
  } catch (cause) {
    throw new Error(`${file}: a whole line is no record: ${line}`, { cause });
  }
}
