import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brandAs, type UpstreamName } from '../../src/core/index.ts';
import { openSqliteStore, StateError, type Store } from '../../src/state/index.ts';
import { openPins } from '../../src/state/pins.ts';

const STRIPE = brandAs<UpstreamName>('stripe');
const ACCEPTANCE = {
  pairing: 'a'.repeat(64),
  tools: [{ tool: 'refund', definition: '{}' }],
  acceptedMs: 1,
  acceptedBy: 'ada',
};

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-pins-'));
  store = await openSqliteStore(join(directory, 'state.db'));
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

describe('what was accepted of an upstream', () => {
  it('is nothing before somebody accepts', async () => {
    expect(await store.pins.get(STRIPE)).toBeUndefined();
    expect(await store.pins.list(STRIPE)).toEqual([]);
  });

  it('is what was accepted last, as a whole, for every process', async () => {
    await store.pins.accept(STRIPE, { ...ACCEPTANCE, tools: [{ tool: 'old', definition: '1' }] });
    await store.pins.accept(STRIPE, ACCEPTANCE);
    const other = await openSqliteStore(join(directory, 'state.db'));
    expect(await other.pins.get(STRIPE)).toEqual(ACCEPTANCE);
    expect(await other.pins.list(STRIPE)).toEqual(ACCEPTANCE.tools);
    expect(await other.pins.get(brandAs<UpstreamName>('paypal'))).toBeUndefined();
    await other.close();
  });

  it('is never taken for nothing when the store does not answer', async () => {
    await store.close();
    await expect(store.pins.get(STRIPE)).rejects.toBeInstanceOf(StateError);
    await expect(store.pins.accept(STRIPE, ACCEPTANCE)).rejects.toBeInstanceOf(StateError);
    store = await openSqliteStore(join(directory, 'state.db'));
  });

  it('is corrupt, not absent, when it is not an acceptance', async () => {
    const values = new Map([['accepted:stripe', '{"value":{"pairing":1}}']]);
    const adapter = {
      ...{ opts: {}, get: (key: string) => Promise.resolve(values.get(key)), set: () => Promise.resolve() },
      ...{ delete: () => Promise.resolve(false), clear: () => Promise.resolve() },
      on() {
        return this;
      },
    };
    const pins = openPins(adapter);
    await expect(pins.get(STRIPE)).rejects.toMatchObject({ name: 'StateError', code: 'corrupt' });
  });
});
