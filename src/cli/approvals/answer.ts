/** One person's answer to one request: permitted, signed, recorded, and only then given. */
import {
  isApproved,
  type KnownOperator,
  requestHash,
  signedVerdictText,
  type Verdict,
  verdictMessage,
  verifyVerdict,
} from '../../approvals/index.ts';
import { heldBy } from '../../approvals/leftovers.ts';
import { actor, type Installation } from '../compose.ts';
import type { Signer } from '../operators/signer.ts';
import { CommandError, Exit } from '../report.ts';
import { accepted, type Queue, type QueueItem } from './queue.ts';

type Answer = Verdict['verdict'];

/** Throws `CommandError` if the operator may not answer so; that somebody tried is recorded. */
export async function checkMayAnswer(
  installation: Installation,
  { registry }: Pick<Queue, 'registry'>,
  { entry, request }: QueueItem,
  operator: string,
  verdict: Answer,
): Promise<KnownOperator> {
  if (entry.state !== 'open' || request === undefined)
    throw new CommandError(Exit.found, `request ${entry.id} cannot be answered: ${whyNot(entry.state)}`);
  const permission =
    verdict === 'approve' ? registry.mayApprove(operator, request) : registry.mayReject(operator, request);
  if (permission.ok) return permission.operator;
  const log = await installation.adminLog();
  await log.write({
    kind: 'approval_refused',
    actor: actor(),
    approval: entry.id,
    verdict,
    operator,
    code: permission.code,
  });
  throw new CommandError(Exit.usage, `\`${operator}\` may not ${verdict} ${entry.id}: ${permission.why}`);
}

function whyNot(state: QueueItem['entry']['state']): string {
  if (state === 'open') return 'it cannot be read on this machine; its gateway encrypts for another home or password';
  return state === 'claimed' ? 'it is being executed' : `it is ${state}`;
}

/** Signs and gives the answer. Answers the state of the request then. Throws `CommandError`, `AuditError`, `StateError`. */
export async function giveAnswer(
  installation: Installation,
  queue: Queue,
  item: QueueItem,
  operator: KnownOperator,
  verdict: Answer,
  signer: Signer,
): Promise<'requested' | 'approved' | 'rejected'> {
  const { entry, request } = item;
  if (request === undefined) throw new CommandError(Exit.found, `request ${entry.id} cannot be read`);
  const { heads } = await installation.local();
  const head = await heads.read('admin');
  const said: Verdict = {
    ...{ v: 1, request: requestHash(request), id: entry.id, verdict, operator: operator.record.name },
    ...{ fingerprint: signer.fingerprint, signedMs: Date.now() },
    seen: head.count === 0 ? null : { count: head.count, head: head.hash },
  };
  const text = signedVerdictText({ verdict: said, signature: await signer.sign(verdictMessage(said)) });
  const check = verifyVerdict(text, request, queue.registry, Date.now());
  if (!check.ok)
    throw new CommandError(Exit.usage, `the signature of \`${operator.record.name}\` does not count: ${check.why}`);
  // Recorded first: nothing is approved unseen.
  await (
    await installation.adminLog()
  ).write({
    ...{ kind: 'approval_signed', actor: actor(), approval: entry.id, requestHash: entry.hash, verdict },
    ...{ operator: operator.record.name, fingerprint: signer.fingerprint, signed: text },
  });
  const { approvals, quota } = await installation.shared();
  const suffices = verdict === 'approve' && isApproved(request, [...accepted(item.checks), check]);
  if (!(await approvals.addVerdict(entry.id, text, suffices)))
    throw new CommandError(Exit.found, `request ${entry.id} ended meanwhile, and the signature has no effect`);
  if (verdict === 'approve') return suffices ? 'approved' : 'requested';
  if (await approvals.end(entry.id, 'rejected', null))
    await quota.settle({ request: heldBy(entry.id), outcome: 'failed', forwardedMs: null });
  else if ((await approvals.mark(entry.id))?.state !== 'rejected')
    throw new CommandError(
      Exit.found,
      `request ${entry.id} ended or began to be executed meanwhile; it is not rejected`,
    );
  return 'rejected';
}
