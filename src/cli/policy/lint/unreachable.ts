/** Rules that can never take effect, because others have always spoken before. */
import type { Rule } from '../../../core/policy.ts';
import { implies, sameCondition, whenOf } from './conditions.ts';
import { type Finding, finding, type LintInput, named, pathOf } from './input.ts';
import { covering, reachOf, representatives } from './reach.ts';

interface Reaching {
  readonly rule: Rule;
  readonly index: number;
  readonly reach: Uint8Array;
}

export function unreachableRules(input: LintInput): readonly Finding[] {
  const subjects = representatives(input.policy);
  const all = input.policy.rules.map((rule, index) => ({ rule, index, reach: reachOf(rule, subjects) }));
  return all.flatMap((it) => {
    const silencers = covering(
      it.reach,
      all.filter((other) => other.index !== it.index && silences(other, it)),
    );
    return silencers.length === 0
      ? []
      : [finding(input, 'unreachable_rule', [...pathOf(it.rule), 'id'], words(it, silencers))];
  });
}

function words({ rule }: Reaching, silencers: readonly Reaching[]): string {
  const names = named(silencers.map((silencer) => silencer.rule.id));
  const allowed = silencers.every((silencer) => silencer.rule.effect === 'allow');
  const verb = allowed ? 'already allows' : 'already denies';
  const many = silencers.length > 1 ? verb.replace(/s$/, '').replace('denie', 'deny') : verb;
  return `rule \`${rule.id}\` can never take effect: ${names} ${many} every call that it is about`;
}

/** True if wherever both are about a call, `other` has always decided before `it` could. */
function silences(other: Reaching, it: Reaching): boolean {
  const earlier = other.index < it.index;
  const { rule } = it;
  switch (rule.effect) {
    case 'hide':
      return earlier && other.rule.effect === 'hide';
    case 'deny':
      return (
        earlier && (isAbsolute(other.rule) || (other.rule.effect === 'deny' && implies(rule.when, other.rule.when)))
      );
    case 'require':
      return (
        earlier &&
        (isAbsolute(other.rule) || (other.rule.effect === 'require' && sameCondition(rule.when, other.rule.when)))
      );
    case 'allow':
      return isAbsolute(other.rule) || (earlier && other.rule.effect === 'allow' && isWider(other.rule, rule));
    case 'limit':
    case 'approve':
      return isAbsolute(other.rule);
  }
}

/** Denies whatever it selects. */
function isAbsolute(rule: Rule): boolean {
  return rule.effect === 'hide' || (rule.effect === 'deny' && rule.when === undefined);
}

/** An allow helps by being true, which is stricter than not being false: only the same words will do. */
function isWider(other: Rule, rule: Rule): boolean {
  const [wide, narrow] = [whenOf(other), whenOf(rule)];
  return wide === undefined || (narrow !== undefined && sameCondition(wide, narrow));
}
