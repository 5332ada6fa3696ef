/** From one rule as written to the engine's. */
import { brandAs } from '../core/ids.ts';
import type { Rule, Selector } from '../core/policy.ts';
import { readCondition } from './condition.ts';
import { readLimit, readTimezone } from './limit.ts';
import type { RuleDoc } from './policy-schema.ts';
import type { Scope } from './scope.ts';
import { readSelector } from './selector.ts';
import { pointer } from './source.ts';
import type { DocumentPath } from './tree.ts';
import { parseDurationMs } from './units.ts';

/** Reads the rule at `path`. Faults go to `scope`, and then there may be no rule. */
export function readRule(doc: RuleDoc, path: DocumentPath, scope: Scope): Rule | null {
  if (doc.timezone !== undefined) readTimezone(doc.timezone, [...path, 'timezone'], scope);
  const base = {
    id: brandAs<Rule['id']>(doc.id),
    pointer: pointer(path),
    selectors: doc.tools.flatMap((text, index) => selector(text, [...path, 'tools', index], scope) ?? []),
    ...(doc.message !== undefined && { message: doc.message }),
  };
  if (doc.effect === 'hide') return { ...base, effect: doc.effect };
  const when = doc.when && readCondition(doc.when, [...path, 'when'], scope);
  return withEffect(doc, { ...base, ...(when && { when }) }, path, scope);
}

type Base = Omit<Rule & { effect: 'allow' }, 'effect'>;

function withEffect(
  doc: Exclude<RuleDoc, { effect: 'hide' }>,
  base: Base,
  path: DocumentPath,
  scope: Scope,
): Rule | null {
  switch (doc.effect) {
    case 'allow':
    case 'deny':
      return { ...base, effect: doc.effect };
    case 'require':
      return base.when ? { ...base, effect: doc.effect, when: base.when } : null;
    case 'limit': {
      const limit = readLimit(doc.limit, [...path, 'limit'], scope);
      return limit && { ...base, effect: doc.effect, limit };
    }
    case 'approve':
      return { ...base, effect: doc.effect, approve: approval(doc.approve ?? {}) };
  }
}

type Approval = NonNullable<(RuleDoc & { effect: 'approve' })['approve']>;

function approval({ count = 1, roles = [], expire }: Approval): (Rule & { effect: 'approve' })['approve'] {
  const expireMs = expire === undefined ? undefined : parseDurationMs(expire);
  return { count, roles, ...(expireMs !== undefined && { expireMs }) };
}

function selector(text: string, path: DocumentPath, scope: Scope): Selector | null {
  const read = readSelector(text);
  return 'selector' in read ? read.selector : scope.refuse('bad_selector', path, read.message);
}
