/** The rules of the wire that need no process: names, addresses, capabilities, questions. */
import { describe, expect, it } from 'vitest';
import type { Capability, UpstreamConfig } from '../../src/config/types.ts';
import { brandAs } from '../../src/core/ids.ts';
import { fromPlain, isObject, type JsonObject } from '../../src/core/json.ts';
import { Budget } from '../../src/gateway/budget.ts';
import { declaredFor, instructionsFor, offeredTo } from '../../src/gateway/capabilities.ts';
import { completed, errorAnswer, labelled, modesOf } from '../../src/gateway/elicitation.ts';
import { relabelled } from '../../src/gateway/logging.ts';
import { exposedName, sharedNames } from '../../src/gateway/names.ts';
import { escapedUri, mayExpand, readEscaped } from '../../src/gateway/uris.ts';
import { declaredBy } from '../../src/upstream/index.ts';

const object = (plain: unknown): JsonObject => {
  const value = fromPlain(plain);
  if (!isObject(value)) throw new Error('no object');
  return value;
};

const upstream = (elicitation: boolean): UpstreamConfig => ({
  ...{ name: brandAs<UpstreamConfig['name']>('shop'), via: 'stdio', command: 'x', args: [], env: new Map(), cwd: null },
  ...{ provider: null, tools: new Map(), assumeCurrency: null, prefix: '', timeoutMs: 1, start: 'eager' },
  ...{ elicitation, instructions: null },
});

const all: ReadonlySet<Capability> = new Set([
  ...(['tools', 'resources', 'prompts', 'completion', 'logging', 'roots', 'sampling', 'elicitation'] as const),
]);

describe('an exposed name', () => {
  it.each([
    ['', 'create_refund', 'create_refund'],
    ['stripe_', 'refund', 'stripe_refund'],
    ['', 'a.b/c', 'a_b_c_'],
    ['', 'ä', '__'],
    ['p_', 'x'.repeat(43), `p_${'x'.repeat(43)}`],
    ['p_', 'x'.repeat(44), `p_${'x'.repeat(34)}_`],
  ])('of %j and %j begins with %j, holds nothing else, and stays within 45 characters', (prefix, tool, begins) => {
    const exposed = exposedName(prefix, tool);
    expect(exposed.startsWith(begins)).toBe(true);
    expect(exposed).toMatch(/^[A-Za-z0-9_-]{1,45}$/);
    expect(exposedName(prefix, tool)).toBe(exposed);
  });

  it('tells long names apart that begin alike', () => {
    const names = ['a', 'b'].map((end) => exposedName('', 'x'.repeat(60) + end));
    expect(new Set(names).size).toBe(2);
  });

  it('is shared where two upstreams come to the same, and only there', () => {
    const named = (name: string, prefix: string, ...tools: string[]) => ({
      ...{ name: brandAs<UpstreamConfig['name']>(name), prefix, tools },
    });
    expect(sharedNames([named('a', 'a_', 'b_c', 'x'), named('b', 'a_b_', 'c', 'x')])).toEqual([
      { exposed: 'a_b_c', first: 'a/b_c', second: 'b/c' },
    ]);
    expect(sharedNames([named('a', 'a_', 'x', 'x'), named('b', 'b_', 'x')])).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['doc://a', 'https://x.example/ä?b=c#d', 'a/b', '%', ''])(
    'comes back as it was out of the form that names its server: %j',
    (uri) => {
      expect(readEscaped(escapedUri('eu', uri)!)).toEqual({ upstream: 'eu', uri });
    },
  );

  it.each(['doc://a', 'countersign://eu', 'countersign://eu/%', 'countersign:/eu/a'])('is no such form: %j', (uri) => {
    expect(readEscaped(uri)).toBe(null);
  });

  it('with half a character has no such form', () => {
    expect(escapedUri('eu', '\ud800')).toBe(null);
  });

  it.each([
    ['doc://{id}/data', 'doc://1/data', true],
    ['doc://{id}/data', 'doc:///data', true],
    ['doc://{id}/data', 'doc://1/other', false],
    ['doc://a{?q}', 'doc://a', true],
    ['ab{x}ba', 'aba', false],
    ['doc://a', 'doc://a', true],
    ['doc://a', 'doc://ab', false],
  ])('of the template %j may be %j: %j', (template, uri, may) => {
    expect(mayExpand(template, uri)).toBe(may);
  });
});

describe('capabilities', () => {
  const client = object({
    ...{
      roots: { listChanged: true },
      sampling: { tools: {} },
      elicitation: { form: {} },
      tasks: {},
      experimental: { x: {} },
    },
    ...{ extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['a/b'] }, 'x.example/y': {} }, later: {} },
  });

  it('reach a server as far as the grant carries them and the gateway knows them, as the client wrote them', () => {
    expect(JSON.parse(offeredTo(upstream(true), client, all))).toEqual({
      ...{ roots: { listChanged: true }, sampling: { tools: {} }, elicitation: { form: {} } },
      extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['a/b'] } },
    });
    expect(JSON.parse(offeredTo(upstream(false), client, all))).not.toHaveProperty('elicitation');
    expect(offeredTo(upstream(true), client, new Set(['tools']))).toBe('{}');
    expect(offeredTo(upstream(true), object({ roots: true, extensions: [] }), all)).toBe('{}');
  });

  it('are declared to the client as far as the grant carries them', () => {
    expect(declaredFor(new Set(['tools']), null)).toEqual({ tools: { listChanged: true } });
    expect(Object.keys(declaredFor(all, null))).toEqual(['tools', 'resources', 'prompts', 'completions', 'logging']);
  });

  it('are declared to the client as far as a server is remembered to have declared them', () => {
    const remembered = new Set(declaredBy(object({ tools: {}, resources: { subscribe: false }, later: {} })));
    expect(declaredFor(all, remembered)).toEqual({ tools: { listChanged: true }, resources: { listChanged: true } });
    const more = new Set(
      declaredBy(object({ resources: { subscribe: true }, completions: {}, prompts: {}, logging: {} })),
    );
    expect(declaredFor(all, more)).toEqual(declaredFor(all, null));
    expect(declaredFor(new Set(['tools']), more)).toEqual({ tools: { listChanged: true } });
    expect(declaredFor(all, new Set())).toEqual({ tools: { listChanged: true } });
  });
});

