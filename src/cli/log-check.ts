/** The whole log against everything that the home knows of it: the store, the keys, and the operators who signed. */
import { verifyLog, type VerifyOptions, type VerifyReport } from '../audit/index.ts';
import { type SignatureReport, Signatures } from './audit-signatures.ts';
import type { Installation } from './compose.ts';
import { readRoot } from './operators/root.ts';
import type { Progress } from './progress.ts';

/** What was found on the chain, and on the signatures of operators where there are any. */
export interface LogChecked {
  readonly chain: VerifyReport;
  readonly signed: SignatureReport | null;
}

/** Walks the log of a home once. Throws `AuditError` for one that cannot be read, and `StateError`. */
export async function checkLog(
  installation: Installation,
  progress: Progress,
  given: Pick<VerifyOptions, 'held' | 'keys'> = {},
): Promise<LogChecked> {
  const parts = await installation.verifyParts();
  const signatures = await signaturesOf(installation);
  const keys = { ...parts.keys, ...given.keys };
  const chain = await walkLog({ ...parts, ...given, keys }, progress, signatures);
  return { chain, signed: signatures?.report() ?? null };
}

/** Walks any log. */
export function walkLog(
  options: VerifyOptions,
  progress: Progress,
  signatures: Signatures | null = null,
): Promise<VerifyReport> {
  let records = 0;
  let where = '';
  progress.now(() => `${records} records verified, now in ${where}`);
  return verifyLog({
    ...options,
    onRecord: (record, place) => {
      records += 1;
      where = place.file;
      signatures?.take(record, place);
    },
  });
}

/** Signatures are proven by keys, and keys by the trust root: a home without one has nobody who could have signed. */
async function signaturesOf(installation: Installation): Promise<Signatures | null> {
  if ((await readRoot(installation.home)) === null) return null;
  return new Signatures(await installation.registry());
}
