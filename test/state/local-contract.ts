/** What the store of this machine promises the audit log. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalStore } from '../../src/state/port.ts';

export interface LocalStoreFactory {
  /** Opens the same, initially empty store again and again until `dispose`. */
  open(): Promise<LocalStore>;
  dispose(): Promise<void>;
}

const ZEROS = '0000000000000000000000000000000000000000000000000000000000000000';

export function localStoreContract(driver: string, makeFactory: () => Promise<LocalStoreFactory>): void {
  describe(`the contract of the local store: ${driver}`, () => {
    let factory: LocalStoreFactory;
    let store: LocalStore;

    beforeEach(async () => {
      factory = await makeFactory();
      store = await factory.open();
    });
    afterEach(async () => {
      await store.close();
      await factory.dispose();
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
        const increment = (on: LocalStore): Promise<void> =>
          on.heads.exclusive('n', (head) => ({ head: { ...head, count: head.count + 1 }, result: undefined }));
        await Promise.all(Array.from({ length: 60 }, (_, i) => increment(i % 2 === 0 ? store : other)));
        expect((await store.heads.read('n')).count).toBe(60);
        await other.close();
      });
    });

    describe('when segments are opened and ended', () => {
      const head = 'a'.repeat(64);
      const record = { segment: 's1', file: 'calls-1.jsonl', pid: 4_242, processStart: 'boot:77', count: 1, head };

      it('keeps how far a segment goes, which never goes back', async () => {
        const other = await factory.open();
        await store.segments.open(record);
        store.segments.advance('s1', { count: 7, head: 'b'.repeat(64) });
        store.segments.advance('s2', { count: 7, head: 'b'.repeat(64) });
        await store.segments.keepProgress();
        other.segments.advance('s1', { count: 5, head: 'c'.repeat(64) });
        await other.segments.keepProgress();
        await other.segments.keepProgress();
        expect(await other.segments.listOpen()).toEqual([{ ...record, state: 'open', count: 7, head: 'b'.repeat(64) }]);
        await other.close();
      });

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

      it('lets exactly one caller take over what a process left, all of it, and nobody from a process that has none', async () => {
        const other = await factory.open();
        const second = { ...record, segment: 's2', file: 'calls-2.jsonl' };
        const foreign = { ...record, segment: 's3', file: 'calls-3.jsonl', pid: 4_243 };
        for (const one of [record, second, foreign]) await store.segments.open(one);
        await store.segments.end('s2', 'closed');
        await store.segments.open({ ...second, segment: 's4', file: 'calls-4.jsonl' });
        const takers = [1, 2].map((pid) => ({ pid, processStart: `boot:${pid}` }));
        const taken = await Promise.all(
          takers.map((by, index) => (index === 0 ? store : other).segments.takeOver(record, by)),
        );
        expect(taken.map((all) => all.length).sort()).toEqual([0, 2]);
        const winner = takers[taken.findIndex((all) => all.length > 0)] ?? record;
        const left = [record, { ...second, segment: 's4', file: 'calls-4.jsonl' }];
        const moved = left.map((one) => ({ ...one, ...winner, state: 'open' }));
        expect([...taken.flat()].sort((a, b) => a.segment.localeCompare(b.segment))).toEqual(moved);
        expect(await store.segments.listOpen()).toEqual([moved[0], { ...foreign, state: 'open' }, moved[1]]);
        expect(await store.segments.takeOver(record, winner)).toEqual([]);
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
        await expect(other.heads.read('admin')).rejects.toMatchObject({ code: 'unavailable' });
        await other.close();
      });
    });
  });
}
