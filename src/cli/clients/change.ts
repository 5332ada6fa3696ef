/** One change of a client's file: planned and shown first, then carried out with a backup. */
import { isDeepStrictEqual } from 'node:util';
import {
  checkUntouched,
  type ClientFile,
  type ClientText,
  dataOf,
  editEntries,
  type EntryEdit,
  isOurs,
  readClientFile,
  type Server,
  serversIn,
  writeClientFile,
} from '../../clients/index.ts';
import type { DocumentPath } from '../../config/tree.ts';
import { colors } from '../colors.ts';
import type { Installation } from '../compose.ts';
import { printable } from '../printable.ts';
import { type Backup, digestOf, type MovedEntry, readBackup, writeBackup } from './backup.ts';
import { hiddenValuesOf, maskedLine } from './credentials.ts';
import { type DiffLine, lineDiff } from './line-diff.ts';
import { recordClient } from './record.ts';

/** A file as it is, with what it lists. */
export interface Seen {
  readonly file: ClientFile;
  readonly before: ClientText;
  readonly servers: readonly Server[];
}

export interface Planned extends Seen {
  /** Null: there shall be no file. */
  readonly text: string | null;
  /** What differs, with nothing in it that must not be seen. */
  readonly diff: readonly DiffLine[];
}

/** Reads a file and what it lists. Throws `ClientFileError`. */
export async function seen(file: ClientFile): Promise<Seen> {
  const before = await readClientFile(file.path);
  const data = dataOf(file.path, file.client.format, before.text ?? '');
  return { file, before, servers: serversIn(file.client, data) };
}

/** What these edits would make of a file. Throws `ClientFileError`. */
export function planned(it: Seen, edits: readonly EntryEdit[]): Planned {
  const { path, client } = it.file;
  return plannedText(it, editEntries(path, client.format, it.before.text ?? '', edits));
}

/** A file that shall hold this text. */
export function plannedText(it: Seen, text: string | null): Planned {
  const { file, before } = it;
  const after = serversIn(file.client, dataOf(file.path, file.client.format, text ?? ''));
  const hidden = [...it.servers, ...after].flatMap(({ launch }) => hiddenValuesOf(launch));
  const lines = lineDiff(before.text ?? '', text ?? '');
  return { ...it, text, diff: lines.map((line) => ({ ...line, text: maskedLine(line.text, hidden) })) };
}

export function isChange({ before, text }: Planned): boolean {
  return before.text !== text;
}

/** What comes into the file, and what goes out of it. */
export interface Moves {
  readonly does: 'client install' | 'init';
  readonly grant: string;
  readonly own: readonly DocumentPath[];
  readonly moved: readonly MovedEntry[];
}

/**
 * Keeps the backup, records what is done, then writes the file. Answers where the backup is. Throws `ClientFileError`,
 * `SecretError`, and `AuditError` where nothing can be recorded: then the file stays as it is.
 */
export async function carryOut(installation: Installation, change: Planned, moves: Moves): Promise<string> {
  const { file, before, text } = change;
  const earlier = await readBackup(installation, file);
  const place = await writeBackup(installation, file, {
    ...{ v: 1, ...origin(change, earlier), after: digestOf(text ?? ''), grant: moves.grant },
    own: union(earlier?.own ?? [], moves.own),
    moved: [...(earlier?.moved ?? []).filter(({ path }) => !has(moves.moved, path)), ...moves.moved],
  });
  const { does, own, moved } = moves;
  await checkUntouched(file.path, before);
  await recordClient(installation, { does, file, own, moved: moved.map(({ path }) => path) });
  await writeClientFile(file.path, before, text);
  return place;
}

/** What the file was before the first change of ours. */
function origin({ before, servers }: Planned, earlier: Backup | null): Pick<Backup, 'before' | 'isExact'> {
  const current = before.text;
  // Nothing of ours is in it: what it says now is what it is put back to.
  if (earlier === null || (earlier.moved.length === 0 && !servers.some(isOurs)))
    return { before: current, isExact: true };
  const isUntouched = current !== null && digestOf(current) === earlier.after;
  return { before: earlier.before, isExact: earlier.isExact && (isUntouched || current === earlier.before) };
}

function has(entries: readonly MovedEntry[], path: DocumentPath): boolean {
  return entries.some((entry) => isDeepStrictEqual(entry.path, path));
}

function union(one: readonly DocumentPath[], other: readonly DocumentPath[]): readonly DocumentPath[] {
  return [...one, ...other.filter((path) => !one.some((known) => isDeepStrictEqual(known, path)))];
}

const MARKS: Readonly<Record<DiffLine['is'], (text: string) => string>> = {
  same: (text) => colors.dim(`  ${text}`),
  gone: (text) => colors.red(`- ${text}`),
  new: (text) => colors.green(`+ ${text}`),
  gap: (text) => colors.dim(`  ${text}`),
};

/** The change as a person reads it. */
export function diffLines({ file, diff }: Planned): readonly string[] {
  return [colors.bold(printable(file.path)), ...diff.map(({ is, text }) => MARKS[is](printable(text.trimEnd())))];
}
