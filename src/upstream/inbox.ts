/** Where a server's lines go: to the request they answer, to the gateway, or nowhere, and then they are counted. */
import type { Json } from '../core/json.ts';
import { JsonNumber } from '../core/json.ts';
import { peekEnvelope } from '../wire/index.ts';
import { readServerLine } from './incoming.ts';
import { takeProgressToken } from './params.ts';
import type { PendingRequests } from './pending.ts';
import type { UpstreamEvents } from './port.ts';

/** Lines of the server that settled nothing. */
export interface LineCounts {
  /** Not JSON. */
  readonly noise: number;
  /** Replies with unknown, repeated or late ids, progress nobody asked for, messages and tools with no one reading. */
  readonly dropped: number;
}

/** Who takes what is no reply. */
export interface InboxEvents extends Pick<UpstreamEvents, 'request' | 'notification'> {
  /** To be answered with an empty result. */
  ping(id: Json): void;
  toolListChanged(): void;
  noise(bytes: Buffer): void;
}

export class Inbox {
  readonly #pending: PendingRequests;
  readonly #events: InboxEvents;
  #noise = 0;
  #dropped = 0;

  constructor(pending: PendingRequests, events: InboxEvents) {
    this.#pending = pending;
    this.#events = events;
  }

  get counts(): LineCounts {
    return { noise: this.#noise, dropped: this.#dropped };
  }

  /** Notes what somebody else could not take. */
  drop(count: number): void {
    this.#dropped += count;
  }

  line(bytes: Buffer): void {
    const incoming = readServerLine(bytes);
    switch (incoming.is) {
      case 'reply':
        this.#count(this.#pending.settle(incoming.id, incoming.reply));
        return;
      case 'request':
        this.#request(incoming.id, incoming.method, incoming.params);
        return;
      case 'notification':
        this.#notification(incoming.method, incoming.params);
        return;
      case 'unusable':
        this.drop(1);
        return;
      case 'noise':
        this.#noise += 1;
        this.#events.noise(bytes);
    }
  }

  /** Only a line that has no method can answer us: a request's id is of the server's own making. */
  oversize(head: Buffer, tail: Buffer): void {
    const { id, hasMethod } = peekEnvelope(head, tail);
    const isOurs = id instanceof JsonNumber && !hasMethod;
    this.#count(isOurs && this.#pending.settle(Number(id.text), { is: 'lost', why: 'oversize' }));
  }

  #request(id: Json, method: string, params: Json | undefined): void {
    if (method === 'ping') this.#events.ping(id);
    else this.#events.request(id, method, params);
  }

  #notification(method: string, params: Json | undefined): void {
    if (method === 'notifications/tools/list_changed') this.#events.toolListChanged();
    else if (method === 'notifications/progress') this.#progress(params);
    else this.#events.notification(method, params);
  }

  #progress(params: Json | undefined): void {
    const { token, rest } = takeProgressToken(params);
    this.#count(this.#pending.progress(token, rest));
  }

  #count(isTaken: boolean): void {
    if (!isTaken) this.drop(1);
  }
}
