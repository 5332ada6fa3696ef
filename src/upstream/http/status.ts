/** What an HTTP answer that carries no message means, in our words: the server's own never get here. */
import type { IncomingMessage } from 'node:http';
import { UpstreamError } from '../error.ts';

/** Why a server that was greeted is not one we can speak to. */
export function refusedHello(response: IncomingMessage, url: URL): UpstreamError {
  const status = response.statusCode ?? 0;
  if (status === 401 || status === 403) return unauthorized(status, url);
  if (status >= 300 && status < 400) return new UpstreamError('initialize_failed', redirectWords(response, url));
  // The server, or what stands before it, is away for now.
  if (status >= 500 || status === 429) return new UpstreamError('unreachable', `it answers with HTTP status ${status}`);
  return new UpstreamError(
    'initialize_failed',
    `it answers \`initialize\` with HTTP status ${status}; is \`url\` the address of its MCP endpoint?`,
  );
}

/** The headers are not those it wants. */
export function unauthorized(status: number, url: URL): UpstreamError {
  const bridge = `"command": "npx", "args": ["-y", "mcp-remote", ${JSON.stringify(url.href)}]`;
  return new UpstreamError(
    'unauthorized',
    `it does not accept the headers it is given (HTTP status ${status}); check the secret, and if the server wants ` +
      `a sign-in by OAuth, bridge it: in place of \`url\` and \`headers\` write ${bridge}`,
  );
}

/** A challenge of an MCP endpoint (MCP 2025-11-25, basic/authorization): it names where its authorities are described. */
const CHALLENGE = /(?:^|,)\s*Bearer\s(?:.*[\s,])?resource_metadata\s*=/i;

/**
 * Is it certain that the server has not begun with the request? Only of a 401 with the challenge of an MCP endpoint: tokens
 * have to be validated before a request is processed (same place), and RFC 9110, 15.5.2, says of the status that the request was
 * not applied. By itself no status says so: frameworks answer with the status of whatever error reached them, also of one
 * that the provider gave in the middle of a call. docs/upstreams.md has the other statuses, and why each is in doubt.
 */
export function isBeforeProcessing(response: IncomingMessage): boolean {
  const challenge = (response.headers['www-authenticate'] ?? '').slice(0, 4_096);
  return response.statusCode === 401 && CHALLENGE.test(challenge);
}

/** Only whether it stays on the same machine is told; the address is the server's own text. */
function redirectWords(response: IncomingMessage, url: URL): string {
  const { location = '' } = response.headers;
  const target = URL.canParse(location, url.href) ? new URL(location, url) : null;
  const where = target?.origin === url.origin ? 'another path of its own' : 'another server';
  return `it redirects to ${where}, which is not followed, since it would be given the headers; write the right address as \`url\``;
}
