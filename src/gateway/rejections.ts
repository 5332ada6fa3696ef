/** Messages that are refused before they are calls: a few are recorded one by one, a flood of them is counted. */
import type { Session } from '../audit/events.ts';
import type { Brake } from './brake.ts';
import type { SessionParts } from './parts.ts';

/** How long messages are counted before the count is recorded. */
const TOGETHER_MS = 1_000;

interface Rejection {
  readonly code: string;
  readonly method: string | null;
}

type Counted = Rejection & { readonly sinceMs: number; count: number };

export class Rejections {
  readonly #parts: Pick<SessionParts, 'log' | 'nowMs' | 'warn'>;
  readonly #session: Session;
  readonly #brake: Brake;
  /** As many as there are codes and methods of ours. */
  readonly #counted = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;
  #hasWarned = false;

  constructor(parts: Pick<SessionParts, 'log' | 'nowMs' | 'warn'>, session: Session, brake: Brake) {
    this.#parts = parts;
    this.#session = session;
    this.#brake = brake;
  }

  /** Records that a message was refused, now or with others. Never throws: the message is refused anyway. */
  add({ code, method }: Rejection): void {
    const rejection = { code, method: method === 'tools/call' || method === 'tools/list' ? method : null };
    if (this.#counted.size === 0 && this.#brake.affords() && this.#write({ ...rejection, sinceMs: 0, count: 1 }))
      return;
    const key = `${code} ${rejection.method}`;
    const counted = this.#counted.get(key);
    if (counted === undefined) this.#counted.set(key, { ...rejection, sinceMs: this.#parts.nowMs(), count: 1 });
    else counted.count += 1;
    this.#timer ??= setTimeout(() => this.end(), TOGETHER_MS).unref();
  }

  /** Records what was counted. What the log does not take is kept, and tried again. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [key, counted] of this.#counted) {
      if (!this.#write(counted)) break;
      this.#counted.delete(key);
    }
    if (this.#counted.size > 0) this.#timer = setTimeout(() => this.end(), TOGETHER_MS).unref();
  }

  #write({ code, method, count, sinceMs }: Counted): boolean {
    const together = count === 1 ? {} : { together: { count, sinceMs } };
    try {
      this.#parts.log.write({ kind: 'protocol_rejected', session: this.#session, code, method, ...together });
      this.#hasWarned = false;
      return true;
    } catch (error) {
      if (!this.#hasWarned)
        this.#parts.warn(
          `the audit log cannot be written: ${error instanceof Error ? error.message : 'unknown error'}`,
        );
      this.#hasWarned = true;
      return false;
    }
  }
}
