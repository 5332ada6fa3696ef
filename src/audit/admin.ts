/**
 * The admin stream: one chain for every process of the home, and the registry of the calls segments. The store's lock
 * makes the writers take turns; a file is never renamed or cut, so a damaged one is left and the next one names it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adopt } from './adopt.ts';
import type { Sealed } from './chain.ts';
import { AuditError, type AdminEvent, type AdminLog } from './events.ts';
import { appendAll, nodeFileSystem, type FileSystem } from './fs.ts';
import type { ChainHead, Clock, HeadPort } from './ports.ts';
import { adminLine, frameLine } from './record.ts';
import type { Stamp } from './ocsf.ts';

const STREAM = 'admin';
const DEFAULT_ROTATE_BYTES = 64 * 1024 * 1024;

export interface AdminLogOptions {
  /** The audit directory; it exists and is private. */
  readonly directory: string;
  readonly heads: HeadPort;
  readonly clock: Clock;
  /** The installation's id. */
  readonly installId: string;
  /** The product's version. */
  readonly version: string;
  readonly rotateBytes?: number;
  readonly files?: FileSystem;
}

/** Where a record stands in the admin stream. */
export interface AdminPlace {
  readonly seq: number;
  readonly hash: string;
}

/** The admin log with the place of each record, for those who refer to it. */
export interface RegistryLog extends AdminLog {
  append(event: AdminEvent): Promise<AdminPlace>;
}

/** The day of an instant in UTC, `yyyymmdd`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Opens the admin stream. Nothing is read or written before the first event. Writes throw `AuditError`. */
export function openAdminLog(options: AdminLogOptions): RegistryLog {
  const append = async (event: AdminEvent): Promise<AdminPlace> => {
    try {
      return await options.heads.exclusive(STREAM, (head) => new AdminStep(options).append(head, event));
    } catch (error) {
      throw unwritable(error);
    }
  };
  return {
    append,
    write: async (event) => {
      await append(event);
    },
  };
}

function unwritable(error: unknown): AuditError {
  if (error instanceof AuditError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new AuditError('unwritable', `the admin log cannot be written: ${detail}`, { cause: error });
}

/** One turn at the stream, while no other process is inside. */
class AdminStep {
  readonly #options: AdminLogOptions;
  readonly #files: FileSystem;
  readonly #timeMs: number;

  constructor(options: AdminLogOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFileSystem;
    this.#timeMs = Math.round(options.clock.nowMs());
  }

  append(head: ChainHead, event: AdminEvent): { readonly head: ChainHead; readonly result: AdminPlace } {
    const { directory } = this.#options;
    if (!this.#files.isDirectory(directory)) {
      throw new AuditError(
        'unwritable',
        `the audit directory \`${directory}\` is not there, or is a link; put the directory back`,
      );
    }
    const place = this.#resume(head);
    const next = place.clean ? this.#appendTo(place.head, event) : this.#begin(place.head, event);
    return { head: next, result: { seq: next.count - 1, hash: next.hash } };
  }

  /** The head as the files have it, and whether its file takes another record. */
  #resume(head: ChainHead): { readonly head: ChainHead; readonly clean: boolean } {
    const found = this.#inFile(head);
    if (found.clean && !this.#isDue(found.head)) return found;
    // A file begun here by a process that died before its head was kept holds the records that come next.
    for (const file of this.#begunAt(found.head.count)) {
      const begun = this.#inFile({ ...found.head, file, bytes: 0 });
      if (begun.head.count > found.head.count) return begun.clean ? begun : this.#resume(begun.head);
    }
    return { head: found.head, clean: false };
  }

  #inFile(head: ChainHead): { readonly head: ChainHead; readonly clean: boolean } {
    if (head.file === '') return { head, clean: false };
    const path = join(this.#options.directory, head.file);
    const stat = this.#files.stat(path);
    return stat === undefined ? { head, clean: false } : adopt(path, stat.size, head);
  }

  #isDue({ file, bytes }: ChainHead): boolean {
    const begunOn = file.slice('admin-'.length, 'admin-yyyymmdd'.length);
    return bytes >= (this.#options.rotateBytes ?? DEFAULT_ROTATE_BYTES) || begunOn < dayOf(this.#timeMs);
  }

  #begunAt(count: number): readonly string[] {
    const suffix = new RegExp(`^admin-\\d{8}-${paddedSeq(count)}(-\\d+)?\\.jsonl$`);
    return readdirSync(this.#options.directory)
      .filter((file) => suffix.test(file))
      .sort();
  }

  #appendTo(head: ChainHead, event: AdminEvent): ChainHead {
    const line = adminLine(event, this.#stamp(head));
    const fd = this.#files.openAppend(join(this.#options.directory, head.file));
    try {
      this.#write(fd, line.bytes);
    } finally {
      this.#files.close(fd);
    }
    return after(head, line);
  }

  /** Begins a file whose first record names where the stream stood, and puts the event behind it. */
  #begin(from: ChainHead, event: AdminEvent): ChainHead {
    const opening = { kind: 'stream_opened', install: this.#options.installId, continues: from } as const;
    const first = frameLine(opening, this.#stamp(from));
    const begun = after({ ...from, file: this.#freeName(from.count), bytes: 0 }, first);
    const line = adminLine(event, this.#stamp(begun));
    this.#createWith(begun.file, Buffer.concat([first.bytes, line.bytes]));
    return after(begun, line);
  }

  #createWith(file: string, bytes: Buffer): void {
    const path = join(this.#options.directory, file);
    const fd = this.#files.create(path);
    try {
      this.#write(fd, bytes);
      this.#files.syncDirectory(this.#options.directory);
    } catch (error) {
      // Nobody was told of these records; a disk that stays full must not be littered with half files.
      this.#files.remove(path);
      throw error;
    } finally {
      this.#files.close(fd);
    }
  }

  #write(fd: number, bytes: Buffer): void {
    const append = appendAll(this.#files, fd, bytes);
    if (append !== 'complete') throw append.error;
    this.#files.syncNow(fd);
  }

  #freeName(count: number): string {
    const stem = `admin-${dayOf(this.#timeMs)}-${paddedSeq(count)}`;
    const taken = new Set(this.#begunAt(count));
    if (!taken.has(`${stem}.jsonl`)) return `${stem}.jsonl`;
    let number = 1;
    while (taken.has(`${stem}-${number}.jsonl`)) number += 1;
    return `${stem}-${number}.jsonl`;
  }

  #stamp({ count, hash }: ChainHead): Stamp {
    const { installId, version } = this.#options;
    const scope = `${installId}:admin`;
    return { timeMs: this.#timeMs, stream: STREAM, segment: STREAM, scope, seq: count, prev: hash, version };
  }
}

function paddedSeq(seq: number): string {
  return String(seq).padStart(10, '0');
}

function after(head: ChainHead, { bytes, hash }: Sealed): ChainHead {
  return { file: head.file, bytes: head.bytes + bytes.length, count: head.count + 1, hash };
}
