/**
 * The gate of everything that is not a call: log → grant and freezes → capability → `calls` limits on `*` → record →
 * whatever is to be done → settle → record. Nothing reaches a server, or the client from a server, before its record.
 */
import { AuditError, type RelayedMethod, type RelayFrame, type Session } from '../audit/events.ts';
import type { Capability } from '../config/types.ts';
import type { Obligation, Source } from '../core/decision.ts';
import type { CallFacts } from '../core/facts.ts';
import type { RequestId, UpstreamName } from '../core/ids.ts';
import { decide } from '../core/index.ts';
import { StateError } from '../state/port.ts';
import { type Answer, deniedRequest, methodNotFound, refused, storeUnavailable } from './answers.ts';
import { gateRule } from './denial.ts';
import { fixed, MONEY_FROZEN, NO_POLICY } from './examine.ts';
import { METHODS } from './methods.ts';
import { paceOf } from './pace.ts';
import type { Refusal, Reservation, SessionParts, Terms } from './parts.ts';
import { type LimitFigure, quotaParts } from './quota-figures.ts';

/** A request at the gate. */
export interface GateRequest {
  readonly parts: SessionParts;
  readonly session: Session;
  readonly terms: Terms | Refusal;
  readonly method: RelayedMethod;
  /** Where it will go to, or comes from; null for several or none. */
  readonly upstream: UpstreamName | null;
  /** What the grant needs beyond the method's own capability. */
  readonly also?: Capability;
  /** What is wrong with it whatever the grant says. */
  readonly fault?: GateFault | null;
}

/** A request that is denied for what it is. */
export interface GateFault {
  readonly code: string;
  readonly answer: Answer;
}

/** What became of a request that was let through. */
export interface Ending {
  readonly answer: Answer;
  /** The server that answered. */
  readonly upstream: UpstreamName | null;
  readonly outcome: 'ok' | 'failed' | 'in-doubt';
  readonly code: string;
}

/** A request that the gate has let through and recorded. */
export interface Passage {
  /** Settles what was reserved and records the end. Never rejects. */
  end(ending: Omit<Ending, 'answer'>): Promise<void>;
}

/** Lets `act` happen between the two records. Throws `AuditError`, and then nothing has happened. */
export async function gated(it: GateRequest, act: () => Promise<Ending>): Promise<Answer> {
  const passage = await pass(it);
  if ('is' in passage) return passage;
  const ending = await act().catch(async (error: unknown) => {
    await passage.end({ upstream: it.upstream, outcome: 'in-doubt', code: 'internal' });
    throw error;
  });
  await passage.end(ending);
  return ending.answer;
}

/** Lets a request through, or says what it is answered. Throws `AuditError`. */
export async function pass(it: GateRequest): Promise<Passage | Answer> {
  await it.parts.log.ready();
  const request = it.parts.newRequestId();
  try {
    return await examined(it, request);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    it.parts.warn(error.message);
    record(it, request, fixed('(store unavailable)'), 'store_unavailable');
    return storeUnavailable(it.method);
  }
}

