/**
 * What an agent may write into the log by being refused. Denials are evidence, so each is recorded on its own; whoever is
 * denied too often is read more slowly instead. A call that is allowed costs nothing here: limits are for those.
 */
import type { CallEvent } from '../audit/events.ts';
import type { SessionParts } from './parts.ts';

type Log = SessionParts['log'];

/** What a client writes; it can be left unread for a while. */
export interface Intake {
  /** Reads nothing more until `resume`. */
  pause(): void;
  resume(): void;
}

/**
 * What refusals may add to the log in the long run, and what they may at once. What was read before the brake is felt comes
 * on top: one piece of input, of no more requests than may be open.
 */
const BYTES_PER_SECOND = 80_000;
const BURST_BYTES = 400_000;

/** What a record of a refusal takes, and each argument and each limit in it. The longest names add a quarter. */
const RECORD_BYTES = 1_500;
const ELEMENT_BYTES = 200;
const MOST_BYTES = 8_000;

export class Brake {
  readonly #intake: Intake;
  readonly #nowMs: () => number;
  /** Below zero is what has been written ahead of its time. */
  #bytes = BURST_BYTES;
  #filledMs: number;
  #hold: NodeJS.Timeout | undefined;

  /** `nowMs` only ever grows. */
  constructor(intake: Intake, nowMs: () => number = () => performance.now()) {
    this.#intake = intake;
    this.#nowMs = nowMs;
    this.#filledMs = nowMs();
  }

  /** The log, with each denial that goes into it paid for. */
  watching(log: Log): Log {
    return {
      ready: () => log.ready(),
      write: (event) => {
        // Before it is written: a log that fails is no reason to read faster.
        if (isRefusal(event)) this.#pay(sizeOf(event));
        log.write(event);
      },
      writeSoon: (event) => log.writeSoon(event),
      writeDurable: (event) => log.writeDurable(event),
      close: () => log.close(),
    };
  }

  /** Pays for a record that need not be written, or says that it should not be. */
  affords(): boolean {
    this.#fill();
    if (this.#bytes < RECORD_BYTES) return false;
    this.#bytes -= RECORD_BYTES;
    return true;
  }

  #pay(bytes: number): void {
    this.#fill();
    this.#bytes -= bytes;
    if (this.#bytes >= 0 || this.#hold !== undefined) return;
    this.#intake.pause();
    this.#wait();
  }

  /** Until everything is paid for; what was read before is still being answered, and may add to it. */
  #wait(): void {
    const debtMs = Math.ceil((-this.#bytes / BYTES_PER_SECOND) * 1000);
    this.#hold = setTimeout(() => {
      this.#hold = undefined;
      this.#fill();
      if (this.#bytes < 0) this.#wait();
      else this.#intake.resume();
    }, debtMs);
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    this.#bytes = Math.min(BURST_BYTES, this.#bytes + ((nowMs - this.#filledMs) / 1000) * BYTES_PER_SECOND);
    this.#filledMs = nowMs;
  }
}

type Refusal = Extract<CallEvent, { kind: 'decision' | 'request_decided' }>;

/** The list of tools costs no server anything, so nothing else slows down whoever asks for it. */
function isRefusal(event: CallEvent): event is Refusal {
  if (event.kind === 'decision') return true;
  if (event.kind !== 'request_decided' || event.from !== 'client') return false;
  return event.decision === 'deny' || event.method === 'tools/list';
}

function sizeOf(event: Refusal): number {
  const elements = (event.quota?.length ?? 0) + ('args' in event ? event.args.length : 0);
  const records = 'decision' in event && event.decision === 'allow' ? 2 : 1;
  return Math.min(MOST_BYTES, records * RECORD_BYTES + elements * ELEMENT_BYTES);
}
