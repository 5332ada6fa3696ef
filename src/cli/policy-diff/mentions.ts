/** What the rules that are about a tool look at: those facts are varied, and no others. */
import type { CompiledPolicy } from '../../core/compile.ts';
import { nameOf } from '../../core/explain.ts';
import type { Classification } from '../../core/facts.ts';
import type { ToolName } from '../../core/ids.ts';
import type { MoneyBound } from '../../core/money.ts';
import type { Condition, FactRef, Limit, Operator, Rule } from '../../core/policy.ts';

/** One fact with every test of it. */
export interface Mention {
  readonly ref: FactRef;
  readonly operators: readonly Operator[];
}

/** By name, in the order in which the rules mention them. */
export interface Mentions {
  readonly facts: ReadonlyMap<string, Mention>;
  /** Caps of money limits, which are boundaries of a single call too. */
  readonly caps: readonly MoneyBound[];
}

interface Subject {
  readonly tool: ToolName;
  readonly classification: Classification;
}

/** The facts that decide about this subject under any of the policies. */
export function mentionsFor(subject: Subject, policies: readonly CompiledPolicy[]): Mentions {
  return mentionsIn(policies.flatMap((policy) => rulesAbout(subject, policy)));
}

/** The facts that these rules look at. */
export function mentionsIn(rules: readonly Rule[]): Mentions {
  const facts = new Map<string, { ref: FactRef; operators: Operator[] }>();
  const caps: MoneyBound[] = [];
  const note = (ref: FactRef, ...operators: Operator[]): void => {
    const name = mentionName(ref);
    const known = facts.get(name);
    if (known === undefined) facts.set(name, { ref, operators });
    else known.operators.push(...operators);
  };
  for (const rule of rules) {
    if ('when' in rule) visit(rule.when, note);
    if (rule.effect === 'limit') noteLimit(rule.limit, note, caps);
  }
  return { facts, caps };
}

/** A time is another fact in another zone. */
function mentionName(ref: FactRef): string {
  return ref.fact === 'time' ? `${nameOf(ref)} ${ref.timezone}` : nameOf(ref);
}

function rulesAbout(subject: Subject, policy: CompiledPolicy): readonly Rule[] {
  const { guards, allows, limits, approvals } = policy.applicable(subject);
  return [...guards, ...allows, ...limits, ...approvals].map(({ rule }) => rule);
}

type Note = (ref: FactRef, ...operators: Operator[]) => void;

function visit(condition: Condition, note: Note): void {
  switch (condition.is) {
    case 'all':
    case 'any':
      for (const part of condition.of) visit(part, note);
      return;
    case 'not':
      visit(condition.of, note);
      return;
    case 'test':
      note(condition.fact, condition.operator);
  }
}

function noteLimit({ counts, key }: Limit, note: Note, caps: MoneyBound[]): void {
  if (counts.unit === 'amount') {
    caps.push(counts.caps);
    note({ fact: 'amount' });
  }
  for (const ref of key) note(ref, { op: 'present', expected: true });
}
