/**
 * What the scripts of quota share. A script reads, decides and changes values in memory, where a fault stops it with
 * nothing written, and writes at its end: the server takes nothing back of a script that failed halfway.
 *
 * Keys: `counter:ID`, a hash of `about`, `keyed`, `cap`, `seen` and one field per slot; `request:ID`, a hash of `about`,
 * `owner`, `state`, `at`, `lease` and one numbered field per use; `counters`, by when the last slot ends; `requests`, by
 * when they were reserved; `reserved`, by when the lease ends. Numbers are doubles in Lua, exact up to 2^53-1.
 */
import { MAX_COUNT, MAX_STEP_BACK_MS } from '../quota.ts';

/** Counters of single values, a payment's id for one, are forgotten when nobody has used them for so long. */
export const KEYED_KEPT_MS = 35 * 86_400_000;

/** The instant of the script: the first argument, or the server's clock if that is empty. */
const CLOCK = `
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

const COUNTERS = `
local counters = {}
local function readSlot(value, what)
  local ends, used, reserved, doubt, closed = string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  if not ends then damaged(what) end
  local slot = { ends = tonumber(ends), used = tonumber(used), reserved = tonumber(reserved),
    doubt = tonumber(doubt), closed = tonumber(closed) }
  if math.max(slot.ends, slot.used, slot.reserved, slot.doubt, slot.closed) > MAX then damaged(what) end
  return slot
end
local function counterOf(id)
  if counters[id] then return counters[id] end
  local key = 'counter:' .. id
  local one = { slots = {}, changed = {}, words = {}, noted = false }
  local all = redis.call('HGETALL', P .. key)
  for i = 1, #all, 2 do
    if string.find(all[i], '^%-?%d+$') then one.slots[all[i]] = readSlot(all[i + 1], key)
    else one.words[all[i]] = all[i + 1] end
  end
  counters[id] = one
  return one
end
local function holds(slot) return slot.reserved + slot.doubt + slot.closed > 0 end
local function standing(one, at)
  local sum = { used = 0, reserved = 0, doubt = 0, closed = 0, stands = false }
  for _, slot in pairs(one.slots) do
    if slot.ends > at then
      sum.stands = true
      for _, what in ipairs({ 'used', 'reserved', 'doubt', 'closed' }) do
        sum[what] = math.min(sum[what] + slot[what], MAX)
      end
      if slot.ends < MAX and (not sum.resets or slot.ends < sum.resets) then sum.resets = slot.ends end
    end
  end
  return sum
end
-- An amount that an operator enters may pass what can be counted; it stays at that, and nothing more is admitted.
local function add(one, place, ends, what, amount)
  local name = text(place)
  local slot = one.slots[name] or { ends = ends, used = 0, reserved = 0, doubt = 0, closed = 0 }
  slot[what] = math.min(slot[what] + amount, MAX)
  one.slots[name] = slot
  one.changed[name] = true
end
-- A slot that holds something is kept after its end, so a late end of a use credits no later window.
local function take(one, place, what, amount, id)
  local name = text(place)
  local slot = one.slots[name]
  if not slot then return end
  if slot[what] < amount then damaged('counter:' .. id) end
  slot[what] = slot[what] - amount
  if slot.used == 0 and not holds(slot) then one.slots[name] = nil end
  one.changed[name] = true
end
local function forget(one, at)
  for name, slot in pairs(one.slots) do
    if slot.ends <= at and not holds(slot) then
      one.slots[name] = nil
      one.changed[name] = true
    end
  end
end
local function note(one, words)
  one.words = words
  one.noted = true
