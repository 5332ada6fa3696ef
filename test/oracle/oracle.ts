/**
 * A second reading of the policy semantics, as dull as it can be: it interprets the document that a person wrote and the
 * raw call, and it shares no code with the product. Where the two differ, one of them is wrong.
 */
import { holds } from './condition.ts';
import type { OracleCall } from './entry.ts';
import type { Subject } from './facts.ts';
import { items, member, text } from './json.ts';
import type { J } from './json.ts';
import { selectedBy } from './selectors.ts';
import type { What } from './selectors.ts';
import type { Tally } from './tally.ts';
import type { T3 } from './truth.ts';

/** A policy as it was read: null if its document does not load. */
export interface OraclePolicy {
  readonly name: string;
  readonly doc: J | null;
}

export interface Answer {
  readonly decision: 'allow' | 'deny';
  /** `policy/rule`, or a name in brackets when no rule speaks. */
  readonly rule: string;
  /** Why a call is denied; empty for an allowed one. */
  readonly code: string;
  /** `reserve policy/rule` and `approve policy/rule`, in order. */
  readonly obligations: readonly string[];
}

interface Placed {
  readonly name: string;
  readonly rule: J;
  readonly effect: string;
}

const denied = (rule: string, code: string): Answer => ({ decision: 'deny', rule, code, obligations: [] });

/** Decides one call under the policies of a grant, in the grant's order. */
export function judge(subject: Subject, policies: readonly OraclePolicy[], tally: Tally): Answer {
  if (policies.length === 0) return denied('(no policy)', 'no_policy');
  if (policies.some(({ doc }) => doc === null)) return denied('(broken policy)', 'broken_policy');
  const selected = selectedRules(whatOf(subject.call), policies);
  return guarded(selected, subject, tally) ?? permitted(selected, subject, policies, tally);
}

function whatOf({ tool, known }: OracleCall): What {
  return { tool, kind: known?.entry.kind ?? null, direction: known?.direction ?? null };
}

/** The rules of all policies that select a call, in the grant's order and then in the document's. */
function selectedRules(what: What, policies: readonly OraclePolicy[]): readonly Placed[] {
  return policies
    .flatMap(({ name, doc }) =>
      items(doc ?? undefined, 'rules').map((rule) => ({ name, rule, effect: text(rule, 'effect') ?? '' })),
    )
    .filter(({ rule, effect }) => selectedBy(rule, effect, what));
}

function nameOf({ name, rule }: Placed): string {
  return `${name}/${text(rule, 'id') ?? ''}`;
}

/** The condition of a rule; a rule without one always holds. */
function whenOf({ rule, effect }: Placed, subject: Subject, tally: Tally): T3 {
  const when = member(rule, 'when');
  const truth = when === undefined ? 'T' : holds(when, subject, text(rule, 'timezone') ?? 'UTC', tally);
  return tally.truth(effect, truth);
}

/** `hide`, `deny` and `require`: the first denial wins, and what cannot be known denies. */
function guarded(selected: readonly Placed[], subject: Subject, tally: Tally): Answer | null {
  for (const placed of selected) {
    if (placed.effect === 'hide') return denied(nameOf(placed), 'hidden');
    if (placed.effect === 'deny' && whenOf(placed, subject, tally) !== 'F') return denied(nameOf(placed), 'denied');
    if (placed.effect === 'require' && whenOf(placed, subject, tally) !== 'T')
      return denied(nameOf(placed), 'requirement');
  }
  return null;
}

function permitted(
  selected: readonly Placed[],
  subject: Subject,
  policies: readonly OraclePolicy[],
  tally: Tally,
): Answer {
  const unclassified = subject.call.known === null;
  const allows = selected.filter(({ effect }) => effect === 'allow');
  const allowing = allows.find((placed) => whenOf(placed, subject, tally) === 'T');
  const byDefault = isOpen(policies) && !unclassified;
  if (allowing === undefined && !byDefault) {
    if (unclassified && allows.length === 0) return denied('(unclassified)', 'unclassified');
    return denied(isOpen(policies) ? '(unclassified)' : '(default deny)', 'not_allowed');
  }
  const rule = allowing === undefined ? '(default allow)' : nameOf(allowing);
  return { decision: 'allow', rule, code: '', obligations: obligations(selected, subject, tally) };
}

/** The combined default is `allow` only if every policy says so. */
function isOpen(policies: readonly OraclePolicy[]): boolean {
  return policies.every(({ doc }) => text(doc ?? undefined, 'default') === 'allow');
}

/** Limits first, then approvals; a condition that cannot be known obliges. */
function obligations(selected: readonly Placed[], subject: Subject, tally: Tally): readonly string[] {
  const of = (effect: string, word: string): string[] =>
    selected
      .filter((placed) => placed.effect === effect && whenOf(placed, subject, tally) !== 'F')
      .map((placed) => `${word} ${nameOf(placed)}`);
  return [...of('limit', 'reserve'), ...of('approve', 'approve')];
}

/** True if a tool that may be any of `kinds` (null for unclassified) stands in the list of the grant. */
export function isVisible(kinds: readonly What[], policies: readonly OraclePolicy[]): boolean {
  if (policies.length === 0 || policies.some(({ doc }) => doc === null)) return false;
  return kinds.some((what) => {
    const effects = selectedRules(what, policies).map(({ effect }) => effect);
    if (effects.includes('hide')) return false;
    return effects.includes('allow') || (isOpen(policies) && what.kind !== null);
  });
}
