/**
 * The circuit breaker of an endpoint (Nygard, "Release It!", "Circuit Breaker"), and of an origin:
 * scheme, host and port. Its counters live in Redis, so all workers share them.
 *
 *     state      by                                              becomes
 *     closed     5 failures in a row                             open for 5 s
 *     open       its time is over                                half open: the next delivery is the probe
 *     half open  the probe is delivered                          closed
 *     half open  the probe fails                                 open, twice as long as before, at most 60 s
 *     any        a delivery that was under way is delivered      closed
 *
 * An endpoint counts every reply but 2xx and every failure to reply. An origin counts only failures
 * to reply, of five different endpoints with no reply in between: one dead path does not close a host
 * for the others, while a dead host is found out though each webhook has an address of its own.
 *
 * Hash `e:<endpoint>`: `address`, `origin`, `busy` (deliveries under way), `pending` and `bytes`
 * (what waits or is under way), `ok` (1: the last one was delivered, 0: it failed, empty: never
 * tried), `fails` (in a row), `opens` (0: closed), `open` (ms: nothing is sent before), `probe` (a
 * delivery), `pause` (ms: a reply asked for this by Retry-After), `gone` (ms: answered 410),
 * `delivered`, `failed`, `discarded`, `last` (ms), `status`. Hash `o:<origin>`: `ok`, `opens`, `open`,
 * `probe`, `silent` (how many endpoints are in `of:<origin>`).
 */
const BREAKER = {
  failures: 5,
  openMs: 5_000,
  openMaxMs: 60_000,
  /** How many endpoints of an origin must get no reply. */
  silentEndpoints: 5,
  /** Deliveries to one endpoint at a time; fewer as long as it has not delivered anything, or since it failed. */
  concurrency: 10,
  unprovenConcurrency: 2,
  /** Retry-After holds up the whole endpoint for no longer than this. */
  pauseMaxMs: 300_000,
} as const;

/** An origin that nothing happened to for so long is forgotten. */
const ORIGIN_TTL_MS = 86_400_000;

const NUMBERS = [
  ...["busy", "pending", "bytes", "fails", "opens", "open", "pause", "delivered", "failed"],
  ...["discarded", "last", "status"],
];
const TEXTS = ["ok", "probe", "origin", "gone", "address"];
const ORIGIN_NUMBERS = ["opens", "open", "silent"];
const ORIGIN_TEXTS = ["ok", "probe"];

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");

/**
 * Lua, for scripts that begin with `DELIVERY_LUA`. What a script reads of an endpoint it reads once,
 * changes in its own memory, and `saveEndpoints` writes at the end.
 *
 * - `endpoint(id)`, `origin(id)`: as tables; whoever changes one sets its `dirty`
 * - `lineUp(e, back)`: find out when its turn comes, at the end or in `findTurns()`; behind all that wait
 *   already if `back`
 * - `gate(e)`: ms before which nothing may be sent; `most(e)`: how many at a time; `proven(e)`: it delivers
 * - `probing(id, e, ms)`: if the circuit is half open, this delivery is the probe, for so long
 * - `unprobe(id, e)`: the probe has told nothing, so the next delivery is one
 * - `judge(id, e, outcome, status, pause)`: takes in what a delivery tells of its endpoint: `delivered`,
 *   `answered` (not with 2xx), `silent` (no reply) or `unsent`; returns what is new: `opened`,
 *   `originOpened`, `closed` or nothing
 */
