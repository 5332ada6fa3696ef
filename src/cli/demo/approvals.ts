/** The part of the story in which a person decides: approved, rejected, expired, and changed after it was approved. */
import { readFile } from 'node:fs/promises';
import type { Agent, Told } from './agent.ts';
import { runCommand } from './command-line.ts';
import type { DemoHome } from './home.ts';
import { bad, good, line, remark, stopped } from './stage.ts';

/** Passphrases of people who exist for ten seconds. */
const PASSPHRASES = { ada: 'ada keeps this one to herself', bo: 'bo signs refunds with this' } as const;

export function passphraseOf(operator: keyof typeof PASSPHRASES): string {
  return PASSPHRASES[operator];
}

/** Registers the trust root and somebody of finance. */
export async function enrolPeople(home: DemoHome): Promise<void> {
  const ada = ['operator', 'add', 'ada', '--person', 'Ada Lovelace', '--role', 'admin', '--passphrase-fd', '0'];
  const root = await runCommand(home, [...ada, '--identity', 'support@acme.example'], PASSPHRASES.ada);
  line(`countersign operator add ada            trust root ${String(root.json['fingerprint']).slice(0, 18)}…`);
  const bo = ['operator', 'add', 'bo', '--person', 'Bo Chen', '--role', 'finance', '--as', 'ada'];
  await runCommand(home, [...bo, '--passphrase-fd', '0', '--new-passphrase-fd', '3'], PASSPHRASES.ada, PASSPHRASES.bo);
  line('countersign operator add bo --as ada    may sign for finance');
}

interface Waiting {
  readonly id: string;
  readonly amount: string;
}

/** Plays it. Answers how many things came out otherwise than told. */
export async function playApprovals(home: DemoHome, agent: Agent): Promise<number> {
  const scenes = [approved, rejected, expired, changed];
  let surprises = 0;
  for (const scene of scenes) if (!(await scene(home, agent))) surprises += 1;
  return surprises;
}

const refund = (amount: number) => ({
  payment_id: 'pay_1002',
  amount,
  currency: 'USD',
  reason: 'the customer asked for it',
});

async function approved(home: DemoHome, agent: Agent): Promise<boolean> {
  const asked = agent.call('create_refund', refund(15_000));
  const request = await waiting(home);
  const signed = await sign(home, 'approve', request);
  const told = await answered(agent, refund(15_000), await asked);
  const asTold = signed && !told.denied && (await executed(home, 15_000)) === 1;
  (asTold ? good : bad)('support  refunds 150.00 USD: bo signs, and exactly that runs');
  remark(told.text.slice(0, 150));
  return asTold;
}

async function rejected(home: DemoHome, agent: Agent): Promise<boolean> {
  const asked = agent.call('create_refund', refund(16_000));
  const signed = await sign(home, 'reject', await waiting(home));
  const told = await answered(agent, refund(16_000), await asked);
  const asTold = signed && told.denied && (await executed(home, 16_000)) === 0;
  (asTold ? stopped : bad)('support  refunds 160.00 USD: bo rejects it');
  remark(told.text);
  return asTold;
}

async function expired(home: DemoHome, agent: Agent): Promise<boolean> {
  await agent.call('create_refund', refund(45_000));
  // Its rule gives it two seconds, which may be over before a busy machine has listed it once.
  await until(async () => (await stateOf(home, '450.00 USD', 'expired')) !== undefined || !(await isOpen(home)));
  const asTold = !(await isOpen(home)) && (await executed(home, 45_000)) === 0;
  (asTold ? stopped : bad)('support  refunds 450.00 USD: nobody answers in time');
  return asTold;
}

async function changed(home: DemoHome, agent: Agent): Promise<boolean> {
  const asked = agent.call('create_refund', refund(17_000));
  const request = await waiting(home);
  await asked;
  const signed = await sign(home, 'approve', request);
  const told = await agent.call('create_refund', { ...refund(17_000), amount: 39_900 });
  const asTold = signed && told.denied && (await executed(home, 39_900)) + (await executed(home, 17_000)) === 0;
  (asTold ? stopped : bad)('support  has 170.00 USD approved, and then asks for 399.00: that is another call');
  remark(told.text);
  return asTold;
}

/** A call that was answered while it waited is sent again, as the answer says. */
async function answered(agent: Agent, args: Record<string, unknown>, told: Told): Promise<Told> {
  return told.text.includes('waiting for approval') ? agent.call('create_refund', args) : told;
}

async function sign(home: DemoHome, verdict: 'approve' | 'reject', { id }: Waiting): Promise<boolean> {
  const done = await runCommand(home, ['approvals', verdict, id, '--as', 'bo', '--passphrase-fd', '0'], PASSPHRASES.bo);
  line(`countersign approvals ${verdict} ${id} --as bo`);
  return done.exitCode === 0;
}

async function requests(home: DemoHome): Promise<readonly Record<string, unknown>[]> {
  const { json } = await runCommand(home, ['approvals', 'list']);
  return Object.values(json).map((one) => Object.fromEntries(Object.entries(one as object)));
}

async function stateOf(home: DemoHome, amount: string, state: string): Promise<Record<string, unknown> | undefined> {
  return (await requests(home)).find((one) => one['amount'] === amount && one['state'] === state);
}

async function isOpen(home: DemoHome): Promise<boolean> {
  return (await requests(home)).some(({ state }) => state === 'requested');
}

/** The request that waits. */
async function waiting(home: DemoHome): Promise<Waiting> {
  let found: Record<string, unknown> | undefined;
  await until(async () => (found = (await requests(home)).find(({ state }) => state === 'requested')) !== undefined);
  return { id: String(found?.['id']), amount: String(found?.['amount']) };
}

const LONGEST_MS = 60_000;

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LONGEST_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error('the demo waited for something that did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How many refunds of this amount the payment server executed. */
async function executed(home: DemoHome, amountMinor: number): Promise<number> {
  const text = await readFile(home.ledgerFile, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((entry) => entry !== '');
  return lines.filter((entry) => (JSON.parse(entry) as { amountMinor: unknown }).amountMinor === amountMinor).length;
}
