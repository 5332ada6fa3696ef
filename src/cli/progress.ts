/** A line on a terminal that says how far something long has come. Nobody else is told. */

const FIRST_MS = 1_000;
const EVERY_MS = 250;
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  readonly #terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  readonly #now: () => number;
  #nextMs: number;
  #isShown = false;

  constructor(terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr, now = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#nextMs = now() + FIRST_MS;
  }

  /** Says it if it is time to; `words` are made only then. */
  step(words: () => string): void {
    if (!this.#terminal.isTTY || this.#now() < this.#nextMs) return;
    this.#nextMs = this.#now() + EVERY_MS;
    this.#isShown = true;
    this.#terminal.write(`${CLEAR_LINE}countersign: ${words()}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isShown) this.#terminal.write(CLEAR_LINE);
    this.#isShown = false;
  }
}
