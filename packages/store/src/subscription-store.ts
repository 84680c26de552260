import { MAX_SUBSCRIPTIONS, type SubscriptionRequest } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** What is stored of a subscription by who made it: one JSON text per subscriptionid. */
export interface SubscriptionRecord {
  request: SubscriptionRequest;
  /** ms since the epoch. */
  created: number;
  secret: SecretVersion;
}

/** Which of its secrets signs: they are derived, not stored. */
export interface SecretVersion {
  /** From 1. */
  version: number;
  /** Until when the one before also signs, in ms since the epoch; 0: it does not. */
  previousUntil: number;
}

/** A subscription with what happened to it. */
export interface StoredSubscription extends SubscriptionRecord {
  subscriptionid: string;
  /** Null while it is active. */
  disabled: { at: number; why: string } | null;
  delivered: number;
  failed: number;
}

const VERSION = "sub-version";

const createScript = defineScript(`
if redis.call('HLEN', KEYS[2]) >= ${MAX_SUBSCRIPTIONS} then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[1] .. '${VERSION}')
return 1
`);

/** False when there are too many. */
export async function createSubscription(
  redis: Redis,
  keys: Keys,
  subscriptionid: string,
  record: SubscriptionRecord,
): Promise<boolean> {
  const args = [subscriptionid, JSON.stringify(record)];
  return (await runScript<number>(redis, createScript, keysOf(keys), args)) === 1;
}

const replaceScript = defineScript(`
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('INCR', KEYS[1] .. '${VERSION}')
return 1
`);

/** How often somebody else may be faster. */
const MOST_TRIES = 20;

/** Changes one as if nobody else did; `change` returns null to leave it. Null when there is none. */
export async function changeSubscription(
  redis: Redis,
  keys: Keys,
  subscriptionid: string,
  change: (record: SubscriptionRecord) => SubscriptionRecord | null,
): Promise<StoredSubscription | null> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const json = await redis.hget(keys.subscriptions, subscriptionid);
    if (json === null) return null;
    const changed = change(JSON.parse(json) as SubscriptionRecord);
    if (changed === null) break;
    const args = [subscriptionid, json, JSON.stringify(changed)];
    if ((await runScript<number>(redis, replaceScript, keysOf(keys), args)) === 1) break;
  }
  return readSubscription(redis, keys, subscriptionid);
}

const removeScript = defineScript(`#!lua flags=allow-oom
local P, id = KEYS[1], ARGV[1]
if redis.call('HDEL', KEYS[2], id) == 0 then return 0 end
redis.call('HDEL', P .. 'sub-states', id)
for _, state in ipairs({'delivered', 'failed', 'discarded'}) do
  redis.call('HDEL', P .. 'sub-counts', id .. ':' .. state)
end
redis.call('INCR', P .. '${VERSION}')
return 1
`);

/** What waits for it is discarded when its turn comes. False when there is none. */
export async function removeSubscription(
  redis: Redis,
  keys: Keys,
  subscriptionid: string,
): Promise<boolean> {
  return (await runScript<number>(redis, removeScript, keysOf(keys), [subscriptionid])) === 1;
}

const switchScript = defineScript(`
local P, id, why = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HEXISTS', KEYS[2], id) == 0 then return 0 end
if why == '' then
  redis.call('HDEL', P .. 'sub-states', id)
else
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSETNX', P .. 'sub-states', id, now .. ' ' .. why)
end
redis.call('INCR', P .. '${VERSION}')
return 1
`);

/** @param why one sentence; null enables it. False when there is none. */
export async function switchSubscription(
  redis: Redis,
  keys: Keys,
  subscriptionid: string,
  why: string | null,
): Promise<boolean> {
  const args = [subscriptionid, why ?? ""];
  return (await runScript<number>(redis, switchScript, keysOf(keys), args)) === 1;
}

/* ARGV ids; none for all. Reply: id, record, state, delivered and failed of each in turn. */
const readScript = defineScript(`
local P, out = KEYS[1], {}
local ids = #ARGV > 0 and ARGV or redis.call('HKEYS', KEYS[2])
for _, id in ipairs(ids) do
  local record = redis.call('HGET', KEYS[2], id)
  if record then
    local counts = redis.call('HMGET', P .. 'sub-counts', id .. ':delivered', id .. ':failed')
    for _, value in ipairs({id, record, redis.call('HGET', P .. 'sub-states', id) or '', counts[1] or '0', counts[2] or '0'}) do
      out[#out + 1] = value
    end
  end
end
return out
`);

/** Null when there is none. */
export async function readSubscription(
  redis: Redis,
  keys: Keys,
  subscriptionid: string,
): Promise<StoredSubscription | null> {
  const [found] = await read(redis, keys, [subscriptionid]);
  return found ?? null;
}

/** All there are, oldest first. */
export async function readSubscriptions(redis: Redis, keys: Keys): Promise<StoredSubscription[]> {
  const all = await read(redis, keys, []);
  return all.sort(
    (a, b) => a.created - b.created || (a.subscriptionid < b.subscriptionid ? -1 : 1),
  );
}

async function read(redis: Redis, keys: Keys, ids: string[]): Promise<StoredSubscription[]> {
  const flat = await runScript<string[]>(redis, readScript, keysOf(keys), ids);
  const found: StoredSubscription[] = [];
  for (let i = 0; i < flat.length; i += 5) {
    const [subscriptionid = "", record = "{}", state = "", delivered, failed] = flat.slice(
      i,
      i + 5,
    );
    const space = state.indexOf(" ");
    found.push({
      ...(JSON.parse(record) as SubscriptionRecord),
      subscriptionid,
      disabled:
        state === "" ? null : { at: Number(state.slice(0, space)), why: state.slice(space + 1) },
      delivered: Number(delivered),
      failed: Number(failed),
    });
  }
  return found;
}

/** Raised with every change; what was read at the same version is still so. */
export async function readSubscriptionVersion(redis: Redis, keys: Keys): Promise<number> {
  return Number((await redis.get(keys.deliveryPrefix + VERSION)) ?? 0);
}

function keysOf(keys: Keys): [string, string] {
  return [keys.deliveryPrefix, keys.subscriptions];
}
