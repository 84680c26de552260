import { MAX_KEPT_ATTEMPTS } from "@taskpulse/contract";
import { ENDPOINT_LUA } from "./endpoint-health.ts";

/**
 * One delivery: one event on its way to one address.
 *
 *     state       by                                       becomes
 *     -           the task has ended, or a test            pending
 *     -           the address is gone or its queue full    failed
 *     pending     2xx                                      delivered
 *     pending     a failure, tries left                    pending, due later
 *     pending     the last failure, 410, held up too long  failed
 *     pending     its subscription is disabled or gone     discarded
 *     any other   a replay                                 pending, with all its tries again
 *
 * Hash `r:<id>`: `state`, `seq`, `event`, `task`, `round`, `sub` (empty: the task's own), `ep`,
 * `origin`, `body` (its bodyid), `made`, `due`, `ended` (ms), `why`,
 * `tries` (of this run), `total` (over all runs), `runs` (replays), `lost` (workers that went while
 * they sent it), `claim` (the token of the worker that has it) and `claimed` (ms), `status` (the last),
 * `size` (characters that it holds, about).
 *
 * `settle` below ends it, `requeue` in `delivery-replay.ts` begins it again; nothing else changes the state.
 */

/** How long something may be overdue because its circuit is open. */
const HELD_MS = 86_400_000;
/** How many workers may go while they send the same delivery: it may be the reason. */
const MOST_LOST = 10;

/** What a delivery holds besides its texts. */
export const RECORD_CHARS = 600;

/**
 * The beginning of every script here. KEYS[1] is `deliveryPrefix`, KEYS[2] the hash of subscriptions.
 *
 * - `settle(id, e, size, to, why)`: the pending delivery comes to rest
 * - `addAttempt(id, e, json)`: keeps it, and forgets the oldest of very many; returns how the size changed
 * - `unclaim(id, e)`: nobody has it any more; `wait(id, e, due)`: it waits for its turn
 * - `interrupted(id)`: the worker that had it is gone
 * - `unwanted(sub, event)`: why its subscription does not want it, or nil
 * - `wake()`: some worker may have something to do at once
 * - `finally()`: writes what was changed; the last thing each script does
 */
export const DELIVERY_LUA = `
local P, SUBS = KEYS[1], KEYS[2]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function num(text) return tonumber(text or 0) or 0 end
${ENDPOINT_LUA}
local HELD = {}
local function hold(state, chars)
  HELD[state] = (HELD[state] or 0) + chars
end
local function finally()
  for state, chars in pairs(HELD) do
    if chars ~= 0 then call('HINCRBY', P .. 'totals', 'bytes:' .. state, chars) end
  end
  saveEndpoints()
end
local function wake()
  call('XADD', P .. 'wake', 'MAXLEN', 1, '*', 'w', 1)
end
local function settle(id, e, size, to, why)
  local rk = P .. 'r:' .. id
  local r = call('HMGET', rk, 'seq', 'sub')
  call('ZREM', P .. 's:pending', id)
  call('ZADD', P .. 's:' .. to, r[1], id)
  hold('pending', -size)
  hold(to, size)
  e.pending, e.bytes, e[to], e.dirty = e.pending - 1, e.bytes - size, e[to] + 1, true
  if r[2] ~= '' then call('HINCRBY', P .. 'sub-counts', r[2] .. ':' .. to, 1) end
  call('HSET', rk, 'state', to, 'ended', now, 'why', why, 'claim', '', 'due', '')
end
local function addAttempt(id, e, json)
  local ak, more = P .. 'a:' .. id, #json
  if call('RPUSH', ak, json) > ${MAX_KEPT_ATTEMPTS} then more = more - #call('LPOP', ak) end
  hold('pending', more)
  e.bytes, e.dirty = e.bytes + more, true
  return more
end
local function unclaim(id, e)
  call('ZREM', P .. 'claims', id)
  e.busy, e.dirty = e.busy - 1, true
  lineUp(e, false)
end
local function wait(id, e, due)
  call('ZADD', P .. 'q:' .. e.id, due, id)
  call('HSET', P .. 'r:' .. id, 'due', due, 'claim', '')
  lineUp(e, false)
end
local function interrupted(id)
  local rk = P .. 'r:' .. id
  local r = call('HMGET', rk, 'ep', 'total', 'claimed', 'lost', 'size')
  if not r[1] then
    call('ZREM', P .. 'claims', id)
    return
  end
  local e, n, lost = endpoint(r[1]), num(r[2]) + 1, num(r[4]) + 1
  unclaim(id, e)
  unprobe(id, e)
  local size = num(r[5]) + addAttempt(id, e, string.format(
    '{"n":%d,"at":%d,"ms":%d,"error":{"type":"Interrupted","message":"the worker went away while it sent this"}}',
    n, num(r[3]), now - num(r[3])))
  call('HSET', rk, 'total', n, 'lost', lost, 'size', size)
  if lost >= ${MOST_LOST} then
    settle(id, e, size, 'failed', '${MOST_LOST} workers went away while they sent this')
  else
    wait(id, e, now)
  end
end
local function heldTooLong(due)
  return now - due > ${HELD_MS}
end
local function unwanted(sub, event)
  if sub == '' then return nil end
  if call('HEXISTS', SUBS, sub) == 0 then return 'its subscription is gone' end
  if event ~= 'webhook.test' and call('HEXISTS', P .. 'sub-states', sub) == 1 then
    return 'its subscription is disabled'
  end
  return nil
end
`;
