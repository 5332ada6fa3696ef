/** What an agent is told of requests for approval. */
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalEntry, ApprovalOutcome } from '../state/approvals.ts';
import { lengthWords } from './quota-words.ts';

export function pendingWords(id: ApprovalId, expiresMs: number | null): string {
  const until = expiresMs === null ? '' : ` until ${instant(expiresMs)}`;
  return `Not executed yet: waiting for approval ${id}. Call again with the same arguments${until}; do not change them.`;
}

/** Somebody has signed, and the server is not there. */
export function keptWords(id: ApprovalId, expiresMs: number | null): string {
  const until = expiresMs === null ? '' : ` until ${instant(expiresMs)}`;
  return `Not executed yet: approval ${id} is given, and its server is not available; nothing was sent. Call again with the same arguments${until}; do not change them.`;
}

export function rejectedWords({ id, expiresMs }: Pick<ApprovalEntry, 'id' | 'expiresMs'>): string {
  return `Denied: a person rejected this call (approval ${id}). The same call is denied until ${instant(expiresMs)}; do not try another way to the same end.`;
}

export function expiredWords(id: ApprovalId): string {
  return `Denied: nobody approved this call in time (approval ${id}). Nothing was executed. Call again to ask anew.`;
}

export function lapsedWords(id: ApprovalId): string {
  return `Denied: this call was approved, but its time was over before it was executed (approval ${id}). Call again to ask anew.`;
}

export function voidWords(id: ApprovalId, why: string): string {
  return `Denied: approval ${id} is void and nothing was executed: ${why}`;
}

const RAN: Readonly<Record<ApprovalOutcome, string>> = {
  ok: 'with success',
  failed: 'and nothing happened',
  'in-doubt': 'and whether it took effect is not known: look it up',
};

export function executedWords(id: ApprovalId, outcome: ApprovalOutcome | null): string {
  return `Not executed again: another call with the same arguments was executed under approval ${id}, ${RAN[outcome ?? 'in-doubt']}.`;
}

export function fullWords(open: number): string {
  return `Denied: ${open} calls of this grant wait for approval already. Wait until people have answered them.`;
}

export function pausedWords(rejected: number, untilMs: number): string {
  return `Denied: people rejected ${rejected} calls of this grant one after another. It may ask again after ${instant(untilMs)}. Tell the operator what you are trying to do.`;
}

export const NO_OPERATORS =
  'A person must approve this call, and nobody is registered who could. Tell the operator: `countersign operator add` registers one.';

export function nobodyAccountable(principal: string): string {
  return (
    `A person must approve this call, and no operator goes by \`${principal}\`, the principal of this grant, so nobody can be kept from approving their own agent. ` +
    'Tell the operator: `countersign operator add --identity` or `owner` of the grant says who is accountable.'
  );
}

export function unsealable(why: string): string {
  return `A person must approve this call, and the request for it cannot be encrypted: ${why}. Tell the operator.`;
}

export const NOT_CANONICAL =
  'Denied: a person must approve this call, and its arguments hold a number or a character that cannot be shown exactly. Call again without it.';

/** What voids an approved request, in words for the agent. */
export const VOID = {
  unreadable: 'the request cannot be read. Tell the operator.',
  signatures: 'its signatures do not count any more. Call again to ask anew.',
  uncovered: 'it needs signatures now that it does not have. Call again to ask anew.',
  changed: 'what would be executed is not any more what was signed. Call again to ask anew.',
} as const;

export function beatWords(id: ApprovalId, leftMs: number): string {
  return `waiting for approval ${id}, for another ${lengthWords(leftMs)}`;
}

function instant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
