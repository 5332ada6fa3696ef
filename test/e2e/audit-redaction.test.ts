/** What the log of the real gateway tells of arguments, what it reveals when asked to, and finding a value again. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bankConfig, executedMinor, usd } from './support/bank.ts';
import { type Home, makeHome } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const HMAC = expect.stringMatching(/^\d{6}:[A-Za-z0-9_-]{22}$/) as string;
const DAILY = {
  ...{ id: 'daily', tools: ['money'], effect: 'limit' },
  limit: { amount: { USD: '100' }, per: 'day', timezone: 'UTC' },
};

let home: Home;
let config: Record<string, unknown>;
let token: string;
const clients: RawClient[] = [];

const reveal = (...facts: string[]) => home.rewrite({ ...config, audit: { reveal: facts } });
const kinds = (kind: string) => home.records().filter((record) => record['kind'] === kind);
const last = (kind: string) => kinds(kind).at(-1);

async function start(): Promise<RawClient> {
  const client = new RawClient(home, token);
  clients.push(client);
  await client.initialize();
  await client.tools();
  return client;
}

function keyFile(): string {
  const keys = join(home.directory, 'keys');
  return join(keys, readdirSync(keys).find((name) => /^audit-hmac-\d{6}\.key$/.test(name)) ?? 'none');
}

beforeEach(async () => {
  home = await makeHome({});
  config = await bankConfig(home.room, { agent: [DAILY] });
  await home.rewrite(config);
  token = await home.issue('agent');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.kill()));
  await home.remove();
});

describe('when nothing is revealed', () => {
  it('describes arguments, gives limits in shares, and names the policies of the session', async () => {
    const client = await start();
    expect(words(await client.call('pay', usd(30_00, { reference: 'inv_1' })))).toBe('did pay');
    expect(last('intent')).toMatchObject({
      args: [
        { name: 'amount', type: 'number', length: '<8', hmac: HMAC },
        { name: 'currency', type: 'string', length: '<8', hmac: HMAC },
        { name: 'reference', type: 'string', length: '<8', hmac: HMAC },
      ],
      quota: [{ rule: 'daily', policy: 'agent', unit: 'USD', per: 'day', used: '<50%' }],
    });
    expect(last('intent')).not.toHaveProperty('revealed');
    expect(last('outcome')).toMatchObject({ args: [], quota: [] });
    await client.call('pay', usd(90_00));
    expect(last('decision')).toMatchObject({ code: 'limit', quota: [{ rule: 'daily', used: '>100%' }] });
    expect(last('session_opened')).toMatchObject({
      policies: [{ name: 'agent', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    });
    expect(last('segment_open')).toMatchObject({ revealed: [] });
  });
});

describe('when facts are revealed', () => {
  it('writes those that are named, from the next call on, and records that it does', async () => {
    const client = await start();
    await client.call('pay', usd(10_00));
    expect(last('intent')).not.toHaveProperty('revealed');
    await reveal('amount', 'reference');
    await client.call('pay', usd(12_50, { reference: 'inv_2' }));
    expect(last('intent')).toMatchObject({
      revealed: { amount: '12.50 USD', reference: 'inv_2' },
      quota: [{ used: '<25%', figure: '22.50 USD', cap: '100.00 USD' }],
    });
    expect(last('config_reloaded')).toMatchObject({
      revealed: ['amount', 'reference'],
      policies: [{ name: 'agent', hash: expect.any(String) as string }],
    });
    await client.call('pay', usd(500_00));
    expect(last('decision')).toMatchObject({
      revealed: { amount: '500.00 USD' },
      quota: [{ used: '>100%', figure: '522.50 USD', cap: '100.00 USD' }],
    });
    await reveal();
    await client.call('pay', usd(1_00, { reference: 'inv_3' }));
    expect(last('intent')).not.toHaveProperty('revealed');
    expect(kinds('config_reloaded').map(({ revealed }) => revealed)).toEqual([['amount', 'reference'], []]);
    expect(client.stderr).not.toContain('takes that up when it starts again');
  });

  it('says so at the head of a file, and says `unknown` where an amount cannot be told', async () => {
    await reveal('amount', 'currency', 'recipient');
    const client = await start();
    await client.call('pay', { amount: '12,50', currency: 'USD' });
    expect(last('segment_open')).toMatchObject({ revealed: ['amount', 'currency', 'recipient'] });
    expect(last('decision')?.['revealed']).toEqual({ amount: 'unknown', currency: 'USD' });
  });
});

describe('when the key cannot be used', () => {
  it('denies every call, says why to the operator, and sends nothing', async () => {
    const first = await start();
    await first.call('pay', usd(1_00));
    await first.close();
    truncateSync(keyFile(), 16);
    const client = await start();
    for (const name of ['pay', 'look']) {
      const answer = await client.call(name, name === 'pay' ? usd(1_00) : { q: 'x' });
      expect(decisionOf(answer)).toMatchObject({ decision: 'deny', rule: '(log unavailable)' });
    }
    expect(client.stderr).toMatch(/the audit log cannot be written: the key `.*audit-hmac-\d{6}\.key` has 16 bytes/);
    expect(executedMinor(home)).toBe(1_00);
    const { stdout } = await home.run(['quota', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ used: '1.00', reserved: '0.00' }]);
  });
});

describe('when somebody asks whether a value occurred', () => {
  const ask = async (value: string, ...options: string[]) => {
    const { exitCode, stdout, stderr } = await home.run(['audit', 'hash', '--json', ...options], value);
    return { exitCode, stderr, found: stdout === '' ? null : (JSON.parse(stdout) as Record<string, unknown[]>) };
  };

  it('finds the calls that held it, with what became of them, and records that it was asked and not what', async () => {
    const client = await start();
    await client.call('pay', usd(12_50, { reference: 'inv_7' }));
    await client.call('refund', usd(3, { reference: 'inv_7' }));
    await client.call('refund', usd(4, { other: 'inv_7' }));
    await client.close();
    const everywhere = await ask('inv_7\n');
    expect(everywhere.exitCode).toBe(0);
    expect(everywhere.found?.['records']).toMatchObject([
      { grant: 'agent', tool: 'bank/pay', argument: 'reference', kind: 'intent', decision: 'allow', outcome: 'ok' },
      { tool: 'bank/refund', argument: 'reference', kind: 'intent', outcome: 'ok', intact: true },
      { tool: 'bank/refund', argument: '~unknown', kind: 'decision', decision: 'deny', outcome: null },
    ]);
    const amount = ['--tool', 'bank/pay', '--argument', 'amount'];
    const one = await ask('1250.0', ...amount, '--type', 'number');
    expect(one.found).toMatchObject({
      ...{ tool: 'bank/pay', argument: 'amount', hashes: [{ type: 'number', hmac: HMAC }] },
      records: [{ request: (everywhere.found?.['records'] as { request: string }[])[0]?.request }],
    });
    const none = await ask('1251', ...amount);
    expect(none).toMatchObject({ exitCode: 1, found: { records: [] } });
    expect(none.found?.['hashes']).toHaveLength(2);
    expect(kinds('log_read')).toMatchObject([
      { does: 'hash', records: 3, options: [] },
      { does: 'hash', records: 1, options: ['--tool', '--argument', '--type'] },
      { does: 'hash', records: 0, options: ['--tool', '--argument'] },
    ]);
    const log = readdirSync(join(home.directory, 'audit')).map((name) =>
      readFileSync(join(home.directory, 'audit', name)),
    );
    for (const bytes of log) expect(bytes.includes('inv_7')).toBe(false);
  });

  it('tells nothing once the key of the month is gone, and makes none by asking', async () => {
    const client = await start();
    await client.call('pay', usd(1_00, { reference: 'inv_8' }));
    await client.close();
    rmSync(keyFile());
    expect(await ask('inv_8')).toMatchObject({ exitCode: 3, found: null });
    expect(readdirSync(join(home.directory, 'keys')).filter((name) => name.startsWith('audit-hmac'))).toEqual([]);
    expect((await home.run(['audit', 'verify'])).exitCode).toBe(0);
  });

  it('shows a person the hashes and the records, one a line, and refuses what it cannot hash', async () => {
    const client = await start();
    await client.call('pay', usd(1_00, { reference: 'inv_9' }));
    await client.close();
    const place = ['--tool', 'bank/pay', '--argument', 'reference'];
    const found = await home.run(['audit', 'hash', ...place], 'inv_9');
    expect(found.stdout).toMatch(
      /^\d{6}:\S{22} bank\/pay reference \(string\)\n.*Z intent +ok +agent bank\/pay reference \S+$/,
    );
    const none = await home.run(['audit', 'hash', ...place], 'inv_10');
    expect(none).toMatchObject({ exitCode: 1 });
    expect(none.stderr).toMatch(/^countersign: the value is in none of the records under these keys\n {2}hint: /);
    for (const [options, wrong] of [
      [['--type', 'boolean'], '`boolean` is no type of a value that is hashed'],
      [['--type', 'object'], 'the value is no JSON object'],
      [['--epoch', '202613'], '`202613` is no month'],
    ] as const)
      expect(await home.run(['audit', 'hash', ...options], 'inv_9')).toMatchObject({
        ...{ exitCode: 2, stderr: expect.stringContaining(wrong) as string },
      });
    expect(await home.run(['audit', 'hash', '--epoch', '199001'], 'x')).toMatchObject({ exitCode: 3 });
    writeFileSync(keyFile(), 'short');
    expect((await home.run(['audit', 'hash'], 'x')).stderr).toMatch(/has 5 bytes instead of 32/);
  });
});
