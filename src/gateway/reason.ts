/**
 * The added reason. Where a rule asks for a reason and the tool has no argument for one, the gateway adds `reason` to
 * the listed schema, takes it out before forwarding, and decides on it. It is the only change made to a schema.
 */
import type { ToolClassifier } from '../catalogue/index.ts';
import {
  type Condition,
  type Fact,
  isArray,
  isBlank,
  isObject,
  type Json,
  JsonNumber,
  type JsonObject,
  type LoadedPolicy,
  type Rule,
  selects,
  type ToolName,
} from '../core/index.ts';

/** How the listed schema asks for it. */
export type ReasonNeed = 'required' | 'optional';

const NAME = 'reason';
const MAX_CHARACTERS = 500;

/** Whether a reason is added to a tool: a rule about it mentions one, and it has no argument of that kind or name. */
export function reasonNeed(
  tool: ToolName,
  classifier: ToolClassifier,
  inputSchema: Json,
  policies: readonly LoadedPolicy[],
): ReasonNeed | null {
  const known = classifier.possible.filter(({ kind }) => kind !== 'unclassified');
  if (known.length === 0 || classifier.hasReason || declares(inputSchema)) return null;
  const rules = policies.flatMap((loaded) => (loaded.state === 'loaded' ? loaded.policy.rules : []));
  const asking = rules.filter(
    (rule) =>
      mentionsReason(rule) &&
      rule.selectors.some((selector) =>
        known.some((classification) => selects(selector, { tool, classification }, rule.effect)),
      ),
  );
  if (asking.length === 0) return null;
  return asking.some(({ effect }) => effect === 'require') ? 'required' : 'optional';
}

function declares(inputSchema: Json): boolean {
  const properties = isObject(inputSchema) ? inputSchema.get('properties') : undefined;
  return isObject(properties) && properties.has(NAME);
}

function mentionsReason(rule: Rule): boolean {
  if (rule.effect === 'limit' && rule.limit.key.some(({ fact }) => fact === NAME)) return true;
  return rule.effect !== 'hide' && rule.when !== undefined && conditionMentions(rule.when);
}

function conditionMentions(condition: Condition): boolean {
  switch (condition.is) {
    case 'all':
    case 'any':
      return condition.of.some(conditionMentions);
    case 'not':
      return conditionMentions(condition.of);
    case 'test':
      return condition.fact.fact === NAME;
  }
}

/** The listed schema with the added property. */
export function withReason(inputSchema: JsonObject, need: ReasonNeed): JsonObject {
  const properties = inputSchema.get('properties');
  const required = inputSchema.get('required');
  const schema = new Map(inputSchema);
  schema.set('properties', new Map([...(isObject(properties) ? properties : []), [NAME, PROPERTY]]));
  if (need === 'required') schema.set('required', [...(isArray(required) ? required : []), NAME]);
  return schema;
}

const PROPERTY: Json = new Map<string, Json>([
  ['type', 'string'],
  ['maxLength', new JsonNumber(String(MAX_CHARACTERS))],
  [
    'description',
    'Why this call is made, in a sentence for the person who answers for it. Not sent to the payment server.',
  ],
]);

/** The arguments without the added reason, and what it says. */
export interface Taken {
  readonly args: JsonObject;
  readonly reason: Fact<Json>;
  /** A sentence about a reason that is none, or null. */
  readonly fault: string | null;
}

/** Takes the added reason out of the arguments of a call. */
export function takeReason(args: JsonObject): Taken {
  const given = args.get(NAME);
  const rest = new Map(args);
  rest.delete(NAME);
  const fault = faultOf(given);
  const isGiven = given !== undefined && !isBlank(given) && fault === null;
  return { args: rest, reason: isGiven ? { state: 'known', value: given } : { state: 'absent' }, fault };
}

function faultOf(given: Json | undefined): string | null {
  if (given === undefined || given === null) return null;
  if (typeof given !== 'string') return '`reason` must be string';
  return Array.from(given).length <= MAX_CHARACTERS
    ? null
    : `\`reason\` must have at most ${MAX_CHARACTERS} characters`;
}
