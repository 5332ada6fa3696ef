/** From the words of a `tools/call` to the facts a policy decides on. */
import { type ClassifiedCall, unknownArguments } from '../catalogue/index.ts';
import type { CatalogueEntry } from '../core/entry.ts';
import type { CallFacts, Fact } from '../core/facts.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { GrantConfig } from '../config/types.ts';
import { takeReason } from './reason.ts';
import type { Tool } from './tool-list.ts';

/** A `tools/call` whose form is right. Written by the agent. */
export interface ToolCall {
  readonly name: string;
  readonly args: JsonObject;
  /** What the client gave to hear of progress: a string or a number, exactly as it was. */
  readonly progressToken: Json | undefined;
}

const PARAMS = new Set(['name', 'arguments', '_meta']);
const NO_ARGUMENTS: JsonObject = new Map();

/** The call in `params`, or a sentence about its form. */
export function readToolCall(params: Json | undefined): ToolCall | string {
  if (!isObject(params)) return 'params must be an object with a tool name';
  for (const key of params.keys())
    if (!PARAMS.has(key)) return `params has the key \`${key.slice(0, 64)}\` beside name, arguments and _meta`;
  const name = params.get('name');
  const args = params.get('arguments') ?? (params.has('arguments') ? null : NO_ARGUMENTS);
  const meta = params.get('_meta');
  if (typeof name !== 'string') return 'params.name must be a string';
  if (!isObject(args)) return 'params.arguments must be an object';
  if (meta !== undefined && !isObject(meta)) return 'params._meta must be an object';
  return { name, args, progressToken: meta?.get('progressToken') };
}

/** A call to a known tool, read: what is decided on is what will be forwarded. */
export interface ReadCall {
  readonly facts: CallFacts;
  /** What the catalogue says of this use; null for an unclassified call. */
  readonly entry: CatalogueEntry | null;
  /** A sentence about the added reason if it is none, or null. */
  readonly fault: string | null;
}

/** Reads a call. An added reason is taken out of the arguments, unless this use has an argument of its own for one. */
export function readCall(call: ToolCall, tool: Tool, grant: GrantConfig, timeMs: number): ReadCall {
  const taken = tool.reasonNeed === null ? null : takeReason(call.args);
  const read = taken === null ? null : tool.classifier.call(taken.args);
  if (taken === null || read === null) {
    const plain = tool.classifier.call(call.args);
    return { facts: factsOf(plain, call.args, tool, grant, timeMs), entry: plain.entry, fault: null };
  }
  const isAsked = read.classification.kind !== 'unclassified' && !read.hasReason;
  const facts = isAsked ? { ...read.facts, reason: taken.reason } : read.facts;
  return {
    facts: factsOf({ ...read, facts }, taken.args, tool, grant, timeMs),
    entry: read.entry,
    fault: taken.fault,
  };
}

/** The same for arguments without an added reason, which was kept apart: null where none was given. */
export function readKept(
  args: JsonObject,
  reason: string | null,
  tool: Tool,
  grant: GrantConfig,
  timeMs: number,
): Omit<ReadCall, 'fault'> {
  const read = tool.classifier.call(args);
  const isAsked = tool.reasonNeed !== null && read.classification.kind !== 'unclassified' && !read.hasReason;
  const kept: Fact<Json> = reason === null ? { state: 'absent' } : { state: 'known', value: reason };
  const facts = isAsked ? { ...read.facts, reason: kept } : read.facts;
  return { facts: factsOf({ ...read, facts }, args, tool, grant, timeMs), entry: read.entry };
}

function factsOf(read: ClassifiedCall, args: JsonObject, tool: Tool, grant: GrantConfig, timeMs: number): CallFacts {
  const { amount, currency, reason, recipient, reference, quantity } = read.facts;
  return {
    amount,
    currency,
    reason,
    recipient,
    reference,
    quantity,
    classification: read.classification,
    tool: tool.tool,
    upstream: tool.behind.part.config.name,
    args,
    grant: { name: grant.name, labels: grant.labels },
    principal: grant.principal,
    timeMs,
  };
}

/** Can this call move money, as far as anybody knows? */
export function movesMoney({ classification }: CallFacts): boolean {
  return classification.kind === 'unclassified' || classification.direction !== 'none';
}

/**
 * Arguments that the tool's own schema does not name, for calls that may move money: servers drop them silently, so
 * a decoy could satisfy a rule and never reach the payment.
 */
export function strayArguments(call: CallFacts, tool: Tool): readonly string[] {
  return movesMoney(call) ? unknownArguments(tool.inputSchema, call.args) : [];
}

/** The arguments of a call that was kept for approval, with the added reason that was taken out of them. */
export function loggedArguments({ args, reason }: CallFacts, tool: Tool): JsonObject {
  if (tool.reasonNeed === null || reason.state !== 'known' || args.has('reason')) return args;
  return new Map<string, Json>([...args, ['reason', reason.value]]);
}
