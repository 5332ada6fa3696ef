/** The steps of quota, each of them one script. Their first argument is the instant, empty for the server's own clock. */
import { QUOTA_LUA } from './quota-lua.ts';
import { script } from './script.ts';

/**
 * All or nothing over every counter of an ask. Further arguments: request, about, owner, lease, and of each use counter,
 * amount, cap, whether it is admitted, whether it closes, keyed, kind and bounds of the window, about.
 */
export const RESERVE = script(
  'grows',
  QUOTA_LUA,
  `
checkIndexes()
local request = ARGV[2]
local before = requestOf(request)
if before and before.state ~= 'reserved' then return { 'conflict', before.state } end

local uses, seen = {}, 0
for i = 6, #ARGV, 10 do
  local use = { counter = ARGV[i], amount = tonumber(ARGV[i + 1]), cap = ARGV[i + 2], admits = ARGV[i + 3] == '1',
    closes = ARGV[i + 4] == '1', keyed = ARGV[i + 5], kind = ARGV[i + 6], first = tonumber(ARGV[i + 7]),
    second = tonumber(ARGV[i + 8]), about = ARGV[i + 9] }
  seen = math.max(seen, counterOf(use.counter).seen)
  uses[#uses + 1] = use
end
local at = clock()
if at < seen - STEP_BACK then return { 'clock_back', text(seen), text(seen - at) } end
at = math.max(at, seen)
for _, use in ipairs(uses) do
  if use.kind == 'c' and (at < use.first or at >= use.second) then return { 'window_passed', text(at) } end
end

local function held(use)
  if use.closes then return 'closed', 1 end
  return 'reserved', use.amount
end
-- What the request itself holds already does not count against it.
local refused = { 'refused', text(at) }
for place, use in ipairs(uses) do
  local sum = standing(counterOf(use.counter), at)
  for _, mine in ipairs(before and before.uses or {}) do
    if mine.counter == use.counter and mine.ends > at then
      sum.reserved = sum.reserved - mine.amount
      if mine.closes then sum.closed = sum.closed - 1 end
    end
  end
  local total = sum.used + sum.reserved + sum.doubt + use.amount
  local why = nil
  if total > MAX then why = 'too_large'
  elseif use.admits then why = nil
  elseif sum.closed > 0 then why = 'closed'
  elseif total > tonumber(use.cap) then why = 'over' end
  if why then
    local again = use.kind == 'c' and text(use.second) or resets(counterOf(use.counter), at) or ''
    for _, word in ipairs({ text(place - 1), why, text(sum.used), text(sum.reserved), text(sum.doubt),
      text(sum.closed), again }) do refused[#refused + 1] = word end
  end
end
if #refused > 2 then return refused end

for _, use in ipairs(before and before.uses or {}) do
  local what, amount = held(use)
  release(counterUnder(use), use, what, amount)
end
for _, use in ipairs(uses) do
  local one = counterOf(use.counter)
  one.about, one.keyed, one.cap, one.seen = use.about, use.keyed, use.cap, at
  forget(one, at)
  use.slot, use.ends = placeHeld(use)
  local what, amount = held(use)
  add(one, use.slot, use.ends, what, amount)
  one.holding = one.holding + 1
end

local ends = math.min(at + tonumber(ARGV[5]), MAX)
redis.call('ZADD', P .. 'requests', text(at), request)
redis.call('ZADD', P .. 'reserved', text(ends), request)
redis.call('DEL', P .. 'request:' .. request)
redis.call('HSET', P .. 'request:' .. request, 'about', ARGV[3], 'owner', ARGV[4], 'at', text(at), 'lease', text(ends))
writeRequest({ id = request, state = 'reserved', uses = uses })
writeCounters(at)
-- Ended counters are listed no more; so late that a clock which leapt ahead for a while hides none that stands.
redis.call('ZREMRANGEBYSCORE', P .. 'counters', '-inf', text(math.max(at - KEPT, 0)))
return { 'held', text(at) }
`,
);

/** Further arguments: request, outcome, the instant of forwarding or nothing. */
export const SETTLE = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local request = requestOf(ARGV[2])
if not request or request.state == 'unbounded' then return 0 end
local at = clock()
local forwarded = ARGV[4] == '' and at or tonumber(ARGV[4])
if ARGV[3] ~= 'in-doubt' then conclude(request, ARGV[3], forwarded)
elseif request.state == 'reserved' then doubt(request, forwarded)
else return 1 end
writeRequest(request)
writeCounters(at)
return 1
`,
);

/** Further argument: the owner. */
export const ABANDON = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local at, moved, answer = clock(), {}, {}
for _, id in ipairs(redis.call('ZRANGE', P .. 'reserved', 0, -1)) do
  local request = knownRequest(id)
  if request.words.owner == ARGV[2] then
    doubt(request, at)
    moved[#moved + 1] = request
    answer[#answer + 1] = id
  end
end
for _, request in ipairs(moved) do writeRequest(request) end
writeCounters(at)
return answer
`,
);

