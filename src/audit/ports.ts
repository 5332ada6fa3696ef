/**
 * What the log needs from outside. The shapes match those of the store port, so that the composition hands the store's
 * `heads` and `segments` over as they are.
 */

/** Wall-clock time, milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  nowMs(): number;
}

/** Where a chained stream stands. */
export interface ChainHead {
  /** File name inside the audit directory; empty before the first record. */
  readonly file: string;
  readonly bytes: number;
  readonly count: number;
  readonly hash: string;
}

/** One writer at a time over all processes; the head that `step` returns is kept only if it does not throw. */
export interface HeadPort {
  exclusive<T>(stream: string, step: (head: ChainHead) => { readonly head: ChainHead; readonly result: T }): Promise<T>;
  read(stream: string): Promise<ChainHead>;
}

/** The process that a segment belongs to. */
export interface SegmentOwner {
  readonly pid: number;
  readonly processStart: string;
}

/** A calls segment and the process that writes it. */
export interface OpenSegment extends SegmentOwner {
  readonly segment: string;
  readonly file: string;
  /** How far its file goes at least: records, and the hash of the last. */
  readonly count: number;
  readonly head: string;
}

/** The segments that are open somewhere on this machine. */
export interface SegmentPort {
  open(record: OpenSegment): Promise<void>;
  /**
   * Notes how far the file of a segment is on the disk. It is kept with the next transaction that reserves or settles, or
   * by `keepProgress`.
   */
  advance(segment: string, extent: { readonly count: number; readonly head: string }): void;
  keepProgress(): Promise<void>;
  /** Makes every open segment of `from` one of `to` in one step, and answers them; none if another was there before. */
  takeOver(from: SegmentOwner, to: SegmentOwner): Promise<readonly OpenSegment[]>;
  /** False if another process ended it first. */
  end(segment: string, state: 'closed' | 'abandoned'): Promise<boolean>;
  listOpen(): Promise<readonly OpenSegment[]>;
}
