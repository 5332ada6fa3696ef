/** The answer to "why?" on one screen. */
import { colors } from '../colors.ts';
import type { Obligation, TraceEntry } from '../../core/decision.ts';
import { printable } from '../printable.ts';
import type { Answer } from './answer.ts';
import type { KnownTool } from './known-tools.ts';
import { factWords, type FactWords, obligationWords } from './rule-words.ts';

export interface Explained {
  readonly answer: Answer;
  readonly tool: KnownTool;
  /** `file:line:column` of the rule that decided. */
  readonly place: string | null;
  /** More than one policy: rules are then shown with theirs. */
  readonly severalPolicies: boolean;
}

const PAINT = { allow: colors.green, approve: colors.yellow, deny: colors.red } as const;

/** The lines, made printable: arguments come from anywhere. */
export function explainLines(it: Explained): readonly string[] {
  const { answer, tool } = it;
  const { facts, decision } = answer;
  const head = `${PAINT[decision](colors.bold(decision.toUpperCase()))}  ${printable(facts.tool)}, grant \`${facts.grant.name}\`, at ${new Date(facts.timeMs).toISOString()}`;
  const sections = [
    [head, ...reasons(it).map((line) => `  ${printable(line)}`)],
    [
      colors.bold('facts'),
      `  ${'kind'.padEnd(10)} ${printable(kindWords(answer))}`,
      ...factWords(facts).map(factLine),
      ...pinLine(tool),
    ],
    [colors.bold('rules, in the order they are asked'), ...ruleLines(answer, it.severalPolicies)],
    answer.obligations.length === 0 ? [] : [colors.bold('before it is forwarded'), ...answer.obligations.map(needLine)],
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function reasons({ answer, place }: Explained): string[] {
  const { rule, policy } = answer.source;
  const where = place === null ? [] : [`decided at ${place}`];
  if (answer.message !== null) return [answer.message, ...where];
  const by = `${rule.startsWith('(') ? rule : `rule \`${rule}\``}${policy === null ? '' : ` of policy \`${policy}\``}`;
  const words = answer.decision === 'approve' ? `Allowed, and ${by} asks a person first.` : `Allowed by ${by}.`;
  return [words, ...where];
}

function kindWords({ facts }: Answer): string {
  const { classification } = facts;
  if (classification.kind === 'unclassified') return `unclassified: ${classification.why}`;
  const { kind, direction } = classification;
  return direction === 'none' ? `${kind}, moves no money` : `${kind}, money ${direction}`;
}

function factLine({ name, state, text, assumed }: FactWords): string {
  const value = state === 'unknown' ? `${colors.yellow('unknown')}: ${printable(text)}` : printable(text);
  return `  ${name.padEnd(10)} ${state === 'absent' ? colors.dim(value) : value}${assumed ? colors.yellow(name === 'amount' ? ' (currency ASSUMED)' : ' (ASSUMED)') : ''}`;
}

function pinLine({ inputSchema, entries }: KnownTool): readonly string[] {
  if (inputSchema !== null) return [];
  const words =
    entries.length > 0
      ? 'not pinned; classified by the catalogue alone, arguments not checked against a schema'
      : 'not pinned, and the catalogue does not know it; the server may not have such a tool';
  return [colors.dim(`  (${words})`)];
}

const MAX_NAMES = 12;

/** The order in which the engine asks. */
const ORDER = { hide: 0, deny: 0, require: 0, allow: 1, limit: 2, approve: 3 } as const;

function ruleLines(answer: Answer, severalPolicies: boolean): readonly string[] {
  const trace = [...answer.trace].sort((left, right) => ORDER[left.effect] - ORDER[right.effect]);
  const names = trace.map(({ source }) => nameIn(source, severalPolicies));
  const width = Math.max(0, ...trace.map(({ selected }, index) => (selected ? (names[index]?.length ?? 0) : 0)));
  const lines = trace.flatMap((entry, index) =>
    entry.selected ? [ruleLine(entry, (names[index] ?? '').padEnd(width))] : [],
  );
  const others = names.filter((_name, index) => trace[index]?.selected === false);
  if (trace.length === 0) return [colors.dim('  none was asked')];
  return others.length === 0 ? lines : [...lines, colors.dim(`  not about this tool: ${listed(others)}`)];
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function nameIn({ rule, policy }: TraceEntry['source'], severalPolicies: boolean): string {
  return severalPolicies && policy !== null ? `${policy}/${rule}` : rule;
}

const TRUTHS = { true: colors.green('true'), false: colors.dim('false'), unknown: colors.yellow('unknown') } as const;

function ruleLine({ effect, when, why, decides }: TraceEntry, name: string): string {
  const truth = when === null ? 'always' : TRUTHS[when];
  const gap = ' '.repeat(8 - (when ?? 'always').length);
  const reason = why === null ? '' : `  ${printable(why)}`;
  const line = `${name}  ${effect.padEnd(7)}  ${truth}${gap}${reason}`.trimEnd();
  return decides ? `${colors.bold('▸')} ${line}${colors.bold('  decides')}` : `  ${line}`;
}

function needLine(obligation: Obligation): string {
  return `  ${obligation.source.rule}: ${printable(obligationWords(obligation))}`;
}
