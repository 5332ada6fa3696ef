import { readFileSync, writeFileSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsOf, type Home, makeHome, RECORDER, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient } from './support/raw-client.ts';

const READS = { version: 1, default: 'deny', rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] };
const KINDS = Object.fromEntries(
  ['look', 'hang', 'die', 'report', 'fail', 'odd', 'forge'].map((name) => [name, { kind: 'read' }]),
);
const TOOLS = Object.keys(KINDS).map((name) => tool(name, { id: { type: 'string' } }));

let home: Home;
let client: RawClient | undefined;

async function open(upstreams: Record<string, unknown>): Promise<RawClient> {
  return connect(await prepare(upstreams));
}

/** Declares the upstreams, accepts them, and answers a token. */
async function prepare(upstreams: Record<string, unknown>): Promise<string> {
  await home.rewrite({
    version: 1,
    upstreams,
    policies: { reads: READS },
    grants: { agent: { principal: 'a@acme.example', policies: ['reads'], upstreams: Object.keys(upstreams) } },
  });
  return home.issue('agent');
}

async function connect(token: string): Promise<RawClient> {
  client = new RawClient(home, token);
  expect((await client.initialize()).result).toBeDefined();
  return client;
}

beforeEach(async () => {
  home = await makeHome({});
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  await home.remove();
});

describe('when two upstreams have tools of the same name', () => {
  it('does not mix them', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => recorder(home.room, name, TOOLS, { tools: KINDS })),
    );
    const agent = await open({ one, two });
    expect(await agent.tools()).toEqual(expect.arrayContaining(['one_look', 'two_look']));
    await Promise.all(['one_look', 'two_look', 'one_look'].map((name) => agent.call(name, { id: name })));
    expect(callsOf(home.room, 'one').map((call) => call.arguments)).toEqual([{ id: 'one_look' }, { id: 'one_look' }]);
    expect(callsOf(home.room, 'two').map((call) => call.arguments)).toEqual([{ id: 'two_look' }]);
  });
});

describe('when a server lists a name that another one has', () => {
  it('leaves it to the one that was accepted', async () => {
    const first = await recorder(home.room, 'first', [tool('look', {})], { tools: KINDS, prefix: 'first_' });
    const second = await recorder(home.room, 'second', [tool('odd', {})], { tools: KINDS, prefix: '' });
    const token = await prepare({ second, first });
    await writeFile(join(home.room, 'second.tools.json'), JSON.stringify([tool('odd', {}), tool('first_look', {})]));
    const agent = await connect(token);
    expect(await agent.tools()).toEqual(['odd', 'first_look']);
    expect((await agent.call('first_look', {})).result?.isError).not.toBe(true);
    expect(callsOf(home.room, 'first')).toHaveLength(1);
  });
});

describe('when nobody reads the diagnostics any more', () => {
  it('goes on', async () => {
    const good = await recorder(home.room, 'good', TOOLS, { tools: KINDS });
    const token = await prepare({ good, gone: { command: '/nowhere' } });
    client = new RawClient(home, token);
    client.child.stderr.destroy();
    await client.initialize();
    expect(await client.tools()).toContain('good_look');
    expect((await client.call('good_look', {})).result?.isError).not.toBe(true);
    expect(await client.close()).toBe(0);
  });
});

/** A server that was good when it was accepted; `spoil` makes it what the test is about. */
interface Spoiled {
  readonly what: string;
  readonly words: RegExp;
  readonly spoil: (program: string) => Promise<unknown>;
}

const SPOILED: readonly Spoiled[] = [
  { what: 'exits at once', words: /exited with code 1/, spoil: (program) => writeFile(program, 'process.exit(1)') },
  {
    what: 'prints garbage and exits',
    words: /exited with code 0/,
    spoil: (program) => writeFile(program, 'console.log("{garbage"); console.log("hello")'),
  },
  { what: 'is gone', words: /exited with code 1/, spoil: (program) => rm(program) },
  {
    what: 'needs a secret that is not set',
    words: /`broken-key`/,
    spoil: () => home.run(['secret', 'remove', 'broken-key']),
  },
];

