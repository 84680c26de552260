import type { Redis } from "ioredis";
import { deadLua } from "./dead-lua.ts";
import type { Keys } from "./keys.ts";
import { RETRIES_LUA } from "./retry-jobs.ts";
import { LOG_ID_BYTES } from "./row-lua.ts";
import { RUN_LUA } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

/** How many tasks one step looks at, how many bytes it reads, how many it retries: about 2 ms of Redis. */
const CHUNK = 300;
const CHUNK_BYTES = 262_144;
const MOST_CHANGED = 100;

/**
 * One step of one job, those that run taking turns. Without `allow-oom`: in a full store, more to run
 * waits until there is room.
 *
 * KEYS the shard's prefix, log. ARGV token, lease ms.
 * Reply: nothing to do, 'held' by another, or jobid and state.
 */
const stepScript = defineScript(`${RUN_LUA}${RETRIES_LUA}
local jobid = call('LINDEX', ACTIVE, -1)
if not jobid then return {} end
local owner = call('GET', LEASE)
if owner and owner ~= ARGV[1] then return {'held'} end
call('SET', LEASE, ARGV[1], 'PX', ARGV[2])
call('LMOVE', ACTIVE, ACTIVE, 'RIGHT', 'LEFT')

local job = JOB .. jobid
local held = call('HMGET', job, 'of', 'since', 'until', 'ms', 'id', 'f1', 'f2', 'f3', 'f4')
for i = 1, 4 do ARGV[i + 2] = held[i + 5] end
local of, since, last, ms, id = held[1], tonumber(held[2]), tonumber(held[3]), held[4], held[5]
local bytes, left = ${CHUNK_BYTES}, ${MOST_CHANGED}
${deadLua(3)}
local counted = {looked = 0, matched = 0, changed = 0, skipped = 0, failed = 0}
local function add(what) counted[what] = counted[what] + 1 end

local function look(task, endedMs)
  local run = call('HMGET', RUN .. task, 's', 'p', 'T', 'J', 'e')
  endedMs = endedMs or tonumber(run[5] or '')
  if run[1] ~= of or not endedMs or endedMs < since or endedMs > last then return end
  local fit, head = fits(task, run[2], (kind ~= '' or text ~= '') and errorOf(task) or '')
  if not fit then return end
  add('matched')
  if not head then return add('failed') end
  if run[4] == jobid then return add('skipped') end
  revive(task, of, run[2], run[3])
  call('HSET', RUN .. task, 'J', jobid)
  add('changed')
  left = left - 1
end

local isOver = false
if of == 'f' then
  local listed = deadAfter(ms, id, ${CHUNK})
  isOver = #listed < ${2 * CHUNK}
  for i = 1, #listed, 2 do
    if tonumber(listed[i + 1]) < since then
      isOver = true
      break
    end
    id, ms = listed[i], listed[i + 1]
    add('looked')
    look(id, tonumber(ms))
    if left <= 0 or bytes < 0 then
      isOver = isOver and i == #listed - 1
      break
    end
  end
else
  local from = id == '+' and id or '(' .. id
  local entries = id == '0-0' and {} or call('XREVRANGE', KEYS[2], from, '-', 'COUNT', ${CHUNK})
  isOver = #entries < ${CHUNK}
  for i, e in ipairs(entries) do
    id = e[1]
    add('looked')
    local task = sub(e[2][2], 6)
    if find(call('GETRANGE', RECORD .. task, 0, ${LOG_ID_BYTES}), '^%d+%-%d+%*') then look(task, nil) end
    if left <= 0 or bytes < 0 then
      isOver = isOver and i == #entries
      break
    end
  end
end

call('HSET', job, 'ms', ms, 'id', id)
for what, n in pairs(counted) do
  if n > 0 then call('HINCRBY', job, what, n) end
end
if isOver then
  call('HSET', job, 'state', 'done', 'ended', number(now()))
  call('LREM', ACTIVE, 1, jobid)
end
flush()
return {jobid, isOver and 'done' or 'running'}
`);

export type RetryStep =
  /** No job runs. */
  | { kind: "idle" }
  /** Another consumer works on them. */
  | { kind: "held" }
  | { kind: "stepped"; jobid: string; isDone: boolean };

/** Takes or renews the lease, and does the next bit of the job whose turn it is. */
export async function stepRetryJobs(
  redis: Redis,
  keys: Keys,
  token: string,
  leaseMs: number,
): Promise<RetryStep> {
  const [jobid, state] = await runScript<[string?, string?]>(
    redis,
    stepScript,
    [keys.shard, keys.log],
    [token, leaseMs],
  );
  if (jobid === undefined) return { kind: "idle" };
  return state === undefined
    ? { kind: "held" }
    : { kind: "stepped", jobid, isDone: state === "done" };
}
