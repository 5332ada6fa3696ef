/** What every driver promises of the records of operators. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_OPERATOR_RECORDS, type SharedStore } from '../../src/state/port.ts';

export interface OperatorsFactory {
  open(): Promise<SharedStore>;
  dispose(): Promise<void>;
}

export function operatorsContract(driver: string, makeFactory: () => Promise<OperatorsFactory>): void {
  describe(`the contract of operators: ${driver}`, () => {
    let factory: OperatorsFactory;
    let store: SharedStore;
    let other: SharedStore;

    beforeEach(async () => {
      factory = await makeFactory();
      store = await factory.open();
      other = await factory.open();
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await factory.dispose();
    });

    it('keeps records in the order in which they were added, for every connection', async () => {
      const records = ['{"b":1}', '{"a":"\\u0000 ü \u2028"}', '{"c":3}'];
      for (const record of records) expect(await store.operators.add(record)).toBe(true);
      expect(await other.operators.list()).toEqual(records);
    });

    it('keeps a record once', async () => {
      expect(await store.operators.add('{"a":1}')).toBe(true);
      expect(await other.operators.add('{"a":1}')).toBe(false);
      expect(await store.operators.list()).toEqual(['{"a":1}']);
    });

    it('keeps one of several that are added at once, and each of those that differ', async () => {
      const same = await Promise.all([store, other, store, other].map((one) => one.operators.add('{"a":1}')));
      expect(same.filter(Boolean)).toHaveLength(1);
      await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? store : other).operators.add(`{"n":${n}}`)));
      expect(new Set(await store.operators.list()).size).toBe(9);
    });

    it('refuses a record that is too long to be one', async () => {
      await expect(store.operators.add('x'.repeat(64 * 1_024 + 1))).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.operators.list()).toEqual([]);
    });

    it('takes no more than any installation has', async () => {
      for (let n = 0; n < MOST_OPERATOR_RECORDS; n += 64)
        await Promise.all(Array.from({ length: 64 }, (_, i) => store.operators.add(`{"n":${n + i}}`)));
      await expect(store.operators.add('{}')).rejects.toMatchObject({ name: 'StateError', code: 'conflict' });
      expect(await other.operators.add('{"n":0}')).toBe(false);
      expect(await other.operators.list()).toHaveLength(MOST_OPERATOR_RECORDS);
    }, 60_000);
  });
}
