/**
 * The race for one cap: processes that reserve under it at the same time, settle a mix of outcomes, and settle some of
 * them twice. What the processes were told must be what the store says in the end, to the unit, and the cap must be
 * reached exactly and never passed.
 */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SharedStore } from '../../src/state/port.ts';
import { ask, counter, rolling, use } from './quota-build.ts';
import { openAt, type StoreAddress } from './race-stores.ts';

const run = promisify(execFile);

/** What a racing process is told to do. */
export interface Leg {
  readonly store: StoreAddress;
  readonly name: string;
  readonly seed: number;
  readonly reservations: number;
  readonly cap: number;
  /** How many are under way at once. */
  readonly concurrency: number;
  /** `spend`: units of 1, every one kept. `mixed`: amounts from 1 to 5, kept, given back (some twice), in doubt, or left. */
  readonly mode: 'spend' | 'mixed';
}

/** What it was told by the store, in units of the cap. */
export interface LegReport {
  readonly held: number;
  readonly refused: number;
  readonly ok: number;
  readonly released: number;
  readonly inDoubt: number;
  /** Reserved and left so. */
  readonly left: number;
  /** Times that the store did not answer; what was asked was undone, and asked for again. */
  readonly unanswered: number;
  /** A second settlement of what was over that was taken for a first one. */
  readonly takenTwice: number;
  readonly elapsedMs: number;
  /** The longest that the event loop did not turn. */
  readonly stallMs: number;
  readonly stallP99Ms: number;
}

export interface Race {
  readonly processes: number;
  readonly reservations: number;
  readonly cap: number;
  readonly concurrency: number;
  readonly mode: Leg['mode'];
  readonly seed: number;
}

export interface RaceReport extends Race {
  readonly driver: string;
  readonly legs: readonly LegReport[];
  /** Sums over the processes. */
  readonly told: Pick<LegReport, 'held' | 'ok' | 'released' | 'inDoubt' | 'left'>;
  /** What the store says when all have ended. */
  readonly standing: { readonly used: number; readonly reserved: number; readonly inDoubt: number };
  /** What the store stood at most at while they raced. */
  readonly most: number;
  /** What was reserved in units of 1 after the race until the store refused. */
  readonly filled: number;
  /** Sentences; empty if everything is as it must be. */
  readonly violations: readonly string[];
  readonly perSecond: number;
}

/** The counter that all race for. */
export const RACED = counter('race', rolling(86_400_000));

/** Starts the processes, and judges. `worker` is the bundled worker. */
export async function race(worker: string, store: StoreAddress, race: Race): Promise<RaceReport> {
  const observer = await openAt(store);
  try {
    const watch = watchMost(observer);
    const running = Array.from({ length: race.processes }, (_, index) => runLeg(worker, legOf(store, race, index)));
    const ended = await Promise.allSettled(running);
    const most = await watch.end();
    const legs = ended.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const standing = await standingOf(observer);
    const filled = await fill(observer, race.cap);
    const told = sums(legs);
    const violations = judge({ ...race, legs, told, standing, most, filled });
    const elapsedMs = Math.max(...legs.map((leg) => leg.elapsedMs));
    const perSecond = Math.round((race.processes * race.reservations * 1_000) / elapsedMs);
    return { ...race, driver: store.driver, legs, told, standing, most, filled, violations, perSecond };
  } finally {
    await observer.close();
  }
}

function legOf(store: StoreAddress, { seed, ...race }: Race, index: number): Leg {
  const { reservations, cap, concurrency, mode } = race;
  return { store, name: `p${index}`, seed: seed * 1_000 + index, reservations, cap, concurrency, mode };
}

async function runLeg(worker: string, leg: Leg): Promise<LegReport> {
  const { stdout } = await run(process.execPath, [worker, JSON.stringify(leg)], { maxBuffer: 1_000_000 });
  return JSON.parse(stdout) as LegReport;
}

function sums(legs: readonly LegReport[]): RaceReport['told'] {
  const sum = (of: (leg: LegReport) => number): number => legs.reduce((total, leg) => total + of(leg), 0);
  return {
    held: sum(({ held }) => held),
    ok: sum(({ ok }) => ok),
    released: sum(({ released }) => released),
    inDoubt: sum(({ inDoubt }) => inDoubt),
    left: sum(({ left }) => left),
  };
}

/** Asks again and again what the counter stands at, until it is told to end. */
function watchMost(store: SharedStore): { readonly end: () => Promise<number> } {
  let most = 0;
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const { used, reserved, inDoubt } = await standingOf(store);
      most = Math.max(most, used + reserved + inDoubt);
      await pause(50);
    }
  })();
  return {
    end: async () => {
      ending.abort();
      await watching;
      return most;
    },
  };
}

async function standingOf(store: SharedStore): Promise<RaceReport['standing']> {
  const found = (await store.quota.counters()).find((one) => one.counter.id === RACED.id);
  return { used: found?.used ?? 0, reserved: found?.reserved ?? 0, inDoubt: found?.inDoubt ?? 0 };
}

/** Reserves units until nothing fits: what is left under the cap can be had, and no more. */
async function fill(store: SharedStore, cap: number): Promise<number> {
  const { used, reserved, inDoubt } = await standingOf(store);
  const left = Math.max(0, cap - used - reserved - inDoubt);
  let filled = 0;
  if (left > 1) {
    const answer = await store.quota.reserve(ask('fill', [use(RACED, left - 1, cap)]));
    if (answer.is === 'held') filled = left - 1;
  }
  for (;;) {
    const answer = await store.quota.reserve(ask(`fill-${filled}`, [use(RACED, 1, cap)]));
    if (answer.is !== 'held') return filled;
    filled += 1;
  }
}

/** Everything that is not as it must be, in sentences. */
export function judge(it: Omit<RaceReport, 'violations' | 'driver' | 'perSecond'>): string[] {
  const { told, standing, most, filled, cap, legs } = it;
  const counted = standing.used + standing.reserved + standing.inDoubt;
  const asked = it.processes * it.reservations;
  const answered = legs.reduce((sum, leg) => sum + leg.refused, 0);
  const checks: readonly (readonly [boolean, string])[] = [
    [most <= cap, `the counter stood at ${most}, above the cap of ${cap}`],
    [counted <= cap, `the counter ended at ${counted}, above the cap of ${cap}`],
    [counted + filled === cap, `${counted} counted and ${filled} that still fitted are not the cap of ${cap}`],
    [standing.used === told.ok, `${told.ok} were kept, and the store counts ${standing.used} used`],
    [standing.inDoubt === told.inDoubt, `${told.inDoubt} are in doubt, and the store counts ${standing.inDoubt}`],
    [standing.reserved === told.left, `${told.left} are still reserved, and the store counts ${standing.reserved}`],
    [
      told.held === told.ok + told.released + told.inDoubt + told.left,
      `${told.held} were held, and their ends do not sum up to that`,
    ],
    [legs.every(({ takenTwice }) => takenTwice === 0), 'a settlement of what was over was taken for a first one'],
    [
      it.mode === 'mixed' || (told.held === Math.min(cap, asked) && answered === asked - told.held),
      `of ${asked} reservations of 1 under a cap of ${cap}, ${told.held} were held and ${answered} refused`,
    ],
  ];
  return checks.flatMap(([holds, words]) => (holds ? [] : [words]));
}
