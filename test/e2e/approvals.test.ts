/** Approvals through the real binary: what waits, who signs, what runs, and what never does. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { brandAs, type UpstreamName } from '../../src/core/ids.ts';
import { openSqliteStore } from '../../src/state/index.ts';
import { bankConfig, executedMinor, type Rule, signOff, usd } from './support/bank.ts';
import { BIN, callsOf, type Home, makeHome } from './support/home.ts';
import { approvalsOf, enrol, type ListedApproval, passphraseOf, runWith, sign } from './support/operators.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

async function session(home: Home, token: string): Promise<RawClient> {
  const client = new RawClient(home, token);
  onTestFinished(() => client.kill());
  await client.initialize();
  return client;
}

type Rules = Parameters<typeof bankConfig>[1];

/** Keys are slow to make: every desk begins as a copy of one home, and all have one bank. */
let template: Home;
let token: string;
beforeAll(async () => {
  template = await makeHome({});
  await template.rewrite(await bankConfig(template.room, { agent: [] }));
  token = await template.issue('agent');
  await enrol(template, 'ada', { roles: ['admin', 'approver', 'finance'], identities: ['agent@acme.example'] });
  await enrol(template, 'bo', { roles: ['finance'] }, 'ada');
  await enrol(template, 'cy', { roles: ['approver'] }, 'ada');
}, 60_000);
afterAll(() => template.remove());

/**
 * A bank with a root `ada`, who is admin and accountable for the agent, a `bo` of finance, and an approver `cy` who is
 * not of finance.
 */
async function makeDesk(rules: Rules, approvals: Record<string, unknown> = { wait: '30s' }): Promise<Home> {
  const home = await makeHome({});
  await cp(template.directory, home.directory, { recursive: true });
  await rm(join(template.room, 'bank.calls.jsonl'), { force: true });
  await home.rewrite(await bankConfig(template.room, rules, { approvals }));
  return home;
}

async function desk(rules: Rules, approvals?: Record<string, unknown>): Promise<Home> {
  const home = await makeDesk(rules, approvals);
  onTestFinished(() => home.remove());
  return home;
}

interface Config {
  readonly grants: Readonly<Record<string, object>>;
}

