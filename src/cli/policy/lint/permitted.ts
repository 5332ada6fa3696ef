/** Which money tools a policy permits in a view, and by which of its rules. */
import type { Classification } from '../../../core/facts.ts';
import type { Rule } from '../../../core/policy.ts';
import type { KnownTool } from '../known-tools.ts';
import { isAbout, type LintInput, type View } from './input.ts';

type Known = Exclude<Classification, { kind: 'unclassified' }>;

/** One thing that a permitted tool may turn out to do. */
export interface Permitted {
  readonly tool: KnownTool;
  readonly does: Known;
  /** The `allow` rules of the policy that is linted; none if its default permits. */
  readonly allows: readonly (Rule & { readonly effect: 'allow' })[];
  readonly view: View;
}

/** What moves money, is permitted by this policy, and is denied by none without a condition. */
export function permittedMoney(input: LintInput): readonly Permitted[] {
  return input.views.flatMap((view) =>
    view.books.flatMap(({ tools }) => tools.flatMap((tool) => permittedUses(input, view, tool))),
  );
}

function permittedUses({ policy }: LintInput, view: View, tool: KnownTool): readonly Permitted[] {
  return tool.classifier.possible.flatMap((does) => {
    if (does.kind === 'unclassified' || does.direction === 'none') return [];
    const rules = view.policies.flatMap((one) => one.rules);
    if (rules.some((rule) => forbids(rule) && isAbout(rule, tool, does))) return [];
    const allows = policy.rules.filter((rule) => rule.effect === 'allow').filter((rule) => isAbout(rule, tool, does));
    const byDefault = view.policies.every((one) => one.default === 'allow');
    return allows.length > 0 || byDefault ? [{ tool, does, allows, view }] : [];
  });
}

function forbids(rule: Rule): boolean {
  return rule.effect === 'hide' || (rule.effect === 'deny' && rule.when === undefined);
}

/** The rules of every policy of the view that are about this use. */
export function rulesAbout({ tool, does, view }: Permitted): readonly Rule[] {
  return view.policies.flatMap(({ rules }) => rules.filter((rule) => isAbout(rule, tool, does)));
}

/** Where something permitted is reported: the rule that permits it, or the default. */
export function permitPath(allow: Rule | undefined): readonly (string | number)[] {
  return allow === undefined ? ['default'] : ['rules', Number(allow.pointer.slice('/rules/'.length)), 'id'];
}

/** Gathers uses by the first rule that permits them. */
export function byAllow(uses: readonly Permitted[]): ReadonlyMap<Rule | undefined, readonly Permitted[]> {
  const groups = new Map<Rule | undefined, Permitted[]>();
  for (const use of uses) {
    const [allow] = use.allows;
    groups.set(allow, [...(groups.get(allow) ?? []), use]);
  }
  return groups;
}

/** `for grant …`, where a configuration says who is meant. */
export function forGrants(uses: readonly Permitted[]): string {
  const grants = new Set(uses.flatMap(({ view: { grant } }) => (grant === null ? [] : [`\`${grant}\``])));
  return grants.size === 0 ? '' : ` for grant ${[...grants].join(', ')}`;
}
