/** Freezes and the life of tokens, as running gateways see them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBank } from './support/bank.ts';
import { callsOf, type Home } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const USD = { amount: 1, currency: 'USD' };

let home: Home;
const clients: RawClient[] = [];

async function start(token: string): Promise<RawClient> {
  const client = new RawClient(home, token);
  clients.push(client);
  await client.initialize();
  return client;
}

async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await home.run([...args, '--json']);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

beforeEach(async () => {
  home = await makeBank({ one: [], two: [] });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.kill()));
  await home.remove();
});

describe('when an operator freezes', () => {
  it('stops every call of every grant at once, lookups and lists too, until it is lifted', async () => {
    const [one, two] = [await start(await home.issue('one')), await start(await home.issue('two'))];
    expect(words(await one.call('pay', USD))).toBe('did pay');
    await ok('freeze');
    for (const client of [one, two]) {
      expect(decisionOf(await client.call('pay', USD))).toMatchObject({ decision: 'deny', rule: '(frozen)' });
      expect(words(await client.call('look', {}))).toMatch(/^Calls of this grant are frozen by an operator\./);
      expect((await client.request('tools/list')).error?.message).toMatch(/frozen/);
    }
    await ok('unfreeze');
    for (const client of [one, two]) expect(words(await client.call('pay', USD))).toBe('did pay');
    expect(callsOf(home.room, 'bank')).toHaveLength(3);
    expect(home.records().filter(({ kind }) => kind === 'grants_frozen' || kind === 'grants_unfrozen')).toHaveLength(2);
  });

  it('stops one grant and leaves the other alone', async () => {
    const [one, two] = [await start(await home.issue('one')), await start(await home.issue('two'))];
    await ok('freeze', '--grant', 'one');
    expect(decisionOf(await one.call('look', {}))?.rule).toBe('(frozen)');
    expect(words(await two.call('pay', USD))).toBe('did pay');
    await ok('unfreeze', '--grant', 'one');
    expect(words(await one.call('look', {}))).toBe('did look');
  });

  it('stops only what may move money when told so', async () => {
    const client = await start(await home.issue('one'));
    await ok('freeze', '--money');
    expect(words(await client.call('look', {}))).toBe('did look');
    expect(decisionOf(await client.call('pay', USD))?.rule).toBe('(frozen)');
    expect(words(await client.call('pay', USD))).toMatch(/^Calls that may move money are frozen by an operator\./);
    expect(callsOf(home.room, 'bank').map(({ name }) => name)).toEqual(['look']);
  });

  it('lets a frozen grant open a session, which works when the freeze is lifted', async () => {
    const token = await home.issue('one');
    await ok('freeze', '--grant', 'one');
    const client = await start(token);
    expect(decisionOf(await client.call('look', {}))?.rule).toBe('(frozen)');
    await ok('unfreeze', '--grant', 'one');
    expect(words(await client.call('look', {}))).toBe('did look');
  });
});

describe('when a token is rotated', () => {
  it('lets both work for the overlap, and the old one no longer when there is none', async () => {
    const old = await start(await home.issue('one'));
    const first = await ok('grant', 'rotate', 'one');
    const second = await start(String(first['token']));
    for (const client of [old, second]) expect(words(await client.call('look', {}))).toBe('did look');
    const last = await ok('grant', 'rotate', 'one', '--overlap', '0s');
    for (const client of [old, second]) expect(decisionOf(await client.call('look', {}))?.rule).toBe('(grant expired)');
    const third = await start(String(last['token']));
    expect(words(await third.call('look', {}))).toBe('did look');
  });
});

describe('when a token is used', () => {
  it('shows how often and when', async () => {
    const client = await start(await home.issue('one'));
    for (let n = 0; n < 5; n += 1) await client.call('look', {});
    await client.close();
    const { stdout } = await home.run(['grant', 'list', '--json']);
    const row = (JSON.parse(stdout) as { grant: string; uses: number; lastUsed: string }[]).find(
      ({ grant }) => grant === 'one',
    );
    expect(row?.uses).toBe(5);
    expect(Date.now() - Date.parse(row?.lastUsed ?? '')).toBeLessThan(60_000);
  });
});
