import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, makeHome } from '../../e2e/support/home.ts';

const GOOD = {
  version: 1,
  rules: [
    { id: 'reads', tools: ['kind:read'], effect: 'allow' },
    { id: 'refunds', tools: ['kind:refund'], effect: 'allow' },
    { id: 'ceiling', tools: ['kind:refund'], effect: 'deny', when: { amount: { gt: '500 USD' } } },
    { id: 'once', tools: ['kind:refund'], effect: 'limit', limit: { calls: 1, per: 'day', key: ['reference'] } },
  ],
};
const LOOSE = '{ "version": 1, "rules": [\n  { "id": "charges", "tools": ["kind:charge"], "effect": "allow" }\n] }\n';
const FAULTY =
  'version: 1\nrules:\n  - id: a\n    tools: ["kind:refnd"]\n    effect: allow\n  - id: a\n    tools: ["*"]\n    effect: maybe\n';
const config = (policies: object) => ({
  version: 1,
  upstreams: { pay: { command: 'true', provider: 'sandbox' } },
  policies,
  grants: { support: { principal: 'ana@acme.example', policies: ['good'], upstreams: ['pay'] } },
});

let home: Home;
beforeAll(async () => {
  home = await makeHome(config({ good: 'policies/good.json' }), {
    'policies/good.json': JSON.stringify(GOOD),
    'loose.json': LOOSE,
    'faulty.yaml': FAULTY,
  });
});
afterAll(() => home.remove());

const at = (name: string): string => join(home.directory, name);

describe('when policies are checked', () => {
  it('passes what is whole', async () => {
    expect(await home.run(['policy', 'check', at('policies/good.json')])).toMatchObject({
      exitCode: 0,
      stdout: '1 policy checked: nothing found',
    });
    expect(await home.run(['policy', 'check', '--json'])).toMatchObject({
      exitCode: 0,
      stdout: '{"ok":true,"findings":[]}',
    });
  });

  it('prints faults with their places like a compiler', async () => {
    const { exitCode, stdout } = await home.run(['policy', 'check', at('faulty.yaml')]);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(`^${at('faulty.yaml')}:4:13: error bad_selector: unknown kind \`refnd\``),
    );
    expect(stdout).toContain('faulty.yaml:8:13: error');
    expect(stdout.split('\n').at(-1)).toMatch(/^1 policy checked: \d errors$/);
  });

  it('answers findings with severity, code, file, line, column, path and message', async () => {
    const { exitCode, stdout } = await home.run(['policy', 'check', at('loose.json'), '--json']);
    expect(exitCode).toBe(1);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Record<string, unknown>[] };
    expect(ok).toBe(false);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      severity: 'warning',
      code: 'money_without_bound',
      file: at('loose.json'),
      line: 2,
      column: 11,
      path: '/rules/0/id',
    });
    expect(findings[0]?.['message']).toMatch(
      /^rule `charges` allows `charge` \(.*\) without a bound: no `limit` on the amount/,
    );
  });

  it('lets warnings pass if it is told to, and no error', async () => {
    expect(await home.run(['policy', 'check', '--allow-warnings', at('loose.json')])).toMatchObject({ exitCode: 0 });
    expect(await home.run(['policy', 'check', '--allow-warnings', at('faulty.yaml')])).toMatchObject({ exitCode: 1 });
  });

  it('refuses a file that is not there', async () => {
    const { exitCode, stderr } = await home.run(['policy', 'check', at('none.json')]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no such file');
  });
});

describe('when every policy of a configuration is checked', () => {
  it('finds the faults of each, and what no grant uses', async () => {
    const room = await makeHome(
      config({ good: GOOD, spare: 'spare.json', bad: { version: 1, rules: [{}] }, gone: 'gone.json' }),
      {
        'spare.json': LOOSE,
      },
    );
    const { exitCode, stdout } = await room.run(['policy', 'check', '--json']);
    expect(exitCode).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { severity: string; code: string; path: string }[] };
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['policy_unreadable', 'money_without_bound', 'unused_policy']),
    );
    expect(
      findings.filter(({ path }) => path.startsWith('/policies/bad/')).every(({ severity }) => severity === 'error'),
    ).toBe(true);
    await room.remove();
  });

  it('tells the faults of the configuration itself apart by the exit code', async () => {
    const room = await makeHome('{ "version": 2 }');
    const { exitCode, stdout } = await room.run(['policy', 'check', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, findings: [{ severity: 'error', line: 1 }] });
    await room.remove();
  });
});
