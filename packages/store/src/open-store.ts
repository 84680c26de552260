import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * The version of what this code writes to Redis: 1 recorded tasks, 2 runs them as well. What 1 has
 * written needs no change: its tasks stay recorded, whatever they say of being run.
 */
export const STORE_FORMAT = 2;
const OLDEST_READ = 1;

const openScript = defineScript(`
local meta = KEYS[1]
local format = redis.call('HGET', meta, 'format')
if redis.call('EXISTS', meta) == 0 then
  redis.call('HSET', meta, 'format', ARGV[1], 'epoch', ARGV[2], 'created_at', ARGV[3])
elseif format and tonumber(format) >= tonumber(ARGV[4]) and tonumber(format) < tonumber(ARGV[1]) then
  redis.call('HSET', meta, 'format', ARGV[1])
end
return {redis.call('HGET', meta, 'format'), redis.call('HGET', meta, 'epoch')}
`);

export type OpenedStore =
  | { kind: "open"; epoch: string }
  /** Written by another version of Taskpulse, or Redis is too old; `sentence` says what to do. */
  | { kind: "refused"; sentence: string };

/** Script flags (`allow-oom`) came with Redis 7.0; Valkey reports itself as 7.2 or newer. */
const LEAST_REDIS = 7;

/** Creates the store if there is none, and checks that this code can read what is there. */
export async function openStore(redis: Redis, keys: Keys): Promise<OpenedStore> {
  const version = /redis_version:((\d+)\.\S+)/.exec(await redis.info("server"));
  if (Number(version?.[2]) < LEAST_REDIS) {
    return {
      kind: "refused",
      sentence: `Taskpulse needs Redis ${LEAST_REDIS} or newer, this one is ${version?.[1]}.`,
    };
  }
  const epoch = randomBytes(8).toString("hex");
  const [format, storedEpoch] = await runScript<[string, string]>(
    redis,
    openScript,
    [keys.meta],
    [STORE_FORMAT, epoch, new Date().toISOString(), OLDEST_READ],
  );
  if (Number(format) === STORE_FORMAT) return { kind: "open", epoch: storedEpoch };
  const newer = Number(format) > STORE_FORMAT;
  return {
    kind: "refused",
    sentence: `The data in Redis has format ${format}, this Taskpulse reads format ${STORE_FORMAT}: ${
      newer
        ? "it was written by a newer version, so start that one, or use another DATA_DIR or Redis."
        : "there is no migration from it, so use another DATA_DIR or Redis."
    }`,
  };
}
