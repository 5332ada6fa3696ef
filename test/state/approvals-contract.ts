/** What every driver promises of requests for approval. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type ApprovalId, type GrantName, type ToolName } from '../../src/core/ids.ts';
import { type NewApproval, REPEAT_MS } from '../../src/state/approvals.ts';
import type { SharedStore } from '../../src/state/port.ts';
import { NOON, OWNER } from './quota-build.ts';

export interface ApprovalsFactory {
  open(clock?: () => number): Promise<SharedStore>;
  dispose(): Promise<void>;
}

const id = (text: string): ApprovalId => brandAs<ApprovalId>(text);
const LIFE_MS = 900_000;
const OTHER = { ...OWNER, pid: 2 };

export function approvalsContract(driver: string, makeFactory: () => Promise<ApprovalsFactory>): void {
  describe(`the contract of approvals: ${driver}`, () => {
    let factory: ApprovalsFactory;
    let store: Awaited<ReturnType<ApprovalsFactory['open']>>;
    let other: typeof store;
    let nowMs: number;

    beforeEach(async () => {
      nowMs = NOON;
      factory = await makeFactory();
      store = await factory.open(() => nowMs);
      other = await factory.open(() => nowMs);
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await factory.dispose();
    });

    const request = (name: string, over: Partial<NewApproval> = {}): NewApproval => ({
      id: id(name),
      grant: brandAs<GrantName>('support'),
      tool: brandAs<ToolName>('stripe/create_refund'),
      match: name.padEnd(64, '0'),
      hash: 'a'.repeat(64),
      createdMs: nowMs,
      expiresMs: nowMs + LIFE_MS,
      sealed: `sealed ${name}`,
      ...over,
    });
    const open = (name: string, over: Partial<NewApproval> = {}, pending = 10) =>
      store.approvals.open(request(name, over), pending);
    const stateOf = async (name: string) => (await other.approvals.find(id(name)))?.state;

    describe('when a request is opened', () => {
      it('keeps all of it for every connection', async () => {
        expect(await open('r1')).toEqual({ is: 'opened' });
        const { sealed, ...rest } = request('r1');
        expect(await other.approvals.find(id('r1'))).toEqual({
          ...rest,
          ...{ sealed, state: 'open', outcome: null, endedMs: null, verdicts: [], isApproved: false, claimedBy: null },
        });
        expect(await other.approvals.find(id('r2'))).toBeUndefined();
      });

      it('joins the same call that waits or runs, on any connection, and opens nothing', async () => {
        await open('r1', { match: 'f'.repeat(64) });
        const joined = await other.approvals.open(request('r2', { match: 'f'.repeat(64) }), 10);
        expect(joined.is === 'joined' && joined.entry.id).toBe('r1');
        await store.approvals.claim(id('r1'), OWNER);
        const running = await other.approvals.open(request('r3', { match: 'f'.repeat(64) }), 10);
        expect(running.is === 'joined' && running.entry.state).toBe('claimed');
        expect((await store.approvals.list()).map((entry) => entry.id)).toEqual(['r1']);
      });

      it('opens one request for the same call, however many ask at the same time', async () => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            (n % 2 === 0 ? store : other).approvals.open(request(`r${n}`, { match: 'f'.repeat(64) }), 10),
          ),
        );
        expect(answers.filter(({ is }) => is === 'opened')).toHaveLength(1);
        expect(answers.filter(({ is }) => is === 'joined')).toHaveLength(19);
      });

      it('refuses more open requests of one grant than it may have, and leaves other grants alone', async () => {
        await open('r1', {}, 2);
        await open('r2', {}, 2);
        expect(await open('r3', {}, 2)).toEqual({ is: 'full', open: 2 });
        expect((await open('r4', { grant: brandAs<GrantName>('finance') }, 2)).is).toBe('opened');
        await store.approvals.claim(id('r1'), OWNER);
        expect((await open('r3', {}, 2)).is).toBe('opened');
      });

      it('answers a rejected call with its rejection until that request’s time is over', async () => {
        const match = 'f'.repeat(64);
        await open('r1', { match });
        await store.approvals.end(id('r1'), 'rejected', null);
        nowMs += LIFE_MS - 1;
        const again = await open('r2', { match });
        expect(again.is === 'rejected' && again.entry.id).toBe('r1');
        nowMs += 1;
        expect((await open('r3', { match })).is).toBe('opened');
      });

      it('opens again after it ended in any other way', async () => {
        const match = 'f'.repeat(64);
        await open('r1', { match });
        await store.approvals.end(id('r1'), 'void', null);
        expect((await open('r2', { match })).is).toBe('opened');
        await store.approvals.claim(id('r2'), OWNER);
        await store.approvals.end(id('r2'), 'executed', 'ok');
        expect((await open('r3', { match })).is).toBe('opened');
      });
    });

    describe('when verdicts come', () => {
      it('keeps them in the order in which they came, whoever gives them', async () => {
        await open('r1');
        expect(await store.approvals.addVerdict(id('r1'), '{"v":1}', false)).toBe(true);
        expect(await other.approvals.addVerdict(id('r1'), '{"v":2}', true)).toBe(true);
        expect(await store.approvals.find(id('r1'))).toMatchObject({
          verdicts: ['{"v":1}', '{"v":2}'],
          isApproved: true,
          state: 'open',
        });
      });

      it('takes none for a request that is claimed, ended, over or unknown', async () => {
        await open('r1');
        await open('r2');
        await open('r3');
        await store.approvals.claim(id('r1'), OWNER);
        await store.approvals.end(id('r2'), 'void', null);
        for (const name of ['r1', 'r2', 'nobody'])
          expect(await store.approvals.addVerdict(id(name), '{}', true)).toBe(false);
        nowMs += LIFE_MS;
        expect(await store.approvals.addVerdict(id('r3'), '{}', true)).toBe(false);
      });
    });

    describe('when a request is claimed', () => {
      it('goes to exactly one of many callers, once and for ever', async () => {
        await open('r1');
        const claims = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            (n % 2 === 0 ? store : other).approvals.claim(id('r1'), n % 2 ? OTHER : OWNER),
          ),
        );
        expect(claims.filter(Boolean)).toHaveLength(1);
        expect((await store.approvals.find(id('r1')))?.claimedBy).toEqual(claims.indexOf(true) % 2 ? OTHER : OWNER);
        await store.approvals.end(id('r1'), 'executed', 'ok');
        expect(await store.approvals.claim(id('r1'), OWNER)).toBe(false);
      });

      it('goes to nobody once its time is over, or it has ended', async () => {
        await open('r1');
        await open('r2');
        await store.approvals.end(id('r1'), 'rejected', null);
        expect(await store.approvals.claim(id('r1'), OWNER)).toBe(false);
        nowMs += LIFE_MS;
        expect(await store.approvals.claim(id('r2'), OWNER)).toBe(false);
        expect(await store.approvals.claim(id('nobody'), OWNER)).toBe(false);
      });

      it('does not end by time any more', async () => {
        await open('r1');
        await store.approvals.claim(id('r1'), OWNER);
        nowMs += 2 * LIFE_MS;
        expect(await stateOf('r1')).toBe('claimed');
        expect(await store.approvals.end(id('r1'), 'executed', 'in-doubt')).toBe(true);
      });
    });

    describe('when a request ends', () => {
      it('erases what was sealed, says what came of it, and stays ended', async () => {
        await open('r1');
        await store.approvals.claim(id('r1'), OWNER);
        expect(await store.approvals.end(id('r1'), 'executed', 'ok')).toBe(true);
        expect(await other.approvals.find(id('r1'))).toMatchObject({
          ...{ state: 'executed', outcome: 'ok', endedMs: nowMs, sealed: null },
        });
        for (const state of ['void', 'rejected'] as const)
          expect(await store.approvals.end(id('r1'), state, null)).toBe(false);
        expect(await stateOf('r1')).toBe('executed');
      });

      it('is not rejected once somebody executes it: what he does cannot be taken back', async () => {
        await open('r1');
        await store.approvals.claim(id('r1'), OWNER);
        expect(await other.approvals.end(id('r1'), 'rejected', null)).toBe(false);
        expect(await other.approvals.find(id('r1'))).toMatchObject({
          state: 'claimed',
          endedMs: null,
          sealed: 'sealed r1',
        });
        expect(await store.approvals.end(id('r1'), 'executed', 'ok')).toBe(true);
      });

      it('is expired when its time is over, or lapsed if it was approved, and erased either way', async () => {
        await open('r1');
        await open('r2');
        await store.approvals.addVerdict(id('r2'), '{}', true);
        nowMs += LIFE_MS - 1;
        expect([await stateOf('r1'), await stateOf('r2')]).toEqual(['open', 'open']);
        nowMs += 1;
        expect([await stateOf('r1'), await stateOf('r2')]).toEqual(['expired', 'lapsed']);
        expect(await store.approvals.find(id('r1'))).toMatchObject({ sealed: null, endedMs: NOON + LIFE_MS });
        expect(await store.approvals.end(id('r1'), 'void', null)).toBe(false);
      });
    });

    describe('when requests are looked for', () => {
      it('lists what has not ended and what ended within a day, oldest first', async () => {
        await open('r1');
        nowMs += 1;
        await open('r2');
        await store.approvals.end(id('r1'), 'void', null);
        expect((await other.approvals.list()).map((entry) => entry.id)).toEqual(['r1', 'r2']);
        expect((await other.approvals.marks()).map((mark) => mark.id)).toEqual(['r1', 'r2']);
        nowMs += REPEAT_MS;
        expect((await other.approvals.list()).map((entry) => entry.id)).toEqual(['r2']);
        expect((await other.approvals.marks()).map((mark) => mark.id)).toEqual(['r2']);
      });

      it('says in short what becomes of a request, without what it holds', async () => {
        await open('r1', { sealed: 'x'.repeat(1_000_000) });
        await store.approvals.addVerdict(id('r1'), '{"v":1}', true);
        const parts = { id: 'r1', grant: 'support', expiresMs: nowMs + LIFE_MS, isApproved: true, verdictCount: 1 };
        const open1 = { ...parts, state: 'open', outcome: null, endedMs: null, claimedBy: null };
        expect(await other.approvals.mark(id('r1'))).toEqual(open1);
        await store.approvals.claim(id('r1'), OWNER);
        expect(await other.approvals.marks()).toEqual([{ ...open1, state: 'claimed', claimedBy: OWNER }]);
        await store.approvals.end(id('r1'), 'executed', 'in-doubt');
        const ended = { state: 'executed', outcome: 'in-doubt', endedMs: nowMs, claimedBy: OWNER };
        expect(await other.approvals.mark(id('r1'))).toEqual({ ...parts, ...ended });
        expect(await other.approvals.mark(id('nobody'))).toBeUndefined();
      });

      it('says in short, too, that the time of a request is over', async () => {
        await open('r1');
        await open('r2');
        nowMs += LIFE_MS;
        expect((await other.approvals.mark(id('r1')))?.state).toBe('expired');
        expect((await other.approvals.marks()).map(({ state }) => state)).toEqual(['expired', 'expired']);
      });

      it('finds the execution of the same call for a day, and a request under way before it', async () => {
        const match = 'f'.repeat(64);
        expect(await store.approvals.standing(match)).toBeUndefined();
        await open('r1', { match });
        expect((await store.approvals.standing(match))?.id).toBe('r1');
        await store.approvals.claim(id('r1'), OWNER);
        await store.approvals.end(id('r1'), 'executed', 'in-doubt');
        expect(await other.approvals.standing(match)).toMatchObject({ state: 'executed', outcome: 'in-doubt' });
        await open('r2', { match });
        expect((await other.approvals.standing(match))?.id).toBe('r2');
        await store.approvals.end(id('r2'), 'void', null);
        expect((await other.approvals.standing(match))?.id).toBe('r1');
        nowMs += REPEAT_MS;
        expect(await other.approvals.standing(match)).toBeUndefined();
      });
    });

    describe('when the gate is asked', () => {
      const TOKEN = 'a'.repeat(64);
      const hasApprovals = async (): Promise<boolean> => (await other.gate(TOKEN)).hasApprovals;

      beforeEach(async () => {
        const times = { issuedMs: 1, expiresMs: null, revokedMs: null, lastUsedMs: null, uses: 0 };
        await store.tokens.insert({ ...times, grant: brandAs<GrantName>('support'), tokenHash: TOKEN });
      });

      it('says whether there is a request of the grant under way, or one that ended within a day', async () => {
        expect(await hasApprovals()).toBe(false);
        await open('r1', { grant: brandAs<GrantName>('another') });
        expect(await hasApprovals()).toBe(false);
        await open('r2');
        expect(await hasApprovals()).toBe(true);
        await store.approvals.end(id('r2'), 'void', null);
        expect(await hasApprovals()).toBe(true);
        nowMs += REPEAT_MS;
        expect(await hasApprovals()).toBe(false);
      });

      it('says so of a rejection for as long as its request would have lived', async () => {
        await open('r1', { expiresMs: nowMs + 2 * REPEAT_MS });
        await store.approvals.end(id('r1'), 'rejected', null);
        nowMs += REPEAT_MS + 1;
        expect(await hasApprovals()).toBe(true);
        nowMs += REPEAT_MS;
        expect(await hasApprovals()).toBe(false);
      });
    });

    describe('when requests are old', () => {
      it('forgets them and their verdicts once nothing is compared with them any more', async () => {
        await open('r1');
        await store.approvals.addVerdict(id('r1'), 'signed', false);
        await store.approvals.end(id('r1'), 'executed', 'ok');
        await open('r2', { expiresMs: nowMs + 2 * REPEAT_MS });
        await store.approvals.end(id('r2'), 'rejected', null);
        nowMs += REPEAT_MS + 1;
        await open('r3');
        expect(await other.approvals.find(id('r1'))).toBeUndefined();
        expect(await stateOf('r2')).toBe('rejected');
        nowMs += REPEAT_MS;
        await open('r4');
        expect(await other.approvals.find(id('r2'))).toBeUndefined();
        // The same id again has none of the old verdicts.
        await open('r1');
        expect((await other.approvals.find(id('r1')))?.verdicts).toEqual([]);
      });
    });
  });
}
