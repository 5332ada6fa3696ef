/** Quota against a dull model that remembers every use and adds them up anew each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import type { QuotaStore } from '../../src/state/quota.ts';
import type { StoreFactory } from './contract.ts';
import { ask, counter, DAY_MS, dayAt, NOON, rolling, use } from './quota-build.ts';

const SPAN = 3_600_000;

interface Use {
  readonly rule: 'daily' | 'span';
  readonly amount: number;
  /** When it counts from: the day for one, the instant for the other; null while it is not forwarded. */
  atMs: number | null;
  readonly day: number;
  gone: boolean;
}

type Step =
  | { readonly does: 'reserve'; readonly amount: number; readonly rules: readonly Use['rule'][] }
  | { readonly does: 'settle'; readonly which: number; readonly outcome: 'ok' | 'failed' | 'in-doubt' }
  | { readonly does: 'wait'; readonly ms: number };

const RULES = fc.subarray<Use['rule']>(['daily', 'span'], { minLength: 1 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('reserve' as const),
      amount: fc.integer({ min: 0, max: 60 }),
      rules: RULES,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('settle' as const),
      which: fc.nat({ max: 40 }),
      outcome: fc.constantFrom('ok' as const, 'failed' as const, 'in-doubt' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: DAY_MS }) }) },
);
const CAP = 100;

class Model {
  readonly requests = new Map<string, { uses: Use[]; state: 'reserved' | 'in-doubt' | 'over' }>();

  /** The most that may count and the least that must: a use of a span ends within a thousandth of it. */
  counted(rule: Use['rule'], nowMs: number): { readonly least: number; readonly most: number } {
    const all = [...this.requests.values()].flatMap(({ uses }) => uses).filter((one) => !one.gone && one.rule === rule);
    const sum = (counts: (one: Use) => boolean): number => all.filter(counts).reduce((s, one) => s + one.amount, 0);
    if (rule === 'daily') {
      const today = sum(({ day }) => day === Math.floor(nowMs / DAY_MS));
      return { least: today, most: today };
    }
    const within = (slackMs: number) => sum(({ atMs }) => atMs === null || atMs + SPAN + slackMs > nowMs);
    return { least: within(0), most: within(SPAN / 1_000) };
  }
}

export function quotaModel(driver: string, makeFactory: () => Promise<StoreFactory>): void {
  describe(`quota against a model: ${driver}`, () => {
    it('admits and counts what the model says, over any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
          const factory = await makeFactory();
          let nowMs = NOON;
          const store = await factory.open(() => nowMs);
          try {
            const model = new Model();
            for (const step of steps) {
              if (step.does === 'wait') nowMs += step.ms;
              else if (step.does === 'reserve') await reserveBoth(store.quota, model, step, nowMs);
              else await settleBoth(store.quota, model, step, nowMs);
              await compare(store.quota, model, nowMs);
            }
          } finally {
            await store.close();
            await factory.dispose();
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

async function reserveBoth(
  quota: QuotaStore,
  model: Model,
  { amount, rules }: Extract<Step, { does: 'reserve' }>,
  nowMs: number,
): Promise<void> {
  const request = `r${model.requests.size}`;
  const counters = { daily: counter('daily', dayAt(nowMs)), span: counter('span', rolling(SPAN)) };
  const uses = rules.map((rule) => use(counters[rule], amount, CAP));
  const answer = await quota.reserve(ask(request, uses, { leaseMs: 400 * DAY_MS }));
  const sums = rules.map((rule) => model.counted(rule, nowMs));
  if (sums.some(({ least }) => least + amount > CAP)) expect(answer.is).toBe('refused');
  if (sums.every(({ most }) => most + amount <= CAP)) expect(answer.is).toBe('held');
  const day = Math.floor(nowMs / DAY_MS);
  if (answer.is !== 'held') {
    model.requests.set(request, { uses: [], state: 'over' });
    return;
  }
  const held = rules.map((rule) => ({ rule, amount, atMs: null, day, gone: false }));
  model.requests.set(request, { uses: held, state: 'reserved' });
}

async function settleBoth(
  quota: QuotaStore,
  model: Model,
  { which, outcome }: Extract<Step, { does: 'settle' }>,
  nowMs: number,
): Promise<void> {
  const request = `r${which}`;
  const known = model.requests.get(request);
  const settled = await quota.settle({ request: brandAs<RequestId>(request), outcome, forwardedMs: nowMs });
  expect(settled).toBe(known !== undefined && known.state !== 'over');
  if (known === undefined || known.state === 'over') return;
  for (const one of known.uses) {
    one.atMs ??= nowMs;
    if (outcome === 'failed') one.gone = true;
  }
  known.state = outcome === 'in-doubt' ? 'in-doubt' : 'over';
}

async function compare(quota: QuotaStore, model: Model, nowMs: number): Promise<void> {
  const states = new Map((await quota.counters()).map((one) => [one.counter.rule, one]));
  for (const rule of ['daily', 'span'] as const) {
    const one = states.get(rule);
    const total = one === undefined ? 0 : one.used + one.reserved + one.inDoubt;
    const { least, most } = model.counted(rule, nowMs);
    expect(total, rule).toBeGreaterThanOrEqual(least);
    expect(total, rule).toBeLessThanOrEqual(most);
  }
  const open = [...model.requests].filter(([, { state }]) => state !== 'over').map(([request]) => request);
  expect((await quota.requests()).map(({ request }) => String(request)).sort()).toEqual(open.sort());
}
