/** `countersign freeze|unfreeze`: the stop that needs no edit and no restart. */
import { brandAs, type GrantName } from '../../core/index.ts';
import type { Freeze, Store } from '../../state/index.ts';
import { Installation } from '../compose.ts';
import { freezeWords, ofWords } from '../freeze-words.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { CommandError, Exit, type ExitCode, hint, printJson, say } from '../report.ts';

interface Options extends ActingOptions {
  readonly config: string | undefined;
  readonly grant?: string;
  readonly json?: boolean;
}

/** Stops the calls of a grant, or of every grant; with `money`, those that may move money. */
export async function freeze(options: Options & { readonly money?: boolean }): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const store = await installation.store();
    const grant = await grantOf(options.grant, store, installation);
    const scope = options.money === true ? 'money' : 'all';
    const { actor } = await acting(installation, { does: 'freeze', to: grant ?? '', role: 'any' }, options);
    const isNew = await store.freezes.freeze({ grant, scope, atMs: Date.now(), by: actor.name });
    const standing = await store.freezes.list();
    if (options.json === true) printJson({ grant, scope, frozen: isNew, standing: standing.map(freezeJson) });
    else
      say(
        isNew
          ? `froze ${callWords(scope)} of ${ofWords(grant)}; running gateways deny them from now on`
          : `${callWords(scope)} of ${ofWords(grant)} were frozen before`,
      );
    // The stop comes first: it must work also when the log cannot be written.
    if (isNew) await (await installation.adminLog()).write({ kind: 'grants_frozen', actor, grant, scope });
    if (isNew && options.json !== true) hint(`countersign unfreeze${grant === null ? '' : ` --grant ${grant}`}`);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** Lifts the freezes of a grant, or those that are on every grant; a grant's own stay then. */
export async function unfreeze(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const store = await installation.store();
    const asked = brandAs<GrantName>(options.grant ?? '');
    const found = (await store.freezes.list()).filter(
      (one) => one.grant === (options.grant === undefined ? null : asked),
    );
    const grant =
      found.length > 0 && options.grant !== undefined ? asked : await grantOf(options.grant, store, installation);
    const { actor } = await acting(installation, { does: 'unfreeze', to: grant ?? '' }, options);
    const log = await installation.adminLog();
    // Recorded first: nothing goes on unseen.
    for (const { scope } of found) await log.write({ kind: 'grants_unfrozen', actor, grant, scope });
    const lifted = found.length === 0 ? 0 : await store.freezes.unfreeze(grant);
    const standing = await store.freezes.list();
    if (options.json === true) printJson({ grant, lifted, standing: standing.map(freezeJson) });
    else {
      say(
        lifted === 0
          ? `${ofWords(grant)} had no freeze of its own`
          : `lifted ${lifted === 1 ? 'the freeze' : 'both freezes'} of ${ofWords(grant)}`,
      );
      for (const one of standing) say(`still frozen: ${freezeWords(one)}`);
    }
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function callWords(scope: Freeze['scope']): string {
  return scope === 'all' ? 'the calls' : 'the calls that may move money';
}

function freezeJson({ grant, scope, atMs, by }: Freeze) {
  return { grant, scope, at: new Date(atMs).toISOString(), by };
}

/** A misspelt name would stop nothing. A grant that is no longer declared may still have a token. */
async function grantOf(name: string | undefined, store: Store, installation: Installation): Promise<GrantName | null> {
  if (name === undefined) return null;
  const grant = brandAs<GrantName>(name);
  if ((await store.tokens.list()).some((token) => token.grant === grant)) return grant;
  const config = await installation.config();
  if (config.grants.has(grant)) return grant;
  const known = [...config.grants.keys()].map((one) => `\`${one}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `there is no grant \`${name}\` in ${config.file}, and no token of one`,
    known === '' ? 'it declares none' : `it declares ${known}`,
  );
}
