import { describe, expect, it } from 'vitest';
import { approvalPlan, brandAs, unmetNeeds } from '../../src/core/index.ts';
import type { ApprovalPlan, Obligation, PolicyHash, PolicyName, Signer, Source } from '../../src/core/index.ts';
import { bound } from './build.ts';

const source = (rule: string): Source => ({
  rule,
  pointer: '',
  policy: brandAs<PolicyName>('support'),
  policyHash: brandAs<PolicyHash>('ab'),
});
const DEFAULTS = { expireMs: 900_000 };

function approve(rule: string, count: number, roles: readonly string[], expireMs?: number): Obligation {
  const approve = { count, roles, ...(expireMs !== undefined && { expireMs }) };
  return { type: 'approve', source: source(rule), approve };
}

const RESERVE: Obligation = {
  type: 'reserve',
  source: source('cap'),
  limit: {
    counts: { unit: 'amount', caps: bound('5 USD') },
    window: { is: 'rolling', spanMs: 1 },
    scope: 'grant',
    key: [],
    exceed: 'approve',
    unknown: 'approve',
  },
};

/** `2 of finance: a, b` for each need, then the expiry. */
function shown(plan: ApprovalPlan | null): readonly (string | number)[] {
  const needs = (plan?.needs ?? []).map(
    ({ count, roles, asked }) =>
      `${count} of ${roles.join('+')}: ${asked.map(({ source: { rule }, cause }) => `${rule} ${cause}`).join(', ')}`,
  );
  return plan === null ? [] : [...needs, plan.expireMs];
}

describe('when nothing has to be signed', () => {
  it('there is no plan', () => {
    expect(approvalPlan([], [], DEFAULTS)).toBeNull();
    expect(approvalPlan([RESERVE], [], DEFAULTS)).toBeNull();
  });
});

describe('when rules ask for signatures', () => {
  it('asks for what the rule says', () => {
    expect(approvalPlan([RESERVE, approve('a', 2, ['risk', 'finance', 'risk'], 60_000)], [], DEFAULTS)).toEqual({
      needs: [{ count: 2, roles: ['finance', 'risk'], asked: [{ source: source('a'), cause: 'rule' }] }],
      expireMs: 60_000,
    });
  });

  it('asks for all that several rules say, once for the same roles', () => {
    const obligations = [
      approve('a', 1, ['finance']),
      approve('b', 1, []),
      approve('c', 2, ['finance']),
      approve('d', 1, ['risk', 'finance']),
      approve('e', 1, ['finance', 'risk']),
      approve('f', 1, ['finance']),
    ];
    expect(shown(approvalPlan(obligations, [], DEFAULTS))).toEqual([
      '2 of finance: a rule, c rule, f rule',
      '1 of : b rule',
      '1 of finance+risk: d rule, e rule',
      900_000,
    ]);
  });

  it.each<[readonly (number | undefined)[], number]>([
    [[undefined], 900_000],
    [[60_000], 60_000],
    [[1_800_000], 1_800_000],
    [[1_800_000, undefined], 900_000],
    [[1_800_000, 60_000, undefined], 60_000],
  ])('lives as long as the shortest of %j', (expiries, expireMs) => {
    const obligations = expiries.map((expiry, index) => approve(String(index), 1, [], expiry));
    expect(approvalPlan(obligations, [], DEFAULTS)?.expireMs).toBe(expireMs);
  });
});

describe('when a limit asks a person', () => {
  it('asks one approver within the default, beside what rules ask', () => {
    const exceeded = { source: source('cap'), cause: 'exceeds' } as const;
    expect(shown(approvalPlan([RESERVE], [exceeded], DEFAULTS))).toEqual(['1 of : cap exceeds', 900_000]);
    const unbounded = { source: source('cap'), cause: 'unbounded' } as const;
    const rules = [approve('a', 2, [], 1_800_000), approve('b', 1, ['finance'])];
    expect(shown(approvalPlan(rules, [unbounded], DEFAULTS))).toEqual([
      '2 of : a rule, cap unbounded',
      '1 of finance: b rule',
      900_000,
    ]);
  });
});

describe('when persons have signed', () => {
  const ann: Signer = { person: 'ann', roles: ['finance', 'approver'] };
  const bob: Signer = { person: 'bob', roles: ['finance'] };
  const eve: Signer = { person: 'eve', roles: [] };
  const unmet = (obligations: readonly Obligation[], signers: readonly Signer[]): number => {
    const plan = approvalPlan(obligations, [], DEFAULTS);
    return plan === null ? -1 : unmetNeeds(plan, signers).length;
  };

  it.each<[string, readonly Obligation[], readonly Signer[], number]>([
    ['nobody', [approve('a', 1, [])], [], 1],
    ['one of any role', [approve('a', 1, [])], [eve], 0],
    ['one of the role', [approve('a', 1, ['finance'])], [bob], 0],
    ['one of one of the roles', [approve('a', 1, ['approver', 'risk'])], [ann], 0],
    ['one of another role', [approve('a', 1, ['finance'])], [eve], 1],
    ['one where two are needed', [approve('a', 2, ['finance'])], [ann], 1],
    ['two where two are needed', [approve('a', 2, ['finance'])], [ann, bob], 0],
    ['one person twice', [approve('a', 2, ['finance'])], [ann, { ...ann, roles: ['finance'] }], 1],
    ['one of two needs', [approve('a', 1, ['finance']), approve('b', 1, ['risk'])], [ann], 1],
    ['one person for two needs', [approve('a', 1, ['finance']), approve('b', 1, ['approver'])], [ann], 0],
    ['nobody where the count asks for none', [approve('a', 0, [])], [], 1],
    ['many where the count is no number', [approve('a', NaN, [])], [ann, bob], 1],
  ])('tells what %s leaves open', (_, obligations, signers, open) => {
    expect(unmet(obligations, signers)).toBe(open);
  });

  it('names the need that is open', () => {
    const plan = approvalPlan([approve('a', 1, ['finance']), approve('b', 1, ['risk'])], [], DEFAULTS)!;
    expect(unmetNeeds(plan, [ann])).toEqual([plan.needs[1]]);
  });
});
