/** The names a client sees. */
import { createHash } from 'node:crypto';
import { type ToolName, toolName, type UpstreamName } from '../core/ids.ts';

/** `mcp__countersign__` and its kin plus this stays below the 64 characters that several clients allow. */
const MAX_EXPOSED = 45;
const HASH_DIGITS = 8;

/**
 * The exposed name of an upstream's tool: prefix and name, only `[A-Za-z0-9_-]`, at most 45 characters. A name that
 * had to change carries a hash of the original, so that it is stable and no two names fall together unnoticed.
 */
export function exposedName(prefix: string, tool: string): string {
  const plain = `${prefix}${tool}`;
  const safe = plain.replace(/[^A-Za-z0-9_-]/g, '_');
  if (safe === plain && plain.length <= MAX_EXPOSED) return plain;
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, HASH_DIGITS);
  return `${safe.slice(0, MAX_EXPOSED - HASH_DIGITS - 1)}_${digest}`;
}

/** The tools of an upstream by the names its server gives them. */
export interface NamedTools {
  readonly name: UpstreamName;
  readonly prefix: string;
  readonly tools: readonly string[];
}

/** Two tools of two upstreams that a client could not tell apart. */
export interface SharedName {
  readonly exposed: string;
  readonly first: ToolName;
  readonly second: ToolName;
}

/** Every exposed name that tools of two upstreams would have. */
export function sharedNames(upstreams: readonly NamedTools[]): readonly SharedName[] {
  const owners = new Map<string, { readonly upstream: UpstreamName; readonly tool: ToolName }>();
  const shared: SharedName[] = [];
  for (const { name: upstream, prefix, tools } of upstreams) {
    for (const one of tools) {
      const exposed = exposedName(prefix, one);
      const tool = toolName(upstream, one);
      const owner = owners.get(exposed);
      if (owner === undefined) owners.set(exposed, { upstream, tool });
      else if (owner.upstream !== upstream) shared.push({ exposed, first: owner.tool, second: tool });
    }
  }
  return shared;
}

/** Can two upstreams with these prefixes share a name at all? */
export function mayShare(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
