/** Which resources the client follows: each of a server's once, however many of the client's addresses mean it. */
import type { Json } from '../core/json.ts';
import { isObject } from '../core/json.ts';
import type { Behind } from './tool-list.ts';

/** A client follows what it shows; so many are enough for any. */
const MOST = 1_000;

interface Followed {
  readonly behind: Behind;
  /** The server's own address. */
  readonly uri: string;
}

export class Subscriptions {
  /** By the client's address. */
  readonly #followed = new Map<string, Followed>();

  get isFull(): boolean {
    return this.#followed.size >= MOST;
  }

  find(asked: string): Followed | undefined {
    return this.#followed.get(asked);
  }

  add(asked: string, behind: Behind, uri: string): void {
    this.#followed.set(asked, { behind, uri });
  }

  /** Forgets one. True if no other address of the client's means the same resource, so that its server is to be told. */
  remove(asked: string): boolean {
    const followed = this.#followed.get(asked);
    this.#followed.delete(asked);
    return followed !== undefined && !this.isFollowed(followed.behind, followed.uri);
  }

  isFollowed(behind: Behind, uri: string): boolean {
    return [...this.#followed.values()].some((one) => one.behind === behind && one.uri === uri);
  }

  /** The addresses at this server, each once: to be asked for again when it comes back. */
  of(behind: Behind): readonly string[] {
    const own = [...this.#followed.values()].filter((one) => one.behind === behind);
    return [...new Set(own.map(({ uri }) => uri))];
  }

  /** Forgets everything at servers that are not among these. */
  keep(behinds: readonly Behind[]): void {
    for (const [asked, { behind }] of this.#followed) if (!behinds.includes(behind)) this.#followed.delete(asked);
  }

  /**
   * What the client is told of an update: under each of its own addresses. A server may name a part of what is followed
   * (MCP 2025-11-25, server/resources); anything else was not asked for.
   */
  updates(behind: Behind, params: Json | undefined): readonly Json[] {
    const uri = isObject(params) ? params.get('uri') : undefined;
    if (!isObject(params) || typeof uri !== 'string') return [];
    const own = [...this.#followed].filter(([, one]) => one.behind === behind);
    const exact = own
      .filter(([, one]) => one.uri === uri)
      .map(([asked]) => new Map<string, Json>(params).set('uri', asked));
    if (exact.length > 0) return exact;
    return own.some(([asked, one]) => asked === one.uri && uri.startsWith(one.uri)) ? [params] : [];
  }
}
