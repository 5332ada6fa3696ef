import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from '../../src/core/json.ts';
import type { Json } from '../../src/core/json.ts';
import { parseStrict, read, WireError } from '../../src/wire/index.ts';
import type { ParseLimits } from '../../src/wire/index.ts';

const LIMITS: ParseLimits = {
  maxBytes: 1_000_000,
  maxDepth: 64,
  maxKeysPerObject: 1_000,
  maxKeys: 10_000,
  maxElements: 100_000,
  maxKeyBytes: 256,
};

function parse(text: string | Buffer): Json {
  return parseStrict(Buffer.from(text as string), LIMITS);
}

function codeOf(text: string | Buffer, limits: ParseLimits = LIMITS): string {
  try {
    parseStrict(Buffer.from(text as string), limits);
    return 'accepted';
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

const keys = (count: number, prefix = 'k'): string =>
  Array.from({ length: count }, (_, index) => `"${prefix}${index}":0`).join(',');

const REFUSED: readonly (readonly [string, string | Buffer, string])[] = [
  ['an overlong byte sequence', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'invalid_utf8'],
  ['a cut byte sequence', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'invalid_utf8'],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
  ['nothing', '', 'syntax'],
  ['white space', '  ', 'syntax'],
  ['a byte order mark', '\ufeff{}', 'syntax'],
  ['two values', '{}{}', 'syntax'],
  ['a trailing comma in an object', '{"a":1,}', 'syntax'],
  ['a trailing comma in an array', '[1,]', 'syntax'],
  ['a missing colon', '{"a" 1}', 'syntax'],
  ['a missing comma', '[1 2]', 'syntax'],
  ['a bare key', '{a:1}', 'syntax'],
  ['single quotes', "{'a':1}", 'syntax'],
  ['a comment', '{/*x*/}', 'syntax'],
  ['an unclosed object', '{"a":1', 'syntax'],
  ['an unclosed array', '[1', 'syntax'],
  ['an unclosed string', '"a', 'syntax'],
  ['a string that ends in a backslash', '"a\\', 'syntax'],
  ['a crossed bracket', '[1}', 'syntax'],
  ['a raw newline in a string', '"a\nb"', 'syntax'],
  ['a raw tab after an escape', '"\\n\t"', 'syntax'],
  ['an unknown escape', '"\\x41"', 'syntax'],
  ['a short unicode escape', '"\\u12"', 'syntax'],
  ['a unicode escape with a sign', '"\\u+123"', 'syntax'],
  ['a leading zero', '01', 'syntax'],
  ['a leading plus', '+1', 'syntax'],
  ['a leading point', '.5', 'syntax'],
  ['a trailing point', '1.', 'syntax'],
  ['an empty exponent', '1e', 'syntax'],
  ['a hexadecimal number', '0x10', 'syntax'],
  ['NaN', 'NaN', 'syntax'],
  ['Infinity', '-Infinity', 'syntax'],
  ['a cut literal', 'tru', 'syntax'],
  ['a no-break space', '\u00a01', 'syntax'],
  ['a key twice', '{"amount":1,"amount":2}', 'duplicate_key'],
  ['a key twice, once escaped', '{"amount":1,"\\u0061mount":2}', 'duplicate_key'],
  ['a key twice, deep', '{"a":[{"b":{"c":1,"c":1}}]}', 'duplicate_key'],
  ['the empty key twice', '{"":1,"":2}', 'duplicate_key'],
  ['__proto__', '{"__proto__":{}}', 'forbidden_key'],
  ['__proto__, escaped and deep', '[{"\\u005f_proto__":1}]', 'forbidden_key'],
  ['constructor', '{"constructor":1}', 'forbidden_key'],
  ['prototype', '{"a":{"prototype":1}}', 'forbidden_key'],
  ['a high surrogate alone', '"\\ud83d"', 'lone_surrogate'],
  ['a high surrogate before a letter', '"\\ud83dx"', 'lone_surrogate'],
  ['a high surrogate before another escape', '"\\ud83d\\u0041"', 'lone_surrogate'],
  ['a low surrogate alone', '"\\ude00"', 'lone_surrogate'],
  ['two high surrogates', '"\\ud83d\\ud83d\\ude00"', 'lone_surrogate'],
  ['a lone surrogate in a key', '{"\\ud800":1}', 'lone_surrogate'],
  ['2^53', '9007199254740992', 'unsafe_integer'],
  ['-2^53', '-9007199254740992', 'unsafe_integer'],
  ['2^53 with a fraction of zero', '9007199254740993.0', 'unsafe_integer'],
  ['2^53 with an exponent', '9007199254740993e0', 'unsafe_integer'],
  ['a fraction that a double drops', '666.00000000000000000001', 'unsafe_integer'],
  ['a fraction that a double rounds up', '9.99999999999999999999', 'unsafe_integer'],
  ['a digit too many behind the point', '0.30000000000000000001', 'unsafe_integer'],
  ['more digits than are compared', `0.${'1'.repeat(500)}`, 'unsafe_integer'],
  ['an overflow', '1e400', 'unsafe_integer'],
  ['a negative overflow', '-1e400', 'unsafe_integer'],
  ['an underflow', '1e-400', 'unsafe_integer'],
  ['minus zero', '-0', 'unsafe_integer'],
  ['minus zero with a fraction', '-0.0', 'unsafe_integer'],
  ['minus zero with an exponent', '-0e5', 'unsafe_integer'],
  ['65 arrays inside each other', '['.repeat(65) + ']'.repeat(65), 'too_deep'],
  ['65 objects inside each other', '{"a":'.repeat(65) + '1' + '}'.repeat(65), 'too_deep'],
  ['a thousand opening brackets', '['.repeat(100_000), 'too_deep'],
  ['1,001 keys in one object', `{${keys(1_001)}}`, 'too_many_keys'],
  ['10,001 keys in all', `[${Array.from({ length: 11 }, () => `{${keys(950)}}`).join(',')}]`, 'too_many_keys'],
  ['a key of 257 bytes', `{"${'k'.repeat(257)}":1}`, 'key_too_long'],
  ['a key of 129 two-byte characters', `{"${'\u00e9'.repeat(129)}":1}`, 'key_too_long'],
  ['100,001 elements', `[${'0,'.repeat(100_000)}0]`, 'too_large'],
  ['more bytes than the limit', `"${'a'.repeat(1_000_000)}"`, 'too_large'],
];

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['the largest safe integer', '9007199254740991'],
  ['the smallest safe integer', '-9007199254740991'],
  ['zero', '0'],
  ['zero with a fraction', '0.00'],
  ['a number that keeps its text', '10000.00000000001'],
  ['an exponent', '1E+2'],
  ['64 arrays inside each other', '['.repeat(64) + ']'.repeat(64)],
  ['1,000 keys in one object', `{${keys(1_000)}}`],
  ['a key of 256 bytes', `{"${'\u00e9'.repeat(128)}":1}`],
  ['a key that only looks like a trap', '{"__proto":1,"Constructor":2}'],
  ['an escaped delete character', '"\u007f"'],
];

describe('parseStrict', () => {
  it.each(REFUSED)('refuses %s', (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each(ACCEPTED)('takes %s and writes it as it was', (_, text) => {
    expect(stringify(parse(text))).toBe(text);
  });

  it('says where a text is broken', () => {
    expect(() => parse('{"a":x}')).toThrow('unexpected `x` at character 6');
    expect(() => parse('{"a"')).toThrow('unexpected end at character 5');
  });

  it('names a doubled key in printable characters only', () => {
    expect(() => parse('{"\\u001b[2J":1,"\\u001b[2J":1}')).toThrow('the key `?[2J` stands twice in one object');
  });

  it('joins escaped surrogate pairs and reads every escape', () => {
    expect(parse('"\\ud83d\\ude00\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9x"')).toBe('\u{1f600}"\\/\b\f\n\r\t\u00e9x');
  });

  it('agrees with JSON.parse on every text that JSON.stringify writes, and re-encodes to a fixed point', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const outcome = codeOf(text);
        if (outcome !== 'accepted') {
          expect(['unsafe_integer', 'forbidden_key', 'lone_surrogate']).toContain(outcome);
          return;
        }
        const once = stringify(parse(text));
        expect(JSON.parse(once)).toEqual(JSON.parse(text));
        expect(stringify(parse(once))).toBe(once);
      }),
    );
  });

  it('refuses every text that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u0041',
      'n',
      '1',
      '-',
      '.',
      'e5',
      'true',
      ' ',
      '"a"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        const outcome = codeOf(text);
        if (isJson) expect(outcome).not.toBe('syntax');
        else expect(outcome).not.toBe('accepted');
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throws anything but its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        codeOf(Buffer.from(bytes));
      }),
    );
  });
});

describe('read', () => {
  it('tells the first number or name that a tool call may not hold, and reads on', () => {
    const { value, scruple } = read(Buffer.from('{"a":1e400,"__proto__":"\\ud800"}'), LIMITS);
    expect(stringify(value)).toBe('{"a":1e400,"__proto__":"\\ud800"}');
    expect(scruple?.code).toBe('unsafe_integer');
  });

  it('refuses a doubled key all the same', () => {
    expect(() => read(Buffer.from('{"a":1,"a":1}'), LIMITS)).toThrow(WireError);
  });
});
