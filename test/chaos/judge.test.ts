/** The rig can fail: a count that is wrong is found, and so is a bank that does wrong. */
import { describe, expect, it } from 'vitest';
import { runCampaign } from './rig/campaign.ts';
import type { CounterStanding, Evidence, HeldCall, LoggedCall, Told } from './rig/evidence.ts';
import { type Count, judge } from './rig/judge.ts';
import { runRaces } from './rig/main.ts';
import type { Executed } from './rig/scene.ts';

const DAY = Date.UTC(2026, 10, 27);

/** Two calls of one gateway: a payment that went well, and a refund that its death cut off after it was executed. */
const EXECUTED: readonly Executed[] = [
  { atMs: DAY + 1_000, name: 'pay_0', by: 'g', grant: 'agent-a', amount: 300, reference: 'g-pay_0' },
  { atMs: DAY + 2_000, name: 'refund_0', by: 'g', grant: 'agent-a', amount: 200, reference: 'p1' },
];
const record = (over: Partial<LoggedCall>): LoggedCall => ({
  ...{ by: 'g', kind: 'intent', tool: 'pay_0', request: 'r1', atMs: DAY + 1_000, outcome: null, code: null },
  ...over,
});
const LOG: readonly LoggedCall[] = [
  record({}),
  record({ kind: 'outcome', outcome: 'ok', code: 'result' }),
  record({ tool: 'refund_0', request: 'r2', atMs: DAY + 2_000 }),
  record({ by: null, kind: 'outcome', tool: 'refund_0', request: 'r2', outcome: 'in-doubt', code: 'gateway_died' }),
  record({ kind: 'decision', tool: 'pay_1', request: 'r3' }),
];
const uses = (amount: number) => [
  { rule: 'grant-day', subject: 'agent-a', amount },
  { rule: 'all-day', subject: '', amount },
  { rule: 'span', subject: '', amount },
  { rule: 'burst', subject: '', amount },
  { rule: 'once', subject: '', amount: 1 },
  { rule: 'pace', subject: 'agent-a', amount: 1 },
];
const HELD: readonly HeldCall[] = [{ request: 'r2', state: 'in-doubt', uses: uses(200) }];
const COUNTERS: readonly CounterStanding[] = uses(0).map(({ rule, subject }) => {
  const [used, inDoubt] = rule === 'once' ? [0, 1] : rule === 'pace' ? [1, 1] : [300, 200];
  return { rule, subject, used, reserved: 0, inDoubt };
});
const TOLD: readonly Told[] = [
  { by: 'g', tool: 'pay_0', text: 'did pay_0', isError: false, rule: null },
  { by: 'g', tool: 'pay_1', text: 'Denied by rule `burst`', isError: true, rule: 'burst' },
];
const GOOD: Evidence = {
  ...{ executed: EXECUTED, told: TOLD, log: LOG, requests: [], held: HELD, counters: COUNTERS },
  listed: [
    { rule: 'burst', subject: '', reserved: '0.00', inDoubt: '2.00', requests: [{ request: 'r2', state: 'in-doubt' }] },
  ],
  verified: [{ home: 'h', exitCode: 0, faults: [] }],
  caps: { grantDay: 500, allDay: 500, span: 500, burst: 500 },
  crossedMidnight: false,
};

function found(evidence: Evidence): Count[] {
  return Object.entries(judge(evidence)).flatMap(([name, cases]) => (cases.length > 0 ? [name as Count] : []));
}

const counted = (rule: string, change: Partial<CounterStanding>): Partial<Evidence> => ({
  counters: COUNTERS.map((one) => (one.rule === rule ? { ...one, ...change } : one)),
});
const logged = (kind: LoggedCall['kind'], request: string, change: Partial<LoggedCall> | null): Partial<Evidence> => ({
  log: LOG.flatMap((one) => {
    if (one.kind !== kind || one.request !== request) return [one];
    return change === null ? [] : [{ ...one, ...change }];
  }),
});

