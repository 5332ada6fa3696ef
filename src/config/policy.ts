/** From a policy document to the engine's policy, with every fault of it at once. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical.ts';
import { brandAs } from '../core/ids.ts';
import type { PolicyName } from '../core/ids.ts';
import { fromPlain } from '../core/json.ts';
import type { Policy, Rule } from '../core/policy.ts';
import type { Fault } from './fault.ts';
import { patternCompiler } from './pattern.ts';
import type { CompilePattern } from './pattern.ts';
import { PolicyDocument, Rule as RuleSchema } from './policy-schema.ts';
import { readRule } from './rule.ts';
import { Scope } from './scope.ts';
import { gathered } from './source.ts';
import type { Source } from './source.ts';
import { show } from './tree.ts';
import { expectation, issueFaults } from './words.ts';

/** A policy, or what is wrong with its document. */
export type ReadPolicy =
  { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads the policy document in `source`. Never throws because of what the document says. */
export async function readPolicy(name: PolicyName, source: Source): Promise<ReadPolicy> {
  if (!source.isRead) return { ok: false, faults: source.faults };
  const document = PolicyDocument.safeParse(source.value, { error: expectation });
  const compile = await patternCompiler(source.value);
  const { rules, faults: ruleFaults } = readRules(source, compile);
  const issues = document.success ? [] : issueFaults(source, document.error.issues);
  const faults = gathered(source, [...issues, ...ruleFaults]);
  if (!document.success || faults.length > 0) return { ok: false, faults };
  const fallback = document.data.default ?? 'deny';
  return { ok: true, policy: { name, hash: hashOf(source.value), default: fallback, rules } };
}

/** SHA-256 of the canonical form (RFC 8785) of the whole document as data. */
function hashOf(document: unknown): Policy['hash'] {
  return brandAs(
    createHash('sha256')
      .update(canonicalJson(fromPlain(document)))
      .digest('hex'),
  );
}

/** Each rule by itself, so that a fault in one does not keep back those of another. */
function readRules(source: Source, compile: CompilePattern) {
  const rules: Rule[] = [];
  const faults: Fault[] = [];
  const lines = new Map<string, number>();
  rawRules(source.value).forEach((raw, index) => {
    const path = ['rules', index];
    const parsed = RuleSchema.safeParse(raw, { error: expectation });
    if (!parsed.success) return;
    const scope = new Scope(source, compile, parsed.data.timezone ?? 'UTC');
    const idPath = [...path, 'id'];
    const first = lines.get(parsed.data.id);
    if (first === undefined) lines.set(parsed.data.id, source.locate(idPath).line);
    else scope.refuse('duplicate_rule', idPath, `duplicate rule id ${show(parsed.data.id)}; first on line ${first}`);
    const rule = readRule(parsed.data, path, scope);
    if (rule !== null) rules.push(rule);
    faults.push(...scope.faults);
  });
  return { rules, faults };
}

function rawRules(value: unknown): readonly unknown[] {
  const rules: unknown = typeof value === 'object' && value !== null && 'rules' in value ? value.rules : undefined;
  return Array.isArray(rules) ? rules : [];
}
