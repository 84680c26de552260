import type { Redis } from "ioredis";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { UNLINK_LUA } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

export interface RetentionPolicy {
  maxTasks: number;
  maxAgeMs: number;
  /** How long an identity is remembered at least, counted from its arrival by Redis' clock. */
  rememberMs: number;
}

/** How many tasks one call removes at most: about a millisecond of Redis' time. */
const CHUNK = 500;

/**
 * Removes the oldest tasks while there are too many, or they are too old. A record younger than
 * the time identities are remembered leaves a mark with the fingerprint of its body, which expires
 * by itself. What runs or is still to run leaves the log, but nothing else: it is removed when it has
 * ended and that time has passed. Totals stay as they are. `allow-oom`: a full store is when it is needed most.
 *
 * KEYS log, the shard's prefix, lease. ARGV lease token, most tasks, age ms, remember ms, chunk.
 * Reply: how many were removed; -1 when the lease belongs to another.
 */
const trimScript = defineScript(`#!lua flags=allow-oom
${UNLINK_LUA}
local log, shard, lease = KEYS[1], KEYS[2], KEYS[3]
local call, find, sub = redis.call, string.find, string.sub
if call('GET', lease) ~= ARGV[1] then return -1 end
local surplus = call('XLEN', log) - tonumber(ARGV[2])
local time = call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local cutoff, remember = now - tonumber(ARGV[3]), tonumber(ARGV[4])

-- The state character of a task that is run, once it has ended; nil while it must be kept.
local function endRun(id)
  local run = shard .. '${RUN_KEYS.run}' .. id
  local held = call('HMGET', run, 's', 'a')
  if held[1] ~= 's' and held[1] ~= 'f' and held[1] ~= 'c' then
    call('HSET', run, 'T', remember)
    return nil
  end
  unlink(shard, id, held[2])
  call('ZREM', shard .. '${RUN_KEYS.dead}', id)
  call('DEL', run, shard .. '${RUN_KEYS.history}' .. id, shard .. '${RUN_KEYS.result}' .. id)
  return held[1]
end

local function remove(id, logId, ms)
  local key = shard .. '${RUN_KEYS.record}' .. id
  local record = call('GET', key)
  if not record or sub(record, 1, #logId) ~= logId then return end
  local first = find(record, '\\n', 1, true)
  local ended = ''
  if sub(record, first - 1, first - 1) == '*' then
    ended = endRun(id)
    if not ended then return end
  end
  local left = ms + remember - now
  if left > 0 then
    local second = find(record, '\\n', first + 1, true)
    call('SET', key, '-' .. ended .. '\\n' .. redis.sha1hex(sub(record, second + 1)), 'PX', left)
  else
    call('DEL', key)
  end
end

local removed, last = 0, nil
for i, e in ipairs(call('XRANGE', log, '-', '+', 'COUNT', ARGV[5])) do
  local id = e[1]
  local ms = tonumber(string.match(id, '^%d+'))
  if surplus <= 0 and ms >= cutoff then break end
  remove(sub(e[2][2], 6), id, ms)
  last = id
  removed = removed + 1
  surplus = surplus - 1
end
if last then
  local ms, seq = string.match(last, '^(%d+)-(%d+)$')
  call('XTRIM', log, 'MINID', ms .. '-' .. (tonumber(seq) + 1))
end
return removed
`);

export type RetentionStep =
  | { kind: "removed"; count: number; more: boolean }
  /** Another consumer holds the lease. */
  | { kind: "notOurs" };

/** One bounded step; call again while `more`. */
export async function applyRetention(
  redis: Redis,
  keys: Keys,
  token: string,
  { maxTasks, maxAgeMs, rememberMs }: RetentionPolicy,
): Promise<RetentionStep> {
  const removed = await runScript<number>(
    redis,
    trimScript,
    [keys.log, keys.shard, keys.retentionLease],
    [token, maxTasks, Math.floor(maxAgeMs), Math.floor(rememberMs), CHUNK],
  );
  if (removed < 0) return { kind: "notOurs" };
  return { kind: "removed", count: removed, more: removed === CHUNK };
}
