/**
 * A policy made ready for many calls: which of its rules are about a tool is worked out once per tool and kind, so that
 * a decision only visits the rules that apply.
 */
import type { Source } from './decision.ts';
import type { Policy, Rule } from './policy.ts';
import { selects } from './select.ts';
import type { Subject } from './select.ts';

type RuleOf<Effect extends Rule['effect']> = Extract<Rule, { readonly effect: Effect }>;

/** A rule with the place that decisions name. */
export interface Placed<R extends Rule = Rule> {
  readonly rule: R;
  readonly source: Source;
}

/** The rules of one policy that are about one tool, each list in document order. */
export interface Applicable {
  readonly guards: readonly Placed<RuleOf<'hide' | 'deny' | 'require'>>[];
  readonly allows: readonly Placed<RuleOf<'allow'>>[];
  readonly limits: readonly Placed<RuleOf<'limit'>>[];
  readonly approvals: readonly Placed<RuleOf<'approve'>>[];
}

export interface CompiledPolicy {
  readonly policy: Policy;
  /** Every rule, in document order. */
  readonly rules: readonly Placed[];
  applicable(subject: Subject): Applicable;
}

/** Tool names come from upstreams; one that renames its tools for ever must not fill the memory. */
const MAX_SUBJECTS = 4096;

const COMPILED = new WeakMap<Policy, CompiledPolicy>();

/** The policy, compiled; the same object for the same policy. */
export function compile(policy: Policy): CompiledPolicy {
  const known = COMPILED.get(policy);
  if (known !== undefined) return known;
  const compiled = new RuleIndex(policy);
  COMPILED.set(policy, compiled);
  return compiled;
}

class RuleIndex implements CompiledPolicy {
  readonly policy: Policy;
  readonly rules: readonly Placed[];
  readonly #bySubject = new Map<string, Applicable>();

  constructor(policy: Policy) {
    this.policy = policy;
    this.rules = policy.rules.map((rule) => ({ rule, source: sourceOf(rule, policy) }));
  }

  applicable(subject: Subject): Applicable {
    // No kind holds a space, so that no tool can pass for another.
    const key = `${subject.classification.kind} ${subject.tool}`;
    const known = this.#bySubject.get(key);
    if (known !== undefined) return known;
    const found = applicableOf(this.rules, subject);
    if (this.#bySubject.size >= MAX_SUBJECTS) this.#bySubject.clear();
    this.#bySubject.set(key, found);
    return found;
  }
}

function sourceOf(rule: Rule, policy: Policy): Source {
  return { rule: rule.id, pointer: rule.pointer, policy: policy.name, policyHash: policy.hash };
}

/** True if one of the rule's selectors selects the subject. */
export function isSelected(rule: Rule, subject: Subject): boolean {
  return rule.selectors.some((selector) => selects(selector, subject, rule.effect));
}

function applicableOf(rules: readonly Placed[], subject: Subject): Applicable {
  const found = { guards: [], allows: [], limits: [], approvals: [] } satisfies Applicable as {
    -readonly [List in keyof Applicable]: Applicable[List][number][];
  };
  for (const { rule, source } of rules) {
    if (!isSelected(rule, subject)) continue;
    switch (rule.effect) {
      case 'hide':
      case 'deny':
      case 'require':
        found.guards.push({ rule, source });
        break;
      case 'allow':
        found.allows.push({ rule, source });
        break;
      case 'limit':
        found.limits.push({ rule, source });
        break;
      case 'approve':
        found.approvals.push({ rule, source });
        break;
    }
  }
  return found;
}
