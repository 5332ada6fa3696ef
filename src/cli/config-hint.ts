/**
 * A note beside the configuration: which file was last found without fault, and which grants it declares. It lets the
 * gateway answer `initialize` before the validators are loaded. Nothing is decided by it: the configuration itself is
 * read and checked before any other request is answered.
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
  try {
    const seen: unknown = JSON.parse(readFileSync(join(whereabouts.home, FILE), 'utf8'));
    if (typeof seen !== 'object' || seen === null || !('digest' in seen) || !('grants' in seen)) return false;
    return (
      seen.digest === digestOf(findConfig(whereabouts)) && Array.isArray(seen.grants) && seen.grants.includes(grant)
    );
  } catch {
    return false;
  }
}

/** Notes a configuration that was loaded. What cannot be noted only costs the next start some time. */
export function note(home: string, config: LoadedConfig): void {
  const draft = join(home, `.${FILE}.${randomUUID()}`);
  try {
    const seen = JSON.stringify({ digest: digestOf(config.file), grants: [...config.grants.keys()] });
    if (seen === readSeen(home)) return;
    writeFileSync(draft, seen, { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(home, FILE));
  } catch {
    // The file may have changed under us, or the disk is full; the next start reads the configuration first.
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
