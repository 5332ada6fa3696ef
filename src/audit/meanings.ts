/** What a denial, an outcome and a verdict mean to whoever watches: our closed words as ids of OCSF. */
import type { PlainObject } from './chain.ts';
import type { CallEvent, Outcome } from './events.ts';
import { ACTION, DISPOSITION, SEVERITY, STATUS } from './ocsf.ts';

interface Weight {
  readonly disposition: number;
  readonly severity: number;
}

/** A rule said no, or none said yes. */
const BY_POLICY: Weight = { disposition: DISPOSITION.blocked, severity: SEVERITY.medium };
/** The agent's own slip, or an answer that is still out: nothing was tried that a rule forbids. */
const SLIP: Weight = { disposition: DISPOSITION.blocked, severity: SEVERITY.low };
/** A cap, a full queue or a person turned the call down. */
const TURNED_DOWN: Weight = { disposition: DISPOSITION.rejected, severity: SEVERITY.medium };
/** The grant does not entitle, or not now. */
const NOT_ENTITLED: Weight = { disposition: DISPOSITION.unauthorized, severity: SEVERITY.medium };
/** The payment server is not there; its own record says why. */
const NOT_THERE: Weight = { disposition: DISPOSITION.error, severity: SEVERITY.medium };
/** The gateway could not decide, and then it denies: somebody has to look after it. */
const CANNOT_DECIDE: Weight = { disposition: DISPOSITION.error, severity: SEVERITY.high };

const BY_CODE: ReadonlyMap<string, Weight> = new Map([
  ['unknown_tool', SLIP],
  ['unknown_argument', SLIP],
  ['invalid_arguments', SLIP],
  ['approval_pending', SLIP],
  ['approval_executed', SLIP],
  ['approval_expired', SLIP],
  ['limit', TURNED_DOWN],
  ['approval_rejected', TURNED_DOWN],
  ['approval_queue', TURNED_DOWN],
  ['missing', NOT_ENTITLED],
  ['malformed', NOT_ENTITLED],
  ['unknown', NOT_ENTITLED],
  ['revoked', NOT_ENTITLED],
  ['expired', NOT_ENTITLED],
  ['undeclared', NOT_ENTITLED],
  ['frozen', NOT_ENTITLED],
  ['grant', NOT_ENTITLED],
  ['upstream_unavailable', NOT_THERE],
  ['no_policy', CANNOT_DECIDE],
  ['broken_policy', CANNOT_DECIDE],
  ['store_unavailable', CANNOT_DECIDE],
  ['unavailable', CANNOT_DECIDE],
  ['configuration', CANNOT_DECIDE],
  ['home', CANNOT_DECIDE],
  ['clock', CANNOT_DECIDE],
]);

/** A code that the table lacks is weighed as a rule's own denial. */
export function denialOf(code: string): Weight {
  return BY_CODE.get(code) ?? BY_POLICY;
}

interface End {
  readonly severity: number;
  readonly status: number;
  readonly disposition: number;
  readonly detail: string;
}

const OUTCOMES: Readonly<Record<Outcome, End>> = {
  ok: {
    severity: SEVERITY.informational,
    status: STATUS.success,
    disposition: DISPOSITION.logged,
    detail: 'the server reported success',
  },
  failed: {
    severity: SEVERITY.low,
    status: STATUS.failure,
    disposition: DISPOSITION.error,
    detail: 'nothing was executed',
  },
  'in-doubt': {
    severity: SEVERITY.high,
    status: STATUS.unknown,
    disposition: DISPOSITION.error,
    detail: 'it is not known whether it was executed',
  },
};

/** How a call ended, in numbers and in words. */
export function outcomeOf(outcome: Outcome): End {
  return OUTCOMES[outcome];
}

type Decided = Extract<CallEvent, { readonly kind: 'approval_decided' }>;

/** A verdict that counts is noted; whether it suffices is for the intent to say. One that does not count is refused. */
export function verdictOf({ accepted, signed }: Decided): PlainObject {
  if (!accepted) return { action_id: ACTION.denied, disposition_id: DISPOSITION.unauthorized };
  if (signed?.verdict === 'approve') return { action_id: ACTION.observed, disposition_id: DISPOSITION.approved };
  return { action_id: ACTION.denied, disposition_id: DISPOSITION.rejected };
}
