/**
 * What a call needs beside permission: quota at once, or a person's signature first. The same call is asked about once:
 * whoever sends it again waits with the first, and hears what became of it.
 */
import { heldBy, matchOf, requestHash, requestText } from '../approvals/index.ts';
import { type ApprovalPlan, approvalPlan, CanonicalError, parsePath, type Source } from '../core/index.ts';
import type { CatalogueEntry } from '../core/entry.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { Path } from '../core/policy.ts';
import type { ApprovalEntry } from '../state/approvals.ts';
import { needsOf, requestOf } from './approval-request.ts';
import {
  fullWords,
  NO_OPERATORS,
  nobodyAccountable,
  NOT_CANONICAL,
  pausedWords,
  rejectedWords,
  unsealable,
} from './approval-words.ts';
import { detailsOf, frameOf } from './denial.ts';
import { fixed } from './examine.ts';
import type { AskingLimit, Unmet } from './parts.ts';
import { askedFor, type Clearance, type Permitted, refused } from './permitted.ts';
import { step } from './steps.ts';
import { waitFor } from './waiting.ts';
import { withdraw } from './withdraw.ts';

/** Throws `StateError`, and then nothing is held. */
export async function obtain(it: Permitted): Promise<Clearance> {
  const standing = it.pass.hasApprovals ? await standingOf(it) : undefined;
  const source = it.obligations.find(({ type }) => type === 'approve')?.source ?? it.source;
  if (standing?.state === 'rejected') return refused(source, 'approval_rejected', rejectedWords(standing), standing.id);
  if (standing !== undefined && standing.state !== 'executed') return waitFor({ ...it, source }, standing.id);
  if (standing !== undefined || it.obligations.some(({ type }) => type === 'approve'))
    return ask({ ...it, source }, standing ?? null);
  const held = await it.parts.quota.reserve(it.obligations, askedFor(it, it.request));
  if ('settle' in held) {
    const { source: by, grant, tool, facts, gatedMs } = it;
    return { is: 'clear', source: by, grant, tool, facts, gatedMs, reservation: held, approval: null };
  }
  if (!('asks' in held)) return { is: 'denied', unmet: held };
  return ask({ ...it, source: held.asks[0]?.source ?? source }, null, held.asks);
}

/** The request for the same call that there is, if there is one. */
async function standingOf(it: Permitted): Promise<ApprovalEntry | undefined> {
  const match = matchFor(it);
  return match === null ? undefined : it.parts.approvals.store.standing(match);
}

/** Null for arguments that no person could be shown exactly: there can be no request for them. */
function matchFor({ grant, tool, facts, entry }: Permitted): string | null {
  try {
    return matchOf(grant.name, tool.tool, facts.args, idempotencyOf(entry));
  } catch (error) {
    if (error instanceof CanonicalError) return null;
    throw error;
  }
}

function idempotencyOf(entry: CatalogueEntry | null): Path | null {
  const parsed = entry?.idempotency === undefined ? null : parsePath(entry.idempotency);
  return parsed?.ok === true ? parsed.path : null;
}

/** Asks a person: holds what the limits hold, makes the request, and waits. */
async function ask(
  it: Permitted,
  repeats: ApprovalEntry | null,
  asks: readonly AskingLimit[] = [],
): Promise<Clearance> {
  const match = matchFor(it);
  const denial = match === null ? refused(it.source, 'approval', NOT_CANONICAL) : await whyNobody(it);
  if (match === null || denial !== null) return denial ?? refused(it.source, 'approval', NOT_CANONICAL);
  // A request that could not be recorded must not be opened.
  const details = detailsOf(it, it.facts);
  const { newId, newNonce, origin, store, notify } = it.parts.approvals;
  const id = newId();
  const held = await hold(it, id, asks);
  if ('unmet' in held) return { is: 'denied', unmet: held.unmet };
  step('held', it.request);
  const plan = planOf(it, held.asks);
  const createdMs = it.parts.nowMs();
  const expiresMs = createdMs + plan.expireMs;
  const repeatOf = repeats === null ? null : { id: repeats.id, outcome: repeats.outcome ?? ('in-doubt' as const) };
  const given = { v: 2 as const, id, nonce: newNonce(), origin, needs: needsOf(plan), repeatOf, createdMs, expiresMs };
  const opened = await openOr(it, id, async () => {
    const request = await requestOf(it, given);
    const sealed = (await it.parts.approvals.sealer()).seal(id, requestText(request));
    const hash = requestHash(request);
    const { grant, tool } = request;
    const answer = await store.open(
      { id, grant, tool, match, hash, createdMs, expiresMs, sealed },
      it.approvals.pending,
    );
    return { answer, hash };
  });
  if ('is' in opened) return opened;
  const { answer, hash } = opened;
  if (answer.is !== 'opened') await it.parts.quota.release(heldBy(id));
  const source = askingSource(plan, it.source);
  switch (answer.is) {
    case 'joined':
      return waitFor({ ...it, source }, answer.entry.id);
    case 'rejected':
      return refused(source, 'approval_rejected', rejectedWords(answer.entry), answer.entry.id);
    case 'full':
      return refused(source, 'approval_queue', fullWords(answer.open));
    case 'opened':
      step('asked', it.request);
      it.parts.log.write({
        ...frameOf(it, source, it.facts),
        ...{ kind: 'approval_requested', approval: id, requestHash: hash, expiresMs },
        ...details,
      });
      notify({ approval: id, grant: it.grant.name, tool: it.tool.tool, rule: source.rule, expiresMs });
      return waitFor({ ...it, source }, id);
  }
}

