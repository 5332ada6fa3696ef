/** Closing what dead processes left open, and finding the calls whose end nobody saw. */
import { join } from 'node:path';
import {
  brandAs,
  type GrantName,
  type PolicyHash,
  type PolicyName,
  type RequestId,
  type ToolName,
} from '../core/ids.ts';
import { isKind } from '../core/kinds.ts';
import { openAdminLog } from './admin.ts';
import { GENESIS, readRecord, type PlainObject, type ReadRecord } from './chain.ts';
import { AuditError, type CallFrame } from './events.ts';
import { readLines } from './lines.ts';
import type { Clock, HeadPort, OpenSegment, SegmentOwner, SegmentPort } from './ports.ts';
import { isAlive, processStart } from './process.ts';
import { UNKNOWN } from './text.ts';

export interface RecoveryOptions {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly heads: HeadPort;
  readonly segments: SegmentPort;
  readonly clock: Clock;
  readonly installId: string;
  readonly version: string;
  /**
   * Records, durably, that nobody saw the end of a call. Done for every such call before its segment is ended: whoever
   * is killed in between leaves the segment open, and the next process finds what was already recorded.
   */
  readonly record: (frame: CallFrame) => Promise<void>;
  /** For tests: the process that settles; else this one. */
  readonly owner?: SegmentOwner;
  /** For tests: whether a process runs. */
  readonly isAlive?: (pid: number, processStart: string) => boolean;
}

/** A segment that was closed for its dead process. */
export interface AbandonedSegment {
  readonly segment: string;
  readonly file: string;
  readonly count: number;
  readonly head: string;
}

export interface Recovery {
  readonly abandoned: readonly AbandonedSegment[];
  /** The calls that were recorded as in doubt. */
  readonly inDoubt: readonly CallFrame[];
}

/** How far a segment is whole. */
interface Remains {
  readonly count: number;
  readonly head: string;
  readonly closed: boolean;
  readonly inDoubt: readonly CallFrame[];
  /** Requests of other segments whose outcomes stand here: this process was itself settling a dead one. */
  readonly settled: ReadonlySet<string>;
}

/**
 * Enters the end of every segment whose process is dead. Of several processes that find the same segment, one gets its
 * intents. Throws `AuditError`, and what the store throws.
 */
export async function closeAbandoned(options: RecoveryOptions): Promise<Recovery> {
  const dead = await takeOverDead(options);
  const inDoubt = unsettled(dead);
  for (const frame of inDoubt) await options.record(frame);
  const abandoned: AbandonedSegment[] = [];
  for (const { open, remains } of dead) {
    await endSegment(options, open, remains);
    abandoned.push({ segment: open.segment, file: open.file, count: remains.count, head: remains.head });
  }
  return { abandoned, inDoubt };
}

interface Dead {
  readonly open: OpenSegment;
  readonly remains: Remains;
}

/**
 * The segments of dead processes that are this process's to settle, those that outcomes are owed to first. All that one
 * process left comes together: one that died while it settled another has its segment, and its own, which says how far it
 * came. Two processes that had one each would both record the same ends.
 */
async function takeOverDead(options: RecoveryOptions): Promise<readonly Dead[]> {
  const alive = options.isAlive ?? isAlive;
  const own = options.owner ?? { pid: process.pid, processStart: processStart(process.pid) };
  const dead: Dead[] = [];
  for (const owner of await options.segments.listOpen()) {
    if (alive(owner.pid, owner.processStart)) continue;
    // None for the second segment of an owner that was listed.
    for (const open of await options.segments.takeOver(owner, own))
      dead.push({ open, remains: atLeast(open, await readRemains(join(options.directory, open.file), open.segment)) });
  }
  // A segment that holds outcomes of others must still be found for as long as those are open.
  return dead.sort((a, b) => a.remains.settled.size - b.remains.settled.size);
}

function unsettled(dead: readonly Dead[]): readonly CallFrame[] {
  const settled = new Set(dead.flatMap(({ remains }) => [...remains.settled]));
  return dead.flatMap(({ remains }) => remains.inDoubt).filter(({ request }) => !settled.has(request));
}

