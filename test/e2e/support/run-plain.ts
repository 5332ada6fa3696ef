/** Everything that an installation without operators can write into its log, done through the real binary. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '../../../src/audit/fs.ts';
import { openCallLog } from '../../../src/audit/index.ts';
import { brandAs, type GrantName, type PolicyName, type RequestId, type ToolName } from '../../../src/core/ids.ts';
import { windowAt } from '../../../src/core/windows.ts';
import { openSqliteStore, type QuotaCounter } from '../../../src/state/index.ts';
import { bankConfig, policyOf, type Rule, usd } from './bank.ts';
import { type Finished, type Home, makeHome, tool } from './home.ts';
import { RawClient } from './raw-client.ts';

const RULES: readonly Rule[] = [
  { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '300 USD' } } },
  { id: 'daily', tools: ['kind:charge'], effect: 'limit', limit: { amount: { USD: '50' }, per: 'day' } },
];
/** The smallest that there is, so that a run sees a file follow another. */
const audit = { rotate: { size: '64KiB' } };

/** Runs a command that has to succeed. */
async function must(home: Home, args: readonly string[]): Promise<Finished> {
  const done = await home.run(args);
  if (done.exitCode !== 0) throw new Error(`countersign ${args.join(' ')}: ${done.stderr}`);
  return done;
}

/** The home with all its records; the caller removes it. */
export async function runPlain(): Promise<Home> {
  const home = await makeHome({});
  const config = { ...(await bankConfig(home.room, { agent: [] })), policies: { agent: 'agent.json' }, audit };
  await writeFile(join(home.directory, 'agent.json'), JSON.stringify(policyOf(RULES)), { mode: 0o600 });
  await home.rewrite(config);
  await home.seal('bank-key', 'value-of-bank-key');
  await must(home, ['secret', 'remove', 'bank-key']);
  const token = await home.issue('agent');
  await strangers(home);
  await calls(home, token);
  await interrupted(home, token);
  await edits(home, token, config);
  await operating(home, token);
  await counters(home);
  await must(home, ['client', 'install', 'cursor', '--yes']);
  await must(home, ['client', 'uninstall', 'cursor', '--yes']);
  await oldAndInterrupted(home);
  await home.rewrite({ ...config, audit: { ...audit, retain: '1d' } });
  await must(home, ['audit', 'prune']);
  await must(home, ['audit', 'tail']);
  await must(home, ['upstream', 'add', 'other', '--', process.execPath, 'other.mjs']);
  return home;
}

async function opened(home: Home, token: string | undefined): Promise<RawClient> {
  const client = new RawClient(home, token);
  await client.initialize();
  return client;
}

/** Clients without a good token. */
async function strangers(home: Home): Promise<void> {
  for (const token of [undefined, 'csg_nonsense']) await (await opened(home, token)).close();
}

/** Calls that run, that fail, and that are denied; messages that are none. */
async function calls(home: Home, token: string): Promise<void> {
  const client = await opened(home, token);
  for (const [name, args] of [
    ['look', {}],
    ['refund', usd(5_00, { reference: 'order-1' })],
    ['refund', usd(400_00)],
    ['pay', usd(40_00)],
    ['pay', usd(20_00)],
    ['fail', usd(1_00)],
    ['nothing', {}],
    ['refund', usd(1, { '\u202ehidden': true })],
    ['refund', { amount: 'a lot' }],
  ] as const)
    await client.call(name, args);
  await client.request('tasks/list');
  for (const line of [
    '{"jsonrpc":"2.0","id":1,"method":',
    '[{"jsonrpc":"2.0","id":2,"method":"ping"}]',
    '{"jsonrpc":"2.0","id":3,"id":4,"method":"ping"}',
    '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"look","arguments":{}}}',
  ])
    client.send(line);
  await client.request('ping');
  await client.close();
}

/** A call that is on its way while files follow one another, and a gateway that is killed with it; a server that dies. */
async function interrupted(home: Home, token: string): Promise<void> {
  const client = await opened(home, token);
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 'h', method: 'tools/call', params: hang() }));
  for (let n = 0; n < 40; n += 1) await client.call('look', {});
  await client.kill();
  const next = await opened(home, token);
  await next.call('die', usd(1_00));
  await next.close();
}

function hang(): unknown {
  return { name: 'hang', arguments: usd(1_00) };
}

