import type { Redis } from "ioredis";
import type { Attempts } from "./attempts.ts";

/**
 * Gives up attempts of tasks that were cancelled. A cancellation that is missed while Redis is away
 * costs no more than an attempt whose outcome changes nothing.
 *
 * @param subscriber in subscriber mode
 */
export async function followCancellations(
  subscriber: Redis,
  channel: string,
  attempts: Attempts,
): Promise<void> {
  subscriber.on("message", (from, taskid) => {
    if (from === channel) attempts.cancel(taskid);
  });
  await subscriber.subscribe(channel);
}
