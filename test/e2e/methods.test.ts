/** Everything of MCP but the calling of tools, through the real binary: who may, where it goes, what the log says of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type PeerPlan, Peers, until } from './support/peer.ts';
import { type Message, RawClient } from './support/raw-client.ts';

let peers: Peers;
afterEach(() => peers.end());

const REQUESTS: readonly (readonly [string, unknown])[] = [
  ['resources/list', undefined],
  ['resources/templates/list', undefined],
  ['resources/read', { uri: 'doc://secret-uri' }],
  ['resources/subscribe', { uri: 'doc://secret-uri' }],
  ['resources/unsubscribe', { uri: 'doc://secret-uri' }],
  ['prompts/list', undefined],
  ['prompts/get', { name: 'secret-prompt' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'secret-prompt' }, argument: { name: 'a', value: 'b' } }],
  ['logging/setLevel', { level: 'info' }],
];

const one = (uri: string, more = ''): string => `{"uri":"${uri}","name":"n"${more}}`;
const resources = (...items: string[]): string => `{"resources":[${items.join(',')}]}`;
const contents = (uri: string, text: string): string => `{"contents":[{"uri":"${uri}","text":"${text}"}]}`;
const prompts = (...names: string[]): string => JSON.stringify({ prompts: names.map((name) => ({ name })) });

const say = (client: RawClient, ...lines: unknown[]): Promise<Message> =>
  client.call('say', { lines: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))) });
const asking = (id: unknown, method: string, params?: unknown): unknown => ({ jsonrpc: '2.0', id, method, params });
const answerTo = (name: string, id: unknown): Message | undefined =>
  peers.seen(name).find((message) => message.method === undefined && message.id === id);
const everything = (plans: Record<string, PeerPlan>, rules: unknown[] = []): Promise<Peers> =>
  Peers.make(plans, { capabilities: EVERYTHING }, rules);

function logText(): string {
  const folder = join(peers.home.directory, 'audit');
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

describe('when a grant carries only tools', () => {
  it('serves nothing else: no such method, nothing reaches the server, and each try is recorded', async () => {
    peers = await Peers.make({ shop: { entry: { elicitation: true } } }, {});
    const client = await peers.connect();
    expect(client.hello.result).toMatchObject({ capabilities: { tools: { listChanged: true } } });
    expect(Object.keys(client.hello.result?.['capabilities'] as object)).toEqual(['tools']);
    await client.tools();
    await until(() => peers.seen('shop').length > 0);
    for (const [method, params] of REQUESTS) {
      const { error } = await client.request(method, params);
      expect(error).toEqual({ code: -32601, message: `Method not found: ${method}` });
    }
    expect(peers.reached('shop')).toEqual([]);
    expect(peers.seen('shop')[0]).toMatchObject({ method: 'initialize', params: { capabilities: {} } });
    const denied = peers.records('request_decided').filter(({ decision }) => decision === 'deny');
    expect(denied.map(({ method, code, from }) => [method, code, from])).toEqual(
      REQUESTS.map(([method]) => [method, 'capability', 'client']),
    );
    expect(peers.records('request_ended').map(({ method }) => method)).toEqual(['tools/list']);
    const { stdout: shown } = await peers.home.run(['audit', 'query', '--kind', 'request_decided']);
    for (const [method] of REQUESTS) expect(shown).toContain(` ${method} `);
    expect(logText()).not.toMatch(/secret-uri|secret-prompt/);
  });

  it('asks the client nothing in the name of a server', async () => {
    peers = await Peers.make({ shop: { entry: { elicitation: true } } }, {});
    const client = await peers.connect();
    const asks = ['roots/list', 'sampling/createMessage', 'elicitation/create', 'made/up'];
    await say(client, ...asks.map((method) => asking(`a-${method}`, method, { message: 'secret-words' })));
    await until(() => asks.every((method) => answerTo('shop', `a-${method}`) !== undefined));
    for (const method of asks) expect(answerTo('shop', `a-${method}`)?.error?.code).toBe(-32601);
    await say(
      client,
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', data: 'secret-words' } },
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'a:b' } },
      { jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId: 'x' } },
      { jsonrpc: '2.0', method: 'notifications/prompts/list_changed' },
      { jsonrpc: '2.0', method: 'notifications/made/up' },
    );
    expect(client.messages.filter(({ method }) => method !== undefined)).toEqual([]);
    expect(logText()).not.toContain('secret-words');
  });
});

describe('when a grant does not carry tools', () => {
  it('neither lists nor calls them', async () => {
    peers = await Peers.make({ shop: {} }, { capabilities: ['resources'] });
    const client = await peers.connect();
    expect((await client.request('tools/list')).error?.code).toBe(-32601);
    expect((await client.call('say', {})).error?.code).toBe(-32601);
    expect(peers.reached('shop')).toEqual([]);
    expect(peers.records('protocol_rejected')).toMatchObject([{ method: 'tools/call', code: 'capability' }]);
  });
});

describe('when a grant carries everything', () => {
  it('declares what its servers declared when they were accepted, and all that it carries where that is not known', async () => {
    peers = await everything({
      eu: { capabilities: { tools: {}, prompts: {} } },
      us: { capabilities: { logging: {} } },
    });
    const { hello } = await peers.connect();
    expect(hello.result?.['capabilities']).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      logging: {},
    });
    // The configuration is another now, and is read in full; a server that nobody accepted may have anything.
    const file = join(peers.home.directory, 'countersign.config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as {
      upstreams: object;
      grants: { agent: { upstreams: string[] } };
    };
    config.upstreams = { ...config.upstreams, new: { command: 'nothing', prefix: 'n_' } };
    config.grants.agent.upstreams.push('new');
    await peers.home.rewrite(config);
    const again = await peers.connect();
    expect(Object.keys(again.hello.result?.['capabilities'] as object)).toEqual([
      ...['tools', 'resources', 'prompts', 'completions', 'logging'],
    ]);
  });

  it('passes the list of an only server on byte for byte', async () => {
    const list = `{ "resources":[${one('doc://a', ',"x-new":1e400,"size":12345678901234567890')}], "later":[1.0] }`;
    peers = await everything({ shop: { resources: list, contents: { 'doc://a': '{"contents":[],"n":1.00}' } } });
    const client = await peers.connect();
    await client.request('resources/list');
    expect(client.lines.at(-1)).toContain(`"result":${list}`);
    await client.request('resources/read', { uri: 'doc://a', _meta: { note: 'not for servers' }, later: 1 });
    expect(client.lines.at(-1)).toContain('"result":{"contents":[],"n":1.00}');
    expect(peers.seen('shop').at(-1)?.params).toEqual({ uri: 'doc://a', later: 1 });
  });

  it('joins the lists of two servers, routes each address, and tells the same address of both apart', async () => {
    peers = await everything({
      eu: {
        resources: resources(one('doc://both'), one('doc://eu')),
        contents: { 'doc://both': contents('doc://both', 'eu'), 'doc://eu': contents('doc://eu', 'eu') },
      },
      us: {
        resources: resources(one('doc://both'), one('doc://us')),
        contents: { 'doc://both': contents('doc://both', 'us'), 'doc://made/1': contents('doc://made/1', 'us') },
        templates: '{"resourceTemplates":[{"uriTemplate":"doc://made/{id}","name":"t"}]}',
      },
    });
    const client = await peers.connect();
    const listed = (await client.request('resources/list')).result?.['resources'] as { uri: string }[];
    const escaped = `countersign://us/${encodeURIComponent('doc://both')}`;
    expect(listed.map(({ uri }) => uri)).toEqual(['doc://both', 'doc://eu', escaped, 'doc://us']);
    expect(client.stderr).toContain('upstreams `eu` and `us` list a resource of the same address');
    const read = async (uri: string): Promise<unknown> => (await client.request('resources/read', { uri })).result;
    expect(await read('doc://both')).toEqual({ contents: [{ uri: 'doc://both', text: 'eu' }] });
    expect(await read(escaped)).toEqual({ contents: [{ uri: escaped, text: 'us' }] });
    await client.request('resources/templates/list');
    expect(await read('doc://made/1')).toEqual({ contents: [{ uri: 'doc://made/1', text: 'us' }] });
    expect(peers.reached('eu').filter((method) => method === 'resources/read')).toHaveLength(1);
    const { error } = await client.request('resources/read', { uri: 'doc://nowhere' });
    expect(error).toMatchObject({ code: -32002 });
    expect((await client.request('resources/read', { uri: 'countersign://nobody/a' })).error?.code).toBe(-32002);
    expect(peers.records('request_ended').at(-2)).toMatchObject({ method: 'resources/read', code: 'not_found' });
  });

  it('refuses an address that is too long, or none, before any server sees it', async () => {
    peers = await everything({ shop: {} });
    const client = await peers.connect();
    await client.tools();
    for (const uri of ['x'.repeat(8_193), 7, undefined, null])
      expect((await client.request('resources/read', { uri })).error?.code).toBe(-32602);
    expect((await client.request('resources/list', { cursor: 'x' })).error?.code).toBe(-32602);
    expect((await client.request('logging/setLevel', { level: 'loud' })).error?.code).toBe(-32602);
    expect((await client.request('prompts/get', {})).error?.code).toBe(-32602);
    expect((await client.request('completion/complete', { ref: { type: 'ref/tool' } })).error?.code).toBe(-32602);
    expect(peers.reached('shop')).toEqual([]);
    const codes = peers.records('request_decided').map(({ code }) => code);
    expect(codes.filter((code) => code === 'invalid_params')).toHaveLength(8);
  });

  it('lists prompts under exposed names, gives a shared one to nobody, and sends each under its own', async () => {
    peers = await everything({
      eu: { prompts: prompts('plain', 'a_b'), entry: { prefix: 'e_' } },
      us: { prompts: prompts('plain', 'b'), entry: { prefix: 'e_a_' } },
    });
    const client = await peers.connect();
    const listed = (await client.request('prompts/list')).result?.['prompts'] as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(['e_plain', 'e_a_plain']);
    expect(client.stderr).toContain('upstreams `eu` and `us` have a prompt of the same exposed name');
    const { result } = await client.request('prompts/get', { name: 'e_a_plain', arguments: { a: 'b' } });
    expect(result).toMatchObject({ description: 'prompt plain of us' });
    expect(peers.seen('us').at(-1)?.params).toEqual({ name: 'plain', arguments: { a: 'b' } });
    for (const name of ['e_a_b', 'plain', 'nothing'])
      expect((await client.request('prompts/get', { name })).error?.code).toBe(-32602);
    const ref = { type: 'ref/prompt', name: 'e_plain' };
    const completed = await client.request('completion/complete', { ref, argument: { name: 'a', value: '' } });
    expect(completed.result).toEqual({ completion: { values: ['eu', 'plain'] } });
  });

  it('asks a server that was never listed for its prompts', async () => {
    peers = await everything({ shop: { prompts: prompts('plain') } });
    const client = await peers.connect();
    expect((await client.request('prompts/get', { name: 'plain' })).result).toBeDefined();
  });

  it('follows a resource once, tells updates of what is followed, and stops', async () => {
    peers = await everything({ shop: { contents: { 'doc://a': '{}' } } });
    const client = await peers.connect();
    const escaped = `countersign://shop/${encodeURIComponent('doc://a')}`;
    for (const uri of ['doc://a', 'doc://a', escaped])
      expect((await client.request('resources/subscribe', { uri })).result).toEqual({});
    const updated = (uri: string): unknown => ({
      ...{ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri, more: 1 } },
    });
    await say(client, updated('doc://a'), updated('doc://other'), updated('doc://a/part'));
    const told = client.messages.filter(({ method }) => method === 'notifications/resources/updated');
    expect(told.map(({ params }) => params)).toEqual([
      { uri: 'doc://a', more: 1 },
      { uri: escaped, more: 1 },
      { uri: 'doc://a/part', more: 1 },
    ]);
    const unsubscribes = (): number =>
      peers.reached('shop').filter((method) => method === 'resources/unsubscribe').length;
    await client.request('resources/unsubscribe', { uri: 'doc://a' });
    expect(unsubscribes()).toBe(0);
    await client.request('resources/unsubscribe', { uri: escaped });
    expect(unsubscribes()).toBe(1);
    await client.request('resources/unsubscribe', { uri: escaped });
    expect(unsubscribes()).toBe(1);
    expect((await client.request('resources/subscribe', { uri: 'doc://none' })).error?.code).toBe(-32002);
  });

  it('names the server of a log message, and keeps the level', async () => {
    peers = await everything({ eu: {}, us: {} });
    const client = await peers.connect();
    expect((await client.request('logging/setLevel', { level: 'warning' })).result).toEqual({});
    for (const name of ['eu', 'us']) expect(peers.seen(name).at(-1)).toMatchObject({ params: { level: 'warning' } });
    const message = (level: string, more = {}): string =>
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: 1, ...more } });
    await client.call('eu_say', { lines: [message('info'), message('error'), message('alert', { logger: 'db' })] });
    const told = client.messages.filter(({ method }) => method === 'notifications/message');
    expect(told.map(({ params }) => params)).toEqual([
      { level: 'error', data: 1, logger: 'eu' },
      { level: 'alert', data: 1, logger: 'eu/db' },
    ]);
  });

  it('tells of changed lists only a client that asked, and only when they changed', async () => {
    peers = await everything({ shop: { prompts: prompts('plain') } });
    const client = await peers.connect();
    const changed = { jsonrpc: '2.0', method: 'notifications/prompts/list_changed' };
    await say(client, changed);
    await client.request('prompts/list');
    await say(client, changed, changed);
    const lists = (): number => peers.reached('shop').filter((method) => method === 'prompts/list').length;
    await until(() => lists() === 2);
    await client.request('ping');
    expect(client.messages.some(({ method }) => method === 'notifications/prompts/list_changed')).toBe(false);
  });

  it('records every request and its end, under a chain that verifies, and nothing of what they are about', async () => {
    peers = await everything({
      shop: { contents: { 'doc://secret-uri': contents('doc://secret-uri', 'secret-text') } },
    });
    const client = await peers.connect();
    for (const [method, params] of REQUESTS) await client.request(method, params);
    const ended = peers.records('request_ended');
    expect(ended.map(({ method }) => method)).toEqual(REQUESTS.map(([method]) => method));
    for (const record of ended) {
      expect(record).toMatchObject({ grant: 'agent', principal: 'a@b.example', from: 'client', outcome: 'ok' });
      const { request, method } = record;
      const decided = peers.records('request_decided').find((other) => other['request'] === request);
      expect(decided).toMatchObject({ method, decision: 'allow', rule: '(capability)', code: null });
    }
    await client.close();
    expect(logText()).not.toMatch(/secret-/);
    expect(JSON.parse((await peers.home.run(['audit', 'verify', '--json'])).stdout)).toMatchObject({ ok: true });
  });
});

describe('when servers ask', () => {
  it('passes each question on under a name of its own, and the answer back under the id it came with', async () => {
    peers = await everything({ shop: { entry: { elicitation: true } } });
    const client = await peers.connect();
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const question = { message: 'Your card?', requestedSchema: schema, 'x-new': 1, task: { ttl: 1 } };
    const sample = { messages: [], includeContext: 'allServers', maxTokens: 5, _meta: { progressToken: 7, other: 1 } };
    await say(
      client,
      asking(0, 'elicitation/create', question),
      asking('two', 'sampling/createMessage', sample),
      asking(3, 'roots/list'),
    );
    const asked = await client.receive(({ method }) => method === 'elicitation/create');
    expect(asked).toEqual({
      ...{ jsonrpc: '2.0', id: expect.stringMatching(/^sshop-\d+$/) as string, method: 'elicitation/create' },
      params: { message: '[shop] Your card?', requestedSchema: schema, 'x-new': 1 },
    });
    const sampling = await client.receive(({ method }) => method === 'sampling/createMessage');
    expect(sampling.params).toEqual({ messages: [], maxTokens: 5, _meta: { progressToken: sampling.id, other: 1 } });
    const roots = await client.receive(({ method }) => method === 'roots/list');
    const reply = (id: unknown, result: unknown): void => client.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
    const progress = { progressToken: sampling.id, progress: 1 };
    client.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: progress }));
    reply(asked.id, { action: 'accept', content: { a: 'secret-answer' } });
    reply(asked.id, { action: 'decline' });
    reply('sshop-99', { action: 'accept' });
    reply(7, {});
    reply(sampling.id, { role: 'assistant', big: 1 });
    client.send(JSON.stringify({ jsonrpc: '2.0', id: roots.id, error: { code: -5, message: 'no', data: [1] } }));
    await until(() => [0, 'two', 3].every((id) => answerTo('shop', id) !== undefined));
    expect(answerTo('shop', 0)?.result).toEqual({ action: 'accept', content: { a: 'secret-answer' } });
    expect(answerTo('shop', 'two')?.result).toEqual({ role: 'assistant', big: 1 });
    expect(answerTo('shop', 3)?.error).toEqual({ code: -5, message: 'no', data: [1] });
    expect(peers.seen('shop').filter(({ id }) => id === 0)).toHaveLength(1);
    expect(peers.seen('shop').find(({ method }) => method === 'notifications/progress')?.params).toEqual({
      ...{ progressToken: 7, progress: 1 },
    });
    // An answer is recorded once it has been passed on.
    const endings = (): Record<string, unknown>[] =>
      peers.records('request_ended').filter(({ from }) => from === 'server');
    await until(() => endings().length === 3);
    const ended = endings();
    expect(ended.map(({ method, upstream, code }) => [method, upstream, code])).toEqual([
      ['elicitation/create', 'shop', 'accept'],
      ['sampling/createMessage', 'shop', 'result'],
      ['roots/list', 'shop', 'rpc_error'],
    ]);
    expect(logText()).not.toMatch(/secret-answer|Your card/);
  });

  it('lets no server ask the user that the configuration does not let, whatever the grant carries', async () => {
    peers = await everything({ shop: {}, eu: { entry: { elicitation: true } } });
    const client = await peers.connect();
    await client.tools();
    await until(() => ['shop', 'eu'].every((name) => peers.seen(name).length > 0));
    const [hello] = peers.seen('shop');
    expect(Object.keys(hello?.params?.['capabilities'] as object)).toEqual(['roots', 'sampling']);
    expect(Object.keys(peers.seen('eu')[0]?.params?.['capabilities'] as object)).toEqual([
      ...['roots', 'sampling', 'elicitation'],
    ]);
    const question = { message: 'a', requestedSchema: {} };
    await client.call('shop_say', { lines: [JSON.stringify(asking(1, 'elicitation/create', question))] });
    await until(() => answerTo('shop', 1) !== undefined);
    expect(answerTo('shop', 1)?.error).toEqual({ code: -32601, message: 'Method not found' });
    expect(peers.records('request_decided').at(-1)).toMatchObject({
      ...{ from: 'server', method: 'elicitation/create', upstream: 'shop', decision: 'deny', code: 'elicitation_off' },
    });
    const required = `{"jsonrpc":"2.0","id":$ID,"error":{"code":-3.2042e4,"message":"m","data":{"elicitations":[{"elicitationId":"1","url":"https://a.example","message":"go"}]}}}`;
    const refused = await client.call('shop_say', { lines: [required] });
    expect(refused.error).toMatchObject({ code: -32603 });
    expect(JSON.stringify(refused)).not.toContain('a.example');
    const passed = await client.call('eu_say', { lines: [required] });
    expect(passed.error).toMatchObject({
      data: { elicitations: [{ elicitationId: 'eu.1', url: 'https://a.example', message: '[eu] go' }] },
    });
  });

  it('gives each id of a question its server, and shows no address but one of the web', async () => {
    peers = await everything({ shop: { entry: { elicitation: true } } });
    const client = await peers.connect();
    const question = (id: number, url: string): unknown =>
      asking(id, 'elicitation/create', { mode: 'url', message: 'go', url, elicitationId: 'x' });
    await say(
      client,
      question(1, 'javascript:alert(1)'),
      question(2, 'https://a.example/'),
      asking(3, 'elicitation/create', { mode: 'odd', message: 'a' }),
      {
        ...{ jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId: 'x' } },
      },
    );
    const asked = await client.receive(({ method }) => method === 'elicitation/create');
    expect(asked.params).toEqual({
      mode: 'url',
      message: '[shop] go',
      url: 'https://a.example/',
      elicitationId: 'shop.x',
    });
    const done = await client.receive(({ method }) => method === 'notifications/elicitation/complete');
    expect(done.params).toEqual({ elicitationId: 'shop.x' });
    await until(() => [1, 3].every((id) => answerTo('shop', id) !== undefined));
    expect(answerTo('shop', 1)?.error?.code).toBe(-32602);
    expect(client.messages.filter(({ method }) => method === 'elicitation/create')).toHaveLength(1);
  });

  it('asks a client nothing that it did not say it can do', async () => {
    peers = await everything({ shop: { entry: { elicitation: true } } });
    const client = await peers.connect({ elicitation: {} });
    const web = { mode: 'url', message: 'go', url: 'https://a.example', elicitationId: 'x' };
    await say(
      client,
      asking(1, 'sampling/createMessage', {}),
      asking(2, 'roots/list', {}),
      asking(3, 'elicitation/create', web),
    );
    await until(() => [1, 2, 3].every((id) => answerTo('shop', id) !== undefined));
    expect(client.messages.filter(({ method }) => method !== undefined)).toEqual([]);
  });

  it('answers a flood of questions without passing it on, or filling the log with it', async () => {
    peers = await everything({ shop: {} });
    const client = await peers.connect();
    const ids = Array.from({ length: 500 }, (_, at) => at);
    await say(client, ...ids.map((id) => asking(id, 'roots/list')));
    await until(() => peers.seen('shop').filter(({ error }) => error !== undefined).length >= 468);
    expect(client.messages.filter(({ method }) => method === 'roots/list').length).toBeLessThanOrEqual(32);
    const records = peers.records('request_decided').filter(({ from }) => from === 'server');
    expect(records.length).toBe(61);
    expect(records.filter(({ code }) => code === 'flood')).toHaveLength(1);
  });

  it('takes a question back when its server does, or ends, and takes no id twice', async () => {
    peers = await everything({ shop: {} });
    const client = await peers.connect();
    await say(client, asking(1, 'sampling/createMessage', {}), asking(1, 'sampling/createMessage', {}));
    const first = await client.receive(({ method }) => method === 'sampling/createMessage');
    await until(() => answerTo('shop', 1) !== undefined);
    expect(answerTo('shop', 1)?.error?.code).toBe(-32600);
    await say(client, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'r' } });
    const cancelled = await client.receive(({ method }) => method === 'notifications/cancelled');
    expect(cancelled.params).toEqual({ requestId: first.id, reason: 'r' });
    client.send(JSON.stringify({ jsonrpc: '2.0', id: first.id, result: {} }));
    await client.request('ping');
    expect(peers.seen('shop').filter(({ id, method }) => id === 1 && method === undefined)).toHaveLength(1);
    expect(client.messages.filter(({ method }) => method === 'sampling/createMessage')).toHaveLength(1);
  });

  it('tells every server that the roots changed', async () => {
    peers = await everything({ eu: {}, us: {} });
    const client = await peers.connect();
    // A call waits for its server.
    for (const name of ['eu', 'us']) await client.call(`${name}_say`, { lines: [] });
    client.send('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}');
    await until(() => ['eu', 'us'].every((name) => peers.reached(name).includes('notifications/roots/list_changed')));
  });
});

describe('when a grant is frozen, limited or without a policy', () => {
  it('stops everything at a freeze, and what may move money at one of money', async () => {
    peers = await everything({ shop: { contents: { 'doc://a': '{}' } } });
    const client = await peers.connect();
    await client.tools();
    await peers.home.run(['freeze', '--money']);
    const read = (): Promise<Message> => client.request('resources/read', { uri: 'doc://a' });
    expect((await read()).error?.code).toBe(4001);
    expect((await client.request('prompts/get', { name: 'a' })).error?.code).toBe(4001);
    expect((await client.request('resources/list')).result).toBeDefined();
    await peers.home.run(['freeze']);
    for (const [method, params] of [...REQUESTS, ['tools/list', undefined] as const])
      expect((await client.request(method, params)).error?.code).toBe(4001);
    expect(peers.reached('shop')).toEqual(['resources/list']);
    expect(peers.records('request_decided').at(-1)).toMatchObject({ method: 'tools/list', code: 'frozen' });
  });

  it('counts every request under a limit of calls on everything', async () => {
    const pace = { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 3, per: 'rolling 24h' } };
    const keyed = { id: 'once', tools: ['*'], effect: 'limit', limit: { calls: 1, per: 'day', key: ['reference'] } };
    const money = { id: 'cap', tools: ['money'], effect: 'limit', limit: { calls: 1, per: 'day' } };
    peers = await everything({ shop: { contents: { 'doc://a': '{}' } } }, [pace, keyed, money]);
    const client = await peers.connect();
    for (let at = 0; at < 3; at += 1)
      expect((await client.request('resources/read', { uri: 'doc://a' })).result).toEqual({});
    const { error } = await client.request('resources/read', { uri: 'doc://a' });
    expect(error).toMatchObject({
      code: 4003,
      message: expect.stringMatching(/^Denied by rule `pace`/) as string,
      data: { 'countersign/decision': { decision: 'deny', rule: 'pace', policy: 'all' } },
    });
    expect((await client.request('tools/list')).error?.code).toBe(4003);
    expect(peers.reached('shop').filter((method) => method === 'resources/read')).toHaveLength(3);
    expect(peers.records('request_decided').at(-1)).toMatchObject({
      ...{ method: 'tools/list', decision: 'deny', code: 'limit', rule: 'pace', policy: 'all' },
      quota: [{ rule: 'pace', unit: 'calls', used: '>100%' }],
    });
  });

  it('serves nothing to a grant without a policy', async () => {
    peers = await Peers.make({ shop: { contents: { 'doc://a': '{}' } } }, { capabilities: EVERYTHING, policies: [] });
    const client = await peers.connect();
    expect((await client.request('resources/read', { uri: 'doc://a' })).error?.code).toBe(4003);
    expect(await client.tools()).toEqual([]);
    expect(peers.reached('shop')).toEqual([]);
  });
});

describe('what the model is told', () => {
  it('is what the operator wrote, and nothing that a server says of itself', async () => {
    peers = await everything({ shop: { entry: { instructions: 'Ask before you refund.' } } });
    const { hello } = await peers.connect();
    expect(hello.result?.['instructions']).toMatch(/Countersign.*\n\n## shop\nAsk before you refund\.$/s);
    const again = await peers.connect();
    expect(again.hello.result).toEqual(hello.result);
    expect(JSON.stringify(again.hello)).not.toContain('IGNORE');
  });
});

describe('when two upstreams would list a tool under one name', () => {
  const tool = { name: 'a_say', inputSchema: { type: 'object', properties: {} } };
  const words = '`eu/a_say` and `us/say` would both be listed as `e_a_say`';

  it('does not accept the second, and does not start with both', async () => {
    peers = await everything({ eu: { tools: [tool], entry: { prefix: 'e_' } }, us: { entry: { prefix: 'u_' } } });
    const token = await peers.home.issue('agent');
    const file = join(peers.home.directory, 'countersign.config.json');
    await peers.home.rewrite(JSON.parse(readFileSync(file, 'utf8').replace('"u_"', '"e_a_"')));
    const review = await peers.home.run(['upstream', 'review', 'us', '--accept']);
    expect([review.exitCode, review.stderr]).toEqual([2, expect.stringContaining(words)]);
    const client = new RawClient(peers.home, token);
    const hello = await client.initialize();
    expect(hello.error ?? (await client.request('tools/list')).error).toMatchObject({
      ...{ code: 5001, message: expect.stringContaining(words) as string },
    });
    await client.close();
    expect(client.stderr).toContain('another `prefix`');
    const doctor = JSON.parse((await peers.home.run(['doctor', '--json', '--offline'])).stdout) as {
      checks: { id: string; status: string; message: string }[];
    };
    expect(doctor.checks.find(({ id }) => id === 'upstream.names')).toMatchObject({ status: 'fail', message: words });
  });
});
