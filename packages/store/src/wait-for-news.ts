import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

/** Where a reader has got to in the log and, if it wants to know of those, in the changes of state. */
export interface NewsPosition {
  logId: string;
  change?: string | undefined;
}

/**
 * Resolves when there is something after the position, true, or after `forMs`, false. Needs a
 * connection of its own: Redis holds it while it waits.
 */
export async function waitForNews(
  blocking: Redis,
  keys: Keys,
  { logId, change }: NewsPosition,
  forMs: number,
): Promise<boolean> {
  const streams =
    change === undefined ? [keys.log, logId] : [keys.log, keys.changes, logId, change];
  const reply = await blocking.xread("COUNT", 1, "BLOCK", forMs, "STREAMS", ...streams);
  return reply !== null;
}

/** The id of the newest entry ever written. */
export async function readLastLogId(redis: Redis, keys: Keys): Promise<string> {
  return (await redis.hget(keys.totals, "last")) ?? "0-0";
}
