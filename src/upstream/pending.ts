/** The requests that a server has not answered yet. An id is given out once, and settled once. */
import type { Json } from '../core/json.ts';
import type { Reply, ReplySink } from './port.ts';

interface Pending {
  readonly sink: ReplySink;
  readonly wantsProgress: boolean;
  /** On the clock that only goes forward. */
  readonly deadlineMs: number;
}

/** How one request is to be waited for. */
export interface Waiting {
  readonly sink: ReplySink;
  readonly wantsProgress: boolean;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
}

/** Some servers read ids into 32 bits. */
const MAX_ID = 2 ** 31 - 1;
const TOKEN = /^p([1-9][0-9]{0,9})$/;

export class PendingRequests {
  readonly #byId = new Map<number, Pending>();
  readonly #timedOut: (id: number) => void;
  /** One for all of them: each call would pay for its own. It rings for the first that may have run out. */
  #timer: NodeJS.Timeout | undefined;
  #ringsMs = Infinity;
  #last = 0;

  /** `timedOut` is called for a request whose time ran out, after its sink was told. */
  constructor(timedOut: (id: number) => void) {
    this.#timedOut = timedOut;
  }

  /** Notes a request and answers its id. */
  add({ sink, wantsProgress, timeoutMs }: Waiting): number {
    const id = this.#nextId();
    const deadlineMs = timeoutMs === null ? Infinity : performance.now() + timeoutMs;
    this.#byId.set(id, { sink, wantsProgress, deadlineMs });
    if (deadlineMs < this.#ringsMs) this.#ringAt(deadlineMs);
    return id;
  }

  /** Hands the reply over. False if nobody waits for that id (any more). */
  settle(id: number, reply: Reply): boolean {
    const pending = this.#take(id);
    pending?.sink.reply(reply);
    return pending !== undefined;
  }

  /** True while a request has neither been answered nor run out of time. */
  isOpen(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Hands progress to the request whose token this is. False if there is none. */
  progress(token: Json | undefined, params: Json): boolean {
    const text = typeof token === 'string' ? TOKEN.exec(token)?.[1] : undefined;
    const pending = text === undefined ? undefined : this.#byId.get(Number(text));
    if (pending?.wantsProgress !== true) return false;
    pending.sink.progress(params);
    return true;
  }

  /** Settles every request that is left. */
  settleAll(reply: Reply): void {
    for (const id of [...this.#byId.keys()]) this.settle(id, reply);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#byId.get(id);
    this.#byId.delete(id);
    return pending;
  }

  #ringAt(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#ringsMs = deadlineMs;
    // A timer may ring a little early by the other clock.
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, Math.ceil(deadlineMs - performance.now())));
    this.#timer.unref();
  }

  /** Ends what ran out of time, and waits for the next that may. */
  #expire(): void {
    this.#ringsMs = Infinity;
    const nowMs = performance.now();
    let nextMs = Infinity;
    for (const [id, { deadlineMs }] of [...this.#byId])
      if (deadlineMs > nowMs) nextMs = Math.min(nextMs, deadlineMs);
      else if (this.settle(id, { is: 'lost', why: 'timeout' })) this.#timedOut(id);
    if (nextMs < this.#ringsMs) this.#ringAt(nextMs);
  }

  #nextId(): number {
    do this.#last = this.#last >= MAX_ID ? 1 : this.#last + 1;
    while (this.#byId.has(this.#last));
    return this.#last;
  }
}

/** The progress token of a request. */
export function progressToken(id: number): string {
  return `p${id}`;
}
