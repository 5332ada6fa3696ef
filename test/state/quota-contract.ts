/** What every driver promises of quota. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import type { SharedStore } from '../../src/state/port.ts';
import {
  MAX_COUNT,
  type CounterState,
  type QuotaStore,
  type QuotaUse,
  type Settlement,
} from '../../src/state/quota.ts';
import type { StoreFactory } from './contract.ts';
import { ask, counter, DAY_MS, dayAt, NOON, OWNER, rolling, use } from './quota-build.ts';

const id = (request: string): RequestId => brandAs<RequestId>(request);

export function quotaContract(driver: string, makeFactory: () => Promise<StoreFactory>): void {
  describe(`the contract of quota: ${driver}`, () => {
    let factory: StoreFactory;
    let store: SharedStore;
    let quota: QuotaStore;
    let nowMs: number;

    beforeEach(async () => {
      nowMs = NOON;
      factory = await makeFactory();
      store = await factory.open(() => nowMs);
      quota = store.quota;
    });
    afterEach(async () => {
      await store.close();
      await factory.dispose();
    });

    const daily = () => counter('daily', dayAt(nowMs));
    const reserve = (request: string, ...uses: QuotaUse[]) => quota.reserve(ask(request, uses));
    const settle = (request: string, outcome: Settlement['outcome'], forwardedMs: number | null = null) =>
      quota.settle({ request: id(request), outcome, forwardedMs });
    const states = async (): Promise<Record<string, readonly number[]>> =>
      Object.fromEntries(
        (await quota.counters()).map((one: CounterState) => [
          one.counter.rule,
          [one.used, one.reserved, one.inDoubt, one.closed],
        ]),
      );

    it('says what its clock shows', async () => {
      expect(await quota.nowMs()).toBe(NOON);
      nowMs += 12_345;
      expect(await quota.nowMs()).toBe(NOON + 12_345);
    });

    describe('when uses are reserved', () => {
      it('holds a use up to the cap exactly, and refuses one more with where the counter stands', async () => {
        expect(await reserve('r1', use(daily(), 60, 100))).toMatchObject({ is: 'held', nowMs });
        expect(await reserve('r2', use(daily(), 40, 100))).toMatchObject({ is: 'held', nowMs });
        expect(await reserve('r3', use(daily(), 1, 100))).toEqual({
          is: 'refused',
          nowMs,
          refusals: [
            {
              use: 0,
              why: 'over',
              standing: { used: 0, reserved: 100, inDoubt: 0, closed: 0 },
              resetsMs: NOON + DAY_MS / 2,
            },
          ],
        });
        expect(await states()).toEqual({ daily: [0, 100, 0, 0] });
      });

      it('says what each counter stood at beside the ask, in the order of its uses', async () => {
        const [a, b] = [counter('a', dayAt(nowMs)), counter('b', rolling(DAY_MS))];
        const nothing = { used: 0, reserved: 0, inDoubt: 0, closed: 0 };
        expect(await reserve('r1', use(a, 10, 100), use(b, 1, 10))).toEqual({
          ...{ is: 'held', nowMs, standings: [nothing, nothing] },
        });
        await settle('r1', 'ok');
        await reserve('r2', use(a, 5, 100), use(b, 1, 10));
        await reserve('r3', use(b, 2, 10), use(a, 7, 100));
        await settle('r3', 'in-doubt');
        const before = { is: 'held', nowMs, standings: [{ ...nothing, used: 10, reserved: 5, inDoubt: 7 }] };
        expect(await reserve('r4', use(a, 1, 100))).toEqual(before);
        // Asked for again under the same request, it does not count against itself.
        expect(await reserve('r4', use(a, 2, 100))).toEqual(before);
        expect(await reserve('r5', use(b, 1, 10), use(a, 0, 1, { over: 'admit' }))).toEqual({
          ...{ is: 'held', nowMs },
          standings: [
            { ...nothing, used: 1, reserved: 1, inDoubt: 2 },
            { ...nothing, used: 10, reserved: 7, inDoubt: 7 },
          ],
        });
      });

      it('reserves every counter of a call or none, and names each that refuses', async () => {
        const [a, b, c] = ['a', 'b', 'c'].map((name) => counter(name, dayAt(nowMs)));
        await reserve('r1', use(b!, 10, 10), use(c!, 10, 10));
        const answer = await reserve('r2', use(a!, 1, 10), use(b!, 1, 10), use(c!, 1, 10));
        expect(answer.is === 'refused' && answer.refusals.map(({ use: place }) => place)).toEqual([1, 2]);
        expect(await states()).toEqual({ b: [0, 10, 0, 0], c: [0, 10, 0, 0] });
      });

      it('counts the cap of the ask, not an older one', async () => {
        await reserve('r1', use(daily(), 50, 100));
        expect((await reserve('r2', use(daily(), 1, 50))).is).toBe('refused');
        expect((await reserve('r3', use(daily(), 100, 150))).is).toBe('held');
      });

      it('admits a use of nothing, and a cap of nothing admits nothing else', async () => {
        expect((await reserve('r1', use(daily(), 0, 0))).is).toBe('held');
        expect((await reserve('r2', use(daily(), 1, 0))).is).toBe('refused');
      });

      it('holds amounts up to 2^53-1 exactly and refuses sums above it, whatever admits them', async () => {
        expect((await reserve('r1', use(daily(), MAX_COUNT - 1, MAX_COUNT))).is).toBe('held');
        expect((await reserve('r2', use(daily(), 1, MAX_COUNT))).is).toBe('held');
        expect(await states()).toEqual({ daily: [0, MAX_COUNT, 0, 0] });
        const answer = await reserve('r3', use(daily(), 1, MAX_COUNT, { over: 'admit' }));
        expect(answer.is === 'refused' && answer.refusals[0]?.why).toBe('too_large');
      });

      it('refuses amounts and caps that cannot be counted, and a counter named twice', async () => {
        for (const bad of [MAX_COUNT + 1, -1, 0.5, Number.NaN])
          await expect(reserve('r', use(daily(), bad, 10))).rejects.toMatchObject({ code: 'conflict' });
        await expect(reserve('r', use(daily(), 1, -1))).rejects.toMatchObject({ code: 'conflict' });
        await expect(reserve('r', use(daily(), 1, 9), use(daily(), 1, 9))).rejects.toMatchObject({ code: 'conflict' });
        expect(await quota.requests()).toEqual([]);
      });

      it('admits a use above the cap that a verdict names, and counts it', async () => {
        await reserve('r1', use(daily(), 100, 100));
        expect((await reserve('r2', use(daily(), 50, 100, { over: 'admit' }))).is).toBe('held');
        await settle('r2', 'ok');
        expect(await states()).toEqual({ daily: [50, 100, 0, 0] });
      });

      it('is seen by another connection at once', async () => {
        const other = await factory.open(() => nowMs);
        await reserve('r1', use(daily(), 100, 100));
        expect((await other.quota.reserve(ask('r2', [use(daily(), 1, 100)]))).is).toBe('refused');
        await other.close();
      });

      it('never passes the cap, whoever reserves at the same time', async () => {
        const other = await factory.open(() => nowMs);
        const answers = await Promise.all(
          Array.from({ length: 60 }, (_, n) =>
            (n % 2 === 0 ? store : other).quota.reserve(ask(`r${n}`, [use(daily(), 3, 100)])),
          ),
        );
        expect(answers.filter(({ is }) => is === 'held')).toHaveLength(33);
        expect(await states()).toEqual({ daily: [0, 99, 0, 0] });
        await other.close();
      });

      it('keeps the words of a counter, and no more than its digest of what it is split by', async () => {
        const keyed = counter('once', dayAt(nowMs), {
          keyed: true,
          unit: 'calls',
          scope: 'upstream',
          subject: 'stripe',
        });
        await reserve('r1', use(keyed, 1, 1));
        const [found] = await quota.counters();
        expect(found).toMatchObject({ counter: keyed, cap: 1, resetsMs: NOON + DAY_MS / 2 });
        const unruled = counter('bare', dayAt(nowMs), { policy: null, scope: 'global', subject: '' });
        await reserve('r2', use(unruled, 1, 1));
        expect((await quota.counters()).map((one) => one.counter)).toContainEqual(unruled);
      });
    });

    describe('when a reservation is settled', () => {
      it('counts it on `ok`, gives it back on `failed`, keeps it in doubt otherwise', async () => {
        for (const request of ['r1', 'r2', 'r3']) await reserve(request, use(daily(), 10, 30));
        expect(await settle('r1', 'ok')).toBe(true);
        expect(await settle('r2', 'failed')).toBe(true);
        expect(await settle('r3', 'in-doubt')).toBe(true);
        expect(await states()).toEqual({ daily: [10, 0, 10, 0] });
        expect((await reserve('r4', use(daily(), 11, 30))).is).toBe('refused');
        expect((await reserve('r5', use(daily(), 10, 30))).is).toBe('held');
      });

      it.each(['ok', 'failed'] as const)('settles `%s` once, whatever is said again', async (outcome) => {
        await reserve('keep', use(daily(), 5, 100));
        await reserve('r1', use(daily(), 10, 100));
        expect(await settle('r1', outcome)).toBe(true);
        for (const again of ['ok', 'failed', 'in-doubt'] as const) expect(await settle('r1', again)).toBe(false);
        expect(await states()).toEqual({ daily: [outcome === 'ok' ? 10 : 0, 5, 0, 0] });
      });

      it('answers false for a request that nobody reserved', async () => {
        expect(await settle('nobody', 'failed')).toBe(false);
      });

      it.each(['ok', 'failed'] as const)('lets doubt end as `%s` when somebody learns more', async (outcome) => {
        await reserve('r1', use(daily(), 10, 100));
        await settle('r1', 'in-doubt');
        await settle('r1', 'in-doubt');
        expect(await settle('r1', outcome)).toBe(true);
        expect(await settle('r1', outcome)).toBe(false);
        expect(await states()).toEqual(outcome === 'ok' ? { daily: [10, 0, 0, 0] } : {});
      });

      it('credits no later window with what comes back late', async () => {
        await reserve('r1', use(daily(), 80, 100));
        await reserve('r2', use(daily(), 10, 100));
        nowMs += DAY_MS;
        await reserve('r3', use(daily(), 100, 100));
        await settle('r1', 'failed');
        await settle('r2', 'ok');
        expect(await states()).toEqual({ daily: [0, 100, 0, 0] });
        expect((await reserve('r4', use(daily(), 1, 100))).is).toBe('refused');
      });
    });

    describe('when a window ends', () => {
      it('begins the next one with nothing', async () => {
        await reserve('r1', use(daily(), 100, 100));
        await settle('r1', 'ok');
        nowMs = NOON + DAY_MS / 2 - 1;
        expect((await reserve('r2', use(daily(), 1, 100))).is).toBe('refused');
        nowMs += 1;
        expect((await reserve('r3', use(daily(), 100, 100))).is).toBe('held');
      });

      it('asks for the windows of its own instant, and holds nothing meanwhile', async () => {
        const stale = daily();
        nowMs += DAY_MS;
        expect(await reserve('r1', use(stale, 1, 100))).toEqual({ is: 'window_passed', nowMs });
        nowMs -= 2 * DAY_MS;
        expect(await reserve('r2', use(stale, 1, 100))).toEqual({ is: 'window_passed', nowMs });
        expect(await quota.requests()).toEqual([]);
      });
    });

    describe('when the window rolls', () => {
      const SPAN = 60_000;
      const pace = counter('pace', rolling(SPAN), { unit: 'calls' });

      it('admits no more than the cap in any span of that length', async () => {
        const admitted: number[] = [];
        for (let step = 0; step < 400; step += 1) {
          nowMs += (step * 7_919) % 997;
          if ((await reserve(`r${step}`, use(pace, 1, 5))).is === 'held') {
            admitted.push(nowMs);
            await settle(`r${step}`, 'ok', nowMs);
          }
        }
        expect(admitted.length).toBeGreaterThan(10);
        for (const from of admitted)
          expect(admitted.filter((at) => at >= from && at < from + SPAN).length).toBeLessThanOrEqual(5);
      });

      it('gives a use back a thousandth of the span after it is over, and not before', async () => {
        await reserve('r1', use(pace, 1, 1));
        await settle('r1', 'ok', nowMs);
        nowMs += SPAN - 1;
        expect((await reserve('r2', use(pace, 1, 1))).is).toBe('refused');
        nowMs += 1 + SPAN / 1_000;
        expect((await reserve('r3', use(pace, 1, 1))).is).toBe('held');
      });

      it('counts a use that is not forwarded yet for as long as that takes, then from its own instant', async () => {
        await reserve('r1', use(pace, 1, 1));
        nowMs += 10 * SPAN;
        expect((await reserve('r2', use(pace, 1, 1))).is).toBe('refused');
        await settle('r1', 'ok', nowMs);
        nowMs += SPAN - 1;
        expect((await reserve('r3', use(pace, 1, 1))).is).toBe('refused');
      });

      it('says when the first of its uses comes back', async () => {
        await reserve('r1', use(pace, 1, 2));
        await settle('r1', 'ok', nowMs);
        nowMs += 1_000;
        await reserve('r2', use(pace, 1, 2));
        const answer = await reserve('r3', use(pace, 1, 2));
        const resetsMs = answer.is === 'refused' ? (answer.refusals[0]?.resetsMs ?? 0) : 0;
        expect(resetsMs).toBeGreaterThan(NOON + SPAN);
        expect(resetsMs).toBeLessThanOrEqual(NOON + SPAN + 2 * (SPAN / 1_000));
      });

      it('keeps doubt for its span', async () => {
        await reserve('r1', use(pace, 1, 1));
        await settle('r1', 'in-doubt', nowMs);
        expect(await states()).toEqual({ pace: [0, 0, 1, 0] });
        nowMs += SPAN - 1;
        expect((await reserve('r2', use(pace, 1, 1))).is).toBe('refused');
        nowMs += 1 + SPAN / 1_000;
        expect((await reserve('r3', use(pace, 1, 1))).is).toBe('held');
        expect(await settle('r1', 'failed')).toBe(true);
        expect((await reserve('r4', use(pace, 1, 1))).is).toBe('refused');
      });
    });

    describe('when a request is reserved again', () => {
      it('takes the place of its own reservation, whose uses do not count against it', async () => {
        await reserve('r1', use(daily(), 80, 100));
        expect((await reserve('r1', use(daily(), 90, 100))).is).toBe('held');
        expect(await states()).toEqual({ daily: [0, 90, 0, 0] });
        const other = counter('other', dayAt(nowMs));
        expect((await reserve('r1', use(other, 5, 10))).is).toBe('held');
        expect(await states()).toEqual({ other: [0, 5, 0, 0] });
      });

      it('moves into the window of the later instant', async () => {
        await reserve('r1', use(daily(), 80, 100));
        nowMs += DAY_MS;
        expect((await reserve('r1', use(daily(), 80, 100))).is).toBe('held');
        await settle('r1', 'ok');
        expect(await states()).toEqual({ daily: [80, 0, 0, 0] });
      });

      it('stays as it was when that is refused', async () => {
        await reserve('r1', use(daily(), 80, 100));
        expect((await reserve('r1', use(daily(), 101, 100))).is).toBe('refused');
        expect(await states()).toEqual({ daily: [0, 80, 0, 0] });
        await settle('r1', 'failed');
        expect(await states()).toEqual({});
      });

      it('is refused for one that is in doubt', async () => {
        await reserve('r1', use(daily(), 80, 100));
        await settle('r1', 'in-doubt');
        await expect(reserve('r1', use(daily(), 1, 100))).rejects.toMatchObject({
          name: 'StateError',
          code: 'conflict',
        });
      });
    });

    describe('when processes die', () => {
      it('names those that have reservations, and moves all of one into doubt', async () => {
        const dead = { ...OWNER, pid: 1 };
        await quota.reserve(ask('r1', [use(daily(), 10, 100)], { owner: dead }));
        await quota.reserve(ask('r2', [use(daily(), 20, 100)], { owner: dead }));
        await reserve('r3', use(daily(), 30, 100));
        await settle('r2', 'ok');
        expect(await quota.owners()).toHaveLength(2);
        expect(await quota.owners()).toEqual(expect.arrayContaining([OWNER, dead]));
        expect(await quota.abandon(dead)).toEqual(['r1']);
        expect(await quota.abandon(dead)).toEqual([]);
        expect(await quota.owners()).toEqual([OWNER]);
        expect(await states()).toEqual({ daily: [20, 30, 10, 0] });
      });

      it('counts a reservation as in doubt once nobody can be waiting for it any more', async () => {
        await quota.reserve(ask('r1', [use(daily(), 10, 100)], { leaseMs: 5_000 }));
        nowMs += 4_999;
        expect((await quota.requests()).map(({ state }) => state)).toEqual(['reserved']);
        nowMs += 1;
        expect((await quota.requests()).map(({ state }) => state)).toEqual(['in-doubt']);
        expect(await states()).toEqual({ daily: [0, 0, 10, 0] });
        expect(await settle('r1', 'ok')).toBe(true);
        expect(await states()).toEqual({ daily: [10, 0, 0, 0] });
      });
    });

    describe('when an operator settles what nobody knows', () => {
      it('lists reservations with who asked, for which tool and what they hold', async () => {
        await reserve('r1', use(daily(), 10, 100));
        nowMs += 5;
        await reserve('r2', use(daily(), 20, 100));
        await settle('r2', 'in-doubt');
        const [first, second] = await quota.requests();
        expect(first).toEqual({
          request: 'r1',
          grant: 'agent',
          principal: 'agent@acme.example',
          tool: 'stripe/create_refund',
          owner: OWNER,
          state: 'reserved',
          atMs: NOON,
          uses: [{ counter: daily(), amount: 10, closes: false }],
        });
        expect(second).toMatchObject({ request: 'r2', state: 'in-doubt', atMs: NOON + 5 });
      });

      it('resolves doubt either way, and nothing that is not in doubt', async () => {
        for (const request of ['r1', 'r2', 'r3']) await reserve(request, use(daily(), 10, 100));
        await settle('r1', 'in-doubt');
        await settle('r2', 'in-doubt');
        expect(await quota.resolve(id('r1'), 'ok')).toBe('done');
        expect(await quota.resolve(id('r2'), 'failed')).toBe('done');
        expect(await quota.resolve(id('r2'), 'failed')).toBe('unknown');
        expect(await quota.resolve(id('r3'), 'failed')).toBe('wrong_state');
        expect(await states()).toEqual({ daily: [10, 10, 0, 0] });
      });

      it('forgets what a counter has used, and keeps what is reserved or in doubt', async () => {
        for (const request of ['r1', 'r2', 'r3']) await reserve(request, use(daily(), 10, 30));
        await settle('r1', 'ok');
        await settle('r2', 'in-doubt');
        expect(await quota.reset(daily().id)).toBe(true);
        expect(await states()).toEqual({ daily: [0, 10, 10, 0] });
        expect(await quota.reset('0'.repeat(64))).toBe(false);
      });

      it('forgets once, and then the counter stands at nothing', async () => {
        await reserve('r1', use(daily(), 10, 30));
        await settle('r1', 'ok');
        expect(await quota.reset(daily().id)).toBe(true);
        expect(await quota.reset(daily().id)).toBe(false);
        expect(await quota.counters()).toEqual([]);
      });
    });

    describe('when the amount of an approved use is not known', () => {
      const closing = (of = daily()) => use(of, 0, 100, { over: 'admit', closes: true });

      it('admits nothing more in the window until an operator enters the amount', async () => {
        await reserve('r1', closing());
        expect(await states()).toEqual({ daily: [0, 0, 0, 1] });
        const answer = await reserve('r2', use(daily(), 1, 100));
        expect(answer.is === 'refused' && answer.refusals[0]?.why).toBe('closed');
        expect(await settle('r1', 'ok')).toBe(true);
        expect((await quota.requests()).map(({ state }) => state)).toEqual(['unbounded']);
        expect((await reserve('r3', use(daily(), 1, 100))).is).toBe('refused');
        expect(await quota.enter(id('r1'), 'EUR', 60)).toBe('wrong_state');
        expect(await quota.enter(id('r1'), 'USD', 60)).toBe('done');
        expect(await quota.enter(id('r1'), 'USD', 60)).toBe('unknown');
        expect(await states()).toEqual({ daily: [60, 0, 0, 0] });
        expect((await reserve('r4', use(daily(), 40, 100))).is).toBe('held');
      });

      it('opens the windows of the other currencies when the amount is entered in one', async () => {
        const euros = counter('daily-eur', dayAt(nowMs), { unit: 'EUR' });
        await reserve('r1', closing(), closing(euros));
        await settle('r1', 'ok');
        await quota.enter(id('r1'), 'EUR', 500);
        expect(await states()).toEqual({ 'daily-eur': [500, 0, 0, 0] });
        expect((await reserve('r2', use(daily(), 100, 100))).is).toBe('held');
        expect((await reserve('r3', use(euros, 1, 100))).is).toBe('refused');
      });

      it('opens again when nothing happened, and stays closed while nobody knows', async () => {
        await reserve('r1', closing());
        await settle('r1', 'failed');
        expect((await reserve('r2', use(daily(), 100, 100))).is).toBe('held');
        await settle('r2', 'failed');
        await reserve('r3', closing());
        await settle('r3', 'in-doubt');
        expect((await reserve('r4', use(daily(), 1, 100))).is).toBe('refused');
        expect(await quota.resolve(id('r3'), 'ok')).toBe('done');
        expect((await quota.requests()).map(({ state }) => state)).toEqual(['unbounded']);
        expect((await reserve('r5', use(daily(), 1, 100))).is).toBe('refused');
      });

      it('closes a rolling span until the amount is entered, however long that takes', async () => {
        const span = counter('span', rolling(60_000));
        await reserve('r1', closing(span));
        await settle('r1', 'ok', nowMs);
        nowMs += 10 * 60_000;
        expect((await reserve('r2', use(span, 1, 100))).is).toBe('refused');
        expect(await quota.enter(id('r1'), 'USD', 30)).toBe('done');
        expect((await reserve('r3', use(span, 71, 100))).is).toBe('refused');
        expect((await reserve('r4', use(span, 70, 100))).is).toBe('held');
        await settle('r4', 'failed');
        nowMs += 2 * 60_000;
        expect((await reserve('r5', use(span, 100, 100))).is).toBe('held');
      });

      it('counts no more than every driver can hold, whatever is entered', async () => {
        await reserve('r1', closing());
        await settle('r1', 'ok');
        await reserve('r2', use(daily(), 50, 100, { over: 'admit' }));
        expect(await quota.enter(id('r1'), 'USD', MAX_COUNT)).toBe('done');
        expect(await states()).toEqual({ daily: [MAX_COUNT - 50, 50, 0, 0] });
        const answer = await reserve('r3', use(daily(), 1, 100, { over: 'admit' }));
        expect(answer.is === 'refused' && answer.refusals[0]?.why).toBe('too_large');
      });

      it('has no amount of its own', async () => {
        const both = reserve('r1', use(daily(), 5, 100, { closes: true }));
        await expect(both).rejects.toMatchObject({ code: 'conflict' });
        await reserve('r2', closing());
        await settle('r2', 'ok');
        await expect(quota.enter(id('r2'), 'USD', MAX_COUNT + 1)).rejects.toMatchObject({ code: 'conflict' });
      });
    });

    describe('when the clock steps back', () => {
      it('bears two seconds, in which time stands still', async () => {
        await reserve('r1', use(daily(), 10, 100));
        nowMs -= 2_000;
        expect(await reserve('r2', use(daily(), 10, 100))).toMatchObject({ is: 'held', nowMs: NOON });
      });

      it('refuses to count by it when it is more, and says by how much', async () => {
        await reserve('r1', use(daily(), 10, 100));
        nowMs -= 3_600_000;
        expect(await reserve('r2', use(daily(), 10, 100))).toEqual({
          is: 'clock_back',
          nowMs: NOON,
          behindMs: 3_600_000,
        });
        expect(await quota.requests()).toHaveLength(1);
        nowMs = NOON;
        expect((await reserve('r3', use(daily(), 10, 100))).is).toBe('held');
      });
    });

    describe('when the clock leaps ahead and is put right', () => {
      it('keeps what was used, whatever else was counted meanwhile', async () => {
        await reserve('r1', use(daily(), 100, 100));
        await settle('r1', 'ok');
        nowMs += 3 * DAY_MS;
        await reserve('r2', use(counter('other', dayAt(nowMs)), 1, 100));
        nowMs -= 3 * DAY_MS;
        expect((await reserve('r3', use(daily(), 1, 100))).is).toBe('refused');
        expect(await states()).toMatchObject({ daily: [100, 0, 0, 0] });
      });

      it('counts again where it had counted ahead once an operator has reset it', async () => {
        nowMs += 3 * DAY_MS;
        await reserve('r1', use(daily(), 100, 100));
        await settle('r1', 'ok');
        nowMs -= 3 * DAY_MS;
        expect((await reserve('r2', use(daily(), 1, 100))).is).toBe('clock_back');
        expect(await quota.reset(daily().id)).toBe(true);
        expect((await reserve('r3', use(daily(), 100, 100))).is).toBe('held');
      });
    });

    describe('when the store is opened again', () => {
      it('stands where it stood', async () => {
        await reserve('r1', use(daily(), 10, 100));
        await reserve('r2', use(daily(), 20, 100));
        await settle('r1', 'ok');
        await store.close();
        store = await factory.open(() => nowMs);
        quota = store.quota;
        expect(await states()).toEqual({ daily: [10, 20, 0, 0] });
        expect((await quota.requests()).map(({ request }) => request)).toEqual(['r2']);
      });
    });
  });
}