/** A configuration that is edited under a running gateway, well and badly; a tool that changed. */
async function edits(home: Home, token: string, config: Record<string, unknown>): Promise<void> {
  const client = await opened(home, token);
  const rule = { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '200 USD' } } };
  await must(home, ['policy', 'edit', 'agent', '--set-rule', JSON.stringify(rule)]);
  await client.call('look', {});
  await home.rewrite({ version: 1, nonsense: true });
  await client.call('look', {});
  await home.rewrite(config);
  await client.call('look', {});
  await writeFile(join(home.directory, 'agent.json'), '{"version":1,"rules":[{"id":"a"}]}', { mode: 0o600 });
  await (await opened(home, token)).close();
  await writeFile(join(home.directory, 'agent.json'), JSON.stringify(policyOf(RULES)), { mode: 0o600 });
  await client.close();
  const changed = [tool('look', { more: { type: 'string' } }), tool('pay', {}), tool('unheard-of', {})];
  await writeFile(join(home.room, 'bank.tools.json'), JSON.stringify(changed));
  const late = await opened(home, token);
  await late.tools();
  await late.call('look', {});
  await late.close();
}

/** What is done to grants, seen by a session that is open. */
async function operating(home: Home, token: string): Promise<void> {
  const client = await opened(home, token);
  await must(home, ['freeze']);
  await client.call('look', {});
  await must(home, ['unfreeze']);
  await must(home, ['freeze', '--money', '--grant', 'agent']);
  await must(home, ['unfreeze', '--grant', 'agent']);
  await must(home, ['grant', 'rotate', 'agent', '--overlap', '1h']);
  await must(home, ['grant', 'revoke', 'agent']);
  await client.call('look', {});
  await client.close();
  await (await opened(home, token)).close();
}

/** What is done to counters. That one is closed by a use without an amount takes a store that says so. */
async function counters(home: Home): Promise<void> {
  const doubtful = home.records().find(({ kind, outcome }) => kind === 'outcome' && outcome === 'in-doubt');
  const store = await openSqliteStore(join(home.directory, 'state.db'));
  const window = windowAt({ is: 'calendar', unit: 'day', timezone: 'UTC' }, Date.now())!;
  const counter: QuotaCounter = {
    ...{ id: 'a'.repeat(64), policy: brandAs<PolicyName>('agent'), rule: 'daily', scope: 'grant', unit: 'USD' },
    ...{ subject: 'agent', keyed: false, window },
  };
  const held = { counter, amount: 0, cap: 50_000, over: 'admit', closes: true } as const;
  for (const [request, outcome] of [
    ['77aa-1', 'ok'],
    ['5d0b-1', 'in-doubt'],
  ] as const) {
    await store.quota.reserve({
      ...{ request: brandAs<RequestId>(request), grant: brandAs<GrantName>('agent'), principal: 'agent@acme.example' },
      ...{ owner: { host: 'elsewhere', pid: 1, processStart: 'never' }, tool: brandAs<ToolName>('bank/pay') },
      ...{ uses: [held], leaseMs: 600_000, durable: true },
    });
    await store.quota.settle({ request: brandAs<RequestId>(request), outcome, forwardedMs: null });
  }
  await store.close();
  if (doubtful === undefined) throw new Error('no call is in doubt');
  await must(home, ['quota', 'resolve', '5d0b-1', '--as', 'failed']);
  await must(home, ['quota', 'settle', '77aa-1', '--amount', '12.34 USD']);
  await must(home, ['quota', 'reset', '--grant', 'agent', '--rule', 'daily', '--yes']);
}

const REFUSED = { kind: 'protocol_rejected', session: null, code: 'batch', method: null } as const;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** A file of last week, and a writer that met a full disk: what the clock and the disk of this machine do not bring about. */
async function oldAndInterrupted(home: Home): Promise<void> {
  const store = await openSqliteStore(join(home.directory, 'state.db'));
  let isFull = false;
  const write: typeof nodeFileSystem.write = (fd, bytes, offset) => {
    if (!isFull) return nodeFileSystem.write(fd, bytes, offset);
    isFull = false;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const parts = {
    ...{ directory: join(home.directory, 'audit'), keysDirectory: join(home.directory, 'keys') },
    ...{ heads: store.heads, segments: store.segments, version: '0.1.0' },
    ...{
      durability: 'money' as const,
      installId: await readFile(join(home.directory, 'keys', 'install.id'), 'utf8'),
      rotateBytes: 1024 * 1024,
    },
  } as const;
  const old = openCallLog({ ...parts, clock: { nowMs: () => Date.now() - WEEK_MS } });
  await old.writeDurable(REFUSED);
  await old.close();
  const log = openCallLog({ ...parts, clock: { nowMs: Date.now }, files: { ...nodeFileSystem, write } });
  await log.ready();
  isFull = true;
  await log.writeDurable(REFUSED).catch(() => undefined);
  await log.writeDurable(REFUSED);
  await log.close();
  await store.close();
}
