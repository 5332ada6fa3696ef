/**
 * Addresses of resources. They are passed on as servers wrote them, since they also stand inside texts; only where two
 * servers of a grant have the same one, that of the later is written in a form that names its server.
 */
import type { Behind } from './tool-list.ts';

/** A longer one is refused: it would be held, and sent to every server in turn. */
export const MAX_URI_CHARS = 8_192;

const SCHEME = 'countersign://';

/** The form that names the server; null for an address that has no such form. */
export function escapedUri(upstream: string, uri: string): string | null {
  try {
    return `${SCHEME}${upstream}/${encodeURIComponent(uri)}`;
  } catch {
    return null; // half a character
  }
}

/** Server and address out of such a form; null for any other address. */
export function readEscaped(uri: string): { readonly upstream: string; readonly uri: string } | null {
  if (!uri.startsWith(SCHEME)) return null;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash === -1) return null;
  try {
    return { upstream: uri.slice(SCHEME.length, slash), uri: decodeURIComponent(uri.slice(slash + 1)) };
  } catch {
    return null;
  }
}

/**
 * Could the address come from the template (RFC 6570)? Only the text before its first and behind its last expression is
 * compared, in linear time: it decides which server is asked first, and nothing else.
 */
export function mayExpand(template: string, uri: string): boolean {
  const open = template.indexOf('{');
  if (open === -1) return template === uri;
  const before = template.slice(0, open);
  const after = template.slice(template.lastIndexOf('}') + 1);
  return uri.length >= before.length + after.length && uri.startsWith(before) && uri.endsWith(after);
}

/** Which server an address or a template belongs to. What is listed anew takes the place of what was. */
export class UriIndex {
  readonly #owners = new Map<string, Behind>();

  /** The server that has it; it is given to `behind` if it was free. */
  claim(uri: string, behind: Behind): Behind {
    const owner = this.#owners.get(uri) ?? behind;
    this.#owners.set(uri, owner);
    return owner;
  }

  find(uri: string): Behind | undefined {
    return this.#owners.get(uri);
  }

  entries(): IterableIterator<[string, Behind]> {
    return this.#owners.entries();
  }
}