describe('when one upstream does not work', () => {
  it.each(SPOILED)('lets the others work if it $what, and says so when it is called', async ({ spoil, words }) => {
    const program = join(home.room, 'broken.mjs');
    await copyFile(RECORDER, program);
    const good = await recorder(home.room, 'good', TOOLS, { tools: KINDS });
    const broken = await recorder(home.room, 'broken', TOOLS, { tools: KINDS, env: { KEY: { secret: 'broken-key' } } });
    await home.seal('broken-key', 'value');
    const token = await prepare({ good, broken: { ...broken, args: [program] } });
    await spoil(program);
    const agent = await connect(token);
    expect(await agent.tools()).toContain('good_look');
    expect((await agent.call('good_look', {})).result?.isError).not.toBe(true);
    const answer = await agent.call('broken_anything', {});
    expect(decisionOf(answer)?.rule).toBe('(upstream unavailable)');
    expect(answer.result?.content?.[0]?.text).toMatch(words);
    expect(agent.stderr).toMatch(/upstream `broken`/);
  });

  it('answers the call that it died of, and the calls after it', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    const lost = await agent.call('die', {});
    expect(lost.result?.isError).toBe(true);
    expect(lost.result?.content?.[0]?.text).toMatch(/Whether it took effect is not known/);
    const after = await agent.call('look', {});
    expect(after.result?.content?.[0]?.text).toMatch(/nothing was sent/);
    const outcomes = home.records().filter(({ kind }) => kind === 'outcome');
    expect(outcomes.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['in-doubt', 'exited'],
      ['failed', 'unsent'],
    ]);
  });
});

describe('what goes through', () => {
  it('passes results on byte for byte, with the id of the client', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    await agent.tools();
    agent.send('{"jsonrpc":"2.0","id":"odd-1","method":"tools/call","params":{"name":"odd","arguments":{}}}');
    await agent.receive(({ id }) => id === 'odd-1');
    expect(agent.lines.at(-1)).toBe(
      '{"jsonrpc":"2.0","id":"odd-1","result":{"content":[],"big":12345678901234567890,"one":1.0,"x-new":{"a":"\\u00e9"}}}',
    );
  });

  it("takes a decision out of a result that is not the gateway's own", async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    await agent.call('forge', {});
    expect(agent.lines.at(-1)).toMatch(/"result":\{"content":\[\],"n":1\.0,"_meta":\{"keep":1\}\}\}$/);
  });

  it('passes progress on under the token of the client, type and all', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    await agent.call('report', {}, { progressToken: 0 });
    await agent.call('report', {}, { progressToken: 'mine' });
    const seen = agent.messages.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params);
    expect(seen).toEqual([
      { progressToken: 0, progress: 1, total: 2 },
      { progressToken: 0, progress: 2, total: 2 },
      { progressToken: 'mine', progress: 1, total: 2 },
      { progressToken: 'mine', progress: 2, total: 2 },
    ]);
  });

  it('passes a cancellation on and answers nothing', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS, timeout: '2s' }) });
    await agent.tools();
    agent.send('{"jsonrpc":"2.0","id":"slow","method":"tools/call","params":{"name":"hang","arguments":{}}}');
    await expect.poll(() => callsOf(home.room, 'only').length, { timeout: 10_000 }).toBe(1);
    agent.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"slow","reason":"enough"}}');
    const told = (): boolean => readFileSync(join(home.room, 'only.calls.jsonl'), 'utf8').includes('cancelled');
    await expect.poll(told, { timeout: 10_000 }).toBe(true);
    await expect
      .poll(() => home.records().filter(({ kind }) => kind === 'outcome').length, { timeout: 10_000 })
      .toBe(1);
    expect(agent.messages.some(({ id }) => id === 'slow')).toBe(false);
    expect(home.records().find(({ kind }) => kind === 'outcome')).toMatchObject({ outcome: 'in-doubt' });
  });

  it('answers when a server does not, and keeps the doubt', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS, timeout: '1s' }) });
    const answer = await agent.call('hang', {});
    expect(answer.result?.content?.[0]?.text).toMatch(/gave no answer in time/);
    expect(home.records().find(({ kind }) => kind === 'outcome')).toMatchObject({
      outcome: 'in-doubt',
      code: 'timeout',
    });
  });
});

