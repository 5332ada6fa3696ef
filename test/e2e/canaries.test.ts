/**
 * Marks in every field that an outsider controls, and a search for them in every byte that the product wrote. An agent, a
 * server or a bearer of a bad token must not be able to put anything into the log, the state, or the diagnostics.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenFrom } from '../../src/core/index.ts';
import { filesBelow, formsOf, mark, numberMark, placesOf, type Written } from './support/canaries.ts';
import { type Finished, type Home, makeHome } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';
import { RawClient, words } from './support/raw-client.ts';

const LEAKY = fileURLToPath(new URL('./fixtures/leaky.mjs', import.meta.url));
const THROWS = fileURLToPath(new URL('./fixtures/throw-at-step.cjs', import.meta.url));

/** What a server says. */
const SAID = [
  ...['stderr', 'exitWords', 'noise', 'initializeError', 'serverName', 'instructions', 'logMessage', 'requestId'],
  ...[
    'notificationMethod',
    'sampling',
    'progress',
    'toolError',
    'rpcError',
    'garbled',
    'crash',
    'result',
    'resultMeta',
  ],
];
/**
 * What an operator is shown who asks: names that a server gives itself and its tools, by the commands that look at servers;
 * and where the gateway's own configuration has a fault, the words at that place.
 */
const SHOWN: Readonly<Record<string, RegExp>> = {
  serverName: /^stdout of doctor /,
  quarantinedName: /^stdout of (?:doctor|upstream list) /,
  fault: /^stderr of gateway /,
};
/** What an agent, its client, and people with bad tokens write. */
const WRITTEN = [
  ...['note', 'deep', 'deepKey', 'listed', 'argumentName', 'argumentValue', 'toolName', 'toolArgument', 'method'],
  ...['params', 'id', 'progressToken', 'meta', 'metaKey', 'malformed', 'batch', 'oversizeHead', 'oversizeTail'],
  ...['duplicateKey', 'surrogate', 'notification', 'cancelReason', 'cancelId', 'reason', 'recipient', 'choice'],
  ...['clientTitle', 'capability', 'badParams', 'cursor', 'malformedToken', 'waiting', 'shadowed', 'agentEnv'],
  ...['crashNote', 'crashMessage', 'quarantinedName', 'quarantinedText', 'changedText', 'secret', 'fault', 'cutName'],
] as const;
type Name = (typeof WRITTEN)[number];

const marks = Object.fromEntries([...SAID, ...WRITTEN].map((name) => [name, mark()])) as Record<Name, string> &
  Record<string, string>;
const numbers = { amount: numberMark(), decimal: numberMark(), nested: numberMark() };
/** These are let into the log: the client's own name as part of who acted, and what `audit.reveal` names. */
const allowed = { client: mark(), version: mark(), reference: mark(), cents: numberMark() };
const tokens: Record<string, string> = {};

const TEXT = { type: 'string' };
const FIELDS = {
  ...{ amount: { type: 'integer' }, currency: TEXT, reference: TEXT, recipient: TEXT, note: TEXT },
  ...{ factor: { type: 'number' }, details: { type: 'object' }, list: { type: 'array' } },
  choice: { type: 'string', enum: ['a', 'b'] },
};
const TOOLS = ['pay', 'fail', 'refuse', 'garble', 'announce', 'crash'];
const open = (name: string) => ({ name, description: name, inputSchema: { type: 'object', properties: FIELDS } });
const money = {
  ...{ kind: 'charge', amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }] },
  ...{ currency: { path: 'currency' }, reference: 'reference', recipient: 'recipient' },
};

let home: Home;
let written: Written[];
const commands: Written[] = [];
const clients: RawClient[] = [];

