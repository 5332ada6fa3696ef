/** The files that docs/siem ships. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SIEM = fileURLToPath(new URL('../../../docs/siem/', import.meta.url));

/** The text of one of them. */
export function shipped(name: string): string {
  return readFileSync(`${SIEM}${name}`, 'utf8');
}