/** What cannot be opened holds nothing; what may have been opened is withdrawn first, or somebody else may be executing it. */
async function openOr<T extends object>(
  it: Permitted,
  id: ApprovalId,
  opening: () => Promise<T>,
): Promise<T | Clearance> {
  try {
    return await opening();
  } catch (error) {
    await withdraw(it, id);
    if (!(error instanceof Error) || error.name !== 'SecretError') throw error;
    return refused(it.source, 'approval', unsealable(error.message));
  }
}

const MAX_TRIES = 4;

/** Holds the limits that nobody has to be asked about; the others are added to what is asked. */
async function hold(
  it: Permitted,
  id: ApprovalId,
  first: readonly AskingLimit[],
): Promise<{ readonly asks: readonly AskingLimit[] } | { readonly unmet: Unmet }> {
  const asks = [...first];
  const waiting = { ...askedFor(it, heldBy(id)), timeoutMs: planOf(it, asks).expireMs, durable: true };
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const held = await it.parts.quota.holdWaiting(
      it.obligations,
      waiting,
      asks.map(({ source }) => source),
    );
    if (held === null) return { asks };
    if (!('asks' in held)) return { unmet: held };
    asks.push(...held.asks);
  }
  return {
    unmet: {
      source: it.source,
      code: 'limit',
      message: 'Denied: the limits changed while this call was counted. Call again.',
    },
  };
}

/** What has to be signed. A repeat has to be even where nothing else asks for it. */
function planOf(it: Permitted, asks: readonly AskingLimit[]): ApprovalPlan {
  const defaults = { expireMs: it.approvals.expireMs };
  const plan = approvalPlan(it.obligations, asks, defaults);
  return (
    plan ?? { needs: [{ count: 1, roles: [], asked: [{ source: fixed('(repeat)'), cause: 'rule' }] }], ...defaults }
  );
}

function askingSource({ needs }: ApprovalPlan, otherwise: Source): Source {
  return needs[0]?.asked[0]?.source ?? otherwise;
}

/** So many rejections of one grant within so long, and it asks nobody for that long. */
const PAUSE_AFTER = 3;
const PAUSE_MS = 600_000;

/** Why nobody is asked at all, or null. */
async function whyNobody(it: Permitted): Promise<Clearance | null> {
  const { registry, store } = it.parts.approvals;
  const operators = await registry();
  const { principal, owner } = it.grant;
  if (!operators.all().some(({ state }) => state === 'active')) return refused(it.source, 'approval', NO_OPERATORS);
  if (owner === null && operators.personsOf(principal).length === 0)
    return refused(it.source, 'approval', nobodyAccountable(principal));
  const nowMs = it.parts.nowMs();
  const rejected = (await store.marks())
    .filter(({ grant, state }) => grant === it.grant.name && state === 'rejected')
    .map(({ endedMs }) => endedMs ?? 0)
    .filter((endedMs) => endedMs > nowMs - PAUSE_MS);
  if (rejected.length < PAUSE_AFTER) return null;
  return refused(it.source, 'approval_queue', pausedWords(rejected.length, Math.max(...rejected) + PAUSE_MS));
}
