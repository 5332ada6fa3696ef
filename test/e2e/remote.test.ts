import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remoteProcess, type RemoteProcess } from '../upstream/remote-harness.ts';
import { filesBelow, placesOf } from './support/canaries.ts';
import { type Home, makeHome } from './support/home.ts';
import { RawClient, words } from './support/raw-client.ts';

const VALUE = 'sealed-value-of-the-remote-0123456789';
const POLICY = {
  version: 1,
  default: 'deny',
  rules: [{ id: 'some', tools: ['kind:read', 'kind:refund'], effect: 'allow' }],
};
const amounts = [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }];
const TOOLS = {
  ...Object.fromEntries(['look', 'hang', 'forget', 'resume'].map((name) => [name, { kind: 'read' }])),
  progress: { kind: 'payout', amounts, currency: { path: 'currency' } },
};

let home: Home;
let remote: RemoteProcess;
let client: RawClient | undefined;

const headersFile = (): string => join(home.room, 'headers.jsonl');
const callsFile = (): string => join(home.room, 'remote.calls.jsonl');
const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

function startRemote(port = 0, needs = `Bearer ${VALUE}`): Promise<RemoteProcess> {
  const env = { NEEDS: needs, HEADERS_FILE: headersFile(), CALLS_FILE: callsFile() };
  return remoteProcess('stateful', 'sse', { port, env });
}

async function declare(url: string, more: Record<string, unknown> = {}): Promise<void> {
  await home.rewrite({
    version: 1,
    upstreams: { far: { url, headers: { Authorization: { secret: 'far' } }, tools: TOOLS, ...more } },
    policies: { some: POLICY },
    grants: { agent: { principal: 'a@acme.example', policies: ['some'], upstreams: ['far'] } },
  });
}

async function connect(): Promise<RawClient> {
  client = new RawClient(home, await home.issue('agent'));
  await client.initialize();
  return client;
}

beforeEach(async () => {
  home = await makeHome({});
  remote = await startRemote();
  await declare(remote.url);
  await home.seal('far', `Bearer ${VALUE}`);
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  remote.child.kill('SIGKILL');
  await home.remove();
});

