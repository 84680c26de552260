import { RUN_KEYS } from "./keys.ts";
import { RUN_LUA } from "./run-lua.ts";
import { defineScript } from "./script.ts";

/**
 * The one script that changes the state of tasks that are run; the commit script, which begins them,
 * `processDue` and retries in bulk share its functions (`run-lua.ts`). `allow-oom`: what runs must be able to end in
 * a full store.
 *
 * KEYS the shard's prefix. ARGV operations one after the other, each its letter and its arguments:
 * - Q taskid, priority digit, run stream entry, job: a worker's queue has it; the entry is removed
 * - S taskid, worker, job: an attempt begins
 * - F taskid, round, attempt, verdict, ms, attempt as JSON, result as JSON: an attempt has ended; verdict s,
 *   f, t (another comes in `ms`) or a (a remote answered 202 and may take `ms`)
 * - R taskid, round or '', attempt or '', verdict s or f, result as JSON: a remote reports what an attempt
 *   of this round has done
 * - X taskid: cancel. V taskid: run again, in a new round
 * Reply: one per operation, see `transitions.ts`.
 */
export const transitionScript = defineScript(`#!lua flags=allow-oom
${RUN_LUA}
local at = 1
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
local function startsFrom(s, due) return s == 'r' or s == 'q' or (s == 't' and (due or '') == '') end
-- Without a run hash.
local function absent(id)
  local first = call('GETRANGE', RECORD .. id, 0, 0)
  return (first == '' or first == '-') and 'unknown' or 'notRun'
end
local ops = {}

function ops.Q()
  local id, p, entry, job = take(), take(), take(), take()
  -- Noted already, and what became of it since has nothing to do with this job.
  if call('XDEL', STREAM .. p, entry) == 0 then return 0 end
  local run = call('HMGET', RUN .. id, 's', 'd')
  local s = run[1]
  if not s or not startsFrom(s, run[2]) then return 0 end
  -- Where its last job was lost it is queued already.
  if s ~= 'q' then move(id, s, 'q', p) end
  call('HSET', RUN .. id, 'j', job)
  call('ZADD', HELD, number(now()), id)
  return s == 'q' and 0 or 1
end

function ops.S()
  local id, worker, job = take(), take(), take()
  local key = RUN .. id
  local run = call('HMGET', key, 's', 'p', 'o', 'n', 'd', 'y', 'g', 'k', 'j')
  local s = run[1]
  if s == 'u' and run[6] ~= '1' then
    -- A second job of the same task; the first is there still, and so is whoever has it, or the next.
    if run[9] ~= job and hasJob(run[2], run[9]) then return {'stale'} end
    -- Asked twice by the same job, because the first answer was lost: it is still the same attempt.
    local kind = (run[8] == worker and run[9] == job) and 'started' or 'taken'
    return {kind, tonumber(run[3]), tonumber(run[4]), tonumber(run[7]), call('GET', RECORD .. id) or ''}
  end
  if not s or not startsFrom(s, run[5]) then return {'stale'} end
  local attempt = tonumber(run[4]) + 1
  move(id, s, 'u', run[2])
  call('HSET', key, 'n', attempt, 'k', worker, 'g', number(now()), 'j', job)
  if attempt == 1 then call('HSET', key, 'b', number(now())) end
  call('ZADD', HELD, number(now()), id)
  return {'started', tonumber(run[3]), attempt, now(), call('GET', RECORD .. id) or ''}
end

function ops.F()
  local id, round, attempt, verdict, ms, tried, result = take(), take(), take(), take(), take(), take(), take()
  local key = RUN .. id
  local run = call('HMGET', key, 's', 'p', 'o', 'n', 'y')
  if run[3] ~= round or run[4] ~= attempt then return 0 end
  local s = run[1]
  if s ~= 'u' or run[5] == '1' then
    -- A report or a cancellation was faster: the attempt was made all the same, and is told once.
    local over = s == 'u' or s == 's' or s == 'f' or s == 'c'
    if over and not call('LPOS', HISTORY .. id, tried) then call('RPUSH', HISTORY .. id, tried) end
    return 0
  end
  call('RPUSH', HISTORY .. id, tried)
  if verdict == 's' or verdict == 'f' then
    call('SET', RESULT .. id, result)
    finish(id, 'u', verdict, run[2])
    return 1
  end
  local due = now() + tonumber(ms)
  if verdict == 't' then
    move(id, 'u', 't', run[2])
  else
    call('HSET', key, 'y', '1')
    count('u' .. run[2], -1)
  end
  call('HSET', key, 'd', number(due))
  call('ZREM', HELD, id)
  dueAt(id, due)
  return 1
end

function ops.R()
  local id, round, attempt, verdict, result = take(), take(), take(), take(), take()
  local run = call('HMGET', RUN .. id, 's', 'p', 'o', 'n')
  local s = run[1]
  if not s then return absent(id) end
  -- Between two attempts as well: a remote may have heard a call whose answer was lost, and does not do it twice.
  if run[4] == '0' or not (s == 'u' or s == 't' or s == 'q') then return 'unchanged' end
  if round ~= '' then
    local later = tonumber(run[4]) - tonumber(attempt)
    -- Whichever attempt has done the work, it is done. That an earlier one could not says nothing of a later one.
    if run[3] ~= round or later < 0 or (later > 0 and verdict == 'f') then return 'unchanged' end
  end
  call('SET', RESULT .. id, result)
  finish(id, s, verdict, run[2])
  return 'ended'
end

function ops.X()
  local id = take()
  local run = call('HMGET', RUN .. id, 's', 'p')
  local s = run[1]
  if not s then return absent(id) end
  if s == 's' or s == 'f' or s == 'c' then return s end
  if s == 'u' then call('PUBLISH', P .. '${RUN_KEYS.cancelChannel}', id) end
  finish(id, s, 'c', run[2])
  return 'changed'
end

function ops.V()
  local id = take()
  local run = call('HMGET', RUN .. id, 's', 'p', 'T')
  local s = run[1]
  if not s then return absent(id) end
  if s ~= 'f' and s ~= 'c' then return s end
  revive(id, s, run[2], run[3])
  return 'changed'
end

local replies = {}
while at <= #ARGV do
  local op = take()
  replies[#replies + 1] = ops[op]()
end
flush()
return replies
`);
