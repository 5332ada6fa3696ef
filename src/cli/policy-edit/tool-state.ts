/** How a policy stands to a tool, whatever a call of it says. */
import type { Classification } from '../../core/facts.ts';
import type { ToolName } from '../../core/ids.ts';
import type { Policy, Rule } from '../../core/policy.ts';
import { selects } from '../../core/select.ts';

/**
 * `allow`: every call; `deny`: none; `hide`: none, and the tool is not in the list; `custom`: it depends on the call, or
 * something has to be met.
 */
export const TOOL_STATES = ['allow', 'deny', 'hide', 'custom'] as const;
export type ToolState = (typeof TOOL_STATES)[number];

/** A tool as its policy has it. */
export interface Standing {
  readonly state: ToolState;
  /** The rules that are about the tool, in the order of the document. */
  readonly rules: readonly Rule[];
}

/** The state of a tool whose calls can turn out to be any of `possible`. */
export function standingOf(tool: ToolName, possible: readonly Classification[], policy: Policy): Standing {
  const states = new Set(possible.map((classification) => stateOf(tool, classification, policy)));
  const [only] = states;
  // Hidden for some of what it can do and denied for the rest: no call of it passes.
  const isShut = [...states].every((state) => state === 'hide' || state === 'deny');
  const rules = policy.rules.filter((rule) => possible.some((classification) => isAbout(rule, tool, classification)));
  if (states.size === 1 && only !== undefined) return { state: only, rules };
  return { state: isShut && states.size > 0 ? 'deny' : 'custom', rules };
}

function isAbout({ selectors, effect }: Rule, tool: ToolName, classification: Classification): boolean {
  return selectors.some((selector) => selects(selector, { tool, classification }, effect));
}

function stateOf(tool: ToolName, classification: Classification, policy: Policy): ToolState {
  const rules = policy.rules.filter((rule) => isAbout(rule, tool, classification));
  if (rules.some(({ effect }) => effect === 'hide')) return 'hide';
  if (rules.some((rule) => rule.effect === 'deny' && isPlain(rule))) return 'deny';
  const allows = rules.filter(({ effect }) => effect === 'allow');
  // What nobody knows is permitted by name alone.
  const byDefault = policy.default === 'allow' && classification.kind !== 'unclassified';
  if (allows.length === 0 && !byDefault) return 'deny';
  const isAllowed = byDefault || allows.some(isPlain);
  return isAllowed && rules.every(({ effect }) => effect === 'allow') ? 'allow' : 'custom';
}

/** True for a rule that holds whatever the call says. */
export function isPlain(rule: Rule): boolean {
  return rule.effect === 'hide' || rule.when === undefined;
}
