import type { Redis } from "ioredis";
import { activeBatchesKey, batchListKey } from "./batch-keys.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** `allow-oom`: a full store is when it is needed most. */
const pruneScript = defineScript(`#!lua flags=allow-oom
local kept, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local excess = redis.call('ZCARD', KEYS[1]) - kept
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
local candidates = old
if excess > #old then candidates = redis.call('ZRANGE', KEYS[1], 0, excess - 1) end
local removed = 0
for _, id in ipairs(candidates) do
  if removed >= most then break end
  if redis.call('SISMEMBER', KEYS[2], id) == 0 then
    for _, part in ipairs({'record:', 'events:', 'settled:', 'delivered:', 'tries:', 'lease:'}) do
      redis.call('UNLINK', ARGV[1] .. part .. id)
    end
    redis.call('ZREM', KEYS[1], id)
    removed = removed + 1
  end
end
return removed
`);

/** How many batches one call removes at most, so that Redis is not held up. */
const MOST_PER_CALL = 100;

/**
 * Removes ended batches that were created before `beforeMs` or are not among the newest `keep`;
 * those that still run stay. Returns how many went.
 */
export async function pruneBatches(
  redis: Redis,
  keys: Keys,
  { beforeMs, keep }: { beforeMs: number; keep: number },
): Promise<number> {
  return await runScript<number>(
    redis,
    pruneScript,
    [batchListKey(keys), activeBatchesKey(keys)],
    [keys.batchPrefix, beforeMs, keep, MOST_PER_CALL],
  );
}
