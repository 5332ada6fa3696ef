/** What is asked on a terminal. Every question has a flag that answers it. */
import { userInfo } from 'node:os';
import { parseMoney } from '../../core/money-bound.ts';
import { classWords, credentialsOf, placeWords } from '../clients/credentials.ts';
import { CommandError, Exit } from '../report.ts';
import type { Candidate } from './candidates.ts';
import { canAsk, type InitOptions } from './options.ts';
import type { MoneyChoices } from './policy.ts';

/** What is decided about money; `assume` is the account's only currency, where somebody said so. */
export interface MoneyAnswers extends MoneyChoices {
  readonly assume: string | null;
}

/** The operator who is made. */
export interface OperatorAnswer {
  readonly name: string;
  readonly person: string;
}

const STOPPED = 'nothing was changed';

async function clack() {
  return import('@clack/prompts');
}

/** The answer, or an end for somebody who thinks better of it. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw new CommandError(Exit.usage, STOPPED);
  return answer as Exclude<T, symbol>;
}

/** Which servers move. Throws `CommandError` for a name that no client has. */
export async function chooseServers(
  candidates: readonly Candidate[],
  options: InitOptions,
): Promise<readonly Candidate[]> {
  const { server = [], skip = [] } = options;
  const stray = [...server, ...skip].find((name) => !candidates.some((one) => one.name === name));
  if (stray !== undefined)
    throw new CommandError(Exit.usage, `no client has a server \`${stray}\``, 'countersign client list shows them');
  const wanted = candidates.filter(
    ({ name, isPayment }) => (isPayment || server.includes(name)) && !skip.includes(name),
  );
  if (!canAsk(options) || candidates.length === 0 || server.length + skip.length > 0) return wanted;
  const { multiselect } = await clack();
  const picked = await multiselect({
    message: 'Which servers shall stand behind the gateway? (space to choose, enter to go on)',
    options: candidates.map((one, index) => ({ value: index, label: one.name, hint: hintOf(one) })),
    initialValues: wanted.map((one) => candidates.indexOf(one)),
    required: false,
    output: process.stderr,
  });
  return answered(picked).flatMap((index) => candidates[index] ?? []);
}

function hintOf({ launch, provider, isPayment, sources }: Candidate): string {
  const keys = credentialsOf(launch).map((one) => `${classWords(one)} in ${placeWords(one)}`);
  const clients = [...new Set(sources.map(({ file }) => file.client.title))].join(', ');
  return [clients, isPayment ? (provider ?? 'payments') : '', ...keys].filter((words) => words !== '').join('; ');
}

/** Thresholds and the currency. Throws `CommandError` for what is no amount. */
export async function chooseMoney(options: InitOptions, isSigned: boolean): Promise<MoneyAnswers> {
  const asks = canAsk(options);
  const assume = options.currency ?? (asks ? await askCurrency() : '');
  const currency = assume === '' ? 'USD' : assume.toUpperCase();
  const threshold = asks
    ? await askAmount(
        `Above which amount in ${currency} shall ${isSigned ? 'a person sign' : 'a call be denied'}?`,
        options.threshold,
        currency,
      )
    : options.threshold;
  const daily = asks
    ? await askAmount(`How much in ${currency} a day, all together?`, options.daily, currency)
    : options.daily;
  for (const [option, amount] of [
    ['--threshold', threshold],
    ['--daily', daily],
  ] as const) {
    const fault = amountFault(amount, currency);
    if (fault !== undefined) throw new CommandError(Exit.usage, `\`${amount}\` behind ${option} does not do: ${fault}`);
  }
  return { currency, threshold, daily, isSigned, assume: assume === '' ? null : currency };
}

async function askCurrency(): Promise<string> {
  const { text } = await clack();
  const answer = await text({
    message: 'In which currency are the accounts? Empty if there are several: calls that name none are denied then',
    placeholder: 'USD',
    validate: (value = '') =>
      value === '' || amountFault('1', value.toUpperCase()) === undefined ? undefined : 'three letters, like USD',
    output: process.stderr,
  });
  return answered(answer);
}

async function askAmount(message: string, initialValue: string, currency: string): Promise<string> {
  const { text } = await clack();
  const validate = (value = ''): string | undefined => amountFault(value, currency);
  return answered(await text({ message, initialValue, validate, output: process.stderr }));
}

function amountFault(amount: string, currency: string): string | undefined {
  const money = parseMoney(`${amount} ${currency}`);
  return money.ok ? undefined : money.fault.message;
}

/** Who is to sign; null for nobody. Throws `CommandError` where nobody can say it. */
export async function chooseOperator(options: InitOptions): Promise<OperatorAnswer | null> {
  if (options.operator === false) return null;
  const name = options.operator ?? nameOfUser();
  const person = options.person ?? name;
  if (options.passphraseFd !== undefined) return { name, person };
  if (!canAsk(options))
    throw new CommandError(
      Exit.usage,
      'somebody has to sign what is above the threshold, and a key needs a passphrase',
      '--passphrase-fd 3 3<file, or --no-operator: what would be signed is denied then',
    );
  if (options.operator !== undefined) return { name, person };
  const { confirm } = await clack();
  const wanted = await confirm({
    message: `Make a key for \`${name}\`, who signs what is above the threshold? Without one, such calls are denied`,
    output: process.stderr,
  });
  return answered(wanted) ? { name, person } : null;
}

function nameOfUser(): string {
  const name = userNameOr('operator')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name === '' ? 'operator' : name.slice(0, 64);
}

function userNameOr(other: string): string {
  try {
    return userInfo().username;
  } catch {
    return other;
  }
}

/** A yes, where a person is asked. */
export async function agreed(options: InitOptions, message: string): Promise<void> {
  if (!canAsk(options)) return;
  const { confirm } = await clack();
  if (!answered(await confirm({ message, output: process.stderr }))) throw new CommandError(Exit.usage, STOPPED);
}
