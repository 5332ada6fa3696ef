/**
 * The steps of a set-up. Each looks at what is there and does what is missing, so that a run that was interrupted goes on
 * where it stopped. Nothing before the last one touches a client.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadedConfig } from '../../config/types.ts';
import { editText, type Plain, type TextEdit } from '../../config/text-edit.ts';
import { brandAs, type UpstreamName } from '../../core/ids.ts';
import { pairingOf } from '../../upstream/index.ts';
import type { Installation } from '../compose.ts';
import { add as addOperator } from '../commands/operator.ts';
import { acceptUpstream } from '../commands/upstream-review.ts';
import { acting } from '../operators/acting.ts';
import { openCases } from '../policy/case-file.ts';
import { checkConfigured } from '../policy/check-files.ts';
import { openContext } from '../policy/context.ts';
import type { ToolBook } from '../policy/known-tools.ts';
import { runCases } from '../policy/run-cases.ts';
import { writePrivately } from '../private-file.ts';
import { CommandError, Exit } from '../report.ts';
import { type Classified, declaredUpstream } from '../upstream-probe.ts';
import { casesFor } from './cases.ts';
import type { Chosen } from './chosen.ts';
import type { InitOptions } from './options.ts';
import { kindsIn, lacksCurrency, type MoneyChoices, starterPolicy } from './policy.ts';
import type { OperatorAnswer } from './questions.ts';

/** Seals what is not sealed yet. Answers the names that were. */
export async function sealSecrets(
  installation: Installation,
  chosen: readonly Chosen[],
  options: InitOptions,
): Promise<readonly string[]> {
  const vault = await installation.vault();
  const names: string[] = [];
  for (const { upstream, secrets } of chosen)
    for (const { name, value } of secrets) {
      const before = await vault.open(name, upstream).catch(() => undefined);
      if (before === value) continue;
      const { actor } = await acting(installation, { does: 'secret set', to: name }, options);
      const sealed = await vault.set(name, value, [upstream]);
      const admin = await installation.adminLog();
      await admin.write({ kind: 'secret_sealed', actor, secret: sealed.name, version: sealed.version });
      names.push(name);
    }
  return names;
}

/** What a person is shown of an upstream before it is accepted. */
export type ShowTools = (upstream: string, tools: readonly Classified[]) => Promise<boolean>;

/** Starts an upstream once and accepts its tools, unless that was done. Answers false if somebody says no. */
export async function acceptOnce(
  installation: Installation,
  config: LoadedConfig,
  name: string,
  options: InitOptions,
  show: ShowTools,
): Promise<boolean> {
  const upstream = declaredUpstream(config, name);
  const { pins } = await installation.store();
  if ((await pins.get(upstream.name))?.pairing === pairingOf(upstream)) return true;
  return acceptUpstream(installation, upstream, async (found) => {
    if (!(await show(name, found.new))) return null;
    return (await acting(installation, { does: 'upstream review', to: name }, options)).actor;
  });
}

export interface PolicyMade {
  readonly file: string;
  /** False: it was there, and stays as it is. */
  readonly isNew: boolean;
  readonly cases: number;
  /** Upstreams whose refunds name no currency, which nobody stated. */
  readonly withoutCurrency: readonly string[];
}

/** The name of a grant's policy file, and of its cases. */
export function policyFiles(configFile: string, name: string): { readonly policy: string; readonly cases: string } {
  const folder = join(dirname(configFile), 'policies');
  return { policy: join(folder, `${name}.json`), cases: join(folder, `${name}.test.json`) };
}

/** Writes the policy that fits the accepted tools, with its cases, unless there is one. */
export async function writePolicy(
  configFile: string,
  name: string,
  upstreams: readonly string[],
  choices: MoneyChoices,
  config: string | undefined,
): Promise<Omit<PolicyMade, 'cases'>> {
  const files = policyFiles(configFile, name);
  const books = await booksOf(config, upstreams);
  const withoutCurrency = books.filter(({ tools }) => tools.some(lacksCurrency)).map(({ upstream }) => upstream.name);
  if (existsSync(files.policy)) return { file: files.policy, isNew: false, withoutCurrency };
  const found = kindsIn(books);
  // The cases first: a policy that is there counts as finished.
  await writePrivately(files.cases, pretty(await casesFor(`${name}.json`, books, found, choices)));
  await writePrivately(files.policy, pretty(starterPolicy(found, choices)));
  return { file: files.policy, isNew: true, withoutCurrency };
}

async function booksOf(config: string | undefined, upstreams: readonly string[]): Promise<readonly ToolBook[]> {
  const context = await openContext(config);
  try {
    const books = await Promise.all(upstreams.map((name) => context.book(brandAs<UpstreamName>(name))));
    return books.filter((book) => book !== undefined);
  } finally {
    await context.close();
  }
}

/** Checks the policies of the configuration, and runs the cases. Answers how many passed. Throws `CommandError`. */
export async function provePolicy(configFile: string, name: string, config: string | undefined): Promise<number> {
  const context = await openContext(config);
  try {
    const { findings } = await checkConfigured(context);
    const [error] = findings.filter(({ severity }) => severity === 'error');
    if (error !== undefined)
      throw new CommandError(Exit.found, `${error.file}:${error.line}: ${error.message}`, 'countersign policy check');
  } finally {
    await context.close();
  }
  const { cases: file } = policyFiles(configFile, name);
  if (!existsSync(file)) return 0;
  const opened = await openCases(file);
  const results = opened.ok ? await runCases(opened.book) : [];
  const failed = results.find(({ ok }) => !ok);
  if (opened.ok && failed === undefined) return results.length;
  const what = failed === undefined ? 'cannot be run' : `fail: ${failed.name}`;
  throw new CommandError(Exit.found, `the cases of policy \`${name}\` ${what}`, `countersign policy test ${file}`);
}

/** Makes the first operator of a home: an admin who approves. */
export async function makeOperator({ name, person }: OperatorAnswer, options: InitOptions): Promise<void> {
  const { config, passphraseFd } = options;
  await addOperator(name, {
    ...{ config, person, role: ['admin', 'approver'], quiet: true },
    ...(passphraseFd === undefined ? {} : { passphraseFd }),
  });
}

/** As people write such documents: what fits on a line stands on one. */
function pretty(document: Readonly<Record<string, Plain>>): string {
  const edits = Object.entries(document).map(([key, value]): TextEdit => ({ is: 'insert', path: [key], value }));
  return editText('document.json', '{\n}\n', edits);
}