function config(): Record<string, unknown> {
  const env = {
    MARKS: join(home.room, 'marks.json'),
    TOOLS_FILE: join(home.room, 'tools.json'),
    MODES: join(home.room, 'modes.json'),
  };
  const server = (name: string) => ({
    ...{ command: process.execPath, args: [LEAKY] },
    env: { ...env, NAME: name, SECRET: { secret: 'key' } },
  });
  const policy = (rules: readonly unknown[]) => ({ version: 1, default: 'deny', rules });
  const all = { id: 'all', tools: ['bank/*', 'kind:read', 'money'], effect: 'allow' };
  return {
    version: 1,
    upstreams: {
      bank: { ...server('bank'), prefix: '', tools: Object.fromEntries(TOOLS.map((name) => [name, money])) },
      refuses: server('refuses'),
      exits: server('exits'),
    },
    policies: {
      main: policy([
        all,
        { id: 'why', tools: ['money'], effect: 'require', when: { reason: { present: true } } },
        { id: 'daily', tools: ['money'], effect: 'limit', limit: { calls: 100, per: 'day', key: ['recipient'] } },
        {
          id: 'big',
          tools: ['bank/refuse'],
          effect: 'approve',
          when: { recipient: { eq: marks.waiting } },
          approve: { count: 1 },
        },
      ]),
      next: policy([{ ...all, effect: 'deny', when: { recipient: { eq: marks.shadowed } } }]),
    },
    grants: {
      agent: {
        ...{ principal: 'ada@acme.example', policies: ['main'], shadow: ['next'] },
        upstreams: ['bank', 'refuses', 'exits'],
      },
    },
    approvals: { wait: '1s' },
    audit: { reveal: ['amount', 'reference'] },
  };
}

function start(token: string | undefined, env: Record<string, string> = {}): RawClient {
  const tmp = join(home.room, 'tmp');
  mkdirSync(tmp, { recursive: true });
  const client = new RawClient(home, token, { AGENT_KEY: marks.agentEnv, TMPDIR: tmp, ...env });
  clients.push(client);
  return client;
}

async function hello(client: RawClient): Promise<void> {
  await client.request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: { experimental: { [marks.capability]: { a: marks.capability } } },
    clientInfo: { name: allowed.client, version: allowed.version, title: marks.clientTitle },
    _meta: { a: marks.meta },
  });
  client.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
}

async function command(args: readonly string[], input = ''): Promise<Finished> {
  const done = await home.run(args, input);
  commands.push({ where: `stdout of ${args.join(' ')}`, bytes: Buffer.from(done.stdout) });
  commands.push({ where: `stderr of ${args.join(' ')}`, bytes: Buffer.from(done.stderr) });
  return done;
}

const PAID = { currency: 'USD', reference: 'r', recipient: 'somebody', reason: 'a good one' };

/** Everything that an agent can write into a call, and around it. */
async function callBadly(client: RawClient): Promise<void> {
  await client.tools();
  await client.request('tools/list', { cursor: marks.cursor });
  const full = {
    ...{ amount: allowed.cents, currency: 'USD', reference: allowed.reference, recipient: marks.recipient },
    ...{ note: marks.note, factor: Number(`${numbers.decimal}.5`), reason: marks.reason, choice: 'a' },
    details: { a: { [marks.deepKey]: [{ b: marks.deep, n: numbers.nested }] } },
    list: [[marks.listed], { a: marks.listed }],
  };
  const meta = { progressToken: marks.progressToken, [marks.metaKey]: marks.meta };
  expect(words(await client.call('pay', full, meta))).toBe(marks['result']);
  await client.call('pay', { ...PAID, amount: 5, choice: marks.choice });
  await client.call('pay', { ...PAID, amount: 5, [marks.argumentName]: marks.argumentValue });
  await client.call('pay', { ...PAID, amount: String(numbers.amount) });
  await client.call('pay', { ...PAID, amount: numbers.amount, reason: marks.reason.padEnd(900, marks.reason) });
  expect(words(await client.call('fail', { ...PAID, amount: 5, recipient: marks.shadowed }))).toBe(marks['toolError']);
  expect(words(await client.call('refuse', { ...PAID, amount: 5 }))).toContain(marks['rpcError']);
  const waits = await client.call('refuse', { ...PAID, amount: 5, recipient: marks.waiting, note: marks.waiting });
  expect(words(waits)).toMatch(/approval ap-/);
  await client.call(marks.toolName, { [marks.toolArgument]: marks.toolArgument });
  await client.call('x'.repeat(200) + marks.cutName, {});
  await client.request(marks.method, { a: marks.params });
  await client.request('tools/call', { name: 'pay', arguments: [marks.badParams], [marks.badParams]: 1 });
  await client.request('tools/call', { name: { a: marks.badParams } });
  client.send(`{"jsonrpc":"2.0","id":"${marks.id}","method":"tools/call","params":{"name":"pay"}}`);
  await client.receive(({ id }) => id === marks.id);
  client.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":"${marks.malformed}`);
  client.send(`[{"jsonrpc":"2.0","id":2,"method":"${marks.batch}"}]`);
  client.send(
    `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"${marks.duplicateKey}":1,"${marks.duplicateKey}":2}}`,
  );
  client.send(
    `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"pay","arguments":{"note":"${marks.surrogate}\\ud800"}}}`,
  );
  client.send(`{"jsonrpc":"2.0","method":"${marks.notification}","params":{"a":"${marks.notification}"}}`);
  client.send(
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"${marks.cancelId}","reason":"${marks.cancelReason}"}}`,
  );
  client.send(
    `{"jsonrpc":"2.0","id":5,"method":"${marks.oversizeHead}","params":"${'x'.repeat(9 << 20)}${marks.oversizeTail}"}`,
  );
  await client.request('ping');
}

