/** `countersign quota reset`: forgets what counters have used. */
import type { CounterState } from '../../state/index.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { type CounterWords, findCounters } from '../quota/find.ts';
import { standsAtSomething } from '../quota/rows.ts';
import { type QuotaOptions, withQuota } from '../quota/with-quota.ts';
import { figureWords, subjectWords, windowText } from '../quota/words.ts';
import { CommandError, Exit, type ExitCode, hint, printJson, say } from '../report.ts';

type Options = QuotaOptions & ActingOptions & Omit<CounterWords, 'counter'> & { readonly yes?: boolean };

/** The counters of a rule, or the one of a digest. What is reserved or in doubt stays. */
export function reset(counter: string | undefined, options: Options): Promise<ExitCode> {
  return withQuota(options, async (quota, installation) => {
    const found = await findCounters((await quota.counters()).filter(standsAtSomething), { ...options, counter }, () =>
      installation.config(),
    );
    if (found.length > 0) await confirm(found, options.yes === true);
    const act = {
      does: 'quota reset',
      to: found
        .map(({ counter: { id } }) => id.slice(0, 12))
        .join(' ')
        .slice(0, 512),
    };
    const { actor } = await acting(installation, act, options);
    const log = await installation.adminLog();
    for (const { counter: one } of found) {
      const { id, policy, rule, unit, scope, subject } = one;
      await log.write({ kind: 'quota_reset', actor, policy, rule, unit, scope, subject, counter: id });
      await quota.reset(id);
    }
    if (options.json === true) printJson({ reset: found.map(resetJson) });
    else if (found.length === 0) say('the limit stands at nothing; there is nothing to reset');
    else for (const one of found) say(`reset: ${counterWords(one)}`);
    if (found.some(({ reserved, inDoubt }) => reserved + inDoubt > 0))
      hint('what is reserved or in doubt still counts; `countersign quota list` shows it');
    return Exit.ok;
  });
}

function resetJson({ counter: { id, policy, rule, unit, scope, subject } }: CounterState) {
  return { counter: id.slice(0, 12), policy, rule, unit, scope, subject };
}

function counterWords({ counter, used, cap }: CounterState): string {
  return `\`${counter.rule}\` for ${subjectWords(counter)}, ${windowText(counter.window)}: ${figureWords(counter.unit, used)} used of ${figureWords(counter.unit, cap)}`;
}

async function confirm(found: readonly CounterState[], yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new CommandError(
      Exit.usage,
      'a reset lets agents use a limit once more, and nobody is here to confirm it',
      'add --yes if that is meant',
    );
  const { confirm: ask } = await import('@clack/prompts');
  for (const one of found) say(counterWords(one));
  const answer = await ask({ message: 'Forget what is used?', initialValue: false, output: process.stderr });
  if (answer !== true) throw new CommandError(Exit.usage, 'nothing was reset');
}
