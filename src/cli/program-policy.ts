/** The `policy` commands: check, test, explain, compare and import policies. */
import type { Command } from 'commander';
import type { ExitCode } from './report.ts';

/** Waits for a command's work and keeps what the process shall end with. */
type End = (work: Promise<ExitCode>) => Promise<void>;

interface Common {
  readonly json?: boolean;
}

/** Adds the group to the command tree. */
export function addPolicy(program: Command, end: End): void {
  const policy = program
    .command('policy')
    .description('check, test, explain, compare and import policies; none of it calls a server');
  const config = (): { config: string | undefined } => ({ config: program.opts<{ config?: string }>().config });
  addCheck(policy, end, config);
  addTest(policy, end);
  addExplain(policy, end, config);
  addDiff(policy, end, config);
}

/** What `--config` said. */
type ConfigOption = () => { config: string | undefined };

function addCheck(policy: Command, end: End, config: ConfigOption): void {
  policy
    .command('check [files...]')
    .description('find the faults of policy files, and what is likely not meant; without files, of every policy in use')
    .option('--allow-warnings', 'exit 0 if there are warnings and no error')
    .option('--json', 'print {ok, findings}')
    .addHelpText('after', example('countersign policy check', 'countersign policy check policies/*.json --json'))
    .action((files: string[], options: Common & { allowWarnings?: boolean }) =>
      end(import('./commands/policy-check.ts').then((it) => it.check(files, { ...options, ...config() }))),
    );
}

function addTest(policy: Command, end: End): void {
  policy
    .command('test <files...>')
    .description('run the cases of policy test files: what each call must be decided as, and by which rule')
    .option('--json', 'print {ok, passed, failed, cases}')
    .addHelpText('after', example('countersign policy test policies/support.test.yaml'))
    .action((files: string[], options: Common) =>
      end(import('./commands/policy-test.ts').then((it) => it.test(files, options))),
    );
}

function addExplain(policy: Command, end: End, config: ConfigOption): void {
  policy
    .command('explain')
    .description('say what one call would be decided as, and why; nothing is sent or counted')
    .requiredOption('--grant <name>', 'the grant whose policies decide')
    .requiredOption('--call <file>', 'a JSON file {tool, arguments, time?}, or - for stdin')
    .option('--json', 'print {decision, rule, pointer, obligations, trace, policyHash}')
    .addHelpText(
      'after',
      example(
        'countersign policy explain --grant support-agent --call refund.json',
        `echo '{"tool": "stripe/create_refund", "arguments": {"payment_intent": "pi_1", "amount": 60000}}' |`,
        '  countersign policy explain --grant support-agent --call -',
      ),
    )
    .action((options: Common & { grant: string; call: string }) =>
      end(import('./commands/policy-explain.ts').then((it) => it.explain({ ...options, ...config() }))),
    );
}

function addDiff(policy: Command, end: End, config: ConfigOption): void {
  policy
    .command('diff <a> <b>')
    .description(
      'list the decisions that change when policy B takes the place of A, over calls at every boundary of either;\na policy is a file, - for stdin, or a name of the configuration',
    )
    .option('--upstream <name...>', 'only these upstreams (default: all of the configuration)')
    .option('--provider <name>', 'compare on the tools of this provider; then no configuration is needed')
    .option('--json', 'print {changes, compared, counters, cut, notCompared}')
    .addHelpText(
      'after',
      example(
        'countersign policy diff policies/support.json policies/support-next.json',
        'git show HEAD:policies/support.json | countersign policy diff - policies/support.json --provider stripe',
      ),
    )
    .action((a: string, b: string, options: Common & { upstream?: string[]; provider?: string }) =>
      end(import('./commands/policy-diff.ts').then((it) => it.diff(a, b, { ...options, ...config() }))),
    );
}

/** The part of a help text that shows how a command is typed. */
function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
