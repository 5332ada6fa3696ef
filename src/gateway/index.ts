/** The gateway: one client session in front of the upstreams of one grant. */
export { admit, gatekeeperFor, refusal, tokenHash } from './authorize.ts';
export { QuotaDesk } from './desk.ts';
export { mayShare, sharedNames } from './names.ts';
export type { NamedTools, SharedName } from './names.ts';
export { policyVersion } from './policy-version.ts';
export type {
  Admission,
  AdmitClient,
  ApprovalNews,
  ApprovalParts,
  Binding,
  Declared,
  Refusal,
  SessionParts,
  Terms,
  UpstreamPart,
} from './parts.ts';
export { Session } from './session.ts';
export { spanText } from './span-text.ts';
export { CALL_CHANNEL, type Step } from './steps.ts';
