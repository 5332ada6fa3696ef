/** Whether a call may go as far as its tool, its form and its policies say; quota and signatures come after. */
import { type Decision, decide, type LoadedPolicy, type Obligation, type Source } from '../core/index.ts';
import type { CallFacts } from '../core/facts.ts';
import { movesMoney, strayArguments } from './facts.ts';
import type { Pass } from './parts.ts';
import type { Tool } from './tool-list.ts';
import { invalidArguments } from './validate.ts';

export type Finding =
  | { readonly is: 'allowed'; readonly source: Source; readonly obligations: readonly Obligation[] }
  | { readonly is: 'denied'; readonly source: Source; readonly code: string; readonly message: string }
  /** Answered as if there were no such tool. */
  | { readonly is: 'unlisted'; readonly source: Source };

/** What a call is examined under. */
export interface Conditions {
  readonly tool: Tool;
  readonly policies: readonly LoadedPolicy[];
  readonly pass: Pass;
}

/** `fault` is what is wrong with the added reason. A promise only where the tool's schema was not read yet. */
export function examine(
  facts: CallFacts,
  fault: string | null,
  { tool, policies, pass }: Conditions,
): Finding | Promise<Finding> {
  const decision = decide(facts, policies);
  if (decision.outcome === 'deny' && NO_POLICY.has(decision.code)) return byRule(decision);
  if (!tool.shown) return { is: 'unlisted', source: decision.outcome === 'deny' ? decision.source : fixed('(hidden)') };
  if (tool.standing !== 'accepted') return denied('(definition changed)', 'definition_changed', changedWords(tool));
  if (pass.isMoneyFrozen && movesMoney(facts)) return denied('(frozen)', 'frozen', MONEY_FROZEN);
  const stray = strayArguments(facts, tool);
  if (stray.length > 0) return denied('(unknown argument)', 'unknown_argument', strayWords(stray));
  const invalid = fault ?? invalidArguments(tool, facts.args);
  return invalid instanceof Promise ? invalid.then((why) => lastOf(decision, why)) : lastOf(decision, invalid);
}

/** What is left to say of a call that its tool takes: `invalid` is what is wrong with its arguments. */
function lastOf(decision: Decision, invalid: string | null): Finding {
  if (invalid !== null) return denied('(invalid arguments)', 'invalid_arguments', misfitWords(invalid));
  if (decision.outcome === 'deny') return byRule(decision);
  return { is: 'allowed', source: decision.source, obligations: decision.obligations };
}

/** A source outside every policy document. */
export function fixed(rule: string): Source {
  return { rule, pointer: '', policy: null, policyHash: null };
}

/** Without a usable policy no tool is shown, but the agent must hear why nothing works. */
export const NO_POLICY: ReadonlySet<string> = new Set(['no_policy', 'broken_policy']);

export const MONEY_FROZEN =
  'Calls that may move money are frozen by an operator. Ask the operator; do not call again until it is lifted.';

function byRule({ source, code, message }: Extract<Decision, { outcome: 'deny' }>): Finding {
  return { is: 'denied', source, code, message };
}

function denied(rule: string, code: string, message: string): Finding {
  return { is: 'denied', source: fixed(rule), code, message };
}

function changedWords({ tool, behind }: Tool): string {
  return (
    `Denied: the definition of \`${tool}\` is not the one that was accepted. Tell the operator: ` +
    `\`countersign upstream review ${behind.part.config.name}\` shows what changed.`
  );
}

function misfitWords(why: string): string {
  return `Denied: ${why}. Call again with arguments that fit the tool's schema.`;
}

function strayWords(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `\`${name.slice(0, 64)}\``);
  return `Denied: the tool's schema does not name ${shown.join(', ')}. Call again with only the arguments it names.`;
}
