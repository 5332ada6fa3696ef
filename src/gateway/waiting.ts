/** A caller that waits for people. Nothing is executed without one, and one that goes away loses nothing but its wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AcceptedVerdict,
  type ApprovalRequest,
  heldBy,
  isApproved,
  openRequest,
  parseSignedVerdict,
  type VerdictCheck,
  verifyVerdict,
} from '../approvals/index.ts';
import { JsonNumber, type Json } from '../core/json.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalEntry, ApprovalMark } from '../state/approvals.ts';
import {
  beatWords,
  executedWords,
  expiredWords,
  keptWords,
  lapsedWords,
  pendingWords,
  rejectedWords,
  voidWords,
} from './approval-words.ts';
import { claim } from './claim.ts';
import { frameOf } from './denial.ts';
import { type Clearance, type Permitted, recordEnd, refused, stopOf } from './permitted.ts';

const POLL_MS = 100;
const BEAT_MS = 5_000;
/** Freezes and revoked keys take effect on those who wait, too. */
const CHECK_MS = 1_000;

/** Waits until the request ends, its verdicts suffice and this caller claims it, or the wait is over. Throws `StateError`. */
export async function waitFor(it: Permitted, id: ApprovalId): Promise<Clearance> {
  // An agent that sends a call a thousand times must not make the gateway ask the store ten thousand times a second.
  if (waiters >= MOST_WAITERS) return refused(it.source, 'approval_pending', pendingWords(id, null), id);
  waiters += 1;
  try {
    return await waitOn(it, id);
  } finally {
    waiters -= 1;
  }
}

/** So many callers of this process wait at a time; the others are told at once to come back. */
const MOST_WAITERS = 32;
let waiters = 0;

async function waitOn(it: Permitted, id: ApprovalId): Promise<Clearance> {
  const startMs = performance.now();
  const witness = new Witness(it);
  let beatMs = startMs;
  let checkedMs = startMs;
  let isKept = false;
  for (;;) {
    const mark = await it.parts.approvals.store.mark(id);
    const ended = await endOf(it, id, mark);
    if (ended !== null) return ended;
    const nowMs = performance.now();
    const isDue = nowMs - checkedMs >= CHECK_MS;
    if (isDue) checkedMs = nowMs;
    if (mark?.state === 'open' && mark.verdictCount > 0 && (isDue || witness.hasNews(mark))) {
      const verdicts = await witness.check(mark);
      if (verdicts === 'rejected' && (await it.parts.approvals.store.end(id, 'rejected', null)))
        return await rejected(it, mark);
      isKept = verdicts === 'approved' && (await isServerAway(it));
      if (verdicts === 'approved' && !isKept && !it.flight.gone.aborted) {
        const claimed = await claim(it, id, (claimedEntry, request) => witness.accepted(claimedEntry, request));
        if (claimed !== 'lost') return claimed;
      }
    }
    const say = isKept ? keptWords : pendingWords;
    const pending = refused(it.source, 'approval_pending', say(id, mark?.expiresMs ?? null), id);
    if (it.flight.cancelled) return { ...pending, is: 'gone' };
    const stopped = isDue ? await stopOf(it) : null;
    if (stopped !== null) return stopped;
    if (it.flight.gone.aborted || nowMs - startMs >= it.approvals.waitMs) return pending;
    if (nowMs - beatMs >= BEAT_MS) {
      beatMs = nowMs;
      beat(it, id, nowMs - startMs);
    }
    await sleep(POLL_MS, undefined, { signal: it.flight.gone }).catch(() => undefined);
  }
}

/** A claim is for once: it is not spent on a server to which nothing can be written now. */
async function isServerAway({ look }: Permitted): Promise<boolean> {
  const { tool, unavailable } = await look();
  const state = tool?.behind.upstream.state.is;
  return unavailable !== null || state === 'starting' || state === 'failed';
}

