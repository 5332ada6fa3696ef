/** Counters and their slots, as the scripts of quota read, change and write them. */
import { MAX_COUNT, MAX_STEP_BACK_MS } from '../quota.ts';

/** Counters of single values, a payment's id for one, are forgotten when nobody has used them for so long. */
const KEYED_KEPT_MS = 35 * 86_400_000;

/** The instant of the script: the first argument, or the server's clock if that is empty. */
export const CLOCK_LUA = `
local P = KEYS[1]
local MAX = ${MAX_COUNT}
local KEPT = ${KEYED_KEPT_MS}
local STEP_BACK = ${MAX_STEP_BACK_MS}

local function text(number) return string.format('%.0f', number) end
local function damaged(what) error({ err = 'DAMAGED ' .. P .. what }) end
local function number(value, what)
  local read = value and string.find(value, '^%d+$') and tonumber(value)
  if not read or read > MAX then damaged(what) end
  return read
end
local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
`;

/**
 * A counter keeps sums over its slots, because a rolling span has a thousand of them: a slot that ends leaves the sums
 * when the counter is next reserved, and stays by itself while it holds something. `holding` counts the uses that are
 * not over, `last` is the latest end of a slot, without those of uses that have no instant yet.
 */
export const COUNTER_LUA = `
local SUMS = { 'used', 'reserved', 'doubt', 'closed' }
local NUMBERS = { 'used', 'reserved', 'doubt', 'closed', 'holding', 'last', 'seen' }
local counters = {}
local function counterOf(id)
  if counters[id] then return counters[id] end
  local key = 'counter:' .. id
  local found = redis.call('HMGET', P .. key, 'about', 'keyed', 'cap', unpack(NUMBERS))
  local one = { id = id, about = found[1], keyed = found[2], cap = found[3], slots = {}, changed = {}, isChanged = false }
  for place, name in ipairs(NUMBERS) do one[name] = found[1] and number(found[place + 3], key) or 0 end
  if found[1] and not (found[2] and found[3]) then damaged(key) end
  -- Fails here, before anything is written, if that is no such key.
  redis.call('ZCARD', P .. 'slots:' .. id)
  counters[id] = one
  return one
end
local function slotOf(one, name)
  if one.slots[name] ~= nil then return one.slots[name] end
  local value, what = redis.call('HGET', P .. 'counter:' .. one.id, name), 'counter:' .. one.id
  if not value then one.slots[name] = false return false end
  local used, reserved, doubt, closed, ends, counted =
    string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+) ([01])$')
  one.slots[name] = { used = number(used, what), reserved = number(reserved, what), doubt = number(doubt, what),
    closed = number(closed, what), ends = number(ends, what), counted = counted == '1' }
  return one.slots[name]
end
local function change(one, name)
  one.changed[name] = true
  one.isChanged = true
end
local function holds(slot) return slot.reserved + slot.doubt + slot.closed > 0 end
-- The slots that the sums still count although they have ended.
local function ended(one, at) return redis.call('ZRANGEBYSCORE', P .. 'slots:' .. one.id, '-inf', text(at)) end
local function standing(one, at)
  local sum = { used = one.used, reserved = one.reserved, doubt = one.doubt, closed = one.closed }
  for _, name in ipairs(ended(one, at)) do
    local slot = slotOf(one, name)
    for _, what in ipairs(SUMS) do
      if not slot or slot[what] > sum[what] then damaged('counter:' .. one.id) end
      sum[what] = sum[what] - slot[what]
    end
  end
  return sum
end
local function resets(one, at)
  return redis.call('ZRANGEBYSCORE', P .. 'slots:' .. one.id, '(' .. text(at), '(' .. text(MAX), 'WITHSCORES',
    'LIMIT', 0, 1)[2]
end
-- An amount that an operator enters may pass what can be counted; it stays at that, and nothing more is admitted.
local function add(one, place, ends, what, amount)
  local name = text(place)
  local slot = slotOf(one, name) or { ends = ends, used = 0, reserved = 0, doubt = 0, closed = 0, counted = true }
  local counted = math.min(amount, MAX - (slot.counted and one[what] or slot[what]))
  slot[what] = slot[what] + counted
  if slot.counted then one[what] = one[what] + counted end
  if ends < MAX then one.last = math.max(one.last, ends) end
  one.slots[name] = slot
  change(one, name)
end
-- A slot that holds something is kept after its end, so a late end of a use credits no later window; once it holds
-- nothing, nobody asks what was used there.
local function take(one, place, what, amount)
  local name = text(place)
  local slot = slotOf(one, name)
  if not slot then return end
  if slot[what] < amount or (slot.counted and one[what] < amount) then damaged('counter:' .. one.id) end
  slot[what] = slot[what] - amount
  if slot.counted then one[what] = one[what] - amount end
  if not holds(slot) and (slot.used == 0 or not slot.counted) then one.slots[name] = false end
  change(one, name)
end
local function forget(one, at)
  for _, name in ipairs(ended(one, at)) do
    local slot = slotOf(one, name)
    if slot then
      for _, what in ipairs(SUMS) do
        if one[what] < slot[what] then damaged('counter:' .. one.id) end
        one[what] = one[what] - slot[what]
      end
      slot.counted = false
      if not holds(slot) then one.slots[name] = false end
    end
    change(one, name)
  end
end
local function write(one, at)
  local key, slots = P .. 'counter:' .. one.id, P .. 'slots:' .. one.id
  if one.holding > 0 or one.last > 0 then
    redis.call('ZADD', P .. 'counters', text(one.holding > 0 and MAX or one.last), one.id)
  end
  local set = { 'about', one.about, 'keyed', one.keyed, 'cap', one.cap }
  for _, name in ipairs(NUMBERS) do
    set[#set + 1] = name
    set[#set + 1] = text(one[name])
  end
  for name in pairs(one.changed) do
    local slot = one.slots[name]
    if slot then
      set[#set + 1] = name
      set[#set + 1] = table.concat({ text(slot.used), text(slot.reserved), text(slot.doubt), text(slot.closed),
        text(slot.ends), slot.counted and '1' or '0' }, ' ')
    end
  end
  redis.call('HSET', key, unpack(set))
  for name in pairs(one.changed) do
    local slot = one.slots[name]
    if slot and slot.counted then redis.call('ZADD', slots, text(slot.ends), name)
    else redis.call('ZREM', slots, name) end
    if not slot then redis.call('HDEL', key, name) end
  end
  if one.keyed ~= '1' then return end
  for _, name in ipairs({ key, slots }) do
    if one.holding > 0 then redis.call('PERSIST', name)
    else redis.call('PEXPIRE', name, text(math.max(KEPT, one.last - at))) end
  end
end
local function writeCounters(at)
  for _, one in pairs(counters) do
    if one.isChanged then write(one, at) end
  end
end
`;
