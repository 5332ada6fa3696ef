/** The rig as a program: what `npm run chaos` runs. */
import { bundleWorker } from '../../state/bundle.ts';
import { race, type RaceReport } from '../../state/race.ts';
import { type Driver, DRIVERS, missing, openYard } from '../../state/race-stores.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';
import { type Fault, FAULTS } from './faults.ts';
import { tryFault, type TrialReport } from './trial.ts';
import { campaignWords, raceWords, trialWords } from './words.ts';

interface ChaosOptions {
  readonly driver: Driver | 'all';
  readonly seed: number;
  readonly say: (sentence: string) => void;
}

interface KillOptions extends ChaosOptions {
  readonly kills: number;
  readonly gateways: number;
}

interface RaceOptions extends ChaosOptions {
  readonly processes: number;
  readonly reservations: number;
}

interface FaultOptions extends ChaosOptions {
  /** Names of faults; all of them if it is left out. */
  readonly only?: readonly string[];
}

interface Finished<Report> {
  readonly ok: boolean;
  readonly reports: readonly Report[];
  /** For people. */
  readonly words: string;
}

/** The drivers that are asked for and can be tried; the others are named. */
function driversOf({ driver, say }: ChaosOptions): readonly Driver[] {
  return (driver === 'all' ? DRIVERS : [driver]).filter((one) => {
    const why = missing(one);
    if (why !== null) say(`${one} is left out: ${why}`);
    return why === null;
  });
}

export async function kill(options: KillOptions): Promise<Finished<CampaignReport>> {
  const { kills, seed, gateways, say } = options;
  const reports: CampaignReport[] = [];
  for (const driver of driversOf(options))
    reports.push(await runCampaign({ driver, kills, seed, gateways, onProgress: say }));
  // A driver that was asked for and is not there proves nothing.
  const ok = reports.length > 0 && reports.every((report) => report.ok);
  return { ok, reports, words: reports.map(campaignWords).join('\n\n') };
}

export async function runRaces(options: RaceOptions): Promise<Finished<RaceReport>> {
  const { processes, reservations, seed, say } = options;
  const worker = await bundleWorker(new URL('../../state/workers/race.ts', import.meta.url));
  const reports: RaceReport[] = [];
  for (const driver of driversOf(options)) {
    const yard = await openYard(driver);
    try {
      for (const mode of ['spend', 'mixed'] as const) {
        say(`${driver}: ${processes} processes x ${reservations} reservations, ${mode}`);
        const cap = Math.floor((processes * reservations) / 2);
        const course = { processes, reservations, cap, concurrency: driver === 'postgres' ? 16 : 64, mode, seed };
        reports.push(await race(worker, yard.fresh(), course));
      }
    } finally {
      await yard.end();
    }
  }
  const ok = reports.length > 0 && reports.every(({ violations }) => violations.length === 0);
  return { ok, reports, words: reports.map(raceWords).join('\n\n') };
}

export async function runFaults(options: FaultOptions): Promise<Finished<TrialReport>> {
  const reports: TrialReport[] = [];
  for (const driver of driversOf(options)) {
    const yard = await openYard(driver);
    try {
      for (const fault of faultsOf(driver, options)) {
        options.say(`${driver}: ${fault.name}`);
        reports.push(await tryFault(fault, yard));
      }
    } finally {
      await yard.end();
    }
  }
  const ok = reports.length > 0 && reports.every(({ violations }) => violations.length === 0);
  return { ok, reports, words: reports.map(trialWords).join('\n\n') };
}

function faultsOf(driver: Driver, { only }: FaultOptions): readonly Fault[] {
  const known = FAULTS.filter(({ drivers }) => drivers.includes(driver));
  for (const name of only ?? [])
    if (!known.some((one) => one.name === name)) throw new Error(`no fault is \`${name}\``);
  return known.filter(({ name }) => only?.includes(name) !== false);
}
