/** What the screen knows, as data. Everything that is drawn is a function of it. */
import type { MoneyBound } from '../core/money.ts';
import type { Body, Layout } from './document.ts';
import type { Snapshot } from './port.ts';
import type { Seen } from './seen.ts';

export type Pane = 'queue' | 'feed' | 'upstreams' | 'quotas' | 'grants';
export const PANES: readonly Pane[] = ['queue', 'feed', 'upstreams', 'quotas', 'grants'];

export const SORTS = ['age', 'expiry', 'grant'] as const;
export type Sort = (typeof SORTS)[number];

/** Below this a request does not fit, and nothing can be approved. */
export const SMALLEST = { columns: 80, rows: 24 } as const;

/** After something moved under the person's eyes or hands, this long no verdict and no click counts. */
export const SETTLE_MS = 1_000;

export interface ModelOptions {
  /** `each`: asked for every verdict; `once`: the operator chose to give it once; `never`: the key needs none. */
  readonly passphrase: 'each' | 'once' | 'never';
  /**
   * An amount above its currency's line is typed before it is approved, and so is one of a currency without a line or
   * one that is unknown. Null: only an unknown one.
   */
  readonly typeAbove: MoneyBound | null;
}

/** The request that is open, as it was when it was opened: what is read is what is signed. */
export interface OpenRequest {
  readonly body: Body;
  readonly layout: Layout;
  /** First row of the body on the screen. */
  readonly top: number;
  readonly fullHash: boolean;
  /** The desk has said other things under the same id since. */
  readonly isChanged: boolean;
  readonly found: string;
}

export type Verdict = 'approve' | 'reject';

/** A question in the last lines. `entry` is what was typed so far. */
export type Prompt =
  | { readonly asks: 'amount' | 'yes' | 'passphrase'; readonly verdict: Verdict; readonly entry: string }
  | { readonly asks: 'freeze' | 'freeze-passphrase' | 'find'; readonly entry: string };

/** What the desk is to do; who runs the model hands it over and reports the outcome. */
export type Errand =
  | {
      readonly serial: number;
      readonly is: Verdict;
      readonly id: string;
      readonly hash: string;
      readonly passphrase: string | null;
    }
  | { readonly serial: number; readonly is: 'freeze'; readonly passphrase: string | null };

export interface Notice {
  readonly tone: 'good' | 'bad' | 'plain';
  /** Safe to draw. */
  readonly words: string;
}

export interface Model {
  readonly options: ModelOptions;
  readonly columns: number;
  readonly rows: number;
  /** This machine's clock at the last event, and what the desk's clock is ahead of it. */
  readonly localMs: number;
  readonly aheadMs: number;
  /** Null before the desk has told anything. */
  readonly snapshot: Snapshot | null;
  readonly pane: Pane;
  readonly open: OpenRequest | null;
  /** The selected request, which is in the queue or nowhere, and its last place there. */
  readonly selected: string | null;
  readonly cursor: number;
  /** First line of each list on the screen. */
  readonly tops: Readonly<Record<Pane, number>>;
  readonly filters: Readonly<Record<Pane, string>>;
  readonly sort: Sort;
  readonly showEnded: boolean;
  /** By hash: what was read stays read when a request is closed and opened again. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** When the lines of the queue last moved, and when the focus last did. */
  readonly movedMs: number;
  readonly focusMs: number;
  readonly prompt: Prompt | null;
  readonly help: boolean;
  readonly errand: Errand | null;
  readonly serial: number;
  /** The passphrase was given for the whole session. */
  readonly isUnlocked: boolean;
  readonly notice: Notice | null;
  /** How many requests have come while the screen ran. */
  readonly arrivals: number;
  readonly isDone: boolean;
}

export type ModelEvent =
  | { readonly is: 'snapshot'; readonly snapshot: Snapshot; readonly localMs: number }
  | { readonly is: 'tick'; readonly localMs: number }
  | { readonly is: 'resize'; readonly columns: number; readonly rows: number }
  /** A character as typed, or a name in angle brackets. */
  | { readonly is: 'key'; readonly key: string }
  | { readonly is: 'wheel'; readonly by: -1 | 1 }
  | { readonly is: 'click'; readonly row: number }
  | { readonly is: 'outcome'; readonly serial: number; readonly ok: boolean; readonly words: string };

/** The desk's clock. */
export function nowMs({ localMs, aheadMs }: Model): number {
  return localMs + aheadMs;
}

export function isTooSmall({ columns, rows }: Pick<Model, 'columns' | 'rows'>): boolean {
  return columns < SMALLEST.columns || rows < SMALLEST.rows;
}

/** True if the keys go to the open request. */
export function isReading(model: Model): model is Model & { readonly open: OpenRequest } {
  return model.pane === 'queue' && model.open !== null;
}
