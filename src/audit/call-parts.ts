/** The lists of a record: arguments, limits, policies. Each takes a bounded part of the line, and says what it left out. */
import type { Plain, PlainObject } from './chain.ts';
import type { ArgumentShape, CallDetails, PolicyVersion, QuotaPart, Revealed } from './events.ts';
import { bounded, UNKNOWN } from './text.ts';

/** Bytes that the lists of a record may take. */
export interface Room {
  readonly args: number;
  readonly quota: number;
}

export const NO_ROOM: Room = { args: 0, quota: 0 };
/** Tried one after the other: the names beside the lists are rarely as long as they may be. */
export const ROOMS: readonly [Room, Room] = [
  { args: 4_000, quota: 1_600 },
  { args: 1_500, quota: 500 },
];
const POLICIES_BYTES = 4_000;
const NAME_BYTES = 128;

/** Names, types, lengths and keyed hashes; `argsOmitted` counts the arguments that did not fit. */
export function argumentPart({ args, argsMore = 0 }: CallDetails, room: Room): PlainObject {
  const fitting = fittingIn(room.args, args.map(argument));
  const omitted = args.length - fitting.length + argsMore;
  return { args: fitting, ...(omitted === 0 ? {} : { argsOmitted: omitted }) };
}

function argument({ name, type, length, hmac }: ArgumentShape): PlainObject {
  const shape = { name: name === null ? UNKNOWN : bounded(name, NAME_BYTES), type, length };
  return hmac === undefined ? shape : { ...shape, hmac };
}

/** What limits stand at; `quotaOmitted` counts those that did not fit. */
export function quotaPart(parts: readonly QuotaPart[] | undefined, room: Room): PlainObject {
  if (parts === undefined) return {};
  const quota = fittingIn(room.quota, parts.map(limit));
  return { quota, ...(quota.length === parts.length ? {} : { quotaOmitted: parts.length - quota.length }) };
}

function limit({ rule, policy, unit, per, used, figure, cap }: QuotaPart): PlainObject {
  return {
    rule: bounded(rule, NAME_BYTES),
    policy: policy === null ? null : bounded(policy, NAME_BYTES),
    ...{ unit, per, used },
    ...(figure === undefined ? {} : { figure }),
    ...(cap === undefined ? {} : { cap }),
  };
}

/** The policies by name and hash; `policiesOmitted` counts those that did not fit. */
export function policyPart(versions: readonly PolicyVersion[]): PlainObject {
  const named = versions.map(({ name, hash }) => ({ name: bounded(name, NAME_BYTES), hash }));
  const policies = fittingIn(POLICIES_BYTES, named);
  return { policies, ...(policies.length === named.length ? {} : { policiesOmitted: named.length - policies.length }) };
}

/** What an agent wrote for a fact may be long. */
const FACT_BYTES = { amount: 64, currency: 16, reason: 256, recipient: 128, reference: 128, quantity: 64 } as const;
const FACTS = ['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity'] as const;

/** The facts that the configuration reveals, in printable text. */
export function revealedPart(revealed: Revealed | undefined): PlainObject {
  if (revealed === undefined) return {};
  const facts = FACTS.flatMap((fact) => {
    const text = revealed[fact];
    return text === undefined ? [] : [[fact, bounded(text, FACT_BYTES[fact])] as const];
  });
  return { revealed: Object.fromEntries(facts) };
}

/** The first of a list whose JSON text fits. */
function fittingIn(room: number, all: readonly PlainObject[]): readonly Plain[] {
  let bytes = 0;
  const end = all.findIndex((one) => (bytes += Buffer.byteLength(JSON.stringify(one)) + 1) > room);
  return end === -1 ? all : all.slice(0, end);
}
