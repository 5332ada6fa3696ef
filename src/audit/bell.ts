/** Waiting for the files of a folder to change. */
import { watch, type FSWatcher } from 'node:fs';

/** File system events may be lost or coalesced; the poll makes up for that. */
const POLL_MS = 500;

/** Rings when something may have been written. */
export class Bell {
  readonly #watcher: FSWatcher | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #ring = (): void => this.#wake();
  #rung = false;
  #waiting: (() => void) | undefined;

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#watcher = this.#watch(directory);
    this.#timer = setInterval(this.#ring, POLL_MS);
    signal?.addEventListener('abort', this.#ring);
  }

  /** Resolves with true when something may be new, with false when the reader is to end. */
  async rings(): Promise<boolean> {
    if (!this.#rung && this.#signal?.aborted !== true) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    this.#rung = false;
    return this.#signal?.aborted !== true;
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
    this.#signal?.removeEventListener('abort', this.#ring);
  }

  #wake(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** Nothing where watching is not possible: the poll remains. */
  #watch(directory: string): FSWatcher | undefined {
    try {
      return watch(directory, this.#ring).on('error', () => undefined);
    } catch {
      return undefined;
    }
  }
}
