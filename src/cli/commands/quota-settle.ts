/** `countersign quota resolve|settle`: what became of a request, where only an operator can find out. */
import { folded } from '../../approvals/operator-rights.ts';
import { formatMoney, parseMoney } from '../../core/index.ts';
import type { HeldRequest, ResolveAnswer } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { type Acting, acting, type ActingOptions } from '../operators/acting.ts';
import { checkNotPrincipal, findRequest } from '../quota/find.ts';
import { type QuotaOptions, withQuota } from '../quota/with-quota.ts';
import { CommandError, Exit, type ExitCode, printJson, say } from '../report.ts';

/** Says of a request in doubt whether it happened. */
export function resolve(
  text: string,
  options: QuotaOptions & ActingOptions & { readonly outcome: string },
): Promise<ExitCode> {
  return withQuota(options, async (quota, installation) => {
    const as = outcomeOf(options.outcome);
    const held = findRequest(await quota.requests(), text);
    const { request, grant } = held;
    if (held.state === 'reserved')
      throw new CommandError(Exit.usage, `request ${request} is under way; its gateway settles it`);
    if (held.state === 'unbounded')
      throw new CommandError(
        Exit.usage,
        `request ${request} happened, for an amount that nobody has entered`,
        `countersign quota settle ${request} --amount "12.34 USD"`,
      );
    const { actor } = await actingOn(installation, 'quota resolve', held, options);
    // Recorded first: what gives quota back must not happen unseen.
    await (await installation.adminLog()).write({ kind: 'quota_resolved', actor, request, as });
    check(await quota.resolve(request, as), request);
    if (options.json === true) printJson({ request, grant, as });
    else
      say(
        `request ${request} is settled as ${as}${as === 'failed' ? ', and what it had reserved is given back' : ', and counts'}`,
      );
    return Exit.ok;
  });
}

/** Nobody says what became of a call of their own agent. */
async function actingOn(
  installation: Installation,
  does: string,
  held: HeldRequest,
  options: ActingOptions,
): Promise<Acting> {
  const option = does === 'quota resolve' ? '--by' : '--as';
  const who = await acting(installation, { does, to: held.request, option }, options);
  const { registry, operator } = who;
  if (registry === null || operator === null) checkNotPrincipal(who.actor, held);
  else {
    const { grants } = await installation.config();
    const owner = grants.get(held.grant)?.owner ?? null;
    const accountable = registry.accountableFor({ principal: held.principal, owner }).map(folded);
    checkNotPrincipal(who.actor, held, accountable.includes(folded(operator.record.person)));
  }
  return who;
}

function outcomeOf(text: string): 'ok' | 'failed' {
  if (text === 'ok' || text === 'failed') return text;
  throw new CommandError(
    Exit.usage,
    `\`${text}\` is no outcome`,
    'expected `--as ok` (it happened) or `--as failed` (it did not)',
  );
}

/** Enters the amount of a request that happened without one. */
export function settle(
  text: string,
  options: QuotaOptions & ActingOptions & { readonly amount: string },
): Promise<ExitCode> {
  return withQuota(options, async (quota, installation) => {
    const money = parseMoney(options.amount);
    if (!money.ok)
      throw new CommandError(
        Exit.usage,
        `\`${options.amount}\` is no amount: ${money.fault.message}`,
        'for example --amount "12.34 USD"',
      );
    const { currency, minor } = money.value;
    const held = findRequest(await quota.requests(), text);
    const { request, grant } = held;
    checkUnbounded(held, currency);
    const { actor } = await actingOn(installation, 'quota settle', held, options);
    await (await installation.adminLog()).write({ kind: 'quota_settled', actor, request, currency });
    check(await quota.enter(request, currency, Number(minor)), request);
    if (options.json === true) printJson({ request, grant, amount: formatMoney(money.value) });
    else say(`request ${request} counts ${formatMoney(money.value)}, and its window is open again`);
    return Exit.ok;
  });
}

function checkUnbounded({ request, state, uses }: HeldRequest, currency: string): void {
  if (state === 'in-doubt')
    throw new CommandError(
      Exit.usage,
      `nobody knows yet whether request ${request} happened`,
      `countersign quota resolve ${request} --as ok, and then its amount, or --as failed`,
    );
  if (state === 'reserved')
    throw new CommandError(Exit.usage, `request ${request} is under way; its gateway settles it`);
  const units = [...new Set(uses.filter(({ closes }) => closes).map(({ counter }) => counter.unit))];
  if (units.includes(currency)) return;
  throw new CommandError(
    Exit.usage,
    `request ${request} closed no window of ${currency}`,
    `it closed one of ${units.join(', ')}`,
  );
}

function check(answer: ResolveAnswer, request: string): void {
  if (answer !== 'done')
    throw new CommandError(
      Exit.found,
      `request ${request} was settled by somebody else meanwhile`,
      '`countersign audit tail` shows by whom',
    );
}
