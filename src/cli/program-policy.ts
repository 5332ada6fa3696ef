/** The `policy` commands: check, test, explain, edit, compare and import policies. */
import type { Command } from 'commander';
import type { EditOptions } from './commands/policy-edit.ts';
import { type Common, type ConfigOption, type End, example, signed } from './program-parts.ts';

/** Adds the group to the command tree. */
export function addPolicy(program: Command, end: End): void {
  const policy = program
    .command('policy')
    .description('check, test, explain, edit, compare and import policies; none of it calls a server');
  const config = (): { config: string | undefined } => ({ config: program.opts<{ config?: string }>().config });
  addCheck(policy, end, config);
  addTest(policy, end);
  addExplain(policy, end, config);
  addShadow(policy, end);
  addDiff(policy, end, config);
  addImport(policy, end);
  addEdit(policy, end, config);
}

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

function addShadow(policy: Command, end: End): void {
  policy
    .command('shadow')
    .description(
      'count, from the audit log, the calls that the shadow policies of a grant would have decided otherwise',
    )
    .option('--grant <name>', 'only calls of this grant')
    .option('--since <date>', 'only calls since an ISO date or date-time')
    .option('--json', 'print {compared, changed, changes}')
    .addHelpText('after', example('countersign policy shadow --grant support-agent --since 2027-01-31'))
    .action((options: Common & { grant?: string; since?: string }) =>
      end(import('./commands/policy-shadow.ts').then((it) => it.shadow(options))),
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

function addImport(policy: Command, end: End): void {
  policy
    .command('import <file>')
    .description(
      'turn a PolicyLayer policy (JSON) or an Intercept policy (YAML), version "1", into one of ours;\nsays what became of each construct, and writes nothing if a restriction could not be kept',
    )
    .requiredOption('--upstream <name>', 'the upstream whose tools the policy is about')
    .option('--out <file>', 'write the policy there instead of stdout; a file that exists is left alone')
    .option('--format <name>', '`policylayer` or `intercept` (default: what the document looks like)')
    .option('--partial', 'deny the tools of whatever could not be kept, and write the rest')
    .option('--json', 'print {policy, notes}')
    .addHelpText(
      'after',
      example(
        'countersign policy import intercept.yaml --upstream stripe --out policies/stripe.json',
        'countersign policy import policy.json --upstream stripe --partial --json',
      ),
    )
    .action((file: string, options: Common & { upstream: string; out?: string; format?: string; partial?: boolean }) =>
      end(import('./commands/policy-import.ts').then((it) => it.importFile(file, options))),
    );
}

function addEdit(policy: Command, end: End, config: ConfigOption): void {
  const command = policy
    .command('edit <policy>')
    .description(
      'change a policy in a terminal: the tools and their state, rules by form, and what becomes of calls;\nthe policy is a file, or a name of the configuration. With one of the options below, the same without a screen',
    )
    .option('--upstream <name...>', 'the tools of these upstreams (default: all of the configuration)')
    .option('--provider <name>', 'the tools of this provider; then no configuration is needed')
    .option('--list', 'print every tool with its state, kind, money and rules, and change nothing')
    .option('--allow <tool...>', 'allow these tools')
    .option('--deny <tool...>', 'deny these tools')
    .option('--hide <tool...>', 'deny these tools, and keep them out of the list')
    .option('--add-rule <json...>', 'add a rule, before that of --before or behind all others')
    .option('--set-rule <json...>', 'put a rule into the place of the one with its id')
    .option('--remove-rule <id...>', 'remove a rule')
    .option('--move-rule <id>', 'move a rule, before that of --before or behind all others')
    .option('--before <id>', 'the rule that --add-rule or --move-rule puts it before')
    .option('--dry-run', 'show which decisions change, and save nothing')
    .option('--json', 'print {policy, file, saved, diff}');
  signed(command)
    .addHelpText(
      'after',
      example(
        'countersign policy edit support',
        'countersign policy edit policies/support.json --provider stripe --hide stripe/create_coupon --dry-run',
        `countersign policy edit support --add-rule '{"id": "no-payouts", "tools": ["kind:payout"], "effect": "deny"}' --as pat`,
      ),
    )
    .action((name: string, options: Omit<EditOptions, 'config'>) =>
      end(import('./commands/policy-edit.ts').then((it) => it.edit(name, { ...options, ...config() }))),
    );
}
