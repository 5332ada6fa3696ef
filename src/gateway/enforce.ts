/**
 * The argument, in order: log → gate → facts → decide → reserve → obtain approval → record intent → forward → settle →
 * record outcome → answer. Whatever goes wrong on the way is a denial, and nothing reaches a server before its intent
 * is in the log.
 */
import { StateError } from '../state/port.ts';
import type { Answer } from './answers.ts';
import { carryOut } from './carry-out.ts';
import { deny, denyAway, denyUnmet, frameOf, lapsed, type Recorded, unlisted } from './denial.ts';
import { examine, fixed } from './examine.ts';
import { movesMoney, readCall } from './facts.ts';
import type { Flight } from './forward.ts';
import { obtain } from './obtain.ts';
import type { Look } from './permitted.ts';
import { step } from './steps.ts';

/** One call in its session. */
export interface Enforcement extends Recorded, Look {
  readonly flight: Flight;
  /** Looks again: a call that waited meets the configuration and the tools of then. */
  readonly look: () => Promise<Look>;
}

export async function enforce(it: Enforcement): Promise<Answer> {
  await it.parts.log.ready();
  if ('message' in it.terms) return lapsed(it, it.terms);
  const { grant, policies, approvals } = it.terms;
  const gatedMs = performance.now();
  const pass = await it.parts.gatekeeper(grant).catch(away(it));
  if (pass === AWAY) return denyAway(it, null);
  if ('message' in pass) return lapsed(it, pass);
  it.parts.used();
  if (it.unavailable !== null)
    return deny(it, null, fixed('(upstream unavailable)'), 'upstream_unavailable', it.unavailable);
  const { tool } = it;
  if (tool === undefined) return unlisted(it, fixed('(unknown tool)'));

  const { facts, entry, fault } = readCall(it.call, tool, grant, it.parts.nowMs());
  const finding = await examine(facts, fault, { tool, policies, pass });
  if (finding.is === 'unlisted') return unlisted(it, finding.source, facts);
  if (finding.is === 'denied') return deny(it, facts, finding.source, finding.code, finding.message);

  const durable = movesMoney(facts) || it.parts.durability === 'all';
  const { parts, terms, session, call, request, flight, look } = it;
  const { source, obligations } = finding;
  // Written out, here and on the rest of the way: to spread an object of this size costs more than all of the decision.
  const permitted = {
    parts,
    terms,
    session,
    call,
    request,
    flight,
    look,
    grant,
    tool,
    facts,
    entry,
    source,
    obligations,
    approvals,
    durable,
    pass,
    gatedMs,
  };
  const clearance = await obtain(permitted).catch(away(it));
  if (clearance === AWAY) return denyAway(it, facts);
  if (clearance.is !== 'clear') {
    const denial = denyUnmet(it, facts, clearance.unmet);
    return clearance.is === 'gone' ? { is: 'silence' } : denial;
  }
  step('reserved', it.request);
  const { approval, reservation } = clearance;
  const frame = frameOf(it, clearance.source, clearance.facts, approval ?? undefined);
  return carryOut({
    parts,
    terms,
    session,
    call,
    request,
    flight,
    durable,
    frame,
    approval,
    reservation,
    grant: clearance.grant,
    tool: clearance.tool,
    facts: clearance.facts,
    gatedMs: clearance.gatedMs,
  });
}

const AWAY = Symbol('the store is away');

/** A store that cannot answer is no error of the call's; the operator hears why. */
function away(it: Recorded): (error: unknown) => typeof AWAY {
  return (error) => {
    if (!(error instanceof StateError)) throw error;
    it.parts.warn(error.message);
    return AWAY;
  };
}
