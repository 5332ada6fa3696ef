/**
 * The server through a small pool: every operation is one statement, which is answered or refused within a fixed time.
 * Every new connection is examined before it is used, so that after a failover or a restart no server is trusted that
 * would not have been at the start.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientBase, ClientConfig, Pool, PoolClient } from 'pg';
import { StateError } from '../port.ts';
import type { Address } from './address.ts';
import { isCut, isRolledBack, toStateError } from './errors.ts';
import { FACTS, findingsOf } from './facts.ts';
import type { Row } from './rows.ts';
import { checkInstallation, type Installation } from './schema.ts';
import { checkText } from './text.ts';

/** An operation is answered or refused within this. */
const DEADLINE_MS = 3_000;
/** The server gives up before we do, so that what we call refused rarely happens later. */
const STATEMENT_MS = 2_000;
const CONNECT_MS = 2_000;
/** A gateway makes a few calls at a time, and many gateways share the connections that a server has. */
const CONNECTIONS = 4;
const IDLE_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** How often a statement that others made the server undo is sent again. */
const ROLLED_BACK_TIMES = 5;
const LONGEST_PAUSE_MS = 20;

export interface Answer {
  readonly rows: readonly Row[];
  /** How many rows were written. */
  readonly changes: number;
}

/** `again`: it comes to the same if it is carried out twice, so a cut connection is no reason to give up. */
export type Repeatable = 'again' | 'once';

export class Database {
  readonly #pool: Pool;
  readonly #address: Address;
  #closing: Promise<void> | undefined;

  constructor(PoolOfDriver: typeof Pool, address: Address, installation: Installation) {
    this.#address = address;
    this.#pool = new PoolOfDriver({
      ...clientConfig(address),
      ...{ max: CONNECTIONS, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true },
      // The driver waits for what this answers, which its types do not say.
      onConnect: (client): unknown => admit(client, installation),
    });
    // A connection that ends while nobody uses it leaves the pool; the next operation makes another. Without these two
    // listeners it would end the process.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Carries out one statement. Throws `StateError`. */
  async run(text: string, values: readonly unknown[], repeatable: Repeatable = 'once'): Promise<Answer> {
    for (const value of values) checkText(value);
    try {
      return await this.#repeat(text, values, repeatable, performance.now() + DEADLINE_MS);
    } catch (error) {
      throw toStateError(error, this.#address.words);
    }
  }

  /** Waits for the operations that have begun. */
  close(): Promise<void> {
    this.#closing ??= this.#pool.end().catch(() => undefined);
    return this.#closing;
  }

  async #repeat(text: string, values: readonly unknown[], repeatable: Repeatable, deadlineMs: number): Promise<Answer> {
    let cutsBorne = repeatable === 'again' ? 1 : 0;
    let rollbacksBorne = ROLLED_BACK_TIMES;
    for (;;) {
      try {
        return await this.#once(text, values, deadlineMs);
      } catch (error) {
        if (isRolledBack(error) && rollbacksBorne > 0) rollbacksBorne -= 1;
        else if (isCut(error) && cutsBorne > 0 && performance.now() < deadlineMs) cutsBorne -= 1;
        else throw error;
      }
      await pause(Math.random() * LONGEST_PAUSE_MS);
    }
  }

  async #once(text: string, values: readonly unknown[], deadlineMs: number): Promise<Answer> {
    const client = await this.#connect(deadlineMs);
    try {
      const leftMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
      // The types of the driver lack the time limit of a single query.
      const query = { text, values: [...values], query_timeout: leftMs };
      const { rows, rowCount } = await client.query<Record<string, unknown>>(query);
      client.release();
      return { rows, changes: rowCount ?? 0 };
    } catch (error) {
      client.release(isCut(error));
      throw error;
    }
  }

  /** A connection from the pool in time, or none: one that comes later goes back. */
  async #connect(deadlineMs: number): Promise<PoolClient> {
    if (this.#closing !== undefined) throw new StateError('unavailable', 'the state store is closed');
    const connecting = this.#pool.connect();
    const late = new AbortController();
    const timeout = pause(Math.max(1, deadlineMs - performance.now()), undefined, { signal: late.signal }).then(() => {
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      throw new Error('no connection in time');
    });
    try {
      return await Promise.race([connecting, timeout]);
    } finally {
      late.abort();
      timeout.catch(() => undefined);
    }
  }
}

/** Every setting is named: what is left out would be taken from the environment of whoever started us. */
export function clientConfig(address: Address): ClientConfig {
  const { host, port, database, user, password, schema, tls } = address;
  return {
    ...{ host, port, database, user, ssl: tls, client_encoding: 'UTF8', application_name: 'countersign' },
    // As a function, because the driver takes an empty text for none and looks elsewhere.
    password: () => password,
    options: sessionOptions(schema),
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: DEADLINE_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    ...{ keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
    // The types do not know these two, the driver looks for them in the environment all the same.
    ...{ sslnegotiation: 'postgres', replication: 'false' },
  };
}

function sessionOptions(schema: string | undefined): string {
  const options = ['-c synchronous_commit=on', '-c default_transaction_isolation=read\\ committed'];
  // The temporary schema last: in front, where it is by default, a table of that name there would be taken for ours.
  if (schema !== undefined) options.push(`-c search_path=${schema},pg_temp`);
  return options.join(' ');
}

async function admit(client: ClientBase, installation: Installation): Promise<void> {
  refuseFailing(await factsOf(client), installation.words);
  await checkInstallation(client, installation);
}

export async function factsOf(client: ClientBase): Promise<Row> {
  const { rows } = await client.query<Record<string, unknown>>(FACTS);
  return rows[0] ?? {};
}

/** A server that breaks the store's promises is not used at all: a lost count is a cap exceeded. */
export function refuseFailing(facts: Row, words: string): void {
  const failing = findingsOf(facts).find(({ status }) => status === 'fail');
  if (failing === undefined) return;
  const { message, fix } = failing;
  throw new StateError('unavailable', `the state store \`${words}\` cannot be trusted: ${message}; ${fix}`);
}

/** The row of a statement that answers one. */
export function onlyRow({ rows }: Answer): Row {
  return rows[0] ?? {};
}
