/** Standard output for many lines: written in pieces, no faster than they are read, and quiet when nobody reads on. */

const PIECE_BYTES = 64 * 1024;

export class Output {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor() {
    // The entry point ends the process at once when nobody reads on; a reading of the log is to be recorded first.
    process.stdout.removeAllListeners('error');
    process.stdout.on('error', () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  /** True once whoever read is gone. */
  closed(): boolean {
    return this.#isClosed;
  }

  /** Takes one line; the bytes may change afterwards. */
  async line(line: string | Buffer, lineEnd = '\n'): Promise<void> {
    const piece = Buffer.concat([typeof line === 'string' ? Buffer.from(line) : line, Buffer.from(lineEnd)]);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= PIECE_BYTES) await this.flush();
  }

  /** Resolves when what was taken is on its way, or nobody wants it. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    if (bytes.length === 0 || this.#isClosed) return;
    if (!process.stdout.write(bytes)) await this.#drained();
    // Signals, and the news that the reader is gone, come between turns of the event loop.
    await new Promise(setImmediate);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      process.stdout.once('drain', resolve);
    });
  }
}
