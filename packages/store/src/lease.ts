import type { Redis } from "ioredis";
import { defineScript, runScript } from "./script.ts";

/**
 * A lease is a key that holds its owner's token and expires by itself. What runs under one must be
 * safe if two owners overlap for a moment: writes are fenced by checking the token in the same
 * script.
 *
 * `allow-oom`: what keeps a full store going, and makes room in it, must still work there.
 */
const takeScript = defineScript(`#!lua flags=allow-oom
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const releaseScript = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/** Takes or renews a lease; false when another owner has it. */
export async function takeLease(
  redis: Redis,
  key: string,
  token: string,
  ttlMs: number,
): Promise<boolean> {
  return (await runScript<number>(redis, takeScript, [key], [token, ttlMs])) === 1;
}

/** Gives a lease back early; nothing happens when it is no longer ours. */
export async function releaseLease(redis: Redis, key: string, token: string): Promise<void> {
  await runScript<number>(redis, releaseScript, [key], [token]);
}
