import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

/** A task that has ended and whose webhooks have not been made. */
export interface OutboxEntry {
  entryId: string;
  taskid: string;
}

/** What there is to do with deliveries. */
export interface DeliveryNews {
  /** The oldest that wait; they stay until `createDeliveries` removes them. */
  ended: OutboxEntry[];
  /** Where to wait from next time. */
  wakeId: string;
  /** Something became due at once. */
  woken: boolean;
}

/**
 * Resolves when a task has ended, when something became due at once, or after `forMs`. Needs a
 * connection of its own: Redis holds it while it waits.
 *
 * @param most how many ended tasks at most; 0: this worker does not look after them
 */
export async function waitForDeliveryNews(
  blocking: Redis,
  keys: Keys,
  { wakeId, most, forMs }: { wakeId: string; most: number; forMs: number },
): Promise<DeliveryNews> {
  const wakeKey = `${keys.deliveryPrefix}wake`;
  const streams = most > 0 ? [keys.ended, wakeKey, "0-0", wakeId] : [wakeKey, wakeId];
  const reply = await blocking.xread(
    "COUNT",
    Math.max(most, 1),
    "BLOCK",
    forMs,
    "STREAMS",
    ...streams,
  );
  const news: DeliveryNews = { ended: [], wakeId, woken: false };
  for (const [key, entries] of reply ?? []) {
    if (key === wakeKey) {
      news.wakeId = entries.at(-1)?.[0] ?? wakeId;
      news.woken = true;
    } else {
      for (const [entryId, fields] of entries) {
        news.ended.push({ entryId, taskid: fields[fields.indexOf("t") + 1] ?? "" });
      }
    }
  }
  return news;
}
