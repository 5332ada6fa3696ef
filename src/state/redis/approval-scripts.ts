/**
 * Requests for approval and the records of operators, each operation one script. The first argument is the instant, empty
 * for the server's own clock.
 *
 * Keys: `approval:ID`, a hash of the words below, without those that are null; `verdicts:ID`, a list; `approvals`, all ids
 * by the order in which they were opened, which `approval-number` counts; `approvals-open`, the open ones by when their
 * time is over; `approval-match:MATCH`, those of the same call, by that order; `approval-grant:GRANT`, by until when
 * calls of that grant are compared with them; `approval-forget`, by when nothing is any more, and then they are removed.
 * `operators`, the records by the order in which they were added.
 */
import { CLOCK_LUA } from './counter-lua.ts';
import { script } from './script.ts';

const APPROVALS = `${CLOCK_LUA}
local REPEAT = 86400000
local function key(id) return P .. 'approval:' .. id end
local function known(id)
  local one = redis.call('HMGET', key(id), 'state', 'match', 'expires', 'grant', 'approved')
  if not one[1] then return nil end
  return { state = one[1], match = one[2], expires = tonumber(one[3]), grant = one[4], approved = one[5] == '1' }
end
local function entry(id) return { id, redis.call('HGETALL', key(id)), redis.call('LRANGE', P .. 'verdicts:' .. id, 0, -1) } end
local function under(id, one, untilMs, forget)
  redis.call('ZADD', P .. 'approval-grant:' .. one.grant, untilMs, id)
  redis.call('ZADD', P .. 'approval-forget', forget, id)
end
local function finish(id, one, state, outcome, at)
  redis.call('HSET', key(id), 'state', state, 'ended', string.format('%.0f', at))
  if outcome ~= '' then redis.call('HSET', key(id), 'outcome', outcome) end
  redis.call('HDEL', key(id), 'sealed')
  redis.call('ZREM', P .. 'approvals-open', id)
  local forget = math.max(at + REPEAT, one.expires)
  under(id, one, state == 'rejected' and forget or at + REPEAT, forget)
end
-- What is over has ended, whoever looks.
local function expire(now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'approvals-open', '-inf', string.format('%.0f', now))) do
    local one = known(id)
    if one then finish(id, one, one.approved and 'lapsed' or 'expired', '', one.expires)
    else redis.call('ZREM', P .. 'approvals-open', id) end
  end
end
local function forget(now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'approval-forget', '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)) do
    local one = known(id)
    if one then
      redis.call('ZREM', P .. 'approval-match:' .. one.match, id)
      redis.call('ZREM', P .. 'approval-grant:' .. one.grant, id)
    end
    redis.call('ZREM', P .. 'approvals', id)
    redis.call('ZREM', P .. 'approval-forget', id)
    redis.call('DEL', key(id), P .. 'verdicts:' .. id)
  end
end
-- The newest request for the same call that a call is compared with.
local function standing(match, now)
  for _, id in ipairs(redis.call('ZREVRANGE', P .. 'approval-match:' .. match, 0, -1)) do
    local one = known(id)
    if one then
      if one.state == 'open' or one.state == 'claimed' then return id, one end
      if one.state == 'rejected' and one.expires > now then return id, one end
      if one.state == 'executed' and tonumber(redis.call('HGET', key(id), 'ended')) > now - REPEAT then return id, one end
    end
  end
  return nil
end
`;

/** Further arguments: id, match, grant, expiry, how many may be open, then fields and values. */
export const OPEN = script(
  'grows',
  APPROVALS,
  `
local now = clock()
expire(now)
forget(now)
local id, match, grant, expires, pending = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local found, one = standing(match, now)
if found and one.state ~= 'executed' then return { one.state == 'rejected' and 'rejected' or 'joined', entry(found) } end
local open = 0
for _, other in ipairs(redis.call('ZRANGE', P .. 'approvals-open', 0, -1)) do
  if redis.call('HGET', key(other), 'grant') == grant then open = open + 1 end
end
if open >= pending then return { 'full', open } end
if redis.call('EXISTS', key(id)) == 1 then return { 'taken' } end
local number = redis.call('INCR', P .. 'approval-number')
redis.call('HSET', key(id), 'match', match, 'grant', grant, 'expires', expires, 'state', 'open', 'approved', '0', unpack(ARGV, 7))
redis.call('DEL', P .. 'verdicts:' .. id)
redis.call('ZADD', P .. 'approvals', number, id)
redis.call('ZADD', P .. 'approval-match:' .. match, number, id)
redis.call('ZADD', P .. 'approvals-open', expires, id)
redis.call('ZADD', P .. 'approval-grant:' .. grant, '+inf', id)
return { 'opened' }
`,
);

