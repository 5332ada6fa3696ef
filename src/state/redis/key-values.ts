/** The plain key-value part of the store, in the shape that Keyv asks of an adapter: one hash, `values`. */
import type { KeyValues } from '../pins.ts';
import type { Connection } from './connection.ts';
import { damaged } from './errors.ts';
import { countOf, textsOf } from './replies.ts';
import { script } from './script.ts';

const GET = script('steady', `return redis.call('HGET', KEYS[1] .. 'values', ARGV[1])`);
const SET = script('grows', `return redis.call('HSET', KEYS[1] .. 'values', ARGV[1], ARGV[2])`);
const DELETE = script('steady', `return redis.call('HDEL', KEYS[1] .. 'values', unpack(ARGV))`);
const NAMES = script('steady', `return redis.call('HKEYS', KEYS[1] .. 'values')`);

export class RedisKeyValues implements KeyValues {
  readonly opts = {};
  namespace?: string | undefined;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Failures are thrown at the caller; there is nobody to listen. */
  on(): this {
    return this;
  }

  async get(key: string): Promise<string | undefined> {
    const reply = await this.#connection.run(GET, key);
    if (reply === null) return undefined;
    // The instant when it ends, or 0, stands before the value: a field of a hash has no end of its own.
    const [, ends = '', value] = /^(\d+) (.*)$/s.exec(typeof reply === 'string' ? reply : '') ?? [];
    if (value === undefined) throw damaged(`\`${key}\``);
    return ends === '0' || Number(ends) > Date.now() ? value : undefined;
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.#connection.run(SET, key, `${ttlMs === undefined ? 0 : Date.now() + ttlMs} ${value}`);
  }

  async delete(key: string): Promise<boolean> {
    return countOf(await this.#connection.run(DELETE, key), `\`${key}\``) > 0;
  }

  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? '' : `${this.namespace}:`;
    const names = textsOf(await this.#connection.run(NAMES), 'the accepted tools');
    const ours = names.filter((name) => name.startsWith(prefix));
    if (ours.length > 0) await this.#connection.run(DELETE, ...ours);
  }
}
