/** A gateway meets a fault in the middle of its work: it must deny with a reason, forward nothing, and come back by itself. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Driver, StoreYard } from '../../state/race-stores.ts';
import { gather } from './campaign.ts';
import type { Told } from './evidence.ts';
import { type Fault, mountSmallDisk, type Place } from './faults.ts';
import { type Answer, Gateway } from './gateway.ts';
import { judge } from './judge.ts';
import { type Caps, GRANTS, makeScene, type Scene } from './scene.ts';

export interface TrialReport {
  readonly driver: Driver;
  readonly fault: string;
  /** Why it could not be tried here; null if it was. */
  readonly skipped: string | null;
  /** What the agent read while it lasted. */
  readonly denial: string | null;
  /** Calls that were denied while it lasted. */
  readonly denied: number;
  /** Calls under way when it began, and what became of them. */
  readonly underWay: Readonly<Record<'done' | 'denied' | 'other', number>>;
  /** From the mending to the first call that passed. */
  readonly recoveredMs: number | null;
  /** Calls in doubt whose outcome the log knows: the store lost their ends. */
  readonly endsLost: number;
  /** Sentences; empty if everything is as it must be. */
  readonly violations: readonly string[];
}

const CAPS: Caps = { grantDay: 100_000, allDay: 100_000, span: 100_000, burst: 100_000 };
/** Tools whose calls may still pass when a fault has begun: each is called once. */
const TO_FEEL_IT = ['pay_1', 'pay_4', 'pay_5', 'pay_6', 'pay_7', 'refund_0', 'refund_1', 'refund_2', 'refund_3'];
const RECOVERED_MS = 30_000;
const ON_THE_WAY_MS = 2;
const DENIED_CALLS = 5;

