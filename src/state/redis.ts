/** The store for many machines on a Redis server. Its counters are the server's; no process keeps a copy. */
import { openPins } from './pins.ts';
import type { Gate, RemoteStoreOptions, SharedStore } from './port.ts';
import { readAddress } from './redis/address.ts';
import { RedisApprovals } from './redis/approvals.ts';
import { Connection } from './redis/connection.ts';
import type { Reply } from './redis/dial.ts';
import { examine, refuseUnsafe } from './redis/examine.ts';
import { readFreezes, RedisFreezes } from './redis/freezes.ts';
import { RedisKeyValues } from './redis/key-values.ts';
import { RedisQuota } from './redis/quota.ts';
import { RedisOperators } from './redis/operators.ts';
import { countOf, listOf } from './redis/replies.ts';
import { GATE } from './redis/token-scripts.ts';
import { readToken, RedisTokens } from './redis/tokens.ts';

/**
 * Opens the store on the server at `url`. The option `namespace` of the URL keeps installations apart that share it.
 *
 * Throws `StateError` `unavailable` for a server that cannot be reached, refuses the password or may lose a count, `busy`
 * while it starts. Later failures are thrown by each operation; the connection comes back by itself.
 */
export async function openRedisStore(options: RemoteStoreOptions): Promise<SharedStore> {
  const address = readAddress(options.url);
  const connection = new Connection(address, options, (send) => refuseUnsafe(send, address));
  await connection.open();
  return {
    tokens: new RedisTokens(connection),
    freezes: new RedisFreezes(connection),
    pins: openPins(new RedisKeyValues(connection)),
    quota: new RedisQuota(connection, options.clock),
    approvals: new RedisApprovals(connection, options.clock),
    operators: new RedisOperators(connection),
    gate: async (tokenHash) => {
      const now = options.clock === undefined ? '' : String(options.clock());
      return readGate(tokenHash, await connection.run(GATE, tokenHash, now));
    },
    examine: () => connection.inspect((send) => examine(send, address)),
    close: () => connection.close(),
  };
}

function readGate(tokenHash: string, reply: Reply): Gate {
  const [token, freezes, requests] = listOf(reply, 'a token');
  const hasApprovals = countOf(requests, 'a token') > 0;
  return { token: readToken(tokenHash, token), freezes: readFreezes(freezes), hasApprovals };
}
