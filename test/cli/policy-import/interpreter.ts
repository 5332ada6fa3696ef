/**
 * What the two source formats say of a call, written straight from their description and sharing nothing with the
 * importer. Where a description leaves a choice, the stricter reading is taken: `missing` is what a predicate on an
 * argument that is left out comes to.
 */
export interface Answer {
  readonly outcome: 'allow' | 'deny';
  /** `5 per minute`, for each cap that counts the call. */
  readonly caps: readonly string[];
}

/** A document of either format, as data. */
export interface Doc {
  readonly default?: string;
  readonly hide?: readonly string[];
  readonly all_tools?: Body;
  readonly tools?: Readonly<Record<string, Body | null | 'allow' | 'deny' | 'hide'>>;
}
export interface Body {
  readonly rules?: readonly InterceptRule[];
  readonly require?: readonly (Predicate | Group)[];
  readonly deny_if?: readonly Group[];
  readonly limits?: readonly Quota[];
}
interface InterceptRule {
  readonly action?: string;
  readonly conditions?: readonly Predicate[];
  readonly rate_limit?: string;
  readonly state?: { readonly counter: string; readonly window: string; readonly increment?: number };
}
export interface Predicate {
  readonly path: string;
  readonly op: string;
  readonly value?: unknown;
}
interface Group {
  readonly conditions: readonly Predicate[];
}
interface Quota {
  readonly max?: number;
  readonly limit?: number;
  readonly window?: string;
  readonly per?: string;
  readonly rate?: string;
}

export type Args = Readonly<Record<string, unknown>>;

const DENY: Answer = { outcome: 'deny', caps: [] };

export function intercept(doc: Doc, tool: string, args: Args): Answer {
  if (hides(doc, tool)) return DENY;
  const listed = bodyOf(doc, tool);
  if (listed === undefined && doc.default === 'deny') return DENY;
  const caps: string[] = [];
  for (const [name, body] of [
    [tool, listed],
    ['*', bodyOf(doc, '*')],
  ] as const) {
    const rules = body?.rules ?? [];
    for (const rule of rules) {
      if (rule.action === 'deny') return DENY;
      if (rule.rate_limit !== undefined) caps.push(rule.rate_limit.replace('/', ' per '));
      for (const one of rule.conditions ?? []) {
        if (!one.path.startsWith('state.')) {
          if (!holds(one, args, false)) return DENY;
          continue;
        }
        const counter = one.path.replace(name === '*' ? 'state._global.' : `state.${name}.`, '');
        const state = rules.map((other) => other.state).find((other) => other?.counter === counter)!;
        const most = one.op === 'lt' ? Number(one.value) - 1 : Number(one.value);
        caps.push(`${Math.floor(most / (state.increment ?? 1))} per ${state.window}`);
      }
    }
  }
  return caps.some((cap) => cap.startsWith('0 ')) ? DENY : { outcome: 'allow', caps: caps.sort() };
}

export function policyLayer(doc: Doc, tool: string, args: Args): Answer {
  if (hides(doc, tool)) return DENY;
  const body = doc.tools?.[tool];
  if (body === undefined && doc.default !== 'allow') return DENY;
  if (body === 'deny' || body === 'hide') return DENY;
  const parts = [doc.all_tools ?? {}, typeof body === 'object' && body !== null ? body : {}];
  for (const { require = [], deny_if = [] } of parts) {
    for (const one of require) {
      const all = 'conditions' in one ? one.conditions : [one];
      if (!all.every((predicate) => holds(predicate, args, false))) return DENY;
    }
    for (const { conditions } of deny_if)
      if (conditions.every((predicate) => holds(predicate, args, true))) return DENY;
  }
  const caps = parts.flatMap(({ limits = [] }) => limits.map(quota));
  return caps.some((cap) => cap.startsWith('0 ')) ? DENY : { outcome: 'allow', caps: caps.sort() };
}

function quota({ max, limit, window, per, rate }: Quota): string {
  return rate === undefined ? `${max ?? limit} per ${window ?? per}` : rate.replace('/', ' per ');
}

function hides({ hide = [] }: Doc, tool: string): boolean {
  return hide.includes(tool) || hide.includes('*');
}

function bodyOf(doc: Doc, tool: string): Body | undefined {
  const body = doc.tools?.[tool];
  return body === null ? {} : typeof body === 'object' ? body : undefined;
}

function holds({ path, op, value }: Predicate, args: Args, missing: boolean): boolean {
  const names = path.split('.').filter((name, index) => index > 0 || name !== 'args');
  let here: unknown = args;
  for (const name of names) here = typeof here === 'object' && here !== null ? (here as Args)[name] : undefined;
  if (op === 'exists') return (here !== undefined && here !== null) === (value ?? true);
  if (here === undefined || here === null) return missing;
  switch (op) {
    case 'eq':
      return same(here, value);
    case 'neq':
      return !same(here, value);
    case 'in':
      return (value as unknown[]).some((one) => same(here, one));
    case 'not_in':
      return !(value as unknown[]).some((one) => same(here, one));
    case 'lt':
      return order(here, value, missing, (a, b) => a < b);
    case 'lte':
      return order(here, value, missing, (a, b) => a <= b);
    case 'gt':
      return order(here, value, missing, (a, b) => a > b);
    case 'gte':
      return order(here, value, missing, (a, b) => a >= b);
    case 'regex':
      return typeof here === 'string' || typeof here === 'number'
        ? new RegExp(String(value)).test(String(here))
        : missing;
    case 'contains':
      if (Array.isArray(here)) return here.some((one) => same(one, value));
      return typeof here === 'string' ? here.includes(String(value)) : missing;
    default:
      throw new Error(`no operator ${op}`);
  }
}

/** Numbers and strings are converted into each other. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === typeof b) return a === b;
  const [one, other] = [asNumber(a), asNumber(b)];
  return one !== undefined && one === other;
}

function order(a: unknown, b: unknown, missing: boolean, test: (a: number, b: number) => boolean): boolean {
  const [one, other] = [asNumber(a), asNumber(b)];
  return one === undefined || other === undefined ? missing : test(one, other);
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}
