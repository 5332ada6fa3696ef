/** Limits, approvals and facts in words for people and as data for scripts. */
import { formatMoneyBound } from '../../core/money-bound.ts';
import { formatMoney } from '../../core/money.ts';
import type { Obligation } from '../../core/decision.ts';
import { nameOf } from '../../core/explain.ts';
import type { CallFacts, Fact } from '../../core/facts.ts';
import { type Json, stringify } from '../../core/json.ts';
import type { ApprovalNeed, Limit, Window } from '../../core/policy.ts';

/** An obligation as `--json` prints it; money stays text, because a number would lose digits. */
export function obligationData({ source, ...obligation }: Obligation): Readonly<Record<string, unknown>> {
  const { rule, pointer, policy } = source;
  const base = { type: obligation.type, rule, pointer, policy };
  return obligation.type === 'reserve'
    ? { ...base, limit: limitData(obligation.limit) }
    : { ...base, approve: obligation.approve };
}

function limitData({ counts, window, scope, key, exceed, unknown }: Limit): Readonly<Record<string, unknown>> {
  return {
    ...(counts.unit === 'calls' ? { calls: Number(counts.cap) } : { amount: amountsOf(counts.caps) }),
    per: perOf(window),
    ...(window.is === 'calendar' && { timezone: window.timezone }),
    ...{ scope, key: key.map(nameOf), exceed, unknown },
  };
}

function amountsOf(caps: ReadonlyMap<string, bigint>): Readonly<Record<string, string>> {
  const amount = (currency: string, minor: bigint): string => formatMoney({ currency, minor }).replace(/ .*$/, '');
  return Object.fromEntries([...caps].map(([currency, minor]) => [currency, amount(currency, minor)]));
}

function perOf(window: Window): string {
  if (window.is === 'calendar') return window.unit;
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const [letter, ms] = units.find(([, length]) => window.spanMs % length === 0) ?? ['s', 1000];
  return `rolling ${window.spanMs / ms}${letter}`;
}

/** What an obligation asks for, in one clause. */
export function obligationWords(obligation: Obligation): string {
  return obligation.type === 'reserve' ? limitWords(obligation.limit) : approvalWords(obligation.approve);
}

function limitWords({ counts, window, scope, key, exceed }: Limit): string {
  const cap = counts.unit === 'calls' ? `${counts.cap} calls` : formatMoneyBound(counts.caps);
  const zone = window.is === 'calendar' ? ` (${window.timezone})` : '';
  const split = key.length === 0 ? '' : `, counted by ${key.map((ref) => `\`${nameOf(ref)}\``).join(' and ')}`;
  const beyond = exceed === 'approve' ? ', beyond it a person is asked' : '';
  return `at most ${cap} per ${perOf(window)}${zone} and ${scope}${split}${beyond}`;
}

function approvalWords({ count, roles, expireMs }: ApprovalNeed): string {
  const who = roles.length === 0 ? 'any approver' : roles.map((role) => `\`${role}\``).join(' or ');
  const within = expireMs === undefined ? '' : `, within ${expireMs / 60_000} min`;
  return `${count} ${count === 1 ? 'signature' : 'signatures'} of ${who}${within}`;
}

export interface FactWords {
  readonly name: string;
  readonly state: 'known' | 'absent' | 'unknown';
  /** The value, or why it is not known. */
  readonly text: string;
  readonly assumed: boolean;
}

/** The facts of a call in the order in which people ask for them. */
export function factWords(facts: CallFacts): readonly FactWords[] {
  return [
    words('amount', facts.amount, formatMoney),
    words('currency', facts.currency, (code) => code),
    ...(['reason', 'recipient', 'reference', 'quantity'] as const).map((name) => words(name, facts[name], valueText)),
  ];
}

function words<T>(name: string, fact: Fact<T>, text: (value: T) => string): FactWords {
  switch (fact.state) {
    case 'known':
      return { name, state: fact.state, text: text(fact.value), assumed: fact.assumed === true };
    case 'absent':
      return { name, state: fact.state, text: 'absent', assumed: false };
    case 'unknown':
      return { name, state: fact.state, text: fact.why, assumed: false };
  }
}

function valueText(value: Json): string {
  const text = stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
