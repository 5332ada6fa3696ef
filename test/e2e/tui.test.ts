/** The approver's screen as people run it: the real command in a pseudo-terminal, beside a real gateway. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { bankConfig, executedMinor, signOff } from './support/bank.ts';
import { makeHome } from './support/home.ts';
import { filesBelow, mark, placesOf } from './support/canaries.ts';
import { approvalsOf, enrol, passphraseOf, runWith } from './support/operators.ts';
import { RawClient, words } from './support/raw-client.ts';
import { show } from './support/screen.ts';

describe('when a person signs on the screen', () => {
  it('shows the call in full, keeps hostile words in their box, and runs what was signed', async () => {
    const home = await makeHome({});
    onTestFinished(() => home.remove());
    const config = await bankConfig(home.room, { agent: [signOff()] }, { approvals: { wait: '30s' } });
    await home.rewrite(config);
    const client = new RawClient(home, await home.issue('agent'));
    onTestFinished(() => client.kill());
    await client.initialize();
    await enrol(home, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(home, 'bo', { roles: ['finance'] }, 'ada');

    const screen = show(home, ['tui', '--as', 'bo']);
    await screen.until(/nothing waits/);
    const reference = '\u001b[2J\u001b[1;1HAMOUNT 1.00 USD \u202eDEVORPPA\r\nAPPROVED';
    const answer = client.call('refund', { amount: 600_00, currency: 'USD', reference });
    await screen.until(/600\.00 USD.*bank\/refund/);
    screen.type('\r');
    await screen.until(/AMOUNT {5}600\.00 USD/);
    expect(screen.lines().find((line) => line.startsWith(' AMOUNT'))).toMatch(/^ AMOUNT {5}600\.00 USD\s*$/);
    expect(screen.lines().join('\n')).not.toMatch(/\u202e|^ ?APPROVED/m);
    // Approving is off until the request has been on the screen for a moment.
    await expect
      .poll(
        () => {
          screen.type('a');
          return screen.lines().join('\n');
        },
        { timeout: 15_000, interval: 300 },
      )
      .toMatch(/Passphrase of your key, to approve 600\.00 USD/);
    screen.type(`\u0015${passphraseOf('bo')}\r`);
    await screen.until(/approved; it runs/);
    expect((await answer).result?.content?.[0]?.text).toBe('did refund');
    expect(executedMinor(home)).toBe(600_00);
    expect(screen.lines().join('\n')).not.toContain(passphraseOf('bo'));

    // The stop is signed, too, and holds at once.
    screen.type('F');
    await screen.until(/Stop ALL calls/);
    screen.type('freeze\r');
    await screen.until(/Passphrase of your key, to stop ALL calls/);
    screen.type(`${passphraseOf('bo')}\r`);
    await screen.until(/every call is frozen/);
    expect(words(await client.call('look', {}))).toContain('frozen');
    expect(home.records().filter(({ kind }) => kind === 'grants_frozen')).toMatchObject([
      { actor: { by: 'operator', name: 'bo' }, scope: 'all' },
    ]);
    const { ok, faults } = JSON.parse((await home.run(['audit', 'verify', '--json'])).stdout) as Record<
      string,
      unknown
    >;
    expect({ ok, faults }).toEqual({ ok: true, faults: [] });
  });

  it('says whether the key of the server is live, before and in the open request, and holds no key', async () => {
    const home = await makeHome({});
    onTestFinished(() => home.remove());
    const config = await bankConfig(home.room, { agent: [signOff()] }, { approvals: { wait: '1s' } });
    const { bank } = config['upstreams'] as { bank: { env: Record<string, unknown> } };
    bank.env['BANK_KEY'] = { secret: 'bank-key' };
    await home.rewrite(config);
    const keys = { live: `sk_live_${mark()}`, test: `sk_test_${mark()}` };
    await home.seal('bank-key', keys.live);
    const token = await home.issue('agent');
    await enrol(home, 'ada', { roles: ['admin'], identities: ['agent@acme.example'] });
    await enrol(home, 'bo', { roles: ['finance'] }, 'ada');
    const screen = show(home, ['tui', '--as', 'bo']);
    await screen.until(/nothing waits/);

    const client = new RawClient(home, token);
    onTestFinished(() => client.kill());
    await client.initialize();
    await client.call('refund', { amount: 600_00, currency: 'USD' });
    await screen.until(/600\.00 USD LIVE .*bank\/refund/);
    screen.type('\r');
    await screen.until(/^ REQUEST ap-\S+ {2}? ?LIVE KEY .*waiting/m);
    const [live] = await approvalsOf(home);
    expect((await home.run(['approvals', 'show', live!.id])).stdout).toContain('\nkey        LIVE\n');

    // Another version of the key is another request, and says of itself what it is.
    await runWith(home, ['secret', 'set', 'bank-key', '--as', 'ada'], [passphraseOf('ada')], undefined, keys.test);
    screen.type('\u001b');
    await client.call('refund', { amount: 700_00, currency: 'USD' });
    await screen.until(/700\.00 USD test .*bank\/refund/);
    expect(screen.lines().join('\n')).toMatch(/600\.00 USD LIVE /);
    const written = [...filesBelow(home.room), { where: 'the screen', bytes: Buffer.from(screen.lines().join('\n')) }];
    expect(Object.values(keys).flatMap((key) => placesOf(key, written))).toEqual([]);
  });

  it.each([
    [['--as', 'eve'], /there is no operator/],
    [[], /required option/],
  ])('says what is missing: %j', async (args, words) => {
    const home = await makeHome({ version: 1 });
    onTestFinished(() => home.remove());
    const { exitCode, stderr } = await home.run(['tui', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
  });
});
