/** A call that its tool, its form and its policies permit, on its way to quota and signatures. */
import type { CatalogueEntry } from '../core/entry.ts';
import type { CallFacts } from '../core/facts.ts';
import type { Obligation, Source } from '../core/decision.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalsConfig, GrantConfig } from '../config/types.ts';
import type { ApprovalEnding } from '../audit/events.ts';
import { frameOf, gateRule, type Recorded } from './denial.ts';
import { fixed, MONEY_FROZEN } from './examine.ts';
import { movesMoney } from './facts.ts';
import type { Flight } from './forward.ts';
import type { Asked, Pass, Refusal, Reservation, Terms, Unmet, UnmetCode } from './parts.ts';
import type { Tool } from './tool-list.ts';

/** What a name stands for at an instant. */
export interface Look {
  /** What the configuration says now, or why the grant is gone from it. */
  readonly terms: Terms | Refusal;
  /** Undefined for a name that no upstream of the grant listed. */
  readonly tool: Tool | undefined;
  /** A sentence about the upstream that would have the tool, had it started. */
  readonly unavailable: string | null;
}

/** A permitted call. */
export interface Permitted extends Recorded {
  readonly grant: GrantConfig;
  readonly tool: Tool;
  readonly facts: CallFacts;
  readonly entry: CatalogueEntry | null;
  readonly source: Source;
  readonly obligations: readonly Obligation[];
  readonly approvals: ApprovalsConfig;
  readonly durable: boolean;
  readonly pass: Pass;
  readonly gatedMs: number;
  readonly flight: Flight;
  readonly look: () => Promise<Look>;
}

/** What came of it. A call that was waited for may be cleared with the facts that were signed instead of its own. */
export type Clearance =
  | {
      readonly is: 'clear';
      readonly source: Source;
      readonly grant: GrantConfig;
      readonly tool: Tool;
      readonly facts: CallFacts;
      readonly reservation: Reservation;
      readonly approval: ApprovalId | null;
      readonly gatedMs: number;
    }
  | { readonly is: 'denied'; readonly unmet: Unmet }
  /** The caller took the call back: it is recorded, and nobody is answered. */
  | { readonly is: 'gone'; readonly unmet: Unmet };

export function refused(
  source: Source,
  code: UnmetCode,
  message: string,
  approval?: ApprovalId,
): Extract<Clearance, { is: 'denied' }> {
  return { is: 'denied', unmet: { source, code, message, ...(approval === undefined ? {} : { approval }) } };
}

/** What is asked of the store in the name of a request. */
export function askedFor({ facts, tool, durable }: Permitted, request: Asked['request']): Asked {
  return { request, call: facts, timeoutMs: tool.behind.part.config.timeoutMs, durable };
}

/** A grant that was frozen or revoked meanwhile does not wait on. Its request stays: the freeze may be lifted. */
export async function stopOf(it: Permitted): Promise<Clearance | null> {
  const pass = await it.parts.gatekeeper(it.grant);
  if ('message' in pass)
    return refused(fixed(gateRule(pass.code)), pass.code === 'frozen' ? 'frozen' : 'grant', pass.message);
  return pass.isMoneyFrozen && movesMoney(it.facts) ? refused(fixed('(frozen)'), 'frozen', MONEY_FROZEN) : null;
}

/** Records that nobody will execute a request any more. Throws `AuditError`. */
export function recordEnd(it: Permitted, approval: ApprovalId, ending: ApprovalEnding, code: string): void {
  it.parts.log.write({ ...frameOf(it, it.source, it.facts), kind: 'approval_ended', approval, ending, code });
}
