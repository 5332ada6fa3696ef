/** `countersign quota list`: what every limit stands at, and what waits for an operator. */
import type { HeldRequest } from '../../state/index.ts';
import { type QuotaRow, rowsOf } from '../quota/rows.ts';
import { openLines, rowLines } from '../quota/show.ts';
import { type QuotaOptions, withQuota } from '../quota/with-quota.ts';
import { figureJson, windowText } from '../quota/words.ts';
import { CommandError, Exit, type ExitCode, print, printJson, say } from '../report.ts';

/** Lists the limits of the configuration, and whatever else is counted. */
export function list(options: QuotaOptions & { readonly grant?: string; readonly all?: boolean }): Promise<ExitCode> {
  return withQuota(options, async (quota, installation) => {
    const config = await installation.config();
    const [counters, requests] = [await quota.counters(), await quota.requests()];
    const { grant, all = false } = options;
    const nowMs = Date.now();
    const { rows, leftOut } = rowsOf(config, counters, { grant, all }, nowMs);
    const open = requests.filter((one) => one.state !== 'reserved' && (grant === undefined || one.grant === grant));
    if (
      grant !== undefined &&
      rows.length + leftOut + open.length === 0 &&
      ![...config.grants.keys()].some((one) => one === grant)
    )
      throw new CommandError(
        Exit.usage,
        `there is no grant \`${grant}\` in ${config.file}`,
        '`countersign grant list` shows the grants',
      );
    if (options.json === true) printJson(rows.map((row) => jsonOf(row, open)));
    else show(rows, open, nowMs);
    if (leftOut > 0)
      say(`${leftOut === 1 ? 'a counter' : `${leftOut} counters`} of single values left out; --all lists them`);
    return Exit.ok;
  });
}

function show(rows: readonly QuotaRow[], open: readonly HeldRequest[], nowMs: number): void {
  if (rows.length === 0) say('no limit is declared, and nothing is counted');
  for (const line of [
    ...rowLines(rows, nowMs, process.stdout.isTTY ? process.stdout.columns : 80),
    ...openLines(open, nowMs),
  ])
    print(line);
}

function jsonOf(row: QuotaRow, open: readonly HeldRequest[]): Readonly<Record<string, unknown>> {
  const { grant, rule, window, resetsMs, unit, used, reserved, inDoubt, cap } = row;
  const { policy, scope, subject, keyed, closed, counter } = row;
  const requests = open.filter(({ uses }) => uses.some((use) => use.counter.id === counter));
  return {
    ...{ grant, rule },
    window: windowText(window),
    resetsAt: resetsMs === null ? null : new Date(resetsMs).toISOString(),
    unit,
    used: figureJson(unit, used),
    reserved: figureJson(unit, reserved),
    inDoubt: figureJson(unit, inDoubt),
    cap: figureJson(unit, cap),
    ...{ policy, scope, subject, keyed, closed },
    counter: counter?.slice(0, 12) ?? null,
    requests: requests.map(({ request, state }) => ({ request, state })),
  };
}
