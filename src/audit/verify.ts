/**
 * Verification of the whole directory. It trusts nothing it reads: the files prove each other, and the store's heads
 * prove the ends. It may run beside living gateways, so everything that changes is read from the newest to the oldest
 * promise: the store, then the directory, then the admin stream, then the segments.
 */
import { readdir } from 'node:fs/promises';
import { BALLAST } from './ballast.ts';
import type { ReadCheckpoint } from './checkpoint.ts';
import { Findings, wholeFile, type AuditFault, type AuditNote } from './findings.ts';
import { AuditError } from './events.ts';
import { Calls } from './pairs.ts';
import type { ChainHead, HeadPort, OpenSegment, SegmentPort } from './ports.ts';
import { isAlive } from './process.ts';
import { verifyAdmin, type OnRecord, type RegistryEntry } from './verify-admin.ts';
import { verifyMissing, verifySegment, type CallsContext } from './verify-calls.ts';
import { StreamCheckpoints, type StreamKeys } from './verify-checkpoints.ts';
import { HeldCheckpoint } from './verify-held.ts';
import { Semantics } from './verify-semantics.ts';

export interface VerifyOptions {
  readonly directory: string;
  /** The store's heads and segments; without them the ends of open files are unproven. */
  readonly heads?: Pick<HeadPort, 'read'>;
  readonly segments?: Pick<SegmentPort, 'listOpen'>;
  /** The keys in the home; without them nobody knows who may sign next. */
  readonly keys?: StreamKeys;
  /** A checkpoint that was kept elsewhere, and the file that it comes from. */
  readonly held?: { readonly checkpoint: ReadCheckpoint; readonly file: string };
  /** Sees every record once, with its place, whether or not it is intact. */
  readonly onRecord?: OnRecord;
  /** For tests: whether a process runs. */
  readonly isAlive?: (pid: number, processStart: string) => boolean;
}

export interface VerifyReport {
  /** True without faults; notes do not count. */
  readonly ok: boolean;
  readonly records: number;
  readonly files: number;
  readonly faults: readonly AuditFault[];
  /** Faults beyond the thousandth. */
  readonly omitted: number;
  readonly notes: readonly AuditNote[];
}

const ADMIN_FILE = /^admin-.*\.jsonl$/;
const CALLS_FILE = /^calls-.*\.jsonl$/;

/** Verifies the log. Throws `AuditError` `unreadable` if the directory cannot be read, and what the store throws. */
export async function verifyLog(options: VerifyOptions): Promise<VerifyReport> {
  const head = await options.heads?.read('admin');
  const rows = await options.segments?.listOpen();
  const names = await listDirectory(options.directory);
  return new Verification(options, names).run(head, rows);
}

async function listDirectory(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AuditError('unreadable', `the audit directory cannot be read: ${detail}`, { cause: error });
  }
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #names: readonly string[];
  readonly #findings = new Findings();
  readonly #semantics = new Semantics(this.#findings);
  readonly #calls = new Calls();
  readonly #held: HeldCheckpoint | undefined;
  #records = 0;

  constructor(options: VerifyOptions, names: readonly string[]) {
    this.#options = options;
    this.#names = names;
    if (options.held !== undefined) this.#held = new HeldCheckpoint(options.held.checkpoint, options.held.file);
  }

  async run(head: ChainHead | undefined, rows: readonly OpenSegment[] | undefined): Promise<VerifyReport> {
    const stream = new StreamCheckpoints(this.#options.keys, this.#findings);
    const entries = await this.#admin(stream, head);
    await this.#segments(stream, entries, rows);
    this.#calls.report(this.#findings);
    this.#semantics.report([...entries.values()].some(({ pruned }) => pruned === true));
    this.#held?.end(stream.install, stream.authority, (one) => entries.get(one)?.key ?? undefined, this.#findings);
    this.#strangers(entries);
    return this.#report();
  }

  async #admin(stream: StreamCheckpoints, head: ChainHead | undefined): Promise<ReadonlyMap<string, RegistryEntry>> {
    const { directory } = this.#options;
    const context = { directory, findings: this.#findings, checkpoints: stream, onRecord: this.#seen('admin') };
    const names = this.#names.filter((name) => ADMIN_FILE.test(name));
    const { entries, records } = await verifyAdmin(context, names, head);
    this.#records += records;
    const isUnsigned = stream.authority === undefined && records > 0;
    if (isUnsigned) this.#findings.note('unsigned', wholeFile(names[0] ?? ''), 'no record of this log is signed');
    return entries;
  }

  async #segments(
    { install }: StreamCheckpoints,
    entries: ReadonlyMap<string, RegistryEntry>,
    rows: readonly OpenSegment[] | undefined,
  ): Promise<void> {
    const open = rows === undefined ? undefined : new Map(rows.map((row) => [row.segment, row]));
    const knowledge = { open, isAlive: this.#options.isAlive ?? isAlive };
    const shared = { directory: this.#options.directory, findings: this.#findings, knowledge, calls: this.#calls };
    let pruned: RegistryEntry | undefined;
    for (const entry of entries.values()) {
      const isGone = await this.#segment({ ...shared, install, onRecord: this.#seen(entry.segment) }, entry);
      if (isGone) pruned = entry;
    }
    if (pruned === undefined) return;
    const count = [...entries.values()].filter((entry) => entry.pruned === true).length;
    const message = `${count === 1 ? 'one file was' : `${count} files were`} deleted when their time was over; this is the last`;
    this.#findings.note('pruned', wholeFile(pruned.file), message);
  }

  /** True for a segment that is rightly gone. */
  async #segment(context: CallsContext, entry: RegistryEntry): Promise<boolean> {
    try {
      if (!CALLS_FILE.test(entry.file) || entry.file.includes('/')) throw new Error('the registry names no log file');
      this.#records += await verifySegment(context, entry);
      return false;
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isMissing && entry.pruned === true) {
        this.#held?.forgive(entry.segment);
        return true;
      }
      if (isMissing) verifyMissing(entry, context.knowledge, this.#findings);
      else
        this.#findings.fault(
          'unreadable',
          wholeFile(entry.file),
          error instanceof Error ? error.message : String(error),
        );
      return false;
    }
  }

  #seen(segment: string): OnRecord {
    return (record, place) => {
      this.#semantics.take(record, place);
      this.#held?.take(segment, record, place, this.#findings);
      this.#options.onRecord?.(record, place);
    };
  }

  /** Whatever lies in the directory and is not in the registry. */
  #strangers(entries: ReadonlyMap<string, RegistryEntry>): void {
    const known = new Set([...entries.values()].map(({ file }) => file));
    for (const name of this.#names) {
      if (ADMIN_FILE.test(name) || known.has(name) || name === BALLAST) continue;
      if (CALLS_FILE.test(name))
        this.#findings.fault('unknown_file', wholeFile(name), 'the registry does not know this file');
      else this.#findings.note('foreign_file', wholeFile(name), 'the file does not belong to the log');
    }
  }

  #report(): VerifyReport {
    const { faults, notes, omitted } = this.#findings;
    const files = this.#names.filter((name) => ADMIN_FILE.test(name) || CALLS_FILE.test(name)).length;
    return { ok: faults.length === 0, records: this.#records, files, faults, omitted, notes };
  }
}
