/** Intents and their outcomes, which may stand in another segment, read before or after. */
import type { ReadRecord } from './chain.ts';
import type { Findings, Place } from './findings.ts';

export class Calls {
  /** Intents of the file being read. */
  #here = new Map<string, Place>();
  readonly #waiting = new Map<string, Place>();
  /** Outcomes whose intent was not read yet. */
  readonly #early = new Set<string>();

  take({ kind, own }: ReadRecord, place: Place): void {
    const request = own['request'];
    if (typeof request !== 'string') return;
    if (kind === 'intent' || kind === 'intent_carried') this.#intent(request, place);
    else if (kind === 'outcome') this.#outcome(request);
  }

  /** A carried intent stands in for the one of the segment before. */
  #intent(request: string, place: Place): void {
    this.#waiting.delete(request);
    this.#here.set(request, place);
  }

  #outcome(request: string): void {
    const found = this.#here.delete(request);
    if (!this.#waiting.delete(request) && !found) this.#early.add(request);
  }

  /** Ends a file; the open intents of a live process are still on their way. */
  endFile(live: boolean): void {
    if (!live) for (const [request, place] of this.#here) this.#waiting.set(request, place);
    this.#here = new Map();
  }

  report(findings: Findings): void {
    for (const [request, place] of this.#waiting) {
      if (this.#early.has(request)) continue;
      findings.fault('intent_without_outcome', place, 'the call was allowed and its outcome was never recorded');
    }
  }
}
