/** Tells the client that a list is another now: once for a burst of changes, and only if it is. */

/** Servers announce changes in bursts. */
const DEBOUNCE_MS = 200;

export class ListWatch {
  readonly #texts = new Map<string, { readonly ask: () => Promise<string | null>; known: string }>();
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Notes what the client got for a list; `ask` gets it again, or null if it cannot be had now. */
  know(list: string, known: string, ask: () => Promise<string | null>): void {
    this.#texts.set(list, { ask, known });
  }

  /** Something may have changed. A client that never asked for a list is told nothing of it. */
  stir(): void {
    if (this.#ended || this.#texts.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#checking = this.#checking.then(() => this.#check());
    }, DEBOUNCE_MS);
    this.#timer.unref();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    let isChanged = false;
    for (const one of this.#texts.values()) {
      const now = await one.ask();
      if (now === null || now === one.known) continue;
      one.known = now;
      isChanged = true;
    }
    if (isChanged && !this.#ended) this.#changed();
  }
}
