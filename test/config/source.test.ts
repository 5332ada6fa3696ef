import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDraft } from '../../src/config/build.ts';
import { readPolicy } from '../../src/config/policy.ts';
import { readSource } from '../../src/config/read-source.ts';
import { brandAs } from '../../src/core/ids.ts';
import { lines } from './faults.ts';

const json = (text: string) => readSource('a.json', text);
const yaml = (text: string) => readSource('a.yaml', text);

describe('JSON with comments', () => {
  const source = json('// first\n{\n  "a": { "b": [1, "x"] }, /* c */\n  "d": null\n}\n');

  it('is read as plain data', () => {
    expect(source.faults).toEqual([]);
    expect(source.value).toEqual({ a: { b: [1, 'x'] }, d: null });
  });

  it('knows the place of every value and key', () => {
    expect(source.locate(['a', 'b', 1])).toEqual({ line: 3, column: 19 });
    expect(source.locate(['a', 'b'])).toEqual({ line: 3, column: 15 });
    expect(source.locate(['a', 'b'], 'key')).toEqual({ line: 3, column: 10 });
    expect(source.locate(['d'])).toEqual({ line: 4, column: 8 });
  });

  it('answers the nearest place above for what is missing', () => {
    expect(source.locate(['a', 'x', 'y'])).toEqual({ line: 3, column: 8 });
    expect(source.locate(['x'])).toEqual({ line: 2, column: 1 });
  });

  it('keeps the places of the file in a part', () => {
    const part = source.part(['a']);
    expect(part.value).toEqual({ b: [1, 'x'] });
    expect(part.fault('code', ['b', 0], 'words')).toMatchObject({ line: 3, column: 16, path: '/a/b/0' });
  });

  it('accepts a byte order mark', () => {
    expect(json('\uFEFF{"a":1}').value).toEqual({ a: 1 });
  });

  it('writes a JSON Pointer with its escapes', () => {
    expect(json('{"a/b":{"c~d":1}}').fault('code', ['a/b', 'c~d'], 'words').path).toBe('/a~1b/c~0d');
  });
});

