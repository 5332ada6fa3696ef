/**
 * Intents and their outcomes. Files are read one after the other, so an outcome may come before its intent, and an intent
 * that was carried into the next file before the one that it repeats. What is complete is forgotten at once.
 */

/** Calls that are followed at the same time. */
const MOST_OPEN = 100_000;

interface Half<I, O> {
  readonly intent?: I;
  readonly outcome?: O;
  readonly outcomeMs?: number;
}

export class Pairing<I, O> {
  readonly #halves = new Map<string, Half<I, O>>();
  readonly #settle: (intent: I, outcome: O) => void;
  readonly #most: number;
  /** Intents that were too many to be followed. */
  unpaired = 0;

  constructor(settle: (intent: I, outcome: O) => void, most = MOST_OPEN) {
    this.#settle = settle;
    this.#most = most;
  }

  intent(request: string, intent: I): void {
    const half = this.#halves.get(request);
    if (half?.intent !== undefined) return;
    if (half?.outcome === undefined) {
      this.#keep(request, { ...half, intent });
      return;
    }
    this.#halves.delete(request);
    this.#settle(intent, half.outcome);
  }

  /** The intent stands in a file before; if that is still to be read, it will find the outcome waiting. */
  carried(request: string): void {
    if (!this.#halves.has(request)) this.#keep(request, {});
  }

  outcome(request: string, outcome: O, outcomeMs: number): void {
    const half = this.#halves.get(request);
    if (half?.outcome !== undefined) return;
    if (half?.intent === undefined) {
      this.#keep(request, { outcome, outcomeMs });
      return;
    }
    this.#halves.delete(request);
    this.#settle(half.intent, outcome);
  }

  /** The intents without an outcome, and the outcomes without an intent. */
  rest(): { readonly open: ReadonlyMap<string, I>; readonly strayMs: readonly number[] } {
    const open = new Map<string, I>();
    const strayMs: number[] = [];
    for (const [request, { intent, outcomeMs }] of this.#halves) {
      if (intent !== undefined) open.set(request, intent);
      else if (outcomeMs !== undefined) strayMs.push(outcomeMs);
    }
    return { open, strayMs };
  }

  #keep(request: string, half: Half<I, O>): void {
    if (this.#halves.size < this.#most || this.#halves.has(request)) this.#halves.set(request, half);
    else this.unpaired += 1;
  }
}
