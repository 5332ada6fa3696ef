import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../../src/config/index.ts';
import { brandAs, type PolicyName, type ToolName } from '../../../src/core/ids.ts';
import type { KINDS } from '../../../src/core/kinds.ts';
import { directionOf } from '../../../src/core/kinds.ts';
import type { Classification } from '../../../src/core/facts.ts';
import { PolicyDraft } from '../../../src/cli/policy-edit/draft.ts';
import type { RuleText } from '../../../src/cli/policy-edit/edits.ts';
import { withState } from '../../../src/cli/policy-edit/set-state.ts';
import { standingOf } from '../../../src/cli/policy-edit/tool-state.ts';

const SUPPORT = readFileSync(new URL('../../../policies/stripe.json', import.meta.url), 'utf8');
const document = { name: brandAs<PolicyName>('stripe'), file: 'stripe.json' };
const open = (text = SUPPORT): Promise<PolicyDraft> => PolicyDraft.of(document, text);
const policy = (...rules: readonly object[]): Promise<PolicyDraft> =>
  open(JSON.stringify({ version: 1, rules }, null, 2));
const tool = (name: string): ToolName => brandAs<ToolName>(name);
const as = (kind: (typeof KINDS)[number]): Classification => ({ kind, direction: directionOf(kind) });
const subject = (name: string, kind: (typeof KINDS)[number] = 'refund') => ({ tool: tool(name), possible: [as(kind)] });
const idsOf = (draft: PolicyDraft): unknown[] => draft.rules.map(({ id }) => id);

describe('when a rule is edited', () => {
  it('keeps every comment of the file and every other line', async () => {
    const draft = await open();
    const ceiling = draft.rules.find(({ id }) => id === 'refund-ceiling') as RuleText;
    const edited = await draft.edited({
      is: 'change',
      id: 'refund-ceiling',
      rule: { ...ceiling, when: { amount: { gt: '900 USD' } } },
    });
    const [before, after] = [SUPPORT.split('\n'), edited.text.split('\n')];
    expect(after.length).toBe(before.length);
    expect(after.filter((line, index) => line !== before[index])).toHaveLength(1);
  });

  it('adds, moves and removes where it is told', async () => {
    const rule = { id: 'new', tools: ['kind:payout'], effect: 'deny' };
    const draft = await policy({ id: 'a', tools: ['*'], effect: 'deny' }, { id: 'b', tools: ['*'], effect: 'allow' });
    const added = await draft.edited({ is: 'add', rule, before: 'b' });
    expect(idsOf(added)).toEqual(['a', 'new', 'b']);
    expect(idsOf(await added.edited({ is: 'move', id: 'new', before: null }))).toEqual(['a', 'b', 'new']);
    expect(idsOf(await added.edited({ is: 'move', id: 'b', before: 'a' }))).toEqual(['b', 'a', 'new']);
    expect(idsOf(await added.edited({ is: 'remove', id: 'a' }))).toEqual(['new', 'b']);
    expect((await added.edited({ is: 'move', id: 'a', before: 'new' })).text).toBe(added.text);
  });

  it.each([
    ['a rule that there is not', { is: 'remove', id: 'nothing' }, /has no rule `nothing`/],
    [
      'a second rule of one id',
      { is: 'add', rule: { id: 'reads', tools: ['*'], effect: 'deny' }, before: null },
      /duplicate/,
    ],
    ['a rule that is none', { is: 'add', rule: { id: 'x', tools: [], effect: 'deny' }, before: null }, /does not load/],
    ['a place that there is not', { is: 'move', id: 'reads', before: 'nothing' }, /has no rule `nothing`/],
  ] as const)('refuses %s, and has changed nothing', async (_what, edit, words) => {
    const draft = await open();
    await expect(draft.edited(edit)).rejects.toThrow(words);
    expect(draft.text).toBe(SUPPORT);
  });

  it('edits a policy in YAML', async () => {
    const yaml = '# Ours.\nversion: 1\nrules:\n  - { id: a, tools: [kind:read], effect: allow } # free\n';
    const draft = await PolicyDraft.of({ ...document, file: 'p.yaml' }, yaml);
    const edited = await draft.edited({
      is: 'add',
      rule: { id: 'b', tools: ['kind:refund'], effect: 'deny' },
      before: 'a',
    });
    expect(idsOf(edited)).toEqual(['b', 'a']);
    expect(edited.text).toContain('# Ours.');
    expect(edited.text).toContain('# free');
  });
});

