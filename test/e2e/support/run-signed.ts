/** What an installation with operators writes into its log besides: who signs, who may not, and what comes of it. */
import { bankConfig, signOff, usd } from './bank.ts';
import { type Home, makeHome } from './home.ts';
import { approvalsOf, enrol, passphraseOf, runWith, sign } from './operators.ts';
import { RawClient } from './raw-client.ts';

/** The home with all its records; the caller removes it. */
export async function runSigned(): Promise<Home> {
  const home = await makeHome({});
  const config = await bankConfig(home.room, { agent: [signOff()] }, { approvals: { wait: '2m' } });
  await home.rewrite(config);
  const token = await home.issue('agent');
  const ada = await enrol(home, 'ada', { roles: ['admin', 'policy', 'approver'], identities: ['agent@acme.example'] });
  await enrol(home, 'bo', { roles: ['finance'] }, 'ada');
  await enrol(home, 'cy', { roles: ['approver'] }, 'ada');
  await approvals(home, token);
  await must(home, ['operator', 'revoke', 'cy', '--as', 'ada'], 'ada');
  await home.rewrite({ ...config, trust: { root: String(ada['fingerprint']) } });
  await must(home, ['activate', '--as', 'ada'], 'ada');
  return home;
}

async function must(home: Home, args: readonly string[], as: string): Promise<void> {
  const done = await runWith(home, args, [passphraseOf(as)]);
  if (done.exitCode !== 0) throw new Error(`countersign ${args.join(' ')}: ${done.stderr}`);
}

/** One call that somebody approves, after another was not allowed to, and one that he rejects. */
async function approvals(home: Home, token: string): Promise<void> {
  const client = new RawClient(home, token);
  await client.initialize();
  for (const [amount, verdict] of [
    [600_00, 'approve'],
    [700_00, 'reject'],
  ] as const) {
    const answer = client.call('refund', usd(amount));
    const id = await waiting(home);
    if (verdict === 'approve') await sign(home, verdict, id, 'cy');
    const signed = await sign(home, verdict, id, 'bo');
    if (signed.exitCode !== 0) throw new Error(`${verdict}: ${signed.stderr}`);
    await answer;
  }
  await client.close();
}

/** The request that waits, once it does. */
async function waiting(home: Home): Promise<string> {
  for (let n = 0; n < 100; n += 1) {
    const found = (await approvalsOf(home)).find(({ state }) => state === 'requested');
    if (found !== undefined) return found.id;
  }
  throw new Error('no request waits');
}
