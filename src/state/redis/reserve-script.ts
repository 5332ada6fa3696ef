import { QUOTA_LUA } from './quota-lua.ts';
import { script } from './script.ts';

/**
 * All or nothing over every counter of an ask. Arguments: the instant, empty for the server's own clock, request, about,
 * owner, lease, and of each use counter, amount, cap, whether it is admitted, whether it closes, keyed, kind and bounds of
 * the window, about.
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
local refused, admitted = { 'refused', text(at) }, { 'held', text(at) }
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
  for _, word in ipairs({ text(sum.used), text(sum.reserved), text(sum.doubt), text(sum.closed) }) do
    admitted[#admitted + 1] = word
  end
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
return admitted
`,
);
