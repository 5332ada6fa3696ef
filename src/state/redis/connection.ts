/**
 * The connection that comes back by itself, and every failure in the port's words. The package would do so too, but it
 * waits for ever on a server that accepts and never answers, and stays with one that has become a replica.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StateError } from '../port.ts';
import type { RedisAddress } from './address.ts';
import {
  ANSWER_WITHIN_MS,
  type Client,
  type Credentials,
  dial,
  discard,
  type Reply,
  type Sender,
  senderOf,
  type Trial,
  unlessLate,
} from './dial.ts';
import { toStateError } from './errors.ts';
import type { Script } from './script.ts';

const BACKOFF_MS = { first: 50, most: 2_000 };
/** Callers are told that it is busy rather than kept beyond this. */
const MOST_WAITING = 10_000;

export class Connection {
  readonly server: string;
  readonly #keys: string;
  readonly #dial: () => Promise<Client>;
  readonly #waiting = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #isRetrying = false;

  /** `trial` sees every new connection before it is used: what a server was yesterday says nothing of it today. */
  constructor(address: RedisAddress, credentials: Credentials, trial: Trial) {
    this.server = address.name;
    this.#keys = address.keys;
    this.#dial = () => dial(address, credentials, trial);
  }

  /** The first connection. Throws `StateError`, and then nothing goes on in the background. */
  async open(): Promise<void> {
    try {
      await this.#ready();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Runs a script in one round trip, or two where the server does not know it yet. It is sent once: whoever sees it
   * fail cannot know whether it took hold.
   */
  run(script: Script, ...args: readonly string[]): Promise<Reply> {
    const rest = ['1', this.#keys, ...args];
    return this.inspect(async (send) => {
      try {
        return await send('EVALSHA', script.digest, ...rest);
      } catch (error) {
        if (!isWord(error, 'NOSCRIPT')) throw error;
        return await send('EVAL', script.text, ...rest);
      }
    });
  }

  /** Runs commands whose failures `ask` sees as the server words them. */
  async inspect<T>(ask: (send: Sender) => Promise<T>): Promise<T> {
    const asking = this.#answer(ask);
    this.#waiting.add(asking);
    try {
      return await asking;
    } catch (error) {
      throw toStateError(error, this.server);
    } finally {
      this.#waiting.delete(asking);
    }
  }

  /** Waits for what was asked, and asks nothing more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#waiting, this.#connecting]);
    if (this.#client !== undefined) discard(this.#client);
    this.#client = undefined;
  }

  async #answer<T>(ask: (send: Sender) => Promise<T>): Promise<T> {
    if (this.#waiting.size >= MOST_WAITING) throw new StateError('busy', `\`${this.server}\` is asked too much; wait`);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_WITHIN_MS);
    let client: Client | undefined;
    try {
      client = await unlessLate(this.#ready(), late.signal);
      return await unlessLate(ask(senderOf(client)), late.signal);
    } catch (error) {
      const isGone = late.signal.aborted || isWord(error, 'READONLY', 'MOVED', 'MASTERDOWN');
      // A server that does not answer, or is no longer the one to ask, is looked up anew.
      if (client !== undefined && isGone) this.#lose(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The connection that is there or is being made; makes one at once if none is, whatever the retries wait for. */
  #ready(): Promise<Client> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closed());
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    // An attempt that is under way may have begun before its cause of failure was gone.
    return this.#connecting?.catch(() => this.#anew()) ?? this.#anew();
  }

  #anew(): Promise<Client> {
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    try {
      const client = await this.#dial();
      for (const event of ['error', 'end']) client.on(event, () => this.#lose(client));
      if (!this.#closing.signal.aborted) return (this.#client = client);
      discard(client);
      throw this.#closed();
    } catch (error) {
      void this.#retry();
      throw toStateError(error, this.server);
    }
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    discard(client);
    void this.#retry();
  }

  /** Tries for ever, ever less often, without keeping the process alive. */
  async #retry(): Promise<void> {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    const { signal } = this.#closing;
    for (let waitMs = BACKOFF_MS.first; this.#isMissed(); waitMs = Math.min(waitMs * 2, BACKOFF_MS.most)) {
      const spreadMs = waitMs * (0.5 + Math.random());
      await delay(spreadMs, undefined, { ref: false, signal }).catch(() => undefined);
      await this.#ready().catch(() => undefined);
    }
    this.#isRetrying = false;
  }

  #isMissed(): boolean {
    return this.#client === undefined && !this.#closing.signal.aborted;
  }

  #closed(): StateError {
    return new StateError('unavailable', `the store on \`${this.server}\` is closed`);
  }
}

function isWord(error: unknown, ...words: readonly string[]): boolean {
  return error instanceof Error && words.includes(/^[A-Z]+/.exec(error.message)?.[0] ?? '');
}