/** Moves what nobody can be waiting for any more into doubt, some of it at a time; answers how many. */
export const LAPSE = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local at, moved = clock(), {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'reserved', '-inf', text(at), 'LIMIT', 0, 100)) do
  local request = knownRequest(id)
  doubt(request, at)
  moved[#moved + 1] = request
end
for _, request in ipairs(moved) do writeRequest(request) end
writeCounters(at)
return #moved
`,
);

export const OWNERS = script(
  'steady',
  QUOTA_LUA,
  `
local known, answer = {}, {}
for _, id in ipairs(redis.call('ZRANGE', P .. 'reserved', 0, -1)) do
  local owner = knownRequest(id).words.owner
  if owner and not known[owner] then
    known[owner] = true
    answer[#answer + 1] = owner
  end
end
return answer
`,
);

/** The names of the reservations that are not over, oldest first. */
export const REQUESTS = script('steady', QUOTA_LUA, `return redis.call('ZRANGE', P .. 'requests', 0, -1)`);

/** Those of the named reservations that are still not over: fields and values. */
export const REQUESTS_NAMED = script(
  'steady',
  QUOTA_LUA,
  `
local answer = {}
for i = 2, #ARGV do
  local request = requestOf(ARGV[i])
  if request then
    local one = { request.id, request.words.about or '', request.words.owner or '', request.state,
      request.words.at or '' }
    for _, use in ipairs(request.uses) do
      one[#one + 1] = use.counter
      one[#one + 1] = use.about
      one[#one + 1] = text(use.amount)
      one[#one + 1] = use.closes and '1' or '0'
    end
    answer[#answer + 1] = one
  end
end
return answer
`,
);

/** The ids of the counters with a slot that has not ended. */
export const COUNTERS = script(
  'steady',
  QUOTA_LUA,
  `return redis.call('ZRANGEBYSCORE', P .. 'counters', '(' .. text(clock()), '+inf')`,
);

/** Those of the named counters that stand at something. */
export const COUNTERS_NAMED = script(
  'steady',
  QUOTA_LUA,
  `
local at, answer = clock(), {}
for i = 2, #ARGV do
  local one = counterOf(ARGV[i])
  if redis.call('ZCOUNT', P .. 'slots:' .. one.id, '(' .. text(at), '+inf') > 0 then
    local sum = standing(one, at)
    answer[#answer + 1] = { one.id, one.about or '', one.cap or '', text(sum.used), text(sum.reserved),
      text(sum.doubt), text(sum.closed), resets(one, at) or '' }
  end
end
return answer
`,
);

/** Further arguments: request, outcome. */
export const RESOLVE = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local request = requestOf(ARGV[2])
if not request then return 'unknown' end
local at = clock()
if request.state == 'reserved' and request.lease <= at then doubt(request, at) end
if request.state ~= 'in-doubt' then return 'wrong_state' end
conclude(request, ARGV[3], at)
writeRequest(request)
writeCounters(at)
return 'done'
`,
);

/** Further arguments: request, amount, and the counters of the currency. */
export const ENTER = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local request = requestOf(ARGV[2])
if not request then return 'unknown' end
local at = clock()
local entered = false
for _, use in ipairs(request.uses) do
  if request.state == 'unbounded' and use.closes then
    local unit = cjson.decode(use.about).unit
    if unit == ARGV[3] then
      local slot, ends = placeAt(use, at)
      add(counterUnder(use), slot, ends, 'used', tonumber(ARGV[4]))
      entered = true
    end
  end
end
if not entered then return 'wrong_state' end
-- The amount was in one currency: the windows of the others open as well.
for _, use in ipairs(request.uses) do
  if use.closes then release(counterUnder(use), use, 'closed', 1) end
end
request.state = 'over'
writeRequest(request)
writeCounters(at)
return 'done'
`,
);

/** Further argument: the counter. */
export const RESET = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local at, one = clock(), counterOf(ARGV[2])
local names = redis.call('ZRANGEBYSCORE', P .. 'slots:' .. one.id, '(' .. text(at), '+inf')
for _, name in ipairs(names) do
  local slot = slotOf(one, name)
  if not slot then damaged('counter:' .. one.id) end
  take(one, tonumber(name), 'used', slot.used)
end
writeCounters(at)
return #names > 0 and 1 or 0
`,
);
