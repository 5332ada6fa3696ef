/**
 * One predicate of either format as an operator of ours. Ours never converts types and never decides on what is absent,
 * so that an imported predicate can refuse more than it did, and must never refuse less: what cannot be promised is
 * refused here.
 */
import type { TestDoc } from '../../config/test-schema.ts';
import type { CompilePattern } from '../../config/pattern.ts';
import { isBlank } from '../../core/lookup.ts';
import { formatPath, parsePath } from '../../core/path.ts';
import { isList, isMembers, numberIn, textOf } from './value.ts';
import type { Members } from './value.ts';

/** A predicate as it was written, whatever the reading. */
export interface Written {
  readonly path: string;
  readonly op: string;
  readonly value: unknown;
}

/** A predicate in our words, or why it cannot be said in them. */
export type Read =
  | { readonly ok: true; readonly fact: string; readonly test: TestDoc; readonly notes: readonly string[] }
  | { readonly ok: false; readonly why: string };

const OPERATORS = [
  ...['eq', 'neq', 'ne', 'in', 'not_in', 'lt', 'lte', 'gt', 'gte'],
  ...['regex', 'matches', 'contains', 'exists'],
];

/** `{path, op, value}`, `{path, operator, value}` or `{path, <operator>: value}`; nothing for any other form. */
export function writtenPredicate(value: unknown): Written | undefined {
  if (!isMembers(value) || typeof value['path'] !== 'string') return undefined;
  const path = value['path'];
  const rest = Object.keys(value).filter((key) => key !== 'path');
  const named = value['op'] ?? value['operator'];
  if (typeof named === 'string') return explicit(path, named, value, rest);
  const [op, ...others] = rest;
  return op !== undefined && others.length === 0 && OPERATORS.includes(op) ? { path, op, value: value[op] } : undefined;
}

function explicit(path: string, op: string, value: Members, rest: readonly string[]): Written | undefined {
  const both = 'op' in value && 'operator' in value;
  const strange = rest.some((key) => !['op', 'operator', 'value'].includes(key));
  return both || strange ? undefined : { path, op, value: value['value'] };
}

/** Reads a predicate over the arguments. `compile` throws for what is no pattern. */
export function readPredicate(written: Written, compile: CompilePattern): Read {
  const fact = factOf(written.path);
  if (fact === undefined) return refused(`\`${textOf(written.path)}\` is no path below \`args.\``);
  const test = testOf(written, compile);
  if ('why' in test) return refused(test.why);
  const suggestion = suggestionFor(fact);
  return { ok: true, fact, ...test, notes: suggestion === null ? test.notes : [...test.notes, suggestion] };
}

function refused(why: string): Read {
  return { ok: false, why };
}