describe('when an upstream is a remote server', () => {
  it('is given nothing before somebody accepted its address and headers, and everything is told of it then', async () => {
    const unseen = await home.run(['upstream', 'review', 'far', '--json']);
    expect(unseen.exitCode).toBe(1);
    expect(JSON.parse(unseen.stdout)).toMatchObject({
      paired: false,
      starts: remote.url,
      secrets: ['far as Authorization'],
    });
    expect((await home.run(['upstream', 'test', 'far'])).exitCode).toBe(3);
    expect(linesOf(headersFile())).toEqual([]);

    const accepted = await home.accept('far');
    expect(accepted.exitCode, accepted.stderr).toBe(0);
    const tested = await home.run(['upstream', 'test', 'far', '--json']);
    expect(tested.exitCode, tested.stderr).toBe(0);
    expect(JSON.parse(tested.stdout)).toMatchObject({ state: 'ready', server: 'remote 1', lastError: null });
    const doctor = await home.run(['doctor', '--json']);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; status: string; message: string }[] };
    expect(checks.find(({ id }) => id === 'upstream.far')).toMatchObject({
      status: 'ok',
      message: '`far` starts: remote 1',
    });
    const [row] = JSON.parse((await home.run(['upstream', 'list', '--json'])).stdout) as unknown[];
    expect(row).toMatchObject({ name: 'far', state: 'ready', tools: 7, pinned: 7, quarantined: 0, restarts: 0 });
  }, 60_000);

  it('is not reached at another address than the accepted one', async () => {
    await home.accept('far');
    await declare(remote.url.replace('/mcp', '/elsewhere'));
    const { exitCode, stderr } = await home.run(['upstream', 'test', 'far']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('its address or headers are not those that were accepted');
  }, 30_000);

  it('governs its calls, and hands the sealed header to it and to nobody else', async () => {
    const agent = await connect();
    expect(await agent.tools()).toEqual(['look', 'hang', 'forget', 'resume']);
    expect(words(await agent.call('look', { id: '1' }))).toBe('did look');
    expect((await agent.call('progress', {})).error).toBeDefined();
    expect(linesOf(callsFile()).map((line) => JSON.parse(line) as unknown)).toEqual([
      { name: 'look', arguments: { id: '1' } },
    ]);
    await agent.close();
    const seen = linesOf(headersFile()).map((line) => JSON.parse(line) as [string, Record<string, string>]);
    expect(seen.length).toBeGreaterThan(3);
    for (const [, headers] of seen) expect(headers['authorization']).toBe(`Bearer ${VALUE}`);
    expect(seen.some(([method]) => method === 'DELETE')).toBe(true);
    const written = [
      ...filesBelow(home.directory),
      { where: 'stdout', bytes: Buffer.from(agent.lines.join('\n')) },
      { where: 'stderr', bytes: Buffer.from(agent.stderr) },
    ];
    expect(placesOf(VALUE, written)).toEqual([]);
    const started = home.records().find(({ kind }) => kind === 'upstream_started');
    expect(started).toMatchObject({ upstream: 'far', pid: null, tools: 7, restarts: 0 });
  }, 60_000);

  it('leaves a call in doubt whose server died, sends nothing while it is away, and comes back to it', async () => {
    await declare(remote.url, { tools: { ...TOOLS, die: { kind: 'refund', amounts } } });
    const agent = await connect();
    expect(await agent.tools()).toContain('die');
    const lost = await agent.call('die', {});
    expect(words(lost)).toMatch(/ended after the call was sent\. Whether it took effect is not known/);
    await expect
      .poll(async () => words(await agent.call('look', {})), { timeout: 20_000 })
      .toMatch(/^Upstream `far` is not available, nothing was sent: .*; it is being started again\.$/);
    remote = await startRemote(remote.port);
    await expect.poll(async () => words(await agent.call('look', {})), { timeout: 60_000 }).toBe('did look');
    expect(linesOf(callsFile()).filter((line) => line.includes('"die"'))).toHaveLength(1);
    await agent.close();
    const records = home.records();
    expect(records.find(({ kind, tool }) => kind === 'outcome' && tool === 'far/die')).toMatchObject({
      outcome: 'in-doubt',
    });
    const outages = records.filter(({ kind }) => kind === 'upstream_failed');
    expect(outages.length).toBeGreaterThan(0);
    for (const outage of outages) expect(['unreachable', 'exited']).toContain(outage['code'] ?? 'unreachable');
    expect(records.filter(({ kind }) => kind === 'upstream_started').map(({ restarts }) => restarts)[0]).toBe(0);
    expect(records.filter(({ kind }) => kind === 'upstream_started')).toHaveLength(2);
  }, 120_000);

  it('says how to bridge a server that wants a sign-in, to the operator and to the agent', async () => {
    await home.accept('far');
    remote.child.kill('SIGKILL');
    remote = await startRemote(remote.port, 'Bearer another');
    const bridge = `"command": "npx", "args": ["-y", "mcp-remote", "${remote.url}"]`;
    const tested = await home.run(['upstream', 'test', 'far']);
    expect(tested.exitCode).toBe(3);
    expect(tested.stderr).toContain(bridge);
    const doctor = await home.run(['doctor', '--json']);
    expect(doctor.exitCode).toBe(3);
    expect(doctor.stdout).toContain('does not accept the headers');
    const agent = await connect();
    await agent.tools();
    await expect.poll(() => agent.stderr, { timeout: 20_000 }).toContain(bridge);
    expect(agent.lines.join('\n') + agent.stderr + tested.stderr).not.toContain(VALUE);
  }, 60_000);

  it('is not reached without its secret', async () => {
    await home.accept('far');
    await home.run(['secret', 'remove', 'far']);
    const before = linesOf(headersFile()).length;
    const { exitCode, stderr } = await home.run(['upstream', 'test', 'far']);
    expect([exitCode, linesOf(headersFile()).length]).toEqual([3, before]);
    expect(stderr).toMatch(/there is no secret `far`/);
  }, 30_000);

  it.each([
    ['http://mcp.example.com/mcp', /expected `https:\/\/`/],
    ['ftp://mcp.example.com', /expected an address like/],
    ['https://user:pass@mcp.example.com/mcp', /an address holds no user and no password/],
  ])('refuses an address over which a secret would be open: %s', async (url, expected) => {
    await declare(url);
    const { exitCode, stderr } = await home.run(['upstream', 'test', 'far']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(expected);
  });
});
