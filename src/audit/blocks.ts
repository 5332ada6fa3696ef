/** A file in blocks of whole lines, from either end, in memory that does not grow with the file. */
import type { FileHandle } from 'node:fs/promises';
import { NEWLINE } from './lines.ts';

/** Thirty times the longest line of ours: what finds no line end in a block is no record. */
const BLOCK_BYTES = 256 * 1024;
/** What stands for such a line. */
const NO_RECORD = Buffer.alloc(0);

/** Lines side by side, with line ends between them and none behind. The bytes are overwritten by the next block. */
export interface Block {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** Reads the lines between the beginning of a file and `end`, which is behind a line end. */
export class BlockReader {
  readonly #file: FileHandle;
  readonly #buffer: Buffer;
  readonly #isBackward: boolean;
  #from = 0;
  #to: number;

  constructor(file: FileHandle, end: number, isBackward: boolean) {
    this.#file = file;
    this.#to = end;
    this.#isBackward = isBackward;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, end));
  }

  /** The next lines; nothing when all were read. Throws what reading the file throws. */
  async next(): Promise<Block | undefined> {
    if (this.#from >= this.#to) return undefined;
    return this.#isBackward ? this.#backward() : this.#forward();
  }

  async #forward(): Promise<Block> {
    const offset = this.#from;
    const bytes = await this.#read(offset);
    const last = bytes.lastIndexOf(NEWLINE);
    this.#from = last === -1 ? await this.#lineEndFrom(offset + bytes.length) : offset + last + 1;
    return { bytes: last === -1 ? NO_RECORD : bytes.subarray(0, last), offset };
  }

  async #backward(): Promise<Block> {
    const from = Math.max(0, this.#to - BLOCK_BYTES);
    const bytes = await this.#read(from);
    const first = from === 0 ? -1 : bytes.indexOf(NEWLINE);
    if (first !== bytes.length - 1) {
      this.#to = from + first + 1;
      return { bytes: bytes.subarray(first + 1, -1), offset: from + first + 1 };
    }
    this.#to = await this.#lineStartBefore(from);
    return { bytes: NO_RECORD, offset: this.#to };
  }

  async #lineEndFrom(from: number): Promise<number> {
    for (let at = from; at < this.#to; at += BLOCK_BYTES) {
      const found = (await this.#read(at)).indexOf(NEWLINE);
      if (found !== -1) return at + found + 1;
    }
    return this.#to;
  }

  async #lineStartBefore(to: number): Promise<number> {
    for (let at = to; at > 0; at -= BLOCK_BYTES) {
      this.#to = at;
      const from = Math.max(0, at - BLOCK_BYTES);
      const found = (await this.#read(from)).lastIndexOf(NEWLINE);
      if (found !== -1) return from + found + 1;
    }
    return 0;
  }

  async #read(offset: number): Promise<Buffer> {
    const length = Math.min(BLOCK_BYTES, this.#to - offset);
    const { bytesRead } = await this.#file.read(this.#buffer, 0, length, offset);
    // Whoever cuts a file while it is read loses what was there, and not more.
    if (bytesRead < length) this.#to = offset + bytesRead;
    return this.#buffer.subarray(0, bytesRead);
  }
}
