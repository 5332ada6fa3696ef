import { execa } from 'execa';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/config/read-source.ts';
import { BIN, type Home, makeHome } from '../e2e/support/home.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const STARTERS = ['creem', 'finance', 'generic', 'paypal', 'square', 'stripe', 'support'];
const CAPS = ['limits/creem', 'limits/money'];

const policyOf = (name: string): string => join('policies', `${name}.json`);
const casesOf = (name: string): string => join('policies', `${name}.test.yaml`);
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  readonly id: string;
  readonly effect: string;
}

function rulesOf(name: string): readonly Rule[] {
  const { value } = readSource(policyOf(name), textOf(policyOf(name))).part([]);
  return (value as { readonly rules: readonly Rule[] }).rules;
}

/** What `countersign …words --json` prints, and its exit code. */
async function asked<T>(...words: readonly string[]): Promise<{ readonly exitCode: number; readonly data: T }> {
  const { exitCode, stdout } = await execa(process.execPath, [BIN, ...words, '--json'], { cwd: ROOT, reject: false });
  return { exitCode: exitCode ?? -1, data: JSON.parse(stdout) as T };
}

interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly file: string;
  readonly line: number;
}

interface Case {
  readonly file: string;
  readonly ok: boolean;
  readonly name: string;
  readonly actual: { readonly rule: string | null; readonly limits: readonly string[] };
}

/** The comment that stands right above a line. */
function commentAbove(file: string, line: number): string {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, line - 1);
  const code = lines.findLastIndex((text) => !text.trimStart().startsWith('//'));
  return lines.slice(code + 1).join('\n');
}

describe('when the package ships policies', () => {
  it('ships each with its cases, and nothing beside', () => {
    const shipped = readdirSync(join(ROOT, 'policies'), { recursive: true, encoding: 'utf8' });
    const files = shipped.filter((name) => name.includes('.')).map((name) => join('policies', name));
    expect(files.sort()).toEqual([...STARTERS, ...CAPS].flatMap((name) => [policyOf(name), casesOf(name)]).sort());
  });

  it('keeps the two that the example configuration names', () => {
    expect(textOf('config.example.json')).toContain('"support": "policies/support.json"');
    expect(textOf('config.example.json')).toContain('"finance": "policies/finance.json"');
  });
});

describe('when `policy check` looks at them', () => {
  let findings: readonly Finding[] = [];
  beforeAll(async () => {
    ({
      data: { findings },
    } = await asked<{ findings: readonly Finding[] }>('policy', 'check', ...[...STARTERS, ...CAPS].map(policyOf)));
  });

  it('finds no error, and no warning that a comment above the rule does not explain', () => {
    const unexplained = findings.filter(
      ({ severity, code, file, line }) => severity === 'error' || !commentAbove(file, line).includes(`(${code})`),
    );
    expect(unexplained).toEqual([]);
  });

  it('explains only warnings that there are', () => {
    const explained = STARTERS.filter((name) => /\(refund_without_key\)/.test(textOf(policyOf(name))));
    const warned = findings.map(({ file }) => file);
    expect(warned.sort()).toEqual(explained.map((name) => join(ROOT, policyOf(name))).sort());
  });
});

describe('when `policy test` runs their cases', () => {
  let cases: readonly Case[] = [];
  let exit = -1;
  beforeAll(async () => {
    const done = await asked<{ cases: readonly Case[] }>('policy', 'test', ...[...STARTERS, ...CAPS].map(casesOf));
    exit = done.exitCode;
    cases = done.data.cases;
  });

  it('passes every case', () => {
    expect(cases.filter(({ ok }) => !ok)).toEqual([]);
    expect(exit).toBe(0);
  });

  it.each([...STARTERS, ...CAPS])('sees every rule of %s that holds something back decide a case', (name) => {
    const own = cases.filter(({ file }) => file === join(ROOT, casesOf(name)));
    const deciding = new Set(own.flatMap(({ actual: { rule, limits } }) => [rule, ...limits]));
    const rules = rulesOf(name).filter(({ effect }) => effect !== 'allow');
    expect(rules.map(({ id }) => id).filter((id) => !deciding.has(id))).toEqual([]);
  });

  it.each(STARTERS)('sees %s count no refund, because in this version that would deny it', (name) => {
    const limits = rulesOf(name).filter(({ effect }) => effect === 'limit');
    expect(limits.map(({ id }) => id)).toEqual(name === 'finance' ? ['daily-payouts'] : []);
  });
});

describe('when a grant has a starter and its caps', () => {
  const upstream = (provider: string) => ({ command: 'unused', provider, currency: { assume: 'USD' } });
  const grant = (name: string, caps: string) => ({
    ...{ principal: `${name}@acme.example`, policies: [name, caps] },
    upstreams: ['generic', 'support', 'finance'].includes(name) ? ['stripe', 'paypal', 'square'] : [name],
  });
  let home: Home;
  beforeAll(async () => {
    const caps = (name: string): string => (name === 'creem' ? 'limits/creem' : 'limits/money');
    const files = [...STARTERS, ...CAPS].map((name) => [policyOf(name), textOf(policyOf(name))] as const);
    const config = {
      version: 1,
      upstreams: Object.fromEntries(['stripe', 'paypal', 'square', 'creem'].map((name) => [name, upstream(name)])),
      policies: Object.fromEntries(
        [...STARTERS, ...CAPS].map((name) => [name.replace('limits/', 'limits-'), policyOf(name)]),
      ),
      grants: Object.fromEntries(STARTERS.map((name) => [name, grant(name, caps(name).replace('limits/', 'limits-'))])),
    };
    home = await makeHome(config, Object.fromEntries(files));
  });
  afterAll(() => home.remove());

  it('leaves `policy check` nothing to warn of', async () => {
    const { exitCode, stdout, stderr } = await home.run(['policy', 'check', '--json']);
    expect(stderr).toBe('');
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(exitCode).toBe(0);
  });
});
