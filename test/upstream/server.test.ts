import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { brandAs, type UpstreamName } from '../../src/core/ids.ts';
import { fromPlain, stringify } from '../../src/core/json.ts';
import type { Reply } from '../../src/upstream/index.ts';
import { ask, eventually, FIXTURE, HELLO, isAlive, livingMembers, plain, rig, textIn } from './harness.ts';
import type { Rig } from './harness.ts';

const rigs: Rig[] = [];

function make(...parameters: Parameters<typeof rig>): Rig {
  const made = rig(...parameters);
  rigs.push(made);
  return made;
}

async function started(...parameters: Parameters<typeof rig>): Promise<Rig> {
  const made = make(...parameters);
  await made.upstream.start(HELLO);
  return made;
}

afterEach(async () => {
  for (const made of rigs.splice(0)) {
    const { pid } = made.upstream;
    await made.dispose();
    if (pid !== null) expect(livingMembers(pid)).toEqual([]);
  }
});

describe('when a server starts', () => {
  it('becomes ready with its tools, and tells each step', async () => {
    const { upstream, told } = await started('good');
    expect(told.states).toEqual([{ is: 'starting' }, { is: 'ready' }]);
    expect(upstream.tools.map(({ name }) => name)).toEqual(['echo', 'other']);
    expect(upstream.serverInfo).toBe('fix\u00b7ture 1.0');
    expect(upstream.pid).toBeGreaterThan(0);
  });

  it('hands the hello on as it is', async () => {
    const { upstream } = await started('good');
    const reply = await ask(upstream, 'test/text', undefined);
    expect(plain(reply)).toEqual([
      'result',
      { line: expect.stringMatching(/^\{"jsonrpc":"2\.0","id":\d+,"method":"test\/text"\}$/) as string },
    ]);
    expect(upstream.tools[0]?.raw.toString()).toBe(
      '{"name":"echo","description":"does echo","inputSchema":{"type":"object"}}',
    );
  });

  it('starts once for two callers', async () => {
    const { upstream, told } = make('good');
    await Promise.all([upstream.start(HELLO), upstream.start(HELLO)]);
    expect(told.states).toHaveLength(2);
  });

  it('reads every page of the tool list', async () => {
    const { upstream } = await started('pages');
    expect(upstream.tools.map(({ name }) => name)).toEqual(['page_0', 'page_1', 'page_2', 'page_3', 'page_4']);
  });

  it('leaves out definitions that have no usable name, and keeps the bytes of the others', async () => {
    const { upstream } = await started('bad-tools');
    expect(upstream.state).toEqual({ is: 'ready' });
    expect(upstream.tools.map(({ raw, definition }) => [raw.toString(), stringify(definition)])).toEqual([
      ['{"name":"good" , "x":1.50}', '{"name":"good","x":1.50}'],
    ]);
    expect(upstream.counts.dropped).toBe(8);
  });

  it('has no tools when it declares none', async () => {
    const { upstream } = await started('no-tools');
    expect([upstream.state.is, upstream.tools]).toEqual(['ready', []]);
  });

  it('runs in its own home, with the safelist and its own variables only', async () => {
    process.env['COUNTERSIGN_TOKEN'] = 'csg_never';
    process.env['NODE_OPTIONS_TEST'] = 'never';
    try {
      const { call, home } = await started('good', {
        spec: { env: { STRIPE_SECRET_KEY: 'sk' } },
      });
      const [, result] = plain(await call('environment')) as [string, { env: Record<string, string>; cwd: string }];
      expect(result.env['HOME']).toBe(join(home, 'own'));
      expect(result.env['STRIPE_SECRET_KEY']).toBe('sk');
      expect(Object.keys(result.env).filter((name) => /COUNTERSIGN|NODE_/.test(name))).toEqual([]);
      expect(result.cwd).toBe(realpathSync(join(home, 'own')));
      expect(readdirSync(home)).toEqual(['own']);
    } finally {
      delete process.env['COUNTERSIGN_TOKEN'];
      delete process.env['NODE_OPTIONS_TEST'];
    }
  });
});

const EXIT_CODES: Readonly<Record<string, number>> = { 'exit-at-start': 3, 'list-exit': 0 };
/** How a failure ends that only a person can mend. */
const FINAL = { exitCode: null, restartMs: null };

