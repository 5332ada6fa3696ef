/**
 * Tokens and freezes. Keys: `token:HASH`, a hash of what is known of a token, without the fields that are null;
 * `tokens`, the set of their hashes; `freezes`, a hash by scope and grant. Grants are kept as JSON texts.
 */
import { script } from './script.ts';

const TOKENS = `
local P = KEYS[1]
local function tokensOf(grant, act)
  local changed = {}
  for _, hash in ipairs(redis.call('SMEMBERS', P .. 'tokens')) do
    local key = P .. 'token:' .. hash
    local found = redis.call('HMGET', key, 'grant', 'revoked', 'expires')
    if found[1] == grant and not found[2] and act(hash, found[3]) then changed[#changed + 1] = key end
  end
  return changed
end
`;

/** Arguments: hash, then fields and values. Answers 0 for one that is there. */
export const INSERT = script(
  'grows',
  `
local P = KEYS[1]
if redis.call('EXISTS', P .. 'token:' .. ARGV[1]) == 1 then return 0 end
redis.call('SADD', P .. 'tokens', ARGV[1])
redis.call('HSET', P .. 'token:' .. ARGV[1], unpack(ARGV, 2))
return 1
`,
);

/** Argument: hash. */
export const FIND = script('steady', `return redis.call('HGETALL', KEYS[1] .. 'token:' .. ARGV[1])`);

export const LIST = script(
  'steady',
  `
local answer = {}
for _, hash in ipairs(redis.call('SMEMBERS', KEYS[1] .. 'tokens')) do
  answer[#answer + 1] = { hash, redis.call('HGETALL', KEYS[1] .. 'token:' .. hash) }
end
return answer
`,
);

/** Arguments: grant, instant. */
export const REVOKE = script(
  'steady',
  TOKENS,
  `
local changed = tokensOf(ARGV[1], function() return true end)
for _, key in ipairs(changed) do redis.call('HSET', key, 'revoked', ARGV[2]) end
return #changed
`,
);

/** Arguments: grant, the hash that is kept, instant. */
export const RETIRE = script(
  'steady',
  TOKENS,
  `
local changed = tokensOf(ARGV[1], function(hash, expires)
  return hash ~= ARGV[2] and (not expires or tonumber(expires) > tonumber(ARGV[3]))
end)
for _, key in ipairs(changed) do redis.call('HSET', key, 'expires', ARGV[3]) end
return #changed
`,
);

/** Arguments: hash, instant, calls. */
export const TOUCH = script(
  'steady',
  `
local key = KEYS[1] .. 'token:' .. ARGV[1]
if redis.call('EXISTS', key) == 0 then return 0 end
local last = redis.call('HGET', key, 'used')
redis.call('HINCRBY', key, 'uses', ARGV[3])
if not last or tonumber(last) < tonumber(ARGV[2]) then redis.call('HSET', key, 'used', ARGV[2]) end
return 1
`,
);

/** Arguments: the freeze's field and value. */
export const FREEZE = script('steady', `return redis.call('HSETNX', KEYS[1] .. 'freezes', ARGV[1], ARGV[2])`);

/** Arguments: the fields. */
export const UNFREEZE = script('steady', `return redis.call('HDEL', KEYS[1] .. 'freezes', unpack(ARGV))`);

export const FREEZES = script('steady', `return redis.call('HGETALL', KEYS[1] .. 'freezes')`);

/**
 * Arguments: hash, and the instant, empty for the server's own clock. The token's fields, those of the freezes that are of
 * every grant or of its own, and how many requests for approval its calls are compared with.
 */
export const GATE = script(
  'steady',
  `
local token = redis.call('HGETALL', KEYS[1] .. 'token:' .. ARGV[1])
local fields = { 'all:null', 'money:null' }
local requests = 0
for i = 1, #token, 2 do
  if token[i] == 'grant' then
    fields[3] = 'all:' .. token[i + 1]
    fields[4] = 'money:' .. token[i + 1]
    local now = ARGV[2]
    if now == '' then
      local time = redis.call('TIME')
      now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
    end
    requests = redis.call('ZCOUNT', KEYS[1] .. 'approval-grant:' .. token[i + 1], '(' .. now, '+inf')
  end
end
local values, freezes = redis.call('HMGET', KEYS[1] .. 'freezes', unpack(fields)), {}
for i, field in ipairs(fields) do
  if values[i] then
    freezes[#freezes + 1] = field
    freezes[#freezes + 1] = values[i]
  end
end
return { token, freezes, requests }
`,
);
