/** Both policies asked about the same calls, at every boundary that either of them draws. */
import { compile } from '../../core/compile.ts';
import { decide } from '../../core/decide.ts';
import type { CallFacts, Classification } from '../../core/facts.ts';
import { brandAs } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { directionOf as kindDirection } from '../../core/kinds.ts';
import { isBlank } from '../../core/lookup.ts';
import type { Policy } from '../../core/policy.ts';
import { callWords } from './call-words.ts';
import { differs, directionOf } from './change.ts';
import type { Change } from './change.ts';
import { combine } from './combine.ts';
import { newDraft } from './draft.ts';
import type { Choice, Dimension, Draft } from './draft.ts';
import { selectingArgs, sentArgs } from './entry-args.ts';
import { factDimension } from './fact-choices.ts';
import type { ToolUse } from './known-tools.ts';
import { mentionsFor } from './mentions.ts';
import type { Mentions } from './mentions.ts';
import { moneyDimension } from './money-choices.ts';
import { standingOf } from './standing.ts';
import type { Standing } from './standing.ts';
import { timeDimension } from './time-choices.ts';

/** What was found on one use of a tool. */
export interface UseComparison {
  readonly compared: number;
  readonly changes: readonly Change[];
  /** True if there were more combinations than were tried. */
  readonly cut: boolean;
  /** True if no call could be written that the catalogue takes for this use. */
  readonly unexpressed: boolean;
}

/** Compares two policies on at most `max` calls of one use. */
export function compareUse(use: ToolUse, a: Policy, b: Policy, max: number): UseComparison {
  const expected = classificationOf(use);
  const mentions = mentionsFor({ tool: use.tool, classification: expected }, [compile(a), compile(b)]);
  const { combinations, cut } = combine(dimensionsOf(use, mentions), max);
  const changes = new Map<string, Change>();
  let met = false;
  for (const choices of combinations) {
    const call = callOf(use, choices, mentions);
    met ||= call.facts.classification.kind === expected.kind;
    const change = changeOf(call, callWords(call.facts, use.entry, choices), mentions, a, b);
    if (change === null) continue;
    const name = `${change.call}\n${standingName(change.a)}\n${standingName(change.b)}`;
    if (!changes.has(name)) changes.set(name, change);
  }
  return { compared: combinations.length, changes: [...changes.values()], cut, unexpressed: !met };
}

/** One call of a use, written for people to look at. */
export interface SampleCall {
  /** `refund of 500.01 USD without a reason`. */
  readonly words: string;
  readonly args: JsonObject;
  readonly facts: CallFacts;
}

/** Calls at the boundaries that a policy draws, at most `max` of them, the ordinary one first. */
export function sampleCalls(use: ToolUse, policy: Policy, max: number): readonly SampleCall[] {
  const mentions = mentionsFor({ tool: use.tool, classification: classificationOf(use) }, [compile(policy)]);
  return combine(dimensionsOf(use, mentions), max).combinations.map((choices) => {
    const { facts, sent } = callOf(use, choices, mentions);
    return { words: callWords(facts, use.entry, choices), args: sent, facts };
  });
}

function standingName({ level, obligations, rule }: Standing): string {
  return [level, rule, ...obligations].join(' ');
}

function classificationOf({ entry }: ToolUse): Classification {
  if (entry === null) return { kind: 'unclassified', why: 'the catalogue does not know it' };
  return { kind: entry.kind, direction: kindDirection(entry.kind) };
}

function dimensionsOf({ entry, reading }: ToolUse, mentions: Mentions): readonly Dimension[] {
  const asked = [...mentions.facts.values()];
  const money = entry === null ? [] : [moneyDimension(entry, mentions, reading)];
  const facts = asked.flatMap((mention) => factDimension(mention, entry) ?? []);
  // Normalised facts are written first, so that a raw argument at the same place has the last word.
  const raw = new Set(asked.flatMap(({ ref }) => (ref.fact === 'args' ? [ref.text] : [])));
  const ordered = [...facts].sort((one, other) => Number(raw.has(one.name)) - Number(raw.has(other.name)));
  const time = timeDimension(asked);
  return [...money, ...ordered, ...(time === undefined ? [] : [time])].filter(({ choices }) => choices.length > 0);
}

interface GeneratedCall {
  readonly facts: CallFacts;
  readonly sent: JsonObject;
}

function callOf(use: ToolUse, choices: readonly Choice[], mentions: Mentions): GeneratedCall {
  const start = newDraft(selectingArgs(use));
  const draft = choices.reduce<Draft>((all, choice) => choice.write(all), start);
  const { forwarded, reason } = withoutAddedReason(draft.args, use, mentions);
  const args = sentArgs(forwarded, use.entry);
  const { classification, facts } = use.classifier.call(args);
  return {
    sent: reason === undefined ? args : new Map(args).set('reason', reason),
    facts: {
      ...{ ...facts, ...(reason !== undefined && { reason: addedReason(reason) }) },
      ...{ tool: use.tool, upstream: use.upstream, classification, args },
      ...{ grant: { name: brandAs('anybody'), labels: draft.labels }, principal: draft.principal },
      timeMs: draft.timeMs,
    },
  };
}

type Value = JsonObject extends ReadonlyMap<string, infer V> ? V : never;

/** A tool without a reason of its own gets one from the gateway, which takes it out before it forwards the call. */
function withoutAddedReason(args: JsonObject, { entry }: ToolUse, { facts }: Mentions) {
  const reason: Value | undefined = args.get('reason');
  const added = entry !== null && entry.reason === undefined && facts.has('reason');
  if (!added || reason === undefined) return { forwarded: args, reason: undefined };
  return { forwarded: new Map([...args].filter(([key]) => key !== 'reason')), reason };
}

function addedReason(value: Value): CallFacts['reason'] {
  return isBlank(value) ? { state: 'absent' } : { state: 'known', value };
}

function changeOf(
  { facts, sent }: GeneratedCall,
  words: string,
  mentions: Mentions,
  a: Policy,
  b: Policy,
): Change | null {
  const under = (policy: Policy): Standing => standingOf(decide(facts, [{ state: 'loaded', policy }]), facts);
  const [before, after] = [under(a), under(b)];
  if (!differs(before, after)) return null;
  const timed = [...mentions.facts.values()].some(({ ref }) => ref.fact === 'time');
  return {
    ...{ tool: facts.tool, call: words, arguments: sent },
    time: timed ? new Date(facts.timeMs).toISOString() : null,
    ...{ direction: directionOf(before, after), a: before, b: after },
  };
}
