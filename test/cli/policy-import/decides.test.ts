import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importPolicy } from '../../../src/cli/policy-import/import.ts';
import type { Imported } from '../../../src/cli/policy-import/import.ts';
import { readPolicy, readSource } from '../../../src/config/index.ts';
import { decide } from '../../../src/core/decide.ts';
import type { CallFacts } from '../../../src/core/facts.ts';
import { unknownFacts } from '../../../src/core/extract.ts';
import { brandAs, toolName } from '../../../src/core/ids.ts';
import type { Policy } from '../../../src/core/policy.ts';
import { reservationsOf } from '../../../src/core/reservation.ts';
import { object } from '../../core/build.ts';
import { INTERCEPT, POLICY_LAYER } from './corpus.ts';
import { intercept, policyLayer } from './interpreter.ts';
import type { Answer, Args, Body, Doc, Predicate } from './interpreter.ts';

async function imported(file: string, text: string): Promise<Policy> {
  const result = await importPolicy(readSource(file, text), { upstream: 'shop', partial: false });
  if ('why' in result) throw new Error(result.why);
  expect(result.notes.filter((note) => note.refused !== undefined)).toEqual([]);
  return loaded(result);
}

async function loaded({ policy }: Imported): Promise<Policy> {
  const read = await readPolicy(brandAs('imported'), readSource('out.json', JSON.stringify(policy)));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.policy;
}

const WINDOWS: Readonly<Record<number, string>> = {
  60_000: 'minute',
  3_600_000: 'hour',
  86_400_000: 'day',
  604_800_000: 'week',
};

/** Our answer in the words of the interpreter. */
function ours(policy: Policy, tool: string, args: Args): Answer {
  const upstream = brandAs<CallFacts['upstream']>('shop');
  const call: CallFacts = {
    ...unknownFacts('nothing is normalised here'),
    ...{ tool: toolName(upstream, tool), upstream, classification: { kind: 'read', direction: 'none' } },
    ...{ args: object(args), grant: { name: brandAs('g'), labels: new Map() }, principal: 'p', timeMs: 0 },
  };
  const decision = decide(call, [{ state: 'loaded', policy }]);
  if (decision.outcome === 'deny') return { outcome: 'deny', caps: [] };
  const { requests, faults } = reservationsOf(decision.obligations, call, 0);
  if (faults.length > 0 || requests.some(({ amount, cap }) => amount > cap)) return { outcome: 'deny', caps: [] };
  const caps = decision.obligations.flatMap((one) => {
    if (one.type !== 'reserve' || one.limit.counts.unit !== 'calls') return [];
    const { window, counts } = one.limit;
    return [`${counts.cap} per ${window.is === 'calendar' ? window.unit : WINDOWS[window.spanMs]}`];
  });
  return { outcome: 'allow', caps: caps.sort() };
}

function predicatesOf(doc: Doc): readonly Predicate[] {
  const bodies: Body[] = [
    doc.all_tools ?? {},
    ...Object.values(doc.tools ?? {}).filter((body) => typeof body === 'object' && body !== null),
  ];
  return bodies
    .flatMap((body) => [
      ...(body.rules ?? []).flatMap((rule) => rule.conditions ?? []),
      ...(body.require ?? []).flatMap((one) => ('conditions' in one ? one.conditions : [one])),
      ...(body.deny_if ?? []).flatMap((one) => one.conditions),
    ])
    .filter(({ path }) => !path.startsWith('state.'));
}

/** Values of the type that the predicate looks for, and the odd ones. */
function valuesFor({ op, value }: Predicate): { readonly plain: readonly unknown[]; readonly odd: readonly unknown[] } {
  const listed = Array.isArray(value) ? (value as unknown[]) : [value];
  const [first] = listed;
  if (op === 'exists') return { plain: ['given', undefined], odd: [7, false, ['x']] };
  if (op === 'regex')
    return { plain: ['price_1', 'a gift', 'my card', 'other', 'x price_'], odd: [undefined, 7, true] };
  if (typeof first === 'number') {
    return {
      plain: [first - 1, first, first + 1],
      odd: [undefined, String(first), String(first + 1), 'text', true, []],
    };
  }
  if (typeof first === 'boolean') return { plain: [true, false], odd: [undefined, 'true', 1] };
  return { plain: [...listed, 'other', `a ${String(first)} b`], odd: [undefined, 7, '7', false, ['x', first], {}] };
}

interface Sample {
  readonly args: Args;
  readonly plain: boolean;
}

function samplesFor(doc: Doc): readonly Sample[] {
  let samples: readonly Sample[] = [{ args: {}, plain: true }];
  const paths = [...new Map(predicatesOf(doc).map((one) => [one.path, one])).values()];
  for (const predicate of paths) {
    const same = predicatesOf(doc)
      .filter(({ path }) => path === predicate.path)
      .map(valuesFor);
    const plain = same.flatMap((values) => values.plain.map((value) => ({ value, plain: true })));
    const odd = same.flatMap((values) => values.odd.map((value) => ({ value, plain: false })));
    samples = samples.flatMap(({ args, plain: before }) =>
      [...plain, ...odd].map(({ value, plain: now }) => ({
        args: withValue(args, predicate.path, value),
        plain: before && now,
      })),
    );
  }
  return samples;
}

function withValue(args: Args, path: string, value: unknown): Args {
  if (value === undefined) return args;
  const [first = '', ...rest] = path.split('.').filter((name, index) => index > 0 || name !== 'args');
  if (rest.length === 0) return { ...args, [first]: value };
  return { ...args, [first]: withValue((args[first] ?? {}) as Args, rest.join('.'), value) };
}

function check(policy: Policy, doc: Doc, interpret: (doc: Doc, tool: string, args: Args) => Answer): void {
  const tools = [...new Set([...Object.keys(doc.tools ?? {}), ...(doc.hide ?? []), 'unlisted'])].filter(
    (name) => name !== '*',
  );
  for (const { args, plain } of samplesFor(doc)) {
    for (const tool of tools) {
      const [expected, got] = [interpret(doc, tool, args), ours(policy, tool, args)];
      const what = `${tool} ${JSON.stringify(args)}`;
      if (plain) expect(got, what).toEqual(expected);
      // A value of another type may be refused here and converted there, never the other way round.
      else if (expected.outcome === 'deny') expect(got.outcome, what).toBe('deny');
    }
  }
}

describe('when an Intercept policy is imported', () => {
  it.each(Object.entries(INTERCEPT))('decides as the source does: %s', async (_, text) => {
    check(await imported('policy.yaml', text), parse(text) as Doc, intercept);
  });
});

describe('when a PolicyLayer policy is imported', () => {
  it.each(Object.entries(POLICY_LAYER))('decides as the source does: %s', async (_, text) => {
    check(await imported('policy.json', text), JSON.parse(text) as Doc, policyLayer);
  });
});
