/** A bounded share of the kills on every driver; `npm run chaos` runs as many as it is told. */
import { describe, expect, it } from 'vitest';
import { type Driver, missing } from '../state/race-stores.ts';
import { kill } from './rig/main.ts';

const SHARES: readonly (readonly [Driver, number])[] = [
  ['sqlite', 24],
  ['redis', 8],
  ['postgres', 8],
];

describe.each(SHARES)(
  'when gateways are killed at their steps, at random, and while they start: %s',
  (driver, kills) => {
    it(`breaks no promise, by ${kills} kills`, { timeout: 180_000 }, async ({ skip }) => {
      const why = missing(driver);
      if (why !== null) return skip(why);
      const { ok, reports, words } = await kill({ driver, kills, seed: 20_261_127, gateways: 4, say: () => undefined });
      expect(reports.flatMap(({ cases }) => cases)).toEqual([]);
      expect(ok).toBe(true);
      expect(words).toContain('every promise was kept');
      // What makes the kills worth something.
      expect(reports).toMatchObject([{ kills, scenes: 1 }]);
      expect(reports[0]?.executed).toBeGreaterThan(0);
      expect(reports[0]?.inDoubt).toBeGreaterThan(0);
    });
  },
);
