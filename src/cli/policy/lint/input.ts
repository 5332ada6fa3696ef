/** What the lint looks at, and what it says. */
import type { Fault, Source } from '../../../config/index.ts';
import type { Classification } from '../../../core/facts.ts';
import type { Policy, Rule } from '../../../core/policy.ts';
import { selects } from '../../../core/select.ts';
import type { KnownTool, ToolBook } from '../known-tools.ts';

/** The lint's closed list of codes. */
export type LintCode =
  | 'unreachable_rule'
  | 'selector_matches_nothing'
  | 'rule_matches_nothing'
  | 'money_without_bound'
  | 'cap_keyed_by_agent'
  | 'refund_without_key'
  | 'path_not_in_schema'
  | 'currency_never_used'
  | 'not_amount_on_reads'
  | 'unused_policy';

/** `note`: worth knowing, and no reason to fail. */
export type Finding = Omit<Fault, 'severity'> & { readonly severity: Fault['severity'] | 'note' };

/** One way in which a policy is used: with these others, on these upstreams. */
export interface View {
  /** Null where no configuration says who uses the policy. */
  readonly grant: string | null;
  /** Every policy in force, the one that is linted among them. */
  readonly policies: readonly Policy[];
  readonly books: readonly ToolBook[];
}

export interface LintInput {
  readonly policy: Policy;
  readonly source: Source;
  /** At least one. */
  readonly views: readonly View[];
  /** True if the upstreams are those of a configuration, so that there are no others. */
  readonly configured: boolean;
  /** Every tool name of the catalogue: a policy for many providers names tools that one of them lacks. */
  readonly catalogueNames: ReadonlySet<string>;
}

/** Notes a finding at a path of the policy's document. */
export function finding(
  { source }: LintInput,
  code: LintCode,
  path: readonly (string | number)[],
  message: string,
  severity: Finding['severity'] = 'warning',
): Finding {
  return { ...source.fault(code, path, message), severity };
}

/** The path of a rule in its document. */
export function pathOf(rule: Rule): readonly (string | number)[] {
  return ['rules', Number(rule.pointer.slice('/rules/'.length))];
}

/** The path of the first key `name` at or below `path`, the path itself if there is none. */
export function pathOfKey(
  { source }: LintInput,
  path: readonly (string | number)[],
  name: string,
): readonly (string | number)[] {
  return findKey(source.part(path).value, path, name) ?? path;
}

function findKey(
  value: unknown,
  path: readonly (string | number)[],
  name: string,
): readonly (string | number)[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, name)) return [...path, name];
  for (const [key, child] of Object.entries(value)) {
    const found = findKey(child, [...path, Array.isArray(value) ? Number(key) : key], name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True if the rule is about the tool when a call turns out to be `classification`. */
export function isAbout(rule: Rule, { tool }: KnownTool, classification: Classification): boolean {
  return rule.selectors.some((selector) => selects(selector, { tool, classification }, rule.effect));
}

/** True if the rule is about anything the tool may turn out to be. */
export function mayBeAbout(rule: Rule, tool: KnownTool): boolean {
  return tool.classifier.possible.some((classification) => isAbout(rule, tool, classification));
}

/** Every tool of every view, each once. */
export function toolsOf({ views }: LintInput): readonly KnownTool[] {
  return [...new Set(views.flatMap(({ books }) => books.flatMap(({ tools }) => tools)))];
}

/** `a`, `b` and 3 more. */
export function named(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 3).map((name) => `\`${name}\``);
  return all.length > shown.length ? `${shown.join(', ')} and ${all.length - shown.length} more` : shown.join(', ');
}
