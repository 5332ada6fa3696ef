/** The demo's own home: a configuration, two policies, two grants, in a temporary directory that nobody else can read. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the demo lives for ten seconds. */
export interface DemoHome {
  readonly directory: string;
  /** What the sandbox executed, one JSON line each: the ledger to hold the log against. */
  readonly ledgerFile: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** The file that the npm package's `bin` names. */
export function launcher(): string {
  return process.argv[1] ?? '';
}

const SUPPORT = {
  version: 1,
  description: 'Support looks payments up and gives refunds in USD; above 100 somebody of finance signs.',
  default: 'deny',
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    {
      id: 'refund-reason',
      tools: ['kind:refund'],
      effect: 'require',
      when: { reason: { present: true } },
      message: 'Every refund needs a reason.',
    },
    { id: 'refund-ceiling', tools: ['kind:refund'], effect: 'deny', when: { amount: { gt: '500 USD' } } },
    {
      id: 'sign-off',
      tools: ['kind:refund'],
      effect: 'approve',
      when: { amount: { gt: '100 USD' } },
      approve: { count: 1, roles: ['finance'] },
    },
    {
      id: 'quick',
      tools: ['kind:refund'],
      effect: 'approve',
      when: { amount: { gt: '400 USD' } },
      approve: { count: 1, roles: ['finance'], expire: '2s' },
    },
    { id: 'no-ledger', tools: ['sandbox/get_ledger'], effect: 'hide' },
  ],
};

const FINANCE = {
  version: 1,
  description: 'Finance charges up to 10,000, 1,000 a day in all, and pays out in USD only.',
  default: 'deny',
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'charges', tools: ['kind:charge', 'kind:payout'], effect: 'allow' },
    {
      id: 'charge-ceiling',
      tools: ['kind:charge'],
      effect: 'deny',
      when: { amount: { gt: { USD: '10000', EUR: '9000' } } },
    },
    { id: 'usd-payouts', tools: ['kind:payout'], effect: 'deny', when: { currency: { not_in: ['USD'] } } },
    {
      id: 'daily-charges',
      tools: ['kind:charge'],
      effect: 'limit',
      limit: { amount: { USD: '1000', EUR: '900' }, per: 'day', timezone: 'UTC' },
    },
  ],
};

/** Makes the home, whose gateways wait so long for a person. The caller removes it. */
export async function makeDemoHome(wait: string): Promise<DemoHome> {
  const room = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  const directory = join(room, 'home');
  const ledgerFile = join(room, 'ledger.jsonl');
  await mkdir(directory, { mode: 0o700 });
  await mkdir(join(directory, 'policies'), { mode: 0o700 });
  await writeFile(join(directory, 'policies', 'support.json'), pretty(SUPPORT), { mode: 0o600 });
  await writeFile(join(directory, 'policies', 'finance.json'), pretty(FINANCE), { mode: 0o600 });
  await writeFile(join(directory, 'countersign.config.json'), pretty(configuration(ledgerFile, wait)), { mode: 0o600 });
  const env = { COUNTERSIGN_HOME: directory, COUNTERSIGN_KEYRING: 'off' };
  return { directory, ledgerFile, env, remove: () => rm(room, { recursive: true, force: true }) };
}

function configuration(ledgerFile: string, wait: string): unknown {
  const grant = (principal: string, policy: string): unknown => ({
    principal,
    policies: [policy],
    upstreams: ['sandbox'],
  });
  return {
    version: 1,
    upstreams: {
      sandbox: {
        command: process.execPath,
        args: [launcher(), 'sandbox'],
        env: { SANDBOX_API_KEY: { secret: 'sandbox-key' }, SANDBOX_LEDGER_FILE: ledgerFile },
        provider: 'sandbox',
      },
    },
    policies: { support: 'policies/support.json', finance: 'policies/finance.json' },
    grants: {
      'support-agent': grant('support@acme.example', 'support'),
      'finance-agent': grant('finance@acme.example', 'finance'),
    },
    approvals: { wait },
  };
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
