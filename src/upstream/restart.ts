/** When a server that went is started again. */
import type { UpstreamFailure } from './port.ts';

/** Durations in milliseconds. */
export interface RestartPolicy {
  /** Before the first restart; each further one within the span waits twice as long. */
  readonly firstMs: number;
  /** The longest wait. */
  readonly longestMs: number;
  /** So many restarts within the span; after them the server stays as it is. */
  readonly most: number;
  readonly spanMs: number;
}

/** A process that ends time and again is a broken one, and each start of it is given the secrets anew. */
export const PROCESS_RESTARTS: RestartPolicy = { firstMs: 500, longestMs: 30_000, most: 5, spanMs: 600_000 };

/** A server elsewhere is away while it is deployed or while the network is: asking for it costs little, so it is asked for on. */
export const REMOTE_RESTARTS: RestartPolicy = { firstMs: 500, longestMs: 30_000, most: 60, spanMs: 600_000 };

/** What time may mend. Everything else waits for a person. */
const TRANSIENT: ReadonlySet<UpstreamFailure> = new Set([
  'exited',
  'unresponsive',
  'unreachable',
  'initialize_timeout',
  'list_failed',
]);

export class Restarts {
  readonly #policy: RestartPolicy;
  readonly #nowMs: () => number;
  readonly #random: () => number;
  /** When the restarts within the span were granted. */
  #grantedMs: number[] = [];
  #total = 0;

  /** `nowMs` only goes forward; `random` lies in [0, 1). */
  constructor(policy: RestartPolicy, nowMs: () => number, random: () => number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#random = random;
  }

  /** How often the server was started again. */
  get total(): number {
    return this.#total;
  }

  /** Grants a restart and answers how long to wait for it, with jitter; null if there is to be none. */
  grant(code: UpstreamFailure): number | null {
    if (!TRANSIENT.has(code)) return null;
    const { firstMs, longestMs, most, spanMs } = this.#policy;
    const nowMs = this.#nowMs();
    this.#grantedMs = this.#grantedMs.filter((grantedMs) => nowMs - grantedMs < spanMs);
    if (this.#grantedMs.length >= most) return null;
    const wholeMs = Math.min(longestMs, firstMs * 2 ** this.#grantedMs.length);
    this.#grantedMs.push(nowMs);
    // Gateways that lost the same server at the same time must not all come back at once.
    return Math.round(wholeMs * (0.5 + this.#random() / 2));
  }

  /** Notes that a granted restart has begun. */
  begun(): void {
    this.#total += 1;
  }

  /** What a person reads behind the reason why the server stays away; empty for a reason that no restart would mend. */
  givenUp(code: UpstreamFailure): string {
    if (!TRANSIENT.has(code)) return '';
    const { most, spanMs } = this.#policy;
    return `; it was started ${most} times in ${Math.round(spanMs / 60_000)} minutes, and is not started again before the next session`;
  }
}
