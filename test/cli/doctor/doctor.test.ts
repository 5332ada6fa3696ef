import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examine, exitOf } from '../../../src/cli/doctor/examine.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { brandAs, type GrantName, type RequestId, type ToolName } from '../../../src/core/index.ts';
import { openSqliteStore } from '../../../src/state/index.ts';
import { callsOf, type Home, makeHome, recorder, tool } from '../../e2e/support/home.ts';
import { enrol } from '../../e2e/support/operators.ts';

const READS = { version: 1, rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };
const AGENT = { principal: 'a@acme.example', policies: ['reads'], upstreams: ['shop'] };
const TOOLS = [tool('look', {}), tool('mystery', {})];
const NOW_MS = Date.now();

let home: Home;
let shop: Record<string, unknown>;

/** Declares the shop, changed as told. */
function declare(change: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<void> {
  return home.rewrite({
    version: 1,
    upstreams: { shop: { ...shop, ...change } },
    policies: { reads: READS },
    grants: { agent: AGENT },
    ...more,
  });
}

interface Looking {
  readonly offline?: boolean;
  readonly nowMs?: number;
}

function look({ offline = true, nowMs = NOW_MS }: Looking = {}): Promise<readonly Finding[]> {
  return examine(home.env, { configFile: undefined, offline, nowMs });
}

/** What was found of one thing: status, words, and what to do. */
async function found(id: string, looking: Looking = {}): Promise<unknown[]> {
  const findings = await look(looking);
  return findings.filter((one) => one.id === id).map(({ status, message, fix }) => [status, message, fix]);
}

/** The exit code for what a home is like now. */
async function exit(looking: Looking = {}): Promise<number> {
  return exitOf(await look(looking));
}

async function make(): Promise<void> {
  home = await makeHome({});
  shop = await recorder(home.room, 'shop', TOOLS, {
    env: { KEY: { secret: 'shop-live' }, ENV_FILE: join(home.room, 'env.json') },
    tools: { look: { kind: 'read' } },
  });
  await declare();
}

describe('when everything is as it should be', () => {
  beforeAll(async () => {
    await make();
    await declare({ tools: { look: { kind: 'read' }, mystery: { kind: 'read' } } });
    await home.seal('shop-live', 'sk_live_canary');
    await home.issue('agent');
  });
  afterAll(() => home.remove());

  it('finds nothing, and says what it looked at', async () => {
    const findings = await look({ offline: false });
    expect(findings.map(({ id, status }) => [id, status])).toEqual(
      [
        ...['clock', 'home', 'configuration', 'policy.reads', 'store', 'keyring', 'secret.shop-live'],
        ...[
          'audit',
          'audit.verify',
          'upstream.shop',
          'upstream.shop.tools',
          'upstream.shop.pins',
          'grant.agent',
          'level',
        ],
      ].map((id) => [id, 'ok']),
    );
    expect(exitOf(findings)).toBe(0);
    const sentences = findings.map(({ message }) => message);
    expect(sentences).toContain('`shop-live` holds a live key, version 1, for `shop`');
    expect(sentences).toContain('`shop` starts: recorder 1');
    expect(sentences).toContain('`shop` has 2 tools: 2 read');
    expect(sentences).toContain('grant `agent` is in force, and does not expire');
  });

  it('prints a mark and a sentence for each, the level, and no key', async () => {
    const { exitCode, stdout, stderr } = await home.run(['doctor']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('✓ `shop` has 2 tools: 2 read\n✓ every tool of `shop` is as it was accepted\n');
    expect(stdout).toContain('\nlevel seat belt: it stops a misled agent, not a hostile program of the same OS user\n');
    expect(stdout).toContain('14 checks, nothing found');
    expect(stdout).toContain('  next: for `signed`: countersign operator add NAME');
    expect(stdout).not.toMatch(/canary|fix:/);
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('lists every tool when asked to', async () => {
    const { stdout } = await home.run(['doctor', '--verbose']);
    expect(stdout).toContain('\n    look     read\n    mystery  read\n');
  });

  it('prints one object for scripts', async () => {
    const { exitCode, stdout } = await home.run(['doctor', '--json']);
    expect(exitCode).toBe(0);
    const printed = JSON.parse(stdout) as { ok: boolean; level: string; checks: Record<string, unknown>[] };
    expect(Object.keys(printed)).toEqual(['ok', 'level', 'checks']);
    expect([printed.ok, printed.level]).toEqual([true, 'seat belt']);
    expect(printed.checks.find(({ id }) => id === 'store')).toEqual({
      ...{ id: 'store', status: 'ok', fix: null },
      message: expect.stringMatching(
        /^the state file `.*state\.db` opens: SQLite 3\.\d+\.\d+, schema \d+, one file for every gateway of this machine$/,
      ) as string,
    });
    expect(printed.checks.find(({ id }) => id === 'upstream.shop.tools')).toMatchObject({
      tools: [
        { tool: 'look', kinds: ['read'], why: null, standing: 'accepted' },
        { tool: 'mystery', kinds: ['read'], why: null, standing: 'accepted' },
      ],
    });
  });

  it('starts nothing with --offline, and calls nothing ever', async () => {
    rmSync(join(home.room, 'env.json'), { force: true });
    expect(await found('upstream.shop')).toEqual([
      ['ok', '`shop` was accepted with 2 tools, and was not started', null],
    ]);
    expect(existsSync(join(home.room, 'env.json'))).toBe(false);
    expect(callsOf(home.room, 'shop')).toEqual([]);
  });
});

describe('when the home is not as it should be', () => {
  beforeEach(make);
  afterEach(() => home.remove());

  it('says how to make one that is missing, makes none, and ends with 2', async () => {
    rmSync(home.directory, { recursive: true });
    expect(await found('home')).toEqual([
      ['fail', `there is no home \`${home.directory}\``, `mkdir -m 700 ${home.directory}`],
    ]);
    expect(await exit()).toBe(2);
    expect(existsSync(home.directory)).toBe(false);
  });

  it('says how to close one that is open', async () => {
    chmodSync(home.directory, 0o755);
    expect(await found('home')).toEqual([
      ['fail', `\`${home.directory}\` is open to other users (mode 0755)`, `chmod 700 ${home.directory}`],
    ]);
    expect(await exit()).toBe(2);
  });

  it('goes on with the configuration all the same', async () => {
    chmodSync(home.directory, 0o755);
    expect((await look()).map(({ id }) => id)).toContain('policy.reads');
  });

  it('makes nothing that is not there', async () => {
    expect(await found('store')).toEqual([['ok', 'there is no state yet; the first grant makes it', null]]);
    expect(await found('keyring')).toEqual([
      ['ok', 'there is no master key yet; the first sealed secret makes one', null],
    ]);
    expect(existsSync(join(home.directory, 'state.db'))).toBe(false);
    expect(await found('audit')).toEqual([['ok', 'there is no log yet; the first record makes it', null]]);
    expect(readdirSync(home.directory)).toEqual(['countersign.config.json']);
  });

  it.each([
    ['keys/master.key', 'home.keys', 'fail'],
    ['keys/secrets', 'home.keys', 'fail'],
    ['state.db', 'home.keys', 'fail'],
    ['audit', 'home.audit', 'warn'],
  ])('names %s when others can use it', async (name, id, status) => {
    await home.seal('shop-live', 'sk_live_canary');
    const path = join(home.directory, name);
    chmodSync(path, 0o750);
    expect(await found(id)).toEqual([
      [status, `1 file in the home open to other users, or not yours: \`${path}\``, `chmod go= ${path}`],
    ]);
  });

  it('names a link among the keys', async () => {
    await home.seal('shop-live', 'sk_live_canary');
    const path = join(home.directory, 'keys', 'secrets', 'elsewhere');
    symlinkSync('/etc/hostname', path);
    expect(await found('home.keys')).toMatchObject([
      ['fail', expect.stringContaining(path) as string, expect.anything()],
    ]);
  });
});

describe('when the configuration is not as it should be', () => {
  beforeEach(make);
  afterEach(() => home.remove());

  it('tells each fault with its place, and ends with 2', async () => {
    const file = join(home.directory, 'countersign.config.json');
    writeFileSync(file, '{"version":1,\n"grants":{"a":{"principal":"p","upstreams":["x"]}},"more":1}');
    expect(await found('configuration')).toEqual([
      [
        'fail',
        expect.stringContaining(`${file}:2:45: /grants/a/upstreams/0: there is no \`x\``),
        `correct line 2 of ${file}`,
      ],
      ['fail', expect.stringContaining(':2:52: /more: unknown key `more`'), `correct line 2 of ${file}`],
    ]);
    expect(await exit()).toBe(2);
  });

  it('tells each fault of each policy, and ends with 2', async () => {
    writeFileSync(join(home.directory, 'bad.json'), '{"version":1,"rules":[{"id":"a"}]}');
    await declare({}, { policies: { reads: READS, bad: 'bad.json' } });
    expect(await found('policy.reads')).toEqual([['ok', 'policy `reads` loads: 1 rule', null]]);
    const words = 'policy `bad` does not load, so every call of its grants is denied: ';
    expect(await found('policy.bad')).toMatchObject([
      [
        'fail',
        expect.stringContaining(`${words}${join(home.directory, 'bad.json')}:1:23: /rules/0/`) as string,
        'countersign policy check',
      ],
    ]);
    expect(await exit()).toBe(2);
  });

  it('says which facts the log reveals', async () => {
    expect(await found('audit.reveal')).toEqual([]);
    await declare({}, { audit: { reveal: ['amount', 'reference'] } });
    expect(await found('audit.reveal')).toEqual([
      ['ok', 'the audit log holds the values of `amount`, `reference`, because `audit.reveal` names them', null],
    ]);
  });

  it('says that others may write it', async () => {
    const file = join(home.directory, 'countersign.config.json');
    chmodSync(file, 0o660);
    expect(await found('configuration.mode')).toEqual([
      [
        'warn',
        `other users may write the configuration \`${file}\`, and so decide what agents may do`,
        `chmod go-w ${file}`,
      ],
    ]);
  });

  it('names a provider that nobody knows', async () => {
    await declare({ provider: 'stirpe' });
    expect(await found('upstream.shop')).toMatchObject([
      ['fail', expect.stringContaining('stirpe') as string, expect.anything()],
    ]);
    expect(await exit()).toBe(2);
  });
});

describe('when a secret is not as it should be', () => {
  beforeEach(make);
  afterEach(() => home.remove());

  it('says how to seal one that is missing, and ends with 3', async () => {
    expect(await found('secret.shop-live')).toEqual([
      ['fail', '`shop-live`, which `shop` needs, is not sealed', 'countersign secret set shop-live'],
    ]);
    expect(await exit()).toBe(3);
  });

  it('says so when its name and its mode disagree', async () => {
    await home.seal('shop-live', 'sk_test_canary');
    expect(await found('secret.shop-live')).toEqual([
      [
        'warn',
        '`shop-live` holds a test key, version 1, for `shop`: its name says otherwise',
        'countersign secret set shop-live',
      ],
    ]);
  });

  it('says so when it was sealed for another upstream', async () => {
    await home.run(['secret', 'set', 'shop-live', '--for', 'other'], 'sk_live_canary');
    expect(await found('secret.shop-live')).toEqual([
      ['fail', 'the secret `shop-live` is not sealed for the upstream `shop`', 'countersign secret set shop-live'],
    ]);
  });

  it('says so when its key is gone', async () => {
    await home.seal('shop-live', 'sk_live_canary');
    rmSync(join(home.directory, 'keys', 'master.key'));
    expect(await found('keyring')).toEqual([
      [
        'fail',
        'there is no master key, and 1 secret that only it can open',
        'bring the key back, or seal the secrets again',
      ],
    ]);
    expect(await exit()).toBe(3);
  });

  it('names one that nothing needs', async () => {
    await home.seal('spare', 'sk_live_canary');
    expect(await found('secret.spare')).toEqual([
      ['warn', '`spare` is sealed, and no upstream names it', 'countersign secret remove spare'],
    ]);
  });
});

describe('when people have to sign', () => {
  const ask = { id: 'ask', tools: ['kind:read'], effect: 'approve' };
  beforeAll(async () => {
    await make();
    await home.seal('shop-live', 'sk_live_canary');
    await home.issue('agent');
    await declare({}, { policies: { reads: { ...READS, rules: [...READS.rules, ask] } } });
  });
  afterAll(() => home.remove());

  it('says that nobody could, and who to register', async () => {
    expect(await found('operators')).toEqual([
      [
        'warn',
        '`reads` asks people to sign, and nobody is registered: such calls are denied',
        'countersign operator add NAME --person "…" --role admin --role approver',
      ],
    ]);
  });

  it('says whom nobody could keep from approving calls of their own agent, and what it does not believe', async () => {
    await enrol(home, 'ada', { roles: ['admin', 'approver'], identities: ['ada@acme.example'] });
    expect(await found('operators')).toEqual([
      ['ok', expect.stringMatching(/^1 operator vouched for by SHA256:/), null],
    ]);
    expect(await found('operators.accountable')).toMatchObject([
      ['warn', expect.stringMatching(/no operator goes by `a@acme.example`/), expect.stringMatching(/owner/)],
    ]);
    const store = await openSqliteStore(join(home.directory, 'state.db'));
    await store.operators.add('{"forged":true}');
    await store.close();
    expect(await found('operators.registry')).toEqual([
      [
        'warn',
        'record 2 of the registry of operators is not believed: it is not the text of a signed record',
        'countersign operator list',
      ],
    ]);
    expect(await exit()).toBe(0);
  });
});

describe('when calls wait for an operator', () => {
  beforeEach(make);
  afterEach(() => home.remove());

  it('names every freeze, and how to lift it', async () => {
    await home.run(['freeze', '--grant', 'agent', '--money']);
    expect(await found('freeze')).toEqual([
      [
        'warn',
        expect.stringMatching(/^frozen: grant `agent`, calls that may move money, since .*Z, by /) as string,
        'countersign unfreeze --grant agent',
      ],
    ]);
    expect(exitOf((await look()).filter(({ id }) => id === 'freeze'))).toBe(0);
  });

  it('names a request that has been in doubt for more than an hour', async () => {
    const store = await openSqliteStore(join(home.directory, 'state.db'));
    const request = brandAs<RequestId>('5d0b77aa-0000');
    await store.quota.reserve({
      ...{ request, grant: brandAs<GrantName>('agent'), principal: 'a@acme.example', uses: [], leaseMs: 1000 },
      ...{ tool: brandAs<ToolName>('shop/pay'), owner: { host: 'h', pid: 1, processStart: '' }, durable: true },
    });
    await store.quota.settle({ request, outcome: 'in-doubt', forwardedMs: null });
    await store.close();
    expect(await found('quota.in-doubt')).toEqual([]);
    expect(await found('quota.in-doubt', { nowMs: NOW_MS + 2 * 3_600_000 })).toEqual([
      [
        'warn',
        '1 request in doubt for more than an hour, and counted as if it had happened: the oldest is 5d0b77aa-0000 of grant `agent`',
        'countersign quota resolve 5d0b77aa-0000 --as ok, or --as failed; `countersign quota list` shows all',
      ],
    ]);
  });
});

describe('when the state is kept on a server', () => {
  const url = 'redis://nowhere.invalid:6379/0';
  beforeEach(make);
  afterEach(() => home.remove());

  it('says so when it does not answer, and what others can read; it makes no file', async () => {
    await declare({}, { state: 'redis://nowhere.invalid' });
    expect(await found('store')).toMatchObject([
      ['fail', expect.stringContaining('redis://nowhere.invalid') as string, expect.anything()],
    ]);
    expect(await found('store.plain')).toEqual([
      [
        'warn',
        `what is sent to the state store \`${url}\` is not encrypted: whoever is on the way can read the password and change what is counted`,
        'write `rediss://` in `state`, and switch on TLS at the server',
      ],
    ]);
    expect(existsSync(join(home.directory, 'state.db'))).toBe(false);
    expect(await exit()).toBe(3);
  });

  it('says how to seal a password that was not sealed for this store', async () => {
    await declare({}, { state: { url: 'rediss://nowhere.invalid', username: 'acme', password: { secret: 'redis' } } });
    await home.seal('redis', 'hunter2');
    expect(await found('secret.redis')).toEqual([
      [
        'fail',
        'the secret `redis` is not sealed for the state store `rediss://acme@nowhere.invalid:6379/0`',
        'countersign secret set redis --for-state rediss://acme@nowhere.invalid:6379/0',
      ],
    ]);
    expect(await found('store.plain')).toEqual([]);
  });
});

describe('when the state or the log is not as it should be', () => {
  beforeEach(async () => {
    await make();
    await home.seal('shop-live', 'sk_live_canary');
  });
  afterEach(() => home.remove());

  it('says so when the store does not open, and ends with 3', async () => {
    writeFileSync(join(home.directory, 'state.db'), 'not a database, but long enough to be taken for one'.repeat(100));
    expect(await found('store')).toMatchObject([
      [
        'fail',
        expect.stringMatching(/^the state file `.*` is damaged/) as string,
        expect.stringContaining('restore it') as string,
      ],
    ]);
    expect(await exit()).toBe(3);
  });

  it('says where the log was changed, and ends with 1', async () => {
    await home.issue('agent');
    const directory = join(home.directory, 'audit');
    const file = readdirSync(directory).find((name) => name.startsWith('admin-')) ?? '';
    const text = readFileSync(join(directory, file), 'utf8');
    writeFileSync(join(directory, file), text.replace('shop-live', 'shop-life'));
    expect(await found('audit.verify')).toMatchObject([
      ['fail', expect.stringContaining(`: ${file}:2: `) as string, 'countersign audit verify'],
    ]);
    expect(await exit()).toBe(1);
  });

  it('does not verify a large log, and says how to', async () => {
    writeFileSync(join(home.directory, 'audit', 'padding'), Buffer.alloc(33 * 1024 * 1024), { mode: 0o600 });
    expect(await found('audit.verify')).toEqual([
      ['ok', 'the log has 33 MiB, and was not verified here; nobody ever did', 'countersign audit verify'],
    ]);
  });
});

describe('when an upstream is not as it should be', () => {
  beforeEach(async () => {
    await make();
    await home.seal('shop-live', 'sk_live_canary');
  });
  afterEach(() => home.remove());

  it('does not start one that nobody reviewed', async () => {
    expect(await found('upstream.shop', { offline: false })).toEqual([
      ['fail', 'nobody has reviewed `shop`, so it is not started', 'countersign upstream review shop --accept'],
    ]);
    expect(existsSync(join(home.room, 'env.json'))).toBe(false);
    expect(await exit()).toBe(1);
  });

  it('does not start one that is configured otherwise than accepted', async () => {
    await home.accept('shop');
    rmSync(join(home.room, 'env.json'));
    await declare({ args: [...(shop['args'] as string[]), '--more'] });
    expect(await found('upstream.shop', { offline: false })).toEqual([
      [
        'fail',
        '`shop` is not started: its command, arguments or environment are not those that were accepted',
        'countersign upstream review shop --accept',
      ],
    ]);
    expect(existsSync(join(home.room, 'env.json'))).toBe(false);
  });

  it('says what one that does not start wrote, and ends with 3', async () => {
    await home.accept('shop');
    rmSync((shop['env'] as Record<string, string>)['TOOLS_FILE'] ?? '');
    expect(await found('upstream.shop', { offline: false })).toMatchObject([
      ['fail', expect.stringMatching(/^`shop` does not start: /) as string, 'countersign upstream test shop'],
    ]);
    expect(await exit({ offline: false })).toBe(3);
  });

  it('says of each tool what it is, and why not', async () => {
    await home.accept('shop');
    for (const offline of [true, false]) {
      const [tools] = (await look({ offline })).filter(({ id }) => id === 'upstream.shop.tools');
      expect(tools).toMatchObject({
        status: 'warn',
        message: '`shop` has 2 tools: 1 read, 1 unclassified; an unclassified tool is denied until a rule names it',
        fix: 'countersign upstream test shop',
        tools: [
          { tool: 'look', kinds: ['read'], why: null, standing: 'accepted' },
          { tool: 'mystery', kinds: ['unclassified'], why: expect.any(String) as string, standing: 'accepted' },
        ],
      });
    }
  });

  it('says so when it states no provider', async () => {
    await declare({ tools: {} });
    await home.accept('shop');
    expect(await found('upstream.shop.tools')).toEqual([
      [
        'warn',
        '`shop` has 2 tools: 2 unclassified; it states no `provider`',
        'write whose tools these are, like "provider": "stripe"',
      ],
    ]);
  });

  it('names the tools that are kept from agents, and fails for one that changed', async () => {
    await home.accept('shop');
    const changed = [tool('look', { id: {} }), tool('extra', {})];
    writeFileSync((shop['env'] as Record<string, string>)['TOOLS_FILE'] ?? '', JSON.stringify(changed));
    expect(await found('upstream.shop.pins', { offline: false })).toEqual([
      [
        'fail',
        'tools of `shop` are kept from agents or not there, changed since it was accepted: `look`; new: `extra`; gone: `mystery`',
        'countersign upstream review shop',
      ],
    ]);
    expect(await exit({ offline: false })).toBe(1);
  });

  it('names a command that is not one version, or depends on where it runs', async () => {
    await declare({ command: 'npx', args: ['-y', '@stripe/mcp'] });
    expect(await found('upstream.shop.command')).toEqual([
      [
        'warn',
        '`shop` runs `@stripe/mcp` in whatever version is newest, beside your keys',
        'write an exact version; this shows the newest: npm view @stripe/mcp version',
      ],
    ]);
    await declare({ command: './server.sh', args: [] });
    expect(await found('upstream.shop.command')).toMatchObject([
      [
        'warn',
        expect.stringContaining('its working directory decides') as string,
        'write the absolute path of the command',
      ],
    ]);
  });

  it('names a key in plain text, and not the key', async () => {
    await declare({ env: { API_KEY: 'sk_test_canary', SANDBOX: 'true' }, args: ['x.mjs', '--key=rk_test_canary'] });
    expect(await found('upstream.shop.plain')).toEqual([
      [
        'warn',
        '`API_KEY` of `shop` looks like a key in plain text; whoever reads the configuration has it',
        'countersign secret set shop-api-key, and { "secret": "shop-api-key" } in its place',
      ],
      [
        'warn',
        'argument 2 of `shop` looks like a key in plain text; whoever reads the configuration has it',
        'countersign secret set shop-argument-2, and { "secret": "shop-argument-2" } in its place',
      ],
    ]);
    expect(JSON.stringify(await look())).not.toContain('canary');
  });

  it('says that nobody has reviewed a remote one', async () => {
    await declare({}, { upstreams: { shop: { url: 'https://mcp.shop.example/mcp' } } });
    const fix = 'countersign upstream review shop --accept';
    expect(await found('upstream.shop')).toEqual([
      ['fail', 'nobody has reviewed `shop`, so it is not started', expect.stringContaining(fix) as string],
    ]);
    expect(await exit()).toBe(1);
  });
});

describe('when a grant is not as it should be', () => {
  beforeEach(make);
  afterEach(() => home.remove());

  /** What is found of the grant, declared with these changes. */
  async function ofGrant(change: Record<string, unknown>, looking: Looking = {}): Promise<unknown[]> {
    await declare({}, { grants: { agent: { ...AGENT, ...change } } });
    return found('grant.agent', looking);
  }
  const days = (count: number): number => NOW_MS + count * 86_400_000;

  it('says that no token was issued', async () => {
    expect(await ofGrant({})).toEqual([
      ['warn', 'no token was issued for grant `agent`', 'countersign grant issue agent'],
    ]);
  });

  it('says that every token was revoked', async () => {
    await home.issue('agent');
    await home.run(['grant', 'revoke', 'agent']);
    expect(await ofGrant({})).toEqual([
      ['warn', 'every token of grant `agent` is revoked', 'countersign grant issue agent'],
    ]);
  });

  it('says that it has expired', async () => {
    expect(await ofGrant({ expires: '2020-01-01' })).toEqual([
      ['warn', 'grant `agent` expired on 2020-01-02T00:00Z', 'change its `expires`, or take it out'],
    ]);
  });

  it('says that it expires within two weeks, and not before', async () => {
    await home.issue('agent');
    const inDays = (count: number): Promise<unknown[]> => ofGrant({ expires: new Date(days(count)).toISOString() });
    expect(await inDays(13)).toMatchObject([
      ['warn', expect.stringContaining('is in force until'), 'change its `expires`, and issue a new token'],
    ]);
    expect(await inDays(15)).toMatchObject([['ok', expect.stringContaining('is in force until'), null]]);
  });

  it('says that it has no policy and no upstream', async () => {
    await home.issue('agent');
    expect(await ofGrant({ policies: [], upstreams: [] })).toEqual([
      ['ok', 'grant `agent` is in force, and does not expire', null],
      ['warn', 'grant `agent` has no policy, so every call is denied', 'name its policies under `policies`'],
      ['warn', 'grant `agent` has no upstream, so it has no tool', 'name its servers under `upstreams`'],
    ]);
  });

  it('names one that is in force and no longer declared', async () => {
    await home.issue('agent');
    await declare({}, { grants: {} });
    expect(await found('grant.agent')).toEqual([
      [
        'warn',
        'a token of grant `agent` is in force, and the configuration no longer declares the grant',
        'countersign grant revoke agent',
      ],
    ]);
  });

  it('says that the clock cannot be right', async () => {
    await home.issue('agent');
    expect(await found('clock', { nowMs: 0 })).toMatchObject([
      [
        'fail',
        'the clock says 1970-01-01T00:00:00.000Z; expiries and windows of time cannot be right',
        expect.anything(),
      ],
    ]);
    expect(await found('clock', { nowMs: days(-2) })).toMatchObject([
      ['fail', expect.stringContaining('and a token was used or issued at') as string, expect.anything()],
    ]);
    expect(await exit({ nowMs: 0 })).not.toBe(0);
  });
});
