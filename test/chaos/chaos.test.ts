/** A bounded share of the kills on every driver; `npm run chaos` runs as many as it is told. */
import { describe, expect, it } from 'vitest';
import { type Driver, missing } from '../state/race-stores.ts';
import { runCampaign } from './rig/campaign.ts';

const SHARES: readonly (readonly [Driver, number])[] = [
  ['sqlite', 24],
  ['redis', 8],
  ['postgres', 8],
];

describe.each(SHARES)(
  'when gateways are killed at their steps, at random, and while they start: %s',
  (driver, kills) => {
    it(`breaks no promise, by ${kills} kills`, { timeout: 120_000 }, async ({ skip }) => {
      const why = missing(driver);
      if (why !== null) return skip(why);
      const report = await runCampaign({ driver, kills, seed: 20_261_127, gateways: 4 });
      expect(report.cases).toEqual([]);
      expect(Object.values(report.counts).filter((count) => count !== 0)).toEqual([]);
      expect(report.kills).toBe(kills);
      // What makes the kills worth something.
      expect(report.executed).toBeGreaterThan(0);
      expect(report.inDoubt).toBeGreaterThan(0);
    });
  },
);
