/** `countersign client uninstall`: a client's file as it was before the gateway came into it. */
import { isDeepStrictEqual } from 'node:util';
import { checkUntouched, type EntryEdit, isOurs, writeClientFile } from '../../clients/index.ts';
import { HomeError, locateHome } from '../../config/index.ts';
import type { DocumentPath } from '../../config/tree.ts';
import { type Backup, digestOf, type MovedEntry, readBackup, removeBackup } from '../clients/backup.ts';
import { diffLines, isChange, type Planned, planned, plannedText, type Seen, seen } from '../clients/change.ts';
import { confirmed } from '../clients/confirm.ts';
import { clientFile, onClientFile } from '../clients/machine.ts';
import { recordClient } from '../clients/record.ts';
import { Installation } from '../compose.ts';
import { Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

interface Options {
  readonly json?: boolean;
  readonly scope?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** How a file is put back. */
interface Undoing {
  readonly change: Planned;
  /** `bytes`: exactly what it was; `entries`: somebody changed it since, so only the entries; `nothing`: none of ours. */
  readonly by: 'bytes' | 'entries' | 'nothing';
  readonly dropped: readonly DocumentPath[];
  readonly restored: readonly DocumentPath[];
  /** Servers that were moved, whose place another has taken since. */
  readonly kept: readonly DocumentPath[];
}

/** Puts a client's file back. Throws `CommandError`. */
export function uninstall(client: string, options: Options): Promise<ExitCode> {
  return onClientFile(async () => {
    const file = clientFile(client, options.scope);
    const installation = installationHere();
    try {
      const backup = installation === null ? null : await readBackup(installation, file);
      const undoing = undone(await seen(file), backup);
      const { change } = undoing;
      if (options.json !== true && isChange(change)) for (const line of diffLines(change)) print(line);
      if (options.dryRun !== true) await carriedOut(installation, undoing, options);
      return told(undoing, backup, options);
    } finally {
      await installation?.close();
    }
  });
}

/** Null where there is no home any more: the gateway's entry has to come out all the same. */
function installationHere(): Installation | null {
  try {
    return new Installation(process.env, { create: false });
  } catch (error) {
    if (error instanceof HomeError && error.code === 'missing') return null;
    throw error;
  }
}

async function carriedOut(installation: Installation | null, undoing: Undoing, { yes }: Options): Promise<void> {
  const { change, kept } = undoing;
  if (isChange(change)) {
    await confirmed(`Write this into ${change.file.path}?`, yes === true, 'nothing was changed');
    await checkUntouched(change.file.path, change.before);
    await recorded(installation, undoing);
    await writeClientFile(change.file.path, change.before, change.text);
  }
  if (installation !== null && kept.length === 0) await removeBackup(installation, change.file);
}

/** A client must be able to do without a gateway whose home or log is damaged, or gone; then it is said. */
async function recorded(installation: Installation | null, undoing: Undoing): Promise<void> {
  const { change, dropped, restored } = undoing;
  if (installation === null) {
    say(`there is no home \`${locateHome(process.env)}\`, so this is not recorded, and no backup can be put back`);
    return;
  }
  try {
    const { file } = change;
    await recordClient(installation, { does: 'client uninstall', file, own: dropped, moved: restored });
  } catch (error) {
    say(`this could not be recorded: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

function undone(it: Seen, backup: Backup | null): Undoing {
  const ours = it.servers.filter((server) => isOurs(server)).map(({ path }) => path);
  const moved = backup?.moved ?? [];
  if (backup !== null && it.before.text !== null && backup.isExact && digestOf(it.before.text) === backup.after) {
    const change = plannedText(it, backup.before);
    return { change, by: 'bytes', dropped: ours, restored: moved.map(({ path }) => path), kept: [] };
  }
  const others = it.servers.filter((server) => !isOurs(server)).map(({ path }) => path);
  const back = moved.filter(({ path }) => !has(others, path));
  const edits: EntryEdit[] = [
    ...back.map(({ path, value }): EntryEdit => ({ is: 'put', path, value })),
    // One that took the name of a server which comes back is replaced by it.
    ...ours.filter((path) => !back.some((one) => isDeepStrictEqual(one.path, path))).map(dropped),
  ];
  const change = it.before.text === null && back.length === 0 ? plannedText(it, null) : planned(it, edits);
  return {
    ...{ change, by: isChange(change) ? 'entries' : 'nothing', dropped: ours },
    restored: back.map(({ path }) => path),
    kept: moved.filter((entry) => has(others, entry.path) && !isAsMoved(it, entry)).map(({ path }) => path),
  };
}

function dropped(path: DocumentPath): EntryEdit {
  return { is: 'drop', path };
}

function has(paths: readonly DocumentPath[], path: DocumentPath): boolean {
  return paths.some((one) => isDeepStrictEqual(one, path));
}

/** True where somebody put it back by hand. */
function isAsMoved({ servers }: Seen, { path, value }: MovedEntry): boolean {
  return servers.some((server) => isDeepStrictEqual([server.path, server.value], [path, value]));
}

function nameOf(path: DocumentPath): string {
  return String(path.at(-1));
}

function told(undoing: Undoing, backup: Backup | null, options: Options): ExitCode {
  const { by, change } = undoing;
  const { client, path } = change.file;
  const names = (paths: readonly DocumentPath[]): readonly string[] => paths.map(nameOf);
  const [dropped, restored, kept] = [names(undoing.dropped), names(undoing.restored), names(undoing.kept)];
  const isDry = options.dryRun === true;
  if (options.json === true) {
    printJson({ client: client.name, file: path, changed: !isDry && by !== 'nothing', by, dropped, restored, kept });
    return Exit.ok;
  }
  if (by === 'nothing') say(`${client.title} has nothing of the gateway in \`${path}\``);
  else if (isDry) say('nothing was changed');
  else {
    say(by === 'bytes' ? `\`${path}\` is what it was before, to the byte` : wordsOf(path, dropped, restored));
    if (restored.length > 0)
      hint(`past the gateway again, with the keys in plain text in that file: ${listed(restored)}`);
    hint(
      backup === null
        ? client.restart
        : `${client.restart}; grant \`${backup.grant}\` is still in force: countersign grant revoke ${backup.grant}`,
    );
  }
  if (kept.length > 0)
    hint(`the file has another ${listed(kept)} now, which stays; the earlier one stays in the backup`);
  return Exit.ok;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function wordsOf(path: string, dropped: readonly string[], restored: readonly string[]): string {
  const took = dropped.length === 0 ? '' : `took out ${listed(dropped)}`;
  const put = restored.length === 0 ? '' : `put back ${listed(restored)}`;
  return `\`${path}\` was changed since: ${[took, put].filter((words) => words !== '').join(', and ')}`;
}
