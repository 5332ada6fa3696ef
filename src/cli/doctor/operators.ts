/** The people who sign: whether anybody could, and what of their registry is not believed. */
import { NONE_TRUSTED, readRoot } from '../operators/root.ts';
import { counted, failed, type Finding, passed, warned } from './finding.ts';
import type { Site } from './site.ts';

/** Looks at operators, as far as somebody needs them or has registered some. Throws `StateError`. */
export async function examineOperators({ installation, config, store }: Site): Promise<readonly Finding[]> {
  if (installation === null || store === null) return [];
  const asking =
    config === null ? [] : [...config.policies].filter(([, loaded]) => asksPeople(loaded)).map(([name]) => name);
  const root = await readRoot(installation.home);
  if (root === null) {
    const isForeign = (await store.operators.list()).length > 0;
    if (isForeign)
      return [
        failed('operators', `${NONE_TRUSTED.message}: nothing can be approved or changed from here`, NONE_TRUSTED.next),
      ];
    if (asking.length === 0) return [];
    const message = `${asking.map((name) => `\`${name}\``).join(', ')} asks people to sign, and nobody is registered: such calls are denied`;
    return [warned('operators', message, 'countersign operator add NAME --person "…" --role admin --role approver')];
  }
  const registry = await installation.registry();
  const active = registry.all().filter(({ state }) => state === 'active');
  const faults = registry.faults.map(({ message, entry }) =>
    warned(
      'operators.registry',
      `${entry === null ? 'the registry of operators' : `record ${entry + 1} of the registry of operators`} is not believed: ${message}`,
      'countersign operator list',
    ),
  );
  const nobody = accountable((identity) => registry.personsOf(identity), config, asking);
  return [
    active.length === 0
      ? failed('operators', 'no operator is active, so nothing can be approved', 'countersign operator list')
      : passed('operators', `${counted(active.length, 'operator')} vouched for by ${root}`),
    ...faults,
    ...nobody,
  ];
}

function asksPeople(loaded: NonNullable<ReturnType<NonNullable<Site['config']>['policies']['get']>>): boolean {
  if (loaded.state !== 'loaded') return false;
  return loaded.policy.rules.some(
    (rule) =>
      rule.effect === 'approve' ||
      (rule.effect === 'limit' && (rule.limit.exceed === 'approve' || rule.limit.unknown === 'approve')),
  );
}

/** Grants whose calls need a signature, and whose own person nobody could keep from giving it. */
function accountable(
  personsOf: (identity: string) => readonly string[],
  config: Site['config'],
  asking: readonly string[],
): readonly Finding[] {
  if (config === null) return [];
  const grants = [...config.grants.values()].filter(({ policies }) => policies.some((name) => asking.includes(name)));
  return grants
    .filter(({ owner, principal }) => owner === null && personsOf(principal).length === 0)
    .map(({ name, principal }) =>
      warned(
        'operators.accountable',
        `no operator goes by \`${principal}\`, the principal of grant \`${name}\`, so its calls that need a signature are denied`,
        `name its \`owner\` in the configuration, or countersign operator add NAME --identity ${principal}`,
      ),
    );
}
