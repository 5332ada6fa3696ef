import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPolicy, readSource } from '../../../src/config/index.ts';
import { brandAs } from '../../../src/core/ids.ts';
import type { RuleText } from '../../../src/cli/policy-edit/edits.ts';
import { fieldsOf, ruleOf, valuesOf } from '../../../src/cli/policy-edit/rule-form.ts';
import { readValue, showValue } from '../../../src/cli/policy-edit/test-value.ts';

const POLICIES = fileURLToPath(new URL('../../../policies/', import.meta.url));
const starters = [POLICIES, join(POLICIES, 'limits')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name)),
);
const rulesIn = (file: string): readonly RuleText[] =>
  (readSource(file, readFileSync(file, 'utf8')).value as { rules: RuleText[] }).rules;

const sorted = (rule: RuleText): string => JSON.stringify(rule, Object.keys(rule).sort());
const again = (rule: RuleText): RuleText => ruleOf(valuesOf(rule, null), rule);

async function isRule(rule: RuleText): Promise<boolean> {
  const text = JSON.stringify({ version: 1, rules: [rule] });
  return (await readPolicy(brandAs('p'), readSource('p.json', text))).ok;
}

describe('when a rule is shown as a form', () => {
  it.each(starters)('says the same rules after it: %s', (file) => {
    for (const rule of rulesIn(file)) expect(again(rule)).toEqual(rule);
  });

  it('keeps a condition that no form can show, and what it does not show of a limit', () => {
    const nested: RuleText = {
      ...{ id: 'r', tools: ['money'], effect: 'deny' },
      when: { any: [{ amount: { gt: '5 USD' } }, { reason: { present: false } }] },
    };
    expect(again(nested)).toEqual(nested);
    const zoned: RuleText = {
      ...{ id: 'r', tools: ['money'], effect: 'limit', timezone: 'Europe/Berlin' },
      limit: { calls: 5, per: 'day', timezone: 'Asia/Tokyo', scope: 'grant', exceed: 'deny' },
    };
    expect(again(zoned)).toEqual(zoned);
  });

  it('writes amounts in one currency as a text and in several as a map', () => {
    const values = { id: 'r', effect: 'deny', tools: 'kind:refund', fact0: 'amount', op0: 'gt' };
    expect(ruleOf({ ...values, value0: '500  USD' }, null)['when']).toEqual({ amount: { gt: '500 USD' } });
    expect(ruleOf({ ...values, value0: '500 USD, 450.50 EUR' }, null)['when']).toEqual({
      amount: { gt: { USD: '500', EUR: '450.50' } },
    });
  });

  it('puts several tests of one fact together', () => {
    const values = {
      ...{ id: 'r', effect: 'deny', tools: 'stripe/create_refund stripe/*' },
      ...{ fact0: 'amount', op0: 'gt', value0: '5 USD', fact1: 'amount', op1: 'lt', value1: '9 USD' },
      ...{ fact2: 'args.metadata.vip', op2: 'eq', value2: 'true', fact3: 'args.code', op3: 'in', value3: '7, "7", x' },
    };
    expect(ruleOf(values, null)).toEqual({
      ...{ id: 'r', tools: ['stripe/create_refund', 'stripe/*'], effect: 'deny' },
      when: {
        amount: { gt: '5 USD', lt: '9 USD' },
        'args.metadata.vip': { eq: true },
        'args.code': { in: [7, '7', 'x'] },
      },
    });
  });

  it.each([
    ['an amount that is none', { fact0: 'amount', op0: 'gt', value0: 'much' }, /`much` is no amount/],
    ['an amount in no currency there is', { fact0: 'amount', op0: 'gt', value0: '5 XXX5' }, /is no amount/],
    ['a value that is left out', { fact0: 'currency', op0: 'eq', value0: ' ' }, /the value is empty/],
    [
      'the same question twice',
      { fact0: 'reason', op0: 'eq', value0: 'a', fact1: 'reason', op1: 'eq', value1: 'b' },
      /is asked twice/,
    ],
    ['a count that is no number', { effect: 'approve', count: 'two' }, /`two` behind `signatures`/],
    ['a cap that is no amount', { effect: 'limit', counts: 'money', cap: '5' }, /`5` is no amount/],
    ['a cap that is no number', { effect: 'limit', counts: 'calls', cap: '-5' }, /`-5` behind `at most`/],
    ['a quote without an end', { fact0: 'reason', op0: 'eq', value0: '"\\"' }, /is no text in quotes/],
  ])('refuses %s', (_what, values, words) => {
    expect(() => ruleOf({ id: 'r', effect: 'deny', tools: 'money', ...values }, null)).toThrow(words);
  });

  it('has one more line than conditions, fields for what its effect needs, and no condition where none may be', () => {
    const keys = (values: Record<string, string>): string[] => fieldsOf(values, null).map(({ key }) => key);
    expect(keys({ effect: 'hide' })).toEqual(['id', 'effect', 'tools', 'message']);
    expect(keys({ effect: 'deny', fact0: 'amount', op0: 'gt' })).toEqual(
      expect.arrayContaining(['fact0', 'op0', 'value0', 'fact1']),
    );
    expect(keys({ effect: 'limit' })).toEqual(expect.arrayContaining(['cap', 'per', 'scope', 'unknown']));
    expect(keys({ effect: 'limit', counts: 'calls' })).not.toContain('unknown');
    expect(keys({ effect: 'approve' })).toEqual(expect.arrayContaining(['count', 'roles', 'expire']));
  });

  it('shows every condition that there is, wherever it stands among the empty ones', () => {
    const values = { effect: 'deny', fact0: '(none)', fact1: '(none)', fact2: 'time.hour', op2: 'gte', value2: '22' };
    const keys = fieldsOf(values, null).map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(['fact0', 'fact2', 'op2', 'value2']));
    expect(ruleOf({ id: 'r', tools: '*', ...values }, null)['when']).toEqual({ 'time.hour': { gte: 22 } });
  });

  it.each([
    ['two amounts in one currency', { fact0: 'amount', op0: 'gt', value0: '500 USD, 600 USD' }, /two amounts in USD/],
    ['a number that a double would change', { fact0: 'args.x', op0: 'eq', value0: '123456789012345.123456' }, /exact/],
    ['a list with something behind a quote', { fact0: 'args.x', op0: 'in', value0: '"a" b' }, /no list of values/],
  ])('guesses nothing of %s', (_what, values, words) => {
    expect(() => ruleOf({ id: 'r', effect: 'deny', tools: 'money', ...values }, null)).toThrow(words);
  });

  it('takes new conditions at once where those written by hand are dropped', () => {
    const keys = fieldsOf({ effect: 'deny', when: 'by form, from nothing' }, null).map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(['when', 'fact0']));
    expect(fieldsOf({ effect: 'deny', when: 'written by hand, kept' }, null).map(({ key }) => key)).not.toContain(
      'fact0',
    );
  });

  it('makes a rule of every choice of fact and operator', async () => {
    const values: Record<string, string> = { amount: '5 USD', currency: 'USD', kind: 'refund', 'time.hour': '7' };
    const others: Record<string, string> = { 'time.weekday': 'mon', 'time.date': '2027-03-01' };
    const inner = new Set(['length', 'any', 'all', 'sum', 'count']);
    for (const fact of fieldsOf({ effect: 'deny' }, null)
      .find(({ key }) => key === 'fact0')!
      .choices!.slice(1)) {
      const ops = fieldsOf({ effect: 'deny', fact0: fact }, null).find(({ key }) => key === 'op0')!.choices!;
      for (const op of ops) {
        const special = op === 'present' ? 'yes' : inner.has(op) ? 'gt 5' : op === 'type' ? 'string' : undefined;
        const isOrder = ['gt', 'gte', 'lt', 'lte'].includes(op);
        const value0 = special ?? values[fact] ?? others[fact] ?? (isOrder ? '5' : 'x');
        const rule = ruleOf({ id: 'r', effect: 'deny', tools: 'money', fact0: fact, op0: op, value0 }, null);
        expect(await isRule(rule), `${fact} ${op} ${value0}`).toBe(true);
      }
    }
  });
});

describe('when a value is shown in one line', () => {
  it('reads back as what it was, or is left to hands', () => {
    const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), fc.double({ noNaN: true }));
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 4 }),
      fc.dictionary(fc.string(), scalar, { maxKeys: 3 }),
    );
    const op = fc.constantFrom('eq', 'in', 'present', 'matches', 'length', 'sum', 'contains', 'starts_with');
    fc.assert(
      fc.property(fc.constantFrom('amount', 'reason', 'args.x'), op, value, (fact, is, given) => {
        const shown = showValue(fact, is, given);
        if (shown !== null) expect(JSON.stringify(readValue(fact, is, shown))).toBe(JSON.stringify(given));
      }),
      { numRuns: 3_000 },
    );
  });

  it('says the same of rules however they were written', () => {
    for (const rule of starters.flatMap(rulesIn)) expect(sorted(again(rule))).toBe(sorted(rule));
  });
});
