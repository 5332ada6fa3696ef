/** Whether a value is of the type that its attribute has. */
import { TYPES } from './attributes.ts';
import { type Definition, type Enum, type ValueType } from './definition.ts';
import { SIBLINGS } from './enums.ts';
import { OBJECTS } from './objects.ts';

export type Value = Readonly<Record<string, unknown>>;

export function isValue(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** 2020 to 2100, in milliseconds: seconds and microseconds fall outside. */
const EARLIEST = Date.UTC(2020, 0);
const LATEST = Date.UTC(2100, 0);

function isTimestamp(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= EARLIEST && Number(value) <= LATEST;
}

/** What is wrong with an object, or with the members of an event that its class is not needed for. */
export function membersFaults(
  value: Value,
  { allowed, required, atLeastOne, enums }: Definition,
  at: string,
): string[] {
  const faults = Object.keys(value).flatMap((name) =>
    allowed.includes(name) ? typeFaults(name, value[name], `${at}${name}`) : [`${at}${name} is no attribute of this`],
  );
  for (const name of required ?? []) if (!(name in value)) faults.push(`${at}${name} is missing`);
  if (atLeastOne !== undefined && !atLeastOne.some((name) => name in value))
    faults.push(`${at} has none of ${atLeastOne.join(', ')}`);
  for (const [name, ids] of Object.entries(enums ?? {})) faults.push(...enumFaults(value, name, ids, at));
  return faults;
}

function typeFaults(name: string, value: unknown, at: string): string[] {
  const type = TYPES[name];
  if (type === undefined) return [`${at}: no type is known here for this attribute`];
  if (type.isList !== true) return valueFaults(type.is, value, at);
  if (!Array.isArray(value)) return [`${at} is no list`];
  return value.flatMap((one, index) => valueFaults(type.is, one, `${at}[${index}]`));
}

const PLAIN = {
  string: (value: unknown) => typeof value === 'string',
  boolean: (value: unknown) => typeof value === 'boolean',
  integer: (value: unknown) => Number.isSafeInteger(value),
  timestamp: isTimestamp,
  json: isValue,
} as const;

function valueFaults(is: ValueType, value: unknown, at: string): string[] {
  if (isPlain(is)) return PLAIN[is](value) ? [] : [`${at} is no ${is}`];
  return isValue(value) ? membersFaults(value, OBJECTS[is], `${at}.`) : [`${at} is no object`];
}

function isPlain(is: ValueType): is is keyof typeof PLAIN {
  return is in PLAIN;
}

/** An id is one of the enum, and the words beside it are those of the enum; for 99 they say what it is. */
function enumFaults(value: Value, name: string, ids: Enum, at: string): string[] {
  const id = value[name];
  const sibling = SIBLINGS[name] ?? '';
  const caption = value[sibling];
  if (id === undefined) return caption === undefined ? [] : [`${at}${sibling} stands without ${name}`];
  const expected = typeof id === 'number' ? ids[id] : undefined;
  if (expected === undefined) return [`${at}${name} is not in the enum`];
  if (id === 99) return typeof caption === 'string' && caption !== '' ? [] : [`${at}${sibling} is missing for Other`];
  return caption === undefined || caption === expected ? [] : [`${at}${sibling} is not ${expected}`];
}
