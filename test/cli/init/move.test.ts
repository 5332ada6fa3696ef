import { describe, expect, it } from 'vitest';
import type { Launch } from '../../../src/clients/index.ts';
import { credentialsOf, linesWithKeys, maskedLine } from '../../../src/cli/clients/credentials.ts';
import { moved } from '../../../src/cli/init/move.ts';

function stdio(line: string, env: Record<string, string> = {}): Launch {
  const [command = '', ...args] = line.split(' ');
  return { via: 'stdio', command, args, env, cwd: null };
}

describe('when a server moves behind the gateway', () => {
  it('seals what looks like a credential of its environment, and leaves the rest', () => {
    const env = { STRIPE_SECRET_KEY: 'sk_live_abcdefghijkl', LOG_LEVEL: 'debug' };
    expect(moved('stripe', stdio('npx -y @stripe/mcp@0.2.5', env), {})).toEqual({
      ok: true,
      document: {
        command: 'npx',
        args: ['-y', '@stripe/mcp@0.2.5'],
        env: { STRIPE_SECRET_KEY: { secret: 'stripe-secret-key' }, LOG_LEVEL: 'debug' },
      },
      secrets: [{ name: 'stripe-secret-key', value: 'sk_live_abcdefghijkl' }],
    });
  });

  it.each([
    ['npx -y @stripe/mcp --api-key=sk_live_abcdefghijkl --tools=all', ['-y', '@stripe/mcp', '--tools=all']],
    ['npx -y @stripe/mcp --api-key sk_live_abcdefghijkl --tools=all', ['-y', '@stripe/mcp', '--tools=all']],
  ])('hands a key of `%s` over in the variable that the program reads too', (line, args) => {
    expect(moved('pay', stdio(line), {})).toEqual({
      ok: true,
      document: { command: 'npx', args, env: { STRIPE_SECRET_KEY: { secret: 'pay-stripe-secret-key' } } },
      secrets: [{ name: 'pay-stripe-secret-key', value: 'sk_live_abcdefghijkl' }],
    });
  });

  it('lets a Node program that reads none put its argument together inside its own process', () => {
    const move = moved('creem', stdio('npx -y -p creem mcp start --api-key creem_abcdefghijklmnop'), {});
    if (!move.ok) throw new Error(move.why);
    const { env } = move.document as { env: Record<string, unknown> };
    expect(env['ARG_API_KEY']).toEqual({ secret: 'creem-arg-api-key' });
    expect(env['NODE_OPTIONS']).toMatch(
      /^--import=data:text\/javascript,\S*push\('--api-key',process\.env\.ARG_API_KEY\)$/,
    );
    expect(JSON.stringify(move.document)).not.toContain('abcdefghijklmnop');
  });

  it('names the variable of a container without its value', () => {
    const line = 'docker run -i --rm -e STRIPE_SECRET_KEY=sk_live_abcdefghijkl mcp/stripe';
    expect(moved('stripe', stdio(line), {})).toMatchObject({
      document: {
        args: ['run', '-i', '--rm', '-e', 'STRIPE_SECRET_KEY', 'mcp/stripe'],
        env: { STRIPE_SECRET_KEY: { secret: 'stripe-secret-key' } },
      },
    });
  });

  it('seals the headers of a remote one', () => {
    const launch: Launch = {
      ...{ via: 'http', url: 'https://mcp.stripe.com' },
      headers: { Authorization: 'Bearer sk_live_abcdefghijkl' },
    };
    expect(moved('stripe', launch, {})).toEqual({
      ok: true,
      document: { url: 'https://mcp.stripe.com', headers: { Authorization: { secret: 'stripe-authorization' } } },
      secrets: [{ name: 'stripe-authorization', value: 'Bearer sk_live_abcdefghijkl' }],
    });
  });

  it('fills in what the client would, and refuses what it cannot know', () => {
    const launch = stdio('npx -y @stripe/mcp', { STRIPE_SECRET_KEY: '${env:KEY_OF_STRIPE}' });
    expect(moved('stripe', launch, { KEY_OF_STRIPE: 'sk_live_abcdefghijkl' })).toMatchObject({
      secrets: [{ value: 'sk_live_abcdefghijkl' }],
    });
    expect(moved('stripe', launch, {})).toMatchObject({ ok: false });
    expect(moved('x', stdio('acme-pay --api-key sk_live_abcdefghijkl'), {})).toMatchObject({ ok: false });
    expect(moved('x', { via: 'http', url: 'https://a.example/?key=x', headers: {} }, {})).toMatchObject({ ok: false });
  });
});

const RAW = 'Zq8-Raw_Value_4711';

