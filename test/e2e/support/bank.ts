/** An installation with a recording bank behind it, whose tools have amounts, for tests of limits. */
import { callsOf, type Home, makeHome, recorder, tool } from './home.ts';

const TEXT = { type: 'string' };
const MONEY = { amount: { type: 'integer' }, currency: TEXT, reference: TEXT };
const minor = [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }];
const money = (kind: string) => ({ kind, amounts: minor, currency: { path: 'currency' }, reference: 'reference' });

/** Tools by stem, as the recorder answers them: `fail` says so, `hang` never answers, `die` ends the server. */
const TOOLS = ['pay', 'refund', 'fail', 'hang', 'die'] as const;

/** A rule of a policy, as people write it. */
export type Rule = Readonly<Record<string, unknown>>;

/** The configuration of a bank whose grants have these rules behind an `allow` for everything. */
export async function bankConfig(
  room: string,
  rules: Readonly<Record<string, readonly Rule[]>>,
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const kinds = Object.fromEntries(TOOLS.map((name) => [name, money(name === 'pay' ? 'charge' : 'refund')]));
  const upstream = await recorder(room, 'bank', [...TOOLS.map((name) => tool(name, MONEY)), tool('look', {})], {
    tools: { ...kinds, look: { kind: 'read' } },
  });
  const names = Object.keys(rules);
  return {
    version: 1,
    upstreams: { bank: upstream },
    policies: Object.fromEntries(names.map((name) => [name, policyOf(rules[name] ?? [])])),
    grants: Object.fromEntries(
      names.map((name) => [name, { principal: `${name}@acme.example`, policies: [name], upstreams: ['bank'] }]),
    ),
    ...more,
  };
}

/** A policy that allows everything but for these rules. */
export function policyOf(rules: readonly Rule[]): unknown {
  const all = { id: 'all', tools: ['kind:read', 'money'], effect: 'allow' };
  return { version: 1, default: 'deny', rules: [all, ...rules] };
}

/** A home with a bank. */
export async function makeBank(rules: Readonly<Record<string, readonly Rule[]>>): Promise<Home> {
  const home = await makeHome({});
  await home.rewrite(await bankConfig(home.room, rules));
  return home;
}

/** The sum of the amounts that reached the bank, in minor units. */
export function executedMinor(home: Home): number {
  return callsOf(home.room, 'bank').reduce((sum, { arguments: args }) => sum + amountIn(args), 0);
}

function amountIn(args: unknown): number {
  return typeof args === 'object' && args !== null && 'amount' in args ? Number(args.amount) : 0;
}

/** Arguments of its tools: an amount in cents. */
export function usd(amount: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { amount, currency: 'USD', ...more };
}

/** The rule that a person has to sign what is over 500 dollars. */
export function signOff(more: Readonly<Record<string, unknown>> = {}): Rule {
  return {
    id: 'sign-off',
    tools: ['money'],
    effect: 'approve',
    when: { amount: { gt: '500 USD' } },
    approve: { count: 1, roles: ['finance'], ...more },
  };
}
