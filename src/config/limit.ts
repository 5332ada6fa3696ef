/** From `limit` to the engine's. */
import { isTimezone } from '../core/clock.ts';
import type { FactRef, Limit, Window } from '../core/policy.ts';
import { readFactName } from './condition.ts';
import { readMoney } from './operators.ts';
import type { LimitDoc } from './policy-schema.ts';
import type { Scope } from './scope.ts';
import type { DocumentPath } from './tree.ts';
import { parseDurationMs } from './units.ts';

/** Reads a limit. Faults go to `scope`. */
export function readLimit(doc: LimitDoc, path: DocumentPath, scope: Scope): Limit | null {
  const counts = readCounts(doc, path, scope);
  const window = readWindow(doc, path, scope);
  const key = (doc.key ?? []).flatMap((name, index) => readKey(name, [...path, 'key', index], scope) ?? []);
  if (counts === null || window === null) return null;
  const { scope: shared = 'grant', exceed = 'deny', unknown = 'deny' } = doc;
  return { counts, window, scope: shared, key, exceed, unknown };
}

function readCounts(doc: LimitDoc, path: DocumentPath, scope: Scope): Limit['counts'] | null {
  const { amount, calls } = doc;
  if ((amount === undefined) === (calls === undefined)) {
    return scope.refuse('wrong_value', path, 'a limit has either `amount` or `calls`, and not both');
  }
  if (calls !== undefined) {
    if (doc.unknown !== undefined)
      scope.refuse(
        'wrong_value',
        [...path, 'unknown'],
        '`unknown` is about amounts, and this limit counts calls',
        'key',
      );
    return { unit: 'calls', cap: BigInt(calls) };
  }
  const caps = readMoney(amount ?? {}, [...path, 'amount'], scope);
  return caps && { unit: 'amount', caps };
}

type Unit = (Window & { is: 'calendar' })['unit'];

const UNITS: readonly Unit[] = ['minute', 'hour', 'day', 'week', 'month'];

function readWindow(doc: LimitDoc, path: DocumentPath, scope: Scope): Window | null {
  const unit = UNITS.find((known) => known === doc.per);
  if (unit !== undefined) {
    const timezone =
      doc.timezone === undefined ? scope.timezone : readTimezone(doc.timezone, [...path, 'timezone'], scope);
    return timezone === null ? null : { is: 'calendar', unit, timezone };
  }
  if (doc.timezone !== undefined) {
    scope.refuse('wrong_value', [...path, 'timezone'], 'a rolling window is the same in every time zone', 'key');
  }
  const spanMs = parseDurationMs(doc.per.replace(/^rolling /, ''));
  return spanMs === undefined ? null : { is: 'rolling', spanMs };
}

/** A time zone that the platform knows. */
export function readTimezone(name: string, path: DocumentPath, scope: Scope): string | null {
  if (isTimezone(name)) return name;
  return scope.refuse('unknown_timezone', path, 'no such time zone; expected an IANA name, like `Europe/Berlin`');
}

/** A key has one value per call that stands still for the window, so neither a time nor many values nor money. */
function readKey(name: string, path: DocumentPath, scope: Scope): FactRef | null {
  const ref = readFactName(name, path, scope, 'value');
  if (ref === null) return null;
  const many = ref.fact === 'args' && ref.path.some(({ step }) => step === 'each');
  if (!many && ref.fact !== 'amount' && ref.fact !== 'time') return ref;
  return scope.refuse('wrong_value', path, 'a key is one value: neither `amount`, nor a time, nor a path with `[*]`');
}
