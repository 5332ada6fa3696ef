/**
 * `countersign upstream add`: one more upstream in the configuration, whose comments and form stay. Nothing is started:
 * that takes a review. A credential never comes by the command line, where every process of the machine can read it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { readDraft } from '../../config/draft.ts';
import type { LoadedConfig, UpstreamConfig } from '../../config/types.ts';
import { locateHome } from '../../config/index.ts';
import { EditError, type Plain } from '../../config/text-edit.ts';
import { pairingOf } from '../../upstream/index.ts';
import { lineDiff } from '../clients/line-diff.ts';
import { Installation } from '../compose.ts';
import { configFileOf, withValues } from '../init/config-file.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { checkUntouched, rewrite } from '../private-file.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';
import { entryOf, type EntryOptions, refuseCredentials } from '../upstream-entry.ts';

export interface AddOptions extends EntryOptions, ActingOptions {
  readonly config: string | undefined;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EMPTY = '{\n  "version": 1\n}\n';

/** Adds an upstream. Throws `CommandError` for one that is there, or that could not be used; then nothing is written. */
export async function add(name: string, command: readonly string[], options: AddOptions): Promise<ExitCode> {
  const file = configFileOf(locateHome(process.env), options.config, process.env);
  const before = existsSync(file) ? await readFile(file, 'utf8') : EMPTY;
  const earlier = readDraft(file, before);
  if ([...earlier.upstreams.keys()].some((known) => known === name))
    throw new CommandError(
      Exit.usage,
      `there is an upstream \`${name}\` already`,
      `edit it in \`${file}\`, or choose another name`,
    );
  const entry = entryOf(command, options);
  refuseCredentials(name, entry);
  const after = edited(file, before, name, entry);
  const upstream = upstreamIn(file, after, name);
  const isSaved = options.dryRun !== true;
  if (isSaved) await save({ file, before, after, upstream, options });
  await report({ file, before, after, upstream, earlier, entry, isSaved }, options);
  return Exit.ok;
}

function edited(file: string, before: string, name: string, entry: Plain): string {
  try {
    return withValues(file, before, [[['upstreams', name], entry]]);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    const text = JSON.stringify({ [name]: entry });
    throw new CommandError(Exit.found, error.message, `add this to \`upstreams\` by hand: ${text}`, { cause: error });
  }
}

/** The upstream as the gateway would read it. Faults of what was asked for are told without a place in a text that nobody has. */
function upstreamIn(file: string, text: string, name: string): UpstreamConfig {
  const { upstreams, faults } = readDraft(file, text, 'answer');
  const [fault] = faults;
  if (fault !== undefined)
    throw new CommandError(Exit.usage, `\`${name}\` cannot be added: ${fault.path.slice(1)}: ${fault.message}`);
  const upstream = [...upstreams.values()].find((one) => one.name === name);
  if (upstream === undefined) throw new CommandError(Exit.usage, `\`${name}\` cannot be added: it would not be read`);
  return upstream;
}

interface Saving {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly upstream: UpstreamConfig;
  readonly options: AddOptions;
}

/** Records it, then writes the file in one step. */
async function save({ file, before, after, upstream, options }: Saving): Promise<void> {
  const installation = new Installation(process.env, { configFile: options.config, create: true });
  try {
    const { actor } = await acting(installation, { does: 'upstream add', to: upstream.name }, options);
    if (existsSync(file)) await checkUntouched(file, before);
    const log = await installation.adminLog();
    await log.write({ kind: 'upstream_added', actor, upstream: upstream.name, pairing: pairingOf(upstream) });
    await rewrite(file, after);
  } finally {
    await installation.close();
  }
}

interface Added extends Pick<Saving, 'file' | 'before' | 'after' | 'upstream'> {
  readonly earlier: Pick<LoadedConfig, 'upstreams' | 'trustRoot'>;
  readonly entry: Plain;
  readonly isSaved: boolean;
}

async function report(added: Added, { json, config }: AddOptions): Promise<void> {
  const { file, before, after, upstream, earlier, entry, isSaved } = added;
  const { name } = upstream;
  const missing = await missingSecrets(upstream, config);
  if (json === true) {
    printJson({ upstream: name, file, saved: isSaved, entry, missingSecrets: missing });
    return;
  }
  const marks = { same: '  ', gone: '- ', new: '+ ', gap: '  …' } as const;
  for (const { is, text } of lineDiff(before, after)) print(`${marks[is]}${text}`);
  say(isSaved ? `added \`${name}\` to \`${file}\`` : 'nothing was saved');
  const [only, ...others] = earlier.upstreams.values();
  if (only?.prefix === '' && others.length === 0 && isRenamed(file, after, only.name))
    say(
      `with a second upstream the tools of \`${only.name}\` are listed as \`${only.name}_…\`; "prefix": "" keeps their names`,
    );
  if (!isSaved) return;
  if (earlier.trustRoot !== null) hint('it takes effect once it is signed: countersign activate');
  for (const secret of missing) hint(`countersign secret set ${secret}`);
  hint(`now countersign upstream review ${name}`);
}

/** The only upstream needs no prefix; of two, each has one unless it says otherwise. */
function isRenamed(file: string, text: string, name: UpstreamConfig['name']): boolean {
  return readDraft(file, text, 'answer').upstreams.get(name)?.prefix !== '';
}

/** The secrets that it names and nobody has sealed yet; none if that cannot be known. */
async function missingSecrets(upstream: UpstreamConfig, configFile: string | undefined): Promise<readonly string[]> {
  const values = upstream.via === 'stdio' ? upstream.env : upstream.headers;
  const named = [...values.values()].flatMap((value) => (value.is === 'secret' ? [value.secret] : []));
  if (named.length === 0) return [];
  const installation = new Installation(process.env, { configFile });
  try {
    const sealed = new Set((await (await installation.vault()).list()).map((one) => one.name));
    return [...new Set(named)].filter((name) => !sealed.has(name));
  } catch {
    return [...new Set(named)];
  } finally {
    await installation.close();
  }
}
