/** Saving a policy that was edited: the decisions that change are known and recorded before the file is another. */
import { diffPolicies, type PolicyDiff } from '../policy-diff/diff.ts';
import type { ComparedUpstream } from '../policy-diff/known-tools.ts';
import type { Installation } from '../compose.ts';
import type { Acting } from '../operators/acting.ts';
import { checkUntouched, rewrite } from '../private-file.ts';
import type { PolicyDraft } from './draft.ts';

/** The decisions that change from one draft to another. */
export function changesBetween(
  before: PolicyDraft,
  after: PolicyDraft,
  upstreams: readonly ComparedUpstream[],
): Promise<PolicyDiff> {
  return diffPolicies(before.policy, after.policy, upstreams);
}

export interface Saving {
  readonly before: PolicyDraft;
  readonly after: PolicyDraft;
  readonly diff: PolicyDiff;
  readonly actor: Acting['actor'];
}

/** Records the edit, then writes the file in one step. Throws `CommandError` if somebody else wrote it meanwhile. */
export async function save(installation: Installation, { before, after, diff, actor }: Saving): Promise<void> {
  const { file } = after.document;
  await checkUntouched(file, before.text);
  const log = await installation.adminLog();
  await log.write({
    ...{ kind: 'policy_edited', actor, policy: after.document.name },
    ...{ policyHash: after.policy.hash, replacedHash: before.policy.hash },
    changes: diff.changes.length,
    looser: diff.changes.filter(({ direction }) => direction === 'looser').length,
  });
  await rewrite(file, after.text);
}
