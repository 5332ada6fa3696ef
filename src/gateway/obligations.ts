/** The desk of a build without a quota store and an approval queue: every obligation is unmet, so the call is denied. */
import type { Obligation } from '../core/decision.ts';
import type { ObligationDesk, Reservation, Unmet } from './parts.ts';

const NOTHING_HELD: Reservation = { settle: () => Promise.resolve() };

/** Denies whatever needs a reservation or an approval, and says which rule needs it. */
export const denyingDesk: ObligationDesk = {
  reserve: (obligations) => {
    const first = obligations.find((obligation) => obligation.type === 'reserve');
    return Promise.resolve(first === undefined ? NOTHING_HELD : unmetLimit(first));
  },
  approve: (obligations) => {
    const first = obligations.find((obligation) => obligation.type === 'approve');
    return Promise.resolve(first === undefined ? null : unmetApproval(first));
  },
};

function unmetLimit({ source }: Obligation): Unmet {
  const message = `Rule \`${source.rule}\` counts this call against a limit; limits are not available yet, so the call is denied.`;
  return { source, code: 'limit', message };
}

function unmetApproval({ source }: Obligation): Unmet {
  const message = `Rule \`${source.rule}\` needs approval; approvals are not available yet, so the call is denied.`;
  return { source, code: 'approval', message };
}
