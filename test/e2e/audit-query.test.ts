import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, type Home, makeHome, recorder, tool } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const POLICY = {
  version: 1,
  default: 'deny',
  rules: [{ id: 'refunds', tools: ['bank/refund'], effect: 'allow', when: { 'args.amount': { lte: 50 } } }],
};

let home: Home;
let token: string;
beforeAll(async () => {
  home = await makeHome({});
  const bank = await recorder(home.room, 'bank', [tool('refund', { amount: { type: 'integer' } })], {
    tools: { refund: { kind: 'read' } },
  });
  await home.rewrite({
    version: 1,
    audit: { rotate: { size: '16KiB' } },
    upstreams: { bank },
    policies: { real: POLICY },
    grants: { agent: { principal: 'a@acme.example', policies: ['real'], upstreams: ['bank'] } },
  });
  token = await home.issue('agent');
});
afterAll(() => home.remove());

/** A gateway that does some work, from its start to its end. */
async function gateway(calls: number): Promise<void> {
  const client = new RawClient(home, token);
  await client.initialize();
  for (let amount = 1; amount <= calls; amount += 1) await client.call('refund', { amount: amount * 5 });
  await client.close();
}

/** A command that goes on, and what it printed so far. */
class Going {
  readonly child: ChildProcessWithoutNullStreams;
  text = '';
  stderr = '';

  constructor(...words: string[]) {
    this.child = spawn(process.execPath, [BIN, 'audit', ...words], { env: { PATH: process.env['PATH'], ...home.env } });
    this.child.stdout.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** Resolves when it has printed something of the kind. */
  async prints(wanted: string | RegExp): Promise<void> {
    while (this.text.search(wanted) === -1) await once(this.child.stdout, 'data');
  }

  async end(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]> {
    const ended = once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    this.child.kill(signal);
    return ended;
  }
}

function logLines(): string[] {
  const folder = join(home.directory, 'audit');
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

function readings(): Record<string, unknown>[] {
  return home.records().filter(({ kind }) => kind === 'log_read');
}

describe('audit export --follow', () => {
  it('gives every record once, of the past and of gateways that work meanwhile, over new files', async () => {
    await gateway(20);
    const working = gateway(40);
    const exporting = new Going('export', '--format', 'ocsf', '--follow');
    await exporting.prints('"kind":"outcome"');
    await Promise.all([working, gateway(30)]);
    await home.run(['freeze', '--grant', 'agent']);
    await exporting.prints('"kind":"grants_frozen"');
    // What was written before the freeze may stand in files that were looked at just before.
    for (const line of logLines()) await exporting.prints(escaped(line));
    expect(await exporting.end('SIGTERM')).toEqual([0, null]);
    expect([...exporting.lines].sort()).toEqual(logLines().sort());
    expect(readdirSync(join(home.directory, 'audit')).length).toBeGreaterThan(6);
    expect(exporting.stderr).toBe('');
    await home.run(['unfreeze', '--grant', 'agent']);
  });

  it('is recorded when it begins, and follows the conditions too', async () => {
    const exporting = new Going('export', '--format', 'csv', '--kind', 'grants_unfrozen', '-f');
    await exporting.prints('grants_unfrozen');
    expect(readings().at(-1)).toMatchObject({
      does: 'export',
      records: null,
      options: ['--format csv', '--kind', '--follow'],
    });
    await home.run(['freeze', '--money']);
    await home.run(['unfreeze']);
    await exporting.prints(/grants_unfrozen[^]*grants_unfrozen/);
    expect(await exporting.end('SIGINT')).toEqual([0, null]);
    expect(exporting.text).not.toContain('grants_frozen');
    expect(exporting.text.match(/^time,kind,/gm)).toHaveLength(1);
  });

  it('ends quietly when nobody reads on', async () => {
    const exporting = new Going('export', '--format', 'ecs', '-f');
    await exporting.prints('@timestamp');
    const ended = once(exporting.child, 'close') as Promise<[number | null]>;
    exporting.child.stdout.destroy();
    await home.run(['freeze', '--money']);
    await home.run(['unfreeze']);
    expect((await ended)[0]).toBe(0);
    expect(exporting.stderr).toBe('');
  });
});

function escaped(line: string): RegExp {
  return new RegExp(line.slice(0, 200).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

describe('audit query', () => {
  it('finds what gateways recorded', async () => {
    const { stdout, exitCode } = await home.run(['audit', 'query', '--decision', 'deny', '--since', '1h', '--json']);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    // Of 20, 40 and 30 calls, the first ten each were within the rule.
    expect(lines).toHaveLength(60);
    const times = lines.map((line) => (JSON.parse(line) as { time: number }).time);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(logLines()).toEqual(expect.arrayContaining(lines));
    const one = await home.run(['audit', 'query', '--grant', 'agent', '--kind', 'outcome', '--limit', '1']);
    expect(one.stdout).toMatch(/^20.*Z outcome {11}ok {7}agent {12}bank\/refund {18}rule refunds, .*\d+ ms$/);
  });

  it('is recorded, also when its reader leaves before the end', async () => {
    const before = readings().length;
    const reading = new Going('query', '--json');
    const ended = once(reading.child, 'close') as Promise<[number | null]>;
    await once(reading.child.stdout, 'data');
    reading.child.stdout.destroy();
    expect((await ended)[0]).toBe(0);
    expect(reading.stderr).toBe('');
    expect(readings().slice(before)).toMatchObject([{ does: 'query', options: ['--json'] }]);
  });
});

describe('audit tail --follow', () => {
  it('is recorded when it begins, and shows the last records and then what comes', async () => {
    const tailing = new Going('tail', '-f', '-n', '2');
    await tailing.prints('log_read');
    expect(readings().at(-1)).toMatchObject({ does: 'tail', records: null, options: ['--follow'] });
    await home.run(['freeze', '--money']);
    await tailing.prints('grants_frozen');
    await home.run(['unfreeze']);
    await tailing.prints('grants_unfrozen');
    expect((await tailing.end('SIGKILL'))[1]).toBe('SIGKILL');
    // A checkpoint follows every record of the admin stream, and the last may still be on its way.
    const kinds = tailing.lines.map((line) => /^\S+ (\w+)/.exec(line)?.[1]).filter((kind) => kind !== 'checkpoint');
    expect(kinds.slice(-3)).toEqual(['log_read', 'grants_frozen', 'grants_unfrozen']);
    expect(tailing.lines.length).toBeLessThanOrEqual(8);
  });
});
