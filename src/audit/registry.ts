/** Beginning and ending segments: the line in the admin stream, the file, and the entry in the store, in that order. */
import { randomUUID } from 'node:crypto';
import { dayOf, openAdminLog, type AdminPlace, type RegistryLog } from './admin.ts';
import { type Extent, originOf, signCheckpoint } from './checkpoint.ts';
import { AuditError, type AdminEvent } from './events.ts';
import { nodeFileSystem, type FileSystem } from './fs.ts';
import type { Stamp } from './ocsf.ts';
import type { CallLogOptions } from './options.ts';
import { processStart } from './process.ts';
import { frameLine } from './record.ts';
import { Segment, type Link, type SegmentName } from './segment.ts';
import { SigningKey } from './signing.ts';

type SegmentEnd = Extract<AdminEvent, { readonly kind: 'segment_closed' | 'segment_abandoned' }>;
interface Registered {
  readonly name: SegmentName;
  readonly key: SigningKey;
  readonly place: AdminPlace;
}

export class SegmentRegistry {
  readonly #options: CallLogOptions;
  readonly #files: FileSystem;
  readonly #admin: RegistryLog;
  readonly #process = { pid: process.pid, processStart: processStart(process.pid) };
  /** In the registry, but its file could not be created yet: used again, so that retries do not fill the registry. */
  #registered: Registered | undefined;
  /** Ended, but not in the registry as such yet. */
  readonly #ended: SegmentEnd[] = [];

  constructor(options: CallLogOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFileSystem;
    const { directory, keysDirectory, heads, clock, installId, version } = options;
    this.#admin = openAdminLog({ directory, keysDirectory, heads, clock, installId, version, files: this.#files });
  }

  /** Begins a segment. Throws `AuditError`. */
  async begin(): Promise<Segment> {
    await this.settle();
    const registered = await this.#register();
    const segment = this.#create(registered);
    this.#registered = undefined;
    try {
      const { count, head } = segment;
      await this.#options.segments.open({ ...registered.name, ...this.#process, count, head });
    } catch (error) {
      this.abandon(segment);
      throw unwritable(error);
    }
    return segment;
  }

  /** Ends a segment with its last record. Throws `AuditError` if that is not in the registry; `settle` tries again. */
  async close(segment: Segment): Promise<void> {
    if (!(await this.#closingRecord(segment))) return this.#end('segment_abandoned', segment);
    await this.#end('segment_closed', segment);
  }

  /** Notes a segment that can take no more records. */
  abandon(segment: Segment): void {
    // A failure stays in the list, and `settle` reports it to whoever comes next.
    this.#end('segment_abandoned', segment).catch(() => undefined);
  }

  /** Enters every end that is not in the registry yet. Throws `AuditError`. */
  async settle(): Promise<void> {
    for (let end = this.#ended.shift(); end !== undefined; end = this.#ended.shift()) {
      try {
        await this.#enter(end);
      } catch (error) {
        this.#ended.unshift(end);
        throw unwritable(error);
      }
    }
  }

  /** Where a record of the segment stands. */
  stamp(segment: string, { seq, prev }: Link): Stamp {
    const timeMs = Math.round(this.#options.clock.nowMs());
    return { timeMs, stream: 'calls', segment, scope: segment, seq, prev, version: this.#options.version };
  }

  async #register(): Promise<Registered> {
    if (this.#registered !== undefined) return this.#registered;
    const segment = randomUUID();
    const name = { segment, file: `calls-${dayOf(this.#options.clock.nowMs())}-${segment}.jsonl` };
    const key = SigningKey.generate();
    const place = await this.#admin.append({ kind: 'segment_opened', ...name, key: key.publicKey });
    this.#registered = { name, key, place };
    return this.#registered;
  }

  #create({ name, key, place: registry }: Registered): Segment {
    const { directory, installId: install, durability, segments } = this.#options;
    const revealed = this.#options.revealed?.() ?? [];
    const opening = { kind: 'segment_open', install, ...this.#process, registry, durability, revealed } as const;
    const onDurable = (extent: Extent): void => segments.advance(name.segment, extent);
    try {
      return Segment.create(this.#files, directory, { name, key, onDurable }, (link) =>
        frameLine({ ...opening, key: key.publicKey }, this.stamp(name.segment, link)),
      );
    } catch (error) {
      throw unwritable(error);
    }
  }

  /** Signs for everything in the segment so far. Throws `AuditError` if that cannot be written. */
  checkpoint(segment: Segment): void {
    const origin = originOf(this.#options.installId, segment.name.segment);
    const { count, head, key } = segment;
    const note = signCheckpoint({ origin, count, head }, [{ name: origin, key }]);
    segment.sign((link) => frameLine({ kind: 'checkpoint', note }, this.stamp(segment.name.segment, link)));
  }

  /** Keeps in the store how far the segments are on the disk, where no other transaction has done so. */
  keepProgress(): Promise<void> {
    return this.#options.segments.keepProgress();
  }

  async #closingRecord(segment: Segment): Promise<boolean> {
    try {
      this.checkpoint(segment);
      segment.append((link) =>
        frameLine({ kind: 'segment_close', count: link.seq + 1 }, this.stamp(segment.name.segment, link)),
      );
      await segment.durable();
      return true;
    } catch {
      return false;
    }
  }

  async #end(kind: SegmentEnd['kind'], segment: Segment): Promise<void> {
    this.#ended.push({ kind, ...segment.name, count: segment.count, head: segment.head });
    await segment.close();
    await this.settle();
  }

  async #enter(end: SegmentEnd): Promise<void> {
    await this.#admin.append(end);
    await this.#options.segments.end(end.segment, end.kind === 'segment_closed' ? 'closed' : 'abandoned');
  }
}

function unwritable(error: unknown): AuditError {
  if (error instanceof AuditError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new AuditError('unwritable', `the audit log cannot be written: ${detail}`, { cause: error });
}
