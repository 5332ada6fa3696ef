/** How a process opens its calls log. */
import type { FileSystem } from './fs.ts';
import type { Clock, HeadPort, SegmentPort } from './ports.ts';

export interface CallLogOptions {
  /** The audit directory; it exists and is private. */
  readonly directory: string;
  /** Where the keys of the log are kept; it exists and is private. */
  readonly keysDirectory: string;
  readonly heads: HeadPort;
  readonly segments: SegmentPort;
  readonly clock: Clock;
  /** Noted in every segment; the caller chooses between `write` and `writeDurable`. */
  readonly durability: 'money' | 'all';
  readonly installId: string;
  /** The product's version. */
  readonly version: string;
  /** A segment that has grown to this is followed by a new one; so is one of an earlier UTC day. */
  readonly rotateBytes: number;
  /** The facts whose values are stored, as a segment begins. */
  readonly revealed?: () => readonly string[];
  /** Room that is kept for the last records when the disk is full; 256 KiB if left out. */
  readonly ballastBytes?: number;
  readonly files?: FileSystem;
}
