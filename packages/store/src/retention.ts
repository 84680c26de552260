import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
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
 * by itself. Totals stay as they are. `allow-oom`: a full store is when it is needed most.
 *
 * KEYS log, record prefix, lease. ARGV lease token, most tasks, age ms, remember ms, chunk.
 * Reply: how many were removed; -1 when the lease belongs to another.
 */
const trimScript = defineScript(`#!lua flags=allow-oom
local log, prefix, lease = KEYS[1], KEYS[2], KEYS[3]
if redis.call('GET', lease) ~= ARGV[1] then return -1 end
local surplus = redis.call('XLEN', log) - tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local cutoff, remember = now - tonumber(ARGV[3]), tonumber(ARGV[4])
local removed, last = 0, nil
for i, e in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', ARGV[5])) do
  local id = e[1]
  local ms = tonumber(string.match(id, '^%d+'))
  if surplus <= 0 and ms >= cutoff then break end
  local key = prefix .. string.sub(e[2][2], 6)
  local record = redis.call('GET', key)
  if record and string.sub(record, 1, #id) == id then
    local left = ms + remember - now
    if left > 0 then
      local first = string.find(record, '\\n', 1, true)
      local second = string.find(record, '\\n', first + 1, true)
      redis.call('SET', key, '-\\n' .. redis.sha1hex(string.sub(record, second + 1)), 'PX', left)
    else
      redis.call('DEL', key)
    end
  end
  last = id
  removed = removed + 1
  surplus = surplus - 1
end
if last then
  local ms, seq = string.match(last, '^(%d+)-(%d+)$')
  redis.call('XTRIM', log, 'MINID', ms .. '-' .. (tonumber(seq) + 1))
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
    [keys.log, keys.recordPrefix, keys.retentionLease],
    [token, maxTasks, Math.floor(maxAgeMs), Math.floor(rememberMs), CHUNK],
  );
  if (removed < 0) return { kind: "notOurs" };
  return { kind: "removed", count: removed, more: removed === CHUNK };
}
