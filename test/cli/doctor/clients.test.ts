import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedConfig } from '../../../src/config/types.ts';
import { examineClients } from '../../../src/cli/doctor/clients.ts';

const KEY = 'sk_live_canarycanarycanary';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-doctor-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(file: string, data: unknown): void {
  const path = join(home, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof data === 'string' ? data : JSON.stringify(data));
}

/** The upstreams of a configuration, as far as the check looks at it. */
function guarding(provider: string): LoadedConfig {
  return { upstreams: new Map([['x', { provider }]]) } as unknown as LoadedConfig;
}

async function found(config: LoadedConfig | null = null): Promise<unknown[][]> {
  const site = { installation: null, config, store: null, offline: true, nowMs: Date.now() };
  const findings = await examineClients(site, { platform: 'linux', home, env: {} });
  return findings.map(({ id, status, message, fix }) => [id, status, message, fix]);
}

async function statuses(config: LoadedConfig): Promise<unknown[][]> {
  return (await found(config)).map((finding) => finding.slice(0, 2));
}

const STRIPE = { command: 'npx', args: ['-y', '@stripe/mcp'], env: { STRIPE_SECRET_KEY: KEY } };

describe('when a client has a payment server of its own', () => {
  it('warns of it, and names the class of its key and no more', async () => {
    write('.cursor/mcp.json', { mcpServers: { stripe: STRIPE } });
    const findings = await found();
    expect(findings).toEqual([
      [
        ...['client.cursor.stripe', 'warn'],
        'Cursor reaches the payment server `stripe` past the gateway, with sk_live_… in `STRIPE_SECRET_KEY` in plain text',
        'countersign init --client cursor',
      ],
    ]);
    expect(JSON.stringify(findings)).not.toContain('canary');
  });

  it('fails once the gateway guards the same provider, since there is a second door', async () => {
    write('.cursor/mcp.json', { mcpServers: { stripe: STRIPE } });
    expect(await statuses(guarding('stripe'))).toEqual([['client.cursor.stripe', 'fail']]);
    expect(await statuses(guarding('creem'))).toEqual([['client.cursor.stripe', 'warn']]);
  });

  it('has nothing to say of one that is switched off, or of another server without a key', async () => {
    write('.cursor/mcp.json', {
      mcpServers: { stripe: { command: 'npx', args: ['@stripe/mcp'], disabled: true }, files: { command: 'files' } },
    });
    expect(await found()).toEqual([]);
  });
});

describe('when a client has an entry of the gateway', () => {
  it('fails if what it starts is not there any more', async () => {
    const env = { COUNTERSIGN_TOKEN_FILE: join(home, 'token') };
    write('.cursor/mcp.json', { mcpServers: { pay: { command: '/gone/node', args: ['/gone/countersign.js'], env } } });
    expect(await found()).toEqual([
      [
        ...['client.cursor', 'fail'],
        'Cursor starts the gateway by `/gone/node`, which is not there',
        'countersign client install cursor',
      ],
    ]);
  });

  it('says that it is there', async () => {
    const env = { COUNTERSIGN_TOKEN: 'csg_x' };
    write('.codex/config.toml', '[mcp_servers.pay]\ncommand = "countersign"\nenv = { COUNTERSIGN_TOKEN = "csg_x" }\n');
    write('.gemini/settings.json', { mcpServers: { pay: { command: 'npx', args: ['-y', 'countersign'], env } } });
    expect(await found()).toEqual([
      ['client.codex', 'ok', 'Codex starts the gateway as `pay`', null],
      ['client.gemini-cli', 'ok', 'Gemini CLI starts the gateway as `pay`', null],
    ]);
  });
});

describe('when the file of a client cannot be read', () => {
  it('says where, and quotes nothing of it', async () => {
    write('.cursor/mcp.json', `{ "mcpServers": { "stripe": ${KEY} } }`);
    const findings = await found();
    expect(findings).toEqual([
      [
        ...['client.cursor', 'warn', `\`${join(home, '.cursor/mcp.json')}\` is not JSON, in line 1`],
        'mend the file; the client cannot read it either',
      ],
    ]);
    expect(JSON.stringify(findings)).not.toContain('canary');
  });
});