/** A server that changes its mind, and one that dies with a call. */
async function serveBadly(client: RawClient): Promise<void> {
  const changed = { ...open('fail'), description: marks.changedText };
  const added = { ...open(marks.quarantinedName), description: marks.quarantinedText };
  writeFileSync(
    join(home.room, 'tools.json'),
    JSON.stringify([...TOOLS.map(open), added].map((one) => (one.name === 'fail' ? changed : one))),
  );
  expect(words(await client.call('announce', { ...PAID, amount: 5 }))).toBe(marks['result']);
  await client.receive(({ method }) => method === 'notifications/tools/list_changed');
  expect(words(await client.call('fail', { ...PAID, amount: 5 }))).toMatch(/not the one that was accepted/);
  await client.call(marks.quarantinedName, {});
  void client.call('garble', { ...PAID, amount: 5 });
  await client.call('crash', { ...PAID, amount: 5 });
}

/** A configuration with faults, beside which the gateway goes on with the last good one, or does not start. */
async function editBadly(): Promise<void> {
  const client = start(tokens['good']);
  await hello(client);
  await client.tools();
  const good = config();
  await home.rewrite({ ...good, [marks.fault]: marks.fault, grants: { agent: { principal: [marks.fault] } } });
  await client.call('pay', { ...PAID, amount: 5 });
  await client.close();
  const late = start(tokens['good']);
  await hello(late);
  await late.request('tools/list');
  await late.close();
  await home.rewrite(good);
}

async function comeBadly(): Promise<void> {
  for (const token of Object.values(tokens)) {
    const client = start(token);
    await hello(client);
    await client.close();
  }
  const { exitCode, stderr } = await runWith(home, ['grant', 'revoke', 'agent', '--as', 'ada'], [passphraseOf('ada')]);
  expect(exitCode, stderr).toBe(0);
  const revoked = start(tokens['good']);
  await hello(revoked);
  await revoked.close();
}

beforeAll(async () => {
  home = await makeHome({});
  writeFileSync(join(home.room, 'marks.json'), JSON.stringify(marks));
  writeFileSync(join(home.room, 'tools.json'), JSON.stringify(TOOLS.map(open)));
  await home.rewrite(config());
  await home.seal('key', marks.secret);
  writeFileSync(join(home.room, 'modes.json'), '{}');
  tokens['good'] = await home.issue('agent');
  writeFileSync(join(home.room, 'modes.json'), '{"refuses":"refuses","exits":"exits"}');
  await enrol(home, 'ada', { roles: ['admin', 'approver'] });

  const client = start(tokens['good']);
  await hello(client);
  await callBadly(client);
  await serveBadly(client);
  await client.close();

  const crashing = start(tokens['good'], {
    ...{ NODE_OPTIONS: `--require ${THROWS}`, STEP: 'intent' },
    STEP_ERROR: `${marks.crashMessage}\n    at ${marks.crashMessage}`,
  });
  await hello(crashing);
  void crashing.call('pay', { ...PAID, amount: 5, note: marks.crashNote });
  await new Promise((resolve) => crashing.child.once('close', resolve));

  await editBadly();
  tokens['unknown'] = tokenFrom(Buffer.alloc(32, 9));
  tokens['malformed'] = `csg_${marks.malformedToken}`;
  tokens['words'] = marks.malformedToken;
  await comeBadly();

  await command(['audit', 'tail', '-n', '5000', '--json']);
  await command(['audit', 'tail', '-n', '5000']);
  await command(['audit', 'verify', '--json']);
  await command(['audit', 'verify']);
  await command(['audit', 'hash', '--json'], marks.note);
  await command(['audit', 'hash'], marks.recipient);
  await command(['quota', 'list', '--all', '--json']);
  await command(['upstream', 'list', '--json']);
  await command(['grant', 'list', '--json']);
  await command(['doctor', '--json']);
  written = [
    ...filesBelow(home.directory, [join(home.directory, 'countersign.config.json')]),
    ...filesBelow(join(home.room, 'tmp')),
    ...clients.map(({ stderr }, place) => ({ where: `stderr of gateway ${place}`, bytes: Buffer.from(stderr) })),
    ...commands,
  ];
}, 240_000);
afterAll(() => home.remove());