/** Further argument: id. */
export const FIND = script(
  'steady',
  APPROVALS,
  `
expire(clock())
if redis.call('EXISTS', key(ARGV[2])) == 0 then return {} end
return entry(ARGV[2])
`,
);

/** The ids of what has not ended, and of what ended within a day. */
export const IDS = script(
  'steady',
  APPROVALS,
  `
local now = clock()
expire(now)
local answer = {}
for _, id in ipairs(redis.call('ZRANGE', P .. 'approvals', 0, -1)) do
  local ended = redis.call('HGET', key(id), 'ended')
  if not ended or tonumber(ended) > now - REPEAT then answer[#answer + 1] = id end
end
return answer
`,
);

/** Further arguments: ids. */
export const NAMED = script(
  'steady',
  APPROVALS,
  `
local answer = {}
for at = 2, #ARGV do
  if redis.call('EXISTS', key(ARGV[at])) == 1 then answer[#answer + 1] = entry(ARGV[at]) end
end
return answer
`,
);

/** Further arguments: ids. Everything of them but what they hold. */
export const MARKS = script(
  'steady',
  APPROVALS,
  `
expire(clock())
local names = { 'grant', 'expires', 'state', 'outcome', 'ended', 'approved', 'claimed' }
local answer = {}
for at = 2, #ARGV do
  local fields = {}
  for number, value in ipairs(redis.call('HMGET', key(ARGV[at]), unpack(names))) do
    if value then
      fields[#fields + 1] = names[number]
      fields[#fields + 1] = value
    end
  end
  if #fields > 0 then answer[#answer + 1] = { ARGV[at], fields, redis.call('LLEN', P .. 'verdicts:' .. ARGV[at]) } end
end
return answer
`,
);

/** Further argument: match. */
export const STANDING = script(
  'steady',
  APPROVALS,
  `
local now = clock()
expire(now)
local id = standing(ARGV[2], now)
if not id then return {} end
return entry(id)
`,
);

/** Further arguments: id, verdict, whether the verdicts suffice with it. */
export const ADD_VERDICT = script(
  'grows',
  APPROVALS,
  `
expire(clock())
local one = known(ARGV[2])
if not one or one.state ~= 'open' then return 0 end
redis.call('RPUSH', P .. 'verdicts:' .. ARGV[2], ARGV[3])
if ARGV[4] == '1' then redis.call('HSET', key(ARGV[2]), 'approved', '1') end
return 1
`,
);

/** Further arguments: id, owner. */
export const CLAIM = script(
  'steady',
  APPROVALS,
  `
expire(clock())
local one = known(ARGV[2])
if not one or one.state ~= 'open' then return 0 end
redis.call('HSET', key(ARGV[2]), 'state', 'claimed', 'claimed', ARGV[3])
redis.call('ZREM', P .. 'approvals-open', ARGV[2])
return 1
`,
);

/** Further arguments: id, state, outcome or nothing. */
export const END = script(
  'steady',
  APPROVALS,
  `
local now = clock()
expire(now)
local one = known(ARGV[2])
if not one or (one.state ~= 'open' and (one.state ~= 'claimed' or ARGV[3] == 'rejected')) then return 0 end
finish(ARGV[2], one, ARGV[3], ARGV[4], now)
return 1
`,
);

/** Arguments: record, how many there may be. Answers whether it was added, or that there are too many. */
export const ADD_OPERATOR = script(
  'grows',
  `
local key = KEYS[1] .. 'operators'
if redis.call('ZSCORE', key, ARGV[1]) then return 0 end
local count = redis.call('ZCARD', key)
if count >= tonumber(ARGV[2]) then return -1 end
redis.call('ZADD', key, count, ARGV[1])
return 1
`,
);

/** Arguments: the places of the first and the last record. */
export const OPERATORS = script('steady', `return redis.call('ZRANGE', KEYS[1] .. 'operators', ARGV[1], ARGV[2])`);
