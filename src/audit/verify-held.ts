/** A checkpoint that was kept elsewhere, against the log as it is now. */
import type { ReadRecord } from './chain.ts';
import { type Extent, installName, isCheckpointOf, originOf, type ReadCheckpoint } from './checkpoint.ts';
import { wholeFile, type Findings, type Place } from './findings.ts';

/** What must still be there: by segment, `admin` for the stream. */
export class HeldCheckpoint {
  readonly #read: ReadCheckpoint;
  readonly #file: string;
  readonly #open: Map<string, Extent>;

  /** `file` names the checkpoint in findings. */
  constructor(read: ReadCheckpoint, file: string) {
    this.#read = read;
    this.#file = file;
    const [, , segment = ''] = read.origin.split('/');
    this.#open = new Map<string, Extent>([
      [segment, read],
      ...(read.segments ?? []).map((one) => [one.segment, one] as const),
    ]);
  }

  /** Compares a record at a place that the checkpoint names. */
  take(segment: string, record: ReadRecord, place: Place, findings: Findings): void {
    const extent = this.#open.get(segment);
    if (extent === undefined || record.seq !== extent.count - 1) return;
    this.#open.delete(segment);
    if (record.hash === extent.head && record.intact) return;
    findings.fault('checkpoint_mismatch', place, 'a checkpoint that was kept elsewhere has another record here');
  }

  /** A file that was deleted when its time was over says nothing of the rest. */
  forgive(segment: string): void {
    this.#open.delete(segment);
  }

  /** After the whole log: what was not met is gone. `keyOf` answers the public key that signs for a segment. */
  end(
    install: string,
    authority: string | undefined,
    keyOf: (segment: string) => string | undefined,
    findings: Findings,
  ): void {
    this.#proveSigner(install, authority, keyOf, findings);
    for (const [segment, { count }] of this.#open) {
      if (count === 0) continue;
      const message = `a checkpoint that was kept elsewhere knows ${count} records of \`${segment}\`, and they are not all there`;
      findings.fault('checkpoint_mismatch', wholeFile(this.#file), message);
    }
  }

  #proveSigner(
    install: string,
    authority: string | undefined,
    keyOf: (segment: string) => string | undefined,
    findings: Findings,
  ): void {
    const [, , segment = ''] = this.#read.origin.split('/');
    const key = keyOf(segment);
    const isOurs =
      (authority !== undefined && isCheckpointOf(this.#read, installName(install), authority)) ||
      (key !== undefined && isCheckpointOf(this.#read, originOf(install, segment), key));
    if (isOurs) return;
    const message =
      'the checkpoint that was given is not signed by this installation; take the one that was kept of it';
    findings.fault('checkpoint_bad', wholeFile(this.#file), message);
  }
}
