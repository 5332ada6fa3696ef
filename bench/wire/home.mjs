// A real installation in a temporary directory, made with the product's own commands: a policy with rules, the audit log
// on, the embedded store, accepted servers, an issued token.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const BIN = join(ROOT, 'bin', 'countersign.js');
export const ECHO = join(ROOT, 'bench', 'wire', 'targets', 'echo.mjs');
const run = promisify(execFile);

/** Fourteen rules, as a grant of a support team has them; three of them are about the call that is measured. */
const POLICY = {
  version: 1,
  default: 'deny',
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    { id: 'charges', tools: ['kind:charge', 'kind:payout'], effect: 'allow' },
    { id: 'no-wild-reads', tools: ['kind:read'], effect: 'deny', when: { 'args.customer': { eq: '*' } } },
    { id: 'small-pages', tools: ['kind:read'], effect: 'require', when: { any: [{ 'args.limit': { lte: 100 } }, { not: { 'args.limit': { present: true } } }] } }, // prettier-ignore
    { id: 'refund-reason', tools: ['kind:refund'], effect: 'require', when: { reason: { present: true } } },
    { id: 'charge-ceiling', tools: ['kind:charge'], effect: 'deny', when: { amount: { gt: '10000 USD' } } },
    { id: 'usd-payouts', tools: ['kind:payout'], effect: 'deny', when: { currency: { not_in: ['USD'] } } },
    { id: 'payout-hours', tools: ['kind:payout'], effect: 'deny', when: { 'time.hour': { lt: 8 } } },
    { id: 'sign-off', tools: ['kind:refund'], effect: 'approve', when: { amount: { gt: '500 USD' } }, approve: { count: 1, roles: ['finance'] } }, // prettier-ignore
    { id: 'daily-charges', tools: ['kind:charge'], effect: 'limit', limit: { amount: { USD: '5000' }, per: 'day' } },
    { id: 'once', tools: ['kind:refund'], effect: 'limit', limit: { calls: 1, per: 'day', key: ['reference'] } },
    { id: 'no-cancels', tools: ['kind:subscription'], effect: 'hide' },
    { id: 'no-mandates', tools: ['kind:mandate'], effect: 'deny' },
  ],
};

const upstream = (startupMs) => ({
  command: process.execPath,
  args: [ECHO],
  ...(startupMs === 0 ? {} : { env: { STARTUP_MS: String(startupMs) } }),
  tools: { echo: { kind: 'read' }, size: { kind: 'read' } },
});

/** An installation with these servers, by name: how long each takes to start. */
export async function makeHome(servers, more = {}) {
  const room = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const home = join(room, 'home');
  mkdirSync(home, { mode: 0o700 });
  const config = {
    version: 1,
    upstreams: Object.fromEntries(Object.entries(servers).map(([name, ms]) => [name, { ...upstream(ms), ...more }])),
    policies: { support: POLICY },
    grants: { agent: { principal: 'agent@acme.example', policies: ['support'], upstreams: Object.keys(servers) } },
  };
  writeFileSync(join(home, 'countersign.config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, COUNTERSIGN_HOME: home, COUNTERSIGN_KEYRING: 'off' };
  const command = async (...args) => (await run(process.execPath, [BIN, ...args], { env })).stdout;
  for (const name of Object.keys(servers)) await command('upstream', 'review', name, '--accept', '--json');
  const { token } = JSON.parse(await command('grant', 'issue', 'agent', '--json'));
  return {
    directory: home,
    target: { args: [BIN], env: { ...env, COUNTERSIGN_TOKEN: token } },
    remove: () => rmSync(room, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}
