/**
 * The admin stream: one chain for every process of the home, and the registry of the calls segments. The store's lock
 * makes the writers take turns; a file is never renamed or cut, so a damaged one is left and the next one names it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adopt } from './adopt.ts';
import { CHECKPOINT_RECORDS } from './checkpoint.ts';
import type { Sealed } from './chain.ts';
import { AuditError, type AdminEvent, type AdminLog } from './events.ts';
import { appendAll, nodeFileSystem, type FileSystem } from './fs.ts';
import type { ChainHead, Clock, HeadPort } from './ports.ts';
import { adminLine, frameLine } from './record.ts';
import type { Stamp } from './ocsf.ts';
import { StreamSigner } from './stream-signer.ts';

const STREAM = 'admin';
const DEFAULT_ROTATE_BYTES = 64 * 1024 * 1024;

export interface AdminLogOptions {
  /** The audit directory; it exists and is private. */
  readonly directory: string;
  /** Where the keys of the log are kept; it exists and is private. */
  readonly keysDirectory: string;
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
  readonly #signer: StreamSigner;

  constructor(options: AdminLogOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFileSystem;
    this.#timeMs = Math.round(options.clock.nowMs());
    this.#signer = new StreamSigner(options);
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
    const draft = place.clean ? { head: place.head, lines: [] } : this.#begin(place.head);
    const own = extended(draft, adminLine(event, this.#stamp(draft.head)));
    const next = this.#finish(own, event, !place.clean);
    return { head: next, result: { seq: own.head.count - 1, hash: own.head.hash } };
  }

  /** Writes a draft, with a checkpoint behind it where one is due. */
  #finish(own: Draft, event: AdminEvent, isNew: boolean): ChainHead {
    if (!isDue(event, own.head.count)) return this.#put(own, isNew);
    const { note, commit } = this.#signer.checkpoint(own.head);
    const signed = extended(own, frameLine({ kind: 'checkpoint', note }, this.#stamp(own.head)));
    const next = this.#put(signed, isNew);
    commit();
    return next;
  }

  /** The head as the files have it, and whether its file takes another record. */
  #resume(head: ChainHead): { readonly head: ChainHead; readonly clean: boolean } {
    const found = this.#inFile(head);
    if (found.clean && !this.#isFull(found.head)) return found;
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

  #isFull({ file, bytes }: ChainHead): boolean {
    const begunOn = file.slice('admin-'.length, 'admin-yyyymmdd'.length);
    return bytes >= (this.#options.rotateBytes ?? DEFAULT_ROTATE_BYTES) || begunOn < dayOf(this.#timeMs);
  }

  #begunAt(count: number): readonly string[] {
    const suffix = new RegExp(`^admin-\\d{8}-${paddedSeq(count)}(-\\d+)?\\.jsonl$`);
    return readdirSync(this.#options.directory)
      .filter((file) => suffix.test(file))
      .sort();
  }

  /** A file whose first record names where the stream stood, and the keys that sign it. */
  #begin(from: ChainHead): Draft {
    const { installId: install } = this.#options;
    const opening = { kind: 'stream_opened', install, continues: from, ...this.#signer.keys(from) } as const;
    const begun = { ...from, file: this.#freeName(from.count), bytes: 0 };
    return extended({ head: begun, lines: [] }, frameLine(opening, this.#stamp(from)));
  }

  #put({ head, lines }: Draft, isNew: boolean): ChainHead {
    const bytes = Buffer.concat(lines);
    if (isNew) this.#createWith(head.file, bytes);
    else this.#appendTo(head.file, bytes);
    return head;
  }

  #appendTo(file: string, bytes: Buffer): void {
    const fd = this.#files.openAppend(join(this.#options.directory, file));
    try {
      this.#write(fd, bytes);
    } finally {
      this.#files.close(fd);
    }
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

/** Lines that are to be written together, and where the stream stands behind them. */
interface Draft {
  readonly head: ChainHead;
  readonly lines: readonly Buffer[];
}

function extended({ head, lines }: Draft, { bytes, hash }: Sealed): Draft {
  const next = { file: head.file, bytes: head.bytes + bytes.length, count: head.count + 1, hash };
  return { head: next, lines: [...lines, bytes] };
}

/**
 * Whether a checkpoint follows. A gateway that starts has a client waiting, and its line is signed with the next one;
 * everything else is signed at once.
 */
function isDue({ kind }: AdminEvent, count: number): boolean {
  return kind !== 'segment_opened' || count % CHECKPOINT_RECORDS === 0;
}

function paddedSeq(seq: number): string {
  return String(seq).padStart(10, '0');
}
