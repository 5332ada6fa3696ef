/** Who is told what can be done: the client what its grant carries, a server what the client can do for it. */
import type { Capability, UpstreamConfig } from '../config/types.ts';
import type { Guidance } from './parts.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';

type Granted = ReadonlySet<Capability>;

/**
 * What the gateway declares: what the grant carries and a server declared when it was accepted. No server is up yet when
 * the client is answered. Where that was not kept (null) it is what the grant carries: a client never asks for what was not
 * declared, while a list of nothing is a true answer. Tasks and extensions are not served, so they are not declared.
 */
export function declaredFor(
  granted: Granted,
  remembered: ReadonlySet<string> | null,
): Readonly<Record<string, unknown>> {
  const has = (what: string): boolean => remembered === null || remembered.has(what);
  const follows = has('resources.subscribe') ? { subscribe: true } : {};
  return {
    ...(granted.has('tools') ? { tools: { listChanged: true } } : {}),
    ...(granted.has('resources') && has('resources') ? { resources: { ...follows, listChanged: true } } : {}),
    ...(granted.has('prompts') && has('prompts') ? { prompts: { listChanged: true } } : {}),
    ...(granted.has('completion') && has('completions') ? { completions: {} } : {}),
    ...(granted.has('logging') && has('logging') ? { logging: {} } : {}),
  };
}

/** MCP Apps: a server that may show a page of its own keeps it as a resource. */
const APPS = 'io.modelcontextprotocol/ui';

/**
 * JSON text of the capabilities of the client that a server hears of, each as the client wrote it. Those that the gateway
 * does not know are left out, experimental ones and extensions with them: a server would answer in a way that no policy
 * has a word for.
 */
export function offeredTo({ elicitation }: UpstreamConfig, client: JsonObject, granted: Granted): string {
  const offered = new Map<string, Json>();
  const offer = (name: string, isOffered: boolean): void => {
    const own = client.get(name);
    if (isOffered && isObject(own)) offered.set(name, own);
  };
  offer('roots', granted.has('roots'));
  offer('sampling', granted.has('sampling'));
  offer('elicitation', granted.has('elicitation') && elicitation);
  const extensions = client.get('extensions');
  const apps = isObject(extensions) ? extensions.get(APPS) : undefined;
  if (apps !== undefined && granted.has('resources')) offered.set('extensions', new Map([[APPS, apps]]));
  return stringify(offered);
}

/** Clients cut what is longer. */
const MAX_INSTRUCTIONS = 2_048;

const OWN =
  'These tools stand behind Countersign: each call is checked against a policy before it reaches the payment server. ' +
  'A denial names the rule and what would satisfy it; the same call sent again is denied again.';

/** What the model is told: about the gateway, then about each server as far as there is room. */
export function instructionsFor(guidance: readonly Guidance[]): string {
  let told = OWN;
  for (const { upstream, text } of guidance) {
    const part = `\n\n## ${upstream}\n${text}`;
    const room = MAX_INSTRUCTIONS - told.length;
    if (part.length <= room) told += part;
    else return room > 80 ? `${told}${part.slice(0, room - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : told;
  }
  return told;
}
