/** Finding and loading the configuration and its policies. */
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import type { PolicyName } from '../core/ids.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import { buildDraft, buildState } from './build.ts';
import type { PolicyPlace } from './build.ts';
import { ConfigError, invalidConfig } from './error.ts';
import { readConfigText } from './explorer.ts';
import type { Fault } from './fault.ts';
import { faultLine } from './fault.ts';
import { findConfig } from './find.ts';
import type { Whereabouts } from './find.ts';
import { partsOf } from './parts.ts';
import { readPolicyText } from './policy-file.ts';
import { readPolicy } from './policy.ts';
import { loadSource } from './source.ts';
import type { Source } from './source.ts';
import type { LoadedConfig, StateConfig } from './types.ts';

/**
 * Loads the configuration. Throws `ConfigError`, whose message lists every fault. A policy that cannot be used fails
 * nothing: it stays in the map as `broken`, which denies the calls of its grants, and `policyFaults` says why.
 */
export async function loadConfig(whereabouts: Whereabouts): Promise<LoadedConfig> {
  const file = findConfig(whereabouts);
  const source = await loadSource(file, await readConfigText(file));
  const built = buildDraft(source);
  if (!built.ok) throw invalidConfig(file, built.faults);
  const { config, policies: places } = built.draft;
  const policies = new Map<PolicyName, LoadedPolicy>();
  const files = [file];
  const brokenPolicies = new Map<PolicyName, readonly Fault[]>();
  for (const [name, place] of places) {
    const { loaded, faults } = await loadPolicy(name, place, source);
    policies.set(name, loaded);
    if (place.is === 'file') files.push(resolve(dirname(file), place.path));
    if (loaded.state === 'broken') brokenPolicies.set(name, faults);
  }
  const parts = partsOf(source.value, policies);
  return { ...config, parts, files, policies, brokenPolicies, policyFaults: [...brokenPolicies.values()].flat() };
}

/** Where the state is kept, read from the configuration whatever else is wrong with it. Throws `ConfigError`. */
export async function loadState(whereabouts: Whereabouts): Promise<StateConfig> {
  const file = findConfig(whereabouts);
  const built = buildState(await loadSource(file, await readConfigText(file)));
  if (!built.ok) throw invalidConfig(file, built.faults);
  return built.state;
}

interface Attempt {
  readonly loaded: LoadedPolicy;
  readonly faults: readonly Fault[];
}

async function loadPolicy(name: PolicyName, place: PolicyPlace, config: Source): Promise<Attempt> {
  if (place.is === 'inline') return attempt(name, place.source);
  const read = await readPolicyText(dirname(config.file), place.path);
  if (read.ok) return attempt(name, await loadSource(read.file, read.text));
  const faultOf = (why: string): Fault => config.fault('policy_unreadable', ['policies', name], why);
  const shown = isAbsolute(place.path) ? read.why.replaceAll(place.path, basename(place.path)) : read.why;
  return broken(name, [faultOf(read.why)], faultOf(shown));
}

async function attempt(name: PolicyName, source: Source): Promise<Attempt> {
  const read = await readPolicy(name, source);
  return read.ok ? { loaded: { state: 'loaded', policy: read.policy }, faults: [] } : broken(name, read.faults);
}

/** `why` reaches agents, who learn the name of the file and not where on this machine it lies. */
function broken(name: PolicyName, faults: readonly Fault[], shown = faults[0]): Attempt {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const why =
    shown === undefined ? 'it could not be read' : `${faultLine({ ...shown, file: basename(shown.file) })}${more}`;
  return { loaded: { state: 'broken', name, why }, faults };
}

/** Loads one policy document by itself, for people who check a file. Throws `ConfigError` if there is no such file. */
export async function loadPolicyFile(name: PolicyName, path: string): Promise<Attempt> {
  const read = await readPolicyText(dirname(path), path);
  if (!read.ok) throw new ConfigError('unreadable', read.why);
  return attempt(name, await loadSource(read.file, read.text));
}
