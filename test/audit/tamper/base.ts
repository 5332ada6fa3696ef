/** Real logs, by a seed: written by the writers of the product, with its own store, and never twice the same. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { installName, originOf, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import {
  closeAbandoned,
  openAdminLog,
  openCallLog,
  type CallLogOptions,
  type ChainHead,
  type OpenSegment,
  type SegmentedCallLog,
} from '../../../src/audit/index.ts';
import { AuditKeys } from '../../../src/audit/keys.ts';
import type { StreamKeys } from '../../../src/audit/verify-checkpoints.ts';
import { openSqliteStore, type Store } from '../../../src/state/index.ts';
import { pick, type Random, seeded } from '../../chaos/rig/seeded.ts';
import { ADMIN_EVENTS, INSTALL } from '../support.ts';
import { adminFiles, readImage, recordsOf, type Image } from './image.ts';
import { Traffic } from './traffic.ts';

/** How a log ends: everything closed; a process that died and was settled by the next one; one that is still at work. */
export type Ending = 'closed' | 'recovered' | 'open';

/** What somebody outside the directory may know of a log at one moment. */
export interface Knowledge {
  readonly head: ChainHead;
  readonly rows: readonly OpenSegment[];
  readonly keys: StreamKeys;
  /** A checkpoint of the whole log, as it is kept elsewhere. */
  readonly checkpoint: string;
}

/** The log at one moment. */
export interface Moment {
  readonly image: Image;
  readonly knowledge: Knowledge;
}

export interface Base {
  readonly seed: number;
  readonly ending: Ending;
  readonly now: Moment;
  /** The same log before, the oldest first. */
  readonly past: readonly Moment[];
  /** Another history of the same installation: a copy of its home that went on by itself. */
  readonly fork: Image;
  /** The keys that a thief finds in the home. */
  readonly keysDirectory: string;
  dispose(): Promise<void>;
}

export interface BaseOptions {
  readonly seed: number;
  /** Below this a directory of its own is made. */
  readonly folder: string;
  readonly ending: Ending;
  /** With a segment long enough to be signed on the way. */
  readonly isLong: boolean;
}

const DAY_MS = 86_400_000;
const MOMENT_SHARE = 0.4;
const PRUNED_SHARE = 0.25;

interface SegmentEnd {
  readonly segment: string;
  readonly file: string;
  readonly count: number;
  readonly head: string;
}

/** A home at work: its writers, its clock and its store. */
class Bench {
  readonly random: Random;
  readonly past: Moment[] = [];
  readonly #home: string;
  readonly #store: Store;
  #nowMs: number;

