/** A configuration that operators sign: an edit, by whomever, changes nothing until they have. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bankConfig, executedMinor, usd } from './support/bank.ts';
import { type Finished, type Home, makeHome } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';

const CEILING = { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '300 USD' } } };

describe('when operators sign the configuration', () => {
  let template: Home;
  let home: Home;
  let token: string;
  let config: Record<string, unknown>;

  beforeAll(async () => {
    template = await makeHome({});
    const plain = await bankConfig(template.room, { agent: [CEILING] });
    await template.rewrite(plain);
    token = await template.issue('agent');
    const ada = await enrol(template, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(template, 'pat', { roles: ['policy'] }, 'ada');
    await enrol(template, 'fin', { roles: ['finance'] }, 'ada');
    config = { ...plain, trust: { root: String(ada['fingerprint']) } };
    await template.rewrite(config);
  }, 60_000);
  beforeEach(async () => {
    home = await makeHome({});
    await cp(template.directory, home.directory, { recursive: true });
    await rm(join(template.room, 'bank.calls.jsonl'), { force: true });
  });
  afterEach(() => home.remove());
  afterAll(() => template.remove());

  const as = (name: string, ...args: string[]): Promise<Finished> =>
    runWith(home, ['activate', '--as', name, ...args], [passphraseOf(name)]);
  const edited = (rules: readonly object[], more: Record<string, unknown> = {}) => ({
    ...config,
    policies: { agent: { version: 1, default: 'deny', rules } },
    ...more,
  });
  const ALL = { id: 'all', tools: ['kind:read', 'money'], effect: 'allow' };
  const active = (): string => join(home.directory, 'keys', 'active');
  const signatures = () => home.records().filter(({ kind }) => kind === 'config_signed');

  function client(): RawClient {
    const one = new RawClient(home, token);
    onTestFinished(() => one.kill());
    return one;
  }
  async function ruleFor(one: RawClient, amount: number): Promise<unknown> {
    return decisionOf(await one.call('refund', usd(amount)))?.['rule'];
  }

  it('starts nothing before somebody has signed', async () => {
    const one = client();
    await one.initialize();
    const answer = await one.call('refund', usd(100));
    expect(words(answer)).toContain('nobody has signed it yet');
    expect(executedMinor(template)).toBe(0);
    const listed = await home.run(['grant', 'list']);
    expect(listed.exitCode).toBe(2);
    expect(listed.stderr).toContain('countersign activate');
  });

  it('goes on with what was signed while an edit is not, and takes the edit up once it is', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    // Whoever may write the file loosens the policy.
    await home.rewrite(edited([ALL]));
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    const another = client();
    await another.initialize();
    expect(await ruleFor(another, 400_00)).toBe('ceiling');
    expect(executedMinor(template)).toBe(0);
    const shown = await home.run(['activate', '--dry-run']);
    expect(shown.stdout).toContain('deny -> allow  bank/refund');
    expect(shown.stderr).toContain('an operator with the role policy or admin');
    expect(shown.stderr).not.toContain('everything beside the policies');
    const signed = await as('pat', '--json');
    expect(signed.exitCode, signed.stderr).toBe(0);
    expect(JSON.parse(signed.stdout)).toMatchObject({
      inForce: true,
      missing: [],
      policies: [{ policy: 'agent', is: 'changed' }],
    });
    expect((await one.call('refund', usd(400_00))).result?.isError).not.toBe(true);
    expect(executedMinor(template)).toBe(400_00);
    expect(signatures()).toMatchObject([
      { part: 'policy', inForce: true, actor: { name: 'ada' } },
      { part: 'admin', inForce: true, actor: { name: 'ada' } },
      { part: 'policy', inForce: true, actor: { name: 'pat' } },
    ]);
    const verified = await home.run(['audit', 'verify', '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, faults: [] });
  });

  it('lets `policy edit` change what is edited, and not what is in force', async () => {
    await mkdir(join(home.directory, 'policies'), { mode: 0o700, recursive: true });
    const file = join(home.directory, 'policies', 'agent.json');
    await writeFile(file, JSON.stringify({ version: 1, rules: [ALL, CEILING] }), { mode: 0o600 });
    await home.rewrite({ ...config, policies: { agent: 'policies/agent.json' } });
    expect((await as('ada')).exitCode).toBe(0);
    const args = ['policy', 'edit', 'agent', '--remove-rule', 'ceiling', '--as', 'pat'];
    const saved = await runWith(home, args, [passphraseOf('pat')]);
    expect(saved.exitCode, saved.stderr).toBe(0);
    expect(saved.stderr).toContain('it takes effect once it is signed');
    expect(readFileSync(file, 'utf8')).not.toContain('ceiling');
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    expect((await as('pat')).exitCode).toBe(0);
    expect((await one.call('refund', usd(400_00))).result?.isError).not.toBe(true);
  });

  it('takes one of each role for an edit of both parts, in any order, and is in force only after the second', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    await home.rewrite(edited([ALL], { approvals: { wait: '7s' } }));
    const first = await as('pat');
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain('until the rest is signed, too');
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    const shown = JSON.parse((await home.run(['activate', '--dry-run', '--json'])).stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({ inForce: false, missing: ['admin'] });
    expect(shown['values']).toEqual([{ path: '/approvals', before: null, after: '{"wait":"7s"}' }]);
    expect((await as('ada')).exitCode).toBe(0);
    expect((await one.call('refund', usd(400_00))).result?.isError).not.toBe(true);
    const again = await as('ada');
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining('in force as it is edited')]);
  });

  it('puts a part in force that was signed beside another edit, and does not say so before', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    const tighter = { ...CEILING, when: { amount: { gt: '10 USD' } } };
    await home.rewrite(edited([ALL, tighter], { approvals: { wait: '7s' } }));
    expect((await as('pat')).exitCode).toBe(1);
    // The rest of the edit is taken back: both parts are signed now, and not yet in force.
    await home.rewrite(edited([ALL, tighter]));
    const shown = JSON.parse((await home.run(['activate', '--dry-run', '--json'])).stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({ inForce: false, missing: [] });
    expect((await home.run(['activate'])).exitCode).toBe(0);
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 20_00)).toBe('ceiling');
  });

  it('is followed by a gateway that started before anything had to be signed', async () => {
    await home.rewrite({ ...edited([ALL]), trust: undefined });
    const one = client();
    await one.initialize();
    expect((await one.call('refund', usd(400_00))).result?.isError).not.toBe(true);
    await home.rewrite(edited([ALL, CEILING]));
    expect((await as('ada')).exitCode).toBe(0);
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    await home.rewrite(edited([ALL]));
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
  });

  it('shows every value that is another, also where no compared call tells the difference', async () => {
    const rule = (pattern: string) => ({ ...CEILING, when: { 'args.reference': { matches: pattern } } });
    await home.rewrite(edited([ALL, rule('[a-f0-9]{40}')]));
    expect((await as('ada')).exitCode).toBe(0);
    await home.rewrite(edited([rule('[a-f0-9]{40}|zq9k.*'), ALL]));
    const { stdout } = await home.run(['activate', '--dry-run']);
    expect(stdout).toContain('/rules/ceiling/when/args.reference/matches: "[a-f0-9]{40}" -> "[a-f0-9]{40}|zq9k.*"');
    expect(stdout).toContain('/rules (order): ["all","ceiling"] -> ["ceiling","all"]');
    await home.rewrite({
      ...edited([]),
      policies: { agent2: { version: 1, default: 'allow', rules: [] } },
      grants: {},
    });
    const renamed = await home.run(['activate', '--dry-run']);
    expect(renamed.stdout).toContain('/default: nothing -> "allow"');
  });

  it('draws what the file says, and does not obey it', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    const labels = { [`z\u001b[2K\u001b[1A\nfake line`]: 'x', bidi: 'a\u202eb\u009b2J' };
    await home.rewrite({ ...config, approvals: { wait: '7s' }, labels, ...labels });
    const refused = await home.run(['activate', '--dry-run']);
    expect(refused.stdout + refused.stderr).not.toMatch(/[\u001b\u009b\u202e]/);
    const upstreams = structuredClone(config['upstreams']) as { bank: { tools: Record<string, unknown> } };
    upstreams.bank.tools[`z\u001b[2K\u001b[1A\nfake line`] = { kind: 'read' };
    await home.rewrite({ ...config, upstreams });
    const shown = await home.run(['activate', '--dry-run']);
    expect(shown.stdout + shown.stderr).not.toMatch(/[\u001b\u009b\u202e]/);
    expect(shown.stdout.split('\n').some((line) => line.startsWith('fake line'))).toBe(false);
  });

  it('signs a configuration of any name, and refuses one whose policy is not below it', async () => {
    const own = join(home.directory, 'my own config.json');
    writeFileSync(own, JSON.stringify(config), { mode: 0o600 });
    const signed = await runWith(home, ['--config', own, 'activate', '--as', 'ada'], [passphraseOf('ada')]);
    expect(signed.exitCode, signed.stderr).toBe(0);
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    const file = join(home.directory, 'loose.json');
    writeFileSync(file, JSON.stringify({ version: 1, rules: [ALL] }), { mode: 0o600 });
    await home.rewrite({ ...config, policies: { agent: file } });
    const refused = await as('ada');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('lies outside the directory of the configuration');
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    await home.rewrite({ ...config, policies: { agent: 'policies/nothing.json' } });
    expect((await as('ada')).stderr).toMatch(/a policy of the edited configuration does not load[\s\S]*does not exist/);
    expect(readdirSync(join(home.directory, 'keys')).filter((name) => name.startsWith('active'))).toHaveLength(2);
  });

  it('throws a half-signed edit away when it is edited again', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    await home.rewrite(edited([ALL], { approvals: { wait: '7s' } }));
    expect((await as('pat')).exitCode).toBe(1);
    // After pat has signed, somebody makes it more than pat has seen.
    await home.rewrite(
      edited([ALL, { id: 'x', tools: ['kind:unclassified'], effect: 'allow' }], { approvals: { wait: '7s' } }),
    );
    const shown = JSON.parse((await home.run(['activate', '--dry-run', '--json'])).stdout) as Record<string, unknown>;
    expect(shown['missing']).toEqual(['policy', 'admin']);
  });

  it.each<[string, (signed: string) => void]>([
    [
      'one byte of the policy in force',
      (folder) => change(join(folder, 'countersign.config.json'), '300 USD', '999 USD'),
    ],
    [
      'the grant in force',
      (folder) => change(join(folder, 'countersign.config.json'), 'agent@acme.example', 'other@acme.example'),
    ],
    ['a signature', (folder) => change(join(folder, 'activation.json'), '\\"nonce\\":\\"', '\\"nonce\\":\\"0')],
    ['the trust root', (folder) => change(join(folder, 'countersign.config.json'), 'SHA256:', 'SHA256:A')],
    [
      'all signatures',
      (folder) => writeFileSync(join(folder, 'activation.json'), '{"file":"countersign.config.json"}'),
    ],
  ])('runs nothing after somebody changed %s by hand', async (_what, tamper) => {
    expect((await as('ada')).exitCode).toBe(0);
    tamper(active());
    const one = client();
    await one.initialize();
    expect(words(await one.call('refund', usd(1_00)))).toMatch(
      /not signed|damaged|another trust root|cannot start|no longer/,
    );
    expect(executedMinor(template)).toBe(0);
    const doctor = JSON.parse((await home.run(['doctor', '--offline', '--json'])).stdout) as { ok: boolean };
    expect(doctor.ok).toBe(false);
  });

  it('uses what was signed whatever configuration a client names', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    const own = join(home.directory, 'own.json');
    writeFileSync(own, JSON.stringify({ ...edited([ALL]), trust: undefined }), { mode: 0o600 });
    home.env['COUNTERSIGN_CONFIG'] = own;
    onTestFinished(() => {
      delete home.env['COUNTERSIGN_CONFIG'];
    });
    const one = client();
    await one.initialize();
    expect(await ruleFor(one, 400_00)).toBe('ceiling');
    const removed = await as('ada');
    expect(removed.exitCode).toBe(2);
    expect(removed.stderr).toContain('what was signed stays in force');
  });

  it('is refused for the wrong role, another root, and an edit that does not load', async () => {
    const wrong = await as('fin');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('`fin` has not the role');
    const nobody = await home.run(['activate']);
    expect(nobody.stderr).toContain('say who with --as');
    await home.rewrite({ ...config, trust: { root: `SHA256:${'A'.repeat(43)}` } });
    expect((await as('ada')).stderr).toContain('this home trusts');
    await home.rewrite(edited([{ id: 'x', tools: [], effect: 'deny' }]));
    expect((await as('ada')).stderr).toContain('does not load');
    expect(existsSync(active())).toBe(false);
    expect(signatures()).toEqual([]);
  });

  it('does not run any more once the key that signed it was revoked before, and says so', async () => {
    const since = ['--since', new Date().toISOString()];
    await home.rewrite(edited([ALL, CEILING]));
    expect((await as('pat')).exitCode).toBe(1);
    expect((await as('ada')).exitCode).toBe(0);
    const revoked = await runWith(home, ['operator', 'revoke', 'pat', ...since, '--as', 'ada'], [passphraseOf('ada')]);
    expect(revoked.exitCode, revoked.stderr).toBe(0);
    const one = client();
    await one.initialize();
    expect(words(await one.call('refund', usd(1_00)))).toContain('revoked before');
    expect(executedMinor(template)).toBe(0);
    expect((await as('ada')).exitCode).toBe(0);
    const again = client();
    await again.initialize();
    expect((await again.call('refund', usd(1_00))).result?.isError).not.toBe(true);
  });

  it('keeps one set of files, and says in the doctor’s report that an edit waits', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    await home.rewrite(edited([ALL]));
    expect((await as('ada')).exitCode).toBe(0);
    expect(readdirSync(join(home.directory, 'keys')).filter((name) => name.startsWith('active'))).toHaveLength(2);
    await home.rewrite(config);
    const { checks } = JSON.parse((await home.run(['doctor', '--offline', '--json'])).stdout) as {
      checks: { id: string; status: string }[];
    };
    expect(checks.filter(({ id }) => id.startsWith('trust'))).toMatchObject([
      { id: 'trust', status: 'ok' },
      { id: 'trust.edited', status: 'warn' },
    ]);
  });

  it('is not fooled by another directory in the place of the one in force', async () => {
    expect((await as('ada')).exitCode).toBe(0);
    const text = readFileSync(join(active(), 'activation.json'), 'utf8');
    const own = join(home.directory, 'own');
    await home.rewrite(edited([ALL]));
    rmSync(active());
    symlinkSync(own, active());
    // A copy of the signatures beside another configuration.
    mkdirSync(own, { mode: 0o700 });
    writeFileSync(join(own, 'activation.json'), text, { mode: 0o600 });
    writeFileSync(join(own, 'countersign.config.json'), JSON.stringify(edited([ALL])), { mode: 0o600 });
    const one = client();
    await one.initialize();
    expect(words(await one.call('refund', usd(1_00)))).toContain('what was signed is another one');
    expect(executedMinor(template)).toBe(0);
  });
});

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
}
