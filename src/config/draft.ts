/** A configuration out of a text that no file holds yet, for whoever is about to write it. */
import { buildDraft } from './build.ts';
import { invalidConfig } from './error.ts';
import type { Fault } from './fault.ts';
import { readSource } from './read-source.ts';
import type { LoadedConfig } from './types.ts';

export interface ReadDraft extends Pick<LoadedConfig, 'upstreams' | 'trustRoot'> {
  readonly faults: readonly Fault[];
}

/** Reads `text` as `file` would be read, without its policies. Throws `ConfigError` for faults, unless they are the answer. */
export function readDraft(file: string, text: string, faults: 'throw' | 'answer' = 'throw'): ReadDraft {
  const built = buildDraft(readSource(file, text));
  if (built.ok) return { ...built.draft.config, faults: [] };
  if (faults === 'throw') throw invalidConfig(file, built.faults);
  return { upstreams: new Map(), trustRoot: null, faults: built.faults };
}
