import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unflatten } from '../../src/catalogue/brackets.ts';
import { parseJsonText } from '../../src/catalogue/json-text.ts';
import { matchesRoute } from '../../src/catalogue/routes.ts';
import { fromPlain, isArray, isObject, stringify } from '../../src/core/json.ts';
import type { Json } from '../../src/core/json.ts';
import { args } from './support.ts';

/** The long form as text, or nothing. */
function long(flat: Record<string, unknown>): string | undefined {
  const object = unflatten(args(flat));
  return object === undefined ? undefined : stringify(object);
}

describe('when keys are written with brackets', () => {
  it('reads them as the nested form', () => {
    expect(long({ mode: 'payment', 'items[0][price]': 'p', 'items[1][price]': 'q', 'items[0][n]': 2 })).toBe(
      '{"mode":"payment","items":[{"price":"p","n":2},{"price":"q"}]}',
    );
    expect(long({ 'a[b]': { c: 1 } })).toBe('{"a":{"b":{"c":1}}}');
    expect(long({})).toBe('{}');
  });

  it('reads a key that every object has as an ordinary one', () => {
    expect(long({ 'a[__proto__][x]': 1, 'a[constructor]': 2 })).toBe('{"a":{"__proto__":{"x":1},"constructor":2}}');
  });

  it.each<[string, Record<string, unknown>]>([
    ['both forms stand side by side', { items: [{ price: 'p' }], 'items[0][price]': 'q' }],
    ['the short form of the whole stands beside a part', { 'a[b]': 1, 'a[b][c]': 2 }],
    ['an array has a gap', { 'items[0][price]': 'p', 'items[2][price]': 'q' }],
    ['an array does not begin at 0', { 'items[1][price]': 'p' }],
    ['an index has a leading zero beside plain ones', { 'items[0]': 1, 'items[01]': 2 }],
    ['elements and members are mixed', { 'items[0]': 1, 'items[price]': 2 }],
    ['a place is to be appended', { 'items[]': 1 }],
    ['a bracket does not close', { 'items[0': 1 }],
    ['a bracket does not open', { 'items]0[': 1 }],
    ['something follows the brackets', { 'items[0]x': 1 }],
    ['nothing stands before the brackets', { '[0]': 1 }],
    ['brackets are nested', { 'a[b[c]]': 1 }],
    ['a value hides more of them', { 'a[b]': { 'c[d]': 1 } }],
    ['a value hides more of them in an array', { 'a[b]': [{ 'c[d]': 1 }] }],
    ['they are too deep', { [`a${'[b]'.repeat(16)}`]: 1 }],
  ])('refuses them if %s', (_, flat) => {
    expect(long(flat)).toBeUndefined();
  });

  it('reads whatever can be flattened as it was, in any order of keys', () => {
    const name = fc.stringMatching(/^[a-z]{1,4}$/);
    const tree = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.string(),
        fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
        fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
      ),
    }));
    const object = fc.dictionary(name, tree.value, { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.infiniteStream(fc.nat()), (plain, order) => {
        const flat = Object.entries(plain).flatMap(([key, value]) => flatten(key, fromPlain(value)));
        const shuffled: readonly [string, Json][] = flat
          .map((row) => ({ row, at: Number(order.next().value) }))
          .sort((one, other) => one.at - other.at)
          .map(({ row }) => row);
        const back = unflatten(new Map(shuffled));
        expect(back === undefined ? null : JSON.parse(stringify(back))).toEqual(plain);
      }),
    );
  });
});

function flatten(key: string, value: Json): [string, Json][] {
  if (isArray(value)) return value.flatMap((element, index) => flatten(`${key}[${index}]`, element));
  if (isObject(value)) return [...value].flatMap(([name, member]) => flatten(`${key}[${name}]`, member));
  return [[key, value]];
}

describe('when a string holds JSON', () => {
  it('reads what JSON.parse reads, and keeps the text of numbers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const parsed = parseJsonText(JSON.stringify(value, null, indent));
        expect(parsed === undefined ? undefined : JSON.parse(stringify(parsed))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
    expect(stringify(parseJsonText('[1.50, 1e3, 10000000000000000001]') ?? null)).toBe(
      '[1.50,1e3,10000000000000000001]',
    );
    expect(stringify(parseJsonText('{"a\\u0062" : "}\\"{", "__proto__": 1}') ?? null)).toBe(
      '{"ab":"}\\"{","__proto__":1}',
    );
  });

  it.each([
    ['is not JSON', '{amount: 1}'],
    ['is empty', ''],
    ['ends early', '{"a": [1, 2'],
    ['has something behind it', '{"a": 1} {"a": 2}'],
    ['names a key twice', '{"amount": 1, "amount": 100000}'],
    ['names a key twice in two spellings', '{"amount": 1, "amoun\\u0074": 100000}'],
    ['names a key twice within', '{"a": {"b": 1, "b": 2}}'],
    ['is too deep', `${'['.repeat(40)}${']'.repeat(40)}`],
    ['is too long', `"${'x'.repeat(65_536)}"`],
  ])('refuses a text that %s', (_, text) => {
    expect(parseJsonText(text)).toBeUndefined();
  });
});

describe('when an argument is the path of an API', () => {
  it.each([
    ['/refund', '/refund'],
    ['/transaction/verify/T_12-a', '/transaction/verify/*'],
  ])('recognises `%s` as `%s`', (path, template) => {
    expect(matchesRoute(path, template)).toBe(true);
  });

  it.each([
    ['.attacker.example/refund', '/refund'],
    ['@attacker.example/refund', '/refund'],
    ['refund', '/refund'],
    ['/refund/', '/refund'],
    ['//refund', '/refund'],
    ['/refund?x=1', '/refund'],
    ['/refund#x', '/refund'],
    ['/%72efund', '/refund'],
    ['/Refund', '/refund'],
    ['/refund\n', '/refund'],
    ['/ｒefund', '/refund'],
    ['/customer/../transfer', '/customer/*'],
    ['/customer/..', '/customer/*'],
    ['/customer/a/b', '/customer/*'],
    ['/customer/', '/customer/*'],
    ['/customer', '/customer/*'],
    ['/*', '/customer'],
    [`/customer/${'x'.repeat(300)}`, '/customer/*'],
  ])('does not take `%s` for `%s`', (path, template) => {
    expect(matchesRoute(path, template)).toBe(false);
  });
});
