/** The requests of one client that are being worked on: each id once, so many at a time. */
import { stringify, type Json } from '../core/json.ts';
import type { Flight } from './forward.ts';

/** One more is refused. */
const MOST = 1024;

/** A signal costs more than the rest of a call, and only a call that waits for a person looks at one. */
class ClientFlight implements Flight {
  cancelUpstream: Flight['cancelUpstream'] = null;
  cancelled = false;
  readonly wantsProgress: boolean;
  readonly progress: Flight['progress'];
  #leaving: AbortController | undefined;
  #hasLeft = false;

  constructor(progress: Flight['progress'] | null) {
    this.wantsProgress = progress !== null;
    this.progress = progress ?? (() => undefined);
  }

  get gone(): AbortSignal {
    this.#leaving ??= new AbortController();
    if (this.#hasLeft) this.#leaving.abort();
    return this.#leaving.signal;
  }

  leave(): void {
    this.#hasLeft = true;
    this.#leaving?.abort();
  }
}

/** Why a request is not begun. */
export interface Excess {
  readonly code: 'id_in_use' | 'too_many';
  readonly why: string;
}

export class Flights {
  readonly #flights = new Map<string, ClientFlight>();
  #idle: (() => void) | null = null;

  /**
   * Begins the one whose id has this JSON text, and `end` ends it. `progress` takes what its server says of it; null if the
   * client did not ask.
   */
  begin(key: string, progress: ((params: Json) => void) | null): Flight | Excess {
    if (this.#flights.has(key)) return { code: 'id_in_use', why: 'the id belongs to a request that is still open' };
    if (this.#flights.size >= MOST) return { code: 'too_many', why: 'too many requests are open' };
    const flight = new ClientFlight(progress);
    this.#flights.set(key, flight);
    return flight;
  }

  end(key: string): void {
    this.#flights.delete(key);
    if (this.#flights.size === 0) this.#idle?.();
  }

  /** The client takes a request back. An id that is not open is none of ours. */
  cancel(id: Json, reason: string | undefined): void {
    const flight = this.#flights.get(stringify(id));
    if (flight === undefined || flight.cancelled) return;
    flight.cancelled = true;
    flight.leave();
    flight.cancelUpstream?.(reason);
  }

  /** Nobody waits for a person any more. */
  leaveAll(): void {
    for (const flight of this.#flights.values()) flight.leave();
  }

  /** Resolves when none is open. */
  idle(): Promise<void> {
    return this.#flights.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.#idle = resolve));
  }
}
