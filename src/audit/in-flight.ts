/** The calls that have an intent and no outcome yet, so that the end of a segment does not lose sight of them. */
import type { RequestId } from '../core/ids.ts';
import type { CallEvent } from './events.ts';
import type { CarriedIntent } from './record-calls.ts';

type Intent = Extract<CallEvent, { readonly kind: 'intent' }>;
type OutcomeEvent = Extract<CallEvent, { readonly kind: 'outcome' }>;
type Append = (event: CallEvent | CarriedIntent) => void;

export class InFlight {
  readonly #forwarded = new Map<RequestId, Intent>();
  /** Outcomes that the log could not take when they came. */
  readonly #owed = new Map<RequestId, OutcomeEvent>();

  /** True while there are outcomes that the log could not take. */
  get isOwing(): boolean {
    return this.#owed.size > 0;
  }

  /** Notes a record that is in the file. */
  follow(event: CallEvent): void {
    if (event.kind === 'intent') this.#forwarded.set(event.request, event);
    if (event.kind !== 'outcome') return;
    this.#forwarded.delete(event.request);
    this.#owed.delete(event.request);
  }

  /**
   * Notes a record that failed. An outcome is a fact all the same and is written as soon as possible; an intent that
   * got into the file although its caller was refused ends as `failed`, because nothing was forwarded.
   */
  failed(event: CallEvent): void {
    if (event.kind === 'outcome' && this.#forwarded.has(event.request)) this.#owed.set(event.request, event);
    if (event.kind !== 'intent' || !this.#forwarded.has(event.request)) return;
    const ending = { kind: 'outcome', outcome: 'failed', code: 'audit_unwritable', latencyMs: 0 } as const;
    this.#owed.set(event.request, { ...event, ...ending });
  }

  /** Writes owed outcomes through `append`, which throws if a record cannot be written. */
  settle(append: Append): void {
    for (const [request, outcome] of this.#owed) {
      append(outcome);
      this.#owed.delete(request);
      this.#forwarded.delete(request);
    }
  }

  /** Writes what the next segment has to know, through `append`. */
  carryOver(append: Append): void {
    this.settle(append);
    for (const intent of this.#forwarded.values()) append({ ...intent, kind: 'intent_carried' });
  }
}
