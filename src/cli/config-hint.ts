/**
 * A note beside the configuration: which file was last found without fault, which grants it declares, and whether it
 * keeps the state in SQLite. It lets the gateway answer `initialize` before the validators are loaded. Nothing is decided
 * by it: the configuration itself is read and checked, against what was taken from here too, before any other request is
 * answered.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findConfig, type Whereabouts } from '../config/find.ts';
import type { LoadedConfig } from '../config/types.ts';
import type { GrantName } from '../core/ids.ts';
import { VERSION } from './version.ts';

const FILE = 'config.seen.json';

/** True if this very file was found good and declares the grant. False also when it cannot be told. */
export function declaredBefore(whereabouts: Whereabouts, grant: GrantName): boolean {
  const grants = seenOf(whereabouts)?.['grants'];
  return Array.isArray(grants) && grants.includes(grant);
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
    const seen = JSON.stringify({ digest, state, grants: [...config.grants.keys()] });
    if (seen === readSeen(home)) return;
    writeFileSync(draft, seen, { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(home, FILE));
  } catch {
    // The disk is full, or the home is not ours to write; the next start reads the configuration first.
  }
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
