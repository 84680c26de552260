import { RUN_KEYS } from "./keys.ts";

/**
 * What every script about runs shares. A task that is run (it has a `call` or a `handler`) has a run
 * hash beside its record:
 *
 * - `s` state, one character of STATE_CHARS; `p` priority digit; `h` 1 when it has a result webhook
 * - `o` round, from 0, one more after each retry by hand; `n` attempts begun in this round
 * - `k` worker of the attempt, `g` when it began, ms; `j` the queue's job
 * - `y` 1 once a remote has answered 202
 * - `d` due ms: the time it waits for, its next attempt, or the deadline of a report
 * - `l` how many predecessors it waits for, `a` which it named
 * - `b` when the round's first attempt began, `e` when it came to rest, ms
 * - `J` the job that retried it in bulk last
 * - `T` set once retention has dropped it from the log, to how long it is to be remembered then, ms
 *
 * State machine; one function, `move`, changes state:
 * - received → queued (a worker's queue has it) → running (an attempt is durable before it begins)
 * - at once waiting, when it has a time to come or predecessors; waiting → received when released;
 *   waiting → failed when a predecessor has not succeeded
 * - running → succeeded, failed, or retrying (a failed attempt, and another to come) → queued
 * - retrying, and queued after that → succeeded, failed, when the remote reports what an attempt has done
 * - received, waiting, queued, running, retrying → cancelled
 * - failed, cancelled → received, by hand, in a new round
 * - received, retrying → running without queued, when the job is faster than the note of it
 *
 * Scripts take the shard's prefix as KEYS[1] and call `flush` at their end.
 */
export const STATE_CHARS = {
  received: "r",
  waiting: "w",
  queued: "q",
  running: "u",
  retrying: "t",
  succeeded: "s",
  failed: "f",
  cancelled: "c",
} as const;

/** The name of the queue that holds the jobs of a priority, by its digit; least urgent first. */
export const RUN_QUEUES = ["low", "moderate", "major", "critical"] as const;

/** How many changes of state are kept for boards that were away: about 5 MB. */
const CHANGES_KEPT = 100_000;
/** How many waiters one call tells; the others are left to `processDue`. */
const MOST_TOLD = 500;

/** `unlink`: what ends need not be told by those that it named in `after`, known or not. */
export const UNLINK_LUA = `
local function unlink(P, id, after)
  for other in string.gmatch(after or '', '%S+') do
    local waiters = P .. '${RUN_KEYS.waiters}' .. other
    if redis.call('SREM', waiters, id) == 1 and redis.call('EXISTS', waiters) == 0 then
      redis.call('SREM', P .. '${RUN_KEYS.unknown}', other)
    end
  end
end
`;

const names = Object.entries(STATE_CHARS).map(([name, char]) => `${char}='${name}'`);

