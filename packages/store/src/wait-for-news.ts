import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

/**
 * Resolves when the log has an entry after `logId`, true, or after `forMs`, false. Needs a
 * connection of its own: Redis holds it while it waits.
 */
export async function waitForNews(
  blocking: Redis,
  keys: Keys,
  logId: string,
  forMs: number,
): Promise<boolean> {
  const reply = await blocking.xread("COUNT", 1, "BLOCK", forMs, "STREAMS", keys.log, logId);
  return reply !== null;
}

/** The id of the newest entry ever written. */
export async function readLastLogId(redis: Redis, keys: Keys): Promise<string> {
  return (await redis.hget(keys.totals, "last")) ?? "0-0";
}
