/**
 * What a selected rule does, for every effect and every truth of its condition. Unknown never helps the caller: it
 * denies where true or false would, it never permits, and it obliges.
 */
import type { Truth } from './decision.ts';
import { evaluate } from './condition.ts';
import type { CallFacts } from './facts.ts';
import type { Rule } from './policy.ts';
import type { Effect } from './select.ts';

/** `passes`: the rule says nothing of this call. */
type Does = 'denies' | 'permits' | 'obliges' | 'passes';

export interface Verdict {
  readonly does: Does;
  /** A clause about the rule, made to stand after `since`. */
  readonly since: string;
}

const HIDES: Verdict = { does: 'denies', since: 'it hides this tool' };

const TABLE: Readonly<Record<Effect, Readonly<Record<Truth, Verdict>>>> = {
  hide: { true: HIDES, unknown: HIDES, false: HIDES },
  deny: {
    true: { does: 'denies', since: 'it forbids this call' },
    unknown: { does: 'denies', since: 'it cannot be ruled out that it forbids this call' },
    false: { does: 'passes', since: 'what it forbids is something else' },
  },
  require: {
    true: { does: 'passes', since: 'what it requires holds' },
    unknown: { does: 'denies', since: 'what it requires cannot be checked' },
    false: { does: 'denies', since: 'what it requires does not hold' },
  },
  allow: {
    true: { does: 'permits', since: 'it allows this call' },
    unknown: { does: 'passes', since: 'it cannot be checked whether it allows this call' },
    false: { does: 'passes', since: 'what it allows is something else' },
  },
  limit: {
    true: { does: 'obliges', since: 'it counts this call' },
    unknown: { does: 'obliges', since: 'it cannot be ruled out that it counts this call' },
    false: { does: 'passes', since: 'what it counts is something else' },
  },
  approve: {
    true: { does: 'obliges', since: 'it asks a person about this call' },
    unknown: { does: 'obliges', since: 'it cannot be ruled out that it asks a person about this call' },
    false: { does: 'passes', since: 'what it asks a person about is something else' },
  },
};

/** What a selected rule with this effect does. */
export function verdictFor(effect: Effect, truth: Truth): Verdict {
  return TABLE[effect][truth];
}

/** The truth of a rule's condition; a rule without one is about every call that it selects. */
export function truthOf(rule: Rule, call: CallFacts): Truth {
  return rule.effect === 'hide' || rule.when === undefined ? 'true' : evaluate(rule.when, call);
}

/** What a selected rule does to this call. */
export function verdictOf(rule: Rule, call: CallFacts): Verdict {
  return verdictFor(rule.effect, truthOf(rule, call));
}
