/** Counters that begin again when one policy takes the place of another. */
import { nameOf } from '../../core/explain.ts';
import type { PolicyName } from '../../core/ids.ts';
import type { Policy, Rule } from '../../core/policy.ts';
import { windowWords } from './standing.ts';

type LimitRule = Extract<Rule, { effect: 'limit' }>;

/** `reset`: what is used up counts for nothing any more. `dropped`: nothing counts it now. `new`: it starts at zero. */
export interface CounterChange {
  readonly rule: string;
  readonly change: 'reset' | 'dropped' | 'new';
  readonly why: string;
}

/** What a counter is known by; a changed cap or selector keeps it. */
interface Identity {
  readonly policy: PolicyName;
  readonly scope: string;
  readonly unit: string;
  readonly window: string;
  readonly key: string;
}

/** Every limit whose counter does not go on, in the order of the rules. */
export function counterChanges(a: Policy, b: Policy): readonly CounterChange[] {
  const [before, after] = [limitsOf(a), limitsOf(b)];
  const gone = [...before].flatMap(([id, rule]): CounterChange[] => {
    const next = after.get(id);
    if (next === undefined) return [{ rule: id, change: 'dropped', why: droppedWords(rule, b, after, before) }];
    const why = differences(identityOf(rule, a), identityOf(next, b));
    return why === '' ? [] : [{ rule: id, change: 'reset', why }];
  });
  const added = [...after.keys()].filter((id) => !before.has(id));
  return [...gone, ...added.map((id): CounterChange => ({ rule: id, change: 'new', why: 'it starts at zero' }))];
}

function limitsOf(policy: Policy): ReadonlyMap<string, LimitRule> {
  return new Map(policy.rules.flatMap((rule) => (rule.effect === 'limit' ? [[rule.id, rule] as const] : [])));
}

function identityOf({ limit }: LimitRule, { name }: Policy): Identity {
  return {
    policy: name,
    scope: limit.scope,
    unit: limit.counts.unit,
    window: windowWords(limit.window),
    key: [...limit.key.map(nameOf)].sort().join(', ') || 'nothing',
  };
}

const WORDS = {
  policy: 'the policy',
  scope: 'the scope',
  unit: 'what is counted',
  window: 'the window',
  key: 'the key',
} as const satisfies Record<keyof Identity, string>;

function differences(one: Identity, other: Identity): string {
  return (['policy', 'scope', 'unit', 'window', 'key'] as const)
    .filter((part) => one[part] !== other[part])
    .map((part) => `${WORDS[part]} was \`${one[part]}\` and is \`${other[part]}\``)
    .join('; ');
}

/** A counter that goes on under another id does not go on. */
function droppedWords(
  rule: LimitRule,
  b: Policy,
  after: ReadonlyMap<string, LimitRule>,
  before: ReadonlyMap<string, LimitRule>,
): string {
  const same = [...after].find(
    ([id, other]) => !before.has(id) && differences(identityOf(rule, b), identityOf(other, b)) === '',
  );
  return same === undefined ? 'no rule counts it now' : `\`${same[0]}\` counts the same and starts at zero`;
}
