/** A bounded share of the race for one cap on every driver; `npm run chaos -- --race` runs the whole of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker } from './bundle.ts';
import { judge, race, type Race, type RaceReport } from './race.ts';
import { DRIVERS, missing, openYard, type StoreYard } from './race-stores.ts';

const SHARE: Race = { processes: 4, reservations: 300, cap: 500, concurrency: 32, mode: 'spend', seed: 1 };

let worker: string;
beforeAll(async () => {
  worker = await bundleWorker(new URL('./workers/race.ts', import.meta.url));
});

describe.each(DRIVERS)('when processes race for one cap: %s', (driver) => {
  const why = missing(driver);
  let yard: StoreYard | undefined;
  beforeAll(async () => {
    if (why === null) yard = await openYard(driver);
  });
  afterAll(() => yard?.end());

  it('spends it exactly', async ({ skip }) => {
    if (yard === undefined) return skip(why ?? '');
    const report = await race(worker, yard.fresh(), SHARE);
    expect(report.violations).toEqual([]);
    expect(report.standing).toEqual({ used: SHARE.cap, reserved: 0, inDoubt: 0 });
  });

  it('spends all there is when that is less than the cap', async ({ skip }) => {
    if (yard === undefined) return skip(why ?? '');
    const report = await race(worker, yard.fresh(), { ...SHARE, reservations: 50 });
    expect(report.violations).toEqual([]);
    expect(report.standing.used).toBe(200);
    expect(report.filled).toBe(300);
  });

  it('loses and doubles nothing of a mix of ends, some of them told again', async ({ skip }) => {
    if (yard === undefined) return skip(why ?? '');
    const report = await race(worker, yard.fresh(), { ...SHARE, mode: 'mixed' });
    expect(report.violations).toEqual([]);
    expect(report.told.released).toBeGreaterThan(0);
    expect(report.told.inDoubt).toBeGreaterThan(0);
    expect(report.told.left).toBeGreaterThan(0);
  });
});

describe('when a race is judged', () => {
  const leg = { held: 10, refused: 5, ok: 10, released: 0, inDoubt: 0, left: 0, unanswered: 0, takenTwice: 0 };
  const good: Omit<RaceReport, 'violations' | 'driver' | 'perSecond'> = {
    ...{ processes: 1, reservations: 15, cap: 10, concurrency: 1, mode: 'spend', seed: 1 },
    legs: [{ ...leg, elapsedMs: 1, stallMs: 0, stallP99Ms: 0 }],
    told: { held: 10, ok: 10, released: 0, inDoubt: 0, left: 0 },
    standing: { used: 10, reserved: 0, inDoubt: 0 },
    ...{ most: 10, filled: 0 },
  };

  it('finds nothing where nothing is wrong', () => {
    expect(judge(good)).toEqual([]);
  });

  it.each<[string, Partial<typeof good>, RegExp]>([
    ['a cap that was passed for a moment', { most: 11 }, /stood at 11, above the cap of 10/],
    ['a unit that was given back twice', { standing: { ...good.standing, used: 9 }, filled: 1 }, /counts 9 used/],
    ['a unit that was counted twice', { standing: { ...good.standing, used: 11 } }, /ended at 11, above/],
    ['a doubt that was lost', { told: { ...good.told, inDoubt: 1 } }, /1 are in doubt, and the store counts 0/],
    ['a reservation that was lost', { told: { ...good.told, left: 1 } }, /1 are still reserved/],
    ['a unit that cannot be had any more', { filled: -1 }, /still fitted are not the cap/],
    ['an end that was taken twice', { legs: [{ ...good.legs[0]!, takenTwice: 1 }] }, /taken for a first one/],
    ['a refusal too many', { legs: [{ ...good.legs[0]!, refused: 6 }] }, /10 were held and 6 refused/],
  ])('finds %s', (_what, change, words) => {
    expect(judge({ ...good, ...change }).join('\n')).toMatch(words);
  });
});
