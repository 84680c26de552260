import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** The version of what this code writes to Redis. */
export const STORE_FORMAT = 1;

const openScript = defineScript(`
local meta = KEYS[1]
if redis.call('EXISTS', meta) == 0 then
  redis.call('HSET', meta, 'format', ARGV[1], 'epoch', ARGV[2], 'created_at', ARGV[3])
end
return {redis.call('HGET', meta, 'format'), redis.call('HGET', meta, 'epoch')}
`);

export type OpenedStore =
  | { kind: "open"; epoch: string }
  /** Written by another version of Taskpulse; `sentence` says what to do. */
  | { kind: "refused"; sentence: string };

/** Creates the store if there is none, and checks that this code can read what is there. */
export async function openStore(redis: Redis, keys: Keys): Promise<OpenedStore> {
  const epoch = randomBytes(8).toString("hex");
  const [format, storedEpoch] = await runScript<[string, string]>(
    redis,
    openScript,
    [keys.meta],
    [STORE_FORMAT, epoch, new Date().toISOString()],
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