describe('when a server does not come up', () => {
  it.each([
    ['hang', { initializeMs: 300 }, 'initialize_timeout', 'it did not answer `initialize` within 0.3 s'],
    ['refuse', {}, 'initialize_failed', 'it answered `initialize` with an error'],
    ['no-version', {}, 'initialize_failed', 'its answer to `initialize` names no protocol version'],
    [
      'exit-at-start',
      {},
      'exited',
      'its process exited with code 3; `countersign upstream test stripe` shows what it wrote',
    ],
    [
      'list-exit',
      {},
      'exited',
      'its process exited with code 0; `countersign upstream test stripe` shows what it wrote',
    ],
    ['list-error', {}, 'list_failed', 'it answered `tools/list` with an error'],
    ['list-hangs', { initializeMs: 1_000 }, 'list_failed', 'it did not list its tools in time'],
    ['not-a-list', {}, 'list_failed', 'its answer to `tools/list` holds no list of tools'],
    ['loop', {}, 'list_failed', 'its tool list leads back to a page before'],
    ['endless', {}, 'list_failed', 'its tool list has more than 100 pages'],
    ['many', {}, 'list_failed', 'it lists more than 10000 tools'],
    ['long', {}, 'list_failed', 'its tool list is over the size limit'],
  ])('fails with its code and a sentence: %s', async (mode, options, code, why) => {
    const { upstream, told } = await started(mode, options);
    const failed = { is: 'failed', code, why, exitCode: EXIT_CODES[mode] ?? null, restartMs: null };
    const isTriedAgain = code !== 'initialize_failed';
    expect(upstream.state).toEqual(isTriedAgain ? { ...failed, restartMs: expect.any(Number) as number } : failed);
    expect(told.states).toEqual([{ is: 'starting' }, upstream.state]);
    expect(plain(await ask(upstream, 'tools/call', undefined))).toEqual([
      'unsent',
      isTriedAgain ? `${why}; it is being started again` : why,
    ]);
  });

  it('keeps the words of a refusal for people, since they may hold its key', async () => {
    const { upstream } = await started('refuse');
    expect(upstream.stderrTail()).toEqual([expect.stringContaining('licence')]);
  });

  it('keeps what it wrote on stderr, without control characters', async () => {
    const { upstream } = await started('exit-at-start');
    expect(upstream.stderrTail()).toEqual(['no credentials\u00b7[2J']);
  });

  it('names a command that is not there', async () => {
    const { upstream } = await started('good', { spec: { command: '/nowhere/stripe-mcp' } });
    expect(upstream.state).toEqual({
      is: 'failed',
      code: 'spawn_failed',
      why: 'the command `/nowhere/stripe-mcp` was not found; give its full path, or check PATH',
      ...FINAL,
    });
  });

  it('names a command that may not be executed', async () => {
    const { upstream } = await started('good', { spec: { command: FIXTURE } });
    expect(upstream.state).toEqual({
      is: 'failed',
      code: 'spawn_failed',
      why: `the command \`${FIXTURE}\` may not be executed; check its permissions`,
      ...FINAL,
    });
  });

  it('names a working directory that is not there', async () => {
    const { upstream } = await started('good', { spec: { cwd: '/nowhere' } });
    expect(upstream.state).toMatchObject({
      code: 'spawn_failed',
      why: 'its working directory `/nowhere` is not there',
    });
  });

  it('keeps the words of a missing secret', async () => {
    const missing = Object.assign(new Error('the secret `stripe-live` is not set'), { code: 'secret_missing' });
    const { upstream } = await started('good', { launch: () => Promise.reject(missing) });
    expect(upstream.state).toEqual({
      is: 'failed',
      code: 'secret_missing',
      why: 'the secret `stripe-live` is not set',
      ...FINAL,
    });
  });

  it('can be started again', async () => {
    let starts = 0;
    const { upstream, told, home } = await started('good', {
      launch: () => {
        starts += 1;
        const args = [FIXTURE, starts === 1 ? 'exit-at-start' : 'good'];
        const name = brandAs<UpstreamName>('stripe');
        return Promise.resolve({ name, command: process.execPath, args, env: {}, home, cwd: null });
      },
    });
    await upstream.start(HELLO);
    expect(told.states.map(({ is }) => is)).toEqual(['starting', 'failed', 'starting', 'ready']);
  });
});

