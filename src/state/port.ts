/**
 * The store port: what must be one value for every process of an installation. Each driver promises that a write which
 * resolved survives `kill -9`, and that a failure throws `StateError` rather than answering with nothing.
 */
import type { GrantName, UpstreamName } from '../core/ids.ts';

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
}

/** Tokens by hash. */
export interface TokenStore {
  /** Keeps a new token. Throws if the hash exists. */
  insert(record: TokenRecord): Promise<void>;
  find(tokenHash: string): Promise<TokenRecord | undefined>;
  list(): Promise<readonly TokenRecord[]>;
  /** Revokes every token of the grant that is not revoked; answers how many. */
  revoke(grant: GrantName, atMs: number): Promise<number>;
  /** Notes a use; keeps the later of two instants. */
  touch(tokenHash: string, atMs: number): Promise<void>;
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
}

export interface SegmentStore {
  open(record: Omit<SegmentRecord, 'state'>): Promise<void>;
  /**
   * Makes an open segment that belongs to `from` one of `to`, so that one of several processes that find it dead may
   * settle it, and the next one if that dies as well. False if it is no longer open or no longer of `from`.
   */
  takeOver(segment: string, from: SegmentOwner, to: SegmentOwner): Promise<boolean>;
  /** Moves an open segment to its end. False if another process did it first. */
  end(segment: string, state: 'closed' | 'abandoned'): Promise<boolean>;
  listOpen(): Promise<readonly SegmentRecord[]>;
}

/** The accepted definition of a tool. */
export interface PinnedTool {
  readonly tool: string;
  /** Canonical JSON text of what was accepted. */
  readonly definition: string;
}

/** What a person accepted of one upstream: how it is started and given secrets, and what its tools are. */
export interface Acceptance {
  /** Hash of the command, arguments, environment, URL and headers. */
  readonly pairing: string;
  readonly tools: readonly PinnedTool[];
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

export interface Store {
  readonly tokens: TokenStore;
  readonly pins: PinStore;
  readonly heads: StreamHeads;
  readonly segments: SegmentStore;
  close(): Promise<void>;
}

/** The store could not answer. Calls are denied while it lasts. */
export class StateError extends Error {
  readonly code: 'unavailable' | 'busy' | 'corrupt' | 'conflict';
  constructor(code: StateError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StateError';
    this.code = code;
  }
}
