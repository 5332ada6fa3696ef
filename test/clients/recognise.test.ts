import { describe, expect, it } from 'vitest';
import { clientNamed, isOurs, recognised, serversIn } from '../../src/clients/index.ts';
import type { Plain } from '../../src/config/text-edit.ts';

/** What an entry of a client's file is recognised as: a provider, `payments` for one that the catalogue lacks, `none`. */
function providerOf(entry: Plain): string {
  const [server] = serversIn(clientNamed('cursor')!, { mcpServers: { it: entry } });
  const found = recognised(server!);
  return found === null ? 'none' : (found.provider ?? 'payments');
}

const KEY = 'AAAA0123456789';

describe('an entry as the providers write it', () => {
  it.each<[string, Plain]>([
    ['stripe', { command: 'npx', args: ['-y', '@stripe/mcp', '--tools=all'], env: { STRIPE_SECRET_KEY: KEY } }],
    ['stripe', { command: 'npx', args: ['-y', '@stripe/mcp@latest', '--api-key=sk_test_1'] }],
    [
      'stripe',
      { command: 'docker', args: ['run', '--rm', '-i', '-e', 'STRIPE_SECRET_KEY', 'mcp/stripe', '--tools=all'] },
    ],
    ['stripe', { url: 'https://mcp.stripe.com' }],
    ['stripe', { type: 'http', url: 'https://mcp.stripe.com/', headers: { Authorization: 'Bearer rk_live_1' } }],
    [
      'paypal',
      {
        command: 'npx',
        args: ['-y', '@paypal/mcp', '--tools=all'],
        env: { PAYPAL_ACCESS_TOKEN: KEY, PAYPAL_ENVIRONMENT: 'SANDBOX' },
      },
    ],
    ['paypal', { command: 'npx', args: ['-y', 'mcp-remote', 'https://mcp.sandbox.paypal.com/http'] }],
    ['paypal', { serverUrl: 'https://mcp.paypal.com/sse' }],
    ['square', { command: 'npx', args: ['square-mcp-server', 'start'], env: { ACCESS_TOKEN: KEY, SANDBOX: 'true' } }],
    ['square', { command: 'npx', args: ['mcp-remote', 'https://mcp.squareup.com/sse'] }],
    ['creem', { command: 'npx', args: ['-y', '--package', 'creem', '--', 'mcp', 'start', '--api-key', KEY] }],
    ['creem', { command: 'npx', args: ['--package=creem@1.13.0', 'mcp', 'start'], env: {} }],
    ['creem', { command: '/usr/local/bin/creem', args: ['mcp', 'start'] }],
    ['adyen', { command: 'npx', args: ['-y', '@adyen/mcp', '--adyenApiKey', KEY, '--env', 'TEST'] }],
    ['adyen', { command: 'node', args: ['/home/ada/src/adyen-mcp/dist/index.js', '--adyenApiKey', KEY] }],
    [
      'razorpay',
      {
        command: 'docker',
        args: ['run', '--rm', '-i', '-e', 'RAZORPAY_KEY_ID', '-e', 'RAZORPAY_KEY_SECRET', 'razorpay/mcp'],
      },
    ],
    ['razorpay', { command: '/opt/razorpay-mcp-server', args: ['stdio', '--key', 'rzp_live_1', '--secret', KEY] }],
    [
      'razorpay',
      {
        command: 'npx',
        args: ['mcp-remote', 'https://mcp.razorpay.com/mcp', '--header', `Authorization:Basic ${KEY}`],
      },
    ],
    [
      'paddle',
      { command: 'npx', args: ['-y', '@paddle/paddle-mcp', '--api-key=pdl_sdbx_apikey_1', '--environment=sandbox'] },
    ],
    [
      'xero',
      {
        command: 'npx',
        args: ['-y', '@xeroapi/xero-mcp-server@latest'],
        env: { XERO_CLIENT_ID: 'a', XERO_CLIENT_SECRET: KEY },
      },
    ],
    ['quickbooks', { command: 'npx', args: ['-y', 'quickbooks-mcp'], env: { QUICKBOOKS_CLIENT_ID: 'a' } }],
    [
      'quickbooks-official',
      {
        command: 'node',
        args: ['/opt/quickbooks-online-mcp-server/dist/index.js'],
        env: { QUICKBOOKS_CLIENT_ID: 'a' },
      },
    ],
    [
      'worldpay',
      {
        command: 'node',
        args: ['C:\\src\\worldpay-mcp\\dist\\server-stdio.js'],
        env: { WORLDPAY_USERNAME: 'a', WORLDPAY_PASSWORD: KEY },
      },
    ],
    [
      'paystack',
      { command: 'node', args: ['/opt/paystack/build/index.js'], env: { PAYSTACK_TEST_SECRET_KEY: 'sk_test_1' } },
    ],
    ['mollie', { command: 'node', args: ['/opt/mollie-mcp/index.js'], env: { MOLLIE_API_KEY: 'live_1' } }],
    [
      'alby',
      {
        command: 'npx',
        args: ['-y', '@getalby/mcp'],
        env: { NWC_CONNECTION_STRING: 'nostr+walletconnect://a?secret=b' },
      },
    ],
    ['dodopayments', { command: 'npx', args: ['-y', 'dodopayments-mcp@latest'], env: { DODO_PAYMENTS_API_KEY: KEY } }],
    ['chargebee', { command: 'npx', args: ['-y', '@chargebee/mcp'] }],
    ['agentcash', { command: 'npx', args: ['-y', 'agentcash@0.14.4'], env: { X402_PRIVATE_KEY: '0x1' } }],
    ['conway-terminal', { command: 'conway-terminal', env: { CONWAY_API_KEY: KEY } }],
    [
      'coinbase-agentkit',
      { command: 'npx', args: ['tsx', '/opt/agent.ts'], env: { CDP_API_KEY_ID: 'a', CDP_API_KEY_SECRET: KEY } },
    ],
    ['gocardless', { command: 'uv', args: ['--directory', '/opt/gocardless-mcp', 'run', 'server.py'] }],
    ['airwallex', { command: 'uvx', args: ['--from', 'airwallex-mcp==1.2', 'serve'] }],
    ['wise', { command: 'uvx', args: ['mcp-wise'], env: { WISE_API_TOKEN: KEY } }],
    ['brex', { command: 'node', args: ['--env-file', '.env', '/opt/brex-mcp/build/index.js'] }],
    ['payments', { url: 'https://mcp.mercadopago.com/mcp' }],
    ['payments', { command: 'node', args: ['plaid.js'], env: { PLAID_CLIENT_ID: 'a', PLAID_SECRET: KEY } }],
  ])('is %s: %j', (provider, entry) => {
    expect(providerOf(entry)).toBe(provider);
  });
});