/** What a request that is over says to whoever waited; null while it is not. */
async function endOf(it: Permitted, id: ApprovalId, mark: ApprovalMark | undefined): Promise<Clearance | null> {
  switch (mark?.state) {
    case 'open':
    case 'claimed':
      return null;
    case 'executed':
      return refused(it.source, 'approval_executed', executedWords(id, mark.outcome), id);
    case 'rejected':
      return rejected(it, mark);
    case 'void':
      await it.parts.quota.release(heldBy(id));
      return refused(
        it.source,
        'approval_void',
        voidWords(id, 'something it was bound to changed. Call again to ask anew.'),
        id,
      );
    case undefined:
      // Nobody knows whether it was claimed: what it held may be what somebody executes. Leftovers are settled elsewhere.
      recordEnd(it, id, 'expired', 'unknown');
      return refused(it.source, 'approval_expired', expiredWords(id), id);
    case 'lapsed':
    case 'expired': {
      await it.parts.quota.release(heldBy(id));
      const ending = mark.state;
      recordEnd(it, id, ending, ending);
      return refused(it.source, 'approval_expired', ending === 'lapsed' ? lapsedWords(id) : expiredWords(id), id);
    }
  }
}

async function rejected(it: Permitted, mark: ApprovalMark): Promise<Clearance> {
  const { id } = mark;
  await it.parts.quota.release(heldBy(id));
  recordEnd(it, id, 'rejected', 'rejected');
  return refused(it.source, 'approval_rejected', rejectedWords(mark), id);
}

function beat({ flight, approvals }: Permitted, id: ApprovalId, waitedMs: number): void {
  const progress = new Map<string, Json>([
    ['progress', new JsonNumber(String(Math.round(waitedMs / 1_000)))],
    ['total', new JsonNumber(String(Math.round(approvals.waitMs / 1_000)))],
    ['message', beatWords(id, approvals.waitMs - waitedMs)],
  ]);
  flight.progress(progress);
}

type Standing = 'open' | 'rejected' | 'approved';

/** Proves verdicts, and records each once, with the reason if it does not count. */
class Witness {
  readonly #it: Permitted;
  readonly #recorded = new Set<string>();
  /** As last read, and what is in it: a request may be large, and nothing but its verdicts changes while it is open. */
  #entry: ApprovalEntry | undefined;
  #request: ApprovalRequest | undefined;

  constructor(it: Permitted) {
    this.#it = it;
  }

  hasNews({ verdictCount }: ApprovalMark): boolean {
    return verdictCount !== this.#entry?.verdicts.length;
  }

  /** By the operators of now, who may be others than a moment ago. Throws `StateError`. */
  async check(mark: ApprovalMark): Promise<Standing> {
    if (this.#entry === undefined || this.hasNews(mark)) {
      this.#entry = await this.#it.parts.approvals.store.find(mark.id);
      if (this.#entry === undefined) return 'open';
      this.#request = openRequest(this.#entry, await this.#it.parts.approvals.sealer());
    }
    // Whoever claims it finds out what is wrong with it, and ends it.
    if (this.#request === undefined) return 'approved';
    const accepted = await this.accepted(this.#entry, this.#request);
    if (accepted.some(({ verdict }) => verdict.verdict === 'reject')) return 'rejected';
    return isApproved(this.#request, accepted) ? 'approved' : 'open';
  }

  /** The verdicts of an entry that count now, by the operators of now. */
  async accepted(entry: ApprovalEntry, request: ApprovalRequest): Promise<readonly AcceptedVerdict[]> {
    const registry = await this.#it.parts.approvals.registry();
    const nowMs = this.#it.parts.nowMs();
    return entry.verdicts.flatMap((text) => {
      const check = verifyVerdict(text, request, registry, nowMs);
      this.#record(entry, text, check);
      return check.ok ? [check] : [];
    });
  }

  #record(entry: ApprovalEntry, text: string, check: VerdictCheck): void {
    const code = check.ok ? 'accepted' : check.code;
    const key = JSON.stringify([text, code]);
    if (this.#recorded.has(key)) return;
    this.#recorded.add(key);
    const signed = parseSignedVerdict(text);
    const { parts, source, facts } = this.#it;
    parts.log.write({
      ...frameOf(this.#it, source, facts),
      ...{ kind: 'approval_decided', approval: entry.id, requestHash: entry.hash, accepted: check.ok, code },
      signed:
        signed === undefined
          ? null
          : {
              verdict: signed.verdict.verdict,
              operator: signed.verdict.operator,
              fingerprint: signed.verdict.fingerprint,
              text,
            },
    });
  }
}
