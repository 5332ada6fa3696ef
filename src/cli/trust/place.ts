/** Where the signed configuration of a home lies. What is edited takes effect only by becoming it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A link to the directory of the configuration in force. */
export function activeFolder(home: string): string {
  return join(home, 'keys', 'active');
}

/** The name of the file, in that directory, that holds the signatures. */
export const ACTIVATION = 'activation.json';

/** The file of the signatures, whether or not there is one. */
export function activationFile(home: string): string {
  return join(activeFolder(home), ACTIVATION);
}

/** The signatures, as they were written; null in a home whose configuration nobody has to sign. */
export function activationText(home: string): string | null {
  try {
    return readFileSync(activationFile(home), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The configuration in force, or null. A file that names none is one that does not exist. */
export function activeConfigFile(home: string): string | null {
  const text = activationText(home);
  if (text === null) return null;
  const name = /"file":"([A-Za-z0-9][A-Za-z0-9._-]{0,99})"/.exec(text)?.[1];
  return join(activeFolder(home), name ?? 'damaged.json');
}