describe('when evidence is judged', () => {
  it('finds nothing where every promise was kept', () => {
    expect(found(GOOD)).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, Count]>([
    ['a call without an intent', logged('intent', 'r1', null), 'executedWithoutIntent'],
    ['a call that came twice', { executed: [...EXECUTED, EXECUTED[0]!] }, 'executedTwice'],
    ['a day over the cap', { caps: { ...GOOD.caps, allDay: 499 } }, 'capExceeded'],
    ['a grant over its cap', { caps: { ...GOOD.caps, grantDay: 499 } }, 'capExceeded'],
    ['a span over the cap', { caps: { ...GOOD.caps, span: 499 } }, 'capExceeded'],
    ['a burst over the cap', { caps: { ...GOOD.caps, burst: 499 } }, 'capExceeded'],
    ['a payment that was refunded twice', { executed: [...EXECUTED, { ...EXECUTED[1]!, name: 'refund_1' }] }, 'capExceeded'], // prettier-ignore
    ['a counter above its cap', counted('burst', { used: 301 }), 'counterAboveCap'],
    ['a use that was given back', counted('grant-day', { used: 0 }), 'doubleRelease'],
    ['a doubt that was given back', counted('all-day', { inDoubt: 0 }), 'doubleRelease'],
    ['a refund that is not counted', counted('once', { inDoubt: 0 }), 'doubleRelease'],
    ['a use that was counted twice', counted('span', { used: 600 }), 'doubleCount'],
    ['a doubtful call that the store forgot', { held: [] }, 'doubleRelease'],
    ['an executed call that counts as failed', logged('outcome', 'r1', { outcome: 'failed' }), 'givenBack'],
    ['a reservation that nobody ended', { held: [{ ...HELD[0]!, state: 'reserved' }] }, 'stillReserved'],
    ['a doubt that is not listed', { listed: [] }, 'notShown'],
    ['a good answer that is in doubt', { held: [...HELD, { ...HELD[0]!, request: 'r1' }] }, 'knownInDoubt'],
    ['a good answer without its outcome', logged('outcome', 'r1', { by: 'other' }), 'acknowledgedLost'],
    ['a denial without its record', logged('decision', 'r3', null), 'acknowledgedLost'],
    ['a denial of a call that was executed', { told: [{ ...TOLD[1]!, tool: 'pay_0' }] }, 'deniedAndExecuted'],
    [
      'an error that nothing says anything about',
      { told: [{ ...TOLD[1]!, rule: null, text: 'oops' }] },
      'acknowledgedLost',
    ],
    ['an intent without an outcome', logged('outcome', 'r2', null), 'outcomesMissing'],
    ['an intent with two', { log: [...LOG, LOG[3]!] }, 'outcomesMissing'],
    [
      'a broken chain',
      { verified: [{ home: 'h', exitCode: 1, faults: [{ code: 'c', message: 'm' }] }] },
      'chainBreaks',
    ],
    ['a log that cannot be verified', { verified: [{ home: 'h', exitCode: 3, faults: [] }] }, 'chainBreaks'],
  ])('finds %s', (_what, change, count) => {
    expect(found({ ...GOOD, ...change })).toContain(count);
  });
});

describe('when the bank executes every call twice', () => {
  it('says so', { timeout: 120_000 }, async () => {
    const options = { driver: 'sqlite', kills: 8, seed: 2, gateways: 4, bankEnv: { TWICE: '1' } } as const;
    const { ok, counts, cases } = await runCampaign(options);
    expect(ok).toBe(false);
    expect(counts.executedTwice).toBeGreaterThan(0);
    expect(cases.length).toBeGreaterThan(0);
  });
});

describe('when a race is run as a command does', () => {
  it('says that the cap was met', { timeout: 60_000 }, async () => {
    const course = { driver: 'sqlite', processes: 2, reservations: 60, seed: 1, say: () => undefined } as const;
    const { ok, words } = await runRaces(course);
    expect(ok).toBe(true);
    expect(words).toContain('sqlite, spend: 2 processes x 60 reservations under a cap of 60');
    expect(words).toContain('the cap was met exactly');
  });
});
