/** How to launch the real payment servers so that they reach the stub instead of the internet. */
import { fileURLToPath } from 'node:url';

/** A server's command with the environment it needs; the environment holds nothing else. */
export interface LaunchSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PRELOAD = fileURLToPath(new URL('./loopback.cjs', import.meta.url));

/** Sends the outgoing requests of any Node program to the stub. */
export function loopbackEnv(stubUrl: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--require ${JSON.stringify(PRELOAD)}`, LOOPBACK: stubUrl };
}

/** creem 1.13.0: takes its key and its server's address as options. */
export function creemServer(stubUrl: string, apiKey = 'creem_test_key'): LaunchSpec {
  const program = `${ROOT}node_modules/creem/bin/mcp-server.js`;
  return {
    command: process.execPath,
    args: [program, 'start', '--transport', 'stdio', '--api-key', apiKey, '--server-url', stubUrl],
    env: {},
  };
}

/** creem 1.13.0 without its own option, so that the preload's `fetch` is what sends it to the stub. */
export function creemByPreload(stubUrl: string, apiKey = 'creem_test_key'): LaunchSpec {
  const program = `${ROOT}node_modules/creem/bin/mcp-server.js`;
  const args = [program, 'start', '--transport', 'stdio', '--api-key', apiKey];
  return { command: process.execPath, args, env: loopbackEnv(stubUrl) };
}

/** `@stripe/mcp` 0.2.5: takes its key from the environment. */
export function stripeServer(stubUrl: string, apiKey = 'sk_test_loopback'): LaunchSpec {
  return {
    command: process.execPath,
    args: [`${ROOT}node_modules/@stripe/mcp/dist/index.js`, '--tools=all'],
    env: { STRIPE_SECRET_KEY: apiKey, ...loopbackEnv(stubUrl) },
  };
}

/** square-mcp-server 0.1.2: takes its key from the environment. */
export function squareServer(stubUrl: string, accessToken = 'square_test_token'): LaunchSpec {
  return {
    command: process.execPath,
    args: [`${ROOT}node_modules/square-mcp-server/dist/index.js`, 'start'],
    env: { ACCESS_TOKEN: accessToken, SANDBOX: 'true', ...loopbackEnv(stubUrl) },
  };
}
