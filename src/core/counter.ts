/**
 * What a limit counts under. A counter is (policy name, rule id, scope subject, unit, window, key values): editing the
 * text, the cap or the order of rules keeps it. Its name is read by machines only and says the same in every process.
 */
import { parseDecimal } from './decimal.ts';
import type { Source } from './decision.ts';
import { nameOf } from './explain.ts';
import type { CallFacts } from './facts.ts';
import { JsonNumber, typeOf } from './json.ts';
import type { Json } from './json.ts';
import { isTrimmed } from './lookup.ts';
import { resolve } from './operand.ts';
import type { Operand } from './operand.ts';
import type { FactRef, Limit, Window } from './policy.ts';
import type { LimitWindow } from './windows.ts';

/** What is counted: calls, or the minor units of one currency. */
export type CountedUnit = { readonly is: 'calls' } | { readonly is: 'money'; readonly currency: string };

/** One counter, in the window that it stands in. */
export interface Counter {
  /** Equal exactly for the same counter. Holds key values, which an agent wrote: a store keeps a digest of it. */
  readonly name: string;
  readonly source: Source;
  readonly unit: CountedUnit;
  readonly scope: Limit['scope'];
  /** The grant, principal, policy or upstream; empty for `global`. */
  readonly subject: string;
  /** True if the limit counts by facts, each combination of values for itself. */
  readonly keyed: boolean;
  readonly window: LimitWindow;
}

/** One value of `key`: the fact's name, its type, and its text in a form that values share which a server may take for one. */
type KeyValue = readonly [fact: string, type: string, text: string];

export type KeyFaultCode = 'key_missing' | 'key_unknown' | 'key_not_scalar' | 'key_untrimmed';

/** Why a limit cannot be split by a fact. The words never repeat the value. */
export interface KeyFault {
  readonly code: KeyFaultCode;
  /** Lower case, no final period. */
  readonly message: string;
}

/** The values that split a limit, or the first fault among them. */
export function keyValues(key: readonly FactRef[], call: CallFacts): readonly KeyValue[] | KeyFault {
  const values: KeyValue[] = [];
  for (const ref of key) {
    const value = keyValue(ref, resolve(ref, call));
    if ('code' in value) return value;
    values.push(value);
  }
  return values;
}

function keyValue(ref: FactRef, operand: Operand): KeyValue | KeyFault {
  const fact = nameOf(ref);
  const fault = (code: KeyFaultCode, words: string): KeyFault => ({ code, message: `\`${fact}\` ${words}` });
  switch (operand.is) {
    case 'absent':
      return fault('key_missing', 'is left out, and the limit counts by it');
    case 'unknown':
      return fault('key_unknown', `is unknown, because ${operand.why}, and the limit counts by it`);
    case 'places':
      return fault('key_not_scalar', 'is a list, and a limit counts by single values');
    case 'money':
      return [fact, 'money', `${operand.money.minor} ${operand.money.currency}`];
    case 'value':
      return scalar(operand.value, fact, fault);
  }
}

type Fault = (code: KeyFaultCode, words: string) => KeyFault;

/**
 * What a server may take for the same is the same here, or an agent would choose the counter by its spelling: `1`, `1.0`,
 * `"1"` and `"１"`, `true` and `"true"`, `É` written in one character or in two, `ann@shop.example` and `Ann@Shop.example`.
 */
function scalar(value: Json, fact: string, fault: Fault): KeyValue | KeyFault {
  if (typeof value === 'string') {
    return isTrimmed(value)
      ? text(folded(value), fact)
      : fault('key_untrimmed', 'begins or ends with white space, which a server may cut off');
  }
  if (typeof value === 'boolean') return [fact, 'boolean', String(value)];
  if (!(value instanceof JsonNumber)) {
    return fault('key_not_scalar', `is of type ${typeOf(value)}, and a limit counts by single values`);
  }
  const decimal = parseDecimal(value.text);
  return decimal === undefined
    ? fault('key_unknown', 'is a number too large to be compared, and the limit counts by it')
    : [fact, 'number', `${decimal.units}e${decimal.exponent}`];
}

/** A number as JSON writes it. `007` is none: it is a name that was filled up with zeros. */
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[-+]?[0-9]+)?$/;

function text(value: string, fact: string): KeyValue {
  if (value === 'true' || value === 'false') return [fact, 'boolean', value];
  const decimal = NUMBER.test(value) ? parseDecimal(value) : undefined;
  return decimal === undefined ? [fact, 'string', value] : [fact, 'number', `${decimal.units}e${decimal.exponent}`];
}

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Like the NFKC_Casefold of Unicode, in which identifiers are compared: forms, case and what cannot be seen say nothing. */
function folded(value: string): string {
  return value.normalize('NFKC').replace(IGNORABLE, '').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

/** The subject of a scope. */
function subjectOf(scope: Limit['scope'], source: Source, call: CallFacts): string {
  switch (scope) {
    case 'grant':
      return call.grant.name;
    case 'principal':
      return call.principal;
    case 'policy':
      return source.policy ?? '';
    case 'upstream':
      return call.upstream;
    case 'global':
      return '';
  }
}

/** The window as the rule states it: a counter is the same counter on every day. */
function windowName(window: Window): string {
  return window.is === 'rolling' ? `rolling ${window.spanMs}` : `${window.unit} ${window.timezone}`;
}

/** One limit about to count one call. */
export interface Counting {
  readonly source: Source;
  readonly limit: Limit;
  readonly call: CallFacts;
  readonly values: readonly KeyValue[];
  readonly window: LimitWindow;
}

/** The counter of a limit in one unit. JSON keeps the parts of its name apart, whatever they hold. */
export function counterOf({ source, limit, call, values, window }: Counting, unit: CountedUnit): Counter {
  const { scope } = limit;
  const subject = subjectOf(scope, source, call);
  const counted = unit.is === 'calls' ? 'calls' : unit.currency;
  // The order in which a rule lists its facts is no part of the counter.
  const sorted = [...values].sort(([left], [right]) => (left < right ? -1 : 1));
  const parts = [source.policy, source.rule, scope, subject, counted, windowName(limit.window), sorted];
  return { name: JSON.stringify(parts), source, unit, scope, subject, keyed: values.length > 0, window };
}
