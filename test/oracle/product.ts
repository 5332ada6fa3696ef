/** The product behind the same door as the oracle. */
import { readPolicy } from '../../src/config/policy.ts';
import { readSource } from '../../src/config/read-source.ts';
import { decide, visible } from '../../src/core/decide.ts';
import type { Source } from '../../src/core/decision.ts';
import { extractFacts, unknownFacts } from '../../src/core/extract.ts';
import type { CallFacts, Classification } from '../../src/core/facts.ts';
import { brandAs, splitToolName } from '../../src/core/ids.ts';
import type { ToolName } from '../../src/core/ids.ts';
import { JsonNumber } from '../../src/core/json.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { directionOf, isKind } from '../../src/core/kinds.ts';
import type { LoadedPolicy } from '../../src/core/policy.ts';
import type { CatalogueEntry } from '../../src/core/entry.ts';
import type { OracleCall, OracleEntry } from './entry.ts';
import type { J } from './json.ts';
import type { Answer } from './oracle.ts';

/** Loads a document as the product does. */
export async function load(name: string, document: string): Promise<LoadedPolicy> {
  const result = await readPolicy(brandAs(name), readSource(`${name}.json`, document));
  if (result.ok) return { state: 'loaded', policy: result.policy };
  return { state: 'broken', name: brandAs(name), why: result.faults.map(({ message }) => message).join('; ') };
}

/** What the product answers to a call. */
export function answerOf(facts: CallFacts, policies: readonly LoadedPolicy[]): Answer {
  const decision = decide(facts, policies);
  if (decision.outcome === 'deny')
    return { decision: 'deny', rule: nameOf(decision.source), code: decision.code, obligations: [] };
  const obligations = decision.obligations.map(({ type, source }) => `${type} ${nameOf(source)}`);
  return { decision: 'allow', rule: nameOf(decision.source), code: '', obligations };
}

/** Whether the product lists a tool that may be any of `kinds`; null for unclassified. */
export function isListed(tool: string, kinds: readonly (string | null)[], policies: readonly LoadedPolicy[]): boolean {
  return visible(brandAs(tool), kinds.map(classification), policies);
}

function nameOf({ rule, pointer, policy }: Source): string {
  return pointer === '' || policy === null ? rule : `${policy}/${rule}`;
}

function classification(kind: string | null): Classification {
  if (kind === null || !isKind(kind)) return { kind: 'unclassified', why: 'no entry names this tool' };
  return { kind, direction: directionOf(kind) };
}

/** The facts of a call as the product derives them. `written` is the call's arguments, read. */
export function factsOf(call: OracleCall, written: J): CallFacts {
  const args = objectOf(written);
  const tool: ToolName = brandAs(call.tool);
  const reading = { exponents: new Map(Object.entries(call.decimals)), assumeCurrency: call.assumeCurrency };
  const money =
    call.known === null
      ? unknownFacts('no entry names this tool')
      : extractFacts(entryOf(call.known.entry), args, reading);
  return {
    ...money,
    tool,
    upstream: splitToolName(tool).upstream,
    classification: classification(call.known?.entry.kind ?? null),
    args,
    grant: { name: brandAs('g'), labels: new Map(Object.entries(call.labels)) },
    principal: call.principal,
    timeMs: call.timeMs,
  };
}

/** The same data under the product's type. */
function entryOf(entry: OracleEntry): CatalogueEntry {
  return entry as CatalogueEntry;
}

function objectOf(value: J): JsonObject {
  const json = jsonOf(value);
  if (!(json instanceof Map)) throw new TypeError('arguments are an object');
  return json;
}

function jsonOf(value: J): Json {
  switch (value.t) {
    case 'null':
      return null;
    case 'num':
      return new JsonNumber(value.v);
    case 'arr':
      return value.v.map(jsonOf);
    case 'obj':
      return new Map(value.v.map(([key, held]) => [key, jsonOf(held)]));
    case 'bool':
    case 'str':
      return value.v;
  }
}
