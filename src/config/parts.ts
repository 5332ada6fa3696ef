/** What operators sign of a configuration, in two parts. What is only for editors of the file is in neither. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical.ts';
import { fromPlain } from '../core/json.ts';
import type { PolicyName } from '../core/ids.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import type { ConfigParts } from './types.ts';

type Members = Readonly<Record<string, unknown>>;

/** Members of the document that are signed otherwise, or not at all. */
const APART: ReadonlySet<string> = new Set(['$schema', 'policies', 'grants']);

/** Members of a grant that say which policies it has. */
const ATTACHING: ReadonlySet<string> = new Set(['policies', 'shadow']);

/** The parts of a document that was found without fault. */
export function partsOf(document: unknown, policies: ReadonlyMap<PolicyName, LoadedPolicy>): ConfigParts {
  const members = membersOf(document);
  const rest = Object.fromEntries(Object.entries(members).filter(([key]) => !APART.has(key)));
  const each = Object.entries(membersOf(members['grants']));
  const split = (isAttaching: boolean): Members =>
    Object.fromEntries(
      each.map(([name, grant]) => [
        name,
        Object.fromEntries(Object.entries(membersOf(grant)).filter(([key]) => ATTACHING.has(key) === isAttaching)),
      ]),
    );
  // A policy that does not load has no hash, and cannot be signed.
  const hashes = [...policies].map(([name, one]) => [name, one.state === 'loaded' ? one.policy.hash : null]);
  return {
    policy: hashOf({ policies: Object.fromEntries(hashes), grants: split(true) }),
    admin: hashOf({ ...rest, grants: split(false) }),
  };
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function hashOf(value: Members): string {
  return createHash('sha256')
    .update(canonicalJson(fromPlain(value)))
    .digest('hex');
}
