/**
 * Requests for approval and what people said to them. Several gateways may meet the same verdict, and each records it; it
 * counts once. Only verdicts that a gateway accepted count: whoever can write the store can put anything beside them.
 */
import { timesOf } from './approval-times.ts';
import { type Fields, textAt } from './fields.ts';
import { Tally } from './tally.ts';
import type { CodeRow } from './value-calls.ts';
import type { ApprovalsPart, OperatorRow } from './value-people.ts';

/** Requests that are followed in one log. */
const MOST_REQUESTS = 50_000;
const MOST_VERDICTS = 64;
const UNKNOWN = '~unknown';

interface Verdict {
  readonly verdict: 'approve' | 'reject';
  readonly operator: string;
  readonly fingerprint: string | null;
  /** When it was signed on this machine, and when a gateway first accepted it. */
  signedMs?: number;
  acceptedMs?: number;
}

interface Request {
  requestedMs?: number;
  ending?: string;
  endedMs?: number;
  executedMs?: number;
  readonly verdicts: Map<string, Verdict>;
}

type IsInPeriod = (timeMs: number) => boolean;

export class Approvals {
  readonly #requests = new Map<string, Request>();
  readonly #operators = new Tally((key: { operator: string; fingerprint: string | null }): OperatorRow => ({
    ...key,
    approved: 0,
    rejected: 0,
    refused: 0,
  }));
  readonly #refusals = new Tally((key: { code: string }): CodeRow => ({ ...key, count: 0 }));
  readonly #refused = new Set<string>();
  #unfollowed = 0;

  /** Takes a record of either stream, whether or not it lies in the period. */
  take(kind: string, own: Fields, timeMs: number, isInPeriod: boolean): void {
    const id = textAt(own, 'approval');
    if (id === null || !KINDS.has(kind)) return;
    const request = this.#at(id);
    if (request === undefined) return;
    if (kind === 'approval_requested') request.requestedMs ??= timeMs;
    else if (kind === 'intent') request.executedMs ??= timeMs;
    else if (kind === 'approval_ended') end(request, own, timeMs);
    else if (kind === 'approval_signed') sign(request, own, timeMs);
    else if (kind === 'approval_decided' && own['accepted'] === true) accept(request, own, timeMs);
    else if (isInPeriod) this.#refuse(id, kind, own);
  }

  value(isInPeriod: IsInPeriod): ApprovalsPart {
    const requests = [...this.#requests.values()];
    const count = (of: (request: Request) => boolean): number => requests.filter(of).length;
    const within = (timeMs: number | undefined): boolean => timeMs !== undefined && isInPeriod(timeMs);
    const said = this.#countVerdicts(isInPeriod);
    const endings = (word: string): number => count(({ ending, endedMs }) => ending === word && within(endedMs));
    return {
      requested: count(({ requestedMs }) => within(requestedMs)),
      ...{ approved: said.approved, rejected: said.rejected },
      endings: {
        rejected: endings('rejected'),
        expired: endings('expired'),
        lapsed: endings('lapsed'),
        void: endings('void'),
      },
      executed: count(({ executedMs }) => within(executedMs)),
      undecided: count((request) => within(request.requestedMs) && isUndecided(request)),
      operators: this.#operators.value(
        (row) => row,
        (row) => row.approved + row.rejected + row.refused,
      ),
      refusals: this.#refusals.value(
        (row) => row,
        (row) => row.count,
      ),
      times: timesOf(said.durationsMs),
      unfollowed: this.#unfollowed,
    };
  }

  #at(id: string): Request | undefined {
    const found = this.#requests.get(id);
    if (found !== undefined) return found;
    if (this.#requests.size >= MOST_REQUESTS) {
      this.#unfollowed += 1;
      return undefined;
    }
    const made: Request = { verdicts: new Map() };
    this.#requests.set(id, made);
    return made;
  }

  /** A verdict that does not count, or a signature that was not given. Several gateways may meet the same one. */
  #refuse(id: string, kind: string, own: Fields): void {
    const code = textAt(own, 'code') ?? UNKNOWN;
    const who = { operator: textAt(own, 'operator') ?? UNKNOWN, fingerprint: textAt(own, 'fingerprint') };
    const key = JSON.stringify([id, kind, code, who]);
    if (kind === 'approval_decided' && this.#refused.has(key)) return;
    if (this.#refused.size < MOST_REQUESTS) this.#refused.add(key);
    this.#refusals.at({ code }).count += 1;
    this.#operators.at(who).refused += 1;
  }

  #countVerdicts(isInPeriod: IsInPeriod) {
    const said = { approved: 0, rejected: 0, durationsMs: [] as number[] };
    for (const { requestedMs, verdicts } of this.#requests.values()) {
      const accepted = [...verdicts.values()].filter((verdict) => !Number.isNaN(saidMs(verdict)));
      for (const verdict of accepted) if (isInPeriod(saidMs(verdict))) said[this.#credit(verdict)] += 1;
      const firstMs = Math.min(...accepted.map(saidMs));
      if (requestedMs !== undefined && isInPeriod(firstMs)) said.durationsMs.push(Math.max(0, firstMs - requestedMs));
    }
    return said;
  }

  #credit({ verdict, operator, fingerprint }: Verdict): 'approved' | 'rejected' {
    const said = verdict === 'approve' ? 'approved' : 'rejected';
    this.#operators.at({ operator, fingerprint })[said] += 1;
    return said;
  }
}

const KINDS: ReadonlySet<string> = new Set([
  ...['approval_requested', 'approval_decided', 'approval_ended', 'approval_signed', 'approval_refused', 'intent'],
]);

/** Signed here a moment before the gateway met it; a verdict that no gateway accepted was never given. */
function saidMs({ signedMs, acceptedMs }: Verdict): number {
  return acceptedMs === undefined ? NaN : Math.min(acceptedMs, signedMs ?? acceptedMs);
}

/** The verdict of a record; undefined for one that is none, or where there are more than people ever give. */
function verdictIn({ verdicts }: Request, own: Fields): Verdict | undefined {
  const verdict = textAt(own, 'verdict');
  if (verdict !== 'approve' && verdict !== 'reject') return undefined;
  const who = { operator: textAt(own, 'operator') ?? UNKNOWN, fingerprint: textAt(own, 'fingerprint') };
  const key = JSON.stringify([verdict, who]);
  if (verdicts.size >= MOST_VERDICTS) return verdicts.get(key);
  const made = verdicts.get(key) ?? { verdict, ...who };
  verdicts.set(key, made);
  return made;
}

function sign(request: Request, own: Fields, timeMs: number): void {
  const verdict = verdictIn(request, own);
  if (verdict !== undefined) verdict.signedMs = Math.min(verdict.signedMs ?? timeMs, timeMs);
}

function accept(request: Request, own: Fields, timeMs: number): void {
  const verdict = verdictIn(request, own);
  if (verdict !== undefined) verdict.acceptedMs = Math.min(verdict.acceptedMs ?? timeMs, timeMs);
}

function end(request: Request, own: Fields, timeMs: number): void {
  request.ending ??= textAt(own, 'ending') ?? UNKNOWN;
  request.endedMs ??= timeMs;
}

function isUndecided({ ending, executedMs, verdicts }: Request): boolean {
  const isAnswered = [...verdicts.values()].some(({ acceptedMs }) => acceptedMs !== undefined);
  return ending === undefined && executedMs === undefined && !isAnswered;
}
