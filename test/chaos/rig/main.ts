/** The rig as a program: what `npm run chaos` runs. */
import { bundleWorker } from '../../state/bundle.ts';
import { race, type RaceReport } from '../../state/race.ts';
import { type Driver, DRIVERS, missing, openYard } from '../../state/race-stores.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';
import { campaignWords, raceWords } from './words.ts';

export interface ChaosOptions {
  readonly driver: Driver | 'all';
  readonly kills: number;
  readonly seed: number;
  readonly gateways: number;
  readonly processes: number;
  readonly reservations: number;
  readonly say: (sentence: string) => void;
}

interface Finished {
  readonly ok: boolean;
  readonly reports: readonly unknown[];
  /** For people. */
  readonly words: string;
}

export { DRIVERS };

/** The drivers that are asked for and can be tried; the others are named. */
function driversOf({ driver, say }: ChaosOptions): readonly Driver[] {
  return (driver === 'all' ? DRIVERS : [driver]).filter((one) => {
    const why = missing(one);
    if (why !== null) say(`${one} is left out: ${why}`);
    return why === null;
  });
}

export async function kill(options: ChaosOptions): Promise<Finished> {
  const { kills, seed, gateways, say } = options;
  const reports: CampaignReport[] = [];
  for (const driver of driversOf(options))
    reports.push(await runCampaign({ driver, kills, seed, gateways, onProgress: say }));
  // A driver that was asked for and is not there proves nothing.
  const ok = reports.length > 0 && reports.every((report) => report.ok);
  return { ok, reports, words: reports.map(campaignWords).join('\n\n') };
}

export async function runRaces(options: ChaosOptions): Promise<Finished> {
  const { processes, reservations, seed, say } = options;
  const worker = await bundleWorker(new URL('../../state/workers/race.ts', import.meta.url));
  const reports: RaceReport[] = [];
  for (const driver of driversOf(options)) {
    const yard = await openYard(driver);
    try {
      for (const mode of ['spend', 'mixed'] as const) {
        say(`${driver}: ${processes} processes x ${reservations} reservations, ${mode}`);
        const cap = Math.floor((processes * reservations) / 2);
        const course = { processes, reservations, cap, concurrency: 64, mode, seed };
        reports.push(await race(worker, yard.fresh(), course));
      }
    } finally {
      await yard.end();
    }
  }
  const ok = reports.length > 0 && reports.every(({ violations }) => violations.length === 0);
  return { ok, reports, words: reports.map(raceWords).join('\n\n') };
}
