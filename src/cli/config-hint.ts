/**
 * A note beside the configuration: which file was last found without fault, which grants it declares with what, and
 * whether it keeps the state in SQLite. It lets the gateway answer `initialize` before the validators are loaded. Nothing is decided
 * by it: the configuration itself is read and checked, against what was taken from here too, before any other request is
 * answered.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findConfig, type Whereabouts } from '../config/find.ts';
import type { Capability, GrantConfig, LoadedConfig } from '../config/types.ts';
import { brandAs, type GrantName, type UpstreamName } from '../core/ids.ts';
import type { Declared } from '../gateway/index.ts';
import { VERSION } from './version.ts';

const FILE = 'config.seen.json';

/** What the configuration says of a grant, and whose declarations belong to it. */
export interface Noted extends Omit<Declared, 'remembered'> {
  readonly upstreams: readonly UpstreamName[];
}

/** What this very file says of the grant, if it was found good and declares it. Null also when it cannot be told. */
export function declaredBefore(whereabouts: Whereabouts, grant: GrantName): Noted | null {
  const grants = seenOf(whereabouts)?.['grants'];
  if (typeof grants !== 'object' || grants === null || !Object.hasOwn(grants, grant)) return null;
  const seen: unknown = Object.entries(grants).find(([name]) => name === grant)?.[1];
  if (typeof seen !== 'object' || seen === null || !('capabilities' in seen) || !('guidance' in seen)) return null;
  const { capabilities, guidance } = seen;
  const upstreams: unknown = 'upstreams' in seen ? seen.upstreams : null;
  if (!Array.isArray(capabilities) || !Array.isArray(guidance) || !Array.isArray(upstreams)) return null;
  return {
    capabilities: new Set(capabilities.filter(isCapability)),
    guidance: guidance.filter(isGuidance),
    upstreams: upstreams.filter((name) => typeof name === 'string').map((name) => brandAs<UpstreamName>(name)),
  };
}

/** What `initialize` is answered from, of a grant. */
export function declaredIn({ upstreams }: LoadedConfig, grant: GrantConfig): Noted {
  const guidance = grant.upstreams.flatMap((name) => {
    const text = upstreams.get(name)?.instructions ?? null;
    return text === null ? [] : [{ upstream: name, text }];
  });
  return { capabilities: grant.capabilities, guidance, upstreams: grant.upstreams };
}

const CAPABILITIES: ReadonlySet<unknown> = new Set<Capability>([
  ...(['tools', 'resources', 'prompts', 'completion', 'logging', 'roots', 'sampling', 'elicitation'] as const),
]);

function isCapability(value: unknown): value is Capability {
  return CAPABILITIES.has(value);
}

function isGuidance(value: unknown): value is Declared['guidance'][number] {
  if (typeof value !== 'object' || value === null || !('upstream' in value) || !('text' in value)) return false;
  return typeof value.upstream === 'string' && typeof value.text === 'string';
}

/** True if this very file was found good and keeps the state in SQLite. False also when it cannot be told. */
export function isSqliteBefore(whereabouts: Whereabouts): boolean {
  return seenOf(whereabouts)?.['state'] === 'sqlite';
}

/** What was noted of the configuration as it is now. */
function seenOf(whereabouts: Whereabouts): Readonly<Record<string, unknown>> | undefined {
  try {
    const seen: unknown = JSON.parse(readSeen(whereabouts.home) ?? '');
    if (typeof seen !== 'object' || seen === null || !('digest' in seen)) return undefined;
    return seen.digest === digestOf(findConfig(whereabouts)) ? { ...seen } : undefined;
  } catch {
    return undefined;
  }
}

/** Which text a configuration has at this instant; null if there is none that could be loaded. */
export function digestNow(whereabouts: Whereabouts): string | null {
  try {
    return digestOf(findConfig(whereabouts));
  } catch {
    return null;
  }
}

/**
 * Notes a configuration that was loaded while its text was the one of `digest`. What cannot be noted only costs the next
 * start some time.
 */
export function note(whereabouts: Whereabouts, config: LoadedConfig, digest: string | null): void {
  const { home } = whereabouts;
  const draft = join(home, `.${FILE}.${randomUUID()}`);
  // Under another digest the note would say of one text what holds for another.
  if (digest === null || digest !== digestNow(whereabouts)) return;
  try {
    const state = config.state.is === 'sqlite' ? 'sqlite' : 'shared';
    const seen = JSON.stringify({ digest, state, grants: grantsOf(config) });
    if (seen === readSeen(home)) return;
    writeFileSync(draft, seen, { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(home, FILE));
  } catch {
    // The disk is full, or the home is not ours to write; the next start reads the configuration first.
  }
}

function grantsOf(config: LoadedConfig): Readonly<Record<string, unknown>> {
  const grants = [...config.grants].map(([name, grant]) => {
    const { capabilities, guidance, upstreams } = declaredIn(config, grant);
    return [name, { capabilities: [...capabilities], guidance, upstreams }];
  });
  return Object.fromEntries(grants) as Readonly<Record<string, unknown>>;
}

function readSeen(home: string): string | null {
  try {
    return readFileSync(join(home, FILE), 'utf8');
  } catch {
    return null;
  }
}

function digestOf(file: string): string {
  return createHash('sha256').update(`${VERSION}\0${file}\0`).update(readFileSync(file)).digest('hex');
}
