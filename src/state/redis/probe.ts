/** Whether the user may do all that our scripts do, the server takes writes, and the keys are of this release. */
import { script } from './script.ts';

/** Counts the forms that our keys have had. A release that knows another one is refused: it would read them wrongly. */
export const SCHEMA = 1;

/**
 * Answers the schema, which is ours where there was none. Tries every command of our scripts on keys that are gone
 * afterwards: a script that is refused a command halfway leaves half of a step behind, so that is found out here.
 */
export const PROBE = script(
  'steady',
  `
local words, order, members = KEYS[1] .. 'probe:words', KEYS[1] .. 'probe:order', KEYS[1] .. 'probe:members'
redis.call('DEL', words, order, members)
redis.call('TIME')
redis.call('EXISTS', words)
redis.call('HSETNX', words, 'a', '1')
redis.call('HSET', words, 'b', '2')
redis.call('HINCRBY', words, 'b', '1')
redis.call('HGET', words, 'a')
redis.call('HMGET', words, 'a', 'b')
redis.call('HGETALL', words)
redis.call('HKEYS', words)
redis.call('HDEL', words, 'a')
redis.call('PEXPIRE', words, '60000')
redis.call('PERSIST', words)
redis.call('SADD', members, 'a')
redis.call('SMEMBERS', members)
redis.call('ZADD', order, '1', 'a')
redis.call('ZCARD', order)
redis.call('ZCOUNT', order, '-inf', '+inf')
redis.call('ZRANGE', order, '0', '-1')
redis.call('ZRANGEBYSCORE', order, '-inf', '+inf')
redis.call('ZREM', order, 'a')
redis.call('ZREMRANGEBYSCORE', order, '-inf', '+inf')
redis.call('DEL', words, order, members)
redis.call('SET', KEYS[1] .. 'schema', '${SCHEMA}', 'NX')
return redis.call('GET', KEYS[1] .. 'schema')
`,
);
