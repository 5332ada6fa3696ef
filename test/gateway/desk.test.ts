/** The desk on a real store, with a clock of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  brandAs,
  type Limit,
  type Obligation,
  type PolicyName,
  type RequestId,
  type Source,
} from '../../src/core/index.ts';
import { QuotaDesk } from '../../src/gateway/index.ts';
import type { Asked } from '../../src/gateway/parts.ts';
import { lengthWords } from '../../src/gateway/quota-words.ts';
import { openSqliteStore, type QuotaStore, type Store } from '../../src/state/index.ts';
import { call } from '../core/build.ts';
import { DAY_MS, NOON, OWNER } from '../state/quota-build.ts';

function source(rule: string): Source {
  return { rule, pointer: '/rules/0', policy: brandAs<PolicyName>('support'), policyHash: null };
}

let folder: string;
let store: Store;
let clockMs: number;
let elapsedMs: number;
const said: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-desk-'));
  clockMs = NOON;
  elapsedMs = 0;
  said.length = 0;
  store = await openSqliteStore(join(folder, 'state.db'), { clock: () => clockMs });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function desk(over: Partial<ConstructorParameters<typeof QuotaDesk>[0]> = {}): QuotaDesk {
  const parts = { quota: store.quota, owner: OWNER, nowMs: () => clockMs, elapsedMs: () => elapsedMs };
  return new QuotaDesk({ ...parts, warn: (sentence) => said.push(sentence), ...over });
}

/** Time that passes for the machine and for the store. */
function pass(ms: number): void {
  clockMs += ms;
  elapsedMs += ms;
}

const CALLS: Limit = {
  counts: { unit: 'calls', cap: 2n },
  window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
  scope: 'grant',
  key: [],
  exceed: 'deny',
  unknown: 'deny',
};

function limited(limit: Partial<Limit> = {}): Obligation[] {
  return [{ type: 'reserve', source: source('pace'), limit: { ...CALLS, ...limit } }];
}

function asked(request: string): Asked {
  return { request: brandAs<RequestId>(request), call: call({}), timeoutMs: 60_000, durable: false };
}

async function held(of: QuotaDesk, request: string, obligations = limited()) {
  const reservation = await of.reserve(obligations, asked(request));
  if ('settle' in reservation) return reservation;
  throw new Error('message' in reservation ? reservation.message : 'a limit asks a person');
}

async function standing(): Promise<readonly number[][]> {
  return (await store.quota.counters()).map(({ used, reserved, inDoubt }) => [used, reserved, inDoubt]);
}

describe('when nothing limits a call', () => {
  it('asks no store', async () => {
    await store.close();
    const reservation = await held(desk(), 'r1', []);
    expect(await reservation.confirm()).toBeNull();
    await reservation.settle('ok');
    expect(said).toEqual([]);
  });
});

describe('when a call is about to be written', () => {
  it('goes in the window that it was reserved in', async () => {
    const one = await held(desk(), 'r1');
    pass(DAY_MS / 2 - 1);
    expect(await one.confirm()).toBeNull();
    await one.settle('ok');
    expect(await standing()).toEqual([[1, 0, 0]]);
  });

  it('moves into the window of the instant of forwarding when its own has ended', async () => {
    const one = await held(desk(), 'r1');
    pass(DAY_MS / 2);
    expect(await one.confirm()).toBeNull();
    await one.settle('ok');
    expect(await standing()).toEqual([[1, 0, 0]]);
  });

  it('is denied when the window of the instant of forwarding is full', async () => {
    const of = desk();
    const late = await held(of, 'late');
    pass(DAY_MS / 2);
    for (const request of ['r1', 'r2']) await (await held(of, request)).settle('ok');
    expect(await late.confirm()).toMatchObject({ code: 'limit', source: { rule: 'pace' } });
    await late.settle('failed');
    expect(await standing()).toEqual([[2, 0, 0]]);
  });

  it('counts a rolling use from when it was forwarded, not from when it was reserved', async () => {
    const rolling = limited({ window: { is: 'rolling', spanMs: 60_000 }, counts: { unit: 'calls', cap: 1n } });
    const one = await held(desk(), 'r1', rolling);
    pass(50_000);
    expect(await one.confirm()).toBeNull();
    await one.settle('ok');
    pass(59_999);
    expect(await desk().reserve(rolling, asked('r2'))).toMatchObject({ code: 'limit' });
    pass(61);
    await held(desk(), 'r3', rolling);
  });
});

