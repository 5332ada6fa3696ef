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
import { callLine } from './record.ts';
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

class ChainedCallLog implements SegmentedCallLog {
  readonly #options: CallLogOptions;
  readonly #registry: SegmentRegistry;
  readonly #ballast: Ballast;
  readonly #outage: Outage;
  readonly #inFlight = new InFlight();
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
    this.#append(event);
  }

  async writeDurable(event: CallEvent): Promise<void> {
    await this.ready(event);
    const segment = this.#append(event);
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

  #append(event: CallEvent): Segment {
    this.#refuseIfClosed();
    this.#outage.refuse(event);
    const segment = this.#take(event);
    this.#inFlight.follow(event);
    this.#rotateIfDue(segment);
    return segment;
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
      segment.append((link) => callLine(event, this.#registry.stamp(segment.name.segment, link)));
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
