/** One calls segment: a file that this process alone appends to. */
import { dirname, join } from 'node:path';
import { GENESIS, type Sealed } from './chain.ts';
import { CHECKPOINT_RECORDS, type Extent } from './checkpoint.ts';
import { AuditError, type StopCode } from './events.ts';
import { appendAll, type FileSystem } from './fs.ts';
import { GroupSync } from './group-sync.ts';
import { SegmentLost } from './outage.ts';
import type { SigningKey } from './signing.ts';

/** Where the next record goes. */
export interface Link {
  readonly seq: number;
  readonly prev: string;
}

/** Who a segment is, in the registry and in every record. */
export interface SegmentName {
  readonly segment: string;
  readonly file: string;
}

/** What a segment is made with. */
export interface SegmentParts {
  readonly name: SegmentName;
  /** Signs its checkpoints; the segment destroys it when it ends. */
  readonly key: SigningKey;
  /** Told, after each sync, how far the file is on the disk. */
  readonly onDurable: (extent: Extent) => void;
}

export class Segment {
  readonly name: SegmentName;
  readonly key: SigningKey;
  readonly #onDurable: SegmentParts['onDurable'];
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #directory: string;
  readonly #fd: number;
  readonly #identity: { readonly ino: number; readonly dev: number };
  readonly #group: GroupSync;
  #bytes = 0;
  #link: Link = { seq: 0, prev: GENESIS };
  /** The records that a checkpoint covers. */
  #signed = 0;
  #broken: unknown;

  private constructor(files: FileSystem, path: string, fd: number, { name, key, onDurable }: SegmentParts) {
    this.name = name;
    this.key = key;
    this.#onDurable = onDurable;
    this.#files = files;
    this.#path = path;
    this.#directory = dirname(path);
    this.#fd = fd;
    const stat = files.stat(path);
    if (stat === undefined) throw new AuditError('unwritable', `the log file \`${path}\` vanished`);
    this.#identity = { ino: stat.ino, dev: stat.dev };
    this.#group = new GroupSync(() => this.#sync());
  }

  /** Creates the file with its first record, both durable. What cannot be completed is taken away again. */
  static create(files: FileSystem, directory: string, parts: SegmentParts, first: (link: Link) => Sealed): Segment {
    const path = join(directory, parts.name.file);
    const fd = files.create(path);
    try {
      const segment = new Segment(files, path, fd, parts);
      segment.append(first);
      files.syncNow(fd);
      files.syncDirectory(directory);
      return segment;
    } catch (error) {
      files.close(fd);
      // Nobody was told of a record in it, and a half first line would be taken for damage.
      files.remove(path);
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Records so far, and the hash of the last. */
  get count(): number {
    return this.#link.seq;
  }
  get head(): string {
    return this.#link.prev;
  }

  /** True while there are records that no checkpoint covers. */
  get isUnsigned(): boolean {
    return this.#link.seq > this.#signed;
  }

  /** True once so many of them are there that one has to come. */
  get isCheckpointDue(): boolean {
    return this.#link.seq - this.#signed >= CHECKPOINT_RECORDS;
  }

  /** Appends the checkpoint of everything before it. Throws `AuditError` `unwritable`. */
  sign(line: (link: Link) => Sealed): void {
    this.append(line);
    this.#signed = this.#link.seq;
  }

  /** True once the file can no longer take records; its records up to `count` stand. */
  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Appends one record. Throws `AuditError` `unwritable`; then nothing was recorded. */
  append(line: (link: Link) => Sealed): void {
    this.#check();
    const { bytes, hash } = line(this.#link);
    const append = appendAll(this.#files, this.#fd, bytes);
    if (append !== 'complete') throw this.#failed(append.written, append.error);
    this.#bytes += bytes.length;
    this.#link = { seq: this.#link.seq + 1, prev: hash };
  }

  /** Resolves when every record appended so far is on the disk. */
  durable(): Promise<void> {
    return this.#group.request();
  }

  /** Waits for running syncs and lets the file go, and with it the key that could sign for it. */
  async close(): Promise<void> {
    this.key.destroy();
    await this.#group.idle();
    this.#files.close(this.#fd);
  }

  /** An O_APPEND descriptor goes on writing into a file that was deleted or cut, where no verifier would find it. */
  #check(): void {
    if (this.#broken !== undefined) throw this.#unwritable(this.#broken);
    const stat = this.#asked(() => this.#files.stat(this.#path));
    if (stat?.ino !== this.#identity.ino || stat.dev !== this.#identity.dev)
      throw this.#break('file_removed', 'was removed or replaced');
    if (stat.size < this.#bytes) throw this.#break('file_cut', 'was cut');
    if (stat.size > this.#bytes) throw this.#break('file_foreign', 'was written to by another');
    this.#checkDirectory();
  }

  /** Behind a link in the directory's place the same file may be found, where others decide what becomes of it. */
  #checkDirectory(): void {
    if (!this.#asked(() => this.#files.isDirectory(this.#directory)))
      throw this.#break('directory_replaced', 'lies in a directory that was replaced by a link');
  }

  #asked<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  async #sync(): Promise<void> {
    if (this.#broken !== undefined) throw this.#unwritable(this.#broken);
    const { seq: count, prev: head } = this.#link;
    try {
      await this.#files.sync(this.#fd);
      this.#onDurable({ count, head });
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages and report success the next time.
      this.#broken = error;
      throw this.#unwritable(error);
    }
  }

  #failed(written: number, error: unknown): AuditError {
    // Without a byte in the file the next record can follow as if nothing had been tried.
    if (written > 0) this.#broken = error;
    return this.#unwritable(error);
  }

  #break(code: StopCode, what: string): AuditError {
    this.#broken = new SegmentLost(code, `the log file \`${this.#path}\` ${what}`);
    return this.#unwritable(this.#broken);
  }

  #unwritable(cause: unknown): AuditError {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return new AuditError('unwritable', `the audit log cannot be written: ${detail}`, { cause });
  }
}
