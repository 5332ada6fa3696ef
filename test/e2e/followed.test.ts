/** A server that dies, through the real binary, while the client follows what it has or is being asked something. */
import { afterEach, describe, expect, it } from 'vitest';
import { EVERYTHING, Peers, until } from './support/peer.ts';
import type { Message, RawClient } from './support/raw-client.ts';

let peers: Peers;
afterEach(() => peers.end());

const UPDATED = 'notifications/resources/updated';
const asking = (id: unknown, method: string): string => JSON.stringify({ jsonrpc: '2.0', id, method, params: {} });
const say = (client: RawClient, ...lines: unknown[]): Promise<Message> =>
  client.call('say', { lines: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))) });
const heard = (client: RawClient, method: string): Message[] =>
  client.messages.filter((message) => message.method === method);

async function connected(capabilities = EVERYTHING): Promise<RawClient> {
  const contents = { 'doc://a': '{}', 'doc://b': '{}' };
  peers = await Peers.make({ shop: { contents, entry: { elicitation: true } } }, { capabilities });
  const client = await peers.connect();
  await say(client);
  return client;
}

/** The process of the server that runs now. */
function pidNow(): number {
  return Number(peers.records('upstream_started').at(-1)?.['pid']);
}

/** Kills the server, and waits until the next one takes calls. */
async function killedAndBack(client: RawClient): Promise<void> {
  const before = peers.records('upstream_started').length;
  process.kill(pidNow(), 'SIGKILL');
  await expect.poll(() => peers.records('upstream_started').length, { timeout: 20_000 }).toBe(before + 1);
  await say(client);
}

describe('when a server is killed while the client follows its resources', () => {
  it('subscribes again to what is followed, sets the level again, and passes on what the next process says', async () => {
    const client = await connected();
    await client.request('resources/subscribe', { uri: 'doc://a' });
    await client.request('resources/subscribe', { uri: 'doc://b' });
    await client.request('resources/unsubscribe', { uri: 'doc://b' });
    await client.request('logging/setLevel', { level: 'error' });
    await killedAndBack(client);
    const again = (): Message[] => {
      const seen = peers.seen('shop');
      return seen.slice(seen.findLastIndex(({ method }) => method === 'initialize'));
    };
    const of = (method: string): unknown[] =>
      again()
        .filter((message) => message.method === method)
        .map(({ params }) => params);
    await until(() => of('resources/subscribe').length > 0 && of('logging/setLevel').length > 0);
    expect(of('resources/subscribe')).toEqual([{ uri: 'doc://a' }]);
    expect(of('logging/setLevel')).toEqual([{ level: 'error' }]);
    const note = (level: string): unknown => ({
      ...{ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: 1 } },
    });
    const updated = (uri: string): unknown => ({ jsonrpc: '2.0', method: UPDATED, params: { uri } });
    await say(client, updated('doc://a'), updated('doc://b'), note('info'), note('error'));
    expect(heard(client, UPDATED).map(({ params }) => params)).toEqual([{ uri: 'doc://a' }]);
    expect(heard(client, 'notifications/message').map(({ params }) => params?.['level'])).toEqual(['error']);
    // What was followed under the first process can be left under the second.
    expect((await client.request('resources/unsubscribe', { uri: 'doc://a' })).result).toEqual({});
    await say(client, updated('doc://a'));
    expect(heard(client, UPDATED)).toHaveLength(1);
  }, 60_000);
});

describe('when a server is killed while the client is asked in its name', () => {
  it('takes the question back, and gives the answer that comes all the same to nobody', async () => {
    const client = await connected();
    await say(client, asking(1, 'sampling/createMessage'));
    const asked = await client.receive(({ method }) => method === 'sampling/createMessage');
    await killedAndBack(client);
    expect(heard(client, 'notifications/cancelled').map(({ params }) => params)).toEqual([{ requestId: asked.id }]);
    client.send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: { of: 'the first' } }));
    // The next process may ask under the same id, and hears the answer to its own question only.
    await say(client, asking(1, 'sampling/createMessage'));
    await until(() => heard(client, 'sampling/createMessage').length === 2);
    const second = heard(client, 'sampling/createMessage')[1];
    expect(second?.id).not.toBe(asked.id);
    client.send(JSON.stringify({ jsonrpc: '2.0', id: second?.id, result: { of: 'the second' } }));
    const answers = (): unknown[] =>
      peers
        .seen('shop')
        .filter(({ id, method }) => id === 1 && method === undefined)
        .map(({ result }) => result);
    await until(() => answers().length > 0);
    expect(answers()).toEqual([{ of: 'the second' }]);
    const ended = (): unknown[] =>
      peers.records('request_ended').flatMap(({ from, code, outcome }) => (from === 'server' ? [[code, outcome]] : []));
    await until(() => ended().length === 2);
    expect(ended()).toEqual([
      ['exited', 'in-doubt'],
      ['result', 'ok'],
    ]);
  }, 60_000);
});

describe('when the client goes while it is asked', () => {
  it('ends, records that nobody answered, and leaves no server behind', async () => {
    const client = await connected();
    await say(client, asking(1, 'sampling/createMessage'), asking(2, 'roots/list'));
    await client.receive(({ method }) => method === 'roots/list');
    const pid = pidNow();
    expect(await client.close()).toBe(0);
    const ended = peers.records('request_ended').filter(({ from }) => from === 'server');
    expect(ended.map(({ method, code, outcome }) => [method, code, outcome])).toEqual([
      ['sampling/createMessage', 'session_ended', 'in-doubt'],
      ['roots/list', 'session_ended', 'in-doubt'],
    ]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(JSON.parse((await peers.home.run(['audit', 'verify', '--json'])).stdout)).toMatchObject({ ok: true });
  }, 60_000);
});
