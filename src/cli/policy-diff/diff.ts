/** The whole comparison of two policies over the tools of some upstreams. */
import type { UpstreamName } from '../../core/ids.ts';
import { splitToolName } from '../../core/ids.ts';
import type { Policy, Rule, Selector } from '../../core/policy.ts';
import { byPermission } from './change.ts';
import type { Change } from './change.ts';
import { compareUse } from './compare.ts';
import type { UseComparison } from './compare.ts';
import { counterChanges } from './counters.ts';
import type { CounterChange } from './counters.ts';
import { usesOf } from './known-tools.ts';
import type { ComparedUpstream, ToolUse } from './known-tools.ts';
import { mentionsIn } from './mentions.ts';
import { namedCurrencies } from './money-choices.ts';

/** What `--json` prints. */
export interface PolicyDiff {
  readonly changes: readonly Change[];
  /** How many calls both policies decided. */
  readonly compared: number;
  readonly counters: readonly CounterChange[];
  /** Uses of tools on which not every combination was tried. */
  readonly cut: readonly string[];
  /** What could not be compared at all, in words. */
  readonly notCompared: readonly string[];
}

export interface DiffBounds {
  /** Calls over all tools. */
  readonly maxCalls: number;
}

/** So many calls take a few seconds. */
const BOUNDS: DiffBounds = { maxCalls: 400_000 };
/** However many tools there are, each is asked about this often; all pairs of a dozen dimensions fit. */
const MIN_CALLS_PER_USE = 200;
const MAX_CALLS_PER_USE = 20_000;

/** Compares the policies. Deterministic: the same documents and catalogue give the same answer. Throws `CatalogueError`. */
export async function diffPolicies(
  a: Policy,
  b: Policy,
  upstreams: readonly ComparedUpstream[],
  bounds: DiffBounds = BOUNDS,
): Promise<PolicyDiff> {
  const rules = [...a.rules, ...b.rules];
  const currencies = namedCurrencies(mentionsIn(rules));
  const named = (name: UpstreamName) => ({ tools: namedTools(rules, name), currencies });
  const uses = (await Promise.all(upstreams.map((upstream) => usesOf(upstream, named(upstream.name))))).flat();
  const share = Math.floor(bounds.maxCalls / Math.max(uses.length, 1));
  const max = Math.min(Math.max(share, MIN_CALLS_PER_USE), MAX_CALLS_PER_USE);
  const found = uses.map((use) => ({ use, ...compareUse(use, a, b, max) }));
  const strangers = strangeUpstreams(a, b, upstreams);
  const unexpressed = unexpressedUses(found);
  return {
    changes: found.flatMap(({ changes }) => changes).sort(byPermission),
    compared: found.reduce((sum, { compared }) => sum + compared, 0),
    counters: counterChanges(a, b),
    // One document decides as it decides, tried or not.
    cut: a.hash === b.hash ? [] : [...new Set(found.filter(({ cut }) => cut).map(({ use }) => useName(use)))],
    notCompared: [...strangers, ...new Set(unexpressed)],
  };
}

interface Found extends UseComparison {
  readonly use: ToolUse;
}

/** Of a tool that several surfaces describe, an accepted definition fits one; the others are not missed. */
function unexpressedUses(found: readonly Found[]): readonly string[] {
  const expressed = new Set(found.filter(({ unexpressed }) => !unexpressed).map(({ use }) => use.tool));
  return found
    .filter(({ use, unexpressed }) => unexpressed && !expressed.has(use.tool))
    .map(({ use }) => `${useName(use)}: no call could be written`);
}

/** True if the second policy may take the place of the first without anybody noticing. */
export function isSame({ changes, counters, cut, notCompared }: PolicyDiff): boolean {
  return [changes, counters, cut, notCompared].every(({ length }) => length === 0);
}

function useName({ tool, entry }: ToolUse): string {
  return entry === null ? `${tool} (unclassified)` : `${tool} (${entry.kind})`;
}

function selectorsOf(rules: readonly Rule[]): readonly Selector[] {
  return rules.flatMap(({ selectors }) => selectors);
}

function namedTools(rules: readonly Rule[], upstream: UpstreamName): readonly string[] {
  return selectorsOf(rules).flatMap((selector) => {
    if (selector.by === 'name') return [selector.name];
    if (selector.by !== 'tool') return [];
    const named = splitToolName(selector.tool);
    return named.upstream === upstream ? [named.tool] : [];
  });
}

/** Upstreams that a rule names and that nobody described here, where the two policies say something else of them. */
function strangeUpstreams(a: Policy, b: Policy, upstreams: readonly ComparedUpstream[]): readonly string[] {
  const known = new Set<string>(upstreams.map(({ name }) => name));
  const [before, after] = [rulesByUpstream(a), rulesByUpstream(b)];
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !known.has(name)).sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `upstream \`${name}\`: its rules differ, and it is not among the upstreams compared`);
}

function rulesByUpstream({ rules }: Policy): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const rule of rules) {
    for (const name of new Set(rule.selectors.flatMap(upstreamIn)))
      found.set(name, `${found.get(name) ?? ''}${ruleText(rule)}\n`);
  }
  return found;
}

function upstreamIn(selector: Selector): readonly string[] {
  if (selector.by === 'upstream') return [selector.upstream];
  return selector.by === 'tool' ? [splitToolName(selector.tool).upstream] : [];
}

/** The rule without its place, so that one that moved counts as the same. */
function ruleText(rule: Rule): string {
  return JSON.stringify(rule, (key, value: unknown) => {
    if (key === 'pointer') return undefined;
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
  });
}
