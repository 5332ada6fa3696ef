/** The clients' files: what becomes of them, and the writing of it, which is the last step of a set-up. */
import { isDeepStrictEqual } from 'node:util';
import { entryFor, type EntryEdit, type GatewayLaunch, isOurs } from '../../clients/index.ts';
import { carryOut, isChange, type Planned, planned, type Seen, seen } from '../clients/change.ts';
import type { Installation } from '../compose.ts';
import type { Source } from './candidates.ts';
import { CommandError, Exit } from '../report.ts';

export interface ClientChange {
  readonly change: Planned;
  readonly sources: readonly Source[];
}

/** What becomes of each file: the servers go, and the gateway comes in where one of them stood. */
export async function clientChanges(
  sources: readonly Source[],
  launch: GatewayLaunch,
  name: string,
): Promise<readonly ClientChange[]> {
  const paths = [...new Set(sources.map(({ file }) => file.path))];
  return Promise.all(
    paths.map(async (path) => {
      const own = sources.filter(({ file }) => file.path === path);
      const [first] = own;
      if (first === undefined) throw new Error('a file without an entry was chosen');
      return { change: changeOf(await seen(first.file), own, launch, name), sources: own };
    }),
  );
}

function changeOf(it: Seen, sources: readonly Source[], launch: GatewayLaunch, name: string): Planned {
  const { client } = it.file;
  const path = [...client.table, name];
  const other = it.servers.find((server) => server.name === name && server.path.length === path.length);
  const goes = sources.some((source) => String(source.path) === String(path));
  if (other !== undefined && !isOurs(other) && !goes)
    throw new CommandError(
      Exit.usage,
      `${client.title} has another server called \`${name}\``,
      'give the entry another name: --name payments',
    );
  checkUnchanged(it, sources);
  const drops = sources.map((source): EntryEdit => ({ is: 'drop', path: source.path }));
  const put: EntryEdit = { is: 'put', path, value: entryFor(client, launch) };
  // Put in first, the new entry looks like those beside it; unless it takes the name of one that goes.
  return planned(it, goes ? [...drops, put] : [put, ...drops]);
}

/** An entry that somebody changed since it was read may hold another key, which nobody has sealed. */
function checkUnchanged({ file, servers }: Seen, sources: readonly Source[]): void {
  const changed = sources.find(
    ({ path, value }) => !servers.some((server) => isDeepStrictEqual([server.path, server.value], [path, value])),
  );
  if (changed === undefined) return;
  throw new CommandError(
    Exit.found,
    `\`${String(changed.path.at(-1))}\` in \`${file.path}\` was changed meanwhile, so the file stays as it is`,
    'do it again: countersign init',
  );
}

/** Writes the files, each with a backup. Answers where the backups are. Throws `ClientFileError`. */
export async function rewriteClients(
  installation: Installation,
  changes: readonly ClientChange[],
  grant: string,
  name: string,
): Promise<readonly string[]> {
  const backups: string[] = [];
  for (const { change, sources } of changes.filter((one) => isChange(one.change))) {
    const own = [[...change.file.client.table, name]];
    const moved = sources.map(({ path, value }) => ({ path, value }));
    backups.push(await carryOut(installation, change, { does: 'init', grant, own, moved }));
  }
  return backups;
}
