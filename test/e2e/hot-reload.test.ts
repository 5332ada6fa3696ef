/** Edits of policies and grants under running gateways. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bankConfig, executedMinor, policyOf, usd } from './support/bank.ts';
import { callsOf, type Home, makeHome, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const ceiling = (bound: string) => ({
  id: 'ceiling',
  tools: ['money'],
  effect: 'deny',
  when: { amount: { gt: bound } },
});
const daily = (cap: string, more: Record<string, unknown> = {}) => ({
  id: 'daily',
  tools: ['money'],
  effect: 'limit',
  limit: { amount: { USD: cap }, per: 'day', timezone: 'UTC' },
  ...more,
});

let home: Home;
let config: Record<string, unknown>;
let token: string;
const clients: RawClient[] = [];

/** Writes the policy file as an editor does: another file, moved into place. */
async function writePolicy(content: unknown): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  await writeFile(join(home.directory, 'agent.json.new'), text, { mode: 0o600 });
  await rename(join(home.directory, 'agent.json.new'), join(home.directory, 'agent.json'));
}

async function start(): Promise<RawClient> {
  const client = new RawClient(home, token);
  clients.push(client);
  await client.initialize();
  await client.tools();
  return client;
}

const kinds = (kind: string) => home.records().filter((record) => record['kind'] === kind);

beforeEach(async () => {
  home = await makeHome({});
  config = { ...(await bankConfig(home.room, { agent: [] })), policies: { agent: 'agent.json' } };
  await writePolicy(policyOf([ceiling('50 USD')]));
  await home.rewrite(config);
  token = await home.issue('agent');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.kill()));
  await home.remove();
});

describe('when a policy is edited', () => {
  it('decides the next call by the new text in every running gateway, and records that it was read', async () => {
    const [one, two] = [await start(), await start()];
    for (const client of [one, two]) expect(words(await client.call('pay', usd(60_00)))).toMatch(/rule `ceiling`/);
    await writePolicy(policyOf([ceiling('70 USD')]));
    for (const client of [one, two]) expect(words(await client.call('pay', usd(60_00)))).toBe('did pay');
    await writePolicy(policyOf([ceiling('10 USD')]));
    for (const client of [one, two]) expect(words(await client.call('pay', usd(60_00)))).toMatch(/rule `ceiling`/);
    expect(kinds('config_reloaded')).toHaveLength(4);
    expect(one.stderr).toMatch(/the configuration `.*` was read again, and is in force/);
  });

  it('decides by an edit made within the same instant, of the same length', async () => {
    const client = await start();
    for (const bound of ['11 USD', '99 USD', '12 USD', '98 USD']) {
      await writeFile(join(home.directory, 'agent.json'), JSON.stringify(policyOf([ceiling(bound)])), { mode: 0o600 });
      const answer = await client.call('pay', usd(50_00));
      expect(words(answer) === 'did pay', bound).toBe(bound.startsWith('9'));
    }
  });

  it('keeps the last good version when the new one has a fault, says where, records it once, and takes the repair', async () => {
    const client = await start();
    await writePolicy('{ "version": 1, "default": "deny", "rules": [ { "id": "x", ');
    expect(words(await client.call('pay', usd(60_00)))).toMatch(/rule `ceiling`/);
    expect(words(await client.call('pay', usd(40_00)))).toBe('did pay');
    expect(client.stderr).toMatch(
      /the edit of policy `agent` does not load; the version before it stays in force\n.*agent\.json:1:/,
    );
    expect(kinds('policy_refused')).toHaveLength(1);
    await writePolicy(policyOf([ceiling('10 USD')]));
    expect(words(await client.call('pay', usd(40_00)))).toMatch(/rule `ceiling`/);
  });

  it('keeps the last good version when the file is gone, and denies everything in a gateway that starts then', async () => {
    const client = await start();
    await rm(join(home.directory, 'agent.json'));
    expect(words(await client.call('pay', usd(40_00)))).toBe('did pay');
    const late = new RawClient(home, token);
    clients.push(late);
    await late.initialize();
    expect(words(await late.call('pay', usd(40_00)))).toMatch(/Policy `agent` could not be loaded/);
  });

  it('tells a client that calls nothing when its tools are others now', async () => {
    const client = await start();
    await writePolicy(policyOf([{ id: 'no-refunds', tools: ['bank/refund'], effect: 'hide' }]));
    await client.receive(({ method }) => method === 'notifications/tools/list_changed');
    expect(await client.tools()).not.toContain('refund');
    expect(words(await client.call('refund', usd(1)))).toBe('Unknown tool: refund');
  });

  it('keeps what a cap has counted: a lowered cap holds for what is used, another text or order changes nothing', async () => {
    await writePolicy(policyOf([daily('100')]));
    const client = await start();
    expect(words(await client.call('pay', usd(60_00)))).toBe('did pay');
    await writePolicy(policyOf([ceiling('1000 USD'), { ...daily('60'), message: 'another text' }]));
    expect(words(await client.call('pay', usd(1)))).toMatch(
      /allows 60\.00 USD a day; 60\.00 USD is counted, 0\.00 USD left/,
    );
    await writePolicy(policyOf([daily('60.01')]));
    expect(words(await client.call('pay', usd(1)))).toBe('did pay');
    expect(executedMinor(home)).toBe(60_01);
  });
});

