/** How a connector hands over its token: one line before the first message of the client. */

/** A longer first line is no greeting. */
export const MAX_HELLO_BYTES = 4_096;
/** A connection that says nothing for so long is ended. */
export const HELLO_MS = 10_000;

/** One that has greeted and opens no session with a good token is ended after so long: it takes a place from others. */
export const OPEN_MS = 30_000;

/** The line a connector begins with. Without a token the session refuses, in the words a client shows. */
export function helloLine(token: string | undefined): string {
  return `${JSON.stringify({ countersign: 1, token: token ?? null })}\n`;
}

/** Tells the process that listens which grant a session was opened under. It has no other channel to it, and no token. */
export function tellGrant(grant: string): void {
  process.send?.({ opened: grant });
}

/** The grant that a session told of; null for anything else. */
export function grantTold(told: unknown): string | null {
  const isTold = typeof told === 'object' && told !== null && 'opened' in told && typeof told.opened === 'string';
  return isTold ? (told as { readonly opened: string }).opened : null;
}

/** What a first line says; null if it is no greeting. Written by whoever can reach the socket. */
export function readHelloLine(line: Buffer): { readonly token: string | undefined } | null {
  if (line.length > MAX_HELLO_BYTES) return null;
  try {
    const hello: unknown = JSON.parse(line.toString('utf8'));
    if (typeof hello !== 'object' || hello === null || !('countersign' in hello) || !('token' in hello)) return null;
    const { countersign, token } = hello;
    if (countersign !== 1 || (token !== null && typeof token !== 'string')) return null;
    return { token: token ?? undefined };
  } catch {
    return null;
  }
}
