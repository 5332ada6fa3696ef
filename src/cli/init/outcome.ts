/** What was decided, what came of it, and how that is told. */
import type { GatewayLaunch } from '../../clients/index.ts';
import type { Finding } from '../doctor/finding.ts';
import { Exit, type ExitCode, printJson } from '../report.ts';
import type { Chosen } from './chosen.ts';
import { canAsk, type InitOptions } from './options.ts';
import type { MoneyAnswers, OperatorAnswer } from './questions.ts';
import type { PolicyMade } from './steps.ts';
import type { Words } from './words.ts';

/** What was decided before anything is done. */
export interface Plan {
  readonly options: InitOptions;
  readonly words: Words;
  readonly home: string;
  readonly configFile: string;
  readonly chosen: readonly Chosen[];
  readonly money: MoneyAnswers;
  /** Who is made; null for nobody. */
  readonly operator: OperatorAnswer | null;
  readonly launch: GatewayLaunch;
}

/** What came of a set-up. */
export interface Outcome {
  readonly policy: PolicyMade;
  readonly backups: readonly string[];
  /** Keys that stand in a client's file still, in a comment or an entry that stays. */
  readonly keysLeft: readonly { readonly file: string; readonly line: number; readonly key: string }[];
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** Says it, or prints it for scripts. Answers what to end with. */
export function told(plan: Plan, { policy, backups, keysLeft, findings, seconds }: Outcome): ExitCode {
  const { options, words, chosen, money, operator, home } = plan;
  const open = findings.filter(({ status }) => status !== 'ok');
  const clients = [
    ...new Map(chosen.flatMap(({ candidate }) => candidate.sources.map(({ file }) => [file.path, file]))).values(),
  ];
  if (options.json === true)
    printJson({
      ...{ home, ...movedJson(chosen), grant: options.grant, operator: operator?.name ?? null },
      policy: { file: policy.file, new: policy.isNew, cases: policy.cases },
      clients: clients.map(({ client, path }) => ({ client: client.name, file: path, restart: client.restart })),
      ...{ backups, keysLeft, seconds: Math.round(seconds * 10) / 10, findings: open.map(plainFinding) },
    });
  else {
    if (open.length > 0) words.title('What the doctor says');
    for (const { message, fix } of open) words.warn(fix === null ? message : `${message}\n  fix: ${fix}`);
    words.title(`Protected${canAsk(options) ? '' : `, after ${seconds.toFixed(1)} s`}. What to do next`);
    for (const line of nextSteps(
      plan,
      policy,
      clients.map(({ client }) => client.restart),
    ))
      words.line(`  ${line}`);
    if ((process.env['COUNTERSIGN_MASTER_KEY'] ?? '') !== '')
      words.warn('the master key is in `COUNTERSIGN_MASTER_KEY`: the client has to have it too, and its file does not');
    if (money.assume === null && policy.withoutCurrency.length > 0)
      words.warn(
        `calls of ${policy.withoutCurrency.join(', ')} that name no currency are denied; for an account with one only: "currency": { "assume": "${money.currency}" }`,
      );
  }
  return findings.some(({ status }) => status === 'fail') ? Exit.found : Exit.ok;
}

function nextSteps(
  { operator, money, chosen }: Plan,
  policy: PolicyMade,
  restarts: readonly string[],
): readonly string[] {
  const signs = operator?.name ?? 'NAME';
  const first = chosen[0]?.candidate.sources[0]?.file.client.name ?? 'NAME';
  return [
    ...new Set(restarts),
    ...(money.isSigned ? [`sign what waits: countersign tui --as ${signs}`] : []),
    'watch what agents do: countersign audit tail -f',
    `read the policy, and change it: ${policy.file}`,
    'a key that stood in a plain file may be known to others: make a new one at the provider, and countersign secret set NAME',
    `take it all back: countersign client uninstall ${first}`,
  ];
}

export function plainFinding({
  id,
  status,
  message,
  fix,
}: Finding): Pick<Finding, 'id' | 'status' | 'message' | 'fix'> {
  return { id, status, message, fix };
}

export function movedJson(chosen: readonly Chosen[]) {
  return {
    moved: chosen.map(({ candidate, upstream, secrets }) => ({
      ...{ server: candidate.name, upstream, provider: candidate.provider, secrets: secrets.map(({ name }) => name) },
      clients: [...new Set(candidate.sources.map(({ file }) => file.client.name))],
    })),
  };
}