describe('the ways in which a program is started', () => {
  it.each<[Plain]>([
    [{ command: 'npx', args: ['@stripe/mcp'] }],
    [{ command: 'npx', args: ['-y', '@stripe/mcp@0.2.5'] }],
    [{ command: 'npx', args: ['--yes', '-p', '@stripe/mcp@0.2.5', 'mcp'] }],
    [{ command: 'C:\\Program Files\\nodejs\\npx.cmd', args: ['-y', '@stripe/mcp'] }],
    [{ command: 'cmd', args: ['/c', 'npx', '-y', '@stripe/mcp'] }],
    [{ command: '/bin/bash', args: ['-lc', 'cd /tmp && exec npx -y @stripe/mcp --tools=all'] }],
    [{ command: 'env', args: ['FOO=bar', 'npx', '-y', '@stripe/mcp'] }],
    [{ command: 'npm', args: ['exec', '--', '@stripe/mcp'] }],
    [{ command: 'pnpm', args: ['dlx', '@stripe/mcp@0.2.5'] }],
    [{ command: 'bunx', args: ['@stripe/mcp'] }],
    [{ command: 'deno', args: ['run', '-A', 'npm:@stripe/mcp@0.2.5'] }],
    [{ command: 'node', args: ['/usr/lib/node_modules/@stripe/mcp/dist/index.js'] }],
    [{ command: 'node', args: ['-r', 'dotenv/config', '/w/node_modules/@stripe/mcp/dist/index.js'] }],
    [{ command: 'C:\\w\\node_modules\\@stripe\\mcp\\dist\\index.js' }],
    [{ command: 'docker', args: ['run', '-i', '--rm', '-e', `STRIPE_SECRET_KEY=${KEY}`, 'mcp/stripe:1.0'] }],
    [{ command: 'docker', args: ['run', '-i', 'docker.io/mcp/stripe:latest'] }],
    [{ command: 'podman', args: ['run', '-i', `mcp/stripe@sha256:${'a'.repeat(64)}`] }],
    [{ command: { path: 'npx', args: ['-y', '@stripe/mcp'] } }],
    [{ httpUrl: 'https://mcp.stripe.com:443/v1' }],
    [
      {
        command: 'npx',
        args: ['-y', 'mcp-remote@0.1.2', 'HTTPS://mcp.stripe.com/', '--header', 'Authorization:${AUTH}'],
      },
    ],
  ])('%j', (entry) => {
    expect(providerOf(entry)).toBe('stripe');
  });
});

describe('what is no payment server', () => {
  it.each<[Plain]>([
    [
      {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', '/home/ada/creem', '/home/ada/adyen-mcp'],
      },
    ],
    [{ command: 'npx', args: ['-y', '@modelcontextprotocol/server-github'], env: { GITHUB_TOKEN: KEY } }],
    [{ command: 'npx', args: ['-y', '@stripe/mcp-docs'] }],
    [{ command: 'npx', args: ['-y', '@evil/stripe', 'mcp'] }],
    [{ command: 'node', args: ['/home/creem/notes.js'] }],
    [{ command: 'docker', args: ['run', '-i', '-v', '/srv/mcp/stripe:/data', 'acme/notes'] }],
    [{ url: 'https://mcp.stripe.com.evil.example/' }],
    [{ url: 'https://evil.example/?mcp.stripe.com' }],
    [{ url: 'not an address' }],
    [{ command: 'npx', args: [] }],
    [{ args: ['@stripe/mcp'] }],
    [{}],
  ])('%j', (entry) => {
    expect(providerOf(entry)).toBe('none');
  });

  it.each<[Plain]>([
    [{ command: 'npx', args: ['-y', 'countersign@0.1.0'] }],
    [{ command: 'node', args: ['/opt/countersign/bin/countersign.js'] }],
    [{ command: 'countersign', args: ['connect', '--socket', '/run/countersign/gateway.sock'] }],
    [{ command: 'npx', args: ['x'], env: { COUNTERSIGN_TOKEN_FILE: '/h/t' } }],
  ])('the gateway itself: %j', (entry) => {
    const [server] = serversIn(clientNamed('cursor')!, { mcpServers: { it: entry } });
    expect([isOurs(server!), recognised(server!)]).toEqual([true, null]);
  });
});
