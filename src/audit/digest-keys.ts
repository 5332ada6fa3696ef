/**
 * The keys that argument values are hashed with: one of 32 random bytes for each installation and month (UTC), in a file of
 * its own. Whoever removes the file of a month makes its hashes mean nothing, and the chain stays whole.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { AuditError } from './events.ts';

const KEY_BYTES = 32;
const FILE = /^audit-hmac-(\d{6})\.key$/;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants;

/** A month in UTC, `202611`. */
export function epochOf(timeMs: number): string {
  const date = new Date(timeMs);
  return `${String(date.getUTCFullYear()).padStart(4, '0')}${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}

/** The months that a key is there for, oldest first. Throws `AuditError`. */
export function keyEpochs(directory: string): readonly string[] {
  try {
    return fs
      .readdirSync(directory)
      .flatMap((name) => FILE.exec(name)?.[1] ?? [])
      .sort();
  } catch (error) {
    throw unusable(`the keys in \`${directory}\` cannot be listed`, error);
  }
}

/** The key of a month, or undefined if there is none. Throws `AuditError` for a file that is no key of ours alone. */
export function readKey(directory: string, epoch: string): Buffer | undefined {
  const path = pathOf(directory, epoch);
  let fd;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw unusable(`the key \`${path}\` cannot be read`, error);
  }
  try {
    return contentOf(fd, path);
  } finally {
    fs.closeSync(fd);
  }
}

/** A key with the month that it is for. */
export interface EpochKey {
  readonly epoch: string;
  readonly key: Buffer;
}

/**
 * The key to hash with in the month that it is now; made if there is none. A key that was destroyed must not come back
 * under a clock that shows the past: one that stepped back over the end of a month goes on with the month that had begun,
 * and one that shows longer ago is refused. Throws `AuditError`.
 */
export function currentKey(directory: string, epoch: string): EpochKey {
  const found = readKey(directory, epoch);
  if (found !== undefined) return { epoch, key: found };
  const later = keyEpochs(directory).find((other) => other > epoch);
  if (later !== undefined && later !== monthAfter(epoch)) throw unusable(agoWords(directory, epoch, later));
  if (later === undefined) makeKey(directory, epoch);
  const key = readKey(directory, later ?? epoch);
  if (key === undefined) throw unusable(`the key \`${pathOf(directory, later ?? epoch)}\` vanished`);
  return { epoch: later ?? epoch, key };
}

function monthAfter(epoch: string): string {
  return epochOf(Date.UTC(Number(epoch.slice(0, 4)), Number(epoch.slice(4)), 1));
}

function agoWords(directory: string, epoch: string, later: string): string {
  return (
    `the clock shows the month ${epoch}, whose key is gone, and there is a key of ${later}; ` +
    `set the clock right, or remove \`${pathOf(directory, later)}\` if the clock had leapt ahead`
  );
}

/** The name appears by `link`, so that no other process reads half a key and the first of several keeps its own. */
function makeKey(directory: string, epoch: string): void {
  const path = pathOf(directory, epoch);
  const draft = `${path}.${randomUUID()}`;
  try {
    writeDraft(draft);
    try {
      fs.linkSync(draft, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      fs.unlinkSync(draft);
    }
    syncDirectory(directory);
  } catch (error) {
    throw unusable(`the key \`${path}\` cannot be made`, error);
  }
}

function writeDraft(path: string): void {
  const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fs.writeSync(fd, randomBytes(KEY_BYTES));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function syncDirectory(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function contentOf(fd: number, path: string): Buffer {
  const stat = fs.fstatSync(fd);
  const fault = faultOf(stat);
  if (fault !== null) throw unusable(`the key \`${path}\` ${fault}`);
  const key = Buffer.alloc(KEY_BYTES);
  if (fs.readSync(fd, key, 0, KEY_BYTES, 0) !== KEY_BYTES) throw unusable(`the key \`${path}\` cannot be read whole`);
  return key;
}

function faultOf(stat: fs.Stats): string | null {
  if (!stat.isFile()) return 'is not a regular file';
  if (stat.size !== KEY_BYTES) return `has ${stat.size} bytes instead of ${KEY_BYTES}`;
  if (process.getuid === undefined) return null;
  if (stat.uid !== process.getuid()) return 'belongs to another user';
  return (stat.mode & 0o077) === 0 ? null : 'is open to other users; take their access away with `chmod go=`';
}

function pathOf(directory: string, epoch: string): string {
  return join(directory, `audit-hmac-${epoch}.key`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function unusable(what: string, cause?: unknown): AuditError {
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  return new AuditError('unwritable', `the audit log cannot be written: ${what}${detail}`, { cause });
}