describe('when a request is sent', () => {
  it('answers with the bytes the server wrote', async () => {
    const { call } = await started('good');
    const reply = await call('raw');
    expect(reply.is === 'result' && reply.raw.toString()).toBe('{ "big" : 12345678901234567890 , "x":[] }');
  });

  it('passes an error on whole', async () => {
    const { call } = await started('good');
    expect(plain(await call('error'))).toEqual(['error', { code: -32001, message: 'declined', data: { a: 1 } }]);
  });

  it('sends params as they are given, without a progress token of the caller', async () => {
    const { call } = await started('good');
    const reply = await call('echo', { arguments: { amount: '1.50' }, _meta: { progressToken: 'p1', keep: 1 } });
    expect(textIn(reply)).toBe('{"name":"echo","arguments":{"amount":"1.50"},"_meta":{"keep":1}}');
  });

  it('keeps replies apart that come out of order', async () => {
    const { call } = await started('good');
    const held = [call('hold'), call('hold'), call('hold')];
    const [released, ...replies] = await Promise.all([call('release'), ...held]);
    expect(textIn(released)).toBe('released');
    const ids = replies.map((reply) => Number(textIn(reply).slice('held '.length)));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(3);
  });

  it('takes the first of two replies', async () => {
    const { call, upstream } = await started('good');
    expect(textIn(await call('twice'))).toBe('first');
    await call('echo');
    expect(upstream.counts.dropped).toBe(1);
  });

  it('drops replies with unknown, wrongly typed and doubled ids', async () => {
    const { call, upstream } = await started('good');
    expect(textIn(await call('wrong'))).toBe('right');
    expect(upstream.counts.dropped).toBe(5);
  });

  it('passes on no carriage return, behind which some clients begin a new message', async () => {
    const { call } = await started('good');
    const { raw } = (await call('returns')) as Extract<Reply, { raw: Buffer }>;
    expect(raw.toString()).toBe('{"ok":true,"big":12345678901234567890}');
    const { counts } = await started('good').then(async (made) => {
      await made.call('smuggle');
      return made.upstream;
    });
    expect(counts.noise).toBe(1);
  });

  it('reads a message with an escaped key', async () => {
    const { call } = await started('good');
    expect(plain(await call('escaped'))).toEqual(['result', { ok: true }]);
  });

  it.each(['neither', 'both', 'scalar'])('answers an error for a reply that is none: %s', async (name) => {
    const { call } = await started('good');
    expect(plain(await call(name))).toEqual([
      'error',
      { code: -32603, message: 'the server answered with something that is not a response' },
    ]);
  });

  it('hands over nothing before it is ready, and never before `request` has returned', async () => {
    const { upstream } = make('good');
    let reply: Reply | undefined;
    upstream.request('tools/list', undefined, false, { reply: (told) => (reply = told), progress: () => undefined });
    expect(reply).toBeUndefined();
    await Promise.resolve();
    expect(reply).toEqual({ is: 'unsent', why: 'it was not started' });
    const starting = upstream.start(HELLO);
    expect(plain(await ask(upstream, 'tools/list', undefined))).toEqual(['unsent', 'it is still starting']);
    await starting;
    await upstream.end();
    expect(plain(await ask(upstream, 'tools/list', undefined))).toEqual(['unsent', 'it was ended']);
  });

  it('gives up after its time, tells the server, and drops the late reply', async () => {
    const { call, upstream } = await started('good', { timeoutMs: 200 });
    expect(plain(await call('hold'))).toEqual(['lost', 'timeout']);
    await call('release');
    expect(upstream.counts.dropped).toBe(1);
    await eventually(() =>
      upstream.stderrTail().some((line) => /^cancelled \{"requestId":\d+,"reason":"timeout"\}$/.test(line)),
    );
  });

  it('loses only the request whose answer is over the size limit', async () => {
    const { call } = await started('good', { maxLineBytes: 100_000 });
    const [huge, echo] = await Promise.all([call('huge'), call('echo')]);
    expect(plain(huge)).toEqual(['lost', 'oversize']);
    expect(textIn(echo)).toBe('{"name":"echo"}');
  });

  it('does not take an oversize request of the server for an answer', async () => {
    const { call } = await started('good', { maxLineBytes: 100_000 });
    expect(textIn(await call('huge-request'))).toBe('fine');
  });

  it('tells the server of a cancelled request, and still hears what became of it', async () => {
    const { call, upstream } = await started('good');
    let replies = 0;
    const sink = { reply: () => (replies += 1), progress: () => undefined };
    const handle = upstream.request('tools/call', fromPlain({ name: 'hold' }), false, sink);
    upstream.cancel(handle, 'no longer needed');
    await call('release');
    expect([replies, upstream.counts.dropped]).toEqual([1, 0]);
    await eventually(() => upstream.stderrTail().length === 1);
    expect(upstream.stderrTail()).toEqual([`cancelled {"requestId":${handle},"reason":"no longer needed"}`]);
  });
});

