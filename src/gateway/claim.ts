/**
 * One caller executes what was signed. It is claimed first, once and for ever; then everything is asked again as it is
 * now, about the arguments that were signed and never about those that were sent again.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type AcceptedVerdict,
  type ApprovalRequest,
  heldBy,
  isApproved,
  needsLeft,
  openRequest,
  requestHash,
} from '../approvals/index.ts';
import { approvalPlan, CanonicalError, isObject, type JsonObject } from '../core/index.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalEntry } from '../state/approvals.ts';
import { read, UPSTREAM_LIMITS } from '../wire/index.ts';
import { requestOf } from './approval-request.ts';
import { VOID, voidWords } from './approval-words.ts';
import { fixed, examine, type Finding } from './examine.ts';
import { readKept } from './facts.ts';
import type { NamedLimit, Unmet } from './parts.ts';
import { step } from './steps.ts';
import { askedFor, type Clearance, type Permitted, recordEnd, refused, stopOf } from './permitted.ts';

export type AcceptedOf = (entry: ApprovalEntry, request: ApprovalRequest) => Promise<readonly AcceptedVerdict[]>;

/** Claims an approved request for this caller. `lost`: it is not open any more. Throws `StateError`. */
export async function claim(it: Permitted, id: ApprovalId, acceptedOf: AcceptedOf): Promise<Clearance | 'lost'> {
  const stopped = await stopOf(it);
  if (stopped !== null) return stopped;
  if (!(await take(it, id))) return 'lost';
  step('claimed', it.request);
  try {
    const clearance = await redecide(it, id, acceptedOf);
    if (clearance.is !== 'clear') await end(it, id, clearance);
    return clearance;
  } catch (error) {
    await end(it, id, null);
    throw error;
  }
}

/** What this process has claimed: a gateway is one process. */
const claimed = new Set<ApprovalId>();

/** A claim whose answer was lost may have taken hold. Nothing came of it: it is ended, or nobody could ever end it. */
async function take(it: Permitted, id: ApprovalId): Promise<boolean> {
  const { store, owner } = it.parts.approvals;
  // Whoever can write the store may show one as open that ran.
  if (claimed.has(id)) return false;
  try {
    const isOurs = await store.claim(id, owner);
    if (isOurs) claimed.add(id);
    return isOurs;
  } catch (error) {
    void it.parts.quota.owe(`claim ${id}`, async () => {
      const entry = await store.find(id);
      if (entry?.state !== 'claimed' || claimed.has(id) || !isDeepStrictEqual(entry.claimedBy, owner)) return;
      if (await store.end(id, 'void', null)) await it.parts.quota.release(heldBy(id));
    });
    throw error;
  }
}

/** Nothing was forwarded: what the request held is given back, and nobody can claim it again. */
async function end(it: Permitted, id: ApprovalId, clearance: Clearance | null): Promise<void> {
  await it.parts.quota.release(heldBy(id));
  await it.parts.quota.owe(`end ${id}`, () => it.parts.approvals.store.end(id, 'void', null));
  recordEnd(it, id, 'void', clearance?.is === 'denied' ? clearance.unmet.code : 'store_unavailable');
}

async function redecide(it: Permitted, id: ApprovalId, acceptedOf: AcceptedOf): Promise<Clearance> {
  const { store, sealer } = it.parts.approvals;
  const entry = await store.find(id);
  const request = entry === undefined ? undefined : openRequest(entry, await sealer());
  if (entry === undefined || request === undefined) return voided(it, id, VOID.unreadable);
  const accepted = await acceptedOf(entry, request);
  const isRejected = accepted.some(({ verdict }) => verdict.verdict === 'reject');
  if (isRejected || !isApproved(request, accepted)) return voided(it, id, VOID.signatures);

  const now = await asThingsAreNow(it, request);
  if ('unmet' in now) return voided(it, id, now.unmet.message, now.unmet);
  const { grant, tool, facts, finding } = now;
  const again = await hashAgain({ facts, entry: now.entry, tool, grant }, request);
  if (again !== entry.hash) return voided(it, id, VOID.changed);
  const plan = approvalPlan(finding.obligations, [], { expireMs: 0 });
  if (plan !== null && needsLeft(plan.needs, accepted).length > 0) return voided(it, id, VOID.uncovered);

  const { source, obligations } = finding;
  const bound = { ...it, grant, tool, facts, source, obligations, gatedMs: now.gatedMs };
  const asked = askedFor(bound, heldBy(id));
  const reservation = await it.parts.quota.takeOver(obligations, asked, namedLimits(request));
  if ('message' in reservation) return voided(it, id, reservation.message, reservation);
  return { ...bound, is: 'clear', reservation, approval: id };
}

function voided(it: Permitted, id: ApprovalId, why: string, unmet?: Unmet): Clearance {
  return refused(unmet?.source ?? it.source, 'approval_void', voidWords(id, why), id);
}

type Now = Pick<Permitted, 'grant' | 'tool' | 'facts' | 'entry' | 'gatedMs'> & {
  readonly finding: Extract<Finding, { is: 'allowed' }>;
};

/** The signed call under the configuration, the tools and the freezes of this instant. */
async function asThingsAreNow(it: Permitted, request: ApprovalRequest): Promise<Now | { readonly unmet: Unmet }> {
  const { terms, tool, unavailable } = await it.look();
  const none = (message: string): { readonly unmet: Unmet } => ({
    unmet: { source: fixed('(changed)'), code: 'approval_void', message },
  });
  if ('message' in terms) return none(terms.message);
  const gatedMs = performance.now();
  const pass = await it.parts.gatekeeper(terms.grant);
  if ('message' in pass) return none(pass.message);
  if (unavailable !== null) return none(unavailable);
  const args = argumentsOf(request);
  if (tool?.tool !== request.tool || args === undefined) return none(VOID.changed);
  const kept = readKept(args, request.shown.reason, tool, terms.grant, it.parts.nowMs());
  const finding = await examine(kept.facts, null, { tool, policies: terms.policies, pass });
  if (finding.is === 'unlisted') return none(VOID.changed);
  if (finding.is === 'denied')
    return { unmet: { source: finding.source, code: 'approval_void', message: finding.message } };
  return { grant: terms.grant, tool, facts: kept.facts, entry: kept.entry, gatedMs, finding };
}

/** The hash of the same request for what would be executed now; undefined if there is no such request. */
async function hashAgain(now: Parameters<typeof requestOf>[0], request: ApprovalRequest): Promise<string | undefined> {
  const { v, id, nonce, origin, needs, repeatOf, createdMs, expiresMs } = request;
  try {
    return requestHash(await requestOf(now, { v, id, nonce, origin, needs, repeatOf, createdMs, expiresMs }));
  } catch (error) {
    if (error instanceof CanonicalError || (error instanceof Error && error.name === 'SecretError')) return undefined;
    throw error;
  }
}

function argumentsOf(request: ApprovalRequest): JsonObject | undefined {
  const { value } = read(Buffer.from(request.arguments), UPSTREAM_LIMITS);
  return isObject(value) ? value : undefined;
}

/** The limits that a request names: what is signed counts above their caps. */
function namedLimits({ needs }: ApprovalRequest): readonly NamedLimit[] {
  return needs.flatMap(({ asked }) => asked.filter(({ cause }) => cause !== 'rule'));
}
