/** The values at which the answer of an operator can change. */
import { isArray, JsonNumber, stringify, typeOf } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import { isBlank } from '../../core/lookup.ts';
import type { Bound, Operator } from '../../core/policy.ts';
import { around, daysAround } from './numbers.ts';
import { samplesOf } from './pattern-sample.ts';

const MAX_LENGTH = 2000;
const MAX_ELEMENTS = 300;

/** What may stand at the place of a fact: a value, or for a path through an array the values of its elements. */
export type Probe =
  | { readonly is: 'left-out' }
  | { readonly is: 'value'; readonly value: Json }
  | { readonly is: 'elements'; readonly values: readonly Json[] };

/** Every probe for a fact under these operators, an ordinary one first, the odd ones last. */
export function probesFor(operators: readonly Operator[], many: boolean): readonly Probe[] {
  const lists = listProbes(operators, many);
  const elements = lists.map((values): Probe => (many ? { is: 'elements', values } : { is: 'value', value: values }));
  const plain = many ? [] : withStranger(valueProbes(operators)).map(valueProbe);
  const odd = [null, '', oddOneOut(many ? elements.flatMap(valuesOf) : plain.flatMap(valuesOf))];
  return unique([...plain, ...elements, { is: 'left-out' }, ...odd.map((value) => oddProbe(value, many))]);
}

function valueProbe(value: Json): Probe {
  return { is: 'value', value };
}

function oddProbe(value: Json, many: boolean): Probe {
  return many ? { is: 'elements', values: [value] } : valueProbe(value);
}

function valuesOf(probe: Probe): readonly Json[] {
  switch (probe.is) {
    case 'left-out':
      return [];
    case 'value':
      return [probe.value];
    case 'elements':
      return probe.values;
  }
}

/** A value of a type that none of the ordinary ones has. */
function oddOneOut(values: readonly Json[]): Json {
  const types = new Set(values.map(typeOf));
  if (!types.has('number')) return new JsonNumber('7');
  return types.has('string') ? true : 'text';
}

function unique(probes: readonly Probe[]): readonly Probe[] {
  return [...new Map(probes.map((probe) => [keyOf(probe), probe])).values()];
}

function keyOf(probe: Probe): string {
  switch (probe.is) {
    case 'left-out':
      return probe.is;
    case 'value':
      return `value ${stringify(probe.value)}`;
    case 'elements':
      return `elements ${stringify(probe.values)}`;
  }
}

/** The same values with one that no list names, which comes first: it is what most calls are like. */
function withStranger(values: readonly Json[]): readonly Json[] {
  const texts = values.filter((value) => typeof value === 'string');
  if (values.length > 0 && texts.length === 0) return values;
  const stranger = ['unlisted', 'unlisted-1', 'unlisted-2'].find((text) => !texts.includes(text)) ?? 'unlisted-3';
  return [stranger, ...values];
}

/** The values themselves and their neighbours, for operators that look at one value. */
export function valueProbes(operators: readonly Operator[]): readonly Json[] {
  return operators.flatMap(probesOf).filter((value) => !isBlank(value));
}

function probesOf(operator: Operator): readonly Json[] {
  switch (operator.op) {
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return neighbours(operator.bound);
    case 'in':
    case 'not_in':
      return operator.values.flatMap(neighbours);
    case 'present':
      return [];
    case 'matches':
      return samplesOf(operator.pattern).flatMap((text) => [text, `${text}x`, `x${text}`]);
    case 'starts_with':
    case 'ends_with':
    case 'contains':
      return textNeighbours(operator.text);
    case 'contains_value':
      return [operator.value, [operator.value]];
    case 'length':
      return lengths(operator.test).map((length) => 'x'.repeat(length));
    case 'type':
      return ['text', new JsonNumber('7'), new JsonNumber('7.5'), true, ['x'], new Map([['key', 'x']])];
    case 'any':
    case 'all':
    case 'sum':
    case 'count':
      return [];
  }
}

function neighbours(bound: Bound): readonly Json[] {
  if (bound.is === 'money') return [];
  const { value } = bound;
  if (value instanceof JsonNumber) return around(value);
  if (typeof value === 'boolean') return [true, false];
  if (typeof value !== 'string') return [value];
  return [value, ...daysAround(value)];
}

/** Exact, and one character off to either side. */
function textNeighbours(text: string): readonly Json[] {
  return [text, `${text}x`, `x${text}`, `x${text}x`, text.slice(0, -1)];
}

/** The counts at which a test of a length or of a number of elements changes. */
function lengths(test: readonly Operator[]): readonly number[] {
  const counts = valueProbes(test).flatMap((value) => (value instanceof JsonNumber ? [Number(value.text)] : []));
  return counts.filter((count) => Number.isInteger(count) && count > 0 && count <= MAX_LENGTH);
}

/** Arrays for the quantifiers. */
function listProbes(operators: readonly Operator[], many: boolean): readonly (readonly Json[])[] {
  const lists = operators.flatMap(listsOf);
  if (lists.length === 0) return many ? [['unlisted'], []] : [];
  return [...lists, []];
}

function listsOf(operator: Operator): readonly (readonly Json[])[] {
  switch (operator.op) {
    case 'any':
    case 'all':
      return elementLists(withStranger(valueProbes(operator.test)));
    case 'sum':
      return valueProbes(operator.test).flatMap(summing);
    case 'count':
      return lengths(operator.test)
        .filter((count) => count <= MAX_ELEMENTS)
        .map((count) => Array.from({ length: count }, () => 'x'));
    case 'length':
    case 'contains_value':
    case 'contains':
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'in':
    case 'not_in':
    case 'present':
    case 'matches':
    case 'starts_with':
    case 'ends_with':
    case 'type':
      return [];
  }
}

/** Each value alone, and beside the ordinary one. */
function elementLists(values: readonly Json[]): readonly (readonly Json[])[] {
  const [ordinary] = values;
  return values.flatMap((value) =>
    ordinary === undefined || value === ordinary || isArray(value) ? [[value]] : [[value], [ordinary, value]],
  );
}

/** A sum written by one element, and by two. */
function summing(total: Json): readonly (readonly Json[])[] {
  if (!(total instanceof JsonNumber)) return [];
  const [less] = around(total);
  const one = new JsonNumber('1');
  return less === undefined || total.text.includes('.') ? [[total]] : [[total], [less, one]];
}
