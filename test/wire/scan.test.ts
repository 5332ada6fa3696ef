import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanElements, scanMembers, scanMessage } from '../../src/wire/index.ts';
import type { Range } from '../../src/wire/index.ts';

function slice(text: string, range: Range | undefined): string | undefined {
  return range === undefined ? undefined : Buffer.from(text).toString('utf8', range.start, range.end);
}

const NOT_ONE_OBJECT = [
  '',
  'null',
  '[]',
  '"{}"',
  '{',
  '{}}',
  '{} {}',
  '{"id":1,"id":2}',
  '{"id":1,"result":{},"id":1}',
  '{"x":1,"x":2}',
  '{"\\u0069d":1}',
  '{"id":1,"result":{"a":[}]}',
  '{"id":1,"result":{"a":"b}',
  '{"id":1,"result":{"a":"b\\"}}',
  '{"id":1 "result":{}}',
  '{"id":1,,"result":{}}',
  '{"id":1,"result":{},}',
  '{"id" 1}',
  '{id:1}',
  '{"id":01}',
  '{"id":tru}',
  '{"id":}',
  '{"id":1]',
  `{"result":${'['.repeat(1_025)}${']'.repeat(1_025)}}`,
];

describe('scanMessage', () => {
  it('finds where the members lie', () => {
    const text = ' { "jsonrpc" : "2.0" ,\t"id":-7, "result": {"a":["]}\\"",{}]} , "extra":[1,{"id":3}] } ';
    const ranges = scanMessage(Buffer.from(text));
    expect(slice(text, ranges?.jsonrpc)).toBe('"2.0"');
    expect(slice(text, ranges?.id)).toBe('-7');
    expect(slice(text, ranges?.result)).toBe('{"a":["]}\\"",{}]}');
    expect(ranges?.method).toBeUndefined();
  });

  it('finds the end of a long string with escaped quotes', () => {
    const text = JSON.stringify({ result: { text: '\\"'.repeat(500), next: 'x' }, id: 1 });
    expect(slice(text, scanMessage(Buffer.from(text))?.id)).toBe('1');
  });

  it.each(NOT_ONE_OBJECT)('answers null for %j', (text) => {
    expect(scanMessage(Buffer.from(text))).toBeNull();
  });

  it('answers null for bytes that are not UTF-8', () => {
    expect(scanMessage(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeNull();
  });

  it('agrees with JSON.parse on every message', () => {
    const message = fc.record(
      {
        jsonrpc: fc.constant('2.0'),
        id: fc.oneof(fc.integer(), fc.string()),
        method: fc.string(),
        params: fc.jsonValue(),
        result: fc.jsonValue(),
        error: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const ranges = scanMessage(Buffer.from(text));
        expect(ranges).not.toBeNull();
        const found = Object.fromEntries(
          Object.entries(ranges ?? {})
            .filter(([, range]) => range !== undefined)
            .map(([key, range]) => [key, JSON.parse(slice(text, range as Range) ?? '') as unknown]),
        );
        expect(found).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never takes for one what JSON.parse refuses at the top level', () => {
    const piece = fc.constantFrom('{', '}', ',', ':', '"id"', '"result"', '1', 'null', '[]', ' ', '"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = `{${pieces.join('')}}`;
        if (pieces.includes('{') || scanMessage(Buffer.from(text)) === null) return;
        expect(() => JSON.parse(text) as unknown).not.toThrow();
      }),
      { numRuns: 5_000 },
    );
  });

  it('skips a megabyte in far less time than it would take to parse it', () => {
    const text = JSON.stringify({ result: { text: 'a'.repeat(1024 * 1024) }, jsonrpc: '2.0', id: 1 });
    const bytes = Buffer.from(text);
    const before = performance.now();
    for (let count = 0; count < 20; count += 1) scanMessage(bytes);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('scanMembers and scanElements', () => {
  it('split an object and an array', () => {
    const object = '{"tools":[{"name":"a"}, 1 ,"x"],"nextCursor":"c"}';
    const members = scanMembers(Buffer.from(object));
    expect([...(members?.keys() ?? [])]).toEqual(['tools', 'nextCursor']);
    const array = slice(object, members?.get('tools')) ?? '';
    expect(scanElements(Buffer.from(array))?.map((range) => slice(array, range))).toEqual(['{"name":"a"}', '1', '"x"']);
  });

  it('take empty ones', () => {
    expect(scanMembers(Buffer.from('{ }'))?.size).toBe(0);
    expect(scanElements(Buffer.from('[ ]'))).toEqual([]);
  });

  it('answer null for the other kind', () => {
    expect(scanMembers(Buffer.from('[]'))).toBeNull();
    expect(scanElements(Buffer.from('{}'))).toBeNull();
  });
});
