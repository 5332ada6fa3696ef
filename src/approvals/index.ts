/** People who sign: what they are asked, who they are, and what their signatures are worth. */
export { ApprovalError } from './errors.ts';
export { matchOf } from './match.ts';
export { openRequest } from './read-request.ts';
export { readRegistry } from './registry.ts';
export type { KnownOperator, Registry } from './registry.ts';
export { modeOfRequest, requestHash, requestText } from './request.ts';
export type { ApprovalRequest, KeyMode, RequestNeed, ShownFacts } from './request.ts';
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
export { makeOperatorKey, unlockOperatorKey, weaknessOf } from './operator-key.ts';
export {
  entryMessage,
  isOperatorName,
  operatorMessage,
  parseSignedRecord,
  revocationMessage,
  signedRecordText,
} from './operator.ts';
export type { OperatorRecord, RevocationRecord } from './operator.ts';
export { fingerprint, isFingerprint, parsePublicKey, SSH_NAMESPACE, verifySignature } from './signature.ts';
export type { PublicKey } from './signature.ts';
export { actMessage, fitsAct, parseSignedAct, signedActText } from './act.ts';
export type { Act } from './act.ts';
