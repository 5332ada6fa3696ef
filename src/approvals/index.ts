/** What a person is asked to sign. */
export { requestHash, requestText } from './request.ts';
export type { ApprovalRequest, RequestNeed, ShownFacts } from './request.ts';
