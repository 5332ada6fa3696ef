/** What each record may say by itself and the log as a whole may not: calls that ran though nobody was to let them. */
import type { Plain, ReadRecord } from './chain.ts';
import type { Findings, Place } from './findings.ts';

/** What a use comes to where it is above its cap. */
const ABOVE = '>100%';

export class Semantics {
  readonly #findings: Findings;
  /** Requests that were approved; as many as people signed. */
  readonly #approved = new Set<string>();
  /** Requests that somebody was asked for. */
  readonly #asked = new Set<string>();
  /** Calls that ran under a request, and are not explained yet. */
  readonly #ran = new Map<string, Place>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  take({ kind, own }: ReadRecord, place: Place): void {
    const approval = typeof own['approval'] === 'string' ? own['approval'] : null;
    if (kind === 'approval_requested' && approval !== null) this.#asked.add(approval);
    if (kind === 'approval_decided' && own['accepted'] === true && own['verdict'] === 'approve') {
      if (approval !== null) this.#explain(approval);
    }
    if (kind !== 'intent') return;
    if (approval !== null && !this.#approved.has(approval)) this.#ran.set(approval, place);
    if (approval === null && isAboveCap(own['quota']))
      this.#findings.fault('cap_exceeded', place, 'the call went above a cap, and nobody signed that it may');
  }

  #explain(approval: string): void {
    this.#approved.add(approval);
    this.#ran.delete(approval);
  }

  /** Where files were deleted because their time was over, an approval may have stood in one of them, if its request did. */
  report(isPruned: boolean): void {
    for (const [approval, place] of this.#ran) {
      if (isPruned && !this.#asked.has(approval))
        this.#findings.note('pruned', place, 'the approval of this call is not in the files that are left');
      else
        this.#findings.fault(
          'approval_missing',
          place,
          'the call ran under an approval that nobody is recorded to have given',
        );
    }
  }
}

function isAboveCap(quota: Plain | undefined): boolean {
  return Array.isArray(quota) && quota.some((one: Plain) => isUse(one) && one['used'] === ABOVE);
}

function isUse(value: Plain): value is { readonly [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
