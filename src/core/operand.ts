/** From what a condition names to what is there. */
import { localTime } from './clock.ts';
import type { CallFacts, Fact } from './facts.ts';
import { JsonNumber } from './json.ts';
import type { Json } from './json.ts';
import { isBlank, lookup } from './lookup.ts';
import type { Place } from './lookup.ts';
import type { Money } from './money.ts';
import type { FactRef } from './policy.ts';

/**
 * What an operator is applied to. `given` in `unknown`: the caller wrote something there that cannot be read. Something
 * in the way of a path is not at its end, or `"metadata": "x"` would satisfy a policy that asks for `metadata.order`.
 */
export type Operand =
  | { readonly is: 'value'; readonly value: Json }
  | { readonly is: 'money'; readonly money: Money }
  | { readonly is: 'places'; readonly places: readonly Place[] }
  | { readonly is: 'absent'; readonly raw?: Json }
  | { readonly is: 'unknown'; readonly why: string; readonly given: boolean };

const ABSENT: Operand = { is: 'absent' };

/** A JSON value as an operand; null and blank strings count as absent. */
export function operandOf(value: Json): Operand {
  return isBlank(value) ? { is: 'absent', raw: value } : { is: 'value', value };
}

/** One element of an array. */
export function placeOperand(place: Place): Operand {
  switch (place.state) {
    case 'value':
      return operandOf(place.value);
    case 'missing':
      return ABSENT;
    case 'blocked':
      return { is: 'unknown', why: 'it is not where the path expects it', given: false };
  }
}

/** True for `amount` and `currency`, which calls that move no money do not have. */
export function isMoneyFact(ref: FactRef): boolean {
  return ref.fact === 'amount' || ref.fact === 'currency';
}

/** What `ref` is in this call. */
export function resolve(ref: FactRef, call: CallFacts): Operand {
  switch (ref.fact) {
    case 'amount':
      return normalized(call, call.amount, (money) => ({ is: 'money', money }));
    case 'currency':
    case 'reason':
    case 'recipient':
    case 'reference':
    case 'quantity':
      return normalized<Json>(call, call[ref.fact], operandOf);
    case 'kind':
    case 'direction':
      return classified(ref.fact, call);
    case 'tool':
    case 'upstream':
    case 'principal':
      return operandOf(call[ref.fact]);
    case 'args':
      return argument(call, ref.path);
    case 'label':
      return label(call.grant.labels.get(ref.label));
    case 'time':
      return instant(ref, call.timeMs);
  }
}

/** Whatever the catalogue would have said is unknown for a call that it does not know. */
function normalized<T>(call: CallFacts, fact: Fact<T>, wrap: (value: T) => Operand): Operand {
  if (call.classification.kind === 'unclassified') return unclassified(call.classification.why);
  switch (fact.state) {
    case 'known':
      return wrap(fact.value);
    case 'absent':
      return ABSENT;
    case 'unknown':
      return { is: 'unknown', why: fact.why, given: fact.given === true };
  }
}

function unclassified(why: string): Operand {
  return { is: 'unknown', why: `the catalogue does not know what this call does: ${why}`, given: false };
}

function classified(fact: 'kind' | 'direction', { classification }: CallFacts): Operand {
  if (classification.kind === 'unclassified') return unclassified(classification.why);
  return { is: 'value', value: fact === 'kind' ? classification.kind : classification.direction };
}

function label(value: string | undefined): Operand {
  return value === undefined ? ABSENT : operandOf(value);
}

function argument(call: CallFacts, path: (FactRef & { fact: 'args' })['path']): Operand {
  const found = lookup(call.args, path);
  switch (found.found) {
    case 'one':
      return operandOf(found.value);
    case 'none':
      return ABSENT;
    case 'blocked':
      return { is: 'unknown', why: 'something else stands where the path leads', given: false };
    case 'many':
      return { is: 'places', places: found.places };
  }
}

function instant(ref: FactRef & { fact: 'time' }, timeMs: number): Operand {
  const local = localTime(timeMs, ref.timezone);
  if (local === undefined) return { is: 'unknown', why: `there is no local time in \`${ref.timezone}\``, given: false };
  return { is: 'value', value: ref.part === 'hour' ? new JsonNumber(String(local.hour)) : local[ref.part] };
}