export async function tryFault(fault: Fault, yard: StoreYard): Promise<TrialReport> {
  const room = await mkdtemp(join(tmpdir(), 'countersign-fault-'));
  let disk: { readonly unmount: () => void } | undefined;
  try {
    if (fault.smallDisk === true) {
      await mkdir(join(room, 'home-0'), { mode: 0o700 });
      const mounted = mountSmallDisk(join(room, 'home-0'));
      if ('why' in mounted) return { ...NOTHING, driver: yard.driver, fault: fault.name, skipped: mounted.why };
      disk = mounted;
    }
    const scene = await makeScene({ yard, homes: 1, caps: CAPS, room });
    return await new Trial(fault, { scene, yard }).run();
  } finally {
    disk?.unmount();
    await rm(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const NOTHING: Omit<TrialReport, 'driver' | 'fault'> = {
  ...{ skipped: null, denial: null, denied: 0, recoveredMs: null, endsLost: 0, violations: [] },
  underWay: { done: 0, denied: 0, other: 0 },
};

class Trial {
  readonly #fault: Fault;
  readonly #place: Place;
  readonly #scene: Scene;
  readonly #gateway: Gateway;
  readonly #done: Told[] = [];
  readonly #violations: string[] = [];
  readonly #underWay = { done: 0, denied: 0, other: 0 };
  readonly #startedDay = Math.floor(Date.now() / 86_400_000);
  #denied = 0;
  #endsLost = 0;
  #denial: string | null = null;

  constructor(fault: Fault, place: Place) {
    this.#fault = fault;
    this.#place = place;
    this.#scene = place.scene;
    const env = fault.env?.(place.scene.room) ?? {};
    this.#gateway = new Gateway('met', place.scene.homes[0]!, place.scene.tokens[GRANTS[0]], env);
  }

  async run(): Promise<TrialReport> {
    try {
      const recoveredMs = await this.#meet();
      await this.#judge();
      const { driver } = this.#place.yard;
      const found = {
        denial: this.#denial,
        denied: this.#denied,
        underWay: this.#underWay,
        recoveredMs,
        endsLost: this.#endsLost,
      };
      return { driver, fault: this.#fault.name, skipped: null, ...found, violations: this.#violations };
    } finally {
      await this.#gateway.kill();
    }
  }

  async #meet(): Promise<number | null> {
    if (!(await this.#gateway.open())) throw new Error(`the gateway does not start: ${this.#gateway.stderr}`);
    if (!isDone(await this.#pay('pay_0'))) throw new Error(`the first call failed: ${this.#gateway.stderr}`);
    const { pid } = this.#gateway;
    // Some have been answered, and others are somewhere on the way.
    const answered = Array.from({ length: 4 }, (_, index) => this.#pay(`pay_${index + 8}`));
    await Promise.all(answered);
    const traffic = Promise.all(Array.from({ length: 6 }, (_, index) => this.#pay(`pay_${index + 12}`)));
    await pause(ON_THE_WAY_MS);
    await this.#fault.spoil(this.#place);
    await this.#expectDenials();
    for (const answer of await traffic) this.#underWay[kindOf(answer)] += 1;
    await this.#fault.mend(this.#place);
    const recoveredMs = await this.#recovers();
    if (!isDone(await this.#pay('pay_3'))) this.#violations.push('a call after the recovery was denied');
    if (this.#gateway.pid !== pid || this.#gateway.isGone) this.#violations.push('the gateway did not live through it');
    if ((await this.#gateway.end()) !== 0) this.#violations.push('the gateway did not end with 0');
    return recoveredMs;
  }

  /** While the fault lasts, every call is denied with a reason that the agent can read, and none reaches the bank. */
  async #expectDenials(): Promise<void> {
    const { denial, passes = false } = this.#fault;
    if (denial === null) {
      if (!isDone(await this.#pay('pay_1'))) this.#violations.push('a call was denied that nothing was in the way of');
      return;
    }
    if (passes) return;
    // A disk takes a last record here or there.
    for (const tool of TO_FEEL_IT) if (!isDone(await this.#pay(tool))) break;
    for (let call = 0; call < DENIED_CALLS; call += 1) {
      const before = this.#executedOf('pay_2');
      const next = await this.#pay('pay_2');
      if (isDone(next) || next === undefined) this.#violations.push('a call passed while the fault lasted');
      else if (!denial.test(next.text)) this.#violations.push(`the agent was told: ${next.text}`);
      else {
        this.#denied += 1;
        this.#denial = next.text;
      }
      if (this.#executedOf('pay_2') > before) this.#violations.push('a call reached the bank while the fault lasted');
    }
  }

  async #recovers(): Promise<number | null> {
    const startedMs = performance.now();
    while (performance.now() - startedMs < RECOVERED_MS) {
      const answer = await this.#pay('pay_2');
      if (isDone(answer)) return Math.round(performance.now() - startedMs);
      if (this.#gateway.isGone) break;
      const { denial } = this.#fault;
      if (answer !== undefined && denial !== null && !denial.test(answer.text))
        this.#violations.push(`the agent was told: ${answer.text}`);
      await pause(50);
    }
    this.#violations.push('the gateway did not recover by itself');
    return null;
  }

  async #pay(tool: string): Promise<Answer | undefined> {
    const tag = { by: this.#gateway.name, grant: GRANTS[0] };
    const args = { amount: 100, currency: 'USD', reference: `met-${tool}`, ...tag };
    const answer = await this.#gateway.call(tool, args);
    if (answer !== undefined && isDone(answer)) this.#done.push({ ...answer, by: this.#gateway.name, tool });
    return answer;
  }

  #executedOf(tool: string): number {
    return this.#scene.executed().filter(({ name }) => name === tool).length;
  }

  async #judge(): Promise<void> {
    const evidence = await gather(this.#scene, [this.#gateway], this.#done, CAPS, this.#startedDay);
    const { knownInDoubt, ...others } = judge(evidence);
    const judged = this.#fault.losesEnds === true ? others : { ...others, knownInDoubt };
    this.#endsLost = knownInDoubt.length;
    for (const [count, cases] of Object.entries(judged))
      for (const one of cases) this.#violations.push(`${count}: ${one}`);
  }
}

function isDone(answer: Answer | undefined): boolean {
  return answer !== undefined && !answer.isError && answer.text.startsWith('did ');
}

function kindOf(answer: Answer | undefined): 'done' | 'denied' | 'other' {
  if (isDone(answer)) return 'done';
  return answer?.text.startsWith('Denied') === true ? 'denied' : 'other';
}
