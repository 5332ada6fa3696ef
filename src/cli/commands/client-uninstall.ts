/** `countersign client uninstall`: a client's file as it was before the gateway came into it. */
import { isDeepStrictEqual } from 'node:util';
import { type EntryEdit, isOurs } from '../../clients/index.ts';
import type { DocumentPath } from '../../config/tree.ts';
import { type Backup, digestOf, readBackup, removeBackup } from '../clients/backup.ts';
import { diffLines, isChange, type Planned, planned, plannedText, type Seen, seen } from '../clients/change.ts';
import { writeClientFile } from '../../clients/index.ts';
import { confirmed } from '../clients/confirm.ts';
import { clientFile, onClientFile } from '../clients/machine.ts';
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
  readonly dropped: readonly string[];
  readonly restored: readonly string[];
}

/** Puts a client's file back. Throws `CommandError`. */
export function uninstall(client: string, options: Options): Promise<ExitCode> {
  return onClientFile(async () => {
    const file = clientFile(client, options.scope);
    const installation = new Installation(process.env, { create: false });
    try {
      const backup = await readBackup(installation, file);
      const undoing = undone(await seen(file), backup);
      const { change } = undoing;
      if (options.json !== true && isChange(change)) for (const line of diffLines(change)) print(line);
      if (isChange(change) && options.dryRun !== true) {
        await confirmed(`Write this into ${file.path}?`, options.yes === true, 'nothing was changed');
        await writeClientFile(file.path, change.before, change.text);
      }
      if (options.dryRun !== true) await removeBackup(installation, file);
      return told(undoing, backup, options);
    } finally {
      await installation.close();
    }
  });
}

function undone(it: Seen, backup: Backup | null): Undoing {
  const ours = it.servers.filter((server) => isOurs(server));
  if (backup !== null && it.before.text !== null && backup.isExact && digestOf(it.before.text) === backup.after) {
    const restored = backup.moved.map(({ path }) => nameOf(path));
    const change = plannedText(it, backup.before);
    return { change, by: 'bytes', dropped: ours.map(({ name }) => name), restored };
  }
  const moved = (backup?.moved ?? []).filter(({ path }) => !isThere(it, path));
  const edits: EntryEdit[] = [
    ...moved.map(({ path, value }): EntryEdit => ({ is: 'put', path, value })),
    ...ours.map(({ path }): EntryEdit => ({ is: 'drop', path })),
  ];
  const change = it.before.text === null ? plannedText(it, null) : planned(it, edits);
  return {
    ...{ change, by: isChange(change) ? 'entries' : 'nothing' },
    dropped: ours.map(({ name }) => name),
    restored: isChange(change) ? moved.map(({ path }) => nameOf(path)) : [],
  };
}

function isThere({ servers }: Seen, path: DocumentPath): boolean {
  return servers.some((server) => isDeepStrictEqual(server.path, path));
}

function nameOf(path: DocumentPath): string {
  return String(path.at(-1));
}

function told({ change, by, dropped, restored }: Undoing, backup: Backup | null, options: Options): ExitCode {
  const { client, path } = change.file;
  const isDry = options.dryRun === true;
  if (options.json === true) {
    printJson({ client: client.name, file: path, changed: !isDry && by !== 'nothing', by, dropped, restored });
    return Exit.ok;
  }
  if (by === 'nothing') say(`${client.title} has nothing of the gateway in \`${path}\``);
  else if (isDry) say('nothing was changed');
  else {
    say(by === 'bytes' ? `\`${path}\` is what it was before, to the byte` : wordsOf(path, dropped, restored));
    if (restored.length > 0)
      hint(
        `past the gateway again, with the keys in plain text in that file: ${restored.map((name) => `\`${name}\``).join(', ')}`,
      );
    hint(
      backup === null
        ? client.restart
        : `${client.restart}; grant \`${backup.grant}\` is still in force: countersign grant revoke ${backup.grant}`,
    );
  }
  return Exit.ok;
}

function wordsOf(path: string, dropped: readonly string[], restored: readonly string[]): string {
  const took = dropped.length === 0 ? '' : `took out ${dropped.map((name) => `\`${name}\``).join(', ')}`;
  const put = restored.length === 0 ? '' : `put back ${restored.map((name) => `\`${name}\``).join(', ')}`;
  return `\`${path}\` was changed since: ${[took, put].filter((words) => words !== '').join(', and ')}`;
}
