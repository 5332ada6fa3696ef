/** From a grant as written to the one the product takes. */
import { brandAs } from '../core/ids.ts';
import type { GrantDoc } from './config-schema.ts';
import type { FaultList } from './scope.ts';
import { show } from './tree.ts';
import type { GrantConfig } from './types.ts';
import { EXPIRY_WORDS, parseExpiryMs } from './units.ts';

/** The names that a grant can refer to. */
export interface Declared {
  readonly policies: ReadonlySet<string>;
  readonly upstreams: ReadonlySet<string>;
}

/** Reads the grant `name`. Faults go to `list`. */
export function readGrant(name: string, doc: GrantDoc, declared: Declared, list: FaultList): GrantConfig {
  checkNames(name, 'policies', doc.policies, declared.policies, list);
  checkNames(name, 'upstreams', doc.upstreams, declared.upstreams, list);
  checkNames(name, 'shadow', doc.shadow, declared.policies, list);
  return {
    name: brandAs(name),
    principal: doc.principal,
    owner: doc.owner ?? null,
    policies: (doc.policies ?? []).map((policy) => brandAs(policy)),
    upstreams: doc.upstreams.map((upstream) => brandAs(upstream)),
    capabilities: new Set(doc.capabilities ?? ['tools']),
    expiresMs: doc.expires === undefined ? null : readExpiry(name, doc.expires, list),
    labels: new Map(Object.entries(doc.labels ?? {})),
    shadow: (doc.shadow ?? []).map((policy) => brandAs(policy)),
  };
}

function checkNames(
  grant: string,
  key: 'policies' | 'upstreams' | 'shadow',
  names: readonly string[] = [],
  declared: ReadonlySet<string>,
  list: FaultList,
): void {
  const section = key === 'upstreams' ? 'upstreams' : 'policies';
  names.forEach((name, index) => {
    const path = ['grants', grant, key, index];
    if (!declared.has(name)) list.refuse('dangling_name', path, `there is no ${show(name)} in \`${section}\``);
    // A policy named twice would reserve its limits twice.
    if (names.indexOf(name) < index) list.refuse('duplicate_name', path, `${show(name)} is named twice`);
  });
}

/** A date that cannot be read ends the grant at once; the fault keeps the configuration from being used anyway. */
function readExpiry(grant: string, text: string, list: FaultList): number {
  const expiresMs = parseExpiryMs(text);
  if (expiresMs !== undefined) return expiresMs;
  list.refuse('wrong_value', ['grants', grant, 'expires'], `expected ${EXPIRY_WORDS}`);
  return 0;
}
