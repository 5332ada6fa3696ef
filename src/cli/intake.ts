/** The client's input. It is read while nobody wants it to wait. */
import type { Readable } from 'node:stream';

/** Why it may wait: the client does not read its answers, or it was refused too often. */
type Cause = 'output' | 'refusals';

export class Intake {
  readonly #stream: Readable;
  readonly #causes = new Set<Cause>();

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  pause(cause: Cause): void {
    this.#causes.add(cause);
    this.#stream.pause();
  }

  resume(cause: Cause): void {
    if (this.#causes.delete(cause) && this.#causes.size === 0) this.#stream.resume();
  }
}
