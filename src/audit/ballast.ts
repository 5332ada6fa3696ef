/**
 * A file that only takes room. When the disk is full it is given up, so that the log can say so and the store can finish
 * what it has begun; the calls that come then are refused until there is room for it again.
 */
import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Its name in the audit directory; no shipper that looks for `*.jsonl` sees it. */
export const BALLAST = 'ballast';
export const BALLAST_BYTES = 256 * 1024;

export class Ballast {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, BALLAST);
  }

  /** Takes the room, if it is not taken. False if there is none. */
  take(): boolean {
    if (fs.statSync(this.#path, { throwIfNoEntry: false })?.size === BALLAST_BYTES) return true;
    this.give();
    try {
      // Bytes that no file system can compress or leave out.
      fs.writeFileSync(this.#path, randomBytes(BALLAST_BYTES), { mode: 0o600, flag: 'wx', flush: true });
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
