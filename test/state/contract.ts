/** What every driver of the store port promises. A driver's test calls this with a way to make a store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type GrantName } from '../../src/core/ids.ts';
import type { Store, TokenRecord } from '../../src/state/port.ts';

export interface StoreFactory {
  /** Opens the same, initially empty store again and again until `dispose`. */
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

const ZEROS = '0000000000000000000000000000000000000000000000000000000000000000';
const grant = (name: string): GrantName => brandAs<GrantName>(name);

function token(digit: string, over: Partial<TokenRecord> = {}): TokenRecord {
  const base = { grant: grant('support'), issuedMs: 1_000, expiresMs: null, revokedMs: null, lastUsedMs: null };
  return { ...base, tokenHash: digit.repeat(64), ...over };
}

export function storeContract(driver: string, makeFactory: () => Promise<StoreFactory>): void {
  describe(`the store contract: ${driver}`, () => {
    let factory: StoreFactory;
    let store: Store;

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

    describe('when a token is touched', () => {
      it('keeps the later of two instants', async () => {
        await store.tokens.insert(token('a'));
        await store.tokens.touch('a'.repeat(64), 7_000);
        await store.tokens.touch('a'.repeat(64), 6_000);
        expect((await store.tokens.find('a'.repeat(64)))?.lastUsedMs).toBe(7_000);
      });

      it('does nothing for an unknown hash', async () => {
        await store.tokens.touch('e'.repeat(64), 7_000);
        expect(await store.tokens.list()).toEqual([]);
      });
    });

    describe('when a stream head is read or advanced', () => {
      it('begins with no file, no bytes, no records and 64 zeros', async () => {
        expect(await store.heads.read('admin')).toEqual({ file: '', bytes: 0, count: 0, hash: ZEROS });
      });

      it('keeps the head that the step returned and hands its result on', async () => {
        const head = { file: 'admin-1.jsonl', bytes: 120, count: 1, hash: 'f'.repeat(64) };
        expect(await store.heads.exclusive('admin', () => ({ head, result: 'done' }))).toBe('done');
        expect(await store.heads.read('admin')).toEqual(head);
        expect((await store.heads.read('other')).count).toBe(0);
      });

      it('keeps nothing and passes the error on when the step throws', async () => {
        const cause = new RangeError('disk full');
        const failing = store.heads.exclusive('admin', () => {
          throw cause;
        });
        await expect(failing).rejects.toBe(cause);
        expect((await store.heads.read('admin')).count).toBe(0);
        const head = { file: 'x', bytes: 1, count: 1, hash: ZEROS };
        await store.heads.exclusive('admin', () => ({ head, result: null }));
        expect((await store.heads.read('admin')).count).toBe(1);
      });

      it('runs one step at a time over two connections', async () => {
        const other = await factory.open();
        const increment = (on: Store): Promise<void> =>
          on.heads.exclusive('n', (head) => ({ head: { ...head, count: head.count + 1 }, result: undefined }));
        await Promise.all(Array.from({ length: 60 }, (_, i) => increment(i % 2 === 0 ? store : other)));
        expect((await store.heads.read('n')).count).toBe(60);
        await other.close();
      });
    });

    describe('when segments are opened and ended', () => {
      const record = { segment: 's1', file: 'calls-1.jsonl', pid: 4_242, processStart: 'boot:77' };

      it('lists the open ones', async () => {
        await store.segments.open(record);
        expect(await store.segments.listOpen()).toEqual([{ ...record, state: 'open' }]);
      });

      it('lets exactly one caller end a segment', async () => {
        const other = await factory.open();
        await store.segments.open(record);
        const ends = await Promise.all([store.segments.end('s1', 'closed'), other.segments.end('s1', 'abandoned')]);
        expect(ends.filter(Boolean)).toHaveLength(1);
        expect(await store.segments.listOpen()).toEqual([]);
        await other.close();
      });

      it('lets exactly one caller take a segment over, and nobody from a process that no longer has it', async () => {
        const other = await factory.open();
        await store.segments.open(record);
        const takers = [1, 2].map((pid) => ({ pid, processStart: `boot:${pid}` }));
        const taken = await Promise.all(
          takers.map((by, index) => (index === 0 ? store : other).segments.takeOver('s1', record, by)),
        );
        expect(taken.filter(Boolean)).toHaveLength(1);
        expect(await store.segments.listOpen()).toEqual([{ ...record, ...takers[taken.indexOf(true)], state: 'open' }]);
        await store.segments.end('s1', 'abandoned');
        expect(await store.segments.takeOver('s1', takers[taken.indexOf(true)] ?? record, record)).toBe(false);
        await other.close();
      });

      it('answers false for a segment it does not know', async () => {
        expect(await store.segments.end('nothing', 'closed')).toBe(false);
      });

      it('refuses to open a segment twice', async () => {
        await store.segments.open(record);
        await expect(store.segments.open(record)).rejects.toMatchObject({ name: 'StateError', code: 'conflict' });
      });
    });

    describe('when the store is closed', () => {
      it('throws rather than answering with nothing', async () => {
        const other = await factory.open();
        await other.close();
        await expect(other.tokens.find('a'.repeat(64))).rejects.toMatchObject({ code: 'unavailable' });
        await expect(other.heads.read('admin')).rejects.toMatchObject({ code: 'unavailable' });
        await other.close();
      });
    });
  });
}
