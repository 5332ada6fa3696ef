/** How many requests a server may make: a flood fills neither the log nor the screen of the client. */

const MOST_A_MINUTE = 60;
const MINUTE_MS = 60_000;

export class Budget {
  readonly #elapsedMs: () => number;
  #sinceMs: number;
  #taken = 0;

  /** `elapsedMs` only goes forward. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
    this.#sinceMs = elapsedMs();
  }

  /** `last`: it is one too many, and the first of which that is said; `spent`: so was one before in this minute. */
  take(): 'free' | 'last' | 'spent' {
    const nowMs = this.#elapsedMs();
    if (nowMs - this.#sinceMs >= MINUTE_MS) {
      this.#sinceMs = nowMs;
      this.#taken = 0;
    }
    this.#taken += 1;
    if (this.#taken <= MOST_A_MINUTE) return 'free';
    return this.#taken === MOST_A_MINUTE + 1 ? 'last' : 'spent';
  }
}
