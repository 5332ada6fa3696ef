/** What every driver of the store port promises. A driver's test calls this with a way to make a store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type GrantName, type UpstreamName } from '../../src/core/ids.ts';
import type { Freeze, SharedStore, TokenRecord } from '../../src/state/port.ts';
import { approvalsContract } from './approvals-contract.ts';
import { approvalsModel } from './approvals-model.ts';
import { operatorsContract } from './operators-contract.ts';
import { quotaContract } from './quota-contract.ts';
import { quotaModel } from './quota-model.ts';

export interface StoreFactory {
  /** Opens the same, initially empty store again and again until `dispose`. With `clock`, that is the store's clock. */
  open(clock?: () => number): Promise<SharedStore>;
  dispose(): Promise<void>;
}

const grant = (name: string): GrantName => brandAs<GrantName>(name);

function token(digit: string, over: Partial<TokenRecord> = {}): TokenRecord {
  const base = {
    grant: grant('support'),
    issuedMs: 1_000,
    expiresMs: null,
    revokedMs: null,
    lastUsedMs: null,
    uses: 0,
  };
  return { ...base, tokenHash: digit.repeat(64), ...over };
}

export function storeContract(driver: string, makeFactory: () => Promise<StoreFactory>): void {
  quotaContract(driver, makeFactory);
  approvalsContract(driver, makeFactory);
  // Each run opens a store of its own, which takes a server longer.
  approvalsModel(driver, makeFactory, driver === 'sqlite' ? 150 : 25);
  operatorsContract(driver, makeFactory);
  quotaModel(driver, makeFactory);

  describe(`the store contract: ${driver}`, () => {
    let factory: StoreFactory;
    let store: SharedStore;

    beforeEach(async () => {
      factory = await makeFactory();
      store = await factory.open();
    });
    afterEach(async () => {
      await store.close();
      await factory.dispose();
    });

    describe('when a token is inserted', () => {
      it('finds it by its hash, with every field', async () => {
        const record = token('a', { expiresMs: 9_000, lastUsedMs: 2_000 });
        await store.tokens.insert(record);
        expect(await store.tokens.find('a'.repeat(64))).toEqual(record);
      });

      it('finds nothing for another hash', async () => {
        await store.tokens.insert(token('a'));
        expect(await store.tokens.find('b'.repeat(64))).toBeUndefined();
      });

      it('refuses the same hash again and keeps the first', async () => {
        await store.tokens.insert(token('a'));
        const again = store.tokens.insert(token('a', { grant: grant('thief') }));
        await expect(again).rejects.toMatchObject({ name: 'StateError', code: 'conflict' });
        expect((await store.tokens.find('a'.repeat(64)))?.grant).toBe('support');
      });

      it('is still there after closing and opening', async () => {
        await store.tokens.insert(token('a'));
        await store.close();
        store = await factory.open();
        expect(await store.tokens.find('a'.repeat(64))).toEqual(token('a'));
      });
    });

    describe('when tokens are listed', () => {
      it('gives them in the order of issue', async () => {
        await store.tokens.insert(token('b', { issuedMs: 2_000 }));
        await store.tokens.insert(token('a', { issuedMs: 3_000 }));
        await store.tokens.insert(token('c', { issuedMs: 1_000 }));
        expect((await store.tokens.list()).map(({ issuedMs }) => issuedMs)).toEqual([1_000, 2_000, 3_000]);
      });
    });

    describe('when a grant is revoked', () => {
      it('revokes its live tokens only, tells how many, and leaves other grants alone', async () => {
        await store.tokens.insert(token('a'));
        await store.tokens.insert(token('b'));
        await store.tokens.insert(token('c', { revokedMs: 1_500 }));
        await store.tokens.insert(token('d', { grant: grant('finance') }));
        expect(await store.tokens.revoke(grant('support'), 5_000)).toBe(2);
        const revoked = (await store.tokens.list()).map(({ tokenHash, revokedMs }) => [tokenHash[0], revokedMs]);
        expect(revoked).toEqual([
          ['a', 5_000],
          ['b', 5_000],
          ['c', 1_500],
          ['d', null],
        ]);
      });

      it('is seen by another connection at once', async () => {
        const other = await factory.open();
        await store.tokens.insert(token('a'));
        await store.tokens.revoke(grant('support'), 5_000);
        expect((await other.tokens.find('a'.repeat(64)))?.revokedMs).toBe(5_000);
        await other.close();
      });

      it('answers 0 for a grant without tokens', async () => {
        expect(await store.tokens.revoke(grant('nobody'), 5_000)).toBe(0);
      });
    });

    describe('when the other tokens of a grant are retired', () => {
      it('ends them at that instant, but for the one that is kept, those that end sooner and the revoked', async () => {
        await store.tokens.insert(token('a'));
        await store.tokens.insert(token('b', { expiresMs: 9_000 }));
        await store.tokens.insert(token('c', { expiresMs: 4_000 }));
        await store.tokens.insert(token('d', { revokedMs: 2_000 }));
        await store.tokens.insert(token('e'));
        await store.tokens.insert(token('f', { grant: grant('finance') }));
        expect(await store.tokens.retire(grant('support'), 'e'.repeat(64), 5_000)).toBe(2);
        const expires = (await store.tokens.list()).map(({ tokenHash, expiresMs }) => [tokenHash[0], expiresMs]);
        expect(expires).toEqual([
          ['a', 5_000],
          ['b', 5_000],
          ['c', 4_000],
          ['d', null],
          ['e', null],
          ['f', null],
        ]);
      });
    });

    describe('when a token is touched', () => {
      it('keeps the later of two instants and adds the calls', async () => {
        await store.tokens.insert(token('a'));
        await store.tokens.touch('a'.repeat(64), 7_000, 3);
        await store.tokens.touch('a'.repeat(64), 6_000, 4);
        expect(await store.tokens.find('a'.repeat(64))).toMatchObject({ lastUsedMs: 7_000, uses: 7 });
      });

      it('does nothing for an unknown hash', async () => {
        await store.tokens.touch('e'.repeat(64), 7_000, 1);
        expect(await store.tokens.list()).toEqual([]);
      });
    });

    describe('when grants are frozen', () => {
      const freeze = (over: Partial<Freeze> = {}): Freeze => ({
        grant: null,
        scope: 'all',
        atMs: 1_000,
        by: 'ops',
        ...over,
      });

      it('keeps each pair of grant and scope once, the first one', async () => {
        expect(await store.freezes.freeze(freeze())).toBe(true);
        expect(await store.freezes.freeze(freeze({ atMs: 2_000, by: 'other' }))).toBe(false);
        expect(await store.freezes.freeze(freeze({ scope: 'money', atMs: 3_000 }))).toBe(true);
        expect(await store.freezes.freeze(freeze({ grant: grant('support'), atMs: 4_000 }))).toBe(true);
        expect(await store.freezes.list()).toEqual([
          freeze(),
          freeze({ scope: 'money', atMs: 3_000 }),
          freeze({ grant: grant('support'), atMs: 4_000 }),
        ]);
      });

      it('lifts what was put on one grant, or on every grant at once, and nothing else', async () => {
        await store.freezes.freeze(freeze());
        await store.freezes.freeze(freeze({ scope: 'money' }));
        await store.freezes.freeze(freeze({ grant: grant('support') }));
        expect(await store.freezes.unfreeze(grant('finance'))).toBe(0);
        expect(await store.freezes.unfreeze(null)).toBe(2);
        expect(await store.freezes.list()).toEqual([freeze({ grant: grant('support') })]);
        expect(await store.freezes.unfreeze(grant('support'))).toBe(1);
        expect(await store.freezes.list()).toEqual([]);
      });

      it('tells the gate of a token the freezes of every grant and of its own, on any connection at once', async () => {
        await store.tokens.insert(token('a'));
        const other = await factory.open();
        expect(await other.gate('a'.repeat(64))).toEqual({ token: token('a'), freezes: [], hasApprovals: false });
        await store.freezes.freeze(freeze({ scope: 'money' }));
        await store.freezes.freeze(freeze({ grant: grant('support'), atMs: 2_000 }));
        await store.freezes.freeze(freeze({ grant: grant('finance'), atMs: 3_000 }));
        const freezes = [freeze({ scope: 'money' }), freeze({ grant: grant('support'), atMs: 2_000 })];
        expect(await other.gate('a'.repeat(64))).toEqual({ token: token('a'), freezes, hasApprovals: false });
        const unknown = { token: undefined, freezes: [freeze({ scope: 'money' })], hasApprovals: false };
        expect(await other.gate('b'.repeat(64))).toEqual(unknown);
        await other.close();
      });
    });

    describe('when an upstream is accepted', () => {
      it('keeps the whole of it for every connection, and only of that upstream', async () => {
        const stripe = brandAs<UpstreamName>('stripe');
        const acceptance = {
          pairing: 'p',
          tools: [{ tool: 't', definition: '{"é":1}' }],
          acceptedMs: 1,
          acceptedBy: 'me',
        };
        await store.pins.accept(stripe, acceptance);
        const other = await factory.open();
        expect(await other.pins.get(stripe)).toEqual(acceptance);
        expect(await other.pins.get(brandAs<UpstreamName>('square'))).toBeUndefined();
        await other.pins.accept(stripe, { ...acceptance, tools: [] });
        expect(await store.pins.list(stripe)).toEqual([]);
        await other.close();
      });
    });

    describe('when a store is examined', () => {
      it('says what it is', async () => {
        expect((await store.examine()).about).toMatch(/\S/);
      });
    });

    describe('when the store is closed', () => {
      it('throws rather than answering with nothing', async () => {
        const other = await factory.open();
        await other.close();
        await expect(other.tokens.find('a'.repeat(64))).rejects.toMatchObject({ code: 'unavailable' });
        await expect(other.gate('a'.repeat(64))).rejects.toMatchObject({ code: 'unavailable' });
        await expect(other.freezes.list()).rejects.toMatchObject({ code: 'unavailable' });
        await expect(other.quota.counters()).rejects.toMatchObject({ code: 'unavailable' });
        await other.close();
      });
    });
  });
}
