/**
 * The checkpoints of a chain: each must be signed by the key that the registry, or the checkpoint before, named; must say
 * where its chain stands; and must be there, because whoever rewrites records cannot sign them and would leave them out.
 */
import type { ReadRecord } from './chain.ts';
import {
  CHECKPOINT_RECORDS,
  installName,
  isCheckpointOf,
  originOf,
  readCheckpoint,
  type ReadCheckpoint,
} from './checkpoint.ts';
import type { Findings, Place } from './findings.ts';

/** Reads the checkpoint of a record, if it says where the chain stands. */
function standing(record: ReadRecord, origin: string, place: Place, findings: Findings): ReadCheckpoint | undefined {
  const { note } = record.own;
  const read = typeof note === 'string' ? readCheckpoint(note) : undefined;
  if (read === undefined || read.origin !== origin || read.count !== record.seq || read.head !== record.prev) {
    findings.fault('checkpoint_bad', place, 'the checkpoint does not say where its chain stands');
    return undefined;
  }
  return read;
}

/** Those of a calls segment, signed by the key that the registry names. */
export class SegmentCheckpoints {
  readonly #origin: string;
  readonly #key: string;
  readonly #findings: Findings;
  #unsigned = 0;
  #last = -1;

  constructor(install: string, segment: string, key: string, findings: Findings) {
    this.#origin = originOf(install, segment);
    this.#key = key;
    this.#findings = findings;
  }

  take(record: ReadRecord, place: Place): void {
    if (record.kind === 'checkpoint') {
      this.#check(record, place);
      return;
    }
    this.#unsigned += 1;
    // One fault for a gap, not one for each record of it.
    if (this.#unsigned === CHECKPOINT_RECORDS + 1)
      this.#findings.fault('checkpoint_missing', place, `more than ${CHECKPOINT_RECORDS} records without a checkpoint`);
    if (record.kind === 'segment_close' && record.seq !== this.#last + 1)
      this.#findings.fault('checkpoint_missing', place, 'the segment was closed without a checkpoint before its end');
  }

  #check(record: ReadRecord, place: Place): void {
    this.#unsigned = 0;
    this.#last = record.seq;
    const read = standing(record, this.#origin, place, this.#findings);
    if (read !== undefined && !isCheckpointOf(read, this.#origin, this.#key))
      this.#findings.fault('checkpoint_bad', place, 'the checkpoint is not signed by the key of its segment');
  }
}

/** What is known of the keys beside the log, from before the stream was read. */
export interface StreamKeys {
  /** The installation's public key, base64. */
  readonly authority?: string;
  /** What may sign next, where the home is at hand: more than one only if a crash left two. */
  readonly next?: readonly string[];
}

/** Those of the admin stream, where each names the key of the next. */
export class StreamCheckpoints {
  readonly #findings: Findings;
  readonly #keys: StreamKeys | undefined;
  #install = '';
  #authority: string | undefined;
  #named: string | undefined;
  #unsigned = 0;
  #hasCheckpoints = false;
  /** An event that a checkpoint must follow. */
  #owed: Place | undefined;
  #isKeyNamed = false;
  #last: Place | undefined;

  constructor(keys: StreamKeys | undefined, findings: Findings) {
    this.#keys = keys;
    this.#findings = findings;
  }

  get install(): string {
    return this.#install;
  }
  /** The installation's public key, as the stream has it; undefined for a log that signs nothing. */
  get authority(): string | undefined {
    return this.#authority;
  }

  /** True for a checkpoint that proves everything before it. */
  take(record: ReadRecord, place: Place): boolean {
    this.#last = place;
    if (record.kind === 'checkpoint') this.#hasCheckpoints = true;
    if (record.kind === 'stream_opened') this.#open(record, place);
    else if (this.#authority !== undefined) {
      if (record.kind === 'checkpoint') return this.#check(record, place);
      this.#demand();
      this.#unsigned += 1;
      if (record.kind !== 'segment_opened' || this.#unsigned > CHECKPOINT_RECORDS) this.#owed = place;
    }
    return false;
  }

  /** What the file begins with, and a crash may have torn the checkpoint that was owed in the one before. */
  #open({ own }: ReadRecord, place: Place): void {
    this.#owed = undefined;
    const { install, authority, key } = own;
    if (typeof install === 'string' && this.#install === '') this.#install = install;
    if (install !== this.#install)
      this.#findings.fault('checkpoint_bad', place, 'the file belongs to another installation');
    if (typeof authority !== 'string') return;
    this.#authority ??= authority;
    const isOwn = this.#keys?.authority === undefined || this.#keys.authority === authority;
    if (authority !== this.#authority || !isOwn)
      this.#findings.fault('checkpoint_bad', place, 'the file names another installation key');
    if (this.#named === undefined && typeof key === 'string') this.#name(key);
  }

  #demand(): void {
    if (this.#owed !== undefined)
      this.#findings.fault('checkpoint_missing', this.#owed, 'the record was never signed: no checkpoint follows it');
    this.#owed = undefined;
  }

  #check(record: ReadRecord, place: Place): boolean {
    this.#owed = undefined;
    this.#unsigned = 0;
    const origin = originOf(this.#install, 'admin');
    const read = standing(record, origin, place, this.#findings);
    if (read === undefined) return false;
    const { next } = read;
    const isOurs = next !== undefined && isCheckpointOf(read, installName(this.#install), this.#authority ?? '');
    if (!isOurs)
      this.#findings.fault('checkpoint_bad', place, 'the checkpoint is not signed by the key of the installation');
    const goesOn = this.#named === undefined || isCheckpointOf(read, origin, this.#named);
    if (!goesOn)
      this.#findings.fault('key_restarted', place, 'the checkpoint is not signed by the key that the stream had named');
    if (next !== undefined) this.#name(next);
    return isOurs && goesOn;
  }

  #name(key: string): void {
    this.#named = key;
    if (this.#keys?.next?.includes(key) === true) this.#isKeyNamed = true;
  }

  /** After the whole stream: the key in the home must be one that the stream named, else what named it was cut away. */
  end(): void {
    const place = this.#last ?? { file: '', line: 0, seq: null };
    this.#demandKeys(place);
    if (this.#owed !== undefined)
      this.#findings.note(
        'tail_unproven',
        this.#owed,
        'the last record is not signed: a crash left it so, or somebody put it there',
      );
    if (this.#keys?.next === undefined || this.#named === undefined || this.#isKeyNamed) return;
    const message =
      'the key in the home that signs next was never named: the end of the stream was cut, or the key was lost';
    this.#findings.fault('key_missing', place, message);
  }

  /** Whoever has no key may leave all signatures out, as if the log were one of a release that signed nothing. */
  #demandKeys(place: Place): void {
    const isSigned = this.#authority !== undefined || this.#hasCheckpoints;
    if (this.#keys?.authority === undefined || isSigned || this.#last === undefined) return;
    this.#findings.fault(
      'key_missing',
      place,
      'the key of the installation is known, and the log names none that signs it',
    );
  }
}