  constructor(home: string, store: Store, random: Random, nowMs: number) {
    this.#home = home;
    this.#store = store;
    this.random = random;
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }
  get keysDirectory(): string {
    return join(this.#home, 'keys');
  }
  get directory(): string {
    return join(this.#home, 'audit');
  }

  options(rotateBytes: number): CallLogOptions {
    return {
      ...{ directory: this.directory, keysDirectory: this.keysDirectory },
      ...{ heads: this.#store.heads, segments: this.#store.segments, durability: 'money' as const, rotateBytes },
      ...{ installId: INSTALL, version: '0.1.0' },
      clock: { nowMs: () => (this.#nowMs += 1 + Math.floor(this.random() * 900)) },
    };
  }

  pass(days: number): void {
    this.#nowMs += Math.floor(days * DAY_MS);
  }

  async administer(events: number): Promise<void> {
    const log = openAdminLog({ ...this.options(0), rotateBytes: 12_000 });
    for (let i = 0; i < events; i += 1) await log.write(pick(this.random, ADMIN_EVENTS));
  }

  /** A gateway that comes, works and goes; its segments are short, so that calls are on their way when one ends. */
  async gateway(calls: number, rotateBytes: number): Promise<void> {
    const log = openCallLog(this.options(rotateBytes));
    await this.traffic(log, calls, true);
    await log.close();
  }

  /** Answers the calls that have no outcome. */
  async traffic(log: SegmentedCallLog, calls: number, isAnswered: boolean): Promise<void> {
    const traffic = new Traffic(this.random, log);
    for (let i = 0; i < calls; i += 1) await traffic.next();
    if (isAnswered) await traffic.answerAll();
  }

  /** A gateway that dies at work, perhaps in the middle of a line, and the next one, which settles what it left. */
  async crash(): Promise<void> {
    const dying = openCallLog(this.options(1 << 26));
    await this.traffic(dying, 4 + Math.floor(this.random() * 4), false);
    const [row] = await this.#store.segments.listOpen();
    if (row !== undefined && this.random() < 0.5) fs.appendFileSync(join(this.directory, row.file), '{"time":17953');
    const heir = openCallLog(this.options(1 << 26));
    const ending = { outcome: 'in-doubt', code: 'gateway_died', latencyMs: 0 } as const;
    await closeAbandoned({
      ...this.options(0),
      owner: { pid: process.pid, processStart: 'heir' },
      isAlive: () => false,
      record: (frame) => heir.writeDurable({ ...frame, kind: 'outcome', ...ending }),
    });
    await heir.close();
  }

  /** Deletes the oldest calls files, whose time is over, as retention does. */
  async prune(): Promise<void> {
    this.pass(3);
    const image = readImage(this.directory);
    const stream = adminFiles(image).flatMap((file) => recordsOf(image, file));
    const ends = stream
      .filter(({ own }) => own.kind === 'segment_closed')
      .map(({ own }) => own['entry'] as unknown as SegmentEnd);
    const log = openAdminLog(this.options(1 << 26));
    for (const end of ends.slice(0, 1 + Math.floor(this.random() * 2))) {
      await log.write({ ...end, kind: 'segment_pruned', actor: { by: 'os-user', name: 'jo' }, retainDays: 1 });
      fs.unlinkSync(join(this.directory, end.file));
    }
  }

  async moment(): Promise<Moment> {
    await this.#store.segments.keepProgress();
    const [head, rows] = [await this.#store.heads.read('admin'), await this.#store.segments.listOpen()];
    const keys = new AuditKeys(this.keysDirectory);
    const { current, next } = keys.stream();
    const own = { name: installName(INSTALL), key: keys.install() };
    const said = { origin: originOf(INSTALL, 'admin'), count: head.count, head: head.hash, segments: rows };
    const known = [current, next].filter((key) => key !== undefined).map((key) => key.publicKey);
    const streamKeys = { authority: own.key.publicKey, next: known };
    const knowledge = { head, rows, keys: streamKeys, checkpoint: signCheckpoint(said, [own]) };
    return { image: readImage(this.directory), knowledge };
  }

  /** Keeps what the log is now, for whoever may want to put it back. */
  async remember(): Promise<void> {
    if (this.past.length === 0 || this.random() < MOMENT_SHARE) this.past.push(await this.moment());
  }
}

async function openBench(home: string, random: Random, nowMs: number): Promise<{ bench: Bench; store: Store }> {
  fs.mkdirSync(join(home, 'audit'), { recursive: true });
  fs.mkdirSync(join(home, 'keys'), { recursive: true });
  const store = await openSqliteStore(join(home, 'state.db'));
  return { bench: new Bench(home, store, random, nowMs), store };
}

/** What one home lives through. */
async function live(bench: Bench, isLong: boolean): Promise<void> {
  const { random } = bench;
  await bench.administer(1 + Math.floor(random() * 2));
  await bench.gateway(3 + Math.floor(random() * 5), 9_000 + Math.floor(random() * 20_000));
  await bench.remember();
  bench.pass(random() < 0.5 ? 1 : 0.01);
  await bench.gateway(isLong ? 150 : 2 + Math.floor(random() * 5), isLong ? 1 << 26 : 12_000);
  await bench.remember();
  if (random() < 0.5) await bench.administer(1 + Math.floor(random() * 2));
  bench.pass(random() * 1.5);
  await bench.gateway(2, 1 << 26);
  await bench.remember();
  if (random() < PRUNED_SHARE) await bench.prune();
  await bench.administer(1);
}

/** Makes a log. The same seed makes a log of the same kind: ids and keys are new each time. */
export async function makeBase({ seed, folder, ending, isLong }: BaseOptions): Promise<Base> {
  const random = seeded(seed);
  const home = fs.mkdtempSync(join(folder, 'base-'));
  const { bench, store } = await openBench(join(home, 'home'), random, Date.UTC(2026, 9, 1) + random() * 60 * DAY_MS);
  await live(bench, isLong);
  const fork = await forked(home, bench);
  const going = await end(bench, ending);
  const now = await bench.moment();
  const dispose = async (): Promise<void> => {
    await going?.close();
    await store.close();
    fs.rmSync(home, { recursive: true, force: true });
  };
  return { seed, ending, now, past: bench.past, fork, keysDirectory: bench.keysDirectory, dispose };
}

async function end(bench: Bench, ending: Ending): Promise<SegmentedCallLog | undefined> {
  if (ending === 'closed') await bench.gateway(2, 1 << 26);
  if (ending === 'recovered') await bench.crash();
  if (ending !== 'open') return undefined;
  const going = openCallLog(bench.options(1 << 26));
  await bench.traffic(going, 8, false);
  return going;
}

/** A copy of the home, keys and store included, where somebody else went on. */
async function forked(home: string, bench: Bench): Promise<Image> {
  const copy = join(home, 'fork');
  fs.cpSync(join(home, 'home'), copy, { recursive: true });
  const other = await openBench(copy, bench.random, bench.nowMs);
  await other.bench.gateway(5, 1 << 26);
  await other.bench.administer(2);
  await other.store.close();
  return readImage(join(copy, 'audit'));
}
