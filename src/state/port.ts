/**
 * The store port: what must be one value for every process of an installation. Each driver promises that a write which
 * resolved survives `kill -9`, and that a failure throws `StateError` rather than answering with nothing.
 */
import type { GrantName, UpstreamName } from '../core/ids.ts';
import type { ApprovalStore } from './approvals.ts';
import type { QuotaStore } from './quota.ts';

/** A minted token, without the token: only its SHA-256 is kept. */
export interface TokenRecord {
  readonly grant: GrantName;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly tokenHash: string;
  readonly issuedMs: number;
  /** Null: as long as the grant. */
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  readonly lastUsedMs: number | null;
  /** Calls that were made with it, as far as its gateways have told. */
  readonly uses: number;
}

/** Tokens by hash. */
export interface TokenStore {
  /** Keeps a new token. Throws if the hash exists. */
  insert(record: TokenRecord): Promise<void>;
  find(tokenHash: string): Promise<TokenRecord | undefined>;
  list(): Promise<readonly TokenRecord[]>;
  /** Revokes every token of the grant that is not revoked; answers how many. */
  revoke(grant: GrantName, atMs: number): Promise<number>;
  /** The tokens of the grant that are not revoked, but for `except`, expire at `atMs` unless they do so earlier; answers how many changed. */
  retire(grant: GrantName, except: string, atMs: number): Promise<number>;
  /** Adds `uses` calls, and keeps the later of two instants. It need not survive a power cut. */
  touch(tokenHash: string, atMs: number, uses: number): Promise<void>;
}

/** A stop that an operator put on calls. */
export interface Freeze {
  /** Null: every grant. */
  readonly grant: GrantName | null;
  /** `money`: only calls that may move money, unclassified ones among them. */
  readonly scope: 'all' | 'money';
  readonly atMs: number;
  readonly by: string;
}

/** Freezes. Each pair of grant and scope is one. */
export interface FreezeStore {
  /** Puts a freeze on; one that is there stays as it is. False then. */
  freeze(freeze: Freeze): Promise<boolean>;
  /** Lifts the freezes of a grant, or those of every grant at once; others stay. Answers how many. */
  unfreeze(grant: GrantName | null): Promise<number>;
  list(): Promise<readonly Freeze[]>;
}

/** What every call needs to know, read in one step. */
export interface Gate {
  readonly token: TokenRecord | undefined;
  /** Those of every grant and those of the token's grant. */
  readonly freezes: readonly Freeze[];
  /** The token's grant has requests for approval that a call has to be compared with: under way, or ended not long ago. */
  readonly hasApprovals: boolean;
}

/**
 * Signed records of operators, as texts. Nothing is ever changed or removed; who may sign what is for whoever reads them
 * to prove. Failures throw `StateError`.
 */
export interface OperatorRecords {
  /** Keeps a record; false if it is there already. Throws `conflict` for one above 64 KiB, or beyond 4,096 of them. */
  add(text: string): Promise<boolean>;
  /** In the order in which they were added. */
  list(): Promise<readonly string[]>;
}

/** So many records are kept. */
export const MOST_OPERATOR_RECORDS = 4_096;

/** Throws `StateError` `conflict` for a record that is too long to be one. */
export function checkOperatorRecord(text: string): void {
  if (Buffer.byteLength(text) <= 64 * 1_024) return;
  throw new StateError('conflict', 'a record of an operator has at most 64 KiB');
}

/** What a store says that holds as many records as it may. */
export function tooManyOperatorRecords(): StateError {
  return new StateError('conflict', `the store holds ${MOST_OPERATOR_RECORDS} records of operators, and takes no more`);
}

/** Where a chained stream stands. */
export interface StreamHead {
  /** File name inside the audit directory; empty before the first record. */
  readonly file: string;
  /** Bytes of the file that belong to the chain. */
  readonly bytes: number;
  /** Records so far. */
  readonly count: number;
  /** Hash of the last record; 64 zeros before the first. */
  readonly hash: string;
}

/** Serialises the writers of a stream on this machine. */
export interface StreamHeads {
  /**
   * Runs `step` while no other process is inside for the same stream, and keeps the head it returns. `step` is
   * synchronous: it writes and syncs the file before the new head is committed.
   */
  exclusive<T>(
    stream: string,
    step: (head: StreamHead) => { readonly head: StreamHead; readonly result: T },
  ): Promise<T>;
  read(stream: string): Promise<StreamHead>;
}