export const ENDPOINT_LUA = `
local E, O, LINE = {}, {}, {}
local function load(key, numbers, texts)
  local names = {}
  for _, name in ipairs(numbers) do names[#names + 1] = name end
  for _, name in ipairs(texts) do names[#names + 1] = name end
  local values, loaded = call('HMGET', key, unpack(names)), {}
  for i, name in ipairs(names) do
    if i <= #numbers then loaded[name] = num(values[i]) else loaded[name] = values[i] or '' end
  end
  return loaded
end
local E_NUMBERS, E_TEXTS = {${quoted(NUMBERS)}}, {${quoted(TEXTS)}}
local O_NUMBERS, O_TEXTS = {${quoted(ORIGIN_NUMBERS)}}, {${quoted(ORIGIN_TEXTS)}}
local function endpoint(id)
  if not E[id] then
    E[id] = load(P .. 'e:' .. id, E_NUMBERS, E_TEXTS)
    E[id].id = id
  end
  return E[id]
end
local function origin(id)
  if not O[id] then O[id] = load(P .. 'o:' .. id, O_NUMBERS, O_TEXTS) end
  return O[id]
end
local function save(key, value, numbers, texts)
  local fields = {}
  for _, name in ipairs(numbers) do
    fields[#fields + 1] = name
    fields[#fields + 1] = value[name]
  end
  for _, name in ipairs(texts) do
    fields[#fields + 1] = name
    fields[#fields + 1] = value[name]
  end
  call('HSET', key, unpack(fields))
end
local function gate(e)
  return math.max(e.open, e.pause, origin(e.origin).open)
end
local function proven(e)
  local o = origin(e.origin)
  if e.opens > 0 or o.opens > 0 then return false end
  return e.ok == '1' or (e.ok == '' and o.ok == '1')
end
local function most(e)
  if e.opens > 0 then return 1 end
  return proven(e) and ${BREAKER.concurrency} or ${BREAKER.unprovenConcurrency}
end
local function lineUp(e, back)
  LINE[e.id] = LINE[e.id] or back
end
local function findTurn(e, back)
  local head = call('ZRANGE', P .. 'q:' .. e.id, 0, 0, 'WITHSCORES')
  if not head[1] or e.busy >= most(e) then
    call('ZREM', P .. 'ready', e.id)
    return
  end
  local at = math.max(num(head[2]), gate(e), now)
  if at == now and not back then
    local placed = call('ZSCORE', P .. 'ready', e.id)
    if placed and tonumber(placed) <= now then return end
  end
  call('ZADD', P .. 'ready', at, e.id)
end
local function findTurns()
  for id, back in pairs(LINE) do findTurn(E[id], back) end
  LINE = {}
end
local function saveEndpoints()
  for id, e in pairs(E) do
    if e.dirty then save(P .. 'e:' .. id, e, E_NUMBERS, E_TEXTS) end
    if e.used then call('ZADD', P .. 'eps', now, id) end
  end
  for id, o in pairs(O) do
    if o.dirty then
      save(P .. 'o:' .. id, o, O_NUMBERS, O_TEXTS)
      call('PEXPIRE', P .. 'o:' .. id, ${ORIGIN_TTL_MS})
    end
  end
  findTurns()
end
local function probing(id, e, ms)
  for _, circuit in ipairs({e, origin(e.origin)}) do
    if circuit.opens > 0 then circuit.probe, circuit.open, circuit.dirty = id, now + ms, true end
  end
end
local function unprobe(id, e)
  for _, circuit in ipairs({e, origin(e.origin)}) do
    if circuit.probe == id then circuit.probe, circuit.open, circuit.dirty = '', now, true end
  end
end
local function open(circuit)
  circuit.open = now + math.min(${BREAKER.openMs} * 2 ^ circuit.opens, ${BREAKER.openMaxMs})
  circuit.opens, circuit.probe, circuit.dirty = circuit.opens + 1, '', true
end
local function judgeOrigin(id, e, outcome)
  local o, silentKey = origin(e.origin), P .. 'of:' .. e.origin
  if outcome == 'unsent' then
    if o.probe == id then o.probe, o.open, o.dirty = '', now, true end
  elseif outcome == 'silent' then
    call('SADD', silentKey, e.id)
    call('PEXPIRE', silentKey, ${ORIGIN_TTL_MS})
    o.ok, o.silent, o.dirty = '0', call('SCARD', silentKey), true
    local first = o.opens == 0
    if o.probe == id or (first and o.silent >= ${BREAKER.silentEndpoints}) then
      open(o)
      return first
    end
  elseif o.silent > 0 or o.opens > 0 or (outcome == 'delivered' and o.ok ~= '1') then
    call('DEL', silentKey)
    if outcome == 'delivered' then o.ok = '1' end
    o.silent, o.opens, o.open, o.probe, o.dirty = 0, 0, 0, '', true
  end
  return false
end
local function judge(id, e, outcome, status, pause)
  local news = judgeOrigin(id, e, outcome) and 'originOpened' or ''
  e.used, e.last, e.status, e.dirty = true, now, num(status), true
  if outcome == 'delivered' then
    if e.opens > 0 then news = 'closed' end
    e.ok, e.fails, e.opens, e.open, e.pause, e.probe, e.gone = '1', 0, 0, 0, 0, '', ''
    return news
  end
  if pause > 0 then e.pause = math.max(e.pause, now + math.min(pause, ${BREAKER.pauseMaxMs})) end
  e.ok, e.fails = '0', e.fails + 1
  local first = e.opens == 0
  if e.probe == id or (first and e.fails >= ${BREAKER.failures}) then
    open(e)
    if first then news = 'opened' end
  end
  return news
end
`;
