/** Bounds in currencies that the tools never have. */
import type { Rule } from '../../../core/policy.ts';
import type { KnownTool } from '../known-tools.ts';
import { moneyBounds, testsOf, whenOf } from './conditions.ts';
import { type Finding, finding, type LintInput, mayBeAbout, named, pathOf, pathOfKey, toolsOf } from './input.ts';

/** Bounds that name none of the currencies a tool can have: they are unknown for each of its calls. */
export function strangeCurrencies(input: LintInput): readonly Finding[] {
  return input.policy.rules.flatMap((rule) =>
    boundsOf(rule).flatMap(({ currencies, name }) => {
      const strange = toolsOf(input).filter((tool) => isMeant(input, rule, tool) && isStrange(rule, tool, currencies));
      const used = new Set(strange.flatMap((tool) => [...(currenciesOf(tool) ?? [])]));
      if (strange.length === 0) return [];
      const path = pathOfKey(input, pathOf(rule), name);
      const message = `${named(strange.map(({ tool }) => tool))} is always in ${[...used].join(', ')}, and this bound is in ${[...currencies].join(', ')}: it is unknown for each of its calls`;
      return [finding(input, 'currency_never_used', path, message)];
    }),
  );
}

/** Without a configuration only tools count that the rule says itself: `kind:refund` means no provider in particular. */
function isMeant({ configured }: LintInput, rule: Rule, { tool, upstream }: KnownTool): boolean {
  return (
    configured ||
    rule.selectors.some(
      (selector) =>
        (selector.by === 'tool' && selector.tool === tool) ||
        (selector.by === 'upstream' && selector.upstream === upstream.name),
    )
  );
}

interface NamedBound {
  readonly currencies: ReadonlySet<string>;
  /** The key in the document under which the bound stands. */
  readonly name: string;
}

function boundsOf(rule: Rule): readonly NamedBound[] {
  const bounds = testsOf(whenOf(rule)).flatMap(({ operator }) =>
    moneyBounds(operator).map((bound) => ({ currencies: new Set(bound.keys()), name: 'amount' })),
  );
  const { counts } = rule.effect === 'limit' ? rule.limit : { counts: null };
  return counts?.unit === 'amount' ? [...bounds, { currencies: new Set(counts.caps.keys()), name: 'limit' }] : bounds;
}

function isStrange(rule: Rule, tool: KnownTool, bound: ReadonlySet<string>): boolean {
  const used = currenciesOf(tool);
  return used !== null && used.size > 0 && mayBeAbout(rule, tool) && ![...used].some((currency) => bound.has(currency));
}

/** The currencies of the tool's money; null if a call says which, or if nobody does. */
function currenciesOf({ entries, upstream: { assumeCurrency } }: KnownTool): ReadonlySet<string> | null {
  const used = new Set<string>();
  for (const { amounts = [], currency } of entries) {
    if (amounts.length === 0) continue;
    if (currency !== undefined && 'path' in currency) return null;
    const only = currency?.constant ?? assumeCurrency;
    if (only === null) return null;
    used.add(only);
  }
  return used;
}
