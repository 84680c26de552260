import type { Redis } from "ioredis";
import { DELIVERY_LUA } from "./delivery-record.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** What is kept of deliveries that have come to rest, of each state. */
export interface DeliveryRetention {
  deliveries: number;
  chars: number;
  /** Since they came to rest. */
  ageMs: number;
  /** Addresses that nothing waits for. */
  endpoints: number;
}

/** How many go in one call: about a millisecond of Redis' time. */
const CHUNK = 100;

/*
 * Forgets the oldest deliveries that have come to rest, while there are too many, they hold too much
 * or are too old; then endpoints. A body goes with the last delivery that shares it. `allow-oom`: a
 * full store is when it is needed most. Reply: how many went, then
 * the replays of many that are not done.
 */
const pruneScript = defineScript(`#!lua flags=allow-oom
${DELIVERY_LUA}
local most, chars, age, endpoints = num(ARGV[1]), num(ARGV[2]), num(ARGV[3]), num(ARGV[4])
local removed = 0
local function forget(state, id)
  local r = call('HMGET', P .. 'r:' .. id, 'size', 'body')
  call('HINCRBY', P .. 'totals', 'bytes:' .. state, -num(r[1]))
  call('ZREM', P .. 's:' .. state, id)
  call('ZREM', P .. 'ids', id)
  call('UNLINK', P .. 'r:' .. id, P .. 'c:' .. id, P .. 'a:' .. id)
  if r[2] and call('HINCRBY', P .. 'b:' .. r[2], 'n', -1) <= 0 then call('UNLINK', P .. 'b:' .. r[2]) end
  removed = removed + 1
end
for _, state in ipairs({'delivered', 'discarded', 'failed'}) do
  while removed < ${CHUNK} do
    local id = call('ZRANGE', P .. 's:' .. state, 0, 0)[1]
    if not id then break end
    local ended = num(call('HGET', P .. 'r:' .. id, 'ended'))
    if call('ZCARD', P .. 's:' .. state) <= most and ended >= now - age
      and num(call('HGET', P .. 'totals', 'bytes:' .. state)) <= chars then break end
    forget(state, id)
  end
end
local surplus = call('ZCARD', P .. 'eps') - endpoints
local oldest = call('ZRANGE', P .. 'eps', '-inf', now - age, 'BYSCORE', 'LIMIT', 0, ${CHUNK})
if surplus > #oldest then oldest = call('ZRANGE', P .. 'eps', 0, math.min(surplus, ${CHUNK}) - 1) end
for _, ep in ipairs(oldest) do
  if num(call('HGET', P .. 'e:' .. ep, 'pending')) == 0 then
    call('UNLINK', P .. 'e:' .. ep)
    call('ZREM', P .. 'eps', ep)
    removed = removed + 1
  end
end
return {removed, unpack(call('SMEMBERS', P .. 'jobs:open'))}
`);

export interface DeliveryChores {
  /** How many deliveries and addresses were forgotten: call again while it is not 0. */
  removed: number;
  /** The replays of many that are to be moved on. */
  openJobs: string[];
}

/** What is to be done now and then: forgets what is old, in one bounded step, and finds replays. */
export async function keepDeliveries(
  redis: Redis,
  keys: Keys,
  { deliveries, chars, ageMs, endpoints }: DeliveryRetention,
): Promise<DeliveryChores> {
  const [removed, ...openJobs] = await runScript<[number, ...string[]]>(
    redis,
    pruneScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [deliveries, chars, Math.floor(ageMs), endpoints],
  );
  return { removed, openJobs };
}
