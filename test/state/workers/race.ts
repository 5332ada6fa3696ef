/** One process of a race: does what its leg says, and tells what the store answered, as JSON on stdout. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { brandAs, type RequestId } from '../../../src/core/ids.ts';
import { StateError } from '../../../src/state/port.ts';
import type { QuotaAnswer, Settlement } from '../../../src/state/quota.ts';
import { ask, use } from '../quota-build.ts';
import { type Leg, type LegReport, RACED } from '../race.ts';
import { openAt } from '../race-stores.ts';

const RESOLUTION_MS = 1;
const leg = JSON.parse(process.argv[2] ?? '') as Leg;
const store = await openAt(leg.store);
const random = seeded(leg.seed);
const report = { held: 0, refused: 0, ok: 0, released: 0, inDoubt: 0, left: 0, unanswered: 0, takenTwice: 0 };

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Tells the store until it has answered, as a gateway does. */
async function settle(request: RequestId, outcome: Settlement['outcome']): Promise<boolean> {
  for (;;) {
    try {
      return await store.quota.settle({ request, outcome, forwardedMs: null });
    } catch (error) {
      unanswered(error);
    }
  }
}

function unanswered(error: unknown): void {
  if (!(error instanceof StateError) || (error.code !== 'unavailable' && error.code !== 'busy')) throw error;
  report.unanswered += 1;
}

/** A reservation that was not answered may have taken hold: it is ended before another takes its place. */
async function reserve(name: string, amount: number): Promise<readonly [RequestId, QuotaAnswer]> {
  for (let tries = 0; ; tries += 1) {
    const request = brandAs<RequestId>(`${name}-${tries}`);
    try {
      return [request, await store.quota.reserve(ask(request, [use(RACED, amount, leg.cap)], { leaseMs: 3_600_000 }))];
    } catch (error) {
      unanswered(error);
      await settle(request, 'failed');
    }
  }
}

/** Ends what is held one way or another. `second`: settled again, which must change nothing. */
async function end(request: RequestId, amount: number, way: number, second: boolean): Promise<void> {
  if (way < 0.45) {
    report.ok += amount;
    await settle(request, 'ok');
  } else if (way < 0.85) {
    report.released += amount;
    await settle(request, 'failed');
  } else if (way < 0.95) {
    report.inDoubt += amount;
    await settle(request, 'in-doubt');
    return;
  } else {
    report.left += amount;
    return;
  }
  if (!second) return;
  const again = await Promise.all([settle(request, 'failed'), settle(request, 'ok'), settle(request, 'in-doubt')]);
  report.takenTwice += again.filter(Boolean).length;
}

async function once(index: number): Promise<void> {
  const [size, way, second] = [random(), random(), random()];
  const amount = leg.mode === 'spend' ? 1 : 1 + Math.floor(size * 5);
  const [request, answer] = await reserve(`${leg.name}-${index}`, amount);
  if (answer.is === 'refused') report.refused += leg.mode === 'spend' ? 1 : amount;
  else if (answer.is === 'held') {
    report.held += amount;
    await end(request, amount, leg.mode === 'spend' ? 0 : way, second < 0.3);
  } else throw new Error(`an answer that no race can have: ${JSON.stringify(answer)}`);
}

let next = 0;
async function lane(): Promise<void> {
  while (next < leg.reservations) await once(next++);
}

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
const startedMs = performance.now();
await Promise.all(Array.from({ length: leg.concurrency }, lane));
const elapsedMs = performance.now() - startedMs;
delays.disable();
await store.close();
const ms = (nanoseconds: number): number => Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10;
const all: LegReport = { ...report, elapsedMs, stallMs: ms(delays.max), stallP99Ms: ms(delays.percentile(99)) };
process.stdout.write(JSON.stringify(all));
