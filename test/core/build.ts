/** Short ways to write calls, rules and policies in tests. */
import fc from 'fast-check';
import type { CallFacts, Classification } from '../../src/core/facts.ts';
import { brandAs } from '../../src/core/ids.ts';
import { fromPlain } from '../../src/core/json.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { directionOf } from '../../src/core/kinds.ts';
import type { Kind } from '../../src/core/kinds.ts';
import { parseMoney, parseMoneyBound } from '../../src/core/money-bound.ts';
import type { Money, MoneyBound } from '../../src/core/money.ts';
import { parsePath } from '../../src/core/path.ts';
import type { Bound, Condition, FactRef, LoadedPolicy, Operator, Path, Rule, Selector } from '../../src/core/policy.ts';

/** So many times as many generated cases as elsewhere. */
export function times(factor: number): { readonly numRuns: number } {
  return { numRuns: factor * (fc.readConfigureGlobal().numRuns ?? 100) };
}

export function path(text: string): Path {
  const result = parsePath(text);
  if (!result.ok) throw new Error(result.message);
  return result.path;
}

export function args(text: string): FactRef {
  return { fact: 'args', path: path(text), text: `args.${text}` };
}

export function object(plain: Record<string, unknown>): JsonObject {
  return fromPlain(plain) as JsonObject;
}

export function money(text: string): Money {
  const result = parseMoney(text);
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

export function bound(source: string | Record<string, string>): MoneyBound {
  const result = parseMoneyBound(typeof source === 'string' ? source : new Map(Object.entries(source)));
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

export function value(plain: unknown): Bound {
  return { is: 'value', value: fromPlain(plain) };
}

export function moneyBound(source: string | Record<string, string>): Bound {
  return { is: 'money', money: bound(source) };
}

export function test(fact: FactRef, operator: Operator): Condition {
  return { is: 'test', fact, operator };
}

export function kind(name: Kind): Classification {
  return { kind: name, direction: directionOf(name) };
}

export const UNCLASSIFIED: Classification = { kind: 'unclassified', why: 'no entry names this tool' };

/** A refund of 20 USD with a reason, unless told otherwise. */
export function call(over: Partial<Omit<CallFacts, 'args'>> & { args?: Record<string, unknown> } = {}): CallFacts {
  const { args: plain, ...facts } = over;
  return {
    tool: brandAs('stripe/create_refund'),
    upstream: brandAs('stripe'),
    classification: kind('refund'),
    args: object(plain ?? {}),
    grant: { name: brandAs('support-agent'), labels: new Map([['team', 'support']]) },
    principal: 'support@acme.example',
    timeMs: Date.UTC(2026, 10, 22, 23, 30),
    amount: { state: 'known', value: money('20 USD') },
    currency: { state: 'known', value: 'USD' },
    reason: { state: 'known', value: 'damaged' },
    recipient: { state: 'absent' },
    reference: { state: 'known', value: 'pi_1' },
    quantity: { state: 'absent' },
    ...facts,
  };
}

/** A call whose arguments are one value under `x`; nothing for no value. */
export function callWith(json?: Json): CallFacts {
  return { ...call(), args: new Map(json === undefined ? [] : [['x', json]]) };
}

const SELECTORS: readonly [RegExp, (match: RegExpExecArray) => Selector][] = [
  [/^\*$/, () => ({ by: 'any' })],
  [/^kind:(.*)$/, (m) => ({ by: 'kind', kind: m[1] as Kind })],
  [/^money$/, () => ({ by: 'money', direction: 'any' })],
  [/^money:(.*)$/, (m) => ({ by: 'money', direction: m[1] as 'in' | 'out' | 'commit' })],
  [/^\*\/(.*)$/, (m) => ({ by: 'name', name: m[1]! })],
  [/^(.*)\/\*$/, (m) => ({ by: 'upstream', upstream: brandAs(m[1]!) })],
  [/^(.*)$/, (m) => ({ by: 'tool', tool: brandAs(m[1]!) })],
];

export function selector(text: string): Selector {
  for (const [pattern, make] of SELECTORS) {
    const match = pattern.exec(text);
    if (match !== null) return make(match);
  }
  throw new Error(text);
}

type Bare = Rule extends infer R ? (R extends Rule ? Omit<R, 'id' | 'pointer' | 'selectors'> : never) : never;

export function rule(id: string, tools: readonly string[], rest: Bare): Rule {
  return { ...rest, id: brandAs(id), pointer: '', selectors: tools.map(selector) };
}

export function policy(rules: readonly Rule[], fallback: 'allow' | 'deny' = 'deny', name = 'support'): LoadedPolicy {
  return {
    state: 'loaded',
    policy: {
      name: brandAs(name),
      hash: brandAs('ab'.repeat(32)),
      default: fallback,
      rules: rules.map((each, index) => ({ ...each, pointer: `/rules/${index}` })),
    },
  };
}
