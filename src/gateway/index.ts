/** The gateway: one client session in front of the upstreams of one grant. */
export { admit, refusal, standingOf, tokenHash } from './authorize.ts';
export { denyingDesk } from './obligations.ts';
export type { Admission, AdmitClient, Refusal, SessionParts, UpstreamPart } from './parts.ts';
export { Session } from './session.ts';
