/** Saving a policy that was edited: the decisions that change are known and recorded before the file is another. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { replaceFile } from '../../config/replace-file.ts';
import { diffPolicies, type PolicyDiff } from '../policy-diff/diff.ts';
import type { ComparedUpstream } from '../policy-diff/known-tools.ts';
import type { Installation } from '../compose.ts';
import type { Acting } from '../operators/acting.ts';
import { CommandError, Exit } from '../report.ts';
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
  await replace(file, after.text);
}

async function checkUntouched(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return;
  throw new CommandError(
    Exit.found,
    `somebody else changed \`${file}\` meanwhile, so nothing was saved`,
    'open it again, and edit what it says now',
  );
}

/** A gateway that reads it meanwhile sees the one or the other, and never a half. A link goes on being one. */
async function replace(link: string, text: string): Promise<void> {
  const file = await realpath(link);
  const { mode } = await stat(file);
  try {
    await replaceFile(file, text, mode & 0o777);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new CommandError(Exit.unavailable, `cannot write \`${file}\`: ${code}`, undefined, { cause });
  }
}
