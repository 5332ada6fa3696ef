/** What is known of one call when it is decided. Everything here was written by an outsider or by the operator. */
import type { GrantName, ToolName, UpstreamName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { Direction, Kind } from './kinds.ts';
import type { Money } from './money.ts';

/**
 * One normalised fact. `absent` means that the caller left it out and that this has no other meaning; `unknown` means
 * that there is a value which cannot be derived (a full refund without an amount, a price behind an id, a wrong type).
 */
export type Fact<T> =
  | { readonly state: 'known'; readonly value: T; readonly assumed?: boolean }
  | { readonly state: 'absent' }
  | {
      readonly state: 'unknown';
      readonly why: string;
      /** True when the caller did write something there; `present` asks for it. */
      readonly given?: boolean;
    };

/** What the catalogue says a call does. An unclassified call never slips through a wildcard. */
export type Classification =
  { readonly kind: Kind; readonly direction: Direction } | { readonly kind: 'unclassified'; readonly why: string };

/** The normalised facts that the catalogue takes out of the arguments. */
export interface MoneyFacts {
  readonly amount: Fact<Money>;
  readonly currency: Fact<string>;
  readonly reason: Fact<Json>;
  readonly recipient: Fact<Json>;
  readonly reference: Fact<Json>;
  readonly quantity: Fact<Json>;
}

/** The name of one of them. */
export type FactName = keyof MoneyFacts;

/** One call, ready to be decided. */
export interface CallFacts extends MoneyFacts {
  readonly tool: ToolName;
  readonly upstream: UpstreamName;
  readonly classification: Classification;
  /** The arguments exactly as they will be forwarded. */
  readonly args: JsonObject;
  readonly grant: { readonly name: GrantName; readonly labels: ReadonlyMap<string, string> };
  readonly principal: string;
  /** The instant of the decision, milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
}
