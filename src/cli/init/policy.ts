/**
 * The starter policy, fitted to the tools that the servers really have: looking is free, money over a threshold is
 * signed or denied, what adds up is capped, and everything else is denied because nothing allows it.
 */
import { directionOf, type Kind, KINDS } from '../../core/kinds.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { KnownTool, ToolBook } from '../policy/known-tools.ts';
import { fixedCurrency, moneyAmount } from '../policy-diff/entry-args.ts';

/** What a person decided about money. */
export interface MoneyChoices {
  readonly currency: string;
  /** In major units of the currency. */
  readonly threshold: string;
  readonly daily: string;
  /** True: somebody is registered who signs; false: what would be signed is denied. */
  readonly isSigned: boolean;
}

/** The kinds that the tools have, as far as the starter treats them alike. */
export interface KindsFound {
  readonly reads: boolean;
  /** Money whose amount stands in the call. */
  readonly counted: readonly Kind[];
  /** Money whose amount stands behind an id, or nowhere. */
  readonly uncounted: readonly Kind[];
  /** What an agent should not see: obligations, settings, credentials. */
  readonly hidden: readonly Kind[];
  /** True: some calls can turn out to be anything. */
  readonly strangers: boolean;
  /** True: every refund says which payment it is of. */
  readonly refundsByReference: boolean;
}

const HIDDEN: ReadonlySet<Kind> = new Set(['secret_read', 'config', 'subscription']);

export function kindsIn(books: readonly ToolBook[]): KindsFound {
  const tools = books.flatMap(({ tools: all }) => all);
  const uses = tools.flatMap((tool) => tool.entries.map((entry) => ({ tool, entry })));
  const kinds = KINDS.filter((kind) => uses.some(({ entry }) => entry.kind === kind));
  const money = kinds.filter((kind) => ['in', 'out'].includes(directionOf(kind)));
  const isCounted = (kind: Kind): boolean =>
    uses.filter(({ entry }) => entry.kind === kind).every(({ entry }) => moneyAmount(entry) !== undefined);
  const refunds = uses.filter(({ entry }) => entry.kind === 'refund');
  return {
    reads: kinds.includes('read'),
    counted: money.filter(isCounted),
    uncounted: money.filter((kind) => !isCounted(kind)),
    hidden: kinds.filter((kind) => HIDDEN.has(kind) || directionOf(kind) === 'commit'),
    strangers: tools.some(({ classifier }) => classifier.possible.some(({ kind }) => kind === 'unclassified')),
    refundsByReference: refunds.length > 0 && refunds.every(({ entry }) => entry.reference !== undefined),
  };
}

/** True for a tool whose calls name no currency and whose account's one nobody stated. */
export function lacksCurrency({ entries, upstream }: KnownTool): boolean {
  const reading = { exponents: new Map(), assumeCurrency: upstream.assumeCurrency };
  return entries.some((entry) => moneyAmount(entry) !== undefined && fixedCurrency(entry, reading) === undefined);
}

type Rule = Readonly<Record<string, Plain>>;

const kindsOf = (kinds: readonly Kind[]): readonly string[] => kinds.map((kind) => `kind:${kind}`);

/** The document. Its order is the order in which it is read. */
export function starterPolicy(found: KindsFound, choices: MoneyChoices): Readonly<Record<string, Plain>> {
  const { currency, threshold, isSigned } = choices;
  const over = isSigned ? 'more is signed' : 'more is denied';
  const money = found.counted.length === 0 ? '' : `; money up to ${threshold} ${currency}, ${over}`;
  return {
    version: 1,
    description: `Made by countersign init for the tools of its servers: lookups are free${money}`,
    default: 'deny',
    rules: [...denials(found, choices), ...allowances(found, choices), ...caps(found, choices)],
  };
}

function denials(found: KindsFound, { currency, threshold, isSigned }: MoneyChoices): readonly Rule[] {
  const counted = kindsOf(found.counted);
  const hidden = kindsOf(found.hidden);
  const rules: (Rule | false)[] = [
    hidden.length > 0 && { id: 'out-of-sight', tools: hidden, effect: 'hide' },
    found.strangers && {
      ...{ id: 'strangers', tools: ['kind:unclassified'], effect: 'deny' },
      message: 'Nobody has said what this call does. Use a plainer call, or ask the operator.',
    },
    counted.length > 0 && {
      ...{ id: 'currency', tools: counted, effect: 'deny', when: { currency: { not_in: [currency] } } },
      message: `Only ${currency}, and the currency must be known.`,
    },
    counted.length > 0 && {
      ...{ id: 'stated-amount', tools: counted, effect: 'require', when: { amount: { present: true } } },
      message: 'State the amount: one that is left out cannot be checked.',
    },
    counted.length > 0 &&
      !isSigned && {
        ...{ id: 'ceiling', tools: counted, effect: 'deny', when: { amount: { gt: `${threshold} ${currency}` } } },
        message: `Up to ${threshold} ${currency}; nobody is registered who could sign for more.`,
      },
  ];
  return rules.filter((rule) => rule !== false);
}

function allowances(found: KindsFound, { currency, threshold, isSigned }: MoneyChoices): readonly Rule[] {
  const [counted, uncounted] = [kindsOf(found.counted), kindsOf(found.uncounted)];
  const sign = { count: 1, roles: ['approver'], expire: '15m' };
  const rules: (Rule | false)[] = [
    found.reads && { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    counted.length > 0 && { id: 'money', tools: counted, effect: 'allow' },
    uncounted.length > 0 && isSigned && { id: 'money-unseen', tools: uncounted, effect: 'allow' },
    counted.length > 0 &&
      isSigned && {
        ...{ id: 'sign-off', tools: counted, effect: 'approve', when: { amount: { gt: `${threshold} ${currency}` } } },
        approve: sign,
      },
    uncounted.length > 0 && isSigned && { id: 'always-signed', tools: uncounted, effect: 'approve', approve: sign },
  ];
  return rules.filter((rule) => rule !== false);
}

function caps(found: KindsFound, { currency, daily, isSigned }: MoneyChoices): readonly Rule[] {
  const of = (direction: string): readonly string[] =>
    kindsOf(found.counted.filter((kind) => directionOf(kind) === direction));
  const cap = (id: string, tools: readonly string[]): Rule | false =>
    tools.length > 0 && { id, tools, effect: 'limit', limit: { amount: { [currency]: daily }, per: 'day' } };
  const uncounted = kindsOf(found.uncounted);
  const rules: (Rule | false)[] = [
    found.counted.includes('refund') &&
      found.refundsByReference && {
        ...{ id: 'once-per-payment', tools: ['kind:refund'], effect: 'limit' },
        limit: { calls: 1, per: 'rolling 30d', key: ['reference'] },
        message: 'This payment was refunded already.',
      },
    cap('daily-out', of('out')),
    cap('daily-in', of('in')),
    uncounted.length > 0 &&
      isSigned && { id: 'daily-unseen', tools: uncounted, effect: 'limit', limit: { calls: 20, per: 'day' } },
    { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 60, per: 'minute' } },
  ];
  return rules.filter((rule) => rule !== false);
}
