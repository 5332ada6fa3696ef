/** A line on a terminal that says how far something long has come. Nobody else is told. */
import { printable } from './printable.ts';

const FIRST_MS = 1_000;
const EVERY_MS = 250;
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  readonly #terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  #words: () => string = () => '';
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr) {
    this.#terminal = terminal;
    if (terminal.isTTY) this.#timer = setTimeout(() => this.#show(), FIRST_MS).unref();
  }

  /** What is being done now. The words are made only when they are shown. */
  now(words: () => string): void {
    this.#words = words;
  }

  /** Takes the line away. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#isShown) this.#terminal.write(CLEAR_LINE);
    this.#isShown = false;
  }

  #show(): void {
    this.#isShown = true;
    this.#terminal.write(`${CLEAR_LINE}countersign: ${printable(this.#words())}`);
    this.#timer = setTimeout(() => this.#show(), EVERY_MS).unref();
  }
}
