/**
 * Ends of calls that the store has to hear of. The answer of a call that has happened is never held back by a store that
 * cannot be reached: its end is told again until the store has it. If the gateway dies first, the call is in doubt.
 */

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** An agent that calls on while the store is away must not fill the memory. */
const MOST_OWED = 10_000;
/** A gateway that ends waits so long for a store that is away. */
const LAST_TRY_MS = 2_000;

type Act = () => Promise<unknown>;

export class Settlements {
  readonly #warn: (sentence: string) => void;
  /** In the order in which the store shall hear of them. */
  readonly #owed = new Map<string, Act>();
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /** Tells the store, now or as soon as it can be reached. `key` names what is told: a later end takes the place of an earlier. Never rejects. */
  async tell(key: string, act: Act): Promise<void> {
    try {
      await act();
      // What was owed before under this name is told with it.
      this.#owed.delete(key);
    } catch (error) {
      if (this.#owed.size === 0)
        this.#warn(`the state store did not take the end of a call, and will be told again: ${words(error)}`);
      this.#owe(key, act);
      this.#retryLater();
    }
  }

  /** Tries once more what is still owed. Resolves within two seconds. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#owed.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, LAST_TRY_MS)));
    await Promise.race([this.#tellOwed(), late]);
    clearTimeout(timer);
    if (this.#owed.size > 0)
      this.#warn(
        `the ends of ${this.#owed.size} call(s) are not in the state store: \`countersign quota list\` shows them in doubt`,
      );
  }

  /** What is owed beyond the bound is forgotten here, and in doubt there: that gives nothing back. */
  #owe(key: string, act: Act): void {
    this.#owed.set(key, act);
    const [oldest] = this.#owed.keys();
    if (this.#owed.size > MOST_OWED && oldest !== undefined) this.#owed.delete(oldest);
  }

  #retryLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#retry(), this.#retryMs);
    this.#timer.unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  async #retry(): Promise<void> {
    await this.#tellOwed();
    this.#timer = undefined;
    if (this.#owed.size > 0) this.#retryLater();
    else this.#retryMs = FIRST_RETRY_MS;
  }

  async #tellOwed(): Promise<void> {
    try {
      for (const [key, act] of this.#owed) {
        await act();
        // Another may have taken its place meanwhile.
        if (this.#owed.get(key) === act) this.#owed.delete(key);
      }
    } catch {
      // It was said when the first of them failed; the rest waits with it.
    }
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