describe('when a server reports progress', () => {
  it('routes it by our token, and drops what is unknown or late', async () => {
    const { upstream } = await started('good');
    const seen: string[] = [];
    const reply = await new Promise<Reply>((resolve) => {
      upstream.request('tools/call', fromPlain({ name: 'progress', _meta: { keep: 1 } }), true, {
        reply: resolve,
        progress: (params) => seen.push(stringify(params)),
      });
    });
    expect(textIn(reply)).toMatch(/^p\d+$/);
    await ask(upstream, 'test/text', undefined);
    expect(seen).toEqual(['{"progress":1,"total":2,"message":"half"}']);
    expect(upstream.counts.dropped).toBe(2);
  });
});

describe('when a server speaks first', () => {
  it('answers `ping` itself, and hands requests and notifications on', async () => {
    const { call, upstream, told, until } = await started('good');
    const asked = call('ask');
    await until(() => told.lines.length === 2);
    expect(told.lines).toEqual([
      'request "r1" roots/list {"a":1}',
      'notification notifications/message {"level":"info"}',
    ]);
    upstream.respond('r1', { result: fromPlain({ roots: [] }) });
    expect(plain(await asked)).toEqual(['result', { answers: '{"jsonrpc":"2.0","id":"r1","result":{"roots":[]}}' }]);
    await eventually(() => upstream.stderrTail().includes('answer {"jsonrpc":"2.0","id":0,"result":{}}'));
  });

  it('fetches the tool list anew once for a burst of changes', async () => {
    const { call, upstream, told, until } = await started('good');
    await call('change-list');
    await until(() => told.toolsChanged > 0);
    expect(upstream.tools.map(({ name }) => name)).toEqual(['echo', 'new']);
    await call('echo');
    expect(told.toolsChanged).toBe(1);
  });

  it('takes noise on stdout for words to people', async () => {
    const { call, upstream } = await started('noisy');
    expect(textIn(await call('noise'))).toBe('fine');
    expect(upstream.counts.noise).toBe(4);
    await eventually(() => upstream.stderrTail().length === 5);
    expect([...upstream.stderrTail()].sort()).toEqual([
      'stdout: [1,2]',
      'stdout: debug: \u00b7[31mcalled',
      'stdout: welcome to the server',
      'stdout: {not json',
      'warn tab',
    ]);
  });
});

