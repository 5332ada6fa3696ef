/** Once there are operators, what changes an installation takes one of them, by signature. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/state/index.ts';
import { NO_SSH_KEYGEN } from '../support/ssh-keygen.ts';
import { bankConfig } from './support/bank.ts';
import { type Finished, type Home, makeHome } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';

const as = (home: Home, operator: string, args: readonly string[], option = '--as'): Promise<Finished> =>
  runWith(home, [...args, option, operator], [passphraseOf(operator)]);

const ADMIN_COMMANDS: readonly (readonly string[])[] = [
  ['grant', 'issue', 'agent'],
  ['grant', 'rotate', 'agent'],
  ['grant', 'revoke', 'agent'],
  ['upstream', 'review', 'bank', '--accept'],
  ['unfreeze'],
  ['quota', 'reset', '--grant', 'agent', '--rule', 'daily', '--yes'],
];

describe('when there is an operator', () => {
  let home: Home;
  beforeAll(async () => {
    home = await makeHome({});
    const daily = { id: 'daily', tools: ['money'], effect: 'limit', limit: { amount: { USD: '100' }, per: 'day' } };
    await home.rewrite(await bankConfig(home.room, { agent: [daily] }));
    expect((await home.run(['secret', 'set', 'before'], 'value')).exitCode).toBe(0);
    await enrol(home, 'ada', { roles: ['admin'] });
    await enrol(home, 'pat', { roles: ['policy'] }, 'ada');
  }, 60_000);
  afterAll(() => home.remove());

  it.each(ADMIN_COMMANDS)('%s %s takes an admin, by signature', async (...args) => {
    const words = args.filter((one) => one !== '');
    const nobody = await home.run(words);
    expect([nobody.exitCode, nobody.stdout]).toEqual([2, '']);
    expect(nobody.stderr).toMatch(/takes an admin, by signature[\s\S]*--as NAME/);
    const policy = await as(home, 'pat', words);
    expect([policy.exitCode, policy.stdout]).toEqual([2, '']);
    expect(policy.stderr).toMatch(/`pat` has not the role admin/);
    const wrong = await runWith(home, [...words, '--as', 'ada'], ['not the passphrase']);
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, '']);
    const admin = await as(home, 'ada', words);
    expect(admin.exitCode, admin.stderr).toBe(0);
  });

  it('lets no policy operator seal, change or remove a secret', async () => {
    for (const args of [
      ['secret', 'set', 'stripe'],
      ['secret', 'remove', 'before'],
    ]) {
      const refused = await as(home, 'pat', args);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(/`pat` has not the role admin/);
    }
    const listed = JSON.parse((await home.run(['secret', 'list', '--json'])).stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(['before']);
    expect((await as(home, 'ada', ['secret', 'remove', 'before'])).exitCode).toBe(0);
  });

  it('lets every operator stop calls', async () => {
    const frozen = await as(home, 'pat', ['freeze']);
    expect(frozen.exitCode, frozen.stderr).toBe(0);
    expect((await as(home, 'ada', ['unfreeze'])).exitCode).toBe(0);
  });

  it('lets a policy operator do all policy work without a signature', async () => {
    for (const args of [
      ['policy', 'check'],
      ['quota', 'list'],
      ['grant', 'list'],
      ['doctor', '--offline'],
    ])
      expect([0, 1]).toContain((await home.run(args)).exitCode);
  });

  it('proves in the log who did it', async () => {
    const records = home.records().filter(({ kind }) => kind === 'grant_issued');
    expect(records).toMatchObject([
      { actor: { by: 'operator', name: 'ada', fingerprint: expect.stringMatching(/^SHA256:/) as string } },
    ]);
    const verify = await home.run(['audit', 'verify', '--json']);
    expect(JSON.parse(verify.stdout)).toMatchObject({ ok: true, faults: [] });
  });
});

describe('what a forger writes', () => {
  it('is found: a verdict or an act whose signature is not that of its record', async () => {
    const home = await makeHome({});
    onTestFinished(() => home.remove());
    await home.rewrite(await bankConfig(home.room, { agent: [] }));
    await enrol(home, 'ada', { roles: ['admin'] });
    expect((await as(home, 'ada', ['grant', 'issue', 'agent'])).exitCode).toBe(0);
    expect(JSON.parse((await home.run(['audit', 'verify', '--json'])).stdout)).toMatchObject({
      ok: true,
      signatures: 2,
    });
    const folder = join(home.directory, 'audit');
    const file = readdirSync(folder).find((name) => name.startsWith('admin'))!;
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    // Whoever can rewrite the whole chain and its head can still not sign: the chain alone is repaired here, as he would.
    const found = async (from: string, to: string): Promise<string[]> => {
      writeFileSync(join(folder, file), lines.map((line) => line.replace(from, to)).join('\n'));
      const { stdout } = await home.run(['audit', 'verify', '--json']);
      return (JSON.parse(stdout) as { faults: { code: string }[] }).faults.map(({ code }) => code);
    };
    expect(await found('"grant_issued"', '"grant_revoked"')).toContain('signature_differs');
    expect(await found('"operator_added"', '"operator_revoked"')).toContain('signature_differs');
    expect(await found('"operator":"ada"', '"operator":"eve"')).toContain('signature_differs');
    expect(await found('\\"roles\\":[\\"admin\\"]', '\\"roles\\":[\\"admin\\",\\"finance\\"]')).toContain(
      'signature_bad',
    );
  });

  it('is believed by nobody: a record of an operator put straight into the store', async () => {
    const home = await makeHome({});
    const thief = await makeHome({ version: 1 });
    onTestFinished(() => Promise.all([home.remove(), thief.remove()]).then(() => undefined));
    await home.rewrite(await bankConfig(home.room, { agent: [] }));
    await enrol(home, 'ada', { roles: ['admin'] });
    await enrol(thief, 'eve', { roles: ['admin', 'approver'] });
    const theirs = await openSqliteStore(join(thief.directory, 'state.db'));
    const ours = await openSqliteStore(join(home.directory, 'state.db'));
    for (const record of await theirs.operators.list()) await ours.operators.add(record);
    await Promise.all([theirs.close(), ours.close()]);
    const listed = await home.run(['operator', 'list', '--json']);
    expect(listed.exitCode).toBe(1);
    expect((JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['ada']);
    expect(listed.stderr).toMatch(/is not believed: its signer was no operator/);
    expect((await as(home, 'eve', ['grant', 'issue', 'agent'])).stderr).toMatch(/there is no operator `eve`/);
  });
});

describe.skipIf(NO_SSH_KEYGEN.isMissing)(`when the key is an SSH key${NO_SSH_KEYGEN.why}`, () => {
  it('signs through ssh-keygen, with a key file or an agent', async () => {
    const home = await makeHome({});
    onTestFinished(() => home.remove());
    await home.rewrite(await bankConfig(home.room, { agent: [] }));
    const key = join(home.room, 'id_ed25519');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key]);
    const add = ['operator', 'add', 'ada', '--person', 'Ada', '--role', 'admin', '--ssh-key', key, '--json'];
    const added = await home.run(add);
    expect(added.exitCode, added.stderr).toBe(0);
    const issued = await home.run(['grant', 'issue', 'agent', '--as', 'ada', '--ssh-key', key]);
    expect(issued.exitCode, issued.stderr).toBe(0);
    const agentless = await home.run(['grant', 'issue', 'agent', '--as', 'ada']);
    expect(agentless.exitCode).toBe(3);
    expect(agentless.stderr).toMatch(/ssh-keygen did not sign[\s\S]*ssh-add/);
    const agent = agentWith(key);
    const { SSH_AUTH_SOCK: before } = home.env;
    home.env['SSH_AUTH_SOCK'] = agent;
    const throughAgent = await home.run(['grant', 'issue', 'agent', '--as', 'ada']);
    expect(throughAgent.exitCode, throughAgent.stderr).toBe(0);
    if (before === undefined) delete home.env['SSH_AUTH_SOCK'];
    const other = join(home.room, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    const wrong = await home.run(['grant', 'issue', 'agent', '--as', 'ada', '--ssh-key', other]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toMatch(/the signature does not count/);
    expect(JSON.parse((await home.run(['audit', 'verify', '--json'])).stdout)).toMatchObject({
      ok: true,
      signatures: 3,
    });
  });
});

/** An agent that holds the key, for as long as the test runs. Answers its socket. */
function agentWith(key: string): string {
  const said = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
  const socket = /SSH_AUTH_SOCK=([^;]+)/.exec(said)?.[1] ?? '';
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  onTestFinished(() => {
    process.kill(pid);
  });
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return socket;
}
