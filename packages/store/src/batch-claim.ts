import type { BatchState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { activeBatchesKey, batchKeys } from "./batch-keys.ts";
import type { LeaseHold } from "./batch-record.ts";
import type { Keys } from "./keys.ts";
import { releaseLease } from "./lease.ts";
import { defineScript, runScript } from "./script.ts";

/*
 * One command per producer and second, however many batches there are: renews what is held, takes
 * what nobody holds, the oldest first. One that does not fit is not overtaken, so that a large
 * batch gets its turn too; one that is larger than allowed runs alone. Paused batches need no
 * runner, so they are held by nobody. `allow-oom`: what runs ends also in a full store.
 */
const claimScript = defineScript(`#!lua flags=allow-oom
local token, ttl, prefix = ARGV[1], ARGV[2], ARGV[3]
local most, room = tonumber(ARGV[4]), tonumber(ARGV[5])
local held, free, count = {}, {}, 0
local function hold(b)
  redis.call('SET', prefix .. 'lease:' .. b.id, token, 'PX', ttl)
  count, room = count + 1, room - b.tasks
  held[count] = {b.id, b.state, b.round}
end
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local owner = redis.call('GET', prefix .. 'lease:' .. id)
  if not owner or owner == token then
    local r = redis.call('HMGET', prefix .. 'record:' .. id, 'state', 'round', 'total', 'created')
    local b = {id = id, state = r[1], round = r[2], tasks = 0, created = tonumber(r[4])}
    if b.state == 'running' then b.tasks = tonumber(r[3]) end
    if not b.state then
      redis.call('SREM', KEYS[1], id)
    elseif owner then
      hold(b)
    elseif b.state ~= 'paused' then
      free[#free + 1] = b
    end
  end
end
table.sort(free, function(a, b)
  return a.created < b.created or (a.created == b.created and a.id < b.id)
end)
local running = room < tonumber(ARGV[5])
local full = false
for _, b in ipairs(free) do
  if count >= most then break end
  full = full or (running and b.tasks > room)
  if b.tasks == 0 or not full then
    hold(b)
    running = running or b.tasks > 0
  end
end
return held
`);

export interface HeldBatch {
  batchid: string;
  state: BatchState;
  /** How many times its undelivered were sent again; a change means that there is more to send. */
  round: number;
}

/** What one producer runs at most: so many batches, with so many tasks in all. */
export interface ClaimLimits {
  batches: number;
  tasks: number;
}

/** Renews this producer's leases and takes free ones, up to `most` in all; returns what it holds. */
export async function claimBatches(
  redis: Redis,
  keys: Keys,
  hold: LeaseHold,
  most: ClaimLimits,
): Promise<HeldBatch[]> {
  const held = await runScript<[string, BatchState, string][]>(
    redis,
    claimScript,
    [activeBatchesKey(keys)],
    [hold.token, hold.ttlMs, keys.batchPrefix, most.batches, most.tasks],
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