/** Once there are operators, a secret takes an admin. Its value comes on standard input. */
function seal(home: Home, value: string): void {
  const file = join(home.room, 'passphrase');
  writeFileSync(file, passphraseOf('ada'), { mode: 0o600 });
  const command = `'${process.execPath}' '${BIN}' secret set bank-key --as ada --passphrase-fd 3 3<'${file}'`;
  execFileSync('sh', ['-c', command], {
    env: { ...process.env, ...home.env },
    input: value,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** The request that waits, once it does. */
async function waiting(home: Home): Promise<ListedApproval> {
  let found: ListedApproval | undefined;
  await expect
    .poll(async () => (found = (await approvalsOf(home)).find(({ state }) => state === 'requested')), {
      timeout: 10_000,
    })
    .toBeDefined();
  return found!;
}

describe('when a refund over the threshold waits', () => {
  let home: Home;
  let client: RawClient;
  beforeAll(async () => {
    home = await makeDesk({ agent: [signOff()] });
    client = new RawClient(home, token);
    await client.initialize();
  }, 60_000);
  afterAll(async () => {
    await client.kill();
    await home.remove();
  });

  it('runs exactly what was signed, once, and answers what the bank answered', async () => {
    const answer = client.call('refund', usd(600_00, { reference: 'order-1' }));
    const request = await waiting(home);
    expect(request).toMatchObject({
      ...{ grant: 'agent', principal: 'agent@acme.example', tool: 'bank/refund', rule: 'sign-off' },
      ...{ amount: '600.00 USD', currency: 'USD' },
    });
    expect(executedMinor(template)).toBe(0);
    const { exitCode, stdout, stderr } = await sign(home, 'approve', request.id, 'bo');
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ id: request.id, verdict: 'approve', operator: 'bo', state: 'approved' });
    expect(words(await answer)).toBe('did refund');
    expect(callsOf(template.room, 'bank').map(({ arguments: args }) => args)).toEqual([
      { amount: 600_00, currency: 'USD', reference: 'order-1' },
    ]);
    expect((await approvalsOf(home)).map(({ state, outcome }) => [state, outcome])).toEqual([['executed', 'ok']]);
  });

  it('tells the log who asked, who signed what, and under which approval it ran', async () => {
    const own = home.records().filter(({ approval }) => typeof approval === 'string');
    expect(own.map(({ kind }) => kind)).toEqual([
      ...['approval_requested', 'approval_signed', 'approval_decided', 'intent', 'outcome'],
    ]);
    expect(own[2]).toMatchObject({ accepted: true, operator: 'bo', verdict: 'approve' });
    const verify = await home.run(['audit', 'verify', '--json']);
    expect(JSON.parse(verify.stdout)).toMatchObject({ faults: [] });
  });

  it('makes whoever signed a witness of the log: a stream that was cut and goes on is found out', async () => {
    const { signed } = home.records().find(({ kind }) => kind === 'approval_signed') as { signed: string };
    const { seen } = (JSON.parse(signed) as { verdict: { seen: { count: number; head: string } } }).verdict;
    const last = home.records().find(({ hash }) => hash === seen.head);
    expect(last).toMatchObject({ seq: seen.count - 1 });
    const folder = join(home.directory, 'audit');
    const file = join(
      folder,
      readdirSync(folder).find((name) => name.startsWith('admin'))!,
    );
    const text = readFileSync(file, 'utf8');
    // As if other records had been written in the place of those that he saw.
    writeFileSync(file, text.replace(`"hash":"${seen.head}"`, `"hash":"${'0'.repeat(64)}"`));
    const { stdout } = await home.run(['audit', 'verify', '--json']);
    writeFileSync(file, text);
    const { ok, faults } = JSON.parse(stdout) as { ok: boolean; faults: { code: string }[] };
    expect(ok).toBe(false);
    expect(faults.map(({ code }) => code)).toContain('witness_contradicts');
  });

  it('shows a call that ran once as a repeat, and runs it again only if somebody signs that', async () => {
    const answer = client.call('refund', usd(600_00, { reference: 'order-1' }));
    const request = await waiting(home);
    const shown = await home.run(['approvals', 'show', request.id]);
    expect(shown.stdout).toMatch(/^REPEAT OF {2}ap-[a-z2-7-]+, ok\n/);
    expect((await sign(home, 'reject', request.id, 'bo')).exitCode).toBe(0);
    const said = await answer;
    expect(words(said)).toMatch(/a person rejected this call/);
    expect(decisionOf(said)).toMatchObject({ decision: 'deny', rule: 'sign-off', approval: request.id });
    expect(callsOf(template.room, 'bank')).toHaveLength(1);
  });

  it('denies a rejected call until its request expires', async () => {
    expect(words(await client.call('refund', usd(600_00, { reference: 'order-1' })))).toMatch(/rejected this call/);
    expect(callsOf(template.room, 'bank')).toHaveLength(1);
  });

  it('does not make other calls wait', async () => {
    expect(words(await client.call('refund', usd(5_00)))).toBe('did refund');
  });
});

describe('when the server is away as the caller comes with what was signed', () => {
  it('keeps the approval, and executes under it once when the server is back', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '2s' });
    const client = await session(home, token);
    const args = usd(650_00, { reference: 'order-away' });
    await client.call('refund', args);
    const request = await waiting(home);
    await sign(home, 'approve', request.id, 'bo');
    const tools = join(template.room, 'bank.tools.json');
    const text = readFileSync(tools, 'utf8');
    // A server that comes up no more: its list cannot be read.
    rmSync(tools);
    try {
      process.kill(Number(home.records().findLast(({ kind }) => kind === 'upstream_started')?.['pid']), 'SIGKILL');
      await expect
        .poll(() => home.records().some(({ kind }) => kind === 'upstream_failed'), { timeout: 10_000 })
        .toBe(true);
      expect(words(await client.call('refund', args))).toMatch(
        /^Not executed yet: approval (ap-\S+) is given, and its server is not available; nothing was sent\./,
      );
    } finally {
      writeFileSync(tools, text);
    }
    expect((await approvalsOf(home)).map(({ id, state }) => [id, state])).toEqual([[request.id, 'approved']]);
    expect(home.records().filter(({ kind }) => kind === 'intent')).toEqual([]);
    await expect.poll(async () => words(await client.call('refund', args)), { timeout: 60_000 }).toBe('did refund');
    const intents = home.records().filter(({ kind, approval }) => kind === 'intent' && approval === request.id);
    expect(intents).toHaveLength(1);
    const executed = callsOf(template.room, 'bank').filter(({ raw }) => raw.includes('order-away'));
    expect(executed).toHaveLength(1);
  }, 120_000);
});

