/**
 * The calls log of one process. The registry line comes before the file, so that no file can vanish unseen; the hot
 * path takes no lock. Whatever goes wrong refuses the call, and the next call tries a new segment.
 */
import { dayOf } from './admin.ts';
import { Ballast } from './ballast.ts';
import { CHECKPOINT_MS } from './checkpoint.ts';
import { AuditError, type CallEvent, type CallLog } from './events.ts';
import { InFlight } from './in-flight.ts';
import type { CallLogOptions } from './options.ts';
import { Outage } from './outage.ts';
import { PreparedLines } from './prepared.ts';
import type { CarriedIntent } from './record-calls.ts';
import { SegmentRegistry } from './registry.ts';
import type { Segment } from './segment.ts';

/** A calls log whose segment can be opened ahead of the first record. */
export interface SegmentedCallLog extends CallLog {
  /**
   * Opens a segment if none is open; throws `AuditError`. `writeDurable` does so by itself; `write`, which cannot wait,
   * throws `AuditError` `unwritable` while no segment is open.
   */
  ready(): Promise<void>;
}

/** Opens the calls log. No file exists before the first record. */
export function openCallLog(options: CallLogOptions): SegmentedCallLog {
  return new ChainedCallLog(options);
}

/** A failed attempt at the next segment is not repeated on every record of a busy process. */
const RETRY_ROTATION_MS = 1_000;

/** A record that waits to be written with others. */
interface Waiting {
  readonly event: CallEvent;
  readonly resolve: (segment: Segment) => void;
  readonly reject: (error: unknown) => void;
}

