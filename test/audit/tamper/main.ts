/** What `npm run tamper` runs: the work shared out over the cores, and one table of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { TAMPERINGS } from './all.ts';
import { judged, merged, wordsOf, type Judged } from './report.ts';
import type { ShareReport } from './tally.ts';

export interface TamperOptions {
  /** Of each class, and of logs that nobody touched. */
  readonly count: number;
  readonly clean: number;
  readonly seed: number;
  /** Names of classes; all of them if it is empty. */
  readonly classes: readonly string[];
  /** The bundle of `../workers/tamper.ts`. */
  readonly worker: string;
  readonly say: (sentence: string) => void;
}

interface Finished extends Judged {
  readonly seconds: number;
  /** For people. */
  readonly words: string;
}

/** Seeds of one share; no share makes as many logs. */
const SEEDS_PER_SHARE = 1_000_000;

export async function tamper(options: TamperOptions): Promise<Finished> {
  const startedMs = performance.now();
  const shares = Math.min(availableParallelism(), options.count);
  const reports = await Promise.all(Array.from({ length: shares }, (_, index) => runShare(options, index, shares)));
  const report = judged(merged(reports), options.count, options.clean);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  return { ...report, seconds, words: wordsOf(report, seconds) };
}

function named(classes: readonly string[]): readonly string[] {
  const known = TAMPERINGS.map(({ name }) => name);
  for (const name of classes)
    if (!known.includes(name)) throw new Error(`no class of tampering is \`${name}\`; there are: ${known.join(', ')}`);
  return classes.length === 0 ? known : classes;
}

async function runShare(options: TamperOptions, index: number, shares: number): Promise<ShareReport> {
  const part = (all: number): number => Math.floor(all / shares) + (index < all % shares ? 1 : 0);
  const share = {
    ...{ classes: named(options.classes), count: part(options.count), clean: part(options.clean) },
    ...{ seed: options.seed + index * SEEDS_PER_SHARE, folder: fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  };
  const child = spawn(process.execPath, [options.worker, JSON.stringify(share)], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.on('data', (said: Buffer) => options.say(`${index + 1} of ${shares}: ${said.toString().trimEnd()}`));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`share ${index + 1} of ${shares} ended with ${code}`);
  return JSON.parse(output) as ShareReport;
}
