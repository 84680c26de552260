import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import type { EncodedTask } from "./record.ts";
import { RUN_LUA } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

/** How many predecessors of predecessors one call looks at for circles: some ms of Redis' time. */
const MOST_VISITED = 5_000;

/**
 * Stores tasks: de-duplicates by identity, writes record and log entry, raises the totals, and hands
 * those that are run to the run streams, or lets them wait. All of one call becomes durable together; a
 * repeated identity changes nothing but two counters.
 *
 * KEYS the shard's prefix, log. ARGV pairs of log entry (with its run plan) and record tail.
 * Reply: one character per task: 0 stored, 1 duplicate, 2 duplicate with other fields.
 */
const commitScript = defineScript(`${RUN_LUA}
local log = KEYS[2]
local unknown = call('SCARD', UNKNOWN) > 0

-- Whether the new task waits for itself, through these. Only one that others wait for already can.
local visited = 0
local function inCircle(id, after)
  if not string.find(after, id, 1, true) and call('EXISTS', WAITERS .. id) == 0 then return false end
  local stack, seen = {}, {}
  for other in string.gmatch(after, '%S+') do stack[#stack + 1] = other end
  while #stack > 0 and visited < ${MOST_VISITED} do
    local other = table.remove(stack)
    if other == id then return true end
    if not seen[other] then
      seen[other] = true
      visited = visited + 1
      local run = call('HMGET', RUN .. other, 's', 'a')
      if run[1] == 'w' and run[2] then
        for further in string.gmatch(run[2], '%S+') do stack[#stack + 1] = further end
      end
    end
  end
  return false
end

-- The state character of a predecessor; nil when nobody knows it yet.
local function stateOf(id)
  local state = call('HGET', RUN .. id, 's')
  if state then return state end
  local first = call('GETRANGE', RECORD .. id, 0, 1)
  if first == '' then return nil end
  local mark = string.match(first, '^%-([fc])')
  return mark or 's'
end

local function begin(id, p, plan)
  local flags, delay, at, after = string.match(plan, '^([^,]*),([^,]*),([^,]*),(.*)$')
  local due, left, failed = 0, 0, nil
  if delay ~= '' then due = now() + tonumber(delay) end
  if at ~= '' then due = math.max(due, tonumber(at)) end
  if after ~= '' then
    if inCircle(id, after) then failed = id end
    for other in string.gmatch(after, '%S+') do
      local state = stateOf(other)
      if state == 'f' or state == 'c' then
        failed = failed or other
      elseif state ~= 's' then
        left = left + call('SADD', WAITERS .. other, id)
        if not state then
          call('SADD', UNKNOWN, other)
          unknown = true
        end
      end
    end
  end
  local later = due > 0 and due > now()
  local waits = left > 0 or later or failed
  local run = RUN .. id
  call('HSET', run, 's', waits and 'w' or 'r', 'p', p, 'o', 0, 'n', 0)
  if flags ~= '' then call('HSET', run, 'h', '1') end
  if after ~= '' then call('HSET', run, 'a', after, 'l', left) end
  if later then
    call('HSET', run, 'd', number(due))
    if not failed then dueAt(id, due) end
  end
  count(waits and 's:waiting' or 's:received', 1)
  if failed then
    predecessorFailed(id, p, failed == id and 'The task waits for itself.' or 'Task ' .. failed .. ' did not succeed.')
  elseif waits then
    call('RPUSH', HISTORY .. id, 'w' .. number(now()))
  else
    append(id, p)
  end
end

local perPriority = {0, 0, 0, 0}
local outcomes = {}
local stored, recorded, duplicates, conflicts, last = 0, 0, 0, 0, nil
for i = 1, #ARGV, 2 do
  local entry, tail = ARGV[i], ARGV[i + 1]
  local plan
  if #entry > 31 then
    plan = sub(entry, 32)
    entry = sub(entry, 1, 31)
  end
  local id = sub(entry, 6)
  local key = RECORD .. id
  local known = call('GET', key)
  local outcome
  if not known then
    last = call('XADD', log, '*', 'r', entry)
    call('SET', key, last .. (plan and '*\\n' or '\\n') .. tail)
    local p = string.byte(entry) - 47
    perPriority[p] = perPriority[p] + 1
    stored = stored + 1
    outcome = '0'
    local awaited = unknown and call('SREM', UNKNOWN, id) == 1
    if plan then
      begin(id, sub(entry, 1, 1), plan)
    else
      recorded = recorded + 1
      if awaited then ended[#ended + 1] = id .. 's' end
    end
  else
    local body = sub(tail, string.find(tail, '\\n', 1, true) + 1)
    local same
    if sub(known, 1, 1) == '-' then
      same = sub(known, string.find(known, '\\n', 1, true) + 1) == redis.sha1hex(body)
    else
      same = sub(known, -#body - 1) == '\\n' .. body
    end
    duplicates = duplicates + 1
    outcome = '1'
    if not same then
      conflicts = conflicts + 1
      outcome = '2'
    end
  end
  outcomes[#outcomes + 1] = outcome
end
if stored > 0 then
  for p = 1, 4 do
    if perPriority[p] > 0 then call('HINCRBY', TOTALS, 'p' .. (p - 1), perPriority[p]) end
  end
  if recorded > 0 then call('HINCRBY', TOTALS, 's:received', recorded) end
  call('HINCRBY', TOTALS, 'total', stored)
  call('HSET', TOTALS, 'last', last)
end
if duplicates > 0 then call('HINCRBY', TOTALS, 'duplicates', duplicates) end
if conflicts > 0 then call('HINCRBY', TOTALS, 'conflicts', conflicts) end
flush()
return table.concat(outcomes)
`);

/** Resolves, once the tasks are on disk as far as Redis is set to, with one digit per task. */
export function commitTasks(
  redis: Redis,
  keys: Keys,
  tasks: readonly EncodedTask[],
): Promise<string> {
  const args: string[] = [];
  for (const task of tasks) args.push(task.entry, task.tail);
  return runScript<string>(redis, commitScript, [keys.shard, keys.log], args);
}
