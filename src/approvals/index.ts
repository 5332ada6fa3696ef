/** People who sign: what they are asked, who they are, and what their signatures are worth. */
export { ApprovalError } from './errors.ts';
export { matchOf } from './match.ts';
export { openRequest } from './read-request.ts';
export { readRegistry } from './registry.ts';
export type { KnownOperator, Registry } from './registry.ts';
export { requestHash, requestText } from './request.ts';
export type { ApprovalRequest, RequestNeed, ShownFacts } from './request.ts';
export { requestSealer } from './seal.ts';
export type { RequestSealer } from './seal.ts';
export {
  isApproved,
  needsLeft,
  parseSignedVerdict,
  signedVerdictText,
  verdictMessage,
  verifyVerdict,
} from './verdict.ts';
export type { AcceptedVerdict, SignedVerdict, Verdict, VerdictCheck } from './verdict.ts';
export { heldBy, isWaiting, settleLeftovers, waitingOwner } from './leftovers.ts';
