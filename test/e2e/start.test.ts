/** What a client gets before the servers are up, and what a gateway leaves that nobody spoke to. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { callsOf, type Home, makeHome, RECORDER, recorder, tool } from './support/home.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

/** Longer than a gateway takes to list on a machine at work. */
const SLOW_S = 6;

let home: Home;
let token: string;
beforeEach(async () => {
  home = await makeHome({});
  const slow = await recorder(home.room, 'slow', [tool('look', { id: { type: 'string' } })], {
    tools: { look: { kind: 'read' } },
    // The room tells that it is to be slow; accepting it is not.
    command: '/bin/sh',
    args: [
      '-c',
      `[ ! -e "$2" ] || sleep ${SLOW_S}; exec "$0" "$1"`,
      process.execPath,
      RECORDER,
      join(home.room, 'slow'),
    ],
  });
  await home.rewrite({
    version: 1,
    upstreams: { slow },
    policies: { p: { version: 1, default: 'deny', rules: [{ id: 'reads', tools: ['kind:read'], effect: 'allow' }] } },
    grants: { agent: { principal: 'a@acme.example', policies: ['p'], upstreams: ['slow'] } },
  });
  token = await home.issue('agent');
  writeFileSync(join(home.room, 'slow'), '');
});
afterEach(() => home.remove());

async function connected(): Promise<RawClient> {
  const client = new RawClient(home, token);
  onTestFinished(() => client.kill());
  await client.initialize();
  return client;
}

const isUp = (): boolean => home.records().some(({ kind }) => kind === 'upstream_started');

describe('a gateway whose server is slow to start', () => {
  it('lists what was accepted meanwhile, to the byte what the server lists then, and lets a call wait for it', async () => {
    const client = await connected();
    const early = (await client.request('tools/list')).result?.tools;
    expect([early?.map(({ name }) => name), isUp()]).toEqual([['look'], false]);
    expect(words(await client.call('look', { id: 'a' }))).toBe('did look');
    expect(isUp()).toBe(true);
    expect(callsOf(home.room, 'slow')).toHaveLength(1);
    expect((await client.request('tools/list')).result?.tools).toEqual(early);
    expect(client.messages.filter(({ method }) => method === 'notifications/tools/list_changed')).toEqual([]);
  });

  it('judges a call by what the server lists itself, and corrects the list', async () => {
    writeFileSync(join(home.room, 'slow.tools.json'), JSON.stringify([tool('look', { id: { type: 'number' } })]));
    const client = await connected();
    expect([await client.tools(), isUp()]).toEqual([['look'], false]);
    expect(decisionOf(await client.call('look', { id: 'a' }))?.rule).toBe('(definition changed)');
    await client.receive(({ method }) => method === 'notifications/tools/list_changed');
    expect(await client.tools()).toEqual([]);
    expect(callsOf(home.room, 'slow')).toEqual([]);
  });

  it('says of a call that nothing was sent, if the server cannot be started', async () => {
    writeFileSync(join(home.room, 'slow.tools.json'), 'not JSON');
    const client = await connected();
    expect(await client.tools()).toEqual(['look']);
    expect(words(await client.call('look', { id: 'a' }))).toMatch(/`slow` is not available, nothing was sent/);
  });
});

describe('a gateway that is started only to be probed', () => {
  it('answers, starts nothing, and leaves nothing in the home', async () => {
    const files = (): string[] => readdirSync(home.directory, { recursive: true, encoding: 'utf8' }).sort();
    const state = (): Buffer => readFileSync(join(home.directory, 'state.db'));
    const before = [files(), state()];
    const client = new RawClient(home, token);
    expect((await client.request('server/discover', { _meta: {} })).error?.code).toBe(-32_601);
    expect((await client.request('ping')).result).toEqual({});
    expect((await client.request('tools/list')).error?.code).toBe(-32_600);
    expect(await client.close()).toBe(0);
    expect([files(), state()]).toEqual(before);
    expect(client.stderr).toBe('');
  });
});
