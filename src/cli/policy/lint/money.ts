/** Money that nothing holds back. */
import type { FactRef, Limit, Rule } from '../../../core/policy.ts';
import { boundsAmount, whenOf } from './conditions.ts';
import { type Finding, finding, isAbout, type LintInput, named, pathOf } from './input.ts';
import { byAllow, forGrants, type Permitted, permitPath, permittedMoney, rulesAbout } from './permitted.ts';

/** Money tools that are allowed with neither a cap, nor a signature, nor a bound on the amount. */
export function unboundedMoney(input: LintInput): readonly Finding[] {
  const unbounded = permittedMoney(input).filter((use) => !isBounded(use));
  return [...byAllow(unbounded)].map(([allow, uses]) => {
    const by = allow === undefined ? '`default`' : `rule \`${allow.id}\``;
    const message = `${by} allows ${toolWords(uses)} without a bound${forGrants(uses)}: no \`limit\` on the amount, no \`approve\`, and no \`deny\` or \`require\` about \`amount\``;
    return finding(input, 'money_without_bound', permitPath(allow), message);
  });
}

function toolWords(uses: readonly Permitted[]): string {
  const kinds = new Set(uses.map(({ does }) => does.kind));
  return `${named(kinds)} (${named(new Set(uses.map(({ tool }) => tool.tool)))})`;
}

function isBounded(use: Permitted): boolean {
  if (use.allows.length > 0 && use.allows.every((allow) => boundsAmount(allow.when))) return true;
  const countable = use.tool.entries.some(({ kind, amounts = [] }) => kind === use.does.kind && amounts.length > 0);
  return rulesAbout(use).some((rule) => bounds(rule, countable));
}

/** Where the arguments carry no amount, a cap on the number of calls is all the cap there can be. */
function bounds(rule: Rule, countable: boolean): boolean {
  switch (rule.effect) {
    case 'deny':
    case 'require':
      return boundsAmount(rule.when);
    case 'approve':
      return rule.when === undefined || boundsAmount(rule.when);
    case 'limit':
      return rule.limit.counts.unit === 'amount' || (!countable && !isSplitByAgent(rule.limit));
    case 'allow':
    case 'hide':
      return false;
  }
}

const AGENT: ReadonlySet<FactRef['fact']> = new Set([
  'args',
  'amount',
  'currency',
  'reason',
  'recipient',
  'reference',
  'quantity',
]);

/** True if whoever writes the call chooses which counter it counts on. */
function isSplitByAgent({ key }: Limit): boolean {
  return key.some(({ fact }) => AGENT.has(fact));
}

type LimitRule = Rule & { readonly effect: 'limit' };

/** Caps that an agent escapes by writing another key, where no other cap holds. */
export function capsKeyedByAgent(input: LintInput): readonly Finding[] {
  return input.policy.rules.filter(isMoneyCap).flatMap((rule) => {
    if (!isSplitByAgent(rule.limit)) return [];
    const open = permittedOrAny(input, rule);
    if (open.length === 0) return [];
    const message = `an agent chooses the \`key\` of \`${rule.id}\`, so every other key is a new cap; nothing else caps ${named(open)} in all`;
    return [finding(input, 'cap_keyed_by_agent', [...pathOf(rule), 'limit', 'key'], message)];
  });
}

function isMoneyCap(rule: Rule): rule is LimitRule {
  return rule.effect === 'limit' && rule.limit.counts.unit === 'amount';
}

/** The tools that the cap is about and that no cap without such a key counts. */
function permittedOrAny({ views }: LintInput, cap: LimitRule): ReadonlyArray<string> {
  const open = views.flatMap(({ policies, books }) => {
    const whole = policies
      .flatMap(({ rules }) => rules.filter(isMoneyCap))
      .filter(({ limit }) => !isSplitByAgent(limit));
    const tools = books.flatMap((book) => book.tools);
    return tools.filter((tool) =>
      tool.classifier.possible.some(
        (does) =>
          does.kind !== 'unclassified' &&
          does.direction !== 'none' &&
          isAbout(cap, tool, does) &&
          !whole.some((rule) => isAbout(rule, tool, does)),
      ),
    );
  });
  return [...new Set(open.map(({ tool }) => tool))];
}

/** Refunds where nothing keeps one payment from being refunded again and again. */
export function refundsWithoutKey(input: LintInput): readonly Finding[] {
  const open = permittedMoney(input).filter((use) => use.does.kind === 'refund' && !rulesAbout(use).some(isKeyed));
  return [...byAllow(open)].map(([allow, uses]) => {
    const by = allow === undefined ? '`default`' : `rule \`${allow.id}\``;
    const message = `${by} lets one payment be refunded again and again${forGrants(uses)}; add a \`limit\` with \`"key": ["reference"]\``;
    return finding(input, 'refund_without_key', permitPath(allow), message);
  });
}

function isKeyed(rule: Rule): boolean {
  return rule.effect === 'limit' && rule.limit.key.length > 0 && whenOf(rule) === undefined;
}
