/**
 * Verification of the whole directory. It trusts nothing it reads: the files prove each other, and the store's heads
 * prove the ends. It may run beside living gateways, so everything that changes is read from the newest to the oldest
 * promise: the store, then the directory, then the admin stream, then the segments.
 */
import { readdir } from 'node:fs/promises';
import { Findings, wholeFile, type AuditFault, type AuditNote } from './findings.ts';
import { AuditError } from './events.ts';
import { Calls } from './pairs.ts';
import type { HeadPort, SegmentPort } from './ports.ts';
import { isAlive } from './process.ts';
import { verifyAdmin, type RegistryEntry } from './verify-admin.ts';
import { verifyMissing, verifySegment, type SegmentKnowledge } from './verify-calls.ts';

export interface VerifyOptions {
  readonly directory: string;
  /** The store's heads and segments; without them the ends of open files are unproven. */
  readonly heads?: Pick<HeadPort, 'read'>;
  readonly segments?: Pick<SegmentPort, 'listOpen'>;
  /** For tests: whether a process runs. */
  readonly isAlive?: (pid: number, processStart: string) => boolean;
}

export interface VerifyReport {
  /** True without faults; notes do not count. */
  readonly ok: boolean;
  readonly records: number;
  readonly files: number;
  readonly faults: readonly AuditFault[];
  /** Faults beyond the thousandth. */
  readonly omitted: number;
  readonly notes: readonly AuditNote[];
}

const ADMIN_FILE = /^admin-.*\.jsonl$/;
const CALLS_FILE = /^calls-.*\.jsonl$/;

/** Verifies the log. Throws `AuditError` `unreadable` if the directory cannot be read, and what the store throws. */
export async function verifyLog(options: VerifyOptions): Promise<VerifyReport> {
  const findings = new Findings();
  const head = await options.heads?.read('admin');
  const rows = await options.segments?.listOpen();
  const open = rows === undefined ? undefined : new Set(rows.map(({ segment }) => segment));
  const names = await listDirectory(options.directory);
  const adminNames = names.filter((name) => ADMIN_FILE.test(name));
  const admin = await verifyAdmin(options.directory, adminNames, head, findings);
  const knowledge = { open, isAlive: options.isAlive ?? isAlive };
  const callRecords = await verifyCalls(options.directory, admin.entries, knowledge, findings);
  reportStrangers(names, admin.entries, findings);
  const { faults, notes, omitted } = findings;
  const files = names.filter((name) => ADMIN_FILE.test(name) || CALLS_FILE.test(name)).length;
  return { ok: faults.length === 0, records: admin.records + callRecords, files, faults, omitted, notes };
}

async function listDirectory(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AuditError('unreadable', `the audit directory cannot be read: ${detail}`, { cause: error });
  }
}

async function verifyCalls(
  directory: string,
  entries: ReadonlyMap<string, RegistryEntry>,
  knowledge: SegmentKnowledge,
  findings: Findings,
): Promise<number> {
  const calls = new Calls();
  let records = 0;
  for (const entry of entries.values()) {
    records += await verifyEntry(directory, entry, knowledge, calls, findings);
  }
  calls.report(findings);
  return records;
}

async function verifyEntry(
  directory: string,
  entry: RegistryEntry,
  knowledge: SegmentKnowledge,
  calls: Calls,
  findings: Findings,
): Promise<number> {
  try {
    if (!CALLS_FILE.test(entry.file) || entry.file.includes('/')) throw new Error('the registry names no log file');
    return await verifySegment(directory, entry, knowledge, calls, findings);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      verifyMissing(entry, knowledge, findings);
      return 0;
    }
    findings.fault('unreadable', wholeFile(entry.file), error instanceof Error ? error.message : String(error));
    return 0;
  }
}

/** Whatever lies in the directory and is not in the registry. */
function reportStrangers(
  names: readonly string[],
  entries: ReadonlyMap<string, RegistryEntry>,
  findings: Findings,
): void {
  const known = new Set([...entries.values()].map(({ file }) => file));
  for (const name of names) {
    if (ADMIN_FILE.test(name) || known.has(name)) continue;
    if (CALLS_FILE.test(name)) findings.fault('unknown_file', wholeFile(name), 'the registry does not know this file');
    else findings.note('foreign_file', wholeFile(name), 'the file does not belong to the log');
  }
}
