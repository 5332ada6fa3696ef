/** What a denial means to whoever watches: the closed code of a `decision` as an OCSF disposition and severity. */
import { DISPOSITION, SEVERITY } from './ocsf.ts';

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
