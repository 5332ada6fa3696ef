/** A checkpoint of the whole log, to be kept where nobody who can write the log can write. */
import { join } from 'node:path';
import { type Extent, installName, originOf, signCheckpoint } from './checkpoint.ts';
import { AuditError } from './events.ts';
import { extentOf } from './extent.ts';
import { AuditKeys } from './keys.ts';
import { verifierKey } from './note.ts';
import type { HeadPort, SegmentPort } from './ports.ts';

export interface CheckpointOptions {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly installId: string;
  readonly heads: Pick<HeadPort, 'read'>;
  readonly segments: Pick<SegmentPort, 'listOpen'>;
}

export interface ExportedCheckpoint extends Extent {
  /** The signed note. */
  readonly note: string;
  /** The key that signed it, in the form that tools for signed notes take. */
  readonly key: string;
  /** The calls files that are open. Those that have ended stand in the admin stream. */
  readonly segments: readonly (Extent & { readonly segment: string })[];
}

/** Signs for the admin stream and every open segment as they are. Throws `AuditError` where the log is not readable. */
export async function exportCheckpoint(options: CheckpointOptions): Promise<ExportedCheckpoint> {
  const { directory, keysDirectory, installId } = options;
  // The segments first: what is opened in between is in the stream, which is read after.
  const rows = await options.segments.listOpen();
  const segments = rows.flatMap(({ segment, file }) => {
    const extent = read(join(directory, file));
    return extent === undefined ? [] : [{ segment, ...extent }];
  });
  const { file } = await options.heads.read('admin');
  const head = file === '' ? undefined : read(join(directory, file));
  if (head === undefined)
    throw new AuditError('unreadable', 'the audit log has no record yet, or its last file is damaged');
  const key = new AuditKeys(keysDirectory).install();
  const name = installName(installId);
  const signer = [{ name, key }];
  const note = signCheckpoint({ origin: originOf(installId, 'admin'), ...head, segments }, signer);
  return { note, key: verifierKey({ name, publicKey: key.publicKey }), ...head, segments };
}

function read(path: string): Extent | undefined {
  try {
    return extentOf(path);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AuditError('unreadable', `the log file \`${path}\` cannot be read: ${detail}`, { cause: error });
  }
}
