/** The two verifiers, asked the same question of the same files. */
import { readCheckpoint } from '../../../src/audit/checkpoint.ts';
import { verifyLog, type VerifyOptions } from '../../../src/audit/index.ts';
import type { Knowledge } from './base.ts';
import type { Python } from './python.ts';
import type { Known } from './tampering.ts';

/** What a verifier said of one directory. */
export interface Verdict {
  readonly ok: boolean;
  /** Code and place of every fault, and of every note, in a fixed order. */
  readonly findings: readonly string[];
}

interface Found {
  readonly code: string;
  readonly file: string;
  readonly line: number;
}
interface Report {
  readonly ok: boolean;
  readonly faults: readonly Found[];
  readonly notes: readonly Found[];
}

function verdictOf({ ok, faults, notes }: Report): Verdict {
  const told = (word: string, all: readonly Found[]): readonly string[] =>
    all.map(({ code, file, line }) => `${word} ${code} ${file}:${line}`);
  return { ok, findings: [...told('fault', faults), ...told('note', notes)].sort() };
}

/** `verifyLog`, in this process. What it throws, it has not verified: that is a fault of the verifier, and told as such. */
export async function ours(
  directory: string,
  known: Known,
  { head, rows, keys, checkpoint }: Knowledge,
): Promise<Verdict> {
  const held = readCheckpoint(checkpoint);
  if (held === undefined) throw new Error('the checkpoint that was kept is none');
  const knowledge: Readonly<Record<Known, Partial<VerifyOptions>>> = {
    log: {},
    store: { heads: { read: () => Promise.resolve(head) }, segments: { listOpen: () => Promise.resolve(rows) }, keys },
    checkpoint: { held: { checkpoint: held, file: 'held' } },
  };
  return verdictOf(await verifyLog({ directory, ...knowledge[known] }));
}

/** `verify.py`, over many directories at once. */
export async function theirs(
  python: Python,
  directories: readonly string[],
  checkpointFile?: string,
): Promise<readonly Verdict[]> {
  if (directories.length === 0) return [];
  const held = checkpointFile === undefined ? [] : ['--checkpoint', checkpointFile];
  const { code, lines } = await python.ask(['--json', ...held, ...directories]);
  const verdicts = lines.map((line) => verdictOf(JSON.parse(line) as Report));
  if (verdicts.length !== directories.length || (code === 0) !== verdicts.every(({ ok }) => ok))
    throw new Error(
      `verify.py was asked ${directories.length} times, answered ${verdicts.length} and exited with ${code}`,
    );
  return verdicts;
}