describe('when a tool is allowed, denied or hidden', () => {
  it('is named by rules of its own, and by no other any more', async () => {
    const draft = await policy({ id: 'reads', tools: ['kind:read'], effect: 'allow' });
    const hidden = await withState(draft, subject('s/refund'), 'hide');
    expect(hidden.rules.at(-1)).toEqual({ id: 'hidden-tools', tools: ['s/refund'], effect: 'hide' });
    const both = await withState(hidden, subject('s/payout', 'payout'), 'hide');
    expect(both.rules.at(-1)).toMatchObject({ tools: ['s/refund', 's/payout'] });
    const allowed = await withState(both, subject('s/refund'), 'allow');
    expect(allowed.rules).toEqual([
      { id: 'reads', tools: ['kind:read'], effect: 'allow' },
      { id: 'hidden-tools', tools: ['s/payout'], effect: 'hide' },
      { id: 'allowed-tools', tools: ['s/refund'], effect: 'allow' },
    ]);
    const last = await withState(allowed, subject('s/payout', 'payout'), 'deny');
    expect(idsOf(last)).toEqual(['reads', 'allowed-tools']);
  });

  it('stays with what rules ask beside an allow', async () => {
    const asks = { id: 'sign', tools: ['kind:refund'], effect: 'approve' };
    const allowed = await withState(await policy(asks), subject('s/refund'), 'allow');
    expect(standingOf(tool('s/refund'), [as('refund')], allowed.policy).state).toBe('custom');
  });

  it('names a tool once, however often it is allowed', async () => {
    const limit = { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 5, per: 'day' } };
    const draft = await policy({ id: 'mine', tools: ['s/refund'], effect: 'allow' }, limit);
    expect((await withState(draft, subject('s/refund'), 'allow')).text).toBe(draft.text);
  });

  it('is denied, too, where it is hidden for some of what it can do', async () => {
    const draft = await policy(
      { id: 'h', tools: ['kind:refund'], effect: 'hide' },
      { id: 'r', tools: ['*'], effect: 'allow' },
    );
    const generic = { tool: tool('s/api'), possible: [as('refund'), as('read')] };
    expect(standingOf(generic.tool, generic.possible, draft.policy).state).toBe('custom');
    const denied = await withState(draft, generic, 'deny');
    expect(standingOf(generic.tool, generic.possible, denied.policy).state).toBe('deny');
  });

  it('is refused where a rule about other tools would still decide, which it names', async () => {
    const draft = await policy({ id: 'no-money', tools: ['money'], effect: 'deny' });
    await expect(withState(draft, subject('s/refund'), 'allow')).rejects.toThrow(
      /`no-money` \(deny\) would still decide/,
    );
    const hides = await policy({ id: 'out-of-sight', tools: ['kind:refund'], effect: 'hide' });
    await expect(withState(hides, subject('s/refund'), 'allow')).rejects.toThrow(/`out-of-sight` \(hide\)/);
    await expect(withState(hides, subject('s/refund'), 'deny')).rejects.toThrow(/`out-of-sight` \(hide\)/);
  });

  it('is in the state that was asked for, or nothing has changed, whatever the policy says', async () => {
    const selector = fc.constantFrom(
      's/a',
      's/b',
      's/*',
      '*/a',
      '*',
      'kind:refund',
      'kind:read',
      'money',
      'kind:unclassified',
    );
    const rule = fc.record({
      tools: fc.array(selector, { minLength: 1, maxLength: 3 }),
      effect: fc.constantFrom('allow', 'deny', 'hide', 'approve'),
      isConditional: fc.boolean(),
    });
    const possible: readonly (readonly Classification[])[] = [
      [as('refund')],
      [as('read')],
      [{ kind: 'unclassified', why: 'nobody knows' }],
      [as('refund'), { kind: 'unclassified', why: 'nobody knows' }],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { maxLength: 5 }),
        fc.constantFrom('allow', 'deny', 'hide'),
        fc.constantFrom('s/a', 's/b'),
        fc.constantFrom(...possible),
        async (rules, target, name, kinds) => {
          const draft = await policy(
            ...rules.map(({ isConditional, ...one }, index) => ({
              ...{ id: `r${index}`, ...one },
              ...(isConditional && one.effect !== 'hide' && { when: { reason: { present: true } } }),
            })),
          );
          const about = { tool: tool(name), possible: kinds };
          const set = await withState(draft, about, target).catch(() => null);
          if (set === null) return;
          const { state } = standingOf(about.tool, kinds, set.policy);
          if (target !== 'allow') expect(state).toBe(target);
          else expect(['allow', 'custom']).toContain(state);
          // No other tool is touched.
          const other = tool(name === 's/a' ? 's/b' : 's/a');
          expect(standingOf(other, kinds, set.policy).state).toBe(standingOf(other, kinds, draft.policy).state);
          expect(readSource('p.json', set.text).faults).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });
});