describe('when nobody answers while the caller waits', () => {
  it('tells the caller to come back, and runs the signed call when it does', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '1s' });
    const client = await session(home, token);
    const pending = await client.call('refund', usd(700_00));
    expect(pending.result?.isError).toBe(true);
    expect(words(pending)).toMatch(
      /^Not executed yet: waiting for approval (ap-\S+)\. Call again with the same arguments/,
    );
    const request = await waiting(home);
    expect(decisionOf(pending)).toEqual({ decision: 'deny', rule: 'sign-off', policy: 'agent', approval: request.id });
    await sign(home, 'approve', request.id, 'bo');
    expect((await approvalsOf(home))[0]).toMatchObject({ state: 'approved' });
    expect(executedMinor(template)).toBe(0);
    expect(words(await client.call('refund', usd(700_00)))).toBe('did refund');
    expect(executedMinor(template)).toBe(700_00);
  });

  it('expires, gives back what it held, and asks anew for the next call', async () => {
    const cap = { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: { USD: '1000' }, per: 'day' } };
    const home = await desk({ agent: [signOff({ expire: '12s' }), cap] });
    const client = await session(home, token);
    const answer = client.call('refund', usd(900_00));
    await waiting(home);
    const held = JSON.parse((await home.run(['quota', 'list', '--json'])).stdout) as { reserved: string }[];
    expect(held).toMatchObject([{ reserved: '900.00' }]);
    expect(words(await answer)).toMatch(/nobody approved this call in time/);
    expect(words(await client.call('refund', usd(400_00)))).toBe('did refund');
    expect((await approvalsOf(home)).map(({ state }) => state)).toEqual(['expired']);
    expect(executedMinor(template)).toBe(400_00);
  });

  it('lapses if it was approved and nobody came for it', async () => {
    const home = await desk({ agent: [signOff({ expire: '15s' })] }, { wait: '100ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    await expect.poll(async () => (await approvalsOf(home))[0]?.state, { timeout: 45_000 }).toBe('lapsed');
    expect(executedMinor(template)).toBe(0);
  });
});

describe('when the caller goes away', () => {
  it('runs nothing for a call that was cancelled, and keeps the request for the next one', async () => {
    const home = await desk({ agent: [signOff()] });
    const client = await session(home, token);
    client.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method: 'tools/call',
        params: { name: 'refund', arguments: usd(700_00) },
      }),
    );
    const request = await waiting(home);
    client.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}');
    await client.request('ping');
    await sign(home, 'approve', request.id, 'bo');
    await client.call('look', {});
    expect(executedMinor(template)).toBe(0);
    expect(words(await client.call('refund', usd(700_00)))).toBe('did refund');
    expect(client.messages.filter(({ id }) => id === 7)).toEqual([]);
    expect(executedMinor(template)).toBe(700_00);
  });

  it('records a call that joined a request and was taken back', async () => {
    const home = await desk({ agent: [signOff()] });
    const client = await session(home, token);
    const params = { name: 'refund', arguments: usd(700_00) };
    for (const id of [7, 8]) client.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
    const { id } = await waiting(home);
    client.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":8}}');
    const denied = () => home.records().filter(({ kind, code }) => kind === 'decision' && code === 'approval_pending');
    await expect.poll(denied, { timeout: 10_000 }).toMatchObject([{ approval: id, tool: 'bank/refund' }]);
    expect(client.messages.filter((message) => message.id === 8)).toEqual([]);
  });

  it('answers at once when the client closes its end, and runs nothing', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '60s' });
    const client = await session(home, token);
    const answer = client.call('refund', usd(700_00));
    const request = await waiting(home);
    expect(await client.close()).toBe(0);
    expect(words(await answer)).toMatch(/waiting for approval/);
    await sign(home, 'approve', request.id, 'bo');
    expect(executedMinor(template)).toBe(0);
  });

  it('loses nothing when the gateway is killed: another one runs what was signed', async () => {
    const home = await desk({ agent: [signOff()] });
    const first = await session(home, token);
    void first.call('refund', usd(700_00));
    const request = await waiting(home);
    await first.kill();
    await sign(home, 'approve', request.id, 'bo');
    const second = await session(home, token);
    expect(words(await second.call('refund', usd(700_00)))).toBe('did refund');
    expect(executedMinor(template)).toBe(700_00);
  });
});

