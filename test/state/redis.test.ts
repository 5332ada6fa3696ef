import { afterAll, beforeAll, describe } from 'vitest';
import { openRedisStore } from '../../src/state/redis.ts';
import { redisBinary, type RedisServer, startRedis } from '../support/redis-server.ts';
import { storeContract } from './contract.ts';

const isMissing = redisBinary() === undefined;
const WHY = isMissing ? ' (skipped: redis-server is not on the PATH)' : '';

describe.skipIf(isMissing)(`redis${WHY}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  let namespaces = 0;
  const makeFactory = () => {
    namespaces += 1;
    const url = `${server.url}?namespace=n${namespaces}`;
    const open = (clock?: () => number) => openRedisStore({ url, ...(clock === undefined ? {} : { clock }) });
    return Promise.resolve({ open, dispose: () => Promise.resolve() });
  };

  storeContract('redis', makeFactory);
});
