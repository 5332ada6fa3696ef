/** Runs test cases: each call is decided, and the decision held against what the case expects. */
import type { CaseFile, PolicyCase } from '../../config/case-schema.ts';
import { parseInstantMs } from '../../config/instant.ts';
import { brandAs, type UpstreamName } from '../../core/ids.ts';
import { fromPlain, isObject, type Json } from '../../core/json.ts';
import { type Answer, answerFor, type Asker } from './answer.ts';
import { type CaseBook, upstreamOf } from './case-file.ts';
import { placeOf } from './documents.ts';

/** What a case expects, or what became of it. `null` in an expectation: not looked at. */
export interface Outcome {
  readonly decision: 'allow' | 'deny' | 'approve';
  readonly rule: string | null;
  readonly code: string | null;
  readonly limits: readonly string[] | null;
}

export interface CaseResult {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly ok: boolean;
  readonly expected: Outcome;
  readonly actual: Outcome;
  /** What the agent would be told; null if the call goes on. */
  readonly message: string | null;
  /** `file:line:column` of the rule that decided. */
  readonly place: string | null;
}

const DEFAULT_TIME = '2026-01-01T12:00:00Z';

/** Runs every case of a file. */
export function runCases(it: CaseBook): Promise<readonly CaseResult[]> {
  return Promise.all(it.file.cases.map((one, index) => resultOf(it, one, index)));
}

async function resultOf(it: CaseBook, one: PolicyCase, index: number): Promise<CaseResult> {
  const answer = await answerTo(it, one);
  const expected = expectedOf(one);
  const actual = outcomeOf(answer);
  const { policy, pointer } = answer.source;
  return {
    ...{ file: it.source.file, ...it.source.locate(['cases', index]), name: one.name },
    ...{ ok: matches(expected, actual), expected, actual, message: answer.message },
    place: policy === null ? null : placeOf(it.documents.get(policy), pointer),
  };
}

function answerTo({ file, policies, books }: CaseBook, { call }: PolicyCase): Promise<Answer> {
  const name = upstreamOf(call);
  const book = books.get(brandAs<UpstreamName>(name));
  if (book === undefined) throw new Error(`no book was opened for upstream ${name}`);
  const args: Json = fromPlain(call.arguments ?? {});
  const timeMs = parseInstantMs(call.time ?? file.time ?? DEFAULT_TIME) ?? NaN;
  const tool = book.orUnclassified(call.tool.slice(name.length + 1));
  return answerFor(tool, isObject(args) ? args : new Map(), askerOf(file), policies, timeMs);
}

function askerOf({ labels = {}, principal = 'tester@policy.test' }: CaseFile): Asker {
  return { name: brandAs('policy-test'), labels: new Map(Object.entries(labels)), principal };
}

function expectedOf({ expect }: PolicyCase): Outcome {
  const { decision, rule, code, limits } = expect;
  return { decision, rule: rule ?? null, code: code ?? null, limits: limits === undefined ? null : [...limits].sort() };
}

function outcomeOf({ decision, source, code, obligations }: Answer): Outcome {
  const limits = obligations.filter(({ type }) => type === 'reserve').map((obligation) => obligation.source.rule);
  return { decision, rule: source.rule, code, limits: limits.sort() };
}

function matches(expected: Outcome, actual: Outcome): boolean {
  const { decision, rule, code, limits } = expected;
  const same = decision === actual.decision && (rule ?? actual.rule) === actual.rule;
  return same && (code ?? actual.code) === actual.code && (limits === null || String(limits) === String(actual.limits));
}
