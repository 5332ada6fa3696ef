/** What the log says of a call's arguments: names of the accepted schema, types, lengths and keyed hashes, no values. */
import { type ArgumentDigests, valueText } from '../audit/digests.ts';
import type { ArgumentShape } from '../audit/events.ts';
import { lengthClass } from '../audit/lengths.ts';
import { UNKNOWN } from '../audit/text.ts';
import { type ArgumentNames, argumentNames } from '../catalogue/index.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** More fit no line, and an agent could send a million. */
const MOST_ARGUMENTS = 64;

/** The described arguments, and how many there were beyond those. */
export interface Described {
  readonly args: readonly ArgumentShape[];
  readonly argsMore: number;
}

/** A tool as the log names it. */
export interface LoggedTool {
  /** Its canonical name, or null where that is somebody's own words. */
  readonly tool: string | null;
  /** The schema that was accepted, or null: then nothing is named. */
  readonly schema: Json;
}

/** Throws `AuditError` where there is no key to hash with. */
export function describeArguments(args: JsonObject, { tool, schema }: LoggedTool, digests: ArgumentDigests): Described {
  const names = argumentNames(schema);
  const first = [...args.entries()].slice(0, MOST_ARGUMENTS);
  return {
    args: first.map(([key, value]) => shapeOf(key, value, names, { tool: tool ?? UNKNOWN, digests })),
    argsMore: args.size - first.length,
  };
}

interface Hashing {
  readonly tool: string;
  readonly digests: ArgumentDigests;
}

function shapeOf(key: string, value: Json, names: ArgumentNames, { tool, digests }: Hashing): ArgumentShape {
  const named = names.find(key);
  const name = named === undefined ? null : key;
  const text = valueText(value);
  const { type } = text;
  const length = lengthClass(value, text.text);
  // A hash of one of a few values that everybody knows hides nothing.
  const isListed = named?.values?.has(text.text) === true;
  if (value === null || typeof value === 'boolean' || isListed) return { name, type, length };
  return { name, type, length, hmac: digests.of({ tool, argument: name ?? UNKNOWN, value: text }) };
}