/** The process that a segment belongs to. */
export interface SegmentOwner {
  readonly pid: number;
  /** Start time of that process, so that a reused pid is not taken for it; empty where the platform does not tell. */
  readonly processStart: string;
}

/** A calls segment that some process of this machine opened. */
export interface SegmentRecord extends SegmentOwner {
  readonly segment: string;
  readonly file: string;
  readonly state: 'open' | 'closed' | 'abandoned';
  /** How far its file goes at least: records, and the hash of the last (64 hexadecimal digits). */
  readonly count: number;
  readonly head: string;
}

export interface SegmentStore {
  open(record: Omit<SegmentRecord, 'state'>): Promise<void>;
  /**
   * Notes how far the file of an open segment is on the disk: kept with the next transaction that reserves or settles
   * quota in this file, or by `keepProgress`. It never goes back.
   */
  advance(segment: string, extent: { readonly count: number; readonly head: string }): void;
  /** Keeps what was noted, in a transaction of its own if there is something to keep. */
  keepProgress(): Promise<void>;
  /**
   * Makes every open segment of `from` one of `to` in one step, and answers them, so that one of several processes that
   * find it dead may settle what it left, and the next one if that dies as well. None if another was there before.
   */
  takeOver(from: SegmentOwner, to: SegmentOwner): Promise<readonly SegmentRecord[]>;
  /** Moves an open segment to its end. False if another process did it first. */
  end(segment: string, state: 'closed' | 'abandoned'): Promise<boolean>;
  listOpen(): Promise<readonly SegmentRecord[]>;
}

/** The accepted definition of a tool. */
export interface PinnedTool {
  readonly tool: string;
  /** Canonical JSON text of what was accepted. */
  readonly definition: string;
  /** The definition as its server wrote it then: what agents see until the server has listed its tools. Older acceptances lack it. */
  readonly listed?: string;
}

/** What a person accepted of one upstream: how it is started and given secrets, and what its tools are. */
export interface Acceptance {
  /** Hash of the command, arguments, environment, URL and headers. */
  readonly pairing: string;
  readonly tools: readonly PinnedTool[];
  /** What of MCP the server declared then, as `declaredBy` names it. Older acceptances lack it. */
  readonly declares?: readonly string[];
  readonly acceptedMs: number;
  readonly acceptedBy: string;
}

/** Acceptances by upstream. A failure throws: an upstream nobody accepted and a store nobody can read are two things. */
export interface PinStore {
  get(upstream: UpstreamName): Promise<Acceptance | undefined>;
  /** The accepted tools; none if the upstream was never accepted. */
  list(upstream: UpstreamName): Promise<readonly PinnedTool[]>;
  /** Replaces what was accepted before, as a whole. */
  accept(upstream: UpstreamName, acceptance: Acceptance): Promise<void>;
}

/** What somebody should know of a store before he relies on it. */
export interface StoreFinding {
  /** `fail`: the store breaks its promises as it is set up; `warn`: it breaks them when more than a process fails. */
  readonly status: 'warn' | 'fail';
  /** A sentence without its final period. */
  readonly message: string;
  readonly fix: string;
}

/** What a store is and how it is set up. */
export interface StoreReport {
  /** For people: `SQLite 3.53.0, schema 3`. */
  readonly about: string;
  readonly findings: readonly StoreFinding[];
}

/** What is one value for every gateway of an installation, on one machine or on many. */
export interface SharedStore {
  readonly tokens: TokenStore;
  readonly freezes: FreezeStore;
  readonly pins: PinStore;
  readonly quota: QuotaStore;
  readonly approvals: ApprovalStore;
  readonly operators: OperatorRecords;
  /** The token and the freezes that concern it, as they are now. */
  gate(tokenHash: string): Promise<Gate>;
  examine(): Promise<StoreReport>;
  close(): Promise<void>;
}

/** Where a store for many machines is. */
export interface RemoteStoreOptions {
  /** `redis://`, `rediss://`, `postgres://` or `postgresql://`, without credentials. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** For tests: milliseconds since the epoch; else the server's own clock. */
  readonly clock?: (() => number) | undefined;
}

/** What the audit log of this machine needs, and never leaves the machine. */
export interface LocalStore {
  readonly heads: StreamHeads;
  readonly segments: SegmentStore;
  close(): Promise<void>;
}

/** Both in one. */
export type Store = SharedStore & LocalStore;

/** The store could not answer. Calls are denied while it lasts. */
export class StateError extends Error {
  readonly code: 'unavailable' | 'busy' | 'corrupt' | 'conflict';
  constructor(code: StateError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StateError';
    this.code = code;
  }
}
