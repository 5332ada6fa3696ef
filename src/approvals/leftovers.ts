/** What requests for approval hold of quotas, and what processes that died left of them. */
import { brandAs, type ApprovalId, type RequestId } from '../core/ids.ts';
import type { ApprovalMark, ApprovalStore } from '../state/approvals.ts';
import type { QuotaOwner, QuotaStore } from '../state/quota.ts';

/** The host under which requests hold quota: no process has it, so none can be taken for dead. */
const WAITING_HOST = '(approval)';

/** In whose name a request holds quota until somebody claims it. */
export function waitingOwner(request: RequestId): QuotaOwner {
  return { host: WAITING_HOST, pid: 0, processStart: request };
}

/** True for what a request holds that nobody has claimed: it is certain that nothing was forwarded. */
export function isWaiting({ host }: QuotaOwner): boolean {
  return host === WAITING_HOST;
}

/** The request for approval, as what holds its quota. */
export function heldBy(id: ApprovalId): RequestId {
  return brandAs<RequestId>(id);
}

interface Stores {
  readonly approvals: ApprovalStore;
  readonly quota: QuotaStore;
}

/** A claim outlives its request by this, and then whoever made it is gone, wherever he was. */
const LONGEST_CLAIM_MS = 3_600_000;
/** Between the reservation and the request that it is for, a store may be slow. */
const OPENING_MS = 60_000;

/**
 * Gives back what ended requests hold, and ends the claims of the dead: in doubt, unless it is certain that nothing was
 * forwarded. Answers how many it settled. Time is the store's: a machine whose clock is ahead must not take the living for
 * dead. Throws `StateError`.
 */
export async function settleLeftovers(
  { approvals, quota }: Stores,
  isDead: (owner: QuotaOwner) => boolean,
): Promise<number> {
  // Asked first: whatever begins meanwhile is younger than it seems.
  const nowMs = await quota.nowMs();
  const entries = new Map((await approvals.marks()).map((entry) => [heldBy(entry.id), entry]));
  const held = (await quota.requests()).filter(({ owner }) => isWaiting(owner));
  let settled = 0;
  for (const entry of entries.values()) {
    if (!isLost(entry, isDead, nowMs)) continue;
    const isCertain = held.some(({ request }) => request === heldBy(entry.id));
    const isEnded = await approvals.end(entry.id, isCertain ? 'void' : 'executed', isCertain ? null : 'in-doubt');
    if (isEnded) settled += 1;
  }
  for (const { request, atMs } of held) {
    const entry = entries.get(request);
    const isUnderWay = entry?.state === 'open' || (entry?.state === 'claimed' && !isLost(entry, isDead, nowMs));
    if (isUnderWay || (entry === undefined && nowMs - atMs < OPENING_MS)) continue;
    if (await quota.settle({ request, outcome: 'failed', forwardedMs: null })) settled += 1;
  }
  return settled;
}

function isLost({ state, claimedBy, expiresMs }: ApprovalMark, isDead: (owner: QuotaOwner) => boolean, nowMs: number) {
  if (state !== 'claimed') return false;
  return claimedBy === null || isDead(claimedBy) || nowMs > expiresMs + LONGEST_CLAIM_MS;
}
