/** What a condition can look at in one call. */
import { ABSENT, amountOf, currencyOf, UNKNOWN } from './amounts.ts';
import type { Derived } from './amounts.ts';
import { isNothing } from './blank.ts';
import type { OracleCall } from './entry.ts';
import { read } from './json.ts';
import type { J } from './json.ts';
import type { Cash } from './money.ts';
import { isMany, spots } from './path.ts';
import { wallClock } from './time.ts';

/** A call whose arguments are read and whose money facts are derived. */
export interface Subject {
  readonly call: OracleCall;
  readonly args: J;
  readonly amount: Derived<Cash>;
  readonly currency: Derived<string>;
}

export function subjectOf(call: OracleCall): Subject {
  const args = read(call.args);
  if (call.known === null) return { call, args, amount: UNKNOWN, currency: UNKNOWN };
  const { entry } = call.known;
  const currency = movesNothing(call.known) ? ABSENT : currencyOf(entry, args, call.assumeCurrency);
  return { call, args, amount: amountOf(call, entry, args, currency), currency };
}

/** A kind that moves no money has no currency either, unless its entry says where. */
function movesNothing({ direction, entry }: NonNullable<OracleCall['known']>): boolean {
  return direction === 'none' && (entry.amounts ?? []).length === 0 && entry.currency === undefined;
}

type PathFact = 'reason' | 'recipient' | 'reference' | 'quantity';

function isPathFact(name: string): name is PathFact {
  return name === 'reason' || name === 'recipient' || name === 'reference' || name === 'quantity';
}

function str(v: string): Derived<J> {
  return { is: 'known', value: { t: 'str', v } };
}

/** The fact of a name that has one value; `amount` is not among them, and neither is a path with `[*]`. */
export function factOf(name: string, subject: Subject, timezone: string): Derived<J> {
  const { call, currency } = subject;
  if (name === 'tool') return str(call.tool);
  if (name === 'upstream') return str(call.tool.split('/')[0] ?? '');
  if (name === 'principal') return str(call.principal);
  if (name === 'currency') return currency.is === 'known' ? str(currency.value) : currency;
  if (name === 'kind') return call.known === null ? UNKNOWN : str(call.known.entry.kind);
  if (name === 'direction') return call.known === null ? UNKNOWN : str(call.known.direction);
  if (name.startsWith('grant.')) return label(call, name.slice('grant.'.length));
  if (name.startsWith('time.')) return clock(name, call.timeMs, timezone);
  if (isPathFact(name)) return pathFact(name, subject);
  return single(subject.args, argumentPath(name));
}

/** The path of `args.<path>` or `args["odd key"]`. */
export function argumentPath(name: string): string {
  return name.startsWith('args.') ? name.slice('args.'.length) : name.slice('args'.length);
}

function label(call: OracleCall, name: string): Derived<J> {
  const value = Object.entries(call.labels).find(([key]) => key === name)?.[1];
  return value === undefined ? ABSENT : notBlank({ t: 'str', v: value });
}

function clock(name: string, timeMs: number, timezone: string): Derived<J> {
  const { hour, weekday, date } = wallClock(timeMs, timezone);
  if (name === 'time.hour') return { is: 'known', value: { t: 'num', v: String(hour) } };
  return str(name === 'time.date' ? date : weekday);
}

function pathFact(name: PathFact, { call, args }: Subject): Derived<J> {
  if (call.known === null) return UNKNOWN;
  const path = call.known.entry[name];
  if (path === undefined) return ABSENT;
  return isMany(path) ? several(args, path) : single(args, path);
}

/** Several places make a list; one that is left out among others leaves the list unknown. */
function several(args: J, path: string): Derived<J> {
  const found = spots(args, path);
  const values = found.flatMap((spot) => (spot.is === 'value' && !isNothing(spot.value) ? [spot.value] : []));
  if (values.length === 0) return found.some(({ is }) => is === 'blocked') ? UNKNOWN : ABSENT;
  if (values.length < found.length) return { is: 'unknown', given: true };
  return { is: 'known', value: { t: 'arr', v: values } };
}

function single(args: J, path: string): Derived<J> {
  const [first] = spots(args, path);
  if (first === undefined) return ABSENT;
  if (first.is === 'blocked') return UNKNOWN;
  return first.is === 'missing' ? ABSENT : notBlank(first.value);
}

function notBlank(value: J): Derived<J> {
  return isNothing(value) ? ABSENT : { is: 'known', value };
}
