import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalPlain, CanonicalError, fromPlain, JsonNumber } from '../../src/core/index.ts';
import type { Json } from '../../src/core/index.ts';

function codeOf(write: () => string): string {
  try {
    return write();
  } catch (error) {
    expect(error).toBeInstanceOf(CanonicalError);
    return error instanceof CanonicalError ? error.code : '';
  }
}

const wellFormed = fc.string({ unit: 'binary' });
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    wellFormed,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(wellFormed, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('when plain data is made canonical', () => {
  it('sorts members by their UTF-16 code units and escapes as RFC 8785 says', () => {
    const example = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalPlain(example)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
    expect(canonicalPlain('\u0000\b\t\n\f\r"\\/\u007f\u2028')).toBe('"\\u0000\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028"');
  });

  it('writes what the reference implementation writes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(canonicalPlain(value)).toBe(canonicalize(value));
      }),
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalPlain({ b: undefined, a: [-0, true, null] })).toBe('{"a":[0,true,null]}');
    expect(canonicalPlain(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
  });

  it.each<[unknown, string]>([
    [0.5, 'inexact_number'],
    [2 ** 53, 'inexact_number'],
    [NaN, 'inexact_number'],
    [Infinity, 'inexact_number'],
    ['\ud800', 'lone_surrogate'],
    [{ '\udfff': 1 }, 'lone_surrogate'],
    [undefined, 'not_json'],
    [[undefined], 'not_json'],
    [new Array(1), 'not_json'],
    [1n, 'not_json'],
    [Symbol('x'), 'not_json'],
    [new Date(0), 'not_json'],
    [new Map(), 'not_json'],
  ])('refuses %o as %s', (value, code) => {
    expect(codeOf(() => canonicalPlain(value))).toBe(code);
  });

  it('refuses what never ends', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(codeOf(() => canonicalPlain(cycle))).toBe('too_deep');
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(codeOf(() => canonicalPlain(ring))).toBe('too_deep');
  });

  it('writes what is nested 256 deep and nothing deeper', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(canonicalPlain(nested(256))).toBe('['.repeat(256) + '1' + ']'.repeat(256));
    expect(codeOf(() => canonicalPlain(nested(257)))).toBe('too_deep');
    expect(canonicalJson(fromPlain(nested(256)))).toBe('['.repeat(256) + '1' + ']'.repeat(256));
    expect(codeOf(() => canonicalJson(fromPlain(nested(257))))).toBe('too_deep');
  });

  it.each<[() => string, string]>([
    [() => canonicalPlain(1n), 'a value of type bigint has no canonical form'],
    [() => canonicalPlain('\ud800'), 'a string holds half a character'],
    [() => canonicalPlain(0.5), 'a number is not a safe integer'],
    [() => canonicalJson(new JsonNumber('1e400')), 'a number cannot be written exactly as a double'],
    [
      () => canonicalJson(Array.from({ length: 300 }).reduce<Json>((inner) => [inner], null)),
      'the value is nested deeper than 256',
    ],
  ])('says why: case %#', (write, message) => {
    expect(write).toThrow(expect.objectContaining({ name: 'CanonicalError', message }) as Error);
  });
});

describe('when parsed JSON is made canonical', () => {
  it('writes what the reference implementation writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(canonicalJson(fromPlain(value))).toBe(canonicalize(value));
      }),
    );
  });

  it.each([
    ['1.0', '1'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['0.1', '0.1'],
    ['1e21', '1e+21'],
    ['1E-7', '1e-7'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740993', 'inexact_number'],
    ['10000.000000000000001', 'inexact_number'],
    ['1e400', 'inexact_number'],
    ['1e-400', 'inexact_number'],
    ['1' + '0'.repeat(400), 'inexact_number'],
    ['0.' + '0'.repeat(399), 'inexact_number'],
  ])('makes %s into %s', (text, expected) => {
    expect(codeOf(() => canonicalJson(new JsonNumber(text)))).toBe(expected);
  });

  it('keeps an ordinary key named __proto__', () => {
    const value = new Map([
      ['b', false],
      ['__proto__', true],
    ]);
    expect(canonicalJson(value)).toBe('{"__proto__":true,"b":false}');
  });
});
