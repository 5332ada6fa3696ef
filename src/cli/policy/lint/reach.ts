/**
 * Which calls selectors reach, worked out on few calls that stand for all: names that the policy mentions, one that it
 * does not, kinds that it mentions, and one more of each direction. Two selectors that agree on these agree on all.
 */
import type { Classification } from '../../../core/facts.ts';
import { brandAs, splitToolName, type ToolName } from '../../../core/ids.ts';
import { directionOf, KINDS } from '../../../core/kinds.ts';
import type { Policy, Rule, Selector } from '../../../core/policy.ts';
import { selects, type Subject } from '../../../core/select.ts';

/** No upstream and no tool is called so. */
const OTHER = '~';

/** The calls that stand for all calls. */
export function representatives({ rules }: Policy): readonly Subject[] {
  const selectors = rules.flatMap((rule) => rule.selectors);
  const classifications = classificationsFor(selectors);
  return toolsFor(selectors).flatMap((tool) => classifications.map((classification) => ({ tool, classification })));
}

function toolsFor(selectors: readonly Selector[]): readonly ToolName[] {
  const tools = new Set<string>();
  const upstreams = new Set([OTHER]);
  const names = new Set([OTHER]);
  for (const selector of selectors) {
    if (selector.by === 'tool') tools.add(selector.tool);
    if (selector.by === 'upstream') upstreams.add(selector.upstream);
    if (selector.by === 'name') names.add(selector.name);
  }
  for (const upstream of upstreams) for (const name of names) tools.add(`${upstream}/${name}`);
  return [...tools].map((tool) => brandAs<ToolName>(tool)).filter((tool) => splitToolName(tool).tool !== '');
}

function classificationsFor(selectors: readonly Selector[]): readonly Classification[] {
  const mentioned = new Set(selectors.flatMap((selector) => (selector.by === 'kind' ? [selector.kind] : [])));
  const others = new Map(KINDS.filter((kind) => !mentioned.has(kind)).map((kind) => [directionOf(kind), kind]));
  const kinds = new Set([...KINDS.filter((kind) => mentioned.has(kind)), ...others.values()]);
  return [
    ...[...kinds].map((kind) => ({ kind, direction: directionOf(kind) })),
    { kind: 'unclassified', why: 'nobody knows it' },
  ];
}

/** Which of `subjects` a rule selects. */
export function reachOf(rule: Rule, subjects: readonly Subject[]): Uint8Array {
  return Uint8Array.from(subjects, (subject) =>
    rule.selectors.some((selector) => selects(selector, subject, rule.effect)) ? 1 : 0,
  );
}

/** Those of `others` that share a call with `reach`, if together they leave nothing of it; else nothing. */
export function covering<T extends { readonly reach: Uint8Array }>(
  reach: Uint8Array,
  others: readonly T[],
): readonly T[] {
  const alone = others.find((other) => reach.every((selected, at) => selected === 0 || other.reach[at] === 1));
  if (alone !== undefined) return [alone];
  const left = reach.slice();
  const used: T[] = [];
  for (const other of others) {
    let shares = false;
    for (let at = 0; at < left.length; at += 1) {
      if (left[at] !== 1 || other.reach[at] !== 1) continue;
      shares = true;
      left[at] = 0;
    }
    if (shares) used.push(other);
  }
  return left.includes(1) ? [] : used;
}