describe('when the configuration is edited', () => {
  const grants = () => config['grants'] as Record<string, Record<string, unknown>>;
  const withGrant = (over: Record<string, unknown>) => ({
    ...config,
    grants: { ...grants(), agent: { ...grants()['agent'], ...over } },
  });

  it('takes up what it says of the grant with the next call', async () => {
    const client = await start();
    await home.rewrite(withGrant({ policies: [] }));
    expect(decisionOf(await client.call('pay', usd(1)))?.rule).toBe('(no policy)');
    await home.rewrite(withGrant({ expires: '2020-01-01' }));
    expect(decisionOf(await client.call('pay', usd(1)))?.rule).toBe('(grant expired)');
    await home.rewrite({ ...config, grants: {} });
    expect(decisionOf(await client.call('pay', usd(1)))?.rule).toBe('(grant undeclared)');
    await home.rewrite(config);
    expect(words(await client.call('pay', usd(1)))).toBe('did pay');
    expect(callsOf(home.room, 'bank')).toHaveLength(1);
  });

  it('keeps the last good one when it cannot be read, says why, records it once, and starts nothing new with it', async () => {
    const client = await start();
    await writeFile(join(home.directory, 'countersign.config.json'), '{ "version": 1, "nonsense": true }', {
      mode: 0o600,
    });
    for (let n = 0; n < 3; n += 1) expect(words(await client.call('pay', usd(1)))).toBe('did pay');
    expect(client.stderr).toMatch(
      /the edit of the configuration cannot be used, and what was in force before it stays: /,
    );
    expect(kinds('config_refused')).toHaveLength(1);
    const late = new RawClient(home, token);
    clients.push(late);
    expect((await late.initialize()).error?.code).toBe(5001);
  });

  it('leaves servers as they were at the start, and says that it does', async () => {
    const client = await start();
    const upstreams = config['upstreams'] as Record<string, Record<string, unknown>>;
    const bank = { ...upstreams['bank'], tools: { pay: { kind: 'read' } } };
    await writePolicy(policyOf([ceiling('1 USD')]));
    await home.rewrite({ ...config, upstreams: { bank } });
    expect(words(await client.call('pay', usd(60_00)))).toMatch(/rule `ceiling`/);
    expect(client.stderr).toMatch(
      /`upstreams` of the configuration changed; a gateway takes that up when it starts again/,
    );
  });

  it('starts the servers that a grant gains and ends those it loses', async () => {
    const shop = await recorder(home.room, 'shop', [tool('look', {})], { tools: { look: { kind: 'read' } } });
    config = { ...config, upstreams: { ...(config['upstreams'] as object), shop } };
    await home.rewrite(config);
    await home.accept('shop');
    await home.accept('bank');
    const client = await start();
    expect(await client.tools()).toContain('bank_pay');
    await home.rewrite(withGrant({ upstreams: ['shop'] }));
    await client.receive(({ method }) => method === 'notifications/tools/list_changed');
    expect(await client.tools()).toEqual(['shop_look']);
    expect(words(await client.call('bank_pay', usd(1)))).toBe('Unknown tool: bank_pay');
    expect(words(await client.call('shop_look', {}))).toBe('did look');
    expect(callsOf(home.room, 'bank')).toHaveLength(0);
  });
});
