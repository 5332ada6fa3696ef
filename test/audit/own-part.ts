/** The shipped schema of our own part, as a validator of other people's make would use it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';

interface Definition {
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Definition & { readonly $ref?: string; readonly const?: string }>>;
}

export interface OwnPartSchema {
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly $defs: Readonly<Record<string, Definition>>;
}

export const SHIPPED = JSON.parse(
  readFileSync(new URL('../../schema/audit-record.schema.json', import.meta.url), 'utf8'),
) as OwnPartSchema;

/** The kinds that the shipped schema knows. */
export const SCHEMA_KINDS = SHIPPED.oneOf.map(({ $ref }) => $ref.replace('#/$defs/', ''));

const ajv = new Ajv2020({
  allErrors: true,
  formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
});
const byKind = new Map(
  SCHEMA_KINDS.map((kind) => [kind, ajv.compile({ $ref: `#/$defs/${kind}`, $defs: SHIPPED.$defs })]),
);
const validate = ajv.compile(SHIPPED);

/** What is wrong with our own part of a record; empty when nothing is. */
export function ownPartFaults(part: Readonly<Record<string, unknown>>): string[] {
  const ofKind = byKind.get(String(part['kind']));
  if (ofKind === undefined) return ['the kind is unknown'];
  if (!ofKind(part))
    return (ofKind.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  return validate(part) ? [] : ['it fits its own kind, and not the whole'];
}
