/** From the operators people write to the engine's. An operator that could never be decided is a fault, not a rule. */
import { fromPlain } from '../core/json.ts';
import { isBlank } from '../core/lookup.ts';
import { parseMoneyBound } from '../core/money-bound.ts';
import type { Bound, Operator } from '../core/policy.ts';
import { ELEMENT_FORM, NUMBER_FORM } from './facts.ts';
import type { FactForm } from './facts.ts';
import type { Scope } from './scope.ts';
import type { BoundDoc, TestDoc } from './test-schema.ts';
import type { DocumentPath } from './tree.ts';
import { orList } from './words.ts';

type Ordering = 'gt' | 'gte' | 'lt' | 'lte';

/** The operators of a test over a fact of this form. */
export function readTest(doc: TestDoc, form: FactForm, path: DocumentPath, scope: Scope): readonly Operator[] {
  const operators = Object.keys(doc).flatMap((op) => {
    const here = [...path, op];
    if (form.operators.has(op)) return readOperator(doc, op, form, here, scope) ?? [];
    scope.refuse(
      'wrong_operator',
      here,
      `\`${op}\` does not apply here; expected ${orList([...form.operators])}`,
      'key',
    );
    return [];
  });
  if (Object.keys(doc).length === 0)
    scope.refuse('wrong_value', path, 'expected at least one operator, like `{ "present": true }`');
  return operators;
}

function readOperator(doc: TestDoc, op: string, form: FactForm, path: DocumentPath, scope: Scope): Operator | null {
  switch (op) {
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparison(op, doc[op], form, path, scope);
    case 'in':
    case 'not_in':
      return membership(op, doc[op], form, path, scope);
    case 'length':
    case 'sum':
    case 'count':
      return { op, test: readTest(doc[op] ?? {}, NUMBER_FORM, path, scope) };
    case 'any':
    case 'all':
      return { op, test: readTest(doc[op] ?? {}, ELEMENT_FORM, path, scope) };
    default:
      return simple(doc, op, path, scope);
  }
}

function simple(doc: TestDoc, op: string, path: DocumentPath, scope: Scope): Operator | null {
  if (op === 'present' && doc.present !== undefined) return { op, expected: doc.present };
  if (op === 'type' && doc.type !== undefined) return { op, type: doc.type };
  if (op === 'starts_with' && doc.starts_with !== undefined) return { op, text: doc.starts_with };
  if (op === 'ends_with' && doc.ends_with !== undefined) return { op, text: doc.ends_with };
  if (op === 'contains' && doc.contains !== undefined) return containing(doc.contains);
  const pattern = op === 'matches' && doc.matches !== undefined ? scope.pattern(doc.matches, path) : null;
  return pattern && { op: 'matches', pattern };
}

function containing(value: string | number | boolean): Operator {
  return typeof value === 'string'
    ? { op: 'contains', text: value }
    : { op: 'contains_value', value: fromPlain(value) };
}

function comparison(
  op: 'eq' | 'ne' | Ordering,
  doc: BoundDoc | undefined,
  form: FactForm,
  path: DocumentPath,
  scope: Scope,
): Operator | null {
  const bound = doc === undefined ? null : readBound(doc, form, path, scope);
  if (bound === null) return null;
  if (op !== 'eq' && op !== 'ne' && !hasOrder(bound)) {
    return scope.refuse('wrong_value', path, 'only numbers, days like `2026-11-22` and money have an order');
  }
  return { op, bound };
}

function hasOrder(bound: Bound): boolean {
  if (bound.is === 'money') return true;
  return typeof bound.value === 'string' ? /^\d{4}-\d{2}-\d{2}$/.test(bound.value) : typeof bound.value !== 'boolean';
}

function membership(
  op: 'in' | 'not_in',
  docs: readonly BoundDoc[] | undefined,
  form: FactForm,
  path: DocumentPath,
  scope: Scope,
): Operator {
  const values = (docs ?? []).flatMap((doc, index) => readBound(doc, form, [...path, index], scope) ?? []);
  return { op, values };
}

function readBound(doc: BoundDoc, form: FactForm, path: DocumentPath, scope: Scope): Bound | null {
  if (form.money) return moneyBound(doc, path, scope);
  if (typeof doc === 'object') return scope.refuse('wrong_value', path, 'a money bound compares only with `amount`');
  if (isBlank(doc === '' ? null : fromPlain(doc))) {
    return scope.refuse('wrong_value', path, 'a blank text counts as absent, so nothing equals it; use `present`');
  }
  const refusal = form.refuses?.(doc) ?? null;
  return refusal === null ? { is: 'value', value: fromPlain(doc) } : scope.refuse('wrong_value', path, refusal);
}

function moneyBound(doc: BoundDoc, path: DocumentPath, scope: Scope): Bound | null {
  if (typeof doc === 'number' || typeof doc === 'boolean') {
    return scope.refuse('bad_money', path, 'expected money, like `"500 USD"` or `{ "USD": "500" }`');
  }
  const money = readMoney(doc, path, scope);
  return money && { is: 'money', money };
}

/** A money bound, `500 USD` or a map. */
export function readMoney(doc: string | Readonly<Record<string, string>>, path: DocumentPath, scope: Scope) {
  if (typeof doc === 'string') {
    const bound = parseMoneyBound(doc);
    return bound.ok ? bound.value : scope.refuse('bad_money', path, bound.fault.message);
  }
  const bound = parseMoneyBound(new Map(Object.entries(doc)));
  if (bound.ok) return bound.value;
  const before = scope.faults.length;
  for (const [currency, amount] of Object.entries(doc)) {
    const one = parseMoneyBound(new Map([[currency, amount]]));
    if (!one.ok) scope.refuse('bad_money', [...path, currency], one.fault.message);
  }
  // What is wrong with the map as a whole, such as a currency in two spellings.
  if (scope.faults.length === before) scope.refuse('bad_money', path, bound.fault.message);
  return null;
}
