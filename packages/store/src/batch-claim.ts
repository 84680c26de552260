import type { BatchState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { activeBatchesKey, batchKeys } from "./batch-keys.ts";
import type { LeaseHold } from "./batch-record.ts";
import type { Keys } from "./keys.ts";
import { releaseLease } from "./lease.ts";
import { defineScript, runScript } from "./script.ts";

/*
 * One command per producer and second, however many batches there are: renews what is held, takes
 * what nobody holds. Paused batches need no runner, so they are held by nobody. `allow-oom`: what
 * runs ends also in a full store.
 */
const claimScript = defineScript(`#!lua flags=allow-oom
local token, ttl, prefix, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local held, free, count = {}, {}, 0
local function hold(id, state)
  redis.call('SET', prefix .. 'lease:' .. id, token, 'PX', ttl)
  count = count + 1
  held[count] = {id, state, redis.call('HGET', prefix .. 'record:' .. id, 'round')}
end
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local owner = redis.call('GET', prefix .. 'lease:' .. id)
  if not owner or owner == token then
    local state = redis.call('HGET', prefix .. 'record:' .. id, 'state')
    if not state then
      redis.call('SREM', KEYS[1], id)
    elseif owner then
      hold(id, state)
    elseif state ~= 'paused' then
      free[#free + 1] = {id, state}
    end
  end
end
for _, batch in ipairs(free) do
  if count >= most then break end
  hold(batch[1], batch[2])
end
return held
`);

export interface HeldBatch {
  batchid: string;
  state: BatchState;
  /** How many times its undelivered were sent again; a change means that there is more to send. */
  round: number;
}

/** Renews this producer's leases and takes free ones, up to `most` in all; returns what it holds. */
export async function claimBatches(
  redis: Redis,
  keys: Keys,
  hold: LeaseHold,
  most: number,
): Promise<HeldBatch[]> {
  const held = await runScript<[string, BatchState, string][]>(
    redis,
    claimScript,
    [activeBatchesKey(keys)],
    [hold.token, hold.ttlMs, keys.batchPrefix, most],
  );
  return held.map(([batchid, state, round]) => ({ batchid, state, round: Number(round) }));
}

/** Gives a batch back, so that another producer, or this one later, can take it at once. */
export async function releaseBatch(
  redis: Redis,
  keys: Keys,
  batchid: string,
  token: string,
): Promise<void> {
  await releaseLease(redis, batchKeys(keys, batchid).lease, token);
}
