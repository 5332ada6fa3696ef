/** Homes whose upstreams are scripted servers with resources, prompts and questions of their own. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Home, makeHome } from './home.ts';
import { type Message, RawClient } from './raw-client.ts';

const PEER = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'peer.mjs');

export interface PeerPlan {
  readonly capabilities?: unknown;
  /** Beside `say`. */
  readonly tools?: readonly unknown[];
  /** Results as JSON text. */
  readonly resources?: string;
  readonly templates?: string;
  readonly prompts?: string;
  readonly contents?: Readonly<Record<string, string>>;
  /** More keys of the upstream's entry. */
  readonly entry?: Readonly<Record<string, unknown>>;
}

export const EVERYTHING = [
  ...['tools', 'resources', 'prompts', 'completion', 'logging', 'roots', 'sampling', 'elicitation'],
];

/** What a client of these tests says it can do. */
const CLIENT = {
  roots: { listChanged: true },
  sampling: {},
  elicitation: { form: {}, url: {} },
  experimental: { x: {} },
};

export class Peers {
  readonly home: Home;
  readonly #clients: RawClient[] = [];

  private constructor(home: Home) {
    this.home = home;
  }

  static async make(
    plans: Readonly<Record<string, PeerPlan>>,
    grant: Readonly<Record<string, unknown>>,
    rules: readonly unknown[] = [],
  ): Promise<Peers> {
    const home = await makeHome({});
    const upstreams = Object.entries(plans).map(([name, { entry, ...plan }]) => {
      const env = { PLAN: JSON.stringify({ name, ...plan }), SEEN_FILE: join(home.room, `${name}.seen`) };
      return [name, { command: process.execPath, args: [PEER], env, ...entry }];
    });
    const allow = { id: 'all', tools: ['kind:unclassified'], effect: 'allow' };
    await home.rewrite({
      version: 1,
      upstreams: Object.fromEntries(upstreams) as unknown,
      policies: { all: { version: 1, rules: [allow, ...rules] } },
      grants: { agent: { principal: 'a@b.example', policies: ['all'], upstreams: Object.keys(plans), ...grant } },
    });
    return new Peers(home);
  }

  /** A client that has shaken hands; `client` is what it says it can do. */
  async connect(client: unknown = CLIENT): Promise<RawClient & { hello: Message }> {
    const token = await this.home.issue('agent');
    for (const name of this.names()) await writeFile(join(this.home.room, `${name}.seen`), '');
    const raw = new RawClient(this.home, token);
    this.#clients.push(raw);
    const params = { protocolVersion: '2025-06-18', capabilities: client, clientInfo: { name: 'raw', version: '1' } };
    const hello = await raw.request('initialize', params);
    raw.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return Object.assign(raw, { hello });
  }

  names(): string[] {
    const text = readFileSync(join(this.home.directory, 'countersign.config.json'), 'utf8');
    return Object.keys((JSON.parse(text) as { upstreams: object }).upstreams);
  }

  /** What reached a server since the client came. */
  seen(name: string): (Message & { params?: Record<string, unknown> })[] {
    const file = join(this.home.room, `${name}.seen`);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line) => JSON.parse(line) as Message);
  }

  /** The methods that reached a server, but for the handshake and the list of tools. */
  reached(name: string): string[] {
    const own = new Set(['initialize', 'notifications/initialized', 'tools/list']);
    return this.seen(name).flatMap(({ method }) => (method === undefined || own.has(method) ? [] : [method]));
  }

  records(...kinds: string[]): Record<string, unknown>[] {
    return this.home.records().filter(({ kind }) => kinds.includes(String(kind)));
  }

  async end(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.home.remove();
  }
}

/** Resolves when `holds` does; throws after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error('it did not come to that within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
