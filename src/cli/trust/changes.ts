/** What an edited configuration changes, beside its policies: every value that is another, with its place. */
import { isDeepStrictEqual } from 'node:util';

export interface ValueChange {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** JSON; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** The differences of two configurations, but for their policies and what is only for editors. They hold no secret. */
export function valueChanges(before: unknown, after: unknown): readonly ValueChange[] {
  return differences(withoutPolicies(before), withoutPolicies(after), '');
}

/** The differences of two policies, rule by rule, and where their order is another. */
export function policyChanges(before: unknown, after: unknown): readonly ValueChange[] {
  const [old, now] = [byRule(before), byRule(after)];
  const moved = before === undefined ? [] : differences(old.order, now.order, '/rules (order)');
  return [...differences(old.document ?? {}, now.document, ''), ...moved];
}

/** A policy with its rules under their ids, and the order that they have. */
function byRule(document: unknown): { readonly document: unknown; readonly order: unknown } {
  const { rules } = membersOf(document);
  if (!Array.isArray(rules)) return { document, order: undefined };
  const named = rules.map((rule, index): readonly [string, unknown] => {
    const { id } = membersOf(rule);
    return [typeof id === 'string' ? id : String(index), rule];
  });
  return { document: { ...membersOf(document), rules: Object.fromEntries(named) }, order: named.map(([id]) => id) };
}

function withoutPolicies(document: unknown): unknown {
  return Object.fromEntries(
    Object.entries(membersOf(document)).filter(([key]) => key !== '$schema' && key !== 'policies'),
  );
}

function differences(before: unknown, after: unknown, path: string): readonly ValueChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMembers(before) || !isMembers(after)) return [{ path, before: textOf(before), after: textOf(after) }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    differences(before[key], after[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

type Members = Readonly<Record<string, unknown>>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {};
}

function textOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
