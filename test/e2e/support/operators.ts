/** People with keys, registered through the real commands, for tests of approvals. */
import { execa } from 'execa';
import { BIN, type Finished, type Home } from './home.ts';

export const passphraseOf = (name: string): string => `the long passphrase of ${name}`;

/** Runs a command with passphrases on the descriptors from 3 on. */
export async function runWith(
  home: Home,
  args: readonly string[],
  passphrases: readonly string[],
  options: readonly string[] = ['--passphrase-fd', '--new-passphrase-fd'],
  input?: string,
): Promise<Finished> {
  const given = passphrases.flatMap((_, index) => [options[index] ?? '', String(index + 3)]);
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args, ...given], {
    env: home.env,
    stdio: [
      input === undefined ? 'ignore' : Buffer.from(input),
      'pipe',
      'pipe',
      ...passphrases.map((text) => [Buffer.from(`${text}\n`), 'pipe'] as never),
    ],
    reject: false,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

interface Who {
  readonly roles?: readonly string[];
  readonly person?: string;
  readonly identities?: readonly string[];
  readonly limits?: readonly string[];
}

/** Registers an operator; the first is the trust root. Throws if the command fails. */
export async function enrol(home: Home, name: string, who: Who = {}, as?: string): Promise<Record<string, unknown>> {
  const { roles = ['approver'], person = `${name} of Acme`, identities = [`${name}@acme.example`], limits = [] } = who;
  const many = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value]);
  const what = [...many('--role', roles), ...many('--identity', identities), ...many('--limit', limits)];
  const args = ['operator', 'add', name, '--person', person, ...what, '--json'];
  const done =
    as === undefined
      ? await runWith(home, args, [passphraseOf(name)])
      : await runWith(home, [...args, '--as', as], [passphraseOf(as), passphraseOf(name)]);
  if (done.exitCode !== 0) throw new Error(`operator add ${name}: exit ${done.exitCode}: ${done.stderr}`);
  return JSON.parse(done.stdout) as Record<string, unknown>;
}

/** A request as `approvals list --json` prints it. */
export interface ListedApproval {
  readonly id: string;
  readonly grant: string;
  readonly principal: string | null;
  readonly tool: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly recipient: string | null;
  readonly reason: string | null;
  readonly rule: string | null;
  readonly hash: string;
  readonly state: string;
  readonly outcome: string | null;
}

export async function approvalsOf(home: Home): Promise<readonly ListedApproval[]> {
  const { stdout, stderr, exitCode } = await home.run(['approvals', 'list', '--json']);
  if (exitCode !== 0) throw new Error(`approvals list: exit ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as ListedApproval[];
}

/** Signs an answer. */
export function sign(
  home: Home,
  verdict: 'approve' | 'reject',
  id: string,
  as: string,
  passphrase = passphraseOf(as),
): Promise<Finished> {
  return runWith(home, ['approvals', verdict, id, '--as', as, '--json'], [passphrase]);
}