describe('instructions', () => {
  it('stay within 2,048 characters, whatever there is to say', () => {
    const guidance = Array.from({ length: 9 }, (_, at) => ({ upstream: `u${at}`, text: '😀'.repeat(500) }));
    const told = instructionsFor(guidance);
    expect(told.length).toBeLessThanOrEqual(2_048);
    expect(() => encodeURIComponent(told)).not.toThrow();
    expect(told).toMatch(/^These tools stand behind Countersign.*## u0\n/s);
    expect(told.endsWith('…')).toBe(true);
  });
});

describe('a question of a server', () => {
  const web = { mode: 'url', message: 'go', url: 'https://a.example', elicitationId: '1' };

  it('is put under its name', () => {
    expect(labelled(object({ message: 'Your card?' }), 'shop')?.get('message')).toBe('[shop] Your card?');
    expect(labelled(object(web), 'shop')?.get('elicitationId')).toBe('shop.1');
  });

  it.each([
    [{}],
    [{ message: 1 }],
    [{ ...web, url: 'javascript:alert(1)' }],
    [{ ...web, url: 'file:///etc/passwd' }],
    [{ ...web, url: 1 }],
    [{ ...web, elicitationId: 1 }],
    [{ ...web, elicitationId: 'x'.repeat(1_025) }],
  ])('is shown to nobody: %j', (params) => {
    expect(labelled(object(params), 'shop')).toBe(null);
  });

  it('is a form unless the client says that it can show addresses', () => {
    expect([...modesOf(object({}))]).toEqual(['form']);
    expect([...modesOf(object({ url: {} }))]).toEqual(['url']);
    expect([...modesOf(undefined)]).toEqual([]);
  });

  it('is done under the id that the client knows', () => {
    expect(completed(object({ elicitationId: '1' }), 'shop')).toEqual(object({ elicitationId: 'shop.1' }));
    expect(completed(object({}), 'shop')).toBe(null);
  });
});

describe('an error of a server', () => {
  const error = (
    code: string,
    data = '{"elicitations":[{"message":"go","url":"https://a.example","elicitationId":"1"}]}',
  ) => Buffer.from(`{"code":${code},"message":"m","data":${data}}`);

  it('passes as the bytes it came in', () => {
    const raw = error('-5', '{ "a" : 1.0 }');
    expect(errorAnswer(raw, 'shop', false)).toEqual({ is: 'raw-error', error: raw });
  });

  it.each(['-32042', '-3.2042e4', '-32042.0'])(
    'that sends the user to an address, written as %s, goes only where questions may',
    (code) => {
      expect(errorAnswer(error(code), 'shop', false)).toMatchObject({ is: 'error', code: -32603 });
      const passed = errorAnswer(error(code), 'shop', true);
      expect(passed.is === 'raw-error' && passed.error.toString()).toContain('"message":"[shop] go"');
    },
  );

  it.each(['[]', '{}', '{"elicitations":[{"message":"go","url":"file:///x","elicitationId":"1"}]}'])(
    'with questions that nobody should be shown does not pass: %s',
    (data) => {
      expect(errorAnswer(error('-32042', data), 'shop', true)).toMatchObject({ is: 'error', code: -32603 });
    },
  );

  it('that cannot be read does not pass', () => {
    expect(errorAnswer(Buffer.from('{"code":-32042,"code":-1}'), 'shop', true)).toMatchObject({ is: 'error' });
  });
});

describe('a log message', () => {
  it.each([
    [{ level: 'info', data: 1 }, null, 'shop'],
    [{ level: 'error', data: 1, logger: 'db' }, 'warning', 'shop/db'],
  ] as const)('%j goes on at level %j, under %j', (params, level, logger) => {
    expect(relabelled(object(params), 'shop', level)).toEqual(object({ ...params, logger }));
  });

  it.each([
    [{ level: 'info' }, 'warning'],
    [{ level: 'loud' }, null],
    [{ data: 1 }, null],
  ] as const)('%j is dropped at level %j', (params, level) => {
    expect(relabelled(object(params), 'shop', level)).toBe(null);
  });
});

describe('the requests of a server', () => {
  it('are free 60 times a minute, and the first above it is told apart', () => {
    let nowMs = 0;
    const budget = new Budget(() => nowMs);
    const turns = Array.from({ length: 63 }, () => budget.take());
    expect(turns.slice(58)).toEqual(['free', 'free', 'last', 'spent', 'spent']);
    nowMs = 60_000;
    expect(budget.take()).toBe('free');
  });
});
