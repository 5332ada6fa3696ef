/** Asking people, on a real store that answers badly. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heldBy, requestSealer } from '../../src/approvals/index.ts';
import { type ApprovalId, brandAs, type Obligation, type PolicyName, type RequestId } from '../../src/core/index.ts';
import { QuotaDesk } from '../../src/gateway/index.ts';
import { obtain } from '../../src/gateway/obtain.ts';
import { waitFor } from '../../src/gateway/waiting.ts';
import type { Permitted } from '../../src/gateway/permitted.ts';
import { type ApprovalStore, openSqliteStore, type QuotaStore, StateError, type Store } from '../../src/state/index.ts';
import { call } from '../core/build.ts';
import { NOON, OWNER } from '../state/quota-build.ts';

const ID = brandAs<ApprovalId>('ap-1');
const OTHER = { ...OWNER, pid: OWNER.pid + 1 };
const source = { rule: 'pace', pointer: '/rules/0', policy: brandAs<PolicyName>('support'), policyHash: null };
const obligations: Obligation[] = [
  { type: 'approve', source, approve: { count: 1, roles: [] } },
  {
    ...{ type: 'reserve', source },
    limit: {
      counts: { unit: 'calls', cap: 2n },
      window: { is: 'calendar', unit: 'day', timezone: 'UTC' },
      ...{ scope: 'grant', key: [], exceed: 'deny', unknown: 'deny' },
    },
  },
];

let folder: string;
let store: Store;
/** The link of the first gateway to the store. */
let isAway: boolean;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-obtain-'));
  store = await openSqliteStore(join(folder, 'state.db'), { clock: () => NOON });
  isAway = false;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A store whose every operation fails while the link is down. */
function linked<T extends object>(to: T, over: Partial<T> = {}): T {
  return new Proxy(to, {
    get: (target, name) => {
      const own: unknown = Reflect.get(over, name) ?? Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      return async (...args: unknown[]): Promise<unknown> => {
        if (isAway) throw lost();
        return (await Reflect.apply(own, target, args)) as unknown;
      };
    },
  });
}

const lost = () => new StateError('unavailable', 'the link is down');

function desk(quota: QuotaStore, owner = OWNER): QuotaDesk {
  return new QuotaDesk({ quota, owner, nowMs: () => NOON, elapsedMs: () => 0, warn: () => undefined });
}

const asked = { request: heldBy(ID), call: call({}), timeoutMs: 60_000, durable: false };

/** A call in a gateway whose requests open as `approvals` says. */
function permitted(quota: QuotaDesk, approvals: ApprovalStore): Permitted {
  const facts = call({});
  const registry = { all: () => [{ state: 'active' }], personsOf: () => ['a person'] };
  const part = {
    config: { name: facts.upstream, timeoutMs: 60_000 },
    binding: () => Promise.resolve({ pairing: '', secrets: [] }),
  };
  return {
    parts: {
      ...{ quota, nowMs: () => NOON, log: { write: () => undefined } },
      digests: { of: () => '' },
      approvals: {
        ...{ store: approvals, owner: OWNER, origin: 'here', newId: () => ID, newNonce: () => '0'.repeat(32) },
        ...{ registry: () => Promise.resolve(registry), sealer: () => Promise.resolve(requestSealer('secret')) },
        notify: () => undefined,
      },
    },
    ...{ request: brandAs<RequestId>('r1'), terms: { reveal: [], shadow: [] }, call: { args: new Map() } },
    ...{ facts, entry: null, source, obligations, durable: false, pass: { hasApprovals: false }, gatedMs: 0 },
    ...{ grant: { name: facts.grant.name, principal: facts.principal, owner: null } },
    ...{ tool: { tool: facts.tool, name: 'refund', behind: { part, pins: new Map() }, standing: 'accepted' } },
    approvals: { waitMs: 0, expireMs: 900_000, pending: 10 },
  } as unknown as Permitted;
}

/** The request takes hold, and the answer that says so is lost. */
async function openUnanswered(quota: QuotaDesk): Promise<void> {
  const approvals = linked(store.approvals, {
    open: async (...args) => {
      await store.approvals.open(...args);
      isAway = true;
      throw lost();
    },
  });
  await expect(obtain(permitted(quota, approvals))).rejects.toThrow('the link is down');
}

const standing = async () =>
  (await store.quota.counters()).map(({ used, reserved, inDoubt }) => [used, reserved, inDoubt]);

describe('when nobody answers whether a request was opened', () => {
  it('gives nothing back that another gateway executes under it meanwhile', async () => {
    const first = desk(linked(store.quota));
    await openUnanswered(first);
    expect((await store.approvals.find(ID))?.state).toBe('open');
    expect(await store.approvals.claim(ID, OTHER)).toBe(true);
    const reservation = await desk(store.quota, OTHER).takeOver(obligations, asked, []);
    if ('message' in reservation) throw new Error(reservation.message);
    isAway = false;
    await first.end();
    expect(await standing()).toEqual([[0, 1, 0]]);
    await reservation.settle('in-doubt');
    await store.approvals.end(ID, 'executed', 'in-doubt');
    await first.end();
    expect(await standing()).toEqual([[0, 0, 1]]);
  });

  it('ends it as soon as the store can be reached, and gives back what it held', async () => {
    const first = desk(linked(store.quota));
    await openUnanswered(first);
    expect(await standing()).toEqual([[0, 1, 0]]);
    isAway = false;
    await first.end();
    expect((await store.approvals.find(ID))?.state).toBe('void');
    expect(await standing()).toEqual([]);
  });

  it('gives back at once what was never opened', async () => {
    const full = linked(store.approvals, { open: () => Promise.reject(lost()) });
    await expect(obtain(permitted(desk(store.quota), full))).rejects.toThrow('the link is down');
    expect(await standing()).toEqual([]);
  });
});

describe('when the store does not know what somebody waits for', () => {
  it('gives nothing back: it may be what another gateway executes', async () => {
    const quota = desk(store.quota);
    const flight = { gone: new AbortController().signal, progress: () => undefined };
    const it = { ...permitted(quota, store.approvals), flight } as unknown as Permitted;
    expect(await obtain(it)).toMatchObject({ unmet: { code: 'approval_pending' } });
    const reservation = await desk(store.quota, OTHER).takeOver(obligations, asked, []);
    if ('message' in reservation) throw new Error(reservation.message);
    const forgetful = linked(store.approvals, { mark: () => Promise.resolve(undefined) });
    expect(await waitFor({ ...permitted(quota, forgetful), flight } as unknown as Permitted, ID)).toMatchObject({
      unmet: { code: 'approval_expired' },
    });
    expect(await standing()).toEqual([[0, 1, 0]]);
  });
});
