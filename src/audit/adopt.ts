/**
 * What a crash between writing the admin file and committing its head leaves behind: complete lines beyond the head,
 * which belong to the chain and are taken over, or torn ones, which stay where they are and are never built upon.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { MAX_LINE_BYTES, readRecord } from './chain.ts';
import type { ChainHead } from './ports.ts';

/** Signs what is before it, or is signed later. */
const STANDING_ALONE: ReadonlySet<string> = new Set(['checkpoint', 'segment_opened', 'stream_opened']);
/** Far more than one crash can leave; a longer tail was not left by us. */
const LONGEST_TAIL_BYTES = 64 * MAX_LINE_BYTES;
const NEWLINE = 0x0a;

export interface Adopted {
  /** The head after the complete lines that chain on. */
  readonly head: ChainHead;
  /** True if the file ends with that head, so that a record may be appended. */
  readonly clean: boolean;
}

/** Reads what lies beyond `head` in the file at `path`, which is `size` bytes long. */
export function adopt(path: string, size: number, head: ChainHead): Adopted {
  if (size === head.bytes) return { head, clean: true };
  if (size < head.bytes || size - head.bytes > LONGEST_TAIL_BYTES) return { head, clean: false };
  return chainOn(head, readTail(path, head.bytes, size));
}

function readTail(path: string, from: number, to: number): Buffer {
  const tail = Buffer.alloc(to - from);
  const fd = openSync(path, 'r');
  try {
    let filled = 0;
    while (filled < tail.length) {
      const count = readSync(fd, tail, filled, tail.length - filled, from + filled);
      if (count === 0) break;
      filled += count;
    }
    return tail.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
}

/**
 * Of a tail with a torn end, what comes behind the last signature is left with it: no writer ends between an event and the
 * checkpoint that is written with it, and whatever else stands there must not come under the next one.
 */
function chainOn(start: ChainHead, tail: Buffer): Adopted {
  let head = start;
  let sound = start;
  let from = 0;
  for (let end = tail.indexOf(NEWLINE); end !== -1; end = tail.indexOf(NEWLINE, from)) {
    const record = readRecord(tail.subarray(from, end));
    if (record?.intact !== true || record.seq !== head.count || record.prev !== head.hash) break;
    head = { file: head.file, bytes: head.bytes + end + 1 - from, count: head.count + 1, hash: record.hash };
    from = end + 1;
    if (STANDING_ALONE.has(record.kind)) sound = head;
  }
  return from === tail.length ? { head, clean: true } : { head: sound, clean: false };
}