/** The path with each of its names as a key. A name between dots is a key there, also where it holds only digits. */
function factOf(path: string): string | undefined {
  const names = path.split('.');
  if (names[0] === 'args') names.shift();
  if (names.length === 0 || names.some((name) => !/^[^[\]"*\s\p{C}]+$/u.test(name))) return undefined;
  const fact = `args.${formatPath(names.map((key) => ({ step: 'key' as const, key })))}`;
  return parsePath(fact.slice(5)).ok ? fact : undefined;
}

interface Test {
  readonly test: TestDoc;
  readonly notes: readonly string[];
}
type Tested = Test | { readonly why: string };

const COERCES = 'numbers and strings are not converted into each other here: a value of the other type is denied';

function testOf({ op, value }: Written, compile: CompilePattern): Tested {
  switch (op) {
    case 'eq':
      return equality('eq', value);
    case 'neq':
    case 'ne':
      return equality('ne', value);
    case 'in':
    case 'not_in':
      return membership(op, value);
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return ordering(op, value);
    case 'regex':
    case 'matches':
      return pattern(value, compile);
    case 'contains':
      return containing(value);
    case 'exists':
      return existence(value);
    default:
      return { why: `\`${textOf(op)}\` is no operator that is known here` };
  }
}

type Scalar = string | number | boolean;

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Nothing equals a text in which nothing can be seen, because it counts as absent. */
function isBlankText(value: Scalar): boolean {
  return typeof value === 'string' && isBlank(value);
}

function equality(op: 'eq' | 'ne', value: unknown): Tested {
  if (!isScalar(value)) return { why: `\`${op}\` compares with a text, a number or a boolean` };
  if (isBlankText(value)) return { why: 'a blank text counts as absent here, so that nothing equals it' };
  return { test: op === 'eq' ? { eq: value } : { ne: value }, notes: [COERCES] };
}

function membership(op: 'in' | 'not_in', value: unknown): Tested {
  if (!isList(value) || value.length === 0) return { why: `\`${op}\` needs a list of values` };
  const values = value.filter(isScalar);
  if (values.length < value.length) return { why: `\`${op}\` compares with texts, numbers and booleans` };
  if (values.some(isBlankText)) return { why: 'a blank text counts as absent here, so that nothing equals it' };
  if (new Set(values.map((one) => typeof one)).size > 1) {
    return { why: 'the list mixes types; the source converts them and we do not, so that it could admit more here' };
  }
  return { test: op === 'in' ? { in: values } : { not_in: values }, notes: [COERCES] };
}

function ordering(op: 'lt' | 'lte' | 'gt' | 'gte', value: unknown): Tested {
  const bound = numberIn(value);
  if (bound === undefined) return { why: `\`${op}\` compares with a number` };
  return { test: orderingTest(op, bound), notes: [COERCES] };
}

function orderingTest(op: 'lt' | 'lte' | 'gt' | 'gte', bound: number): TestDoc {
  switch (op) {
    case 'lt':
      return { lt: bound };
    case 'lte':
      return { lte: bound };
    case 'gt':
      return { gt: bound };
    case 'gte':
      return { gte: bound };
  }
}

const MAX_PATTERN = 1000;
const UNANCHORED = 'the pattern matches anywhere in the text there and the whole of it here, so that it was wrapped';

/** The pattern must stand by itself before it is wrapped: `a)(b` would become another one inside brackets. */
function pattern(value: unknown, compile: CompilePattern): Tested {
  if (typeof value !== 'string' || value === '') return { why: 'a pattern is a text' };
  const wrapped = `(?s:.*)(?:${value})(?s:.*)`;
  if (wrapped.length > MAX_PATTERN) return { why: `a pattern has at most ${MAX_PATTERN} characters` };
  try {
    compile(value);
    compile(wrapped);
  } catch {
    return { why: 'it is not a pattern in RE2 syntax' };
  }
  // `\Q` without its end would swallow the bracket after it.
  if (/\\Q/.test(value)) return { why: 'a pattern with `\\Q` cannot be wrapped' };
  return { test: { matches: wrapped }, notes: [UNANCHORED, COERCES] };
}

function containing(value: unknown): Tested {
  if (!isScalar(value) || value === '') return { why: '`contains` looks for a text, a number or a boolean' };
  return { test: { contains: value }, notes: [COERCES] };
}

const BLANKS =
  'null and a text of white space only count as left out here, also where the source may take them for something written';

function existence(value: unknown): Tested {
  if (value === undefined || value === null) return { test: { present: true }, notes: [BLANKS] };
  if (typeof value !== 'boolean') return { why: '`exists` is true or false' };
  return { test: { present: value }, notes: [BLANKS] };
}

const FACTS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[._])(?:amount|unit_amount|value|price|total)$/, '`amount` with a currency, like `"500 USD"`,'],
  [/(?:^|[._])currency(?:_code)?$/, '`currency`'],
  [/(?:^|[._])(?:reason|note|description)$/, '`reason`'],
  [/(?:^|[._])(?:recipient|destination|payee|customer)$/, '`recipient`'],
  [/(?:^|[._])(?:payment_intent|charge|payment_id|capture_id|reference)$/, '`reference`'],
];

/** What the same rule would look at to hold for every provider. */
function suggestionFor(fact: string): string | null {
  const found = FACTS.find(([name]) => name.test(fact));
  return found === undefined
    ? null
    : `\`${fact}\` is kept as this server writes it; ${found[1]} would hold for every provider`;
}
