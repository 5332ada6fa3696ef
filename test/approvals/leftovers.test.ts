/** What ended requests and dead gateways leave, on a real store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { heldBy, settleLeftovers, waitingOwner } from '../../src/approvals/leftovers.ts';
import { brandAs, type ApprovalId, type GrantName, type ToolName } from '../../src/core/ids.ts';
import { openSqliteStore, type Store } from '../../src/state/index.ts';
import { ask, counter, dayAt, NOON, OWNER, use } from '../state/quota-build.ts';

const id = brandAs<ApprovalId>('ap-1');
const LIFE_MS = 900_000;
let folder: string;
let store: Store;
let nowMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-leftovers-'));
  nowMs = NOON;
  store = await openSqliteStore(join(folder, 'state.db'), { clock: () => nowMs });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What a request holds while it waits: 40 of 100. */
async function hold(owner = waitingOwner(heldBy(id))): Promise<void> {
  const held = { ...ask(heldBy(id), [use(counter('daily', dayAt(NOON)), 40, 100)]), owner, leaseMs: LIFE_MS + 60_000 };
  expect((await store.quota.reserve(held)).is).toBe('held');
}

async function open(): Promise<void> {
  const what = { grant: brandAs<GrantName>('agent'), tool: brandAs<ToolName>('bank/refund') };
  const times = { createdMs: nowMs, expiresMs: nowMs + LIFE_MS };
  await store.approvals.open({ id, ...what, match: 'f'.repeat(64), hash: 'a'.repeat(64), ...times, sealed: 'x' }, 10);
}

const settle = (isDead = false) => settleLeftovers(store, () => isDead);
const standing = async () =>
  (await store.quota.counters()).map(({ used, reserved, inDoubt }) => [used, reserved, inDoubt]);
const stateOf = async () => (await store.approvals.find(id))?.state;

describe('what a request holds', () => {
  it('stays while it waits, and while its claimer lives', async () => {
    await hold();
    await open();
    expect(await settle()).toBe(0);
    await store.approvals.claim(id, OWNER);
    expect(await settle()).toBe(0);
    expect(await standing()).toEqual([[0, 40, 0]]);
  });

  it.each(['rejected', 'void'] as const)('comes back when it is %s', async (state) => {
    await hold();
    await open();
    await store.approvals.end(id, state, null);
    expect(await settle()).toBe(1);
    expect(await standing()).toEqual([]);
  });

  it('comes back when its time is over and no gateway is there', async () => {
    await hold();
    await open();
    nowMs += LIFE_MS;
    expect(await settle()).toBe(1);
    expect([await stateOf(), await standing()]).toEqual(['expired', []]);
  });

  it('comes back when its gateway died before it could be opened, but not while it may still be', async () => {
    await hold();
    expect(await settle()).toBe(0);
    nowMs += 60_001;
    expect(await settle()).toBe(1);
    expect(await standing()).toEqual([]);
  });

  it('comes back also after its lease put it in doubt: nothing was ever forwarded for it', async () => {
    await hold();
    await open();
    nowMs += LIFE_MS + 120_000;
    await store.quota.requests();
    expect(await standing()).toEqual([[0, 0, 40]]);
    await settle();
    expect(await standing()).toEqual([]);
  });
});

describe('when the clock of this machine is wrong', () => {
  it('goes by the clock of the store', async () => {
    const machine = vi.spyOn(Date, 'now').mockReturnValue(NOON + 10 * LIFE_MS + 3_600_000);
    await hold();
    expect(await settle()).toBe(0);
    await open();
    await store.approvals.claim(id, OWNER);
    await hold(OWNER);
    expect(await settle()).toBe(0);
    expect([await stateOf(), await standing()]).toEqual(['claimed', [[0, 40, 0]]]);
    machine.mockRestore();
  });
});

describe('when the gateway that claimed it died', () => {
  it('is void if its hold was not taken over: it is certain that nothing was forwarded', async () => {
    await hold();
    await open();
    await store.approvals.claim(id, OWNER);
    await settle(true);
    expect([await stateOf(), await standing()]).toEqual(['void', []]);
  });

  it('is executed with an outcome that nobody knows if it was, and keeps what is in doubt', async () => {
    await hold();
    await open();
    await store.approvals.claim(id, OWNER);
    await hold(OWNER);
    await store.quota.abandon(OWNER);
    await settle(true);
    expect(await store.approvals.find(id)).toMatchObject({ state: 'executed', outcome: 'in-doubt', sealed: null });
    expect(await standing()).toEqual([[0, 0, 40]]);
    expect(await settle(true)).toBe(0);
  });

  it('is so as well when nobody can see that process, once its time is long over', async () => {
    await open();
    await store.approvals.claim(id, OWNER);
    nowMs += LIFE_MS + 3_600_001;
    await settle();
    expect(await store.approvals.find(id)).toMatchObject({ state: 'executed', outcome: 'in-doubt' });
  });
});
