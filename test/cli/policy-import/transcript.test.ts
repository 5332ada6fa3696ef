import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome } from '../../e2e/support/home.ts';
import type { Home } from '../../e2e/support/home.ts';
import { INTERCEPT, POLICY_LAYER } from './corpus.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome({ version: 1, upstreams: {}, policies: {}, grants: {} });
});
afterEach(() => home.remove());

async function file(name: string, text: string): Promise<string> {
  const path = join(home.room, name);
  await writeFile(path, text);
  return path;
}

describe('when `policy import` keeps everything', () => {
  it('prints the policy on stdout and what became of each construct on stderr', async () => {
    const path = await file('intercept.yaml', INTERCEPT['a cap on an amount'] ?? '');
    const { exitCode, stdout, stderr } = await home.run(['policy', 'import', path, '--upstream', 'stripe']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, default: 'deny' });
    expect(stderr).toMatch(/intercept\.yaml:6:9 +\/tools\/create_refund\/rules\/0 +rule requiring it/);
  });

  it('writes a file that `policy check` finds no fault in', async () => {
    for (const [format, documents] of [
      ['yaml', INTERCEPT],
      ['json', POLICY_LAYER],
    ] as const) {
      for (const [index, text] of [...Object.values(documents).entries()].slice(1, 5)) {
        const path = await file(`source-${index}.${format}`, text);
        const out = join(home.room, `out-${format}-${index}.json`);
        expect((await home.run(['policy', 'import', path, '--upstream', 'stripe', '--out', out])).exitCode).toBe(0);
        const checked = await home.run(['policy', 'check', out, '--json']);
        const { findings } = JSON.parse(checked.stdout) as { findings: { severity: string }[] };
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      }
    }
  });

  it('leaves a file alone that is there already', async () => {
    const path = await file('intercept.yaml', 'version: "1"');
    const out = await file('mine.json', 'mine');
    const { exitCode, stderr } = await home.run(['policy', 'import', path, '--upstream', 'stripe', '--out', out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it is there already');
    expect(await readFile(out, 'utf8')).toBe('mine');
  });
});

describe('when `policy import` cannot keep a restriction', () => {
  const SUM = `version: "1"
tools:
  create_charge:
    rules:
      - conditions: [{ path: state.create_charge.spend, op: lte, value: 100000 }]
        state: { counter: spend, window: day, increment_from: args.amount }
`;

  it('writes nothing, ends with 1 and says where', async () => {
    const path = await file('intercept.yaml', SUM);
    const out = join(home.room, 'out.json');
    const done = await home.run(['policy', 'import', path, '--upstream', 'stripe', '--out', out]);
    expect(done.exitCode).toBe(1);
    expect(existsSync(out)).toBe(false);
    expect(done.stdout).toBe('');
    expect(done.stderr).toMatch(/intercept\.yaml:5:22 .* REFUSED condition on a counter/);
    expect(done.stderr).toContain(
      'nothing was written: 1 construct(s) could not be kept, and without them more would be permitted',
    );
  });

  it('prints {policy, notes} with no policy', async () => {
    const path = await file('intercept.yaml', SUM);
    const done = await home.run(['policy', 'import', path, '--upstream', 'stripe', '--json']);
    const { policy, notes } = JSON.parse(done.stdout) as { policy: unknown; notes: Record<string, string>[] };
    expect(policy).toBeNull();
    expect(notes.find(({ refused }) => refused !== undefined)).toMatchObject({
      path: '/tools/create_charge/rules/0/conditions/0',
    });
  });

  it('denies the tool with --partial', async () => {
    const path = await file('intercept.yaml', SUM);
    const out = join(home.room, 'out.json');
    const done = await home.run(['policy', 'import', path, '--upstream', 'stripe', '--out', out, '--partial']);
    expect(done.exitCode).toBe(1);
    const { rules } = JSON.parse(await readFile(out, 'utf8')) as { rules: object[] };
    expect(rules[0]).toMatchObject({ tools: ['stripe/create_charge'], effect: 'deny' });
  });
});

describe('when what `policy import` is given cannot be read', () => {
  it.each([
    [
      'a file with a fault',
      'p.json',
      '{ "version": "1", "version": "1" }',
      ['--upstream', 's'],
      /p\.json:1:19: .*duplicate key/,
    ],
    ['another version', 'p.json', '{ "version": "2" }', ['--upstream', 's'], /expected `version: "1"`/],
    [
      'a mixture of both formats',
      'p.json',
      '{ "version": "1", "all_tools": {}, "tools": { "a": { "rules": [] } } }',
      ['--upstream', 's'],
      /say which it is with --format/,
    ],
    [
      'an upstream that cannot be',
      'p.json',
      '{ "version": "1" }',
      ['--upstream', 'A B'],
      /`A B` cannot be the name of an upstream/,
    ],
    [
      'a format that is not known',
      'p.json',
      '{ "version": "1" }',
      ['--upstream', 's', '--format', 'x'],
      /there is no format `x`/,
    ],
    [
      'a file ending that is not read',
      'p.json',
      '{ "version": "1" }',
      ['--upstream', 's', '--out', 'x.txt'],
      /ends in \.json/,
    ],
  ])('ends with 2 for %s', async (_, name, text, options, words) => {
    const done = await home.run(['policy', 'import', await file(name, text), ...options]);
    expect(done.exitCode).toBe(2);
    expect(done.stderr).toMatch(words);
    expect(done.stdout).toBe('');
  });
});
