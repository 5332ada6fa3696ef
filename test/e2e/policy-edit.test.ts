/** Editing a policy through the real binary: by options, and by hand on the screen. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bankConfig, executedMinor, usd } from './support/bank.ts';
import { BIN, type Home, makeHome } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';
import { decisionOf, RawClient, words } from './support/raw-client.ts';
import { show } from './support/screen.ts';

const POLICY = `// Who may do what with the bank.
{
  "version": 1,
  "rules": [
    // Everything that the bank can do.
    { "id": "all", "tools": ["kind:read", "money"], "effect": "allow" }, // for now
    { "id": "ceiling", "tools": ["money"], "effect": "deny", "when": { "amount": { "gt": "900 USD" } } }
  ]
}
`;
const CEILING = { id: 'ceiling', tools: ['money'], effect: 'deny', when: { amount: { gt: '300 USD' } } };

describe('when a policy is edited', () => {
  let home: Home;
  let file: string;
  beforeEach(async () => {
    home = await makeHome({});
    file = join(home.directory, 'policies', 'bank.json');
    mkdirSync(join(home.directory, 'policies'), { mode: 0o700 });
    writeFileSync(file, POLICY, { mode: 0o640 });
    const config = await bankConfig(home.room, { agent: [] });
    await home.rewrite({ ...config, policies: { agent: 'policies/bank.json' } });
    return () => home.remove();
  });
  const edit = (...args: string[]) => home.run(['policy', 'edit', 'agent', ...args]);
  const edits = () => home.records().filter(({ kind }) => kind === 'policy_edited');

  it('takes effect with the next call of a running gateway, keeps comments, order and mode, and is recorded', async () => {
    const client = new RawClient(home, await home.issue('agent'));
    onTestFinished(() => client.kill());
    await client.initialize();
    expect((await client.call('refund', usd(400_00))).result?.isError).not.toBe(true);
    const done = await edit('--set-rule', JSON.stringify(CEILING), '--json');
    expect(done.exitCode, done.stderr).toBe(0);
    const printed = JSON.parse(done.stdout) as { saved: boolean; diff: { changes: unknown[] } };
    expect(printed).toMatchObject({ policy: 'agent', file, saved: true });
    expect(readFileSync(file, 'utf8')).toBe(POLICY.replace('900 USD', '300 USD'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(decisionOf(await client.call('refund', usd(400_00)))).toMatchObject({ decision: 'deny', rule: 'ceiling' });
    expect(executedMinor(home)).toBe(400_00);
    expect(edits()).toMatchObject([
      { policy: 'agent', actor: { by: 'os-user' }, changes: printed.diff.changes.length, looser: 0 },
    ]);
  });

  it('lists the tools with their state, and hides one from the agent', async () => {
    const token = await home.issue('agent');
    const listed = JSON.parse((await edit('--list', '--json')).stdout) as { tool: string; state: string }[];
    expect(listed.find(({ tool }) => tool === 'bank/look')).toMatchObject({
      state: 'allow',
      kinds: ['read'],
      rules: ['all'],
    });
    expect(listed.find(({ tool }) => tool === 'bank/pay')).toMatchObject({
      ...{ state: 'custom', rules: ['all', 'ceiling'] },
      money: 'amount (minor), currency in currency',
    });
    expect((await edit('--hide', 'bank/refund', '--deny', 'bank/look')).exitCode).toBe(0);
    const client = new RawClient(home, token);
    onTestFinished(() => client.kill());
    await client.initialize();
    expect(await client.tools()).not.toContain('refund');
    expect(words(await client.call('look', {}))).toContain('denied-tools');
  });

  it('shows what would change and saves nothing with --dry-run', async () => {
    const done = await edit('--remove-rule', 'ceiling', '--dry-run');
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toContain('deny -> allow  bank/refund');
    expect(done.stderr).toContain('permitting more');
    expect(done.stderr).toContain('nothing was saved');
    expect(readFileSync(file, 'utf8')).toBe(POLICY);
    expect(edits()).toEqual([]);
  });

  it.each([
    ['a policy that there is not', ['nobody'], 'no file and no policy `nobody`'],
    ['a tool that there is not', ['agent', '--allow', 'bank/nothing'], 'has no known tool `nothing`'],
    ['a tool of no upstream', ['agent', '--allow', 'shop/pay'], 'is no tool of an upstream here'],
    ['a rule that there is not', ['agent', '--remove-rule', 'nothing'], 'has no rule `nothing`'],
    ['a rule that is no JSON', ['agent', '--add-rule', '{id: x}'], 'is no rule in JSON'],
    [
      'a rule with a fault',
      ['agent', '--add-rule', '{"id":"x","tools":["nothing"],"effect":"deny"}'],
      'is no selector',
    ],
    ['a place for nothing', ['agent', '--hide', 'bank/pay', '--before', 'all'], '--before says where'],
    [
      'a tool that another rule denies',
      ['agent', '--allow', 'bank/pay', '--set-rule', JSON.stringify({ ...CEILING, when: undefined })],
      'would still decide',
    ],
    [
      'a key that stands twice',
      ['agent', '--add-rule', '{"id":"x","tools":["*"],"effect":"deny","effect":"allow"}'],
      'no rule in JSON: ',
    ],
    ['a rule without a name', ['agent', '--set-rule', '{"tools":["*"],"effect":"deny"}'], 'it has no `id`'],
    ['a list and a change', ['agent', '--list', '--hide', 'bank/pay'], 'takes no change beside it'],
    ['a tool that is named twice', ['agent', '--allow', 'bank/pay', '--deny', 'bank/pay'], '`bank/pay` is named twice'],
    ['nothing to change', ['agent', '--dry-run'], 'nothing is to be changed'],
    ['a screen without a terminal', ['agent'], 'this is no terminal'],
  ])('refuses %s and leaves the file', async (_what, args, says) => {
    const done = await home.run(['policy', 'edit', ...args]);
    expect(done.exitCode, done.stderr).toBe(2);
    expect(done.stderr).toContain(says);
    expect(readFileSync(file, 'utf8')).toBe(POLICY);
  });

  it('is about the policy of the configuration, whatever else is called so', async () => {
    const file2 = join(home.room, 'agent');
    writeFileSync(file2, '{"version":1,"rules":[]}');
    const { stdout } = await execa(process.execPath, [BIN, 'policy', 'edit', 'agent', '--hide', 'bank/pay', '--json'], {
      cwd: home.room,
      env: home.env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ saved: true, file });
    expect(readFileSync(file2, 'utf8')).toBe('{"version":1,"rules":[]}');
    const other = await home.run(['policy', 'edit', file2, '--add-rule', '{"id":"x","tools":["*"],"effect":"deny"}']);
    expect(other.stderr).toContain('no gateway reads it');
  });

  it('is refused for a policy that stands in the configuration itself, which says what to do', async () => {
    await home.rewrite(await bankConfig(home.room, { agent: [] }));
    const done = await edit('--hide', 'bank/pay');
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('move it to one');
  });

  it('leaves a link a link, and a folder that cannot be written as it is', async () => {
    const real = join(home.directory, 'real.json');
    renameSync(file, real);
    symlinkSync(real, file);
    expect((await edit('--hide', 'bank/pay')).exitCode).toBe(0);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('hidden-tools');
  });

  it('takes an operator with the role policy once there are operators, who can do nothing else', async () => {
    await enrol(home, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(home, 'pat', { roles: ['policy'] }, 'ada');
    await enrol(home, 'fin', { roles: ['finance'] }, 'ada');
    const as = (name: string, ...args: string[]) => runWith(home, [...args, '--as', name], [passphraseOf(name)]);
    const unsigned = await edit('--hide', 'bank/pay');
    expect(unsigned.exitCode).toBe(2);
    expect(unsigned.stderr).toContain('an operator with the role policy or admin, by signature');
    const wrong = await as('fin', 'policy', 'edit', 'agent', '--hide', 'bank/pay');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('`fin` has not the role policy');
    expect(readFileSync(file, 'utf8')).toBe(POLICY);
    expect((await as('pat', 'policy', 'edit', 'agent', '--hide', 'bank/pay')).exitCode).toBe(0);
    expect(edits()).toMatchObject([{ actor: { by: 'operator', name: 'pat' } }]);
    const minted = await as('pat', 'grant', 'issue', 'agent');
    expect(minted.exitCode).toBe(2);
    expect(minted.stderr).toContain('has not the role admin');
    const verified = await home.run(['audit', 'verify', '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, faults: [] });
  });

  it('by hand: a rule from a form, its effect at once, the changes before it is saved', async () => {
    chmodSync(file, 0o600);
    const screen = show(home, ['policy', 'edit', 'agent'], { cols: 80, rows: 24 });
    await screen.until(/bank\/die.*custom/);
    screen.type('/bank/refund\r');
    await screen.until(/only with: bank\/refund/);
    screen.type('n');
    await screen.until(/a new rule/);
    screen.type('\u0015small-only\u001b[B');
    await screen.until(/›effect/);
    // approve → allow → deny
    screen.type('\u001b[C\u001b[C\u001b[B\u001b[B\u001b[C');
    await screen.until(/when\s+‹ amount ›/);
    screen.type('\u001b[B\u001b[B');
    await screen.until(/what\? the value is empty/);
    screen.type('50 USD');
    await screen.until(/deny\s+refund of 50\.01 USD.*small-only/);
    screen.type('\r');
    await screen.until(/rule `small-only` is new/);
    screen.type('s');
    await screen.until(/allow -> deny bank\/refund/);
    screen.type('y');
    await screen.until(/saved `.*bank\.json`/);
    expect(readFileSync(file, 'utf8')).toContain(
      `    { "id": "small-only", "tools": ["bank/refund"], "effect": "deny", "when": { "amount": { "gt": "50 USD" } } }`,
    );
    expect(readFileSync(file, 'utf8')).toContain('// for now');
  });

  it('by hand: says why a tool cannot be allowed, undoes, and asks before it drops what was changed', async () => {
    const screen = show(home, ['policy', 'edit', 'agent'], { cols: 80, rows: 24 });
    await screen.until(/bank\/die.*custom/);
    screen.type('x');
    await screen.until(/bank\/die.*hide/);
    screen.type('u');
    await screen.until(/the last change is undone/);
    screen.type('u');
    await screen.until(/there is nothing to undo/);
    screen.type('d');
    await screen.until(/bank\/die.*deny/);
    screen.type('q');
    await screen.until(/drop what was changed\?/);
    screen.type('n');
    await screen.until(/nothing was done/);
    // Somebody else writes the file: what was done is kept on the screen.
    writeFileSync(file, POLICY.replace('900', '901'), { mode: 0o600 });
    screen.type('sy');
    await screen.until(/somebody else changed/);
    await screen.until(/bank\/die.*deny/);
    expect(readFileSync(file, 'utf8')).toContain('901 USD');
  });
});
