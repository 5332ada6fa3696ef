/** Resources: the lists of all servers as one, and each address routed to the server that has it. */
import type { UpstreamName } from '../core/ids.ts';
import { isArray, isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import type { Reply } from '../upstream/port.ts';
import { type Answer, ErrorCode, invalidParams } from './answers.ts';
import { ask, endingOf, isNotFound, ownEnding, stringMember } from './ask.ts';
import type { Flight } from './forward.ts';
import type { Ending, GateFault } from './gate.ts';
import { gather } from './gather.ts';
import { declaring, type Peers } from './peers.ts';
import type { Behind } from './tool-list.ts';
import { escapedUri, MAX_URI_CHARS, mayExpand, readEscaped, UriIndex } from './uris.ts';
import { parsed } from './raw.ts';

/** An address of the client's: the server that it names, if it names one, and the server's own address. */
export interface Address {
  /** As the client wrote it. */
  readonly asked: string;
  readonly upstream: string | null;
  readonly uri: string;
}

/** The address in `params`, or what is wrong with it. */
export function readAddress(params: Json | undefined): Address | GateFault {
  const asked = isObject(params) ? params.get('uri') : undefined;
  if (typeof asked !== 'string')
    return { code: 'invalid_params', answer: invalidParams('params.uri must be a string') };
  if (asked.length > MAX_URI_CHARS) {
    const answer = invalidParams(`params.uri has more than ${MAX_URI_CHARS} characters`);
    return { code: 'invalid_params', answer };
  }
  const escaped = readEscaped(asked);
  return { asked, upstream: escaped?.upstream ?? null, uri: escaped?.uri ?? asked };
}

export class Resources {
  readonly #peers: Peers;
  readonly #warn: (sentence: string) => void;
  readonly #warned = new Set<string>();
  #index = new UriIndex();
  #templates: readonly (readonly [string, Behind])[] = [];

  constructor(peers: Peers, warn: (sentence: string) => void) {
    this.#peers = peers;
    this.#warn = warn;
  }

  async list(): Promise<Ending> {
    const index = new UriIndex();
    const gathered = await gather(this.#peers, 'resources', 'resources/list', 'resources', (raw, behind) =>
      this.#listed(raw, behind, index),
    );
    this.#index = index;
    return gathered;
  }

  async templates(): Promise<Ending> {
    const index = new UriIndex();
    const member = 'resourceTemplates';
    const gathered = await gather(this.#peers, 'resources', 'resources/templates/list', member, (raw, behind) => {
      const template = stringMember(raw, 'uriTemplate');
      // The same template of two servers is one: an address of it is looked for with both.
      return template === undefined || index.claim(template, behind) === behind ? raw : null;
    });
    this.#templates = [...index.entries()];
    return gathered;
  }

  /** The server that an address certainly goes to; null if that is not known. */
  certain({ upstream, uri }: Address): UpstreamName | null {
    const [only, ...others] = this.#peers.behinds;
    if (others.length === 0) return only?.part.config.name ?? null;
    const found = upstream === null ? this.#index.find(uri) : this.#named(upstream);
    return found?.part.config.name ?? null;
  }

  async read(address: Address, params: JsonObject, flight: Flight): Promise<Ending> {
    const { reply, behind } = await this.first('resources/read', address, params, flight);
    if (behind === null) return ownEnding(notFound(address.asked), 'not_found');
    const ending = endingOf(reply, behind, flight);
    if (address.asked === address.uri || ending.answer.is !== 'raw') return ending;
    return { ...ending, answer: { is: 'raw', result: readdressed(ending.answer.result, address) } };
  }

  /** Asks the servers that may have the address, one after the other, until one knows it. */
  async first(
    method: string,
    address: Address,
    params: JsonObject,
    flight: Flight,
  ): Promise<{ readonly reply: Reply; readonly behind: Behind } | { readonly reply: null; readonly behind: null }> {
    const own = new Map<string, Json>(params).set('uri', address.uri);
    await this.#peers.settled();
    let last: { reply: Reply; behind: Behind } | null = null;
    for (const behind of this.#candidates(address)) {
      const reply = await ask(behind, method, own, flight);
      if (!isNotFound(reply)) return { reply, behind };
      last ??= { reply, behind };
    }
    return last ?? { reply: null, behind: null };
  }

  /** The server of a template, for the completion of its variables. */
  ofTemplate(template: string): Behind | undefined {
    return (this.#templates.find(([known]) => known === template) ?? [])[1] ?? this.#index.find(template);
  }

  #candidates({ upstream, uri }: Address): readonly Behind[] {
    const able = declaring(this.#peers, 'resources');
    const owner = upstream === null ? this.#index.find(uri) : this.#named(upstream);
    if (owner !== undefined) return able.filter((behind) => behind === owner);
    if (upstream !== null) return [];
    const likely = new Set(
      this.#templates.filter(([template]) => mayExpand(template, uri)).map(([, behind]) => behind),
    );
    return [...able.filter((behind) => likely.has(behind)), ...able.filter((behind) => !likely.has(behind))];
  }

  #named(upstream: string): Behind | undefined {
    return this.#peers.behinds.find(({ part }) => part.config.name === upstream);
  }

  /** The item as the client sees it; null for one that cannot be told from another server's. */
  #listed(raw: Buffer, behind: Behind, index: UriIndex): Buffer | null {
    const uri = stringMember(raw, 'uri');
    if (uri === undefined || uri.length > MAX_URI_CHARS) return null;
    const owner = index.claim(uri, behind);
    if (owner === behind) return raw;
    this.#warnOnce(
      `upstreams \`${owner.part.config.name}\` and \`${behind.part.config.name}\` list a resource of the same address; ` +
        `that of \`${behind.part.config.name}\` is listed under an address that names it`,
    );
    const escaped = escapedUri(behind.part.config.name, uri);
    const item = parsed(raw);
    if (escaped === null || !isObject(item)) return null;
    return Buffer.from(stringify(new Map(item).set('uri', escaped)));
  }

  #warnOnce(sentence: string): void {
    if (!this.#warned.has(sentence)) this.#warn(sentence);
    this.#warned.add(sentence);
  }
}

/** What a legacy client is told (MCP 2025-11-25, server/resources, error handling). */
function notFound(uri: string): Answer {
  const data = new Map([['uri', uri.slice(0, 256)]]);
  return { is: 'error', code: ErrorCode.resourceNotFound, message: 'Resource not found', data };
}

/** The contents of a resource under the address that the client asked for. */
function readdressed(raw: Buffer, { asked, uri }: Address): Buffer {
  const result = parsed(raw);
  const contents = isObject(result) ? result.get('contents') : undefined;
  if (!isObject(result) || !isArray(contents)) return raw;
  const own = contents.map((one) => (isObject(one) && one.get('uri') === uri ? new Map(one).set('uri', asked) : one));
  return Buffer.from(stringify(new Map(result).set('contents', own)));
}
