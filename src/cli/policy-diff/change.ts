/** One call that two policies decide differently, and how much more the second one permits. */
import type { Json } from '../../core/json.ts';
import { LEVELS } from './standing.ts';
import type { Standing } from './standing.ts';

/** `looser`: the second policy permits more. `other`: what has to be met is not more or less, but something else. */
export type Direction = 'looser' | 'other' | 'tighter';

export interface Change {
  readonly tool: string;
  /** The call in words: `refund of 500.01 USD without a reason`. */
  readonly call: string;
  /** The call as `policy explain` takes it. */
  readonly arguments: Json;
  /** ISO 8601; only when a rule asks for the time. */
  readonly time: string | null;
  readonly direction: Direction;
  readonly a: Standing;
  readonly b: Standing;
}

/** True if a caller would notice: another level, or other obligations. The rule alone is no decision. */
export function differs(a: Standing, b: Standing): boolean {
  return a.level !== b.level || a.obligations.join('\n') !== b.obligations.join('\n');
}

function step(a: Standing, b: Standing): number {
  return LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level);
}

/** Which way a difference goes. */
export function directionOf(a: Standing, b: Standing): Direction {
  const levels = step(a, b);
  if (levels !== 0) return levels > 0 ? 'looser' : 'tighter';
  const dropped = a.obligations.some((words) => !b.obligations.includes(words));
  const added = b.obligations.some((words) => !a.obligations.includes(words));
  if (dropped && added) return 'other';
  return dropped ? 'looser' : 'tighter';
}

const ORDER: readonly Direction[] = ['looser', 'other', 'tighter'];

/** The most permissive change first: what was denied and is allowed now stands at the top. */
export function byPermission(one: Change, other: Change): number {
  return (
    ORDER.indexOf(one.direction) - ORDER.indexOf(other.direction) ||
    step(other.a, other.b) - step(one.a, one.b) ||
    LEVELS.indexOf(other.b.level) - LEVELS.indexOf(one.b.level) ||
    compare(one.tool, other.tool)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