async function endSegment(options: RecoveryOptions, { segment, file }: OpenSegment, remains: Remains): Promise<void> {
  const { count, head, closed } = remains;
  const kind = closed ? 'segment_closed' : 'segment_abandoned';
  await openAdminLog(options).write({ kind, segment, file, count, head });
  await options.segments.end(segment, closed ? 'closed' : 'abandoned');
}

/**
 * The store lists a segment only when its first record is on the disk: for a file that is gone, one record is claimed,
 * so that verification asks for it.
 */
const GONE: Remains = { count: 1, head: GENESIS, closed: false, inDoubt: [], settled: new Set() };

async function readRemains(path: string, segment: string): Promise<Remains> {
  const chain = new ChainReader(segment);
  try {
    for await (const line of readLines(path)) {
      if (!line.complete || !chain.take(readRecord(line.bytes))) break;
    }
  } catch (error) {
    if (isMissing(error)) return GONE;
    throw new AuditError('unreadable', `the log file \`${path}\` cannot be read`, { cause: error });
  }
  return chain.remains();
}

/** What the store knows to have been on the disk stands in the registry, though the file has less by now. */
function atLeast({ count, head }: OpenSegment, remains: Remains): Remains {
  return remains.count >= count ? remains : { ...remains, count, head, closed: false };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

class ChainReader {
  readonly #segment: string;
  readonly #open = new Map<string, CallFrame>();
  readonly #settled = new Set<string>();
  #count = 0;
  #head = GENESIS;
  #closed = false;

  constructor(segment: string) {
    this.#segment = segment;
  }

  /** Takes the next record if it belongs here; false at the first that does not. */
  take(record: ReadRecord | undefined): boolean {
    if (record?.intact !== true || record.segment !== this.#segment) return false;
    if (record.seq !== this.#count || record.prev !== this.#head) return false;
    this.#count += 1;
    this.#head = record.hash;
    this.#closed = record.kind === 'segment_close';
    this.#pair(record);
    return true;
  }

  remains(): Remains {
    const inDoubt = [...this.#open.values()];
    return { count: this.#count, head: this.#head, closed: this.#closed, inDoubt, settled: this.#settled };
  }

  #pair({ kind, own }: ReadRecord): void {
    const request = own['request'];
    if (typeof request !== 'string') return;
    if (kind === 'intent' || kind === 'intent_carried') this.#open.set(request, frameOf(request, own));
    if (kind === 'outcome' && !this.#open.delete(request)) this.#settled.add(request);
  }
}

function text(own: PlainObject, key: string): string | null {
  const value = own[key];
  return typeof value === 'string' ? value : null;
}

/** The frame of an intent as it was recorded; our own record, proven by its hash. */
function frameOf(request: string, own: PlainObject): CallFrame {
  const tool = text(own, 'tool');
  const toolKind = text(own, 'toolKind');
  const policy = text(own, 'policy');
  const policyHash = text(own, 'policyHash');
  const client = own['client'];
  return {
    session: {
      grant: brandAs<GrantName>(text(own, 'grant') ?? UNKNOWN),
      principal: text(own, 'principal') ?? UNKNOWN,
      client: clientOf(client),
    },
    request: brandAs<RequestId>(request),
    tool: tool === null || tool === UNKNOWN ? null : brandAs<ToolName>(tool),
    toolKind: toolKind === 'unclassified' || (toolKind !== null && isKind(toolKind)) ? toolKind : null,
    rule: text(own, 'rule') ?? '',
    pointer: text(own, 'pointer') ?? '',
    policy: policy === null ? null : brandAs<PolicyName>(policy),
    policyHash: policyHash === null ? null : brandAs<PolicyHash>(policyHash),
  };
}

function clientOf(value: unknown): { readonly name: string; readonly version: string } {
  if (typeof value !== 'object' || value === null) return { name: '', version: '' };
  const { name, version } = value as Readonly<Record<string, unknown>>;
  return { name: typeof name === 'string' ? name : '', version: typeof version === 'string' ? version : '' };
}
