/** One calls segment: a file that this process alone appends to. */
import { dirname, join } from 'node:path';
import { GENESIS, Sealed } from './chain.ts';
import { CHECKPOINT_RECORDS, type Extent } from './checkpoint.ts';
import { AuditError, type StopCode } from './events.ts';
import { appendAll, type FileSystem } from './fs.ts';
import { GroupSync } from './group-sync.ts';
import { SegmentLost } from './outage.ts';
import { ROOM_BYTES as LINE_ROOM_BYTES, type WrittenLine } from './prepared.ts';
import type { SigningKey } from './signing.ts';

/** Where the next record goes. */
export interface Link {
  readonly seq: number;
  readonly prev: string;
}

/** How far a file goes. */
interface Place extends Link {
  readonly bytes: number;
  /** The records that a checkpoint covers. */
  readonly signed: number;
}

/** Lines of a turn; a busy one makes more room, which stays. */
const ROOM_BYTES = 32 * 1024;

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
  #written: Place = { bytes: 0, seq: 0, prev: GENESIS, signed: 0 };
  /** Where the file stands with the lines that are held back. */
  #next: Place = this.#written;
  /** The bytes of the lines that are held back, and where the file stands behind each. */
  #room = Buffer.allocUnsafe(ROOM_BYTES);
  #heldBytes = 0;
  #held: Place[] = [];
  #isHolding = false;
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
    return this.#next.bytes;
  }

  /** Records so far, and the hash of the last. */
  get count(): number {
    return this.#next.seq;
  }
  get head(): string {
    return this.#next.prev;
  }

  /** True while there are records that no checkpoint covers. */
  get isUnsigned(): boolean {
    return this.#next.seq > this.#next.signed;
  }

  /** True once so many of them are there that one has to come. */
  get isCheckpointDue(): boolean {
    return this.#next.seq - this.#next.signed >= CHECKPOINT_RECORDS;
  }

  /** Appends the checkpoint of everything before it. Throws `AuditError` `unwritable`. */
  sign(line: (link: Link) => Sealed): void {
    this.append(line);
    this.#next = { ...this.#next, signed: this.#next.seq };
    if (!this.#isHolding) this.#written = this.#next;
  }

  /**
   * Runs `work` and writes what it appends with one check and one write. Throws `AuditError` `unwritable`, and then `count`
   * says how much of it is in the file.
   */
  together(work: () => void): void {
    this.#isHolding = true;
    try {
      work();
    } finally {
      this.#isHolding = false;
      this.#flush();
    }
  }

  /** True once the file can no longer take records; its records up to `count` stand. */
  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Appends one record. Throws `AuditError` `unwritable`; then nothing was recorded. */
  append(line: (link: Link) => Sealed): void {
    this.write((link) => line(link));
  }

  /** The same for a line that `make` writes itself into the room it is given, from a place on. */
  write(make: (link: Link, room: Buffer, at: number) => Sealed | WrittenLine): void {
    if (this.#broken !== undefined) throw this.#unwritable(this.#broken);
    const { seq, prev, bytes, signed } = this.#next;
    this.#makeRoom(LINE_ROOM_BYTES);
    const made = make({ seq, prev }, this.#room, this.#heldBytes);
    const lineBytes = made instanceof Sealed ? this.#hold(made.line) : made.bytes;
    if (!(made instanceof Sealed)) this.#heldBytes += lineBytes;
    this.#next = { bytes: bytes + lineBytes, seq: seq + 1, prev: made.hash, signed };
    this.#held.push(this.#next);
    if (!this.#isHolding) this.#flush();
  }

  /** Answers how many bytes the line has. */
  #hold(line: string): number {
    // No UTF-16 unit takes more than three bytes.
    this.#makeRoom(3 * line.length);
    const lineBytes = this.#room.write(line, this.#heldBytes, 'utf8');
    this.#heldBytes += lineBytes;
    return lineBytes;
  }

  #makeRoom(bytes: number): void {
    const neededBytes = this.#heldBytes + bytes;
    if (neededBytes <= this.#room.length) return;
    const larger = Buffer.allocUnsafe(2 * neededBytes);
    this.#room.copy(larger, 0, 0, this.#heldBytes);
    this.#room = larger;
  }

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    const bytes = this.#room.subarray(0, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    try {
      this.#check();
      const append = appendAll(this.#files, this.#fd, bytes);
      if (append !== 'complete') throw this.#failed(append.written, append.error, held);
      this.#written = this.#next;
    } catch (error) {
      this.#next = this.#written;
      throw error;
    }
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
    if (stat.size < this.#written.bytes) throw this.#break('file_cut', 'was cut');
    if (stat.size > this.#written.bytes) throw this.#break('file_foreign', 'was written to by another');
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
    const { seq: count, prev: head } = this.#written;
    try {
      await this.#files.sync(this.#fd);
      this.#onDurable({ count, head });
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages and report success the next time.
      this.#broken = error;
      throw this.#unwritable(error);
    }
  }

  #failed(written: number, error: unknown, held: readonly Place[]): AuditError {
    // Without a byte in the file the next record can follow as if nothing had been tried.
    if (written > 0) this.#broken = error;
    const end = this.#written.bytes + written;
    this.#written = held.findLast((one) => one.bytes <= end) ?? this.#written;
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
