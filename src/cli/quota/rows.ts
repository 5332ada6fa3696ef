/** What every limit stands at: what the store counts, beside the limits of the configuration that nothing was counted under. */
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import { type Limit, type Rule, type Selector, splitToolName, type Window, windowAt } from '../../core/index.ts';
import { type CounterState, MAX_COUNT, type QuotaCounter, type QuotaWindow } from '../../state/index.ts';

/** One line of the list. Amounts are minor units, or calls. */
export interface QuotaRow extends Omit<QuotaCounter, 'id'> {
  /** The grant, where the limit counts a single one. */
  readonly grant: string | null;
  readonly used: number;
  readonly reserved: number;
  readonly inDoubt: number;
  readonly closed: number;
  readonly cap: number;
  readonly resetsMs: number | null;
  /** The counter's digest; null while nothing is counted. */
  readonly counter: string | null;
}

interface Wanted {
  /** Only what counts the calls of this grant. */
  readonly grant: string | undefined;
  /** Counters of single values too. */
  readonly all: boolean;
}

export interface QuotaRows {
  readonly rows: readonly QuotaRow[];
  /** Counters of single values that are not among the rows. */
  readonly leftOut: number;
}

/** A limit of the configuration, under one subject and in one unit. */
interface Declared extends Omit<QuotaCounter, 'id'> {
  readonly cap: number;
}

/** The rows in the order of the configuration, then those that no rule of it counts any more. */
export function rowsOf(
  config: LoadedConfig,
  counters: readonly CounterState[],
  { grant, all }: Wanted,
  nowMs: number,
): QuotaRows {
  const grants = [...config.grants.values()].filter(({ name }) => grant === undefined || name === grant);
  const declared = declaredIn(config, grants, nowMs);
  const caps = new Map(declared.map((limit) => [ruleKey(limit), limit.cap]));
  const standing = new Map(counters.filter(({ counter }) => !counter.keyed).map((one) => [keyOf(one.counter), one]));
  const plain = [...new Map(declared.filter(({ keyed }) => !keyed).map((limit) => [keyOf(limit), limit]))];
  const known = plain.map(([key, limit]) => rowOf(limit, standing.get(key), limit.cap));
  const shown = new Set(plain.map(([key]) => key));
  const others = counters
    .filter(standsAtSomething)
    .filter(
      ({ counter }) =>
        (counter.keyed || !shown.has(keyOf(counter))) && (grant === undefined || concerns(counter, grant, grants[0])),
    );
  const kept = others.filter(({ counter }) => all || !counter.keyed);
  const rest = kept.map((one) => rowOf(one.counter, one, caps.get(ruleKey(one.counter)) ?? one.cap));
  return { rows: [...known, ...rest], leftOut: others.length - kept.length };
}

function rowOf(of: Omit<QuotaCounter, 'id'>, state: CounterState | undefined, cap: number): QuotaRow {
  const { policy, rule, scope, subject, unit, keyed } = of;
  const window = state?.counter.window ?? of.window;
  return {
    ...{ policy, rule, scope, subject, unit, keyed, window, cap },
    grant: scope === 'grant' ? subject : null,
    used: state?.used ?? 0,
    reserved: state?.reserved ?? 0,
    inDoubt: state?.inDoubt ?? 0,
    closed: state?.closed ?? 0,
    resetsMs: state?.resetsMs ?? (window.is === 'calendar' ? window.endMs : null),
    counter: state?.counter.id ?? null,
  };
}

/** False for a counter that was used, and was reset or given everything back. */
export function standsAtSomething({ used, reserved, inDoubt, closed }: CounterState): boolean {
  return used + reserved + inDoubt + closed > 0;
}

/** True if the calls of the grant count under it. */
export function concerns(
  { scope, subject, policy }: QuotaCounter,
  name: string,
  grant: GrantConfig | undefined,
): boolean {
  if (scope === 'grant') return subject === name;
  if (grant === undefined || !grant.policies.some((one) => one === policy)) return false;
  if (scope === 'principal') return subject === grant.principal;
  return scope !== 'upstream' || grant.upstreams.some((one) => one === subject);
}

function declaredIn({ policies }: LoadedConfig, grants: readonly GrantConfig[], nowMs: number): readonly Declared[] {
  return grants.flatMap((grant) =>
    grant.policies.flatMap((name) => {
      const loaded = policies.get(name);
      if (loaded?.state !== 'loaded') return [];
      return loaded.policy.rules.flatMap((rule) =>
        rule.effect === 'limit' ? declaredBy(rule, name, grant, nowMs) : [],
      );
    }),
  );
}

type LimitRule = Extract<Rule, { effect: 'limit' }>;

function declaredBy(
  { id, limit, selectors }: LimitRule,
  policy: Declared['policy'],
  grant: GrantConfig,
  nowMs: number,
): readonly Declared[] {
  const { scope, key } = limit;
  const window = windowAt(limit.window, nowMs);
  if (window === undefined) return [];
  return subjectsOf(scope, policy, grant, selectors).flatMap((subject) =>
    [...capsOf(limit)].map(([unit, cap]) => ({
      ...{ policy, rule: id, scope, subject, unit, window, keyed: key.length > 0 },
      cap: cap > BigInt(MAX_COUNT) ? MAX_COUNT : Number(cap),
    })),
  );
}

function capsOf({ counts }: Limit): ReadonlyMap<string, bigint> {
  return counts.unit === 'calls' ? new Map([['calls', counts.cap]]) : counts.caps;
}

function subjectsOf(
  scope: Limit['scope'],
  policy: Declared['policy'],
  grant: GrantConfig,
  selectors: readonly Selector[],
): readonly string[] {
  switch (scope) {
    case 'grant':
      return [grant.name];
    case 'principal':
      return [grant.principal];
    case 'policy':
      return [policy ?? ''];
    case 'upstream':
      return grant.upstreams.filter((upstream) => selectors.some((one) => isAbout(one, upstream)));
    case 'global':
      return [''];
  }
}

/** False if the selector names another upstream. */
function isAbout(selector: Selector, upstream: string): boolean {
  if (selector.by === 'upstream') return selector.upstream === upstream;
  return selector.by !== 'tool' || splitToolName(selector.tool).upstream === upstream;
}

function windowKey(window: Window | QuotaWindow): string {
  return window.is === 'rolling' ? `rolling ${window.spanMs}` : `${window.unit} ${window.timezone}`;
}

/** What makes two counters of a rule without a key the same one. */
function keyOf(counter: Omit<QuotaCounter, 'id'>): string {
  return JSON.stringify([ruleKey(counter), counter.subject]);
}

/** All counters under it share a cap. */
function ruleKey({ policy, rule, scope, unit, window }: Omit<QuotaCounter, 'id'>): string {
  return JSON.stringify([policy, rule, scope, unit, windowKey(window)]);
}
