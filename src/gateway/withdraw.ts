/** A request of which nobody answered whether it was opened: it may be open, and others may sign and execute it. */
import { heldBy } from '../approvals/index.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { ApprovalState } from '../state/approvals.ts';
import type { Permitted } from './permitted.ts';

/** States of a request that nobody executes, nor ever will. */
const IDLE: ReadonlySet<ApprovalState | undefined> = new Set([undefined, 'void', 'rejected', 'expired', 'lapsed']);

/** Ends it if nobody has claimed it, and gives back what it held then; now, or as soon as the store can be reached. */
export function withdraw({ parts }: Permitted, id: ApprovalId): Promise<void> {
  const { store, owner } = parts.approvals;
  let isOurs = false;
  return parts.quota.owe(`withdraw ${id}`, async () => {
    // Only a claim keeps others from claiming it. One whose answer is lost is ended when this process is gone.
    isOurs ||= await store.claim(id, owner);
    if (isOurs) await store.end(id, 'void', null);
    if (IDLE.has((await store.mark(id))?.state)) await parts.quota.release(heldBy(id));
  });
}
