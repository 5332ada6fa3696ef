/** A call while it is put together: every dimension writes its part. */
import { stringify } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';

export interface Draft {
  readonly args: JsonObject;
  readonly timeMs: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly principal: string;
}

/** One choice in one dimension. */
export interface Choice {
  /** How the call is described by it: `without a reason`. Empty when it goes without saying. */
  readonly words: string;
  readonly write: (draft: Draft) => Draft;
}

/** Everything one fact can be; the first choice is the ordinary one. */
export interface Dimension {
  readonly name: string;
  readonly choices: readonly Choice[];
}

/** Monday at noon in UTC; no policy is about this instant. */
const BASE_TIME_MS = Date.UTC(2027, 2, 1, 12);

/** A call before anything was written into it. */
export function newDraft(args: JsonObject): Draft {
  return { args, timeMs: BASE_TIME_MS, labels: new Map(), principal: 'somebody@example.com' };
}

const MAX_SHOWN = 60;

/** A value for people, in backticks and not too long. */
export function shown(value: Json): string {
  const text = typeof value === 'string' ? value : stringify(value);
  const points = Array.from(text);
  return `\`${points.length > MAX_SHOWN ? `${points.slice(0, MAX_SHOWN).join('')}…` : text}\``;
}
