import { describe, expect, it } from 'vitest';
import type { Launch } from '../../../src/clients/index.ts';
import { credentialsOf, maskedLine } from '../../../src/cli/clients/credentials.ts';
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
