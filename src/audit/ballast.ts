/**
 * A file that only takes room. When the disk is full it is given up, so that the log can say so and the store can finish
 * what it has begun; the calls that come then are refused until there is room for it again.
 */
import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';

/** Its name in the audit directory; no shipper that looks for `*.jsonl` sees it. */
export const BALLAST = 'ballast';
const BALLAST_BYTES = 256 * 1024;

export class Ballast {
  readonly #path: string;
  readonly #bytes: number;

  constructor(directory: string, bytes = BALLAST_BYTES) {
    this.#path = join(directory, BALLAST);
    this.#bytes = bytes;
  }

  /**
   * True if the disk has so much room that the ballast can be taken back and as much is left. What the ballast itself gave
   * up must not look like room that somebody made.
   */
  isRoomy(): boolean {
    return this.#freeBytes() >= 2 * this.#bytes;
  }

  #freeBytes(): number {
    try {
      const { bavail, bsize } = fs.statfsSync(dirname(this.#path));
      return bavail * bsize;
    } catch {
      return Infinity;
    }
  }

  /** Takes the room, if it is not taken. False if there is none. */
  take(): boolean {
    if (fs.statSync(this.#path, { throwIfNoEntry: false })?.size === this.#bytes) return true;
    this.give();
    try {
      // Bytes that no file system can compress or leave out.
      fs.writeFileSync(this.#path, randomBytes(this.#bytes), { mode: 0o600, flag: 'wx', flush: true });
      return true;
    } catch {
      this.give();
      return false;
    }
  }

  /** Gives the room up. Where that is not possible either, the refusals go on without a last record. */
  give(): void {
    try {
      fs.rmSync(this.#path, { force: true });
    } catch {
      return;
    }
  }
}
