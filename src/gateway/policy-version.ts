/** A policy as records name it. */
import type { PolicyVersion } from '../audit/events.ts';
import type { LoadedPolicy } from '../core/policy.ts';

export function policyVersion(loaded: LoadedPolicy): PolicyVersion {
  if (loaded.state === 'broken') return { name: loaded.name, hash: null };
  return { name: loaded.policy.name, hash: loaded.policy.hash };
}