describe('when several callers wait for one request', () => {
  it('executes for one of them, whatever the process, and tells the others', async () => {
    const home = await desk({ agent: [signOff()] });
    const clients = await Promise.all([session(home, token), session(home, token), session(home, token)]);
    const answers = clients.map((client) => client.call('refund', usd(700_00)));
    const request = await waiting(home);
    await sign(home, 'approve', request.id, 'bo');
    const said = (await Promise.all(answers)).map(words);
    expect(said.filter((text) => text === 'did refund')).toHaveLength(1);
    expect(said.filter((text) => /another call with the same arguments was executed/.test(text))).toHaveLength(2);
    expect(executedMinor(template)).toBe(700_00);
    expect(await approvalsOf(home)).toHaveLength(1);
  });
});

describe('when the world changes between the signature and the claim', () => {
  it.each([
    [
      'a policy denies it',
      (rules: Rule[]) => [...rules, { id: 'no', tools: ['money'], effect: 'deny' }],
      /denied by rule `no`|Denied/,
    ],
    ['it needs a signature that nobody gave', () => [signOff({ roles: ['board'] })], /needs signatures/],
    ['it needs one person more', () => [signOff({ count: 2 })], /needs signatures/],
  ] as const)('runs nothing once %s', async (_, change, why) => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    await home.rewrite(
      await bankConfig(template.room, { agent: change([signOff()]) }, { approvals: { wait: '300ms' } }),
    );
    expect(words(await client.call('refund', usd(700_00)))).toMatch(why);
    expect(executedMinor(template)).toBe(0);
  });

  it.each([
    [
      'the principal of its grant',
      (config: Config) => ({
        ...config,
        grants: { agent: { ...config.grants['agent'], principal: 'other@acme.example', owner: 'Ada' } },
      }),
    ],
    [
      'the owner of its grant',
      (config: Config) => ({ ...config, grants: { agent: { ...config.grants['agent'], owner: 'Eve' } } }),
    ],
  ])('runs nothing once %s is another', async (_, change) => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    const config = await bankConfig(template.room, { agent: [signOff()] }, { approvals: { wait: '300ms' } });
    await home.rewrite(change(config as unknown as Config));
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/not any more what was signed/);
    expect(executedMinor(template)).toBe(0);
    expect((await approvalsOf(home)).map(({ state }) => state)).toEqual(['void']);
  });

  it('runs nothing once a secret of its server has another version', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const config = (await bankConfig(
      template.room,
      { agent: [signOff()] },
      { approvals: { wait: '300ms' } },
    )) as unknown as {
      upstreams: { bank: { env: Record<string, unknown> } };
    };
    config.upstreams.bank.env['KEY'] = { secret: 'bank-key' };
    await home.rewrite(config);
    seal(home, 'first');
    const accepted = await runWith(
      home,
      ['upstream', 'review', 'bank', '--accept', '--as', 'ada'],
      [passphraseOf('ada')],
    );
    expect(accepted.exitCode, accepted.stderr).toBe(0);
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    seal(home, 'second');
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/not any more what was signed/);
    expect(executedMinor(template)).toBe(0);
  });

  it('runs nothing once the definition of its tool is another', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    const store = await openSqliteStore(join(home.directory, 'state.db'));
    const bank = brandAs<UpstreamName>('bank');
    const accepted = (await store.pins.get(bank))!;
    const tools = accepted.tools.map((tool) => ({
      ...tool,
      definition: tool.definition.replace('"refund"', '"Refund"'),
    }));
    await store.pins.accept(bank, { ...accepted, tools });
    await store.close();
    const again = await session(home, token);
    expect(words(await again.call('refund', usd(700_00)))).toMatch(
      /not the one that was accepted|not any more what was signed/,
    );
    expect(executedMinor(template)).toBe(0);
  });

  it('runs it all the same when only the text of the policy changed', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    const more = { id: 'other', tools: ['kind:payout'], effect: 'deny' };
    await home.rewrite(await bankConfig(template.room, { agent: [signOff(), more] }, { approvals: { wait: '5s' } }));
    expect(words(await client.call('refund', usd(700_00)))).toBe('did refund');
  });

  it('runs nothing while it is frozen, and what was signed once it is not', async () => {
    const home = await desk({ agent: [signOff()] });
    const client = await session(home, token);
    const answer = client.call('refund', usd(700_00));
    const request = await waiting(home);
    await runWith(home, ['freeze', '--money', '--as', 'bo'], [passphraseOf('bo')]);
    expect(words(await answer)).toMatch(/frozen/);
    await sign(home, 'approve', request.id, 'bo');
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/frozen/);
    expect(executedMinor(template)).toBe(0);
    await runWith(home, ['unfreeze', '--as', 'ada'], [passphraseOf('ada')]);
    expect(words(await client.call('refund', usd(700_00)))).toBe('did refund');
  });

  it('runs nothing that a revoked key signed', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '300ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    await sign(home, 'approve', (await waiting(home)).id, 'bo');
    const revoked = await runWith(home, ['operator', 'revoke', 'bo', '--as', 'ada'], [passphraseOf('ada')]);
    expect(revoked.exitCode, revoked.stderr).toBe(0);
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/waiting for approval/);
    expect(executedMinor(template)).toBe(0);
    expect(
      home.records().filter(({ kind, accepted }) => kind === 'approval_decided' && accepted === false),
    ).not.toEqual([]);
  });
});

