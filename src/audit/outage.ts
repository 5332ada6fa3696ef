/**
 * The time in which the log cannot be written. It begins with the first record that is refused and ends when a record is in
 * a file again; after a full disk, not before there is room for the ballast.
 */
import type { Ballast } from './ballast.ts';
import { AuditError, type CallEvent, type StopCode } from './events.ts';

type Interruption = Extract<CallEvent, { readonly kind: 'audit_stopped' | 'audit_resumed' }>;

const CODES: Readonly<Record<string, StopCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'permission',
  EIO: 'io_error',
  EMFILE: 'too_many_files',
  ENFILE: 'too_many_files',
};

/** What a segment found of its own file. */
export class SegmentLost extends Error {
  readonly code: StopCode;
  constructor(code: StopCode, message: string) {
    super(message);
    this.name = 'SegmentLost';
    this.code = code;
  }
}

/** A disk that says it has room and gives none is tried at most this often: to take the ballast writes as many bytes. */
const RETRY_MS = 100;

export class Outage {
  readonly #ballast: Ballast;
  readonly #nowMs: () => number;
  #begun: { readonly code: StopCode; readonly sinceMs: number } | undefined;
  #isTold = false;
  #refused = 0;
  #failedMs = -Infinity;

  constructor(ballast: Ballast, nowMs: () => number) {
    this.#ballast = ballast;
    this.#nowMs = nowMs;
  }

  get isOn(): boolean {
    return this.#begun !== undefined;
  }

  /** Throws `AuditError` while the disk has no room. What ends a call that was sent may use up what the ballast gave. */
  refuse(event?: CallEvent): void {
    if (this.#begun?.code !== 'disk_full' || event?.kind === 'outcome') return;
    if (this.#hasRoom()) return;
    this.#refused += 1;
    throw new AuditError('unwritable', 'the audit log cannot be written: the disk is full; make room on it');
  }

  #hasRoom(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#failedMs < RETRY_MS || !this.#ballast.isRoomy()) return false;
    const isTaken = this.#ballast.take();
    if (!isTaken) this.#failedMs = nowMs;
    return isTaken;
  }

  /** Notes a record that was refused. */
  failed(error: unknown): void {
    this.#refused += 1;
    if (this.#begun !== undefined) return;
    const code = codeOf(error);
    this.#begun = { code, sinceMs: this.#nowMs() };
    this.#isTold = false;
    if (code === 'disk_full') this.#ballast.give();
  }

  /** Has the beginning recorded, if that was not done yet; lets pass what `record` throws. */
  tell(record: (event: Interruption) => void): void {
    if (this.#begun === undefined || this.#isTold) return;
    record({ kind: 'audit_stopped', code: this.#begun.code });
    this.#isTold = true;
  }

  /** Ends it, if it had begun, once `record` has recorded that; lets pass what it throws. */
  end(record: (event: Interruption) => void): void {
    if (this.#begun === undefined) return;
    record({ kind: 'audit_resumed', ...this.#begun, refused: this.#refused });
    this.#begun = undefined;
    this.#refused = 0;
    this.#failedMs = -Infinity;
  }
}

/** The cause of a failure, as deep as it lies. */
function codeOf(error: unknown): StopCode {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SegmentLost) return cause.code;
    const code = 'code' in cause && typeof cause.code === 'string' ? CODES[cause.code] : undefined;
    if (code !== undefined) return code;
  }
  return 'unavailable';
}
