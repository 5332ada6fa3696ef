import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { argumentNames, unknownArguments } from '../../src/catalogue/index.ts';
import { fromPlain, isObject } from '../../src/core/json.ts';
import type { Json } from '../../src/core/json.ts';
import { args } from './support.ts';

function unknown(schema: unknown, call: Record<string, unknown>): readonly string[] {
  return unknownArguments(fromPlain(schema), args(call));
}

const REFUND = {
  type: 'object',
  properties: {
    payment: { type: 'string' },
    money: { type: 'object', properties: { value: { type: 'string' }, currency: { type: 'string' } } },
    items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
  },
};

describe('when the schema names the members of an object', () => {
  it('finds nothing in a call that uses only those names', () => {
    expect(unknown(REFUND, { payment: 'p', money: { value: '1' }, items: [{ sku: 'a' }, {}] })).toEqual([]);
  });

  it('finds a name it lacks at the top', () => {
    expect(unknown(REFUND, { payment: 'p', reason: 'decoy' })).toEqual(['reason']);
  });

  it('finds names it lacks in objects and in elements of arrays', () => {
    expect(unknown(REFUND, { money: { value: '1', total: '2' }, items: [{ sku: 'a' }, { qty: 3 }] })).toEqual([
      'money.total',
      'items[1].qty',
    ]);
  });

  it('takes an absent `additionalProperties` for closed, and a false one too', () => {
    const closed = { ...REFUND, additionalProperties: false };
    expect(unknown(closed, { extra: 1 })).toEqual(['extra']);
    expect(unknown(REFUND, { extra: 1 })).toEqual(['extra']);
  });

  it('compares names exactly', () => {
    expect(unknown(REFUND, { Payment: 'p', 'money.value': 1 })).toEqual(['Payment', '["money.value"]']);
  });

  it('finds `__proto__` and `constructor`, which the schema does not name', () => {
    const call = new Map<string, Json>([
      ['__proto__', true],
      ['constructor', true],
    ]);
    expect(unknownArguments(fromPlain(REFUND), call)).toEqual(['__proto__', 'constructor']);
  });

  it('finds an object where the schema has a text', () => {
    expect(unknown(REFUND, { payment: { id: 'p' } })).toEqual(['payment.id']);
  });

  it('quotes and cuts a name that was made up', () => {
    expect(unknown(REFUND, { ['x'.repeat(500)]: 1 })[0]).toHaveLength(81);
    expect(unknown(REFUND, { 'a\nb': 1 })).toEqual(['["a\\nb"]']);
  });

  it('reports twenty at most', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x${at}`, 1]));
    expect(unknown(REFUND, many)).toHaveLength(20);
  });
});

describe('when an object of the schema is open', () => {
  it.each([
    ['says true', { type: 'object', properties: {}, additionalProperties: true }],
    ['says a schema', { type: 'object', additionalProperties: {} }],
    ['says nothing at all', { type: 'object' }],
    ['is the schema of everything', true],
    ['leaves unevaluated members free', { type: 'object', properties: {}, unevaluatedProperties: true }],
  ])('admits any name if it %s', (_, open) => {
    const schema = { type: 'object', properties: { metadata: open } };
    expect(unknown(schema, { metadata: { a: 1, b: { c: [{ d: 1 }] } } })).toEqual([]);
  });

  it('still looks into what a schema for additional members says', () => {
    const schema = { type: 'object', additionalProperties: { type: 'object', properties: { a: {} } } };
    expect(unknown(schema, { x: { a: 1 } })).toEqual([]);
    expect(unknown(schema, { x: { b: 1 } })).toEqual(['x.b']);
  });

  it('does not run the patterns that a server wrote', () => {
    const schema = { type: 'object', properties: { a: {} }, patternProperties: { '^(x+x+)+y$': {} } };
    expect(unknown(schema, { ['x'.repeat(60)]: 1 })).toEqual(['x'.repeat(60)]);
  });
});

describe('when the schema is put together', () => {
  it('takes the names of every alternative', () => {
    const schema = {
      type: 'object',
      properties: {
        pay: {
          anyOf: [
            { type: 'object', properties: { card: {} } },
            { type: 'object', properties: { bank: {} } },
          ],
        },
        both: { allOf: [{ properties: { a: {} } }, { oneOf: [{ properties: { b: {} } }] }] },
      },
    };
    expect(unknown(schema, { pay: { card: 1, bank: 1, cash: 1 }, both: { a: 1, b: 1, c: 1 } })).toEqual([
      'pay.cash',
      'both.c',
    ]);
  });

  it('follows references within the document', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/x~1y' }, b: { $ref: '#/properties/a' }, c: { $ref: '#/$defs/p%20q' } },
      $defs: { 'x/y': { type: 'object', properties: { z: {} } }, 'p q': { type: 'object', properties: { q: {} } } },
    };
    expect(unknown(schema, { a: { z: 1 }, b: { z: 1 }, c: { q: 1 } })).toEqual([]);
    expect(unknown(schema, { b: { y: 1 } })).toEqual(['b.y']);
  });

  it('ends on references that lead in a circle, and names nothing by those that lead nowhere', () => {
    const circle = { type: 'object', properties: { a: { $ref: '#/properties/b' }, b: { $ref: '#/properties/a' } } };
    expect(unknown(circle, { a: { x: 1 } })).toEqual(['a.x']);
    const outside = { type: 'object', properties: { a: { $ref: 'https://elsewhere.example/s.json' } } };
    expect(unknown(outside, { a: { x: 1 } })).toEqual(['a.x']);
  });

  it('reads a tree that refers to itself', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#' }, name: {} } };
    expect(unknown(tree, { child: { child: { name: 'n', oops: 1 } } })).toEqual(['child.child.oops']);
  });

  it('takes an alternative that nothing satisfies for none', () => {
    const schema = { type: 'object', properties: { note: { anyOf: [{ not: {} }, { type: 'string' }] } } };
    expect(unknown(schema, { note: { a: 1 } })).toEqual(['note.a']);
  });

  it('names nothing when there are more alternatives than a person would write', () => {
    const wide = { anyOf: Array.from({ length: 600 }, () => ({ type: 'object', properties: { a: {} } })) };
    expect(unknown({ type: 'object', properties: { w: wide } }, { w: { a: 1 } })).toEqual(['w.a']);
    const doubling = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`d${at}`, { anyOf: Array(2).fill({ $ref: `#/$defs/d${at + 1}` }) }]),
    );
    const schema = { type: 'object', properties: { w: { $ref: '#/$defs/d0' } }, $defs: doubling };
    expect(unknown(schema, { w: { a: 1 } })).toEqual(['w.a']);
  });
});

