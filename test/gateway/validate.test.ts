import { describe, expect, it } from 'vitest';
import { fromPlain, type JsonObject } from '../../src/core/index.ts';
import type { Tool } from '../../src/gateway/tool-list.ts';
import { invalidArguments } from '../../src/gateway/validate.ts';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

function check(schema: unknown, args: unknown): Promise<string | null> {
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