describe('who may sign', () => {
  it('is refused and recorded: the accountable person, a wrong role, a wrong passphrase, a stranger', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '200ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00));
    const { id } = await waiting(home);
    for (const [as, why] of [
      ['ada', /accountable/],
      ['cy', /none of the roles that are asked for: finance/],
      ['eve', /no operator/],
    ] as const) {
      const refused = await sign(home, 'approve', id, as);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(why);
    }
    const wrong = await sign(home, 'approve', id, 'bo', 'not the passphrase');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toMatch(/passphrase does not open/);
    expect(home.records().filter(({ kind }) => kind === 'approval_refused')).toHaveLength(3);
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/waiting for approval/);
    expect(executedMinor(template)).toBe(0);
  });

  it('takes two persons where two are asked for, and counts one with two keys once', async () => {
    const home = await desk({ agent: [signOff({ count: 2 })] }, { wait: '15s' });
    await enrol(home, 'bo2', { roles: ['finance'], person: 'bo of Acme' }, 'ada');
    await enrol(home, 'dee', { roles: ['finance'] }, 'ada');
    const client = await session(home, token);
    const answer = client.call('refund', usd(700_00));
    const { id } = await waiting(home);
    for (const as of ['bo', 'bo2'])
      expect(JSON.parse((await sign(home, 'approve', id, as)).stdout)).toMatchObject({ state: 'requested' });
    expect(executedMinor(template)).toBe(0);
    expect(JSON.parse((await sign(home, 'approve', id, 'dee')).stdout)).toMatchObject({ state: 'approved' });
    expect(words(await answer)).toBe('did refund');
  });

  it('keeps an approver with a limit from amounts above it, and from unknown ones', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '200ms' });
    await enrol(home, 'dee', { roles: ['finance'], limits: ['650 USD'] }, 'ada');
    const client = await session(home, token);
    for (const args of [usd(700_00), { currency: 'USD' }]) {
      await client.call('refund', args);
      const { id } = await waiting(home);
      const refused = await sign(home, 'approve', id, 'dee');
      expect(refused.exitCode).toBe(2);
      expect((await sign(home, 'reject', id, 'dee')).exitCode).toBe(0);
    }
    await client.call('refund', usd(650_00));
    expect((await sign(home, 'approve', (await waiting(home)).id, 'dee')).exitCode).toBe(0);
  });
});

