/** Every command on the pages, run in order by the built program, in a home that is thrown away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProviderStub, startStub } from '../e2e/support/stub.ts';
import { difference } from './runner/compare.ts';
import { marked, pages, type Step } from './runner/pages.ts';
import { act, clear, put, type Setting, settle } from './runner/settings.ts';
import { type Outcome, run } from './runner/shell.ts';

/** A page may begin with three keys of operators, which are slow on purpose. */
const PATIENCE_MS = 240_000;

let stub: ProviderStub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(async () => {
  await Promise.all([stub.close(), clear()]);
});

/** The page's placeholders, replaced by what is there. */
function real(line: string, { names }: Setting): string {
  const approvals = [...names].filter(([name]) => name.startsWith('approval')).map(([, id]) => id);
  const seen: string[] = [];
  return line
    .replaceAll(/\bap(?:-[a-z0-9]{4}){3}\b/g, (id) => {
      if (!seen.includes(id)) seen.push(id);
      return approvals[seen.indexOf(id)] ?? id;
    })
    .replaceAll(/\bcountersign\/[\w]+…[^']*/g, (key) => names.get('key') ?? key)
    .replaceAll(/\bSHA256:[A-Za-z0-9+/]{43}/g, (fingerprint) => names.get('root') ?? fingerprint);
}

describe.each([...pages()])('when a reader does what %s says', (_document, steps) => {
  let setting: Setting | undefined;
  afterAll(() => setting?.remove());

  async function begin({ block: { marks } }: Step): Promise<Setting> {
    const named = marks['home'];
    if (setting !== undefined && named === undefined) return setting;
    await setting?.remove();
    setting = undefined;
    return (setting = await settle(named ?? 'shop', stub.url));
  }

  it.each(steps.map((step) => [step.block.line, step.lines[0], step] as const))(
    'line %i: %s',
    async (_line, _first, step) => {
      const there = await begin(step);
      const { marks } = step.block;
      for (const { marks: of, text } of step.files) await put(of['file']!.replace('~', there.directory), text);
      if (marks['agent'] !== undefined) await act(there, marks['agent']);
      const outcomes: Outcome[] = [];
      const exits = (marks['exit'] ?? '0').split(' ').map(Number);
      for (const [index, line] of step.lines.entries()) {
        const outcome = await run(there, real(line, there));
        outcomes.push(outcome);
        const [, key] = /with the key (\S+)/.exec(outcome.shown) ?? [];
        if (key !== undefined) there.names.set('key', key);
        expect(outcome.exit, `\`${line}\` showed:\n${outcome.shown}`).toBe(exits[index] ?? exits[0]);
      }
      if (step.output === undefined) return;
      const all = outcomes.map(({ shown }) => shown).join('\n');
      const faults = [all, outcomes.at(-1)?.shown ?? ''].map((shown) =>
        difference(step.output!.text, shown, there.directory),
      );
      if (!faults.includes(null)) expect.fail(`${step.output.document}:${step.output.line}: ${faults.at(-1) ?? ''}`);
    },
    PATIENCE_MS,
  );
});

describe('when a page shows what is not tried', () => {
  it('says why of every block of commands that is not run', () => {
    expect(marked('not run')).toMatchInlineSnapshot(`
      [
        "README.md: npm ci && npm run demo (installs packages from the registry)",
        "README.md: npm cit (installs packages, and runs the tests, of which this is one)",
        "README.md: npm run build (the tests have a program of this name)",
        "README.md: npm ci              # what the lock file says (for who develops it)",
        "CONTRIBUTING.md: npm ci (installs packages from the registry)",
        "CONTRIBUTING.md: sudo apt-get install redis-server postgresql rsyslog rsyslog-relp (installs packages of the system)",
        "CONTRIBUTING.md: npx vitest run test/core (runs the tests, of which this is one)",
        "docs/audit-reading.md: countersign audit export --format ecs --follow | vector --config siem.toml (needs Vector)",
        "docs/audit-redaction.md: rm ~/.countersign/keys/audit-hmac-202601.key* (deletes a key of a month that is over)",
        "docs/fleet.md: npm run chaos -- --kills 1000 --driver sqlite --seed 20261127 (takes hours; test/chaos runs a part of it)",
        "docs/guarded.md: npm install --global countersign (installs a service as root)",
        "docs/guarded.md: sudo -u countersign env COUNTERSIGN_HOME=/var/lib/countersign countersign secret set stripe-live (acts as the user of that service)",
        "docs/guarded.md: sudo -u countersign env COUNTERSIGN_HOME=/var/lib/countersign countersign doctor (acts as the user of that service; test/e2e/guarded.test.ts does it with users of its own)",
      ]
    `);
  });

  it('says why of every output that is not compared', () => {
    expect(marked('not compared')).toMatchInlineSnapshot(`
      [
        "docs/approvals.md: REQUEST ap-xep4-i5yc-t4rs                                                                  waiting (a screen, which test/e2e/tui.test.ts looks at)",
        "docs/policy.md: Policy stripe   tools (34)  rules (16) (a screen, which test/e2e/policy-edit.test.ts looks at)",
      ]
    `);
  });
});