describe('when the process goes', () => {
  it.each([
    ['exit', 7, 'its process exited with code 7; `countersign upstream test stripe` shows what it wrote'],
    ['kill', null, 'its process was ended by SIGKILL; `countersign upstream test stripe` shows what it wrote'],
  ])('loses every pending request and fails: %s', async (name, exitCode, why) => {
    const { call, upstream } = await started('good');
    const replies = await Promise.all([call('hold'), call('hold'), call(name)]);
    expect(replies.map(plain)).toEqual([
      ['lost', 'exited'],
      ['lost', 'exited'],
      ['lost', 'exited'],
    ]);
    const restartMs = expect.any(Number) as number;
    expect(upstream.state).toEqual({ is: 'failed', code: 'exited', why, exitCode, restartMs });
    expect(upstream.tools).toHaveLength(2);
    expect(plain(await call('echo'))).toEqual(['unsent', `${why}; it is being started again`]);
  });

  it('delivers an answer that was written just before', async () => {
    const { call, told, until } = await started('good');
    expect(textIn(await call('answer-and-exit'))).toBe('last words');
    await until(() => told.states.at(-1)?.is === 'failed');
  });

  it('survives a write that nobody reads', async () => {
    const { call } = await started('good');
    const large = 'x'.repeat(2_000_000);
    const replies = await Promise.all([call('kill'), call('echo', { large }), call('echo', { large })]);
    for (const reply of replies) expect(['lost', 'unsent']).toContain(reply.is);
  });

  it('ends one that no longer reads', async () => {
    const { call, upstream, told, until } = await started('good');
    await call('deaf');
    const reply = await call('echo', { large: 'x'.repeat(500_000) });
    expect(['lost', 'unsent']).toContain(reply.is);
    await until(() => told.states.at(-1)?.is === 'failed');
    expect(upstream.state).toMatchObject({ code: 'exited' });
  });

  it('ends one that no longer writes', async () => {
    const { call, upstream } = await started('good');
    expect(plain(await call('mute'))).toEqual(['lost', 'exited']);
    expect(upstream.state).toMatchObject({ code: 'exited' });
  });

  it('ends what a server leaves behind when it goes', async () => {
    const { upstream, call } = await started('orphan');
    const grandchild = Number(upstream.tools[0]?.name.slice('grandchild_'.length));
    expect(isAlive(grandchild)).toBe(true);
    expect(plain(await call('kill'))).toEqual(['lost', 'exited']);
    await upstream.end();
    expect(isAlive(grandchild)).toBe(false);
  });
});

describe('when it is ended', () => {
  it('lets an idle server go by closing its input', async () => {
    const { upstream, told } = await started('good');
    const before = performance.now();
    await Promise.all([upstream.end(), upstream.end()]);
    await upstream.end();
    expect(performance.now() - before).toBeLessThan(1_900);
    expect(told.states.map(({ is }) => is)).toEqual(['starting', 'ready', 'ended']);
    expect(livingMembers(upstream.pid!)).toEqual([]);
  });

  it('kills a stubborn server with its stubborn child', async () => {
    const { upstream } = await started('stubborn');
    const grandchild = Number(upstream.tools[0]?.name.slice('grandchild_'.length));
    expect(isAlive(grandchild)).toBe(true);
    await upstream.end();
    expect([isAlive(grandchild), livingMembers(upstream.pid!)]).toEqual([false, []]);
  });

  it('ends behind a shell as well', async () => {
    const { upstream } = await started('good', {
      spec: { command: '/bin/sh', args: ['-c', `"${process.execPath}" "${FIXTURE}" good; true`] },
    });
    expect(livingMembers(upstream.pid!).length).toBeGreaterThanOrEqual(2);
    await upstream.end();
    expect(livingMembers(upstream.pid!)).toEqual([]);
  });

  it('loses what is pending', async () => {
    const { call, upstream } = await started('good');
    const held = call('hold');
    await upstream.end();
    expect(plain(await held)).toEqual(['lost', 'exited']);
  });

  it('comes to an end in the middle of a start', async () => {
    const { upstream, told } = make('hang');
    const starting = upstream.start(HELLO);
    await upstream.end();
    await starting;
    expect(told.states.map(({ is }) => is)).toEqual(['starting', 'ended']);
  });

  it('is no more started', async () => {
    const { upstream } = make('good');
    await upstream.end();
    await upstream.start(HELLO);
    expect([upstream.state, upstream.pid]).toEqual([{ is: 'ended' }, null]);
  });
});

describe('when the client is behind', () => {
  it('stops reading and goes on later, without losing an answer', async () => {
    const { call, upstream } = await started('good');
    upstream.pause();
    let answered = 0;
    const large = 'x'.repeat(10_000);
    const calls = Array.from({ length: 200 }, (_, index) =>
      call('echo', { large, tell: `call ${index}` }).finally(() => (answered += 1)),
    );
    // The server has taken every call, and its side of the pipe is full long before all answers are in it.
    await eventually(() => upstream.stderrTail().includes('call 199'));
    expect(answered).toBeLessThan(200);
    upstream.resume();
    const replies = await Promise.all(calls);
    expect(replies.every(({ is }) => is === 'result')).toBe(true);
  });
});
