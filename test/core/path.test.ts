import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, fromPlain, isBlank, lookup, parsePath } from '../../src/core/index.ts';
import type { Json, PathStep } from '../../src/core/index.ts';
import { path } from './build.ts';

const KEY = (key: string): PathStep => ({ step: 'key', key });

describe('when a path is read', () => {
  it.each<[string, PathStep[]]>([
    ['amount', [KEY('amount')]],
    ['a.b', [KEY('a'), KEY('b')]],
    ['a.b[*].c[0]', [KEY('a'), KEY('b'), { step: 'each' }, KEY('c'), { step: 'index', index: 0 }]],
    ['["odd.key"]', [KEY('odd.key')]],
    ['a["b\\"c"].d', [KEY('a'), KEY('b"c'), KEY('d')]],
    ['["\\u0041"]', [KEY('A')]],
    ['[*].x', [{ step: 'each' }, KEY('x')]],
    ['snake_case.kebab-case', [KEY('snake_case'), KEY('kebab-case')]],
    ['__proto__', [KEY('__proto__')]],
  ])('reads %s', (text, steps) => {
    expect(parsePath(text)).toEqual({ ok: true, path: steps });
  });

  it.each([
    ['', 'empty'],
    ['.', 'malformed'],
    ['a.', 'malformed'],
    ['.a', 'malformed'],
    ['a..b', 'malformed'],
    ['a[', 'malformed'],
    ['a[]', 'malformed'],
    ['a[-1]', 'malformed'],
    ['a[01]', 'malformed'],
    ['a[1.5]', 'malformed'],
    ['a[1234567890]', 'malformed'],
    ['a[**]', 'malformed'],
    ['a]b', 'malformed'],
    ['a b', 'malformed'],
    ['a.[0]', 'malformed'],
    ['a[0]b', 'malformed'],
    ['["a]', 'malformed'],
    ['[0]b', 'malformed'],
    ['[*]b', 'malformed'],
    ['["a"]b', 'malformed'],
    ['["a\\x"]', 'malformed'],
    ['["\\u41"]', 'malformed'],
    ['a\u0000', 'malformed'],
    ['a'.repeat(513), 'too_long'],
    ['a' + '[0]'.repeat(32), 'too_long'],
  ])('refuses %j as %s', (text, code) => {
    expect(parsePath(text)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['', 'a path names one key at least'],
    ['a'.repeat(513), 'a path has at most 512 characters'],
    ['a' + '[0]'.repeat(32), 'a path has at most 32 steps'],
  ])('says what is wrong with %j', (text, message) => {
    expect(parsePath(text)).toMatchObject({ ok: false, message });
  });

  it('reads 512 characters and 32 steps', () => {
    expect(parsePath('a'.repeat(512)).ok).toBe(true);
    expect(parsePath('a' + '[0]'.repeat(31)).ok).toBe(true);
  });

  it('is written with quotes only where a key needs them', () => {
    expect(formatPath(path('["a"]["b"][*][0]["c d"]'))).toBe('a.b[*][0]["c d"]');
  });

  it('says where it stops making sense', () => {
    expect(parsePath('items[x].price')).toMatchObject({
      message: 'a path is written like `a.b[*].c[0]["odd.key"]`; it stops making sense at character 6',
    });
  });

  it('writes every path so that it reads back as the same path', () => {
    const step = fc.oneof(
      fc.string({ maxLength: 8 }).map(KEY),
      fc.nat(1000).map((index): PathStep => ({ step: 'index', index })),
      fc.constant<PathStep>({ step: 'each' }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        expect(parsePath(formatPath(steps))).toEqual({ ok: true, path: steps });
      }),
    );
  });
});

describe('when a path is followed', () => {
  const find = (plain: unknown, text: string) => lookup(fromPlain(plain), path(text));

  it('finds one value, or none', () => {
    expect(find({ a: { b: 'x' } }, 'a.b')).toEqual({ found: 'one', value: 'x' });
    expect(find({ a: ['x', 'y'] }, 'a[1]')).toEqual({ found: 'one', value: 'y' });
    expect(find({ a: null }, 'a')).toEqual({ found: 'one', value: null });
    expect(find({ a: {} }, 'a.b.c')).toEqual({ found: 'none' });
    expect(find({ a: null }, 'a.b')).toEqual({ found: 'none' });
    expect(find({ a: ['x'] }, 'a[1]')).toEqual({ found: 'none' });
    expect(find({}, 'items[*].price')).toEqual({ found: 'none' });
  });

  it('does not find what only a prototype has', () => {
    expect(find({}, 'constructor')).toEqual({ found: 'none' });
    expect(find({}, '__proto__.x')).toEqual({ found: 'none' });
  });

  it.each([
    [{ a: 'text' }, 'a.b'],
    [{ a: { 0: 'x' } }, 'a[0]'],
    [{ a: ['x'] }, 'a.length'],
    [{ a: { b: 1 } }, 'a[*]'],
  ])('is blocked in %j on the way to %s', (plain, text) => {
    expect(find(plain, text)).toEqual({ found: 'blocked' });
  });

  it('finds every element, with what is missing among them', () => {
    expect(find({ items: [{ p: 'x' }, {}, 'text'] }, 'items[*].p')).toEqual({
      found: 'many',
      places: [
        { state: 'value', value: 'x', at: [0] },
        { state: 'missing', at: [1] },
        { state: 'blocked', at: [2] },
      ],
    });
    expect(find({ items: [] }, 'items[*].p')).toEqual({ found: 'many', places: [] });
  });

  it('counts an inner value that is left out as missing, however deep', () => {
    const states = (text: string) => {
      const found = find({ a: [{ b: { c: 'x' } }, {}] }, text);
      return found.found === 'many' ? found.places.map((place) => place.state) : found.found;
    };
    expect(states('a[*].b.c')).toEqual(['value', 'missing']);
    expect(states('a[*].b')).toEqual(['value', 'missing']);
    expect(states('a[*].d.c')).toEqual(['missing', 'missing']);
    expect(states('a[*].d[*].c')).toEqual(['blocked', 'blocked']);
  });

  it('does not count an inner array that is left out as one missing value', () => {
    const found = find({ a: [{ b: [1, 2] }, {}] }, 'a[*].b[*]');
    expect(found.found === 'many' && found.places.map((place) => place.state)).toEqual(['value', 'value', 'blocked']);
  });

  it('answers whatever the arguments are', () => {
    const paths = ['a', 'a.b', 'a[0]', '[*]', 'a[*].b', 'a[*][*].c'].map(path);
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...paths), (text, where) => {
        expect(['one', 'none', 'blocked', 'many']).toContain(lookup(fromPlain(JSON.parse(text)), where).found);
      }),
    );
  });
});

describe('when a value is null or cannot be seen', () => {
  it.each<[Json]>([
    [null],
    [''],
    [' \t\n'],
    ['\u00a0\u3000'],
    ['\u200b\u2060\ufeff'],
    ['\u3164'],
    ['\u2800'],
    ['\u0000'],
  ])('counts %j as blank', (value) => expect(isBlank(value)).toBe(true));

  it.each<[Json]>([['x'], [' x '], [false], [fromPlain(0)], [[]], [new Map()]])('does not count %j as blank', (value) =>
    expect(isBlank(value)).toBe(false),
  );
});