describe('when limits ask a person', () => {
  const cap = (more: Record<string, unknown>) => [
    { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: { USD: '100' }, per: 'day', ...more } },
  ];

  it('counts an approved call above the cap, and holds nothing for one that nobody approved', async () => {
    const home = await desk({ agent: cap({ exceed: 'approve' }) });
    const client = await session(home, token);
    const answer = client.call('refund', usd(150_00));
    const { id, rule } = await waiting(home);
    expect(rule).toBe('cap');
    expect(words(await client.call('refund', usd(100_00)))).toBe('did refund');
    // `bo` is of finance, and a limit asks an approver.
    expect((await sign(home, 'approve', id, 'bo')).exitCode).toBe(2);
    expect((await sign(home, 'approve', id, 'cy')).exitCode).toBe(0);
    expect(words(await answer)).toBe('did refund');
    expect(JSON.parse((await home.run(['quota', 'list', '--json'])).stdout)).toMatchObject([{ used: '250.00' }]);
  });

  it('runs nothing above a cap that came to deny while the request waited, whoever signed', async () => {
    const home = await desk({ agent: cap({ exceed: 'approve' }) });
    const client = await session(home, token);
    const answer = client.call('refund', usd(150_00));
    const { id } = await waiting(home);
    await home.rewrite(await bankConfig(template.room, { agent: cap({ exceed: 'deny' }) }));
    expect((await sign(home, 'approve', id, 'cy')).exitCode).toBe(0);
    expect(words(await answer)).toMatch(/is void and nothing was executed/);
    expect(executedMinor(template)).toBe(0);
    const quota: unknown = JSON.parse((await home.run(['quota', 'list', '--json'])).stdout);
    expect(quota).toMatchObject([{ used: '0.00', reserved: '0.00', inDoubt: '0.00' }]);
  });

  it('closes the window of an approved call whose amount nobody knows', async () => {
    const home = await desk({ agent: cap({ unknown: 'approve' }) });
    const client = await session(home, token);
    const answer = client.call('refund', { currency: 'USD' });
    const { id, amount } = await waiting(home);
    expect(amount).toBeNull();
    expect((await sign(home, 'approve', id, 'cy')).exitCode).toBe(0);
    expect(words(await answer)).toBe('did refund');
    expect(words(await client.call('refund', usd(1_00)))).toMatch(/amount that nobody has entered/);
    expect(callsOf(template.room, 'bank')).toHaveLength(1);
  });
});

describe('when an agent asks for everything', () => {
  it('lets only so many requests of a grant wait', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '50ms', pending: 2 });
    const client = await session(home, token);
    for (const amount of [601_00, 602_00]) await client.call('refund', usd(amount));
    expect(words(await client.call('refund', usd(603_00)))).toMatch(/2 calls of this grant wait/);
    expect(await approvalsOf(home)).toHaveLength(2);
  });

  it('pauses it after three rejections', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '50ms' });
    const client = await session(home, token);
    for (const amount of [601_00, 602_00, 603_00]) {
      await client.call('refund', usd(amount));
      await sign(home, 'reject', (await waiting(home)).id, 'bo');
    }
    expect(words(await client.call('refund', usd(604_00)))).toMatch(/rejected 3 calls of this grant/);
    expect(await approvalsOf(home)).toHaveLength(3);
  });
});

describe('when nobody could approve', () => {
  it('denies at once, and says what to do', async () => {
    const home = await makeHome({});
    onTestFinished(() => home.remove());
    await home.rewrite(await bankConfig(home.room, { agent: [signOff()] }));
    const client = await session(home, await home.issue('agent'));
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/nobody is registered.*operator add/);
    await enrol(home, 'bo', { roles: ['admin', 'finance'] });
    expect(words(await client.call('refund', usd(700_00)))).toMatch(/no operator goes by `agent@acme\.example`/);
    expect(await approvalsOf(home)).toEqual([]);
  });
});

describe('what a thief of the files reads', () => {
  it('finds no argument of a request that waits, nor of one that ended', async () => {
    const home = await desk({ agent: [signOff()] }, { wait: '50ms' });
    const client = await session(home, token);
    await client.call('refund', usd(700_00, { reference: 'canary-reference' }));
    const { id } = await waiting(home);
    const files = ['state.db', 'state.db-wal'].map((name) => join(home.directory, name));
    const holds = (text: string): boolean =>
      files.some((file) => existsSync(file) && readFileSync(file).includes(text));
    expect(holds(id)).toBe(true);
    expect(holds('canary-reference')).toBe(false);
    await sign(home, 'reject', id, 'bo');
    expect((await home.run(['approvals', 'show', id, '--json'])).stdout).not.toContain('canary');
    expect(JSON.stringify(home.records())).not.toContain('canary');
  });
});
