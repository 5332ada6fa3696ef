/** The steps of quota after a reservation, each of them one script. Their first argument is the instant, empty for the server's own clock. */
import { QUOTA_LUA } from './quota-lua.ts';
import { script } from './script.ts';

/** What the clock shows. */
export const NOW = script('steady', QUOTA_LUA, `return string.format('%.0f', clock())`);

/** Further arguments: request, outcome, the instant of forwarding or nothing. */
export const SETTLE = script(
  'steady',
  QUOTA_LUA,
  `
checkIndexes()
local request = requestOf(ARGV[2])
if not request or request.state == 'unbounded' then return 0 end
local at = clock()
local forwarded = ARGV[4] ~= '' and tonumber(ARGV[4]) or nil
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
    doubt(request)
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
  doubt(request)
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
if request.state == 'reserved' and request.lease <= at then doubt(request) end
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
      local one = counterUnder(use)
      local slot, ends = placeAt(use, nowOf(one))
      local room = math.max(0, MAX - one.used - one.reserved - one.doubt)
      add(one, slot, ends, 'used', math.min(tonumber(ARGV[4]), room))
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
-- Whatever a clock that had leapt ahead showed is forgotten as well.
if one.about then
  one.seen = at
  one.isChanged = true
end
writeCounters(at)
return #names > 0 and 1 or 0
`,
);
