/** The store and the audit log. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLog, type VerifyReport } from '../../audit/index.ts';
import { SQLITE_SCHEMA, type Store } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { Exit } from '../report.ts';
import { counted, failed, failure, type Finding, passed, shellWord, wordsOf } from './finding.ts';

export interface StoreExamined {
  readonly store: Store | null;
  readonly findings: readonly Finding[];
}

/** Opens the store if there is one; it makes none. */
export async function examineStore(installation: Installation): Promise<StoreExamined> {
  const file = join(installation.home, 'state.db');
  if (!existsSync(file))
    return { store: null, findings: [passed('store', 'there is no state yet; the first grant makes it')] };
  try {
    const store = await installation.store();
    return { store, findings: [passed('store', `the state file \`${file}\` opens, schema ${SQLITE_SCHEMA}`)] };
  } catch (error) {
    return { store: null, findings: [failure('store', wordsOf(error), Exit.unavailable)] };
  }
}

/** A longer log takes longer to verify than a person waits here. */
const VERIFIED_BYTES = 32 * 1024 * 1024;

/** Checks that the log can be written, and verifies it while it is small. */
export async function examineAudit(directory: string, store: Store | null): Promise<readonly Finding[]> {
  if (!existsSync(directory)) return [passed('audit', 'there is no log yet; the first record makes it')];
  const unwritable = accessFinding(directory);
  if (unwritable !== null) return [unwritable];
  const bytes = sizeOf(directory);
  const writable = passed('audit', `the audit directory \`${directory}\` can be written`);
  if (bytes > VERIFIED_BYTES) {
    const message = `the log has ${Math.round(bytes / 1024 / 1024)} MiB, and was not verified here`;
    return [writable, passed('audit.verify', message, { fix: 'countersign audit verify' })];
  }
  return [writable, await verifyFinding(directory, store)];
}

function accessFinding(directory: string): Finding | null {
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch {
    const message = `the audit directory \`${directory}\` cannot be written, so every call is refused`;
    return failed('audit', message, `chmod 700 ${shellWord(directory)}`, Exit.unavailable);
  }
}

function sizeOf(directory: string): number {
  const sizes = readdirSync(directory).map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size);
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function verifyFinding(directory: string, store: Store | null): Promise<Finding> {
  try {
    const known = store === null ? {} : { heads: store.heads, segments: store.segments };
    return reportFinding(await verifyLog({ directory, ...known }));
  } catch (error) {
    return failure('audit.verify', wordsOf(error), Exit.unavailable);
  }
}

function reportFinding({ ok, records, files, faults, omitted }: VerifyReport): Finding {
  if (ok && records === 0) return passed('audit.verify', 'the log has no record yet');
  const extent = `${counted(records, 'record')} in ${counted(files, 'file')}`;
  if (ok) return passed('audit.verify', `the log is whole: ${extent}`);
  const [first] = faults;
  const place =
    first === undefined ? '' : `: ${first.file}${first.line === 0 ? '' : `:${first.line}`}: ${first.message}`;
  const message = `the log is not whole, ${counted(faults.length + omitted, 'fault')} in ${extent}${place}`;
  return failed('audit.verify', message, 'countersign audit verify');
}
