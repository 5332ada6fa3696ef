/** Requests for approval as people see them: unsealed, their verdicts proven by the operators of now. */
import {
  type AcceptedVerdict,
  type ApprovalRequest,
  isApproved,
  openRequest,
  type Registry,
  type VerdictCheck,
  verifyVerdict,
} from '../../approvals/index.ts';
import { settleLeftovers } from '../../approvals/leftovers.ts';
import type { ApprovalId } from '../../core/ids.ts';
import type { ApprovalEntry } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { isDead } from '../quota-owners.ts';

/** One request. */
export interface QueueItem {
  readonly entry: ApprovalEntry;
  /** Undefined once it has ended and was erased, or if it cannot be read here. */
  readonly request: ApprovalRequest | undefined;
  /** What each of its verdicts is worth. */
  readonly checks: readonly VerdictCheck[];
}

export interface Queue {
  readonly registry: Registry;
  /** Oldest first. */
  readonly items: readonly QueueItem[];
}

/** Reads what waits and what ended within a day. Throws `StateError` and `SecretError`. */
export async function readQueue(installation: Installation): Promise<Queue> {
  const { approvals } = await installation.shared();
  const [registry, entries] = await Promise.all([installation.registry(), approvals.list()]);
  return queueOf(installation, registry, entries);
}

/** The same of entries that were read already. Throws `SecretError`. */
export async function queueOf(
  installation: Installation,
  registry: Registry,
  entries: readonly ApprovalEntry[],
): Promise<Queue> {
  const sealer = await installation.sealer();
  const nowMs = Date.now();
  const items = entries.map((entry): QueueItem => {
    const request = openRequest(entry, sealer);
    const checks =
      request === undefined ? [] : entry.verdicts.map((text) => verifyVerdict(text, request, registry, nowMs));
    return { entry, request, checks };
  });
  return { registry, items };
}

/** Gives back what ended requests hold, before somebody looks. Throws `StateError`. */
export async function settleEnded(installation: Installation): Promise<void> {
  await settleLeftovers(await installation.shared(), isDead, Date.now());
}

export function accepted(checks: readonly VerdictCheck[]): readonly AcceptedVerdict[] {
  return checks.flatMap((check) => (check.ok ? [check] : []));
}

/** True if the signatures of an open request suffice. */
export function isSigned({ request, checks }: QueueItem): boolean {
  return request !== undefined && isApproved(request, accepted(checks));
}

/** The state in the words of people: what is open is `requested` until its signatures suffice. */
export function stateOf(item: QueueItem): string {
  const { state } = item.entry;
  if (state === 'claimed') return 'approved';
  if (state === 'open') return isSigned(item) ? 'approved' : 'requested';
  return state;
}

/** The rule that asks first. */
export function ruleOf({ request }: QueueItem): string | null {
  return request?.needs[0]?.asked[0]?.rule ?? null;
}

/** An id as people type it. */
export function sameId(id: ApprovalId, typed: string): boolean {
  return id === typed.trim().toLowerCase();
}
