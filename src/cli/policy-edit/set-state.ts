/** Allow, deny or hide one tool: by rules that name it, and never by changing a rule that is about others, too. */
import type { Classification } from '../../core/facts.ts';
import type { ToolName } from '../../core/ids.ts';
import type { Rule } from '../../core/policy.ts';
import { CommandError, Exit } from '../report.ts';
import type { PolicyDraft } from './draft.ts';
import { idOf, type RuleEdit } from './edits.ts';
import { isPlain, standingOf, type ToolState } from './tool-state.ts';

export type Target = Exclude<ToolState, 'custom'>;

/** A tool that a state can be set for. */
export interface Subject {
  readonly tool: ToolName;
  readonly possible: readonly Classification[];
}

/** Ids of the rules that are added for this. */
const IDS: Readonly<Record<Target, string>> = { allow: 'allowed-tools', deny: 'denied-tools', hide: 'hidden-tools' };

/** The draft with the tool in that state. Throws `CommandError` where other rules keep it from that, and names them. */
export async function withState(draft: PolicyDraft, subject: Subject, target: Target): Promise<PolicyDraft> {
  if (stateIn(draft, subject) === target) return draft;
  const cleared = await draft.editedBy(withoutName(draft, subject.tool, target));
  const isThere = stateIn(cleared, subject) === target || isNamed(cleared, subject.tool, target);
  const set = isThere ? cleared : await cleared.edited(naming(cleared, subject.tool, target));
  const { state, rules } = standingOf(subject.tool, subject.possible, set.policy);
  // What has to be met beside an `allow` was meant to be.
  if (state === target || (target === 'allow' && state === 'custom')) return set;
  const others = rules.filter((rule) => rule.effect !== target).map(({ id, effect }) => `\`${id}\` (${effect})`);
  throw new CommandError(
    Exit.usage,
    `\`${subject.tool}\` cannot be set to ${target}: ${others.join(', ')} would still decide`,
    'these rules are about other tools, too; change or remove them first',
  );
}

function stateIn({ policy }: PolicyDraft, { tool, possible }: Subject): ToolState {
  return standingOf(tool, possible, policy).state;
}

/** Takes the tool out of every plain rule that names it and says something else. */
function withoutName({ policy, rules }: PolicyDraft, tool: ToolName, target: Target): readonly RuleEdit[] {
  return policy.rules.flatMap((rule, index): readonly RuleEdit[] => {
    const written = rules[index];
    if (written === undefined || rule.effect === target || !isSwitch(rule) || !names(rule, tool)) return [];
    const tools = (written['tools'] as readonly string[]).filter((one) => one !== tool);
    if (tools.length === 0) return [{ is: 'remove', id: rule.id }];
    return [{ is: 'change', id: rule.id, rule: { ...written, tools } }];
  });
}

/** True if a rule of that effect names the tool already. */
function isNamed({ policy }: PolicyDraft, tool: ToolName, target: Target): boolean {
  return policy.rules.some((rule) => rule.effect === target && isSwitch(rule) && names(rule, tool));
}

/** Adds the tool to the first plain rule of that effect that is a list of tools, or to a new one. */
function naming({ policy, rules }: PolicyDraft, tool: ToolName, target: Target): RuleEdit {
  const at = policy.rules.findIndex((rule) => rule.effect === target && isSwitch(rule) && isList(rule));
  const written = rules[at];
  if (written !== undefined) {
    const tools = [...(written['tools'] as readonly string[]), tool];
    return { is: 'change', id: idOf(written), rule: { ...written, tools } };
  }
  return { is: 'add', rule: { id: freeId(IDS[target], rules), tools: [tool], effect: target }, before: null };
}

/** An id that no rule has. */
export function freeId(wanted: string, rules: PolicyDraft['rules']): string {
  const taken = new Set(rules.map(({ id }) => id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(id)) return id;
  }
}

function isSwitch(rule: Rule): boolean {
  return (rule.effect === 'allow' || rule.effect === 'deny' || rule.effect === 'hide') && isPlain(rule);
}

function isList({ selectors }: Rule): boolean {
  return selectors.every(({ by }) => by === 'tool');
}

function names({ selectors }: Rule, tool: ToolName): boolean {
  return selectors.some((selector) => selector.by === 'tool' && selector.tool === tool);
}