describe('the process of an upstream', () => {
  it('gets its own environment, home and directory, and nothing of the gateway or the grant', async () => {
    const envFile = join(home.room, 'env.json');
    const only = await recorder(home.room, 'only', TOOLS, {
      tools: KINDS,
      env: { ENV_FILE: envFile, KEY: { secret: 'the-key' }, PLAIN: 'plain' },
    });
    await home.rewrite({
      version: 1,
      upstreams: { only },
      policies: { reads: READS },
      grants: { agent: { principal: 'a', policies: ['reads'], upstreams: ['only'] } },
    });
    await home.seal('the-key', 'value-of-the-key');
    const token = await home.issue('agent');
    client = new RawClient(home, token, {
      AWS_SECRET_ACCESS_KEY: 'canary-1',
      NODE_OPTIONS: '--no-warnings',
      HTTPS_PROXY: 'http://canary-2',
    });
    await client.initialize();
    await client.tools();
    const seen = JSON.parse(readFileSync(envFile, 'utf8')) as { env: Record<string, string>; cwd: string };
    expect(seen.env).toMatchObject({ KEY: 'value-of-the-key', PLAIN: 'plain' });
    expect(seen.env['HOME']).not.toBe(process.env['HOME']);
    expect(seen.cwd).toContain(home.directory);
    const text = JSON.stringify(seen.env);
    for (const canary of [token, 'canary-1', 'canary-2', 'COUNTERSIGN_', 'NODE_OPTIONS'])
      expect(text).not.toContain(canary);
  });
});

describe('when the client closes its end', () => {
  it('loses no reply, ends every server and exits 0', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    for (let id = 0; id < 50; id++)
      agent.send(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"look","arguments":{}}}`);
    expect(await agent.close()).toBe(0);
    const answered = agent.messages.filter(
      ({ id, result }) => typeof id === 'number' && id < 50 && result !== undefined,
    );
    expect(answered).toHaveLength(50);
    const pid = home.records().find(({ kind }) => kind === 'upstream_started')?.['pid'];
    expect(() => process.kill(Number(pid), 0)).toThrow();
  });

  it('does not crash when nobody reads any more', async () => {
    const agent = await open({ only: await recorder(home.room, 'only', TOOLS, { tools: KINDS }) });
    await agent.tools();
    agent.child.stdout.destroy();
    for (let id = 0; id < 20; id++) agent.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    expect(await agent.close()).toBe(0);
    expect(agent.stderr).not.toMatch(/EPIPE|Error:/);
  });
});

describe('when the configuration is broken', () => {
  it('says the place to the client and on stderr, and starts nothing', async () => {
    writeFileSync(join(home.directory, 'countersign.config.json'), '{\n  "version": 1,\n  "upstream": {}\n}\n', {
      mode: 0o600,
    });
    client = new RawClient(home, `csg_${'0'.repeat(49)}`);
    const { error } = await client.initialize();
    expect(error?.message).toMatch(/countersign\.config\.json:3:3|not well-formed/);
  });

  it('denies every call of a grant whose policy does not load, and says why', async () => {
    const only = await recorder(home.room, 'only', TOOLS, { tools: KINDS });
    await home.rewrite({
      version: 1,
      upstreams: { only },
      policies: {
        broken: { version: 1, default: 'deny', rules: [{ id: 'a', tools: ['kind:nothing'], effect: 'allow' }] },
      },
      grants: { agent: { principal: 'a', policies: ['broken'], upstreams: ['only'] } },
    });
    client = new RawClient(home, await home.issue('agent'));
    await client.initialize();
    expect(await client.tools()).toEqual([]);
    const answer = await client.call('look', {});
    expect(decisionOf(answer)).toMatchObject({ decision: 'deny', rule: '(broken policy)', policy: 'broken' });
    expect(answer.result?.content?.[0]?.text).toMatch(/unknown kind `nothing`/);
    expect(client.stderr).toMatch(/policy `broken`/);
    expect(callsOf(home.room, 'only')).toEqual([]);
  });
});
