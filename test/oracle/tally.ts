/** Counts what the evaluation met, so that a run can show that it reached everything. */
import type { T3 } from './truth.ts';

export class Tally {
  readonly counts = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Counts the answer of an operator, and hands it on. */
  truth(operator: string, answer: T3): T3 {
    this.count(`${operator} ${answer}`);
    return answer;
  }
}
