/** Reservations and their uses, as the scripts of quota read, change and write them. */
export const REQUEST_LUA = `
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
  if not one then damaged('reserved names ' .. id .. ', which is not there') end
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
  if not one.about then one.about, one.keyed, one.cap = use.about, use.keyed, '0' end
  return one
end
-- This instant, never behind what the counter has seen.
local function nowOf(one) return math.max(clock(), one.seen) end
-- What was not forwarded as far as anybody knows counts from now on.
local function doubt(request, forwarded)
  for _, use in ipairs(request.uses) do
    if not use.closes then
      local one = counterUnder(use)
      local slot, ends = placeAt(use, forwarded or nowOf(one))
      add(one, slot, ends, 'doubt', use.amount)
      take(one, use.slot, 'reserved', use.amount)
      use.slot, use.ends = slot, ends
    end
  end
  request.state = 'in-doubt'
end
-- The use is over.
local function release(one, use, what, amount)
  take(one, use.slot, what, amount)
  one.holding = math.max(one.holding - 1, 0)
  one.isChanged = true
end
local function conclude(request, outcome, forwarded)
  local closing = false
  for _, use in ipairs(request.uses) do
    local one = counterUnder(use)
    if use.closes then
      -- A use that happened keeps its counter closed until somebody enters the amount.
      if outcome == 'failed' then release(one, use, 'closed', 1) else closing = true end
    else
      -- What is in doubt stands in the window of its instant already.
      local slot, ends = placeAt(use, forwarded or nowOf(one))
      if request.state == 'in-doubt' then slot, ends = use.slot, use.ends end
      if outcome == 'ok' then add(one, slot, ends, 'used', use.amount) end
      release(one, use, request.state == 'in-doubt' and 'doubt' or 'reserved', use.amount)
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
