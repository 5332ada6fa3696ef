/** What a gateway needs to ask people, and to prove their answers. */
import { randomBytes } from 'node:crypto';
import { brandAs, type ApprovalId } from '../../core/ids.ts';
import type { LoadedConfig } from '../../config/types.ts';
import type { ApprovalParts } from '../../gateway/index.ts';
import type { QuotaOwner } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { notifier } from './notify.ts';

/** The parts of one session. */
export async function approvalParts(
  installation: Installation,
  { approvals: { notify } }: LoadedConfig,
  owner: QuotaOwner,
): Promise<ApprovalParts> {
  const { approvals } = await installation.store();
  return {
    store: approvals,
    registry: () => installation.registry(),
    sealer: () => installation.sealer(),
    origin: installation.installId(),
    owner,
    newId: newApprovalId,
    newNonce: () => randomBytes(16).toString('hex'),
    notify: notifier(notify),
  };
}

/** Letters and digits that cannot be taken for each other when a person types them (RFC 4648's base32, lower case). */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** 60 random bits in twelve letters and digits, three by three: short enough to be typed, too many to be guessed. */
function newApprovalId(): ApprovalId {
  const letters = [...randomBytes(12)].map((byte) => ALPHABET[byte & 31] ?? '').join('');
  return brandAs<ApprovalId>(`ap-${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}`);
}
