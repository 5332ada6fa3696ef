import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/state/postgres.ts';
import { postgresBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { storeContract } from './contract.ts';

const MISSING = postgresBinaries() === undefined;
const REASON = MISSING ? 'PostgreSQL (skipped: no initdb and postgres on this machine)' : 'PostgreSQL';

describe.skipIf(MISSING)(REASON, () => {
  let server: PostgresServer;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  const makeFactory = () => {
    const schema = `contract_${(schemas += 1)}`;
    return Promise.resolve({
      open: (clock?: () => number) =>
        openPostgresStore({ url: `${server.url}?schema=${schema}`, username: server.username, clock }),
      dispose: async () => void (await server.sql(`DROP SCHEMA ${schema} CASCADE`)),
    });
  };
  storeContract('postgres', makeFactory);
});
