/** Processes of a scene, found by what stands in their arguments. */
import { readdirSync, readFileSync } from 'node:fs';
import { BANK } from './scene.ts';

/** The banks of a room that run. A zombie has no arguments any more. */
export function serversIn(room: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const words = argumentsOf(name);
    return words.includes(BANK) && words.includes(room) ? [Number(name)] : [];
  });
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
