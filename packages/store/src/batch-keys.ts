import type { Keys } from "./keys.ts";

/** The keys of one batch. All carry the shard's hash tag, so that one script may touch them all. */
export interface BatchKeys {
  /** Hash: what was asked for, the state and the counters; see `batch-state.ts`. */
  record: string;
  /** Stream: one entry per outcome; see `batch-event.ts`. */
  events: string;
  /** Bitmap by task id: has its final outcome. */
  settled: string;
  /** Bitmap by task id: answered 2xx. */
  delivered: string;
  /** Hash: task id → tries so far, of the tasks that wait for their next try. */
  tries: string;
  /** String: the token of the producer that runs it. */
  lease: string;
}

/** Scripts build the keys of the batches they find by themselves, from the same prefix and suffixes. */
export function batchKeys({ batchPrefix }: Keys, batchid: string): BatchKeys {
  return {
    record: `${batchPrefix}record:${batchid}`,
    events: `${batchPrefix}events:${batchid}`,
    settled: `${batchPrefix}settled:${batchid}`,
    delivered: `${batchPrefix}delivered:${batchid}`,
    tries: `${batchPrefix}tries:${batchid}`,
    lease: `${batchPrefix}lease:${batchid}`,
  };
}

/** Sorted set: every batch by when it was created, in ms since the epoch. */
export function batchListKey({ batchPrefix }: Keys): string {
  return `${batchPrefix}all`;
}

/** Set: the batches that have not ended, and cancelled ones until their last sends are recorded. */
export function activeBatchesKey({ batchPrefix }: Keys): string {
  return `${batchPrefix}active`;
}

/**
 * The pub/sub channel that tells readers to look again. A message is the batch's id, after `!`
 * when its state was changed from outside, so that whoever runs it has to look too.
 */
export function batchNewsChannel({ batchPrefix }: Keys): string {
  return `${batchPrefix}news`;
}