class ChainedCallLog implements SegmentedCallLog {
  readonly #options: CallLogOptions;
  readonly #registry: SegmentRegistry;
  readonly #ballast: Ballast;
  readonly #outage: Outage;
  readonly #inFlight = new InFlight();
  readonly #lines = new PreparedLines();
  #waiting: Waiting[] = [];
  /** True while what waits is to be written at the end of this turn. */
  #isUrgent = false;
  #segment: Segment | undefined;
  #day = '';
  #opening: Promise<void> | undefined;
  #rotationTriedMs = -Infinity;
  #checkpointTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: CallLogOptions) {
    this.#options = options;
    this.#registry = new SegmentRegistry(options);
    this.#ballast = new Ballast(options.directory, options.ballastBytes);
    this.#outage = new Outage(this.#ballast, () => options.clock.nowMs());
  }

  write(event: CallEvent): void {
    this.#flush();
    this.#append(event);
  }

  writeSoon(event: CallEvent): Promise<unknown> {
    return this.#written(event);
  }

  async writeDurable(event: CallEvent): Promise<void> {
    await this.ready(event);
    const segment = await this.#written(event);
    try {
      await segment.durable();
    } catch (error) {
      this.#inFlight.failed(event);
      this.#dropIfBroken(segment);
      this.#stop(error);
      throw error;
    }
  }

  async ready(event?: CallEvent): Promise<void> {
    this.#refuseIfClosed();
    this.#outage.refuse(event);
    // An attempt that is under way may have begun before its cause of failure was gone.
    if (this.#segment === undefined) await this.#opening?.catch(() => undefined);
    try {
      if (this.#segment === undefined) await this.#open();
    } catch (error) {
      this.#stop(error);
      throw error;
    }
  }

  /** Notes that a record was refused, and records the first time, in this file or in the one that follows it. */
  #stop(error: unknown): void {
    this.#outage.failed(error);
    const segment = this.#segment;
    if (segment !== undefined && !segment.broken) this.#tellOfStop(segment);
  }

  #tellOfStop(segment: Segment): void {
    try {
      // Not synced: on a disk that fails, that would cost the segment which the next call may have again.
      this.#outage.tell((event) => this.#put(segment, event));
    } catch {
      // What cannot be said now is said in the next file, or by the record of the end.
      return;
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) this.#flush();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#checkpointTimer);
    await this.#opening?.catch(() => undefined);
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment !== undefined) await this.#registry.close(segment);
    await this.#registry.settle();
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new AuditError('closed', 'the audit log is closed');
  }

  #append(event: CallEvent): void {
    this.#refuseIfClosed();
    this.#outage.refuse(event);
    const segment = this.#take(event);
    this.#inFlight.follow(event);
    this.#rotateIfDue(segment);
  }

  #written(event: CallEvent): Promise<Segment> {
    if (!this.#isUrgent) process.nextTick(this.#flush);
    this.#isUrgent = true;
    return this.#queued(event);
  }

  #queued(event: CallEvent): Promise<Segment> {
    return new Promise((resolve, reject) => this.#waiting.push({ event, resolve, reject }));
  }

  /** Writes what waits: with one write, unless something is wrong. */
  readonly #flush = (): void => {
    this.#isUrgent = false;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const segment = this.#segment;
    if (segment === undefined || this.#outage.isOn || this.#inFlight.isOwing || this.#closing !== undefined)
      for (const one of waiting) this.#writeAlone(one);
    else this.#writeTogether(segment, waiting);
  };

  #writeAlone({ event, resolve, reject }: Waiting): void {
    try {
      this.#append(event);
      if (this.#segment !== undefined) resolve(this.#segment);
      else reject(new AuditError('unwritable', 'the audit log was lost while it was written'));
    } catch (error) {
      reject(error);
    }
  }

  #writeTogether(segment: Segment, waiting: readonly Waiting[]): void {
    const put: { readonly one: Waiting; readonly count: number }[] = [];
    try {
      segment.together(() => {
        for (const one of waiting) if (this.#holds(segment, one)) put.push({ one, count: segment.count });
      });
    } catch (error) {
      this.#dropIfBroken(segment);
      for (const { one, count } of put) this.#failed(one, error, count <= segment.count);
      return;
    }
    for (const { one } of put) {
      this.#inFlight.follow(one.event);
      one.resolve(segment);
    }
    this.#rotateIfDue(segment);
  }

  /** False for a record that cannot be made: it fails alone. */
  #holds(segment: Segment, one: Waiting): boolean {
    try {
      this.#put(segment, one.event);
      return true;
    } catch (error) {
      this.#failed(one, error, false);
      return false;
    }
  }

  /** A record that is in the file although its caller is refused is one that has to be ended. */
  #failed({ event, reject }: Waiting, error: unknown, isInFile: boolean): void {
    if (isInFile) this.#inFlight.follow(event);
    this.#inFlight.failed(event);
    this.#stop(error);
    reject(error);
  }

  /** A busy segment is signed as it grows, a quiet one a little later. A failure shows in the next record. */
  #signIfDue(segment: Segment): void {
    if (segment.isCheckpointDue) this.#sign(segment);
    else this.#checkpointTimer ??= setTimeout(() => this.#signLater(), CHECKPOINT_MS).unref();
  }

  #signLater(): void {
    this.#checkpointTimer = undefined;
    if (this.#segment?.isUnsigned === true) this.#sign(this.#segment);
  }

  #sign(segment: Segment): void {
    try {
      this.#registry.checkpoint(segment);
    } catch {
      this.#dropIfBroken(segment);
    }
    // What the store does not learn now it learns with the next checkpoint.
    this.#registry.keepProgress().catch(() => undefined);
  }

  #take(event: CallEvent): Segment {
    const segment = this.#segment ?? this.#missing(event);
    try {
      this.#resume(segment);
      this.#inFlight.settle((owed) => this.#put(segment, owed));
      this.#put(segment, event);
      return segment;
    } catch (error) {
      this.#inFlight.failed(event);
      this.#stop(error);
      throw error;
    }
  }

  /** The first record after a time without any says how long that was. */
  #resume(segment: Segment): void {
    this.#outage.end((event) => this.#put(segment, event));
  }

  /** A segment may just be on its way: that is no outage. */
  #missing(event: CallEvent): never {
    this.#inFlight.failed(event);
    this.#openAside();
    throw new AuditError('unwritable', 'the audit log has no open segment; call again');
  }

  #put(segment: Segment, event: CallEvent | CarriedIntent): void {
    try {
      segment.write((link, room, at) =>
        this.#lines.write(event, this.#registry.stamp(segment.name.segment, link), room, at),
      );
    } catch (error) {
      this.#dropIfBroken(segment);
      throw error;
    }
    this.#signIfDue(segment);
  }

  #dropIfBroken(segment: Segment): void {
    if (!segment.broken || this.#segment !== segment) return;
    this.#segment = undefined;
    this.#registry.abandon(segment);
    this.#openAside();
  }

  #rotateIfDue(segment: Segment): void {
    const nowMs = this.#options.clock.nowMs();
    if (segment.bytes < this.#options.rotateBytes && dayOf(nowMs) === this.#day) return;
    if (Math.abs(nowMs - this.#rotationTriedMs) < RETRY_ROTATION_MS) return;
    this.#rotationTriedMs = nowMs;
    this.#openAside();
  }

  /** Opens the next segment while calls go on. A failure shows in the next record, which is refused or tries again. */
  #openAside(): void {
    if (this.#closing === undefined) this.#open().catch(() => undefined);
  }

  #open(): Promise<void> {
    this.#opening ??= this.#openNext().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #openNext(): Promise<void> {
    const next = await this.#registry.begin();
    const previous = this.#segment;
    this.#segment = next;
    this.#day = dayOf(this.#options.clock.nowMs());
    try {
      // Nothing is awaited since the change: no record comes between the last of the old segment and these.
      this.#inFlight.carryOver((event) => this.#put(next, event));
      this.#tellOfStop(next);
    } finally {
      if (previous !== undefined) await this.#registry.close(previous);
      // Not before the client that waits has its answer.
      setImmediate(() => this.#outage.isOn || this.#ballast.take());
    }
  }
}
