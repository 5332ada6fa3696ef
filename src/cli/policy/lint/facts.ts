/** Conditions on what the tools do not have: paths, currencies, and amounts of calls that move no money. */
import { admitsPath } from '../../../catalogue/offline.ts';
import { evaluate } from '../../../core/condition.ts';
import { nameOf } from '../../../core/explain.ts';
import { unknownFacts } from '../../../core/extract.ts';
import type { CallFacts, Classification } from '../../../core/facts.ts';
import { brandAs } from '../../../core/ids.ts';
import type { Condition, FactRef, Rule } from '../../../core/policy.ts';
import type { KnownTool } from '../known-tools.ts';
import { moneyBounds, type Test, testsOf, whenOf } from './conditions.ts';
import {
  type Finding,
  finding,
  isAbout,
  type LintInput,
  mayBeAbout,
  named,
  pathOf,
  pathOfKey,
  toolsOf,
} from './input.ts';

type ArgsRef = FactRef & { readonly fact: 'args' };

/** Conditions and keys on arguments that the accepted schema of a tool lacks. */
export function unknownPaths(input: LintInput): readonly Finding[] {
  const pinned = toolsOf(input).filter(({ inputSchema }) => inputSchema !== null);
  return input.policy.rules.flatMap((rule) => {
    const tools = pinned.filter((tool) => mayBeAbout(rule, tool) && isOpen(rule, tool));
    return argumentRefs(rule).flatMap(({ ref, decides }) => {
      const lacking = tools.filter(({ inputSchema }) => inputSchema !== null && !admitsPath(inputSchema, ref.path));
      if (lacking.length === 0 || (!decides && lacking.length < tools.length)) return [];
      const path = pathOfKey(input, [...pathOf(rule), 'when'], ref.text);
      const message = `${named(lacking.map(({ tool }) => tool))} has no \`${ref.text.replace(/^args\./, '')}\` in its schema, so \`${ref.text}\` is always absent there`;
      return [finding(input, 'path_not_in_schema', path, message)];
    });
  });
}

/** `decides`: absence makes the condition unknown, and is not just what it asks about. */
function argumentRefs(rule: Rule): readonly { readonly ref: ArgsRef; readonly decides: boolean }[] {
  const tests = testsOf(whenOf(rule)).map(({ fact, operator: { op } }) => ({
    ref: fact,
    decides: op !== 'present' && op !== 'type' && op !== 'count',
  }));
  const keys = rule.effect === 'limit' ? rule.limit.key.map((ref) => ({ ref, decides: true })) : [];
  const found = [...tests, ...keys].flatMap(({ ref, decides }) => (ref.fact === 'args' ? [{ ref, decides }] : []));
  return [...new Map(found.map((one) => [one.ref.text, one])).values()];
}

/** False if something else in the condition, such as the tool's name, settles it before any argument is looked at. */
function isOpen(rule: Rule, tool: KnownTool): boolean {
  const when = whenOf(rule);
  if (when === undefined) return true;
  return tool.classifier.possible.some(
    (does) => isAbout(rule, tool, does) && evaluate(when, emptyCall(tool, does)) !== 'false',
  );
}

/** A call of which only the tool is known. */
function emptyCall(
  { tool, upstream }: Pick<KnownTool, 'tool' | 'upstream'>,
  classification: Classification,
): CallFacts {
  const grant = { name: brandAs<CallFacts['grant']['name']>('any'), labels: new Map<string, string>() };
  const facts = unknownFacts('no call is looked at');
  return {
    ...facts,
    tool,
    upstream: upstream.name,
    classification,
    args: new Map(),
    grant,
    principal: 'any',
    timeMs: NaN,
  };
}

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

/** `not` over an amount: for a call that moves no money the comparison is false, so its opposite is true. */
export function negatedAmounts(input: LintInput): readonly Finding[] {
  return input.policy.rules.flatMap((rule) => {
    const negated = negationsOf(whenOf(rule)).find((part) => comparesMoney(part) && evaluate(part, READ) === 'true');
    if (negated === undefined || !reachesReads(input, rule)) return [];
    const fact = testsOf(negated).find(isMoneyTest)?.fact;
    const name = fact === undefined ? 'amount' : nameOf(fact);
    const path = pathOfKey(input, [...pathOf(rule), 'when'], 'not');
    const message = `\`not\` over \`${name}\` is true of every call that moves no money, and \`${rule.id}\` is about such calls too; select by \`money\`, or compare the other way round`;
    return [finding(input, 'not_amount_on_reads', path, message)];
  });
}

const READ: CallFacts = {
  ...emptyCall(
    {
      tool: brandAs('any/any'),
      upstream: { name: brandAs('any'), provider: null, tools: new Map(), assumeCurrency: null },
    },
    { kind: 'read', direction: 'none' },
  ),
  amount: { state: 'absent' },
  currency: { state: 'absent' },
};

function negationsOf(condition: Condition | undefined): readonly Condition[] {
  switch (condition?.is) {
    case undefined:
    case 'test':
      return [];
    case 'not':
      return [condition, ...negationsOf(condition.of)];
    case 'all':
    case 'any':
      return condition.of.flatMap(negationsOf);
  }
}

function comparesMoney(condition: Condition): boolean {
  return testsOf(condition).some(isMoneyTest);
}

function isMoneyTest({ fact, operator: { op } }: Test): boolean {
  return (fact.fact === 'amount' || fact.fact === 'currency') && op !== 'present' && op !== 'type';
}

function reachesReads(input: LintInput, rule: Rule): boolean {
  const broad = rule.selectors.some(({ by }) => by === 'any' || by === 'upstream' || by === 'name');
  const read = toolsOf(input).some((tool) =>
    tool.classifier.possible.some(
      (does) => does.kind !== 'unclassified' && does.direction === 'none' && isAbout(rule, tool, does),
    ),
  );
  return read || (broad && !input.configured);
}