async function examined(it: GateRequest, request: RequestId): Promise<Passage | Answer> {
  const { terms, method, parts } = it;
  const row = METHODS[method];
  const deny = (source: Source, code: string, answer: Answer, figures: readonly LimitFigure[] = []): Answer => {
    record(it, request, source, code, figures);
    return answer;
  };
  if ('message' in terms) return deny(fixed(gateRule(terms.code)), terms.code, refused(terms));
  const pass = await parts.gatekeeper(terms.grant);
  if ('message' in pass) return deny(fixed(gateRule(pass.code)), pass.code, refused(pass));
  const { capabilities } = terms.grant;
  if (!capabilities.has(row.capability) || (it.also !== undefined && !capabilities.has(it.also)))
    return deny(fixed('(capability)'), 'capability', methodNotFound(method));
  if (pass.isMoneyFrozen && row.stopsWithMoney)
    return deny(fixed('(frozen)'), 'frozen', refused({ code: 'frozen', message: MONEY_FROZEN }));
  if (it.fault !== undefined && it.fault !== null) return deny(fixed('(request)'), it.fault.code, it.fault.answer);

  const { obligations, call } = paceOf(terms, method, it.upstream, parts.nowMs());
  const unusable = method === 'tools/list' ? null : unusablePolicy(call, terms);
  if (unusable !== null) return deny(unusable.source, unusable.code, deniedRequest(unusable.source, unusable.message));

  const held = row.from === 'server' ? NOTHING_HELD : await reserve(it, obligations, call, request);
  if ('source' in held) return deny(held.source, held.code, deniedRequest(held.source, held.message), held.figures);
  try {
    record(it, request, fixed('(capability)'), null, held.figures);
  } catch (error) {
    await held.settle('failed');
    throw error;
  }
  const startedMs = performance.now();
  return { end: (ending) => end(it, request, held, startedMs, ending) };
}

/** A server that asks much must not use up what the agent may call. Its requests are bounded where they come in. */
const NOTHING_HELD: Reservation = {
  isHeld: false,
  figures: [],
  confirm: () => Promise.resolve(null),
  settle: () => Promise.resolve(),
};

/** A grant without a policy that can be used may do nothing; a list of tools is empty then. */
function unusablePolicy(call: CallFacts, { policies }: Terms): Omit<Denial, 'figures'> | null {
  const decision = decide(call, policies);
  return decision.outcome === 'deny' && NO_POLICY.has(decision.code) ? decision : null;
}

async function reserve(
  it: GateRequest,
  obligations: readonly Obligation[],
  call: CallFacts,
  request: RequestId,
): Promise<Reservation | Denial> {
  const asked = { request, call, timeoutMs: TIMEOUT_MS, durable: false };
  const held = await it.parts.quota.reserve(obligations, asked);
  if ('settle' in held) return held;
  if (!('asks' in held)) return { ...held, figures: held.figures ?? [] };
  const source = held.asks[0]?.source ?? fixed('(limit)');
  return { source, code: 'limit', message: held.asks[0]?.message ?? 'Denied by a limit.', figures: [] };
}

interface Denial {
  readonly source: Source;
  readonly code: string;
  readonly message: string;
  readonly figures: readonly LimitFigure[];
}

/** How long what is reserved may be held by a process that nobody can see. */
const TIMEOUT_MS = 60_000;

/** Whatever reached a server was a use: only what is certain not to have is given back. */
async function end(
  it: GateRequest,
  request: RequestId,
  held: Reservation,
  startedMs: number,
  { upstream, outcome, code }: Omit<Ending, 'answer'>,
): Promise<void> {
  await held.settle(outcome === 'failed' ? 'failed' : 'ok');
  const latencyMs = Math.round(performance.now() - startedMs);
  try {
    it.parts.log.write({ ...frameOf(it, request, upstream), kind: 'request_ended', outcome, code, latencyMs });
  } catch (error) {
    // It has happened; a log that fails now refuses the next request.
    if (!(error instanceof AuditError)) throw error;
    it.parts.warn(`the end of a request could not be recorded: ${error.message}`);
  }
}

/** Null for a code: it is allowed. */
function record(
  it: GateRequest,
  request: RequestId,
  { rule, pointer, policy, policyHash }: Source,
  code: string | null,
  figures: readonly LimitFigure[] = [],
): void {
  const exact = !('message' in it.terms) && it.terms.reveal.includes('amount');
  it.parts.log.write({
    ...frameOf(it, request, it.upstream),
    ...{ kind: 'request_decided', decision: code === null ? 'allow' : 'deny', code },
    ...{ rule, pointer, policy, policyHash },
    quota: quotaParts(figures, exact),
  });
}

function frameOf({ session, method }: GateRequest, request: RequestId, upstream: UpstreamName | null): RelayFrame {
  return { session, request, method, from: METHODS[method].from, upstream };
}
