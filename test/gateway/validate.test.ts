import { describe, expect, it } from 'vitest';
import { fromPlain, type JsonObject } from '../../src/core/index.ts';
import type { Tool } from '../../src/gateway/tool-list.ts';
import { invalidArguments } from '../../src/gateway/validate.ts';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

async function check(schema: unknown, args: unknown): Promise<string | null> {
  const tool = { inputSchema: fromPlain(schema) } as Tool;
  return invalidArguments(tool, fromPlain(args) as JsonObject);
}

describe('arguments against the schema of the tool', () => {
  it.each([
    [{ amount: 5 }, null],
    [{ amount: '5' }, '`amount` must be integer'],
    [{ amount: 5.5 }, '`amount` must be integer'],
    [{ amount: null }, '`amount` must be integer'],
    [{ amount: [5] }, '`amount` must be integer'],
    [{}, "the arguments must have required property 'amount'"],
    [{ amount: 5, more: 1 }, 'the arguments must NOT have additional properties'],
  ])('says of %j: %j', async (args, sentence) => {
    const schema = {
      type: 'object',
      properties: { amount: { type: 'integer' } },
      required: ['amount'],
      additionalProperties: false,
    };
    expect(await check(schema, args)).toBe(sentence);
    expect(await check({ ...schema, $schema: DRAFT_07 }, args)).toBe(sentence);
  });

  it('reads each draft in its own words', async () => {
    const tuple = { items: [{ type: 'number' }], additionalItems: false };
    expect(await check({ $schema: DRAFT_07, type: 'object', properties: { a: tuple } }, { a: [1, 2] })).toMatch(/`a`/);
    const prefix = { prefixItems: [{ type: 'number' }], items: false };
    expect(await check({ type: 'object', properties: { a: prefix } }, { a: [1, 2] })).toMatch(/`a`/);
    expect(await check({ type: 'object', properties: { a: prefix } }, { a: [1] })).toBeNull();
  });

  it('follows references inside the schema', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' }, b: { $ref: '#/properties/a' } } };
    expect(await check(schema, { b: 1 })).toBe('`b` must be string');
  });

  it('refuses every call when the schema cannot be used', async () => {
    const unusable = 'the schema of the tool cannot be used to check arguments';
    expect(await check({ type: 'object', properties: { a: { $ref: 'https://elsewhere.example/a' } } }, {})).toBe(
      unusable,
    );
    expect(await check({ type: 'nothing' }, {})).toBe(unusable);
    expect(await check(null, {})).toBe('the tool has no input schema');
  });

  it('takes no answer that comes later', async () => {
    const schema = { $async: true, type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    expect(await check(schema, {})).toBe("the arguments must have required property 'a'");
    expect(await check(schema, { a: 'x' })).toBeNull();
  });

  it('is not led round in circles by the ids of a schema', async () => {
    const at = (name: string): unknown => ({ $id: `http://a/#/properties/${name}` });
    const schema = {
      ...{ $schema: DRAFT_07, $id: 'http://a/', type: 'object' },
      ...{ properties: { a: at('b'), b: at('a') }, allOf: [{ $ref: '#/properties/a' }] },
    };
    expect(await check(schema, {})).toBeNull();
  });

  it('lets the ids of one schema mean nothing in another', async () => {
    const schema = { $id: 'http://b/', type: 'object', properties: { a: { $ref: '#/$defs/x' } } };
    const foreign = { type: 'object', properties: { a: { $id: 'http://b/#/$defs/x' } } };
    await check({ $schema: DRAFT_07, ...foreign }, {});
    expect(await check({ $schema: DRAFT_07, ...schema, $defs: { x: { type: 'string' } } }, { a: 1 })).toMatch(/`a`/);
  });

  it('stops a schema that would keep it for ever', async () => {
    const twice = (name: string): unknown => ({ allOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }] });
    const doubling = Array.from({ length: 40 }, (_, level) => [`d${level}`, twice(`d${level + 1}`)] as const);
    const schema = { type: 'object', ...(twice('d0') as object), $defs: { ...Object.fromEntries(doubling), d40: {} } };
    expect(await check(schema, {})).toMatch(/cannot be used/);
    expect(await check({ type: 'object', required: ['a'] }, {})).toMatch(/required/);
  });

  it('runs a pattern of the server in linear time', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const startedMs = performance.now();
    expect(await check(schema, { a: `${'a'.repeat(50_000)}b` })).toMatch(/pattern/);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('keeps the patterns of a schema apart', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } },
    };
    expect(await check(schema, { a: 'a', b: 'b' })).toBeNull();
    expect(await check(schema, { a: 'a', b: 'a' })).toMatch(/`b`/);
  });

  it('does not take a name of JavaScript for a property', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['toString'] };
    expect(await check(schema, { a: 'x' })).toMatch(/required property 'toString'/);
  });
});
