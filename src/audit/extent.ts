/** How far a file of the log goes, read from its end. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_LINE_BYTES, readRecord } from './chain.ts';
import type { Extent } from './checkpoint.ts';

const NEWLINE = 0x0a;

/** The count and the hash of the last complete record; undefined for a file without one. Throws what reading throws. */
export function extentOf(path: string): Extent | undefined {
  const tail = readEnd(path, 3 * MAX_LINE_BYTES);
  const end = tail.lastIndexOf(NEWLINE);
  if (end === -1) return undefined;
  const begin = end === 0 ? -1 : tail.lastIndexOf(NEWLINE, end - 1);
  const record = readRecord(tail.subarray(begin + 1, end));
  return record?.intact === true ? { count: record.seq + 1, head: record.hash } : undefined;
}

function readEnd(path: string, bytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, bytes));
    return tail.subarray(0, readSync(fd, tail, 0, tail.length, size - tail.length));
  } finally {
    closeSync(fd);
  }
}
