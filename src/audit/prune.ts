/**
 * Deleting calls files whose time is over. The registry says so first, with their last hash, and is itself kept: it is what
 * proves that nothing else is missing.
 */
import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type AdminLogOptions, openAdminLog } from './admin.ts';
import type { Actor } from './events.ts';
import { readRecord } from './chain.ts';
import { logFileNames } from './files.ts';
import { readLines } from './lines.ts';
import { isOverdue } from './retention.ts';

export interface PruneOptions extends AdminLogOptions {
  /** Files are kept for so many days after the day in their name. */
  readonly retainDays: number;
  readonly actor: Actor;
  /** True: only says what would be deleted. */
  readonly dryRun: boolean;
}

/** A file that is deleted, and how far it went. */
export interface PrunedFile {
  readonly segment: string;
  readonly file: string;
  readonly count: number;
  readonly head: string;
}

/** Deletes what is overdue. Throws `AuditError` if the log cannot be read or written; what was not recorded is kept. */
export async function pruneLog(options: PruneOptions): Promise<readonly PrunedFile[]> {
  const { directory, retainDays, actor } = options;
  const { ended, gone } = await readEnds(directory);
  const overdue = [...ended.values()].filter(({ file }) => isOverdue(file, retainDays, options.clock.nowMs()));
  const pruned = overdue.filter(({ file }) => existsSync(join(directory, file)));
  if (options.dryRun) return pruned;
  const log = openAdminLog(options);
  for (const one of pruned) {
    // One that is recorded and still there was left by a crash.
    if (!gone.has(one.segment)) await log.write({ kind: 'segment_pruned', actor, ...one, retainDays });
    unlinkSync(join(directory, one.file));
  }
  return pruned;
}

async function readEnds(
  directory: string,
): Promise<{ readonly ended: ReadonlyMap<string, PrunedFile>; readonly gone: ReadonlySet<string> }> {
  const ended = new Map<string, PrunedFile>();
  const gone = new Set<string>();
  for (const file of logFileNames(directory).filter((name) => name.startsWith('admin-'))) {
    for await (const { bytes } of readLines(join(directory, file))) {
      const record = readRecord(bytes);
      const end = record?.intact === true ? endOf(record.own['entry']) : undefined;
      if (end === undefined) continue;
      if (record?.kind === 'segment_pruned') gone.add(end.segment);
      else ended.set(end.segment, end);
    }
  }
  return { ended, gone };
}

type Fields = Readonly<Record<string, unknown>>;

function endOf(entry: unknown): PrunedFile | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { segment, file, count, head } = entry as Fields;
  if (typeof segment !== 'string' || typeof file !== 'string' || !/^calls-\d{8}-[\w-]+\.jsonl$/.test(file))
    return undefined;
  return typeof count === 'number' && typeof head === 'string' ? { segment, file, count, head } : undefined;
}
