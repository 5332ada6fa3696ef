/** The records that a change of a client's file leaves: whose file, and which servers moved; no path and no value. */
import { basename } from 'node:path';
import type { AdminEvent } from '../../audit/index.ts';
import type { ClientFile } from '../../clients/index.ts';
import type { DocumentPath } from '../../config/tree.ts';
import { actor, type Installation } from '../compose.ts';
import { maskedLine } from './credentials.ts';

type ChangeEvent = Extract<AdminEvent, { readonly kind: 'client_installed' | 'client_uninstalled' }>;

export interface ClientAct {
  readonly does: ChangeEvent['does'];
  readonly file: ClientFile;
  /** The gateway's own entries. */
  readonly own: readonly DocumentPath[];
  readonly moved: readonly DocumentPath[];
}

/** Records what is about to be done to a client's file. Throws `AuditError`, `StateError`. */
export async function recordClient(installation: Installation, { does, file, own, moved }: ClientAct): Promise<void> {
  const log = await installation.adminLog();
  await log.write({
    kind: does === 'client uninstall' ? 'client_uninstalled' : 'client_installed',
    ...{ actor: actor(), does, mcpClient: file.client.name, scope: file.scope, file: basename(file.path) },
    ...{ entries: own.map(nameOf), moved: moved.map(nameOf) },
  });
}

/** People name servers as they like; whatever has the form of a key goes no further. */
function nameOf(path: DocumentPath): string {
  return maskedLine(String(path.at(-1)), []);
}
