import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  brandAs,
  directionOf,
  fromPlain,
  isKind,
  JsonNumber,
  KINDS,
  splitToolName,
  stringify,
  toolName,
  typeOf,
} from '../../src/core/index.ts';
import { parseDecimal } from '../../src/core/decimal.ts';

describe('when JSON is kept as it was written', () => {
  it('writes plain data back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), (plain) => {
        expect(JSON.parse(stringify(fromPlain(plain)))).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
    );
  });

  it('keeps the text of a number and leaves out what is undefined', () => {
    expect(stringify(fromPlain([new JsonNumber('1.0'), { a: undefined, b: false }]))).toBe('[1.0,{"b":false}]');
  });

  it.each([[() => 1], [1n], [NaN], [undefined], [Symbol('x')]])('refuses %o', (value) => {
    expect(() => fromPlain(value)).toThrow(new TypeError(`not JSON data: ${typeof value}`));
  });

  it('names every type in the words of JSON', () => {
    expect([null, true, 'x', 1, [], {}].map((plain) => typeOf(fromPlain(plain)))).toEqual([
      'null',
      'boolean',
      'string',
      'number',
      'array',
      'object',
    ]);
  });
});

describe('when a tool is named', () => {
  it('is its upstream and its name, which may hold a slash', () => {
    const name = toolName(brandAs('square'), 'a/b');
    expect(name).toBe('square/a/b');
    expect(splitToolName(name)).toEqual({ upstream: 'square', tool: 'a/b' });
  });
});

describe('when a kind is named', () => {
  it('is one of a closed list', () => {
    expect(KINDS.every(isKind)).toBe(true);
    expect(['unclassified', 'toString', ''].some(isKind)).toBe(false);
  });

  it.each([
    ['refund', 'out'],
    ['charge', 'in'],
    ['mandate', 'commit'],
    ['read', 'none'],
  ] as const)('%s has the direction %s', (kind, direction) => {
    expect(directionOf(kind)).toBe(direction);
  });
});

describe('when a text is read as a decimal', () => {
  it('is one only as a whole', () => {
    expect(parseDecimal('-1.50e3')).toEqual({ units: -15n, exponent: 2 });
    for (const text of ['', 'x1', '1x', '1e', '.5', '1.', '+1', ' 1', '1\n'])
      expect(parseDecimal(text)).toBeUndefined();
  });
});