describe('when a process was stopped before the call was written', () => {
  it('asks anew, and is denied what somebody settled meanwhile', async () => {
    const of = desk();
    const one = await held(of, 'r1');
    pass(200_000);
    expect((await store.quota.requests()).map(({ state }) => state)).toEqual(['in-doubt']);
    expect(await store.quota.resolve(brandAs<RequestId>('r1'), 'failed')).toBe('done');
    for (const request of ['r2', 'r3']) await (await held(of, request)).settle('ok');
    expect(await one.confirm()).toMatchObject({ code: 'limit' });
    await one.settle('failed');
    expect(await standing()).toEqual([[2, 0, 0]]);
  });

  it('is not written while it is in doubt, and ends as one that never was', async () => {
    const one = await held(desk(), 'r1');
    pass(200_000);
    await store.quota.requests();
    await expect(one.confirm()).rejects.toMatchObject({ name: 'StateError', code: 'conflict' });
    await one.settle('failed');
    expect(await standing()).toEqual([]);
  });
});

describe('when the clock of the store is another than that of this machine', () => {
  it('counts in the windows of the store', async () => {
    const of = desk({ nowMs: () => clockMs - 3 * DAY_MS });
    await (await held(of, 'r1')).settle('ok');
    await (await held(of, 'r2')).settle('ok');
    expect(await of.reserve(limited(), asked('r3'))).toMatchObject({
      code: 'limit',
      message: expect.stringContaining(new Date(NOON + DAY_MS / 2).toISOString().slice(0, 19)) as string,
    });
  });

  it('denies while it is behind what it showed before, and says so', async () => {
    const of = desk();
    await held(of, 'r1');
    clockMs -= 3_600_000;
    expect(await of.reserve(limited(), asked('r2'))).toEqual({
      source: source('pace'),
      code: 'clock',
      message:
        'Denied: the clock of the state store stepped back by 1 h, so rule `pace` cannot count this call. Tell the operator; it works again when the clock has caught up or was set right.',
    });
    clockMs += 3_600_000;
    await held(of, 'r3');
  });
});

describe('when the store is away', () => {
  /** Fails while `away` is true, before or after the real store has done its part. */
  function shaky(when: { away: boolean }, does: 'nothing' | 'half'): QuotaStore {
    const failing = new Error('the store is away');
    return new Proxy(store.quota, {
      get: (quota, key: keyof QuotaStore) => async (argument: never) => {
        if (when.away && does === 'nothing') throw failing;
        const answer: unknown = await (quota[key] as (argument: never) => Promise<unknown>).call(quota, argument);
        if (when.away) throw failing;
        return answer;
      },
    });
  }

  it('tells it the end of a call when it is back, and holds up no answer', async () => {
    const when = { away: false };
    const of = desk({ quota: shaky(when, 'nothing') });
    const one = await held(of, 'r1');
    when.away = true;
    await one.settle('ok');
    expect(said).toEqual(['the state store did not take the end of a call, and will be told again: the store is away']);
    expect(await standing()).toEqual([[0, 1, 0]]);
    when.away = false;
    await expect.poll(standing).toEqual([[1, 0, 0]]);
  });

  it('gives back what may have been reserved although it did not say so', async () => {
    const when = { away: true };
    const of = desk({ quota: shaky(when, 'half') });
    await expect(of.reserve(limited(), asked('r1'))).rejects.toThrow('the store is away');
    await expect.poll(standing).toEqual([]);
  });

  it('says at the end what it could not tell', async () => {
    const when = { away: false };
    const of = desk({ quota: shaky(when, 'nothing') });
    const one = await held(of, 'r1');
    when.away = true;
    await one.settle('in-doubt');
    await of.end();
    expect(said.at(-1)).toBe(
      'the ends of 1 call(s) are not in the state store: `countersign quota list` shows them in doubt',
    );
  });
});

describe('lengths of time in words', () => {
  it.each([
    [0, '1 s'],
    [59_999, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_600_000 * 3 + 12 * 60_000 + 5_000, '3 h 12 min'],
    [2 * DAY_MS + 1_000, '2 d'],
    [DAY_MS + 3_600_000, '1 d 1 h'],
  ])('says %i ms as %s', (ms, words) => {
    expect(lengthWords(ms)).toBe(words);
  });
});
