/** `approvals.notify`, each way against the real thing: a program, an HTTP server, the desktop's own command. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { notifier } from '../../src/cli/approvals/notify.ts';
import { brandAs, type ApprovalId, type GrantName, type ToolName } from '../../src/core/ids.ts';

const NEWS = {
  approval: brandAs<ApprovalId>('ap-k3fa-7qde-m2xz'),
  grant: brandAs<GrantName>('support'),
  tool: brandAs<ToolName>('stripe/create_refund'),
  rule: 'sign-off',
  expiresMs: Date.UTC(2027, 2, 1, 12),
};
const TOLD = {
  ...{ approval: 'ap-k3fa-7qde-m2xz', grant: 'support', tool: 'stripe/create_refund', rule: 'sign-off' },
  expiresAt: '2027-03-01T12:00:00.000Z',
  text: 'A call of stripe/create_refund by support waits for approval ap-k3fa-7qde-m2xz (rule sign-off) until 2027-03-01T12:00:00.000Z',
};
const NOBODY = { command: null, webhook: null, desktop: false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-notify-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** A program that keeps its input and its arguments. */
function program(name: string): string {
  const file = join(folder, name);
  const keep = `cat > '${folder}/input'; env > '${folder}/env'; printf '%s\\n' "$@" > '${folder}/args.part'; mv '${folder}/args.part' '${folder}/args'`;
  writeFileSync(file, `#!/bin/sh\n${keep}\n`);
  chmodSync(file, 0o700);
  return file;
}
const kept = async (name: string): Promise<string> => {
  await expect.poll(() => existsSync(join(folder, 'args')), { timeout: 10_000 }).toBe(true);
  return readFileSync(join(folder, name), 'utf8');
};

/** What was said on stderr. */
function said(): { text: () => string } {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    write.mockRestore();
  });
  return { text: () => write.mock.calls.map(([chunk]) => String(chunk)).join('') };
}

async function server(status: number): Promise<{ url: string; bodies: unknown[] }> {
  const bodies: unknown[] = [];
  const listening = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      bodies.push([request.method, request.headers['content-type'], JSON.parse(text)]);
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listening.close();
  });
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hooks/s3cret`, bodies };
}

describe('when a call waits for people', () => {
  it('tells a program on its standard input, which learns nothing of our environment', async () => {
    vi.stubEnv('COUNTERSIGN_TOKEN', 'csg_canary');
    notifier({ ...NOBODY, command: [program('pager'), '--page', 'finance'] })(NEWS);
    expect(await kept('args')).toBe('--page\nfinance\n');
    expect(JSON.parse(await kept('input'))).toEqual(TOLD);
    expect(await kept('env')).not.toContain('csg_canary');
  });

  it('sends it to a webhook, once', async () => {
    const { url, bodies } = await server(200);
    notifier({ ...NOBODY, webhook: url })(NEWS);
    await expect.poll(() => bodies, { timeout: 10_000 }).toEqual([['POST', 'application/json', TOLD]]);
  });

  it.each([
    [500, 'it answered 500'],
    [302, 'it could not be reached'],
  ])('says that a webhook answered %i, follows nothing, and does not repeat its address', async (status, words) => {
    const { url } = await server(status);
    const stderr = said();
    notifier({ ...NOBODY, webhook: url })(NEWS);
    await expect.poll(() => stderr.text(), { timeout: 10_000 }).toContain(words);
    expect(stderr.text()).not.toContain('s3cret');
  });

  it.skipIf(process.platform !== 'linux')(
    'shows it on the desktop, as words and not as options (on Linux, by notify-send)',
    async () => {
      program('notify-send');
      vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
      notifier({ ...NOBODY, desktop: true })(NEWS);
      expect(await kept('args')).toBe(`--app-name\nCountersign\n--\nCountersign\n${TOLD.text}\n`);
    },
  );

  it('tells all of them, and says which of them failed', async () => {
    const { url, bodies } = await server(204);
    const stderr = said();
    notifier({ command: [join(folder, 'nobody')], webhook: url, desktop: false })(NEWS);
    await expect.poll(() => bodies, { timeout: 10_000 }).toHaveLength(1);
    await expect.poll(() => stderr.text(), { timeout: 10_000 }).toContain('`approvals.notify.command` failed');
  });

  it('tells nobody where nobody is named', () => {
    const stderr = said();
    notifier(NOBODY)(NEWS);
    expect(stderr.text()).toBe('');
  });
});