describe('when every field that an outsider writes has a mark', () => {
  it('looks at everything that was written: log, state, keys, diagnostics, commands', () => {
    const names = written.map(({ where }) => where.slice(home.directory.length));
    for (const part of [/state\.db$/, /calls-.*jsonl$/, /admin-.*jsonl$/, /audit-hmac-\d{6}\.key$/])
      expect(
        names.filter((name) => part.test(name)),
        String(part),
      ).not.toEqual([]);
    const kinds = new Set(home.records().map(({ kind }) => kind));
    for (const kind of ['intent', 'outcome', 'decision', 'approval_requested', 'protocol_rejected', 'tool_quarantined'])
      expect(kinds).toContain(kind);
    for (const kind of ['auth_failed', 'upstream_failed', 'session_opened', 'log_read']) expect(kinds).toContain(kind);
  });

  it.each(Object.keys(marks).filter((name) => !(name in SHOWN)))('finds nothing of %s', (name) => {
    expect(placesOf(marks[name] ?? '', written)).toEqual([]);
  });

  it.each(Object.entries(SHOWN))('finds %s only where an operator is to see it', (name, places) => {
    for (const where of placesOf(marks[name] ?? '', written)) expect(where).toMatch(places);
  });

  it.each(Object.entries(numbers))('finds nothing of the number %s', (_, number) => {
    expect(placesOf(String(number), written)).toEqual([]);
  });

  it.each(['good', 'unknown', 'malformed', 'words'])('finds nothing of a token that is %s', (name) => {
    const token = tokens[name] ?? '';
    // The store knows a token by its hash, which is of 256 random bits.
    const forms = formsOf(token).slice(0, 17);
    expect(written.filter(({ bytes }) => forms.some((form) => bytes.includes(form)))).toEqual([]);
  });

  it('finds the client, which is part of who acted, and what the configuration reveals', () => {
    const inLog = (text: string) => placesOf(text, written).filter((where) => /calls-.*\.jsonl$/.test(where));
    expect(inLog(allowed.client)).not.toEqual([]);
    expect(inLog(allowed.version)).not.toEqual([]);
    expect(inLog(allowed.reference)).not.toEqual([]);
    const cents = String(allowed.cents);
    expect(inLog(`${cents.slice(0, -2)}.${cents.slice(-2)} USD`)).not.toEqual([]);
  });

  it('crashed without a word of what it was about', () => {
    const crash = clients[1]?.stderr ?? '';
    expect(crash).toMatch(/countersign: internal error, please report it: Error\n {4}at /);
  });
});

describe('when a mark is searched for', () => {
  it.each([
    ['as it is', (text: string) => Buffer.from(`a${text}b`)],
    ['in base64', (text: string) => Buffer.from(Buffer.from(`x${text}yz`).toString('base64'))],
    [
      'in base64url, elsewhere in its group',
      (text: string) => Buffer.from(Buffer.from(`xx${text}`).toString('base64url')),
    ],
    ['in hexadecimal', (text: string) => Buffer.from(Buffer.from(text).toString('hex'))],
    ['for an URL', (text: string) => Buffer.from(text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`))],
    [
      'in JSON escapes',
      (text: string) => Buffer.from(text.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)),
    ],
    ['in UTF-16', (text: string) => Buffer.from(text, 'utf16le')],
  ])('is found %s', (_, write) => {
    const text = mark();
    expect(placesOf(text, [{ where: 'here', bytes: write(text) }])).toEqual(['here']);
    expect(placesOf(mark(), [{ where: 'here', bytes: write(text) }])).toEqual([]);
  });
});