describe('when the schema is no schema', () => {
  it.each([[null], [false], [3], ['x'], [[]]])('names nothing: %j', (schema) => {
    expect(unknown(schema, { a: 1 })).toEqual(['a']);
  });

  it('answers for any schema and any arguments, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (schema, call) => {
        const value = fromPlain(call);
        return isObject(value) && Array.isArray(unknownArguments(fromPlain(schema), value));
      }),
    );
  });
});

describe('when arguments are shown to the audit log', () => {
  const find = (schema: unknown, name: string) => argumentNames(fromPlain(schema)).find(name);

  it('knows only what the schema names', () => {
    for (const name of ['payment', 'money', 'items']) expect(find(REFUND, name)).toBeDefined();
    for (const name of ['secret_4242', 'none', '__proto__']) expect(find(REFUND, name)).toBeUndefined();
    expect(find({ type: 'object' }, 'made_up')).toBeUndefined();
    expect(find(null, 'made_up')).toBeUndefined();
  });

  it('knows the values of a choice among few, and of nothing else', () => {
    const of = (schema: unknown) => find({ type: 'object', properties: { a: schema } }, 'a')?.values;
    const many = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`);
    expect(of({ type: 'string', enum: ['fraud', 'duplicate'] })).toEqual(new Set(['"fraud"', '"duplicate"']));
    expect(of({ const: 7 })).toEqual(new Set(['7']));
    expect(of({ anyOf: [{ enum: ['a'] }, { type: 'null' }] })).toEqual(new Set(['"a"']));
    expect(of({ enum: many(64) })?.size).toBe(64);
    expect(of({ enum: many(65) })).toBeNull();
    expect(of({ anyOf: [{ enum: ['a'] }, { type: 'string' }] })).toBeNull();
    expect(of({ type: 'string' })).toBeNull();
  });

  it('reads a schema once', () => {
    const schema = fromPlain(REFUND);
    expect(argumentNames(schema)).toBe(argumentNames(schema));
  });
});
