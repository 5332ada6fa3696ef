/** Kills by the hundred: scenes of a bounded size, in each of them rounds, and at its end a judgement. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Driver, openAt, openYard, type StoreYard } from '../../state/race-stores.ts';
import {
  type CounterStanding,
  type Evidence,
  readListed,
  readLog,
  readRequests,
  readStore,
  type Told,
  verify,
} from './evidence.ts';
import { Gateway } from './gateway.ts';
import { capsExceeded, type Count, COUNTS, isRefusal, judge, judgeAtDeath, type Judgement } from './judge.ts';
import { type KillKind, planKill } from './kills.ts';
import { ASKED_MINOR, bankIdle, runRound } from './round.ts';
import { type Caps, GRANTS, makeScene, type Scene } from './scene.ts';
import { pick, type Random, seeded } from './seeded.ts';

export interface CampaignOptions {
  readonly driver: Driver;
  readonly kills: number;
  readonly seed: number;
  /** How many run at the same time. */
  readonly gateways: number;
  /** More of the bank's environment: a bank that does wrong shows that the rig finds it. */
  readonly bankEnv?: Readonly<Record<string, string>>;
  readonly onProgress?: (sentence: string) => void;
}

export interface CampaignReport {
  readonly driver: Driver;
  readonly seed: number;
  readonly gateways: number;
  readonly ok: boolean;
  readonly kills: number;
  readonly killsBy: Readonly<Partial<Record<KillKind, number>>>;
  readonly scenes: number;
  /** Calls that the bank executed, that had an intent, that a client was told of, that a limit denied. */
  readonly executed: number;
  readonly intents: number;
  readonly answered: number;
  readonly denied: number;
  /** Executed, and nobody was told: what the kills are about. */
  readonly executedUnanswered: number;
  /** What the store showed in doubt in the end. */
  readonly inDoubt: number;
  /** Rounds in which each limit denied something. */
  readonly bound: Readonly<Record<string, number>>;
  /** What else calls were denied for, in the words that the agent read. */
  readonly otherDenials: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<Count, number>>;
  /** The first cases of what is not 0. */
  readonly cases: readonly string[];
  readonly seconds: number;
}

/** A log that grows without end makes each round slower than the one before. */
const KILLS_PER_SCENE = 80;
const MAX_CASES = 20;
const BURST_CAP = 8 * ASKED_MINOR;
const RECOVERY_MS = 20_000;

export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const startedMs = performance.now();
  const tally = new Tally();
  const yard = await openYard(options.driver);
  try {
    for (let scene = 0; tally.kills < options.kills; scene += 1) {
      const kills = Math.min(KILLS_PER_SCENE, options.kills - tally.kills);
      await runScene(options, yard, scene, kills, tally);
      const words = `${options.driver}: ${tally.kills} of ${options.kills} killed, ${tally.violations} violations`;
      options.onProgress?.(words);
    }
  } finally {
    await yard.end();
  }
  const { driver, seed, gateways } = options;
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  return { driver, seed, gateways, ...tally.report(), seconds };
}

async function runScene(
  options: CampaignOptions,
  yard: StoreYard,
  number: number,
  kills: number,
  tally: Tally,
): Promise<void> {
  const { driver, seed, gateways, bankEnv = {} } = options;
  const random = seeded(seed * 10_000 + number);
  const caps = new TightCaps();
  const scene = await makeScene({ yard, homes: driver === 'sqlite' ? 1 : 2, caps: caps.now, bankEnv });
  const startedDay = dayNow();
  try {
    const all: Gateway[] = [];
    const told: Told[] = [];
    for (let round = 0; all.length < kills; round += 1) {
      if (round > 0) await scene.setCaps(caps.set(await countersOf(scene), random, gateways));
      const plans = Array.from({ length: Math.min(gateways, kills - all.length) }, (_, index) =>
        planKill(random, number * KILLS_PER_SCENE + all.length + index),
      );
      const runs = await runRound(scene, plans, (index) => `s${number}r${round}g${index}`, random);
      for (const run of runs) {
        all.push(run.gateway);
        told.push(...run.told);
        tally.killed(run.kill);
      }
      tally.bound(runs.flatMap((run) => run.told));
      const executed = scene.executed();
      const log = readLog(scene, all);
      tally.found('brokenAtDeath', judgeAtDeath({ executed, told, log }));
      tally.found('capExceeded', capsExceeded({ executed, log, caps: caps.now }));
    }
    const evidence = await gather(scene, all, told, caps.now, startedDay);
    tally.scene(evidence, judge(evidence));
  } finally {
    await scene.remove();
  }
}

/** What is there once new gateways have settled what the dead ones left, in every home. */
export async function gather(
  scene: Scene,
  dead: readonly Gateway[],
  told: readonly Told[],
  caps: Caps,
  startedDay: number,
): Promise<Evidence> {
  await recover(scene, dead);
  const executed = scene.executed();
  const log = readLog(scene, dead);
  const requests = readRequests(scene);
  const store = await readStore(scene);
  const listed = await readListed(scene.homes[0]!);
  const verified = await Promise.all(scene.homes.map(verify));
  return { executed, told, log, requests, ...store, listed, verified, caps, crossedMidnight: dayNow() !== startedDay };
}

