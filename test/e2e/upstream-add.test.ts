/** `upstream add` through the real binary: what it writes, what it refuses, and what has to come after it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome, RECORDER, tool } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';

const CONFIG = `// The servers of acme.
{
  "version": 1,
  "upstreams": {
    // Euros.
    "eu": { "command": "node", "args": ["eu.mjs"] } // for now
  },
  "grants": {}
}
`;
const KEY = 'sk_test_aaaabbbbccccddddeeee';

let home: Home;
let file: string;

beforeEach(async () => {
  home = await makeHome(CONFIG);
  file = join(home.directory, 'countersign.config.json');
  return () => home.remove();
});

const add = (...args: string[]) => home.run(['upstream', 'add', ...args]);
const text = (): string => readFileSync(file, 'utf8');
const added = () => home.records().filter(({ kind }) => kind === 'upstream_added');

describe('when an upstream is added', () => {
  it('adds it and nothing else, keeps comments, order and mode, records it, and says what is next', async () => {
    const args = [
      'us',
      '--env',
      'KEY=secret:us-live',
      '--env',
      'MODE=fast=1',
      '--provider',
      'stripe',
      '--prefix',
      'u_',
    ];
    const { exitCode, stdout, stderr } = await add(...args, '--', 'npx', '-y', '@stripe/mcp', '--tools=all', '--json');
    expect(exitCode, stderr).toBe(0);
    expect(text()).toBe(
      CONFIG.replace(
        '"eu": { "command": "node", "args": ["eu.mjs"] } // for now\n',
        `"eu": { "command": "node", "args": ["eu.mjs"] }, // for now
    "us": {
      "command": "npx",
      "args": ["-y", "@stripe/mcp", "--tools=all", "--json"],
      "env": { "KEY": { "secret": "us-live" }, "MODE": "fast=1" },
      "provider": "stripe",
      "prefix": "u_"
    }
`,
      ),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stdout).toContain('+     "us": {');
    expect(stderr).toContain(
      'with a second upstream the tools of `eu` are listed as `eu_…`; "prefix": "" keeps their names',
    );
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual([
      '  hint: countersign secret set us-live',
      '  hint: now countersign upstream review us',
    ]);
    expect(added()).toMatchObject([{ upstream: 'us', pairing: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
    const review = JSON.parse((await home.run(['upstream', 'review', 'us', '--json'])).stdout) as unknown;
    expect(review).toMatchObject({
      paired: false,
      starts: 'npx -y @stripe/mcp --tools=all --json',
      secrets: ['us-live as KEY'],
    });
  }, 30_000);

  it('adds one that can be reviewed and used', async () => {
    writeFileSync(join(home.room, 'tools.json'), JSON.stringify([tool('look', {})]));
    const env = ['--env', `TOOLS_FILE=${join(home.room, 'tools.json')}`, `CALLS_FILE=${join(home.room, 'calls')}`];
    const done = await add('bank', ...env, '--json', '--', process.execPath, RECORDER);
    expect(JSON.parse(done.stdout)).toMatchObject({ upstream: 'bank', file, saved: true, missingSecrets: [] });
    const accepted = await home.accept('bank');
    expect(accepted.exitCode, accepted.stderr).toBe(0);
    const { pairing } = home.records().find(({ kind }) => kind === 'upstream_accepted') ?? {};
    expect(added()[0]?.['pairing']).toBe(pairing);
  }, 30_000);

  it('adds a remote one', async () => {
    await home.seal('paypal', 'Bearer value-of-paypal');
    const options = ['--header', 'Authorization=secret:paypal', '--header', 'X-Version=3', '--json'];
    const done = await add('paypal', '--url', 'https://mcp.paypal.com/mcp', ...options);
    expect(JSON.parse(done.stdout)).toMatchObject({
      entry: {
        ...{ url: 'https://mcp.paypal.com/mcp', headers: { Authorization: { secret: 'paypal' }, 'X-Version': '3' } },
      },
      missingSecrets: [],
    });
    expect(text()).toContain('"paypal": {');
  }, 30_000);

  it('makes the configuration where there is none', async () => {
    const none = join(home.room, 'new.json');
    const done = await home.run(['--config', none, 'upstream', 'add', 'eu', '--', 'node', 'eu.mjs']);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(JSON.parse(readFileSync(none, 'utf8'))).toEqual({
      ...{ version: 1, upstreams: { eu: { command: 'node', args: ['eu.mjs'] } } },
    });
  }, 30_000);

  it('changes nothing in a dry run', async () => {
    const { exitCode, stdout, stderr } = await add('us', '--dry-run', '--', 'node', 'us.mjs');
    expect([exitCode, text(), added()]).toEqual([0, CONFIG, []]);
    expect(stdout).toContain('+     "us": { "command": "node", "args": ["us.mjs"] }');
    expect(stderr).toContain('nothing was saved');
  });

  it('takes an admin, by signature, once there are operators', async () => {
    await enrol(home, 'ada', { roles: ['admin'] });
    const refused = await add('us', '--', 'node', 'us.mjs');
    expect([refused.exitCode, text()]).toEqual([2, CONFIG]);
    expect(refused.stderr).toContain('`upstream add` takes an admin, by signature');
    const args = ['upstream', 'add', 'us', '--url', 'https://a.example/mcp', '--as', 'ada'];
    const done = await runWith(home, args, [passphraseOf('ada')]);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(added()).toMatchObject([{ upstream: 'us', actor: { by: 'operator', name: 'ada' } }]);
    expect(JSON.parse((await home.run(['audit', 'verify', '--json'])).stdout)).toMatchObject({ ok: true });
  }, 60_000);
});

describe('when an upstream cannot be added', () => {
  const command = ['--', 'node', 'us.mjs'];

  it.each<[string, string[], string]>([
    ['a name that is there', ['eu', ...command], 'there is an upstream `eu` already'],
    ['a name that is none', ['U S', ...command], '`U S` cannot be added'],
    ['neither command nor address', ['us'], 'either a command or an address'],
    ['both', ['us', '--url', 'https://a.example/mcp', ...command], 'either a command or an address'],
    ['a header for a command', ['us', '--header', 'A=b', ...command], '--header is for addresses'],
    ['a variable for an address', ['us', '--url', 'https://a.example/mcp', '--env', 'A=b'], '--env is for commands'],
    ['a variable without a value', ['us', '--env', KEY, ...command], 'what stands behind --env is not NAME=VALUE'],
    ['a variable twice', ['us', '--env', 'A=b', 'A=c', ...command], '--env names `A` twice'],
    ['a secret without a name', ['us', '--env', 'A=secret:', ...command], '`us` cannot be added'],
    ['a prefix that is taken', ['us', '--prefix', 'eu_', ...command], 'have the same prefix'],
    ['a provider that is none', ['us', '--provider', 'no such', ...command], '`us` cannot be added'],
    ['plain HTTP', ['us', '--url', 'http://a.example/mcp'], 'expected `https://`'],
  ])('refuses %s, and writes nothing', async (_what, args, words) => {
    const { exitCode, stderr } = await add(...args);
    expect([exitCode, text(), added()]).toEqual([2, CONFIG, []]);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(KEY);
  });

  it.each<[string, string[]]>([
    ['a variable', ['us', '--env', `STRIPE_SECRET_KEY=${KEY}`, ...command]],
    ['a variable by its name', ['us', '--env', 'API_TOKEN=0123456789abcdef0123', ...command]],
    ['an argument', ['us', '--', 'npx', '@stripe/mcp', `--api-key=${KEY}`]],
    ['an argument of its own', ['us', '--', 'npx', '@stripe/mcp', '--api-key', KEY]],
    [
      'a header of a bridge',
      ['us', '--', 'npx', 'mcp-remote', 'https://a.example', '--header', `Authorization: Bearer ${KEY}`],
    ],
    ['a header', ['us', '--url', 'https://a.example/mcp', '--header', `Authorization=Bearer ${KEY}`]],
    ['an address', ['us', '--url', `https://a.example/mcp?token=${KEY}`]],
    ['the user of an address', ['us', '--url', `https://user:${KEY}@a.example/mcp`]],
  ])('refuses a credential in %s, points to `secret set`, and repeats nothing of it', async (_what, args) => {
    for (const dry of [[], ['--dry-run']]) {
      const { exitCode, stdout, stderr } = await add(...dry, ...args);
      expect([exitCode, text(), added()]).toEqual([2, CONFIG, []]);
      expect(stderr).toMatch(/countersign secret set us-key|put them into `headers` as a secret/);
      expect(stdout + stderr).not.toMatch(/aaaabbbbccccddddeeee|0123456789abcdef/);
    }
  });

  it('refuses where the configuration has a fault already, and where it was made for a version to come', async () => {
    writeFileSync(file, CONFIG.replace('"version": 1', '"version": 1, "later": {}'));
    const { exitCode, stderr } = await add('us', ...command);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('countersign.config.json');
    expect(text()).not.toContain('us.mjs');
    expect(existsSync(join(home.directory, 'audit'))).toBe(false);
  });
});