describe('an entry that somebody wrote to lose a key', () => {
  /** What would be written down of it; the reason where it cannot be moved. */
  function written(launch: Launch, env: Record<string, string> = {}): string {
    const move = moved('pay', launch, env);
    return move.ok ? JSON.stringify(move.document) : `refused: ${move.why}`;
  }

  it.each<[string, Launch]>([
    ['an unknown option', stdio(`acme --api-key=${RAW}`)],
    ['a key without an option', stdio(`npx -y acme sk_live_${RAW}`)],
    ['the command itself', { ...stdio('x'), command: `npx acme --key sk_live_${RAW}` } as Launch],
    ['a line of the shell', { ...stdio('sh'), args: ['-c', `TOKEN=sk_live_${RAW} npx -y acme`] } as Launch],
    ['an address among the arguments', stdio(`npx -y mcp-remote https://a.example/sse?api_key=${RAW}`)],
    ['a password in such an address', stdio(`npx -y mcp-remote https://me:${RAW}@a.example/sse`)],
    ['a fragment', stdio(`npx -y mcp-remote https://a.example/#access_token=${RAW}`)],
    ['an address in the environment', stdio('npx -y acme', { DATABASE_URL: `postgres://me:${RAW}@db/x` })],
    ['a query in the environment', stdio('npx -y acme', { HOOK: `https://a.example/?token=${RAW}` })],
    ['a key that begins like a path', stdio('npx -y acme', { CLIENT_SECRET: `/${RAW}/x+y=` })],
    ['a key that begins with a dot', stdio('npx -y acme', { CLIENT_SECRET: `.${RAW}` })],
    ['the value in two places', stdio(`npx -y acme --note=${RAW}`, { API_KEY: RAW })],
    ['JSON in an argument', stdio(`npx -y acme --config={"key":"sk_live_${RAW}"}`)],
    ['a cookie', { via: 'http', url: 'https://a.example', headers: { Cookie: `sid=${RAW}` } }],
    ['an address of a remote one', { via: 'http', url: `https://${RAW}@a.example/`, headers: {} }],
    ['its query', { via: 'http', url: `https://a.example/?k=${RAW}`, headers: {} }],
  ])('%s', (_, launch) => {
    expect(written(launch)).not.toContain(RAW);
  });

  it.each<[string, Launch, RegExp]>([
    ['an input of VS Code', stdio('npx -y acme', { API_KEY: '${input:key}' }), /fills in `API_KEY`/],
    ['an input in an argument', stdio('npx -y acme --api-key=${input:key}'), /fills in `argument 3`/],
    ['a place of the client', stdio('npx -y acme ${workspaceFolder}/x'), /fills in `argument 3`/],
    ['an address', { via: 'http', url: 'https://${HOST}/mcp', headers: {} }, /fills in its address/],
  ])('is refused for %s', (_, launch, why) => {
    expect(written(launch)).toMatch(why);
  });

  it('seals what a variable in an argument is filled in with, and leaves what the program fills in itself', () => {
    const launch = stdio('npx -y @stripe/mcp --api-key=${env:KEY} --tools=all');
    expect(moved('stripe', launch, { KEY: `sk_live_${RAW}` })).toMatchObject({
      document: { args: ['-y', '@stripe/mcp', '--tools=all'] },
      secrets: [{ value: `sk_live_${RAW}` }],
    });
    const bridge = stdio('npx mcp-remote https://mcp.stripe.com --header Authorization:${AUTH}', {
      AUTH: `Bearer ${RAW}`,
    });
    expect(moved('stripe', bridge, {})).toMatchObject({
      document: { args: ['mcp-remote', 'https://mcp.stripe.com', '--header', 'Authorization:${AUTH}'] },
      secrets: [{ value: `Bearer ${RAW}` }],
    });
  });

  it('keeps the paths and addresses of files and servers, which are no keys', () => {
    const env = {
      SSL_KEY: '/etc/ssl/private/server.key',
      TOKEN_FILE: '~/.token',
      AUTH_URL: 'https://auth.acme.example/token',
    };
    expect(moved('x', stdio('npx -y acme', env), {})).toMatchObject({ document: { env }, secrets: [] });
  });
});

describe('keys that stand in a file still', () => {
  it('are named by their lines and their class, in comments too', () => {
    const text = `{\n  // "KEY": "sk_live_0123456789",\n  "b": "sk_test_0123456789",\n  "c": "${RAW}"\n}\n`;
    expect(linesWithKeys(text, [RAW, 'short'])).toEqual([
      { line: 2, key: 'sk_live_…' },
      { line: 4, key: 'a key' },
    ]);
  });
});

describe('when a line of a file is shown', () => {
  it('shows the class of a key, and nothing else of it', () => {
    const launch = stdio('npx x --api-key=sk_live_abcdefghijkl', { PASSWORD: 'hunter2"hunter2', A: 'plain-value' });
    const hidden = [...credentialsOf(launch).map(({ value }) => value), 'plain-value'];
    expect(maskedLine('"--api-key=sk_live_abcdefghijkl", "hunter2\\"hunter2"', hidden)).toBe(
      '"--api-key=sk_live_…", "…"',
    );
    expect(maskedLine('rk_test_abcdefghijkl stands where nobody looked', [])).toBe(
      'rk_test_… stands where nobody looked',
    );
  });
});