describe('YAML', () => {
  const source = yaml('# first\na:\n  b: [1, x]\n"d": no\ne: 2027-06-30\n');

  it('is read as the plain data of the core schema', () => {
    expect(source.faults).toEqual([]);
    expect(source.value).toEqual({ a: { b: [1, 'x'] }, d: 'no', e: '2027-06-30' });
  });

  it('knows the place of every value and key', () => {
    expect(source.locate(['a', 'b', 1])).toEqual({ line: 3, column: 10 });
    expect(source.locate(['a', 'b'], 'key')).toEqual({ line: 3, column: 3 });
    expect(source.locate(['d'], 'key')).toEqual({ line: 4, column: 1 });
  });

  it.each([
    [
      'an alias',
      'a: &x 1\nb: *x',
      ['1:7 syntax /a an anchor is not allowed', '2:4 syntax /b an alias is not allowed; write the value out'],
    ],
    ['a tag', 'a: !!int "5"', ['1:10 syntax /a a tag is not allowed']],
    ['an unknown tag', 'a: !x 5', ['1:4 syntax  not YAML as it is read here: Unresolved tag: !x']],
    ['a directive', '%YAML 1.1\n---\na: yes', ['1:1 syntax  a YAML directive is not allowed']],
    [
      'two documents',
      'a: 1\n---\nb: 2',
      [
        '2:1 syntax  not YAML as it is read here: Source contains multiple documents; please use YAML.parseAllDocuments()',
      ],
    ],
    ['a key that is a number', '1: x', ['1:1 syntax  a key is a text; put it into quotes']],
    ['a key that is a list', '? [a]\n: b', ['1:3 syntax  a key is a text; put it into quotes']],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', ['3:1 duplicate_key /a duplicate key `a`; first on line 1']],
    ['a forbidden key', 'a:\n  __proto__: 1', ['2:3 forbidden_key /a/__proto__ the key `__proto__` is never allowed']],
    [
      'a hexadecimal number',
      'a: 0x1F',
      ['1:4 inexact_number /a a number is written in plain decimals, like `12` or `0.5`'],
    ],
    ['infinity', 'a: .inf', ['1:4 inexact_number /a a number is written in plain decimals, like `12` or `0.5`']],
  ])('refuses %s', (_what, text, faults) => {
    expect(lines(yaml(text).faults)).toEqual(faults);
  });

  it('does not multiply: a bomb of aliases is refused without being expanded', () => {
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 30 }, (_v, i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i}]`),
    ].join('\n');
    expect(yaml(bomb).faults.length).toBeGreaterThan(30);
  });
});

describe('either syntax', () => {
  it.each([
    ['1e400', false],
    ['0.1', true],
    ['1.50', true],
    ['1e3', true],
    ['9007199254740991', true],
    ['9007199254740992', false],
    ['9007199254740993', false],
    ['-0', true],
    ['0.1000000000000000055511151231257827', false],
    ['1e22', false],
  ])('takes the number %s only if nothing of it is lost: %s', (literal, taken) => {
    expect(json(`[${literal}]`).faults.length === 0).toBe(taken);
    expect(yaml(`[${literal}]`).faults.length === 0).toBe(taken);
  });

  it.each([
    ['half a surrogate pair', '{"a":"\\ud800"}'],
    ['the character U+0000', '{"a":"\\u0000"}'],
    ['half a surrogate pair in a key', '{"\\udc00":1}'],
  ])('refuses %s', (_what, text) => {
    expect(json(text).faults.map(({ code }) => code)).toEqual(['bad_text']);
    expect(yaml(text).faults.map(({ code }) => code)).toEqual(['bad_text']);
  });

  it('refuses bytes that were not UTF-8', () => {
    expect(lines(json('{"a":"\uFFFD"}').faults)).toEqual(['0:0 bad_text  the file is not UTF-8 text']);
  });

  it('refuses a text over 1 MiB', () => {
    expect(lines(json(' '.repeat(1024 * 1024 + 1)).faults)).toEqual(['0:0 too_large  the file is over 1 MiB']);
  });

  it.each([
    ['[', 100_000],
    ['{"a":', 100_000],
    ['- ', 100_000],
    ['? ', 100_000],
    ['[', 1_000_000],
    ['a: ', 1000],
  ])('answers faults, and nothing worse, for %j times %i', (piece, times) => {
    for (const read of [json, yaml]) expect(read(piece.repeat(times)).faults.length).toBeGreaterThan(0);
  });

  it('refuses more than 64 levels', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    for (const read of [json, yaml]) {
      expect(read(deep(65)).faults).toEqual([]);
      expect(read(deep(66)).faults.map(({ code }) => code)).toEqual(['too_deep']);
    }
  });
});

describe('whatever the document', () => {
  async function survives(file: string, text: string): Promise<void> {
    const source = readSource(file, text);
    const built = buildDraft(source);
    const policy = await readPolicy(brandAs('p'), source);
    for (const faults of [built.ok ? [] : built.faults, policy.ok ? [] : policy.faults]) {
      for (const { line, column, message } of faults) {
        expect(line === 0 ? column === 0 : line > 0 && column > 0).toBe(true);
        expect(message).toMatch(/^\S.*[^.\s]$/s);
        expect(message).not.toMatch(/[\p{Cc}]/u);
      }
    }
  }

  const SHAPES = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom('*', '5 USD', 'deny', 'day', 'kind:refund', null, true, 0, 1, 1.5),
      fc.string(),
      fc.double(),
    ),
    key: fc.constantFrom(
      ...[
        'version',
        'rules',
        'id',
        'tools',
        'effect',
        'when',
        'amount',
        'args.a',
        'all',
        'any',
        'not',
        'eq',
        'gt',
        'limit',
      ],
      ...[
        'per',
        'upstreams',
        'grants',
        'policies',
        'command',
        'url',
        'env',
        'secret',
        'principal',
        'matches',
        'count',
        'x',
      ],
    ),
    node: fc.oneof(
      { depthSize: 'medium' },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(tie('key') as fc.Arbitrary<string>, tie('node'), { maxKeys: 5 }),
    ),
  }));

  it('answers faults and throws nothing for any JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), SHAPES.node), async (value) => {
        await survives('a.json', JSON.stringify(value));
        await survives('a.yaml', JSON.stringify(value));
      }),
      { numRuns: 400 },
    );
  });

  it('answers faults and throws nothing for any value inside a rule, an upstream and a grant', async () => {
    await fc.assert(
      fc.asyncProperty(SHAPES.node, async (value) => {
        const rule = { id: 'a', tools: ['*'], effect: 'deny', when: value };
        await survives('a.json', JSON.stringify({ version: 1, rules: [rule, value] }));
        await survives('a.json', JSON.stringify({ version: 1, upstreams: { s: value }, grants: { g: value } }));
      }),
      { numRuns: 400 },
    );
  });

  it('answers faults and throws nothing for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 80 }), async (text) => {
        await survives('a.json', text);
        await survives('a.yaml', text);
      }),
      { numRuns: 400 },
    );
  });
});