/** Starts a gateway in every home, waits until nothing is owed for those that are dead, and ends it politely. */
async function recover(scene: Scene, dead: readonly Gateway[]): Promise<void> {
  const heirs = scene.homes.map((home, index) => new Gateway(`heir-${index}`, home, scene.tokens[GRANTS[0]]));
  try {
    const open = await Promise.all(heirs.map((heir) => heir.open()));
    if (open.includes(false)) throw new Error(`no new gateway starts: ${heirs.map(({ stderr }) => stderr).join('\n')}`);
    const untilMs = performance.now() + RECOVERY_MS;
    while (owes(scene, dead) && performance.now() < untilMs) await pause(50);
  } finally {
    await Promise.all(heirs.map((heir) => heir.end()));
  }
  await bankIdle(scene);
}

/** True while an intent has no outcome. */
function owes(scene: Scene, dead: readonly Gateway[]): boolean {
  const log = readLog(scene, dead);
  const over = new Set(log.filter(({ kind }) => kind === 'outcome').map(({ request }) => request));
  return log.some(({ kind, request }) => kind === 'intent' && !over.has(request));
}

async function countersOf({ store }: Scene): Promise<readonly CounterStanding[]> {
  const opened = await openAt(store);
  try {
    return (await opened.quota.counters()).map(({ counter: { rule, subject }, used, reserved, inDoubt }) => ({
      ...{ rule, subject, used, reserved, inDoubt },
    }));
  } finally {
    await opened.close();
  }
}

function dayNow(): number {
  return Math.floor(Date.now() / 86_400_000);
}

/** Caps that are close to what is asked in every round. They may fall, but not below what is counted already. */
class TightCaps {
  now: Caps = { grantDay: ASKED_MINOR, allDay: 3 * ASKED_MINOR, span: 3 * ASKED_MINOR, burst: BURST_CAP };

  /** One of them is tight, the others are not in its way. */
  set(counters: readonly CounterStanding[], random: Random, gateways: number): Caps {
    const standing = (rule: string): number =>
      Math.max(0, ...counters.filter((one) => one.rule === rule).map((one) => one.used + one.reserved + one.inDoubt));
    const tight = pick(random, ['grantDay', 'allDay', 'span', 'burst'] as const);
    const asked = ASKED_MINOR * gateways;
    const room = (name: typeof tight, share: number): number =>
      Math.ceil(asked * (name === tight ? share * (0.3 + random()) : 2));
    this.now = {
      grantDay: standing('grant-day') + room('grantDay', 0.1),
      allDay: standing('all-day') + room('allDay', 0.2),
      span: standing('span') + room('span', 0.2),
      // A span that ends gives back: the cap stays, so that it can be judged over the whole of the time.
      burst: BURST_CAP,
    };
    return this.now;
  }
}

/** What a campaign has come to so far. */
class Tally {
  kills = 0;
  violations = 0;
  #scenes = 0;
  readonly #sums = { executed: 0, intents: 0, answered: 0, denied: 0, executedUnanswered: 0, inDoubt: 0 };
  readonly #killsBy: Partial<Record<KillKind, number>> = {};
  readonly #bound: Record<string, number> = {};
  readonly #others: Record<string, number> = {};
  readonly #counts = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0])) as Record<Count, number>;
  readonly #cases: string[] = [];

  killed(kind: KillKind): void {
    this.kills += 1;
    this.#killsBy[kind] = (this.#killsBy[kind] ?? 0) + 1;
  }

  /** The limits that denied something in a round. */
  bound(told: readonly Told[]): void {
    const rules = told.flatMap(({ rule }) => (rule === null || isBuiltIn(rule) ? [] : [rule]));
    for (const rule of new Set(rules)) this.#bound[rule] = (this.#bound[rule] ?? 0) + 1;
    for (const one of told)
      if (isRefusal(one) || isBuiltIn(one.rule)) this.#others[one.text] = (this.#others[one.text] ?? 0) + 1;
  }

  found(count: Count, cases: readonly string[]): void {
    this.violations += cases.length;
    this.#counts[count] += cases.length;
    for (const one of cases) if (this.#cases.length < MAX_CASES) this.#cases.push(`${COUNTS[count]}: ${one}`);
  }

  scene({ executed, log, told, held }: Evidence, judgement: Judgement): void {
    this.#scenes += 1;
    const answered = new Set(told.map(({ by, tool }) => `${by}/${tool}`));
    this.#sums.executed += executed.length;
    this.#sums.executedUnanswered += executed.filter(({ by, name }) => !answered.has(`${by}/${name}`)).length;
    this.#sums.intents += log.filter(({ kind }) => kind === 'intent').length;
    this.#sums.answered += told.length;
    this.#sums.denied += told.filter(({ rule }) => rule !== null).length;
    this.#sums.inDoubt += held.length;
    for (const [name, cases] of Object.entries(judgement)) this.found(name as Count, cases);
  }

  report(): Omit<CampaignReport, 'driver' | 'seed' | 'gateways' | 'seconds'> {
    return {
      ...{ ok: this.violations === 0, kills: this.kills, killsBy: this.#killsBy, scenes: this.#scenes },
      ...this.#sums,
      ...{ bound: this.#bound, otherDenials: this.#others, counts: this.#counts, cases: this.#cases },
    };
  }
}

/** A denial that no rule of the policy made. */
function isBuiltIn(rule: string | null): boolean {
  return rule?.startsWith('(') === true;
}
