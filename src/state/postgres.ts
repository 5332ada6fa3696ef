/** The store for a fleet in PostgreSQL: one database for every gateway of every machine. */
import type { Client } from 'pg';
import { openPins } from './pins.ts';
import type { RemoteStoreOptions, SharedStore, StoreReport } from './port.ts';
import { PostgresApprovals } from './postgres/approvals.ts';
import { type Address, readAddress } from './postgres/address.ts';
import { clientConfig, Database, factsOf, onlyRow, refuseFailing } from './postgres/database.ts';
import { toStateError } from './postgres/errors.ts';
import { aboutOf, FACTS, findingsOf } from './postgres/facts.ts';
import { PostgresFreezes } from './postgres/freezes.ts';
import { readGate } from './postgres/gate.ts';
import { PostgresKeyValues } from './postgres/key-values.ts';
import { PostgresOperators } from './postgres/operators.ts';
import { PostgresQuota } from './postgres/quota.ts';
import { type Installation, migrate, SCHEMA } from './postgres/schema.ts';
import { PostgresTokens } from './postgres/tokens.ts';

/**
 * Opens the store at a URL, `postgres://HOST:5432/DATABASE`, and sets it up if it is empty. `?schema=NAME` keeps it in
 * a schema of its own, which is made if it is missing; `?sslmode=verify-full`, the default for other machines, proves
 * that the server is the one named, `?sslrootcert=FILE` by an authority of its own.
 *
 * Throws `StateError`: `unavailable` for a server that cannot be reached or does not keep what it acknowledges, `busy`
 * where that will pass, `corrupt` for tables that are not ours.
 */
export async function openPostgresStore(options: RemoteStoreOptions): Promise<SharedStore> {
  const address = readAddress(options);
  const { default: pg } = await import('pg').catch((error: unknown) => {
    throw toStateError(error, address.words);
  });
  const installation = await setUp(new pg.Client(clientConfig(address)), address);
  const database = new Database(pg.Pool, address, installation);
  const clock = options.clock ?? (() => null);
  return {
    tokens: new PostgresTokens(database),
    freezes: new PostgresFreezes(database),
    pins: openPins(new PostgresKeyValues(database)),
    quota: new PostgresQuota(database, clock),
    approvals: new PostgresApprovals(database, clock),
    operators: new PostgresOperators(database),
    gate: (tokenHash) => readGate(database, tokenHash, clock()),
    examine: () => examine(database),
    close: () => database.close(),
  };
}

/** With a connection of its own, which may take longer than an operation. */
async function setUp(client: Client, address: Address): Promise<Installation> {
  // A connection that is lost fails the query; the event comes on top of that.
  client.on('error', () => undefined);
  try {
    await client.connect();
    refuseFailing(await factsOf(client), address.words);
    return await migrate(client, address.schema, address.words);
  } catch (error) {
    throw toStateError(error, address.words);
  } finally {
    // Nobody waits for the goodbye: a server that hangs would not answer it.
    client.end().catch(() => undefined);
  }
}

async function examine(database: Database): Promise<StoreReport> {
  const facts = onlyRow(await database.run(FACTS, [], 'again'));
  return { about: `${aboutOf(facts)}, layout ${SCHEMA}`, findings: findingsOf(facts) };
}