export const RUN_LUA = `${UNLINK_LUA}
local P = KEYS[1]
local call, sub = redis.call, string.sub
local NAMES = {${names.join(",")}}
local TOTALS, RECORD, RUN = P .. '${RUN_KEYS.totals}', P .. '${RUN_KEYS.record}', P .. '${RUN_KEYS.run}'
local HISTORY, RESULT, WAITERS = P .. '${RUN_KEYS.history}', P .. '${RUN_KEYS.result}', P .. '${RUN_KEYS.waiters}'
local UNKNOWN, STREAM, DUE = P .. '${RUN_KEYS.unknown}', P .. '${RUN_KEYS.stream}', P .. '${RUN_KEYS.due}'
local WAKE, HELD, DEAD = P .. '${RUN_KEYS.wake}', P .. '${RUN_KEYS.held}', P .. '${RUN_KEYS.dead}'
local CHANGES, ENDED, SUBSCRIPTIONS = P .. '${RUN_KEYS.changes}', P .. '${RUN_KEYS.ended}', P .. '${RUN_KEYS.subscriptions}'
local BULL, QUEUES = P .. '${RUN_KEYS.bull}:', {${RUN_QUEUES.map((name) => `'${name}'`).join(",")}}
local time, counts, changes, lastChange, subscribed
local ended, told = {}, 0

local function now()
  if not time then
    local t = call('TIME')
    time = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
  end
  return time
end
local function number(n) return string.format('%.0f', n) end
local function count(field, n)
  counts = counts or {}
  counts[field] = (counts[field] or 0) + n
end
local function move(id, from, to, p)
  call('HSET', RUN .. id, 's', to)
  call('RPUSH', HISTORY .. id, to .. number(now()))
  lastChange = call('XADD', CHANGES, 'MAXLEN', '~', ${CHANGES_KEPT}, '*', 'c', id .. to)
  changes = (changes or 0) + 1
  count('s:' .. NAMES[from], -1)
  count('s:' .. NAMES[to], 1)
  if from == 'u' then count('u' .. p, -1) end
  if to == 'u' then count('u' .. p, 1) end
end
local function dueAt(id, ms)
  call('ZADD', DUE, number(ms), id)
  if call('ZRANGE', DUE, 0, 0)[1] == id then call('XADD', WAKE, 'MAXLEN', 1, '*', 'w', '1') end
end
local function hasJob(p, job) return call('EXISTS', BULL .. QUEUES[tonumber(p) + 1] .. ':' .. (job or '')) == 1 end
local function append(id, p) call('XADD', STREAM .. p, '*', 't', id) end
local function forget(id, ms, after)
  unlink(P, id, after)
  for _, key in ipairs({RECORD, RUN, HISTORY, RESULT}) do call('PEXPIRE', key .. id, ms) end
  call('ZREM', DEAD, id)
end
local function finish(id, from, to, p)
  move(id, from, to, p)
  local run = call('HMGET', RUN .. id, 'h', 'T', 'a', 'y')
  -- It was with a remote, and has been taken off when that answered 202.
  if from == 'u' and run[4] == '1' then count('u' .. p, 1) end
  call('HSET', RUN .. id, 'e', number(now()), 'd', '', 'y', '')
  call('ZREM', DUE, id)
  call('ZREM', HELD, id)
  if to == 'f' then call('ZADD', DEAD, number(now()), id) end
  if to ~= 'c' then
    if subscribed == nil then subscribed = call('HLEN', SUBSCRIPTIONS) > 0 end
    if subscribed or run[1] == '1' then call('XADD', ENDED, '*', 't', id) end
  end
  if run[2] then forget(id, run[2], run[3]) end
  ended[#ended + 1] = id .. to
end
local function predecessorFailed(id, p, why)
  call('SET', RESULT .. id, '{"type":"PredecessorFailed","message":"' .. why .. '"}')
  finish(id, 'w', 'f', p)
end
local function release(id, p)
  move(id, 'w', 'r', p)
  append(id, p)
end
local function revive(id, from, p, forgetMs)
  local key = RUN .. id
  call('HDEL', key, 'e', 'b', 'g', 'k', 'd', 'y', 'j')
  call('HINCRBY', key, 'o', 1)
  call('HSET', key, 'n', 0)
  call('DEL', RESULT .. id)
  call('ZREM', DEAD, id)
  if forgetMs then for _, prefix in ipairs({RECORD, RUN, HISTORY}) do call('PERSIST', prefix .. id) end end
  call('LTRIM', HISTORY .. id, -200, -1)
  move(id, from, 'r', p)
  append(id, p)
end
-- Of a taskid and the state in which it ended.
local function tell(ending)
  local id = sub(ending, 1, 26)
  local key = WAITERS .. id
  if call('EXISTS', key) == 0 then return end
  -- One that retention has removed meanwhile has none.
  local state = call('HGET', RUN .. id, 's') or sub(ending, 27)
  -- It is run again, and will tell when that has ended.
  if state ~= 's' and state ~= 'f' and state ~= 'c' then return end
  local budget = ${MOST_TOLD} - told
  local waiters = budget > 0 and call('SPOP', key, budget) or {}
  told = told + #waiters
  if #waiters == budget and call('EXISTS', key) == 1 then dueAt('>' .. ending, 0) end
  for _, waiter in ipairs(waiters) do
    local run = call('HMGET', RUN .. waiter, 's', 'p', 'd')
    if run[1] == 'w' then
      if state ~= 's' then
        predecessorFailed(waiter, run[2], 'Task ' .. id .. ' ' .. (state == 'c' and 'was cancelled.' or 'has failed.'))
      elseif call('HINCRBY', RUN .. waiter, 'l', -1) <= 0 and (run[3] or '') == '' then
        release(waiter, run[2])
      end
    end
  end
end
local function flush()
  while #ended > 0 do tell(table.remove(ended)) end
  if counts then
    for field, n in pairs(counts) do if n ~= 0 then call('HINCRBY', TOTALS, field, n) end end
  end
  if changes then
    call('HINCRBY', TOTALS, 'changes', changes)
    call('HSET', TOTALS, 'change', lastChange)
  end
end
`;
