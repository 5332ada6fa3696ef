/** Every denial, with the sentence that the agent is told. It names the rule and the field, so that it can be acted on. */
import type { Placed } from './compile.ts';
import type { Decision, Source } from './decision.ts';
import { explain } from './explain.ts';
import type { CallFacts } from './facts.ts';
import type { LoadedPolicy, Rule } from './policy.ts';
import { verdictOf } from './verdicts.ts';

type Denial = Extract<Decision, { outcome: 'deny' }>;

/** A source that is no rule. */
export function unruled(rule: string): Source {
  return { rule, pointer: '', policy: null, policyHash: null };
}

/** The grant names no policy. */
export function noPolicy(): Denial {
  const message = 'The grant has no policy, and without one every call is denied.';
  return { outcome: 'deny', code: 'no_policy', source: unruled('(no policy)'), message };
}

/** A policy of the grant did not load. Skipping it would drop the denials in it. */
export function brokenPolicy({ name, why }: Extract<LoadedPolicy, { state: 'broken' }>): Denial {
  const source = { ...unruled('(broken policy)'), policy: name };
  const message = `Policy \`${name}\` could not be loaded, so every call of this grant is denied: ${why}.`;
  return { outcome: 'deny', code: 'broken_policy', source, message };
}

const CODES = { hide: 'hidden', deny: 'denied', require: 'requirement' } as const;

type Guard = Extract<Rule, { readonly effect: 'hide' | 'deny' | 'require' }>;

/** A rule denies. A hidden tool is answered as if there were none. */
export function deniedBy({ rule, source }: Placed<Guard>, call: CallFacts): Denial {
  const code = CODES[rule.effect];
  if (rule.effect === 'hide') return { outcome: 'deny', code, source, message: 'Unknown tool.' };
  const why = rule.when === undefined ? '' : `: ${explain(rule.when, call)}`;
  const said = rule.message === undefined ? '' : ` ${rule.message}`;
  const message = `Denied by rule \`${source.rule}\`${ofPolicy(source)}, since ${verdictOf(rule, call).since}${why}.${said}`;
  return { outcome: 'deny', code, source, message };
}

/** Nothing permits the call. `nearest` is the first rule that would, were its condition true. */
export function notAllowed(call: CallFacts, fallback: Source, nearest: Placed | undefined): Denial {
  const { classification } = call;
  if (nearest === undefined && classification.kind === 'unclassified') return unclassified(call, classification.why);
  const message = `No rule allows this call.${nearMiss(call, nearest)}`;
  return { outcome: 'deny', code: 'not_allowed', source: fallback, message };
}

function nearMiss(call: CallFacts, nearest: Placed | undefined): string {
  if (nearest === undefined || nearest.rule.effect === 'hide' || nearest.rule.when === undefined) return '';
  const { rule, source } = nearest;
  const said = rule.message === undefined ? '' : ` ${rule.message}`;
  return ` Rule \`${source.rule}\`${ofPolicy(source)} would under its condition, but ${explain(nearest.rule.when, call)}.${said}`;
}

function unclassified(call: CallFacts, why: string): Denial {
  const message =
    `The catalogue does not know what this call does (${why}). ` +
    `Such a call needs a rule that allows \`${call.tool}\` by its name.`;
  return { outcome: 'deny', code: 'unclassified', source: unruled('(unclassified)'), message };
}

function ofPolicy(source: Source): string {
  return source.policy === null ? '' : ` of policy \`${source.policy}\``;
}
