/** What an edited configuration changes, beside its policies: every value that is another, with its place. */
import { isDeepStrictEqual } from 'node:util';

export interface ValueChange {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** JSON; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** The differences of two documents, but for their policies and what is only for editors. A configuration holds no secret. */
export function valueChanges(before: unknown, after: unknown): readonly ValueChange[] {
  return differences(withoutPolicies(before), withoutPolicies(after), '');
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