end
local function write(id, one, at)
  local key = P .. 'counter:' .. id
  local last, held, set, gone = nil, false, {}, {}
  for _, slot in pairs(one.slots) do
    if not last or slot.ends > last then last = slot.ends end
    held = held or holds(slot)
  end
  if last then redis.call('ZADD', P .. 'counters', text(last), id) else redis.call('ZREM', P .. 'counters', id) end
  for name in pairs(one.changed) do
    local slot = one.slots[name]
    if slot then
      set[#set + 1] = name
      set[#set + 1] = table.concat({ text(slot.ends), text(slot.used), text(slot.reserved), text(slot.doubt),
        text(slot.closed) }, ' ')
    else gone[#gone + 1] = name end
  end
  if one.noted then for name, word in pairs(one.words) do
    set[#set + 1] = name
    set[#set + 1] = word
  end end
  if #set > 0 then redis.call('HSET', key, unpack(set)) end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  if one.words.keyed ~= '1' then return end
  if held or last == MAX then redis.call('PERSIST', key)
  else redis.call('PEXPIRE', key, text(math.max(KEPT, (last or 0) - at))) end
end
local function writeCounters(at)
  for id, one in pairs(counters) do
    if one.noted or next(one.changed) then write(id, one, at) end
  end
end
`;

const REQUESTS = `
local function readUse(value, what)
  local counter, keyed, kind, first, second, amount, closes, slot, ends, about =
    string.match(value, '^(%x+) ([01]) ([cr]) (%d+) (%d+) (%d+) ([01]) (%-?%d+) (%d+) (.*)$')
  if not counter then damaged(what) end
  return { counter = counter, keyed = keyed, kind = kind, first = tonumber(first), second = tonumber(second),
    amount = number(amount, what), closes = closes == '1', slot = tonumber(slot), ends = number(ends, what),
    about = about }
end
local function useText(use)
  return table.concat({ use.counter, use.keyed, use.kind, text(use.first), text(use.second), text(use.amount),
    use.closes and '1' or '0', text(use.slot), text(use.ends), use.about }, ' ')
end
local function requestOf(id)
  local key = 'request:' .. id
  local all = redis.call('HGETALL', P .. key)
  if #all == 0 then return nil end
  local one = { id = id, uses = {}, words = {} }
  for i = 1, #all, 2 do
    if string.find(all[i], '^%d+$') then one.uses[tonumber(all[i])] = readUse(all[i + 1], key)
    else one.words[all[i]] = all[i + 1] end
  end
  one.state = one.words.state
  if one.state ~= 'reserved' and one.state ~= 'in-doubt' and one.state ~= 'unbounded' then damaged(key) end
  one.lease = number(one.words.lease, key)
  return one
end
local function knownRequest(id)
  local one = requestOf(id)
  if not one then damaged('request:' .. id) end
  return one
end
-- Where a use is counted that was forwarded at that instant, and where it stands until then.
local function placeAt(use, at)
  if use.kind == 'c' then return use.first, use.second end
  local slot = at - at % use.second
  return slot, slot + use.second + use.first
end
local function placeHeld(use)
  if use.kind == 'c' then return use.first, use.second end
  return -1, MAX
end
local function counterUnder(use)
  local one = counterOf(use.counter)
  if not one.words.about then note(one, { about = use.about, keyed = use.keyed, cap = '0', seen = '0' }) end
  return one
end
-- What was not forwarded as far as anybody knows counts from now on.
local function doubt(request, at)
  for _, use in ipairs(request.uses) do
    if not use.closes then
      local one = counterUnder(use)
      local slot, ends = placeAt(use, at)
      add(one, slot, ends, 'doubt', use.amount)
      take(one, use.slot, 'reserved', use.amount, use.counter)
      use.slot, use.ends = slot, ends
    end
  end
  request.state = 'in-doubt'
end
local function conclude(request, outcome, at)
  local closing = false
  for _, use in ipairs(request.uses) do
    local one = counterUnder(use)
    if use.closes then
      -- A use that happened keeps its counter closed until somebody enters the amount.
      if outcome == 'failed' then take(one, use.slot, 'closed', 1, use.counter) else closing = true end
    else
      -- What is in doubt stands in the window of its instant already.
      local slot, ends = placeAt(use, at)
      if request.state == 'in-doubt' then slot, ends = use.slot, use.ends end
      if outcome == 'ok' then add(one, slot, ends, 'used', use.amount) end
      take(one, use.slot, request.state == 'in-doubt' and 'doubt' or 'reserved', use.amount, use.counter)
    end
  end
  request.state = closing and 'unbounded' or 'over'
end
local function writeRequest(request)
  if request.state ~= 'reserved' then redis.call('ZREM', P .. 'reserved', request.id) end
  if request.state == 'over' then
    redis.call('ZREM', P .. 'requests', request.id)
    redis.call('DEL', P .. 'request:' .. request.id)
    return
  end
  local set = { 'state', request.state }
  for place, use in ipairs(request.uses) do
    set[#set + 1] = tostring(place)
    set[#set + 1] = useText(use)
  end
  redis.call('HSET', P .. 'request:' .. request.id, unpack(set))
end
-- A fault in the indexes has to show before the first write.
local function checkIndexes()
  for _, name in ipairs({ 'counters', 'requests', 'reserved' }) do redis.call('ZCARD', P .. name) end
end
`;

export const QUOTA_LUA = CLOCK + COUNTERS + REQUESTS;
